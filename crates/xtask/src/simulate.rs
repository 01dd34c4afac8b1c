//! `cargo xtask sim` and `soak`: the simulation over many seeds. A failing seed is printed and replays exactly.

use std::time::{Duration, Instant, SystemTime};

use crate::args::Args;
use testbed::run;

/// Runs `cargo xtask sim`: one batch of seeds.
pub(crate) fn sim(words: &[String]) -> Result<(), String> {
    let args = Args::parse(words, &[], &["--seeds", "--from", "--steps"])?;
    let seeds = args.number("--seeds")?.unwrap_or(200);
    batch(seeds, args.number("--from")?.unwrap_or(1), args.number("--steps")?)
}

/// Runs `cargo xtask soak`: batches of seeds nobody has tried, until the time is over or one fails.
pub(crate) fn soak(words: &[String]) -> Result<(), String> {
    let args = Args::parse(words, &[], &["--minutes", "--steps"])?;
    let minutes = args.number("--minutes")?.unwrap_or(30);
    let steps = args.number("--steps")?;
    let begin = Instant::now();
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_err(|e| e.to_string())?;
    let mut from = now.as_secs() * 1_000;
    let mut tried = 0;
    while begin.elapsed() < Duration::from_secs(minutes * 60) {
        batch(200, from, steps)?;
        from += 200;
        tried += 200;
        println!("{tried} seeds, {} s", begin.elapsed().as_secs());
    }
    Ok(())
}

fn batch(seeds: u64, from: u64, steps: Option<u64>) -> Result<(), String> {
    let mut command = run::cargo();
    // The test is ignored by default: CI runs its small sibling.
    command.args(["test", "--package", "backroom", "--release", "--test", "it", "--", "sim_soak"]);
    command.args(["--include-ignored", "--nocapture"]);
    command.env("BACKROOM_SIM_SEEDS", seeds.to_string()).env("BACKROOM_SIM_FROM", from.to_string());
    if let Some(steps) = steps {
        command.env("BACKROOM_SIM_STEPS", steps.to_string());
    }
    run::run(&mut command)
}
