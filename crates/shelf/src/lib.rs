//! The planogram optimiser: which product stands where on the shelf with how many facings, for the most profit a day.
//! Values in, values out: no I/O and no clock of its own. Every answer comes with a bound that no answer can pass.

mod beam;
mod blocks;
mod check;
mod compile;
mod conflict;
mod construct;
mod dual;
mod exact;
mod exchange;
mod explain;
mod fill;
mod free;
mod geometry;
mod layout;
mod mend;
mod model;
mod moves;
mod optimise;
mod partition;
mod prove;
mod random;
mod refill;
mod rooms;
mod search;
mod shape;
mod shaper;
mod task;
mod tight;
mod time;
mod trial;
mod validate;
mod vertical;

pub use crate::check::{Checked, check};
pub use crate::explain::{Explanation, Other, Place, Reason, Resource, Scarce};
pub use crate::model::{
    Apart, Block, Instance, Level, Mode, Orientation, Pin, Placement, Product, Run, ShareRule, Solution, Tray, Which,
    Zone,
};
pub use crate::optimise::{Answer, Infeasible, optimise};
pub use crate::time::{Limits, Progress};
