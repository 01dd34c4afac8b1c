//! All the SQL: what events do to the tables, and the questions asked of them.

use kit::journal::Recorded;
use kit::problem::{Fault, Problem};
use kit::store::{Reader, Row, Tx};

use crate::events::DeliveryEvent;
use crate::method::{Method, MethodId};

/// The tables that [`apply`] writes, and nobody else.
pub(crate) const FACT_TABLES: &[&str] = &["delivery_methods"];

/// Writes an event to the tables.
pub(crate) fn apply(tx: &mut Tx<'_>, recorded: &Recorded<DeliveryEvent>) -> Result<(), Fault> {
    let (id, version, at) = (&recorded.entity, recorded.version, recorded.at);
    match &recorded.event {
        DeliveryEvent::MethodOpened { name } => tx.put(
            "insert into delivery_methods (id, version, name, opened_at) values ($1, $2, $3, $4)",
            &[id.into(), version.into(), name.into(), at.into()],
        ),
        DeliveryEvent::MethodClosed {} => tx.put(
            "update delivery_methods set version = $2, closed_at = $3 where id = $1",
            &[id.into(), version.into(), at.into()],
        ),
    }
}

/// The method, or a problem that says there is none.
pub(crate) fn method(reader: &mut Reader<'_>, id: MethodId) -> Result<Method, Problem> {
    let found = reader.one(
        "select id, version, name, opened_at, closed_at from delivery_methods where id = $1",
        &[id.into()],
        read_method,
    )?;
    found.ok_or_else(|| Problem::not_found("method", id))
}

fn read_method(row: &Row<'_>) -> Result<Method, Fault> {
    Ok(Method {
        id: row.parse(0)?,
        version: row.get(1)?,
        name: row.get(2)?,
        opened_at: row.get(3)?,
        closed_at: row.get(4)?,
    })
}
