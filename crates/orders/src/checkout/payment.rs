//! The payment of an order: asked for, noted, secured, given up. [`settle`] carries on what was cut off.

use std::time::Duration;

use contracts::inventory::CommitReservation;
use contracts::orders::{OrderId, OrderState};
use contracts::payments::{AskPayments, Authorise, PaymentId, PaymentMethod, PaymentState, PaymentView, Void};
use kit::auth::Actor;
use kit::call::is_unknown;
use kit::http::App;
use kit::problem::Problem;
use kit::store::Tx;
use kit::time::Timestamp;

use super::{FIRST_LOOK, Means, PlaceError, SETTLE};
use crate::cancel::cancel;
use crate::edit::surplus::watch_surplus;
use crate::events::OrderEvent;
use crate::order::{self, Order};
use crate::{release, store};

/// A payment that payments do not know after this was never asked for, and is given up.
const NEVER_ASKED: Duration = Duration::from_secs(30);

/// Begins another payment of what is due and sees it through as far as it goes now.
pub async fn pay(app: &App, actor: &Actor, id: OrderId, means: Means) -> Result<Order, Problem> {
    let method = means.method;
    let order = app
        .write(actor, move |tx| {
            let mut order = store::order(tx, id)?;
            if order.state == OrderState::AwaitingPayment && tx.now() >= order.pay_until {
                return Err(PlaceError::PayTimeOver.into());
            }
            ask(tx, &mut order, method)?;
            Ok(order)
        })
        .await?;
    authorise(app, actor, order, Some(means)).await
}

/// Records that what is due is asked for, unless an answer is awaited already.
pub fn ask(tx: &mut Tx<'_>, order: &mut Order, method: PaymentMethod) -> Result<(), Problem> {
    let (payment, event) = order::ask_payment(order, method, tx.now())?;
    if let Some(event) = event {
        order.version = tx.record(order.id, order.version, event)?;
        order.payments.push(payment);
        tx.schedule(SETTLE, &order.id.to_string(), tx.now() + FIRST_LOOK, "")?;
    }
    Ok(())
}

/// Whether a payment by `method` is a promise, for which no provider is asked.
pub fn is_promise(method: PaymentMethod) -> bool {
    match method {
        PaymentMethod::OnDelivery | PaymentMethod::OnAccount => true,
        PaymentMethod::Card | PaymentMethod::CardNow => false,
    }
}

/// Asks for the order's open payment, by `means` or, without them, only what became of it, and acts on the answer.
/// An unknown outcome leaves the order as it is; [`settle`] asks again.
pub async fn authorise(app: &App, actor: &Actor, order: Order, means: Option<Means>) -> Result<Order, Problem> {
    let Some(open) = order.open_payment().cloned() else {
        // What costs nothing waits for no payment.
        let is_free = order.state == OrderState::AwaitingPayment && order.due()?.is_zero();
        return if is_free { commit(app, actor, order, None).await } else { Ok(order) };
    };
    // A promise that an edit asked for needs nothing of the customer: whoever goes on may ask for it.
    let is_more = order.state != OrderState::AwaitingPayment && is_promise(open.method);
    let means = means.or_else(|| is_more.then(|| Means { method: open.method, token: String::new() }));
    let answer = match means {
        Some(means) => {
            let request = Authorise {
                payment: open.id,
                reference: order.id.to_string(),
                method: open.method,
                amount: open.amount,
                token: means.token,
                account: order.customer.map(|customer| customer.to_string()),
            };
            app.call(actor, &request).await.map(Some)
        }
        None => {
            app.call(actor, &AskPayments { payments: vec![open.id] }).await.map(|list| list.payments.into_iter().next())
        }
    };
    match answer {
        Ok(Some(view)) => payment_came(app, actor, order, view).await,
        Ok(None) if app.runtime().now().since(open.asked_at) < NEVER_ASKED => Ok(order),
        Ok(None) => given_up(app, actor, order, open.id).await,
        Err(problem) if is_unknown(&problem) => Ok(order),
        Err(problem) => {
            tracing::info!(order = %order.id, %problem, "a payment was refused");
            given_up(app, actor, order, open.id).await
        }
    }
}

/// Gives a payment up: voided where it was never made, so that it cannot be made later, and noted as what it has become.
async fn given_up(app: &App, actor: &Actor, order: Order, payment: PaymentId) -> Result<Order, Problem> {
    match app.call(actor, &Void { payment }).await {
        Ok(view) => noted(app, actor, order.id, view).await,
        // Taken already: what it has become is asked for.
        Err(problem) if !is_unknown(&problem) => {
            let list = app.call(actor, &AskPayments { payments: vec![payment] }).await?;
            match list.payments.into_iter().next() {
                Some(view) => Box::pin(payment_came(app, actor, order, view)).await,
                None => Ok(order),
            }
        }
        Err(_) => Ok(order),
    }
}

/// Acts on what became of a payment: commits the goods and secures the order, or notes that it was declined.
async fn payment_came(app: &App, actor: &Actor, order: Order, view: PaymentView) -> Result<Order, Problem> {
    match view.state {
        PaymentState::Authorised | PaymentState::Captured if order.state == OrderState::AwaitingPayment => {
            commit(app, actor, order, Some(view)).await
        }
        PaymentState::Authorising => Ok(order),
        PaymentState::Authorised
        | PaymentState::Captured
        | PaymentState::Capturing
        | PaymentState::Voiding
        | PaymentState::Voided
        | PaymentState::Declined => noted(app, actor, order.id, view).await,
    }
}

/// Makes the reservation permanent and secures the order, which was paid with `view` or costs nothing.
async fn commit(app: &App, actor: &Actor, order: Order, view: Option<PaymentView>) -> Result<Order, Problem> {
    match app.call(actor, &CommitReservation { reservation: order.reservation }).await {
        Ok(_) => secured(app, actor, order, view).await,
        Err(problem) if is_unknown(&problem) => Ok(order),
        Err(problem) => {
            tracing::info!(order = %order.id, %problem, "the goods of a paid order are gone");
            given_back(app, actor, order.id, "out-of-stock", |_, _| true).await
        }
    }
}

async fn secured(app: &App, actor: &Actor, order: Order, view: Option<PaymentView>) -> Result<Order, Problem> {
    let id = order.id;
    let lines = order.lines;
    app.write(actor, move |tx| {
        let mut order = store::order_without_lines(tx, id)?;
        if order.state == OrderState::Cancelled {
            // Those who hear of the cancellation give money and goods back.
            return Ok(order);
        }
        if let Some(event) = order::secure(&order, view.as_ref())? {
            let payment = view.as_ref().and_then(|view| order::note(&order, view));
            order.version = tx.record(id, order.version, event)?;
            order.state = OrderState::Placed;
            if let Some(payment) = payment {
                order.payments.retain(|other| other.id != payment.id);
                order.payments.push(payment);
            }
        }
        tx.unschedule(SETTLE, &id.to_string())?;
        Ok(order)
    })
    .await
    .map(|order| Order { lines, ..order })
}

/// Writes what became of a payment, unless it is known.
pub async fn noted(app: &App, actor: &Actor, id: OrderId, view: PaymentView) -> Result<Order, Problem> {
    app.write(actor, move |tx| {
        let mut order = store::order(tx, id)?;
        note(tx, &mut order, &view)?;
        Ok(order)
    })
    .await
}

/// Records what became of a payment, unless it is known. What is too much, because the order was made smaller or released while it
/// was being paid, goes back.
pub fn note(tx: &mut Tx<'_>, order: &mut Order, view: &PaymentView) -> Result<(), Problem> {
    if let Some(payment) = order::note(order, view) {
        order.version = tx.record(order.id, order.version, OrderEvent::PaymentNoted { payment: payment.clone() })?;
        for known in order.payments.iter_mut().filter(|known| known.id == payment.id) {
            *known = payment.clone();
        }
        watch_surplus(tx, order)?;
        release::watch_left_over(tx, order)?;
    }
    Ok(())
}
/// Cancels an order whose payment or goods did not come, if it still awaits them and `holds` now.
async fn given_back(
    app: &App,
    actor: &Actor,
    id: OrderId,
    reason: &'static str,
    holds: fn(&Order, Timestamp) -> bool,
) -> Result<Order, Problem> {
    app.write(actor, move |tx| {
        let order = store::order(tx, id)?;
        let still = order.state == OrderState::AwaitingPayment && holds(&order, tx.now());
        if still { cancel(tx, order, reason) } else { Ok(order) }
    })
    .await
}

/// Carries a checkout that was cut off, or whose payment's outcome was not known, to its end: one look.
pub async fn settle(app: &App, id: OrderId) -> Result<(), Problem> {
    let me = app.itself();
    let order = app.glance(move |reader| store::order(reader, id)).await?;
    let order = authorise(app, &me, order, None).await?;
    let now = app.runtime().now();
    if order.state == OrderState::AwaitingPayment && now >= order.pay_until {
        let late = |order: &Order, now: Timestamp| {
            // A payment that was asked for just now gets its chance; the time for asking is over.
            let fresh = order.open_payment().is_some_and(|open| now.since(open.asked_at) < NEVER_ASKED);
            now >= order.pay_until && !fresh
        };
        given_back(app, &me, id, "payment-timeout", late).await?;
    }
    app.write(&me, move |tx| {
        let order = store::order_without_lines(tx, id)?;
        let waits = order.state == OrderState::AwaitingPayment
            || order.open_payment().is_some() && order.state != OrderState::Cancelled;
        if !waits {
            tx.unschedule(SETTLE, &id.to_string())?;
            return Ok(());
        }
        let soon = tx.now() + Duration::from_secs(10);
        let at = if order.state == OrderState::AwaitingPayment { soon.min(order.pay_until) } else { soon };
        tx.schedule(SETTLE, &id.to_string(), at.max(tx.now() + Duration::from_secs(1)), "")?;
        Ok(())
    })
    .await
}
