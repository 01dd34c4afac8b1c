//! All the SQL: what events do to the tables, and the questions asked of them.

use kit::journal::Recorded;
use kit::problem::{Fault, Problem};
use kit::store::{Reader, Row, Tx};

use crate::events::PricingEvent;
use crate::price::{Price, PriceId};

/// The tables that [`apply`] writes, and nobody else.
pub(crate) const FACT_TABLES: &[&str] = &["pricing_prices"];

/// Writes an event to the tables.
pub(crate) fn apply(tx: &mut Tx<'_>, recorded: &Recorded<PricingEvent>) -> Result<(), Fault> {
    let (id, version, at) = (&recorded.entity, recorded.version, recorded.at);
    match &recorded.event {
        PricingEvent::PriceOpened { name } => tx.put(
            "insert into pricing_prices (id, version, name, opened_at) values ($1, $2, $3, $4)",
            &[id.into(), version.into(), name.into(), at.into()],
        ),
        PricingEvent::PriceClosed {} => tx.put(
            "update pricing_prices set version = $2, closed_at = $3 where id = $1",
            &[id.into(), version.into(), at.into()],
        ),
    }
}

/// The price, or a problem that says there is none.
pub(crate) fn price(reader: &mut Reader<'_>, id: PriceId) -> Result<Price, Problem> {
    let found = reader.one(
        "select id, version, name, opened_at, closed_at from pricing_prices where id = $1",
        &[id.into()],
        read_price,
    )?;
    found.ok_or_else(|| Problem::not_found("price", id))
}

fn read_price(row: &Row<'_>) -> Result<Price, Fault> {
    Ok(Price {
        id: row.parse(0)?,
        version: row.get(1)?,
        name: row.get(2)?,
        opened_at: row.get(3)?,
        closed_at: row.get(4)?,
    })
}
