//! Payments through their door, on the database that the environment chooses.

mod house;

mod access;
mod books;
mod card;
mod undo;
mod without_provider;
