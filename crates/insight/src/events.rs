//! What happened in this service, as its journal keeps it. Nothing of it leaves the service.

use kit::blob::BlobRef;
use kit::journal::{Event, Published, Recorded};
use kit::problem::Fault;
use kit::store::Tx;
use serde::{Deserialize, Serialize};

use crate::store;

/// A fact; the entity is the segment: its source and its first day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum InsightEvent {
    /// A stretch of sales history was imported, replacing one of the same source and first day.
    SalesImported {
        /// Where it is from.
        source: String,
        /// Its first day, since 1970-01-01.
        from_day: i64,
        /// Its last day.
        to_day: i64,
        /// How many lines it has.
        lines: i64,
        /// Its columns.
        columns: BlobRef,
    },
}

impl Event for InsightEvent {
    fn kind(&self) -> &'static str {
        match self {
            InsightEvent::SalesImported { .. } => "sales_imported",
        }
    }

    fn apply(&self, recorded: &Recorded<Self>, tx: &mut Tx<'_>) -> Result<(), Fault> {
        store::apply(tx, recorded)
    }

    fn publish(_: &Recorded<Self>) -> Option<Published> {
        None
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use kit::testing::samples;

    use super::*;

    #[test]
    fn the_sample_journal_has_every_event_as_it_is_written_today() {
        let bodies = samples::written_today::<InsightEvent>(concat!(env!("CARGO_MANIFEST_DIR"), "/samples"));
        let names: BTreeSet<String> =
            bodies.iter().map(|body| body.as_object().unwrap().keys().next().unwrap().clone()).collect();
        assert_eq!(names, samples::variants::<InsightEvent>());
    }
}
