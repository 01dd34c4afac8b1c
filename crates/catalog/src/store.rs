//! All the SQL: what events do to the tables, and the questions asked of them.

use std::collections::BTreeMap;

use contracts::shared::{CategoryId, ProductId};
use kit::problem::{Fault, Problem};
use kit::store::{Reader, Row, Tx};
use serde::Serialize;

use crate::barcode::{self, Barcode, CodeKind};
use crate::category::{Category, Tree};
use crate::events::CatalogEvent;
use crate::product::{Claims, PackLevel, Product, Status};

/// The tables that [`apply`] writes, and nobody else.
pub(crate) const FACT_TABLES: &[&str] = &["catalog_categories", "catalog_products", "catalog_barcodes"];

/// Writes an event to the tables.
///
/// # Errors
/// A fault of the database.
pub(crate) fn apply(tx: &mut Tx<'_>, event: &CatalogEvent) -> Result<(), Fault> {
    match event {
        CatalogEvent::CategoriesSet { categories } => categories.iter().try_for_each(|one| put_category(tx, one)),
        CatalogEvent::ProductsSet { products, .. } => products.iter().try_for_each(|one| put_product(tx, one)),
    }
}

fn put_category(tx: &mut Tx<'_>, category: &Category) -> Result<(), Fault> {
    tx.put(
        "insert into catalog_categories (id, version, parent, name, names, position, attributes)
         values ($1, $2, $3, $4, $5, $6, $7)
         on conflict (id) do update set version = excluded.version, parent = excluded.parent, name = excluded.name,
           names = excluded.names, position = excluded.position, attributes = excluded.attributes",
        &[
            category.id.into(),
            category.version.into(),
            category.parent.into(),
            (&category.name).into(),
            json(&category.names)?.into(),
            category.position.into(),
            json(&category.attributes)?.into(),
        ],
    )
}

fn put_product(tx: &mut Tx<'_>, product: &Product) -> Result<(), Fault> {
    tx.put(
        "insert into catalog_products (id, version, number, name, category, brand, unit, tax_class, status, details)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
         on conflict (id) do update set version = excluded.version, number = excluded.number, name = excluded.name,
           category = excluded.category, brand = excluded.brand, unit = excluded.unit, tax_class = excluded.tax_class,
           status = excluded.status, details = excluded.details",
        &[
            product.id.into(),
            product.version.into(),
            (&product.number).into(),
            (&product.name).into(),
            product.category.into(),
            (&product.brand).into(),
            product.unit.code().into(),
            (&product.tax_class).into(),
            status_code(product.status).into(),
            json(&product.details)?.into(),
        ],
    )?;
    if product.version > 1 {
        tx.put("delete from catalog_barcodes where product = $1", &[product.id.into()])?;
    }
    for barcode in &product.details.barcodes {
        tx.put(
            "insert into catalog_barcodes (code_key, product, code, pack) values ($1, $2, $3, $4)",
            &[barcode.key().into(), product.id.into(), (&barcode.code).into(), barcode.pack.code().into()],
        )?;
    }
    Ok(())
}

/// All categories by id, after `after`, at most `limit`.
///
/// # Errors
/// A fault of the database.
pub(crate) fn categories_after(reader: &mut Reader<'_>, after: &str, limit: i64) -> Result<Vec<Category>, Fault> {
    reader.all(
        "select id, version, parent, name, names, position, attributes from catalog_categories where id > $1
         order by id limit $2",
        &[after.into(), limit.into()],
        category,
    )
}

/// The categories `ids` and all above them.
///
/// # Errors
/// A fault of the database.
pub(crate) fn tree_above(reader: &mut Reader<'_>, ids: &[CategoryId]) -> Result<Tree, Fault> {
    let rows = reader.all(
        "with recursive up (id, version, parent, name, names, position, attributes) as (
           select id, version, parent, name, names, position, attributes from catalog_categories where id in each($1)
           union
           select c.id, c.version, c.parent, c.name, c.names, c.position, c.attributes
           from catalog_categories c join up on c.id = up.parent)
         select id, version, parent, name, names, position, attributes from up order by id",
        &[json(ids)?.into()],
        category,
    )?;
    Ok(Tree::of(rows))
}

/// The whole tree; for the few moments in which categories change.
///
/// # Errors
/// A fault of the database.
pub(crate) fn tree(reader: &mut Reader<'_>) -> Result<Tree, Fault> {
    categories_after(reader, "", i64::from(i32::MAX)).map(Tree::of)
}

/// The product, or a problem that says there is none.
///
/// # Errors
/// `kit/not-found`, or a fault of the database.
pub(crate) fn product(reader: &mut Reader<'_>, id: ProductId) -> Result<Product, Problem> {
    products(reader, &[id])?.pop().ok_or_else(|| Problem::not_found("product", id))
}

/// The products `ids` that there are, by id.
///
/// # Errors
/// A fault of the database.
pub(crate) fn products(reader: &mut Reader<'_>, ids: &[ProductId]) -> Result<Vec<Product>, Fault> {
    reader.all(
        "select id, version, number, name, category, brand, unit, tax_class, status, details from catalog_products
         where id in each($1) order by id",
        &[json(ids)?.into()],
        read_product,
    )
}

/// At most `limit` products after `after`, by id.
///
/// # Errors
/// A fault of the database.
pub(crate) fn products_after(reader: &mut Reader<'_>, after: &str, limit: i64) -> Result<Vec<Product>, Fault> {
    reader.all(
        "select id, version, number, name, category, brand, unit, tax_class, status, details from catalog_products
         where id > $1 order by id limit $2",
        &[after.into(), limit.into()],
        read_product,
    )
}

/// At most `limit` products of `category` itself after `after`, by id.
///
/// # Errors
/// A fault of the database.
pub(crate) fn products_of(
    reader: &mut Reader<'_>,
    category: CategoryId,
    after: &str,
    limit: i64,
) -> Result<Vec<Product>, Fault> {
    reader.all(
        "select id, version, number, name, category, brand, unit, tax_class, status, details from catalog_products
         where category = $1 and id > $2 order by id limit $3",
        &[category.into(), after.into(), limit.into()],
        read_product,
    )
}

/// At most `limit` products of `category` and everything below it after `after`, by id.
///
/// # Errors
/// A fault of the database.
pub(crate) fn products_below(
    reader: &mut Reader<'_>,
    category: &str,
    after: &str,
    limit: i64,
) -> Result<Vec<Product>, Fault> {
    reader.all(
        "with recursive down (id) as (
           select id from catalog_categories where id = $1
           union
           select c.id from catalog_categories c join down on c.parent = down.id)
         select p.id, p.version, p.number, p.name, p.category, p.brand, p.unit, p.tax_class, p.status, p.details
         from catalog_products p join down on p.category = down.id where p.id > $2 order by p.id limit $3",
        &[category.into(), after.into(), limit.into()],
        read_product,
    )
}

/// Which products have these article numbers, and these codes.
///
/// # Errors
/// A fault of the database.
pub(crate) fn claims(reader: &mut Reader<'_>, numbers: &[String], code_keys: &[String]) -> Result<Claims, Fault> {
    let pair = |row: &Row<'_>| Ok((row.get::<String>(0)?, row.parse::<ProductId>(1)?));
    let numbers = reader.all(
        "select number, id from catalog_products where number in each($1) order by number",
        &[json(numbers)?.into()],
        pair,
    )?;
    let codes = reader.all(
        "select code_key, product from catalog_barcodes where code_key in each($1) order by code_key",
        &[json(code_keys)?.into()],
        pair,
    )?;
    Ok(Claims { numbers: BTreeMap::from_iter(numbers), codes: BTreeMap::from_iter(codes) })
}

/// The product with this barcode, in any form, or else with this article number, and what the code stands on.
///
/// # Errors
/// A fault of the database.
pub(crate) fn by_code(reader: &mut Reader<'_>, code: &str) -> Result<Option<(ProductId, PackLevel)>, Fault> {
    let other = Barcode { code: code.to_owned(), kind: CodeKind::Other, pack: PackLevel::Each };
    let mut keys = vec![other.key()];
    if barcode::looks_like_gtin(code) {
        keys.push(barcode::gtin14(code));
    }
    let found = reader.all(
        "select product, pack from catalog_barcodes where code_key in each($1) order by code_key limit 1",
        &[json(&keys)?.into()],
        |row| Ok((row.parse(0)?, level(&row.get::<String>(1)?))),
    )?;
    if let Some(found) = found.into_iter().next() {
        return Ok(Some(found));
    }
    reader.one("select id from catalog_products where number = $1", &[code.into()], |row| {
        Ok((row.parse(0)?, PackLevel::Each))
    })
}

fn category(row: &Row<'_>) -> Result<Category, Fault> {
    let parent: Option<String> = row.get(2)?;
    let parent = parent.map(|id| id.parse()).transpose().map_err(|e| Fault::new("a parent is a category", e))?;
    Ok(Category {
        id: row.parse(0)?,
        version: row.get(1)?,
        parent,
        name: row.get(3)?,
        names: row.json(4)?,
        position: row.get(5)?,
        attributes: row.json(6)?,
    })
}

fn read_product(row: &Row<'_>) -> Result<Product, Fault> {
    Ok(Product {
        id: row.parse(0)?,
        version: row.get(1)?,
        number: row.get(2)?,
        name: row.get(3)?,
        category: row.parse(4)?,
        brand: row.get(5)?,
        unit: row.parse(6)?,
        tax_class: row.get(7)?,
        status: if row.get::<String>(8)? == "active" { Status::Active } else { Status::Blocked },
        details: row.json(9)?,
    })
}

const fn status_code(status: Status) -> &'static str {
    match status {
        Status::Active => "active",
        Status::Blocked => "blocked",
    }
}

fn level(code: &str) -> PackLevel {
    let levels = [PackLevel::Each, PackLevel::Case, PackLevel::Pallet];
    levels.into_iter().find(|level| level.code() == code).unwrap_or_default()
}

fn json(value: &(impl Serialize + ?Sized)) -> Result<String, Fault> {
    serde_json::to_string(value).map_err(|e| Fault::new("it is JSON", e))
}
