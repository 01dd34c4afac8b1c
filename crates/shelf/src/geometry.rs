//! What one facing of a product holds on a shelf, and what each way of placing it is worth.

use std::collections::{HashMap, HashSet};

use crate::model::{Instance, Level, Orientation, Pin, Product};

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
    /// The block of each product: its family, or its maker within its family.
    pub(crate) block: Vec<u16>,
    pub(crate) blocks: usize,
    /// Run and shelf of each level.
    pub(crate) places: Vec<(usize, usize)>,
}

/// Width, height and depth of what stands in `orientation`: a unit, or a tray.
fn turned(product: &Product, orientation: Orientation) -> (i64, i64, i64) {
    let (width, height, depth) = match &product.tray {
        Some(tray) => (tray.width, tray.height, tray.depth),
        None => (product.width, product.height, product.depth),
    };
    match orientation {
        Orientation::Front => (width, height, depth),
        Orientation::Side => (depth, height, width),
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
    if let Some(tray) = &product.tray {
        return Some((width, units * tray.units));
    }
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
    let levels = instance.levels.iter().chain(instance.runs.iter().flat_map(|run| &run.levels));
    let best = levels.flat_map(fits).max().unwrap_or(0);
    (product.min_days * product.demand).min((best * product.max_facings) as f64)
}

impl Table {
    /// The table of `instance`, which may be a part of `whole`, without the (product, level) that are `banned`.
    pub(crate) fn new(instance: &Instance, whole: &Instance, banned: &HashSet<(usize, usize)>) -> Table {
        let margins = family_margins(whole);
        let key =
            |product: &Product| (product.family.clone(), if instance.sub_blocks { product.manufacturer } else { 0 });
        let mut names: Vec<(String, i64)> = instance.products.iter().map(key).collect();
        names.sort_unstable();
        names.dedup();
        let pins: HashMap<i64, &Pin> = instance.pins.iter().map(|pin| (pin.product, pin)).collect();
        let block = |product: &Product| names.binary_search(&key(product)).unwrap_or(0) as u16;
        let runs = instance.all_runs();
        let places: Vec<(usize, usize)> =
            (0..runs.len()).flat_map(|run| (0..runs[run].levels.len()).map(move |level| (run, level))).collect();
        let mut table = Table {
            choices: Vec::new(),
            starts: Vec::with_capacity(instance.products.len() * places.len() + 1),
            levels: places.len(),
            unlisted: Vec::with_capacity(instance.products.len()),
            block: instance.products.iter().map(block).collect(),
            blocks: names.len(),
            places,
        };
        let mut ways = Vec::new();
        for (index, product) in instance.products.iter().enumerate() {
            let needed = needed_units(whole, product);
            let pin = pins.get(&product.id);
            for number in 0..table.levels {
                let (run, at) = table.places[number];
                table.starts.push(table.choices.len() as u32);
                ways.clear();
                if pin.is_none_or(|pin| (pin.run, pin.level) == (run, at)) && !banned.contains(&(index, number)) {
                    let level = &runs[run].levels[at];
                    Self::ways(instance, product, level, needed, runs[run].width, &mut ways);
                }
                if let Some(pin) = pin {
                    ways.retain(|way| way.orientation == pin.orientation && i64::from(way.facings) == pin.facings);
                }
                ways.sort_by(|a, b| a.width.cmp(&b.width).then(b.value.total_cmp(&a.value)));
                let first = table.choices.len();
                for way in &ways {
                    // Of two ways on the same shelf the one that takes more and brings less is never needed, but for a share of the width.
                    let beaten = |known: &Choice| {
                        known.value >= way.value - 1e-12
                            && known.grams <= way.grams
                            && (instance.shares.is_empty() || known.width == way.width)
                    };
                    if !table.choices[first..].iter().any(beaten) {
                        table.choices.push(Choice { level: number as u16, ..*way });
                    }
                }
            }
            let can_wait = product.min_facings == 0 && pin.is_none();
            table.unlisted.push(can_wait.then(|| unlisted(instance, product, &margins)));
        }
        table.starts.push(table.choices.len() as u32);
        table
    }

    fn ways(instance: &Instance, product: &Product, level: &Level, needed: f64, most: i64, ways: &mut Vec<Choice>) {
        for orientation in &product.orientations {
            let Some((width, units)) = facing(instance, product, level, *orientation) else { continue };
            for facings in product.min_facings.max(1)..=product.max_facings {
                let grams = facings * units * product.weight;
                if (facings * units) as f64 + 1e-9 < needed || facings * width > most || grams > level.max_weight {
                    continue;
                }
                ways.push(Choice {
                    level: 0,
                    orientation: *orientation,
                    facings: facings as u16,
                    width: (facings * width) as i32,
                    grams,
                    value: value(product, level, *orientation, facings),
                });
            }
        }
    }

    pub(crate) fn products(&self) -> usize {
        self.unlisted.len()
    }

    /// All choices of `product`.
    #[inline]
    pub(crate) fn of(&self, product: usize) -> std::ops::Range<usize> {
        self.starts[product * self.levels] as usize..self.starts[(product + 1) * self.levels] as usize
    }
}
