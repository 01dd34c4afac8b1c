//! Reasons as data: what a millimetre, a kilogram, a share is worth, and what speaks for and against a product's place.

use serde::Serialize;

use crate::model::{Instance, Mode, Orientation, Solution};
use crate::search::{Found, Search};
use crate::task::NOWHERE;

/// What is scarce and why products stand where they do.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Explanation {
    /// What is scarce, dearest first: only what has a price.
    pub scarce: Vec<Scarce>,
    /// Each product, in the instance's order.
    pub products: Vec<Reason>,
}

/// Something there is too little of.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Scarce {
    /// What it is.
    pub what: Resource,
    /// Profit a day for one more mm or kg; negative for a share that has to be reached: what its last mm costs.
    pub price: f64,
}

/// What may be scarce.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Resource {
    /// The width of a shelf, a mm.
    Width {
        /// The run.
        run: usize,
        /// The shelf.
        level: usize,
        /// The family whose part it is, where families are blocks.
        family: Option<String>,
    },
    /// The width of the run that blocks share, a mm.
    RunWidth,
    /// The load of a shelf, a kg.
    Load {
        /// The run.
        run: usize,
        /// The shelf.
        level: usize,
    },
    /// A rule about shares, a mm.
    Share {
        /// Its name.
        name: String,
    },
}

/// Why a product stands where it stands, or nowhere.
#[derive(Debug, Clone, Serialize)]
pub struct Reason {
    /// The product.
    pub product: i64,
    /// How it is placed; none where it is not listed.
    pub here: Option<Place>,
    /// What its place brings, in profit a day; for a product not listed what its family keeps of it.
    pub value: f64,
    /// What room, load and shares of its place are worth to others, in profit a day.
    pub rent: f64,
    /// The best other places, the best after rent first; at most three.
    pub others: Vec<Other>,
    /// Whether it has to be listed.
    pub is_must: bool,
    /// Whether somebody pinned it.
    pub is_pinned: bool,
}

/// A way to place a product.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Place {
    /// The run.
    pub run: usize,
    /// The shelf.
    pub level: usize,
    /// The face it shows.
    pub orientation: Orientation,
    /// How many beside each other.
    pub facings: i64,
}

/// Another way, and what it would change.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Other {
    /// The way; none for not listing the product.
    pub way: Option<Place>,
    /// Its value in profit a day.
    pub value: f64,
    /// What it would take from others, in profit a day.
    pub rent: f64,
}

/// The reasons of a solution.
pub(crate) fn explain(search: &Search<'_>, found: &Found, solution: &Solution) -> Explanation {
    let (instance, table) = (search.instance, &search.table);
    let (task, prices) = (&found.task, &found.bound.prices);
    let mut scarce = resources(search, found);
    scarce.sort_by(|a, b| b.price.abs().total_cmp(&a.price.abs()));
    let mut placed = vec![None; instance.products.len()];
    for placement in &solution.placements {
        if let Some(number) = search.number(placement.product) {
            let (run, level, orientation, facings) =
                (placement.run, placement.level, placement.orientation, placement.facings);
            placed[number] = Some(Place { run, level, orientation, facings });
        }
    }
    let reason = |number: usize| {
        let product = &instance.products[number];
        let mut others: Vec<Other> = Vec::new();
        let (mut value, mut rent) = (0.0, 0.0);
        for at in task.of(number) {
            let way = &task.ways[at];
            let option = (way.room != NOWHERE).then(|| {
                let choice = &table.choices[way.choice as usize];
                let (run, level) = table.places[choice.level as usize];
                let facings = i64::from(choice.facings);
                Place { run, level, orientation: choice.orientation, facings }
            });
            let due = way.value - prices.net(task, at);
            if option == placed[number] {
                (value, rent) = (way.value, due);
            } else {
                others.push(Other { way: option, value: way.value, rent: due });
            }
        }
        others.sort_by(|a, b| (b.value - b.rent).total_cmp(&(a.value - a.rent)));
        others.truncate(3);
        Reason {
            product: product.id,
            here: placed[number].clone(),
            value,
            rent,
            others,
            is_must: product.min_facings > 0,
            is_pinned: instance.pins.iter().any(|pin| pin.product == product.id),
        }
    };
    Explanation { scarce, products: (0..instance.products.len()).map(reason).collect() }
}

fn resources(search: &Search<'_>, found: &Found) -> Vec<Scarce> {
    let (instance, table) = (search.instance, &search.table);
    let (task, prices) = (&found.task, &found.bound.prices);
    let least = 1e-9 * task.scale();
    let mut scarce = Vec::new();
    let blocks = instance.mode == Mode::Vblock && instance.runs.is_empty();
    let mut level_of = vec![0_usize; task.rooms.len()];
    for way in task.ways.iter().filter(|way| way.room != NOWHERE) {
        level_of[way.room as usize] = way.level as usize;
    }
    for (room, price) in prices.rooms.iter().enumerate().filter(|(_, price)| **price > least) {
        let (run, level) = table.places[if blocks { room % table.levels } else { level_of[room] }];
        let family = blocks.then(|| family_of(instance, table, room / table.levels)).flatten();
        scarce.push(Scarce { what: Resource::Width { run, level, family }, price: *price });
    }
    if blocks && found.bound.width > least {
        scarce.push(Scarce { what: Resource::RunWidth, price: found.bound.width });
    }
    for (number, price) in prices.loads.iter().enumerate().filter(|(_, price)| **price > least / 1e3) {
        let (run, level) = table.places[number];
        scarce.push(Scarce { what: Resource::Load { run, level }, price: price * 1000.0 });
    }
    for (rule, price) in instance.shares.iter().zip(&prices.shares).filter(|(_, price)| price.abs() > least) {
        scarce.push(Scarce { what: Resource::Share { name: rule.name.clone() }, price: *price });
    }
    scarce
}

fn family_of(instance: &Instance, table: &crate::geometry::Table, block: usize) -> Option<String> {
    let product = table.block.iter().position(|it| *it as usize == block)?;
    Some(instance.products[product].family.clone())
}
