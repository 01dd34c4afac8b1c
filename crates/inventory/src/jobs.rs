//! The outer expiry. One timer serves all held reservations.
//!
//! Invariant: while reservations are held, the timer is due no later than the first of them expires. A reservation
//! therefore costs a row in the due-table only when it expires before all others.

use kit::jobs::Jobs;
use kit::problem::{Fault, Problem};
use kit::store::Tx;
use kit::time::Timestamp;

use crate::{reservation, store};

/// The timer; there is one for all.
pub(crate) const EXPIRY: &str = "reservation_expiry";
/// Reservations given back in one go.
const BATCH: i64 = 50;

/// The jobs of this service.
#[must_use]
pub(crate) fn jobs() -> Jobs {
    Jobs::new().timer(EXPIRY, |tx, _| expire_overdue(tx))
}

fn expire_overdue(tx: &mut Tx<'_>) -> Result<(), Problem> {
    let now = tx.now();
    for held in store::overdue(tx, now, BATCH)? {
        store::record(tx, reservation::expire(held, now))?;
    }
    if let Some(next) = store::next_expiry(tx)? {
        tx.schedule(EXPIRY, "", next, "")?;
    }
    Ok(())
}

/// Sees to it that a new reservation is given back at `expires_at`.
///
/// # Errors
/// A fault of the database.
pub(crate) fn expire_at(tx: &mut Tx<'_>, expires_at: Timestamp) -> Result<(), Fault> {
    let first = tx.due(EXPIRY, "")?;
    if first.is_none_or(|first| expires_at < first.due_at) { tx.schedule(EXPIRY, "", expires_at, "") } else { Ok(()) }
}
