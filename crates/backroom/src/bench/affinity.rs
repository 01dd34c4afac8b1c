//! How well a basket's missing products are guessed and how fast; the answers go into a file that the yardstick scores.

use std::collections::HashMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::time::Instant;

use ::affinity::suggest::answer::Question;
use ::affinity::suggest::baskets::{Baskets, NOBODY};
use ::affinity::suggest::candidates::Scratch;
use ::affinity::suggest::fit::{Settings, fit};
use ::affinity::suggest::habits::Habits;
use clap::Args;
use serde_json::{Value, json};

use super::server::{load_average, thread_cpu_ms};
use super::{quantile, rounded};
use crate::Failure;

/// Suggestions per basket.
const COUNT: usize = 10;

/// What `bench affinity` takes.
#[derive(Args)]
pub(crate) struct AffinityArgs {
    /// The yardstick's folder: `train.csv`, `items.csv` and `query.csv` are read.
    data: Option<PathBuf>,
    /// Uses the habits of the household that each basket belongs to.
    #[arg(long)]
    households: bool,
    /// Where the answers go.
    #[arg(long)]
    out: Option<PathBuf>,
    /// Instead of a folder: a made-up chain with so many products and ten baskets per product.
    #[arg(long, conflicts_with = "data")]
    items: Option<u32>,
    /// Answers all questions so often; times are of all rounds.
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// Prints one JSON object.
    #[arg(long)]
    pub(crate) json: bool,
}

/// Past baskets in columns, and questions.
#[derive(Default)]
struct Input {
    products: Vec<String>,
    starts: Vec<u32>,
    lines: Vec<u32>,
    household: Vec<u32>,
    day: Vec<f32>,
    questions: Vec<Asked>,
}

/// A basket that is to be completed.
struct Asked {
    basket: String,
    household: u32,
    products: Vec<u32>,
}

/// Reads or makes up, learns, answers, writes.
pub(crate) fn run(args: &AffinityArgs) -> Result<Value, Failure> {
    let input = match (&args.data, args.items) {
        (Some(folder), _) => Input::read(folder)?,
        (None, Some(items)) => Input::made_up(items),
        (None, None) => return Err("give the yardstick's folder or --items".into()),
    };
    let baskets = Baskets {
        products: input.products.len(),
        starts: &input.starts,
        lines: &input.lines,
        household: &input.household,
        day: &input.day,
    };
    let started = thread_cpu_ms();
    let (model, habits) = fit(&baskets, &Settings::default())?;
    let fit_s = (thread_cpu_ms() - started) / 1000.0;
    let now = input.day.iter().copied().fold(0.0, f32::max);
    let mut scratch = Scratch::default();
    let mut times_ms = Vec::new();
    let mut text = String::from("basket_id,rank,product_id\n");
    let started = thread_cpu_ms();
    for round in 0..args.rounds.max(1) {
        for asked in &input.questions {
            let begun = Instant::now();
            let suggestions = model.suggest(&question(args, asked, &habits, now), &mut scratch)?;
            times_ms.push(begun.elapsed().as_secs_f64() * 1000.0);
            if round == 0 {
                for (at, suggestion) in suggestions.iter().enumerate() {
                    let product = &input.products[suggestion.product as usize];
                    let _ = writeln!(text, "{},{},{product}", asked.basket, at + 1);
                }
            }
        }
    }
    let answer_s = (thread_cpu_ms() - started) / 1000.0;
    if let Some(out) = &args.out {
        std::fs::write(out, text)?;
    }
    let answered = times_ms.len() as f64;
    times_ms.sort_by(f64::total_cmp);
    Ok(json!({
        "products": input.products.len(),
        "baskets": baskets.len(),
        "weights": model.weights(),
        "fit_s": rounded(fit_s, 2),
        "p50_ms": rounded(quantile(&times_ms, 0.5), 4),
        "p99_ms": rounded(quantile(&times_ms, 0.99), 4),
        "baskets_per_s": rounded(answered / answer_s.max(1e-9), 0),
        "peak_mb": rounded(peak_mb(), 0),
        "load_avg": load_average(),
    }))
}

fn question<'a>(args: &AffinityArgs, asked: &'a Asked, habits: &'a Habits, now: f32) -> Question<'a> {
    let habit = if args.households { habits.of(asked.household) } else { None };
    Question {
        basket: &asked.products,
        household: habit.map(|habit| (habit, now)),
        count: COUNT,
        ..Question::default()
    }
}

impl Input {
    fn read(folder: &Path) -> Result<Self, Failure> {
        let mut input = Input { starts: vec![0], ..Input::default() };
        let items = text(folder, "items.csv")?;
        let first = |line: &str| line.split(',').next().unwrap_or_default().to_owned();
        input.products = items.lines().skip(1).map(first).collect();
        let numbers: HashMap<&str, u32> =
            input.products.iter().enumerate().map(|(at, product)| (product.as_str(), at as u32)).collect();
        let mut households = HashMap::new();
        let train = text(folder, "train.csv")?;
        let mut last = "";
        for (at, line) in train.lines().enumerate().skip(1) {
            let wrong = || format!("train.csv, line {}", at + 1);
            let cells: Vec<&str> = line.split(',').collect();
            let [basket, household, _, week, product] = cells[..] else { return Err(wrong().into()) };
            if basket != last {
                last = basket;
                let next = households.len() as u32;
                input.household.push(*households.entry(household.to_owned()).or_insert(next));
                input.day.push(week.parse::<f32>().map_err(|_| wrong())? * 7.0);
                input.starts.push(input.lines.len() as u32);
            }
            input.lines.push(*numbers.get(product).ok_or_else(wrong)?);
            if let Some(end) = input.starts.last_mut() {
                *end = input.lines.len() as u32;
            }
        }
        let query = text(folder, "query.csv")?;
        for (at, line) in query.lines().enumerate().skip(1) {
            let wrong = || format!("query.csv, line {}", at + 1);
            let cells: Vec<&str> = line.split(',').collect();
            let [basket, household, _, product] = cells[..] else { return Err(wrong().into()) };
            if input.questions.last().is_none_or(|asked| asked.basket != basket) {
                let household = households.get(household).copied().unwrap_or(NOBODY);
                input.questions.push(Asked { basket: basket.to_owned(), household, products: Vec::new() });
            }
            if let (Some(asked), Some(product)) = (input.questions.last_mut(), numbers.get(product)) {
                asked.products.push(*product);
            }
        }
        Ok(input)
    }

    /// Ten baskets per product: half of each comes from the household's own list, a third from what goes with one
    /// product, the rest from popularity, which falls as the square root of the rank.
    fn made_up(items: u32) -> Self {
        let items = items.max(100);
        let mut input = Input { starts: vec![0], ..Input::default() };
        input.products = (0..items).map(|product| product.to_string()).collect();
        let (baskets, households) = (items * 10, items / 5);
        let mut bits = 1_u64;
        let mut draw = move || {
            // A linear congruential generator (Knuth's MMIX constants): the same panel on every machine.
            bits = bits.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (bits >> 40) as f64 / (1_u64 << 24) as f64
        };
        let popular = |share: f64| ((share * share * f64::from(items)) as u32).min(items - 1);
        let beside = |product: u32, step: u32| (product / 50 * 50 + (product * 7 + step * 13) % 50).min(items - 1);
        for basket in 0..baskets + 10_000 {
            let household = (draw() * f64::from(households)) as u32;
            let size = 2 + (draw() * draw() * 24.0) as u32;
            let theme = popular(draw());
            let mut products: Vec<u32> = (0..size)
                .map(|_| match (draw() * 6.0) as u32 {
                    0..3 => {
                        let own = (household.wrapping_mul(2_654_435_761) >> 8) + (draw() * 40.0) as u32 * 7919;
                        popular(f64::from(own % 10_007) / 10_007.0)
                    }
                    3 | 4 => beside(theme, (draw() * 6.0) as u32),
                    _ => popular(draw()),
                })
                .collect();
            products.sort_unstable();
            products.dedup();
            if basket < baskets {
                input.household.push(household);
                input.day.push((u64::from(basket) * 364 / u64::from(baskets)) as f32);
                input.lines.extend_from_slice(&products);
                input.starts.push(input.lines.len() as u32);
            } else {
                input.questions.push(Asked { basket: basket.to_string(), household, products });
            }
        }
        input
    }
}

fn text(folder: &Path, name: &str) -> Result<String, Failure> {
    let path = folder.join(name);
    Ok(std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?)
}

/// The most memory this process ever had, in MB.
fn peak_mb() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM:"));
    line.and_then(|line| line.split_whitespace().nth(1)).and_then(|kb| kb.parse::<f64>().ok()).unwrap_or(0.0) / 1024.0
}
