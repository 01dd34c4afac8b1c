//! Clusters: a partition, the same from the same seed, in any order of the input, whatever is missing; pins hold.

use affinity::clusters::agreement::adjusted_rand;
use affinity::clusters::products::{Clusters, Line, Pin, Product, Refused, Settings, cluster};
use affinity::clusters::stability::stability;
use affinity::clusters::stores::{self, Sale, StoreSettings, Thin};
use proptest::prelude::*;

/// Goods of five aisles, each with words, makers and buyers of its own; every aisle abbreviates.
fn shop() -> (Vec<[String; 5]>, Vec<Line>, Vec<u32>) {
    let aisles = [
        ("FROZEN PIZZA", "FRZN PIZZA SNACKS"),
        ("SOFT DRINKS CAN", "SFT DRNK BOTTLE"),
        ("SHREDDED CHEESE", "CHEESE SLICES"),
        ("KIDS CEREAL", "CEREAL ADULT"),
        ("CAT FOOD WET", "CAT FOOD DRY"),
    ];
    let (mut rows, mut aisle_of) = (Vec::new(), Vec::new());
    for (aisle, texts) in aisles.iter().enumerate() {
        for at in 0..20 {
            let text = if at % 2 == 0 { texts.0 } else { texts.1 };
            let maker = format!("maker {aisle}{}", at % 3);
            rows.push([
                format!("p{aisle}{at:02}"),
                text.to_owned(),
                "National".to_owned(),
                maker,
                format!("{} OZ", aisle + 8),
            ]);
            aisle_of.push(aisle as u32);
        }
    }
    // Baskets hold three things of any aisle; of each aisle a household takes one half only.
    let mut lines = Vec::new();
    for basket in 0..600_u32 {
        let household = basket % 60;
        for at in 0..3 {
            let aisle = (basket.wrapping_mul(2_654_435_761).wrapping_add(at * 40_503) >> 7) % 5;
            let product = aisle * 20 + (basket * 7 + at * 3) % 10 + (household >> aisle) % 2 * 10;
            lines.push(Line { basket, household: Some(household), product });
        }
    }
    (rows, lines, aisle_of)
}

fn products(rows: &[[String; 5]]) -> Vec<Product<'_>> {
    let mut products = Vec::new();
    for [key, text, brand, maker, size] in rows {
        products.push(Product { key, category: "", text, brand, maker, size });
    }
    products
}

fn five() -> Settings {
    Settings { clusters: Some(5), ..Settings::default() }
}

fn is_partition(found: &Clusters, products: usize) {
    assert_eq!(found.labels.len(), products);
    let mut sizes = vec![0; found.clusters.len()];
    for label in &found.labels {
        sizes[*label as usize] += 1;
    }
    assert!(sizes.iter().all(|size| *size > 0), "no empty cluster");
    assert_eq!(sizes, found.clusters.iter().map(|cluster| cluster.products).collect::<Vec<_>>());
    let mut names: Vec<&str> = found.clusters.iter().map(|cluster| cluster.name.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), found.clusters.len(), "names differ");
}

#[test]
fn aisles_are_found_and_named() {
    let (rows, lines, aisle_of) = shop();
    let found = cluster(&products(&rows), &lines, &five()).unwrap();
    assert_eq!(adjusted_rand(&found.labels, &aisle_of), 1.0);
    is_partition(&found, rows.len());
    let names: Vec<&str> = found.clusters.iter().map(|cluster| cluster.name.as_str()).collect();
    assert!(names.contains(&"Soft drinks") && names.contains(&"Cat food"), "{names:?}");
    let again = stability(&products(&rows), &lines, &five(), &found, 3).unwrap();
    assert!(again.overall > 0.9 && again.clusters.iter().all(|overlap| *overlap > 0.7), "{again:?}");
}

#[test]
fn aisles_are_found_without_words_and_without_purchases() {
    let (rows, lines, aisle_of) = shop();
    let without_words: Vec<Product> =
        products(&rows).into_iter().map(|product| Product { text: "", ..product }).collect();
    for bought in [&lines[..], &[]] {
        let found = cluster(&without_words, bought, &five()).unwrap();
        assert!(adjusted_rand(&found.labels, &aisle_of) > 0.6);
    }
}

#[test]
fn a_pinned_product_stays_where_a_person_put_it() {
    let (rows, lines, _) = shop();
    let pin = |product, cluster: &str| Pin { product, cluster: cluster.to_owned() };
    // A pizza among the cheeses, whose cluster was renamed; two cereals apart from each other.
    let pins = vec![pin(0, "Dairy wall"), pin(40, "Dairy wall"), pin(60, "Breakfast"), pin(61, "Snacking")];
    let found = cluster(&products(&rows), &lines, &Settings { pins, ..five() }).unwrap();
    assert_eq!(found.labels[0], found.labels[40]);
    assert_ne!(found.labels[60], found.labels[61]);
    assert_eq!(found.clusters[found.labels[0] as usize].name, "Dairy wall");
    assert!(found.clusters[found.labels[60] as usize].is_pinned);
    is_partition(&found, rows.len());
}

#[test]
fn contradictions_are_refused() {
    let (rows, lines, _) = shop();
    let mut twice = products(&rows);
    twice[1].key = "p000";
    twice[0].key = "p000";
    assert_eq!(cluster(&twice, &lines, &five()), Err(Refused::KeyTwice("p000".to_owned())));
    let pin = |cluster: &str| Pin { product: 3, cluster: cluster.to_owned() };
    let both = Settings { pins: vec![pin("a"), pin("b")], ..five() };
    assert_eq!(cluster(&products(&rows), &lines, &both), Err(Refused::PinnedTwice(3)));
    let none = Settings { clusters: Some(0), ..five() };
    assert_eq!(cluster(&products(&rows), &lines, &none), Err(Refused::NoClusters));
    let stray = [Line { basket: 1, household: None, product: 500 }];
    assert_eq!(cluster(&products(&rows), &stray, &five()), Err(Refused::NoSuchProduct(500)));
}

/// Any handful of products and lines, poor in words so that they collide.
fn anything() -> impl Strategy<Value = (Vec<[String; 4]>, Vec<Line>, usize, u64)> {
    let word = prop::sample::select(vec!["", "MILK", "MLK 1", "SOFT DRINK", "(--)", "ÄPFEL", "7"]);
    let row = prop::array::uniform4(word).prop_map(|row| row.map(str::to_owned));
    prop::collection::vec(row, 0..40).prop_flat_map(|rows| {
        let count = rows.len().max(1) as u32;
        let line = (0..20_u32, prop::option::of(0..5_u32), 0..count);
        let lines = prop::collection::vec(line, if rows.is_empty() { 0..1 } else { 0..80 });
        let empty = rows.is_empty();
        (Just(rows), lines, 1..9_usize, any::<u64>()).prop_map(move |(rows, lines, clusters, seed)| {
            let lines = lines.into_iter().filter(|_| !empty);
            let lines = lines.map(|(basket, household, product)| Line { basket, household, product }).collect();
            (rows, lines, clusters, seed)
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn whatever_is_given_the_labels_are_a_partition_that_no_order_changes((rows, lines, clusters, seed) in anything()) {
        let keys: Vec<String> = (0..rows.len()).map(|at| format!("k{at:03}")).collect();
        let given: Vec<Product> = rows.iter().zip(&keys).map(|([text, brand, maker, size], key)| {
            Product { key, category: "", text, brand, maker, size }
        }).collect();
        let settings = Settings { clusters: Some(clusters), seed, ..Settings::default() };
        let found = cluster(&given, &lines, &settings).unwrap();
        is_partition(&found, given.len());
        prop_assert!(found.clusters.len() <= clusters, "{} of {clusters}", found.clusters.len());
        prop_assert_eq!(&cluster(&given, &lines, &settings).unwrap(), &found);
        let turned: Vec<Product> = given.iter().rev().copied().collect();
        let last = given.len() as u32;
        let turned_lines: Vec<Line> = lines.iter().rev().map(|line| Line { product: last - 1 - line.product, ..*line }).collect();
        let mut turned = cluster(&turned, &turned_lines, &settings).unwrap();
        turned.labels.reverse();
        turned.strength.reverse();
        prop_assert_eq!(turned, found);
    }

    #[test]
    fn whatever_shops_sell_there_is_an_answer(
        rows in prop::collection::vec((0..40_u8, 0..6_u8, any::<bool>(), prop_oneof![Just(f64::NAN), Just(-3.0), 0.0..1e6]), 0..300),
        clusters in prop::option::of(0..12_usize),
    ) {
        let named: Vec<(String, String, bool, f64)> =
            rows.into_iter().map(|(store, category, later, sales)| (store.to_string(), category.to_string(), later, sales)).collect();
        let sales: Vec<Sale> = named.iter().map(|(store, category, is_later, sales)| {
            Sale { store, category, is_later: *is_later, sales: *sales }
        }).collect();
        let settings = StoreSettings { clusters, ..StoreSettings::default() };
        let found = stores::cluster(&sales, &settings);
        let turned: Vec<Sale> = sales.iter().rev().copied().collect();
        if let (Ok(found), Ok(turned)) = (&found, &stores::cluster(&turned, &settings)) {
            let labels = |found: &stores::StoreClusters| found.stores.iter().map(|store| store.cluster).collect::<Vec<_>>();
            prop_assert_eq!(labels(found), labels(turned));
            prop_assert!(found.stability >= settings.least_stability);
        }
    }
}

/// Thirty stores of two kinds that differ by wine and beef, with some noise from the store's number.
fn chain() -> Vec<(String, &'static str, bool, f64)> {
    let mut sales = Vec::new();
    for store in 0..30_u32 {
        let is_city = store < 12;
        for (at, category) in ["WINE", "BEEF", "MILK", "BREAD", "SOAP"].into_iter().enumerate() {
            for is_later in [false, true] {
                let taste = match (category, is_city) {
                    ("WINE", true) | ("BEEF", false) => 900.0,
                    ("WINE" | "BEEF", _) => 300.0,
                    _ => 1000.0,
                };
                let noise = f64::from((store * 37 + at as u32 * 11 + u32::from(is_later) * 5) % 17) / 17.0 - 0.5;
                sales.push((format!("s{store:02}"), category, is_later, taste * (1.0 + 0.15 * noise)));
            }
        }
    }
    // A kiosk that sells next to nothing.
    sales.push(("s99".to_owned(), "SOAP", false, 3.0));
    sales
}

fn as_sales<'a>(rows: &'a [(String, &'static str, bool, f64)]) -> Vec<Sale<'a>> {
    rows.iter()
        .map(|(store, category, is_later, sales)| Sale { store, category, is_later: *is_later, sales: *sales })
        .collect()
}

#[test]
fn stores_that_sell_alike_are_together_and_say_why() {
    let rows = chain();
    let found =
        stores::cluster(&as_sales(&rows), &StoreSettings { clusters: Some(2), ..StoreSettings::default() }).unwrap();
    assert!(found.stability > 0.99 && found.silhouette > 0.6, "{} {}", found.stability, found.silhouette);
    let city = found.stores[0].cluster.unwrap() as usize;
    assert_eq!((found.clusters[city].stores, found.clusters[city].more[0].category.as_str()), (12, "WINE"));
    assert_eq!(found.clusters[city].less[0].category, "BEEF");
    assert!(found.clusters[city].name.starts_with("More WINE"), "{}", found.clusters[city].name);
    let kiosk = found.stores.last().unwrap();
    assert_eq!((kiosk.store.as_str(), kiosk.cluster), ("s99", None));
}

#[test]
fn thin_sales_are_refused_in_words() {
    let rows = chain();
    let few: Vec<Sale> = as_sales(&rows).into_iter().filter(|sale| sale.store < "s08").collect();
    let refused = stores::cluster(&few, &StoreSettings::default()).unwrap_err();
    assert_eq!(refused, Thin::Stores { usable: 8, all: 8, needed: 10 });
    assert!(refused.to_string().contains("8 of 8 stores"));
    // The later period is shuffled: what the first says does not last.
    let shuffled: Vec<Sale> = as_sales(&rows)
        .into_iter()
        .map(|sale| {
            let wild = f64::from(sale.store[1..].parse::<u32>().unwrap() * 7919 % 101 + 1)
                * if sale.category == "WINE" { 20.0 } else { 3.0 };
            if sale.is_later { Sale { sales: wild * 30.0, ..sale } } else { sale }
        })
        .collect();
    let refused = stores::cluster(&shuffled, &StoreSettings { clusters: Some(4), ..StoreSettings::default() });
    assert!(matches!(refused, Err(Thin::Unstable { .. })), "{refused:?}");
}
