//! Pricing through its door, on the database that the environment chooses.

#![allow(clippy::unwrap_used)] // helpers of tests are tests

mod prices;
mod samples;
