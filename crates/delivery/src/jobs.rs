//! What delivery does when something is due: it makes the shipment of an order that was released.

use contracts::orders::{AskOrders, Collected, OrderId, OrderState};
use kit::http::App;
use kit::jobs::{Due, Jobs};
use kit::problem::{Fault, Problem};

use crate::events::{DeliveryEvent, Made};
use crate::shipment::{delivered_elsewhere, fetched, id_of, to_collect};
use crate::store;

/// The job that makes a shipment. Its due row says what was paid at the counter, if anything.
pub(crate) const SHIP: &str = "ship";

/// The service's jobs.
pub(crate) fn jobs() -> Jobs {
    Jobs::new().work(SHIP, |app, due| async move { ship(&app, &due).await })
}

async fn ship(app: &App, due: &Due) -> Result<(), Problem> {
    let order: OrderId = due.entity.parse().map_err(|e| Fault::new("a due row of delivery names an order", e))?;
    let collected: Option<Collected> = match due.body.as_str() {
        "" => None,
        body => Some(serde_json::from_str(body).map_err(|e| Fault::new("a due row of delivery names money", e))?),
    };
    let me = app.itself();
    let sheet = app.call(&me, &AskOrders { orders: vec![order] }).await?.orders.into_iter().next();
    app.write(&me, move |tx| {
        let id = id_of(order);
        if let (Some(sheet), None) = (&sheet, store::shipment(tx, id)?) {
            let person = id.to_string();
            let recipient = match &sheet.contact {
                Some(contact) if !sheet.pick_up => Some(tx.seal_first(&person, contact)?),
                _ => None,
            };
            let made = Made {
                order,
                number: sheet.number.clone(),
                site: sheet.site,
                pick_up: sheet.pick_up,
                collect: to_collect(sheet),
                person,
                recipient,
            };
            let version = tx.record(id, 0, DeliveryEvent::ShipmentMade(Box::new(made)))?;
            if sheet.pick_up {
                tx.record(id, version, fetched(order, collected))?;
            }
        }
        let has_it = sheet.as_ref().is_some_and(|sheet| sheet.state == OrderState::Delivered);
        if let Some(shipment) = store::shipment(tx, id)?.filter(|_| has_it)
            && let Some(delivered) = delivered_elsewhere(&shipment)
        {
            tx.record(id, shipment.version, delivered)?;
        }
        Ok(tx.unschedule(SHIP, &order.to_string())?)
    })
    .await
}
