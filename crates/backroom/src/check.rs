//! `backroom check`: whether the data are consistent in themselves. It reads only.

use std::path::PathBuf;

use clap::Args;
use kit::call::Caller;
use kit::http::App;
use kit::journal;
use kit::metrics::Metrics;
use kit::problem::Problem;
use kit::runtime::Runtime;
use kit::store::{Database, Schema, Store};

use crate::{Failure, serve, services};

/// Journal rows looked at in one read.
const STRETCH: i64 = 1_000;

/// What `check` takes.
#[derive(Args)]
pub(crate) struct CheckArgs {
    /// Where the data are: a file, or postgres://user@host:port/database.
    #[arg(long, env = "BACKROOM_STORE")]
    store: String,
    /// Which services' data are there, separated by commas, or all.
    #[arg(long, default_value = "all")]
    services: String,
    /// The file in which the built-in test provider keeps its books: payments are held against them.
    #[arg(long)]
    test_provider: Option<PathBuf>,
}

/// Runs `check`.
pub(crate) fn run(args: &CheckArgs) -> Result<(), Failure> {
    crate::tokio(1)?.block_on(async {
        let location = serve::location(&args.store)?;
        let (runtime, metrics) = (Runtime::real(), Metrics::default());
        let chosen = services::chosen(&args.services)?;
        let schemas: Vec<Schema> = chosen.iter().map(kit::service::Service::schema).collect();
        let database = Database::open(&location, &schemas, &runtime, &metrics)?;
        let providers = serve::providers(args.test_provider.as_deref(), &runtime)?;
        let caller = Caller::new(runtime.clone(), metrics.clone(), None);
        let mut wrong = 0;
        for service in chosen {
            let store = database.store(service.name);
            let mut findings = journal(&store).await?;
            let app = App::new(store, caller.clone(), runtime.clone(), metrics.clone(), providers.clone());
            findings.extend((service.check)(&app).await?);
            for finding in &findings {
                println!("{}: {finding}", service.name);
            }
            wrong += findings.len();
        }
        database.close().await;
        if wrong == 0 { Ok(()) } else { Err(format!("{wrong} findings").into()) }
    })
}

/// The journal has no gaps, and each thing's versions count up from 1.
async fn journal(store: &Store) -> Result<Vec<String>, Problem> {
    let mut findings = Vec::new();
    let mut versions = std::collections::HashMap::new();
    let mut seq = 0;
    loop {
        let rows = store.read(move |reader| Ok(journal::after(reader, seq, STRETCH)?)).await?;
        if rows.is_empty() {
            return Ok(findings);
        }
        for row in rows {
            if row.seq != seq + 1 {
                findings.push(format!("the journal goes from {seq} to {}", row.seq));
            }
            seq = row.seq;
            let version = versions.entry(row.entity).or_insert(0);
            if row.version != *version + 1 {
                findings.push(format!("event {seq} makes version {} of something at version {version}", row.version));
            }
            *version = row.version;
        }
    }
}
