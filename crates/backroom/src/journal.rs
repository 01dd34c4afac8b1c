//! `backroom journal`: what was recorded, as lines that people and their tools can read. It reads only.

use std::io::Write;
use std::path::PathBuf;

use clap::Args;
use kit::journal::{self, JournalRow};
use kit::metrics::Metrics;
use kit::problem::Problem;
use kit::runtime::Runtime;
use kit::store::{Database, Store};
use serde::Serialize;
use serde_json::value::RawValue;

use crate::{Failure, serve, services};

/// Journal rows looked at in one read.
const STRETCH: i64 = 1_000;
/// A row longer than this, a file that was deployed, would fill a dictionary alone.
const LONGEST_SAMPLE: usize = 8_192;

/// What `journal` takes.
#[derive(Args)]
pub(crate) struct JournalArgs {
    /// Where the data are: a file, or postgres://user@host:port/database.
    #[arg(long, env = "BACKROOM_STORE")]
    store: String,
    /// Which services' journals, separated by commas, or all.
    #[arg(long, default_value = "all")]
    services: String,
    /// Only what happened to the thing with this id.
    #[arg(long)]
    entity: Option<String>,
    /// Only what comes after this position; after this version of the thing where one is named.
    #[arg(long, default_value_t = 0)]
    after: i64,
    /// At most so many events of each service.
    #[arg(long, default_value_t = i64::MAX)]
    limit: i64,
}

/// What `dictionary` takes.
#[derive(Args)]
pub(crate) struct DictionaryArgs {
    /// Where the journal is: a file, or postgres://user@host:port/database.
    #[arg(long, env = "BACKROOM_STORE")]
    store: String,
    /// Whose journal.
    #[arg(long)]
    service: String,
    /// Bytes of the dictionary at most.
    #[arg(long, default_value_t = 4_096)]
    size: usize,
    /// Rows to learn from, the last ones.
    #[arg(long, default_value_t = 20_000)]
    rows: usize,
    /// The file that is written.
    #[arg(long)]
    out: PathBuf,
}

#[derive(Serialize)]
struct Line<'a> {
    service: &'a str,
    seq: i64,
    at: String,
    kind: &'a str,
    entity: &'a str,
    version: i64,
    actor: &'a str,
    cause: &'a str,
    body: &'a RawValue,
}

/// Runs `journal`.
pub(crate) fn run(args: &JournalArgs) -> Result<(), Failure> {
    crate::tokio(1)?.block_on(async {
        let (database, stores) = open(&args.store, &args.services)?;
        let mut out = std::io::BufWriter::new(std::io::stdout().lock());
        for store in &stores {
            let (mut seq, mut left) = (args.after, args.limit);
            loop {
                let rows = match &args.entity {
                    Some(entity) => of_entity(store, entity.clone(), seq).await?,
                    None => after(store, seq).await?,
                };
                let Some(last) = rows.last().map(|row| if args.entity.is_some() { row.version } else { row.seq })
                else {
                    break;
                };
                seq = last;
                for row in rows.iter().take(usize::try_from(left).unwrap_or(usize::MAX)) {
                    print(store, row, &mut out)?;
                }
                left -= i64::try_from(rows.len())?;
                if left <= 0 {
                    break;
                }
            }
        }
        out.flush()?;
        drop(stores);
        database.close().await;
        Ok(())
    })
}

/// Runs `dictionary`.
pub(crate) fn dictionary(args: &DictionaryArgs) -> Result<(), Failure> {
    crate::tokio(1)?.block_on(async {
        let (database, stores) = open(&args.store, &args.service)?;
        let [store] = stores.as_slice() else { return Err("a dictionary belongs to one service".into()) };
        let end = store.read(|reader| Ok(journal::last(reader)?)).await?;
        let mut seq = (end - i64::try_from(args.rows)?).max(0);
        let mut samples = Vec::new();
        loop {
            let rows = after(store, seq).await?;
            let Some(last) = rows.last() else { break };
            seq = last.seq;
            samples.extend(rows.into_iter().filter(|row| row.body.len() <= LONGEST_SAMPLE));
        }
        std::fs::write(&args.out, journal::dictionary(&samples, args.size)?)?;
        drop(stores);
        database.close().await;
        Ok(())
    })
}

fn open(store: &str, chosen: &str) -> Result<(Database, Vec<Store>), Failure> {
    let services = services::chosen(chosen)?;
    let schemas: Vec<_> = services.iter().map(kit::service::Service::schema).collect();
    let database = Database::open(&serve::location(store)?, &schemas, &Runtime::real(), &Metrics::default())?;
    let stores = services.iter().map(|service| database.store(service.name)).collect();
    Ok((database, stores))
}

async fn after(store: &Store, seq: i64) -> Result<Vec<JournalRow>, Problem> {
    store.read(move |reader| Ok(journal::after(reader, seq, STRETCH)?)).await
}

async fn of_entity(store: &Store, entity: String, version: i64) -> Result<Vec<JournalRow>, Problem> {
    store.read(move |reader| Ok(journal::history(reader, &entity, version, STRETCH)?)).await
}

fn print(store: &Store, row: &JournalRow, out: &mut impl Write) -> Result<(), Failure> {
    let line = Line {
        service: store.service(),
        seq: row.seq,
        at: row.at.to_string(),
        kind: &row.kind,
        entity: &row.entity,
        version: row.version,
        actor: &row.actor,
        cause: &row.cause,
        body: serde_json::from_str(&row.body)?,
    };
    serde_json::to_writer(&mut *out, &line)?;
    out.write_all(b"\n")?;
    Ok(())
}
