//! What `orders` tells: placed, released, cancelled.

use kit::bus::PublicEvent;
use kit::id::{Id, Kind};
use kit::money::Money;
use kit::quantity::Quantity;
use kit::time::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::inventory::ReservationId;
use crate::payments::{PaymentId, PaymentMethod};
use crate::shared::{ProductId, SiteId};

/// Kind of [`CartId`].
pub enum Cart {}
impl Kind for Cart {
    const PREFIX: &'static str = "cart";
}
/// A cart. Who knows the id may use the cart: it is not listed anywhere.
pub type CartId = Id<Cart>;

/// Kind of [`OrderId`].
pub enum Order {}
impl Kind for Order {
    const PREFIX: &'static str = "ord";
}
/// An order, made of the cart with the same moment and randomness.
pub type OrderId = Id<Order>;

/// A line of an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OrderLine {
    /// The product.
    pub product: ProductId,
    /// The site whose stock serves the line.
    pub site: SiteId,
    /// How much.
    pub quantity: Quantity,
    /// The line's total with tax.
    pub total: Money,
}

/// An order was placed; its goods are reserved, its payment is being made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OrderPlaced {
    /// The order.
    pub order: OrderId,
    /// The number on paper.
    pub number: String,
    /// What was ordered.
    pub lines: Vec<OrderLine>,
    /// What the customer owes, delivery included, with tax.
    pub total: Money,
    /// How it is to be paid.
    pub method: PaymentMethod,
    /// The reservation of its goods.
    pub reservation: ReservationId,
}

impl PublicEvent for OrderPlaced {
    const SOURCE: &'static str = "orders";
    const KIND: &'static str = "order_placed";
}

/// The payment demanded at placing is secured and the goods are committed: work on the order may begin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OrderSecured {
    /// The order.
    pub order: OrderId,
}

impl PublicEvent for OrderSecured {
    const SOURCE: &'static str = "orders";
    const KIND: &'static str = "order_secured";
}

/// Goods may leave now; the order can no longer be cancelled. `inventory` ships the reservation when it hears this.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OrderReleased {
    /// The order.
    pub order: OrderId,
    /// The reservation that ships.
    pub reservation: ReservationId,
    /// When.
    pub at: Timestamp,
}

impl PublicEvent for OrderReleased {
    const SOURCE: &'static str = "orders";
    const KIND: &'static str = "order_released";
}

/// The order will not be carried out: `inventory` releases the reservation, `payments` voids or refunds every payment of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OrderCancelled {
    /// The order.
    pub order: OrderId,
    /// The reservation to release.
    pub reservation: ReservationId,
    /// Its payments, to void or refund whole.
    pub payments: Vec<PaymentId>,
    /// Why, as a code such as `customer` or `payment-declined`.
    pub reason: String,
    /// When.
    pub at: Timestamp,
}

impl PublicEvent for OrderCancelled {
    const SOURCE: &'static str = "orders";
    const KIND: &'static str = "order_cancelled";
}
