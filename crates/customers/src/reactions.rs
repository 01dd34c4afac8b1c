//! What customers do when orders speak: copy what they tell, and find whose a new one is.

use contracts::orders::{
    OrderCancelled, OrderConfirmed, OrderDelivered, OrderEdited, OrderPlaced, OrderReleased, OrderReturned,
    OrderSecured, OrderState,
};
use kit::bus::Reactions;
use kit::problem::Problem;
use kit::store::Tx;
use kit::time::Timestamp;

use crate::link::{self, Asked};
use crate::store;

/// The service's reactions.
pub(crate) fn reactions() -> Reactions {
    Reactions::new()
        .asking(
            |app, events: Vec<OrderPlaced>| async move { Asked::of(&app, &events).await },
            |tx, event, heard, asked: &Asked| order_placed(tx, &event, heard.at, asked),
        )
        .on::<OrderSecured>(|tx, event, _| Ok(store::note_state(tx, event.order, OrderState::Placed)?))
        .on::<OrderConfirmed>(|tx, event, _| Ok(store::note_state(tx, event.order, OrderState::Confirmed)?))
        .on::<OrderReleased>(|tx, event, _| Ok(store::note_state(tx, event.order, OrderState::Released)?))
        .on::<OrderDelivered>(|tx, event, _| Ok(store::note_state(tx, event.order, OrderState::Delivered)?))
        .on::<OrderCancelled>(|tx, event, _| Ok(store::note_state(tx, event.order, OrderState::Cancelled)?))
        .on::<OrderReturned>(|tx, event, _| Ok(store::note_state(tx, event.order, OrderState::Returned)?))
        .on::<OrderEdited>(|tx, event, _| Ok(store::note_total(tx, event.order, event.total)?))
}

fn order_placed(tx: &mut Tx<'_>, placed: &OrderPlaced, at: Timestamp, asked: &Asked) -> Result<(), Problem> {
    store::note_order(tx, placed, placed.placed_at.unwrap_or(at))?;
    link::link(tx, placed.order, placed.customer, asked)
}
