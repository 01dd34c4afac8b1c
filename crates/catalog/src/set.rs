//! Setting categories and products in the lane: gathers what a decision needs, and records what it decides.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use contracts::shared::{CategoryId, ProductId};
use kit::http::IfMatch;
use kit::problem::{Fault, Problem};
use kit::store::Tx;

use crate::barcode::Barcode;
use crate::category::{self, Category, Tree};
use crate::events::CatalogEvent;
use crate::jobs;
use crate::product::{self, Product};
use crate::store;

/// The most that one request sets.
pub(crate) const MOST: usize = 500;
/// What the products of one event may take as others hear them: a call carries no more than 256 KB.
const EVENT_BYTES: usize = 180 * 1024;

/// Sets `asked`; returns how many have changed. Products below one with another name or place are told anew by and by. `seen` are the
/// versions that the change was decided on, where that was said.
///
/// # Errors
/// What [`category::set`] refuses, `kit/stale` when one was changed since it was seen, or a fault of the database.
pub(crate) fn categories(
    tx: &mut Tx<'_>,
    asked: Vec<Category>,
    seen: &HashMap<CategoryId, i64>,
) -> Result<usize, Problem> {
    let tree = store::tree(tx)?;
    let changed = category::set(&tree, asked)?;
    for category in &changed {
        if let Some(seen) = seen.get(&category.id) {
            let checked = IfMatch(*seen).check(category.version - 1);
            checked.map_err(|problem| problem.with("category", category.id.to_string()))?;
        }
    }
    if changed.is_empty() {
        return Ok(0);
    }
    for category in &changed {
        let moved = |before: &Category| before.name != category.name || before.parent != category.parent;
        if tree.get(category.id).is_some_and(moved) {
            jobs::refile(tx, &category.id.to_string())?;
        }
    }
    let count = changed.len();
    let document = tx.new_id::<contracts::shared::Category>();
    tx.record(format!("categories:{document}"), 0, CatalogEvent::CategoriesSet { categories: changed })?;
    Ok(count)
}

/// A product to be set; without an id its article number names it.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    /// Which, if its id is known.
    pub(crate) id: Option<ProductId>,
    /// What it will be; its id and version are not looked at.
    pub(crate) product: Product,
}

/// Sets `asked`; returns the products as they are now, in the order asked, and how many have changed.
///
/// # Errors
/// What [`product::set`] refuses, or a fault of the database.
pub(crate) fn products(tx: &mut Tx<'_>, asked: &[Asked]) -> Result<(Vec<Product>, usize), Problem> {
    let numbers: Vec<String> = asked.iter().map(|one| one.product.number.clone()).collect();
    let barcodes = || asked.iter().flat_map(|one| &one.product.details.barcodes);
    let codes: Vec<String> = barcodes().map(Barcode::key).collect();
    let mut once = BTreeSet::new();
    if let Some(twice) = numbers
        .iter()
        .map(|number| ("number", number))
        .chain(codes.iter().map(|code| ("code", code)))
        .find(|one| !once.insert(*one))
    {
        return Err(Problem::invalid(format!("the {} {} is there twice", twice.0, twice.1)));
    }
    let claims = store::claims(tx, &numbers, &codes)?;
    let id = |one: &Asked| one.id.or_else(|| claims.numbers.get(&one.product.number).copied());
    let ids: Vec<ProductId> = asked.iter().map(|one| id(one).unwrap_or_else(|| tx.new_id())).collect();
    if ids.iter().collect::<BTreeSet<_>>().len() < ids.len() {
        return Err(Problem::invalid("a product is there twice"));
    }
    let present: BTreeMap<ProductId, Product> =
        store::products(tx, &ids)?.into_iter().map(|product| (product.id, product)).collect();
    let categories: Vec<CategoryId> = asked.iter().map(|one| one.product.category).collect();
    let tree = store::tree_above(tx, &categories)?;
    let (mut now, mut changed) = (Vec::new(), Vec::new());
    for (one, id) in asked.iter().zip(ids) {
        let before = present.get(&id);
        let wanted = Product { id, ..one.product.clone() };
        let after = product::set(wanted, before, &tree, &claims)?;
        let product =
            after.clone().or_else(|| before.cloned()).ok_or_else(|| Fault::msg("a new product is a change"))?;
        now.push(product);
        changed.extend(after);
    }
    let count = changed.len();
    record(tx, &tree, changed)?;
    Ok((now, count))
}

/// Sets one product of which `version` was seen.
///
/// # Errors
/// What [`product::set`] refuses, or a fault of the database.
pub(crate) fn one(tx: &mut Tx<'_>, before: &Product, asked: Product) -> Result<Product, Problem> {
    let barcodes: Vec<String> = asked.details.barcodes.iter().map(Barcode::key).collect();
    if barcodes.iter().collect::<BTreeSet<_>>().len() < barcodes.len() {
        return Err(Problem::invalid("a code is there twice"));
    }
    let claims = store::claims(tx, std::slice::from_ref(&asked.number), &barcodes)?;
    let tree = store::tree_above(tx, &[asked.category])?;
    let Some(after) = product::set(Product { id: before.id, ..asked }, Some(before), &tree, &claims)? else {
        return Ok(before.clone());
    };
    let event = CatalogEvent::ProductsSet { paths: paths(&tree, [after.category]), products: vec![after.clone()] };
    tx.record(after.id, before.version, event)?;
    Ok(after)
}

/// Records changed products, in as many events as others can hear.
///
/// # Errors
/// A fault of the database.
pub(crate) fn record(tx: &mut Tx<'_>, tree: &Tree, changed: Vec<Product>) -> Result<(), Problem> {
    let mut chunk = Vec::new();
    let mut bytes = 0;
    let mut chunks = Vec::new();
    for product in changed {
        let path = path(tree, product.category);
        let told = serde_json::to_vec(&product.summary(&path)).map_err(|e| Fault::new("a product is JSON", e))?.len();
        if bytes + told > EVENT_BYTES {
            chunks.push(std::mem::take(&mut chunk));
            bytes = 0;
        }
        bytes += told + 1;
        chunk.push(product);
    }
    chunks.push(chunk);
    for products in chunks.into_iter().filter(|chunk| !chunk.is_empty()) {
        let paths = paths(tree, products.iter().map(|product| product.category));
        let document = tx.new_id::<contracts::shared::Product>();
        tx.record(format!("products:{document}"), 0, CatalogEvent::ProductsSet { products, paths })?;
    }
    Ok(())
}

fn path(tree: &Tree, category: CategoryId) -> Vec<String> {
    tree.path(category).into_iter().map(|category| category.name.clone()).collect()
}

fn paths(tree: &Tree, categories: impl IntoIterator<Item = CategoryId>) -> BTreeMap<CategoryId, Vec<String>> {
    categories.into_iter().map(|category| (category, path(tree, category))).collect()
}
