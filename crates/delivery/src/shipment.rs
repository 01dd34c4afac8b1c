//! A shipment: an order's goods on their way. Handed over → delivered, with failed attempts between; or taken back after one, and
//! returned once the site has it. What the customer fetches is delivered as it is handed over.

use contracts::orders::{Collected, OrderContact, OrderId, OrderSheet};
use contracts::payments::Tender;
use contracts::shared::SiteId;
use kit::id::{Id, Kind};
use kit::money::Money;
use kit::problem::{Problem, Refusal};
use kit::time::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::events::DeliveryEvent;

/// Kind of [`ShipmentId`].
pub(crate) enum ShipmentKind {}
impl Kind for ShipmentKind {
    const PREFIX: &'static str = "shp";
}
/// The id of a [`Shipment`]; follows from the order's.
pub(crate) type ShipmentId = Id<ShipmentKind>;

/// Where a shipment is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ShipmentState {
    /// With the driver or the carrier.
    HandedOver,
    /// Nobody took it; it is tried again.
    Failed,
    /// With the customer.
    Delivered,
    /// Nobody wants it: on its way back to the site that handed it over.
    TakenBack,
    /// Back at that site.
    Returned,
}

impl ShipmentState {
    /// The state's name in tables and on the wire.
    pub(crate) fn code(self) -> &'static str {
        match self {
            ShipmentState::HandedOver => "handed_over",
            ShipmentState::Failed => "failed",
            ShipmentState::Delivered => "delivered",
            ShipmentState::TakenBack => "taken_back",
            ShipmentState::Returned => "returned",
        }
    }

    /// Whether the goods are still with the driver.
    pub(crate) fn is_on_its_way(self) -> bool {
        match self {
            ShipmentState::HandedOver | ShipmentState::Failed | ShipmentState::TakenBack => true,
            ShipmentState::Delivered | ShipmentState::Returned => false,
        }
    }

    /// The state with this name.
    pub(crate) fn of(code: &str) -> Option<ShipmentState> {
        use ShipmentState::{Delivered, Failed, HandedOver, Returned, TakenBack};
        [HandedOver, Failed, Delivered, TakenBack, Returned].into_iter().find(|state| state.code() == code)
    }
}

/// An order's goods on their way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Shipment {
    pub(crate) id: ShipmentId,
    pub(crate) version: i64,
    pub(crate) order: OrderId,
    /// The order's number on paper.
    pub(crate) number: String,
    /// The site that handed it over.
    pub(crate) site: SiteId,
    /// Whether the customer fetched it.
    pub(crate) pick_up: bool,
    pub(crate) state: ShipmentState,
    /// What the customer pays at the door.
    pub(crate) collect: Money,
    /// What of it nobody has recorded though the customer has the goods.
    pub(crate) owed: Money,
    /// Who gets it and where; `None` once erased.
    pub(crate) recipient: Option<OrderContact>,
    pub(crate) handed_over_at: Timestamp,
    pub(crate) delivered_at: Option<Timestamp>,
    /// Attempts that failed.
    pub(crate) attempts: i64,
    /// Why the last one failed.
    pub(crate) reason: Option<String>,
}

/// Why a delivery can fail.
pub(crate) const REASONS: [&str; 5] = ["nobody_there", "wrong_address", "refused", "damaged", "other"];

/// Why a shipment did not take a step.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum StepError {
    #[error("it was delivered at {at}")]
    Delivered { at: Timestamp },
    #[error("it is on its way back, or back already")]
    TakenBack,
    #[error("nobody has tried to deliver it yet")]
    NotTried,
    #[error("nothing is owed for it")]
    NothingOwed,
    #[error("the reason is one of nobody_there, wrong_address, refused, damaged, other")]
    Reason,
}

impl Refusal for StepError {
    fn problem(&self) -> Problem {
        match self {
            StepError::Delivered { at } => {
                Problem::conflict("delivery/already-delivered", "It is delivered already.").with("at", at.to_string())
            }
            StepError::TakenBack => Problem::conflict("delivery/taken-back", "It goes back to the site it came from."),
            StepError::NotTried => Problem::conflict("delivery/not-tried", "Nobody has tried to deliver it yet."),
            StepError::NothingOwed => Problem::conflict("delivery/nothing-owed", "Nothing is owed for it."),
            StepError::Reason => Problem::unfit("reason", self.to_string()),
        }
    }
}

/// The id of the shipment of `order`.
pub(crate) fn id_of(order: OrderId) -> ShipmentId {
    order.derived("shipment", 0)
}

/// What the customer pays at the door for an order.
pub(crate) fn to_collect(sheet: &OrderSheet) -> Money {
    if let Some(money) = sheet.to_collect {
        return money;
    }
    match sheet.payment_method {
        contracts::payments::PaymentMethod::OnDelivery => sheet.total,
        contracts::payments::PaymentMethod::Card
        | contracts::payments::PaymentMethod::CardNow
        | contracts::payments::PaymentMethod::OnAccount => Money::zero(sheet.total.currency),
    }
}

impl Shipment {
    /// Refuses unless it is on its way to the customer.
    fn under_way(&self) -> Result<(), StepError> {
        match (self.state, self.delivered_at) {
            (_, Some(at)) => Err(StepError::Delivered { at }),
            (ShipmentState::TakenBack | ShipmentState::Returned, None) => Err(StepError::TakenBack),
            (ShipmentState::HandedOver | ShipmentState::Failed | ShipmentState::Delivered, None) => Ok(()),
        }
    }
}

/// The customer has the goods, and paid what is to be paid at the door.
pub(crate) fn deliver(shipment: &Shipment, tender: Option<Tender>) -> Result<DeliveryEvent, StepError> {
    shipment.under_way()?;
    let collected = shipment.collect.is_positive().then_some(shipment.collect);
    let tender = tender.filter(|_| collected.is_some());
    Ok(DeliveryEvent::ShipmentDelivered { order: shipment.order, collected, tender })
}

/// What was owed for goods that the customer has came after all; `still` is what orders says is to be paid on taking them. Where that is
/// nothing, it was paid or waived elsewhere, and no money is taken.
pub(crate) fn settle(shipment: &Shipment, still: Money, tender: Tender) -> Result<DeliveryEvent, StepError> {
    if !shipment.owed.is_positive() {
        return Err(StepError::NothingOwed);
    }
    let minor = shipment.owed.minor.min(still.minor);
    let collected = (minor > 0).then_some(Money::new(minor, shipment.owed.currency));
    Ok(DeliveryEvent::MoneySettled { order: shipment.order, collected, tender })
}

/// Nobody wants the goods: after a failed attempt they go back to the site that handed them over. Nothing where they do already.
pub(crate) fn take_back(shipment: &Shipment) -> Result<Option<DeliveryEvent>, StepError> {
    if shipment.state == ShipmentState::TakenBack {
        return Ok(None);
    }
    shipment.under_way()?;
    let reason = shipment.reason.clone().filter(|_| shipment.attempts > 0).ok_or(StepError::NotTried)?;
    Ok(Some(DeliveryEvent::TakenBack { order: shipment.order, site: shipment.site, reason }))
}

/// The site has the goods back; nothing where it is known, or where they are not the ones that were taken back.
pub(crate) fn returned(shipment: &Shipment, site: SiteId) -> Option<DeliveryEvent> {
    (shipment.state == ShipmentState::TakenBack && shipment.site == site).then_some(DeliveryEvent::Returned {})
}

/// The back office says that the customer has the goods; nothing where that is known. Money that was to be taken at the door stays owed
/// until somebody records it.
pub(crate) fn noted(shipment: &Shipment) -> Result<Option<DeliveryEvent>, StepError> {
    match shipment.under_way() {
        Ok(()) => Ok(Some(fetched(shipment.order, None))),
        Err(StepError::Delivered { .. }) => Ok(None),
        Err(refused) => Err(refused),
    }
}

/// The customer took the goods of `order` at the counter and paid `collected` for them.
pub(crate) fn fetched(order: OrderId, collected: Option<Collected>) -> DeliveryEvent {
    let (amount, tender) = (collected.map(|money| money.amount), collected.map(|money| money.by));
    DeliveryEvent::ShipmentDelivered { order, collected: amount, tender }
}

/// Nobody took the goods.
pub(crate) fn fail(shipment: &Shipment, reason: &str) -> Result<DeliveryEvent, StepError> {
    shipment.under_way()?;
    let reason = REASONS.into_iter().find(|known| *known == reason).ok_or(StepError::Reason)?;
    Ok(DeliveryEvent::AttemptFailed { reason: reason.to_owned(), order: Some(shipment.order) })
}
