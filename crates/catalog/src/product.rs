//! A product: opened, and closed once. Pure decisions; whoever calls them records what they return.

use kit::id::{Id, Kind};
use kit::problem::{Problem, Refusal};
use kit::time::Timestamp;

use crate::events::CatalogEvent;

/// Kind of [`ProductId`]; its prefix must be no other kind's.
pub enum ProductKind {}
impl Kind for ProductKind {
    const PREFIX: &'static str = "pro";
}
/// The id of a [`Product`].
pub type ProductId = Id<ProductKind>;

/// Longest name, in characters.
const LONGEST_NAME: usize = 100;

/// A product as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Product {
    /// Its id.
    pub id: ProductId,
    /// How often it has changed, from 1.
    pub version: i64,
    /// What people call it.
    pub name: String,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// When it was closed, if it was.
    pub closed_at: Option<Timestamp>,
}

/// Why a product cannot be opened.
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

/// Why a product cannot be closed.
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
                Problem::conflict("catalog/already-closed", "It is closed already.").with("since", since.to_string())
            }
        }
    }
}

/// Opens a product.
///
/// # Errors
/// See [`OpenError`].
pub(crate) fn open(name: &str) -> Result<CatalogEvent, OpenError> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > LONGEST_NAME {
        return Err(OpenError::Name);
    }
    Ok(CatalogEvent::ProductOpened { name: name.to_owned() })
}

/// Closes a product for ever.
///
/// # Errors
/// See [`CloseError`].
pub(crate) fn close(product: &Product) -> Result<CatalogEvent, CloseError> {
    match product.closed_at {
        Some(since) => Err(CloseError::AlreadyClosed { since }),
        None => Ok(CatalogEvent::ProductClosed {}),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_needed_and_trimmed() {
        assert_eq!(open("  "), Err(OpenError::Name));
        assert_eq!(open(&"x".repeat(101)), Err(OpenError::Name));
        assert_eq!(open(" first "), Ok(CatalogEvent::ProductOpened { name: "first".to_owned() }));
    }
}
