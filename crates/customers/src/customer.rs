//! A customer: opened, and closed once. Pure decisions; whoever calls them records what they return.

use kit::id::{Id, Kind};
use kit::problem::{Problem, Refusal};
use kit::time::Timestamp;

use crate::events::CustomersEvent;

/// Kind of [`CustomerId`]; its prefix must be no other kind's.
pub enum CustomerKind {}
impl Kind for CustomerKind {
    const PREFIX: &'static str = "cus";
}
/// The id of a [`Customer`].
pub type CustomerId = Id<CustomerKind>;

/// Longest name, in characters.
const LONGEST_NAME: usize = 100;

/// A customer as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Customer {
    /// Its id.
    pub id: CustomerId,
    /// How often it has changed, from 1.
    pub version: i64,
    /// What people call it.
    pub name: String,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// When it was closed, if it was.
    pub closed_at: Option<Timestamp>,
}

/// Why a customer cannot be opened.
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

/// Why a customer cannot be closed.
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
                Problem::conflict("customers/already-closed", "It is closed already.").with("since", since.to_string())
            }
        }
    }
}

/// Opens a customer.
///
/// # Errors
/// See [`OpenError`].
pub(crate) fn open(name: &str) -> Result<CustomersEvent, OpenError> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > LONGEST_NAME {
        return Err(OpenError::Name);
    }
    Ok(CustomersEvent::CustomerOpened { name: name.to_owned() })
}

/// Closes a customer for ever.
///
/// # Errors
/// See [`CloseError`].
pub(crate) fn close(customer: &Customer) -> Result<CustomersEvent, CloseError> {
    match customer.closed_at {
        Some(since) => Err(CloseError::AlreadyClosed { since }),
        None => Ok(CustomersEvent::CustomerClosed {}),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_needed_and_trimmed() {
        assert_eq!(open("  "), Err(OpenError::Name));
        assert_eq!(open(&"x".repeat(101)), Err(OpenError::Name));
        assert_eq!(open(" first "), Ok(CustomersEvent::CustomerOpened { name: "first".to_owned() }));
    }
}
