//! The queue: which call is the best one for an agent now. Escalated first, then what is due longest; a callback at its moment, and
//! its own agent first; what the agent gave back a moment ago last.

use kit::problem::Fault;
use kit::store::Reader;
use kit::time::Timestamp;

use super::{CallId, CallState, read_call};

/// The place of a call in an agent's queue, the least first: given back a moment ago, not escalated, not their own callback, when it
/// is due, its id.
type Place = (i64, i64, i64, Timestamp, CallId);

/// The best call that waits for `agent`; callbacks that others promised only when their moment was before `earlier`. What is open is
/// looked through in the order of the index, up to the first call that nobody has: a thousand more that wait cost nothing. That the
/// state is not `closed` is said in the index's own words: else it is not used.
pub(crate) fn next_call(
    reader: &mut Reader<'_>,
    agent: &str,
    now: Timestamp,
    earlier: Timestamp,
) -> Result<Option<CallId>, Fault> {
    let promised: Option<Place> = reader.one(
        "select cast(case when p.until > $2 then 1 else 0 end as bigint) passed,
           cast(case when c.escalated then 0 else 1 end as bigint) later,
           cast(case when c.callback_agent = $1 then 0 else 1 end as bigint) other, c.sort_at, c.id
         from contact_calls c
         left join contact_leases l on l.call_id = c.id
         left join contact_passes p on p.call_id = c.id and p.agent = $1
         where c.state = 'callback' and c.state <> 'closed' and (l.until is null or l.until <= $2)
           and (c.callback_at is null or c.callback_at <= $2)
           and (c.callback_agent is null or c.callback_agent = $1 or c.callback_at <= $3)
         order by passed, later, other, c.sort_at, c.id limit 1",
        &[agent.into(), now.into(), earlier.into()],
        |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?)),
    )?;
    for (passed, escalated) in [(0, true), (0, false), (1, true), (1, false)] {
        let open: Option<(Timestamp, CallId)> = reader.one(
            "select c.sort_at, c.id from contact_calls c
             where c.state = 'open' and c.state <> 'closed' and c.escalated = $4
               and not exists (select 1 from contact_leases l where l.call_id = c.id and l.until > $2)
               and ($3 = 1 or not exists
                 (select 1 from contact_passes p where p.call_id = c.id and p.agent = $1 and p.until > $2))
             order by c.sort_at, c.id limit 1",
            &[agent.into(), now.into(), passed.into(), escalated.into()],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )?;
        let Some((sort_at, id)) = open else { continue };
        let open: Place = (passed, i64::from(!escalated), 1, sort_at, id);
        return Ok(Some(promised.filter(|promised| *promised < open).map_or(id, |promised| promised.4)));
    }
    Ok(promised.map(|promised| promised.4))
}

/// When the next callback is due, if nothing else waits.
pub(crate) fn next_callback(reader: &mut Reader<'_>, now: Timestamp) -> Result<Option<Timestamp>, Fault> {
    reader.one(
        "select callback_at from contact_calls where state = 'callback' and state <> 'closed' and callback_at > $1
         order by callback_at limit 1",
        &[now.into()],
        |row| row.get(0),
    )
}

/// At most `limit` calls that wait, in the order in which `agent` would get them.
pub(crate) fn waiting_calls(
    reader: &mut Reader<'_>,
    agent: &str,
    now: Timestamp,
    limit: i64,
) -> Result<Vec<CallState>, Fault> {
    reader.all(
        "select c.id, c.version, c.task, c.order_id, c.element, c.title, c.site, c.opened_at, c.due, c.escalated, c.state, c.number,
           c.channel, c.name, c.phone, c.currency, c.total_minor, c.base_lines, c.attempts, c.no_answers, c.last_attempt_at,
           c.last_agent, c.last_outcome, c.callback_at, c.callback_agent, c.upsold_lines, c.upsold_minor, c.outcome, c.reason,
           c.closed_at, c.closed_by, c.forgotten
         from contact_calls c
         left join contact_leases l on l.call_id = c.id
         left join contact_passes p on p.call_id = c.id and p.agent = $1
         where c.state in ('open', 'callback') and c.state <> 'closed' and (l.until is null or l.until <= $2)
           and (c.callback_at is null or c.callback_at <= $2)
         order by case when p.until > $2 then 1 else 0 end, c.escalated desc,
           case when c.callback_agent = $1 then 0 else 1 end, c.sort_at, c.id limit $3",
        &[agent.into(), now.into(), limit.into()],
        read_call,
    )
}

/// At most `limit` calls that somebody has (`agent` when given), the one claimed longest first.
pub(crate) fn claimed_calls(
    reader: &mut Reader<'_>,
    agent: Option<&str>,
    now: Timestamp,
    limit: i64,
) -> Result<Vec<CallState>, Fault> {
    reader.all(
        "select c.id, c.version, c.task, c.order_id, c.element, c.title, c.site, c.opened_at, c.due, c.escalated, c.state, c.number,
           c.channel, c.name, c.phone, c.currency, c.total_minor, c.base_lines, c.attempts, c.no_answers, c.last_attempt_at,
           c.last_agent, c.last_outcome, c.callback_at, c.callback_agent, c.upsold_lines, c.upsold_minor, c.outcome, c.reason,
           c.closed_at, c.closed_by, c.forgotten
         from contact_leases l join contact_calls c on c.id = l.call_id
         where l.until > $1 and c.state <> 'closed' and ($2 = '' or l.agent = $2) order by l.until, c.id limit $3",
        &[now.into(), agent.unwrap_or_default().into(), limit.into()],
        read_call,
    )
}

/// At most `limit` calls that are put off (by `agent` when given), the next one first.
pub(crate) fn promised_calls(
    reader: &mut Reader<'_>,
    agent: Option<&str>,
    now: Timestamp,
    limit: i64,
) -> Result<Vec<CallState>, Fault> {
    reader.all(
        "select id, version, task, order_id, element, title, site, opened_at, due, escalated, state, number, channel, name, phone,
           currency, total_minor, base_lines, attempts, no_answers, last_attempt_at, last_agent, last_outcome, callback_at,
           callback_agent, upsold_lines, upsold_minor, outcome, reason, closed_at, closed_by, forgotten
         from contact_calls where state = 'callback' and state <> 'closed' and callback_at > $1 and ($2 = '' or callback_agent = $2)
         order by callback_at, id limit $3",
        &[now.into(), agent.unwrap_or_default().into(), limit.into()],
        read_call,
    )
}
