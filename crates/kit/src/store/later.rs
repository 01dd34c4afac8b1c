//! What a closure writes at its end: amounts that many of its events add to one row, e.g. the balance of an account, and rows that a later
//! event still changes. One write per row, not one per event.
//!
//! Invariant: whoever asks about such a table, or writes it in another way, finds there all that was written to it before.

use std::collections::HashMap;
use std::hash::BuildHasher;

use super::value::Value;

/// A row to be written.
struct Waiting {
    sql: &'static str,
    /// As many parameters, from the first, name the row.
    keys: usize,
    params: Vec<Value<'static>>,
    /// The row before it whose statement and keys have the same hash.
    alike: Option<usize>,
}

/// What a closure has not written yet, in the order in which the rows were first named.
#[derive(Default)]
pub(super) struct Later {
    waiting: Vec<Waiting>,
    /// By the hash of statement and keys, the last such row: a train of events may add to hundreds.
    last: HashMap<u64, usize>,
    /// The tables that the rows are for, each once.
    tables: Vec<&'static str>,
}

impl Later {
    /// Adds `amounts` to the row that `keys` name, with the others for it.
    pub(super) fn add(&mut self, sql: &'static str, keys: &[Value<'_>], amounts: &[i64]) {
        let Some(waiting) = self.find(sql, keys) else {
            let amounts = amounts.iter().copied().map(Value::Int);
            return self.put(sql, keys.len(), keys.iter().cloned().map(Value::into_owned).chain(amounts).collect());
        };
        for (sum, more) in waiting.params[keys.len()..].iter_mut().zip(amounts) {
            if let Value::Int(sum) = sum {
                *sum += more;
            }
        }
    }

    /// Has a row written that the first `keys` of `params` name.
    pub(super) fn put(&mut self, sql: &'static str, keys: usize, params: Vec<Value<'static>>) {
        let table = sql.split_whitespace().nth(2).expect("what waits is inserted into a table");
        if !self.tables.contains(&table) {
            self.tables.push(table);
        }
        let alike = self.last.insert(self.hash(sql, &params[..keys]), self.waiting.len());
        self.waiting.push(Waiting { sql, keys, params, alike });
    }

    /// Gives the row that waits a new value; false when none does.
    pub(super) fn change(&mut self, sql: &'static str, keys: &[Value<'_>], at: usize, value: Value<'static>) -> bool {
        let waiting = self.find(sql, keys);
        waiting.map(|waiting| waiting.params[at] = value).is_some()
    }

    fn find(&mut self, sql: &'static str, keys: &[Value<'_>]) -> Option<&mut Waiting> {
        if self.waiting.is_empty() {
            return None;
        }
        let mut next = self.last.get(&self.hash(sql, keys)).copied();
        while let Some(at) = next {
            let waiting = &self.waiting[at];
            if std::ptr::eq(waiting.sql, sql) && waiting.params[..waiting.keys] == *keys {
                return self.waiting.get_mut(at);
            }
            next = waiting.alike;
        }
        None
    }

    fn hash(&self, sql: &'static str, keys: &[Value<'_>]) -> u64 {
        self.last.hasher().hash_one((sql.as_ptr(), keys))
    }

    /// Whether `sql` may have to do with a table that something waits for.
    pub(super) fn concerns(&self, sql: &str) -> bool {
        self.tables.iter().any(|table| sql.contains(table))
    }

    /// Statements and parameters of all that waits, which is written now.
    pub(super) fn take(&mut self) -> impl Iterator<Item = (&'static str, Vec<Value<'static>>)> + use<> {
        self.last.clear();
        self.tables.clear();
        std::mem::take(&mut self.waiting).into_iter().map(|waiting| (waiting.sql, waiting.params))
    }
}
