//! What payments do when they hear of others: a cancelled order's payments are undone, whatever state they are in.

use contracts::orders::OrderCancelled;
use contracts::payments::PaymentId;
use kit::bus::Reactions;
use kit::problem::Problem;
use kit::store::Tx;

use crate::{payment, store};

/// What is listened to.
pub(crate) fn reactions() -> Reactions {
    Reactions::new().on::<OrderCancelled>(|tx, cancelled, _| {
        for id in cancelled.payments {
            undo(tx, id)?;
        }
        Ok(())
    })
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
