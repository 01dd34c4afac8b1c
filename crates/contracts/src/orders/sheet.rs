//! An order as other services may know it. Who gets it is personal data and travels in these replies alone.

use kit::money::{Money, Rate, TaxLine};
use kit::quantity::Quantity;
use kit::time::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Channel, OrderId, OrderState};
use crate::inventory::ReservationId;
use crate::payments::PaymentMethod;
use crate::shared::{CustomerId, FieldValue, Fields, ProductId, SiteId};

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
    /// The language that the customer wrote in, e.g. `uk`; mails are written in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
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
    /// Custom fields, where they were asked for; none once erased.
    #[serde(default, skip_serializing_if = "Fields::is_empty")]
    #[schema(value_type = BTreeMap<String, FieldValue>)]
    pub fields: Fields,
    /// Who gets it and where; absent once erased.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact: Option<OrderContact>,
}
