//! The kit's own guarantees, on the database that the environment chooses.

mod powercut;
mod sim;
mod store;
