//! Release for hand-over: the one row that decides whether goods leave or the order is cancelled.

use contracts::inventory::StockLine;
use contracts::orders::{Collected, OrderId, OrderState};
use contracts::payments::{Capture, PaymentId, PaymentMethod, PaymentState, PaymentView, Void};
use kit::auth::Actor;
use kit::call::is_unknown;
use kit::http::{App, IfMatch};
use kit::money::Money;
use kit::problem::Problem;
use kit::store::Tx;

use crate::checkout::payment::note;
use crate::edit::again;
use crate::events::OrderEvent;
use crate::order::{self, Order, Payment, Release};
use crate::store;

/// The job that carries a cut-off release to its end.
pub const RELEASE: &str = "release";
/// The job that lets go of money that was set aside for an order and not needed.
pub const LET_GO: &str = "let_go";
const FIRST_LOOK_S: u64 = 15;

/// Releases an order: at once where its payment allows, else after the money has been taken.
pub async fn release(app: &App, actor: &Actor, id: OrderId, at: IfMatch) -> Result<Order, Problem> {
    start(app, actor, id, Some(at), Terms::default()).await
}

/// What a release is asked with by those who have the goods at hand.
#[derive(Debug, Clone, Default)]
pub struct Terms {
    /// What lies packed; not compared when empty.
    pub packed: Vec<StockLine>,
    /// Whether the customer takes the goods over the counter.
    pub counter: bool,
    /// What the customer paid there.
    pub collected: Option<Collected>,
}

/// Refuses goods that are not those ordered, and a pick-up whose money is still to be paid: also where another site than the one that
/// hands it over would let it go.
fn may_leave(order: &Order, terms: &Terms) -> Result<(), Problem> {
    order::is_packed(order, &terms.packed)?;
    if terms.counter || (order.delivery.pick_up && !terms.packed.is_empty()) {
        order::is_paid_at_the_counter(order, terms.collected.map(|collected| collected.amount))?;
    }
    Ok(())
}

async fn start(app: &App, actor: &Actor, id: OrderId, at: Option<IfMatch>, terms: Terms) -> Result<Order, Problem> {
    let collected = terms.collected;
    let (order, captures) = app
        .write(actor, move |tx| {
            let mut order = store::order(tx, id)?;
            at.map_or(Ok(()), |at| at.check(order.version))?;
            let release = order::release(&order)?;
            // Looked at in the same write: an edit may have come between packing and this.
            may_leave(&order, &terms)?;
            match release {
                Release::Now => {
                    order.version = tx.record(id, order.version, order::released(&order, collected))?;
                    order.state = OrderState::Released;
                    watch_left_over(tx, &order)?;
                    Ok((order, Vec::new()))
                }
                Release::Capture(captures) => {
                    if order.state == OrderState::Placed {
                        // Whoever hands it over agrees: should the money not come, it is confirmed, and all have heard so.
                        order.version = tx.record(id, order.version, order::confirm(&order)?)?;
                    }
                    order.version = tx.record(id, order.version, OrderEvent::ReleaseStarted {})?;
                    order.state = OrderState::Releasing;
                    tx.schedule(RELEASE, &id.to_string(), tx.now() + std::time::Duration::from_secs(FIRST_LOOK_S), "")?;
                    Ok((order, captures))
                }
            }
        })
        .await?;
    if order.state == OrderState::Released {
        return Ok(order);
    }
    finish(app, actor, order, captures, collected).await
}

/// The same for those who do not know the order's version, but what they have at hand, and may ask again: goes on where the order's
/// release stands.
pub async fn ensure_released(app: &App, actor: &Actor, id: OrderId, terms: Terms) -> Result<Order, Problem> {
    let collected = terms.collected;
    let order = app.read(move |reader| store::order(reader, id)).await?;
    match order.state {
        OrderState::Released | OrderState::Delivered | OrderState::Returned => Ok(order),
        OrderState::Releasing => {
            may_leave(&order, &terms)?;
            let captures = match order::release(&order)? {
                Release::Capture(captures) => captures,
                Release::Now => Vec::new(),
            };
            finish(app, actor, order, captures, collected).await
        }
        OrderState::AwaitingPayment | OrderState::Placed | OrderState::Confirmed | OrderState::Cancelled => {
            start(app, actor, id, None, terms).await
        }
    }
}

/// Goes on with a release that was cut off.
pub async fn resume(app: &App, id: OrderId) -> Result<(), Problem> {
    let me = app.itself();
    let order = app.read(move |reader| store::order(reader, id)).await?;
    if order.state != OrderState::Releasing {
        return app.write(&me, move |tx| Ok(tx.unschedule(RELEASE, &id.to_string())?)).await;
    }
    let captures = match order::release(&order) {
        Ok(Release::Capture(captures)) => captures,
        Ok(Release::Now) => Vec::new(),
        Err(_) => return failed(app, &me, id, "payment-missing").await.map(drop),
    };
    match finish(app, &me, order, captures, None).await {
        Ok(order) if order.state == OrderState::Releasing => again(app, &me, RELEASE, id).await,
        Err(problem) if is_unknown(&problem) => again(app, &me, RELEASE, id).await,
        other => other.map(drop),
    }
}

async fn finish(
    app: &App,
    actor: &Actor,
    order: Order,
    captures: Vec<(PaymentId, Money)>,
    collected: Option<Collected>,
) -> Result<Order, Problem> {
    let mut views = Vec::new();
    for (payment, amount) in captures {
        match app.call(actor, &Capture { payment, amount }).await {
            Ok(view) if view.state == PaymentState::Captured => views.push(view),
            // Not known yet: the order stays in release, and the job goes on.
            Ok(view) if view.state == PaymentState::Capturing => return Ok(order),
            Ok(view) => {
                let id = order.id;
                app.write(actor, move |tx| {
                    let mut order = store::order(tx, id)?;
                    note(tx, &mut order, &view)
                })
                .await?;
                return failed(app, actor, id, "capture-refused").await;
            }
            Err(problem) if is_unknown(&problem) => return Ok(order),
            Err(problem) => {
                tracing::warn!(order = %order.id, %problem, "a capture was refused");
                return failed(app, actor, order.id, "capture-refused").await;
            }
        }
    }
    released(app, actor, order.id, views, collected).await
}

async fn released(
    app: &App,
    actor: &Actor,
    id: OrderId,
    views: Vec<PaymentView>,
    collected: Option<Collected>,
) -> Result<Order, Problem> {
    // The job comes when the request has ended: perhaps nobody stands at the counter any more.
    let is_late = actor.name == app.itself().name;
    app.write(actor, move |tx| {
        let mut order = store::order(tx, id)?;
        for view in &views {
            note(tx, &mut order, view)?;
        }
        if order.state == OrderState::Releasing && order::release(&order)? == Release::Now {
            if is_late && order.delivery.pick_up {
                order.version = tx.record(id, order.version, order::late(&order)?)?;
                order.state = OrderState::Confirmed;
            } else {
                order.version = tx.record(id, order.version, order::released(&order, collected))?;
                order.state = OrderState::Released;
            }
            tx.unschedule(RELEASE, &id.to_string())?;
            watch_left_over(tx, &order)?;
        }
        Ok(order)
    })
    .await
}

async fn failed(app: &App, actor: &Actor, id: OrderId, reason: &'static str) -> Result<Order, Problem> {
    app.write(actor, move |tx| {
        let mut order = store::order(tx, id)?;
        if order.state == OrderState::Releasing {
            order.version = tx.record(id, order.version, order::fail_release(&order, reason)?)?;
            order.state = OrderState::Confirmed;
            tx.unschedule(RELEASE, &id.to_string())?;
            watch_left_over(tx, &order)?;
        }
        Ok(order)
    })
    .await
}

/// Sees to it that money set aside by card and not needed for the release, or refused when it was to be taken, goes back.
pub fn watch_left_over(tx: &mut Tx<'_>, order: &Order) -> Result<(), Problem> {
    if left_over(order).next().is_some() {
        tx.schedule(LET_GO, &order.id.to_string(), tx.now(), "")?;
    }
    Ok(())
}

/// Lets go of what was set aside by card and not needed.
pub async fn let_go(app: &App, id: OrderId) -> Result<(), Problem> {
    let me = app.itself();
    let order = app.read(move |reader| store::order_without_lines(reader, id)).await?;
    for payment in left_over(&order) {
        let view = app.call(&me, &Void { payment: payment.id }).await?;
        app.write(&me, move |tx| {
            let mut order = store::order_without_lines(tx, id)?;
            note(tx, &mut order, &view)
        })
        .await?;
    }
    app.write(&me, move |tx| {
        if left_over(&store::order_without_lines(tx, id)?).next().is_none() {
            tx.unschedule(LET_GO, &id.to_string())?;
        }
        Ok(())
    })
    .await
}

fn left_over(order: &Order) -> impl Iterator<Item = &Payment> {
    let is_gone = matches!(order.state, OrderState::Released | OrderState::Delivered);
    let is_over = matches!(order.state, OrderState::Cancelled | OrderState::Returned);
    order.payments.iter().filter(move |payment| {
        (is_gone || payment.is_refused() && !is_over)
            && payment.state == PaymentState::Authorised
            && matches!(payment.method, PaymentMethod::Card | PaymentMethod::CardNow)
    })
}
