//! Demand of many series, with quantiles, and the orders that follow: values in, values out. The README tells how good and how fast.

pub mod base;
pub mod columns;
pub mod explain;
pub mod hierarchy;
pub mod judgement;
pub mod model;
pub mod panel;
pub mod pools;
pub mod quantile;
pub mod replenish;
mod solve;
pub mod state;
