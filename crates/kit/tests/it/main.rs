//! The kit's own guarantees, on the database that the environment chooses.

mod nats;
mod powercut;
mod store;
