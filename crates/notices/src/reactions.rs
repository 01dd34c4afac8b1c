//! What notices does when it hears of others: what the customer is to be told is noted once, and sent beside.

use contracts::customers::CustomerErased;
use contracts::finance::InvoiceIssued;
use contracts::inventory::OrderPacked;
use contracts::orders::{OrderCancelled, OrderReleased, OrderReturned, OrderSecured};
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
            true => Ok(store::queue(tx, event.order, Key::ReadyForPickUp, None)?),
            false => Ok(()),
        })
        .on::<OrderReleased>(|tx, event, _| Ok(store::queue(tx, event.order, Key::OnItsWay, None)?))
        .on::<OrderCancelled>(|tx, event, _| Ok(store::queue(tx, event.order, Key::OrderCancelled, None)?))
        .on::<OrderReturned>(|tx, event, _| Ok(store::queue(tx, event.order, Key::OrderReturned, None)?))
        .on::<InvoiceIssued>(|tx, event, _| {
            let about = About { number: event.number, total: event.total };
            Ok(store::queue(tx, event.order, Key::Invoice, Some(about))?)
        })
        .on::<CustomerErased>(|tx, event, _| forget(tx, &event))
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
