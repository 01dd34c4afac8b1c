//! What finance does when it hears of others: money that moved is booked, an invoiced order that is cancelled or comes back is credited.

use std::time::Duration;

use contracts::orders::{OrderCancelled, OrderId, OrderReturned};
use contracts::payments::PaymentChanged;
use kit::bus::Reactions;
use kit::problem::Problem;
use kit::store::Tx;

use crate::{issue, store};

/// How long issuing an invoice takes at most: twice the deadline of a call, and more.
const UNDER_WAY: Duration = Duration::from_secs(60);

/// The reactions of this service.
#[must_use]
pub(crate) fn reactions() -> Reactions {
    Reactions::new()
        .on::<PaymentChanged>(|tx, event, _| payment_changed(tx, &event))
        .on::<OrderCancelled>(|tx, event, _| issue::credit_all(tx, event.order, &event.reason).map(drop))
        .on::<OrderReturned>(|tx, event, _| order_returned(tx, &event))
}

/// The site and the day of a booking are the order's: a job asks for them. Money set aside is no booking.
fn payment_changed(tx: &mut Tx<'_>, event: &PaymentChanged) -> Result<(), Problem> {
    let view = &event.payment;
    // Payments are also made for things that are no orders.
    if (view.captured.is_zero() && view.refunded.is_zero()) || view.reference.parse::<OrderId>().is_err() {
        return Ok(());
    }
    let (captured, refunded, _) = store::posted(tx, view.id)?;
    if (captured, refunded) != (view.captured.minor, view.refunded.minor) {
        // Each change has its own row: a job that looked before this one came does not take its row away.
        tx.schedule(issue::BOOK, &format!("{}:{}", view.id, view.version), tx.now(), "")?;
    }
    Ok(())
}

/// Where the invoice is just being issued for goods that have left, the job credits it a little later.
fn order_returned(tx: &mut Tx<'_>, event: &OrderReturned) -> Result<(), Problem> {
    if !issue::credit_all(tx, event.order, &event.reason)? {
        tx.schedule(issue::CREDIT, &event.order.to_string(), tx.now() + UNDER_WAY, &event.reason)?;
    }
    Ok(())
}
