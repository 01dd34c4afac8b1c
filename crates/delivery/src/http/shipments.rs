//! Shipments: the driver's list, what becomes of them, and what the customer may know.

use contracts::delivery::{DeliveredNoted, NoteDelivered};
use contracts::orders::{AskOrders, OrderContact, OrderId};
use contracts::payments::Tender;
use contracts::shared::SiteId;
use kit::auth::Actor;
use kit::http::{App, IfMatch, Json, Path, Query, Reply, Versioned};
use kit::journal;
use kit::money::Money;
use kit::problem::Problem;
use kit::time::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{COLLECT, DRIVE, READ, RETURN};
use crate::events::DeliveryEvent;
use crate::shipment::{self, Shipment, ShipmentId, ShipmentState};
use crate::store;

/// Which shipments to list.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(default)]
pub(super) struct ShipmentQuery {
    /// Only those that this site handed over. Needed by those who may see shipments of their site only.
    site: Option<SiteId>,
    /// Only those in this state; all that are with drivers, also those that were tried in vain or go back, when absent.
    state: Option<ShipmentState>,
    /// Only those that customers have and whose money nobody has recorded, also what was fetched; `state` says nothing then.
    owed: bool,
    /// The one of this order, whatever its state, instead.
    order: Option<OrderId>,
    /// Go on after this: what `next` of the page before said.
    after: Option<String>,
    /// At most so many, 1 to 200; 50 when absent.
    limit: Option<i64>,
}

/// Shipments to customers' doors, the oldest first.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ShipmentList {
    /// A page of them.
    shipments: Vec<ShipmentView>,
    /// Send it as `after` to go on; absent on the last page.
    next: Option<String>,
}

/// A shipment as it stands.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ShipmentView {
    /// Its id.
    id: ShipmentId,
    /// Counts changes; the `ETag`.
    version: i64,
    /// The order whose goods it holds.
    order: OrderId,
    /// The order's number on paper.
    number: String,
    /// The site that handed it over.
    site: SiteId,
    /// Whether the customer fetched it.
    pick_up: bool,
    /// Where it is.
    state: ShipmentState,
    /// What the customer pays at the door.
    collect: Money,
    /// What of it nobody has recorded though the customer has the goods: record it with `collect`.
    owed: Money,
    /// Who gets it and where; absent for what the customer fetches, and once erased.
    #[serde(skip_serializing_if = "Option::is_none")]
    contact: Option<OrderContact>,
    /// When it was handed over.
    handed_over_at: Timestamp,
    /// When the customer got it.
    #[serde(skip_serializing_if = "Option::is_none")]
    delivered_at: Option<Timestamp>,
    /// Attempts that failed.
    attempts: i64,
    /// Why the last one failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

/// Why nobody took a shipment.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub(super) struct FailShipment {
    /// One of `nobody_there`, `wrong_address`, `refused`, `damaged`, `other`.
    reason: String,
}

/// How the customer paid.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
pub(super) struct DeliverShipment {
    /// How, where something was to be paid; nobody has said when absent.
    #[serde(default)]
    tender: Option<Tender>,
}

/// How the customer paid after all.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub(super) struct CollectMoney {
    /// How.
    tender: Tender,
}

/// Where an order's goods are: what the customer may know.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Tracking {
    /// The order.
    order: OrderId,
    /// Its number on paper.
    number: String,
    /// Whether the customer fetched the goods.
    pick_up: bool,
    /// Where they are.
    state: ShipmentState,
    /// What happened, oldest first.
    steps: Vec<TrackingStep>,
}

/// Something that happened to an order's goods.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct TrackingStep {
    /// Where they were from then on.
    state: ShipmentState,
    /// When.
    at: Timestamp,
    /// Why an attempt failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

/// Lists shipments on their way to customers' doors, the oldest first.
#[utoipa::path(get, path = "/api/delivery/shipments", operation_id = "shipment_list", tag = "delivery", params(ShipmentQuery),
    responses((status = 200, body = ShipmentList), (status = "default", body = Problem)))]
pub(super) async fn shipment_list(app: App, actor: Actor, Query(query): Query<ShipmentQuery>) -> Reply<ShipmentList> {
    if let Some(order) = query.order {
        let found = app.read(move |reader| Ok(store::shipment_of(reader, order)?)).await?;
        actor.may(READ, found.as_ref().map(|shipment| shipment.site))?;
        return Ok(Json(ShipmentList { shipments: found.into_iter().map(view).collect(), next: None }));
    }
    actor.may(READ, query.site)?;
    let limit = query.limit.unwrap_or(50).clamp(1, 200);
    let on_their_way = || vec![ShipmentState::HandedOver, ShipmentState::Failed, ShipmentState::TakenBack];
    let states = query.state.map_or_else(on_their_way, |state| vec![state]);
    let (moment, id) = match &query.after {
        None => (0, String::new()),
        Some(after) => {
            let parts = after.split_once('.').and_then(|(moment, id)| Some((moment.parse().ok()?, id.to_owned())));
            parts.ok_or_else(|| Problem::invalid("`after` is what `next` said"))?
        }
    };
    let from = Timestamp::from_micros(moment);
    let found = app
        .read(move |reader| {
            let after = (from, id.as_str());
            Ok(if query.owed {
                store::owed(reader, query.site, after, limit)?
            } else {
                store::shipments(reader, query.site, &states, after, limit)?
            })
        })
        .await?;
    let full = i64::try_from(found.len()).is_ok_and(|count| count == limit);
    let next = found.last().filter(|_| full);
    let next = next.map(|last| format!("{}.{}", last.handed_over_at.as_micros(), last.id));
    Ok(Json(ShipmentList { shipments: found.into_iter().map(view).collect(), next }))
}

/// Shows a shipment.
#[utoipa::path(get, path = "/api/delivery/shipments/{id}", operation_id = "shipment_get", tag = "delivery",
    params(("id" = String, Path)), responses((status = 200, body = ShipmentView), (status = "default", body = Problem)))]
pub(super) async fn shipment_get(
    app: App,
    actor: Actor,
    Path(id): Path<ShipmentId>,
) -> Result<Versioned<ShipmentView>, Problem> {
    let shipment = app.read(move |reader| known(reader, id)).await?;
    actor.may(READ, Some(shipment.site))?;
    Ok(Versioned(shipment.version, view(shipment)))
}

/// Records that the customer has a shipment, and paid for it what was to be paid at the door.
#[utoipa::path(post, path = "/api/delivery/shipments/{id}/deliver", operation_id = "shipment_deliver", tag = "delivery",
    params(("id" = String, Path), IfMatch), request_body = Option<DeliverShipment>,
    responses((status = 200, body = ShipmentView), (status = "default", body = Problem)))]
pub(super) async fn shipment_deliver(
    app: App,
    actor: Actor,
    Path(id): Path<ShipmentId>,
    at: IfMatch,
    Json(body): Json<Option<DeliverShipment>>,
) -> Result<Versioned<ShipmentView>, Problem> {
    let tender = body.and_then(|body| body.tender);
    step(&app, &actor, id, at, move |shipment| Ok(shipment::deliver(shipment, tender)?)).await
}

/// Records the money for a shipment that was called delivered before anybody said that it had been paid. Where orders says that nothing is to
/// be paid any more, no money is taken, and it leaves the list all the same.
#[utoipa::path(post, path = "/api/delivery/shipments/{id}/collect", operation_id = "shipment_collect", tag = "delivery",
    params(("id" = String, Path), IfMatch), request_body = CollectMoney,
    responses((status = 200, body = ShipmentView), (status = 409, description = "`delivery/nothing-owed`.", body = Problem),
        (status = "default", body = Problem)))]
pub(super) async fn shipment_collect(
    app: App,
    actor: Actor,
    Path(id): Path<ShipmentId>,
    at: IfMatch,
    Json(body): Json<CollectMoney>,
) -> Result<Versioned<ShipmentView>, Problem> {
    let shipment = app.read(move |reader| known(reader, id)).await?;
    actor.may(DRIVE, Some(shipment.site)).or_else(|_| actor.may(COLLECT, Some(shipment.site)))?;
    let asked = app.call(&app.itself(), &AskOrders::about(vec![shipment.order])).await?;
    let sheet = asked.orders.into_iter().next().ok_or_else(|| Problem::not_found("order", shipment.order))?;
    let still = shipment::to_collect(&sheet);
    let shipment = app
        .write(&actor, move |tx| {
            let shipment = known(tx, id)?;
            at.check(shipment.version)?;
            tx.record(id, shipment.version, shipment::settle(&shipment, still, body.tender)?)?;
            known(tx, id)
        })
        .await?;
    Ok(Versioned(shipment.version, view(shipment)))
}

/// Notes for another service that the customer has the goods of an order.
#[utoipa::path(post, path = "/api/delivery/shipments/delivered", tag = "delivery", request_body = NoteDelivered,
    responses((status = 200, body = DeliveredNoted), (status = "default", body = Problem)))]
pub(super) async fn delivered_note(app: App, actor: Actor, Json(body): Json<NoteDelivered>) -> Reply<DeliveredNoted> {
    let who = actor.clone();
    let known = app
        .write(&actor, move |tx| {
            let Some(shipment) = store::shipment_of(tx, body.order)? else {
                who.may(DRIVE, None)?;
                return Ok(false);
            };
            who.may(DRIVE, Some(shipment.site))?;
            if let Some(event) = shipment::noted(&shipment)? {
                store::record(tx, shipment.order, shipment.id, shipment.version, event)?;
            }
            Ok(true)
        })
        .await?;
    Ok(Json(DeliveredNoted { known }))
}

/// Records that nobody took a shipment.
#[utoipa::path(post, path = "/api/delivery/shipments/{id}/fail", operation_id = "shipment_fail", tag = "delivery",
    params(("id" = String, Path), IfMatch), request_body = FailShipment,
    responses((status = 200, body = ShipmentView), (status = "default", body = Problem)))]
pub(super) async fn shipment_fail(
    app: App,
    actor: Actor,
    Path(id): Path<ShipmentId>,
    at: IfMatch,
    Json(body): Json<FailShipment>,
) -> Result<Versioned<ShipmentView>, Problem> {
    step(&app, &actor, id, at, move |shipment| Ok(shipment::fail(shipment, &body.reason)?)).await
}

/// Ends a delivery that nobody wants, after a failed attempt: the goods go back to the site that handed them over, and what was paid
/// is given back. Ended so before: nothing changes.
#[utoipa::path(post, path = "/api/delivery/shipments/{id}/take-back", operation_id = "shipment_take_back", tag = "delivery",
    params(("id" = String, Path), IfMatch),
    responses((status = 200, body = ShipmentView), (status = "default", body = Problem)))]
pub(super) async fn shipment_take_back(
    app: App,
    actor: Actor,
    Path(id): Path<ShipmentId>,
    at: IfMatch,
) -> Result<Versioned<ShipmentView>, Problem> {
    let who = actor.clone();
    let shipment = app
        .write(&actor, move |tx| {
            let shipment = known(tx, id)?;
            who.may(DRIVE, Some(shipment.site)).or_else(|_| who.may(RETURN, Some(shipment.site)))?;
            if let Some(event) = shipment::take_back(&shipment)? {
                at.check(shipment.version)?;
                store::record(tx, shipment.order, id, shipment.version, event)?;
            }
            known(tx, id)
        })
        .await?;
    Ok(Versioned(shipment.version, view(shipment)))
}

async fn step(
    app: &App,
    actor: &Actor,
    id: ShipmentId,
    at: IfMatch,
    decide: impl Fn(&Shipment) -> Result<DeliveryEvent, Problem> + Send + 'static,
) -> Result<Versioned<ShipmentView>, Problem> {
    let who = actor.clone();
    let shipment = app
        .write(actor, move |tx| {
            let shipment = known(tx, id)?;
            who.may(DRIVE, Some(shipment.site))?;
            at.check(shipment.version)?;
            store::record(tx, shipment.order, id, shipment.version, decide(&shipment)?)?;
            known(tx, id)
        })
        .await?;
    Ok(Versioned(shipment.version, view(shipment)))
}

/// Says where an order's goods are. Anybody who knows the order's id may ask.
#[utoipa::path(get, path = "/api/delivery/tracking/{order}", operation_id = "order_track", tag = "delivery",
    params(("order" = String, Path)), responses((status = 200, body = Tracking), (status = "default", body = Problem)))]
pub(super) async fn order_track(app: App, _: Actor, Path(order): Path<OrderId>) -> Reply<Tracking> {
    let (shipment, rows) = app
        .read(move |reader| {
            let shipment =
                store::shipment_of(reader, order)?.ok_or_else(|| Problem::not_found("shipment of order", order))?;
            let rows = journal::history(reader, &shipment.id.to_string(), 0, 200)?;
            Ok((shipment, rows))
        })
        .await?;
    let mut steps = Vec::new();
    for row in rows {
        let recorded = row.event::<DeliveryEvent>()?;
        let (state, reason) = match recorded.event {
            DeliveryEvent::ShipmentMade(_) => (ShipmentState::HandedOver, None),
            DeliveryEvent::ShipmentDelivered { .. } => (ShipmentState::Delivered, None),
            DeliveryEvent::AttemptFailed { reason, .. } => (ShipmentState::Failed, Some(reason)),
            DeliveryEvent::TakenBack { reason, .. } => (ShipmentState::TakenBack, Some(reason)),
            DeliveryEvent::Returned {} => (ShipmentState::Returned, None),
            DeliveryEvent::MethodsSet { .. }
            | DeliveryEvent::ZonesSet { .. }
            | DeliveryEvent::HoursSet { .. }
            | DeliveryEvent::SitesHeard { .. }
            | DeliveryEvent::MoneySettled { .. }
            | DeliveryEvent::RecipientErased {} => continue,
        };
        steps.push(TrackingStep { state, at: recorded.at, reason });
    }
    let Shipment { number, pick_up, state, .. } = shipment;
    Ok(Json(Tracking { order, number, pick_up, state, steps }))
}

fn known(reader: &mut kit::store::Reader<'_>, id: ShipmentId) -> Result<Shipment, Problem> {
    store::shipment(reader, id)?.ok_or_else(|| Problem::not_found("shipment", id))
}

fn view(shipment: Shipment) -> ShipmentView {
    ShipmentView {
        id: shipment.id,
        version: shipment.version,
        order: shipment.order,
        number: shipment.number,
        site: shipment.site,
        pick_up: shipment.pick_up,
        state: shipment.state,
        collect: shipment.collect,
        owed: shipment.owed,
        contact: shipment.recipient,
        handed_over_at: shipment.handed_over_at,
        delivered_at: shipment.delivered_at,
        attempts: shipment.attempts,
        reason: shipment.reason,
    }
}
