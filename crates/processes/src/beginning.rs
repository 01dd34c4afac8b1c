//! Procedures that begin with a message, many together: what they begin with is asked for in few calls, and written at once.
//!
//! Invariant: while the inbox has a message that begins a procedure, this job is due, or the procedure's own.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use contracts::processes::InstanceId;
use futures_util::future::join_all;
use kit::auth::Actor;
use kit::http::App;
use kit::problem::{Fault, Problem};
use kit::store::Tx;

use crate::drive::By;
use crate::going::Going;
use crate::store::Beginning;
use crate::{Settings, calls, drive, jobs, store, write};

/// The job; its entity is always [`ALL`].
pub(crate) const BEGIN_ALL: &str = "begin_all";
/// The one row of the job.
const ALL: &str = "messages";
/// A procedure begins so much later, that others have learned what they do of the same event, e.g. whose order it is.
const OTHERS: Duration = Duration::from_millis(250);
/// The job is not waited for when it pauses for longer, because what others began with could not be asked for. It is longer than the
/// pause after the second failure: the third attempt leaves each procedure to a job of its own.
const PATIENCE: Duration = Duration::from_secs(40);
/// Procedures that begin in one write.
const BATCH: i64 = 32;
/// One that cannot begin is left to its own job for so long.
const PUT_OFF: Duration = Duration::from_secs(24 * 3600);

/// What procedures that begin alone begin with, by what they are about, asked for with the others.
#[derive(Default)]
pub(crate) struct Known(pub(crate) Mutex<HashMap<String, calls::Facts>>);

/// Sees to it that what was just kept begins.
pub(crate) fn soon(tx: &mut Tx<'_>) -> Result<(), Fault> {
    let due = tx.due(BEGIN_ALL, ALL)?;
    let at = tx.now() + OTHERS;
    if due.is_none_or(|due| due.due_at > at + PATIENCE) { tx.schedule(BEGIN_ALL, ALL, at, "") } else { Ok(()) }
}

/// Begins the procedures whose moment has come, and comes back for the others. When that has failed twice, each is left to its own job.
pub(crate) async fn begin_all(app: &App, failed: i64) -> Result<(), Problem> {
    let me = app.itself();
    let until = app.runtime().now();
    let found = app.read(move |reader| Ok(store::to_begin(reader, until, OTHERS, BATCH)?)).await?;
    if failed > 1 {
        return app
            .write(&me, move |tx| {
                found.iter().try_for_each(|(id, _)| alone(tx, *id))?;
                come_back(tx)
            })
            .await;
    }
    let keys = found.iter().map(|(_, beginning)| beginning.key.clone()).collect();
    let facts = calls::facts(app, &me, keys).await?;
    let begun = found.into_iter().map(|(id, beginning)| {
        let facts = facts.get(&beginning.key).cloned();
        let me = &me;
        async move {
            let Some(facts) = facts else { return (id, Ok(None)) };
            (id, begun(app, me, id, beginning, facts).await.map(Some))
        }
    });
    let begun = join_all(begun).await;
    let settings = app.part::<Settings>().map(|settings| (*settings).clone()).unwrap_or_default();
    let jitter = app.runtime().random_u64();
    app.write(&me, move |tx| {
        for (id, begun) in &begun {
            settle(tx, *id, begun, &settings, jitter)?;
        }
        come_back(tx)
    })
    .await
}

fn come_back(tx: &mut Tx<'_>) -> Result<(), Problem> {
    match store::first_to_begin(tx)? {
        Some(heard_at) => tx.schedule(BEGIN_ALL, ALL, (heard_at + OTHERS).max(tx.now()), "")?,
        None => tx.unschedule(BEGIN_ALL, ALL)?,
    }
    Ok(())
}

async fn begun(
    app: &App,
    me: &Actor,
    id: InstanceId,
    beginning: Beginning,
    facts: calls::Facts,
) -> Result<Going, Problem> {
    let key = beginning.key.clone();
    let mut going = drive::begun(app, id, beginning, facts.clone()).await?;
    drive::drive(app, me, &mut going, By::Beginning).await?;
    if going.wants_call() {
        app.memory::<Known>().0.lock().unwrap_or_else(PoisonError::into_inner).insert(key, facts);
    }
    Ok(going)
}

/// Writes what came of beginning the procedure `id`; `None` is about an order that nobody knows.
fn settle(
    tx: &mut Tx<'_>,
    id: InstanceId,
    begun: &Result<Option<Going>, Problem>,
    settings: &Settings,
    jitter: u64,
) -> Result<(), Problem> {
    match begun {
        // Its calls are its own: others do not wait for them.
        Ok(Some(going)) if going.wants_call() => alone(tx, id),
        Ok(Some(going)) => match write::write(tx, going, settings, jitter) {
            // Somebody else has begun it meanwhile.
            Err(problem) if problem.code == "kit/stale" => Ok(()),
            written => written.map(drop),
        },
        Ok(None) => {
            tracing::error!(instance = %id, "a procedure is to begin about an order that nobody knows");
            Ok(store::forget_inbox(tx, id)?)
        }
        // It is tried again alone, and people are told when that fails too.
        Err(problem) => {
            tracing::warn!(instance = %id, ?problem, "a procedure cannot begin");
            alone(tx, id)
        }
    }
}

fn alone(tx: &mut Tx<'_>, id: InstanceId) -> Result<(), Problem> {
    store::put_off(tx, id, tx.now() + PUT_OFF)?;
    Ok(tx.schedule(jobs::GO_ON, &id.to_string(), tx.now(), "")?)
}
