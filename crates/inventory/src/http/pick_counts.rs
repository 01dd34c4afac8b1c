//! Picks counted: how many wait at each site, and how far those of one order are.

use contracts::orders::OrderId;
use contracts::shared::SiteId;
use kit::auth::Actor;
use kit::http::{App, Json, Path, Reply};
use kit::journal;
use kit::problem::Problem;
use kit::time::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::{PICK, may_any};
use crate::events::InventoryEvent;
use crate::pick::{self, State};
use crate::store::{picks, returns};

/// What is to be done at the sites that the actor may pick at.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PicksWaiting {
    /// Sites with something to do, by id.
    sites: Vec<SiteWork>,
}

/// What is to be done at a site.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SiteWork {
    /// The site.
    site: SiteId,
    /// Picks that nobody has finished.
    to_pick: i64,
    /// Picked, to be packed.
    to_pack: i64,
    /// Packed, to be handed over.
    to_hand_over: i64,
    /// No longer wanted, to be put back.
    to_put_back: i64,
    /// Taken by nobody, on their way back.
    to_take_in: i64,
}

/// How far the goods of an order are, for its customer.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PickProgress {
    /// Whether somebody picks, or has picked, its goods.
    begun: bool,
    /// When all of them were packed; absent before.
    #[serde(skip_serializing_if = "Option::is_none")]
    packed_at: Option<Timestamp>,
}

/// Counts what is to be done at each site where the actor picks.
#[utoipa::path(get, path = "/api/inventory/picks/waiting", operation_id = "pick_waiting", tag = "inventory",
    responses((status = 200, body = PicksWaiting), (status = "default", body = Problem)))]
pub(super) async fn pick_waiting(app: App, actor: Actor) -> Reply<PicksWaiting> {
    may_any(&actor, PICK, actor.grants.iter().filter_map(|grant| grant.site))?;
    let (counts, coming) = app.read(|reader| Ok((picks::waiting(reader)?, returns::waiting(reader)?))).await?;
    let mut sites: Vec<SiteWork> = Vec::new();
    for (site, state, count) in counts {
        if actor.may(PICK, Some(site)).is_err() {
            continue;
        }
        if sites.last().is_none_or(|last| last.site != site) {
            sites.push(SiteWork::nothing(site));
        }
        let Some(work) = sites.last_mut() else { continue };
        match state {
            State::Open => work.to_pick = count,
            State::Picked => work.to_pack = count,
            State::Packed => work.to_hand_over = count,
            State::PutBack => work.to_put_back = count,
            State::HandedOver | State::Cancelled => {}
        }
    }
    for (site, count) in coming.into_iter().filter(|(site, _)| actor.may(PICK, Some(*site)).is_ok()) {
        let place = sites.binary_search_by_key(&site, |work| work.site).unwrap_or_else(|place| {
            sites.insert(place, SiteWork::nothing(site));
            place
        });
        sites[place].to_take_in = count;
    }
    Ok(Json(PicksWaiting { sites }))
}

impl SiteWork {
    fn nothing(site: SiteId) -> SiteWork {
        SiteWork { site, to_pick: 0, to_pack: 0, to_hand_over: 0, to_put_back: 0, to_take_in: 0 }
    }
}

/// Says how far the goods of an order are. Anybody who knows the order's id may ask.
#[utoipa::path(get, path = "/api/inventory/orders/{id}/progress", operation_id = "pick_progress", tag = "inventory",
    params(("id" = OrderId, Path)), responses((status = 200, body = PickProgress), (status = "default", body = Problem)))]
pub(super) async fn pick_progress(app: App, _: Actor, Path(id): Path<OrderId>) -> Reply<PickProgress> {
    let (picks, now, rows) = app
        .read(move |reader| {
            let picks = picks::of_order(reader, id)?;
            let mut rows = Vec::new();
            for pick in &picks {
                rows.extend(journal::history(reader, &pick.id.to_string(), 0, 1_000)?);
            }
            Ok((picks, reader.now(), rows))
        })
        .await?;
    let begun = picks.iter().any(|pick| {
        pick.holder(now).is_some()
            || matches!(pick.state, State::Picked | State::Packed | State::HandedOver)
            || pick.lines.iter().any(|line| line.picked_milli > 0)
    });
    let mut packed_at = None;
    let is_packed = pick::is_packed(&picks) || picks.iter().any(|pick| pick.state == State::HandedOver);
    for row in rows.into_iter().filter(|_| is_packed) {
        let recorded = row.event::<InventoryEvent>()?;
        if matches!(recorded.event, InventoryEvent::OrderPacked { .. }) {
            packed_at = packed_at.max(Some(recorded.at));
        }
    }
    Ok(Json(PickProgress { begun, packed_at }))
}
