//! All the SQL: what events do to the tables, and the questions asked of them.

use kit::blob::BlobRef;
use kit::journal::Recorded;
use kit::problem::{Fault, Problem};
use kit::store::{Reader, Row, Tx};
use kit::time::Timestamp;

use crate::decision::{Decision, Scheduled, State, Version};
use crate::events::RulesEvent;

/// The tables that [`apply`] writes, and nobody else.
pub(crate) const FACT_TABLES: &[&str] = &["rules_decisions", "rules_versions"];

/// Decisions and versions shown at most.
const MOST: i64 = 200;

/// Writes an event to the tables.
pub(crate) fn apply(tx: &mut Tx<'_>, recorded: &Recorded<RulesEvent>) -> Result<(), Fault> {
    let (key, version, at) = (&recorded.entity, recorded.version, recorded.at);
    match &recorded.event {
        RulesEvent::DecisionShipped { title, text } => {
            tx.put(
                "insert into rules_decisions (key, version, title, latest, in_force, in_force_since, scheduled, scheduled_for)
                 values ($1, $2, $3, 1, 1, $4, 0, null)",
                &[key.into(), version.into(), title.into(), at.into()],
            )?;
            tx.put(
                "insert into rules_versions (key, number, state, note, hash, bytes, author, added_at, approver, approved_at, published_at)
                 values ($1, 1, 'published', 'shipped', $2, $3, $4, $5, '', null, $5)",
                &[key.into(), (&text.hash).into(), text.len.into(), (&recorded.actor).into(), at.into()],
            )
        }
        RulesEvent::VersionAdded { number, title, note, text } => {
            tx.put(
                "insert into rules_decisions (key, version, title, latest, in_force, in_force_since, scheduled, scheduled_for)
                 values ($1, $2, $3, $4, 0, null, 0, null)
                 on conflict (key) do update set version = excluded.version, title = excluded.title, latest = excluded.latest",
                &[key.into(), version.into(), title.into(), (*number).into()],
            )?;
            tx.put(
                "insert into rules_versions (key, number, state, note, hash, bytes, author, added_at, approver, approved_at, published_at)
                 values ($1, $2, 'draft', $3, $4, $5, $6, $7, '', null, null)",
                &[
                    key.into(),
                    (*number).into(),
                    note.into(),
                    (&text.hash).into(),
                    text.len.into(),
                    (&recorded.actor).into(),
                    at.into(),
                ],
            )
        }
        RulesEvent::VersionApproved { number } => {
            touch(tx, key, version)?;
            tx.put(
                "update rules_versions set state = 'approved', approver = $3, approved_at = $4 where key = $1 and number = $2",
                &[key.into(), (*number).into(), (&recorded.actor).into(), at.into()],
            )
        }
        RulesEvent::VersionScheduled { number, valid_from } => tx.put(
            "update rules_decisions set version = $2, scheduled = $3, scheduled_for = $4 where key = $1",
            &[key.into(), version.into(), (*number).into(), (*valid_from).into()],
        ),
        RulesEvent::ScheduleDropped { number: _ } => tx.put(
            "update rules_decisions set version = $2, scheduled = 0, scheduled_for = null where key = $1",
            &[key.into(), version.into()],
        ),
        RulesEvent::DecisionPublished { number, at } => {
            tx.put(
                "update rules_decisions set version = $2, in_force = $3, in_force_since = $4,
                 scheduled_for = case when scheduled = $3 then null else scheduled_for end,
                 scheduled = case when scheduled = $3 then 0 else scheduled end where key = $1",
                &[key.into(), version.into(), (*number).into(), (*at).into()],
            )?;
            tx.put(
                "update rules_versions set state = 'published', published_at = $3 where key = $1 and number = $2",
                &[key.into(), (*number).into(), (*at).into()],
            )
        }
    }
}

fn touch(tx: &mut Tx<'_>, key: &str, version: i64) -> Result<(), Fault> {
    tx.put("update rules_decisions set version = $2 where key = $1", &[key.into(), version.into()])
}

/// The decision `key`, if there is one.
pub(crate) fn find(reader: &mut Reader<'_>, key: &str) -> Result<Option<Decision>, Fault> {
    reader.one(
        "select key, version, title, latest, in_force, in_force_since, scheduled, scheduled_for from rules_decisions where key = $1",
        &[key.into()],
        read_decision,
    )
}

/// The decision `key`, or a problem that says there is none.
pub(crate) fn decision(reader: &mut Reader<'_>, key: &str) -> Result<Decision, Problem> {
    find(reader, key)?.ok_or_else(|| {
        Problem::new(404, "rules/no-such-decision", "There is no such decision")
            .detail(format!("There is no decision {key}."))
            .with("decision", key)
    })
}

/// All decisions, by key.
pub(crate) fn decisions(reader: &mut Reader<'_>) -> Result<Vec<Decision>, Fault> {
    reader.all(
        "select key, version, title, latest, in_force, in_force_since, scheduled, scheduled_for from rules_decisions order by key limit $1",
        &[MOST.into()],
        read_decision,
    )
}

fn read_decision(row: &Row<'_>) -> Result<Decision, Fault> {
    let valid_from: Option<Timestamp> = row.get(7)?;
    let number: i64 = row.get(6)?;
    Ok(Decision {
        key: row.get(0)?,
        version: row.get(1)?,
        title: row.get(2)?,
        latest: row.get(3)?,
        in_force: row.get(4)?,
        in_force_since: row.get(5)?,
        scheduled: valid_from.map(|valid_from| Scheduled { number, valid_from }),
    })
}

/// Version `number` of `key`, or a problem that says there is none.
pub(crate) fn version(reader: &mut Reader<'_>, key: &str, number: i64) -> Result<Version, Problem> {
    let found = reader.one(
        "select number, state, note, hash, bytes, author, added_at, approver, approved_at, published_at from rules_versions
         where key = $1 and number = $2",
        &[key.into(), number.into()],
        read_version,
    )?;
    found.ok_or_else(|| Problem::not_found("version", format!("{number} of {key}")))
}

/// The newest versions of `key`, newest first.
pub(crate) fn versions(reader: &mut Reader<'_>, key: &str) -> Result<Vec<Version>, Fault> {
    reader.all(
        "select number, state, note, hash, bytes, author, added_at, approver, approved_at, published_at from rules_versions
         where key = $1 order by number desc limit $2",
        &[key.into(), MOST.into()],
        read_version,
    )
}

fn read_version(row: &Row<'_>) -> Result<Version, Fault> {
    let state: String = row.get(1)?;
    let approver: String = row.get(7)?;
    Ok(Version {
        number: row.get(0)?,
        state: match state.as_str() {
            "draft" => State::Draft,
            "approved" => State::Approved,
            "published" => State::Published,
            other => return Err(Fault::msg(format!("{other} is no state of a version"))),
        },
        note: row.get(2)?,
        text: BlobRef { hash: row.get(3)?, len: row.get(4)? },
        author: row.get(5)?,
        added_at: row.get(6)?,
        approver: (!approver.is_empty()).then_some(approver),
        approved_at: row.get(8)?,
        published_at: row.get(9)?,
    })
}

/// The DMN document of `version`.
pub(crate) fn text(reader: &mut Reader<'_>, version: &Version) -> Result<String, Fault> {
    let bytes = reader.blob(&version.text)?;
    let bytes = bytes.ok_or_else(|| Fault::msg(format!("the text {} is gone", version.text.hash)))?;
    String::from_utf8(bytes).map_err(|e| Fault::new("a version's text is UTF-8", e))
}
