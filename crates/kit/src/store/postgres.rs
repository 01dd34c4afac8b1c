//! One connection to PostgreSQL behind a synchronous face, with writes queued and sent in one train.
//!
//! Invariant: queued writes run before the next read and before the commit, in the order they were queued.

use std::collections::HashMap;

use bytes::BytesMut;
use postgres_protocol::message::frontend;
use tokio_postgres::types::ToSql;

use super::tx::Pending;
use super::value::{Row, RowRef, Value};
use super::wire::{self, Answer, Described, PostgresRow, Wire};
use super::{Core, dialect};
use crate::problem::Fault;

/// Statements that are sent together at most. Their answers stay below what a socket holds back while nobody reads.
const TRAIN: usize = 1_000;

pub(super) struct PostgresConnection {
    wire: Wire,
    statements: HashMap<*const u8, Prepared>,
    /// What is queued, as the server will read it.
    train: BytesMut,
    /// The statements in `train`.
    queue: Vec<&'static str>,
    rows_written: u64,
    /// The statement by which it took the role that it has; none where it may do everything.
    role: &'static str,
    /// How often the queue has been sent.
    flushes: u64,
    /// What was asked ahead, until something is written.
    ahead: Vec<Answered>,
}

/// A question with the rows that it was answered with.
struct Answered {
    sql: &'static str,
    params: Vec<Value<'static>>,
    rows: Vec<Vec<u8>>,
}

/// A statement that the server knows by a name.
struct Prepared {
    name: String,
    types: Described,
}

// The pointers in `statements` are only compared, never followed.
#[allow(unsafe_code)]
unsafe impl Send for PostgresConnection {}

impl PostgresConnection {
    /// Connects and, given a service, becomes its role, which may touch only that service's tables.
    pub(super) fn open(url: &str, service: Option<&str>) -> Result<PostgresConnection, Fault> {
        let mut config: tokio_postgres::Config =
            url.parse().map_err(|e| Fault::new("the address of the PostgreSQL store does not parse", e))?;
        config.application_name(service.map_or("backroom".to_owned(), |service| format!("backroom-{service}")));
        let wire = Wire::connect(&config).map_err(|e| Fault::new("cannot connect to PostgreSQL", e))?;
        let mut connection = PostgresConnection {
            wire,
            statements: HashMap::new(),
            train: BytesMut::new(),
            queue: Vec::new(),
            rows_written: 0,
            role: service.map_or("", set_role),
            flushes: 0,
            ahead: Vec::new(),
        };
        // Generic plans made while tables are empty would scan them for ever; group commit makes their own delay pointless.
        connection.batch(
            "set enable_seqscan = off; set jit = off; set plan_cache_mode = force_generic_plan; set commit_delay = 0;
             set default_transaction_isolation = 'read committed';
             set idle_in_transaction_session_timeout = '10s'; set lock_timeout = '15s'; set statement_timeout = '30s'",
        )?;
        if service.is_some() {
            connection.batch(connection.role)?;
        }
        Ok(connection)
    }

    /// Runs statements that have no parameters and no result.
    pub(super) fn batch(&mut self, sql: &str) -> Result<(), Fault> {
        if self.wire.is_broken() {
            return Err(Fault::msg("the connection to PostgreSQL is broken"));
        }
        self.wire.query(sql).map_err(|e| Fault::new(sql.to_owned(), e))
    }

    /// See [`set_role`].
    pub(super) fn role(&self) -> &'static str {
        self.role
    }

    /// Whether the connection is known to be of no more use.
    pub(super) fn is_closed(&self) -> bool {
        self.wire.is_broken()
    }

    /// Whether the server has gone away since it last answered.
    pub(super) fn has_ended(&mut self) -> bool {
        self.wire.has_ended()
    }

    pub(super) fn rows_written(&self) -> u64 {
        self.rows_written
    }

    /// Forgets writes that were queued after the first `keep`; nothing of them has been sent.
    /// Returns false when some have been sent already.
    pub(super) fn unqueue(&mut self, mark: QueueMark) -> bool {
        if self.flushes != mark.flushes || self.queue.len() < mark.queued {
            return false;
        }
        self.queue.truncate(mark.queued);
        self.train.truncate(mark.bytes);
        true
    }

    pub(super) fn mark(&self) -> QueueMark {
        QueueMark { flushes: self.flushes, queued: self.queue.len(), bytes: self.train.len() }
    }

    pub(super) fn clear_queue(&mut self) {
        self.queue.clear();
        self.train.clear();
    }

    /// Queues a write whose result nobody reads.
    pub(super) fn queue(&mut self, sql: &'static str, params: &[Value<'_>]) -> Result<(), Fault> {
        self.ahead.clear();
        self.push(sql, params.iter().map(|value| value as &(dyn ToSql + Sync)))?;
        if self.queue.len() < TRAIN { Ok(()) } else { self.send() }
    }

    /// Queues a statement of the transaction's own (begin, locks).
    pub(super) fn queue_control(&mut self, sql: &'static str) -> Result<(), Fault> {
        self.ahead.clear();
        self.push(sql, [].into_iter())
    }

    /// Connects for reading, under no role yet. Each statement outside a transaction, and each transaction, sees one moment.
    pub(super) fn open_reading(url: &str) -> Result<PostgresConnection, Fault> {
        let mut connection = PostgresConnection::open(url, None)?;
        connection.batch("set session characteristics as transaction isolation level repeatable read, read only")?;
        Ok(connection)
    }

    /// Takes the role that `role` takes, unless it has it, before what is queued next.
    pub(super) fn become_role(&mut self, role: &'static str) -> Result<(), Fault> {
        if self.role != role {
            self.queue_control(role)?;
            self.role = role;
        }
        Ok(())
    }

    /// Sends what is queued and does not wait: what the server answers is taken before its next answer. For the end of a transaction
    /// that only read.
    pub(super) fn send_off(&mut self) -> Result<(), Fault> {
        self.ahead.clear();
        if self.queue.is_empty() {
            return Ok(());
        }
        frontend::sync(&mut self.train);
        let sent = self.wire.send(&self.train).map_err(|e| Fault::new("commit", e));
        self.flushes += 1;
        self.clear_queue();
        sent
    }

    /// Puts a statement into the train.
    fn push<'v>(
        &mut self,
        sql: &'static str,
        params: impl ExactSizeIterator<Item = &'v (dyn ToSql + Sync + 'v)>,
    ) -> Result<(), Fault> {
        let key = sql.as_ptr();
        if !self.statements.contains_key(&key) {
            let name = format!("s{}", self.statements.len());
            let types = self.wire.prepare(&name, &dialect::postgres(sql)).map_err(|e| Fault::new(sql, e))?;
            self.statements.insert(key, Prepared { name, types });
        }
        let Prepared { name, types } = &self.statements[&key];
        if params.len() != types.params.len() {
            return Err(Fault::msg(format!("{} parameters for {}: {sql}", params.len(), types.params.len())));
        }
        let before = self.train.len();
        let bound = frontend::bind(
            "",
            name,
            [1],
            params.zip(&types.params),
            |(value, ty), out| {
                let is_null = value.to_sql_checked(ty, out)?;
                Ok(match is_null {
                    tokio_postgres::types::IsNull::Yes => postgres_protocol::IsNull::Yes,
                    tokio_postgres::types::IsNull::No => postgres_protocol::IsNull::No,
                })
            },
            [1],
            &mut self.train,
        );
        let bound = bound.map_err(|e| match e {
            frontend::BindError::Conversion(e) => Fault::new(sql, e),
            frontend::BindError::Serialization(e) => Fault::new(sql, e),
        });
        let pushed = bound.and_then(|()| frontend::execute("", 0, &mut self.train).map_err(|e| Fault::new(sql, e)));
        match pushed {
            Ok(()) => self.queue.push(sql),
            Err(_) => self.train.truncate(before),
        }
        pushed
    }

    pub(super) fn all<T>(
        &mut self,
        sql: &'static str,
        params: &[Value<'_>],
        mut map: impl FnMut(&Row<'_>) -> Result<T, Fault>,
    ) -> Result<Vec<T>, Fault> {
        if let Some(at) = self.ahead.iter().position(|asked| asked.sql == sql && asked.params == params) {
            let answered = self.ahead.swap_remove(at);
            let (columns, mut cells) = (&self.statements[&answered.sql.as_ptr()].types.columns, Vec::new());
            let map = |bytes: &Vec<u8>| {
                wire::cells(bytes, &mut cells).map_err(|e| Fault::new(sql, e))?;
                map(&Row(RowRef::Postgres(&PostgresRow { columns, bytes, cells: &cells })))
            };
            return answered.rows.iter().map(map).collect();
        }
        if !sql.starts_with("select") {
            self.ahead.clear();
        }
        self.push(sql, params.iter().map(|value| value as &(dyn ToSql + Sync)))?;
        let last = self.queue.len() - 1;
        let mut found = Vec::new();
        let mut failed = None;
        let columns = std::mem::take(&mut self.statements.get_mut(&sql.as_ptr()).expect("it was pushed").types.columns);
        let sent = self.flush(|at, bytes, cells| {
            if at == last && failed.is_none() {
                match map(&Row(RowRef::Postgres(&PostgresRow { columns: &columns, bytes, cells }))) {
                    Ok(row) => found.push(row),
                    Err(fault) => failed = Some(fault),
                }
            }
        });
        self.statements.get_mut(&sql.as_ptr()).expect("it was pushed").types.columns = columns;
        sent?;
        failed.map_or(Ok(found), Err)
    }

    /// Asks what will be asked next.
    pub(super) fn ahead(&mut self, questions: &[(&'static str, &[Value<'_>])]) -> Result<(), Fault> {
        self.ahead.clear();
        let first = self.queue.len();
        let mut asked = Vec::with_capacity(questions.len());
        for (sql, params) in questions {
            self.push(sql, params.iter().map(|value| value as &(dyn ToSql + Sync)))?;
            let params = params.iter().map(|value| value.clone().into_owned()).collect();
            asked.push(Answered { sql, params, rows: Vec::new() });
        }
        self.flush(|at, bytes, _| {
            if let Some(answered) = at.checked_sub(first).and_then(|at| asked.get_mut(at)) {
                answered.rows.push(bytes.to_vec());
            }
        })?;
        self.ahead = asked;
        Ok(())
    }

    /// Runs a write and tells how many rows it changed.
    pub(super) fn exec(&mut self, sql: &'static str, params: &[Value<'_>]) -> Result<u64, Fault> {
        self.ahead.clear();
        self.push(sql, params.iter().map(|value| value as &(dyn ToSql + Sync)))?;
        self.flush(|_, _, _| {})
    }

    /// Sends everything queued, in one round trip, and waits for its answers.
    pub(super) fn send(&mut self) -> Result<(), Fault> {
        if self.queue.is_empty() { Ok(()) } else { self.flush(|_, _, _| {}).map(drop) }
    }

    /// Sends the train; how many rows its last statement changed.
    fn flush(&mut self, mut row: impl FnMut(usize, &[u8], &[Option<std::ops::Range<usize>>])) -> Result<u64, Fault> {
        frontend::sync(&mut self.train);
        self.flushes += 1;
        let (mut written, mut last, mut is_undone) = (0, 0, false);
        let sent = self.wire.exchange(&self.train, |at, answer| match answer {
            Answer::Row(bytes, cells) => row(at, bytes, cells),
            Answer::Done(rows) => (written, last) = (written + rows, rows),
            Answer::RolledBack => is_undone = true,
        });
        let sent =
            sent.map_err(|broken| Fault::new(self.queue.get(broken.at).copied().unwrap_or("commit"), broken.error));
        self.clear_queue();
        if sent.is_err() {
            // What took another role is undone with the rest.
            self.role = "";
        }
        sent?;
        if is_undone {
            return Err(Fault::msg("nothing was committed: a statement of the transaction had failed"));
        }
        self.rows_written += written;
        Ok(last)
    }

    /// Writes the kit's rows of a group, one statement for the journal and one for the request keys.
    pub(super) fn write_pending(&mut self, core: &Core, pending: &Pending) -> Result<(), Fault> {
        let service = core.service;
        if !pending.journal.is_empty() {
            let rows: Vec<_> = pending.journal.iter().map(|fresh| &fresh.row).collect();
            let sql = format!(
                "insert into {service}_journal (seq, at, entity, version, record)
                 select * from unnest($1::bigint[], $2::bigint[], $3::text[], $4::bigint[], $5::bytea[])"
            );
            let seqs: Vec<i64> = rows.iter().map(|row| row.seq).collect();
            let ats: Vec<i64> = rows.iter().map(|row| row.at.as_micros()).collect();
            let entities: Vec<&str> = rows.iter().map(|row| row.entity.as_str()).collect();
            let versions: Vec<i64> = rows.iter().map(|row| row.version).collect();
            let records: Vec<Vec<u8>> = rows.iter().map(|row| row.record(core.codec)).collect();
            self.bulk(&sql, &[&seqs, &ats, &entities, &versions, &records])?;
        }
        if !pending.keys.is_empty() {
            let rows = &pending.keys;
            let sql = format!(
                "insert into {service}_request_keys (key, digest, outcome, at)
                 select * from unnest($1::text[], $2::bigint[], $3::text[], $4::bigint[])"
            );
            let keys: Vec<&str> = rows.iter().map(|row| row.key.as_str()).collect();
            let digests: Vec<i64> = rows.iter().map(|row| row.digest).collect();
            let outcomes: Vec<&str> = rows.iter().map(|row| row.outcome.as_str()).collect();
            let ats: Vec<i64> = rows.iter().map(|row| row.at.as_micros()).collect();
            self.bulk(&sql, &[&keys, &digests, &outcomes, &ats])?;
        }
        Ok(())
    }

    fn bulk(&mut self, sql: &str, params: &[&(dyn ToSql + Sync)]) -> Result<(), Fault> {
        self.push(super::interned(sql), params.iter().copied())
    }
}

/// How much had been queued and sent at some moment.
#[derive(Clone, Copy)]
pub(super) struct QueueMark {
    flushes: u64,
    queued: usize,
    bytes: usize,
}

/// The statement that makes a connection act as `service`, always the same text.
pub(super) fn set_role(service: &str) -> &'static str {
    super::interned(&format!("set role {}", role(service)))
}

/// The role that owns what `service` may touch.
pub(super) fn role(service: &str) -> String {
    format!("backroom_{service}")
}
