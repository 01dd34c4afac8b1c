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
use crate::testing::samples::rows_of;

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
    // While others write, the rebuild may be of another moment than the tables: then it is made again.
    for _ in 0..20 {
        let (rebuilt, upto) = rebuilt(&app, &service).await?;
        let (present, last) = tables(app.store(), service.fact_tables).await?;
        if upto == last {
            findings.extend(present.difference(&rebuilt).map(|row| format!("not in the journal: {row}")));
            findings.extend(rebuilt.difference(&present).map(|row| format!("in the journal only: {row}")));
            break;
        }
    }
    findings.sort();
    Ok(findings)
}

/// The rows that the journal of a service makes, and its length then.
async fn rebuilt(app: &App, service: &Service) -> Result<(HashSet<String>, i64), Problem> {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let disk = PowerCut::register(&format!("rebuild-{}", COUNT.fetch_add(1, Ordering::Relaxed)));
    let location = disk.location("rebuilt.db");
    let database = Database::open(&location, &[service.schema()], app.runtime(), &Metrics::default())?;
    let into = database.store(service.name);
    let upto = (service.rebuild)(app.store(), &into).await?;
    Ok((tables(&into, service.fact_tables).await?.0, upto))
}

/// The rows of `tables`, each as text, and the journal's length at the same moment.
async fn tables(store: &Store, tables: &'static [&'static str]) -> Result<(HashSet<String>, i64), Problem> {
    store.read(move |reader| Ok((rows_of(reader, tables)?.into_iter().collect(), journal::last(reader)?))).await
}
