//! Notices through its door, with a mail server that delivers nothing, on the database that the environment chooses.

#![allow(clippy::unwrap_used)] // helpers of tests are tests

mod messages;
mod samples;
mod templates;
