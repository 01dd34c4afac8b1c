//! One connection to PostgreSQL behind a synchronous face, with writes queued and sent in one round trip.
//!
//! Invariant: queued writes run before the next read and before the commit, in the order they were queued.

use std::collections::HashMap;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::Poll;

use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, NoTls, Statement};

use super::tx::Pending;
use super::value::{Row, RowRef, Value};
use super::{Core, dialect};
use crate::problem::Fault;

pub(super) struct PostgresConnection {
    runtime: Reactor,
    client: Client,
    statements: HashMap<*const u8, Statement>,
    queue: Vec<(&'static str, Vec<Value<'static>>)>,
    rows_written: u64,
    /// The statement by which it took the role that it has; none where it may do everything.
    role: &'static str,
    /// How often the queue has been sent.
    flushes: u64,
}

// The pointers in `statements` are only compared, never followed.
#[allow(unsafe_code)]
unsafe impl Send for PostgresConnection {}

/// The connection's own tokio runtime. It ends without waiting, so that a connection may be dropped inside another one.
struct Reactor(Option<tokio::runtime::Runtime>);

impl Reactor {
    fn block_on<F: Future>(&self, future: F) -> F::Output {
        self.0.as_ref().expect("only dropping takes it").block_on(future)
    }
}

impl Drop for Reactor {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

impl PostgresConnection {
    /// Connects and, given a service, becomes its role, which may touch only that service's tables.
    pub(super) fn open(url: &str, service: Option<&str>) -> Result<PostgresConnection, Fault> {
        #[allow(clippy::disallowed_methods)] // a connection's own reactor, polled only inside `block_on`
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map(|runtime| Reactor(Some(runtime)))
            .map_err(|e| Fault::new("cannot start the reactor of a PostgreSQL connection", e))?;
        let client = runtime.block_on(async {
            let mut config: tokio_postgres::Config =
                url.parse().map_err(|e| Fault::new("the address of the PostgreSQL store does not parse", e))?;
            config.application_name(service.map_or("backroom".to_owned(), |service| format!("backroom-{service}")));
            config.keepalives_idle(std::time::Duration::from_secs(5));
            config.tcp_user_timeout(std::time::Duration::from_secs(10));
            config.connect_timeout(std::time::Duration::from_secs(5));
            let (client, connection) =
                config.connect(NoTls).await.map_err(|e| Fault::new("cannot connect to PostgreSQL", e))?;
            #[allow(clippy::disallowed_methods)] // lives and dies with this connection's reactor
            tokio::spawn(connection);
            Ok::<_, Fault>(client)
        })?;
        let connection = PostgresConnection {
            runtime,
            client,
            statements: HashMap::new(),
            queue: Vec::new(),
            rows_written: 0,
            role: service.map_or("", set_role),
            flushes: 0,
        };
        // Generic plans made while tables are empty would scan them for ever; group commit makes their own delay pointless.
        connection.batch(
            "set enable_seqscan = off; set jit = off; set plan_cache_mode = force_generic_plan; set commit_delay = 0;
             set idle_in_transaction_session_timeout = '10s'; set lock_timeout = '15s'; set statement_timeout = '30s'",
        )?;
        if service.is_some() {
            connection.batch(connection.role)?;
        }
        Ok(connection)
    }

    /// Runs statements that have no parameters and no result.
    pub(super) fn batch(&self, sql: &str) -> Result<(), Fault> {
        self.runtime.block_on(self.client.batch_execute(sql)).map_err(|e| Fault::new(sql.to_owned(), e))
    }

    /// See [`set_role`].
    pub(super) fn role(&self) -> &'static str {
        self.role
    }

    /// Takes another role by `statement` before what is queued next, unless it has it.
    pub(super) fn become_role(&mut self, statement: &'static str) {
        if self.role != statement {
            self.queue_control(statement);
            self.role = statement;
        }
    }

    /// Whether the server has gone away.
    pub(super) fn is_closed(&self) -> bool {
        self.client.is_closed()
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
        true
    }

    pub(super) fn mark(&self) -> QueueMark {
        QueueMark { flushes: self.flushes, queued: self.queue.len() }
    }

    pub(super) fn clear_queue(&mut self) {
        self.queue.clear();
    }

    pub(super) fn queue(&mut self, sql: &'static str, params: &[Value<'_>]) {
        self.queue.push((sql, params.iter().map(|value| value.clone().into_owned()).collect()));
    }

    /// Queues a statement of the transaction's own (begin, locks).
    pub(super) fn queue_control(&mut self, sql: &'static str) {
        self.queue.push((sql, Vec::new()));
    }

    fn prepare(&mut self, sql: &'static str) -> Result<Statement, Fault> {
        if let Some(statement) = self.statements.get(&sql.as_ptr()) {
            return Ok(statement.clone());
        }
        let statement =
            self.runtime.block_on(self.client.prepare(&dialect::postgres(sql))).map_err(|e| Fault::new(sql, e))?;
        self.statements.insert(sql.as_ptr(), statement.clone());
        Ok(statement)
    }

    pub(super) fn all<T>(
        &mut self,
        sql: &'static str,
        params: &[Value<'_>],
        mut map: impl FnMut(&Row<'_>) -> Result<T, Fault>,
    ) -> Result<Vec<T>, Fault> {
        let rows = self.send(Some((sql, params)))?;
        rows.iter().map(|row| map(&Row(RowRef::Postgres(row)))).collect()
    }

    pub(super) fn exec(&mut self, sql: &'static str, params: &[Value<'_>]) -> Result<u64, Fault> {
        self.send(None)?;
        let statement = self.prepare(sql)?;
        let refs: Vec<&(dyn ToSql + Sync)> = params.iter().map(|value| value as &(dyn ToSql + Sync)).collect();
        let rows = self.runtime.block_on(self.client.execute(&statement, &refs)).map_err(|e| Fault::new(sql, e))?;
        self.rows_written += rows;
        Ok(rows)
    }

    /// Sends everything queued and then `question`, in one round trip, and returns the question's rows.
    pub(super) fn send(
        &mut self,
        question: Option<(&'static str, &[Value<'_>])>,
    ) -> Result<Vec<tokio_postgres::Row>, Fault> {
        let queue = std::mem::take(&mut self.queue);
        self.flushes += u64::from(!queue.is_empty());
        let mut writes = Vec::with_capacity(queue.len());
        for (sql, params) in &queue {
            writes.push((self.prepare(sql)?, *sql, params));
        }
        let asked = match question {
            Some((sql, params)) => Some((self.prepare(sql)?, sql, params)),
            None => None,
        };
        let client = &self.client;
        let (rows, written) = self.runtime.block_on(async {
            type Sent<'f, T> = Pin<Box<dyn Future<Output = Result<T, Fault>> + 'f>>;
            let mut sent: Vec<Sent<'_, u64>> = Vec::with_capacity(writes.len());
            for (statement, sql, params) in &writes {
                sent.push(Box::pin(async move {
                    let refs: Vec<&(dyn ToSql + Sync)> =
                        params.iter().map(|value| value as &(dyn ToSql + Sync)).collect();
                    client.execute(statement, &refs).await.map_err(|e| Fault::new(*sql, e))
                }));
            }
            let mut answer: Option<Sent<'_, Vec<tokio_postgres::Row>>> =
                asked.as_ref().map(|(statement, sql, params)| {
                    Box::pin(async move {
                        let refs: Vec<&(dyn ToSql + Sync)> =
                            params.iter().map(|value| value as &(dyn ToSql + Sync)).collect();
                        client.query(statement, &refs).await.map_err(|e| Fault::new(*sql, e))
                    }) as Sent<'_, Vec<tokio_postgres::Row>>
                });
            // The first poll of each puts its message on the wire: all go out, in order, before any answer is awaited.
            let mut done: Vec<Option<Result<u64, Fault>>> = Vec::with_capacity(sent.len());
            let mut answered = None;
            poll_fn(|context| {
                for future in &mut sent {
                    done.push(match future.as_mut().poll(context) {
                        Poll::Ready(result) => Some(result),
                        Poll::Pending => None,
                    });
                }
                if let Some(future) = &mut answer
                    && let Poll::Ready(result) = future.as_mut().poll(context)
                {
                    answered = Some(result);
                }
                Poll::Ready(())
            })
            .await;
            let mut written = 0;
            for ((future, result), (_, _, params)) in sent.into_iter().zip(done).zip(&writes) {
                let rows = match result {
                    Some(result) => result?,
                    None => future.await?,
                };
                // The transaction's own statements have no parameters; the lock answers with a row that nobody wrote.
                written += if params.is_empty() { 0 } else { rows };
            }
            let rows = match (answered, answer) {
                (Some(result), _) => result?,
                (None, Some(future)) => future.await?,
                (None, None) => Vec::new(),
            };
            Ok::<_, Fault>((rows, written))
        })?;
        self.rows_written += written;
        Ok(rows)
    }

    /// Writes the kit's rows of a group, one statement for the journal and one for the request keys.
    pub(super) fn write_pending(&mut self, core: &Core, pending: &Pending) -> Result<(), Fault> {
        let service = core.service;
        if !pending.journal.is_empty() {
            let rows = &pending.journal;
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
        self.send(None)?;
        let leaked = super::interned(sql);
        let statement = self.prepare(leaked)?;
        let rows = self.runtime.block_on(self.client.execute(&statement, params)).map_err(|e| Fault::new(leaked, e))?;
        self.rows_written += rows;
        Ok(())
    }
}

/// How much had been queued and sent at some moment.
#[derive(Clone, Copy)]
pub(super) struct QueueMark {
    flushes: u64,
    queued: usize,
}

/// The statement that makes a connection act as `service`, always the same text.
pub(super) fn set_role(service: &str) -> &'static str {
    super::interned(&format!("set role {}", role(service)))
}

/// The role that owns what `service` may touch.
pub(super) fn role(service: &str) -> String {
    format!("backroom_{service}")
}
