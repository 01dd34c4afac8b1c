//! The figures of the contact center, counted by the database from what happened.

use kit::money::Currency;
use kit::problem::Fault;
use kit::store::Reader;
use kit::time::Timestamp;

use super::word;
use crate::call::Outcome;

/// What waits at this moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Waiting {
    /// Calls that an agent could have now.
    pub(crate) waiting: i64,
    /// Calls that an agent has.
    pub(crate) claimed: i64,
    /// Calls put off to a later moment.
    pub(crate) callbacks: i64,
    /// Calls of them all whose deadline has passed by the procedure's word.
    pub(crate) escalated: i64,
    /// Calls of them all that should be done by now.
    pub(crate) overdue: i64,
    /// When the oldest of those that wait was opened.
    pub(crate) oldest: Option<Timestamp>,
}

/// Calls that ended, of one agent with one outcome.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ended {
    pub(crate) agent: Option<String>,
    pub(crate) outcome: Outcome,
    pub(crate) calls: i64,
    /// The sum of their lives, in microseconds.
    pub(crate) lived_us: i64,
    pub(crate) attempts: i64,
    pub(crate) upsold_calls: i64,
    pub(crate) upsold_lines: i64,
    pub(crate) upsold_minor: i64,
    pub(crate) currency: Option<Currency>,
}

/// What waits now.
pub(crate) fn waiting_now(reader: &mut Reader<'_>, now: Timestamp) -> Result<Waiting, Fault> {
    let found = reader.one(
        "select cast(coalesce(sum(case when coalesce(l.until, 0) <= $1 and coalesce(c.callback_at, 0) <= $1 then 1 else 0 end), 0) as bigint),
           cast(coalesce(sum(case when l.until > $1 then 1 else 0 end), 0) as bigint),
           cast(coalesce(sum(case when coalesce(l.until, 0) <= $1 and c.callback_at > $1 then 1 else 0 end), 0) as bigint),
           cast(coalesce(sum(case when c.escalated then 1 else 0 end), 0) as bigint),
           cast(coalesce(sum(case when c.due < $1 then 1 else 0 end), 0) as bigint),
           min(case when coalesce(l.until, 0) <= $1 and coalesce(c.callback_at, 0) <= $1 then c.opened_at end)
         from contact_calls c left join contact_leases l on l.call_id = c.id 
         where c.state in ('open', 'callback') and c.state <> 'closed'",
        &[now.into()],
        |row| {
            Ok(Waiting {
                waiting: row.get(0)?,
                claimed: row.get(1)?,
                callbacks: row.get(2)?,
                escalated: row.get(3)?,
                overdue: row.get(4)?,
                oldest: row.get(5)?,
            })
        },
    )?;
    Ok(found.unwrap_or_default())
}

/// The calls that ended from `from` until before `to`, by agent and outcome.
pub(crate) fn calls_ended(reader: &mut Reader<'_>, from: Timestamp, to: Timestamp) -> Result<Vec<Ended>, Fault> {
    reader.all(
        "select closed_by, outcome, count(*), cast(sum(closed_at - opened_at) as bigint), cast(sum(attempts) as bigint),
           cast(sum(case when upsold_lines > 0 then 1 else 0 end) as bigint), cast(sum(upsold_lines) as bigint),
           cast(sum(upsold_minor) as bigint), max(currency)
         from contact_calls where closed_at >= $1 and closed_at < $2
         group by closed_by, outcome order by closed_by, outcome limit 10000",
        &[from.into(), to.into()],
        |row| {
            let currency: Option<String> = row.get(8)?;
            let currency = currency.map(|text| text.parse()).transpose();
            Ok(Ended {
                agent: row.get(0)?,
                outcome: word(row.get(1)?)?,
                calls: row.get(2)?,
                lived_us: row.get(3)?,
                attempts: row.get(4)?,
                upsold_calls: row.get(5)?,
                upsold_lines: row.get(6)?,
                upsold_minor: row.get(7)?,
                currency: currency.map_err(|e| Fault::new("a currency", e))?,
            })
        },
    )
}

/// By agent: calls whose first attempt was theirs and made from `from` until before `to`, and the sum of the times that these calls
/// had waited for it, in microseconds.
pub(crate) fn first_attempts(
    reader: &mut Reader<'_>,
    from: Timestamp,
    to: Timestamp,
) -> Result<Vec<(String, i64, i64)>, Fault> {
    reader.all(
        "select first_agent, count(*), cast(sum(first_attempt_at - opened_at) as bigint) from contact_calls
         where first_attempt_at >= $1 and first_attempt_at < $2 group by first_agent order by first_agent limit 10000",
        &[from.into(), to.into()],
        |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
    )
}

/// By agent: attempts made from `from` until before `to`.
pub(crate) fn attempts_made(
    reader: &mut Reader<'_>,
    from: Timestamp,
    to: Timestamp,
) -> Result<Vec<(String, i64)>, Fault> {
    reader.all(
        "select agent, count(*) from contact_attempts where at >= $1 and at < $2 group by agent order by agent limit 10000",
        &[from.into(), to.into()],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )
}
