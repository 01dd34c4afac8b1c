//! What is asked and what is answered: lengths in mm, weights in g, demand in units a day. The format is `planogram-yardstick/1`, and every
//! field beyond it is optional.

use serde::{Deserialize, Serialize};

/// A run of shelving and the products that shall stand on it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Instance {
    /// A name for people.
    #[serde(default)]
    pub name: String,
    /// Whether families have to stand as blocks.
    pub mode: Mode,
    /// The width of the run in mm.
    pub width: i64,
    /// The distance of uprights in mm; 0 where there are none.
    #[serde(default)]
    pub bay_width: i64,
    /// Whether products may stand across uprights.
    #[serde(default = "yes")]
    pub straddle: bool,
    /// The shelves, the lowest first.
    pub levels: Vec<Level>,
    /// Further runs, after this one.
    #[serde(default)]
    pub runs: Vec<Run>,
    /// Clear height that hands need above the goods, in mm.
    pub finger_gap: i64,
    /// The share of a product's demand that moves to its family when the product is not listed, 0 to 1.
    pub transfer: f64,
    /// The families.
    pub families: Vec<String>,
    /// The products.
    pub products: Vec<Product>,
    /// Whether a family's makers stand as blocks within the family's block.
    #[serde(default)]
    pub sub_blocks: bool,
    /// Products that stand where somebody put them.
    #[serde(default)]
    pub pins: Vec<Pin>,
    /// Widths that some products have to come to; at most 32.
    #[serde(default)]
    pub shares: Vec<ShareRule>,
    /// Products that must not be neighbours.
    #[serde(default)]
    pub apart: Vec<Apart>,
    /// Stretches of a run where products sell better or worse; products do not stand across their edges.
    #[serde(default)]
    pub zones: Vec<Zone>,
}

fn yes() -> bool {
    true
}

/// A further run of shelving.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Run {
    /// Its width in mm.
    pub width: i64,
    /// The distance of uprights in mm; 0 where there are none.
    #[serde(default)]
    pub bay_width: i64,
    /// Whether products may stand across uprights.
    #[serde(default = "yes")]
    pub straddle: bool,
    /// Its shelves, the lowest first.
    pub levels: Vec<Level>,
}

/// A product that stands where somebody put it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Pin {
    /// The product.
    pub product: i64,
    /// The run.
    #[serde(default)]
    pub run: usize,
    /// The shelf, from 0.
    pub level: usize,
    /// The face it shows.
    pub orientation: Orientation,
    /// How many beside each other.
    pub facings: i64,
    /// Its left edge in mm, kept in mode free. Where families are blocks, its place in the block follows from the others.
    #[serde(default)]
    pub x: Option<f64>,
}

/// Some products: those that have everything that is said.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Which {
    /// Of these.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub products: Vec<i64>,
    /// Of this family.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub family: Option<String>,
    /// Of this maker.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub manufacturer: Option<i64>,
    /// Of the house's own brands, or not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub private: Option<bool>,
}

impl Which {
    /// Whether `product` is meant.
    pub fn has(&self, product: &Product) -> bool {
        (self.products.is_empty() || self.products.contains(&product.id))
            && self.family.as_ref().is_none_or(|family| *family == product.family)
            && self.manufacturer.is_none_or(|maker| maker == product.manufacturer)
            && self.private.is_none_or(|private| private == product.private)
    }
}

/// A part of the shelf's width that some products have to take.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ShareRule {
    /// A name for people.
    pub name: String,
    /// Whose width counts.
    pub which: Which,
    /// On which shelves, by number in every run; everywhere when empty. Eye level is a shelf like others here.
    #[serde(default)]
    pub levels: Vec<usize>,
    /// The least part of these shelves' width, 0 to 1.
    #[serde(default)]
    pub at_least: f64,
    /// The greatest part of these shelves' width, 0 to 1.
    #[serde(default = "whole")]
    pub at_most: f64,
}

fn whole() -> f64 {
    1.0
}

/// Products that must not stand beside each other on a shelf.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Apart {
    /// These.
    pub one: Which,
    /// And those.
    pub other: Which,
}

/// A stretch of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Zone {
    /// The run.
    #[serde(default)]
    pub run: usize,
    /// Its left edge in mm.
    pub from: i64,
    /// Its right edge in mm.
    pub to: i64,
    /// How well products sell there; 1 elsewhere.
    pub factor: f64,
}

/// How families stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// Anywhere.
    Free,
    /// Each family is one vertical block of one width through all levels.
    Vblock,
    /// Each family has shelves of its own, or a stretch of one shelf: horizontal blocks.
    Hblock,
}

/// A shelf.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Level {
    /// Clear height in mm.
    pub height: i64,
    /// Depth in mm.
    pub depth: i64,
    /// What it carries, in g.
    pub max_weight: i64,
    /// How well products sell there; about 1.
    pub attract: f64,
}

/// Which face a product shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Orientation {
    /// Its front.
    Front,
    /// Turned by 90 degrees: its side.
    Side,
}

/// A product.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Product {
    /// Its id.
    pub id: i64,
    /// Its family.
    pub family: String,
    /// Its maker; products of one maker stand beside each other.
    #[serde(default)]
    pub manufacturer: i64,
    /// Whether it is one of the house's own brands.
    #[serde(default)]
    pub private: bool,
    /// The tray it stands in, if any: then a facing is a tray.
    #[serde(default)]
    pub tray: Option<Tray>,
    /// Width of a unit seen from the front, in mm.
    pub width: i64,
    /// Height of a unit in mm.
    pub height: i64,
    /// Depth of a unit in mm.
    pub depth: i64,
    /// Weight of a unit in g.
    pub weight: i64,
    /// Units sold a day with one facing on a shelf of attraction 1.
    pub demand: f64,
    /// Profit of a unit.
    pub margin: f64,
    /// Space elasticity: demand grows with facings to this power.
    pub elasticity: f64,
    /// Facings at least; 0 where it need not be listed.
    pub min_facings: i64,
    /// Facings at most.
    pub max_facings: i64,
    /// Days of demand that the shelf has to hold.
    pub min_days: f64,
    /// Units on top of each other at most.
    pub max_stack: i64,
    /// Whether units may lie on their backs on top of the stack.
    pub capping: bool,
    /// The faces it may show.
    pub orientations: Vec<Orientation>,
}

/// A tray.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Tray {
    /// Its width seen from the front, in mm.
    pub width: i64,
    /// Its height in mm, goods included.
    pub height: i64,
    /// Its depth in mm.
    pub depth: i64,
    /// Units in it.
    pub units: i64,
}

/// A filled shelf.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Solution {
    /// The families' blocks, from the left; empty in mode free.
    #[serde(default)]
    pub blocks: Vec<Block>,
    /// Where products stand. Those not here are not listed.
    pub placements: Vec<Placement>,
}

/// A family's part of the run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Block {
    /// The family.
    pub family: String,
    /// The maker, where makers have blocks within the family's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub manufacturer: Option<i64>,
    /// The run.
    #[serde(default, skip_serializing_if = "first")]
    pub run: usize,
    /// The lowest and the highest shelf of a horizontal block.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub levels: Option<(usize, usize)>,
    /// Its left edge in mm.
    pub x: f64,
    /// Its width in mm.
    pub width: f64,
}

/// A product on a shelf.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Placement {
    /// The product.
    pub product: i64,
    /// The run.
    #[serde(default, skip_serializing_if = "first")]
    pub run: usize,
    /// The shelf, from 0.
    pub level: usize,
    /// The face it shows.
    pub orientation: Orientation,
    /// How many beside each other.
    pub facings: i64,
    /// Its left edge in mm.
    pub x: f64,
}

fn first(run: &usize) -> bool {
    *run == 0
}

/// A run as all runs are seen.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RunView<'a> {
    pub(crate) width: i64,
    pub(crate) bay_width: i64,
    pub(crate) straddle: bool,
    pub(crate) levels: &'a [Level],
}

impl Instance {
    /// All runs, the first one first.
    pub(crate) fn all_runs(&self) -> Vec<RunView<'_>> {
        let first =
            RunView { width: self.width, bay_width: self.bay_width, straddle: self.straddle, levels: &self.levels };
        let more = self.runs.iter().map(|run| RunView {
            width: run.width,
            bay_width: run.bay_width,
            straddle: run.straddle,
            levels: &run.levels,
        });
        std::iter::once(first).chain(more).collect()
    }

    /// Where products may not stand across in `run`, from 0 to the run's end, and the factor of each stretch between.
    pub(crate) fn stretches(&self, run: usize) -> Vec<(i64, i64, f64)> {
        let runs = self.all_runs();
        let Some(view) = runs.get(run) else { return Vec::new() };
        let mut edges = vec![0, view.width];
        if !view.straddle && view.bay_width > 0 {
            edges.extend((1..).map(|bay| bay * view.bay_width).take_while(|x| *x < view.width));
        }
        let zones = || self.zones.iter().filter(|zone| zone.run == run && zone.from < zone.to);
        edges.extend(zones().flat_map(|zone| [zone.from, zone.to]).filter(|x| *x > 0 && *x < view.width));
        edges.sort_unstable();
        edges.dedup();
        let factor = |from: i64, to: i64| {
            zones().find(|zone| zone.from <= from && to <= zone.to).map_or(1.0, |zone| zone.factor)
        };
        edges.windows(2).map(|pair| (pair[0], pair[1], factor(pair[0], pair[1]))).collect()
    }
}
