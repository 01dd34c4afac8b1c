//! The events of a journal that this process has read last: several readers want the same ones, which are made public once.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::{BATCH, Heard, Slice};

/// Events kept. Readers that are further behind read the journal.
const KEPT: usize = 512;

/// What was read of one journal, by position. Clones share it.
#[derive(Clone, Default)]
pub(crate) struct Recent(Arc<Mutex<BTreeMap<i64, Row>>>);

/// A row that was read.
#[derive(Clone)]
pub(super) struct Row {
    pub(super) kind: Cow<'static, str>,
    /// What it tells, if anything; absent while nobody wanted to know.
    pub(super) told: Option<Arc<Option<Heard>>>,
}

/// Whether a reader of `kinds` (of all when empty) hears of `kind`.
pub(super) fn wants(kinds: &[&str], kind: &str) -> bool {
    kinds.is_empty() || kinds.contains(&kind)
}

impl Recent {
    /// The events of `kinds` after `seq`, as far as the rows are known without a gap.
    pub(super) fn after(&self, seq: i64, kinds: &[&str]) -> Slice {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut slice = Slice { events: Vec::new(), upto: seq };
        for (position, row) in known.range(seq + 1..).take(BATCH) {
            if *position != slice.upto + 1 {
                break;
            }
            if wants(kinds, &row.kind) {
                let Some(told) = &row.told else { break };
                slice.push(told.as_ref().as_ref().cloned(), seq);
            }
            slice.upto = *position;
        }
        slice
    }

    /// Keeps rows that were read.
    pub(super) fn keep(&self, rows: Vec<(i64, Row)>) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for (position, row) in rows {
            let kept = known.entry(position).or_insert_with(|| row.clone());
            if kept.told.is_none() {
                kept.told = row.told;
            }
        }
        while known.len() > KEPT {
            known.pop_first();
        }
    }
}

impl Slice {
    /// Adds an event, if it is one; the slice begins after `seq`.
    pub(super) fn push(&mut self, heard: Option<Heard>, seq: i64) {
        if let Some(heard) = heard {
            let previous = self.events.last().map_or(seq, |last| last.seq);
            self.events.push(Heard { previous, ..heard });
        }
    }
}
