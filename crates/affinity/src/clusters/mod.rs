//! Products and stores that belong together: partitions with names, reasons, stability, and refusal when the data say too little.

pub mod agreement;
mod axes;
mod chance;
mod communities;
mod evidence;
mod features;
mod naming;
mod nearest;
mod partition;
pub mod products;
pub mod stability;
pub mod stores;
mod words;
