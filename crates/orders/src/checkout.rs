//! From cart to secured order: price check, sourcing, reservation, placing, payment, commitment of the goods.
//!
//! Invariant: each step is written before the next begins and every call can be asked again, so a checkout that was cut off
//! anywhere is carried to its end by [`payment::settle`], and never twice.

pub mod look;
pub mod payment;

use std::collections::BTreeSet;
use std::time::Duration;

use contracts::inventory::{ReleaseReservation, ReservationId, Reserve, StockLine};
use contracts::orders::{CartId, OrderId, OrderState};
use contracts::payments::PaymentMethod;
use contracts::rules::DecisionRecord;
use contracts::shared::ProductId;
use kit::auth::{Actor, SiteId};
use kit::call::is_unknown;
use kit::http::App;
use kit::problem::{Problem, Refusal};
use kit::store::Tx;

use self::payment::authorise;
use crate::cart::{Cart, CartError, order_of};
use crate::events::{OrderEvent, Placed};
use crate::order::{self, DeliveryTerms, Line, Order};
use crate::sourcing::{Circumstances, Plan, Wanted, source};
use crate::{Settings, fee, store};

/// The job that carries a cut-off checkout to its end.
pub const SETTLE: &str = "settle";
/// The job looks after an order for the first time after this: by then the shopper's own request has normally settled it.
const FIRST_LOOK: Duration = Duration::from_secs(20);

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
    #[error("not enough is available")]
    OutOfStock { products: Vec<ProductId> },
}

impl Refusal for PlaceError {
    fn problem(&self) -> Problem {
        match self {
            PlaceError::PayTimeOver => {
                Problem::conflict("orders/pay-time-over", "The time for paying this order is over.")
            }
            PlaceError::Empty | PlaceError::NoDelivery => {
                Problem::conflict("orders/cart-incomplete", "The cart cannot be ordered yet.")
                    .detail(self.to_string())
                    .with("field", if matches!(self, PlaceError::Empty) { "lines" } else { "method" })
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
        Prepared::Cart(ready) => match placed(app, actor, *ready, means.clone()).await? {
            Ok(order) => return authorise(app, actor, order, Some(means)).await,
            Err(existing) => existing,
        },
    };
    let order = app.glance(move |reader| store::order(reader, order)).await?;
    authorise(app, actor, order, Some(means)).await
}

enum Prepared {
    Placed(OrderId),
    Cart(Box<Ready>),
}

/// A cart that may be placed, and where its goods come from.
struct Ready {
    cart: Cart,
    plan: Plan,
    decisions: Vec<DecisionRecord>,
}

/// Checks cart and prices and finds the sites that serve the lines.
async fn prepare(app: &App, actor: &Actor, id: CartId) -> Result<Prepared, Problem> {
    let (cart, offers, methods, region) = app
        .glance(move |reader| {
            // What was another moment's is noticed when the order is written: the cart has another version then.
            let (cart, methods) = store::cart_and_methods(reader, id)?;
            let products: Vec<ProductId> = cart.content.lines.iter().map(|line| line.product).collect();
            let offers = store::offers(reader, &products)?;
            let region = match &cart.content.delivery {
                Some(delivery) => store::region(reader, &delivery.contact, delivery.site)?,
                None => String::new(),
            };
            Ok((cart, offers, methods, region))
        })
        .await?;
    if let Some(order) = cart.order {
        return Ok(Prepared::Placed(order));
    }
    if cart.content.lines.is_empty() {
        return Err(PlaceError::Empty.into());
    }
    let Some(delivery) = &cart.content.delivery else { return Err(PlaceError::NoDelivery.into()) };
    let mut now = cart.content.repriced(&offers, &methods)?;
    let question = now.fee_question(&offers, &methods, &region)?;
    let mut decisions = Vec::new();
    if let (Some(question), Some(chosen)) = (question, &mut now.delivery) {
        let (fee, rule) = fee::asked(app, &question).await;
        if chosen.method.fee != fee {
            (chosen.method.fee, chosen.rule) = (fee, rule.clone());
        }
        decisions.extend(rule);
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
    let lines: Vec<Wanted> = cart.content.lines.iter().map(|line| (line.product, line.quantity)).collect();
    let circumstances = Circumstances {
        channel: cart.content.channel,
        total: cart.content.totals().map_err(CartError::from)?.goods,
        region,
        pick_up: delivery.site.filter(|_| delivery.method.pick_up),
    };
    let (plan, rule) = source(app, actor, &lines, &circumstances).await?;
    decisions.extend(rule);
    Ok(Prepared::Cart(Box::new(Ready { cart, plan, decisions })))
}

/// The cart with the delivery fee that its present lines lead to.
pub async fn with_fee(app: &App, actor: &Actor, cart: Cart) -> Result<Cart, Problem> {
    let (id, content) = (cart.id, cart.content.clone());
    let (offers, methods, region) = app
        .read(move |reader| {
            let products: Vec<ProductId> = content.lines.iter().map(|line| line.product).collect();
            let delivery = content.delivery.as_ref().ok_or(PlaceError::NoDelivery)?;
            let region = store::region(reader, &delivery.contact, delivery.site)?;
            Ok((store::offers(reader, &products)?, store::delivery_methods(reader)?, region))
        })
        .await?;
    let Some(question) = cart.content.fee_question(&offers, &methods, &region)? else { return Ok(cart) };
    let (fee, rule) = fee::asked(app, &question).await;
    if cart.content.delivery.as_ref().is_some_and(|delivery| delivery.method.fee == fee) {
        return Ok(cart);
    }
    let version = cart.version;
    app.write(actor, move |tx| {
        let mut cart = store::cart(tx, id)?;
        if cart.version == version
            && let Some(delivery) = &mut cart.content.delivery
        {
            (delivery.method.fee, delivery.rule) = (fee, rule.clone());
            cart.version += 1;
            store::put_cart(tx, &cart)?;
        }
        Ok(cart)
    })
    .await
}

/// Reserves the goods and writes the order; `Err` names the order that somebody else made of the cart meanwhile.
async fn placed(app: &App, actor: &Actor, ready: Ready, means: Means) -> Result<Result<Order, OrderId>, Problem> {
    let Ready { cart, plan, decisions } = ready;
    let Plan { sites, main, .. } = plan;
    let settings = app.part::<Settings>().map(|settings| (*settings).clone()).unwrap_or_default();
    let order_id = order_of(cart.id);
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
            let ready = Sourced { lines: lines.clone(), site: main, reservation, decisions: decisions.clone() };
            write_placed(tx, &cart, order_id, ready, &means, &settings).map(Ok)
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
                return Err(PlaceError::OutOfStock { products: short(&problem, &lines) }.into());
            }
            Err(problem) if problem.status == 409 => {}
            Err(problem) => return Err(problem),
        }
    }
    Err(PlaceError::CartChanged.into())
}

/// The products of which there is not enough, as inventory names them; all of `lines` where it names none.
fn short(refused: &Problem, lines: &[StockLine]) -> Vec<ProductId> {
    let named = refused.extra.get("lines").and_then(|named| named.as_array()).into_iter().flatten();
    let named: BTreeSet<ProductId> = named.filter_map(|line| line["product"].as_str()?.parse().ok()).collect();
    if named.is_empty() { lines.iter().map(|line| line.product).collect() } else { named.into_iter().collect() }
}

/// Lines with the sites that serve them, and the stock that is held for them.
struct Sourced {
    lines: Vec<Line>,
    site: SiteId,
    reservation: ReservationId,
    decisions: Vec<DecisionRecord>,
}

fn write_placed(
    tx: &mut Tx<'_>,
    cart: &Cart,
    id: OrderId,
    sourced: Sourced,
    means: &Means,
    settings: &Settings,
) -> Result<Order, Problem> {
    let Sourced { lines, site, reservation, decisions } = sourced;
    let content = &cart.content;
    let delivery = content.delivery.as_ref().ok_or(PlaceError::NoDelivery)?;
    let totals = content.totals().map_err(CartError::from)?;
    let series = "online".to_owned();
    let ordinal = store::next_ordinal(tx, &series)?;
    let now = tx.now();
    let person = id.to_string();
    let contact = tx.seal_first(&person, &delivery.contact)?;
    let fields = (!content.fields.is_empty()).then(|| tx.seal(&person, &content.fields)).transpose()?;
    let terms = DeliveryTerms {
        method: delivery.method.code.clone(),
        fee: delivery.method.fee,
        tax: delivery.method.tax,
        pick_up: delivery.method.pick_up,
    };
    // What costs nothing is not paid.
    let payment = totals.total.is_positive().then(|| order::asked(id, 1, means.method, totals.total, now));
    let order = Order {
        id,
        version: 1,
        number: format!("{}", 100_000 + ordinal),
        state: OrderState::AwaitingPayment,
        site,
        currency: content.currency,
        goods: totals.goods,
        delivery: terms,
        total: totals.total,
        method: means.method,
        payments: payment.iter().cloned().collect(),
        reservation,
        placed_at: now,
        pay_until: now + settings.pay_within,
        amendment: 0,
        editing: None,
        reason: None,
        channel: content.channel,
        customer: content.customer,
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
        channel: order.channel,
        customer: order.customer,
        decisions,
        person,
        contact,
        fields,
    };
    tx.record(id, 0, OrderEvent::OrderPlaced(Box::new(placed)))?;
    store::forget_cart(tx, cart.id)?;
    look::at(tx, id, now)?;
    Ok(order)
}

#[cfg(test)]
mod tests {
    use kit::quantity::Quantity;
    use serde_json::json;

    use super::*;

    #[test]
    fn only_what_is_short_is_said_to_be() {
        let id = |n: u128| ProductId::from_u128(n << 64);
        let line = |n| StockLine { product: id(n), site: SiteId::from_u128(1), quantity: Quantity::pieces(1) };
        let lines = [line(1), line(2), line(3)];
        let refused = Problem::conflict("inventory/insufficient-stock", "Not enough stock");
        let named = json!([{"product": id(2), "site": lines[1].site}, {"product": id(2), "site": lines[0].site}]);
        assert_eq!(short(&refused, &lines), [id(1), id(2), id(3)]);
        assert_eq!(short(&refused.with("lines", named), &lines), [id(2)]);
    }
}
