//! The end of a call. The service that owns the order or the task has the last word: it is asked first, and a refusal changes nothing.
//!
//! Invariant: what is asked is noted at the lease before, so that an end whose answer was lost is still the agent's, when it is heard of.

use contracts::orders::CancelPlacedOrder;
use contracts::processes::CompleteTask;
use kit::auth::Actor;
use kit::call::{Request, is_unknown};
use kit::http::App;
use kit::problem::Problem;
use kit::store::Tx;

use crate::call::{AttemptOutcome, CallId, CallState, Outcome};
use crate::lease::{self, Lease};
use crate::settings::Settings;
use crate::store;

/// Why an order may be cancelled on the telephone.
pub(crate) const REASONS: [&str; 6] = ["customer", "unreachable", "fraud", "stock", "payment-declined", "other"];

/// Ends the call as `actor` wants it, unless the service concerned refuses. Ended so before by the same agent: nothing changes.
pub(crate) async fn end(
    app: &App,
    actor: &Actor,
    id: CallId,
    outcome: Outcome,
    reason: Option<&'static str>,
) -> Result<(), Problem> {
    let settings = Settings::of(app);
    let agent = actor.name.clone();
    let call = app
        .write(actor, move |tx| {
            let call = store::call(tx, id)?;
            if call.outcome == Some(outcome) && call.closed_by.as_deref() == Some(&agent) {
                return Ok(None);
            }
            let ending = || Some((outcome, reason.map(str::to_owned)));
            lease::renew_as(tx, &call, &agent, &settings, |lease| Lease { ending: ending(), ..lease })?;
            Ok(Some(call))
        })
        .await?;
    let Some(call) = call else { return Ok(()) };
    let asked = match outcome {
        Outcome::Cancelled => {
            let request = CancelPlacedOrder { order: call.order, reason: reason.unwrap_or("other").to_owned() };
            ask(app, actor, &request).await.map(drop)
        }
        Outcome::Confirmed | Outcome::Resolved | Outcome::Overtaken => {
            let request = CompleteTask { task: call.task, outcome: outcome.code().to_owned() };
            ask(app, actor, &request).await.map(drop)
        }
    };
    let agent = actor.name.clone();
    match asked {
        Ok(()) => app.write(actor, move |tx| ended(tx, id, &agent, outcome, reason)).await,
        Err(problem) if is_unknown(&problem) => Err(problem),
        Err(problem) => {
            app.write(actor, move |tx| {
                if let Some(lease) = store::lease(tx, id)?.filter(|lease| lease.agent == agent) {
                    store::put_lease(tx, id, &Lease { ending: None, ..lease })?;
                }
                Ok(())
            })
            .await?;
            Err(problem)
        }
    }
}

/// Asks another service in the agent's name. What the agent may do was decided here: the permission to end a call is what counts.
async fn ask<R: Request>(app: &App, actor: &Actor, request: &R) -> Result<R::Reply, Problem> {
    let me = Actor::service(app.store().service(), actor.request_id.clone());
    let agent = Actor { name: actor.name.clone(), ..me };
    app.caller().call(&agent, request).await
}

/// Writes that the call has ended as `agent` wanted it, unless it is written.
fn ended(tx: &mut Tx<'_>, id: CallId, agent: &str, outcome: Outcome, reason: Option<&str>) -> Result<(), Problem> {
    let call = store::call(tx, id)?;
    if call.open().is_err() {
        return Ok(());
    }
    let lease = store::lease(tx, id)?.filter(|lease| lease.agent == agent);
    let attempted = lease.is_some_and(|lease| lease.attempted);
    record_end(tx, &call, outcome, reason, Some(agent), attempted)
}

/// Ends the call because of what happened elsewhere: as the agent who has it wanted it, if that is what happened, else as overtaken.
pub(crate) fn heard(tx: &mut Tx<'_>, call: &CallState, happened: &[Outcome], reason: &str) -> Result<(), Problem> {
    if call.open().is_err() {
        return Ok(());
    }
    let lease = store::lease(tx, call.id)?;
    let wanted = lease.and_then(|lease| {
        let (outcome, why) = lease.ending?;
        happened.contains(&outcome).then_some((lease.agent, outcome, why, lease.attempted))
    });
    match wanted {
        Some((agent, outcome, why, attempted)) => {
            record_end(tx, call, outcome, why.as_deref(), Some(&agent), attempted)
        }
        None => record_end(tx, call, Outcome::Overtaken, Some(reason), None, true),
    }
}

/// Who agreed or took back an order was spoken to, even if nobody noted it.
fn record_end(
    tx: &mut Tx<'_>,
    call: &CallState,
    outcome: Outcome,
    reason: Option<&str>,
    agent: Option<&str>,
    attempted: bool,
) -> Result<(), Problem> {
    let (mut version, mut attempts) = (call.version, call.attempts);
    let spoken = outcome == Outcome::Confirmed || outcome == Outcome::Cancelled && reason == Some("customer");
    if spoken && !attempted && agent == Some(tx.origin().actor.as_str()) {
        version = tx.record(call.id, version, call.attempt(AttemptOutcome::Reached, None))?;
        attempts += 1;
    }
    tx.record(call.id, version, call.end(outcome, reason, agent, attempts))?;
    store::drop_lease(tx, call.id)?;
    Ok(())
}
