//! The server under load: a process of its own on a database of its own, and what it spends.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use kit::store::Location;
use testbed::servers::{Postgres, TempDir};

use super::{LoadArgs, StoreKind};
use crate::Failure;
use testbed::client::Client;

/// A server process and its database.
pub(super) struct Server {
    store: String,
    folder: TempDir,
    postgres: Option<Postgres>,
    process: Option<Child>,
    /// Where it listens.
    pub(super) address: String,
    /// An API key that may do everything.
    pub(super) key: String,
}

/// Counters of a server at one moment.
#[derive(Debug, Clone, Default)]
pub(super) struct Spent {
    /// CPU of the server and its database processes, in ms.
    pub(super) cpu_ms: f64,
    /// CPU of this process, in ms.
    pub(super) client_cpu_ms: f64,
    pub(super) writes: f64,
    pub(super) rows: f64,
    pub(super) commits: f64,
    pub(super) calls: f64,
    /// Writes, calls answered and events heard of each service.
    pub(super) by_service: BTreeMap<String, [f64; 3]>,
}

impl Server {
    /// Starts a server on an empty database.
    pub(super) async fn start(args: &LoadArgs) -> Result<Server, Failure> {
        let folder = TempDir::new("bench")?;
        let postgres = match (args.store, &args.postgres) {
            (StoreKind::Postgres, None) => Some(Postgres::temporary()?),
            _ => None,
        };
        let store = match (args.store, &postgres, &args.postgres) {
            (StoreKind::Sqlite, _, _) => folder.path().join("backroom.db").to_string_lossy().into_owned(),
            (StoreKind::Postgres, Some(postgres), _) => database(postgres.url()).await?,
            (StoreKind::Postgres, None, Some(url)) => database(url.clone()).await?,
            (StoreKind::Postgres, None, None) => return Err("no PostgreSQL".into()),
        };
        let key = admin_key(&store)?;
        let mut server = Server { store, folder, postgres, process: None, address: String::new(), key };
        server.run()?;
        Ok(server)
    }

    /// Starts the process.
    pub(super) fn run(&mut self) -> Result<(), Failure> {
        let log = std::fs::File::create(self.folder.path().join("log"))?;
        let mut process = Command::new(std::env::current_exe()?)
            .args([
                "serve",
                "--store",
                &self.store,
                "--listen",
                "127.0.0.1:0",
                "--rate-limit",
                "0",
                "--log-filter",
                "warn",
            ])
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()?;
        let out = process.stdout.take().ok_or("the server's output is piped")?;
        let mut line = String::new();
        let mut reader = BufReader::new(out);
        while reader.read_line(&mut line)? > 0 {
            if let Some((_, address)) = line.trim().rsplit_once("listening on http://") {
                self.address = address.trim_end_matches('/').to_owned();
                self.process = Some(process);
                return Ok(());
            }
            line.clear();
        }
        let status = process.wait()?;
        Err(format!("the server ended at its start ({status}): {}", self.log()).into())
    }

    /// What the server wrote to its log.
    pub(super) fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    /// Stops the process and waits until it has ended.
    pub(super) fn stop(&mut self) -> Result<(), Failure> {
        if let Some(mut process) = self.process.take() {
            Command::new("kill").args(["-s", "TERM", &process.id().to_string()]).status()?;
            process.wait()?;
        }
        Ok(())
    }

    /// Bytes of the database. The server is not running.
    pub(super) fn size(&self) -> Result<u64, Failure> {
        Ok(kit::store::size_bytes(&Location::parse(&self.store))?)
    }

    /// Lets the database see what it holds, as its own daemon does within a minute.
    pub(super) async fn settle(&self) -> Result<(), Failure> {
        let location = Location::parse(&self.store);
        tokio::task::spawn_blocking(move || kit::store::gather_statistics(&location)).await??;
        Ok(())
    }

    /// What has been spent so far.
    pub(super) async fn spent(&self) -> Result<Spent, Failure> {
        let mut client = Client::connect(&self.address, Some(&self.key)).await?;
        let text = client.text("/metrics").await?;
        let sum = |name: &str| -> f64 {
            text.lines()
                .filter(|line| line.starts_with(name) && !line.starts_with('#'))
                .filter_map(|line| line.rsplit_once(' ')?.1.parse::<f64>().ok())
                .sum()
        };
        let server = self.process.as_ref().map_or(0.0, |process| cpu_ms(process.id()));
        let database = self.postgres.as_ref().map_or(0.0, |postgres| with_children_ms(postgres.pid()));
        Ok(Spent {
            cpu_ms: server + database,
            client_cpu_ms: cpu_ms(std::process::id()),
            writes: sum("backroom_store_writes_total"),
            rows: sum("backroom_store_rows_total"),
            commits: sum("backroom_store_commits_total"),
            calls: sum("backroom_calls_total"),
            by_service: by_service(&text),
        })
    }

    /// Resident memory of the server, in MB.
    pub(super) fn rss_mb(&self) -> f64 {
        self.process.as_ref().map_or(0.0, |process| rss_mb(process.id()))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.stop();
    }
}

/// Writes, calls answered and events heard of each service.
fn by_service(text: &str) -> BTreeMap<String, [f64; 3]> {
    let mut found: BTreeMap<String, [f64; 3]> = BTreeMap::new();
    let families = ["backroom_store_writes_total", "backroom_calls_total", "backroom_events_heard_total"];
    for (n, family) in families.iter().enumerate() {
        for line in text.lines().filter(|line| line.starts_with(family)) {
            let (Some(service), Some((_, value))) = (line.split('"').nth(1), line.rsplit_once(' ')) else { continue };
            found.entry(service.to_owned()).or_default()[n] += value.parse().unwrap_or(0.0);
        }
    }
    found
}

async fn database(server: String) -> Result<String, Failure> {
    let name = format!("backroom_bench_{}", std::process::id());
    Ok(tokio::task::spawn_blocking(move || kit::store::create_database(&server, &name)).await??)
}

fn admin_key(store: &str) -> Result<String, Failure> {
    let output = Command::new(std::env::current_exe()?)
        .args(["key", "create", "--store", store, "--name", "bench", "--grant", "*"])
        .output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned().into());
    }
    let text = String::from_utf8(output.stdout)?;
    text.split_whitespace().last().map(str::to_owned).ok_or_else(|| "no key was printed".into())
}

/// Resident memory of a process, in MB.
pub(super) fn rss_mb(pid: u32) -> f64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmRSS:"));
    let kib = line.and_then(|line| line.split_whitespace().nth(1)?.parse::<f64>().ok());
    kib.unwrap_or(0.0) / 1024.0
}

/// User and system CPU of a process, in ms (ticks of 10 ms).
pub(super) fn cpu_ms(pid: u32) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    fields(&stat).map_or(0.0, |fields| (fields[11] + fields[12]) * 10.0)
}

/// CPU that the calling thread has had, in ms.
pub(super) fn thread_cpu_ms() -> f64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    text.split_whitespace().next().and_then(|ns| ns.parse::<f64>().ok()).unwrap_or(0.0) / 1e6
}

/// The same with all living and waited-for children.
fn with_children_ms(pid: u32) -> f64 {
    let own = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let mut sum = fields(&own).map_or(0.0, |fields| (fields[11] + fields[12] + fields[13] + fields[14]) * 10.0);
    let processes = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    for path in processes.map(|entry| entry.path().join("stat")) {
        let stat = std::fs::read_to_string(&path).unwrap_or_default();
        if let Some(fields) = fields(&stat).filter(|fields| fields[1] == f64::from(pid)) {
            sum += (fields[11] + fields[12]) * 10.0;
        }
    }
    sum
}

/// The numbers behind the process's name; the first (its state) is no number and reads as 0.
fn fields(stat: &str) -> Option<Vec<f64>> {
    let (_, rest) = stat.rsplit_once(')')?;
    let fields: Vec<f64> = rest.split_whitespace().map(|field| field.parse().unwrap_or(0.0)).collect();
    (fields.len() > 15).then_some(fields)
}

/// The machine's load over the last minute.
pub(super) fn load_average() -> f64 {
    let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split_whitespace().next().and_then(|first| first.parse().ok()).unwrap_or(0.0)
}
