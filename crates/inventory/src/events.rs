//! What happened to stock, as the journal keeps it, and what of it others hear.

pub(crate) mod compact;

use contracts::inventory::{
    OrderPacked, OrderUnpacked, PickShort, ReservationExpired, ReservationId, ReservationShipped, ReturnReceived,
    StockLine, StockShortfall,
};
use contracts::orders::OrderId;
use contracts::shared::{ProductId, SiteId};
use kit::bus::PublicEvent;
use kit::journal::{Event, Published, Recorded};
use kit::problem::Fault;
use kit::quantity::Quantity;
use kit::store::Tx;
use kit::time::Timestamp;
use serde::{Deserialize, Serialize};

use crate::pick::{Goods, Shortage, State};
use crate::stock::{Movement, MovementKind};
use crate::store;

/// What is known of a site.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Place {
    pub(crate) id: SiteId,
    /// The region it is in; empty where staff names none.
    pub(crate) region: String,
    pub(crate) open: bool,
}

/// A fact of this service. The entity is the reservation, the pick, or the document that recorded the fact.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum InventoryEvent {
    /// Stock was promised to a holder.
    ReservationMade {
        /// For whom.
        holder: String,
        /// What.
        #[serde(with = "compact")]
        lines: Vec<StockLine>,
        /// The outer expiry.
        expires_at: Timestamp,
    },
    /// A reservation was made permanent.
    ReservationCommitted {
        /// What was reserved anew because the reservation had expired; empty otherwise.
        #[serde(with = "compact", default, skip_serializing_if = "Vec::is_empty")]
        reserved_again: Vec<StockLine>,
    },
    /// A reservation claims other lines now.
    ReservationAmended {
        /// The caller's number of the amendment.
        amendment: i64,
        /// What it claims from now on.
        #[serde(with = "compact")]
        lines: Vec<StockLine>,
        /// What was reserved more.
        #[serde(with = "compact")]
        more: Vec<StockLine>,
        /// What was given back.
        #[serde(with = "compact")]
        less: Vec<StockLine>,
    },
    /// An amendment found no stock: it is never accepted later.
    AmendmentRefused {
        /// The caller's number of the amendment.
        amendment: i64,
    },
    /// A reservation was given back.
    ReservationReleased {
        /// What it held until now.
        #[serde(with = "compact")]
        lines: Vec<StockLine>,
    },
    /// A reservation was given back before it was made: it can no longer be made.
    ReservationBarred {},
    /// A reservation's time was over.
    ReservationExpired {
        /// For whom it was.
        holder: String,
        /// What it held until now.
        #[serde(with = "compact")]
        lines: Vec<StockLine>,
    },
    /// Goods of a reservation were taken from their places.
    ReservationPicked {
        /// What was taken.
        #[serde(with = "compact")]
        lines: Vec<StockLine>,
    },
    /// The goods of a reservation have left.
    ReservationShipped {
        /// For whom they were.
        holder: String,
        /// What left.
        #[serde(with = "compact")]
        lines: Vec<StockLine>,
        /// Whether the reservation held them until now.
        held: bool,
    },
    /// Goods came in.
    StockReceived {
        /// The delivery note or the like.
        reference: String,
        /// What came.
        #[serde(with = "compact")]
        lines: Vec<StockLine>,
    },
    /// Somebody counted.
    StockCounted {
        /// Why, e.g. `stocktaking`, `damage`.
        reason: String,
        /// What was found.
        #[serde(with = "compact")]
        counted: Vec<StockLine>,
        /// Found less what the ledger had said, where they differ.
        #[serde(with = "compact")]
        differences: Vec<StockLine>,
    },
    /// Goods went from one site to another.
    StockTransferred {
        /// The transfer note or the like.
        reference: String,
        /// Where they went.
        to: SiteId,
        /// What, and from where.
        #[serde(with = "compact")]
        lines: Vec<StockLine>,
    },
    /// A till sold goods.
    StockSold {
        /// The receipt's number.
        receipt: String,
        /// What left.
        #[serde(with = "compact")]
        lines: Vec<StockLine>,
    },
    /// A recorded fact left a site with less on hand than is reserved there.
    StockShortfall {
        /// The product.
        product: ProductId,
        /// Where.
        site: SiteId,
        /// On hand after the fact.
        on_hand: Quantity,
        /// Claimed by reservations.
        reserved: Quantity,
    },
    /// An order's goods are to be picked at a site.
    PickOpened {
        /// The order.
        order: OrderId,
        /// The number on paper.
        number: String,
        /// The reservation of its goods.
        reservation: ReservationId,
        /// Whether the customer comes for them.
        pick_up: bool,
        /// The site that hands the order over.
        hand_over_site: SiteId,
        /// Where.
        site: SiteId,
        /// What.
        lines: Vec<Goods>,
    },
    /// A pick asks for other goods now.
    PickAmended {
        /// All that it asks for from now on.
        lines: Vec<Goods>,
        /// Where it stands now.
        state: State,
    },
    /// The order of a pick goes elsewhere now, or another way.
    PickRedirected {
        /// Whether the customer comes for the goods.
        pick_up: bool,
        /// The site that hands the order over.
        hand_over_site: SiteId,
    },
    /// Somebody took a pick to work on it.
    PickTaken {
        /// Who.
        by: String,
        /// Until when they have it.
        until: Timestamp,
    },
    /// Somebody gave a pick back.
    PickLeft {},
    /// Somebody noted what they took.
    PickLinesSet {
        /// How much of each of these is taken now.
        picked: Vec<Goods>,
        /// Where the pick stands now.
        state: State,
        /// Who.
        by: String,
        /// Until when they have the pick.
        until: Timestamp,
    },
    /// Goods were not found, and it was decided on the spot what becomes of them.
    PickShortNoted {
        /// The product.
        product: ProductId,
        /// How much of it, in thousandths of its unit.
        missing_milli: i64,
        /// What becomes of it.
        shortage: Shortage,
    },
    /// Goods were not found; the contact center decides.
    PickShort {
        /// The order.
        order: OrderId,
        /// Where.
        site: SiteId,
        /// What.
        #[serde(with = "compact")]
        missing: Vec<StockLine>,
        /// How much of the first of them nobody has counted or written off, in thousandths of its unit.
        #[serde(default, skip_serializing_if = "is_zero")]
        uncounted_milli: i64,
    },
    /// The goods of a pick lie in parcels.
    PickPacked {
        /// In how many.
        parcels: i64,
        /// What was picked.
        #[serde(with = "compact")]
        lines: Vec<StockLine>,
    },
    /// With this pick, all goods of its order are packed.
    OrderPacked {
        /// The order.
        order: OrderId,
        /// The site that hands it over.
        site: SiteId,
        /// Whether the customer fetches it there; absent in what an earlier release wrote.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pick_up: Option<bool>,
    },
    /// An order that was packed wants something else: this pick is to be packed anew.
    OrderUnpacked {
        /// The order.
        order: OrderId,
    },
    /// The goods of a pick have left.
    PickHandedOver {},
    /// The goods of a pick are no longer wanted.
    PickCancelled {
        /// Where it stands now: to be put back, or cancelled.
        state: State,
    },
    /// Goods that are no longer wanted lie on their places again.
    PickPutBack {
        /// How much of each of these remains picked.
        lines: Vec<Goods>,
        /// Where the pick stands now.
        state: State,
    },
    /// What sites are was heard from staff.
    SitesHeard { sites: Vec<Place> },
    /// It was told where products lie at a site; at most 500.
    PlacesSet {
        /// The site.
        site: SiteId,
        /// Each product with its place; an empty one forgets it.
        places: Vec<(ProductId, String)>,
        /// How often each has been set by now; journals of before have none, and forgot a product's row with its place.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        versions: Vec<i64>,
    },
    /// Goods that nobody took are on their way back.
    ReturnExpected {
        /// The order.
        order: OrderId,
        /// The number on paper.
        number: String,
        /// Where they come back to.
        site: SiteId,
        /// Why nobody took them.
        reason: String,
        /// What, at that site.
        #[serde(with = "compact")]
        lines: Vec<StockLine>,
    },
    /// Goods that nobody took are back.
    ReturnReceived {
        /// The order.
        order: OrderId,
        /// Where.
        site: SiteId,
        /// What can be sold again.
        #[serde(with = "compact", default, skip_serializing_if = "Vec::is_empty")]
        whole: Vec<StockLine>,
        /// What cannot.
        #[serde(with = "compact", default, skip_serializing_if = "Vec::is_empty")]
        damaged: Vec<StockLine>,
        /// What did not come.
        #[serde(with = "compact", default, skip_serializing_if = "Vec::is_empty")]
        missing: Vec<StockLine>,
    },
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_zero(value: &i64) -> bool {
    *value == 0
}

impl InventoryEvent {
    /// What the event adds to the ledger, at most one movement for each product and site.
    #[must_use]
    pub(crate) fn movements(&self) -> Vec<Movement> {
        use MovementKind::{
            Adjusted, Picked, Received, Released, Reserved, Returned, Shipped, TransferredIn, TransferredOut,
        };
        let all = |kind, lines: &[StockLine], on_hand, reserved| -> Vec<Movement> {
            lines.iter().map(|line| Movement::of(kind, line, on_hand, reserved)).collect()
        };
        match self {
            InventoryEvent::ReservationMade { lines, .. } => all(Reserved, lines, 0, 1),
            InventoryEvent::ReservationCommitted { reserved_again } => all(Reserved, reserved_again, 0, 1),
            InventoryEvent::ReservationAmended { more, less, .. } => {
                [all(Reserved, more, 0, 1), all(Released, less, 0, -1)].concat()
            }
            InventoryEvent::ReservationReleased { lines } | InventoryEvent::ReservationExpired { lines, .. } => {
                all(Released, lines, 0, -1)
            }
            InventoryEvent::ReservationPicked { lines } => all(Picked, lines, 0, 0),
            InventoryEvent::ReservationShipped { lines, held, .. } => all(Shipped, lines, -1, -i64::from(*held)),
            InventoryEvent::StockReceived { lines, .. } => all(Received, lines, 1, 0),
            InventoryEvent::StockCounted { differences, .. } => all(Adjusted, differences, 1, 0),
            InventoryEvent::StockTransferred { to, lines, .. } => {
                let come: Vec<StockLine> = lines.iter().map(|line| StockLine { site: *to, ..line.clone() }).collect();
                [all(TransferredOut, lines, -1, 0), all(TransferredIn, &come, 1, 0)].concat()
            }
            InventoryEvent::StockSold { lines, .. } => all(Shipped, lines, -1, 0),
            InventoryEvent::PickPacked { lines, .. } => all(Picked, lines, 0, 0),
            // What came back damaged never becomes stock again.
            InventoryEvent::ReturnReceived { whole, .. } => all(Returned, whole, 1, 0),
            InventoryEvent::AmendmentRefused { .. }
            | InventoryEvent::ReservationBarred {}
            | InventoryEvent::StockShortfall { .. }
            | InventoryEvent::ReturnExpected { .. }
            | InventoryEvent::PickOpened { .. }
            | InventoryEvent::PickAmended { .. }
            | InventoryEvent::PickRedirected { .. }
            | InventoryEvent::PickTaken { .. }
            | InventoryEvent::PickLeft {}
            | InventoryEvent::PickLinesSet { .. }
            | InventoryEvent::PickShortNoted { .. }
            | InventoryEvent::PickShort { .. }
            | InventoryEvent::OrderPacked { .. }
            | InventoryEvent::OrderUnpacked { .. }
            | InventoryEvent::PickHandedOver {}
            | InventoryEvent::PickCancelled { .. }
            | InventoryEvent::PickPutBack { .. }
            | InventoryEvent::SitesHeard { .. }
            | InventoryEvent::PlacesSet { .. } => Vec::new(),
        }
    }
}

impl Event for InventoryEvent {
    fn kind(&self) -> &'static str {
        match self {
            InventoryEvent::ReservationMade { .. } => "reservation_made",
            InventoryEvent::ReservationCommitted { .. } => "reservation_committed",
            InventoryEvent::ReservationAmended { .. } => "reservation_amended",
            InventoryEvent::AmendmentRefused { .. } => "amendment_refused",
            InventoryEvent::ReservationReleased { .. } => "reservation_released",
            InventoryEvent::ReservationBarred {} => "reservation_barred",
            InventoryEvent::ReservationExpired { .. } => ReservationExpired::KIND,
            InventoryEvent::ReservationPicked { .. } => "reservation_picked",
            InventoryEvent::ReservationShipped { .. } => ReservationShipped::KIND,
            InventoryEvent::StockReceived { .. } => "stock_received",
            InventoryEvent::StockCounted { .. } => "stock_counted",
            InventoryEvent::StockTransferred { .. } => "stock_transferred",
            InventoryEvent::StockSold { .. } => "stock_sold",
            InventoryEvent::StockShortfall { .. } => StockShortfall::KIND,
            InventoryEvent::PickOpened { .. } => "pick_opened",
            InventoryEvent::PickAmended { .. } => "pick_amended",
            InventoryEvent::PickRedirected { .. } => "pick_redirected",
            InventoryEvent::PickTaken { .. } => "pick_taken",
            InventoryEvent::PickLeft {} => "pick_left",
            InventoryEvent::PickLinesSet { .. } => "pick_lines_set",
            InventoryEvent::PickShortNoted { .. } => "pick_short_noted",
            InventoryEvent::PickShort { .. } => PickShort::KIND,
            InventoryEvent::PickPacked { .. } => "pick_packed",
            InventoryEvent::OrderPacked { .. } => OrderPacked::KIND,
            InventoryEvent::OrderUnpacked { .. } => OrderUnpacked::KIND,
            InventoryEvent::PickHandedOver {} => "pick_handed_over",
            InventoryEvent::PickCancelled { .. } => "pick_cancelled",
            InventoryEvent::PickPutBack { .. } => "pick_put_back",
            InventoryEvent::SitesHeard { .. } => "sites_heard",
            InventoryEvent::PlacesSet { .. } => "places_set",
            InventoryEvent::ReturnExpected { .. } => "return_expected",
            InventoryEvent::ReturnReceived { .. } => ReturnReceived::KIND,
        }
    }

    fn apply(&self, recorded: &Recorded<Self>, tx: &mut Tx<'_>) -> Result<(), Fault> {
        store::apply(self, recorded, tx)
    }

    fn publish(recorded: &Recorded<Self>) -> Option<Published> {
        let reservation = || recorded.entity.parse().expect("the entity of a reservation's event is its id");
        match &recorded.event {
            InventoryEvent::ReservationExpired { holder, .. } => {
                Some(ReservationExpired { reservation: reservation(), holder: holder.clone() }.published())
            }
            InventoryEvent::ReservationShipped { holder, .. } => {
                Some(ReservationShipped { reservation: reservation(), holder: holder.clone() }.published())
            }
            InventoryEvent::StockShortfall { product, site, on_hand, reserved } => Some(
                StockShortfall { product: *product, site: *site, on_hand: *on_hand, reserved: *reserved }.published(),
            ),
            InventoryEvent::PickShort { order, site, missing, .. } => {
                Some(PickShort { order: *order, site: *site, missing: missing.clone() }.published())
            }
            InventoryEvent::OrderPacked { order, site, pick_up } => {
                Some(OrderPacked { order: *order, site: *site, pick_up: pick_up.unwrap_or(true) }.published())
            }
            InventoryEvent::OrderUnpacked { order } => Some(OrderUnpacked { order: *order }.published()),
            InventoryEvent::ReturnReceived { order, site, whole, damaged, missing } => Some(
                ReturnReceived {
                    order: *order,
                    site: *site,
                    whole: whole.clone(),
                    damaged: damaged.clone(),
                    missing: missing.clone(),
                }
                .published(),
            ),
            InventoryEvent::ReservationMade { .. }
            | InventoryEvent::ReservationCommitted { .. }
            | InventoryEvent::ReservationAmended { .. }
            | InventoryEvent::AmendmentRefused { .. }
            | InventoryEvent::ReturnExpected { .. }
            | InventoryEvent::ReservationReleased { .. }
            | InventoryEvent::ReservationBarred {}
            | InventoryEvent::ReservationPicked { .. }
            | InventoryEvent::StockReceived { .. }
            | InventoryEvent::StockCounted { .. }
            | InventoryEvent::StockTransferred { .. }
            | InventoryEvent::StockSold { .. }
            | InventoryEvent::PickOpened { .. }
            | InventoryEvent::PickAmended { .. }
            | InventoryEvent::PickRedirected { .. }
            | InventoryEvent::PickTaken { .. }
            | InventoryEvent::PickLeft {}
            | InventoryEvent::PickLinesSet { .. }
            | InventoryEvent::PickShortNoted { .. }
            | InventoryEvent::PickPacked { .. }
            | InventoryEvent::PickHandedOver {}
            | InventoryEvent::PickCancelled { .. }
            | InventoryEvent::PickPutBack { .. }
            | InventoryEvent::SitesHeard { .. }
            | InventoryEvent::PlacesSet { .. } => None,
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
        let bodies = samples::written_today::<InventoryEvent>(concat!(env!("CARGO_MANIFEST_DIR"), "/samples"));
        let names: BTreeSet<String> =
            bodies.iter().map(|body| body.as_object().unwrap().keys().next().unwrap().clone()).collect();
        assert_eq!(names, samples::variants::<InventoryEvent>());
    }
}
