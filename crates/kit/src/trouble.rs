//! What has failed again and again, and is tried on: an event that a reader cannot take, a job that does not come to its end. It
//! stands in a table of the service, so that people see it whichever process met it, have it tried at once, or leave an event out.
//!
//! Invariant: an event is left out only by the journal's word: who did it, why, and which.

use axum::Router;
use axum::routing::{get, post};
use serde::{Deserialize, Serialize};
use tokio::sync::Notify;
use utoipa::ToSchema;

use crate::auth::{Actor, Permission};
use crate::call::{self, Caller, DEADLINE};
use crate::http::{App, Json, Reply};
use crate::jobs::Due;
use crate::journal::{Event, Published, Recorded};
use crate::problem::{Fault, Problem};
use crate::store::{Origin, Reader, Row, Store, Tx};
use crate::time::Timestamp;

/// An event that failed so often in a row is told of: five seconds.
pub const PATIENCE: i64 = 10;
/// A job that failed so often in a row is told of: eight minutes, because the pauses double.
pub const JOB_PATIENCE: i64 = 6;
/// May see troubles and end them.
pub const MEND: Permission = Permission("gateway.troubles");

/// The most that one service tells.
const PAGE: i64 = 200;
/// Characters of an error that are kept.
const MAX_ERROR: usize = 600;
const MAX_REASON: usize = 300;

/// What has failed again and again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Trouble {
    /// `event:<source>` or `job:<kind>:<entity>`.
    pub id: String,
    /// `event` or `job`.
    pub what: String,
    /// The event's or the job's kind; empty where a source's events cannot be read at all.
    pub name: String,
    /// The service that tells the event; empty for a job.
    pub source: String,
    /// The event's place in its source's journal; 0 for a job.
    pub seq: i64,
    /// What the job is about.
    pub entity: String,
    /// What went wrong the last time.
    pub error: String,
    /// How often it has failed.
    pub attempts: i64,
    /// When it was first told.
    pub since: Timestamp,
    /// When it failed last.
    pub last_at: Timestamp,
}

/// A service's troubles.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Troubles {
    /// The oldest first.
    pub troubles: Vec<Trouble>,
}

/// What a person wants done about a trouble.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EndTrouble {
    /// Which.
    pub id: String,
    /// The event that is left out, by its place; absent when it is to be tried again now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub skip: Option<i64>,
    /// Why, 1 to 300 characters; only to leave out.
    #[serde(default)]
    pub reason: String,
}

/// Wakes readers that wait before their next attempt.
#[derive(Default)]
pub(crate) struct Wake(pub(crate) Notify);

/// What the kit itself records in a service's journal.
#[derive(Debug, Clone, Serialize, Deserialize)]
enum KitEvent {
    /// A person has left out an event that could not be taken.
    EventSkipped { source: String, epoch: String, seq: i64, kind: String, error: String, reason: String },
}

impl Event for KitEvent {
    fn kind(&self) -> &'static str {
        "kit_event_skipped"
    }

    /// Cursors are scratch; the one that moves is moved beside.
    fn apply(&self, _: &Recorded<Self>, _: &mut Tx<'_>) -> Result<(), Fault> {
        Ok(())
    }

    fn publish(_: &Recorded<Self>) -> Option<Published> {
        None
    }
}

/// An event, or what came instead of it, on which a reader stands still.
#[derive(Debug, Clone, Default)]
pub(crate) struct Stuck {
    pub(crate) source: &'static str,
    pub(crate) kind: String,
    pub(crate) seq: i64,
    pub(crate) error: String,
    pub(crate) attempts: i64,
}

fn event_id(source: &str) -> String {
    format!("event:{source}")
}

fn job_id(kind: &str, entity: &str) -> String {
    format!("job:{kind}:{entity}")
}

/// Tells that a reader of `store`'s service is stuck.
pub(crate) async fn tell(store: &Store, stuck: &Stuck) -> Result<(), Problem> {
    let stuck = stuck.clone();
    let told = move |tx: &mut Tx<'_>| {
        let error = short(&stuck.error);
        put(tx, &event_id(stuck.source), "event", &stuck.kind, stuck.source, stuck.seq, "", &error, stuck.attempts)
    };
    store.write(&Origin::default(), move |tx| Ok(told(tx)?)).await
}

/// Forgets that a reader of `source` was stuck.
pub(crate) async fn untell(store: &Store, source: &'static str) -> Result<(), Problem> {
    store.write(&Origin::default(), move |tx| Ok(forget(tx, &event_id(source))?)).await
}

/// Whether a reader of `source` was told of as stuck.
pub(crate) fn is_told(reader: &mut Reader<'_>, source: &str) -> Result<bool, Fault> {
    let sql = reader.kit_sql().trouble_get;
    Ok(reader.one(sql, &[event_id(source).into()], |_| Ok(()))?.is_some())
}

impl Tx<'_> {
    /// Tells people that the job `due` has failed `attempts` times. A job that fails says so by its error; this is for one that
    /// schedules itself again.
    ///
    /// # Errors
    /// A fault of the database.
    pub fn tell_trouble(&mut self, due: &Due, attempts: i64, error: &str) -> Result<(), Fault> {
        let id = job_id(&due.kind, &due.entity);
        put(self, &id, "job", &due.kind, "", 0, &due.entity, &short(error), attempts)
    }

    /// The job `due` is in trouble no longer.
    ///
    /// # Errors
    /// A fault of the database.
    pub fn end_trouble(&mut self, due: &Due) -> Result<(), Fault> {
        forget(self, &job_id(&due.kind, &due.entity))
    }
}

#[allow(clippy::too_many_arguments)] // the columns, in their order
fn put(
    tx: &mut Tx<'_>,
    id: &str,
    what: &str,
    name: &str,
    source: &str,
    seq: i64,
    entity: &str,
    error: &str,
    attempts: i64,
) -> Result<(), Fault> {
    let (sql, now) = (tx.kit_sql().trouble_put, tx.now());
    let values = [
        id.into(),
        what.into(),
        name.into(),
        source.into(),
        seq.into(),
        entity.into(),
        error.into(),
        attempts.into(),
        now.into(),
    ];
    tx.put(sql, &values)
}

fn forget(tx: &mut Tx<'_>, id: &str) -> Result<(), Fault> {
    let sql = tx.kit_sql().trouble_delete;
    tx.put(sql, &[id.into()])
}

fn short(error: &str) -> String {
    error.replace('\0', " ").chars().take(MAX_ERROR).collect()
}

fn read(row: &Row<'_>) -> Result<Trouble, Fault> {
    Ok(Trouble {
        id: row.get(0)?,
        what: row.get(1)?,
        name: row.get(2)?,
        source: row.get(3)?,
        seq: row.get(4)?,
        entity: row.get(5)?,
        error: row.get(6)?,
        attempts: row.get(7)?,
        since: row.get(8)?,
        last_at: row.get(9)?,
    })
}

/// `GET /api/<service>/troubles` and `POST` to the same path: what is wrong, and what a person does about it.
pub(crate) fn routes(service: &str) -> Router<App> {
    Router::new().route(&format!("/api/{service}/troubles"), get(trouble_list).merge(post(trouble_end)))
}

async fn trouble_list(app: App, actor: Actor) -> Reply<Troubles> {
    actor.may(MEND, None)?;
    let list = app.read(|reader| {
        let sql = reader.kit_sql().trouble_list;
        Ok(reader.all(sql, &[PAGE.into()], read)?)
    });
    Ok(Json(Troubles { troubles: list.await? }))
}

async fn trouble_end(app: App, actor: Actor, Json(asked): Json<EndTrouble>) -> Reply<Troubles> {
    actor.may(MEND, None)?;
    if asked.skip.is_some() && !(1..=MAX_REASON).contains(&asked.reason.trim().chars().count()) {
        return Err(Problem::unfit("reason", format!("a reason has 1 to {MAX_REASON} characters")));
    }
    app.write(&actor, move |tx| {
        let sql = tx.kit_sql().trouble_get;
        let found = tx.one(sql, &[(&asked.id).into()], read)?;
        let trouble = found.ok_or_else(|| Problem::not_found("trouble", &asked.id))?;
        match asked.skip {
            Some(seq) => skip(tx, &trouble, seq, asked.reason.trim()),
            None if trouble.what == "job" => {
                let (sql, now) = (tx.kit_sql().due_hasten, tx.now());
                tx.due_at(now);
                Ok(tx.put(sql, &[format!("{}:{}", trouble.name, trouble.entity).into(), now.into()])?)
            }
            None => Ok(()),
        }
    })
    .await?;
    // Readers in other processes of the service look within half a minute.
    app.memory::<Wake>().0.notify_waiters();
    trouble_list(app, actor).await
}

/// Moves the reader beyond the event at `seq` on which it stands still.
fn skip(tx: &mut Tx<'_>, trouble: &Trouble, seq: i64, reason: &str) -> Result<(), Problem> {
    if trouble.what != "event" || trouble.seq == 0 {
        return Err(Problem::conflict("kit/not-skippable", "This cannot be left out")
            .detail("Only a single event can be left out. This is tried again until its cause is mended."));
    }
    if trouble.seq != seq {
        return Err(Problem::stale(seq, trouble.seq));
    }
    let sql = tx.kit_sql().source_epoch;
    let epoch = tx.one(sql, &[(&trouble.source).into()], |row| row.get::<String>(0))?.unwrap_or_default();
    let entity = format!("reader:{}", trouble.source);
    let sql = tx.kit_sql().journal_version;
    let version = tx.one(sql, &[(&entity).into()], |row| row.get::<i64>(0))?.unwrap_or(0);
    let skipped = KitEvent::EventSkipped {
        source: trouble.source.clone(),
        epoch: epoch.clone(),
        seq,
        kind: trouble.name.clone(),
        error: trouble.error.clone(),
        reason: reason.to_owned(),
    };
    tx.record(entity, version, skipped)?;
    let sql = tx.kit_sql().cursor_put;
    tx.put(sql, &[(&trouble.source).into(), (&epoch).into(), seq.into()])?;
    Ok(forget(tx, &trouble.id)?)
}

/// Asks `service`, wherever it runs, for its troubles.
///
/// # Errors
/// As the service answers, or `kit/no-such-service` and `kit/unknown-outcome` when it does not.
pub async fn of(caller: &Caller, actor: &Actor, service: &str) -> Result<Vec<Trouble>, Problem> {
    let request = axum::http::Request::get(format!("/api/{service}/troubles"));
    ask(caller, actor, service, request, Vec::new()).await
}

/// Has `service` do what a person wants about a trouble; returns those that are left.
///
/// # Errors
/// As [`of`]; `kit/not-found`, `kit/stale`, `kit/not-skippable`, `kit/invalid`.
pub async fn end(caller: &Caller, actor: &Actor, service: &str, wish: &EndTrouble) -> Result<Vec<Trouble>, Problem> {
    let body = serde_json::to_vec(wish).map_err(|e| Fault::new("a wish is JSON", e))?;
    let request = axum::http::Request::post(format!("/api/{service}/troubles"));
    ask(caller, actor, service, request, body).await
}

async fn ask(
    caller: &Caller,
    actor: &Actor,
    service: &str,
    request: axum::http::request::Builder,
    body: Vec<u8>,
) -> Result<Vec<Trouble>, Problem> {
    let request = request
        .header(crate::auth::ACTOR_HEADER, actor.header())
        .header(crate::auth::REQUEST_ID_HEADER, &actor.request_id)
        .header(axum::http::header::CONTENT_TYPE, "application/json")
        .body(body.into())
        .map_err(|e| Fault::new("a call's head is valid", e))?;
    let reply = caller.send(service, request, DEADLINE).await?;
    Ok(call::read_reply::<Troubles>(&reply)?.troubles)
}
