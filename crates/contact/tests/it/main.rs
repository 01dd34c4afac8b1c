//! The contact center from outside, on whichever database the environment names.

mod agents;
mod clock;
mod figures;
mod house;
mod others;
mod samples;
