//! What happened in this service, as its journal keeps it. Nothing of it leaves the service yet.

use kit::journal::{Event, Published, Recorded};
use kit::problem::Fault;
use kit::store::Tx;
use serde::{Deserialize, Serialize};

use crate::store;

/// A fact; the entity is the method.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum DeliveryEvent {
    /// A method was opened.
    MethodOpened {
        /// What people call it.
        name: String,
    },
    /// A method was closed.
    MethodClosed {},
}

impl Event for DeliveryEvent {
    fn kind(&self) -> &'static str {
        match self {
            DeliveryEvent::MethodOpened { .. } => "method_opened",
            DeliveryEvent::MethodClosed {} => "method_closed",
        }
    }

    fn apply(&self, recorded: &Recorded<Self>, tx: &mut Tx<'_>) -> Result<(), Fault> {
        store::apply(tx, recorded)
    }

    fn publish(_: &Recorded<Self>) -> Option<Published> {
        None
    }
}
