//! What orders do when something is due: settle checkouts, go on with edits and releases, forget old carts.

use contracts::orders::OrderId;
use kit::jobs::{Due, Jobs};
use kit::problem::{Fault, Problem};

use crate::checkout::{self, payment};
use crate::edit::{self, surplus};
use crate::release;

/// The service's jobs.
pub fn jobs() -> Jobs {
    Jobs::new()
        .timer(checkout::look::LOOK, checkout::look::fired)
        .work(checkout::SETTLE, |app, due| async move { payment::settle(&app, order(&due)?).await })
        .work(edit::EDIT, |app, due| async move { edit::resume(&app, order(&due)?).await })
        .work(surplus::GIVE_BACK, |app, due| async move { surplus::give_back(&app, order(&due)?).await })
        .work(release::LET_GO, |app, due| async move { release::let_go(&app, order(&due)?).await })
        .work(release::RELEASE, |app, due| async move { release::resume(&app, order(&due)?).await })
}

fn order(due: &Due) -> Result<OrderId, Problem> {
    due.entity.parse().map_err(|e| Fault::new("a due row of orders names an order", e).into())
}
