//! What holds for any baskets, and what a shop manager expects of particular ones.

mod clusters;
mod suggest;
