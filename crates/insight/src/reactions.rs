//! What this service counts when others speak. Everything here is scratch: it can be filled again by reading from the beginning.

use contracts::catalog::ProductsChanged;
use contracts::orders::{
    OrderCancelled, OrderConfirmed, OrderDelivered, OrderEdited, OrderId, OrderLine, OrderPlaced, OrderReleased,
    OrderReturned, OrderSecured,
};
use contracts::staff::SitesChanged;
use kit::bus::{Heard, Reactions};
use kit::problem::Problem;
use kit::store::Tx;

use crate::store::{self, OrderLines, OrderRow, SoldLine};
use crate::today;

/// The service's reactions.
pub(crate) fn reactions() -> Reactions {
    Reactions::new()
        .on::<OrderPlaced>(placed)
        .on::<OrderSecured>(|tx, event, _| state(tx, event.order, "placed"))
        .on::<OrderConfirmed>(|tx, event, _| state(tx, event.order, "confirmed"))
        .on::<OrderEdited>(|tx, event, _| edited(tx, &event))
        .on::<OrderReleased>(|tx, event, _| released(tx, &event))
        .on::<OrderDelivered>(|tx, event, _| state(tx, event.order, "delivered"))
        .on::<OrderCancelled>(|tx, event, _| state(tx, event.order, "cancelled"))
        .on::<OrderReturned>(|tx, event, _| returned(tx, &event))
        .on::<ProductsChanged>(|tx, event, _| {
            event.products.iter().try_for_each(|product| store::name_product(tx, product)).map_err(Problem::from)
        })
        .on::<SitesChanged>(|tx, event, _| {
            event.sites.iter().try_for_each(|site| store::name_site(tx, site)).map_err(Problem::from)
        })
}

fn placed(tx: &mut Tx<'_>, event: OrderPlaced, heard: &Heard) -> Result<(), Problem> {
    let site = event.site.or(event.lines.first().map(|line| line.site));
    let (day, minute) = today::day_and_minute(&store::time(tx, site)?, event.placed_at.unwrap_or(heard.at));
    let row = OrderRow { id: event.order, site, day, minute, total: event.total, lines: sold(&event.lines) };
    store::put_order(tx, &row, "awaiting_payment")?;
    Ok(())
}

fn state(tx: &mut Tx<'_>, order: OrderId, state: &str) -> Result<(), Problem> {
    Ok(store::set_state(tx, order, state)?)
}

fn edited(tx: &mut Tx<'_>, event: &OrderEdited) -> Result<(), Problem> {
    Ok(store::set_lines(tx, event.order, event.total, &sold(&event.lines))?)
}

/// Goods have left: from now on they are sold.
fn released(tx: &mut Tx<'_>, event: &OrderReleased) -> Result<(), Problem> {
    let Some(OrderLines { site, lines }) = store::lines(tx, event.order)? else { return Ok(()) };
    let (day, _) = today::day_and_minute(&store::time(tx, site)?, event.at);
    for line in &lines {
        store::add_sold(tx, day, line);
    }
    state(tx, event.order, "released")
}

/// Goods that nobody took come back: on that day so much less is sold.
fn returned(tx: &mut Tx<'_>, event: &OrderReturned) -> Result<(), Problem> {
    let Some(OrderLines { site, lines }) = store::lines(tx, event.order)? else { return Ok(()) };
    let (day, _) = today::day_and_minute(&store::time(tx, site)?, event.at);
    for line in &lines {
        store::add_sold(tx, day, &SoldLine { units_milli: -line.units_milli, value: -line.value, ..*line });
    }
    state(tx, event.order, "returned")
}

fn sold(lines: &[OrderLine]) -> Vec<SoldLine> {
    let line = |line: &OrderLine| SoldLine {
        product: line.product,
        site: line.site,
        units_milli: line.quantity.milli,
        value: line.total.minor,
    };
    lines.iter().map(line).collect()
}
