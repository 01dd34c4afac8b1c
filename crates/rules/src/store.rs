//! All the SQL: what events do to the tables, and the questions asked of them.

use kit::journal::Recorded;
use kit::problem::{Fault, Problem};
use kit::store::{Reader, Row, Tx};

use crate::decision::{Decision, DecisionId};
use crate::events::RulesEvent;

/// The tables that [`apply`] writes, and nobody else.
pub(crate) const FACT_TABLES: &[&str] = &["rules_decisions"];

/// Writes an event to the tables.
pub(crate) fn apply(tx: &mut Tx<'_>, recorded: &Recorded<RulesEvent>) -> Result<(), Fault> {
    let (id, version, at) = (&recorded.entity, recorded.version, recorded.at);
    match &recorded.event {
        RulesEvent::DecisionOpened { name } => tx.put(
            "insert into rules_decisions (id, version, name, opened_at) values ($1, $2, $3, $4)",
            &[id.into(), version.into(), name.into(), at.into()],
        ),
        RulesEvent::DecisionClosed {} => tx.put(
            "update rules_decisions set version = $2, closed_at = $3 where id = $1",
            &[id.into(), version.into(), at.into()],
        ),
    }
}

/// The decision, or a problem that says there is none.
pub(crate) fn decision(reader: &mut Reader<'_>, id: DecisionId) -> Result<Decision, Problem> {
    let found = reader.one(
        "select id, version, name, opened_at, closed_at from rules_decisions where id = $1",
        &[id.into()],
        read_decision,
    )?;
    found.ok_or_else(|| Problem::not_found("decision", id))
}

fn read_decision(row: &Row<'_>) -> Result<Decision, Fault> {
    Ok(Decision {
        id: row.parse(0)?,
        version: row.get(1)?,
        name: row.get(2)?,
        opened_at: row.get(3)?,
        closed_at: row.get(4)?,
    })
}
