//! What services tell each other: one file per speaker with its ids, requests and events. No I/O, no decisions.

pub mod inventory;
pub mod orders;
pub mod payments;
pub mod shared;
