//! `backroom import`: data from elsewhere, through the services' own bulk requests, in this process.

mod complete_journey;
mod files;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use clap::{Args, Subcommand};
use futures_util::{TryStreamExt, stream};
use kit::auth::{ACTOR_HEADER, Actor};
use kit::call::Raw;
use kit::http::KEY_HEADER;
use kit::metrics::Metrics;
use kit::runtime::Runtime;
use kit::service::{Running, Setup};
use serde_json::Value;

use crate::{Failure, serve, services};

pub(crate) use files::SalesColumns;

/// Rows of a request.
const BULK: usize = 500;
/// Requests under way at once: what waits together is committed together, and touches a page once.
const ABREAST: usize = 64;
/// How long a request may take.
const DEADLINE: Duration = Duration::from_secs(60);

/// How often a part is handed in that a service had no time for, or whose outcome nobody told: by its key it is the same request.
const TRIES: u32 = 10;
/// A part is handed in again after so long.
const LATER: Duration = Duration::from_secs(2);

/// What can be imported.
#[derive(Subcommand)]
pub(crate) enum ImportCommand {
    /// The public Complete Journey data, as `cargo xtask data` leaves them.
    CompleteJourney(CompleteJourneyArgs),
}

/// What `import complete-journey` takes.
#[derive(Args)]
pub(crate) struct CompleteJourneyArgs {
    /// The folder with the converted data.
    #[arg(long, default_value = "data/complete-journey")]
    data: PathBuf,
    /// Where the data go: a file, or postgres://user@host:port/database. No server may run on a file at the same time.
    #[arg(long, env = "BACKROOM_STORE")]
    store: String,
    /// Leaves the sales history out.
    #[arg(long)]
    no_history: bool,
}

/// Runs `import`.
pub(crate) fn run(command: &ImportCommand) -> Result<(), Failure> {
    let ImportCommand::CompleteJourney(args) = command;
    crate::tokio(2)?.block_on(async {
        let runtime = Runtime::real();
        let location = serve::location(&args.store)?;
        let setup = Setup {
            location: location.clone(),
            providers: serve::providers(None, &runtime)?,
            runtime,
            metrics: Metrics::default(),
            remote: None,
            remote_source: None,
        };
        let desk = Desk { running: Running::start(&services::all(), setup)?, asked: AtomicUsize::new(0) };
        let done = complete_journey::load(&desk, &args.data, args.no_history).await;
        desk.running.close().await;
        done?;
        Ok(kit::store::gather_statistics(&location)?)
    })
}

/// The products' ids, by their lines in the data.
pub(crate) fn product_ids(folder: &Path) -> Result<Vec<String>, Failure> {
    Ok(files::products(folder)?.iter().map(|product| product.id.to_string()).collect())
}

/// What the data call the households, by their lines.
pub(crate) fn households(folder: &Path) -> Result<Vec<u32>, Failure> {
    files::numbers(folder, "households.tsv")
}

/// Where requests are handed in: the services of this process.
struct Desk {
    running: Running,
    asked: AtomicUsize,
}

impl Desk {
    fn actor(&self) -> Actor {
        Actor::service("import", format!("import-{}", self.asked.fetch_add(1, Ordering::Relaxed)))
    }

    /// Asks and gives the answer's body; the status where it is a refusal.
    async fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &Value) -> Result<Value, Failure> {
        match self.try_ask(method, path, headers, body).await? {
            (200..300, body) => Ok(body),
            (status, body) => Err(format!("{method} {path} was answered {status}: {body}").into()),
        }
    }

    async fn try_ask(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &Value,
    ) -> Result<(u16, Value), Failure> {
        let service = path.split(['/', '?']).nth(2).unwrap_or_default();
        let mut request = Raw::new(if body.is_null() { Vec::new().into() } else { serde_json::to_vec(body)?.into() });
        *request.method_mut() = method.parse()?;
        *request.uri_mut() = path.parse()?;
        let mut put = |name: &'static str, value: &str| -> Result<(), Failure> {
            request.headers_mut().insert(name, value.parse()?);
            Ok(())
        };
        put("content-type", "application/json")?;
        put(ACTOR_HEADER, &self.actor().header())?;
        for (name, value) in headers {
            let name = if *name == KEY_HEADER { KEY_HEADER } else { "if-match" };
            put(name, value)?;
        }
        match self.running.caller().send(service, request, DEADLINE).await {
            Ok(reply) => Ok((reply.status().as_u16(), serde_json::from_slice(reply.body()).unwrap_or(Value::Null))),
            Err(problem) => Ok((problem.status, serde_json::to_value(&problem)?)),
        }
    }

    /// Asks until the outcome is known.
    async fn ask_keyed(&self, method: &str, path: &str, key: &str, body: &Value) -> Result<(), Failure> {
        let runtime = Runtime::real();
        let headers = [(KEY_HEADER, key)];
        let mut tries = 1;
        loop {
            match self.try_ask(method, path, &headers, body).await? {
                (200..300, _) => return Ok(()),
                (503 | 504, _) if tries < TRIES => runtime.sleep(LATER).await,
                (status, answer) => return Err(format!("{method} {path} was answered {status}: {answer}").into()),
            }
            tries += 1;
        }
    }

    /// Hands `rows` in, [`BULK`] at a time; `body` makes a request's body of them.
    async fn bulk<T>(&self, method: &str, path: &str, rows: &[T], body: impl Fn(&[T]) -> Value) -> Result<(), Failure> {
        self.parts(method, path, rows.chunks(BULK), body).await
    }

    /// Hands each of `parts` in; `body` makes a request's body of it.
    async fn parts<'a, T: 'a>(
        &self,
        method: &str,
        path: &str,
        parts: impl Iterator<Item = &'a [T]>,
        body: impl Fn(&[T]) -> Value,
    ) -> Result<(), Failure> {
        let body = &body;
        stream::iter(parts.enumerate().map(Ok::<_, Failure>))
            .try_for_each_concurrent(ABREAST, |(number, rows)| async move {
                let part = body(rows);
                let key = format!("complete-journey:{number}:{:016x}", digest(part.to_string().as_bytes()));
                self.ask_keyed(method, path, &key, &part).await
            })
            .await
    }

    /// Does `work` and tells how long it took.
    async fn step<T>(&self, what: &str, work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
        let runtime = Runtime::real();
        let done = work.await?;
        println!("{what}: {:.1} s", runtime.monotonic().as_secs_f64());
        Ok(done)
    }
}

/// FNV-1a: tells one part of the data from another, so that the same part again is the same request.
fn digest(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}
