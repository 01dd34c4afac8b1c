//! What is wrong with a diagram: where, what, and how to draw it instead.

use std::fmt;

use serde::{Deserialize, Serialize};

/// One thing that is wrong with a diagram.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// The id of the element, or its tag where it has none.
    pub element: String,
    /// The line of the XML, from 1.
    pub line: u32,
    /// What is wrong.
    pub message: String,
    /// How to draw it instead, where there is a way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, {}: {}", self.line, self.element, self.message)?;
        match &self.hint {
            Some(hint) => write!(f, " ({hint})"),
            None => Ok(()),
        }
    }
}
