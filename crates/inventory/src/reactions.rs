//! What inventory does when it hears of others: goods leave when an order is released, stock comes back when it is cancelled;
//! picks end with their order.

use contracts::inventory::ReservationId;
use contracts::orders::{OrderCancelled, OrderDelivered, OrderEdited, OrderId, OrderReleased, OrderReturned};
use contracts::staff::{SiteView, SitesChanged};
use kit::bus::{Heard, Reactions};
use kit::problem::Problem;
use kit::store::Tx;

use crate::events::{InventoryEvent, Place};
use crate::missing;
use crate::pick::{self, State};
use crate::reservation;
use crate::returns;
use crate::stock::Levels;
use crate::store::{self, picks};

/// The reactions of this service.
#[must_use]
pub(crate) fn reactions() -> Reactions {
    Reactions::new()
        .on::<OrderReleased>(|tx, event, _| {
            ship(tx, event.reservation)?;
            // What is packed waits for the hand of its own site; what is not has left without.
            end(tx, event.order, &[State::Open, State::Picked])
        })
        .on::<OrderEdited>(|tx, event, _| {
            // The lines came with the amended reservation.
            let (Some(pick_up), Some(site)) = (event.pick_up, event.site) else { return Ok(()) };
            for before in picks::of_order(tx, event.order)? {
                if let Some(redirected) = pick::redirect(&before, pick_up, site) {
                    tx.record(before.id, before.version, redirected)?;
                }
            }
            Ok(())
        })
        .on::<OrderDelivered>(|tx, event, _| end(tx, event.order, &[State::Open, State::Picked, State::Packed]))
        .on::<OrderReturned>(|tx, event, _| come_back(tx, &event))
        .on::<SitesChanged>(sites_follow)
        .on::<OrderCancelled>(|tx, event, _| {
            give_back(tx, event.reservation)?;
            missing::let_go(tx, event.order, &[])?;
            for before in picks::of_order(tx, event.order)? {
                if let Some(cancelled) = pick::cancel(&before) {
                    tx.record(before.id, before.version, cancelled)?;
                }
            }
            Ok(())
        })
}

fn sites_follow(tx: &mut Tx<'_>, event: SitesChanged, heard: &Heard) -> Result<(), Problem> {
    let place = |site: SiteView| Place { id: site.id, region: site.region, open: site.open };
    let sites = event.sites.into_iter().map(place).collect();
    tx.record(format!("sites:{}-{}", heard.source, heard.seq), 0, InventoryEvent::SitesHeard { sites })?;
    Ok(())
}

/// The goods of an order have left: its picks in one of `states` are over.
fn end(tx: &mut Tx<'_>, order: OrderId, states: &[State]) -> Result<(), Problem> {
    for before in picks::of_order(tx, order)?.iter().filter(|pick| states.contains(&pick.state)) {
        tx.record(before.id, before.version, InventoryEvent::PickHandedOver {})?;
    }
    Ok(())
}

/// Nobody took the goods: they are expected back, each parcel at the site where it is or goes to.
fn come_back(tx: &mut Tx<'_>, event: &OrderReturned) -> Result<(), Problem> {
    let Some(shipped) = store::reservation(tx, event.reservation)? else {
        tracing::error!(reservation = %event.reservation, "an order with a reservation that was never made came back");
        return Ok(());
    };
    let picks = picks::of_order(tx, event.order)?;
    let (order, number, reason) = (event.order, &event.number, &event.reason);
    for (place, (site, lines)) in returns::by_site(&shipped.lines, &picks, event.site).into_iter().enumerate() {
        let (number, reason) = (number.clone(), reason.clone());
        let expected = InventoryEvent::ReturnExpected { order, number, site, reason, lines };
        tx.record(returns::id_of(order, place), 0, expected)?;
    }
    end(tx, order, &[State::Open, State::Picked, State::Packed])
}

fn ship(tx: &mut Tx<'_>, id: ReservationId) -> Result<(), Problem> {
    let Some(before) = store::reservation(tx, id)? else {
        tracing::error!(reservation = %id, "an order with a reservation that was never made was released");
        return Ok(());
    };
    let levels = if before.holds() { Levels::default() } else { store::levels(tx, &before.lines)? };
    store::record(tx, reservation::ship(before, &levels))?;
    Ok(())
}

fn give_back(tx: &mut Tx<'_>, id: ReservationId) -> Result<(), Problem> {
    let before = store::reservation(tx, id)?;
    match reservation::release(id, before, tx.now()) {
        Ok(decided) => store::record(tx, decided).map(drop)?,
        // Orders decides between cancelling and hand-over by one row, so this is its bug; the ledger stays true.
        Err(refused) => tracing::error!(reservation = %id, %refused, "an order whose goods have left was cancelled"),
    }
    Ok(())
}
