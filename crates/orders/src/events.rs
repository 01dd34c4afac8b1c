//! The journal events of orders, and the public events made of them.

use contracts::delivery::ZoneTerms;
use contracts::inventory::ReservationId;
use contracts::orders::{self, Channel, Collected, OrderId};
use contracts::payments::{PaymentId, PaymentMethod};
use contracts::rules::DecisionRecord;
use contracts::shared::{CustomerId, Fields, ProductId, SiteId};
use kit::bus::PublicEvent;
use kit::journal::{Event, Published, Recorded};
use kit::money::{Currency, Money};
use kit::private::Private;
use kit::problem::Fault;
use kit::store::Tx;
use kit::time::Timestamp;
use serde::{Deserialize, Serialize};

use crate::cart::Contact;
use crate::order::{Amendment, DeliveryTerms, Line, Payment};
use crate::price::{DeliveryMethod, Goods, Offer, PricePart};
use crate::sourcing::Place;
use crate::store;

/// What can happen to orders and to what they are made of.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderEvent {
    /// Offers were set; at most 500.
    OffersSet { offers: Vec<Offer> },
    /// Half of what offers are made of was heard, of products that are not offered yet; at most 500 of each.
    OfferHalvesHeard { goods: Vec<Goods>, prices: Vec<PricePart> },
    /// Products have no price any more: they are not offered until they have one.
    OffersEnded { products: Vec<ProductId> },
    /// Delivery methods were set.
    DeliveryMethodsSet {
        methods: Vec<DeliveryMethod>,
        /// Whether they are shown in the order in which they are named; earlier releases showed them by their codes.
        #[serde(default)]
        ordered: bool,
    },
    /// What sites are was heard.
    SitesHeard { sites: Vec<Place> },
    /// All zones there are were heard.
    ZonesHeard { zones: Vec<ZoneTerms> },
    /// A cart became an order: goods reserved, payment asked for.
    OrderPlaced(Box<Placed>),
    /// Payment secured, or none needed; goods committed.
    OrderSecured {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        payment: Option<Payment>,
    },
    /// Another payment was asked for.
    PaymentAsked { payment: Payment },
    /// A payment changed.
    PaymentNoted { payment: Payment },
    /// What was taken above the total is about to be given back.
    GiveBackAsked { payment: Payment },
    /// It is known whose orders these are, at most 500. Beside the orders' own versions, because nobody decides on an order by it.
    CustomersLinked { links: Vec<(OrderId, CustomerId)> },
    /// The same of one order, as earlier releases wrote it.
    CustomerLinked { order: OrderId, customer: CustomerId },
    /// Its custom fields are these from now on, sealed as the contact is.
    FieldsSet { person: String, fields: Private<Fields> },
    /// Who gets the goods was forgotten, and the custom fields with them.
    ContactErased {},
    /// The customer confirmed.
    OrderConfirmed {},
    /// New lines are waiting for stock.
    EditStarted { amendment: Amendment },
    /// The new lines got no stock.
    EditRefused { amendment: i64 },
    /// The new lines hold.
    OrderEdited { amendment: Amendment },
    /// Money is being taken before the goods leave.
    ReleaseStarted {},
    /// The money could not be taken.
    ReleaseFailed { reason: String },
    /// The money was taken when nobody stood at the counter any more: the goods wait to be handed over anew.
    ReleaseLate {},
    /// Goods may leave.
    OrderReleased {
        reservation: ReservationId,
        /// What the customer paid at the counter.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        collected: Option<Collected>,
    },
    /// The customer has the goods.
    OrderDelivered {},
    /// Will not be carried out.
    OrderCancelled { reason: String, reservation: ReservationId, payments: Vec<PaymentId> },
    /// Nobody took the goods: they come back to `site`.
    OrderReturned { reason: String, number: String, site: SiteId, reservation: ReservationId, payments: Vec<PaymentId> },
}

/// All that an order begins with.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Placed {
    /// The number on paper.
    pub number: String,
    /// The series it is from, and its place there.
    pub series: String,
    pub ordinal: i64,
    pub site: SiteId,
    pub currency: Currency,
    pub lines: Vec<Line>,
    pub goods: Money,
    pub delivery: DeliveryTerms,
    pub total: Money,
    pub method: PaymentMethod,
    /// None where there is nothing to pay.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payment: Option<Payment>,
    pub reservation: ReservationId,
    pub pay_until: Timestamp,
    #[serde(default, skip_serializing_if = "Channel::is_web")]
    pub channel: Channel,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer: Option<CustomerId>,
    /// What the decisions on its delivery fee and its sourcing said.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub decisions: Vec<DecisionRecord>,
    /// Under whose key `contact` is sealed.
    pub person: String,
    pub contact: Private<Contact>,
    /// Custom fields, sealed under the same key; none where there are none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fields: Option<Private<Fields>>,
}

impl Event for OrderEvent {
    fn kind(&self) -> &'static str {
        match self {
            OrderEvent::OffersSet { .. } => "offers_set",
            OrderEvent::OfferHalvesHeard { .. } => "offer_halves_heard",
            OrderEvent::OffersEnded { .. } => "offers_ended",
            OrderEvent::DeliveryMethodsSet { .. } => "delivery_methods_set",
            OrderEvent::SitesHeard { .. } => "sites_heard",
            OrderEvent::ZonesHeard { .. } => "zones_heard",
            OrderEvent::OrderPlaced(_) => orders::OrderPlaced::KIND,
            OrderEvent::OrderSecured { .. } => orders::OrderSecured::KIND,
            OrderEvent::PaymentAsked { .. } => "payment_asked",
            OrderEvent::PaymentNoted { .. } => "payment_noted",
            OrderEvent::GiveBackAsked { .. } => "give_back_asked",
            OrderEvent::CustomersLinked { .. } => "customers_linked",
            OrderEvent::CustomerLinked { .. } => "customer_linked",
            OrderEvent::FieldsSet { .. } => "fields_set",
            OrderEvent::ContactErased {} => "contact_erased",
            OrderEvent::OrderConfirmed {} => orders::OrderConfirmed::KIND,
            OrderEvent::EditStarted { .. } => "edit_started",
            OrderEvent::EditRefused { .. } => "edit_refused",
            OrderEvent::OrderEdited { .. } => orders::OrderEdited::KIND,
            OrderEvent::ReleaseStarted {} => "release_started",
            OrderEvent::ReleaseFailed { .. } => orders::ReleaseFailed::KIND,
            OrderEvent::ReleaseLate {} => "release_late",
            OrderEvent::OrderReleased { .. } => orders::OrderReleased::KIND,
            OrderEvent::OrderDelivered {} => orders::OrderDelivered::KIND,
            OrderEvent::OrderCancelled { .. } => orders::OrderCancelled::KIND,
            OrderEvent::OrderReturned { .. } => orders::OrderReturned::KIND,
        }
    }

    fn apply(&self, recorded: &Recorded<Self>, tx: &mut Tx<'_>) -> Result<(), Fault> {
        store::apply(tx, recorded)
    }

    fn publish(recorded: &Recorded<Self>) -> Option<Published> {
        let order = || recorded.entity.parse().expect("the entity of an order's event is an order");
        match &recorded.event {
            OrderEvent::OrderPlaced(placed) => {
                let event = orders::OrderPlaced {
                    order: order(),
                    number: placed.number.clone(),
                    lines: told(&placed.lines),
                    total: placed.total,
                    method: placed.method,
                    reservation: placed.reservation,
                    site: Some(placed.site),
                    pick_up: placed.delivery.pick_up,
                    placed_at: Some(recorded.at),
                    channel: placed.channel,
                    customer: placed.customer,
                };
                Some(event.published())
            }
            OrderEvent::OrderSecured { .. } => Some(orders::OrderSecured { order: order() }.published()),
            OrderEvent::OrderReleased { reservation, collected } => {
                let (reservation, collected) = (*reservation, *collected);
                Some(orders::OrderReleased { order: order(), reservation, at: recorded.at, collected }.published())
            }
            OrderEvent::OrderCancelled { reason, reservation, payments } => {
                let event = orders::OrderCancelled {
                    order: order(),
                    reservation: *reservation,
                    payments: payments.clone(),
                    reason: reason.clone(),
                    at: recorded.at,
                };
                Some(event.published())
            }
            OrderEvent::OrderReturned { reason, number, site, reservation, payments } => {
                let event = orders::OrderReturned {
                    order: order(),
                    number: number.clone(),
                    reservation: *reservation,
                    site: *site,
                    payments: payments.clone(),
                    reason: reason.clone(),
                    at: recorded.at,
                };
                Some(event.published())
            }
            OrderEvent::OrderConfirmed {} => Some(orders::OrderConfirmed { order: order() }.published()),
            OrderEvent::OrderEdited { amendment } => {
                let to = amendment.redirection.as_ref();
                let event = orders::OrderEdited {
                    order: order(),
                    lines: told(&amendment.lines),
                    total: amendment.total,
                    site: to.map(|to| to.site),
                    pick_up: to.map(|to| to.terms.pick_up),
                };
                Some(event.published())
            }
            OrderEvent::OrderDelivered {} => {
                Some(orders::OrderDelivered { order: order(), at: recorded.at }.published())
            }
            OrderEvent::ReleaseFailed { reason } => {
                Some(orders::ReleaseFailed { order: order(), reason: reason.clone(), at: recorded.at }.published())
            }
            OrderEvent::OffersSet { .. }
            | OrderEvent::OfferHalvesHeard { .. }
            | OrderEvent::OffersEnded { .. }
            | OrderEvent::DeliveryMethodsSet { .. }
            | OrderEvent::SitesHeard { .. }
            | OrderEvent::ZonesHeard { .. }
            | OrderEvent::PaymentAsked { .. }
            | OrderEvent::PaymentNoted { .. }
            | OrderEvent::GiveBackAsked { .. }
            | OrderEvent::CustomersLinked { .. }
            | OrderEvent::CustomerLinked { .. }
            | OrderEvent::FieldsSet { .. }
            | OrderEvent::ContactErased {}
            | OrderEvent::EditStarted { .. }
            | OrderEvent::EditRefused { .. }
            | OrderEvent::ReleaseStarted {}
            | OrderEvent::ReleaseLate {} => None,
        }
    }
}

/// Lines as others hear of them.
fn told(lines: &[Line]) -> Vec<orders::OrderLine> {
    let line = |line: &Line| orders::OrderLine {
        product: line.priced.product,
        site: line.site,
        quantity: line.priced.quantity,
        total: line.priced.amounts.gross,
    };
    lines.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use kit::testing::samples;

    use super::*;

    #[test]
    fn the_sample_journal_has_every_event_as_it_is_written_today() {
        let bodies = samples::written_today::<OrderEvent>(concat!(env!("CARGO_MANIFEST_DIR"), "/samples"));
        let names: BTreeSet<String> =
            bodies.iter().map(|body| body.as_object().unwrap().keys().next().unwrap().clone()).collect();
        assert_eq!(names, samples::variants::<OrderEvent>());
    }
}
