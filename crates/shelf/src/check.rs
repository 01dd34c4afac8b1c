//! What a filled shelf is worth and what is wrong with it, from the geometry alone: it shares nothing with the search but the sizes of facings.

use std::collections::{HashMap, HashSet};

use crate::geometry::{facing, family_margins, needed_units, unlisted, value};
use crate::model::{Block, Instance, Mode, Placement, Product, Solution};
use crate::validate::{nonsense, words};

/// What [`check`] found.
#[derive(Debug, Clone, PartialEq)]
pub struct Checked {
    /// Profit a day.
    pub objective: f64,
    /// What is not allowed, in words; empty when all is well.
    pub violations: Vec<String>,
}

/// Half a micrometre: what rounding of coordinates may do.
const NEARLY: f64 = 1e-6;

/// A product on a shelf, as the checker measures it.
struct Stands<'a> {
    product: &'a Product,
    from: f64,
    to: f64,
    grams: i64,
}

/// Looks whether `solution` fills the shelf of `instance` as it may, and what it is worth.
#[must_use]
pub fn check(instance: &Instance, solution: &Solution) -> Checked {
    let nonsense = nonsense(instance);
    if !nonsense.is_empty() {
        return Checked { objective: 0.0, violations: nonsense };
    }
    let products: HashMap<i64, &Product> = instance.products.iter().map(|p| (p.id, p)).collect();
    let margins = family_margins(instance);
    let runs = instance.all_runs();
    let mut violations = Vec::new();
    let mut seen = HashSet::new();
    let mut rows: HashMap<(usize, usize), Vec<Stands<'_>>> = HashMap::new();
    let mut objective = 0.0;
    for placed in &solution.placements {
        let level = runs.get(placed.run).and_then(|run| run.levels.get(placed.level));
        let (Some(product), Some(level)) = (products.get(&placed.product), level) else {
            violations.push(format!("product {} or level {} does not exist", placed.product, placed.level));
            continue;
        };
        if !seen.insert(placed.product) {
            violations.push(format!("product {} stands twice", placed.product));
        }
        let fits = product
            .orientations
            .contains(&placed.orientation)
            .then(|| facing(instance, product, level, placed.orientation));
        let (Some(Some((width, units))), true) =
            (fits, (product.min_facings.max(1)..=product.max_facings).contains(&placed.facings))
        else {
            violations.push(format!("product {}: face, fit or number of facings is not allowed", product.id));
            continue;
        };
        let units = placed.facings * units;
        if units as f64 + NEARLY < needed_units(instance, product) {
            violations.push(format!("product {}: less than its days of supply", product.id));
        }
        let to = placed.x + (placed.facings * width) as f64;
        let stands = Stands { product, from: placed.x, to, grams: units * product.weight };
        let stretches = instance.stretches(placed.run);
        let within =
            stretches.iter().find(|(left, right, _)| placed.x >= *left as f64 - NEARLY && to <= *right as f64 + NEARLY);
        let free = instance.zones.is_empty() && stretches.len() <= 1;
        match within {
            Some((_, _, factor)) => {
                objective += value(product, level, placed.orientation, placed.facings) * factor;
            }
            None => {
                objective += value(product, level, placed.orientation, placed.facings);
                if !free {
                    violations.push(format!("product {}: across an upright or a stretch's edge", product.id));
                }
            }
        }
        violations.extend(block_violation(instance, solution, placed, &stands));
        rows.entry((placed.run, placed.level)).or_default().push(stands);
    }
    for ((run, level), row) in &mut rows {
        violations.extend(row_violations(instance, runs[*run].width, *run, *level, row));
        let grams: i64 = row.iter().map(|stands| stands.grams).sum();
        if grams > runs[*run].levels[*level].max_weight {
            violations.push(format!("level {level}: overweight"));
        }
    }
    if instance.mode != Mode::Free {
        violations.extend(blocks_violations(&solution.blocks, &runs.iter().map(|run| run.width).collect::<Vec<_>>()));
    }
    violations.extend(pin_violations(instance, solution));
    violations.extend(share_violations(instance, &rows));
    for product in instance.products.iter().filter(|product| !seen.contains(&product.id)) {
        if product.min_facings > 0 {
            violations.push(format!("product {} has to be listed and is not", product.id));
        }
        objective += unlisted(instance, product, &margins);
    }
    Checked { objective, violations }
}

fn block_violation(
    instance: &Instance,
    solution: &Solution,
    placed: &Placement,
    stands: &Stands<'_>,
) -> Option<String> {
    if instance.mode == Mode::Free {
        return None;
    }
    let product = stands.product;
    let own = |block: &&Block| {
        block.family == product.family
            && (!instance.sub_blocks || block.manufacturer == Some(product.manufacturer))
            && (instance.mode != Mode::Hblock || block.levels.is_some())
    };
    let mut blocks = solution.blocks.iter().filter(own);
    let (Some(block), None) = (blocks.next(), blocks.next()) else {
        return Some(format!("product {}: its family has no block or several", product.id));
    };
    let inside = block.run == placed.run
        && stands.from >= block.x - NEARLY
        && stands.to <= block.x + block.width + NEARLY
        && block.levels.is_none_or(|(low, high)| (low..=high).contains(&placed.level));
    (!inside).then(|| format!("product {}: outside its family's block", product.id))
}

fn row_violations(instance: &Instance, width: i64, run: usize, level: usize, row: &mut [Stands<'_>]) -> Vec<String> {
    let mut found = Vec::new();
    row.sort_by(|a, b| a.from.total_cmp(&b.from));
    if row.iter().any(|stands| stands.from < -NEARLY || stands.to > width as f64 + NEARLY) {
        found.push(format!("run {run}, level {level}: beyond the shelf's edge"));
    }
    for pair in row.windows(2) {
        if pair[1].from < pair[0].to - NEARLY {
            found.push(format!("run {run}, level {level}: products overlap"));
        }
        for apart in &instance.apart {
            let (a, b) = (pair[0].product, pair[1].product);
            if apart.one.has(a) && apart.other.has(b) || apart.one.has(b) && apart.other.has(a) {
                found.push(format!("products {} and {} must not be neighbours", a.id, b.id));
            }
        }
    }
    found
}

fn blocks_violations(blocks: &[Block], widths: &[i64]) -> Option<String> {
    let edge = |block: &Block| {
        block.x < -NEARLY || widths.get(block.run).is_none_or(|width| block.x + block.width > *width as f64 + NEARLY)
    };
    let levels = |block: &Block| block.levels.unwrap_or((0, usize::MAX));
    let cross = |a: &Block, b: &Block| {
        a.run == b.run
            && a.x + a.width > b.x + NEARLY
            && b.x + b.width > a.x + NEARLY
            && levels(a).0 <= levels(b).1
            && levels(b).0 <= levels(a).1
    };
    let bad = blocks.iter().any(edge)
        || blocks.iter().enumerate().any(|(at, block)| blocks[..at].iter().any(|other| cross(block, other)));
    // Makers' blocks of one family are beside each other.
    let mut sorted: Vec<&Block> = blocks.iter().collect();
    sorted.sort_by(|a, b| (a.run, a.levels).cmp(&(b.run, b.levels)).then(a.x.total_cmp(&b.x)));
    let mut families: Vec<&str> = sorted.iter().map(|block| block.family.as_str()).collect();
    families.dedup();
    let torn = families.len() > families.iter().collect::<HashSet<_>>().len();
    if bad {
        Some("blocks overlap or leave the shelf".to_owned())
    } else {
        torn.then(|| "a family's blocks do not stand together".to_owned())
    }
}

fn pin_violations(instance: &Instance, solution: &Solution) -> Vec<String> {
    let kept = |pin: &&crate::model::Pin| {
        solution.placements.iter().any(|placed| {
            placed.product == pin.product
                && (placed.run, placed.level) == (pin.run, pin.level)
                && placed.orientation == pin.orientation
                && placed.facings == pin.facings
                && (instance.mode != Mode::Free || pin.x.is_none_or(|x| (x - placed.x).abs() < 0.5))
        })
    };
    let moved = instance.pins.iter().filter(|pin| !kept(pin));
    moved.map(|pin| format!("product {} does not stand where it is pinned", pin.product)).collect()
}

fn share_violations(instance: &Instance, rows: &HashMap<(usize, usize), Vec<Stands<'_>>>) -> Vec<String> {
    let mut found = Vec::new();
    for rule in &instance.shares {
        let on = |level: usize| rule.levels.is_empty() || rule.levels.contains(&level);
        let runs = instance.all_runs();
        let whole: i64 =
            runs.iter().map(|run| run.width * (0..run.levels.len()).filter(|level| on(*level)).count() as i64).sum();
        let stands = rows.iter().filter(|((_, level), _)| on(*level)).flat_map(|(_, row)| row);
        let width: f64 =
            stands.filter(|stands| rule.which.has(stands.product)).map(|stands| stands.to - stands.from).sum();
        let whole = whole as f64;
        if width < rule.at_least * whole - NEARLY || width > rule.at_most * whole + NEARLY {
            found.push(format!("share \"{}\" of {} is not kept: {:.3}", rule.name, words(&rule.which), width / whole));
        }
    }
    found
}
