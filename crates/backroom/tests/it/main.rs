//! The product as its people use it: the real binary on the database and in the topology that the environment chooses
//! (`BACKROOM_TEST_STORE`, `BACKROOM_TEST_TOPOLOGY`), reached through its public HTTP API.

mod apart;
mod bus;
mod cost;
mod deadline;
mod door;
mod goods;
mod kill;
mod life;
mod lists;
mod product;
mod race;
mod sim;
