//! The journal's last rows as this process has just committed them: readers of its own need not ask the database for them, and
//! what becomes of a row is worked out once for all of them.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use crate::journal::{Fresh, JournalRow, Published};
use crate::problem::Fault;

/// Rows that are kept at most: what a busy shop commits to one journal within a second.
const ROWS: usize = 512;
/// Bytes of bodies that are kept at most.
const BYTES: usize = 256 * 1024;

/// The last rows, without a gap.
#[derive(Default)]
pub(crate) struct Recent(Mutex<Kept>);

#[derive(Default)]
struct Kept {
    rows: VecDeque<Arc<Told>>,
    bytes: usize,
}

/// The kind and the content of a public event.
type Said = (&'static str, Arc<serde_json::Value>);

/// A committed row, and what others hear of it.
pub(crate) struct Told {
    row: Fresh,
    published: OnceLock<Option<Said>>,
}

impl Told {
    /// A row of which nothing has been worked out.
    pub(crate) fn of(row: Fresh) -> Told {
        Told { row, published: OnceLock::new() }
    }

    /// The row itself.
    pub(crate) fn row(&self) -> &JournalRow {
        &self.row.row
    }

    /// What others hear of the row, worked out by `publish` the first time.
    pub(crate) fn published(
        &self,
        publish: impl FnOnce(&Fresh) -> Result<Option<Published>, Fault>,
    ) -> Result<Option<Said>, Fault> {
        if let Some(known) = self.published.get() {
            return Ok(known.clone());
        }
        let published = publish(&self.row)?.map(|published| (published.kind, Arc::new(published.body)));
        Ok(self.published.get_or_init(|| published).clone())
    }
}

impl Recent {
    /// `rows` are committed. Where they do not follow what is kept, another process wrote in between, and that is forgotten.
    pub(super) fn committed(&self, rows: impl Iterator<Item = Fresh>) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for row in rows {
            if kept.rows.back().is_some_and(|last| last.row().seq + 1 != row.row.seq) {
                *kept = Kept::default();
            }
            kept.bytes += row.row.body.len();
            kept.rows.push_back(Arc::new(Told::of(row)));
            while kept.rows.len() > ROWS || kept.bytes > BYTES {
                let Some(first) = kept.rows.pop_front() else { break };
                kept.bytes -= first.row().body.len();
            }
        }
    }

    /// At most `limit` rows after `seq`, in order and without a gap; `None` when they are not all here.
    pub(crate) fn after(&self, seq: i64, limit: usize) -> Option<Vec<Arc<Told>>> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let first = kept.rows.front()?.row().seq;
        let skip = usize::try_from(seq + 1 - first).ok().filter(|skip| *skip < kept.rows.len())?;
        Some(kept.rows.range(skip..).take(limit).cloned().collect())
    }
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::*;
    use crate::time::Timestamp;

    fn row(seq: i64, body: &str) -> Fresh {
        let (at, kind) = (Timestamp::from_micros(0), Cow::Borrowed("rung"));
        Fresh::read(JournalRow {
            seq,
            at,
            kind,
            entity: String::new(),
            version: seq,
            actor: String::new(),
            cause: String::new(),
            body: body.to_owned(),
        })
    }

    fn seqs(recent: &Recent, after: i64, limit: usize) -> Option<Vec<i64>> {
        Some(recent.after(after, limit)?.iter().map(|told| told.row().seq).collect())
    }

    #[test]
    fn rows_are_here_without_a_gap_or_not_at_all() {
        let recent = Recent::default();
        assert_eq!(seqs(&recent, 0, 9), None);
        recent.committed([5, 6, 7].map(|seq| row(seq, "{}")).into_iter());
        assert_eq!(seqs(&recent, 3, 9), None, "the row after 3 is 4");
        assert_eq!(seqs(&recent, 4, 2), Some(vec![5, 6]));
        assert_eq!(seqs(&recent, 6, 9), Some(vec![7]));
        assert_eq!(seqs(&recent, 7, 9), None, "what comes next may be another process's");
        recent.committed(std::iter::once(row(9, "{}")));
        assert_eq!(seqs(&recent, 6, 9), None, "another process has written 8");
        assert_eq!(seqs(&recent, 8, 9), Some(vec![9]));
    }

    #[test]
    fn only_so_much_is_kept() {
        let recent = Recent::default();
        recent.committed((1..=1_000).map(|seq| row(seq, "{}")));
        let first = 1_000 - i64::try_from(ROWS).unwrap();
        assert_eq!(seqs(&recent, first, 1), Some(vec![first + 1]));
        assert_eq!(seqs(&recent, first - 1, 1), None);
        let large = "x".repeat(BYTES / 2);
        recent.committed((1_001..=1_003).map(|seq| row(seq, &large)));
        assert_eq!(seqs(&recent, 1_001, 9), Some(vec![1_002, 1_003]));
        assert_eq!(seqs(&recent, 1_000, 9), None);
        recent.committed(std::iter::once(row(1_004, &"x".repeat(BYTES + 1))));
        assert_eq!(seqs(&recent, 1_003, 9), None, "too large to be kept");
    }

    #[test]
    fn what_others_hear_is_worked_out_once() {
        let recent = Recent::default();
        recent.committed(std::iter::once(row(1, "{}")));
        let told = recent.after(0, 1).unwrap().remove(0);
        assert!(told.published(|_| Err(Fault::msg("not readable"))).is_err(), "a fault is not kept");
        let heard = || Ok(Some(Published { kind: "rung", body: serde_json::json!({}) }));
        assert!(told.published(|_| heard()).unwrap().is_some());
        assert!(told.published(|_| unreachable!()).unwrap().is_some());
    }
}
