//! What orders do when others speak: payments that changed are noted, and wake a checkout that waits for them.

use std::time::Duration;

use contracts::orders::OrderId;
use contracts::payments::{PaymentChanged, PaymentState};
use kit::bus::Reactions;
use kit::problem::Problem;
use kit::store::Tx;

use crate::checkout::{SETTLE, note};
use crate::order::State;
use crate::release::RELEASE;
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
    let mut order = match store::order_without_lines(tx, id) {
        Ok(order) => order,
        Err(problem) if problem.status == 404 => return Ok(()),
        Err(problem) => return Err(problem),
    };
    let Some(known) = order.payments.iter().find(|payment| payment.id == event.payment.id) else { return Ok(()) };
    if order.state == State::AwaitingPayment && known.state == PaymentState::Authorising {
        if tx.now().since(known.asked_at) > HANDS_OFF {
            tx.schedule(SETTLE, &id.to_string(), tx.now(), "")?;
        }
        return Ok(());
    }
    note(tx, &mut order, &event.payment)?;
    if order.state == State::Releasing {
        tx.schedule(RELEASE, &id.to_string(), tx.now(), "")?;
    }
    Ok(())
}
