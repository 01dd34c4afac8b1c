//! How long the demo's retailer takes to be made, how long a start on existing data takes, and what an idle server holds in memory.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use clap::Args;
use serde_json::{Value, json};
use testbed::servers::TempDir;

use super::server::{cpu_ms, load_average, rss_mb};
use super::{quantile, rounded};
use crate::Failure;

/// What `bench ready` takes.
#[derive(Args)]
pub(crate) struct ReadyArgs {
    /// Starts to measure; the median is told.
    #[arg(long, default_value_t = 5)]
    starts: usize,
    /// Prints one JSON object.
    #[arg(long)]
    pub(crate) json: bool,
}

/// Makes the demo's data in a temporary folder of its own, then starts on them again and again.
pub(crate) async fn run(args: &ReadyArgs) -> Result<Value, Failure> {
    let folder = TempDir::new("ready")?;
    let seeding = Demo::start(folder.path())?;
    let (seeded_s, seeded_cpu_s) = (seeding.ready_ms / 1000.0, cpu_ms(seeding.process.id()) / 1000.0);
    drop(seeding);
    let mut times = Vec::new();
    let mut last = None;
    for _ in 0..args.starts.max(1) {
        drop(last.take());
        let demo = Demo::start(folder.path())?;
        times.push(demo.ready_ms);
        last = Some(demo);
    }
    times.sort_by(f64::total_cmp);
    // What the start took for itself is given back before it is measured.
    tokio::time::sleep(Duration::from_secs(3)).await;
    let idle = last.map_or(0.0, |demo| rss_mb(demo.process.id()));
    Ok(json!({
        "seeded_s": rounded(seeded_s, 1),
        "seeded_cpu_s": rounded(seeded_cpu_s, 1),
        "ready_ms": rounded(quantile(&times, 0.5), 1),
        "idle_rss_mb": rounded(idle, 1),
        "load_avg": load_average(),
    }))
}

/// The demo as a process of its own.
struct Demo {
    process: Child,
    /// Kept open: what it prints later must go somewhere.
    _out: BufReader<ChildStdout>,
    /// From its start until it answers.
    ready_ms: f64,
}

impl Demo {
    fn start(folder: &Path) -> Result<Demo, Failure> {
        let started = Instant::now();
        let mut process = Command::new(std::env::current_exe()?)
            .args(["demo", "--listen", "127.0.0.1:0", "--data"])
            .arg(folder.join("demo"))
            .stdout(Stdio::piped())
            .spawn()?;
        let mut out = BufReader::new(process.stdout.take().ok_or("the demo's output is piped")?);
        let mut line = String::new();
        while out.read_line(&mut line)? > 0 {
            if line.contains("listening on http://") {
                let ready_ms = started.elapsed().as_secs_f64() * 1000.0;
                return Ok(Demo { process, _out: out, ready_ms });
            }
            line.clear();
        }
        Err(format!("the demo ended at its start ({})", process.wait()?).into())
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        let _ = Command::new("kill").args(["-s", "TERM", &self.process.id().to_string()]).status();
        let _ = self.process.wait();
    }
}
