//! What payments do when they hear of others: a cancelled or returned order's payments are undone, whatever state they are in; what a customer
//! paid on taking the goods is taken.

use contracts::delivery::{ShipmentDelivered, ShipmentPaid};
use contracts::orders::{OrderCancelled, OrderId, OrderReturned};
use contracts::payments::{PaymentId, PaymentMethod, Tender};
use kit::bus::Reactions;
use kit::money::Money;
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
        .on::<ShipmentDelivered>(|tx, delivered, _| match delivered.collected {
            Some(amount) => paid_at_the_door(tx, delivered.order, amount, delivered.tender),
            None => Ok(()),
        })
        .on::<ShipmentPaid>(|tx, paid, _| paid_at_the_door(tx, paid.order, paid.collected, Some(paid.tender)))
}

/// Takes what was paid at the door from the order's payments on delivery: an edit that made it dearer added one. Those that were taken or
/// undone meanwhile stay as they are.
fn paid_at_the_door(tx: &mut Tx<'_>, order: OrderId, amount: Money, by: Option<Tender>) -> Result<(), Problem> {
    let payments = store::payments_for(tx, &order.to_string())?;
    let mut rest = amount.minor;
    for payment in payments.iter().filter(|payment| payment.method == PaymentMethod::OnDelivery) {
        let take = rest.min(payment.held);
        if take <= 0 {
            continue;
        }
        if let Ok(Some(change)) = payment::collect(payment, Money::new(take, amount.currency), by) {
            let now = tx.now();
            store::record(tx, &change, now)?;
            rest -= take;
        }
    }
    if rest > 0 {
        tracing::error!(%order, rest, "money was taken at the door that nobody had promised");
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
