//! What happened in this service, as its journal keeps it. Nothing of it leaves the service yet.

use kit::journal::{Event, Published, Recorded};
use kit::problem::Fault;
use kit::store::Tx;
use serde::{Deserialize, Serialize};

use crate::store;

/// A fact; the entity is the decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum RulesEvent {
    /// A decision was opened.
    DecisionOpened {
        /// What people call it.
        name: String,
    },
    /// A decision was closed.
    DecisionClosed {},
}

impl Event for RulesEvent {
    fn kind(&self) -> &'static str {
        match self {
            RulesEvent::DecisionOpened { .. } => "decision_opened",
            RulesEvent::DecisionClosed {} => "decision_closed",
        }
    }

    fn apply(&self, recorded: &Recorded<Self>, tx: &mut Tx<'_>) -> Result<(), Fault> {
        store::apply(tx, recorded)
    }

    fn publish(_: &Recorded<Self>) -> Option<Published> {
        None
    }
}
