//! What payments do when they hear of others: a cancelled or returned order's payments are undone, whatever state they are in; what a customer
//! paid on taking the goods is taken.

use contracts::delivery::ShipmentDelivered;
use contracts::orders::{OrderCancelled, OrderReturned};
use contracts::payments::{PaymentId, PaymentMethod};
use kit::bus::Reactions;
use kit::problem::Problem;
use kit::store::Tx;

use crate::{payment, store};

/// What is listened to.
pub(crate) fn reactions() -> Reactions {
    Reactions::new()
        .on::<OrderCancelled>(|tx, cancelled, _| {
            for id in cancelled.payments {
                undo(tx, id)?;
            }
            Ok(())
        })
        .on::<OrderReturned>(|tx, returned, _| returned.payments.into_iter().try_for_each(|id| undo(tx, id)))
        .on::<ShipmentDelivered>(|tx, delivered, _| paid_at_the_door(tx, &delivered))
}

/// Takes what was paid at the door from the order's payment on delivery. One that was taken or undone meanwhile stays as it is.
fn paid_at_the_door(tx: &mut Tx<'_>, delivered: &ShipmentDelivered) -> Result<(), Problem> {
    let Some(amount) = delivered.collected else { return Ok(()) };
    let payments = store::payments_for(tx, &delivered.order.to_string())?;
    for payment in payments.iter().filter(|payment| payment.method == PaymentMethod::OnDelivery) {
        if let Ok(Some(change)) = payment::collect(payment, amount) {
            let now = tx.now();
            store::record(tx, &change, now)?;
            return Ok(());
        }
    }
    Ok(())
}

/// Releases or gives back the payment; what the provider must be asked for, the job asks at once.
fn undo(tx: &mut Tx<'_>, id: PaymentId) -> Result<(), Problem> {
    let payment = store::payment(tx, id)?;
    if let Some(change) = payment::undo(payment.as_ref(), id) {
        let now = tx.now();
        store::record(tx, &change, now)?;
    }
    Ok(())
}
