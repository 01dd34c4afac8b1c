//! The planogram optimiser: which product stands where on the shelf with how many facings, for the most profit a day.
//! Values in, values out: no I/O and no clock of its own. Every answer comes with a bound that no answer can pass.

mod blocks;
mod check;
mod dual;
mod fill;
mod geometry;
mod layout;
mod model;
mod optimise;
mod random;
mod task;

pub use crate::check::{Checked, check};
pub use crate::model::{Block, Instance, Level, Mode, Orientation, Placement, Product, Solution};
pub use crate::optimise::{Answer, Infeasible, Limits, optimise};
