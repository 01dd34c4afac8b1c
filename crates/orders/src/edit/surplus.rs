//! What was taken above an order's total goes back, one refund at a time.

use contracts::orders::{OrderId, OrderState};
use contracts::payments::{PaymentMethod, Refund, RefundId};
use kit::http::App;
use kit::money::Money;
use kit::problem::Problem;
use kit::store::Tx;

use crate::checkout::payment::note;
use crate::events::OrderEvent;
use crate::order::refusal::StepError;
use crate::order::{Order, Payment};
use crate::store;

/// The job that gives back what was taken above an order's total.
pub const GIVE_BACK: &str = "give_back";

/// Sees to it that money above the order's total is given back, whenever it came.
pub fn watch_surplus(tx: &mut Tx<'_>, order: &Order) -> Result<(), Problem> {
    if over(order)?.is_some() {
        tx.schedule(GIVE_BACK, &order.id.to_string(), tx.now(), "")?;
    }
    Ok(())
}

/// What was taken above the total, and from which payment: one refund at a time.
pub fn over(order: &Order) -> Result<Option<(usize, Money)>, Problem> {
    let over = order.captured()?.sub(order.total).map_err(StepError::from)?;
    if !over.is_positive()
        || matches!(order.state, OrderState::Cancelled | OrderState::Returned | OrderState::AwaitingPayment)
    {
        return Ok(None);
    }
    for (position, payment) in order.payments.iter().enumerate().rev() {
        let left = payment.captured.sub(payment.refunded).map_err(StepError::from)?;
        let by_card = matches!(payment.method, PaymentMethod::Card | PaymentMethod::CardNow);
        if by_card && left.is_positive() {
            return Ok(Some((position, if left.minor < over.minor { left } else { over })));
        }
    }
    Ok(None)
}

/// Gives back what was taken above the order's total. It is written first and no longer counted on from then: else an order
/// that is made larger again meanwhile would leave unpaid.
pub async fn give_back(app: &App, id: OrderId) -> Result<(), Problem> {
    let me = app.itself();
    let order = app
        .write(&me, move |tx| {
            let mut order = store::order(tx, id)?;
            if returning(&order).is_none()
                && let Some((position, amount)) = over(&order)?
            {
                let payment = Payment { returning: amount, ..order.payments[position].clone() };
                order.version = tx.record(id, order.version, OrderEvent::GiveBackAsked { payment: payment.clone() })?;
                order.payments[position] = payment;
            }
            Ok(order)
        })
        .await?;
    if let Some(payment) = returning(&order) {
        // Named after what had been given back before: the same refund however often this is asked.
        let refund: RefundId = payment.id.derived("give-back", payment.refunded.minor.unsigned_abs());
        let reason = "order-edited".to_owned();
        let view = app.call(&me, &Refund { refund, payment: payment.id, amount: payment.returning, reason }).await?;
        app.write(&me, move |tx| {
            let mut order = store::order(tx, id)?;
            note(tx, &mut order, &view)
        })
        .await?;
    }
    app.write(&me, move |tx| {
        let order = store::order(tx, id)?;
        if returning(&order).is_none() && over(&order)?.is_none() {
            tx.unschedule(GIVE_BACK, &id.to_string())?;
        }
        Ok(())
    })
    .await
}

/// The payment that money is being given back of. Of a cancelled or returned order, `payments` gives back everything by itself.
pub fn returning(order: &Order) -> Option<&Payment> {
    let is_live = !matches!(order.state, OrderState::Cancelled | OrderState::Returned);
    order.payments.iter().find(|payment| is_live && payment.returning.is_positive())
}
