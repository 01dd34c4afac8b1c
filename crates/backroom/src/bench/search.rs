//! How fast the catalog's index answers, how big it is, and how many of the committed questions with typing errors it answers.

use std::time::Instant;

use catalog::search::{Index, Wanted};
use catalog::seed;
use clap::Args;
use serde_json::{Value, json};

use super::server::{load_average, thread_cpu_ms};
use super::{quantile, rounded};
use crate::Failure;

/// Questions with typing errors over the demo's names, each with the article number that it must find.
const QUESTIONS: &str = include_str!("../../../../scenarios/search/typing-errors.csv");
/// What people have written when the first letters are there.
const BEGINNINGS: [&str; 12] = ["m", "c", "s", "mi", "ch", "wh", "app", "bre", "coff", "йо", "мол", "dark ch"];

/// What `bench search` takes.
#[derive(Args)]
pub(crate) struct SearchArgs {
    /// Products in the index: the demo's, and further models of the same kinds.
    #[arg(long, default_value_t = 92_331)]
    products: usize,
    /// How often each question is asked.
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// Prints one JSON object.
    #[arg(long)]
    pub(crate) json: bool,
}

/// Fills an index and asks it.
pub(crate) fn run(args: &SearchArgs) -> Result<Value, Failure> {
    let questions: Vec<(&str, &str)> = QUESTIONS.lines().skip(1).filter_map(|line| line.rsplit_once(',')).collect();
    let (demo, _) = filled(0);
    let first_five =
        |(text, number): &&(&str, &str)| demo.search(&wanted(text, 5)).hits.iter().any(|hit| hit.number == *number);
    let found = questions.iter().filter(first_five).count();
    let (index, build_ms) = filled(args.products.max(1));
    let texts = questions.iter().map(|(text, _)| *text).chain(BEGINNINGS).chain([""]);
    let texts: Vec<&str> = texts.collect();
    let (mut times, mut spent) = (Vec::new(), Vec::new());
    let mut slowest = (0.0, "");
    for _ in 0..args.rounds.max(1) {
        for text in &texts {
            let (started, spent_before) = (Instant::now(), thread_cpu_ms());
            let hits = index.search(&wanted(text, 24));
            let took = started.elapsed().as_secs_f64() * 1000.0;
            std::hint::black_box(hits);
            spent.push(thread_cpu_ms() - spent_before);
            times.push(took);
            if took > slowest.0 {
                slowest = (took, text);
            }
        }
    }
    times.sort_by(f64::total_cmp);
    spent.sort_by(f64::total_cmp);
    Ok(json!({
        "products": index.len(),
        "questions": times.len(),
        "p50_ms": rounded(quantile(&times, 0.5), 2),
        "p99_ms": rounded(quantile(&times, 0.99), 2),
        "p99_cpu_ms": rounded(quantile(&spent, 0.99), 2),
        "slowest_ms": rounded(slowest.0, 2),
        "slowest": slowest.1,
        "build_ms": rounded(build_ms, 0),
        "index_mb": rounded(index.bytes() as f64 / 1e6, 1),
        "found_in_first_five": rounded(found as f64 / questions.len().max(1) as f64, 3),
        "load_avg": load_average(),
    }))
}

/// An index of `count` products (the demo's when 0), and the milliseconds that filling it took.
fn filled(count: usize) -> (Index, f64) {
    let (categories, products) = seed::scaled(count);
    let started = Instant::now();
    let mut index = Index::default();
    categories.iter().for_each(|category| index.put_category(category));
    products.iter().for_each(|one| index.put(&one.product));
    (index, started.elapsed().as_secs_f64() * 1000.0)
}

fn wanted(text: &str, limit: usize) -> Wanted {
    Wanted { text: text.to_owned(), limit, ..Wanted::default() }
}
