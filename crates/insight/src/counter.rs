//! A counter: opened, and closed once. Pure decisions; whoever calls them records what they return.

use kit::id::{Id, Kind};
use kit::problem::{Problem, Refusal};
use kit::time::Timestamp;

use crate::events::InsightEvent;

/// Kind of [`CounterId`]; its prefix must be no other kind's.
pub enum CounterKind {}
impl Kind for CounterKind {
    const PREFIX: &'static str = "cou";
}
/// The id of a [`Counter`].
pub type CounterId = Id<CounterKind>;

/// Longest name, in characters.
const LONGEST_NAME: usize = 100;

/// A counter as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counter {
    /// Its id.
    pub id: CounterId,
    /// How often it has changed, from 1.
    pub version: i64,
    /// What people call it.
    pub name: String,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// When it was closed, if it was.
    pub closed_at: Option<Timestamp>,
}

/// Why a counter cannot be opened.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// The name is empty or longer than 100 characters.
    #[error("a name has 1 to {LONGEST_NAME} characters")]
    Name,
}

impl Refusal for OpenError {
    fn problem(&self) -> Problem {
        match self {
            OpenError::Name => Problem::invalid(self.to_string()),
        }
    }
}

/// Why a counter cannot be closed.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum CloseError {
    /// It is closed already, since then.
    #[error("it is closed already")]
    AlreadyClosed {
        /// Since when.
        since: Timestamp,
    },
}

impl Refusal for CloseError {
    fn problem(&self) -> Problem {
        match self {
            CloseError::AlreadyClosed { since } => {
                Problem::conflict("insight/already-closed", "It is closed already.").with("since", since.to_string())
            }
        }
    }
}

/// Opens a counter.
///
/// # Errors
/// See [`OpenError`].
pub(crate) fn open(name: &str) -> Result<InsightEvent, OpenError> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > LONGEST_NAME {
        return Err(OpenError::Name);
    }
    Ok(InsightEvent::CounterOpened { name: name.to_owned() })
}

/// Closes a counter for ever.
///
/// # Errors
/// See [`CloseError`].
pub(crate) fn close(counter: &Counter) -> Result<InsightEvent, CloseError> {
    match counter.closed_at {
        Some(since) => Err(CloseError::AlreadyClosed { since }),
        None => Ok(InsightEvent::CounterClosed {}),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_needed_and_trimmed() {
        assert_eq!(open("  "), Err(OpenError::Name));
        assert_eq!(open(&"x".repeat(101)), Err(OpenError::Name));
        assert_eq!(open(" first "), Ok(InsightEvent::CounterOpened { name: "first".to_owned() }));
    }
}
