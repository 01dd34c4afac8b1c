//! All the SQL: what events do to the tables, and the questions asked of them.

use kit::journal::Recorded;
use kit::problem::{Fault, Problem};
use kit::store::{Reader, Row, Tx};

use crate::counter::{Counter, CounterId};
use crate::events::InsightEvent;

/// The tables that [`apply`] writes, and nobody else.
pub(crate) const FACT_TABLES: &[&str] = &["insight_counters"];

/// Writes an event to the tables.
pub(crate) fn apply(tx: &mut Tx<'_>, recorded: &Recorded<InsightEvent>) -> Result<(), Fault> {
    let (id, version, at) = (&recorded.entity, recorded.version, recorded.at);
    match &recorded.event {
        InsightEvent::CounterOpened { name } => tx.put(
            "insert into insight_counters (id, version, name, opened_at) values ($1, $2, $3, $4)",
            &[id.into(), version.into(), name.into(), at.into()],
        ),
        InsightEvent::CounterClosed {} => tx.put(
            "update insight_counters set version = $2, closed_at = $3 where id = $1",
            &[id.into(), version.into(), at.into()],
        ),
    }
}

/// The counter, or a problem that says there is none.
pub(crate) fn counter(reader: &mut Reader<'_>, id: CounterId) -> Result<Counter, Problem> {
    let found = reader.one(
        "select id, version, name, opened_at, closed_at from insight_counters where id = $1",
        &[id.into()],
        read_counter,
    )?;
    found.ok_or_else(|| Problem::not_found("counter", id))
}

fn read_counter(row: &Row<'_>) -> Result<Counter, Fault> {
    Ok(Counter {
        id: row.parse(0)?,
        version: row.get(1)?,
        name: row.get(2)?,
        opened_at: row.get(3)?,
        closed_at: row.get(4)?,
    })
}
