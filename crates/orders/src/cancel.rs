//! Cancelling an order: only before it is released. Stock and money are given back by those who hear of it.

use contracts::orders::{OrderId, OrderState};
use kit::auth::Actor;
use kit::http::App;
use kit::problem::Problem;
use kit::store::Tx;

use crate::checkout::SETTLE;
use crate::order::{self, Order};
use crate::store;

/// Why people and services may cancel.
const REASONS: [&str; 6] = ["customer", "unreachable", "fraud", "stock", "payment-declined", "other"];

/// The reason with this code.
///
/// # Errors
/// `kit/invalid` when there is none.
pub fn reason(code: &str) -> Result<&'static str, Problem> {
    let known = REASONS.into_iter().find(|reason| *reason == code);
    known.ok_or_else(|| Problem::invalid(format!("the reason is one of {}", REASONS.join(", "))))
}

/// Cancels an order; an already cancelled one stays as it is.
pub async fn cancelled(app: &App, actor: &Actor, id: OrderId, reason: &'static str) -> Result<Order, Problem> {
    app.write(actor, move |tx| {
        let order = store::order(tx, id)?;
        if order.state == OrderState::Cancelled { Ok(order) } else { cancel(tx, order, reason) }
    })
    .await
}

/// Records that the order is cancelled.
pub fn cancel(tx: &mut Tx<'_>, mut order: Order, reason: &'static str) -> Result<Order, Problem> {
    let event = order::cancel(&order, reason)?;
    order.version = tx.record(order.id, order.version, event)?;
    order.state = OrderState::Cancelled;
    order.reason = Some(reason.to_owned());
    tx.unschedule(SETTLE, &order.id.to_string())?;
    Ok(order)
}
