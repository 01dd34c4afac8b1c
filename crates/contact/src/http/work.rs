//! What an agent does: take a call, try to reach the customer, put it off, end it.

use std::time::Duration;

use kit::auth::Actor;
use kit::http::{App, Json, Keyed, Path, Reply, RequestKey, Versioned};
use kit::private::Private;
use kit::problem::Problem;
use kit::store::Tx;
use kit::time::Timestamp;
use serde::Deserialize;
use utoipa::ToSchema;

use super::views::{CallView, ClaimView};
use super::{SUPERVISE, WORK, shown, workable};
use crate::call::{AttemptOutcome, CallId, CallState, CallbackReason, Outcome, WorkError};
use crate::ending::{self, REASONS};
use crate::events::ContactEvent;
use crate::jobs::CALLBACK_DUE;
use crate::lease::{self, Lease};
use crate::settings::Settings;
use crate::store;

/// A callback is at most so far away.
const FURTHEST: Duration = Duration::from_secs(30 * 24 * 3600);

/// An attempt to reach the customer.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AddAttempt {
    /// How it went.
    outcome: AttemptOutcome,
    /// Up to 500 characters.
    #[serde(default)]
    note: Option<String>,
}

/// A moment to which a call is put off.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SetCallback {
    /// The moment, within the next 30 days.
    at: Timestamp,
    /// Why.
    reason: CallbackReason,
    /// Up to 500 characters.
    #[serde(default)]
    note: Option<String>,
    /// Whether it comes back to me rather than to anybody.
    #[serde(default = "yes")]
    to_me: bool,
}

fn yes() -> bool {
    true
}

/// Why an order is cancelled.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CancelCall {
    /// One of `customer`, `unreachable`, `fraud`, `stock`, `payment-declined`, `other`.
    reason: String,
}

/// Gives the asker the best call that waits; one that they have already stays.
#[utoipa::path(post, path = "/api/contact/next", tag = "contact",
    responses((status = 200, body = CallView), (status = "default", body = Problem)))]
pub(crate) async fn call_next(app: App, actor: Actor) -> Result<Versioned<CallView>, Problem> {
    actor.may(WORK, None)?;
    let (agent, settings) = (actor.name.clone(), Settings::of(&app));
    let id = app.write(&actor, move |tx| lease::claim_next(tx, &agent, &settings)).await?;
    shown(&app, &actor, id).await
}

/// Gives the asker this call, unless somebody else has it.
#[utoipa::path(post, path = "/api/contact/calls/{id}/claim", tag = "contact", params(("id" = String, Path)),
    responses((status = 200, body = CallView), (status = "default", body = Problem)))]
pub(crate) async fn call_claim(app: App, actor: Actor, Path(id): Path<CallId>) -> Result<Versioned<CallView>, Problem> {
    let (agent, settings) = (actor.clone(), Settings::of(&app));
    app.write(&actor, move |tx| {
        let call = workable(tx, &agent, id)?;
        lease::claim(tx, &call, &agent.name, &settings)
    })
    .await?;
    shown(&app, &actor, id).await
}

/// Says that the asker is still at it; to be said every minute while the call is on the screen.
#[utoipa::path(post, path = "/api/contact/calls/{id}/renew", tag = "contact", params(("id" = String, Path)),
    responses((status = 200, body = ClaimView), (status = "default", body = Problem)))]
pub(crate) async fn call_renew(app: App, actor: Actor, Path(id): Path<CallId>) -> Reply<ClaimView> {
    let (agent, settings) = (actor.clone(), Settings::of(&app));
    app.write(&actor, move |tx| {
        let call = workable(tx, &agent, id)?;
        let lease = lease::renew(tx, &call, &agent.name, &settings)?;
        Ok(ClaimView::of(&lease, tx.now()))
    })
    .await
    .map(Json)
}

/// Puts a call back into the queue; supervisors may do that with anybody's.
#[utoipa::path(post, path = "/api/contact/calls/{id}/release", tag = "contact", params(("id" = String, Path)),
    responses((status = 200, body = CallView), (status = "default", body = Problem)))]
pub(crate) async fn call_release(
    app: App,
    actor: Actor,
    Path(id): Path<CallId>,
) -> Result<Versioned<CallView>, Problem> {
    let agent = actor.clone();
    app.write(&actor, move |tx| {
        let call = store::call(tx, id)?;
        let supervises = agent.may(SUPERVISE, call.site);
        if supervises.is_err() {
            agent.may(WORK, call.site)?;
        }
        call.open()?;
        match store::lease(tx, id)? {
            Some(lease) if lease.agent == agent.name || supervises.is_ok() => lease::release(tx, &call, &lease.agent),
            lease => call.held(lease, &agent.name, tx.now()).map(drop).map_err(Problem::from),
        }
    })
    .await?;
    shown(&app, &actor, id).await
}

/// Notes an attempt to reach the customer.
#[utoipa::path(post, path = "/api/contact/calls/{id}/attempts", tag = "contact", request_body = AddAttempt,
    params(("id" = String, Path), RequestKey),
    responses((status = 200, body = CallView), (status = "default", body = Problem)))]
pub(crate) async fn attempt_add(
    app: App,
    actor: Actor,
    Path(id): Path<CallId>,
    request: Keyed<AddAttempt>,
) -> Result<Versioned<CallView>, Problem> {
    let key = request.request_key(&actor, &format!("attempt_add:{id}"));
    let AddAttempt { outcome, note } = request.body;
    let note = noted(note)?;
    let (agent, settings) = (actor.clone(), Settings::of(&app));
    app.once(&actor, &key, move |tx| {
        let call = workable(tx, &agent, id)?;
        lease::renew_as(tx, &call, &agent.name, &settings, |lease| Lease { attempted: true, ..lease })?;
        let note = sealed(tx, &call, note.as_ref())?;
        tx.record(id, call.version, call.attempt(outcome, note))?;
        Ok(())
    })
    .await?;
    shown(&app, &actor, id).await
}

/// Puts a call off; it comes back at its moment, to the same agent first.
#[utoipa::path(post, path = "/api/contact/calls/{id}/callback", tag = "contact", params(("id" = String, Path)),
    request_body = SetCallback, responses((status = 200, body = CallView), (status = "default", body = Problem)))]
pub(crate) async fn callback_set(
    app: App,
    actor: Actor,
    Path(id): Path<CallId>,
    Json(body): Json<SetCallback>,
) -> Result<Versioned<CallView>, Problem> {
    let SetCallback { at, reason, note, to_me } = body;
    let note = noted(note)?;
    let agent = actor.clone();
    app.write(&actor, move |tx| {
        let call = workable(tx, &agent, id)?;
        call.held(store::lease(tx, id)?, &agent.name, tx.now())?;
        if at <= tx.now() || at > tx.now() + FURTHEST {
            return Err(WorkError::CallbackTime.into());
        }
        let note = sealed(tx, &call, note.as_ref())?;
        let for_whom = to_me.then(|| agent.name.clone());
        tx.record(id, call.version, ContactEvent::CallbackSet { at, agent: for_whom, reason, note })?;
        tx.schedule(CALLBACK_DUE, &id.to_string(), at, "")?;
        Ok(store::drop_lease(tx, id)?)
    })
    .await?;
    shown(&app, &actor, id).await
}

/// Ends a call: the customer agreed, and the order goes on.
#[utoipa::path(post, path = "/api/contact/calls/{id}/confirm", tag = "contact", params(("id" = String, Path)),
    responses((status = 200, body = CallView), (status = "default", body = Problem)))]
pub(crate) async fn call_confirm(
    app: App,
    actor: Actor,
    Path(id): Path<CallId>,
) -> Result<Versioned<CallView>, Problem> {
    ended(&app, &actor, id, Outcome::Confirmed, None).await
}

/// Ends a call by cancelling its order.
#[utoipa::path(post, path = "/api/contact/calls/{id}/cancel", tag = "contact", params(("id" = String, Path)),
    request_body = CancelCall, responses((status = 200, body = CallView), (status = "default", body = Problem)))]
pub(crate) async fn call_cancel(
    app: App,
    actor: Actor,
    Path(id): Path<CallId>,
    Json(body): Json<CancelCall>,
) -> Result<Versioned<CallView>, Problem> {
    let reason = REASONS.into_iter().find(|reason| *reason == body.reason);
    let reason = reason.ok_or_else(|| Problem::invalid(format!("the reason is one of {}", REASONS.join(", "))))?;
    ended(&app, &actor, id, Outcome::Cancelled, Some(reason)).await
}

/// Ends a call: what was in the way, a short pick for example, is settled.
#[utoipa::path(post, path = "/api/contact/calls/{id}/resolve", tag = "contact", params(("id" = String, Path)),
    responses((status = 200, body = CallView), (status = "default", body = Problem)))]
pub(crate) async fn call_resolve(
    app: App,
    actor: Actor,
    Path(id): Path<CallId>,
) -> Result<Versioned<CallView>, Problem> {
    ended(&app, &actor, id, Outcome::Resolved, None).await
}

async fn ended(
    app: &App,
    actor: &Actor,
    id: CallId,
    outcome: Outcome,
    reason: Option<&'static str>,
) -> Result<Versioned<CallView>, Problem> {
    let agent = actor.clone();
    app.read(move |reader| workable(reader, &agent, id)).await?;
    ending::end(app, actor, id, outcome, reason).await?;
    shown(app, actor, id).await
}

/// What was noted, trimmed; nothing when it is empty.
fn noted(note: Option<String>) -> Result<Option<String>, Problem> {
    let note = note.map(|note| note.trim().to_owned()).filter(|note| !note.is_empty());
    match note {
        Some(note) if note.chars().count() > 500 => Err(Problem::unfit("note", "a note has at most 500 characters")),
        note => Ok(note),
    }
}

/// A note under the call's key, which is gone for ever once the customer is.
fn sealed(tx: &mut Tx<'_>, call: &CallState, note: Option<&String>) -> Result<Option<Private<String>>, Problem> {
    match note {
        None => Ok(None),
        Some(_) if call.forgotten => Err(WorkError::CustomerErased.into()),
        Some(note) => Ok(Some(tx.seal(&call.id.to_string(), note)?)),
    }
}
