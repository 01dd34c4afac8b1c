//! How big, heavy and dear a demo product is, told from how it is packed and how much is in it.

use crate::product::{Pack, PackLevel};

/// The outer measures of a pack in which a litre or a kilogram is: width, height and depth in mm, and what the packing weighs in
/// thousandths of the content.
const SHAPES: [(&str, [f64; 3], i64); 8] = [
    ("carton", [80.0, 215.0, 65.0], 35),
    ("bottle", [85.0, 270.0, 85.0], 60),
    ("tub", [125.0, 95.0, 125.0], 50),
    ("can", [100.0, 150.0, 100.0], 120),
    ("jar", [105.0, 150.0, 105.0], 450),
    ("bag", [190.0, 260.0, 80.0], 15),
    ("box", [190.0, 250.0, 75.0], 110),
    ("tray", [190.0, 60.0, 250.0], 40),
];
/// A crate of loose produce holds so many kilograms.
const CRATE_KG: i64 = 10;

/// How a product is packed. `n` makes cases differ.
pub(super) fn packs(shape: &str, size: &str, n: u64) -> Vec<Pack> {
    if shape == "loose" {
        let each =
            Pack { level: PackLevel::Each, width_mm: 150, height_mm: 100, depth_mm: 150, weight_g: 1_000, pieces: 1 };
        let weight_g = CRATE_KG * 1_000 + 700;
        let crate_ =
            Pack { level: PackLevel::Case, width_mm: 400, height_mm: 180, depth_mm: 300, weight_g, pieces: CRATE_KG };
        return vec![each, crate_];
    }
    let each = match shape.strip_prefix("dev:") {
        Some(measures) => device(measures, size),
        None => packed(shape, size),
    };
    let pieces = [6, 12, 8, 10, 20][(n % 5) as usize];
    let (wide, deep) = (if pieces % 4 == 0 { 4 } else { 2 }, 2);
    let high = (pieces + wide * deep - 1) / (wide * deep);
    let case = Pack {
        level: PackLevel::Case,
        width_mm: each.width_mm * wide + 10,
        height_mm: each.height_mm * high + 10,
        depth_mm: each.depth_mm * deep + 10,
        weight_g: each.weight_g * pieces + 150 + 8 * pieces,
        pieces,
    };
    vec![each, case]
}

/// What the size `step` of `sizes` costs when the first costs `base_minor`: more is cheaper by the piece, and prices end in nine.
pub(super) fn price(base_minor: i64, sizes: &[&str], step: usize) -> i64 {
    let is_counted = |size: &str| size.ends_with(" pcs");
    let times = match (content(sizes[0]), content(sizes[step])) {
        // Several of what is sold by weight.
        (Some(_), Some(pieces)) if is_counted(sizes[step]) && !is_counted(sizes[0]) => pieces.powf(0.86),
        (Some(first), Some(this)) => (this / first).powf(0.86),
        _ => 1.0,
    };
    let minor = (base_minor as f64 * times) as i64;
    (minor / 10 * 10 + 9).max(29)
}

/// The size as one writes it in Ukrainian.
pub(super) fn ukrainian(size: &str) -> String {
    let Some((number, unit)) = size.split_once(' ') else { return word(size).to_owned() };
    let unit = match unit {
        "ml" => "мл",
        "l" => "л",
        "g" => "г",
        "kg" => "кг",
        "pcs" => "шт",
        "m" => "м",
        "cm" => "см",
        "W" => "Вт",
        other => other,
    };
    format!("{} {unit}", number.replace('.', ","))
}

/// Is it the name of a colour?
pub(super) fn is_colour(size: &str) -> bool {
    ["white", "black", "grey", "blue", "red", "violet", "silver", "rose", "steel"].contains(&size)
}

fn word(size: &str) -> &str {
    match size {
        "white" => "білий",
        "black" => "чорний",
        "grey" => "сірий",
        "blue" => "синій",
        "red" => "червоний",
        "violet" => "фіолетовий",
        "silver" => "сріблястий",
        "rose" => "рожевий",
        "steel" => "сталевий",
        "small" => "малий",
        "large" => "великий",
        "soft" => "м'який",
        "medium" => "середній",
        "vanilla" => "ваніль",
        "lavender" => "лаванда",
        "cinnamon" => "кориця",
        "lined" => "в лінійку",
        "squared" => "у клітинку",
        other => other,
    }
}

/// How much is in it: kilograms, litres, pieces or whatever the size counts.
fn content(size: &str) -> Option<f64> {
    let (number, unit) = size.split_once(' ')?;
    let number: f64 = number.parse().ok()?;
    Some(if unit == "g" || unit == "ml" { number / 1000.0 } else { number })
}

/// Kilograms or litres in it; a piece counts as fifty grams.
fn bulk(size: &str) -> f64 {
    let pieces = size.ends_with(" pcs") || size.ends_with(" m");
    content(size).map_or(0.3, |content| if pieces { content * 0.05 } else { content })
}

fn packed(shape: &str, size: &str) -> Pack {
    let (_, measures, packing) = SHAPES.iter().find(|(name, ..)| *name == shape).copied().unwrap_or(SHAPES[6]);
    let bulk = bulk(size);
    let scale = bulk.cbrt();
    let [width_mm, height_mm, depth_mm] = measures.map(|mm| ((mm * scale) as i64).max(15));
    let weight_g = ((bulk * 1000.0) as i64 * (1000 + packing) / 1000).max(5);
    Pack { level: PackLevel::Each, width_mm, height_mm, depth_mm, weight_g, pieces: 1 }
}

/// `WxHxD:grams`; of sizes that count pieces, the larger are heavier.
fn device(measures: &str, size: &str) -> Pack {
    let (millimetres, grams) = measures.split_once(':').expect("measures are WxHxD:grams");
    let mut millimetres = millimetres.split('x').map(|mm| mm.parse().expect("a measure is a number"));
    let mut next = || millimetres.next().expect("there are three measures");
    let (width_mm, height_mm, depth_mm): (i64, i64, i64) = (next(), next(), next());
    let weight_g: i64 = grams.parse().expect("a weight is a number");
    let larger = i64::from(size == "large" || size.ends_with("0 pcs") || size.starts_with("28"));
    let weight_g = weight_g + larger * weight_g / 3;
    Pack {
        level: PackLevel::Each,
        width_mm,
        height_mm: height_mm + larger * height_mm / 5,
        depth_mm,
        weight_g,
        pieces: 1,
    }
}
