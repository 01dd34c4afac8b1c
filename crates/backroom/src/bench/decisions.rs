//! The decision engine: the standard's test kit, what an evaluation costs, and compiled tables against the engine and a hand.

use std::path::{Path, PathBuf};
use std::time::Instant;

use clap::{Args, Subcommand};
use dmn::batch::Answers;
use dmn::trial::{self, Trial};
use dmn::{Decision, Dice, Limits, Policy, Refusal};
use serde_json::{Value, json};

use super::server::load_average;
use super::{quantile, rounded};
use crate::Failure;

/// What `bench decisions` takes.
#[derive(Args)]
pub(crate) struct DecisionsArgs {
    #[command(subcommand)]
    what: What,
    /// Prints one JSON object.
    #[arg(long, global = true)]
    pub(crate) json: bool,
}

#[derive(Subcommand)]
enum What {
    /// Runs the test kit of the standard in a folder: every folder below it with test files and their models.
    Kit {
        /// The folder.
        folder: PathBuf,
        /// Lists the cases that fail, on the error output.
        #[arg(long)]
        failures: bool,
    },
    /// Times 30 rows of six inputs and four outputs, a sum over them, and one evaluation of 10,000 rows.
    Columnar {
        /// Inputs that are evaluated together.
        #[arg(long, default_value_t = 4_096)]
        batch: usize,
    },
    /// Asks random tables compiled, through the engine and by hand, and compares.
    Differential {
        /// How many answers.
        #[arg(long, default_value_t = 1_000_000)]
        count: u64,
        /// Other tables for each.
        #[arg(long, default_value_t = 1)]
        seed: u64,
    },
    /// Times the analysis of random tables of 120 rows.
    Analysis,
}

/// Measures.
pub(crate) fn run(args: &DecisionsArgs) -> Result<Value, Failure> {
    let mut figures = match &args.what {
        What::Kit { folder, failures } => kit(folder, *failures)?,
        What::Columnar { batch } => columnar((*batch).max(1))?,
        What::Differential { count, seed } => differential(*count, *seed)?,
        What::Analysis => analysis()?,
    };
    figures["load_average"] = json!(load_average());
    Ok(figures)
}

fn kit(folder: &Path, lists: bool) -> Result<Value, Failure> {
    let (mut passed, mut total) = (0_u32, 0_u32);
    for folder in folders(folder)? {
        let read = |ending: &str| -> Result<Vec<(String, String)>, Failure> {
            let mut files = Vec::new();
            for entry in std::fs::read_dir(&folder)? {
                let path = entry?.path();
                if path.is_file() && path.extension().is_some_and(|it| it == ending) {
                    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
                    files.push((name, String::from_utf8_lossy(&std::fs::read(&path)?).into_owned()));
                }
            }
            files.sort();
            Ok(files)
        };
        let (models, tests) = (read("dmn")?, read("xml")?);
        for (name, test) in &tests {
            let cases = dmn::kit::run(test, &models).unwrap_or_else(|reason| {
                eprintln!("{name} is not readable: {reason}");
                Vec::new()
            });
            for case in cases {
                total += 1;
                match case.failure {
                    None => passed += 1,
                    Some(reason) if lists => eprintln!("{name} {}: {reason}", case.id),
                    Some(_) => {}
                }
            }
        }
    }
    let share = f64::from(passed) / f64::from(total.max(1));
    Ok(json!({"passed": passed, "total": total, "passed_share": rounded(share, 5)}))
}

fn folders(at: &Path) -> Result<Vec<PathBuf>, Failure> {
    let mut found = vec![at.to_owned()];
    let mut next = 0;
    while next < found.len() {
        for entry in std::fs::read_dir(&found[next])? {
            let path = entry?.path();
            if path.is_dir() {
                found.push(path);
            }
        }
        next += 1;
    }
    found.sort();
    Ok(found)
}

fn columnar(batch: usize) -> Result<Value, Failure> {
    let mut figures = json!({"batch": batch});
    let mut differences = 0;
    for (name, trial) in [
        ("unique_ns", Trial::partition(7, Policy::Unique, 30)),
        ("first_ns", Trial::overlapping(7, Policy::First, 30)),
        ("sum_ns", Trial::overlapping(7, Policy::Sum, 30)),
    ] {
        let (ns, different) = together(&trial, batch)?;
        figures[name] = json!(rounded(ns, 2));
        differences += different;
    }
    let first = decision(&Trial::overlapping(7, Policy::First, 30))?;
    figures["one_ns"] = json!(quantile(&one_by_one(&first, &Trial::overlapping(7, Policy::First, 30)), 0.5));
    let large = Trial::overlapping(3, Policy::First, 10_000);
    let begun = Instant::now();
    let read = decision(&large)?;
    figures["large_read_ms"] = json!(begun.elapsed().as_millis());
    figures["large_rows"] = json!(10_000);
    let times = one_by_one(&read, &large);
    figures["large_p50_us"] = json!(rounded(quantile(&times, 0.5) / 1_000.0, 2));
    figures["large_p99_us"] = json!(rounded(quantile(&times, 0.99) / 1_000.0, 2));
    let dice = &mut Dice::new(9);
    for _ in 0..200 {
        let inputs = large.inputs(dice);
        differences += usize::from(read.evaluate(&inputs) != large.expected(&inputs));
    }
    figures["differences"] = json!(differences);
    Ok(figures)
}

fn decision(trial: &Trial) -> Result<Decision, Failure> {
    let decision = Decision::parse(&trial.xml()).map_err(|faults| format!("{faults:?}"))?;
    decision.table().map_err(ToString::to_string)?;
    Ok(decision)
}

/// Nanoseconds for one of many evaluated together, the least of 400 rounds: what others take from the processor is not counted.
/// And how many answers differ from those by hand.
fn together(trial: &Trial, batch: usize) -> Result<(f64, usize), Failure> {
    let decision = decision(trial)?;
    let kernel = decision.table().map_err(ToString::to_string)?.kernel().ok_or("the table has no kernel")?;
    let dice = &mut Dice::new(1);
    let inputs: Vec<Value> = (0..batch).map(|_| trial.inputs(dice)).collect();
    let columns = trial.columns(&kernel, &inputs);
    let mut answers = Answers::default();
    let mut best = f64::MAX;
    for _ in 0..400 {
        let begun = Instant::now();
        kernel.evaluate(std::hint::black_box(&columns), &mut answers);
        best = best.min(begun.elapsed().as_nanos() as f64 / batch as f64);
    }
    Ok((best, trial.differences(&kernel, &inputs, &answers)))
}

/// Nanoseconds of each of 20,000 evaluations from JSON to JSON, in order of size.
fn one_by_one(decision: &Decision, trial: &Trial) -> Vec<f64> {
    let dice = &mut Dice::new(2);
    let mut times: Vec<f64> = (0..20_000)
        .map(|_| {
            let inputs = trial.inputs(dice);
            let begun = Instant::now();
            let said = decision.evaluate(&inputs);
            let time = begun.elapsed().as_nanos() as f64;
            assert!(matches!(said, Ok(_) | Err(Refusal::NoRow)), "a table of the first hit answers");
            time
        })
        .collect();
    times.sort_by(f64::total_cmp);
    times
}

fn differential(count: u64, seed: u64) -> Result<Value, Failure> {
    let questions = 200;
    let begun = Instant::now();
    let compared = trial::differential(seed, count.div_ceil(questions), questions as usize)?;
    Ok(json!({"compared": compared, "differences": 0, "seconds": rounded(begun.elapsed().as_secs_f64(), 1)}))
}

fn analysis() -> Result<Value, Failure> {
    let limits = Limits { listed: 1_000_000, effort: 10_000_000 };
    let (mut worst, mut gaps, mut is_complete) = (0.0_f64, Vec::new(), true);
    for seed in 1..=5 {
        let decision = decision(&Trial::overlapping(seed, Policy::First, 120))?;
        let table = decision.table().map_err(ToString::to_string)?;
        let mut best = f64::MAX;
        for _ in 0..20 {
            let begun = Instant::now();
            let found = std::hint::black_box(table.analysis(limits));
            best = best.min(begun.elapsed().as_secs_f64() * 1_000.0);
            is_complete &= found.is_complete;
        }
        gaps.push(table.analysis(limits).gap_count);
        worst = worst.max(best);
    }
    Ok(json!({"rows": 120, "tables": 5, "worst_ms": rounded(worst, 2), "gaps": gaps, "complete": is_complete}))
}
