//! Through the front door, on whichever database the environment names.
#![allow(clippy::unwrap_used)] // helpers of tests are tests

mod house;
mod people;
mod places;
mod samples;
mod sessions;
