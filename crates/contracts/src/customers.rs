//! What `customers` answers and tells. Personal data travel in replies only.

use kit::bus::PublicEvent;
use kit::call::Request;
use kit::money::Money;
use kit::time::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::orders::{Channel, OrderId, OrderState};
use crate::shared::CustomerId;

/// A customer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CustomerSheet {
    /// Their id.
    pub id: CustomerId,
    /// The name; empty once erased.
    pub name: String,
    /// The telephone number, as `+` and digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// The e-mail address in small letters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// The language for messages, e.g. `en` or `uk`.
    pub language: String,
    /// Whether marketing messages are welcome.
    pub may_advertise: bool,
    /// How many of their orders were not cancelled.
    pub orders: i64,
    /// Counts changes.
    pub version: i64,
}

/// Asks for customers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AskCustomers {
    /// At most 100; unknown ones are left out of the reply.
    pub customers: Vec<CustomerId>,
}

/// The answer to [`AskCustomers`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CustomerSheets {
    /// In the order of their ids.
    pub customers: Vec<CustomerSheet>,
}

impl Request for AskCustomers {
    const SERVICE: &'static str = "customers";
    const PATH: &'static str = "/api/customers/ask";
    type Reply = CustomerSheets;
}

/// It is known now whose order this is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OrderLinked {
    /// The order.
    pub order: OrderId,
    /// Whose.
    pub customer: CustomerId,
}

impl PublicEvent for OrderLinked {
    const SOURCE: &'static str = "customers";
    const KIND: &'static str = "order_linked";
}

/// A customer was erased: whoever keeps data on them destroys the keys.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CustomerErased {
    /// Who.
    pub customer: CustomerId,
    /// Their orders.
    pub orders: Vec<OrderId>,
}

impl PublicEvent for CustomerErased {
    const SOURCE: &'static str = "customers";
    const KIND: &'static str = "customer_erased";
}

/// A customer turned out to be another one, who has all that was known of both from now on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CustomerMerged {
    /// Who there is no more.
    pub customer: CustomerId,
    /// Who they are.
    pub into: CustomerId,
    /// Orders that became the other's; many are told in several events.
    pub orders: Vec<OrderId>,
}

impl PublicEvent for CustomerMerged {
    const SOURCE: &'static str = "customers";
    const KIND: &'static str = "customer_merged";
}

/// Asks whose an order is, and what else is known of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AskOrderCustomer {
    /// The order.
    pub order: OrderId,
}

/// The answer to [`AskOrderCustomer`]; empty while it is not known.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
pub struct OrderCustomer {
    /// Whose it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer: Option<CustomerSheet>,
    /// At most 20 of their orders, the newest first.
    #[serde(default)]
    pub orders: Vec<CustomerOrder>,
    /// At most 10 notes about them, the newest first.
    #[serde(default)]
    pub notes: Vec<CustomerNote>,
}

impl Request for AskOrderCustomer {
    const SERVICE: &'static str = "customers";
    const PATH: &'static str = "/api/customers/of-order";
    type Reply = OrderCustomer;
}

/// An order in a customer's history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CustomerOrder {
    /// The order.
    pub order: OrderId,
    /// The number on paper.
    pub number: String,
    /// Where it stands.
    pub state: OrderState,
    /// What it comes to, with tax.
    pub total: Money,
    /// When it was placed.
    pub placed_at: Timestamp,
    /// Where it came from.
    pub channel: Channel,
}

/// What somebody of the staff noted about a customer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CustomerNote {
    /// When.
    pub at: Timestamp,
    /// Who, as an actor's name.
    pub by: String,
    /// The note.
    pub text: String,
}
