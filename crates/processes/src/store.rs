//! All the SQL: what events do to the tables, and the questions asked of them.

use kit::journal::Recorded;
use kit::problem::{Fault, Problem};
use kit::store::{Reader, Row, Tx};

use crate::events::ProcessesEvent;
use crate::instance::{Instance, InstanceId};

/// The tables that [`apply`] writes, and nobody else.
pub(crate) const FACT_TABLES: &[&str] = &["processes_instances"];

/// Writes an event to the tables.
pub(crate) fn apply(tx: &mut Tx<'_>, recorded: &Recorded<ProcessesEvent>) -> Result<(), Fault> {
    let (id, version, at) = (&recorded.entity, recorded.version, recorded.at);
    match &recorded.event {
        ProcessesEvent::InstanceOpened { name } => tx.put(
            "insert into processes_instances (id, version, name, opened_at) values ($1, $2, $3, $4)",
            &[id.into(), version.into(), name.into(), at.into()],
        ),
        ProcessesEvent::InstanceClosed {} => tx.put(
            "update processes_instances set version = $2, closed_at = $3 where id = $1",
            &[id.into(), version.into(), at.into()],
        ),
    }
}

/// The instance, or a problem that says there is none.
pub(crate) fn instance(reader: &mut Reader<'_>, id: InstanceId) -> Result<Instance, Problem> {
    let found = reader.one(
        "select id, version, name, opened_at, closed_at from processes_instances where id = $1",
        &[id.into()],
        read_instance,
    )?;
    found.ok_or_else(|| Problem::not_found("instance", id))
}

fn read_instance(row: &Row<'_>) -> Result<Instance, Fault> {
    Ok(Instance {
        id: row.parse(0)?,
        version: row.get(1)?,
        name: row.get(2)?,
        opened_at: row.get(3)?,
        closed_at: row.get(4)?,
    })
}
