//! What the journal says of a payment: the step with the payment after it and what moved, never the customer's means of payment.
//! One kind is heard by others.

use contracts::payments::{PaymentChanged, PaymentId, PaymentMethod, PaymentState, PaymentView, RefundId, Tender};
use kit::bus::PublicEvent;
use kit::journal::{Event, Published, Recorded};
use kit::money::{Currency, Money};
use kit::problem::Fault;
use kit::store::Tx;
use serde::{Deserialize, Serialize};

use crate::payment::refund::RefundState;
use crate::payment::step::Step;
use crate::payment::{Change, Entry};
use crate::provider::Operation;
use crate::store;

/// A step of a payment. All steps have one form because each carries the payment as it is afterwards.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PaymentEvent {
    /// What happened.
    pub(crate) step: Step,
    /// The payment after it.
    pub(crate) after: Standing,
    /// What moved in the ledger.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) entries: Vec<Entry>,
    /// The refund it is about, after it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) refund: Option<RefundStanding>,
}

/// A payment after a step; its version is the event's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Standing {
    /// Which.
    pub(crate) id: PaymentId,
    /// What it pays for.
    pub(crate) reference: String,
    /// How.
    pub(crate) method: PaymentMethod,
    /// Where it stands.
    pub(crate) state: PaymentState,
    /// Of all amounts, which are in its minor units.
    pub(crate) currency: Currency,
    /// What was asked for.
    pub(crate) amount: i64,
    /// Set aside and not taken.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub(crate) held: i64,
    /// Taken.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub(crate) taken: i64,
    /// Given back.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub(crate) returned: i64,
    /// Asked to be given back and not yet known.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub(crate) returning: i64,
    /// The provider's question that is open, with its amount.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) asked: Option<(Operation, i64)>,
    /// How often the provider declined what is asked again under a new key.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub(crate) attempt: i64,
    /// Whether it is to be undone.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) undo_wanted: bool,
    /// The provider's name for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) provider_ref: Option<String>,
    /// Why the provider last declined.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) decline: Option<String>,
    /// How a payment on delivery was taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) tender: Option<Tender>,
    /// Against whose limit it counts. Journals from before say nothing: the reference's alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) account: Option<String>,
}

/// A refund after a step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct RefundStanding {
    /// Which.
    pub(crate) id: RefundId,
    /// How much, in minor units.
    pub(crate) minor: i64,
    /// Why.
    pub(crate) reason: String,
    /// Where it stands.
    pub(crate) state: RefundState,
    /// Why the provider last declined it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) decline: Option<String>,
    /// How often it was asked under another key before.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub(crate) attempt: i64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_zero(value: &i64) -> bool {
    *value == 0
}

impl PaymentEvent {
    /// The event that records `change`.
    #[must_use]
    pub(crate) fn of(change: &Change) -> PaymentEvent {
        let after = change.after.clone();
        PaymentEvent {
            step: change.step,
            after: Standing {
                id: after.id,
                reference: after.reference,
                method: after.method,
                state: after.state,
                currency: after.amount.currency,
                amount: after.amount.minor,
                held: after.held,
                taken: after.taken,
                returned: after.returned,
                returning: after.returning,
                asked: after.asked,
                attempt: after.attempt,
                undo_wanted: after.undo_wanted,
                provider_ref: after.provider_ref,
                decline: after.decline,
                tender: after.tender,
                account: after.account,
            },
            entries: change.entries.clone(),
            refund: change.refund.clone().map(|refund| RefundStanding {
                id: refund.id,
                minor: refund.minor,
                reason: refund.reason,
                state: refund.state,
                decline: refund.decline,
                attempt: refund.attempt,
            }),
        }
    }
}

impl Event for PaymentEvent {
    /// What others hear of has the contract's name, by which their readers choose; what was only asked has its own.
    fn kind(&self) -> &'static str {
        if self.step.is_heard() { PaymentChanged::KIND } else { "payment_asked" }
    }

    fn apply(&self, recorded: &Recorded<PaymentEvent>, tx: &mut Tx<'_>) -> Result<(), Fault> {
        store::apply(tx, recorded)
    }

    fn publish(recorded: &Recorded<PaymentEvent>) -> Option<Published> {
        let PaymentEvent { step, after, .. } = &recorded.event;
        let money = |minor| Money::new(minor, after.currency);
        step.is_heard().then(|| {
            let payment = PaymentView {
                id: after.id,
                reference: after.reference.clone(),
                method: after.method,
                state: after.state,
                amount: money(after.amount),
                authorised: money(after.held),
                captured: money(after.taken),
                refunded: money(after.returned),
                refunding: money(after.returning),
                decline: after.decline.clone(),
                tender: after.tender,
                version: recorded.version,
            };
            PaymentChanged { payment }.published()
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use kit::testing::samples;

    use super::*;

    #[test]
    fn the_sample_journal_has_every_step_as_it_is_written_today() {
        let bodies = samples::written_today::<PaymentEvent>(concat!(env!("CARGO_MANIFEST_DIR"), "/samples"));
        let names: BTreeSet<String> = bodies.iter().map(|body| body["step"].as_str().unwrap().to_owned()).collect();
        assert_eq!(names, samples::variants::<Step>());
    }
}
