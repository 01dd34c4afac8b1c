//! The journal: every fact of a service as an event, written in the same transaction as the tables it changes.
//!
//! Invariants: `seq` is gap-free in commit order; (entity, version) is unique; the tables are what `apply` makes of the events.

use std::any::Any;
use std::borrow::Cow;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::problem::{Fault, Problem};
use crate::store::{Codec, Reader, Row, Store, Tx};
use crate::time::Timestamp;

/// The kinds of what the kit itself records begin so: no service's events, and no part of its rebuild.
pub(crate) const KIT_KINDS: &str = "kit_";

/// A service's private events: one enum per service, each variant a fact in the past tense that carries all `apply` writes.
pub trait Event: Serialize + DeserializeOwned + Send + Sync + 'static {
    /// The variant's name in snake case, as the journal's `kind` column has it.
    fn kind(&self) -> &'static str;

    /// Writes the event to the tables: no clock, no ids, no configuration, no arithmetic beyond what SQL adds up.
    ///
    /// # Errors
    /// A fault of the database.
    fn apply(&self, recorded: &Recorded<Self>, tx: &mut Tx<'_>) -> Result<(), Fault>
    where
        Self: Sized;

    /// The public event that others hear, if any. Pure.
    fn publish(recorded: &Recorded<Self>) -> Option<Published>
    where
        Self: Sized;

    /// Reads an event that an earlier release wrote. The default knows no other forms than the present ones.
    ///
    /// # Errors
    /// A fault when `body` is none of the known forms.
    fn upcast(kind: &str, body: &str) -> Result<Self, Fault>
    where
        Self: Sized,
    {
        serde_json::from_str(body).map_err(|e| Fault::new(format!("a journal event {kind} is not readable"), e))
    }
}

/// An event with its place in the journal.
#[derive(Debug, Clone)]
pub struct Recorded<E> {
    /// Position in the service's journal, from 1, gap-free.
    pub seq: i64,
    /// When it was recorded.
    pub at: Timestamp,
    /// The id of the thing it happened to.
    pub entity: String,
    /// The thing's version that this event makes, from 1.
    pub version: i64,
    /// Who did it.
    pub actor: String,
    /// The request in which it happened.
    pub cause: String,
    /// What happened.
    pub event: E,
}

/// An event as it leaves the service: one of `contracts`.
#[derive(Debug, Clone, PartialEq)]
pub struct Published {
    /// The contract's name for it.
    pub kind: &'static str,
    /// Its content as the contract's JSON.
    pub body: serde_json::Value,
}

impl Published {
    /// `event` under the name `kind`.
    ///
    /// # Panics
    /// When `event` cannot be written as JSON, which a contract's type always can.
    #[must_use]
    pub fn of(kind: &'static str, event: &impl Serialize) -> Published {
        Published { kind, body: serde_json::to_value(event).expect("a contract's event is JSON") }
    }
}

/// A row of the journal.
#[derive(Debug, Clone)]
pub struct JournalRow {
    /// See [`Recorded::seq`].
    pub seq: i64,
    /// See [`Recorded::at`].
    pub at: Timestamp,
    /// See [`Event::kind`].
    pub kind: Cow<'static, str>,
    /// See [`Recorded::entity`].
    pub entity: String,
    /// See [`Recorded::version`].
    pub version: i64,
    /// See [`Recorded::actor`].
    pub actor: String,
    /// See [`Recorded::cause`].
    pub cause: String,
    /// The event as JSON.
    pub body: String,
}

/// A row, with the event itself where this process has just recorded it: whoever publishes it need not read it from its text.
#[derive(Debug)]
pub struct Fresh {
    pub(crate) row: JournalRow,
    recorded: Option<Box<dyn Any + Send + Sync>>,
}

impl Fresh {
    pub(crate) fn of<E: Event>(recorded: Recorded<E>) -> Result<Fresh, Fault> {
        let body = serde_json::to_string(&recorded.event).map_err(|e| Fault::new("a journal event is JSON", e))?;
        let row = JournalRow {
            seq: recorded.seq,
            at: recorded.at,
            kind: Cow::Borrowed(recorded.event.kind()),
            entity: recorded.entity.clone(),
            version: recorded.version,
            actor: recorded.actor.clone(),
            cause: recorded.cause.clone(),
            body,
        };
        Ok(Fresh { row, recorded: Some(Box::new(recorded)) })
    }

    /// A row of which there is only the text.
    #[must_use]
    pub fn read(row: JournalRow) -> Fresh {
        Fresh { row, recorded: None }
    }

    /// The public event that others hear, if any.
    ///
    /// # Errors
    /// A fault when the row is not readable.
    pub(crate) fn published<E: Event>(&self) -> Result<Option<Published>, Fault> {
        match self.recorded.as_ref().and_then(|recorded| recorded.downcast_ref::<Recorded<E>>()) {
            Some(recorded) => Ok(E::publish(recorded)),
            None => Ok(E::publish(&self.row.clone().event()?)),
        }
    }
}

impl JournalRow {
    /// What of the row is kept as one.
    pub(crate) fn record(&self, codec: &Codec) -> Vec<u8> {
        codec.encode(&self.text())
    }

    fn text(&self) -> String {
        [&self.kind, self.actor.as_str(), &self.cause, &self.body].join(SEPARATOR)
    }

    fn read(row: &Row<'_>, codec: &Codec) -> Result<JournalRow, Fault> {
        let said = Said::read(&row.get::<Vec<u8>>(4)?, codec)?;
        Ok(JournalRow {
            seq: row.get(0)?,
            at: row.get(1)?,
            kind: Cow::Owned(said.kind),
            entity: row.get(2)?,
            version: row.get(3)?,
            actor: said.actor,
            cause: said.cause,
            body: said.body,
        })
    }

    /// The row as the event it is.
    ///
    /// # Errors
    /// A fault when the body is not readable.
    pub fn event<E: Event>(self) -> Result<Recorded<E>, Fault> {
        let event = E::upcast(&self.kind, &self.body)?;
        Ok(Recorded {
            seq: self.seq,
            at: self.at,
            entity: self.entity,
            version: self.version,
            actor: self.actor,
            cause: self.cause,
            event,
        })
    }
}

/// Between the parts of a record. JSON writes it escaped, and neither names of events nor actors and requests have it.
const SEPARATOR: &str = "\n";

/// What a journal row says: its column `record`, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// See [`Event::kind`].
    pub kind: String,
    /// See [`Recorded::actor`].
    pub actor: String,
    /// See [`Recorded::cause`].
    pub cause: String,
    /// The event as JSON.
    pub body: String,
}

impl Said {
    fn read(record: &[u8], codec: &Codec) -> Result<Said, Fault> {
        let text = codec.decode(record)?;
        let mut parts = text.splitn(4, SEPARATOR).map(str::to_owned);
        let (Some(kind), Some(actor), Some(cause), Some(body)) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(Fault::msg("a journal's record has four parts"));
        };
        Ok(Said { kind, actor, cause, body })
    }
}

/// A dictionary of at most `size` bytes for the journal that `rows` are of, see [`Schema::dictionaries`].
///
/// # Errors
/// A fault when there are too few rows to learn from.
///
/// [`Schema::dictionaries`]: crate::store::Schema::dictionaries
pub fn dictionary(rows: &[JournalRow], size: usize) -> Result<Vec<u8>, Fault> {
    let samples: Vec<String> = rows.iter().map(JournalRow::text).collect();
    crate::store::train(&samples, size)
}

/// Reads the column `record` of `reader`'s journal, for a question that joins it. What it returns is a fault for a damaged one.
pub fn said(reader: &Reader<'_>) -> impl Fn(&[u8]) -> Result<Said, Fault> + use<> {
    let codec = reader.codec();
    move |record| Said::read(record, codec)
}

/// At most `limit` journal rows after `seq`, in order.
///
/// # Errors
/// A fault of the database.
pub fn after(reader: &mut Reader<'_>, seq: i64, limit: i64) -> Result<Vec<JournalRow>, Fault> {
    let sql = reader.kit_sql().journal_after;
    let codec = reader.codec();
    reader.all(sql, &[seq.into(), limit.into()], |row| JournalRow::read(row, codec))
}

/// The journal's last sequence number, 0 when it is empty.
///
/// # Errors
/// A fault of the database.
pub fn last(reader: &mut Reader<'_>) -> Result<i64, Fault> {
    let sql = reader.kit_sql().journal_last;
    Ok(reader.one(sql, &[], |row| row.get(0))?.unwrap_or(0))
}

/// At most `limit` journal rows of one entity after `version`, in order: its history.
///
/// # Errors
/// A fault of the database.
pub fn history(reader: &mut Reader<'_>, entity: &str, version: i64, limit: i64) -> Result<Vec<JournalRow>, Fault> {
    let sql = reader.kit_sql().journal_of;
    let codec = reader.codec();
    reader.all(sql, &[entity.into(), version.into(), limit.into()], |row| JournalRow::read(row, codec))
}

/// Applies the whole journal of `from` to the tables of `into`, a store with the same schema and empty tables.
/// Returns the number of events.
///
/// # Errors
/// A fault of either database, or of an event that is not readable.
pub async fn rebuild<E: Event>(from: &Store, into: &Store) -> Result<i64, Problem> {
    let (mut seq, mut keyed) = (0, -1);
    loop {
        let (rows, end) = from.read(move |reader| Ok((after(reader, seq, 200)?, last(reader)?))).await?;
        let Some(row) = rows.last() else { return Ok(seq) };
        seq = row.seq;
        if seq > keyed {
            // Keys are made with the first event that needs them, so the journal's end says which are there by now.
            copy_person_keys(from, into).await?;
            keyed = end;
        }
        let origin = crate::store::Origin::default();
        into.write(&origin, move |tx| {
            for row in rows.iter().filter(|row| !row.kind.starts_with(KIT_KINDS)).cloned() {
                let recorded: Recorded<E> = row.event()?;
                recorded.event.apply(&recorded, tx)?;
            }
            Ok(())
        })
        .await?;
    }
}

/// Brings the keys of sealed personal data along; those that were destroyed stay so.
async fn copy_person_keys(from: &Store, into: &Store) -> Result<(), Problem> {
    let mut after = String::new();
    loop {
        let start = after.clone();
        let keys = from
            .read(move |reader| {
                let sql = reader.kit_sql().person_after;
                Ok(reader
                    .all(sql, &[start.into(), 200.into()], |row| Ok((row.get::<String>(0)?, row.get::<Vec<u8>>(1)?)))?)
            })
            .await?;
        let Some((last, _)) = keys.last() else { return Ok(()) };
        after.clone_from(last);
        into.write(&crate::store::Origin::default(), move |tx| {
            let sql = tx.kit_sql().person_put;
            for (person, key) in &keys {
                tx.put(sql, &[person.into(), key.as_slice().into()])?;
            }
            Ok(())
        })
        .await?;
    }
}
