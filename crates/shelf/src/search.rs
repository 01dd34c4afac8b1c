//! What all modes' searches share: the question, the table of ways, the time, and telling the caller how far it is.

use std::collections::{HashMap, HashSet};

use crate::dual::Bound;
use crate::geometry::Table;
use crate::layout::{Arranged, lay_out};
use crate::model::{Instance, Solution};
use crate::task::Task;
use crate::time::{Limits, Progress, Time};

/// A question being answered.
pub(crate) struct Search<'a> {
    pub(crate) instance: &'a Instance,
    pub(crate) table: Table,
    pub(crate) limits: &'a Limits<'a>,
    pub(crate) time: Time<'a>,
    numbers: HashMap<i64, usize>,
}

/// What a search found: the best arrangement if any, and the bound with the task that it was found for.
pub(crate) struct Found {
    pub(crate) best: Option<Arranged>,
    pub(crate) bound: Bound,
    pub(crate) task: Task,
}

impl<'a> Search<'a> {
    pub(crate) fn new(
        instance: &'a Instance,
        whole: &Instance,
        banned: &HashSet<(usize, usize)>,
        limits: &'a Limits<'a>,
        time: Time<'a>,
    ) -> Search<'a> {
        let table = Table::new(instance, whole, banned);
        let numbers = instance.products.iter().enumerate().map(|(at, product)| (product.id, at)).collect();
        Search { instance, table, limits, time, numbers }
    }

    /// The number of the product with this id.
    pub(crate) fn number(&self, id: i64) -> Option<usize> {
        self.numbers.get(&id).copied()
    }

    /// The places of an arrangement, and the pairs of products that stay neighbours though they must not.
    pub(crate) fn lay_out(&self, arranged: &Arranged) -> (Solution, Vec<(usize, usize)>) {
        lay_out(self.instance, &self.table, arranged)
    }

    /// Tells the caller; false where the caller wants no more.
    pub(crate) fn report(&self, arranged: &Arranged, bound: &Bound) -> bool {
        let Some(progress) = self.limits.progress else { return true };
        let (solution, stuck) = self.lay_out(arranged);
        if !stuck.is_empty() {
            return true;
        }
        let go_on = progress(&Progress { solution, objective: arranged.total, bound: bound.value });
        if !go_on {
            self.time.stopped.set(true);
        }
        go_on
    }

    /// Products that have to be listed and fit nowhere, in words.
    pub(crate) fn misfits(&self) -> Vec<String> {
        let misfit = |product: &usize| self.table.unlisted[*product].is_none() && self.table.of(*product).is_empty();
        let words = |product: usize| {
            let id = self.instance.products[product].id;
            if self.instance.pins.iter().any(|pin| pin.product == id) {
                format!(
                    "product {id} is pinned so that its height, depth, weight, facings or days of supply do not allow it"
                )
            } else {
                format!("product {id} has to be listed and fits on no shelf with its facings and days of supply")
            }
        };
        (0..self.table.products()).filter(misfit).take(50).map(words).collect()
    }
}
