//! The kit's own guarantees, on the database that the environment chooses.

#![allow(clippy::unwrap_used)] // a test that finds nothing to unwrap has failed

mod powercut;
mod store;
