//! A call: the contact center's work on one task about an order. Pure decisions; whoever calls them records what they return.

use std::collections::BTreeMap;

use contracts::orders::{Channel, OrderEdited, OrderId, OrderSheet};
use contracts::processes::TaskId;
use contracts::shared::{ProductId, SiteId};
use kit::id::{Id, Kind};
use kit::money::Money;
use kit::problem::{Problem, Refusal};
use kit::time::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::events::ContactEvent;
use crate::lease::Lease;

/// Kind of [`CallId`].
pub(crate) enum Call {}
impl Kind for Call {
    const PREFIX: &'static str = "call";
}
/// The work of the contact center on one task, and made of the task's id.
pub(crate) type CallId = Id<Call>;

/// Where a call stands. That somebody has it is a matter of its lease.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum State {
    /// Waits for an agent.
    Open,
    /// Waits for a moment, and then for an agent.
    Callback,
    /// Needs nobody any more.
    Closed,
}

impl State {
    /// As the tables have it.
    pub(crate) fn code(self) -> &'static str {
        match self {
            State::Open => "open",
            State::Callback => "callback",
            State::Closed => "closed",
        }
    }
}

/// How an attempt to reach the customer went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum AttemptOutcome {
    /// The customer spoke.
    Reached,
    /// Nobody answered.
    NoAnswer,
    /// The line was busy.
    Busy,
    /// Somebody else has this number.
    WrongNumber,
}

impl AttemptOutcome {
    /// As the tables have it.
    pub(crate) fn code(self) -> &'static str {
        match self {
            AttemptOutcome::Reached => "reached",
            AttemptOutcome::NoAnswer => "no_answer",
            AttemptOutcome::Busy => "busy",
            AttemptOutcome::WrongNumber => "wrong_number",
        }
    }
}

/// Why a call is put off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum CallbackReason {
    /// The customer asked for it.
    Asked,
    /// Nobody answered.
    NoAnswer,
    /// The line was busy.
    Busy,
    /// Something else, as the note says.
    Other,
}

impl CallbackReason {
    /// As the tables have it.
    pub(crate) fn code(self) -> &'static str {
        match self {
            CallbackReason::Asked => "asked",
            CallbackReason::NoAnswer => "no_answer",
            CallbackReason::Busy => "busy",
            CallbackReason::Other => "other",
        }
    }
}

/// How a call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Outcome {
    /// The customer agreed, and the order goes on.
    Confirmed,
    /// The order was cancelled.
    Cancelled,
    /// What was in the way is settled.
    Resolved,
    /// Something else happened, and nobody needs to call.
    Overtaken,
}

impl Outcome {
    /// As the tables and the task's outcome have it.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Outcome::Confirmed => "confirmed",
            Outcome::Cancelled => "cancelled",
            Outcome::Resolved => "resolved",
            Outcome::Overtaken => "overtaken",
        }
    }
}

/// What an order has of a product: how much in thousandths of the unit, and what that comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct Held(pub(crate) i64, pub(crate) i64);

/// What an order has, by product.
pub(crate) type Lines = BTreeMap<ProductId, Held>;

/// A call as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CallState {
    pub(crate) id: CallId,
    /// Counts changes, from 1.
    pub(crate) version: i64,
    pub(crate) task: TaskId,
    pub(crate) order: OrderId,
    /// The element of the diagram, which says why a call is needed.
    pub(crate) element: String,
    pub(crate) title: String,
    pub(crate) site: Option<SiteId>,
    pub(crate) opened_at: Timestamp,
    pub(crate) due: Option<Timestamp>,
    pub(crate) escalated: bool,
    pub(crate) state: State,
    /// The number on paper; absent until the order was asked.
    pub(crate) number: Option<String>,
    pub(crate) channel: Option<Channel>,
    pub(crate) name: Option<String>,
    pub(crate) phone: Option<String>,
    pub(crate) total: Option<Money>,
    /// What the order had before agents changed it.
    pub(crate) base_lines: Option<Lines>,
    pub(crate) attempts: i64,
    pub(crate) no_answers: i64,
    pub(crate) last_attempt: Option<(Timestamp, String, AttemptOutcome)>,
    pub(crate) callback_at: Option<Timestamp>,
    /// Who promised it.
    pub(crate) callback_agent: Option<String>,
    pub(crate) upsold_lines: i64,
    pub(crate) upsold_minor: i64,
    pub(crate) outcome: Option<Outcome>,
    /// Why it was cancelled or overtaken.
    pub(crate) reason: Option<String>,
    pub(crate) closed_at: Option<Timestamp>,
    pub(crate) closed_by: Option<String>,
    /// Whether the customer was erased.
    pub(crate) forgotten: bool,
}

/// Why an agent cannot work on a call.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum WorkError {
    #[error("somebody else has this call")]
    Claimed { by: String, until: Timestamp },
    #[error("claim the call first")]
    NotClaimed,
    #[error("the call is closed")]
    Closed { outcome: Outcome },
    #[error("no call waits for you now")]
    NothingWaiting { next_at: Option<Timestamp> },
    #[error("the customer was erased: nothing may be noted about them")]
    CustomerErased,
    #[error("a callback is within the next 30 days")]
    CallbackTime,
}

impl Refusal for WorkError {
    fn problem(&self) -> Problem {
        match self {
            WorkError::Claimed { by, until } => Problem::conflict("contact/claimed", "Somebody else has this call.")
                .with("by", by.clone())
                .with("until", until.to_string()),
            WorkError::NotClaimed => Problem::conflict("contact/not-claimed", "Claim the call first."),
            WorkError::Closed { outcome } => {
                Problem::conflict("contact/call-closed", "The call is closed.").with("outcome", outcome.code())
            }
            WorkError::NothingWaiting { next_at } => {
                let problem = Problem::new(404, "contact/nothing-waiting", "No call waits for you now.");
                match next_at {
                    Some(at) => problem.with("next_at", at.to_string()),
                    None => problem,
                }
            }
            WorkError::CustomerErased => {
                Problem::conflict("contact/customer-erased", "The customer was erased.").detail(self.to_string())
            }
            WorkError::CallbackTime => Problem::unfit("callback", self.to_string()),
        }
    }
}

impl CallState {
    /// Refuses when the call needs nobody any more.
    pub(crate) fn open(&self) -> Result<(), WorkError> {
        match (self.state, self.outcome) {
            (State::Open | State::Callback, _) | (_, None) => Ok(()),
            (State::Closed, Some(outcome)) => Err(WorkError::Closed { outcome }),
        }
    }

    /// Refuses unless `agent` may take the call now.
    pub(crate) fn claimable(&self, lease: Option<&Lease>, agent: &str, now: Timestamp) -> Result<(), WorkError> {
        self.open()?;
        match lease.filter(|lease| lease.until > now && lease.agent != agent) {
            Some(other) => Err(WorkError::Claimed { by: other.agent.clone(), until: other.until }),
            None => Ok(()),
        }
    }

    /// The lease under which `agent` works on the call; one that has run out holds until somebody else takes the call.
    pub(crate) fn held(&self, lease: Option<Lease>, agent: &str, now: Timestamp) -> Result<Lease, WorkError> {
        self.claimable(lease.as_ref(), agent, now)?;
        lease.filter(|lease| lease.agent == agent).ok_or(WorkError::NotClaimed)
    }

    /// Notes an attempt to reach the customer.
    pub(crate) fn attempt(&self, outcome: AttemptOutcome, note: Option<kit::private::Private<String>>) -> ContactEvent {
        let no_answers = self.no_answers + i64::from(outcome == AttemptOutcome::NoAnswer);
        ContactEvent::AttemptMade { outcome, note, attempts: self.attempts + 1, no_answers }
    }

    /// Whether the customer cannot be reached, so that cancelling is to be thought of.
    pub(crate) fn is_unreachable(&self, no_answers: i64) -> bool {
        let wrong = matches!(self.last_attempt, Some((_, _, AttemptOutcome::WrongNumber)));
        self.state != State::Closed && (self.no_answers >= no_answers || wrong)
    }

    /// Ends the call.
    pub(crate) fn end(
        &self,
        outcome: Outcome,
        reason: Option<&str>,
        agent: Option<&str>,
        attempts: i64,
    ) -> ContactEvent {
        let (reason, agent) = (reason.map(str::to_owned), agent.map(str::to_owned));
        ContactEvent::CallEnded { order: self.order, outcome, reason, agent, attempts }
    }

    /// What an edit of the order means for the call: what `agent`, who has it, sold in addition, compared with what the order had
    /// before. An edit while nobody has the call is the customer's own.
    pub(crate) fn edited(&self, edit: &OrderEdited, is_claimed: bool) -> ContactEvent {
        let now = lines(edit.lines.iter().map(|line| (line.product, line.quantity.milli, line.total.minor)));
        let mut event = Edited {
            total: edit.total,
            base_lines: None,
            upsold_lines: self.upsold_lines,
            upsold_minor: self.upsold_minor,
        };
        match (&self.base_lines, is_claimed) {
            (Some(before), true) => {
                let more = now.iter().filter_map(|(product, held)| {
                    let Held(quantity, minor) = before.get(product).copied().unwrap_or_default();
                    (held.0 > quantity).then_some(held.1 - minor)
                });
                (event.upsold_lines, event.upsold_minor) = more.fold((0, 0), |(n, sum), minor| (n + 1, sum + minor));
            }
            (_, false) if self.upsold_lines == 0 => event.base_lines = Some(now),
            (None, true) | (_, false) => {}
        }
        ContactEvent::OrderEdited(event)
    }
}

/// What an edit of the order means for the call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Edited {
    pub(crate) total: Money,
    /// What later edits are compared with, where that is something else from now on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) base_lines: Option<Lines>,
    pub(crate) upsold_lines: i64,
    pub(crate) upsold_minor: i64,
}

/// What the order has, by product.
pub(crate) fn sheet_lines(sheet: &OrderSheet) -> Lines {
    lines(sheet.lines.iter().map(|line| (line.product, line.quantity.milli, line.amounts.gross.minor)))
}

fn lines(lines: impl Iterator<Item = (ProductId, i64, i64)>) -> Lines {
    let mut sum = Lines::new();
    for (product, milli, minor) in lines {
        let held = sum.entry(product).or_default();
        *held = Held(held.0 + milli, held.1 + minor);
    }
    sum
}
