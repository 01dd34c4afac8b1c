//! What one facing of a product holds on a shelf, and what each way of placing it is worth.

use std::collections::HashMap;

use crate::model::{Instance, Level, Orientation, Product};

/// The share of attraction that a product keeps when it shows its side.
const SIDE: f64 = 0.92;
/// The share of the transferred demand that is really bought.
const TRANSFERRED: f64 = 0.8;

/// One way of placing a product.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Choice {
    pub(crate) level: u16,
    pub(crate) orientation: Orientation,
    pub(crate) facings: u16,
    /// The width taken, in mm.
    pub(crate) width: i32,
    /// The weight on the shelf, in g.
    pub(crate) grams: i64,
    /// Profit a day.
    pub(crate) value: f64,
}

/// All ways of placing all products: per product and level those where more width means more value.
#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) choices: Vec<Choice>,
    /// Where the choices of (product, level) begin; one more at the end.
    starts: Vec<u32>,
    pub(crate) levels: usize,
    /// What a product brings when it is not listed; none where it must be.
    pub(crate) unlisted: Vec<Option<f64>>,
    /// The number of each product's family.
    pub(crate) family: Vec<u16>,
    pub(crate) families: usize,
}

/// Width, height and depth of a unit that stands in `orientation`.
fn turned(product: &Product, orientation: Orientation) -> (i64, i64, i64) {
    match orientation {
        Orientation::Front => (product.width, product.height, product.depth),
        Orientation::Side => (product.depth, product.height, product.width),
    }
}

/// Width of one facing and the units it holds; none where it does not fit.
pub(crate) fn facing(
    instance: &Instance,
    product: &Product,
    level: &Level,
    orientation: Orientation,
) -> Option<(i64, i64)> {
    let (width, height, depth) = turned(product, orientation);
    if width <= 0 || height <= 0 || depth <= 0 {
        return None;
    }
    let clear = level.height - instance.finger_gap;
    let layers = product.max_stack.min(clear.div_euclid(height));
    let deep = level.depth.div_euclid(depth);
    if layers < 1 || deep < 1 {
        return None;
    }
    let mut units = layers * deep;
    if product.capping && height <= level.depth {
        units += ((clear - layers * height) / depth) * (level.depth / height);
    }
    Some((width, units))
}

/// Profit a day of a placed product.
pub(crate) fn value(product: &Product, level: &Level, orientation: Orientation, facings: i64) -> f64 {
    let face = match orientation {
        Orientation::Front => 1.0,
        Orientation::Side => SIDE,
    };
    product.margin * product.demand * level.attract * (facings as f64).powf(product.elasticity) * face
}

/// The mean margin of each family: what a unit earns whose buyer moves within the family.
pub(crate) fn family_margins(instance: &Instance) -> HashMap<&str, f64> {
    let mut sums: HashMap<&str, (f64, f64)> = HashMap::new();
    for product in &instance.products {
        let sum = sums.entry(&product.family).or_default();
        *sum = (sum.0 + product.margin, sum.1 + 1.0);
    }
    sums.into_iter().map(|(family, (sum, count))| (family, sum / count)).collect()
}

/// Profit a day of a product that is not listed: part of its demand stays in the family.
pub(crate) fn unlisted(instance: &Instance, product: &Product, margins: &HashMap<&str, f64>) -> f64 {
    let margin = margins.get(product.family.as_str()).copied().unwrap_or(product.margin).min(product.margin);
    instance.transfer * product.demand * margin * TRANSFERRED
}

/// Units that the shelf has to hold: the days of supply, at most what the most facings hold at best.
pub(crate) fn needed_units(instance: &Instance, product: &Product) -> f64 {
    let fits = |level| {
        product
            .orientations
            .iter()
            .filter_map(move |face| facing(instance, product, level, *face))
            .map(|(_, units)| units)
    };
    let best = instance.levels.iter().flat_map(fits).max().unwrap_or(0);
    (product.min_days * product.demand).min((best * product.max_facings) as f64)
}

impl Table {
    pub(crate) fn new(instance: &Instance) -> Table {
        let margins = family_margins(instance);
        let numbers: HashMap<&str, u16> = {
            let mut names: Vec<&str> = instance.products.iter().map(|product| product.family.as_str()).collect();
            names.sort_unstable();
            names.dedup();
            names.into_iter().zip(0..).collect()
        };
        let levels = instance.levels.len();
        let mut table = Table {
            choices: Vec::new(),
            starts: Vec::with_capacity(instance.products.len() * levels + 1),
            levels,
            unlisted: Vec::with_capacity(instance.products.len()),
            family: instance.products.iter().map(|product| numbers[product.family.as_str()]).collect(),
            families: numbers.len(),
        };
        let mut ways = Vec::new();
        for product in &instance.products {
            let needed = needed_units(instance, product);
            for (number, level) in instance.levels.iter().enumerate() {
                table.starts.push(table.choices.len() as u32);
                ways.clear();
                for orientation in &product.orientations {
                    let Some((width, units)) = facing(instance, product, level, *orientation) else { continue };
                    for facings in product.min_facings.max(1)..=product.max_facings {
                        if (facings * units) as f64 + 1e-9 < needed || facings * width > instance.width {
                            continue;
                        }
                        ways.push(Choice {
                            level: number as u16,
                            orientation: *orientation,
                            facings: facings as u16,
                            width: (facings * width) as i32,
                            grams: facings * units * product.weight,
                            value: value(product, level, *orientation, facings),
                        });
                    }
                }
                ways.sort_by(|a, b| a.width.cmp(&b.width).then(b.value.total_cmp(&a.value)));
                let mut best = -1.0;
                for way in &ways {
                    if way.value > best + 1e-12 {
                        best = way.value;
                        table.choices.push(*way);
                    }
                }
            }
            table.unlisted.push((product.min_facings == 0).then(|| unlisted(instance, product, &margins)));
        }
        table.starts.push(table.choices.len() as u32);
        table
    }

    pub(crate) fn products(&self) -> usize {
        self.unlisted.len()
    }

    /// The choices of `product` on `level`, narrow ones first.
    #[inline]
    pub(crate) fn on(&self, product: usize, level: usize) -> std::ops::Range<usize> {
        let at = product * self.levels + level;
        self.starts[at] as usize..self.starts[at + 1] as usize
    }

    /// All choices of `product`.
    #[inline]
    pub(crate) fn of(&self, product: usize) -> std::ops::Range<usize> {
        self.starts[product * self.levels] as usize..self.starts[(product + 1) * self.levels] as usize
    }

    /// The most valuable choice of `product` on `level` that is at most `room` mm wide.
    #[inline]
    pub(crate) fn widest(&self, product: usize, level: usize, room: i32) -> Option<usize> {
        let range = self.on(product, level);
        let fitting = self.choices[range.clone()].partition_point(|choice| choice.width <= room);
        (fitting > 0).then(|| range.start + fitting - 1)
    }
}
