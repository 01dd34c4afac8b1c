//! Orders from outside, on the database that the environment chooses.

#![allow(clippy::unwrap_used)] // helpers of tests are tests

mod carts;
mod changes;
mod counter;
mod fields;
mod forward;
mod house;
mod samples;
