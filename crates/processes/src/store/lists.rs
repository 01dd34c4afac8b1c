//! Lists by cursor: tasks, instances, incidents; and of all that one shows, the diagrams at once.

use contracts::processes::InstanceId;
use contracts::shared::SiteId;
use kit::problem::Fault;
use kit::store::Reader;

use super::{read_incident, read_instance, read_task};
use crate::instance::{IncidentRow, Instance, Task};

/// Which tasks are asked for; absent parts ask for all.
#[derive(Debug, Clone, Default)]
pub(crate) struct TaskQuery {
    pub(crate) state: Option<String>,
    pub(crate) group: Option<String>,
    pub(crate) key: Option<String>,
    pub(crate) site: Option<SiteId>,
    /// Tasks after this id.
    pub(crate) after: String,
    pub(crate) limit: i64,
}

/// Tasks, the oldest first.
pub(crate) fn tasks(reader: &mut Reader<'_>, query: &TaskQuery) -> Result<Vec<Task>, Fault> {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let site = query.site.map_or(String::new(), |site| site.to_string());
    if query.key.is_some() {
        return reader.all(
            "select id, version, instance, token, process, element, name, task_group, key, site, due_at, opened_at,
               escalated_to, state, outcome, closed_at, closed_by
             from processes_tasks
             where instance in (select id from processes_instances where key = $4) and ($1 = '' or state = $1) and ($2 = '' or task_group = $2) and ($3 = '' or site = $3) and id > $5
             order by id limit $6",
            &[
                text(&query.state).into(),
                text(&query.group).into(),
                site.into(),
                text(&query.key).into(),
                (&query.after).into(),
                query.limit.into(),
            ],
            read_task,
        );
    }
    // In the words of the index, which has only what is open: few of all that there ever were.
    let sql = if query.state.as_deref() == Some("open") {
        "select id, version, instance, token, process, element, name, task_group, key, site, due_at, opened_at,
           escalated_to, state, outcome, closed_at, closed_by
         from processes_tasks
         where state = 'open' and ($1 = '' or state = $1) and ($2 = '' or task_group = $2) and ($3 = '' or site = $3) and id > $4
         order by id limit $5"
    } else {
        "select id, version, instance, token, process, element, name, task_group, key, site, due_at, opened_at,
           escalated_to, state, outcome, closed_at, closed_by
         from processes_tasks
         where ($1 = '' or state = $1) and ($2 = '' or task_group = $2) and ($3 = '' or site = $3) and id > $4
         order by id limit $5"
    };
    reader.all(
        sql,
        &[text(&query.state).into(), text(&query.group).into(), site.into(), (&query.after).into(), query.limit.into()],
        read_task,
    )
}

/// The tasks of an instance, the oldest first; at most 200.
pub(crate) fn tasks_of(reader: &mut Reader<'_>, instance: InstanceId) -> Result<Vec<Task>, Fault> {
    reader.all(
        "select id, version, instance, token, process, element, name, task_group, key, site, due_at, opened_at,
           escalated_to, state, outcome, closed_at, closed_by
         from processes_tasks where instance = $1 order by opened_at, id limit 200",
        &[instance.into()],
        read_task,
    )
}

/// Which instances are asked for; absent parts ask for all.
#[derive(Debug, Clone, Default)]
pub(crate) struct InstanceQuery {
    pub(crate) state: Option<String>,
    pub(crate) process: Option<String>,
    pub(crate) site: Option<SiteId>,
    /// Instances before this id.
    pub(crate) before: String,
    pub(crate) limit: i64,
}

/// Which diagrams `instances` follow: each with its procedure's key, the version's number and its digest.
pub(crate) fn diagrams(
    reader: &mut Reader<'_>,
    instances: &[InstanceId],
) -> Result<Vec<(InstanceId, String, i64, i64)>, Fault> {
    if instances.is_empty() {
        return Ok(Vec::new());
    }
    let ids = serde_json::to_string(instances).map_err(|e| Fault::new("ids are JSON", e))?;
    reader.all(
        "select i.id, i.process, i.number, d.digest
         from processes_instances i join processes_definitions d on d.key = i.process and d.number = i.number
         where i.id in each($1) order by i.id",
        &[ids.into()],
        |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)),
    )
}

/// Instances, the newest first.
pub(crate) fn instances(reader: &mut Reader<'_>, query: &InstanceQuery) -> Result<Vec<Instance>, Fault> {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let sql = if query.state.as_deref() == Some("open") {
        "select id, version, process, number, key, site, marking, variables, started_at, ended_at
         from processes_instances
         where state = 'open' and ($1 = '' or state = $1) and ($2 = '' or process = $2) and ($3 = '' or site = $3) and id < $4
         order by id desc limit $5"
    } else {
        "select id, version, process, number, key, site, marking, variables, started_at, ended_at
         from processes_instances
         where ($1 = '' or state = $1) and ($2 = '' or process = $2) and ($3 = '' or site = $3) and id < $4
         order by id desc limit $5"
    };
    reader.all(
        sql,
        &[
            text(&query.state).into(),
            text(&query.process).into(),
            query.site.map_or(String::new(), |site| site.to_string()).into(),
            (&query.before).into(),
            query.limit.into(),
        ],
        read_instance,
    )
}

/// Which incidents are asked for; absent parts ask for all.
#[derive(Debug, Clone, Default)]
pub(crate) struct IncidentQuery {
    pub(crate) state: Option<String>,
    pub(crate) site: Option<SiteId>,
    /// Incidents before this id.
    pub(crate) before: String,
    pub(crate) limit: i64,
}

/// Incidents, the newest first.
pub(crate) fn incidents(reader: &mut Reader<'_>, query: &IncidentQuery) -> Result<Vec<IncidentRow>, Fault> {
    reader.all(
        "select id, version, instance, token, process, key, site, element, code, message, opened_at, resolution,
           resolved_at, resolved_by
         from processes_incidents
         where ($1 = '' or state = $1) and ($2 = '' or site = $2) and id < $3 order by id desc limit $4",
        &[
            query.state.clone().unwrap_or_default().into(),
            query.site.map_or(String::new(), |site| site.to_string()).into(),
            (&query.before).into(),
            query.limit.into(),
        ],
        read_incident,
    )
}

/// The incidents of an instance, the newest first; at most 100.
pub(crate) fn incidents_of(reader: &mut Reader<'_>, instance: InstanceId) -> Result<Vec<IncidentRow>, Fault> {
    reader.all(
        "select id, version, instance, token, process, key, site, element, code, message, opened_at, resolution,
           resolved_at, resolved_by
         from processes_incidents where instance = $1 order by id desc limit 100",
        &[instance.into()],
        read_incident,
    )
}
