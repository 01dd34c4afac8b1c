//! What happened in this service, as its journal keeps it, and what of it others hear.

use contracts::rules::DecisionPublished;
use kit::blob::BlobRef;
use kit::bus::PublicEvent;
use kit::journal::{Event, Published, Recorded};
use kit::problem::Fault;
use kit::store::Tx;
use kit::time::Timestamp;
use serde::{Deserialize, Serialize};

use crate::store;

/// A fact; the entity is the decision's key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum RulesEvent {
    /// What is shipped with the product became the first version, in force.
    DecisionShipped {
        /// What people call it.
        title: String,
        /// Its DMN document.
        text: BlobRef,
    },
    /// A version was uploaded.
    VersionAdded {
        /// Its number.
        number: i64,
        /// What people call the decision from now on.
        title: String,
        /// Why it was made.
        note: String,
        /// Its DMN document.
        text: BlobRef,
    },
    /// A second person agreed to a version.
    VersionApproved {
        /// Which.
        number: i64,
    },
    /// A version will take effect; one scheduled before will not.
    VersionScheduled {
        /// Which.
        number: i64,
        /// When.
        valid_from: Timestamp,
    },
    /// What was scheduled will not take effect.
    ScheduleDropped {
        /// Which.
        number: i64,
    },
    /// A version is in force from now on.
    DecisionPublished {
        /// Which.
        number: i64,
        /// Since when.
        at: Timestamp,
    },
}

impl Event for RulesEvent {
    fn kind(&self) -> &'static str {
        match self {
            RulesEvent::DecisionShipped { .. } => "decision_shipped",
            RulesEvent::VersionAdded { .. } => "version_added",
            RulesEvent::VersionApproved { .. } => "version_approved",
            RulesEvent::VersionScheduled { .. } => "version_scheduled",
            RulesEvent::ScheduleDropped { .. } => "schedule_dropped",
            RulesEvent::DecisionPublished { .. } => DecisionPublished::KIND,
        }
    }

    fn apply(&self, recorded: &Recorded<Self>, tx: &mut Tx<'_>) -> Result<(), Fault> {
        store::apply(tx, recorded)
    }

    fn publish(recorded: &Recorded<Self>) -> Option<Published> {
        match &recorded.event {
            RulesEvent::DecisionPublished { number, .. } => {
                Some(DecisionPublished { key: recorded.entity.clone(), version: *number }.published())
            }
            RulesEvent::DecisionShipped { .. }
            | RulesEvent::VersionAdded { .. }
            | RulesEvent::VersionApproved { .. }
            | RulesEvent::VersionScheduled { .. }
            | RulesEvent::ScheduleDropped { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use kit::testing::samples;

    use super::*;

    #[test]
    fn every_event_has_a_sample_of_how_it_is_written_today() {
        let bodies = samples::written_today::<RulesEvent>(concat!(env!("CARGO_MANIFEST_DIR"), "/samples"));
        let names: BTreeSet<String> = bodies
            .iter()
            .flat_map(|body| body.as_object().into_iter().flat_map(|object| object.keys().cloned()))
            .collect();
        assert_eq!(names, samples::variants::<RulesEvent>());
    }
}
