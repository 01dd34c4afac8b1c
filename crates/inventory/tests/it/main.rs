//! Inventory through its door, on the database that the environment chooses.

#![allow(clippy::unwrap_used)] // helpers of tests are tests

mod facts;
mod house;
mod picks;
mod reservations;
mod returns;
mod samples;
mod storms;
mod strangers;
