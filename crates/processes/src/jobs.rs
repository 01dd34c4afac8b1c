//! What procedures do when something is due: go on where calls and messages wait, fire timers, begin by the clock; and at the start of
//! the service, see to the shipped diagrams.

use std::time::Duration;

use bpmn::model::Model;
use contracts::processes::InstanceId;
use kit::jobs::{Due, Jobs};
use kit::problem::{Fault, Problem};
use kit::store::Tx;
use serde_json::Value;

use crate::beginning::{BEGIN_ALL, begin_all};
use crate::drive::{Wish, carry_on};
use crate::store::Message;
use crate::{definition, store};

/// A procedure's calls or messages wait.
pub(crate) const GO_ON: &str = "go_on";
/// A timer of a procedure.
pub(crate) const TIMER: &str = "timer";
/// A procedure that begins by the clock.
const BEGIN: &str = "begin";

/// The service's jobs.
pub(crate) fn jobs() -> Jobs {
    Jobs::new()
        .work(GO_ON, |app, due| async move {
            let id = instance(&due.entity)?;
            carry_on(&app, &app.itself(), id, Wish::GoOn).await.map(drop)
        })
        .work(BEGIN_ALL, |app, due| async move { begin_all(&app, due.attempt).await })
        .work(TIMER, |app, due| async move {
            let (id, owner, element) = timer(&due)?;
            carry_on(&app, &app.itself(), id, Wish::Timer { owner, element }).await?;
            // One that was dropped meanwhile is forgotten; one that fired already is.
            app.write(&app.itself(), move |tx| Ok(tx.unschedule(TIMER, &due.entity)?)).await
        })
        .timer(BEGIN, begins)
        .beside(|app| async move {
            if let Err(problem) = definition::ship(&app).await {
                tracing::error!(?problem, "the shipped procedures could not be deployed");
            }
        })
}

/// The name of a procedure's timer in the due-table.
pub(crate) fn timer_of(instance: InstanceId, owner: u32, element: &str) -> String {
    format!("{instance}:{owner}:{element}")
}

fn timer(due: &Due) -> Result<(InstanceId, u32, String), Problem> {
    let unreadable = || Fault::msg(format!("{} names no timer", due.entity));
    let mut parts = due.entity.splitn(3, ':');
    let id = instance(parts.next().unwrap_or_default())?;
    let owner = parts.next().and_then(|owner| owner.parse().ok()).ok_or_else(unreadable)?;
    Ok((id, owner, parts.next().ok_or_else(unreadable)?.to_owned()))
}

fn instance(entity: &str) -> Result<InstanceId, Problem> {
    entity.parse().map_err(|e| Fault::new("a due row names a procedure", e).into())
}

/// Forgets what a procedure was to go on with: there is none.
pub(crate) fn nothing_to_do(tx: &mut Tx<'_>, id: InstanceId) -> Result<(), Problem> {
    Ok(tx.unschedule(GO_ON, &id.to_string())?)
}

/// Sees to it that a procedure that begins by the clock does, by its newest version only.
pub(crate) fn watch_start(tx: &mut Tx<'_>, model: &Model) -> Result<(), Problem> {
    match model.start_timer() {
        Some((after_s, _)) => Ok(tx.schedule(BEGIN, &model.id, tx.now() + Duration::from_secs(after_s), "")?),
        None => Ok(tx.unschedule(BEGIN, &model.id)?),
    }
}

/// Begins a procedure by the clock; what it is about is the moment.
fn begins(tx: &mut Tx<'_>, due: &Due) -> Result<(), Problem> {
    let Some(latest) = store::latest(tx, &due.entity)? else { return Ok(()) };
    let model = definition::model_of(tx, &due.entity, latest.number, latest.digest)?;
    let Some((after_s, again)) = model.start_timer() else { return Ok(()) };
    if again {
        // Moments that were missed collapse into this one.
        tx.schedule(BEGIN, &due.entity, tx.now() + Duration::from_secs(after_s), "")?;
    }
    let key = due.due_at.to_string();
    start(tx, &due.entity, &key).map(drop)
}

/// Notes that a procedure is to begin about `key` at its plain start event, and has it done.
pub(crate) fn start(tx: &mut Tx<'_>, process: &str, key: &str) -> Result<InstanceId, Problem> {
    let id = tx.new_id();
    let (process, key) = (process.to_owned(), key.to_owned());
    store::keep(tx, id, 1, &Message { process, key, begins: true, name: String::new(), payload: Value::Null })?;
    tx.schedule(GO_ON, &id.to_string(), tx.now(), "")?;
    Ok(id)
}
