//! What a closure sees of the database: reads, writes, and the journal. The same on both databases.
//!
//! Invariant: a closure that returns an error has changed nothing, whatever it had written before.

use std::fmt::Display;
use std::ops::{Deref, DerefMut};

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::later::Later;
use super::postgres::PostgresConnection;
use super::sqlite::SqliteConnection;
use super::value::{Row, Value};
use super::{Core, Origin};
use crate::id::{Id, Kind};
use crate::jobs::Due;
use crate::journal::{Event, Fresh, Recorded};
use crate::private::{PersonKey, Private};
use crate::problem::Fault;
use crate::time::Timestamp;

pub(super) enum Connection<'a> {
    Sqlite(&'a SqliteConnection),
    Postgres(&'a mut PostgresConnection),
}

/// The reading side of a transaction: one consistent moment of a service's tables.
pub struct Reader<'a> {
    pub(super) connection: Connection<'a>,
    pub(super) core: &'a Core,
    pub(super) now: Timestamp,
    /// Keys of persons first seen in this transaction.
    pub(super) new_keys: Vec<(String, [u8; 32])>,
    /// What a write has not written yet.
    pub(super) later: Later,
}

impl Reader<'_> {
    /// The only row of a question that has at most one answer.
    ///
    /// # Errors
    /// A fault of the database, or the one that `map` returns.
    pub fn one<T>(
        &mut self,
        sql: &'static str,
        params: &[Value<'_>],
        map: impl FnMut(&Row<'_>) -> Result<T, Fault>,
    ) -> Result<Option<T>, Fault> {
        let mut rows = self.all(sql, params, map)?;
        assert!(rows.len() <= 1, "a question for one row has {} answers: {sql}", rows.len());
        Ok(rows.pop())
    }

    /// All rows of a question, in the order that it names.
    ///
    /// # Errors
    /// A fault of the database, or the one that `map` returns.
    pub fn all<T>(
        &mut self,
        sql: &'static str,
        params: &[Value<'_>],
        map: impl FnMut(&Row<'_>) -> Result<T, Fault>,
    ) -> Result<Vec<T>, Fault> {
        self.catch_up(sql)?;
        match &mut self.connection {
            Connection::Sqlite(connection) => connection.all(self.core, sql, params, map),
            Connection::Postgres(connection) => connection.all(sql, params, map),
        }
    }

    /// Says what will be asked next, so that PostgreSQL answers it all in one round trip: a question of the same text and parameters
    /// that follows before anything is written costs nothing more. They see the same moment. SQLite answers each when it is asked.
    ///
    /// # Errors
    /// A fault of the database.
    pub fn ahead(&mut self, questions: &[(&'static str, &[Value<'_>])]) -> Result<(), Fault> {
        questions.iter().try_for_each(|(sql, _)| self.catch_up(sql))?;
        match &mut self.connection {
            Connection::Sqlite(_) => Ok(()),
            Connection::Postgres(connection) => connection.ahead(questions),
        }
    }

    /// The moment at which this transaction runs.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// The name of the service whose tables these are.
    #[must_use]
    pub fn service(&self) -> &'static str {
        self.core.service
    }

    /// Writes what waits, where `sql` may have to do with it.
    fn catch_up(&mut self, sql: &str) -> Result<(), Fault> {
        if self.later.concerns(sql) { self.write_waiting() } else { Ok(()) }
    }

    /// Writes all that waits.
    pub(crate) fn write_waiting(&mut self) -> Result<(), Fault> {
        for (sql, params) in self.later.take() {
            self.send(sql, &params)?;
        }
        Ok(())
    }

    fn send(&mut self, sql: &'static str, params: &[Value<'_>]) -> Result<(), Fault> {
        match &mut self.connection {
            Connection::Sqlite(connection) => connection.exec(self.core, sql, params).map(drop),
            Connection::Postgres(connection) => connection.queue(sql, params),
        }
    }

    fn held_key(&mut self, person: &str) -> Result<HeldKey, Fault> {
        if let Some((_, bytes)) = self.new_keys.iter().find(|(known, _)| known == person) {
            return Ok(HeldKey::Is(PersonKey::from_random(*bytes)));
        }
        let sql = self.core.sql.person_get;
        let held = self.one(sql, &[person.into()], |row| {
            let bytes: Vec<u8> = row.get(0)?;
            if bytes.is_empty() {
                return Ok(HeldKey::Forgotten);
            }
            let bytes = bytes.try_into().map_err(|_| Fault::msg("a person's key has 32 bytes"))?;
            Ok(HeldKey::Is(PersonKey::from_random(bytes)))
        })?;
        Ok(held.unwrap_or(HeldKey::NotYet))
    }

    /// Whether the key of `person` was destroyed, also when there never was one.
    ///
    /// # Errors
    /// A fault of the database.
    pub fn is_forgotten(&mut self, person: &str) -> Result<bool, Fault> {
        Ok(matches!(self.held_key(person)?, HeldKey::Forgotten))
    }

    /// Opens what was sealed about `person`; `None` when the person has been forgotten.
    ///
    /// # Errors
    /// A fault of the database, or when it was sealed under another key.
    pub fn open<T: DeserializeOwned>(&mut self, person: &str, sealed: &Private<T>) -> Result<Option<T>, Fault> {
        let HeldKey::Is(key) = self.held_key(person)? else { return Ok(None) };
        sealed.open(&key).map(Some).map_err(|e| Fault::new("sealed data are not readable", e))
    }

    pub(crate) fn codec(&self) -> &'static super::Codec {
        self.core.codec
    }

    pub(crate) fn kit_sql(&self) -> &'static super::schema::KitSql {
        self.core.sql
    }
}

/// What there is of a person's key.
enum HeldKey {
    /// Nothing was sealed about them yet.
    NotYet,
    Is(PersonKey),
    /// It was destroyed. An empty one stays in its place, so that no other is ever made.
    Forgotten,
}

/// Rows of the kit's own tables, written once per group of closures.
#[derive(Default)]
pub(super) struct Pending {
    pub(super) journal: Vec<Fresh>,
    pub(super) keys: Vec<KeyRow>,
    /// The last sequence number that the journal will have with these rows.
    pub(super) last_seq: i64,
    /// The earliest moment that one of the group's closures scheduled something for.
    pub(super) due: Option<Timestamp>,
    /// Jobs that begin as soon as this is committed.
    pub(super) begun: Vec<Due>,
    /// What screens are told of beside the journal's rows.
    pub(super) told: Vec<String>,
}

/// A request key with what its first use led to.
pub(super) struct KeyRow {
    pub(super) key: String,
    pub(super) digest: i64,
    pub(super) outcome: String,
    pub(super) at: Timestamp,
}

/// The writing side: everything a [`Reader`] can, and changes.
pub struct Tx<'a> {
    pub(super) reader: Reader<'a>,
    pub(super) pending: &'a mut Pending,
    pub(super) origin: &'a Origin,
    pub(super) wrote: bool,
    /// Whether this closure runs alone, so that request keys are looked up before the work.
    pub(super) alone: bool,
}

impl<'a> Deref for Tx<'a> {
    type Target = Reader<'a>;

    fn deref(&self) -> &Reader<'a> {
        &self.reader
    }
}

impl<'a> DerefMut for Tx<'a> {
    fn deref_mut(&mut self) -> &mut Reader<'a> {
        &mut self.reader
    }
}

impl Tx<'_> {
    /// A write whose number of changed rows matters.
    ///
    /// # Errors
    /// A fault of the database.
    pub fn exec(&mut self, sql: &'static str, params: &[Value<'_>]) -> Result<u64, Fault> {
        self.wrote = true;
        self.reader.catch_up(sql)?;
        let rows = match &mut self.reader.connection {
            Connection::Sqlite(connection) => connection.exec(self.reader.core, sql, params)?,
            Connection::Postgres(connection) => connection.exec(sql, params)?,
        };
        Ok(rows)
    }

    /// A write whose result nobody reads. PostgreSQL gets it with the next read or the commit, in one round trip with others.
    ///
    /// # Errors
    /// A fault of the database.
    pub fn put(&mut self, sql: &'static str, params: &[Value<'_>]) -> Result<(), Fault> {
        self.wrote = true;
        self.reader.catch_up(sql)?;
        self.reader.send(sql, params)
    }

    /// Adds `amounts` to the row that `keys` name; `sql` inserts it, or adds where it is there: `insert into … (keys, amounts) values …
    /// on conflict … do update set …`, with the keys first. All that a closure adds to one row is one write, at its end or before the
    /// next statement that names the table: a train of events adds to a balance once.
    ///
    /// # Panics
    /// When `sql` is no such statement.
    pub fn add(&mut self, sql: &'static str, keys: &[Value<'_>], amounts: &[i64]) {
        self.wrote = true;
        self.reader.later.add(sql, keys, amounts);
    }

    /// Inserts a row that the first `keys` of `params` name, at the closure's end or before the next statement that names the table: until
    /// then [`Tx::change`] changes it without a second write.
    ///
    /// # Panics
    /// When `sql` does not begin with `insert into` and a table.
    pub fn insert_later(&mut self, sql: &'static str, keys: usize, params: &[Value<'_>]) {
        self.wrote = true;
        self.reader.later.put(sql, keys, params.iter().cloned().map(Value::into_owned).collect());
    }

    /// Changes the parameter `at` (from 0) of the row that `keys` name and that waits to be inserted by `sql`; false when none does.
    pub fn change(
        &mut self,
        sql: &'static str,
        keys: &[Value<'_>],
        at: usize,
        value: impl Into<Value<'static>>,
    ) -> bool {
        self.reader.later.change(sql, keys, at, value.into())
    }

    /// Writes `event` to the journal as the next version of `entity` and applies it to the tables; returns the new version.
    /// `version` is the one that was decided on (0 for a new entity).
    ///
    /// # Errors
    /// A fault of the database. That `version` is the entity's present one is the caller's to check; the journal's unique
    /// (entity, version) is the second assertion.
    pub fn record<E: Event>(&mut self, entity: impl Display, version: i64, event: E) -> Result<i64, Fault> {
        self.pending.last_seq += 1;
        let recorded = Recorded {
            seq: self.pending.last_seq,
            at: self.reader.now,
            entity: entity.to_string(),
            version: version + 1,
            actor: self.origin.actor.clone(),
            cause: self.origin.cause.clone(),
            event,
        };
        recorded.event.apply(&recorded, self)?;
        self.pending.journal.push(Fresh::of(recorded)?);
        Ok(version + 1)
    }

    /// Tells open screens that `thing` looks otherwise now, where no journal row of it says so: scratch such as a claim, or a thing of
    /// another service that this change is about, such as the order of a pick.
    pub fn tell(&mut self, thing: impl Display) {
        self.pending.told.push(thing.to_string());
    }

    /// A new id of kind `K`, later than all before it.
    #[must_use]
    pub fn new_id<K: Kind>(&self) -> Id<K> {
        Id::at(self.reader.now, self.reader.core.runtime.random_u128())
    }

    /// Random bytes for nonces and keys.
    #[must_use]
    pub fn random<const N: usize>(&self) -> [u8; N] {
        self.reader.core.runtime.random_bytes()
    }

    /// Seals `value`, which is about `person`, under that person's key; the key is made when there is none yet. What is sealed
    /// about a person who has been forgotten nobody can open: it is blank from the beginning.
    ///
    /// # Errors
    /// A fault of the database.
    pub fn seal<T: Serialize>(&mut self, person: &str, value: &T) -> Result<Private<T>, Fault> {
        let key = match self.held_key(person)? {
            HeldKey::Is(key) => key,
            HeldKey::NotYet => return self.seal_first(person, value),
            HeldKey::Forgotten => PersonKey::from_random(self.random()),
        };
        Ok(Private::seal(&key, value, self.random()))
    }

    /// [`Tx::seal`] for a person who cannot have a key yet, e.g. a guest whose order this begins.
    ///
    /// # Errors
    /// A fault of the database, also when there is a key already.
    pub fn seal_first<T: Serialize>(&mut self, person: &str, value: &T) -> Result<Private<T>, Fault> {
        let bytes: [u8; 32] = self.random();
        let sql = self.reader.core.sql.person_put;
        self.put(sql, &[person.into(), bytes.as_slice().into()])?;
        self.reader.new_keys.push((person.to_owned(), bytes));
        Ok(Private::seal(&PersonKey::from_random(bytes), value, self.random()))
    }

    /// Destroys the key of `person`: what was sealed about them can never be read again, and nothing that is sealed later.
    ///
    /// # Errors
    /// A fault of the database.
    pub fn forget(&mut self, person: &str) -> Result<(), Fault> {
        self.reader.new_keys.retain(|(known, _)| known != person);
        let sql = self.reader.core.sql.person_forget;
        self.put(sql, &[person.into(), [].as_slice().into()])
    }

    /// Who asked for this write, as the journal names it.
    #[must_use]
    pub fn origin(&self) -> &Origin {
        self.origin
    }

    /// Reads what an earlier use of request key `key` led to.
    pub(super) fn first_outcome(&mut self, key: &str) -> Result<Option<(i64, String)>, Fault> {
        if let Some(row) = self.pending.keys.iter().find(|row| row.key == key) {
            return Ok(Some((row.digest, row.outcome.clone())));
        }
        let sql = self.reader.core.sql.key_get;
        self.one(sql, &[key.into()], |row| Ok((row.get(0)?, row.get(1)?)))
    }

    /// Whether request keys are looked up before the work. On PostgreSQL in a group they are not: the round trip costs more
    /// than running a repeated request again, which the unique key then finds.
    pub(super) fn looks_up_keys_first(&self) -> bool {
        self.alone || matches!(self.reader.connection, Connection::Sqlite(_))
    }

    /// Whether this closure has written anything yet.
    pub(super) fn wrote(&self) -> bool {
        self.wrote
    }

    pub(super) fn remember(&mut self, key: &str, digest: i64, outcome: String) {
        let at = self.reader.now;
        self.pending.keys.push(KeyRow { key: key.to_owned(), digest, outcome, at });
    }

    /// Notes that `due` begins as soon as this is committed; false when nobody here works on its kind.
    pub(crate) fn begins(&mut self, due: impl FnOnce() -> Due, kind: &str) -> bool {
        let is_ours = self.reader.core.begun.get().is_some_and(|begun| begun.kinds.contains(&kind));
        if is_ours {
            self.pending.begun.push(due());
        }
        is_ours
    }

    pub(crate) fn due_at(&mut self, at: Timestamp) {
        self.pending.due = Some(self.pending.due.map_or(at, |earlier| earlier.min(at)));
    }
}
