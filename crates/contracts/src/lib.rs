//! What services tell each other: one file per speaker with its ids, requests and events. No I/O, no decisions.

pub mod catalog;
pub mod contact;
pub mod customers;
pub mod delivery;
pub mod finance;
pub mod inventory;
pub mod orders;
pub mod payments;
pub mod pricing;
pub mod processes;
pub mod rules;
pub mod shared;
pub mod staff;
