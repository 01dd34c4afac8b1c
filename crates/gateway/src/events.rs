//! The gateway's journal: keys made and revoked. Nothing of it leaves the service.

use kit::auth::Grant;
use kit::journal::{Event, Published, Recorded};
use kit::problem::Fault;
use kit::store::Tx;
use kit::time::Timestamp;
use serde::{Deserialize, Serialize};

use crate::store;

/// What happened to a key.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum GatewayEvent {
    KeyIssued(KeyIssued),
    KeyRevoked {},
}

/// A key was made.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct KeyIssued {
    pub(crate) name: String,
    /// SHA-256 of the secret, in hexadecimal digits.
    pub(crate) hash: String,
    pub(crate) grants: Vec<Grant>,
    /// From when on it is refused; never when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) expires_at: Option<Timestamp>,
}

impl Event for GatewayEvent {
    fn kind(&self) -> &'static str {
        match self {
            GatewayEvent::KeyIssued(_) => "key_issued",
            GatewayEvent::KeyRevoked {} => "key_revoked",
        }
    }

    fn apply(&self, recorded: &Recorded<Self>, tx: &mut Tx<'_>) -> Result<(), Fault> {
        match self {
            GatewayEvent::KeyIssued(issued) => store::key_issued(tx, recorded, issued),
            GatewayEvent::KeyRevoked {} => store::key_revoked(tx, recorded),
        }
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
        let bodies = samples::written_today::<GatewayEvent>(concat!(env!("CARGO_MANIFEST_DIR"), "/samples"));
        let names: BTreeSet<String> =
            bodies.iter().map(|body| body.as_object().unwrap().keys().next().unwrap().clone()).collect();
        assert_eq!(names, samples::variants::<GatewayEvent>());
    }
}
