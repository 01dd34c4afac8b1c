//! Procedures from outside, on the database that the environment chooses, beside services that only say what a test tells them to.

mod diagrams;
mod house;
mod life;
mod samples;
mod trouble;
