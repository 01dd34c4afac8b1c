//! The contact center from outside, on whichever database the environment names.

#![allow(clippy::unwrap_used)] // helpers of tests are tests

mod agents;
mod clock;
mod figures;
mod house;
mod others;
mod samples;
