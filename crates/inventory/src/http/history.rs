//! What happened to an order's goods at its sites, for the order's timeline.

use contracts::inventory::StockLine;
use contracts::orders::OrderId;
use contracts::shared::{HappenedGoods, Happening, Happenings, SiteId};
use kit::auth::Actor;
use kit::http::{App, Json, Path, Reply};
use kit::journal;
use kit::problem::Problem;
use kit::quantity::Quantity;

use super::{PICK, READ, may_any};
use crate::events::InventoryEvent;
use crate::pick::{Pick, Shortage, State};
use crate::store::{picks, returns};

/// Shows who picked and packed an order's goods, what was short, and what came back, at the sites that the actor may see.
#[utoipa::path(get, path = "/api/inventory/orders/{id}/history", operation_id = "inventory_history", tag = "inventory",
    params(("id" = OrderId, Path)), responses((status = 200, body = Happenings), (status = "default", body = Problem)))]
pub(super) async fn inventory_history(app: App, actor: Actor, Path(id): Path<OrderId>) -> Reply<Happenings> {
    app.read(move |reader| {
        let (mut picks, mut returns) = (picks::of_order(reader, id)?, returns::of_order(reader, id)?);
        let may = |site: SiteId| actor.may(READ, Some(site)).or_else(|_| actor.may(PICK, Some(site))).is_ok();
        if !picks.iter().any(|pick| may(pick.site)) {
            may_any(&actor, READ, std::iter::empty())?;
        }
        picks.retain(|pick| may(pick.site));
        returns.retain(|back| may(back.site));
        let mut entries = Vec::new();
        for pick in &picks {
            for row in journal::history(reader, &pick.id.to_string(), 0, 1_000)? {
                let recorded = row.event::<InventoryEvent>()?;
                let happened = Happening { site: Some(pick.site), ..Happening::of(&recorded) };
                entries.extend(told(happened, recorded.event, Some(pick)));
            }
        }
        for back in &returns {
            for row in journal::history(reader, &back.id.to_string(), 0, 100)? {
                let recorded = row.event::<InventoryEvent>()?;
                let happened = Happening { site: Some(back.site), ..Happening::of(&recorded) };
                entries.extend(told(happened, recorded.event, None));
            }
        }
        Ok(Json(Happenings::sorted(entries)))
    })
    .await
}

/// What an event adds to what its row says; none where it is no step that people remember, such as a single scan.
fn told(happened: Happening, event: InventoryEvent, pick: Option<&Pick>) -> Option<Happening> {
    Some(match event {
        InventoryEvent::PickOpened { .. }
        | InventoryEvent::PickAmended { .. }
        | InventoryEvent::PickTaken { .. }
        | InventoryEvent::OrderUnpacked { .. }
        | InventoryEvent::PickHandedOver {}
        | InventoryEvent::PickCancelled { .. } => happened,
        // The last of what was scanned: all of it is there.
        InventoryEvent::PickLinesSet { state: State::Picked, .. } => {
            Happening { kind: "pick_finished".to_owned(), ..happened }
        }
        InventoryEvent::PickPutBack { state, .. } if !state.is_live() => happened,
        InventoryEvent::PickShortNoted { product, missing_milli, shortage } => {
            let unit = pick?.lines.iter().find(|line| line.product == product)?.unit;
            let goods = vec![HappenedGoods { product, quantity: Quantity { milli: missing_milli, unit } }];
            let reason = match shortage {
                Shortage::Drop => "drop",
                Shortage::Substitute => "substitute",
                Shortage::Agent => "agent",
            };
            Happening { kind: "pick_short".to_owned(), reason: Some(reason.to_owned()), goods, ..happened }
        }
        InventoryEvent::PickShort { missing, .. } => {
            Happening { reason: Some("agent".to_owned()), goods: goods(missing), ..happened }
        }
        InventoryEvent::PickPacked { parcels, .. } => Happening { parcels: Some(parcels), ..happened },
        InventoryEvent::ReturnExpected { reason, lines, .. } => {
            Happening { reason: Some(reason), goods: goods(lines), ..happened }
        }
        InventoryEvent::ReturnReceived { whole, .. } => Happening { goods: goods(whole), ..happened },
        _ => return None,
    })
}

fn goods(lines: Vec<StockLine>) -> Vec<HappenedGoods> {
    lines.into_iter().map(|StockLine { product, quantity, .. }| HappenedGoods { product, quantity }).collect()
}
