//! Why a table said what it said: the mask of the rows that fit, and the rows that missed by one column.

use dsntk_feel::FeelScope;
use serde_json::{Map, Value};

use super::{Table, bits};

/// Why a table said what it said. Rows are numbers from 1.
#[derive(Debug, Clone, PartialEq)]
pub struct Explanation {
    /// The rows that fit, in the order in which they count: bit `i` of [`mask`](Explanation::mask) is the `i`-th row in that order.
    pub rows: Vec<u32>,
    /// The same as bits, 64 rows a word: what to store beside a decision.
    pub mask: Vec<u64>,
    /// The rows that would fit but for one column.
    pub near: Vec<NearMiss>,
}

/// A row that would fit but for one column.
#[derive(Debug, Clone, PartialEq)]
pub struct NearMiss {
    /// Which.
    pub row: u32,
    /// The column, from 0.
    pub column: usize,
    /// What the column tests.
    pub tested: String,
}

impl Table {
    /// Explains; cells that are left to the engine are not looked at. `None` when a value is of a form that is not compiled.
    pub(crate) fn explain(&self, given: &Map<String, Value>, scope: &dyn Fn() -> FeelScope) -> Option<Explanation> {
        let classes = self.classes(given, scope)?;
        // The rows that fit so far, those that missed once, and per column those that missed there first.
        let (mut fitting, mut once) = (self.all_rows(), vec![0_u64; self.words()]);
        let mut missed = Vec::with_capacity(classes.len());
        let mut mask = Vec::new();
        for (column, class) in self.columns.iter().zip(&classes) {
            column.copy_mask(*class, &mut mask);
            let mut here = vec![0_u64; mask.len()];
            for (at, holds) in mask.iter().enumerate() {
                here[at] = fitting[at] & !holds;
                once[at] = once[at] & holds | here[at];
                fitting[at] &= holds;
            }
            missed.push(here);
        }
        let mut near = Vec::new();
        for (column, missed) in missed.iter().enumerate() {
            let only: Vec<u64> = missed.iter().zip(&once).map(|(missed, once)| missed & once).collect();
            near.extend(bits(&only).map(|bit| NearMiss {
                row: self.order[bit as usize],
                column,
                tested: self.column_name(column).to_owned(),
            }));
        }
        near.sort_by_key(|near| near.row);
        Some(Explanation { rows: self.numbers_of(&fitting), mask: fitting, near })
    }
}
