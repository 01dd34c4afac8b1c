//! What goes with what, and what belongs together: values in, values out.

pub mod clusters;
pub mod suggest;
