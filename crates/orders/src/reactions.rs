//! What orders do when others speak: payments that changed are noted, and wake a checkout that waits for them.

use std::time::Duration;

use contracts::customers::{CustomerErased, OrderLinked};
use contracts::orders::{OrderId, OrderState};
use contracts::payments::{PaymentChanged, PaymentState};
use kit::bus::Reactions;
use kit::problem::Problem;
use kit::store::Tx;

use crate::checkout::SETTLE;
use crate::checkout::payment::note;
use crate::events::OrderEvent;
use crate::release::RELEASE;
use crate::store;

/// A checkout that is younger is still in the shopper's own hands.
const HANDS_OFF: Duration = Duration::from_secs(12);

/// The service's reactions.
pub fn reactions() -> Reactions {
    Reactions::new()
        .on::<PaymentChanged>(|tx, event, _| payment_changed(tx, &event))
        .on_if_there::<OrderLinked>(|tx, event, _| order_linked(tx, &event))
        .on_if_there::<CustomerErased>(|tx, event, _| customer_erased(tx, &event))
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
    if order.state == OrderState::AwaitingPayment && known.state == PaymentState::Authorising {
        if tx.now().since(known.asked_at) > HANDS_OFF {
            tx.schedule(SETTLE, &id.to_string(), tx.now(), "")?;
        }
        return Ok(());
    }
    note(tx, &mut order, &event.payment)?;
    if order.state == OrderState::Releasing {
        tx.schedule(RELEASE, &id.to_string(), tx.now(), "")?;
    }
    Ok(())
}

fn order_linked(tx: &mut Tx<'_>, event: &OrderLinked) -> Result<(), Problem> {
    let OrderLinked { order, customer } = *event;
    let known = match store::order_without_lines(tx, order) {
        Ok(known) => known,
        Err(problem) if problem.status == 404 => return Ok(()),
        Err(problem) => return Err(problem),
    };
    if known.customer != Some(customer) {
        let id = tx.new_id::<contracts::orders::Order>();
        tx.record(format!("link:{id}"), 0, OrderEvent::CustomerLinked { order, customer })?;
    }
    Ok(())
}

/// Forgets who the orders of an erased customer were for.
fn customer_erased(tx: &mut Tx<'_>, event: &CustomerErased) -> Result<(), Problem> {
    for id in &event.orders {
        let order = match store::order_without_lines(tx, *id) {
            Ok(order) => order,
            Err(problem) if problem.status == 404 => continue,
            Err(problem) => return Err(problem),
        };
        if store::contact(tx, *id)?.is_some() {
            tx.record(id, order.version, OrderEvent::ContactErased {})?;
            tx.forget(&id.to_string())?;
        }
    }
    Ok(())
}
