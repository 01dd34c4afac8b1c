//! What `inventory` answers and tells: availability, reservations, goods that leave, shortfalls.

use kit::bus::PublicEvent;
use kit::call::Request;
use kit::id::{Id, Kind};
use kit::quantity::Quantity;
use kit::time::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::orders::OrderId;
use crate::shared::{ProductId, SiteId};

/// Kind of [`ReservationId`].
pub enum Reservation {}
impl Kind for Reservation {
    const PREFIX: &'static str = "rsv";
}
/// A claim on stock for one holder.
pub type ReservationId = Id<Reservation>;

/// A product at a location, and how much of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct StockLine {
    /// The product.
    pub product: ProductId,
    /// The store or warehouse.
    pub site: SiteId,
    /// How much, positive.
    pub quantity: Quantity,
}

/// Reserves all lines or none, until `expires_at` unless committed. Asked again with the same id: the same answer,
/// and the first expiry holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Reserve {
    /// The reservation's id, chosen by the caller: its request key.
    pub reservation: ReservationId,
    /// For whom, e.g. an order's id; at most 64 characters.
    pub holder: String,
    /// What; at most 500 lines, each product and site at most once.
    pub lines: Vec<StockLine>,
    /// The outer expiry, at most 24 hours ahead.
    pub expires_at: Timestamp,
}

/// Where a reservation stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReservationState {
    /// Holds stock until its expiry.
    Held,
    /// Holds stock until it is shipped or released.
    Committed,
    /// The goods have left.
    Shipped,
    /// Given back.
    Released,
    /// Given back because its time was over.
    Expired,
}

/// A reservation as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReservationView {
    /// Its id.
    pub id: ReservationId,
    /// For whom.
    pub holder: String,
    /// Where it stands.
    pub state: ReservationState,
    /// What it claims.
    pub lines: Vec<StockLine>,
    /// When it expires, while held.
    pub expires_at: Timestamp,
    /// Counts changes, from 1.
    pub version: i64,
}

impl Request for Reserve {
    const SERVICE: &'static str = "inventory";
    const PATH: &'static str = "/api/inventory/reservations";
    type Reply = ReservationView;
}

/// Makes a held reservation permanent. One that has expired is reserved anew if stock allows, else refused
/// (`inventory/insufficient-stock`). Asked again: the same answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CommitReservation {
    /// Which.
    pub reservation: ReservationId,
}

impl Request for CommitReservation {
    const SERVICE: &'static str = "inventory";
    const PATH: &'static str = "/api/inventory/reservations/commit";
    type Reply = ReservationView;
}

/// Gives a reservation's stock back. One that was never made is noted as released, so that a late [`Reserve`] with its
/// id is refused. Shipped ones are refused (`inventory/already-shipped`). Asked again: the same answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReleaseReservation {
    /// Which.
    pub reservation: ReservationId,
}

impl Request for ReleaseReservation {
    const SERVICE: &'static str = "inventory";
    const PATH: &'static str = "/api/inventory/reservations/release";
    type Reply = ReservationView;
}

/// Replaces the lines of a committed or held reservation, all or nothing: more is reserved where stock allows, less is given
/// back. Where stock does not allow it the reply shows the lines as they were, and that holds: an amendment with this number
/// arriving later changes nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AmendReservation {
    /// Which.
    pub reservation: ReservationId,
    /// The caller's number of this amendment, growing: an older or repeated one changes nothing and gets the present view.
    pub amendment: i64,
    /// What it shall claim from now on; not empty.
    pub lines: Vec<StockLine>,
    /// Whether goods that a clerk did not find are there all the same: then what is given back is free for others. Else as much of it as
    /// was looked for in vain is written off.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub on_shelf: bool,
}

impl Request for AmendReservation {
    const SERVICE: &'static str = "inventory";
    const PATH: &'static str = "/api/inventory/reservations/amend";
    type Reply = ReservationView;
}

/// Asks what can be promised of many products: at given sites, over a region, or over all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AskAvailability {
    /// At most 500 products.
    pub products: Vec<ProductId>,
    /// At most 500 sites; empty asks all, or those of the region.
    #[serde(default)]
    pub sites: Vec<SiteId>,
    /// Instead of naming sites: the region whose open sites are meant, as `staff` calls it. One that no site is in has nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
}

/// What can be promised of a product at a site.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Availability {
    /// The product.
    pub product: ProductId,
    /// The site.
    pub site: SiteId,
    /// The sum of movements there; may be below zero after a recorded fact.
    pub on_hand: Quantity,
    /// Claimed by reservations.
    pub reserved: Quantity,
    /// On hand less reserved, never below zero: available to promise.
    pub available: Quantity,
}

/// The answer to [`AskAvailability`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AvailabilityView {
    /// By product and site; places that never held the product are left out.
    pub lines: Vec<Availability>,
    /// Available to promise of each asked product over the asked sites.
    pub totals: Vec<ProductTotal>,
}

/// Available to promise over several sites.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ProductTotal {
    /// The product.
    pub product: ProductId,
    /// The sum over the sites.
    pub available: Quantity,
}

impl Request for AskAvailability {
    const SERVICE: &'static str = "inventory";
    const PATH: &'static str = "/api/inventory/availability";
    type Reply = AvailabilityView;
}

/// A recorded fact left a site with less on hand than is reserved there: somebody must act.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct StockShortfall {
    /// The product.
    pub product: ProductId,
    /// Where.
    pub site: SiteId,
    /// On hand after the fact; may be below zero.
    pub on_hand: Quantity,
    /// Claimed by reservations.
    pub reserved: Quantity,
}

impl PublicEvent for StockShortfall {
    const SOURCE: &'static str = "inventory";
    const KIND: &'static str = "stock_shortfall";
}

/// A reservation's time was over before it was committed; its stock is free again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReservationExpired {
    /// Which.
    pub reservation: ReservationId,
    /// For whom it was.
    pub holder: String,
}

impl PublicEvent for ReservationExpired {
    const SOURCE: &'static str = "inventory";
    const KIND: &'static str = "reservation_expired";
}

/// The goods of a reservation have left.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReservationShipped {
    /// Which.
    pub reservation: ReservationId,
    /// For whom they were.
    pub holder: String,
}

impl PublicEvent for ReservationShipped {
    const SOURCE: &'static str = "inventory";
    const KIND: &'static str = "reservation_shipped";
}

/// Goods that nobody took are back at a site.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReturnReceived {
    /// The order whose goods they were.
    pub order: OrderId,
    /// Where.
    pub site: SiteId,
    /// What came back whole and can be sold again.
    pub whole: Vec<StockLine>,
    /// What came back damaged.
    pub damaged: Vec<StockLine>,
    /// What did not come back.
    pub missing: Vec<StockLine>,
}

impl PublicEvent for ReturnReceived {
    const SOURCE: &'static str = "inventory";
    const KIND: &'static str = "return_received";
}

/// Kind of [`PickId`].
pub enum Pick {}
impl Kind for Pick {
    const PREFIX: &'static str = "pick";
}
/// The work of taking one order's goods from one site's shelves.
pub type PickId = Id<Pick>;

/// Has the goods of an order picked: one pick per site. Asked again: the same picks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct StartPicks {
    /// The order.
    pub order: OrderId,
    /// The number on paper.
    pub number: String,
    /// The reservation of its goods.
    pub reservation: ReservationId,
    /// Whether the customer comes to the store for it.
    pub pick_up: bool,
    /// The site that hands the order over.
    pub site: SiteId,
    /// What to pick where.
    pub lines: Vec<StockLine>,
}

/// The answer to [`StartPicks`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PicksStarted {
    /// The picks, one per site.
    pub picks: Vec<PickId>,
}

impl Request for StartPicks {
    const SERVICE: &'static str = "inventory";
    const PATH: &'static str = "/api/inventory/picks/start";
    type Reply = PicksStarted;
}

/// All goods of an order are picked and packed: it can be handed over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OrderPacked {
    /// The order.
    pub order: OrderId,
    /// The site that hands it over.
    pub site: SiteId,
    /// Whether the customer fetches it there; what an earlier release told did not say.
    #[serde(default = "maybe")]
    pub pick_up: bool,
}

/// What is not said may be so.
fn maybe() -> bool {
    true
}

impl PublicEvent for OrderPacked {
    const SOURCE: &'static str = "inventory";
    const KIND: &'static str = "order_packed";
}

/// An order that was packed is changed: its goods are picked and packed anew, and [`OrderPacked`] comes again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OrderUnpacked {
    /// The order.
    pub order: OrderId,
}

impl PublicEvent for OrderUnpacked {
    const SOURCE: &'static str = "inventory";
    const KIND: &'static str = "order_unpacked";
}

/// A clerk did not find enough and gives the order back to the contact center.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PickShort {
    /// The order.
    pub order: OrderId,
    /// Where.
    pub site: SiteId,
    /// What is missing, and how much of it.
    pub missing: Vec<StockLine>,
}

impl PublicEvent for PickShort {
    const SOURCE: &'static str = "inventory";
    const KIND: &'static str = "pick_short";
}
