//! A shelf from a file in the format `planogram-yardstick/1`.

use std::path::PathBuf;

use clap::Args;
use rustix::time::{ClockId, clock_gettime};
use serde_json::{Value, json};
use shelf::{Instance, Limits, check, optimise};

use super::rounded;
use crate::Failure;

/// What `bench shelf` takes.
#[derive(Args)]
pub(crate) struct ShelfArgs {
    /// The instance: shelves, products, rules.
    instance: PathBuf,
    /// CPU milliseconds to look.
    #[arg(long, default_value_t = 1000.0)]
    ms: f64,
    /// Where the filled shelf is written.
    #[arg(long)]
    out: Option<PathBuf>,
    /// Where chance begins.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Prints one JSON object.
    #[arg(long)]
    pub(crate) json: bool,
}

/// Fills the shelf and says how well.
pub(crate) fn run(args: &ShelfArgs) -> Result<Value, Failure> {
    let instance: Instance = serde_json::from_slice(&std::fs::read(&args.instance)?)?;
    let begin = cpu_ms();
    let clock = || cpu_ms() - begin;
    let limits = Limits { ms: args.ms, clock: &clock, seed: args.seed, start: None, progress: None };
    let answer = optimise(&instance, &limits).map_err(|refused| refused.to_string())?;
    let ms = clock();
    let checked = check(&instance, &answer.solution);
    if let Some(out) = &args.out {
        std::fs::write(out, serde_json::to_vec(&answer.solution)?)?;
    }
    Ok(json!({
        "objective": rounded(checked.objective, 6),
        "bound": rounded(answer.bound, 6),
        "quality": rounded(checked.objective / answer.bound, 6),
        "ms": rounded(ms, 1),
        "violations": checked.violations,
    }))
}

/// CPU time of this thread in ms.
fn cpu_ms() -> f64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec as f64 * 1e3 + time.tv_nsec as f64 / 1e6
}
