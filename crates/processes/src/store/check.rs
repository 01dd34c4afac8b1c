//! Does what the tables say hold together?

use std::collections::BTreeSet;

use bpmn::marking::Wait;
use kit::http::App;
use kit::problem::Problem;

use super::InstanceQuery;
use crate::instance::{IncidentRow, Instance, Task, TaskState};

/// What is wrong with the procedures' tables, in words; empty when nothing is.
///
/// # Errors
/// A fault of the database.
pub(crate) async fn check(app: &App) -> Result<Vec<String>, Problem> {
    let mut wrong = Vec::new();
    let mut before = "ins_~".to_owned();
    loop {
        let query = InstanceQuery { before: before.clone(), limit: 100, ..InstanceQuery::default() };
        let page = app.read(move |reader| Ok(super::instances(reader, &query)?)).await?;
        let Some(last) = page.last() else { return Ok(wrong) };
        before = last.id.to_string();
        for instance in page {
            let id = instance.id;
            // Read again with what belongs to it, at one moment.
            let whole = app
                .read(move |reader| {
                    let instance = super::instance(reader, id)?;
                    Ok((instance, super::tasks_of(reader, id)?, super::incidents_of(reader, id)?))
                })
                .await?;
            if let (Some(instance), tasks, incidents) = whole {
                wrong.extend(faults(&instance, &tasks, &incidents).into_iter().map(|fault| format!("{id}: {fault}")));
            }
        }
    }
}

fn faults(instance: &Instance, tasks: &[Task], incidents: &[IncidentRow]) -> Vec<String> {
    let mut faults = Vec::new();
    let marking = &instance.marking;
    if instance.ended_at.is_some() != marking.has_ended() {
        faults.push("its row and its marking do not agree whether it has ended".to_owned());
    }
    if marking.is_open() && marking.tokens.is_empty() {
        faults.push("it is open and waits for nothing".to_owned());
    }
    if !marking.is_open() && !marking.tokens.is_empty() {
        faults.push("it has ended and still waits".to_owned());
    }
    let waits = |wait: Wait| -> BTreeSet<u32> {
        marking.tokens.iter().filter(|token| token.wait == wait).map(|token| token.id).collect()
    };
    let open: BTreeSet<u32> =
        tasks.iter().filter(|task| task.state == TaskState::Open).map(|task| task.token).collect();
    if open != waits(Wait::Task) {
        faults.push(format!("people are to do the tasks of tokens {open:?}, and it waits in {:?}", waits(Wait::Task)));
    }
    let calls = waits(Wait::Call);
    for incident in incidents.iter().filter(|incident| incident.resolution.is_none()) {
        if !calls.contains(&incident.token) {
            faults.push(format!("{} is about a call that it does not wait for", incident.id));
        }
    }
    faults
}
