//! What finance does when it hears of others: money that moved is booked, an invoiced order that is cancelled or comes back is credited.

use std::time::Duration;

use contracts::orders::{OrderCancelled, OrderReturned};
use contracts::payments::PaymentChanged;
use kit::bus::Reactions;
use kit::problem::Problem;
use kit::store::Tx;

use crate::issue::{self, Places};

/// How long issuing an invoice takes at most: twice the deadline of a call, and more.
const UNDER_WAY: Duration = Duration::from_secs(60);

/// The reactions of this service.
#[must_use]
pub(crate) fn reactions() -> Reactions {
    Reactions::new()
        .asking(
            |app, events: Vec<PaymentChanged>| async move { issue::places(&app, &events).await },
            |tx, event, _, places: &Places| payment_changed(tx, &event, places),
        )
        .on::<OrderCancelled>(|tx, event, _| issue::credit_all(tx, event.order, &event.reason).map(drop))
        .on::<OrderReturned>(|tx, event, _| order_returned(tx, &event))
}

/// Books what moved, at the order's site and on its day. Money set aside is no booking.
fn payment_changed(tx: &mut Tx<'_>, event: &PaymentChanged, places: &Places) -> Result<(), Problem> {
    let view = &event.payment;
    let Some(order) = issue::to_book(view) else { return Ok(()) };
    match places.get(&order) {
        Some(place) => issue::post(tx, view, order, place),
        // The job asks once more, and tells people when nobody ever knows that order.
        None => Ok(tx.schedule(issue::BOOK, &format!("{}:{}", view.id, view.version), tx.now(), "")?),
    }
}

/// Where there is no invoice yet, whoever issues it credits it (see [`issue::invoice`]); the row that says so is gone a little later.
fn order_returned(tx: &mut Tx<'_>, event: &OrderReturned) -> Result<(), Problem> {
    if !issue::credit_all(tx, event.order, &event.reason)? {
        tx.schedule(issue::CREDIT, &event.order.to_string(), tx.now() + UNDER_WAY, &event.reason)?;
    }
    Ok(())
}
