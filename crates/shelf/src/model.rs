//! What is asked and what is answered, in the format `planogram-yardstick/1`: lengths in mm, weights in g, demand in units a day.

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
    /// The shelves, the lowest first.
    pub levels: Vec<Level>,
    /// Clear height that hands need above the goods, in mm.
    pub finger_gap: i64,
    /// The share of a product's demand that moves to its family when the product is not listed, 0 to 1.
    pub transfer: f64,
    /// The families.
    pub families: Vec<String>,
    /// The products.
    pub products: Vec<Product>,
}

/// How families stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// Anywhere.
    Free,
    /// Each family is one vertical block of one width through all levels.
    Vblock,
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
    /// The shelf, from 0.
    pub level: usize,
    /// The face it shows.
    pub orientation: Orientation,
    /// How many beside each other.
    pub facings: i64,
    /// Its left edge in mm.
    pub x: f64,
}
