//! Search: an index in memory, made of the tables and kept by the journal, so it is scratch and needs no rebuild.
//! Pure beneath this file: products in, hits out.

mod index;
mod query;
mod spelling;
mod text;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{PoisonError, RwLock};

pub use index::{CategoryNode, Index};
pub use query::{BrandCount, CategoryCount, Found, Hit, Wanted};

/// The search index of a process.
#[derive(Default)]
pub struct Search {
    index: RwLock<Index>,
    filled: AtomicBool,
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

    /// From now on the index holds all there is.
    pub fn filled(&self) {
        self.filled.store(true, Ordering::Release);
    }

    /// Whether the index holds all there is.
    #[must_use]
    pub fn is_filled(&self) -> bool {
        self.filled.load(Ordering::Acquire)
    }
}

#[cfg(test)]
mod tests;
