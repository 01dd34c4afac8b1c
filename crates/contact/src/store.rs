//! All the SQL of the contact center: `apply`, which alone writes fact tables, and the questions. Leases are scratch
//! (`store/lease.rs`).

mod apply;
mod board;
mod lease;
mod queue;

use contracts::orders::OrderId;
use contracts::processes::TaskId;
use kit::money::{Currency, Money};
use kit::problem::{Fault, Problem};
use kit::store::{Reader, Row};
use kit::time::Timestamp;

pub(crate) use self::apply::apply;
pub(crate) use self::board::{Ended, Waiting, attempts_made, calls_ended, first_attempts, waiting_now};
pub(crate) use self::lease::{claimed_by, described, drop_lease, lease, put_lease, put_pass, undescribed};
pub(crate) use self::queue::{claimed_calls, next_call, next_callback, promised_calls, waiting_calls};
use crate::call::{AttemptOutcome, CallId, CallState};

/// The tables that [`apply`] writes, and nobody else.
pub(crate) const FACT_TABLES: &[&str] = &["contact_calls", "contact_attempts", "contact_callbacks"];

/// An attempt to reach a customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Attempt {
    pub(crate) at: Timestamp,
    pub(crate) agent: String,
    pub(crate) outcome: AttemptOutcome,
    pub(crate) note: Option<String>,
}

/// A moment to which a call was put off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Callback {
    pub(crate) set_at: Timestamp,
    pub(crate) agent: String,
    pub(crate) at: Timestamp,
    pub(crate) reason: crate::call::CallbackReason,
    pub(crate) note: Option<String>,
}

/// A word of the contracts, or of ours, out of a text.
fn word<T: serde::de::DeserializeOwned>(text: String) -> Result<T, Fault> {
    serde_json::from_value(serde_json::Value::String(text)).map_err(|e| Fault::new("a word of a column", e))
}

/// The call, or a problem that says there is none.
pub(crate) fn call(reader: &mut Reader<'_>, id: CallId) -> Result<CallState, Problem> {
    find_call(reader, id)?.ok_or_else(|| Problem::not_found("call", id))
}

/// The call, if there is one.
pub(crate) fn find_call(reader: &mut Reader<'_>, id: CallId) -> Result<Option<CallState>, Fault> {
    reader.one(
        "select id, version, task, order_id, element, title, site, opened_at, due, escalated, state, number, channel, name, phone,
           currency, total_minor, base_lines, attempts, no_answers, last_attempt_at, last_agent, last_outcome, callback_at,
           callback_agent, upsold_lines, upsold_minor, outcome, reason, closed_at, closed_by, forgotten
         from contact_calls where id = $1",
        &[id.into()],
        read_call,
    )
}

/// The calls of a task: one, or none.
pub(crate) fn call_of_task(task: TaskId) -> CallId {
    task.of()
}

/// The calls about these orders, by id; at most 1,000.
pub(crate) fn calls_of_orders(reader: &mut Reader<'_>, orders: &[OrderId]) -> Result<Vec<CallState>, Fault> {
    let orders = serde_json::to_string(orders).map_err(|e| Fault::new("ids are JSON", e))?;
    reader.all(
        "select id, version, task, order_id, element, title, site, opened_at, due, escalated, state, number, channel, name, phone,
           currency, total_minor, base_lines, attempts, no_answers, last_attempt_at, last_agent, last_outcome, callback_at,
           callback_agent, upsold_lines, upsold_minor, outcome, reason, closed_at, closed_by, forgotten
         from contact_calls where order_id in each($1) order by id limit 1000",
        &[orders.into()],
        read_call,
    )
}

/// At most `limit` calls in `state` (any when absent) with ids before `before`, the newest first.
pub(crate) fn calls_before(
    reader: &mut Reader<'_>,
    state: Option<&'static str>,
    before: &str,
    limit: i64,
) -> Result<Vec<CallState>, Fault> {
    match state {
        Some(state) => reader.all(
            "select id, version, task, order_id, element, title, site, opened_at, due, escalated, state, number, channel, name,
               phone, currency, total_minor, base_lines, attempts, no_answers, last_attempt_at, last_agent, last_outcome,
               callback_at, callback_agent, upsold_lines, upsold_minor, outcome, reason, closed_at, closed_by, forgotten
             from contact_calls where state = $1 and id < $2 order by id desc limit $3",
            &[state.into(), before.into(), limit.into()],
            read_call,
        ),
        None => reader.all(
            "select id, version, task, order_id, element, title, site, opened_at, due, escalated, state, number, channel, name,
               phone, currency, total_minor, base_lines, attempts, no_answers, last_attempt_at, last_agent, last_outcome,
               callback_at, callback_agent, upsold_lines, upsold_minor, outcome, reason, closed_at, closed_by, forgotten
             from contact_calls where id < $1 order by id desc limit $2",
            &[before.into(), limit.into()],
            read_call,
        ),
    }
}

fn read_call(row: &Row<'_>) -> Result<CallState, Fault> {
    let currency: Option<String> = row.get(15)?;
    let currency: Option<Currency> =
        currency.map(|text| text.parse()).transpose().map_err(|e| Fault::new("a currency", e))?;
    let total_minor: Option<i64> = row.get(16)?;
    let base_lines: Option<String> = row.get(17)?;
    let base_lines = base_lines.map(|text| serde_json::from_str(&text)).transpose();
    let (last_at, last_agent, last_outcome): (Option<Timestamp>, Option<String>, Option<String>) =
        (row.get(20)?, row.get(21)?, row.get(22)?);
    let last_attempt = match (last_at, last_agent, last_outcome) {
        (Some(at), Some(agent), Some(outcome)) => Some((at, agent, word(outcome)?)),
        _ => None,
    };
    let outcome: Option<String> = row.get(27)?;
    let channel: Option<String> = row.get(12)?;
    Ok(CallState {
        id: row.get(0)?,
        version: row.get(1)?,
        task: row.get(2)?,
        order: row.get(3)?,
        element: row.get(4)?,
        title: row.get(5)?,
        site: row.get(6)?,
        opened_at: row.get(7)?,
        due: row.get(8)?,
        escalated: row.get(9)?,
        state: word(row.get(10)?)?,
        number: row.get(11)?,
        channel: channel.map(word).transpose()?,
        name: row.get(13)?,
        phone: row.get(14)?,
        total: currency.zip(total_minor).map(|(currency, minor)| Money::new(minor, currency)),
        base_lines: base_lines.map_err(|e| Fault::new("lines are readable", e))?,
        attempts: row.get(18)?,
        no_answers: row.get(19)?,
        last_attempt,
        callback_at: row.get(23)?,
        callback_agent: row.get(24)?,
        upsold_lines: row.get(25)?,
        upsold_minor: row.get(26)?,
        outcome: outcome.map(word).transpose()?,
        reason: row.get(28)?,
        closed_at: row.get(29)?,
        closed_by: row.get(30)?,
        forgotten: row.get(31)?,
    })
}

/// The attempts of a call, oldest first; at most 200.
pub(crate) fn attempts(reader: &mut Reader<'_>, id: CallId) -> Result<Vec<Attempt>, Fault> {
    reader.all(
        "select at, agent, outcome, note from contact_attempts where call_id = $1 order by version limit 200",
        &[id.into()],
        |row| Ok(Attempt { at: row.get(0)?, agent: row.get(1)?, outcome: word(row.get(2)?)?, note: row.get(3)? }),
    )
}

/// The callbacks of a call, oldest first; at most 200.
pub(crate) fn callbacks(reader: &mut Reader<'_>, id: CallId) -> Result<Vec<Callback>, Fault> {
    reader.all(
        "select set_at, agent, at, reason, note from contact_callbacks where call_id = $1 order by version limit 200",
        &[id.into()],
        |row| {
            Ok(Callback {
                set_at: row.get(0)?,
                agent: row.get(1)?,
                at: row.get(2)?,
                reason: word(row.get(3)?)?,
                note: row.get(4)?,
            })
        },
    )
}
