//! What happened to messages and templates, as the journal keeps it. Nothing of it leaves the service.

use contracts::orders::OrderId;
use kit::journal::{Event, Published, Recorded};
use kit::money::Money;
use kit::private::Private;
use kit::problem::Fault;
use kit::store::Tx;
use kit::time::Timestamp;
use serde::{Deserialize, Serialize};

use crate::store;
use crate::template::{Key, Language, Parts};

/// A fact; the entity is the message or the template.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum NoticeEvent {
    /// A customer is to be told something.
    MessageQueued {
        /// Of which order.
        order: OrderId,
        /// What.
        template: Key,
        /// The invoice it is about.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        invoice: Option<About>,
    },
    /// The mail server has taken the message.
    MessageSent {
        /// Under whose key it is sealed: the order's.
        person: String,
        /// What was sent.
        letter: Private<Letter>,
        /// Its `Message-ID`.
        message_id: String,
    },
    /// The message was not taken.
    MessageFailed {
        /// Why.
        reason: String,
        /// When it is tried again; never when absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        next_at: Option<Timestamp>,
    },
    /// There is nothing to be sent.
    MessageSkipped {
        /// Why.
        reason: String,
    },
    /// Somebody wants it sent once more.
    MessageAskedAgain {},
    /// The customer was forgotten.
    MessageForgotten {},
    /// A text was replaced.
    TemplateSet {
        /// Which.
        key: Key,
        /// In which language.
        language: Language,
        /// By what.
        parts: Parts,
    },
    /// A text is the shipped one again.
    TemplateReset {
        /// Which.
        key: Key,
        /// In which language.
        language: Language,
    },
}

/// The invoice that a message is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct About {
    /// Its number.
    pub(crate) number: String,
    /// What it comes to.
    pub(crate) total: Money,
}

/// What was sent. Personal data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Letter {
    /// To which address.
    pub(crate) to: String,
    /// In which language.
    pub(crate) language: Language,
    /// The subject.
    pub(crate) subject: String,
    /// The text; the page says the same.
    pub(crate) text: String,
}

impl Event for NoticeEvent {
    fn kind(&self) -> &'static str {
        match self {
            NoticeEvent::MessageQueued { .. } => "message_queued",
            NoticeEvent::MessageSent { .. } => "message_sent",
            NoticeEvent::MessageFailed { .. } => "message_failed",
            NoticeEvent::MessageSkipped { .. } => "message_skipped",
            NoticeEvent::MessageAskedAgain {} => "message_asked_again",
            NoticeEvent::MessageForgotten {} => "message_forgotten",
            NoticeEvent::TemplateSet { .. } => "template_set",
            NoticeEvent::TemplateReset { .. } => "template_reset",
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
        let bodies = samples::written_today::<NoticeEvent>(concat!(env!("CARGO_MANIFEST_DIR"), "/samples"));
        let names: BTreeSet<String> =
            bodies.iter().map(|body| body.as_object().unwrap().keys().next().unwrap().clone()).collect();
        assert_eq!(names, samples::variants::<NoticeEvent>());
    }
}
