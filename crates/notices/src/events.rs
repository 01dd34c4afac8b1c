//! What happened in this service, as its journal keeps it. Nothing of it leaves the service yet.

use kit::journal::{Event, Published, Recorded};
use kit::problem::Fault;
use kit::store::Tx;
use serde::{Deserialize, Serialize};

use crate::store;

/// A fact; the entity is the notice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum NoticesEvent {
    /// A notice was opened.
    NoticeOpened {
        /// What people call it.
        name: String,
    },
    /// A notice was closed.
    NoticeClosed {},
}

impl Event for NoticesEvent {
    fn kind(&self) -> &'static str {
        match self {
            NoticesEvent::NoticeOpened { .. } => "notice_opened",
            NoticesEvent::NoticeClosed {} => "notice_closed",
        }
    }

    fn apply(&self, recorded: &Recorded<Self>, tx: &mut Tx<'_>) -> Result<(), Fault> {
        store::apply(tx, recorded)
    }

    fn publish(_: &Recorded<Self>) -> Option<Published> {
        None
    }
}
