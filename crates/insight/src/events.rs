//! What happened in this service, as its journal keeps it. Nothing of it leaves the service yet.

use kit::journal::{Event, Published, Recorded};
use kit::problem::Fault;
use kit::store::Tx;
use serde::{Deserialize, Serialize};

use crate::store;

/// A fact; the entity is the counter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum InsightEvent {
    /// A counter was opened.
    CounterOpened {
        /// What people call it.
        name: String,
    },
    /// A counter was closed.
    CounterClosed {},
}

impl Event for InsightEvent {
    fn kind(&self) -> &'static str {
        match self {
            InsightEvent::CounterOpened { .. } => "counter_opened",
            InsightEvent::CounterClosed {} => "counter_closed",
        }
    }

    fn apply(&self, recorded: &Recorded<Self>, tx: &mut Tx<'_>) -> Result<(), Fault> {
        store::apply(tx, recorded)
    }

    fn publish(_: &Recorded<Self>) -> Option<Published> {
        None
    }
}
