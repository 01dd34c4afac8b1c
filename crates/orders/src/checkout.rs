//! From cart to secured order: price check, sourcing, reservation, placing, payment, commitment of the goods.
//!
//! Invariant: each step is written before the next begins and every call can be asked again, so a checkout that was cut off
//! anywhere is carried to its end by [`settle`], and never twice.

use std::time::Duration;

use contracts::inventory::{
    AskAvailability, Availability, CommitReservation, ReleaseReservation, ReservationId, Reserve, StockLine,
};
use contracts::orders::{CartId, OrderId};
use contracts::payments::{AskPayments, Authorise, PaymentId, PaymentMethod, PaymentState, PaymentView, Void};
use contracts::shared::ProductId;
use kit::auth::{Actor, SiteId};
use kit::call::is_unknown;
use kit::http::App;
use kit::problem::{Problem, Refusal};
use kit::quantity::Quantity;
use kit::store::Tx;
use kit::time::Timestamp;

use crate::cart::{Cart, CartError};
use crate::events::{OrderEvent, Placed};
use crate::order::{self, DeliveryTerms, Line, Order, State};
use crate::price::PricedLine;
use crate::{Settings, edit, release, store};

/// The job that carries a cut-off checkout to its end.
pub const SETTLE: &str = "settle";
/// The job looks after an order for the first time after this: by then the shopper's own request has normally settled it.
const FIRST_LOOK_S: u64 = 20;

/// Products whose availability at every site is asked in one call: with hundreds of sites the answer has its limit.
const ASKED_AT_ONCE: usize = 4;
/// A payment that payments do not know after this was never asked for, and is given up.
const NEVER_ASKED: Duration = Duration::from_secs(30);

/// Why a cart did not become an order.
#[derive(Debug, thiserror::Error)]
pub enum PlaceError {
    #[error("the cart has no lines")]
    Empty,
    #[error("how the goods reach the customer is not chosen")]
    NoDelivery,
    #[error("prices have changed since they were shown")]
    PriceChanged,
    #[error("the cart was changed while it was being placed")]
    CartChanged,
    #[error("the time for paying is over")]
    PayTimeOver,
    #[error("an order that costs nothing needs no payment and is taken by the contact center")]
    CostsNothing,
    #[error("not enough is available")]
    OutOfStock { products: Vec<ProductId> },
}

impl Refusal for PlaceError {
    fn problem(&self) -> Problem {
        match self {
            PlaceError::PayTimeOver => {
                Problem::conflict("orders/pay-time-over", "The time for paying this order is over.")
            }
            PlaceError::Empty | PlaceError::NoDelivery | PlaceError::CostsNothing => {
                Problem::conflict("orders/cart-incomplete", "The cart cannot be ordered yet.").detail(self.to_string())
            }
            PlaceError::PriceChanged => Problem::conflict("orders/price-changed", "Prices have changed.")
                .detail("The cart shows the new prices; place it again to accept them."),
            PlaceError::CartChanged => {
                Problem::conflict("orders/cart-changed", "The cart was changed while it was being placed.")
            }
            PlaceError::OutOfStock { products } => {
                let products: Vec<String> = products.iter().map(ToString::to_string).collect();
                Problem::conflict("orders/out-of-stock", "Not enough is available.").with("products", products)
            }
        }
    }
}

/// How the shopper wants to pay.
#[derive(Debug, Clone)]
pub struct Means {
    pub method: PaymentMethod,
    pub token: String,
}

/// Makes an order of a cart and sees its payment through as far as it goes now. Placed before: goes on where that stands.
pub async fn place(app: &App, actor: &Actor, cart: CartId, means: Means) -> Result<Order, Problem> {
    let order = match prepare(app, actor, cart).await? {
        Prepared::Placed(order) => order,
        Prepared::Cart(ready, sites) => match placed(app, actor, *ready, sites, means.clone()).await? {
            Ok(order) => return authorise(app, actor, order, Some(means)).await,
            Err(existing) => existing,
        },
    };
    let order = app.read(move |reader| store::order(reader, order)).await?;
    authorise(app, actor, order, Some(means)).await
}

/// Begins another payment of what is due and sees it through as far as it goes now.
pub async fn pay(app: &App, actor: &Actor, id: OrderId, means: Means) -> Result<Order, Problem> {
    let method = means.method;
    let order = app
        .write(actor, move |tx| {
            let mut order = store::order(tx, id)?;
            if order.state == State::AwaitingPayment && tx.now() >= order.pay_until {
                return Err(PlaceError::PayTimeOver.into());
            }
            let (payment, event) = order::ask_payment(&order, method, tx.now())?;
            if let Some(event) = event {
                order.version = tx.record(id, order.version, event)?;
                order.payments.push(payment);
                let at = tx.now() + Duration::from_secs(FIRST_LOOK_S);
                tx.schedule(SETTLE, &id.to_string(), at, "")?;
            }
            Ok(order)
        })
        .await?;
    authorise(app, actor, order, Some(means)).await
}

enum Prepared {
    Placed(OrderId),
    Cart(Box<Cart>, Vec<SiteId>),
}

/// Checks cart and prices and finds the sites that serve the lines.
async fn prepare(app: &App, actor: &Actor, id: CartId) -> Result<Prepared, Problem> {
    let (cart, offers, methods) = app
        .read(move |reader| {
            let cart = store::cart(reader, id)?;
            let products: Vec<ProductId> = cart.content.lines.iter().map(|line| line.product).collect();
            let offers = store::offers(reader, &products)?;
            Ok((cart, offers, store::delivery_methods(reader)?))
        })
        .await?;
    if let Some(order) = cart.order {
        return Ok(Prepared::Placed(order));
    }
    if cart.content.lines.is_empty() {
        return Err(PlaceError::Empty.into());
    }
    let Some(delivery) = &cart.content.delivery else { return Err(PlaceError::NoDelivery.into()) };
    let now = cart.content.repriced(&offers, &methods)?;
    if !cart.content.totals().map_err(CartError::from)?.total.is_positive() {
        return Err(PlaceError::CostsNothing.into());
    }
    if now != cart.content {
        let version = cart.version;
        app.write(actor, move |tx| {
            let mut cart = store::cart(tx, id)?;
            if cart.version == version && cart.order.is_none() {
                cart.version += 1;
                cart.content = now.clone();
                store::put_cart(tx, &cart)?;
            }
            Ok(())
        })
        .await?;
        return Err(PlaceError::PriceChanged.into());
    }
    let sites = source(app, actor, &cart.content.lines, delivery.site).await?;
    Ok(Prepared::Cart(Box::new(cart), sites))
}

/// For each line the site that serves it: the chosen store first, then one that can serve everything, then any.
pub async fn source(
    app: &App,
    actor: &Actor,
    lines: &[PricedLine],
    preferred: Option<SiteId>,
) -> Result<Vec<SiteId>, Problem> {
    let mut known = Vec::new();
    for chunk in lines.chunks(if preferred.is_some() { 200 } else { ASKED_AT_ONCE }) {
        let products = chunk.iter().map(|line| line.product).collect();
        known.extend(
            app.call(actor, &AskAvailability { products, sites: preferred.into_iter().collect() }).await?.lines,
        );
    }
    choose(lines, &known).map_err(Problem::from)
}

fn choose(lines: &[PricedLine], known: &[Availability]) -> Result<Vec<SiteId>, PlaceError> {
    let serves = |site: SiteId, line: &PricedLine| {
        known.iter().any(|at| at.site == site && at.product == line.product && covers(at.available, line.quantity))
    };
    let mut sites: Vec<SiteId> = known.iter().map(|at| at.site).collect();
    sites.sort_unstable();
    sites.dedup();
    if let Some(all) = sites.iter().find(|site| lines.iter().all(|line| serves(**site, line))) {
        return Ok(vec![*all; lines.len()]);
    }
    let mut chosen = Vec::with_capacity(lines.len());
    let mut short = Vec::new();
    for line in lines {
        match sites.iter().find(|site| serves(**site, line)) {
            Some(site) => chosen.push(*site),
            None => short.push(line.product),
        }
    }
    if short.is_empty() { Ok(chosen) } else { Err(PlaceError::OutOfStock { products: short }) }
}

fn covers(available: Quantity, wanted: Quantity) -> bool {
    available.unit == wanted.unit && available.milli >= wanted.milli
}

/// Reserves the goods and writes the order; `Err` names the order that somebody else made of the cart meanwhile.
async fn placed(
    app: &App,
    actor: &Actor,
    cart: Cart,
    sites: Vec<SiteId>,
    means: Means,
) -> Result<Result<Order, OrderId>, Problem> {
    let settings = app.part::<Settings>().map(|settings| (*settings).clone()).unwrap_or_default();
    let order_id: OrderId = cart.id.derived("order", 0);
    let lines: Vec<Line> =
        cart.content.lines.iter().cloned().zip(sites).map(|(priced, site)| Line { site, priced }).collect();
    let reservation = reserve(app, actor, &cart, order_id, order::stock_lines(&lines), &settings).await?;
    let result = app
        .write(actor, move |tx| {
            let present = store::cart(tx, cart.id)?;
            if let Some(order) = present.order {
                return Ok(Err(order));
            }
            if present.version != cart.version {
                return Err(PlaceError::CartChanged.into());
            }
            write_placed(tx, &cart, order_id, lines.clone(), reservation, &means, &settings).map(Ok)
        })
        .await;
    let unused = match &result {
        Ok(Ok(_)) => false,
        Ok(Err(order)) => {
            app.read({
                let order = *order;
                move |reader| store::order_without_lines(reader, order)
            })
            .await?
            .reservation
                != reservation
        }
        Err(problem) => !is_unknown(problem),
    };
    if unused {
        // Its outer expiry would free the goods too, only later.
        let _ = app.call(actor, &ReleaseReservation { reservation }).await;
    }
    result
}

async fn reserve(
    app: &App,
    actor: &Actor,
    cart: &Cart,
    order: OrderId,
    lines: Vec<StockLine>,
    settings: &Settings,
) -> Result<ReservationId, Problem> {
    let version = u64::try_from(cart.version).unwrap_or_default();
    let mut lines = lines;
    lines.sort_by_key(|line| (line.product, line.site));
    // The same cart may be being placed in another tab with stock of other sites: that reservation is the other tab's.
    for attempt in 0..4_u64 {
        let reservation = cart.id.derived("reservation", version * 4 + attempt);
        let expires_at = app.runtime().now() + settings.hold;
        let request = Reserve { reservation, holder: order.to_string(), lines: lines.clone(), expires_at };
        match app.call(actor, &request).await {
            Ok(_) => return Ok(reservation),
            Err(problem) if problem.code == "inventory/insufficient-stock" => {
                let products = lines.iter().map(|line| line.product).collect();
                return Err(PlaceError::OutOfStock { products }.into());
            }
            Err(problem) if problem.status == 409 => {}
            Err(problem) => return Err(problem),
        }
    }
    Err(PlaceError::CartChanged.into())
}

fn write_placed(
    tx: &mut Tx<'_>,
    cart: &Cart,
    id: OrderId,
    lines: Vec<Line>,
    reservation: ReservationId,
    means: &Means,
    settings: &Settings,
) -> Result<Order, Problem> {
    let content = &cart.content;
    let delivery = content.delivery.as_ref().ok_or(PlaceError::NoDelivery)?;
    let totals = content.totals().map_err(CartError::from)?;
    let series = "online".to_owned();
    let ordinal = store::next_ordinal(tx, &series)?;
    let now = tx.now();
    let person = id.to_string();
    let contact = tx.seal_first(&person, &delivery.contact)?;
    let terms = DeliveryTerms {
        method: delivery.method.code.clone(),
        fee: delivery.method.fee,
        tax: delivery.method.tax,
        pick_up: delivery.method.pick_up,
    };
    let payment = order::asked(id, 1, means.method, totals.total, now);
    let order = Order {
        id,
        version: 1,
        number: format!("{}", 100_000 + ordinal),
        state: State::AwaitingPayment,
        site: lines.first().map(|line| line.site).ok_or(PlaceError::Empty)?,
        currency: content.currency,
        goods: totals.goods,
        delivery: terms,
        total: totals.total,
        method: means.method,
        payments: vec![payment.clone()],
        reservation,
        placed_at: now,
        pay_until: now + settings.pay_within,
        amendment: 0,
        editing: None,
        reason: None,
        lines,
    };
    let placed = Placed {
        number: order.number.clone(),
        series,
        ordinal,
        site: order.site,
        currency: order.currency,
        lines: order.lines.clone(),
        goods: order.goods,
        delivery: order.delivery.clone(),
        total: order.total,
        method: order.method,
        payment,
        reservation,
        pay_until: order.pay_until,
        person,
        contact,
    };
    tx.record(id, 0, OrderEvent::OrderPlaced(Box::new(placed)))?;
    store::place_cart(tx, cart, id)?;
    tx.schedule(SETTLE, &id.to_string(), now + Duration::from_secs(FIRST_LOOK_S), "")?;
    Ok(order)
}

/// Asks for the order's open payment, by `means` or, without them, only what became of it, and acts on the answer.
/// An unknown outcome leaves the order as it is; [`settle`] asks again.
async fn authorise(app: &App, actor: &Actor, order: Order, means: Option<Means>) -> Result<Order, Problem> {
    let Some(open) = order.open_payment().cloned() else { return Ok(order) };
    let answer = match means {
        Some(means) => {
            let request = Authorise {
                payment: open.id,
                reference: order.id.to_string(),
                method: open.method,
                amount: open.amount,
                token: means.token,
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
        PaymentState::Authorised | PaymentState::Captured if order.state == State::AwaitingPayment => {
            match app.call(actor, &CommitReservation { reservation: order.reservation }).await {
                Ok(_) => secured(app, actor, order, view).await,
                Err(problem) if is_unknown(&problem) => Ok(order),
                Err(problem) => {
                    tracing::info!(order = %order.id, %problem, "the goods of a paid order are gone");
                    given_back(app, actor, order.id, "out-of-stock", |_, _| true).await
                }
            }
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

async fn secured(app: &App, actor: &Actor, order: Order, view: PaymentView) -> Result<Order, Problem> {
    let id = order.id;
    let lines = order.lines;
    app.write(actor, move |tx| {
        let mut order = store::order_without_lines(tx, id)?;
        if order.state == State::Cancelled {
            // Those who hear of the cancellation give money and goods back.
            return Ok(order);
        }
        if let Some(event) = order::secure(&order, &view)? {
            let payment = order::note(&order, &view);
            order.version = tx.record(id, order.version, event)?;
            order.state = State::Placed;
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
        edit::watch_surplus(tx, order)?;
        release::watch_left_over(tx, order)?;
    }
    Ok(())
}

/// Cancels an order; an already cancelled one stays as it is.
pub async fn cancelled(app: &App, actor: &Actor, id: OrderId, reason: &'static str) -> Result<Order, Problem> {
    app.write(actor, move |tx| {
        let order = store::order(tx, id)?;
        if order.state == State::Cancelled { Ok(order) } else { cancel(tx, order, reason) }
    })
    .await
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
        let still = order.state == State::AwaitingPayment && holds(&order, tx.now());
        if still { cancel(tx, order, reason) } else { Ok(order) }
    })
    .await
}

fn cancel(tx: &mut Tx<'_>, mut order: Order, reason: &'static str) -> Result<Order, Problem> {
    let event = order::cancel(&order, reason)?;
    order.version = tx.record(order.id, order.version, event)?;
    order.state = State::Cancelled;
    order.reason = Some(reason.to_owned());
    tx.unschedule(SETTLE, &order.id.to_string())?;
    Ok(order)
}

/// Carries a checkout that was cut off, or whose payment's outcome was not known, to its end: one look.
pub async fn settle(app: &App, id: OrderId) -> Result<(), Problem> {
    let me = app.itself();
    let order = app.read(move |reader| store::order(reader, id)).await?;
    let order = authorise(app, &me, order, None).await?;
    let now = app.runtime().now();
    if order.state == State::AwaitingPayment && now >= order.pay_until {
        let late = |order: &Order, now: Timestamp| {
            // A payment that was asked for just now gets its chance; the time for asking is over.
            let fresh = order.open_payment().is_some_and(|open| now.since(open.asked_at) < NEVER_ASKED);
            now >= order.pay_until && !fresh
        };
        given_back(app, &me, id, "payment-timeout", late).await?;
    }
    app.write(&me, move |tx| {
        let order = store::order_without_lines(tx, id)?;
        let waits =
            order.state == State::AwaitingPayment || order.open_payment().is_some() && order.state != State::Cancelled;
        if !waits {
            tx.unschedule(SETTLE, &id.to_string())?;
            return Ok(());
        }
        let soon = tx.now() + Duration::from_secs(10);
        let at = if order.state == State::AwaitingPayment { soon.min(order.pay_until) } else { soon };
        tx.schedule(SETTLE, &id.to_string(), at.max(tx.now() + Duration::from_secs(1)), "")?;
        Ok(())
    })
    .await
}

#[cfg(test)]
mod tests {
    use kit::money::{Currency, Money, Rate};

    use super::*;
    use crate::price::at_price;

    fn line(product: u128, pieces: i32) -> PricedLine {
        let price = Money::new(100, Currency::EUR);
        at_price(ProductId::from_u128(product), "x", Quantity::pieces(pieces), price, Rate(0)).unwrap()
    }

    fn at(product: u128, site: u128, pieces: i32) -> Availability {
        Availability {
            product: ProductId::from_u128(product),
            site: SiteId::from_u128(site),
            on_hand: Quantity::pieces(pieces),
            reserved: Quantity::pieces(0),
            available: Quantity::pieces(pieces),
        }
    }

    #[test]
    fn one_site_that_has_everything_serves_everything() {
        let known = [at(1, 1, 5), at(1, 2, 5), at(2, 2, 5)];
        let sites = choose(&[line(1, 2), line(2, 2)], &known).unwrap();
        assert_eq!(sites, vec![SiteId::from_u128(2), SiteId::from_u128(2)]);
    }

    #[test]
    fn else_each_line_comes_from_where_it_is() {
        let sites = choose(&[line(1, 2), line(2, 2)], &[at(1, 1, 5), at(2, 2, 5)]).unwrap();
        assert_eq!(sites, vec![SiteId::from_u128(1), SiteId::from_u128(2)]);
    }

    #[test]
    fn what_nobody_has_is_named() {
        let error = choose(&[line(1, 2), line(2, 6)], &[at(1, 1, 5), at(2, 2, 5)]).unwrap_err();
        assert!(matches!(error, PlaceError::OutOfStock { products } if products == [ProductId::from_u128(2)]));
    }
}
