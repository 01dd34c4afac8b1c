//! Customers from outside, on whichever database the environment names.

#![allow(clippy::unwrap_used)] // helpers of tests are tests

mod erase;
mod house;
mod merge;
mod orders;
mod people;
mod samples;
