//! Procedures in the standard BPMN: read, checked, stepped through. Values in, values out; no I/O.
