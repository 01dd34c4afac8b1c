//! How a Backroom service lives: store, journal, calls, events, jobs, HTTP, permissions and the value types all services share.

pub mod id;
pub mod money;
pub mod private;
pub mod problem;
pub mod quantity;
mod text;
pub mod time;
