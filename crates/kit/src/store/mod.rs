//! A service's database: `write` passes the serial lane and is durable when it returns, `read` sees one consistent moment.
//!
//! The same on SQLite (one file and one lane for the process) and PostgreSQL (one lane per service, held through an
//! advisory lock by whichever process writes). A write closure is `Fn`, takes at most a few milliseconds and cannot make calls.

mod codec;
mod dialect;
mod frames;
mod lane;
mod later;
mod location;
mod migrate;
mod news;
mod packed;
mod postgres;
mod readers;
mod recent;
mod schema;
mod sqlite;
mod tx;
mod value;
mod wire;

use std::collections::HashSet;
use std::sync::{Arc, LazyLock, Mutex, OnceLock, PoisonError};

use tokio::sync::{mpsc, oneshot, watch};

use self::lane::{Backend, Closure, Job, Lane};
use self::postgres::PostgresConnection;
use self::readers::{Pool, Readers, Sees};
use self::sqlite::{SqliteConnection, SqliteOptions};
use crate::deadline;
use crate::jobs::Begun;
use crate::live::Commits;
use crate::metrics::{Metrics, StoreMetrics};
use crate::problem::{Fault, Problem};
use crate::runtime::Runtime;
use crate::time::Timestamp;
use crate::trace;

pub(crate) use self::codec::{Codec, train};
pub use self::location::{CONNECTIONS, Location, create_database, gather_statistics, size_bytes};
pub(crate) use self::news::News;
pub(crate) use self::recent::{Recent, Told};
pub(crate) use self::schema::KitSql;
pub use self::schema::{Migration, Schema};
pub use self::tx::{Reader, Tx};
pub use self::value::{Column, Row, Value};

/// Waiting writes of a lane beyond which callers are told to come back later.
const WAITING: usize = 4096;

/// Who asked for a write, and in which request: what the journal says of it.
#[derive(Debug, Clone, Default)]
pub struct Origin {
    /// `guest`, `service:orders`, `person:…`.
    pub actor: String,
    /// The request's id, the same in every service that the request reached.
    pub cause: String,
}

/// What the lane, the readers and the jobs of one service share.
pub(crate) struct Core {
    pub(crate) service: &'static str,
    index: usize,
    pub(crate) sql: &'static KitSql,
    pub(crate) codec: &'static Codec,
    lock: &'static str,
    /// The statement that makes a connection to PostgreSQL the service's.
    role: &'static str,
    pub(crate) runtime: Runtime,
    metrics: StoreMetrics,
    pub(crate) epoch: String,
    /// The journal's last sequence number as of the last commit of this process.
    pub(crate) committed: watch::Sender<i64>,
    /// The same for those who wait for news of some kinds.
    pub(crate) news: News,
    /// The rows themselves, for readers of this process.
    pub(crate) recent: Recent,
    /// The same for open screens.
    pub(crate) live: Commits,
    /// The earliest moment that a commit of this process scheduled something for, since last taken.
    pub(crate) due: watch::Sender<Option<Timestamp>>,
    /// Who takes jobs that begin at once, while somebody does.
    pub(crate) begun: OnceLock<Begun>,
}

/// The databases of the services that run in this process.
pub struct Database {
    stores: Vec<Store>,
    threads: Mutex<Vec<std::thread::JoinHandle<()>>>,
}

/// One service's database. Clones share it.
#[derive(Clone)]
pub struct Store {
    core: Arc<Core>,
    writer: Writer,
    readers: Arc<Readers>,
}

#[derive(Clone)]
enum Writer {
    /// The lane's thread; `None` closes it.
    Queue(mpsc::Sender<Option<Job>>),
    Inline(Arc<Mutex<Lane>>),
}

impl Database {
    /// Opens the database, brings every schema up to date and starts the lanes.
    ///
    /// # Errors
    /// A fault when the database cannot be opened or a migration fails.
    pub fn open(
        location: &Location,
        schemas: &[Schema],
        runtime: &Runtime,
        metrics: &Metrics,
    ) -> Result<Database, Fault> {
        match location {
            Location::Sqlite { path, vfs, synced } => {
                let services = schemas.iter().map(|schema| schema.service).collect();
                let (path, vfs, exclusive) = (path.clone(), vfs.clone(), runtime.is_sim());
                let (cache_kib, framed) = (8 * 1024, false);
                let options = SqliteOptions { path, vfs, synced: *synced, exclusive, framed, services, cache_kib };
                Self::open_sqlite(&options, schemas, runtime, metrics)
            }
            Location::Postgres { url, connections } => {
                Self::open_postgres(url, *connections, schemas, runtime, metrics)
            }
        }
    }

    fn open_sqlite(
        options: &SqliteOptions,
        schemas: &[Schema],
        runtime: &Runtime,
        metrics: &Metrics,
    ) -> Result<Database, Fault> {
        let inline = options.exclusive;
        if options.vfs.is_none() {
            sqlite::make_private(&options.path)?;
        }
        let connection = SqliteConnection::open(options)?;
        let mut cores = Vec::new();
        for (index, schema) in schemas.iter().enumerate() {
            let epoch = migrate::sqlite(&connection, schema, index, runtime)?;
            cores.push(core(schema, index, epoch, runtime, metrics));
        }
        let pending = cores.iter().map(|_| None).collect();
        // Migrations may write more than memory holds, a group of writes does not.
        let lane_options = SqliteOptions { framed: true, ..options.clone() };
        // One that is exclusive stands no other.
        let migrated = (!inline).then_some(connection);
        let connection = Some(SqliteConnection::open(&lane_options)?);
        // Not the last one that is closed, which would empty the log.
        drop(migrated);
        let lane = Lane::new(Backend::Sqlite { options: lane_options, connection }, pending);
        let readers = |options: &SqliteOptions| Readers::Sqlite {
            options: SqliteOptions { cache_kib: 4 * 1024, ..options.clone() },
            idle: Mutex::default(),
        };
        let mut threads = Vec::new();
        let (writer, readers) = if inline {
            let lane = Arc::new(Mutex::new(lane));
            (Writer::Inline(Arc::clone(&lane)), Arc::new(Readers::Inline(lane)))
        } else {
            let (sender, receiver) = mpsc::channel(WAITING);
            threads.push(runtime.thread("lane", move || lane.serve(receiver))?);
            (Writer::Queue(sender), Arc::new(readers(options)))
        };
        let stores = cores
            .into_iter()
            .map(|core| Store { core, writer: writer.clone(), readers: Arc::clone(&readers) })
            .collect();
        Ok(Database { stores, threads: Mutex::new(threads) })
    }

    fn open_postgres(
        url: &str,
        connections: usize,
        schemas: &[Schema],
        runtime: &Runtime,
        metrics: &Metrics,
    ) -> Result<Database, Fault> {
        assert!(!runtime.is_sim(), "a simulation runs on SQLite");
        let mut stores = Vec::new();
        let mut threads = Vec::new();
        let opened: Result<Vec<String>, Fault> = std::thread::scope(|scope| {
            let migrated = scope.spawn(|| {
                let mut connection = PostgresConnection::open(url, None)?;
                schemas.iter().map(|schema| migrate::postgres(&mut connection, schema, runtime)).collect()
            });
            migrated.join().expect("migrations do not panic")
        });
        let readers = Arc::new(Readers::Postgres(Arc::new(Pool::new(url, connections, schemas.len()))));
        for ((index, schema), epoch) in schemas.iter().enumerate().zip(opened?) {
            let core = core(schema, index, epoch, runtime, metrics);
            let backend = Backend::Postgres { url: url.to_owned(), connection: None };
            let lane = Lane::new(backend, schemas.iter().map(|_| None).collect());
            let (sender, receiver) = mpsc::channel(WAITING);
            threads.push(runtime.thread("lane", move || lane.serve(receiver))?);
            stores.push(Store { core, writer: Writer::Queue(sender), readers: Arc::clone(&readers) });
        }
        Ok(Database { stores, threads: Mutex::new(threads) })
    }

    /// The store of `service`.
    ///
    /// # Panics
    /// When the database was opened without that service's schema.
    #[must_use]
    pub fn store(&self, service: &str) -> Store {
        let store = self.stores.iter().find(|store| store.core.service == service);
        store.unwrap_or_else(|| panic!("the database was opened without {service}")).clone()
    }

    /// Lets the lanes finish what waits, and closes them: later writes are faults.
    pub async fn close(self) {
        for store in &self.stores {
            if let Writer::Queue(lane) = &store.writer {
                // A lane that several stores share is gone at the second attempt.
                let _ = lane.send(None).await;
            }
        }
        let Some(store) = self.stores.first() else { return };
        let threads = self.threads.into_inner().unwrap_or_else(PoisonError::into_inner);
        let joined = store.core.runtime.blocking(move || {
            for thread in threads {
                let _ = thread.join();
            }
        });
        let _ = joined.await;
    }
}

impl Store {
    /// Runs `f` in the service's lane and returns when its effect is durable. `f` may run more than once, until one run counts.
    ///
    /// # Errors
    /// The refusal that `f` returned, after which nothing has changed; `kit/busy` when too many writes wait; `kit/unknown-outcome` when the
    /// time of the request was over while it waited for the lane, so that it was not begun; or a fault, after which the effect is
    /// unknown and the request is asked again with its key.
    pub async fn write<T: Send + 'static>(
        &self,
        origin: &Origin,
        f: impl Fn(&mut Tx<'_>) -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        // How long the write waits for the lane and its commit.
        let _span = trace::begin(trace::Kind::Internal, self.core.service, None, &origin.cause, || "write".to_owned());
        let (caller, mut answer) = oneshot::channel();
        let work = Box::new(Closure { run: f, result: None, caller });
        // Who writes when the time of the request is over ends what was begun: perhaps it is what a provider answered.
        let until = deadline::until().filter(|until| self.core.runtime.monotonic() < *until);
        let job = Job { core: Arc::clone(&self.core), origin: origin.clone(), until, work };
        match &self.writer {
            Writer::Queue(lane) => {
                lane.try_send(Some(job)).map_err(|_| Problem::busy(1))?;
                answer.await.map_err(|_| Problem::from(Fault::msg("the lane has stopped")))?
            }
            Writer::Inline(lane) => {
                self.core.runtime.step().await;
                lane.lock().unwrap_or_else(PoisonError::into_inner).group(job, || None);
                let result = answer.try_recv().map_err(|_| Problem::from(Fault::msg("the lane has stopped")));
                self.core.runtime.step().await;
                result?
            }
        }
    }

    /// Runs `f` once per request key: asked again with the same key and digest, the first outcome is returned and nothing done.
    ///
    /// # Errors
    /// As [`Store::write`]; and `kit/request-key-reused` when the key was used for a different request (another `digest`).
    pub async fn once<T>(
        &self,
        origin: &Origin,
        key: String,
        digest: i64,
        f: impl Fn(&mut Tx<'_>) -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem>
    where
        T: serde::Serialize + serde::de::DeserializeOwned + Send + 'static,
    {
        self.write(origin, move |tx| {
            let first = tx.looks_up_keys_first();
            if first && let Some(outcome) = replay(tx, &key, digest)? {
                return Ok(outcome);
            }
            match f(tx) {
                Ok(outcome) => {
                    let text = serde_json::to_string(&outcome).map_err(|e| Fault::new("an outcome is JSON", e))?;
                    tx.remember(&key, digest, text);
                    Ok(outcome)
                }
                // Refused, perhaps only because the same request has already had its effect.
                Err(problem) if !first && problem.fault.is_none() => match replay(tx, &key, digest)? {
                    // What it wrote must not stay: alone, it is looked up first.
                    Some(_) if tx.wrote() => Err(Fault::msg("a repeated request wrote before it was refused").into()),
                    Some(outcome) => Ok(outcome),
                    None => Err(problem),
                },
                Err(problem) => Err(problem),
            }
        })
        .await
    }

    /// Runs `f` on one consistent moment of the service's tables.
    ///
    /// # Errors
    /// What `f` returns, or a fault of the database.
    pub async fn read<T: Send + 'static>(
        &self,
        f: impl FnOnce(&mut Reader<'_>) -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        self.readers.read(&self.core, Sees::OneMoment, f).await
    }

    /// Runs `f` on the service's tables, where each question sees a moment of its own: lighter than [`Store::read`], and as good where
    /// only one is asked, where all are asked ahead together (see [`Reader::ahead`]) or where the answers need not fit together.
    ///
    /// # Errors
    /// What `f` returns, or a fault of the database.
    pub async fn glance<T: Send + 'static>(
        &self,
        f: impl FnOnce(&mut Reader<'_>) -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        self.readers.read(&self.core, Sees::Moments, f).await
    }

    /// The name of the service whose store this is.
    #[must_use]
    pub fn service(&self) -> &'static str {
        self.core.service
    }

    /// The journal's epoch: another one means another history.
    #[must_use]
    pub fn epoch(&self) -> &str {
        &self.core.epoch
    }

    /// Tells when this process has committed to the journal: the last sequence number.
    #[must_use]
    pub fn committed(&self) -> watch::Receiver<i64> {
        self.core.committed.subscribe()
    }

    /// Write closures run by this process so far.
    pub(crate) fn writes(&self) -> u64 {
        self.core.metrics.writes.get()
    }

    pub(crate) fn core(&self) -> &Arc<Core> {
        &self.core
    }
}

fn replay<T: serde::de::DeserializeOwned>(tx: &mut Tx<'_>, key: &str, digest: i64) -> Result<Option<T>, Problem> {
    let Some((first_digest, outcome)) = tx.first_outcome(key)? else { return Ok(None) };
    if first_digest != digest {
        return Err(Problem::conflict("kit/request-key-reused", "This request key was used for another request"));
    }
    let outcome = serde_json::from_str(&outcome).map_err(|e| Fault::new("a stored outcome is readable", e))?;
    Ok(Some(outcome))
}

fn core(schema: &Schema, index: usize, epoch: String, runtime: &Runtime, metrics: &Metrics) -> Arc<Core> {
    let service = schema.service;
    Arc::new(Core {
        service,
        index,
        sql: KitSql::of(service),
        codec: Codec::of(service, schema.dictionaries),
        lock: interned(&format!("select pg_advisory_xact_lock({})", lock_number(service))),
        role: postgres::set_role(service),
        runtime: runtime.clone(),
        metrics: metrics.store(service),
        epoch,
        committed: watch::Sender::new(0),
        news: News::default(),
        recent: Recent::default(),
        live: Commits::default(),
        due: watch::Sender::new(None),
        begun: OnceLock::new(),
    })
}

/// The number of the advisory lock that is `service`'s lane.
fn lock_number(service: &str) -> i64 {
    let hash = service
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    i64::from_ne_bytes(hash.to_ne_bytes()) >> 1
}

/// A text that lives for ever, the same address for the same text: statements are keyed by their address.
fn interned(text: &str) -> &'static str {
    static TEXTS: LazyLock<Mutex<HashSet<&'static str>>> = LazyLock::new(Mutex::default);
    let mut texts = TEXTS.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = texts.get(text) {
        return known;
    }
    let leaked: &'static str = Box::leak(text.to_owned().into_boxed_str());
    texts.insert(leaked);
    leaked
}
