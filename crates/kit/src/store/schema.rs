//! The tables that the kit keeps for every service, and the migrations of the service itself.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use super::dialect;

/// One step of a service's schema, applied once and in order. A released migration never changes.
#[derive(Debug, Clone, Copy)]
pub struct Migration {
    /// Unique within the service, e.g. `0001_stock`.
    pub name: &'static str,
    /// Statements of the common subset, separated by `;` at the end of a line.
    pub sql: &'static str,
}

/// What a service keeps in the database.
#[derive(Debug, Clone, Copy)]
pub struct Schema {
    /// The service's name; its tables start with it and an underscore.
    pub service: &'static str,
    /// The service's own tables.
    pub migrations: &'static [Migration],
    /// What its journal's records and documents are compressed with, the last of them from now on. A released one stays.
    pub dictionaries: &'static [&'static [u8]],
}

/// The kit's statements with the service's prefix, made once per service.
#[derive(Debug)]
pub(crate) struct KitSql {
    pub(crate) meta_get: &'static str,
    pub(crate) meta_put: &'static str,
    pub(crate) journal_last: &'static str,
    pub(crate) journal_put: &'static str,
    pub(crate) journal_after: &'static str,
    pub(crate) journal_of: &'static str,
    pub(crate) key_get: &'static str,
    pub(crate) key_put: &'static str,
    pub(crate) key_purge: &'static str,
    pub(crate) key_page: &'static str,
    pub(crate) cursor_get: &'static str,
    pub(crate) cursor_put: &'static str,
    pub(crate) due_put: &'static str,
    pub(crate) due_begin: &'static str,
    pub(crate) due_delete: &'static str,
    pub(crate) due_move: &'static str,
    pub(crate) due_next: &'static str,
    pub(crate) due_claim: &'static str,
    pub(crate) due_get: &'static str,
    pub(crate) person_get: &'static str,
    pub(crate) person_put: &'static str,
    pub(crate) person_forget: &'static str,
    pub(crate) person_after: &'static str,
    pub(crate) blob_get: &'static str,
    pub(crate) blob_put: &'static str,
    pub(crate) trouble_put: &'static str,
    pub(crate) trouble_get: &'static str,
    pub(crate) trouble_list: &'static str,
    pub(crate) trouble_delete: &'static str,
    pub(crate) due_hasten: &'static str,
    pub(crate) source_epoch: &'static str,
    pub(crate) journal_version: &'static str,
}

impl KitSql {
    /// The statements of `service`, the same for ever: they are kept by address.
    pub(crate) fn of(service: &'static str) -> &'static KitSql {
        static ALL: Mutex<BTreeMap<&'static str, &'static KitSql>> = Mutex::new(BTreeMap::new());
        let mut all = ALL.lock().unwrap_or_else(PoisonError::into_inner);
        all.entry(service).or_insert_with(|| Self::new(service))
    }

    fn new(service: &str) -> &'static KitSql {
        let sql =
            |text: &str| -> &'static str { Box::leak(text.replace("S_", &format!("{service}_")).into_boxed_str()) };
        Box::leak(Box::new(KitSql {
            meta_get: sql("select value from S_meta where key = $1"),
            meta_put: sql(
                "insert into S_meta (key, value) values ($1, $2) on conflict (key) do update set value = excluded.value",
            ),
            journal_last: sql("select coalesce(max(seq), 0) from S_journal"),
            journal_put: sql("insert into S_journal (seq, at, entity, version, record) values ($1, $2, $3, $4, $5)"),
            journal_after: sql(
                "select seq, at, entity, version, record from S_journal where seq > $1 order by seq limit $2",
            ),
            journal_of: sql(
                "select seq, at, entity, version, record from S_journal where entity = $1 and version > $2 order by version limit $3",
            ),
            key_get: sql("select digest, outcome from S_request_keys where key = $1"),
            key_put: sql("insert into S_request_keys (key, digest, outcome, at) values ($1, $2, $3, $4)"),
            key_purge: sql("delete from S_request_keys where key in each($1) and at < $2"),
            key_page: sql("select key, at from S_request_keys where key > $1 order by key limit $2"),
            cursor_get: sql("select epoch, seq from S_cursors where source = $1"),
            cursor_put: sql(
                "insert into S_cursors (source, epoch, seq) values ($1, $2, $3) on conflict (source) do update set epoch = excluded.epoch, seq = excluded.seq",
            ),
            due_put: sql(
                "insert into S_due (id, kind, entity, due_at, attempt, body) values ($1, $2, $3, $4, 0, $5) on conflict (id) do update set due_at = excluded.due_at, attempt = 0, body = excluded.body",
            ),
            due_begin: sql(
                "insert into S_due (id, kind, entity, due_at, attempt, body) values ($1, $2, $3, $4, 1, $5) on conflict (id) do update set due_at = excluded.due_at, attempt = 1, body = excluded.body",
            ),
            due_delete: sql("delete from S_due where id = $1"),
            due_move: sql("update S_due set due_at = $2, attempt = 0 where id = $1"),
            due_next: sql("select id, kind, entity, due_at, attempt, body from S_due order by due_at, id limit $1"),
            due_claim: sql("update S_due set due_at = $2, attempt = attempt + 1 where id = $1 and due_at = $3"),
            due_get: sql("select id, kind, entity, due_at, attempt, body from S_due where id = $1"),
            person_get: sql("select key from S_person_keys where person = $1"),
            person_put: sql("insert into S_person_keys (person, key) values ($1, $2) on conflict (person) do nothing"),
            person_forget: sql(
                "insert into S_person_keys (person, key) values ($1, $2) on conflict (person) do update set key = excluded.key",
            ),
            person_after: sql("select person, key from S_person_keys where person > $1 order by person limit $2"),
            blob_get: sql("select body from S_blobs where hash = $1"),
            blob_put: sql("insert into S_blobs (hash, body) values ($1, $2) on conflict (hash) do nothing"),
            trouble_put: sql(
                "insert into S_troubles (id, what, name, source, seq, entity, error, attempts, since, last_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9) on conflict (id) do update set since = case when S_troubles.seq = excluded.seq then S_troubles.since else excluded.since end, name = excluded.name, seq = excluded.seq, error = excluded.error, attempts = excluded.attempts, last_at = excluded.last_at",
            ),
            trouble_get: sql(
                "select id, what, name, source, seq, entity, error, attempts, since, last_at from S_troubles where id = $1",
            ),
            // A job's id here is `job:` and its id there. A job's row stays behind when the job was done on another way.
            trouble_list: sql(
                "select id, what, name, source, seq, entity, error, attempts, since, last_at from S_troubles t where what = 'event' or exists (select 1 from S_due d where d.id = substr(t.id, 5)) order by since, id limit $1",
            ),
            trouble_delete: sql("delete from S_troubles where id = $1"),
            due_hasten: sql("update S_due set due_at = $2 where id = $1"),
            source_epoch: sql("select epoch from S_cursors where source = $1"),
            journal_version: sql("select coalesce(max(version), 0) from S_journal where entity = $1"),
        }))
    }
}

const KIT: &[Migration] = &[Migration {
    name: "kit_0001",
    sql: "
create table S_journal (
  seq bigint primary key, at bigint not null, kind text not null, entity text not null, version bigint not null,
  actor text not null, cause text not null, body text not null, unique (entity, version));
create table S_request_keys (
  key text primary key, digest bigint not null, outcome text not null, at bigint not null) without rowid;
create table S_cursors (source text primary key, epoch text not null, seq bigint not null) without rowid;
create table S_due (
  id text primary key, kind text not null, entity text not null, due_at bigint not null, attempt bigint not null,
  body text not null) without rowid;
create index S_due_at on S_due (due_at, id);
create table S_person_keys (person text primary key, key blob not null) without rowid;
create table S_blobs (hash text primary key, body blob not null);
",
}, Migration {
    name: "kit_0002",
    sql: "
create table S_troubles (
  id text primary key, what text not null, name text not null, source text not null, seq bigint not null, entity text not null,
  error text not null, attempts bigint not null, since bigint not null, last_at bigint not null) without rowid;
",
}, Migration {
    name: "kit_0003",
    sql: "
create table S_journal_records (
  seq bigint primary key, at bigint not null, entity text not null, version bigint not null, record blob not null,
  unique (entity, version));
insert into S_journal_records (seq, at, entity, version, record)
  select seq, at, entity, version, bytes_of['0' || kind || '\n' || actor || '\n' || cause || '\n' || body] from S_journal order by seq;
drop table S_journal;
alter table S_journal_records rename to S_journal;
",
}];

/// The statements that create the table in which a service notes its migrations, epoch and settings.
pub(super) fn meta_table(service: &str) -> String {
    format!("create table if not exists {service}_meta (key text primary key, value text not null)")
}

/// Every migration of `schema`, the kit's first: (name, statements in the database's dialect).
pub(super) fn migrations(schema: &Schema, postgres: bool) -> Vec<(String, Vec<String>)> {
    let prefix = format!("{}_", schema.service);
    let translate = |sql: &str| if postgres { dialect::postgres_schema(sql) } else { dialect::sqlite_schema(sql) };
    KIT.iter()
        .map(|migration| (migration.name, migration.sql.replace("S_", &prefix)))
        .chain(schema.migrations.iter().map(|migration| (migration.name, migration.sql.to_owned())))
        .map(|(name, sql)| {
            let statements =
                sql.split(";\n").map(str::trim).filter(|statement| !statement.is_empty()).map(translate).collect();
            (format!("migration:{name}"), statements)
        })
        .collect()
}
