//! Search: an index in memory, made of the tables and kept by the journal, so it is scratch and needs no rebuild.
//! Pure beneath this file: products in, hits out.

mod index;
mod query;
mod spelling;
mod text;

use std::sync::{PoisonError, RwLock};

use tokio::sync::watch;

pub use index::{CategoryNode, Index};
pub use query::{BrandCount, CategoryCount, Found, Hit, Wanted};

/// The search index of a process.
pub struct Search {
    index: RwLock<Index>,
    reached: watch::Sender<Option<i64>>,
}

impl Default for Search {
    fn default() -> Search {
        Search { index: RwLock::default(), reached: watch::Sender::new(None) }
    }
}

impl Search {
    /// Changes the index; questions wait meanwhile.
    pub fn change(&self, change: impl FnOnce(&mut Index)) {
        change(&mut self.index.write().unwrap_or_else(PoisonError::into_inner));
    }

    /// Asks the index.
    pub fn ask<T>(&self, question: impl FnOnce(&Index) -> T) -> T {
        question(&self.index.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// From now on the index holds all there is up to a position in the journal.
    pub fn reach(&self, position: i64) {
        self.reached.send_replace(Some(position));
    }

    /// Tells up to which position in the journal the index holds all there is; nothing while it is filled for the first time.
    #[must_use]
    pub fn reached(&self) -> watch::Receiver<Option<i64>> {
        self.reached.subscribe()
    }
}

#[cfg(test)]
mod tests;
