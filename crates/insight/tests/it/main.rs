//! Insight through its door, on the database that the environment chooses. Others speak through stand-ins.

#![allow(clippy::unwrap_used)] // helpers of tests are tests

mod figures;
mod samples;
mod speakers;
