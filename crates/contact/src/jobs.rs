//! What the contact center does when something is due: ask what the orders of new calls are, and tell screens of calls that time alone
//! has brought back into the queue.

use kit::jobs::{Due, Jobs};
use kit::problem::Problem;
use kit::store::Tx;

use crate::describe;

/// A claim has run out.
pub(crate) const CLAIM_OVER: &str = "claim_over";
/// The moment has come to which a call was put off.
pub(crate) const CALLBACK_DUE: &str = "callback_due";

/// The service's jobs.
pub(crate) fn jobs() -> Jobs {
    Jobs::new()
        .work(describe::DESCRIBE, |app, _| async move { describe::describe(&app).await })
        .timer(CLAIM_OVER, told)
        .timer(CALLBACK_DUE, told)
}

/// No fact: what a claim and a moment mean is decided by the clock of whoever asks.
fn told(tx: &mut Tx<'_>, due: &Due) -> Result<(), Problem> {
    tx.tell(&due.entity);
    Ok(())
}
