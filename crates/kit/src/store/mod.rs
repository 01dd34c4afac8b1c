//! A service's database: `write` passes the serial lane and is durable when it returns, `read` sees one consistent moment.
//!
//! The same on SQLite (one file and one lane for the process) and PostgreSQL (one lane per service, held through an
//! advisory lock by whichever process writes). A write closure is `Fn`, takes at most a few milliseconds and cannot make calls.

mod dialect;
mod lane;
mod news;
mod postgres;
mod schema;
mod sqlite;
mod tx;
mod value;

use std::collections::HashSet;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use tokio::sync::{Semaphore, mpsc, oneshot, watch};

use self::lane::{Backend, Closure, Job, Lane};
use self::postgres::PostgresConnection;
use self::sqlite::{SqliteConnection, SqliteOptions};
use self::tx::Connection;
use crate::live::Commits;
use crate::metrics::{Metrics, StoreMetrics};
use crate::problem::{Fault, Problem};
use crate::runtime::Runtime;
use crate::time::Timestamp;
use crate::trace;

pub(crate) use self::news::News;
pub(crate) use self::schema::KitSql;
pub use self::schema::{Migration, Schema};
pub use self::tx::{Reader, Tx};
pub use self::value::{Column, Row, Value};

/// Waiting writes of a lane beyond which callers are told to come back later.
const WAITING: usize = 4096;

/// Connections on which a service of a process reads from PostgreSQL at the same time.
const READERS: usize = 8;

/// Where the data are.
#[derive(Debug, Clone)]
pub enum Location {
    /// A SQLite file.
    Sqlite {
        /// The file's path.
        path: String,
        /// The name of a registered SQLite VFS; the system's own when absent.
        vfs: Option<String>,
    },
    /// A PostgreSQL database.
    Postgres {
        /// `postgres://user@host:port/database`.
        url: String,
    },
}

impl Location {
    /// Reads `postgres://…`, `sqlite:PATH` or a plain path.
    #[must_use]
    pub fn parse(text: &str) -> Location {
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            return Location::Postgres { url: text.to_owned() };
        }
        let path = text.strip_prefix("sqlite:").map_or(text, |path| path.trim_start_matches("//"));
        Location::Sqlite { path: path.to_owned(), vfs: None }
    }
}

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
    lock: &'static str,
    pub(crate) runtime: Runtime,
    metrics: StoreMetrics,
    pub(crate) epoch: String,
    /// The journal's last sequence number as of the last commit of this process.
    pub(crate) committed: watch::Sender<i64>,
    /// The same for those who wait for news of some kinds.
    pub(crate) news: News,
    /// The same for open screens.
    pub(crate) live: Commits,
    /// The earliest moment that a commit of this process scheduled something for, since last taken.
    pub(crate) due: watch::Sender<Option<Timestamp>>,
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

enum Readers {
    Sqlite {
        options: SqliteOptions,
        idle: Mutex<Vec<SqliteConnection>>,
    },
    Postgres {
        url: String,
        service: &'static str,
        idle: Mutex<Vec<PostgresConnection>>,
        seats: Semaphore,
    },
    /// Simulation: the lane's own connection.
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
            Location::Sqlite { path, vfs } => Self::open_sqlite(path, vfs.clone(), schemas, runtime, metrics),
            Location::Postgres { url } => Self::open_postgres(url, schemas, runtime, metrics),
        }
    }

    fn open_sqlite(
        path: &str,
        vfs: Option<String>,
        schemas: &[Schema],
        runtime: &Runtime,
        metrics: &Metrics,
    ) -> Result<Database, Fault> {
        let inline = runtime.is_sim();
        if vfs.is_none() {
            sqlite::make_private(path)?;
        }
        let options = SqliteOptions {
            path: path.to_owned(),
            vfs,
            exclusive: inline,
            services: schemas.iter().map(|schema| schema.service).collect(),
            cache_kib: 8 * 1024,
        };
        let connection = SqliteConnection::open(&options)?;
        let mut cores = Vec::new();
        for (index, schema) in schemas.iter().enumerate() {
            let epoch = migrate_sqlite(&connection, schema, index, runtime)?;
            cores.push(core(schema.service, index, epoch, runtime, metrics));
        }
        let pending = cores.iter().map(|_| None).collect();
        let lane = Lane::new(Backend::Sqlite { options: options.clone(), connection: Some(connection) }, pending);
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
            (Writer::Queue(sender), Arc::new(readers(&options)))
        };
        let stores = cores
            .into_iter()
            .map(|core| Store { core, writer: writer.clone(), readers: Arc::clone(&readers) })
            .collect();
        Ok(Database { stores, threads: Mutex::new(threads) })
    }

    fn open_postgres(url: &str, schemas: &[Schema], runtime: &Runtime, metrics: &Metrics) -> Result<Database, Fault> {
        assert!(!runtime.is_sim(), "a simulation runs on SQLite");
        let mut stores = Vec::new();
        let mut threads = Vec::new();
        let opened: Result<Vec<String>, Fault> = std::thread::scope(|scope| {
            let migrated = scope.spawn(|| {
                let mut connection = PostgresConnection::open(url, None)?;
                schemas.iter().map(|schema| migrate_postgres(&mut connection, schema, runtime)).collect()
            });
            migrated.join().expect("migrations do not panic")
        });
        for ((index, schema), epoch) in schemas.iter().enumerate().zip(opened?) {
            let core = core(schema.service, index, epoch, runtime, metrics);
            let backend = Backend::Postgres { url: url.to_owned(), connection: None };
            let lane = Lane::new(backend, schemas.iter().map(|_| None).collect());
            let (sender, receiver) = mpsc::channel(WAITING);
            threads.push(runtime.thread("lane", move || lane.serve(receiver))?);
            let (url, seats) = (url.to_owned(), Semaphore::new(READERS));
            let readers = Readers::Postgres { url, service: schema.service, idle: Mutex::default(), seats };
            stores.push(Store { core, writer: Writer::Queue(sender), readers: Arc::new(readers) });
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
    /// The refusal that `f` returned, after which nothing has changed; `kit/busy` when too many writes wait; or a fault, after
    /// which the effect is unknown and the request is asked again with its key.
    pub async fn write<T: Send + 'static>(
        &self,
        origin: &Origin,
        f: impl Fn(&mut Tx<'_>) -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        // How long the write waits for the lane and its commit.
        let _span = trace::begin(trace::Kind::Internal, self.core.service, None, &origin.cause, || "write".to_owned());
        let (caller, mut answer) = oneshot::channel();
        let work = Box::new(Closure { run: f, result: None, caller });
        let job = Job { core: Arc::clone(&self.core), origin: origin.clone(), work };
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
        let core = Arc::clone(&self.core);
        match &*self.readers {
            Readers::Sqlite { options, idle } => {
                let pooled = idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
                let connection = pooled.map_or_else(|| SqliteConnection::open(options), Ok)?;
                let result = read_sqlite(&core, &connection, f);
                if !connection.in_transaction() {
                    idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
                }
                result
            }
            Readers::Postgres { seats, .. } => {
                let _seat = seats.acquire().await.map_err(|e| Fault::new("the readers are closed", e))?;
                let readers = Arc::clone(&self.readers);
                let runtime = core.runtime.clone();
                runtime.blocking(move || read_postgres(&core, &readers, f)).await?
            }
            Readers::Inline(lane) => {
                self.core.runtime.step().await;
                let mut lane = lane.lock().unwrap_or_else(PoisonError::into_inner);
                read_sqlite(&core, lane.sqlite()?, f)
            }
        }
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

fn read_sqlite<T>(
    core: &Core,
    connection: &SqliteConnection,
    f: impl FnOnce(&mut Reader<'_>) -> Result<T, Problem>,
) -> Result<T, Problem> {
    connection.control("begin deferred")?;
    let mut reader =
        Reader { connection: Connection::Sqlite(connection), core, now: core.runtime.now(), new_keys: Vec::new() };
    let result = f(&mut reader);
    connection.control("commit")?;
    result
}

fn read_postgres<T>(
    core: &Core,
    readers: &Readers,
    f: impl FnOnce(&mut Reader<'_>) -> Result<T, Problem>,
) -> Result<T, Problem> {
    let Readers::Postgres { url, service, idle, .. } = readers else { unreachable!("only called for PostgreSQL") };
    let pooled = idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
    let mut connection = match pooled {
        Some(connection) if !connection.is_closed() => connection,
        _ => PostgresConnection::open(url, Some(service))?,
    };
    connection.queue_control("begin isolation level repeatable read, read only");
    let mut reader = Reader {
        connection: Connection::Postgres(&mut connection),
        core,
        now: core.runtime.now(),
        new_keys: Vec::new(),
    };
    let result = f(&mut reader);
    connection.queue_control("commit");
    connection.send(None)?;
    idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
    result
}

fn core(service: &'static str, index: usize, epoch: String, runtime: &Runtime, metrics: &Metrics) -> Arc<Core> {
    Arc::new(Core {
        service,
        index,
        sql: KitSql::of(service),
        lock: interned(&format!("select pg_advisory_xact_lock({})", lock_number(service))),
        runtime: runtime.clone(),
        metrics: metrics.store(service),
        epoch,
        committed: watch::Sender::new(0),
        news: News::default(),
        live: Commits::default(),
        due: watch::Sender::new(None),
    })
}

/// The number of the advisory lock that is `service`'s lane.
fn lock_number(service: &str) -> i64 {
    let hash = service
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    i64::from_ne_bytes(hash.to_ne_bytes()) >> 1
}

fn migrate_sqlite(
    connection: &SqliteConnection,
    schema: &Schema,
    index: usize,
    runtime: &Runtime,
) -> Result<String, Fault> {
    connection.batch(&schema::meta_table(schema.service))?;
    let core = core(schema.service, index, String::new(), runtime, &Metrics::default());
    let sql = core.sql;
    let get = |key: &str| -> Result<Option<String>, Fault> {
        Ok(connection.all(&core, sql.meta_get, &[key.into()], |row| row.get(0))?.pop())
    };
    for (name, statements) in schema::migrations(schema, false) {
        if get(&name)?.is_some() {
            continue;
        }
        connection.batch("begin immediate")?;
        for statement in &statements {
            connection.batch(statement)?;
        }
        connection.exec(&core, sql.meta_put, &[(&name).into(), "applied".into()])?;
        connection.batch("commit")?;
    }
    if let Some(epoch) = get("epoch")? {
        return Ok(epoch);
    }
    let epoch = format!("{:016x}", runtime.random_u64());
    connection.exec(&core, sql.meta_put, &["epoch".into(), (&epoch).into()])?;
    Ok(epoch)
}

fn migrate_postgres(connection: &mut PostgresConnection, schema: &Schema, runtime: &Runtime) -> Result<String, Fault> {
    let service = schema.service;
    let role = postgres::role(service);
    let sql = KitSql::of(service);
    connection.batch("begin; select pg_advisory_xact_lock(4711)")?;
    // Roles belong to the whole server: another database's start may be making the same one, and its commit be seen late.
    connection.batch(&format!(
        "do $$ begin
           for attempt in 1..100 loop
             if not exists (select from pg_roles where rolname = '{role}') then
               begin create role {role} nologin; exception when duplicate_object or unique_violation then null; end;
             end if;
             begin
               grant {role} to current_user;
               return;
             exception when undefined_object then
               perform pg_sleep(0.02);
             end;
           end loop;
           grant {role} to current_user;
         end $$"
    ))?;
    connection.batch(&schema::meta_table(service))?;
    for (name, statements) in schema::migrations(schema, true) {
        let done = connection.all(sql.meta_get, &[(&name).into()], |row| row.get::<String>(0))?;
        if !done.is_empty() {
            continue;
        }
        for statement in &statements {
            connection.batch(statement)?;
        }
        connection.exec(sql.meta_put, &[(&name).into(), "applied".into()])?;
    }
    let mut epoch = connection.all(sql.meta_get, &["epoch".into()], |row| row.get::<String>(0))?;
    if epoch.is_empty() {
        epoch.push(format!("{:016x}", runtime.random_u64()));
        connection.exec(sql.meta_put, &["epoch".into(), (&epoch[0]).into()])?;
    }
    connection.batch(&format!(
        "do $$ declare t record; begin
           for t in select tablename from pg_tables where schemaname = current_schema() and tablename like '{service}\\_%' loop
             execute format('grant select, insert, update, delete on %I to {role}', t.tablename);
           end loop;
         end $$;
         commit"
    ))?;
    Ok(epoch.swap_remove(0))
}

/// Creates the database `name` on the PostgreSQL server at `server` and returns its address.
///
/// # Errors
/// A fault when the server refuses.
pub fn create_database(server: &str, name: &str) -> Result<String, Fault> {
    std::thread::scope(|scope| {
        let created = scope.spawn(|| {
            let connection = PostgresConnection::open(server, None)?;
            connection.batch(&format!("create database {name} template template0 encoding 'UTF8'"))
        });
        created.join().expect("creating a database does not panic")
    })?;
    let (base, _) = server.rsplit_once('/').ok_or_else(|| Fault::msg("the server's address ends in a database"))?;
    Ok(format!("{base}/{name}"))
}

/// The bytes that the data take, pages in use only. Nobody else has the database open.
///
/// # Errors
/// A fault of the database.
pub fn size_bytes(location: &Location) -> Result<u64, Fault> {
    let bytes = match location {
        Location::Sqlite { path, vfs } => {
            let services = Arc::from([]);
            let options =
                SqliteOptions { path: path.clone(), vfs: vfs.clone(), exclusive: true, services, cache_kib: 1024 };
            let connection = SqliteConnection::open(&options)?;
            connection.number(
                "select (select page_count from pragma_page_count()) * (select page_size from pragma_page_size())
                   - (select freelist_count from pragma_freelist_count()) * (select page_size from pragma_page_size())",
            )?
        }
        Location::Postgres { url } => std::thread::scope(|scope| {
            let asked = scope.spawn(|| {
                let mut connection = PostgresConnection::open(url, None)?;
                let sql = "select coalesce(sum(pg_total_relation_size(oid)), 0)::bigint from pg_class
                           where relkind = 'r' and relnamespace = 'public'::regnamespace";
                Ok::<_, Fault>(connection.all(sql, &[], |row| row.get::<i64>(0))?.first().copied().unwrap_or(0))
            });
            asked.join().expect("asking for a size does not panic")
        })?,
    };
    Ok(u64::try_from(bytes).unwrap_or(0))
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
