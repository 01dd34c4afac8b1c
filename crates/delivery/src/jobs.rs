//! How the shipment of a released order is made, and what is due: one whose release was not heard of in time.

use std::collections::HashMap;

use contracts::orders::{AskOrders, Collected, OrderId, OrderReleased, OrderSheet, OrderState};
use kit::http::App;
use kit::jobs::{Due, Jobs};
use kit::problem::{Fault, Problem};
use kit::store::Tx;

use crate::events::{DeliveryEvent, Made};
use crate::shipment::{fetched, id_of, noted, to_collect};
use crate::store;

/// The job that makes a shipment. Its due row says what was paid at the counter, if anything.
pub(crate) const SHIP: &str = "ship";

/// The service's jobs.
pub(crate) fn jobs() -> Jobs {
    Jobs::new().work(SHIP, |app, due| async move { ship(&app, &due).await })
}

/// What orders answered.
pub(crate) type Sheets = HashMap<OrderId, OrderSheet>;

/// Asks for the sheets of orders that were released.
pub(crate) async fn sheets(app: &App, released: &[OrderReleased]) -> Result<Sheets, Problem> {
    let orders = released.iter().map(|event| event.order).collect();
    let answers = app.call_about(&app.itself(), orders, AskOrders::about).await?;
    Ok(answers.into_iter().flat_map(|answer| answer.orders).map(|sheet| (sheet.id, sheet)).collect())
}

async fn ship(app: &App, due: &Due) -> Result<(), Problem> {
    let order: OrderId = due.entity.parse().map_err(|e| Fault::new("a due row of delivery names an order", e))?;
    let collected: Option<Collected> = match due.body.as_str() {
        "" => None,
        body => Some(serde_json::from_str(body).map_err(|e| Fault::new("a due row of delivery names money", e))?),
    };
    let me = app.itself();
    let sheet = app.call(&me, &AskOrders::about(vec![order])).await?.orders.into_iter().next();
    app.write(&me, move |tx| {
        if let Some(sheet) = &sheet {
            made(tx, sheet, collected)?;
        }
        Ok(tx.unschedule(SHIP, &order.to_string())?)
    })
    .await
}

/// Makes the shipment of a released order, unless there is one; it is delivered when the customer has the goods already, who has
/// paid `collected` at the counter.
pub(crate) fn made(tx: &mut Tx<'_>, sheet: &OrderSheet, collected: Option<Collected>) -> Result<(), Problem> {
    let (order, id) = (sheet.id, id_of(sheet.id));
    if store::shipment(tx, id)?.is_none() {
        let person = id.to_string();
        let recipient = match &sheet.contact {
            Some(contact) if !sheet.pick_up => Some(tx.seal(&person, contact)?),
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
        let version = store::record(tx, order, id, 0, DeliveryEvent::ShipmentMade(Box::new(made)))?;
        if sheet.pick_up {
            store::record(tx, order, id, version, fetched(order, collected))?;
        }
    }
    if sheet.state == OrderState::Delivered
        && let Some(shipment) = store::shipment(tx, id)?
        && let Ok(Some(delivered)) = noted(&shipment)
    {
        store::record(tx, order, id, shipment.version, delivered)?;
    }
    Ok(())
}
