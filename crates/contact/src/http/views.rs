//! What the contact center shows.

use contracts::orders::{Channel, OrderId};
use contracts::processes::TaskId;
use contracts::shared::SiteId;
use kit::money::Money;
use kit::time::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::call::{AttemptOutcome, CallId, CallState, CallbackReason, Outcome, State};
use crate::lease::Lease;
use crate::settings::Settings;
use crate::store::{Attempt, Callback, Waiting};

/// Where a call stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum CallStanding {
    /// An agent could have it now.
    Open,
    /// An agent has it.
    Claimed,
    /// It is put off to a later moment.
    Callback,
    /// It needs nobody any more.
    Closed,
}

/// A call in a list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CallRow {
    /// Its id.
    pub(crate) id: CallId,
    /// Counts changes; claims do not count.
    pub(crate) version: i64,
    /// The task that it does.
    task: TaskId,
    /// The order it is about.
    order: OrderId,
    /// The order's number on paper; absent in the first moments.
    #[serde(skip_serializing_if = "Option::is_none")]
    number: Option<String>,
    /// The element of the procedure that asks for it.
    why: String,
    /// The element's name for people.
    title: String,
    /// Where it stands.
    state: CallStanding,
    /// Whom to call; absent in the first moments and once erased.
    #[serde(skip_serializing_if = "Option::is_none")]
    customer: Option<String>,
    /// The telephone number.
    #[serde(skip_serializing_if = "Option::is_none")]
    phone: Option<String>,
    /// What the order comes to, with tax.
    #[serde(skip_serializing_if = "Option::is_none")]
    total: Option<Money>,
    /// Where the order came from.
    #[serde(skip_serializing_if = "Option::is_none")]
    channel: Option<Channel>,
    /// Where; everywhere when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    site: Option<SiteId>,
    /// When it was opened.
    opened_at: Timestamp,
    /// Until when it should be done.
    #[serde(skip_serializing_if = "Option::is_none")]
    due: Option<Timestamp>,
    /// Whether its deadline has passed by the procedure's word.
    escalated: bool,
    /// Attempts to reach the customer.
    attempts: i64,
    /// Of them: nobody answered.
    no_answers: i64,
    /// The latest of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_attempt: Option<AttemptView>,
    /// To when it is put off, or was.
    #[serde(skip_serializing_if = "Option::is_none")]
    callback_at: Option<Timestamp>,
    /// Who promised that.
    #[serde(skip_serializing_if = "Option::is_none")]
    callback_by: Option<String>,
    /// Who has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    claimed_by: Option<String>,
    /// Until when, unless they say again that they are at it.
    #[serde(skip_serializing_if = "Option::is_none")]
    claimed_until: Option<Timestamp>,
    /// How it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    outcome: Option<Outcome>,
    /// Why it was cancelled or overtaken.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// When it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    closed_at: Option<Timestamp>,
    /// Who ended it.
    #[serde(skip_serializing_if = "Option::is_none")]
    closed_by: Option<String>,
}

/// An attempt to reach a customer.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AttemptView {
    /// When.
    at: Timestamp,
    /// Who, as an actor's name.
    by: String,
    /// How it went.
    outcome: AttemptOutcome,
    /// What the agent noted.
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
}

/// A moment to which a call was put off.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CallbackView {
    /// When that was decided.
    set_at: Timestamp,
    /// Who decided it, as an actor's name.
    by: String,
    /// The moment.
    at: Timestamp,
    /// Why.
    reason: CallbackReason,
    /// What the agent noted.
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
}

/// What to think of.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CallSuggestion {
    /// The reason with which the order could be cancelled.
    cancel_as: String,
}

/// A call as it stands.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CallView {
    #[serde(flatten)]
    pub(crate) row: CallRow,
    /// The attempts, oldest first.
    attempts_made: Vec<AttemptView>,
    /// The moments to which it was put off, oldest first.
    callbacks: Vec<CallbackView>,
    /// What to think of; absent when nothing is.
    #[serde(skip_serializing_if = "Option::is_none")]
    suggestion: Option<CallSuggestion>,
    /// A proposal for the next callback after an attempt without an answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_callback_at: Option<Timestamp>,
    /// Whether it is the asker's.
    yours: bool,
    /// Seconds until the claim runs out; 0 when it is not the asker's.
    lease_s: i64,
    /// Lines that were sold in addition during it.
    upsold_lines: i64,
    /// What they come to, with tax; absent when there are none.
    #[serde(skip_serializing_if = "Option::is_none")]
    upsold: Option<Money>,
}

/// A claim, renewed.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ClaimView {
    /// Until when.
    pub(crate) until: Timestamp,
    /// Seconds until then.
    pub(crate) lease_s: i64,
}

/// What waits at this moment.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CallCounts {
    /// Calls that an agent could have now.
    waiting: i64,
    /// Calls that an agent has.
    claimed: i64,
    /// Calls put off to a later moment.
    callbacks: i64,
    /// Calls of them all whose deadline has passed by the procedure's word.
    escalated: i64,
    /// Calls of them all that should be done by now.
    overdue: i64,
    /// When the oldest of those that wait was opened.
    #[serde(skip_serializing_if = "Option::is_none")]
    oldest_opened_at: Option<Timestamp>,
    /// For how many seconds it has been waiting.
    #[serde(skip_serializing_if = "Option::is_none")]
    oldest_age_s: Option<i64>,
}

/// Calls.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CallList {
    /// A page of them.
    pub(crate) calls: Vec<CallRow>,
    /// Ask for those after this id to go on; absent on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) next: Option<String>,
    /// What waits at this moment.
    pub(crate) counts: CallCounts,
}

impl CallRow {
    /// The row of `call`, which is under `lease`.
    pub(crate) fn of(call: CallState, lease: Option<Lease>, now: Timestamp) -> CallRow {
        let lease = lease.filter(|lease| lease.until > now);
        let state = match call.state {
            State::Closed => CallStanding::Closed,
            State::Open | State::Callback if lease.is_some() => CallStanding::Claimed,
            State::Callback if call.callback_at.is_some_and(|at| at > now) => CallStanding::Callback,
            State::Open | State::Callback => CallStanding::Open,
        };
        CallRow {
            id: call.id,
            version: call.version,
            task: call.task,
            order: call.order,
            number: call.number,
            why: call.element,
            title: call.title,
            state,
            customer: call.name,
            phone: call.phone,
            total: call.total,
            channel: call.channel,
            site: call.site,
            opened_at: call.opened_at,
            due: call.due,
            escalated: call.escalated,
            attempts: call.attempts,
            no_answers: call.no_answers,
            last_attempt: call.last_attempt.map(|(at, by, outcome)| AttemptView { at, by, outcome, note: None }),
            callback_at: call.callback_at,
            callback_by: call.callback_agent,
            claimed_by: lease.as_ref().map(|lease| lease.agent.clone()),
            claimed_until: lease.map(|lease| lease.until),
            outcome: call.outcome,
            reason: call.reason,
            closed_at: call.closed_at,
            closed_by: call.closed_by,
        }
    }
}

impl CallView {
    /// The view of `call` for `me`.
    pub(crate) fn of(
        call: CallState,
        lease: Option<Lease>,
        attempts: Vec<Attempt>,
        callbacks: Vec<Callback>,
        me: &str,
        settings: &Settings,
        now: Timestamp,
    ) -> CallView {
        let mine = lease.as_ref().filter(|lease| lease.agent == me && lease.until > now);
        let unanswered = matches!(call.last_attempt, Some((_, _, AttemptOutcome::NoAnswer | AttemptOutcome::Busy)));
        let suggestion = call.is_unreachable(settings.no_answers).then(|| "unreachable".to_owned());
        CallView {
            yours: mine.is_some(),
            lease_s: mine.map_or(0, |lease| seconds(lease.until, now)),
            suggestion: suggestion.map(|cancel_as| CallSuggestion { cancel_as }),
            next_callback_at: (call.state != State::Closed && unanswered).then(|| now + settings.try_again),
            upsold_lines: call.upsold_lines,
            upsold: call.total.filter(|_| call.upsold_lines > 0).map(|t| Money::new(call.upsold_minor, t.currency)),
            row: CallRow::of(call, lease, now),
            attempts_made: attempts
                .into_iter()
                .map(|Attempt { at, agent, outcome, note }| AttemptView { at, by: agent, outcome, note })
                .collect(),
            callbacks: callbacks
                .into_iter()
                .map(|Callback { set_at, agent, at, reason, note }| CallbackView {
                    set_at,
                    by: agent,
                    at,
                    reason,
                    note,
                })
                .collect(),
        }
    }
}

impl CallCounts {
    /// What `waiting` says at `now`.
    pub(crate) fn of(waiting: Waiting, now: Timestamp) -> CallCounts {
        CallCounts {
            waiting: waiting.waiting,
            claimed: waiting.claimed,
            callbacks: waiting.callbacks,
            escalated: waiting.escalated,
            overdue: waiting.overdue,
            oldest_opened_at: waiting.oldest,
            oldest_age_s: waiting.oldest.map(|at| seconds(now, at)),
        }
    }
}

impl ClaimView {
    /// What is left of `lease`.
    pub(crate) fn of(lease: &Lease, now: Timestamp) -> ClaimView {
        ClaimView { until: lease.until, lease_s: seconds(lease.until, now) }
    }
}

/// Whole seconds from `from` to `to`; 0 when that is not later.
fn seconds(to: Timestamp, from: Timestamp) -> i64 {
    i64::try_from(to.since(from).as_secs()).unwrap_or(i64::MAX)
}
