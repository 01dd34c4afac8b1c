//! The journal events of the contact center, and the public events made of them. What is personal is sealed under the call's own key.

use contracts::contact;
use contracts::orders::{Channel, OrderId};
use contracts::processes::TaskId;
use contracts::shared::SiteId;
use kit::bus::PublicEvent;
use kit::journal::{Event, Published, Recorded};
use kit::money::Money;
use kit::private::Private;
use kit::problem::Fault;
use kit::store::Tx;
use kit::time::Timestamp;
use serde::{Deserialize, Serialize};

use crate::call::{AttemptOutcome, CallbackReason, Edited, Lines, Outcome};
use crate::store;

/// What can happen. The entity is the call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ContactEvent {
    /// A procedure waits for the contact center.
    CallOpened(Box<Opened>),
    /// It is known now what the order is. Written by an earlier release.
    CallDescribed(Described),
    /// Its deadline has passed.
    CallEscalated {},
    /// Somebody tried to reach the customer. The counts are those after it.
    AttemptMade {
        outcome: AttemptOutcome,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<Private<String>>,
        attempts: i64,
        no_answers: i64,
    },
    /// It is put off.
    CallbackSet {
        at: Timestamp,
        /// For whom, if it is somebody's own.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        agent: Option<String>,
        reason: CallbackReason,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<Private<String>>,
    },
    /// The order has other lines.
    OrderEdited(Edited),
    /// It needs nobody any more.
    CallEnded {
        order: OrderId,
        outcome: Outcome,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        agent: Option<String>,
        attempts: i64,
    },
    /// The customer was erased.
    CustomerForgotten {},
}

/// All that a call begins with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Opened {
    pub(crate) task: TaskId,
    pub(crate) order: OrderId,
    pub(crate) element: String,
    pub(crate) title: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) site: Option<SiteId>,
    pub(crate) opened_at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) due: Option<Timestamp>,
    pub(crate) escalated: bool,
    /// What the order is; absent where nobody knows it, and in what an earlier release wrote.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) described: Option<Described>,
}

/// What the order is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Described {
    pub(crate) number: String,
    pub(crate) channel: Channel,
    pub(crate) total: Money,
    pub(crate) lines: Lines,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) customer: Option<Private<Caller>>,
}

/// Whom to call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Caller {
    pub(crate) name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) phone: Option<String>,
}

impl Event for ContactEvent {
    fn kind(&self) -> &'static str {
        match self {
            ContactEvent::CallOpened(_) => "call_opened",
            ContactEvent::CallDescribed(_) => "call_described",
            ContactEvent::CallEscalated {} => "call_escalated",
            ContactEvent::AttemptMade { .. } => "attempt_made",
            ContactEvent::CallbackSet { .. } => "callback_set",
            ContactEvent::OrderEdited(_) => "order_edited",
            ContactEvent::CallEnded { .. } => contact::CallEnded::KIND,
            ContactEvent::CustomerForgotten {} => "customer_forgotten",
        }
    }

    fn apply(&self, recorded: &Recorded<Self>, tx: &mut Tx<'_>) -> Result<(), Fault> {
        store::apply(tx, recorded)
    }

    fn publish(recorded: &Recorded<Self>) -> Option<Published> {
        match &recorded.event {
            ContactEvent::CallEnded { order, outcome, attempts, .. } => match outcome {
                Outcome::Confirmed | Outcome::Cancelled | Outcome::Resolved => {
                    let outcome = outcome.code().to_owned();
                    Some(contact::CallEnded { order: *order, outcome, attempts: *attempts }.published())
                }
                Outcome::Overtaken => None,
            },
            ContactEvent::CallOpened(_)
            | ContactEvent::CallDescribed(_)
            | ContactEvent::CallEscalated {}
            | ContactEvent::AttemptMade { .. }
            | ContactEvent::CallbackSet { .. }
            | ContactEvent::OrderEdited(_)
            | ContactEvent::CustomerForgotten {} => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use kit::testing::samples;

    use super::*;

    #[test]
    fn the_sample_journal_has_every_event_as_it_is_written_today() {
        let bodies = samples::written_today::<ContactEvent>(concat!(env!("CARGO_MANIFEST_DIR"), "/samples"));
        let names: BTreeSet<String> =
            bodies.iter().map(|body| body.as_object().unwrap().keys().next().unwrap().clone()).collect();
        assert_eq!(names, samples::variants::<ContactEvent>());
    }
}
