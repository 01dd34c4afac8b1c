//! What makes no sense is refused in words before anything is computed: sizes, numbers, names that do not exist.

use std::collections::HashSet;

use crate::model::{Instance, Product, Which};

/// Lengths up to a kilometre, in mm.
const LONGEST: i64 = 1_000_000;
/// Weights up to a thousand tonnes, in g.
const HEAVIEST: i64 = 1_000_000_000;

/// Everything that makes no sense.
pub(crate) fn nonsense(instance: &Instance) -> Vec<String> {
    let mut found = Vec::new();
    let mut say = |wrong: bool, words: String| {
        if wrong && found.len() < 50 {
            found.push(words);
        }
    };
    let runs = instance.all_runs();
    let levels: usize = runs.iter().map(|run| run.levels.len()).sum();
    say(levels == 0, "there is no shelf".to_owned());
    say(levels > 1000, "there are more than 1,000 shelves".to_owned());
    say(instance.products.len() > 20_000, "there are more than 20,000 products".to_owned());
    say(instance.shares.len() > 32, "there are more than 32 rules about shares".to_owned());
    say(!instance.transfer.is_finite(), "the part of demand that stays in the family is no number".to_owned());
    say(!(-LONGEST..=LONGEST).contains(&instance.finger_gap), "the room for hands is out of range".to_owned());
    for (number, run) in runs.iter().enumerate() {
        say(
            !(1..=LONGEST).contains(&run.width),
            format!("run {number}: the width of {} mm is out of range", run.width),
        );
        say(run.bay_width < 0, format!("run {number}: the distance of uprights is negative"));
        for (at, level) in run.levels.iter().enumerate() {
            let fine = (0..=LONGEST).contains(&level.height)
                && (0..=LONGEST).contains(&level.depth)
                && (0..=HEAVIEST * 1000).contains(&level.max_weight)
                && level.attract.is_finite();
            say(!fine, format!("run {number}, shelf {at}: a size, load or attraction is out of range"));
        }
    }
    let widest = runs.iter().map(|run| run.width).max().unwrap_or(0);
    let crowd = widest.saturating_mul(instance.products.len() as i64);
    say(crowd > 2_000_000_000, "there are too many products for so long a run".to_owned());
    let mut ids = HashSet::new();
    for product in &instance.products {
        say(!ids.insert(product.id), format!("product {} is there twice", product.id));
        say(!is_sane(product), format!("product {}: a size, number or limit is out of range", product.id));
    }
    let mut pinned = HashSet::new();
    for pin in &instance.pins {
        say(!ids.contains(&pin.product), format!("product {} is pinned and does not exist", pin.product));
        say(!pinned.insert(pin.product), format!("product {} is pinned twice", pin.product));
        let there = runs.get(pin.run).is_some_and(|run| pin.level < run.levels.len());
        say(!there, format!("product {} is pinned to a shelf that does not exist", pin.product));
        say(pin.x.is_some_and(|x| !x.is_finite()), format!("product {} is pinned to no place", pin.product));
    }
    for share in &instance.shares {
        let fine = share.at_least.is_finite() && share.at_most.is_finite() && share.at_least <= share.at_most;
        say(!fine, format!("share \"{}\": from {} to {} is no range", share.name, share.at_least, share.at_most));
    }
    for zone in &instance.zones {
        let fine = zone.from < zone.to && zone.factor.is_finite() && zone.factor >= 0.0 && zone.run < runs.len();
        say(!fine, format!("the stretch from {} to {} mm is none", zone.from, zone.to));
    }
    found
}

fn is_sane(product: &Product) -> bool {
    let sizes = [product.width, product.height, product.depth];
    let tray = product.tray.as_ref().is_none_or(|tray| {
        [tray.width, tray.height, tray.depth].iter().all(|size| (1..=LONGEST).contains(size))
            && (1..=100_000).contains(&tray.units)
    });
    let numbers = [product.demand, product.margin, product.elasticity, product.min_days];
    sizes.iter().all(|size| (1..=LONGEST).contains(size))
        && tray
        && (0..=HEAVIEST).contains(&product.weight)
        && numbers.iter().all(|number| number.is_finite() && number.abs() < 1e9)
        && product.elasticity.abs() <= 10.0
        && (0..=1000).contains(&product.min_facings)
        && (1..=1000).contains(&product.max_facings)
        && (1..=10_000).contains(&product.max_stack)
}

/// How a selection reads.
pub(crate) fn words(which: &Which) -> String {
    let mut parts = Vec::new();
    if !which.products.is_empty() {
        let ids: Vec<String> = which.products.iter().take(5).map(ToString::to_string).collect();
        let more = if which.products.len() > 5 { ", …" } else { "" };
        parts.push(format!("products {}{more}", ids.join(", ")));
    }
    parts.extend(which.family.as_ref().map(|family| format!("family {family}")));
    parts.extend(which.manufacturer.map(|maker| format!("maker {maker}")));
    parts.extend(which.private.map(|private| if private { "own brands" } else { "others' brands" }.to_owned()));
    if parts.is_empty() { "all products".to_owned() } else { parts.join(", ") }
}
