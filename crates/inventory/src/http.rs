//! The endpoints: reservations and availability for other services, facts and questions for people.

use contracts::inventory::{
    AmendReservation, AskAvailability, Availability, AvailabilityView, CommitReservation, ProductTotal,
    ReleaseReservation, ReservationId, ReservationView, Reserve, StockLine,
};
use contracts::shared::{ProductId, SiteId};
use kit::auth::{Actor, Permission};
use kit::http::{App, Json, Keyed, Path, Reply, RequestKey};
use kit::problem::Problem;
use kit::quantity::{Quantity, Unit};
use kit::store::Tx;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::reservation::{self, Reservation};
use crate::stock::{self, Levels};
use crate::{jobs, missing, store};

mod facts;
mod history;
mod pick_counts;
mod pick_views;
mod picks;
mod places;
mod returns;
mod shelves;

const READ: Permission = Permission("inventory.read");
const RESERVE: Permission = Permission("inventory.reserve");
const RECEIVE: Permission = Permission("inventory.receive");
const COUNT: Permission = Permission("inventory.count");
const TRANSFER: Permission = Permission("inventory.transfer");
const SELL: Permission = Permission("inventory.sell");
const PICK: Permission = Permission("inventory.pick");
const PLACE: Permission = Permission("inventory.place");

/// What may be granted for this service.
pub(crate) const PERMISSIONS: &[(Permission, &str)] = &[
    (READ, "See stock, movements and reservations of a site."),
    (RESERVE, "Promise stock of a site, give it back, and note what was picked."),
    (RECEIVE, "Record goods that came in."),
    (COUNT, "Record what a count found."),
    (TRANSFER, "Send goods of a site to another."),
    (SELL, "Record what a till of a site has sold."),
    (
        PICK,
        "Pick, pack and hand over orders at a site, drop or replace what its shelves lack, correct on hand for it, and take in what comes back.",
    ),
    (PLACE, "Tell where products lie at a site."),
];

/// The most products or sites of one question.
const MAX_ASKED: usize = 500;
/// The most movements of one page.
const MAX_PAGE: i64 = 200;

/// The endpoints of this service.
pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(reservation_reserve))
        .routes(routes!(reservation_commit))
        .routes(routes!(reservation_release))
        .routes(routes!(reservation_amend))
        .routes(routes!(reservation_show))
        .routes(routes!(reservation_pick))
        .routes(routes!(availability_ask))
        .routes(routes!(shelves::stock_show))
        .routes(routes!(shelves::movement_list))
        .routes(routes!(shelves::site_stock))
        .routes(routes!(facts::stock_receive))
        .routes(routes!(facts::stock_count))
        .routes(routes!(facts::stock_transfer))
        .routes(routes!(facts::stock_sell))
        .routes(routes!(picks::pick_start))
        .routes(routes!(picks::pick_list))
        .routes(routes!(pick_counts::pick_waiting))
        .routes(routes!(pick_counts::pick_progress))
        .routes(routes!(picks::pick_show))
        .routes(routes!(picks::pick_of_order))
        .routes(routes!(history::inventory_history))
        .routes(routes!(picks::pick_take))
        .routes(routes!(picks::pick_leave))
        .routes(routes!(picks::pick_scan))
        .routes(routes!(picks::pick_set_lines))
        .routes(routes!(picks::pick_short))
        .routes(routes!(picks::pick_pack))
        .routes(routes!(picks::pick_hand_over))
        .routes(routes!(picks::pick_put_back))
        .routes(routes!(places::place_list, places::place_set))
        .routes(routes!(returns::return_list))
        .routes(routes!(returns::return_show))
        .routes(routes!(returns::return_receive))
}

/// Notes what was taken from its place for a reservation.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PickReservation {
    /// What was picked; all that the reservation claims when empty.
    #[serde(default)]
    lines: Vec<StockLine>,
}

/// Reserves all lines or none. The reservation's id is the request key.
#[utoipa::path(post, path = "/api/inventory/reservations", operation_id = "reservation_reserve", tag = "inventory",
    request_body = Reserve, responses((status = 200, body = ReservationView), (status = "default", body = Problem)))]
async fn reservation_reserve(app: App, actor: Actor, Json(asked): Json<Reserve>) -> Reply<ReservationView> {
    may_all(&actor, RESERVE, asked.lines.iter().map(|line| line.site))?;
    stock::text("holder", &asked.holder)?;
    let asked = Reserve { lines: stock::sorted_lines(asked.lines, 1)?, ..asked };
    app.write(&actor, move |tx| {
        let found = store::found(tx, asked.reservation, &asked.lines)?;
        let decided = reservation::reserve(found.reservation, &found.levels, &asked, tx.now())?;
        if decided.event.is_some() {
            jobs::expire_at(tx, asked.expires_at)?;
        }
        Ok(Json(view(store::record(tx, decided)?)))
    })
    .await
}

/// Makes a reservation permanent, so that it no longer expires.
#[utoipa::path(post, path = "/api/inventory/reservations/commit", operation_id = "reservation_commit",
    tag = "inventory", request_body = CommitReservation,
    responses((status = 200, body = ReservationView), (status = "default", body = Problem)))]
async fn reservation_commit(app: App, actor: Actor, Json(asked): Json<CommitReservation>) -> Reply<ReservationView> {
    let asker = actor.clone();
    app.write(&actor, move |tx| {
        let before = known(tx, &asker, asked.reservation)?;
        let levels = if before.holds() { Levels::default() } else { store::levels(tx, &before.lines)? };
        Ok(Json(view(store::record(tx, reservation::commit(before, &levels)?)?)))
    })
    .await
}

/// Gives a reservation's stock back. One that was never made can no longer be made.
#[utoipa::path(post, path = "/api/inventory/reservations/release", operation_id = "reservation_release",
    tag = "inventory", request_body = ReleaseReservation,
    responses((status = 200, body = ReservationView), (status = "default", body = Problem)))]
async fn reservation_release(app: App, actor: Actor, Json(asked): Json<ReleaseReservation>) -> Reply<ReservationView> {
    let asker = actor.clone();
    app.write(&actor, move |tx| {
        let before = store::reservation(tx, asked.reservation)?;
        may_all(&asker, RESERVE, sites(before.as_ref()))?;
        let decided = reservation::release(asked.reservation, before, tx.now())?;
        Ok(Json(view(store::record(tx, decided)?)))
    })
    .await
}

/// Replaces a reservation's lines, all or nothing.
#[utoipa::path(post, path = "/api/inventory/reservations/amend", operation_id = "reservation_amend",
    tag = "inventory", request_body = AmendReservation,
    responses((status = 200, body = ReservationView), (status = "default", body = Problem)))]
async fn reservation_amend(app: App, actor: Actor, Json(asked): Json<AmendReservation>) -> Reply<ReservationView> {
    may_all(&actor, RESERVE, asked.lines.iter().map(|line| line.site))?;
    let lines = stock::sorted_lines(asked.lines, 1)?;
    let asker = actor.clone();
    app.write(&actor, move |tx| {
        let found = store::found(tx, asked.reservation, &lines)?;
        let before = found.reservation.ok_or_else(|| Problem::not_found("reservation", asked.reservation))?;
        may_all(&asker, RESERVE, sites(Some(&before)))?;
        let decided = reservation::amend(before, &found.levels, asked.amendment, &lines)?;
        let after = store::record(tx, decided)?;
        if let (false, Ok(order)) = (asked.on_shelf, after.holder.parse()) {
            missing::let_go(tx, order, &after.lines)?;
        }
        store::picks::follow(tx, &after)?;
        Ok(Json(view(after)))
    })
    .await
}

/// Shows a reservation.
#[utoipa::path(get, path = "/api/inventory/reservations/{id}", operation_id = "reservation_show", tag = "inventory",
    params(("id" = ReservationId, Path)),
    responses((status = 200, body = ReservationView), (status = "default", body = Problem)))]
async fn reservation_show(app: App, actor: Actor, Path(id): Path<ReservationId>) -> Reply<ReservationView> {
    let found = app.glance(move |reader| Ok(store::reservation(reader, id)?)).await?;
    may_any(&actor, READ, sites(found.as_ref()))?;
    let found = found.ok_or_else(|| Problem::not_found("reservation", id))?;
    Ok(Json(view(found)))
}

/// Notes what was taken from its place for a reservation; on hand changes when it leaves.
#[utoipa::path(post, path = "/api/inventory/reservations/{id}/pick", operation_id = "reservation_pick",
    tag = "inventory", params(("id" = ReservationId, Path), RequestKey),
    request_body = PickReservation,
    responses((status = 200, body = ReservationView), (status = "default", body = Problem)))]
async fn reservation_pick(
    app: App,
    actor: Actor,
    Path(id): Path<ReservationId>,
    asked: Keyed<PickReservation>,
) -> Reply<ReservationView> {
    let key = asked.request_key(&actor, &format!("reservation_pick:{id}"));
    let lines = if asked.body.lines.is_empty() { Vec::new() } else { stock::sorted_lines(asked.body.lines, 1)? };
    let asker = actor.clone();
    let picked = app.once(&actor, &key, move |tx| {
        let before = known(tx, &asker, id)?;
        Ok(view(store::record(tx, reservation::pick(before, lines.clone())?)?))
    });
    Ok(Json(picked.await?))
}

/// Tells what can be promised of many products at many sites, or over a region. Anybody may ask.
#[utoipa::path(post, path = "/api/inventory/availability", operation_id = "availability_ask", tag = "inventory",
    request_body = AskAvailability,
    responses((status = 200, body = AvailabilityView), (status = "default", body = Problem)))]
async fn availability_ask(app: App, _: Actor, Json(asked): Json<AskAvailability>) -> Reply<AvailabilityView> {
    if asked.products.len() > MAX_ASKED || asked.sites.len() > MAX_ASKED {
        return Err(Problem::invalid(format!(
            "at most {MAX_ASKED} products and {MAX_ASKED} sites can be asked at once"
        )));
    }
    if asked.region.is_some() && !asked.sites.is_empty() {
        return Err(Problem::invalid("either sites are asked for or a region"));
    }
    let products = asked.products.clone();
    let levels = app
        .glance(move |reader| {
            let Some(region) = &asked.region else {
                return Ok(store::availability(reader, &asked.products, &asked.sites)?);
            };
            let sites = store::open_sites(reader, region)?;
            let is_nowhere = sites.is_empty();
            Ok(if is_nowhere { Levels::default() } else { store::availability(reader, &asked.products, &sites)? })
        })
        .await?;
    Ok(Json(availability(&products, &levels)))
}

/// The reservation `id`, for somebody who may change it.
fn known(tx: &mut Tx<'_>, actor: &Actor, id: ReservationId) -> Result<Reservation, Problem> {
    let found = store::reservation(tx, id)?;
    may_all(actor, RESERVE, sites(found.as_ref()))?;
    found.ok_or_else(|| Problem::not_found("reservation", id))
}

fn sites(reservation: Option<&Reservation>) -> impl Iterator<Item = SiteId> {
    reservation.into_iter().flat_map(|reservation| reservation.lines.iter().map(|line| line.site))
}

/// Refuses unless the actor may at all of `sites`; where there are none, everywhere.
fn may_all(actor: &Actor, permission: Permission, sites: impl Iterator<Item = SiteId>) -> Result<(), Problem> {
    let mut asked = None;
    for site in sites.filter(|site| asked.replace(*site) != Some(*site)) {
        actor.may(permission, Some(site))?;
    }
    if asked.is_none() { actor.may(permission, None) } else { Ok(()) }
}

/// Refuses unless the actor may at one of `sites`, or everywhere.
fn may_any(actor: &Actor, permission: Permission, sites: impl Iterator<Item = SiteId>) -> Result<(), Problem> {
    let mut sites = sites;
    if sites.any(|site| actor.may(permission, Some(site)).is_ok()) { Ok(()) } else { actor.may(permission, None) }
}

fn view(reservation: Reservation) -> ReservationView {
    ReservationView {
        id: reservation.id,
        holder: reservation.holder,
        state: reservation.state,
        lines: reservation.lines,
        expires_at: reservation.expires_at,
        version: reservation.version,
    }
}

/// The unit of a product; pieces when it is stocked nowhere.
fn unit_of(levels: &Levels, product: ProductId) -> Unit {
    levels.units.get(&product).copied().unwrap_or(Unit::Piece)
}

fn availability(products: &[ProductId], levels: &Levels) -> AvailabilityView {
    let lines = levels.rows.iter().map(|((product, site), level)| Availability {
        product: *product,
        site: *site,
        on_hand: level.quantity(level.on_hand_milli),
        reserved: level.quantity(level.reserved_milli),
        available: level.quantity(level.available_milli()),
    });
    let totals = products.iter().map(|product| {
        let of_product = levels.rows.range((*product, SiteId::from_u128(0))..=(*product, SiteId::from_u128(u128::MAX)));
        let milli = of_product.map(|(_, level)| level.available_milli()).sum();
        ProductTotal { product: *product, available: Quantity { milli, unit: unit_of(levels, *product) } }
    });
    AvailabilityView { lines: lines.collect(), totals: totals.collect() }
}
