//! Where the data are, and what is asked of a whole database rather than of a service's tables.

use std::sync::Arc;

use super::postgres::PostgresConnection;
use super::sqlite::{SqliteConnection, SqliteOptions};
use crate::problem::Fault;

/// Connections to PostgreSQL that a process may have unless it is told otherwise: one for each lane, the others for reading.
pub const CONNECTIONS: usize = 40;

/// Where the data are.
#[derive(Debug, Clone)]
pub enum Location {
    /// A SQLite file.
    Sqlite {
        /// The file's path.
        path: String,
        /// The name of a registered SQLite VFS; the system's own when absent.
        vfs: Option<String>,
        /// Whether a write is on the disk before it is acknowledged.
        synced: bool,
    },
    /// A PostgreSQL database.
    Postgres {
        /// `postgres://user@host:port/database`, or by a socket of this machine `postgres://user@/database?host=/folder&port=port`.
        url: String,
        /// Connections of this process at most: one for each lane, at least one and at most four for each service to read by.
        connections: usize,
    },
}

impl Location {
    /// Reads `postgres://…`, `sqlite:PATH` or a plain path.
    #[must_use]
    pub fn parse(text: &str) -> Location {
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            return Location::Postgres { url: text.to_owned(), connections: CONNECTIONS };
        }
        let path = text.strip_prefix("sqlite:").map_or(text, |path| path.trim_start_matches("//"));
        Location::Sqlite { path: path.to_owned(), vfs: None, synced: true }
    }

    /// The same place, written without waiting for the disk: only for data that are made anew when making them was cut short.
    #[must_use]
    pub fn unsynced(self) -> Location {
        match self {
            Location::Sqlite { path, vfs, .. } => Location::Sqlite { path, vfs, synced: false },
            Location::Postgres { url, connections } => {
                let sign = if url.contains('?') { '&' } else { '?' };
                Location::Postgres { url: format!("{url}{sign}options=-c%20synchronous_commit%3Doff"), connections }
            }
        }
    }

    /// The same place, reached by at most `most` connections of this process. A SQLite file knows no bound.
    #[must_use]
    pub fn with_connections(mut self, most: usize) -> Location {
        if let Location::Postgres { connections, .. } = &mut self {
            *connections = most;
        }
        self
    }
}

/// Creates the database `name` on the PostgreSQL server at `server` and returns its address.
///
/// # Errors
/// A fault when the server refuses.
pub fn create_database(server: &str, name: &str) -> Result<String, Fault> {
    std::thread::scope(|scope| {
        let created = scope.spawn(|| {
            let mut connection = PostgresConnection::open(server, None)?;
            connection.batch(&format!("create database {name} template template0 encoding 'UTF8'"))
        });
        created.join().expect("creating a database does not panic")
    })?;
    let (place, options) = server.split_at(server.find('?').unwrap_or(server.len()));
    let (base, _) = place.rsplit_once('/').ok_or_else(|| Fault::msg("the server's address ends in a database"))?;
    Ok(format!("{base}/{name}{options}"))
}

/// Lets PostgreSQL count what its tables hold, after many rows came at once: until then it plans as if they were empty. SQLite plans
/// without counting.
///
/// # Errors
/// A fault of the database.
pub fn gather_statistics(location: &Location) -> Result<(), Fault> {
    let Location::Postgres { url, .. } = location else { return Ok(()) };
    std::thread::scope(|scope| {
        let gathered = scope.spawn(|| PostgresConnection::open(url, None)?.batch("set statement_timeout = 0; analyze"));
        gathered.join().expect("gathering statistics does not panic")
    })
}

/// The bytes that the data take, pages in use only. Nobody else has the database open.
///
/// # Errors
/// A fault of the database.
pub fn size_bytes(location: &Location) -> Result<u64, Fault> {
    let bytes = match location {
        Location::Sqlite { path, vfs, synced } => {
            let (path, vfs, services) = (path.clone(), vfs.clone(), Arc::from([]));
            let (exclusive, framed) = (true, false);
            let options = SqliteOptions { path, vfs, synced: *synced, exclusive, framed, services, cache_kib: 1024 };
            let connection = SqliteConnection::open(&options)?;
            connection.number(
                "select (select page_count from pragma_page_count()) * (select page_size from pragma_page_size())
                   - (select freelist_count from pragma_freelist_count()) * (select page_size from pragma_page_size())",
            )?
        }
        Location::Postgres { url, .. } => std::thread::scope(|scope| {
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
