//! Diagrams from outside: what is refused, how procedures run, and random ones to their end.

#![allow(clippy::unwrap_used)] // everything here is a test

mod faults;
mod random;
mod runs;

/// A document around the elements of a process.
fn document(process: &str) -> String {
    format!(
        r#"<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:backroom="urn:backroom:bpmn:1">
<message id="m1" name="paid"/><message id="m2" name="stopped"/><error id="e1" errorCode="broken"/>
<process id="p" name="A procedure" isExecutable="true">
{process}
</process></definitions>"#
    )
}
