//! What `orders` tells: placed, released, cancelled.

use kit::bus::PublicEvent;
use kit::call::Request;
use kit::id::{Id, Kind};
use kit::money::{Money, Rate, TaxLine};
use kit::quantity::Quantity;
use kit::time::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::inventory::{ReservationId, StockLine};
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

/// Who gets the goods, and where. Personal data: it travels in replies to services, never in events.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OrderContact {
    /// The name.
    pub name: String,
    /// The telephone number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// The e-mail address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// The address in lines: the street first; empty for pick-up.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub address: Vec<String>,
    /// The city, where the address was given in parts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub city: Option<String>,
    /// The postal code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub postcode: Option<String>,
    /// The country as two capital letters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
}

/// A line of an order with its prices.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SheetLine {
    /// The product.
    pub product: ProductId,
    /// Its name when the price was locked.
    pub name: String,
    /// The site whose stock serves it.
    pub site: SiteId,
    /// How much.
    pub quantity: Quantity,
    /// The locked price of one unit, with tax.
    pub unit_price: Money,
    /// The rate of the tax in it.
    pub tax: Rate,
    /// Net, tax and gross of the line.
    pub amounts: TaxLine,
}

/// All that other services may know of an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OrderSheet {
    /// Its id.
    pub id: OrderId,
    /// The number on paper.
    pub number: String,
    /// Counts changes.
    pub version: i64,
    /// Where it stands.
    pub state: OrderState,
    /// The site that serves it.
    pub site: SiteId,
    /// Where it came from.
    pub channel: Channel,
    /// Who ordered, where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer: Option<CustomerId>,
    /// Its lines.
    pub lines: Vec<SheetLine>,
    /// The code of the way of delivery.
    pub delivery_method: String,
    /// What delivery costs, with tax.
    pub delivery_fee: Money,
    /// The rate of the tax in the fee.
    pub delivery_tax: Rate,
    /// Whether the customer comes to a store for it.
    pub pick_up: bool,
    /// The sum of its lines, with tax.
    pub goods: Money,
    /// What the customer owes, delivery included, with tax.
    pub total: Money,
    /// What is still to be paid or promised.
    pub due: Money,
    /// How most of it is paid or promised; as asked for when placed while nothing is.
    pub payment_method: PaymentMethod,
    /// What the customer pays when the goods are handed over: the payments on delivery that are promised.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to_collect: Option<Money>,
    /// Its reservation.
    pub reservation: ReservationId,
    /// When it was placed.
    pub placed_at: Timestamp,
    /// Why it was cancelled, as a code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Whether a change of it waits for stock.
    #[serde(default)]
    pub being_edited: bool,
    /// Who gets it and where; absent once erased.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact: Option<OrderContact>,
}

/// Asks for orders, by services and by those who may read orders at their site.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AskOrders {
    /// At most 100; unknown ones are left out of the reply.
    pub orders: Vec<OrderId>,
}

/// The answer to [`AskOrders`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OrderSheets {
    /// In the order of their ids.
    pub orders: Vec<OrderSheet>,
}

impl Request for AskOrders {
    const SERVICE: &'static str = "orders";
    const PATH: &'static str = "/api/orders/ask";
    type Reply = OrderSheets;
}

/// Confirms an order. Confirmed before, or further on: the present sheet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ConfirmOrder {
    /// Which.
    pub order: OrderId,
}

impl Request for ConfirmOrder {
    const SERVICE: &'static str = "orders";
    const PATH: &'static str = "/api/orders/confirm";
    type Reply = OrderSheet;
}

/// Cancels an order that has not been released. Cancelled before: the present sheet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CancelPlacedOrder {
    /// Which.
    pub order: OrderId,
    /// Why, as a code: `customer`, `unreachable`, `fraud`, `stock`, `payment-declined`, `other`.
    pub reason: String,
}

impl Request for CancelPlacedOrder {
    const SERVICE: &'static str = "orders";
    const PATH: &'static str = "/api/orders/cancel";
    type Reply = OrderSheet;
}

/// Releases an order for hand-over: takes the money where its payment method demands it. Released before: the present sheet.
/// `releasing` in the reply means that the provider has not answered yet; ask again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReleaseOrder {
    /// Which.
    pub order: OrderId,
    /// What lies packed: refused where the order has come to want something else. Not compared when empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub packed: Vec<StockLine>,
    /// Whether the customer stands at the counter and takes the goods. Then what is to be paid on taking them must have been paid:
    /// refused (`orders/to-be-paid`) where `collected` says something else.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub counter: bool,
    /// What the customer paid at the counter just now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub collected: Option<Collected>,
}

/// Money that was taken at the counter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Collected {
    /// How much.
    pub amount: Money,
    /// How.
    pub by: Tender,
}

impl Request for ReleaseOrder {
    const SERVICE: &'static str = "orders";
    const PATH: &'static str = "/api/orders/release";
    type Reply = OrderSheet;
}

/// Notes that a released order is with the customer. Noted before: the present sheet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DeliverOrder {
    /// Which.
    pub order: OrderId,
}

impl Request for DeliverOrder {
    const SERVICE: &'static str = "orders";
    const PATH: &'static str = "/api/orders/deliver";
    type Reply = OrderSheet;
}

/// How much of a product an order shall have from now on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LineWish {
    /// The product.
    pub product: ProductId,
    /// How much; none of it when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quantity: Option<Quantity>,
    /// The site whose stock serves it, where the product is new to the order; the best one when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub site: Option<SiteId>,
    /// How much of it the order had when this was decided, nothing where it had none: refused (`orders/changed-meanwhile`) where it has
    /// something else by now. Not compared when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected: Option<Quantity>,
}

/// Changes lines of an order, as a clerk does whose shelf is short. Lines that nobody touches keep their price.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct EditOrderLines {
    /// Which.
    pub order: OrderId,
    /// The changes, at most 200.
    pub lines: Vec<LineWish>,
}

impl Request for EditOrderLines {
    const SERVICE: &'static str = "orders";
    const PATH: &'static str = "/api/orders/edit";
    type Reply = OrderSheet;
}
