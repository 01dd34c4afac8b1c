//! What `delivery` answers and tells: how goods reach the customer.

use kit::bus::PublicEvent;
use kit::call::Request;
use kit::money::{Money, Rate};
use kit::time::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::orders::OrderId;
use crate::payments::Tender;
use crate::shared::{NameIn, SiteId};

/// A way for goods to reach the customer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MethodTerms {
    /// Its code, 1 to 40 characters.
    pub code: String,
    /// Its name for people.
    pub name: String,
    /// Its names in other languages, each language once.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub names: Vec<NameIn>,
    /// What it costs before the decision `delivery-fee` is asked, with tax.
    pub fee: Money,
    /// The tax that the fee includes.
    pub tax: Rate,
    /// Whether the customer comes to a store: then no address is needed.
    pub pick_up: bool,
    /// Whether it is offered at present.
    pub offered: bool,
}

/// Ways of delivery are new or have other terms from now on, in the order in which they are shown. One that is gone is told as not offered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DeliveryMethodsChanged {
    /// Those that changed.
    pub methods: Vec<MethodTerms>,
}

impl PublicEvent for DeliveryMethodsChanged {
    const SOURCE: &'static str = "delivery";
    const KIND: &'static str = "delivery_methods_changed";
}

/// Postal codes that begin alike, and the region they lie in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ZoneTerms {
    /// The country as two capital letters.
    pub country: String,
    /// What the postal codes begin with, letters and digits only; empty for the whole country.
    pub prefix: String,
    /// The region.
    pub region: String,
}

/// These are all zones from now on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DeliveryZonesChanged {
    /// At most 500.
    pub zones: Vec<ZoneTerms>,
}

impl PublicEvent for DeliveryZonesChanged {
    const SOURCE: &'static str = "delivery";
    const KIND: &'static str = "delivery_zones_changed";
}

/// A shipment has reached its customer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ShipmentDelivered {
    /// The order whose goods it holds.
    pub order: OrderId,
    /// When.
    pub at: Timestamp,
    /// What the customer paid for it on taking it; absent when nothing was owed then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub collected: Option<Money>,
    /// How that was paid; absent where nobody has said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tender: Option<Tender>,
}

impl PublicEvent for ShipmentDelivered {
    const SOURCE: &'static str = "delivery";
    const KIND: &'static str = "shipment_delivered";
}

/// What was to be paid on taking a shipment has come after all: somebody called it delivered before the money was recorded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ShipmentPaid {
    /// The order whose goods it held.
    pub order: OrderId,
    /// When it was recorded.
    pub at: Timestamp,
    /// What the customer paid.
    pub collected: Money,
    /// How.
    pub tender: Tender,
}

impl PublicEvent for ShipmentPaid {
    const SOURCE: &'static str = "delivery";
    const KIND: &'static str = "shipment_paid";
}

/// Nobody wants a shipment (return to sender): it is on its way back to the site that handed it over, and is not tried again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ShipmentTakenBack {
    /// The order whose goods it holds.
    pub order: OrderId,
    /// Where it goes: the site that handed it over.
    pub site: SiteId,
    /// Why the last attempt failed, as [`DeliveryFailed`] has it.
    pub reason: String,
    /// When.
    pub at: Timestamp,
}

impl PublicEvent for ShipmentTakenBack {
    const SOURCE: &'static str = "delivery";
    const KIND: &'static str = "shipment_taken_back";
}

/// Notes that the customer has the goods of an order, as somebody says who did not bring them. Noted before, or nothing known of a
/// shipment: nothing changes. Refused (`delivery/taken-back`) where the goods are on their way back, or back already.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct NoteDelivered {
    /// Which order.
    pub order: OrderId,
}

/// The answer to [`NoteDelivered`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DeliveredNoted {
    /// Whether delivery knows a shipment of the order.
    pub known: bool,
}

impl Request for NoteDelivered {
    const SERVICE: &'static str = "delivery";
    const PATH: &'static str = "/api/delivery/shipments/delivered";
    type Reply = DeliveredNoted;
}

/// Nobody took a shipment: it is with the driver still, and somebody must speak with the customer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DeliveryFailed {
    /// The order whose goods it holds.
    pub order: OrderId,
    /// One of `nobody_there`, `wrong_address`, `refused`, `damaged`, `other`.
    pub reason: String,
    /// When.
    pub at: Timestamp,
}

impl PublicEvent for DeliveryFailed {
    const SOURCE: &'static str = "delivery";
    const KIND: &'static str = "delivery_failed";
}
