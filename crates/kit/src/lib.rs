//! How a Backroom service lives: store, journal, calls, events, jobs, HTTP, permissions and the value types all services share.

pub mod auth;
pub mod blob;
pub mod bus;
pub mod call;
pub mod deadline;
pub mod http;
pub mod id;
pub mod jobs;
pub mod journal;
pub mod live;
pub mod log;
pub mod metrics;
pub mod money;
pub mod nats;
#[cfg(feature = "sim")]
pub mod powercut;
pub mod private;
pub mod problem;
pub mod purge;
pub mod quantity;
pub mod runtime;
pub mod service;
#[cfg(feature = "sim")]
pub mod sim;
pub mod store;
pub mod testing;
mod text;
pub mod time;
pub mod trace;
pub mod trouble;
