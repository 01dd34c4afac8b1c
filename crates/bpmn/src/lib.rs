//! Procedures in the standard BPMN: read and checked ([`read`]), and stepped through ([`step`]). Values in, values out: no I/O, no
//! clock, no randomness. The diagram's layout stays in the XML, untouched, for whoever draws it.

pub mod condition;
pub mod duration;
pub mod fault;
pub mod marking;
pub mod model;
pub mod read;
pub mod step;
mod structure;
