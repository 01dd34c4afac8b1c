//! All the SQL: what events do to the tables, and the questions asked of them.

use kit::journal::Recorded;
use kit::problem::{Fault, Problem};
use kit::store::{Reader, Row, Tx};

use crate::events::StaffEvent;
use crate::person::{Person, PersonId};

/// The tables that [`apply`] writes, and nobody else.
pub(crate) const FACT_TABLES: &[&str] = &["staff_persons"];

/// Writes an event to the tables.
pub(crate) fn apply(tx: &mut Tx<'_>, recorded: &Recorded<StaffEvent>) -> Result<(), Fault> {
    let (id, version, at) = (&recorded.entity, recorded.version, recorded.at);
    match &recorded.event {
        StaffEvent::PersonOpened { name } => tx.put(
            "insert into staff_persons (id, version, name, opened_at) values ($1, $2, $3, $4)",
            &[id.into(), version.into(), name.into(), at.into()],
        ),
        StaffEvent::PersonClosed {} => tx.put(
            "update staff_persons set version = $2, closed_at = $3 where id = $1",
            &[id.into(), version.into(), at.into()],
        ),
    }
}

/// The person, or a problem that says there is none.
pub(crate) fn person(reader: &mut Reader<'_>, id: PersonId) -> Result<Person, Problem> {
    let found = reader.one(
        "select id, version, name, opened_at, closed_at from staff_persons where id = $1",
        &[id.into()],
        read_person,
    )?;
    found.ok_or_else(|| Problem::not_found("person", id))
}

fn read_person(row: &Row<'_>) -> Result<Person, Fault> {
    Ok(Person {
        id: row.parse(0)?,
        version: row.get(1)?,
        name: row.get(2)?,
        opened_at: row.get(3)?,
        closed_at: row.get(4)?,
    })
}
