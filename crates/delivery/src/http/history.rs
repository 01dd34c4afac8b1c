//! What happened to an order's shipment, for the order's timeline.

use contracts::orders::OrderId;
use contracts::shared::{Happening, Happenings};
use kit::auth::Actor;
use kit::http::{App, Json, Path, Reply};
use kit::journal;
use kit::problem::Problem;

use super::READ;
use crate::events::DeliveryEvent;
use crate::store;

/// Shows when an order's goods left, how often a driver tried, and what became of them.
#[utoipa::path(get, path = "/api/delivery/orders/{id}/history", operation_id = "delivery_history", tag = "delivery",
    params(("id" = OrderId, Path)), responses((status = 200, body = Happenings), (status = "default", body = Problem)))]
pub(super) async fn delivery_history(app: App, actor: Actor, Path(id): Path<OrderId>) -> Reply<Happenings> {
    app.read(move |reader| {
        let found = store::shipment_of(reader, id)?;
        actor.may(READ, found.as_ref().map(|shipment| shipment.site))?;
        let mut entries = Vec::new();
        let Some(shipment) = found else { return Ok(Json(Happenings { entries })) };
        for row in journal::history(reader, &shipment.id.to_string(), 0, 200)? {
            let recorded = row.event::<DeliveryEvent>()?;
            let happened = Happening { site: Some(shipment.site), ..Happening::of(&recorded) };
            entries.push(match recorded.event {
                DeliveryEvent::ShipmentMade(_) | DeliveryEvent::Returned {} => happened,
                DeliveryEvent::ShipmentDelivered { collected, .. } | DeliveryEvent::MoneySettled { collected, .. } => {
                    Happening { amount: collected, ..happened }
                }
                DeliveryEvent::AttemptFailed { reason, .. } | DeliveryEvent::TakenBack { reason, .. } => {
                    Happening { reason: Some(reason), ..happened }
                }
                DeliveryEvent::MethodsSet { .. }
                | DeliveryEvent::ZonesSet { .. }
                | DeliveryEvent::HoursSet { .. }
                | DeliveryEvent::SitesHeard { .. }
                | DeliveryEvent::RecipientErased {} => continue,
            });
        }
        Ok(Json(Happenings::sorted(entries)))
    })
    .await
}
