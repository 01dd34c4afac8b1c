//! All the SQL: what events do to the tables, and the questions asked of them.

use kit::journal::Recorded;
use kit::problem::{Fault, Problem};
use kit::store::{Reader, Row, Tx};

use crate::events::NoticesEvent;
use crate::notice::{Notice, NoticeId};

/// The tables that [`apply`] writes, and nobody else.
pub(crate) const FACT_TABLES: &[&str] = &["notices_notices"];

/// Writes an event to the tables.
pub(crate) fn apply(tx: &mut Tx<'_>, recorded: &Recorded<NoticesEvent>) -> Result<(), Fault> {
    let (id, version, at) = (&recorded.entity, recorded.version, recorded.at);
    match &recorded.event {
        NoticesEvent::NoticeOpened { name } => tx.put(
            "insert into notices_notices (id, version, name, opened_at) values ($1, $2, $3, $4)",
            &[id.into(), version.into(), name.into(), at.into()],
        ),
        NoticesEvent::NoticeClosed {} => tx.put(
            "update notices_notices set version = $2, closed_at = $3 where id = $1",
            &[id.into(), version.into(), at.into()],
        ),
    }
}

/// The notice, or a problem that says there is none.
pub(crate) fn notice(reader: &mut Reader<'_>, id: NoticeId) -> Result<Notice, Problem> {
    let found = reader.one(
        "select id, version, name, opened_at, closed_at from notices_notices where id = $1",
        &[id.into()],
        read_notice,
    )?;
    found.ok_or_else(|| Problem::not_found("notice", id))
}

fn read_notice(row: &Row<'_>) -> Result<Notice, Fault> {
    Ok(Notice {
        id: row.parse(0)?,
        version: row.get(1)?,
        name: row.get(2)?,
        opened_at: row.get(3)?,
        closed_at: row.get(4)?,
    })
}
