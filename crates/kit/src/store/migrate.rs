//! Brings a service's tables up to date when the process starts: each migration once, in order, noted in the service's meta table.

use super::postgres::{self, PostgresConnection};
use super::schema::{self, KitSql, Schema};
use super::sqlite::SqliteConnection;
use super::wire;
use crate::metrics::Metrics;
use crate::problem::Fault;
use crate::runtime::Runtime;

const IDS_PACKED: &str = "migration:kit_ids_packed";

/// Migrates the tables of `schema`, the service number `index`, and returns the journal's epoch.
pub(super) fn sqlite(
    connection: &SqliteConnection,
    schema: &Schema,
    index: usize,
    runtime: &Runtime,
) -> Result<String, Fault> {
    connection.batch(&schema::meta_table(schema.service))?;
    let core = super::core(schema, index, String::new(), runtime, &Metrics::default());
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
    // Only SQLite keeps ids packed; earlier releases did not.
    if get(IDS_PACKED)?.is_none() {
        connection.batch("begin immediate")?;
        connection.pack_ids(&format!("{}_", schema.service))?;
        connection.exec(&core, sql.meta_put, &[IDS_PACKED.into(), "applied".into()])?;
        connection.batch("commit")?;
    }
    if let Some(epoch) = get("epoch")? {
        return Ok(epoch);
    }
    let epoch = format!("{:016x}", runtime.random_u64());
    connection.exec(&core, sql.meta_put, &["epoch".into(), (&epoch).into()])?;
    Ok(epoch)
}

/// The same on PostgreSQL, by a connection that may do everything.
pub(super) fn postgres(
    connection: &mut PostgresConnection,
    schema: &Schema,
    runtime: &Runtime,
) -> Result<String, Fault> {
    let service = schema.service;
    let role = postgres::role(service);
    let sql = KitSql::of(service);
    // A migration may rewrite whole tables, and whoever starts beside it waits for it.
    connection.batch("set statement_timeout = 0; set lock_timeout = 0")?;
    own_role(connection, &role)?;
    connection.batch("begin; select pg_advisory_xact_lock(4711)")?;
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

/// Makes a service's role, which belongs to the whole server: another database's start may be making the same one. Each attempt is a
/// transaction of its own, for one that has once not found the role need never find it.
fn own_role(connection: &mut PostgresConnection, role: &str) -> Result<(), Fault> {
    const ATTEMPTS: usize = 100;
    /// It is not there; it is there; so is its row; the row was changed.
    const RACES: [&str; 4] = ["42704", "42710", "23505", "XX000"];
    let attempt = format!(
        "do $$ begin
           if not exists (select from pg_roles where rolname = '{role}') then
             begin create role {role} nologin; exception when duplicate_object or unique_violation then null; end;
           end if;
           grant {role} to current_user;
         end $$"
    );
    for _ in 1..ATTEMPTS {
        match connection.batch(&attempt) {
            Ok(()) => return Ok(()),
            Err(fault) if wire::refused_as(&fault).is_some_and(|code| RACES.contains(&code)) => {
                connection.batch("select pg_sleep(0.02)")?;
            }
            Err(fault) => return Err(fault),
        }
    }
    connection.batch(&attempt)
}
