//! Comparing tables with what a rebuild from the journal makes of them.

use std::collections::HashSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::metrics::Metrics;
use crate::powercut::PowerCut;
use crate::problem::{Fault, Problem};
use crate::runtime::Runtime;
use crate::service::Service;
use crate::store::{Database, Schema, Store};

/// The rows of `tables`, each as text, sorted by table and content.
///
/// # Errors
/// A fault of the database.
pub async fn tables(store: &Store, tables: &[&'static str]) -> Result<Vec<String>, Problem> {
    let tables = tables.to_vec();
    store
        .read(move |reader| {
            let mut rows = Vec::new();
            for table in tables {
                let sql = statement(table);
                rows.extend(reader.all(sql, &[], |row| Ok(format!("{table}: {}", row.text())))?);
            }
            rows.sort();
            Ok(rows)
        })
        .await
}

/// An empty database with the schema of `service`, to rebuild into. It lives in memory as long as the returned disk.
///
/// # Errors
/// A fault when a migration fails.
pub fn empty(service: &Service, runtime: &Runtime) -> Result<(PowerCut, Database), Fault> {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let disk = PowerCut::register(&format!("rebuild-{}", COUNT.fetch_add(1, Ordering::Relaxed)));
    let schema = Schema { service: service.name, migrations: service.migrations };
    let database = Database::open(&disk.location("rebuilt.db"), &[schema], runtime, &Metrics::default())?;
    Ok((disk, database))
}

/// Statements are kept by address, so the text lives for ever, once per table.
fn statement(table: &str) -> &'static str {
    static ALL: Mutex<Option<HashSet<&'static str>>> = Mutex::new(None);
    let text = format!("select * from {table}");
    let mut all = ALL.lock().unwrap_or_else(PoisonError::into_inner);
    let all = all.get_or_insert_default();
    if let Some(known) = all.get(text.as_str()) {
        return known;
    }
    let leaked: &'static str = Box::leak(text.into_boxed_str());
    all.insert(leaked);
    leaked
}
