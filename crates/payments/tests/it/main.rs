//! Payments through their door, on the database that the environment chooses.

#![allow(clippy::unwrap_used)] // everything here is a test

mod house;

mod access;
mod books;
mod card;
mod samples;
mod simulation;
mod undo;
mod without_provider;
