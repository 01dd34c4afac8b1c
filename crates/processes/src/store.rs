//! All the SQL of processes: `apply`, which alone writes fact tables, and the questions. Messages kept and attempts are scratch
//! (`store/scratch.rs`).

mod apply;
mod check;
mod definitions;
mod lists;
mod scratch;

use contracts::processes::{InstanceId, TaskId};
use kit::problem::{Fault, Problem};
use kit::store::{Reader, Row};

pub(crate) use self::apply::apply;
pub(crate) use self::check::check;
pub(crate) use self::definitions::{definitions, digest, known, latest, xml};
pub(crate) use self::lists::{
    IncidentQuery, InstanceQuery, TaskQuery, diagrams, incidents, incidents_of, instances, tasks, tasks_of,
};
pub(crate) use self::scratch::{
    Beginning, Message, attempt, attempts, beginning, beginning_about, begins_with, first_to_begin, forget_attempt,
    forget_attempts, forget_inbox, forget_message, heard_after, keep, kept, last_heard, put_attempt, put_off, to_begin,
};
use crate::definition;
use crate::going::Going;
use crate::instance::{IncidentId, IncidentRow, Instance, Task, TaskState};

static INSTANCE: &str = "select id, version, process, number, key, site, marking, variables, started_at, ended_at
     from processes_instances where id = $1";
static OPEN_INCIDENTS: &str =
    "select id, version, instance, token, process, key, site, element, code, message, opened_at, resolution,
     resolved_at, resolved_by
     from processes_incidents where instance = $1 and state = 'open' order by id limit 100";

/// The instance `id`.
pub(crate) fn instance(reader: &mut Reader<'_>, id: InstanceId) -> Result<Option<Instance>, Fault> {
    reader.one(INSTANCE, &[id.into()], read_instance)
}

/// The instances about `key`, each of another procedure, the oldest first; at most 20.
pub(crate) fn about(reader: &mut Reader<'_>, key: &str) -> Result<Vec<Instance>, Fault> {
    reader.all(
        "select id, version, process, number, key, site, marking, variables, started_at, ended_at
         from processes_instances where key = $1 order by id limit 20",
        &[key.into()],
        read_instance,
    )
}

fn read_instance(row: &Row<'_>) -> Result<Instance, Fault> {
    let (marking, variables): (String, String) = (row.get(6)?, row.get(7)?);
    Ok(Instance {
        id: row.get(0)?,
        version: row.get(1)?,
        process: row.get(2)?,
        number: row.get(3)?,
        key: row.get(4)?,
        site: row.get(5)?,
        marking: serde_json::from_str(&marking).map_err(|e| Fault::new("a marking is readable", e))?,
        variables: serde_json::from_str(&variables).map_err(|e| Fault::new("variables are readable", e))?,
        started_at: row.get(8)?,
        ended_at: row.get(9)?,
    })
}

/// The version of the instance `id`.
pub(crate) fn version(reader: &mut Reader<'_>, id: InstanceId) -> Result<Option<i64>, Fault> {
    reader.one("select version from processes_instances where id = $1", &[id.into()], |row| row.get(0))
}

/// The open instances about `key`; at most 20.
pub(crate) fn open_about(reader: &mut Reader<'_>, key: &str) -> Result<Vec<InstanceId>, Fault> {
    // Only the key leads there: a planner that also sees the state may go through all that are open.
    let all: Vec<(InstanceId, String)> = reader.all(
        "select id, state from processes_instances where key = $1 order by process limit 20",
        &[key.into()],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    Ok(all.into_iter().filter(|(_, state)| state == "open").map(|(id, _)| id).collect())
}

/// Whether an instance of `process` is, was or is about to be about `key`.
pub(crate) fn is_about(reader: &mut Reader<'_>, process: &str, key: &str) -> Result<bool, Fault> {
    let found: Option<i64> = reader.one(
        "select version from processes_instances where key = $1 and process = $2",
        &[key.into(), process.into()],
        |row| row.get(0),
    )?;
    Ok(found.is_some() || self::scratch::is_to_begin(reader, process, key)?)
}

/// The instance `id` with its diagram and what waits for it; `None` when there is none.
pub(crate) fn going(reader: &mut Reader<'_>, id: InstanceId) -> Result<Option<Going>, Problem> {
    let this = [id.into()];
    reader.ahead(&[(INSTANCE, &this), (scratch::KEPT, &this), (scratch::ATTEMPTS, &this), (OPEN_INCIDENTS, &this)])?;
    let Some(instance) = instance(reader, id)? else { return Ok(None) };
    // A version's diagram never changes.
    let model = definition::model(reader, &instance.process, instance.number)?;
    let now = reader.now();
    let mut going = Going::new(instance, model);
    going.kept = kept(reader, id)?;
    let later = attempts(reader, id)?.into_iter().filter(|(_, _, next_at)| *next_at > now);
    going.resting = later.map(|(token, ..)| token).collect();
    going.resting.extend(open_incidents(reader, id)?.into_iter().map(|incident| incident.token));
    Ok(Some(going))
}

/// The task `id`.
pub(crate) fn task(reader: &mut Reader<'_>, id: TaskId) -> Result<Option<Task>, Fault> {
    reader.one(
        "select id, version, instance, token, process, element, name, task_group, key, site, due_at, opened_at,
           escalated_to, state, outcome, closed_at, closed_by
         from processes_tasks where id = $1",
        &[id.into()],
        read_task,
    )
}

fn read_task(row: &Row<'_>) -> Result<Task, Fault> {
    let state: String = row.get(13)?;
    Ok(Task {
        id: row.get(0)?,
        version: row.get(1)?,
        instance: row.get(2)?,
        token: token(row, 3)?,
        process: row.get(4)?,
        element: row.get(5)?,
        name: row.get(6)?,
        group: row.get(7)?,
        key: row.get(8)?,
        site: row.get(9)?,
        due: row.get(10)?,
        opened_at: row.get(11)?,
        escalated_to: row.get(12)?,
        state: TaskState::of(&state).ok_or_else(|| Fault::msg(format!("{state} is no state of a task")))?,
        outcome: row.get(14)?,
        closed_at: row.get(15)?,
        closed_by: row.get(16)?,
    })
}

fn token(row: &Row<'_>, column: usize) -> Result<u32, Fault> {
    u32::try_from(row.get::<i64>(column)?).map_err(|e| Fault::new("a token's number is small", e))
}

/// The incident `id`.
pub(crate) fn incident(reader: &mut Reader<'_>, id: IncidentId) -> Result<Option<IncidentRow>, Fault> {
    reader.one(
        "select id, version, instance, token, process, key, site, element, code, message, opened_at, resolution,
           resolved_at, resolved_by
         from processes_incidents where id = $1",
        &[id.into()],
        read_incident,
    )
}

/// The open incidents of an instance.
pub(crate) fn open_incidents(reader: &mut Reader<'_>, instance: InstanceId) -> Result<Vec<IncidentRow>, Fault> {
    reader.all(OPEN_INCIDENTS, &[instance.into()], read_incident)
}

fn read_incident(row: &Row<'_>) -> Result<IncidentRow, Fault> {
    Ok(IncidentRow {
        id: row.get(0)?,
        version: row.get(1)?,
        instance: row.get(2)?,
        token: token(row, 3)?,
        process: row.get(4)?,
        key: row.get(5)?,
        site: row.get(6)?,
        element: row.get(7)?,
        code: row.get(8)?,
        message: row.get(9)?,
        opened_at: row.get(10)?,
        resolution: row.get(11)?,
        resolved_at: row.get(12)?,
        resolved_by: row.get(13)?,
    })
}
