//! Inventory through its door, on the database that the environment chooses.

mod facts;
mod house;
mod reservations;
mod storms;
mod strangers;
