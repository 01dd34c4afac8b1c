//! Products: what is sold, with its codes, packs and attributes. Pure decisions.

use std::collections::BTreeMap;

use contracts::catalog::ProductSummary;
use contracts::shared::{CategoryId, ProductId};
use kit::id::ExternalRef;
use kit::problem::{Problem, Refusal};
use kit::quantity::Unit;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::barcode::{self, Barcode, BarcodeError};
use crate::category::{Attribute, AttributeKind, Tree, are_names, is_key, is_text};

/// A product as it stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Product {
    /// Its id.
    pub id: ProductId,
    /// How often it has changed, from 1.
    pub version: i64,
    /// The article number, unique, 1 to 40 characters.
    pub number: String,
    /// What people call it, 1 to 200 characters.
    pub name: String,
    /// Its place in the tree.
    pub category: CategoryId,
    /// Its brand, at most 100 characters; empty where unknown.
    pub brand: String,
    /// The unit it is sold by.
    pub unit: Unit,
    /// Its tax class, 1 to 40 characters; the rate is a matter of pricing.
    pub tax_class: String,
    /// Whether it is sold.
    pub status: Status,
    /// Everything else.
    pub details: Details,
}

/// Whether a product is sold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ProductStatus)]
pub enum Status {
    /// It is sold.
    #[default]
    Active,
    /// It is not sold at present.
    Blocked,
}

/// What is known of a product beside what others ask for.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Details {
    /// Its name in other languages, by language code.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub names: BTreeMap<String, String>,
    /// What there is to say, at most 10,000 characters.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// Who makes it, at most 100 characters.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub maker: String,
    /// What its category asks for.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: BTreeMap<String, AttributeValue>,
    /// What the retailer keeps beside, at most 50 fields.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub custom: BTreeMap<String, AttributeValue>,
    /// Its codes, at most 20.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub barcodes: Vec<Barcode>,
    /// How it is packed, each level at most once.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub packs: Vec<Pack>,
    /// What other systems call it, at most 20.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub refs: Vec<ExternalRef>,
}

/// The value of an attribute or a custom field.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(untagged)]
pub enum AttributeValue {
    /// Yes or no.
    YesNo(bool),
    /// A number.
    Number(f64),
    /// A text or a choice, at most 500 characters.
    Text(String),
}

/// A level of packing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PackLevel {
    /// What is sold.
    #[default]
    Each,
    /// A box of them.
    Case,
    /// A pallet of boxes.
    Pallet,
}

impl PackLevel {
    /// Its code in tables and on the wire.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            PackLevel::Each => "each",
            PackLevel::Case => "case",
            PackLevel::Pallet => "pallet",
        }
    }
}

/// A product packed: outer measures with the packing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Pack {
    /// Which level.
    pub level: PackLevel,
    /// Seen from the front, in millimetres, 1 to 100,000.
    pub width_mm: i64,
    /// In millimetres, 1 to 100,000.
    pub height_mm: i64,
    /// In millimetres, 1 to 100,000.
    pub depth_mm: i64,
    /// In grams, 1 to 100,000,000.
    pub weight_g: i64,
    /// How many of what is sold are in it; 1 at the level `each`.
    pub pieces: i64,
}

impl Product {
    /// What others need to know of it, with the names of its categories from the top down.
    #[must_use]
    pub fn summary(&self, path: &[String]) -> ProductSummary {
        let of_unit = |barcode: &&Barcode| barcode.pack == PackLevel::Each;
        let each = self.details.packs.iter().find(|pack| pack.level == PackLevel::Each);
        ProductSummary {
            id: self.id,
            number: self.number.clone(),
            name: self.name.clone(),
            category: self.category,
            path: path.to_vec(),
            brand: self.brand.clone(),
            unit: self.unit,
            tax_class: self.tax_class.clone(),
            weight_g: each.map_or(0, |pack| pack.weight_g),
            barcodes: self.details.barcodes.iter().filter(of_unit).map(|barcode| barcode.code.clone()).collect(),
            sold: self.status == Status::Active,
        }
    }
}

/// Why a product cannot be so.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ProductError {
    /// Something is missing, too long or out of its range.
    #[error("product {number}: {what}")]
    Malformed {
        /// Which.
        number: String,
        /// What is wrong, in a word.
        field: &'static str,
        /// What is wrong.
        what: String,
    },
    /// Its category does not exist.
    #[error("product {number}: there is no category {category}")]
    NoCategory {
        /// Which.
        number: String,
        /// The one asked for.
        category: CategoryId,
    },
    /// Its category does not ask for this, or for another kind of value.
    #[error("product {number}: {key} {what}")]
    Attribute {
        /// Which.
        number: String,
        /// Of which attribute.
        key: String,
        /// What is wrong.
        what: String,
    },
    /// A code that cannot be.
    #[error("product {number}: {error}")]
    Barcode {
        /// Which.
        number: String,
        /// What is wrong.
        error: BarcodeError,
    },
    /// Another product has this article number.
    #[error("{other} has the article number {number}")]
    NumberTaken {
        /// The number.
        number: String,
        /// Who has it.
        other: ProductId,
    },
    /// Another product has this code.
    #[error("{other} has the code {code}")]
    BarcodeTaken {
        /// The code.
        code: String,
        /// Who has it.
        other: ProductId,
    },
}

impl Refusal for ProductError {
    fn problem(&self) -> Problem {
        match self {
            ProductError::Malformed { field, .. } => Problem::unfit(field, self.to_string()),
            ProductError::NoCategory { .. } => Problem::invalid(self.to_string()),
            ProductError::Attribute { number, key, .. } => {
                Problem::new(422, "catalog/attribute-unfit", "An attribute does not fit the category")
                    .detail(self.to_string())
                    .with("number", number.clone())
                    .with("attribute", key.clone())
            }
            ProductError::Barcode { number, error } => {
                Problem::new(422, "catalog/barcode-wrong", "A code cannot be right")
                    .detail(self.to_string())
                    .with("number", number.clone())
                    .with("code", error.code().to_owned())
            }
            ProductError::NumberTaken { number, other } => {
                Problem::conflict("catalog/number-taken", "Another product has this article number")
                    .with("number", number.clone())
                    .with("product", other.to_string())
            }
            ProductError::BarcodeTaken { code, other } => {
                Problem::conflict("catalog/barcode-taken", "Another product has this code")
                    .with("code", code.clone())
                    .with("product", other.to_string())
            }
        }
    }
}

/// What is there already of what a product claims for itself.
#[derive(Debug, Clone, Default)]
pub struct Claims {
    /// Products by article number.
    pub numbers: BTreeMap<String, ProductId>,
    /// Products by what their codes are told apart by, see [`Barcode::key`].
    pub codes: BTreeMap<String, ProductId>,
}

/// The product as it will be when `asked` is set; `None` when it is so already. `asked`'s version is not looked at.
///
/// # Errors
/// See [`ProductError`].
pub fn set(
    asked: Product,
    before: Option<&Product>,
    tree: &Tree,
    claims: &Claims,
) -> Result<Option<Product>, ProductError> {
    check(&asked)?;
    let number = || asked.number.clone();
    if tree.get(asked.category).is_none() {
        return Err(ProductError::NoCategory { number: number(), category: asked.category });
    }
    attributes(&asked, &tree.attributes(asked.category))?;
    let theirs = |claim: Option<&ProductId>| claim.copied().filter(|other| *other != asked.id);
    if let Some(other) = theirs(claims.numbers.get(&asked.number)) {
        return Err(ProductError::NumberTaken { number: number(), other });
    }
    for barcode in &asked.details.barcodes {
        barcode::check(barcode).map_err(|error| ProductError::Barcode { number: number(), error })?;
        if let Some(other) = theirs(claims.codes.get(&barcode.key())) {
            return Err(ProductError::BarcodeTaken { code: barcode.code.clone(), other });
        }
    }
    let version = before.map_or(0, |before| before.version);
    let after = Product { version, ..asked };
    if before == Some(&after) {
        return Ok(None);
    }
    Ok(Some(Product { version: version + 1, ..after }))
}

fn check(product: &Product) -> Result<(), ProductError> {
    let details = &product.details;
    let malformed = |field, what: &str| {
        Err(ProductError::Malformed { number: product.number.clone(), field, what: what.to_owned() })
    };
    if !is_text(&product.number, 40) || product.number.trim() != product.number {
        return malformed("number", "an article number of 1 to 40 characters without blanks around it is needed");
    }
    if !is_text(&product.name, 200) || !are_names(&details.names, 200) {
        return malformed("name", "a name has 1 to 200 characters, in every language");
    }
    if !is_text(&product.tax_class, 40) {
        return malformed("tax-class", "a tax class of 1 to 40 characters is needed");
    }
    if product.brand.chars().count() > 100 || details.maker.chars().count() > 100 {
        return malformed("text", "a brand and a maker have at most 100 characters");
    }
    if details.description.chars().count() > 10_000 {
        return malformed("description", "a description has at most 10,000 characters");
    }
    let values = details.custom.values().chain(details.attributes.values());
    let fit =
        values.into_iter().all(|value| !matches!(value, AttributeValue::Text(text) if text.chars().count() > 500));
    if !fit || details.custom.len() > 50 || !details.custom.keys().all(|key| is_key(key)) {
        return malformed(
            "text",
            "at most 50 custom fields, keys of 1 to 40 of a-z, 0-9 and _, and texts of at most 500 characters",
        );
    }
    if details.barcodes.len() > 20 || details.refs.len() > 20 {
        return malformed("too-many", "at most 20 codes and 20 names in other systems");
    }
    if details.refs.iter().any(|other| !is_text(&other.system, 40) || !is_text(&other.id, 100)) {
        return malformed("text", "a system has 1 to 40 characters and its id 1 to 100");
    }
    packs(&details.packs).or_else(|what| malformed("packs", what))
}

fn packs(packs: &[Pack]) -> Result<(), &'static str> {
    let measure = |mm: i64| (1..=100_000).contains(&mm);
    for pack in packs {
        if !measure(pack.width_mm) || !measure(pack.height_mm) || !measure(pack.depth_mm) {
            return Err("a pack measures 1 to 100,000 mm each way");
        }
        if !(1..=100_000_000).contains(&pack.weight_g) || !(1..=1_000_000).contains(&pack.pieces) {
            return Err("a pack weighs 1 to 100,000,000 g and holds 1 to 1,000,000 pieces");
        }
        if pack.level == PackLevel::Each && pack.pieces != 1 {
            return Err("each is one piece");
        }
    }
    let in_order = packs.windows(2).all(|pair| pair[0].level < pair[1].level && pair[0].pieces <= pair[1].pieces);
    if in_order { Ok(()) } else { Err("packs come once each, from each over case to pallet, and grow in pieces") }
}

fn attributes(product: &Product, definitions: &[Attribute]) -> Result<(), ProductError> {
    for (key, value) in &product.details.attributes {
        let unfit = |what: String| ProductError::Attribute { number: product.number.clone(), key: key.clone(), what };
        let Some(definition) = definitions.iter().find(|definition| definition.key == *key) else {
            return Err(unfit("is nothing that its category asks for".to_owned()));
        };
        let what = match (definition.kind, value) {
            (AttributeKind::Text, AttributeValue::Text(_))
            | (AttributeKind::Number, AttributeValue::Number(_))
            | (AttributeKind::YesNo, AttributeValue::YesNo(_)) => continue,
            (AttributeKind::Choice, AttributeValue::Text(text)) if definition.choices.contains(text) => continue,
            (AttributeKind::Choice, _) => format!("is one of {}", definition.choices.join(", ")),
            (AttributeKind::Text, _) => "is a text".to_owned(),
            (AttributeKind::Number, _) => "is a number".to_owned(),
            (AttributeKind::YesNo, _) => "is true or false".to_owned(),
        };
        return Err(unfit(what));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
