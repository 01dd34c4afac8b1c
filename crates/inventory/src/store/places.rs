//! SQL of the places where products lie.

use contracts::shared::{ProductId, SiteId};
use kit::problem::Fault;
use kit::store::{Reader, Row, Tx};

use super::json;

/// Where a product lies.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    pub(crate) product: ProductId,
    /// Empty where it was forgotten.
    pub(crate) name: String,
    /// How often it was set.
    pub(crate) version: i64,
}

/// Writes where `places` lie at a site, each with how often it was set (see `InventoryEvent::PlacesSet`). Events of before versions leave
/// every place at version 1, as the migration does: 0 is that of a product that never had one.
///
/// # Errors
/// A fault of the database.
pub(super) fn apply(
    tx: &mut Tx<'_>,
    site: SiteId,
    places: &[(ProductId, String)],
    versions: &[i64],
) -> Result<(), Fault> {
    places
        .iter()
        .enumerate()
        .try_for_each(|(at, (product, name))| put(tx, site, *product, name, versions.get(at).copied()))
}

fn put(tx: &mut Tx<'_>, site: SiteId, product: ProductId, name: &str, version: Option<i64>) -> Result<(), Fault> {
    if name.is_empty() && version.is_none() {
        return tx.put("delete from inventory_places where site = $1 and product = $2", &[site.into(), product.into()]);
    }
    tx.put(
        "insert into inventory_places (site, product, place, version) values ($1, $2, $3, $4)
         on conflict (site, product) do update set place = excluded.place, version = excluded.version",
        &[site.into(), product.into(), name.into(), version.unwrap_or(1).into()],
    )
}

/// The places of `products` at a site, by product: of those for which one was ever set.
///
/// # Errors
/// A fault of the database.
pub(crate) fn of(reader: &mut Reader<'_>, site: SiteId, products: &[ProductId]) -> Result<Vec<Place>, Fault> {
    reader.all(
        "select product, place, version from inventory_places where site = $1 and product in each($2) order by product",
        &[site.into(), json(products)?.into()],
        read_place,
    )
}

fn read_place(row: &Row<'_>) -> Result<Place, Fault> {
    Ok(Place { product: row.parse(0)?, name: row.get(1)?, version: row.get(2)? })
}

/// At most `limit` places of a site after product `after`, of products that have one.
///
/// # Errors
/// A fault of the database.
pub(crate) fn at(reader: &mut Reader<'_>, site: SiteId, after: &str, limit: i64) -> Result<Vec<Place>, Fault> {
    reader.all(
        "select product, place, version from inventory_places
         where site = $1 and product > $2 and place <> '' order by product limit $3",
        &[site.into(), after.into(), limit.into()],
        read_place,
    )
}
