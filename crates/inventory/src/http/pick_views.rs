//! What picks look like on the wire.

use contracts::inventory::PickId;
use contracts::orders::{Collected, OrderId, OrderState};
use contracts::shared::{ProductId, SiteId};
use kit::quantity::Quantity;
use kit::time::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::returns::ReturnView;
use crate::pick::{Pick, Shortage};
use crate::store::places::Place;

/// A pick in short.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(super) struct PickSummary {
    /// Its id.
    id: PickId,
    /// The order.
    order: OrderId,
    /// The number on paper.
    number: String,
    /// Where the goods are taken.
    site: SiteId,
    /// The site that hands the order over.
    hand_over_site: SiteId,
    /// Whether the customer comes for them.
    pick_up: bool,
    /// `open`, `picking` (somebody holds it), `picked`, `packed`, `handed_over`, `put_back` (no longer wanted, to be put back) or
    /// `cancelled`.
    state: String,
    /// Who holds it now.
    #[serde(skip_serializing_if = "Option::is_none")]
    taken_by: Option<String>,
    /// Until when they hold it unless they go on.
    #[serde(skip_serializing_if = "Option::is_none")]
    taken_until: Option<Timestamp>,
    /// Whether the contact center has it because goods are missing.
    with_agent: bool,
    /// How many products it asks for.
    lines: usize,
    /// How many of them are taken as asked.
    lines_done: usize,
    /// In how many parcels the goods lie, once packed.
    #[serde(skip_serializing_if = "Option::is_none")]
    parcels: Option<i64>,
    /// When it was opened.
    opened_at: Timestamp,
    /// Counts changes, from 1.
    version: i64,
}

impl PickSummary {
    /// How `pick` looks at `now`.
    pub(super) fn at(pick: &Pick, now: Timestamp) -> PickSummary {
        let holder = pick.holder(now);
        let state = match (holder, pick.state) {
            (Some(_), crate::pick::State::Open) => "picking",
            (_, state) => state.code(),
        };
        PickSummary {
            id: pick.id,
            order: pick.purpose.order,
            number: pick.purpose.number.clone(),
            site: pick.site,
            hand_over_site: pick.purpose.hand_over_site,
            pick_up: pick.purpose.pick_up,
            state: state.to_owned(),
            taken_by: holder.map(|lease| lease.by.clone()),
            taken_until: holder.map(|lease| lease.until),
            with_agent: pick.with_agent,
            lines: pick.lines.len(),
            lines_done: pick.lines.iter().filter(|line| line.is_done()).count(),
            parcels: pick.parcels,
            opened_at: pick.opened_at,
            version: pick.version,
        }
    }
}

/// A page of picks.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct PickPage {
    /// The picks.
    pub(super) picks: Vec<PickSummary>,
    /// The cursor of the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) next: Option<PickId>,
}

/// A product of a pick.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(super) struct PickItem {
    /// The product.
    product: ProductId,
    /// Where it lies; empty where nobody said.
    place: String,
    /// How much is wanted.
    asked: Quantity,
    /// How much was taken.
    picked: Quantity,
    /// How much was looked for in vain and not decided on yet.
    missing: Quantity,
    /// How much was taken and is no longer wanted.
    put_back: Quantity,
    /// Whether exactly what is wanted was taken.
    done: bool,
}

/// A pick with its goods in the order of the walk.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(super) struct PickView {
    /// What it is.
    #[serde(flatten)]
    pub(super) summary: PickSummary,
    /// Its goods: those with a place first, by place.
    items: Vec<PickItem>,
}

impl PickView {
    /// How `pick` looks at `now`, with the `places` of its products.
    pub(super) fn at(pick: &Pick, places: &[Place], now: Timestamp) -> PickView {
        let place = |product: ProductId| {
            places.iter().find(|place| place.product == product).map(|place| place.name.clone()).unwrap_or_default()
        };
        let wanted = |asked: i64| if pick.state.is_live() || !needs_put_back(pick) { asked } else { 0 };
        let mut items: Vec<PickItem> = pick
            .lines
            .iter()
            .map(|line| PickItem {
                product: line.product,
                place: place(line.product),
                asked: line.quantity(line.asked_milli),
                picked: line.quantity(line.picked_milli),
                missing: line.quantity(line.missing_milli),
                put_back: line.quantity((line.picked_milli - wanted(line.asked_milli)).max(0)),
                done: line.is_done(),
            })
            .collect();
        items.sort_by(|a, b| (a.place.is_empty(), &a.place, a.product).cmp(&(b.place.is_empty(), &b.place, b.product)));
        PickView { summary: PickSummary::at(pick, now), items }
    }
}

fn needs_put_back(pick: &Pick) -> bool {
    pick.state == crate::pick::State::PutBack
}

/// The picks of an order, and what comes back of it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct OrderPicks {
    /// What nobody took and comes back, or came.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) returns: Vec<ReturnView>,
    /// By site, those that the actor may see.
    pub(super) picks: Vec<PickView>,
}

/// What was scanned or tapped.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ScanPick {
    /// The code, 1 to 64 letters, digits, dots, dashes or underscores; the catalog knows the product.
    #[serde(default)]
    pub(super) barcode: Option<String>,
    /// The product, where there is no code.
    #[serde(default)]
    pub(super) product: Option<ProductId>,
    /// How much of it; what the code stands for, or one, when absent.
    #[serde(default)]
    pub(super) quantity: Option<Quantity>,
}

/// What a scan came to.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(super) struct Scanned {
    /// The product.
    pub(super) product: ProductId,
    /// The pick afterwards.
    pub(super) pick: PickView,
}

/// How much of a product is taken.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PickedLine {
    /// The product.
    pub(super) product: ProductId,
    /// All that is taken of it now.
    pub(super) picked: Quantity,
}

/// How much of products is taken, whatever was noted before.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SetPicked {
    /// 1 to 500 products.
    pub(super) lines: Vec<PickedLine>,
}

/// Goods that are not on the shelf.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ReportShort {
    /// The product.
    pub(super) product: ProductId,
    /// How much of it is missing.
    pub(super) missing: Quantity,
    /// What becomes of it.
    pub(super) how: Shortage,
    /// The product that the customer gets instead.
    #[serde(default)]
    pub(super) substitute: Option<ProductId>,
    /// How much of it; as much as is missing when absent.
    #[serde(default)]
    pub(super) substitute_quantity: Option<Quantity>,
    /// What still lies on the shelf now, without what was picked for this or another order: on hand becomes that and what was
    /// picked, for the reason `short-pick`.
    #[serde(default)]
    pub(super) counted: Option<Quantity>,
}

/// Packs a pick.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PackPick {
    /// Into how many parcels, 1 to 999.
    pub(super) parcels: i64,
}

/// Hands goods over.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct HandOver {
    /// The number on the customer's or courier's paper, to be compared.
    #[serde(default)]
    pub(super) number: Option<String>,
    /// What the customer paid at the counter, where something is to be paid on taking the goods. Without it the answer is
    /// `orders/to-be-paid`, which says how much.
    #[serde(default)]
    pub(super) collected: Option<Collected>,
}

/// What a hand-over came to.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct HandedOver {
    /// Where the order stands. `releasing`: the money is still being taken, ask again.
    pub(super) order_state: OrderState,
    /// The pick afterwards.
    pub(super) pick: PickView,
}
