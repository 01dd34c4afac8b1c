//! The first look at checkouts that their shoppers' own requests did not settle. One timer serves them all, so that an order which is
//! paid at once, as most are, costs no row in the due-table.
//!
//! Invariant: while an order that was placed after the timer's mark awaits its payment, the timer is due no later than its first look.

use contracts::orders::OrderId;
use kit::jobs::Due;
use kit::problem::{Fault, Problem};
use kit::store::Tx;
use kit::time::Timestamp;

use super::{FIRST_LOOK, SETTLE};
use crate::store;

/// The timer. Its body is its mark: orders placed until then were looked at.
pub const LOOK: &str = "look";
/// Orders looked at in one go.
const BATCH: usize = 200;

/// Sees to it that `order`, placed at `now`, is looked at. Where the clock was set back behind the timer's mark, by a row of its own.
pub fn at(tx: &mut Tx<'_>, order: OrderId, now: Timestamp) -> Result<(), Fault> {
    let timer = tx.due(LOOK, "")?;
    match timer.map(|timer| read(&timer.body)).transpose()? {
        None => next(tx, now, now.as_micros() - 1),
        Some(mark) if mark < now.as_micros() => Ok(()),
        Some(_) => tx.schedule(SETTLE, &order.to_string(), now + FIRST_LOOK, ""),
    }
}

fn read(mark: &str) -> Result<i64, Fault> {
    mark.parse().map_err(|e| Fault::new("the timer's body is a moment", e))
}

fn next(tx: &mut Tx<'_>, placed_at: Timestamp, mark: i64) -> Result<(), Fault> {
    tx.schedule(LOOK, "", placed_at + FIRST_LOOK, &mark.to_string())
}

/// Has the job look after the orders that have waited for long enough, and is due again for those that have not.
pub fn fired(tx: &mut Tx<'_>, due: &Due) -> Result<(), Problem> {
    let mut mark = read(&due.body)?;
    let now = tx.now();
    let waiting = store::awaiting(tx, mark, BATCH as i64)?;
    let is_full = waiting.len() == BATCH;
    for (order, placed_at) in waiting {
        if placed_at + FIRST_LOOK > now {
            return Ok(next(tx, placed_at, mark)?);
        }
        tx.schedule(SETTLE, &order.to_string(), now, "")?;
        mark = placed_at.as_micros();
    }
    // Others may have been placed at the moment of the last.
    if is_full { Ok(tx.schedule(LOOK, "", now, &(mark - 1).to_string())?) } else { Ok(()) }
}
