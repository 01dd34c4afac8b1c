//! Event to SQL: the only code that writes the fact tables of processes.

use kit::journal::Recorded;
use kit::problem::Fault;
use kit::store::{Tx, Value};

use crate::events::{Moved, ProcessEvent};
use crate::instance::TaskState;

/// Writes `recorded` to the tables.
pub(crate) fn apply(tx: &mut Tx<'_>, recorded: &Recorded<ProcessEvent>) -> Result<(), Fault> {
    let (id, version, at) = (&recorded.entity, recorded.version, recorded.at);
    match &recorded.event {
        ProcessEvent::DefinitionDeployed { key, number, name, xml, digest, shipped } => tx.put(
            "insert into processes_definitions (key, number, name, xml, digest, shipped, deployed_at, deployed_by)
             values ($1, $2, $3, $4, $5, $6, $7, $8)",
            &[
                key.into(),
                (*number).into(),
                name.into(),
                xml.into(),
                (*digest).into(),
                (*shipped).into(),
                at.into(),
                (&recorded.actor).into(),
            ],
        ),
        ProcessEvent::InstanceMoved(moved) => instance_moved(tx, recorded, moved),
        ProcessEvent::TaskOpened(opened) => tx.put(
            "insert into processes_tasks (id, version, instance, token, process, element, name, task_group, key, site, due_at,
               opened_at, state)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 'open')",
            &[
                id.into(),
                version.into(),
                opened.instance.into(),
                i64::from(opened.token).into(),
                (&opened.process).into(),
                (&opened.element).into(),
                (&opened.name).into(),
                (&opened.group).into(),
                (&opened.key).into(),
                opened.site.into(),
                opened.due.into(),
                at.into(),
            ],
        ),
        ProcessEvent::TaskEscalated { to, .. } => tx.put(
            "update processes_tasks set version = $2, escalated_to = $3 where id = $1",
            &[id.into(), version.into(), to.into()],
        ),
        ProcessEvent::TaskClosed { outcome, .. } => {
            let state = if outcome.is_some() { TaskState::Done } else { TaskState::Overtaken };
            tx.put(
                "update processes_tasks set version = $2, state = $3, outcome = $4, closed_at = $5, closed_by = $6
                 where id = $1",
                &[
                    id.into(),
                    version.into(),
                    state.code().into(),
                    outcome.clone().into(),
                    at.into(),
                    (&recorded.actor).into(),
                ],
            )
        }
        ProcessEvent::IncidentOpened(stuck) => tx.put(
            "insert into processes_incidents (id, version, instance, token, process, key, site, element, code, message,
               opened_at, state)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 'open')",
            &[
                id.into(),
                version.into(),
                stuck.instance.into(),
                i64::from(stuck.token).into(),
                (&stuck.process).into(),
                (&stuck.key).into(),
                stuck.site.into(),
                (&stuck.element).into(),
                (&stuck.code).into(),
                (&stuck.message).into(),
                at.into(),
            ],
        ),
        ProcessEvent::IncidentResolved { how } => tx.put(
            "update processes_incidents set version = $2, state = 'resolved', resolution = $3, resolved_at = $4,
               resolved_by = $5
             where id = $1",
            &[id.into(), version.into(), how.into(), at.into(), (&recorded.actor).into()],
        ),
    }
}

fn instance_moved(tx: &mut Tx<'_>, recorded: &Recorded<ProcessEvent>, moved: &Moved) -> Result<(), Fault> {
    let marking = serde_json::to_string(&moved.marking).map_err(|e| Fault::new("a marking is JSON", e))?;
    let variables = moved.variables.as_ref().map(serde_json::to_string).transpose();
    let variables = variables.map_err(|e| Fault::new("variables are JSON", e))?;
    let state = if moved.ended { "ended" } else { "open" };
    let ended_at = moved.ended.then_some(recorded.at);
    let Some(began) = &moved.began else {
        return tx.put(
            "update processes_instances set version = $2, state = $3, marking = $4,
               variables = coalesce($5, variables), ended_at = $6
             where id = $1",
            &[
                (&recorded.entity).into(),
                recorded.version.into(),
                state.into(),
                Value::document(marking),
                variables.map(Value::document).into(),
                ended_at.into(),
            ],
        );
    };
    tx.put(
        "insert into processes_instances (id, version, process, number, key, site, state, marking, variables, started_at,
           ended_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        &[
            (&recorded.entity).into(),
            recorded.version.into(),
            (&began.process).into(),
            began.number.into(),
            (&began.key).into(),
            began.site.into(),
            state.into(),
            Value::document(marking),
            Value::document(variables.unwrap_or_else(|| "{}".to_owned())),
            recorded.at.into(),
            ended_at.into(),
        ],
    )
}
