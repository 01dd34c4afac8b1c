//! What orders do when something is due: settle checkouts, go on with edits and releases; and, every hour, forget old carts.

use std::time::Duration;

use contracts::orders::OrderId;
use kit::http::App;
use kit::jobs::{Due, Jobs};
use kit::problem::{Fault, Problem};

use crate::checkout::{self, payment};
use crate::edit::{self, surplus};
use crate::release;
use crate::store;

/// The service's jobs.
pub fn jobs() -> Jobs {
    Jobs::new()
        .timer(checkout::look::LOOK, checkout::look::fired)
        .work(checkout::SETTLE, |app, due| async move { payment::settle(&app, order(&due)?).await })
        .work(edit::EDIT, |app, due| async move { edit::resume(&app, order(&due)?).await })
        .work(surplus::GIVE_BACK, |app, due| async move { surplus::give_back(&app, order(&due)?).await })
        .work(release::LET_GO, |app, due| async move { release::let_go(&app, order(&due)?).await })
        .work(release::RELEASE, |app, due| async move { release::resume(&app, order(&due)?).await })
        .beside(forget_carts)
}

fn order(due: &Due) -> Result<OrderId, Problem> {
    due.entity.parse().map_err(|e| Fault::new("a due row of orders names an order", e).into())
}

/// How often old carts are looked for.
const TIDIES_EVERY: Duration = Duration::from_secs(3600);

/// Forgets carts whose time is over, a few at a time, so that nobody waits for it.
async fn forget_carts(app: App) {
    loop {
        app.runtime().sleep(TIDIES_EVERY).await;
        loop {
            match app.write(&app.itself(), |tx| Ok(store::forget_carts(tx, tx.now())?)).await {
                Ok(0) => break,
                Ok(_) => {}
                Err(problem) => {
                    tracing::warn!(?problem, "old carts are forgotten an hour later");
                    break;
                }
            }
        }
    }
}
