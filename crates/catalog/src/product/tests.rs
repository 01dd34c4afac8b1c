//! What a product may be, and what changing it tells.

use super::*;
use crate::barcode::CodeKind;
use crate::category::Category;

const CATEGORY: CategoryId = CategoryId::from_u128(1);

fn tree() -> Tree {
    let attribute = |key: &str, kind, choices: &[&str]| Attribute {
        key: key.to_owned(),
        name: key.to_owned(),
        names: BTreeMap::new(),
        kind,
        unit: None,
        choices: choices.iter().map(|choice| (*choice).to_owned()).collect(),
        required: false,
    };
    let attributes = vec![
        attribute("colour", AttributeKind::Choice, &["red", "blue"]),
        attribute("power", AttributeKind::Number, &[]),
    ];
    let (names, name) = (BTreeMap::new(), "Lamps".to_owned());
    Tree::of([Category { id: CATEGORY, version: 1, parent: None, name, names, position: 0, attributes }])
}

fn lamp() -> Product {
    Product {
        id: ProductId::from_u128(7),
        version: 0,
        number: "L-7".to_owned(),
        name: "Desk lamp".to_owned(),
        category: CATEGORY,
        brand: String::new(),
        unit: Unit::Piece,
        tax_class: "standard".to_owned(),
        status: Status::Active,
        details: Details::default(),
    }
}

fn with(details: Details) -> Product {
    Product { details, ..lamp() }
}

fn said(key: &str, value: AttributeValue) -> Product {
    with(Details { attributes: BTreeMap::from([(key.to_owned(), value)]), ..Details::default() })
}

#[test]
fn a_product_that_is_set_as_it_is_does_not_change() {
    let first = set(lamp(), None, &tree(), &Claims::default()).unwrap().unwrap();
    assert_eq!(first.version, 1);
    assert_eq!(set(lamp(), Some(&first), &tree(), &Claims::default()), Ok(None));
    let renamed = Product { name: "Lamp".to_owned(), ..lamp() };
    assert_eq!(set(renamed, Some(&first), &tree(), &Claims::default()).unwrap().unwrap().version, 2);
}

#[test]
fn attributes_are_what_the_category_asks_for() {
    let decide = |product| set(product, None, &tree(), &Claims::default()).map(drop);
    let text = |text: &str| AttributeValue::Text(text.to_owned());
    assert_eq!(decide(said("colour", text("red"))), Ok(()));
    assert_eq!(decide(said("power", AttributeValue::Number(4.5))), Ok(()));
    for (key, value) in [("colour", text("green")), ("power", text("4")), ("smell", text("none"))] {
        assert!(matches!(decide(said(key, value)), Err(ProductError::Attribute { .. })), "{key}");
    }
}

#[test]
fn an_article_number_and_a_code_belong_to_one_product() {
    let other = ProductId::from_u128(8);
    let barcode = Barcode { code: "4006381333931".to_owned(), kind: CodeKind::Gtin, pack: PackLevel::Each };
    let codes = BTreeMap::from([(barcode.key(), other)]);
    let coded = || with(Details { barcodes: vec![barcode.clone()], ..Details::default() });
    let taken = Claims { codes, ..Claims::default() };
    assert!(matches!(set(coded(), None, &tree(), &taken), Err(ProductError::BarcodeTaken { .. })));
    assert!(set(coded(), None, &tree(), &Claims::default()).is_ok());
    let taken = Claims { numbers: BTreeMap::from([("L-7".to_owned(), other)]), ..Claims::default() };
    assert!(matches!(set(lamp(), None, &tree(), &taken), Err(ProductError::NumberTaken { .. })));
    let own = Claims { numbers: BTreeMap::from([("L-7".to_owned(), lamp().id)]), ..Claims::default() };
    assert!(set(lamp(), None, &tree(), &own).is_ok());
}

#[test]
fn packs_grow_from_each_to_pallet() {
    let pack = |level, pieces| Pack { level, width_mm: 80, height_mm: 200, depth_mm: 60, weight_g: 500, pieces };
    let decide = |packs: &[Pack]| {
        let product = with(Details { packs: packs.to_vec(), ..Details::default() });
        set(product, None, &tree(), &Claims::default()).is_ok()
    };
    assert!(decide(&[pack(PackLevel::Each, 1), pack(PackLevel::Case, 12), pack(PackLevel::Pallet, 480)]));
    assert!(!decide(&[pack(PackLevel::Each, 2)]));
    assert!(!decide(&[pack(PackLevel::Case, 12), pack(PackLevel::Each, 1)]));
    assert!(!decide(&[pack(PackLevel::Case, 12), pack(PackLevel::Pallet, 6)]));
    assert!(!decide(&[Pack { width_mm: 0, ..pack(PackLevel::Each, 1) }]));
}
