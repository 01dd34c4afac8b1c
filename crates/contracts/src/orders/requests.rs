//! What `orders` may be asked: to show, confirm, cancel, release, deliver and edit an order. Each may be asked again.

use kit::call::Request;
use kit::quantity::Quantity;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Collected, OrderId, OrderSheet};
use crate::inventory::StockLine;
use crate::shared::{ProductId, SiteId};

/// Asks for orders, by services and by those who may read orders at their site.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AskOrders {
    /// At most 100; unknown ones are left out of the reply.
    pub orders: Vec<OrderId>,
    /// Whether their custom fields are wanted, which may be long and speak of a person.
    #[serde(default)]
    pub with_fields: bool,
}

impl AskOrders {
    /// Asks for orders without their custom fields.
    #[must_use]
    pub fn about(orders: Vec<OrderId>) -> AskOrders {
        AskOrders { orders, with_fields: false }
    }
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
