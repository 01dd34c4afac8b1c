//! What tests, benchmarks and developer commands need of the system: temporary servers, other programs, and installing both.
#![allow(clippy::disallowed_methods)] // outside every simulation

#[cfg(feature = "client")]
pub mod client;
pub mod install;
pub mod run;
pub mod servers;
