//! Customers from outside, on whichever database the environment names.

mod erase;
mod house;
mod orders;
mod people;
mod samples;
