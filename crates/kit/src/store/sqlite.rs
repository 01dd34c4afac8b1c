//! One connection to the process's SQLite file.
//!
//! Invariant: a statement prepared for a service touches only tables with its prefix; SQLite's authorizer refuses others.

use std::cell::RefCell;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rusqlite::PrepFlags;
use rusqlite::functions::FunctionFlags;
use rusqlite::hooks::{AuthAction, AuthContext, Authorization};

use super::dialect::{self, Sizes};
use super::value::{Bound, Row, RowRef, Value};
use super::{Core, frames, packed};
use crate::problem::Fault;

/// How a connection is opened.
#[derive(Debug, Clone)]
pub(super) struct SqliteOptions {
    pub(super) path: String,
    pub(super) vfs: Option<String>,
    /// Whether a write is on the disk before it is acknowledged.
    pub(super) synced: bool,
    /// One connection does everything (simulation): no shared memory is needed beside the WAL.
    pub(super) exclusive: bool,
    /// Whether a commit is written to the log in large pieces. What a transaction writes is then held in memory, so that it must not be much.
    pub(super) framed: bool,
    pub(super) services: Arc<[&'static str]>,
    pub(super) cache_kib: u32,
}

pub(super) struct SqliteConnection {
    /// Idle statements by service and address of the original text: hashing the texts themselves costs as much as a small statement.
    /// Before the connection, so that they end before it.
    statements: RefCell<HashMap<Key, Statement, BuildHasherDefault<Mix>>>,
    /// Counted, though never cloned: it keeps its address when this moves, and whoever moves a `Box` claims that nobody else points into it.
    connection: Rc<rusqlite::Connection>,
    /// Index of the service that prepares statements now; `usize::MAX` is the kit itself, which may touch everything.
    current: Arc<AtomicUsize>,
}

/// A statement's service, the address and length of its text, which lives for ever, and the sizes of its short lists.
type Key = (usize, usize, usize, Sizes);

/// A statement of the connection that it is kept beside, see `SqliteConnection::prepared`.
type Statement = rusqlite::Statement<'static>;

// SAFETY: `rusqlite::Connection` is `Send`, the authorizer and the functions installed on it with it. `Statement` is not only because it
// borrows the connection, which is not `Sync`; here both move together, statements never leave `self` (`prepared` lends them to
// a closure at most), and `RefCell` keeps `self` from being `Sync`, so one thread at a time uses them. The `Rc` has one owner for ever: it
// is private and never cloned, so no other thread can hold its count.
#[allow(unsafe_code)]
unsafe impl Send for SqliteConnection {}

/// Hashes two numbers that nobody outside chooses.
#[derive(Default)]
struct Mix(u64);

impl Hasher for Mix {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.write_usize(usize::from(*byte)));
    }

    fn write_usize(&mut self, number: usize) {
        self.0 = (self.0.rotate_left(5) ^ number as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_right(23);
    }
}

/// The log goes back into the database after so many pages: what changes all the time is written back once for many commits.
const WAL_PAGES: u32 = 4_000;

const KIT: usize = usize::MAX;

impl SqliteConnection {
    pub(super) fn open(options: &SqliteOptions) -> Result<SqliteConnection, Fault> {
        use rusqlite::OpenFlags;
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let framed = options.framed && options.synced;
        let vfs = if framed { Some(frames::over(options.vfs.as_deref())?) } else { options.vfs.clone() };
        let connection = match &vfs {
            Some(vfs) => rusqlite::Connection::open_with_flags_and_vfs(&options.path, flags, vfs.as_str()),
            None => rusqlite::Connection::open_with_flags(&options.path, flags),
        }
        .map_err(|e| Fault::new(format!("cannot open {}", options.path), e))?;
        let pragmas = format!(
            "pragma busy_timeout = 10000; {} pragma journal_mode = wal; pragma synchronous = {}; pragma foreign_keys = off;
             pragma secure_delete = on; pragma cache_size = -{}; pragma temp_store = memory; pragma journal_size_limit = 67108864;
             pragma wal_autocheckpoint = {WAL_PAGES}; pragma cache_spill = {};",
            if options.exclusive { "pragma locking_mode = exclusive;" } else { "" },
            if options.synced { "full" } else { "off" },
            options.cache_kib,
            if framed { "off" } else { "on" },
        );
        connection.execute_batch(&pragmas).map_err(|e| Fault::new("cannot set up the SQLite connection", e))?;
        let current = Arc::new(AtomicUsize::new(KIT));
        let asked = Arc::clone(&current);
        let prefixes: Vec<String> = options.services.iter().map(|service| format!("{service}_")).collect();
        connection
            .authorizer(Some(move |context: AuthContext<'_>| {
                authorize(&context, asked.load(Ordering::Relaxed), &prefixes)
            }))
            .map_err(|e| Fault::new("cannot install the authorizer", e))?;
        connection
            .create_scalar_function(
                "packed_id",
                1,
                FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC,
                |context| {
                    let id = context.get_raw(0).as_str().ok().and_then(packed::pack);
                    id.map_or_else(
                        || context.get::<rusqlite::types::Value>(0),
                        |id| Ok(rusqlite::types::Value::Blob(id)),
                    )
                },
            )
            .map_err(|e| Fault::new("cannot install the function that packs ids", e))?;
        Ok(SqliteConnection { statements: RefCell::default(), connection: Rc::new(connection), current })
    }

    /// Packs the ids in the tables whose names begin with `prefix`: earlier releases kept them as texts.
    pub(super) fn pack_ids(&self, prefix: &str) -> Result<(), Fault> {
        self.current.store(KIT, Ordering::Relaxed);
        let columns = (|| -> rusqlite::Result<Vec<(String, String)>> {
            let mut statement = self.connection.prepare(
                "select t.name, c.name from sqlite_schema t, pragma_table_info(t.name) c
                 where t.type = 'table' and substr(t.name, 1, length(?1)) = ?1 and lower(c.type) = 'text' order by 1, 2",
            )?;
            statement.query_map([prefix], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
        })()
        .map_err(|e| Fault::new("cannot list the columns", e))?;
        for (table, column) in columns {
            self.batch(&format!(
                "update {table} set {column} = packed_id({column}) where typeof(packed_id({column})) <> typeof({column})"
            ))?;
        }
        Ok(())
    }

    /// Runs statements of the kit itself.
    pub(super) fn batch(&self, sql: &str) -> Result<(), Fault> {
        self.current.store(KIT, Ordering::Relaxed);
        self.connection.execute_batch(sql).map_err(|e| Fault::new(sql.to_owned(), e))
    }

    /// A statement of the kit itself that runs often.
    pub(super) fn control(&self, sql: &'static str) -> Result<(), Fault> {
        self.prepared(KIT, sql, 0, str::to_owned, |statement| {
            statement.raw_execute().map(drop).map_err(|e| Fault::new(sql, e))
        })
    }

    /// The number that a question of the kit itself has for an answer.
    pub(super) fn number(&self, sql: &str) -> Result<i64, Fault> {
        self.current.store(KIT, Ordering::Relaxed);
        self.connection.query_row(sql, [], |row| row.get(0)).map_err(|e| Fault::new(sql.to_owned(), e))
    }

    /// Rows inserted, updated and deleted since the connection was opened.
    pub(super) fn total_changes(&self) -> u64 {
        self.connection.total_changes()
    }

    pub(super) fn in_transaction(&self) -> bool {
        !self.connection.is_autocommit()
    }

    /// Runs `run` with the statement that `service` knows as `sql` with short lists of `sizes`, and SQLite as `text`; it is kept, and
    /// prepared only once.
    fn prepared<T>(
        &self,
        service: usize,
        sql: &'static str,
        sizes: Sizes,
        text: impl FnOnce(&'static str) -> String,
        run: impl FnOnce(&mut Statement) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        self.current.store(service, Ordering::Relaxed);
        let key = (service, sql.as_ptr().addr(), sql.len(), sizes);
        // Nobody else finds it while it is in use.
        let idle = self.statements.borrow_mut().remove(&key);
        let mut statement = match idle {
            Some(idle) => idle,
            None => self.prepare(&text(sql)).map_err(|e| Fault::new(sql, e))?,
        };
        let result = run(&mut statement);
        statement.clear_bindings();
        self.statements.borrow_mut().insert(key, statement);
        result
    }

    #[allow(unsafe_code)]
    fn prepare(&self, text: &str) -> rusqlite::Result<Statement> {
        let statement = self.connection.prepare_with_flags(text, PrepFlags::SQLITE_PREPARE_PERSISTENT)?;
        // SAFETY: the connection stands behind an `Rc` and so does not move with `self`, and it ends after `statements`, the only place where statements stay: fields
        // are dropped in their order.
        Ok(unsafe { std::mem::transmute::<rusqlite::Statement<'_>, Statement>(statement) })
    }

    /// Runs `run` with `sql` as `core`'s service asks it, and with what is to be bound to it.
    fn asked<T>(
        &self,
        core: &Core,
        sql: &'static str,
        params: &[Value<'_>],
        run: impl FnOnce(&mut Statement, &[Value<'_>]) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        let (sizes, spread) = dialect::spread(sql, params);
        let text = |sql| dialect::sqlite(sql, sizes, params.len());
        let params = spread.as_deref().unwrap_or(params);
        self.prepared(core.index, sql, sizes, text, |statement| run(statement, params))
    }

    pub(super) fn all<T>(
        &self,
        core: &Core,
        sql: &'static str,
        params: &[Value<'_>],
        mut map: impl FnMut(&Row<'_>) -> Result<T, Fault>,
    ) -> Result<Vec<T>, Fault> {
        self.asked(core, sql, params, |statement, params| {
            let params = params.iter().map(|value| Bound(value, core.codec));
            let mut rows = statement.query(rusqlite::params_from_iter(params)).map_err(|e| Fault::new(sql, e))?;
            let mut out = Vec::new();
            while let Some(row) = rows.next().map_err(|e| Fault::new(sql, e))? {
                out.push(map(&Row(RowRef::Sqlite(row, core.codec)))?);
            }
            Ok(out)
        })
    }

    pub(super) fn exec(&self, core: &Core, sql: &'static str, params: &[Value<'_>]) -> Result<u64, Fault> {
        self.asked(core, sql, params, |statement, params| {
            let params = params.iter().map(|value| Bound(value, core.codec));
            statement
                .execute(rusqlite::params_from_iter(params))
                .map(|rows| rows as u64)
                .map_err(|e| Fault::new(sql, e))
        })
    }
}

/// Makes a file that there is not yet readable for its owner alone: it holds what is known of customers. SQLite gives the files
/// that it makes beside the same rights.
pub(super) fn make_private(path: &str) -> Result<(), Fault> {
    use std::os::unix::fs::OpenOptionsExt;
    let made = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    match made {
        Err(e) if e.kind() != std::io::ErrorKind::AlreadyExists => Err(Fault::new(format!("cannot make {path}"), e)),
        Ok(_) | Err(_) => Ok(()),
    }
}

fn authorize(context: &AuthContext<'_>, service: usize, prefixes: &[String]) -> Authorization {
    let Some(prefix) = prefixes.get(service) else { return Authorization::Allow };
    let table = match &context.action {
        AuthAction::Read { table_name, .. }
        | AuthAction::Insert { table_name }
        | AuthAction::Delete { table_name }
        | AuthAction::Update { table_name, .. } => table_name,
        AuthAction::Select | AuthAction::Function { .. } | AuthAction::Recursive => return Authorization::Allow,
        _ => return Authorization::Deny,
    };
    // `json_each` is the table-valued function behind `each($n)`; common table expressions have no owner.
    let own = table.starts_with(prefix.as_str()) || *table == "json_each" || table.is_empty();
    let foreign = prefixes.iter().any(|other| table.starts_with(other.as_str())) || table.starts_with("sqlite_");
    if own || !foreign { Authorization::Allow } else { Authorization::Deny }
}
