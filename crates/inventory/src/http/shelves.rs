//! Stock as people look at it: a product everywhere, a site's shelves, and what moved.

use contracts::inventory::Availability;
use contracts::shared::{ProductId, SiteId};
use kit::auth::Actor;
use kit::http::{App, Json, Path, Query, Reply};
use kit::problem::Problem;
use kit::quantity::Quantity;
use kit::time::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{MAX_PAGE, READ, availability, may_any, unit_of};
use crate::stock::Level;
use crate::store;

/// Stock of a product at every site that the actor may see.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct StockView {
    /// The product.
    product: ProductId,
    /// By site.
    sites: Vec<Availability>,
    /// On hand at these sites.
    on_hand: Quantity,
    /// Reserved at these sites.
    reserved: Quantity,
    /// Available to promise at these sites.
    available: Quantity,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct MovementQuery {
    product: ProductId,
    site: Option<SiteId>,
    after: Option<i64>,
    limit: Option<i64>,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct ShelfQuery {
    filter: Option<String>,
    low: Option<i64>,
    after: Option<ProductId>,
    limit: Option<i64>,
}

/// A product on a site's shelves.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct ShelfView {
    /// How much there is.
    #[serde(flatten)]
    stock: Availability,
    /// Where it lies; empty where nobody said.
    place: String,
    /// How often its place was set; for `version` when it is set again.
    place_version: i64,
}

/// Products of a site.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct ShelfPage {
    /// By product.
    lines: Vec<ShelfView>,
    /// The cursor of the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<ProductId>,
}

/// Movements of a product, the newest first.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct MovementPage {
    /// The movements.
    movements: Vec<MovementView>,
    /// The cursor of the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<i64>,
}

/// A movement of stock.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct MovementView {
    /// Its place in the ledger: grows with time.
    seq: i64,
    /// `received`, `reserved`, `released`, `picked`, `shipped`, `adjusted`, `transferred_out` or `transferred_in`.
    kind: &'static str,
    /// Where.
    site: SiteId,
    /// How much was moved; below zero only for an adjustment downwards.
    quantity: Quantity,
    /// What it added to on hand.
    on_hand: Quantity,
    /// What it added to reserved.
    reserved: Quantity,
    /// The reservation, pick or document that moved it.
    document: String,
    /// Who did it.
    by: String,
    /// Why, where a person had to say.
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<String>,
    /// The order, delivery note, transfer note or receipt.
    #[serde(skip_serializing_if = "Option::is_none")]
    reference: Option<String>,
    /// When it was recorded.
    at: Timestamp,
}

/// Shows a product's stock at every site that the actor may see.
#[utoipa::path(get, path = "/api/inventory/stock/{product}", operation_id = "stock_show", tag = "inventory",
    params(("product" = ProductId, Path)),
    responses((status = 200, body = StockView), (status = "default", body = Problem)))]
pub(super) async fn stock_show(app: App, actor: Actor, Path(product): Path<ProductId>) -> Reply<StockView> {
    let mut levels = app.read(move |reader| Ok(store::availability(reader, &[product], &[])?)).await?;
    may_any(&actor, READ, levels.rows.keys().map(|(_, site)| *site))?;
    levels.rows.retain(|(_, site), _| actor.may(READ, Some(*site)).is_ok());
    let unit = unit_of(&levels, product);
    let sum = |milli: fn(&Level) -> i64| Quantity { milli: levels.rows.values().map(milli).sum(), unit };
    Ok(Json(StockView {
        product,
        on_hand: sum(|level| level.on_hand_milli),
        reserved: sum(|level| level.reserved_milli),
        available: sum(|level| level.available_milli()),
        sites: availability(&[product], &levels).lines,
    }))
}

/// Lists the movements of a product at a site, or at every site that the actor may see, the newest first.
#[utoipa::path(get, path = "/api/inventory/movements", operation_id = "movement_list", tag = "inventory",
    params(("product" = ProductId, Query), ("site" = Option<SiteId>, Query),
        ("after" = Option<i64>, Query, description = "The cursor of the page before."),
        ("limit" = Option<i64>, Query, description = "1 to 200; 50 when absent.")),
    responses((status = 200, body = MovementPage), (status = "default", body = Problem)))]
pub(super) async fn movement_list(app: App, actor: Actor, Query(asked): Query<MovementQuery>) -> Reply<MovementPage> {
    let MovementQuery { product, site, after, limit } = asked;
    if let Some(site) = site {
        actor.may(READ, Some(site))?;
    }
    let limit = limit.unwrap_or(50).clamp(1, MAX_PAGE);
    let before = after.unwrap_or(i64::MAX);
    let mut entries = app
        .read(move |reader| {
            if let Some(site) = site {
                return Ok(store::movements(reader, product, site, before, limit + 1)?);
            }
            let levels = store::availability(reader, &[product], &[])?;
            may_any(&actor, READ, levels.rows.keys().map(|(_, site)| *site))?;
            // The newest of each site, then the newest of all: an index by product alone would cost every order a write.
            let mut entries = Vec::new();
            for (_, site) in levels.rows.keys().filter(|(_, site)| actor.may(READ, Some(*site)).is_ok()) {
                entries.extend(store::movements(reader, product, *site, before, limit + 1)?);
            }
            entries.sort_by_key(|entry| (std::cmp::Reverse(entry.seq), entry.movement.site));
            Ok(entries)
        })
        .await?;
    let more = entries.len() as i64 > limit;
    // A transfer is two movements of one moment: a page ends before or after both.
    let mut end = entries.len().min(limit as usize);
    while end > 1 && end < entries.len() && entries[end].seq == entries[end - 1].seq {
        end -= 1;
    }
    entries.truncate(end);
    let next = if more { entries.last().map(|entry| entry.seq) } else { None };
    Ok(Json(MovementPage { movements: entries.into_iter().map(movement_view).collect(), next }))
}

/// Lists the products of a site with their stock.
#[utoipa::path(get, path = "/api/inventory/sites/{id}/stock", operation_id = "site_stock", tag = "inventory",
    params(("id" = SiteId, Path),
        ("filter" = Option<String>, Query, description = "`below_zero` on hand, `short` (reserved is more than on hand) or `low`."),
        ("low" = Option<i64>, Query, description = "At most so much to promise, in thousandths of the unit; 0 when absent."),
        ("after" = Option<ProductId>, Query, description = "The cursor of the page before."),
        ("limit" = Option<i64>, Query, description = "1 to 200; 50 when absent.")),
    responses((status = 200, body = ShelfPage), (status = "default", body = Problem)))]
pub(super) async fn site_stock(
    app: App,
    actor: Actor,
    Path(site): Path<SiteId>,
    Query(asked): Query<ShelfQuery>,
) -> Reply<ShelfPage> {
    actor.may(READ, Some(site))?;
    let filter = match asked.filter.as_deref() {
        None => (i64::MAX, false, i64::MAX),
        Some("below_zero") => (0, false, i64::MAX),
        Some("short") => (i64::MAX, true, i64::MAX),
        Some("low") => (i64::MAX, false, asked.low.unwrap_or(0)),
        Some(other) => return Err(Problem::invalid(format!("{other:?} is none of below_zero, short, low"))),
    };
    let limit = asked.limit.unwrap_or(50).clamp(1, MAX_PAGE);
    let after = asked.after.map(|id| id.to_string()).unwrap_or_default();
    let mut shelves = app.read(move |reader| Ok(store::at_site(reader, site, filter, &after, limit + 1)?)).await?;
    let more = shelves.len() as i64 > limit;
    shelves.truncate(limit as usize);
    let next = if more { shelves.last().map(|shelf| shelf.product) } else { None };
    let lines = shelves.into_iter().map(|shelf| ShelfView {
        stock: Availability {
            product: shelf.product,
            site,
            on_hand: shelf.level.quantity(shelf.level.on_hand_milli),
            reserved: shelf.level.quantity(shelf.level.reserved_milli),
            available: shelf.level.quantity(shelf.level.available_milli()),
        },
        place: shelf.place,
        place_version: shelf.place_version,
    });
    Ok(Json(ShelfPage { lines: lines.collect(), next }))
}

fn movement_view(entry: store::Entry) -> MovementView {
    let of_unit = |milli| Quantity { milli, unit: entry.movement.quantity.unit };
    MovementView {
        seq: entry.seq,
        kind: entry.movement.kind.code(),
        site: entry.movement.site,
        quantity: entry.movement.quantity,
        on_hand: of_unit(entry.movement.on_hand_milli),
        reserved: of_unit(entry.movement.reserved_milli),
        document: entry.document,
        by: entry.by,
        why: entry.why,
        reference: entry.reference,
        at: entry.at,
    }
}
