//! All the SQL: what events do to the tables, and the questions asked of them.

use kit::journal::Recorded;
use kit::problem::{Fault, Problem};
use kit::store::{Reader, Row, Tx};

use crate::events::CatalogEvent;
use crate::product::{Product, ProductId};

/// The tables that [`apply`] writes, and nobody else.
pub(crate) const FACT_TABLES: &[&str] = &["catalog_products"];

/// Writes an event to the tables.
pub(crate) fn apply(tx: &mut Tx<'_>, recorded: &Recorded<CatalogEvent>) -> Result<(), Fault> {
    let (id, version, at) = (&recorded.entity, recorded.version, recorded.at);
    match &recorded.event {
        CatalogEvent::ProductOpened { name } => tx.put(
            "insert into catalog_products (id, version, name, opened_at) values ($1, $2, $3, $4)",
            &[id.into(), version.into(), name.into(), at.into()],
        ),
        CatalogEvent::ProductClosed {} => tx.put(
            "update catalog_products set version = $2, closed_at = $3 where id = $1",
            &[id.into(), version.into(), at.into()],
        ),
    }
}

/// The product, or a problem that says there is none.
pub(crate) fn product(reader: &mut Reader<'_>, id: ProductId) -> Result<Product, Problem> {
    let found = reader.one(
        "select id, version, name, opened_at, closed_at from catalog_products where id = $1",
        &[id.into()],
        read_product,
    )?;
    found.ok_or_else(|| Problem::not_found("product", id))
}

fn read_product(row: &Row<'_>) -> Result<Product, Fault> {
    Ok(Product {
        id: row.parse(0)?,
        version: row.get(1)?,
        name: row.get(2)?,
        opened_at: row.get(3)?,
        closed_at: row.get(4)?,
    })
}
