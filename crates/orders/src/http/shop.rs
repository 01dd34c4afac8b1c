//! The shopper's endpoints. Whoever knows a cart's id may use the cart and see the order made of it.

use axum::http::StatusCode;
use contracts::inventory::AskAvailability;
use contracts::orders::{CartId, Channel};
use contracts::payments::PaymentMethod;
use contracts::shared::{CustomerId, Fields, ProductId, SiteId};
use kit::auth::Actor;
use kit::http::{App, Json, Keyed, Path, Reply, RequestKey, Versioned};
use kit::money::Currency;
use kit::problem::Problem;
use kit::quantity::Quantity;
use kit::store::Tx;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::views::{CartView, OrderView};
use super::{ON_ACCOUNT, SELL};
use crate::cart::{Cart, CartError, Contact, Content, Delivery, KEPT, check_contact};
use crate::checkout::{self, Means, PlaceError};
use crate::order::Order;
use crate::price::PriceError;
use crate::{cancel, fee, store};

/// Opens a cart.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct OpenCart {
    /// The currency of its prices; the first product's when absent.
    #[serde(default)]
    pub currency: Option<Currency>,
    /// Where the order comes from; the shop's page when absent. Others only with the permission to order for customers.
    #[serde(default)]
    pub channel: Channel,
    /// For whom, where known. Only with the permission to order for customers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer: Option<CustomerId>,
}

/// Says for whom a cart is and where it comes from.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct SetCartCustomer {
    /// Where the order comes from.
    #[serde(default)]
    pub channel: Channel,
    /// For whom, where known.
    #[serde(default)]
    pub customer: Option<CustomerId>,
}

/// Sets how much of a product is in a cart.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct SetCartLine {
    /// The product.
    pub product: ProductId,
    /// How much; none of it when absent.
    #[serde(default)]
    pub quantity: Option<Quantity>,
}

/// Chooses how the goods reach the customer.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct SetCartDelivery {
    /// The code of a delivery method.
    pub method: String,
    /// Who gets the goods, and where.
    pub contact: Contact,
    /// The store where they are picked up.
    #[serde(default)]
    pub site: Option<SiteId>,
}

/// Orders what is in a cart.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct PlaceCart {
    /// How it is paid.
    pub payment_method: PaymentMethod,
    /// The payment provider's token for the customer's means of payment; empty where none is needed.
    #[serde(default)]
    pub payment_token: String,
}

impl PlaceCart {
    /// How it is paid, if `actor` may pay so: on account only those who are known.
    fn means(self, actor: &Actor) -> Result<Means, Problem> {
        if self.payment_method == PaymentMethod::OnAccount {
            actor.may(ON_ACCOUNT, None)?;
        }
        Ok(Means { method: self.payment_method, token: self.payment_token })
    }
}

/// Opens a cart.
#[utoipa::path(post, path = "/api/orders/carts", tag = "orders", request_body = OpenCart,
    params(RequestKey), responses((status = 201, body = CartView), (status = "default", body = Problem)))]
pub async fn cart_open(
    app: App,
    actor: Actor,
    keyed: Keyed<OpenCart>,
) -> Result<(StatusCode, Versioned<CartView>), Problem> {
    let key = keyed.request_key(&actor, "cart_open");
    let guest = actor.name == "guest";
    let currency = keyed.body.currency.unwrap_or(Currency::EUR);
    let (channel, customer) = (keyed.body.channel, keyed.body.customer);
    if channel != Channel::Web || customer.is_some() {
        actor.may(SELL, None)?;
    }
    let open = move |tx: &mut Tx<'_>| {
        let fields = Fields::new();
        let content = Content { currency, lines: Vec::new(), delivery: None, channel, customer, fields };
        let cart = Cart { id: tx.new_id(), version: 1, content, order: None, expires_at: tx.now() + KEPT };
        store::put_cart(tx, &cart)?;
        Ok(cart)
    };
    // Guests cannot be told apart, and a cart's id is all it takes to use it: a repeated request gets another, empty cart.
    let cart = if guest {
        app.write(&actor, open).await?
    } else {
        let id = app.once(&actor, &key, move |tx| open(tx).map(|cart| cart.id)).await?;
        app.glance(move |reader| store::cart(reader, id)).await?
    };
    Ok((StatusCode::CREATED, Versioned(cart.version, CartView::of(&cart)?)))
}

/// Shows a cart.
#[utoipa::path(get, path = "/api/orders/carts/{id}", tag = "orders", params(("id" = String, Path)),
    responses((status = 200, body = CartView), (status = "default", body = Problem)))]
pub async fn cart_get(app: App, _: Actor, Path(id): Path<CartId>) -> Result<Versioned<CartView>, Problem> {
    cart_view(&app, id).await
}

async fn cart_view(app: &App, id: CartId) -> Result<Versioned<CartView>, Problem> {
    let cart = app.glance(move |reader| store::cart(reader, id)).await?;
    Ok(Versioned(cart.version, CartView::of(&cart)?))
}

/// Sets how much of a product is in a cart; refused when that much is not available anywhere.
#[utoipa::path(put, path = "/api/orders/carts/{id}/lines", tag = "orders", params(("id" = String, Path)), request_body = SetCartLine,
    responses((status = 200, body = CartView), (status = "default", body = Problem)))]
pub async fn cart_line_set(
    app: App,
    actor: Actor,
    Path(id): Path<CartId>,
    Json(body): Json<SetCartLine>,
) -> Result<Versioned<CartView>, Problem> {
    let product = body.product;
    if let Some(quantity) = body.quantity {
        let known =
            app.call(&actor, &AskAvailability { products: vec![product], sites: Vec::new(), region: None }).await?;
        let available = known.totals.first().map_or(0, |total| total.available.milli);
        if available < quantity.milli {
            return Err(PlaceError::OutOfStock { products: vec![product] }.into());
        }
    }
    let cart = app
        .write(&actor, move |tx| {
            let (mut cart, mut offers) = store::cart_and_offers(tx, id, &[product])?;
            cart.open()?;
            let offer = offers.pop().ok_or(PriceError::NotSold { product })?;
            cart.content.set_line(&offer, body.quantity)?;
            saved(tx, cart)
        })
        .await?;
    let cart = if cart.content.delivery.is_some() { checkout::with_fee(&app, &actor, cart).await? } else { cart };
    Ok(Versioned(cart.version, CartView::of(&cart)?))
}

/// Chooses how the goods of a cart reach the customer.
#[utoipa::path(put, path = "/api/orders/carts/{id}/delivery", tag = "orders", params(("id" = String, Path)),
    request_body = SetCartDelivery, responses((status = 200, body = CartView), (status = "default", body = Problem)))]
pub async fn cart_delivery_set(
    app: App,
    actor: Actor,
    Path(id): Path<CartId>,
    Json(body): Json<SetCartDelivery>,
) -> Result<Versioned<CartView>, Problem> {
    let chosen = body.clone();
    let (mut content, offers, methods, region) = app
        .glance(move |reader| {
            let (mut cart, methods) = store::cart_and_methods(reader, id)?;
            cart.open()?;
            let method = methods.iter().find(|method| method.code == chosen.method && method.offered).cloned();
            let method = method.ok_or_else(|| CartError::NoSuchMethod(chosen.method.clone()))?;
            check_contact(&chosen.contact, &method, chosen.site)?;
            let site = chosen.site.filter(|_| method.pick_up);
            let region = store::region(reader, &chosen.contact, site)?;
            cart.content.delivery = Some(Delivery { method, contact: chosen.contact, site, rule: None });
            let products: Vec<ProductId> = cart.content.lines.iter().map(|line| line.product).collect();
            Ok((cart.content, store::offers(reader, &products)?, methods, region))
        })
        .await?;
    if let (Some(question), Some(delivery)) = (content.fee_question(&offers, &methods, &region)?, &mut content.delivery)
    {
        (delivery.method.fee, delivery.rule) = fee::asked(&app, &question).await;
    }
    let cart = app
        .write(&actor, move |tx| {
            let mut cart = store::cart(tx, id)?;
            cart.open()?;
            cart.content.delivery.clone_from(&content.delivery);
            saved(tx, cart)
        })
        .await?;
    Ok(Versioned(cart.version, CartView::of(&cart)?))
}

/// Says for whom a cart is and where it comes from.
#[utoipa::path(put, path = "/api/orders/carts/{id}/customer", tag = "orders", params(("id" = String, Path)),
    request_body = SetCartCustomer, responses((status = 200, body = CartView), (status = "default", body = Problem)))]
pub async fn cart_customer_set(
    app: App,
    actor: Actor,
    Path(id): Path<CartId>,
    Json(body): Json<SetCartCustomer>,
) -> Result<Versioned<CartView>, Problem> {
    actor.may(SELL, None)?;
    let cart = app
        .write(&actor, move |tx| {
            let mut cart = store::cart(tx, id)?;
            cart.open()?;
            (cart.content.channel, cart.content.customer) = (body.channel, body.customer);
            saved(tx, cart)
        })
        .await?;
    Ok(Versioned(cart.version, CartView::of(&cart)?))
}

pub(super) fn saved(tx: &mut Tx<'_>, mut cart: Cart) -> Result<Cart, Problem> {
    cart.version += 1;
    cart.expires_at = tx.now() + cart.content.kept();
    store::put_cart(tx, &cart)?;
    Ok(cart)
}

/// Orders what is in a cart. Asked again, also from another tab: the same order.
#[utoipa::path(post, path = "/api/orders/carts/{id}/place", tag = "orders", params(("id" = String, Path)), request_body = PlaceCart,
    responses((status = 200, body = OrderView), (status = "default", body = Problem)))]
pub async fn cart_place(
    app: App,
    actor: Actor,
    Path(id): Path<CartId>,
    Json(body): Json<PlaceCart>,
) -> Result<Versioned<OrderView>, Problem> {
    shown(&checkout::place(&app, &actor, id, body.means(&actor)?).await?)
}

/// Shows the order made of a cart.
#[utoipa::path(get, path = "/api/orders/carts/{id}/order", tag = "orders", params(("id" = String, Path)),
    responses((status = 200, body = OrderView), (status = "default", body = Problem)))]
pub async fn cart_order(app: App, _: Actor, Path(id): Path<CartId>) -> Result<Versioned<OrderView>, Problem> {
    let order = app
        .read(move |reader| {
            let order = order_of(reader, id)?;
            store::order(reader, order)
        })
        .await?;
    shown(&order)
}

/// Pays for the order made of a cart, after a payment was declined.
#[utoipa::path(post, path = "/api/orders/carts/{id}/pay", tag = "orders", params(("id" = String, Path)), request_body = PlaceCart,
    responses((status = 200, body = OrderView), (status = "default", body = Problem)))]
pub async fn cart_pay(
    app: App,
    actor: Actor,
    Path(id): Path<CartId>,
    Json(body): Json<PlaceCart>,
) -> Result<Versioned<OrderView>, Problem> {
    let order = app.read(move |reader| order_of(reader, id)).await?;
    shown(&checkout::payment::pay(&app, &actor, order, body.means(&actor)?).await?)
}

/// Cancels the order made of a cart, unless it has been released.
#[utoipa::path(post, path = "/api/orders/carts/{id}/cancel", tag = "orders", params(("id" = String, Path)),
    responses((status = 200, body = OrderView), (status = "default", body = Problem)))]
pub async fn cart_cancel(app: App, actor: Actor, Path(id): Path<CartId>) -> Reply<OrderView> {
    let order = app.read(move |reader| order_of(reader, id)).await?;
    let order = cancel::cancelled(&app, &actor, order, "customer").await?;
    Ok(Json(OrderView::of(&order, None)?))
}

fn order_of(reader: &mut kit::store::Reader<'_>, id: CartId) -> Result<contracts::orders::OrderId, Problem> {
    store::cart(reader, id)?.order.ok_or_else(|| Problem::not_found("order of cart", id))
}

fn shown(order: &Order) -> Result<Versioned<OrderView>, Problem> {
    Ok(Versioned(order.version, OrderView::of(order, None)?))
}
