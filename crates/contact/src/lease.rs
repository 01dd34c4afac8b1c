//! Claims: an agent has a call for the time of a lease, which runs out by itself, so that nobody sits on an order. Scratch.

use kit::problem::Problem;
use kit::store::Tx;
use kit::time::Timestamp;

use crate::call::{CallId, CallState, Outcome, WorkError};
use crate::settings::Settings;
use crate::store;

/// That an agent has a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Lease {
    /// Who, as an actor's name.
    pub(crate) agent: String,
    /// Until when, unless it is renewed.
    pub(crate) until: Timestamp,
    /// The end that is being asked of another service, and why.
    pub(crate) ending: Option<(Outcome, Option<String>)>,
    /// Whether an attempt to reach the customer was noted since the claim.
    pub(crate) attempted: bool,
}

/// For how long after giving a call back an agent is offered the others first, in seconds.
const PASSED_S: u64 = 15 * 60;

/// Gives `agent` the call, unless somebody else has it.
pub(crate) fn claim(tx: &mut Tx<'_>, call: &CallState, agent: &str, settings: &Settings) -> Result<(), Problem> {
    let lease = store::lease(tx, call.id)?;
    call.claimable(lease.as_ref(), agent, tx.now())?;
    let kept = lease.filter(|lease| lease.agent == agent);
    let until = tx.now() + settings.lease;
    let lease = match kept {
        Some(lease) => Lease { until, ..lease },
        None => Lease { agent: agent.to_owned(), until, ending: None, attempted: false },
    };
    tx.tell(call.id);
    Ok(store::put_lease(tx, call.id, &lease)?)
}

/// Gives `agent` the best call that waits: their own first when they have one already.
pub(crate) fn claim_next(tx: &mut Tx<'_>, agent: &str, settings: &Settings) -> Result<CallId, Problem> {
    let now = tx.now();
    if let Some(own) = store::claimed_by(tx, agent, now)? {
        return Ok(own);
    }
    let Some(id) = store::next_call(tx, agent, now, earlier(now, settings))? else {
        return Err(WorkError::NothingWaiting { next_at: store::next_callback(tx, now)? }.into());
    };
    let call = store::call(tx, id)?;
    claim(tx, &call, agent, settings)?;
    Ok(id)
}

/// Callbacks promised by others are anybody's when their moment was before this.
pub(crate) fn earlier(now: Timestamp, settings: &Settings) -> Timestamp {
    let own = i64::try_from(settings.own_callback.as_micros()).unwrap_or(i64::MAX);
    Timestamp::from_micros(now.as_micros().saturating_sub(own))
}

/// The lease under which `agent` works on the call, renewed.
pub(crate) fn renew(tx: &mut Tx<'_>, call: &CallState, agent: &str, settings: &Settings) -> Result<Lease, Problem> {
    renew_as(tx, call, agent, settings, |lease| lease)
}

/// The same with what `changed` makes of it.
pub(crate) fn renew_as(
    tx: &mut Tx<'_>,
    call: &CallState,
    agent: &str,
    settings: &Settings,
    changed: impl FnOnce(Lease) -> Lease,
) -> Result<Lease, Problem> {
    let lease = call.held(store::lease(tx, call.id)?, agent, tx.now())?;
    let lease = changed(Lease { until: tx.now() + settings.lease, ..lease });
    store::put_lease(tx, call.id, &lease)?;
    Ok(lease)
}

/// Puts the call back into the queue; `agent` is offered others first for a while.
pub(crate) fn release(tx: &mut Tx<'_>, call: &CallState, agent: &str) -> Result<(), Problem> {
    store::drop_lease(tx, call.id)?;
    tx.tell(call.id);
    let until = tx.now() + std::time::Duration::from_secs(PASSED_S);
    Ok(store::put_pass(tx, call.id, agent, until)?)
}
