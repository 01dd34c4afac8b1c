//! All the SQL: what events do to the tables, and the questions asked of them.

use kit::journal::Recorded;
use kit::problem::{Fault, Problem};
use kit::store::{Reader, Row, Tx};

use crate::call::{Call, CallId};
use crate::events::ContactEvent;

/// The tables that [`apply`] writes, and nobody else.
pub(crate) const FACT_TABLES: &[&str] = &["contact_calls"];

/// Writes an event to the tables.
pub(crate) fn apply(tx: &mut Tx<'_>, recorded: &Recorded<ContactEvent>) -> Result<(), Fault> {
    let (id, version, at) = (&recorded.entity, recorded.version, recorded.at);
    match &recorded.event {
        ContactEvent::CallOpened { name } => tx.put(
            "insert into contact_calls (id, version, name, opened_at) values ($1, $2, $3, $4)",
            &[id.into(), version.into(), name.into(), at.into()],
        ),
        ContactEvent::CallClosed {} => tx.put(
            "update contact_calls set version = $2, closed_at = $3 where id = $1",
            &[id.into(), version.into(), at.into()],
        ),
    }
}

/// The call, or a problem that says there is none.
pub(crate) fn call(reader: &mut Reader<'_>, id: CallId) -> Result<Call, Problem> {
    let found = reader.one(
        "select id, version, name, opened_at, closed_at from contact_calls where id = $1",
        &[id.into()],
        read_call,
    )?;
    found.ok_or_else(|| Problem::not_found("call", id))
}

fn read_call(row: &Row<'_>) -> Result<Call, Fault> {
    Ok(Call {
        id: row.parse(0)?,
        version: row.get(1)?,
        name: row.get(2)?,
        opened_at: row.get(3)?,
        closed_at: row.get(4)?,
    })
}
