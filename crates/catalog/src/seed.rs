//! The assortment of the demo: a general retailer's products, all invented. Always the same, made of `seed/assortment.txt`.
//!
//! Each line of that file is a category of the third level with its kinds of products and their sizes; each kind is made by two of
//! the brands of the second level.

use std::collections::BTreeMap;

use contracts::shared::{CategoryId, ProductId};
use kit::id::{ExternalRef, Id};
use kit::quantity::Unit;
use kit::time::Timestamp;

use crate::barcode::{Barcode, CodeKind, check_digit};
use crate::category::{Attribute, AttributeKind, Category};
use crate::product::{AttributeValue, Details, PackLevel, Product, Status};

mod shape;

const TEXT: &str = include_str!("../seed/assortment.txt");
/// Demo ids lie on one morning: 2026-01-05T06:00:00Z.
const FIRST_MOMENT: Timestamp = Timestamp::from_micros(1_767_592_800_000_000);
/// Brands that make each kind of product.
const MAKERS: usize = 2;

/// A product of the demo and what it costs.
#[derive(Debug, Clone, PartialEq)]
pub struct SeedProduct {
    /// The product, at version 0.
    pub product: Product,
    /// The price of one unit with tax, in euro cents.
    pub price_minor: i64,
}

/// A line of the file.
struct Kinds<'a> {
    category: CategoryId,
    tax_class: &'a str,
    storage: &'a str,
    brands: &'a [&'a str],
    shape: &'a str,
    base_minor: i64,
    sizes: Vec<&'a str>,
    items: Vec<(&'a str, &'a str)>,
}

/// The demo's categories, those above first, and products: about 2,500 in 138 categories of the third level.
///
/// # Panics
/// When the file is not as it should be; a test sees to that.
#[must_use]
pub fn assortment() -> (Vec<Category>, Vec<SeedProduct>) {
    scaled(0)
}

/// The demo's assortment, grown to `count` products by further models of the same kinds: for measuring.
///
/// # Panics
/// See [`assortment`].
#[must_use]
pub fn scaled(count: usize) -> (Vec<Category>, Vec<SeedProduct>) {
    let mut categories: Vec<Category> = Vec::new();
    let mut products = Vec::new();
    for series in 0_usize.. {
        let mut above = [None; 2];
        let (mut tax_class, mut storage, mut brands) = ("", "", Vec::new());
        let mut place = 0_u64;
        for line in TEXT.lines().filter(|line| !line.trim().is_empty()) {
            let level = line.chars().take_while(|mark| *mark == '#').count();
            let mut fields = line.trim_start_matches('#').split('|').map(str::trim);
            let mut next = || fields.next().expect("a line has all its fields");
            let (name, ukrainian) = (next(), next());
            place += 1;
            let id: CategoryId = Id::at(FIRST_MOMENT, u128::from(scatter(place)));
            let id = CategoryId::from_u128(id.as_u128() & !0xffff | u128::from(place));
            let parent = match level {
                1 => None,
                2 => above[0],
                _ => above[1],
            };
            if series == 0 {
                let names = BTreeMap::from([("uk".to_owned(), ukrainian.to_owned())]);
                let attributes = if level == 1 { attributes(line) } else { Vec::new() };
                let name = name.to_owned();
                categories.push(Category { id, version: 0, parent, name, names, position: place as i64, attributes });
            }
            match level {
                1 => (above, tax_class, storage) = ([Some(id), None], next(), next()),
                2 => (above[1], brands) = (Some(id), next().split(',').map(str::trim).collect()),
                _ => {
                    let shape = next();
                    let base_minor = next().parse().expect("a price is a number");
                    let sizes = next().split(',').map(str::trim).collect();
                    let items = next().split(';').map(|item| item.split_once('=').expect("an item has two names"));
                    let items = items.map(|(name, ukrainian)| (name.trim(), ukrainian.trim())).collect();
                    let brands = &brands;
                    let kinds = Kinds { category: id, tax_class, storage, brands, shape, base_minor, sizes, items };
                    kinds.products(series, &mut products);
                }
            }
        }
        if products.len() >= count {
            break;
        }
    }
    products.truncate(if count == 0 { usize::MAX } else { count });
    (categories, products)
}

impl Kinds<'_> {
    fn products(&self, series: usize, products: &mut Vec<SeedProduct>) {
        for (name, ukrainian) in &self.items {
            let lot =
                scatter(name.bytes().fold(7, |sum: u64, byte| sum.wrapping_mul(131).wrapping_add(u64::from(byte))));
            let loose = self.shape == "loose";
            for maker in 0..if loose { 1 } else { MAKERS.min(self.brands.len()) } {
                let at = ((lot >> 8) as usize + maker) % self.brands.len();
                for (step, size) in self.sizes.iter().enumerate() {
                    let product = self.product(products.len(), series, self.brands[at], (name, ukrainian), size);
                    let taste = 900 + (lot % 400) as i64;
                    let fame = [1000, 1150, 880, 1060][at % 4];
                    let price = shape::price(self.base_minor * taste / 1000 * fame / 1000, &self.sizes, step);
                    products.push(SeedProduct { product, price_minor: price });
                }
            }
        }
    }

    fn product(&self, at: usize, series: usize, brand: &str, (name, ukrainian): (&str, &str), size: &str) -> Product {
        let n = at as u64 + 1;
        let loose = self.shape == "loose";
        let size = if size == "-" { "" } else { size };
        let brand = if series == 0 { brand.to_owned() } else { format!("{brand} {}", model(series)) };
        let join = |parts: &[&str]| parts.iter().filter(|part| !part.is_empty()).copied().collect::<Vec<_>>().join(" ");
        let full = if loose { join(&[name, &model(series)]) } else { join(&[&brand, name, size]) };
        let in_ukrainian = if loose {
            join(&[ukrainian, &model(series)])
        } else {
            join(&[ukrainian, &brand, &shape::ukrainian(size)])
        };
        let packs = shape::packs(self.shape, size, n);
        let mut barcodes = vec![gtin(n, 0, PackLevel::Each)];
        if packs.len() > 1 {
            barcodes.push(gtin(n, 1, PackLevel::Case));
        }
        let mut attributes = BTreeMap::new();
        if self.storage == "-" {
            if shape::is_colour(size) {
                attributes.insert("colour".to_owned(), AttributeValue::Text(size.to_owned()));
            }
        } else {
            attributes.insert("storage".to_owned(), AttributeValue::Text(self.storage.to_owned()));
            attributes.insert("organic".to_owned(), AttributeValue::YesNo(scatter(n).is_multiple_of(7)));
        }
        let id: ProductId = Id::at(FIRST_MOMENT + std::time::Duration::from_micros(n), u128::from(scatter(n)));
        let details = Details {
            names: BTreeMap::from([("uk".to_owned(), in_ukrainian)]),
            maker: if loose { String::new() } else { format!("{brand} Works") },
            attributes,
            barcodes,
            packs,
            refs: vec![ExternalRef { system: "demo".to_owned(), id: format!("D{n:06}") }],
            ..Details::default()
        };
        Product {
            id,
            version: 0,
            number: format!("{}", 100_000 + n),
            name: full,
            category: self.category,
            brand: if loose { String::new() } else { brand },
            unit: if loose { Unit::Kilogram } else { Unit::Piece },
            tax_class: self.tax_class.to_owned(),
            status: if n.is_multiple_of(251) { Status::Blocked } else { Status::Active },
            details,
        }
    }
}

/// What is said of the products of a department: food is kept somehow, the rest has a colour.
fn attributes(line: &str) -> Vec<Attribute> {
    let attribute = |key: &str, name: &str, ukrainian: &str, kind, choices: &[&str]| Attribute {
        key: key.to_owned(),
        name: name.to_owned(),
        names: BTreeMap::from([("uk".to_owned(), ukrainian.to_owned())]),
        kind,
        unit: None,
        choices: choices.iter().map(|choice| (*choice).to_owned()).collect(),
        required: kind == AttributeKind::Choice,
    };
    if line.trim().ends_with('-') {
        return vec![attribute("colour", "Colour", "Колір", AttributeKind::Text, &[])];
    }
    vec![
        attribute("storage", "Storage", "Зберігання", AttributeKind::Choice, &["ambient", "chilled", "frozen"]),
        attribute("organic", "Organic", "Органічний", AttributeKind::YesNo, &[]),
    ]
}

/// A code of the range that shops may use as they like: prefixes 200 to 299.
fn gtin(n: u64, pack: u64, level: PackLevel) -> Barcode {
    let body = format!("2{pack}{n:010}");
    Barcode { code: format!("{body}{}", check_digit(&body)), kind: CodeKind::Gtin, pack: level }
}

/// What models of a later series are called.
fn model(series: usize) -> String {
    if series == 0 { String::new() } else { format!("Series {}", series + 1) }
}

/// A number that looks random and is always the same for `n` (SplitMix64).
fn scatter(n: u64) -> u64 {
    let mut z = n.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::category::{self, Tree};
    use crate::product::{self, Claims};

    #[test]
    fn the_demo_is_a_believable_retailer_and_valid() {
        let (categories, products) = assortment();
        let tree = Tree::of(category::set(&Tree::default(), categories.clone()).unwrap());
        let levels = |deep: usize| categories.iter().filter(|category| tree.path(category.id).len() == deep).count();
        assert!(levels(1) >= 10 && levels(2) >= 40 && levels(3) >= 120, "{} {} {}", levels(1), levels(2), levels(3));
        assert!(products.len() >= 2_000, "{}", products.len());
        let (mut numbers, mut ids, mut names, mut codes) =
            (BTreeSet::new(), BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        for SeedProduct { product, price_minor } in &products {
            product::set(product.clone(), None, &tree, &Claims::default()).unwrap();
            assert!(numbers.insert(&product.number) && ids.insert(product.id), "{}", product.name);
            assert!(names.insert(&product.name), "{} is there twice", product.name);
            assert!(product.details.barcodes.iter().all(|barcode| codes.insert(barcode.key())));
            assert!((20..=40_000).contains(price_minor), "{} costs {price_minor}", product.name);
        }
        assert_eq!(assortment(), (categories, products));
    }

    #[test]
    fn it_grows_to_any_size() {
        let (_, products) = scaled(6_000);
        assert_eq!(products.len(), 6_000);
        assert_eq!(products.iter().map(|one| &one.product.name).collect::<BTreeSet<_>>().len(), 6_000);
    }
}
