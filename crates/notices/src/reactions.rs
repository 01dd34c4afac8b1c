//! What notices does when it hears of others: what the customer is to be told is noted once, and sent beside.

use contracts::customers::CustomerErased;
use contracts::finance::InvoiceIssued;
use contracts::inventory::{OrderPacked, OrderUnpacked};
use contracts::orders::{OrderCancelled, OrderId, OrderReleased, OrderReturned, OrderSecured};
use kit::bus::Reactions;
use kit::problem::Problem;
use kit::store::Tx;

use crate::events::{About, NoticeEvent};
use crate::store;
use crate::template::Key;

/// The reactions of this service. Whether an order is fetched or brought is asked when the message is written.
#[must_use]
pub(crate) fn reactions() -> Reactions {
    Reactions::new()
        .on::<OrderSecured>(|tx, event, _| Ok(store::queue(tx, event.order, Key::OrderPlaced, None)?))
        .on::<OrderPacked>(|tx, event, _| match event.pick_up {
            true => ready(tx, event.order),
            false => Ok(()),
        })
        .on::<OrderUnpacked>(|tx, event, _| not_ready(tx, event.order))
        .on::<OrderReleased>(|tx, event, _| Ok(store::queue(tx, event.order, Key::OnItsWay, None)?))
        .on::<OrderCancelled>(|tx, event, _| Ok(store::queue(tx, event.order, Key::OrderCancelled, None)?))
        .on::<OrderReturned>(|tx, event, _| Ok(store::queue(tx, event.order, Key::OrderReturned, None)?))
        .on::<InvoiceIssued>(|tx, event, _| {
            let about = About { number: event.number, total: event.total };
            Ok(store::queue(tx, event.order, Key::Invoice, Some(about))?)
        })
        .on::<CustomerErased>(|tx, event, _| forget(tx, &event))
}

/// Why a message that the order is ready was not sent, or waits no longer.
const REOPENED: &str = "reopened";

/// The customer can come. Who was told so before and then that it is not so yet is told once more.
fn ready(tx: &mut Tx<'_>, order: OrderId) -> Result<(), Problem> {
    let Some(said) = store::told(tx, order, Key::ReadyForPickUp)? else {
        return Ok(store::queue(tx, order, Key::ReadyForPickUp, None)?);
    };
    let taken_back = store::told(tx, order, Key::NotReadyYet)?;
    let is_taken_back = match &taken_back {
        // They never heard that it was not ready.
        Some(waiting) if waiting.state == "waiting" => {
            let reason = "ready-again".to_owned();
            tx.record(waiting.id, waiting.version, NoticeEvent::MessageSkipped { reason })?;
            false
        }
        Some(sent) => sent.sent_at > said.sent_at,
        None => false,
    };
    if is_taken_back || said.reason.as_deref() == Some(REOPENED) {
        tx.record(said.id, said.version, NoticeEvent::MessageAskedAgain {})?;
    }
    Ok(())
}

/// What was packed is packed anew: who was told that they can come is told to wait, and who was about to be is not.
fn not_ready(tx: &mut Tx<'_>, order: OrderId) -> Result<(), Problem> {
    let Some(said) = store::told(tx, order, Key::ReadyForPickUp)? else { return Ok(()) };
    match said.state.as_str() {
        "waiting" => {
            let reason = REOPENED.to_owned();
            tx.record(said.id, said.version, NoticeEvent::MessageSkipped { reason })?;
        }
        "sent" => match store::told(tx, order, Key::NotReadyYet)? {
            None => store::queue(tx, order, Key::NotReadyYet, None)?,
            Some(earlier) if earlier.state == "waiting" => {}
            Some(earlier) => {
                tx.record(earlier.id, earlier.version, NoticeEvent::MessageAskedAgain {})?;
            }
        },
        _ => {}
    }
    Ok(())
}

fn forget(tx: &mut Tx<'_>, event: &CustomerErased) -> Result<(), Problem> {
    for order in &event.orders {
        let filter = store::Filter { order: Some(*order), before: "~".to_owned(), ..store::Filter::default() };
        let messages = store::messages(tx, &filter, Key::ALL.len() as i64)?;
        for message in &messages {
            // One that waits may be on its way just now: what comes back of it finds another version and is dropped.
            if message.letter.is_some() || message.state == "waiting" {
                tx.record(message.id, message.version, NoticeEvent::MessageForgotten {})?;
            }
        }
        tx.forget(&order.to_string())?;
    }
    Ok(())
}
