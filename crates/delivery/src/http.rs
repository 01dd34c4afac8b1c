//! The endpoints: what shoppers may know, what drivers do, what the back office sets.

mod history;
mod shipments;

use contracts::shared::SiteId;
use kit::auth::{Actor, Permission};
use kit::http::{App, IfMatch, Json, Path, Reply};
use kit::problem::Problem;
use kit::store::Reader;
use kit::time::BusinessDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::address::{self, Address, Flaw, Zone};
use crate::events::DeliveryEvent;
use crate::method::{self, Method};
use crate::store;

/// See shipments.
const READ: Permission = Permission("delivery.read");
/// Bring shipments to customers.
const DRIVE: Permission = Permission("delivery.drive");
/// End deliveries that nobody wants.
const RETURN: Permission = Permission("delivery.return");
/// Record money that was owed for what customers have already.
const COLLECT: Permission = Permission("delivery.collect");
/// Set methods, zones and opening hours.
const EDIT: Permission = Permission("delivery.edit");

/// What may be granted.
pub(crate) const PERMISSIONS: &[(Permission, &str)] = &[
    (READ, "See shipments"),
    (DRIVE, "Bring shipments to customers"),
    (RETURN, "End deliveries that nobody wants: the goods come back"),
    (COLLECT, "Record money that was owed for what customers have already"),
    (EDIT, "Set ways of delivery, zones and opening hours of pick-up"),
];

/// The most zones that there can be.
const MOST_ZONES: usize = 500;

/// The endpoints.
pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(methods_list, methods_set))
        .routes(routes!(zones_list, zones_set))
        .routes(routes!(pick_up_sites_list))
        .routes(routes!(pick_up_hours_set))
        .routes(routes!(address_check))
        .routes(routes!(shipments::shipment_list))
        .routes(routes!(shipments::shipment_get))
        .routes(routes!(shipments::shipment_deliver))
        .routes(routes!(shipments::delivered_note))
        .routes(routes!(shipments::shipment_collect))
        .routes(routes!(shipments::shipment_fail))
        .routes(routes!(shipments::shipment_take_back))
        .routes(routes!(shipments::order_track))
        .routes(routes!(history::delivery_history))
}

/// Ways of delivery to set.
#[derive(Debug, Clone, Deserialize, ToSchema)]
struct SetMethods {
    /// All there shall be, in the order in which they are shown; those not named are no longer offered.
    methods: Vec<Method>,
    /// The version that the change was decided on; refused when it is at another. Without, they become so whoever changed them.
    #[serde(default)]
    version: Option<i64>,
}

/// Ways of delivery.
#[derive(Debug, Serialize, ToSchema)]
struct MethodList {
    /// In the order in which they are shown.
    methods: Vec<MethodView>,
    /// How often they were set; for `version` when they are set again.
    version: i64,
}

/// A way of delivery.
#[derive(Debug, Serialize, ToSchema)]
struct MethodView {
    /// What it is.
    #[serde(flatten)]
    method: Method,
    /// The day on which an order placed now leaves, where that is promised.
    #[serde(skip_serializing_if = "Option::is_none")]
    leaves_on: Option<BusinessDate>,
    /// Whether that is today, by the clock of the cut-off; absent as the day.
    #[serde(skip_serializing_if = "Option::is_none")]
    leaves_today: Option<bool>,
}

/// Zones to set.
#[derive(Debug, Clone, Deserialize, ToSchema)]
struct SetZones {
    /// All there shall be, at most 500; a longer prefix goes before a shorter one.
    zones: Vec<Zone>,
    /// The version that the change was decided on; refused when they are at another. Without, they become so whoever changed them.
    #[serde(default)]
    version: Option<i64>,
}

/// Zones: all there are.
#[derive(Debug, Clone, Serialize, ToSchema)]
struct ZoneList {
    /// A longer prefix goes before a shorter one.
    zones: Vec<Zone>,
    /// How often they were set; for `version` when they are set again.
    version: i64,
}

/// Where customers can fetch orders.
#[derive(Debug, Serialize, ToSchema)]
struct PickUpSiteList {
    /// By region and name.
    sites: Vec<PickUpSiteView>,
}

/// A place where customers fetch orders.
#[derive(Debug, Serialize, ToSchema)]
struct PickUpSiteView {
    /// The site.
    site: SiteId,
    /// Its short code.
    code: String,
    /// Its name.
    name: String,
    /// Its address in lines.
    address: Vec<String>,
    /// Its region.
    region: String,
    /// Its time zone.
    zone: String,
    /// When customers can come, in words; empty where nobody has said.
    hours: String,
    /// How often the hours were set; for `version` when they are set again.
    version: i64,
}

/// When customers can come to a site.
#[derive(Debug, Clone, Deserialize, ToSchema)]
struct SetHours {
    /// In words, up to 200 characters: "Mon–Sat 9:00–20:00".
    hours: String,
    /// The version that the change was decided on; refused when they are at another. Without, they become so whoever changed them.
    #[serde(default)]
    version: Option<i64>,
}

/// When customers can come to a site, as it stands.
#[derive(Debug, Clone, Serialize, ToSchema)]
struct HoursView {
    /// In words.
    hours: String,
    /// How often they were set.
    version: i64,
}

/// What an address check found.
#[derive(Debug, Serialize, ToSchema)]
struct AddressVerdict {
    /// The address in one spelling.
    address: Address,
    /// The region that it lies in, where known.
    #[serde(skip_serializing_if = "Option::is_none")]
    region: Option<String>,
    /// What cannot be right; empty when all can.
    flaws: Vec<Flaw>,
}

/// Lists ways of delivery. Anybody may.
#[utoipa::path(get, path = "/api/delivery/methods", operation_id = "delivery_method_list_all", tag = "delivery",
    responses((status = 200, body = MethodList), (status = "default", body = Problem)))]
async fn methods_list(app: App, _: Actor) -> Reply<MethodList> {
    shown(&app).await
}

async fn shown(app: &App) -> Reply<MethodList> {
    let now = app.runtime().now();
    let (methods, version) =
        app.read(|reader| Ok((store::methods(reader)?, store::version(reader, store::METHODS)?))).await?;
    let view = |method: Method| MethodView {
        leaves_on: method.leaves_on(now),
        leaves_today: method.leaves_today(now),
        method,
    };
    Ok(Json(MethodList { methods: methods.into_iter().map(view).collect(), version }))
}

/// Sets ways of delivery: these and no others.
#[utoipa::path(put, path = "/api/delivery/methods", operation_id = "delivery_method_set_all", tag = "delivery",
    request_body = SetMethods, responses((status = 200, body = MethodList), (status = "default", body = Problem)))]
async fn methods_set(app: App, actor: Actor, Json(body): Json<SetMethods>) -> Reply<MethodList> {
    actor.may(EDIT, None)?;
    method::check(&body.methods)?;
    app.write(&actor, move |tx| {
        let version = store::version(tx, store::METHODS)?;
        seen(body.version, version)?;
        let mut methods = body.methods.clone();
        for known in store::methods(tx)? {
            if !methods.iter().any(|method| method.code == known.code) {
                methods.push(Method { offered: false, ..known });
            }
        }
        tx.record(store::METHODS, version, DeliveryEvent::MethodsSet { methods })?;
        Ok(())
    })
    .await?;
    shown(&app).await
}

/// Refuses what was decided on another version than the present one, where that was said.
fn seen(wanted: Option<i64>, version: i64) -> Result<(), Problem> {
    wanted.map_or(Ok(()), |seen| IfMatch(seen).check(version))
}

/// Lists zones. Anybody may.
#[utoipa::path(get, path = "/api/delivery/zones", operation_id = "delivery_zone_list", tag = "delivery",
    responses((status = 200, body = ZoneList), (status = "default", body = Problem)))]
async fn zones_list(app: App, _: Actor) -> Reply<ZoneList> {
    app.read(|reader| Ok(Json(zone_list(reader)?))).await
}

fn zone_list(reader: &mut Reader<'_>) -> Result<ZoneList, Problem> {
    Ok(ZoneList { zones: store::zones(reader)?, version: store::version(reader, store::ZONES)? })
}

/// Sets zones: these and no others.
#[utoipa::path(put, path = "/api/delivery/zones", operation_id = "delivery_zone_set", tag = "delivery", request_body = SetZones,
    responses((status = 200, body = ZoneList), (status = "default", body = Problem)))]
async fn zones_set(app: App, actor: Actor, Json(body): Json<SetZones>) -> Reply<ZoneList> {
    actor.may(EDIT, None)?;
    if body.zones.len() > MOST_ZONES {
        return Err(Problem::unfit("too-many", format!("there can be at most {MOST_ZONES} zones")));
    }
    let mut zones = body.zones.clone();
    zones.sort_by(|a, b| (&a.country, &a.prefix).cmp(&(&b.country, &b.prefix)));
    for zone in &zones {
        let is_named = (1..=60).contains(&zone.region.trim().chars().count());
        if !address::is_country(&zone.country)
            || address::bare(&zone.prefix) != zone.prefix
            || zone.prefix.len() > 10
            || !is_named
        {
            return Err(Problem::unfit(
                "delivery-zone",
                "a zone has a country of two capital letters, a prefix of at most 10 capital letters and digits, and a region of 1 to 60 characters",
            ));
        }
    }
    if zones.windows(2).any(|pair| (&pair[0].country, &pair[0].prefix) == (&pair[1].country, &pair[1].prefix)) {
        return Err(Problem::unfit("twice", "a prefix is named twice"));
    }
    app.write(&actor, move |tx| {
        let version = store::version(tx, store::ZONES)?;
        seen(body.version, version)?;
        tx.record(store::ZONES, version, DeliveryEvent::ZonesSet { zones: zones.clone() })?;
        Ok(Json(zone_list(tx)?))
    })
    .await
}

/// Lists where customers can fetch orders. Anybody may.
#[utoipa::path(get, path = "/api/delivery/pick-up-sites", operation_id = "pick_up_site_list", tag = "delivery",
    responses((status = 200, body = PickUpSiteList), (status = "default", body = Problem)))]
async fn pick_up_sites_list(app: App, _: Actor) -> Reply<PickUpSiteList> {
    let sites = app.read(|reader| Ok(store::pick_up_sites(reader)?)).await?;
    let view = |site: store::PickUpSite| PickUpSiteView {
        site: site.site,
        code: site.code,
        name: site.name,
        address: site.address,
        region: site.region,
        zone: site.zone,
        hours: site.hours,
        version: site.version,
    };
    Ok(Json(PickUpSiteList { sites: sites.into_iter().map(view).collect() }))
}

/// Sets when customers can come to a site.
#[utoipa::path(put, path = "/api/delivery/pick-up-sites/{id}", operation_id = "pick_up_hours_set", tag = "delivery",
    params(("id" = String, Path)), request_body = SetHours,
    responses((status = 200, body = HoursView), (status = "default", body = Problem)))]
async fn pick_up_hours_set(
    app: App,
    actor: Actor,
    Path(site): Path<SiteId>,
    Json(body): Json<SetHours>,
) -> Reply<HoursView> {
    actor.may(EDIT, Some(site))?;
    let hours = body.hours.trim().to_owned();
    if hours.chars().count() > 200 {
        return Err(Problem::unfit("text", "opening hours have at most 200 characters"));
    }
    app.write(&actor, move |tx| {
        let version = store::hours_version(tx, site)?.ok_or_else(|| Problem::not_found("site", site))?;
        seen(body.version, version)?;
        let hours = hours.clone();
        let set = DeliveryEvent::HoursSet { site, hours: hours.clone() };
        let version = tx.record(store::hours_of(site), version, set)?;
        Ok(Json(HoursView { hours, version }))
    })
    .await
}

/// Says whether an address can be right, how it is written, and in which region it lies. Anybody may.
#[utoipa::path(post, path = "/api/delivery/address/check", operation_id = "address_check", tag = "delivery", request_body = Address,
    responses((status = 200, body = AddressVerdict), (status = "default", body = Problem)))]
async fn address_check(app: App, _: Actor, Json(body): Json<Address>) -> Reply<AddressVerdict> {
    let zones = app.read(|reader| Ok(store::zones(reader)?)).await?;
    let (address, flaws) = address::checked(&body);
    let region = address::region(&zones, &address.country, &address.postcode).map(str::to_owned);
    Ok(Json(AddressVerdict { address, region, flaws }))
}
