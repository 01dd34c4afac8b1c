//! What `orders` tells: placed, released, cancelled. What it answers stands in `orders/sheet.rs`, what it may be asked in
//! `orders/requests.rs`.

mod requests;
mod sheet;

use kit::bus::PublicEvent;
use kit::id::{Id, Kind};
use kit::money::Money;
use kit::quantity::Quantity;
use kit::time::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub use self::requests::{
    AskOrders, CancelPlacedOrder, ConfirmOrder, DeliverOrder, EditOrderLines, LineWish, OrderSheets, ReleaseOrder,
};
pub use self::sheet::{OrderContact, OrderSheet, SheetLine};
use crate::inventory::ReservationId;
use crate::payments::{PaymentId, PaymentMethod, Tender};
use crate::shared::{CustomerId, ProductId, SiteId};

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

/// Where an order came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// The shop's page.
    #[default]
    Web,
    /// The contact center.
    Phone,
    /// A store.
    Store,
    /// Another system.
    Import,
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
    /// The site that serves it; absent where the sender is too old to say, as below.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub site: Option<SiteId>,
    /// Whether the customer comes to a store for it.
    #[serde(default)]
    pub pick_up: bool,
    /// When it was placed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub placed_at: Option<Timestamp>,
    /// Where it came from.
    #[serde(default)]
    pub channel: Channel,
    /// Who ordered, where the caller knew.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer: Option<CustomerId>,
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
    /// What the customer paid at the counter for goods that were given away there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub collected: Option<Collected>,
}

impl PublicEvent for OrderReleased {
    const SOURCE: &'static str = "orders";
    const KIND: &'static str = "order_released";
}

/// Money that was taken at the counter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Collected {
    /// How much.
    pub amount: Money,
    /// How.
    pub by: Tender,
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

/// Nobody wanted the goods: the order is over. `inventory` expects them back at `site`, `payments` voids or refunds every payment of it,
/// `finance` credits its invoice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OrderReturned {
    /// The order.
    pub order: OrderId,
    /// The number on paper.
    pub number: String,
    /// The reservation that had shipped.
    pub reservation: ReservationId,
    /// Where the goods come back to.
    pub site: SiteId,
    /// Its payments, to void or refund whole.
    pub payments: Vec<PaymentId>,
    /// Why nobody took them, as a code such as `nobody_there` or `refused`.
    pub reason: String,
    /// When.
    pub at: Timestamp,
}

impl PublicEvent for OrderReturned {
    const SOURCE: &'static str = "orders";
    const KIND: &'static str = "order_returned";
}

/// The money could not be taken as the goods were to be handed over: they stay, and the order waits to be paid otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReleaseFailed {
    /// The order.
    pub order: OrderId,
    /// Why, as a code: `capture-refused`, `payment-missing`.
    pub reason: String,
    /// When.
    pub at: Timestamp,
}

impl PublicEvent for ReleaseFailed {
    const SOURCE: &'static str = "orders";
    const KIND: &'static str = "release_failed";
}

/// The order goes on: a person or a rule has agreed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OrderConfirmed {
    /// The order.
    pub order: OrderId,
}

impl PublicEvent for OrderConfirmed {
    const SOURCE: &'static str = "orders";
    const KIND: &'static str = "order_confirmed";
}

/// Lines or delivery of an order were changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OrderEdited {
    /// The order.
    pub order: OrderId,
    /// All its lines from now on.
    pub lines: Vec<OrderLine>,
    /// What the customer owes from now on, delivery included, with tax.
    pub total: Money,
    /// The site that serves it from now on, where the delivery was changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub site: Option<SiteId>,
    /// Whether the customer comes to a store for it from now on, where the delivery was changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pick_up: Option<bool>,
}

impl PublicEvent for OrderEdited {
    const SOURCE: &'static str = "orders";
    const KIND: &'static str = "order_edited";
}

/// The order is with the customer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OrderDelivered {
    /// The order.
    pub order: OrderId,
    /// When.
    pub at: Timestamp,
}

impl PublicEvent for OrderDelivered {
    const SOURCE: &'static str = "orders";
    const KIND: &'static str = "order_delivered";
}

/// Where an order stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum OrderState {
    /// Placed; its goods are held while the payment is being made.
    AwaitingPayment,
    /// Payment secured, goods committed.
    Placed,
    /// Confirmed with the customer.
    Confirmed,
    /// About to be handed over: the money is being taken; too late to cancel.
    Releasing,
    /// Goods may leave, or have left.
    Released,
    /// With the customer.
    Delivered,
    /// Will not be carried out.
    Cancelled,
    /// Nobody took the goods: they came back, or are on their way.
    Returned,
}

impl OrderState {
    /// Every state, in the order of an order's life.
    pub const ALL: [OrderState; 8] = [
        OrderState::AwaitingPayment,
        OrderState::Placed,
        OrderState::Confirmed,
        OrderState::Releasing,
        OrderState::Released,
        OrderState::Delivered,
        OrderState::Cancelled,
        OrderState::Returned,
    ];

    /// The state's name in tables and on the wire.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            OrderState::AwaitingPayment => "awaiting_payment",
            OrderState::Placed => "placed",
            OrderState::Confirmed => "confirmed",
            OrderState::Releasing => "releasing",
            OrderState::Released => "released",
            OrderState::Delivered => "delivered",
            OrderState::Cancelled => "cancelled",
            OrderState::Returned => "returned",
        }
    }

    /// The state with this name.
    #[must_use]
    pub fn of(code: &str) -> Option<OrderState> {
        OrderState::ALL.into_iter().find(|state| state.code() == code)
    }
}

impl Channel {
    /// The channel's name in tables and on the wire.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Channel::Web => "web",
            Channel::Phone => "phone",
            Channel::Store => "store",
            Channel::Import => "import",
        }
    }

    /// Whether it is the shop's page, which goes without saying.
    #[must_use]
    #[allow(clippy::trivially_copy_pass_by_ref)] // serde asks by reference
    pub fn is_web(&self) -> bool {
        *self == Channel::Web
    }
}
