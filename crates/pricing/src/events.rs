//! What happened in this service, as its journal keeps it. Nothing of it leaves the service yet.

use kit::journal::{Event, Published, Recorded};
use kit::problem::Fault;
use kit::store::Tx;
use serde::{Deserialize, Serialize};

use crate::store;

/// A fact; the entity is the price.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum PricingEvent {
    /// A price was opened.
    PriceOpened {
        /// What people call it.
        name: String,
    },
    /// A price was closed.
    PriceClosed {},
}

impl Event for PricingEvent {
    fn kind(&self) -> &'static str {
        match self {
            PricingEvent::PriceOpened { .. } => "price_opened",
            PricingEvent::PriceClosed {} => "price_closed",
        }
    }

    fn apply(&self, recorded: &Recorded<Self>, tx: &mut Tx<'_>) -> Result<(), Fault> {
        store::apply(tx, recorded)
    }

    fn publish(_: &Recorded<Self>) -> Option<Published> {
        None
    }
}
