//! Decisions in the standard DMN: read, checked, evaluated. Values in, values out; no I/O.
