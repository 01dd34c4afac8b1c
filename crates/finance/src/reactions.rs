//! What finance does when it hears of others: money that moved is booked, an invoiced order that is cancelled is credited.

use contracts::orders::{OrderCancelled, OrderId};
use contracts::payments::PaymentChanged;
use kit::bus::Reactions;
use kit::problem::Problem;
use kit::store::Tx;

use crate::invoice::DocumentKind;
use crate::{issue, store};

/// The reactions of this service.
#[must_use]
pub(crate) fn reactions() -> Reactions {
    Reactions::new()
        .on::<PaymentChanged>(|tx, event, _| payment_changed(tx, &event))
        .on::<OrderCancelled>(|tx, event, _| order_cancelled(tx, &event))
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

fn order_cancelled(tx: &mut Tx<'_>, event: &OrderCancelled) -> Result<(), Problem> {
    let documents = store::of_order(tx, event.order)?;
    let Some(invoice) = documents.iter().find(|document| document.kind == DocumentKind::Invoice) else { return Ok(()) };
    match issue::credit(tx, invoice.id, &event.reason, &[]) {
        // People were faster.
        Err(problem) if problem.code == "finance/nothing-left" => Ok(()),
        other => other.map(drop),
    }
}
