//! What happened in this service, as its journal keeps it. Nothing of it leaves the service yet.

use kit::journal::{Event, Published, Recorded};
use kit::problem::Fault;
use kit::store::Tx;
use serde::{Deserialize, Serialize};

use crate::store;

/// A fact; the entity is the call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ContactEvent {
    /// A call was opened.
    CallOpened {
        /// What people call it.
        name: String,
    },
    /// A call was closed.
    CallClosed {},
}

impl Event for ContactEvent {
    fn kind(&self) -> &'static str {
        match self {
            ContactEvent::CallOpened { .. } => "call_opened",
            ContactEvent::CallClosed {} => "call_closed",
        }
    }

    fn apply(&self, recorded: &Recorded<Self>, tx: &mut Tx<'_>) -> Result<(), Fault> {
        store::apply(tx, recorded)
    }

    fn publish(_: &Recorded<Self>) -> Option<Published> {
        None
    }
}
