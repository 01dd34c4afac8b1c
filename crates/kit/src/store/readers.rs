//! Connections for reading. SQLite opens as many as are used at once; on PostgreSQL all services of a process share a bounded number.
//!
//! Invariant: a shared connection reads under the role of the service that it reads for, whoever had it before.

use std::num::NonZero;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Semaphore;

use super::Core;
use super::lane::Lane;
use super::later::Later;
use super::postgres::PostgresConnection;
use super::sqlite::{SqliteConnection, SqliteOptions};
use super::tx::{Connection, Reader};
use crate::problem::{Fault, Problem};

/// Reading connections that a service is worth at most: more would wait for the same two or three disks and processors.
const PER_SERVICE: usize = 4;
/// The same for each processor: every connection learns every statement anew, here and at the server.
const PER_PROCESSOR: usize = 4;
/// A connection that nobody has needed for so long is given back to the server.
const IDLE: Duration = Duration::from_secs(60);
/// One that was idle for so long is looked at before it is used: the server may have been started anew.
const DOUBT: Duration = Duration::from_secs(1);

/// Where reads find a connection. The stores of a process share it.
pub(super) enum Readers {
    Sqlite {
        options: SqliteOptions,
        idle: Mutex<Vec<SqliteConnection>>,
    },
    Postgres(Arc<Pool>),
    /// Simulation: the lane's own connection.
    Inline(Arc<Mutex<Lane>>),
}

/// The connections on which a process reads from PostgreSQL. Opened when needed, closed when idle for long.
pub(super) struct Pool {
    url: String,
    seats: Arc<Semaphore>,
    /// How many seats there are.
    worth: usize,
    /// Connections at most, idle ones among them.
    most: usize,
    /// The most recently used last.
    idle: Mutex<Vec<Idle>>,
}

struct Idle {
    connection: PostgresConnection,
    since: Duration,
}

impl Pool {
    /// A pool for `services` services of a process that may have `connections` in all, of which each lane takes one.
    pub(super) fn new(url: &str, connections: usize, services: usize) -> Pool {
        let processors = std::thread::available_parallelism().map_or(2, NonZero::get);
        let worth = (PER_SERVICE * services.max(1)).min((PER_PROCESSOR * processors).max(PER_SERVICE));
        let most = connections.saturating_sub(services).max(1);
        let worth = worth.min(most);
        Pool { url: url.to_owned(), seats: Arc::new(Semaphore::new(worth)), worth, most, idle: Mutex::default() }
    }

    /// An idle connection that has read for the same service before: it has the role and knows the statements. Otherwise a new one while
    /// there may be more, or the one that nobody has needed for longest.
    fn take(&self, core: &Core) -> Result<PostgresConnection, Fault> {
        let known = {
            let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
            let own = idle.iter().rposition(|idle| idle.connection.role() == core.role);
            // Those in use have a seat each.
            let in_use = self.worth - self.seats.available_permits();
            let is_full = idle.len() + in_use > self.most;
            own.or((is_full && !idle.is_empty()).then_some(0)).map(|at| idle.remove(at))
        };
        if let Some(Idle { mut connection, since }) = known
            && !connection.is_closed()
            && (core.runtime.monotonic().saturating_sub(since) < DOUBT || !connection.has_ended())
        {
            return Ok(connection);
        }
        // It takes the service's role before its first statement.
        PostgresConnection::open_reading(&self.url)
    }

    fn put_back(&self, connection: PostgresConnection, now: Duration) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.push(Idle { connection, since: now });
        let is_stale = now.saturating_sub(idle[0].since) > IDLE;
        let stale = is_stale.then(|| idle.remove(0));
        drop(idle);
        drop(stale);
    }
}

/// What a read sees.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Sees {
    /// One moment.
    OneMoment,
    /// With each question, or what is asked ahead together, a moment of its own on PostgreSQL. On SQLite one moment costs nothing.
    Moments,
}

impl Readers {
    /// Runs `f` on the tables of `core`'s service.
    pub(super) async fn read<T: Send + 'static>(
        &self,
        core: &Arc<Core>,
        sees: Sees,
        f: impl FnOnce(&mut Reader<'_>) -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        match self {
            Readers::Sqlite { options, idle } => {
                let pooled = idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
                let connection = pooled.map_or_else(|| SqliteConnection::open(options), Ok)?;
                let result = read_sqlite(core, &connection, f);
                if !connection.in_transaction() {
                    idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
                }
                result
            }
            Readers::Postgres(pool) => {
                let seat = Arc::clone(&pool.seats).acquire_owned().await;
                let seat = seat.map_err(|e| Fault::new("the readers are closed", e))?;
                let (pool, core) = (Arc::clone(pool), Arc::clone(core));
                let runtime = core.runtime.clone();
                let read = move || {
                    let result = read_postgres(&core, &pool, sees, f);
                    drop(seat);
                    result
                };
                runtime.blocking(read).await?
            }
            Readers::Inline(lane) => {
                core.runtime.step().await;
                let mut lane = lane.lock().unwrap_or_else(PoisonError::into_inner);
                read_sqlite(core, lane.sqlite()?, f)
            }
        }
    }
}

fn read_sqlite<T>(
    core: &Core,
    connection: &SqliteConnection,
    f: impl FnOnce(&mut Reader<'_>) -> Result<T, Problem>,
) -> Result<T, Problem> {
    connection.control("begin deferred")?;
    let mut reader = Reader {
        connection: Connection::Sqlite(connection),
        core,
        now: core.runtime.now(),
        new_keys: Vec::new(),
        later: Later::default(),
    };
    let result = f(&mut reader);
    connection.control("commit")?;
    result
}

fn read_postgres<T>(
    core: &Core,
    pool: &Pool,
    sees: Sees,
    f: impl FnOnce(&mut Reader<'_>) -> Result<T, Problem>,
) -> Result<T, Problem> {
    let mut connection = pool.take(core)?;
    connection.become_role(core.role)?;
    if sees == Sees::OneMoment {
        connection.queue_control("begin")?;
    }
    let mut reader = Reader {
        connection: Connection::Postgres(&mut connection),
        core,
        now: core.runtime.now(),
        new_keys: Vec::new(),
        later: Later::default(),
    };
    let result = f(&mut reader);
    // After a fault nobody knows in which role it is left.
    let mut is_sound = result.as_ref().is_ok() || result.as_ref().is_err_and(|problem| problem.fault.is_none());
    if is_sound && sees == Sees::OneMoment {
        is_sound = connection.queue_control("commit").is_ok();
    }
    if is_sound && connection.send_off().is_ok() {
        pool.put_back(connection, core.runtime.monotonic());
    }
    result
}
