//! What happened in this service, as its journal keeps it, and the public events made of it.

use contracts::delivery;
use contracts::orders::{OrderContact, OrderId};
use contracts::payments::Tender;
use contracts::shared::SiteId;
use contracts::staff::SiteView;
use kit::bus::PublicEvent;
use kit::journal::{Event, Published, Recorded};
use kit::money::Money;
use kit::private::Private;
use kit::problem::Fault;
use kit::store::Tx;
use serde::{Deserialize, Serialize};

use crate::address::Zone;
use crate::method::Method;
use crate::store;

/// A fact.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum DeliveryEvent {
    /// Methods were set; one that is gone is among them, not offered.
    MethodsSet { methods: Vec<Method> },
    /// Zones were set: these and no others.
    ZonesSet { zones: Vec<Zone> },
    /// When customers can come to a site was set.
    HoursSet { site: SiteId, hours: String },
    /// What sites are was heard.
    SitesHeard { sites: Vec<SiteView> },
    /// An order's goods are on their way.
    ShipmentMade(Box<Made>),
    /// The customer has them, and paid what was owed on taking them.
    ShipmentDelivered {
        order: OrderId,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        collected: Option<Money>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        tender: Option<Tender>,
    },
    /// What was to be paid on taking them is no longer open: somebody recorded the money, or nothing of it is owed any more.
    MoneySettled {
        order: OrderId,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        collected: Option<Money>,
        tender: Tender,
    },
    /// Nobody took them. Journals from before others heard of it do not name the order.
    AttemptFailed {
        reason: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        order: Option<OrderId>,
    },
    /// Nobody wants them: they go back to the site that handed them over.
    TakenBack { order: OrderId, site: SiteId, reason: String },
    /// The site has them back.
    Returned {},
    /// Who gets them was forgotten.
    RecipientErased {},
}

/// All that a shipment begins with.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Made {
    pub(crate) order: OrderId,
    pub(crate) number: String,
    pub(crate) site: SiteId,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) pick_up: bool,
    pub(crate) collect: Money,
    /// Under whose key `recipient` is sealed.
    pub(crate) person: String,
    /// None where the customer fetches the goods, or is forgotten.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) recipient: Option<Private<OrderContact>>,
}

impl Event for DeliveryEvent {
    fn kind(&self) -> &'static str {
        match self {
            DeliveryEvent::MethodsSet { .. } => delivery::DeliveryMethodsChanged::KIND,
            DeliveryEvent::ZonesSet { .. } => delivery::DeliveryZonesChanged::KIND,
            DeliveryEvent::HoursSet { .. } => "hours_set",
            DeliveryEvent::SitesHeard { .. } => "sites_heard",
            DeliveryEvent::ShipmentMade(_) => "shipment_made",
            DeliveryEvent::ShipmentDelivered { .. } => delivery::ShipmentDelivered::KIND,
            DeliveryEvent::MoneySettled { .. } => delivery::ShipmentPaid::KIND,
            DeliveryEvent::AttemptFailed { .. } => delivery::DeliveryFailed::KIND,
            DeliveryEvent::TakenBack { .. } => delivery::ShipmentTakenBack::KIND,
            DeliveryEvent::Returned {} => "shipment_returned",
            DeliveryEvent::RecipientErased {} => "recipient_erased",
        }
    }

    fn apply(&self, recorded: &Recorded<Self>, tx: &mut Tx<'_>) -> Result<(), Fault> {
        store::apply(tx, recorded)
    }

    fn publish(recorded: &Recorded<Self>) -> Option<Published> {
        match &recorded.event {
            DeliveryEvent::MethodsSet { methods } => {
                let methods = methods.iter().map(Method::terms).collect();
                Some(delivery::DeliveryMethodsChanged { methods }.published())
            }
            DeliveryEvent::ZonesSet { zones } => {
                let zone = |zone: &Zone| delivery::ZoneTerms {
                    country: zone.country.clone(),
                    prefix: zone.prefix.clone(),
                    region: zone.region.clone(),
                };
                Some(delivery::DeliveryZonesChanged { zones: zones.iter().map(zone).collect() }.published())
            }
            DeliveryEvent::ShipmentDelivered { order, collected, tender } => {
                let (order, collected, tender) = (*order, *collected, *tender);
                Some(delivery::ShipmentDelivered { order, at: recorded.at, collected, tender }.published())
            }
            DeliveryEvent::MoneySettled { order, collected, tender } => collected.map(|collected| {
                delivery::ShipmentPaid { order: *order, at: recorded.at, collected, tender: *tender }.published()
            }),
            DeliveryEvent::AttemptFailed { reason, order } => order
                .map(|order| delivery::DeliveryFailed { order, reason: reason.clone(), at: recorded.at }.published()),
            DeliveryEvent::TakenBack { order, site, reason } => {
                let (order, site, reason) = (*order, *site, reason.clone());
                Some(delivery::ShipmentTakenBack { order, site, reason, at: recorded.at }.published())
            }
            DeliveryEvent::HoursSet { .. }
            | DeliveryEvent::SitesHeard { .. }
            | DeliveryEvent::ShipmentMade(_)
            | DeliveryEvent::Returned {}
            | DeliveryEvent::RecipientErased {} => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use kit::testing::samples;

    use super::*;

    #[test]
    fn the_sample_journal_has_every_event_as_it_is_written_today() {
        let bodies = samples::written_today::<DeliveryEvent>(concat!(env!("CARGO_MANIFEST_DIR"), "/samples"));
        let names: BTreeSet<String> =
            bodies.iter().map(|body| body.as_object().unwrap().keys().next().unwrap().clone()).collect();
        assert_eq!(names, samples::variants::<DeliveryEvent>());
    }
}
