//! What orders do when others speak: payments that changed are noted, and wake a checkout that waits for them.

use std::time::Duration;

use contracts::orders::OrderId;
use contracts::payments::PaymentChanged;
use kit::bus::Reactions;
use kit::problem::Problem;
use kit::store::Tx;

use crate::checkout::{SETTLE, note};
use crate::order::State;
use crate::store;

/// A checkout that is younger is still in the shopper's own hands.
const HANDS_OFF: Duration = Duration::from_secs(12);

/// The service's reactions.
pub fn reactions() -> Reactions {
    Reactions::new().on::<PaymentChanged>(|tx, event, _| payment_changed(tx, &event))
}

fn payment_changed(tx: &mut Tx<'_>, event: &PaymentChanged) -> Result<(), Problem> {
    // Payments are also made for things that are no orders.
    let Ok(id) = event.payment.reference.parse::<OrderId>() else { return Ok(()) };
    let Ok(mut order) = store::order_without_lines(tx, id) else { return Ok(()) };
    let waits = order.state == State::AwaitingPayment;
    let asked = order.payments.iter().find(|payment| payment.id == event.payment.id).map(|payment| payment.asked_at);
    match asked {
        Some(asked_at) if waits => {
            if tx.now().since(asked_at) > HANDS_OFF {
                tx.schedule(SETTLE, &id.to_string(), tx.now(), "")?;
            }
            Ok(())
        }
        Some(_) => note(tx, &mut order, &event.payment),
        None => Ok(()),
    }
}
