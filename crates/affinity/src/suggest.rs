//! What goes with a basket.
