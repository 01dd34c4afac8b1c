//! What delivery does when others speak: an order that was released becomes a shipment, sites become places to pick up, a shipment that was
//! taken back has come back.

use contracts::customers::CustomerErased;
use contracts::inventory::ReturnReceived;
use contracts::orders::{OrderDelivered, OrderReleased};
use contracts::staff::SitesChanged;
use kit::bus::{Heard, Reactions};
use kit::problem::Problem;
use kit::store::Tx;

use crate::events::DeliveryEvent;
use crate::jobs::{self, SHIP, Sheets};
use crate::shipment::{id_of, noted, returned};
use crate::store;

/// The service's reactions.
pub(crate) fn reactions() -> Reactions {
    Reactions::new()
        .asking(
            |app, events: Vec<OrderReleased>| async move { jobs::sheets(&app, &events).await },
            |tx, event, _, sheets: &Sheets| {
                sheets.get(&event.order).map_or(Ok(()), |sheet| jobs::made(tx, sheet, event.collected))
            },
        )
        .on::<OrderDelivered>(|tx, event, _| {
            let Some(shipment) = store::shipment_of(tx, event.order)? else {
                // Released before delivery was there. A due row of an earlier release that says what was paid keeps saying so.
                let (entity, now) = (event.order.to_string(), tx.now());
                if !tx.hasten(SHIP, &entity, now)? {
                    tx.schedule(SHIP, &entity, now, "")?;
                }
                return Ok(());
            };
            // Said before the shipment was known here, and taken back since: who has the parcel knows better.
            if let Ok(Some(delivered)) = noted(&shipment) {
                store::record(tx, shipment.order, shipment.id, shipment.version, delivered)?;
            }
            Ok(())
        })
        .on::<SitesChanged>(sites_heard)
        .on::<ReturnReceived>(|tx, event, _| {
            let Some(shipment) = store::shipment_of(tx, event.order)? else { return Ok(()) };
            if let Some(returned) = returned(&shipment, event.site) {
                store::record(tx, shipment.order, shipment.id, shipment.version, returned)?;
            }
            Ok(())
        })
        .on::<CustomerErased>(|tx, event, _| customer_erased(tx, &event))
}

fn sites_heard(tx: &mut Tx<'_>, event: SitesChanged, heard: &Heard) -> Result<(), Problem> {
    let entity = format!("sites:{}-{}", heard.source, heard.seq);
    tx.record(entity, 0, DeliveryEvent::SitesHeard { sites: event.sites })?;
    Ok(())
}

fn customer_erased(tx: &mut Tx<'_>, event: &CustomerErased) -> Result<(), Problem> {
    for order in &event.orders {
        let id = id_of(*order);
        // Also where there is no shipment yet: what is written about it later is blank.
        tx.forget(&id.to_string())?;
        let Some(shipment) = store::shipment(tx, id)? else { continue };
        if shipment.recipient.is_some() {
            tx.record(id, shipment.version, DeliveryEvent::RecipientErased {})?;
        }
    }
    Ok(())
}
