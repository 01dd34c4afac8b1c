//! The kit's own guarantees, on the database that the environment chooses.
#![allow(clippy::unwrap_used)] // helpers of tests are tests

mod connection;
mod deadline;
mod live;
mod nats;
mod powercut;
mod refused;
mod sim;
mod store;
mod trace;
mod trouble;
mod upcast;
