//! What a filled shelf is worth and what is wrong with it, from the geometry alone.

use std::collections::{HashMap, HashSet};

use crate::geometry::{facing, family_margins, needed_units, unlisted, value};
use crate::model::{Instance, Mode, Solution};

/// What [`check`] found.
#[derive(Debug, Clone, PartialEq)]
pub struct Checked {
    /// Profit a day.
    pub objective: f64,
    /// What is not allowed, in words; empty when all is well.
    pub violations: Vec<String>,
}

/// Looks whether `solution` fills the shelf of `instance` as it may, and what it is worth.
#[must_use]
pub fn check(instance: &Instance, solution: &Solution) -> Checked {
    let products: HashMap<i64, &crate::model::Product> = instance.products.iter().map(|p| (p.id, p)).collect();
    let margins = family_margins(instance);
    let blocks: HashMap<&str, (f64, f64)> =
        solution.blocks.iter().map(|block| (block.family.as_str(), (block.x, block.x + block.width))).collect();
    let mut violations = Vec::new();
    let mut seen = HashSet::new();
    let mut rows: Vec<Vec<(f64, f64, i64)>> = vec![Vec::new(); instance.levels.len()];
    let mut objective = 0.0;
    for placed in &solution.placements {
        let (Some(product), Some(level)) = (products.get(&placed.product), instance.levels.get(placed.level)) else {
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
        if units as f64 + 1e-6 < needed_units(instance, product) {
            violations.push(format!("product {}: less than its days of supply", product.id));
        }
        let end = placed.x + (placed.facings * width) as f64;
        rows[placed.level].push((placed.x, end, units * product.weight));
        if instance.mode == Mode::Vblock {
            match blocks.get(product.family.as_str()) {
                Some((from, to)) if placed.x >= from - 1e-6 && end <= to + 1e-6 => {}
                _ => violations.push(format!("product {}: outside its family's block", product.id)),
            }
        }
        objective += value(product, level, placed.orientation, placed.facings);
    }
    for (number, (row, level)) in rows.iter_mut().zip(&instance.levels).enumerate() {
        row.sort_by(|a, b| a.0.total_cmp(&b.0));
        let ends = (row.first(), row.last());
        if let (Some(first), Some(last)) = ends
            && (first.0 < -1e-6 || last.1 > instance.width as f64 + 1e-6)
        {
            violations.push(format!("level {number}: beyond the shelf's edge"));
        }
        if row.windows(2).any(|pair| pair[1].0 < pair[0].1 - 1e-6) {
            violations.push(format!("level {number}: products overlap"));
        }
        if row.iter().map(|(_, _, grams)| grams).sum::<i64>() > level.max_weight {
            violations.push(format!("level {number}: overweight"));
        }
    }
    if instance.mode == Mode::Vblock {
        let mut edges: Vec<(f64, f64)> = blocks.values().copied().collect();
        edges.sort_by(|a, b| a.0.total_cmp(&b.0));
        let outside = edges.first().is_some_and(|first| first.0 < -1e-6)
            || edges.last().is_some_and(|last| last.1 > instance.width as f64 + 1e-6);
        if outside || edges.windows(2).any(|pair| pair[1].0 < pair[0].1 - 1e-6) {
            violations.push("blocks overlap or leave the shelf".to_owned());
        }
    }
    for product in instance.products.iter().filter(|product| !seen.contains(&product.id)) {
        if product.min_facings > 0 {
            violations.push(format!("product {} has to be listed and is not", product.id));
        }
        objective += unlisted(instance, product, &margins);
    }
    Checked { objective, violations }
}
