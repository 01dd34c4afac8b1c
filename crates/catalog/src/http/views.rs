//! Products as they go over the wire.

use std::collections::BTreeMap;

use contracts::shared::{CategoryId, ProductId};
use kit::id::ExternalRef;
use kit::quantity::Unit;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::barcode::Barcode;
use crate::category::{Attribute, Category};
use crate::product::{AttributeValue, Details, Pack, Product, Status};
use crate::search::{Found, Hit};
use crate::set::Asked;

/// A product to be set, as a whole: what is left out is empty.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SetProduct {
    /// Its id; without one the article number names it, and a new product gets a new id.
    #[serde(default)]
    id: Option<ProductId>,
    /// The article number, unique, 1 to 40 characters.
    number: String,
    /// What people call it, 1 to 200 characters.
    name: String,
    /// Its name in other languages, by language code.
    #[serde(default)]
    names: BTreeMap<String, String>,
    /// What there is to say, at most 10,000 characters.
    #[serde(default)]
    description: String,
    /// Its place in the tree.
    category: CategoryId,
    /// Its brand, at most 100 characters.
    #[serde(default)]
    brand: String,
    /// Who makes it, at most 100 characters.
    #[serde(default)]
    maker: String,
    /// The unit it is sold by.
    unit: Unit,
    /// Its tax class, e.g. `standard`.
    tax_class: String,
    /// Whether it is sold.
    #[serde(default)]
    status: Status,
    /// What its category asks for.
    #[serde(default)]
    attributes: BTreeMap<String, AttributeValue>,
    /// What the retailer keeps beside, at most 50 fields.
    #[serde(default)]
    custom: BTreeMap<String, AttributeValue>,
    /// Its codes, at most 20.
    #[serde(default)]
    barcodes: Vec<Barcode>,
    /// How it is packed: each, case, pallet, in this order.
    #[serde(default)]
    packs: Vec<Pack>,
    /// What other systems call it, at most 20.
    #[serde(default)]
    refs: Vec<ExternalRef>,
}

/// A product as it stands.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct ProductView {
    /// Its id.
    id: ProductId,
    /// How often it has changed, from 1.
    version: i64,
    /// The article number.
    number: String,
    /// What people call it.
    name: String,
    /// Its name in other languages, by language code.
    names: BTreeMap<String, String>,
    /// What there is to say.
    description: String,
    /// Its category.
    category: CategoryId,
    /// Its categories from the top down.
    path: Vec<Placed>,
    /// Its brand.
    brand: String,
    /// Who makes it.
    maker: String,
    /// The unit it is sold by.
    unit: Unit,
    /// Its tax class.
    tax_class: String,
    /// Whether it is sold.
    status: Status,
    /// What its category asks for.
    attributes: BTreeMap<String, AttributeValue>,
    /// All that its category asks for.
    definitions: Vec<Attribute>,
    /// What its category needs and it does not have.
    missing: Vec<String>,
    /// What the retailer keeps beside.
    custom: BTreeMap<String, AttributeValue>,
    /// Its codes.
    barcodes: Vec<Barcode>,
    /// How it is packed.
    packs: Vec<Pack>,
    /// What other systems call it.
    refs: Vec<ExternalRef>,
}

/// A category on the way to something.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct Placed {
    /// Its id.
    id: CategoryId,
    /// Its name.
    name: String,
    /// Its name in other languages, by language code.
    names: BTreeMap<String, String>,
}

/// What was found.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct SearchView {
    /// How many products there are.
    total: usize,
    /// Some of them: the best first, or without a text by name.
    items: Vec<SearchItem>,
    /// How many there are in each category right below the one asked for, the most first.
    categories: Vec<CategoryFacet>,
    /// How many there are of each brand, the most first; at most 20.
    brands: Vec<BrandFacet>,
    /// Whether no product has all the words.
    relaxed: bool,
    /// The cursor of the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// A product that was found.
#[derive(Debug, Clone, Serialize, ToSchema)]
struct SearchItem {
    /// Its id.
    id: ProductId,
    /// Its article number.
    number: String,
    /// Its name.
    name: String,
    /// Its name in other languages, by language code.
    names: BTreeMap<String, String>,
    /// Its brand.
    brand: String,
    /// Its category.
    category: CategoryId,
    /// The names of its categories from the top down.
    path: Vec<String>,
    /// The unit it is sold by.
    unit: Unit,
    /// Whether it is sold.
    sold: bool,
}

/// How many products of a category were found.
#[derive(Debug, Clone, Serialize, ToSchema)]
struct CategoryFacet {
    /// The category.
    id: CategoryId,
    /// Its name.
    name: String,
    /// Its name in other languages, by language code.
    names: BTreeMap<String, String>,
    /// How many.
    count: usize,
}

/// How many products of a brand were found.
#[derive(Debug, Clone, Serialize, ToSchema)]
struct BrandFacet {
    /// The brand.
    name: String,
    /// How many.
    count: usize,
}

impl SetProduct {
    /// What is asked for.
    pub(super) fn asked(self) -> Asked {
        let SetProduct {
            id, number, name, names, description, category, brand, maker, unit, tax_class, status, ..
        } = self;
        let SetProduct { attributes, custom, barcodes, packs, refs, .. } = self;
        let details = Details { names, description, maker, attributes, custom, barcodes, packs, refs };
        let unnamed = id.unwrap_or(ProductId::from_u128(0));
        let product =
            Product { id: unnamed, version: 0, number, name, category, brand, unit, tax_class, status, details };
        Asked { id, product }
    }
}

impl ProductView {
    /// `product` in its place.
    pub(super) fn of(product: Product, path: Vec<Placed>, definitions: Vec<Attribute>) -> ProductView {
        let Product { id, version, number, name, category, brand, unit, tax_class, status, details } = product;
        let Details { names, description, maker, attributes, custom, barcodes, packs, refs } = details;
        let lacking = |one: &&Attribute| one.required && !attributes.contains_key(&one.key);
        let missing = definitions.iter().filter(lacking).map(|one| one.key.clone()).collect();
        ProductView {
            id,
            version,
            number,
            name,
            names,
            description,
            category,
            path,
            brand,
            maker,
            unit,
            tax_class,
            status,
            missing,
            attributes,
            definitions,
            custom,
            barcodes,
            packs,
            refs,
        }
    }
}

/// A category on the way to something.
pub(super) fn node(category: &Category) -> Placed {
    Placed { id: category.id, name: category.name.clone(), names: category.names.clone() }
}

impl SearchView {
    /// `found` with the cursor of what follows.
    pub(super) fn of(found: Found, next: Option<String>) -> SearchView {
        let item = |hit: Hit| {
            let Hit { id, number, name, names, brand, category, path, unit, sold } = hit;
            SearchItem { id, number, name, names, brand, category, path, unit, sold }
        };
        let categories = found.categories.into_iter().map(|one| {
            let crate::search::CategoryCount { id, name, names, count } = one;
            CategoryFacet { id, name, names, count }
        });
        let brands = found.brands.into_iter().map(|one| BrandFacet { name: one.name, count: one.count });
        SearchView {
            total: found.total,
            items: found.hits.into_iter().map(item).collect(),
            categories: categories.collect(),
            brands: brands.collect(),
            relaxed: found.relaxed,
            next,
        }
    }
}
