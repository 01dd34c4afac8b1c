//! What customers do when orders speak: copy what they tell, and look for whose a new one is.

use contracts::orders::{
    OrderCancelled, OrderConfirmed, OrderDelivered, OrderEdited, OrderPlaced, OrderReleased, OrderReturned,
    OrderSecured, OrderState,
};
use kit::bus::Reactions;
use kit::problem::Problem;
use kit::store::Tx;
use kit::time::Timestamp;

use crate::link::{ALL, LINK};
use crate::store;

/// The service's reactions.
pub(crate) fn reactions() -> Reactions {
    Reactions::new()
        .on::<OrderPlaced>(|tx, event, heard| order_placed(tx, &event, heard.at))
        .on::<OrderSecured>(|tx, event, _| Ok(store::note_state(tx, event.order, OrderState::Placed)?))
        .on::<OrderConfirmed>(|tx, event, _| Ok(store::note_state(tx, event.order, OrderState::Confirmed)?))
        .on::<OrderReleased>(|tx, event, _| Ok(store::note_state(tx, event.order, OrderState::Released)?))
        .on::<OrderDelivered>(|tx, event, _| Ok(store::note_state(tx, event.order, OrderState::Delivered)?))
        .on::<OrderCancelled>(|tx, event, _| Ok(store::note_state(tx, event.order, OrderState::Cancelled)?))
        .on::<OrderReturned>(|tx, event, _| Ok(store::note_state(tx, event.order, OrderState::Returned)?))
        .on::<OrderEdited>(|tx, event, _| Ok(store::note_total(tx, event.order, event.total)?))
}

fn order_placed(tx: &mut Tx<'_>, placed: &OrderPlaced, at: Timestamp) -> Result<(), Problem> {
    store::note_order(tx, placed, placed.placed_at.unwrap_or(at))?;
    // While there is a list, the job is on its way.
    if store::queue_link(tx, placed.order, placed.customer)? {
        tx.schedule(LINK, ALL, tx.now(), "")?;
    }
    Ok(())
}
