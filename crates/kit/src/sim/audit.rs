//! What holds of a service at every moment, looked at from outside.

use std::collections::HashSet;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::http::App;
use crate::journal;
use crate::metrics::Metrics;
use crate::powercut::PowerCut;
use crate::problem::Problem;
use crate::service::Service;
use crate::store::{Database, Store};
use crate::testing::samples::table_rows;

/// Everything that is wrong with the tables of `service`, in words: what its own check finds, gaps in the journal, and rows that
/// differ from what a rebuild out of the journal makes. Empty when all is well.
///
/// # Errors
/// A fault of the database, or of an event that is not readable.
pub async fn audit(app: App, service: Service) -> Result<Vec<String>, Problem> {
    let mut findings = (service.check)(&app).await?;
    let rows = app.read(|reader| Ok(journal::after(reader, 0, i64::MAX)?)).await?;
    if !rows.iter().map(|row| row.seq).eq(1..=rows.len() as i64) {
        findings.push("the journal has gaps".to_owned());
    }
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let disk = PowerCut::register(&format!("rebuild-{}", COUNT.fetch_add(1, Ordering::Relaxed)));
    let location = disk.location("rebuilt.db");
    let rebuilt = Database::open(&location, &[service.schema()], app.runtime(), &Metrics::default())?;
    let into = rebuilt.store(service.name);
    (service.rebuild)(app.store(), &into).await?;
    let here = tables(app.store(), service.fact_tables).await?;
    let there = tables(&into, service.fact_tables).await?;
    findings.extend(here.difference(&there).map(|row| format!("not in the journal: {row}")));
    findings.extend(there.difference(&here).map(|row| format!("in the journal only: {row}")));
    findings.sort();
    Ok(findings)
}

async fn tables(store: &Store, tables: &'static [&'static str]) -> Result<HashSet<String>, Problem> {
    Ok(table_rows(store, tables).await?.into_iter().collect())
}
