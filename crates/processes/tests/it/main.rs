//! Procedures from outside, on the database that the environment chooses, beside services that only say what a test tells them to.

#![allow(clippy::unwrap_used)] // everything here is a test

mod diagrams;
mod house;
mod life;
mod samples;
mod trouble;
