//! Tables compiled to bit masks over typed columns.
//!
//! Each column says by one look-up which rows' cells hold; the rows that fit are the intersection. What cannot be said so (a cell
//! that speaks of other inputs, a computed output) is left to the engine for the rows that remain. Nothing here counts before
//! it is proven against the engine ([`prove`]).

pub mod analysis;
pub mod batch;
mod cell;
mod column;
mod compile;
pub(crate) mod evaluate;
pub mod explain;
pub(crate) mod prove;
pub(crate) mod sample;
mod set;
mod space;

use std::collections::HashMap;

use dsntk_feel::Evaluator;
use serde_json::{Map, Value};

use crate::grid::Policy;
use crate::{Refusal, Type};
use column::Column;
use set::Set;

/// A compiled table. Bit `i` of a mask is the row `order[i]`.
pub struct Table {
    policy: Policy,
    columns: Vec<Column>,
    sources: Vec<Source>,
    /// Per column and bit what its cell lets through.
    sets: Vec<Vec<Set>>,
    /// Per column what it may be at all.
    domains: Vec<Set>,
    /// The row of each bit, from 1; the most important first where that decides.
    order: Vec<u32>,
    /// Cells that the engine tests, by bit.
    tests: HashMap<u32, Vec<Evaluator>>,
    /// The bits that have such cells.
    tested: Vec<u64>,
    says: Vec<Says>,
    /// The numbers of the first output, times ten to the power of `digits`; empty where they are not constant numbers.
    numbers: Vec<i64>,
    digits: u32,
    /// The name of a result that has none of its own.
    result: String,
    outputs: Vec<String>,
    has_default: bool,
    /// Whether the default hangs on nothing.
    constant_default: bool,
    /// The values that the text of the table names, by which the other inputs are tried.
    literals: Vec<Value>,
}

/// Where a column's value comes from.
enum Source {
    /// An input.
    Input { name: String, kind: Type },
    /// An expression over the inputs.
    Computed { text: String, evaluator: Evaluator },
}

/// What a row says.
enum Says {
    /// The same always: as the only row, as one of several, and which rows say the same (by the first such bit).
    Constant { alone: Result<Map<String, Value>, Refusal>, among: Result<Value, Refusal>, equal: u32 },
    /// Something that hangs on the inputs, by output.
    Computed(Vec<Evaluator>),
}

impl std::fmt::Debug for Table {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Table").field("policy", &self.policy).field("rows", &self.order.len()).finish_non_exhaustive()
    }
}

impl Table {
    /// How many rows it has.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.order.len()
    }

    /// What several fitting rows mean.
    #[must_use]
    pub fn policy(&self) -> Policy {
        self.policy
    }

    /// The rows, from 1, with a cell that is left to the engine.
    #[must_use]
    pub fn rows_left_to_the_engine(&self) -> Vec<u32> {
        let mut rows: Vec<u32> = self.tests.keys().map(|bit| self.order[*bit as usize]).collect();
        rows.sort_unstable();
        rows
    }

    /// Whether what is said where no row fits is always the same.
    pub(crate) fn has_constant_default(&self) -> bool {
        self.constant_default
    }

    /// Whether some cell, column or output is computed by the engine.
    pub(crate) fn asks_engine(&self) -> bool {
        !self.tests.is_empty()
            || self.sources.iter().any(|source| matches!(source, Source::Computed { .. }))
            || self.says.iter().any(|says| matches!(says, Says::Computed(_)))
    }

    fn words(&self) -> usize {
        self.order.len().div_ceil(64).max(1)
    }

    /// The mask of all rows.
    fn all_rows(&self) -> Vec<u64> {
        let mut mask = vec![u64::MAX; self.words()];
        let last = self.order.len() - (self.words() - 1) * 64;
        if let Some(word) = mask.last_mut()
            && last < 64
        {
            *word = (1 << last) - 1;
        }
        mask
    }

    /// How a column is called.
    fn column_name(&self, column: usize) -> &str {
        match &self.sources[column] {
            Source::Input { name, .. } => name,
            Source::Computed { text, .. } => text,
        }
    }
}

/// The bits of a mask, from the lowest.
fn bits(mask: &[u64]) -> impl Iterator<Item = u32> {
    mask.iter().enumerate().flat_map(|(word, bits)| {
        let mut left = *bits;
        std::iter::from_fn(move || {
            (left != 0).then(|| {
                let bit = left.trailing_zeros();
                left &= left - 1;
                word as u32 * 64 + bit
            })
        })
    })
}
