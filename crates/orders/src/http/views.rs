//! What orders show: carts, orders, verdicts.

use std::collections::BTreeMap;

use contracts::orders::{CartId, Channel, OrderId, OrderState};
use contracts::payments::{PaymentId, PaymentMethod, PaymentState};
use contracts::shared::{CustomerId, FieldValue, ProductId, SiteId};
use kit::money::{Money, TaxLine};
use kit::problem::Problem;
use kit::quantity::Quantity;
use kit::time::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::cart::{Cart, CartError, Contact, Totals};
use crate::order::{Line, Order};
use crate::price::PricedLine;

/// A cart as it stands.
#[derive(Debug, Serialize, ToSchema)]
pub struct CartView {
    /// Its id: who knows it may use the cart.
    pub id: CartId,
    /// Counts changes.
    pub version: i64,
    /// What is in it.
    pub lines: Vec<CartLineView>,
    /// The chosen way of delivery.
    pub delivery_method: Option<String>,
    /// What it comes to.
    pub totals: Totals,
    /// Where it comes from.
    pub channel: Channel,
    /// For whom, where somebody knows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub customer: Option<CustomerId>,
    /// What the retailer wants to keep beside.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub fields: BTreeMap<String, FieldValue>,
    /// The order that was made of it.
    pub order: Option<OrderId>,
}

/// A line of a cart or an order.
#[derive(Debug, Serialize, ToSchema)]
pub struct CartLineView {
    /// The product.
    pub product: ProductId,
    /// Its name.
    pub name: String,
    /// How much.
    pub quantity: Quantity,
    /// The price of one unit, with tax.
    pub unit_price: Money,
    /// What the line comes to, with tax.
    pub total: Money,
}

impl CartView {
    /// The view of `cart`.
    pub fn of(cart: &Cart) -> Result<CartView, Problem> {
        let totals = cart.content.totals().map_err(CartError::from)?;
        Ok(CartView {
            id: cart.id,
            version: cart.version,
            lines: cart.content.lines.iter().map(CartLineView::of).collect(),
            delivery_method: cart.content.delivery.as_ref().map(|delivery| delivery.method.code.clone()),
            totals,
            channel: cart.content.channel,
            customer: cart.content.customer,
            fields: cart.content.fields.clone(),
            order: cart.order,
        })
    }
}

impl CartLineView {
    fn of(line: &PricedLine) -> CartLineView {
        CartLineView {
            product: line.product,
            name: line.name.clone(),
            quantity: line.quantity,
            unit_price: line.unit_price,
            total: line.amounts.gross,
        }
    }
}

/// What the shopper is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The order stands: goods committed, payment secured.
    Placed,
    /// The payment's outcome is not known yet; the order is held meanwhile.
    PaymentPending,
    /// The payment was declined; another may be tried until `pay_until`.
    PaymentDeclined,
    /// The order will not be carried out; money comes back.
    Cancelled,
}

/// An order as it stands.
#[derive(Debug, Serialize, ToSchema)]
pub struct OrderView {
    /// Its id.
    pub id: OrderId,
    /// The number on paper.
    pub number: String,
    /// Counts changes; the `ETag`.
    pub version: i64,
    /// Where it stands.
    pub state: OrderState,
    /// What the shopper is told.
    pub verdict: Verdict,
    /// Its lines.
    pub lines: Vec<OrderLineView>,
    /// What it comes to.
    pub totals: Totals,
    /// The site that serves it; of a pick-up order the store where it is fetched.
    pub site: SiteId,
    /// Where it came from.
    pub channel: Channel,
    /// Who ordered, where known; only for those who may see orders.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub customer: Option<CustomerId>,
    /// The way of delivery.
    pub delivery_method: String,
    /// Whether the customer comes to a store for it.
    pub pick_up: bool,
    /// How it is paid.
    pub payment_method: PaymentMethod,
    /// Its payments.
    pub payments: Vec<PaymentSummary>,
    /// Money set aside or taken for it, less what was given back.
    pub secured: Money,
    /// What is still to be paid or promised.
    pub due: Money,
    /// When it was placed.
    pub placed_at: Timestamp,
    /// Until when its payment has to be secured.
    pub pay_until: Timestamp,
    /// Whether a change of its lines waits for stock.
    pub being_edited: bool,
    /// Why it was cancelled.
    pub reason: Option<String>,
    /// Who gets it and where; only for those who may see orders.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contact: Option<Contact>,
    /// What the retailer keeps beside; only for those who may see orders.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub fields: BTreeMap<String, FieldValue>,
}

/// A line of an order.
#[derive(Debug, Serialize, ToSchema)]
pub struct OrderLineView {
    /// The product.
    pub product: ProductId,
    /// Its name.
    pub name: String,
    /// The site whose stock serves it.
    pub site: SiteId,
    /// How much.
    pub quantity: Quantity,
    /// The locked price of one unit, with tax.
    pub unit_price: Money,
    /// Net, tax and gross of the line.
    pub amounts: TaxLine,
}

/// A payment of an order.
#[derive(Debug, Serialize, ToSchema)]
pub struct PaymentSummary {
    /// The payment.
    pub id: PaymentId,
    /// How.
    pub method: PaymentMethod,
    /// Where it stands.
    pub state: PaymentState,
    /// What was asked for.
    pub amount: Money,
    /// What was taken.
    pub captured: Money,
    /// What was given back.
    pub refunded: Money,
    /// Why it was declined.
    pub decline: Option<String>,
}

impl OrderLineView {
    /// The view of `line`.
    pub fn of(line: &Line) -> OrderLineView {
        OrderLineView {
            product: line.priced.product,
            name: line.priced.name.clone(),
            site: line.site,
            quantity: line.priced.quantity,
            unit_price: line.priced.unit_price,
            amounts: line.priced.amounts,
        }
    }
}

impl OrderView {
    /// The view of `order` without its custom fields; with its `contact` where the reader may see it.
    pub fn of(order: &Order, contact: Option<Contact>) -> Result<OrderView, Problem> {
        let payment = |payment: &crate::order::Payment| PaymentSummary {
            id: payment.id,
            method: payment.method,
            state: payment.state,
            amount: payment.amount,
            captured: payment.captured,
            refunded: payment.refunded,
            decline: payment.decline.clone(),
        };
        Ok(OrderView {
            id: order.id,
            number: order.number.clone(),
            version: order.version,
            state: order.state,
            verdict: verdict(order),
            lines: order.lines.iter().map(OrderLineView::of).collect(),
            totals: Totals { goods: order.goods, delivery: order.delivery.fee, total: order.total },
            site: order.site,
            channel: order.channel,
            customer: contact.as_ref().and(order.customer),
            delivery_method: order.delivery.method.clone(),
            pick_up: order.delivery.pick_up,
            payment_method: order.method,
            payments: order.payments.iter().map(payment).collect(),
            secured: order.secured()?,
            due: order.due()?,
            placed_at: order.placed_at,
            pay_until: order.pay_until,
            being_edited: order.editing.is_some(),
            reason: order.reason.clone(),
            contact,
            fields: BTreeMap::new(),
        })
    }
}

fn verdict(order: &Order) -> Verdict {
    match order.state {
        // What costs nothing has no payment; it waits for its goods to be committed.
        OrderState::AwaitingPayment if order.open_payment().is_some() || order.payments.is_empty() => {
            Verdict::PaymentPending
        }
        OrderState::AwaitingPayment => Verdict::PaymentDeclined,
        OrderState::Placed
        | OrderState::Confirmed
        | OrderState::Releasing
        | OrderState::Released
        | OrderState::Delivered => Verdict::Placed,
        // The shopper need not pay or wait any more.
        OrderState::Cancelled | OrderState::Returned => Verdict::Cancelled,
    }
}
