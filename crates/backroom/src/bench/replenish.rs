//! How fast orders are decided, and how good: the yardstick's shop, day by day, deciding from its own sales.

use std::path::{Path, PathBuf};

use ::forecast::panel::Rhythm;
use ::forecast::replenish::{Demand, Item, Stock, Wish, decide};
use ::forecast::state::{Rates, State};
use clap::Args;
use serde_json::{Value, json};

use super::rounded;
use super::server::{load_average, thread_cpu_ms};
use crate::Failure;

/// Days of history before the first decision, and days after it that are not scored.
const HISTORY: usize = 196;
const SETTLING: usize = 28;
/// How often each day's decisions are made: the system counts CPU in ticks.
const ROUNDS: u64 = 50;

/// What `bench replenish` takes.
#[derive(Args)]
pub(crate) struct ReplenishArgs {
    /// The folder with `series.csv` and `demand.csv`.
    folder: PathBuf,
    /// What a unit held for a day costs, in units of lost sales: the knob between stock and service.
    #[arg(long, default_value_t = 0.005)]
    holding: f32,
    /// What an order line costs, in unit-days of stock: 0 for the freshest stock; what goes with `holding` when absent.
    #[arg(long)]
    line: Option<f32>,
    /// Where the orders go: `series_id,day,qty`.
    #[arg(long)]
    out: PathBuf,
    /// Prints one JSON object.
    #[arg(long)]
    pub(crate) json: bool,
}

/// One item and what happened to it.
struct Shelf {
    id: String,
    item: Item,
    demand: Vec<u32>,
    state: State,
    stock: Stock,
    coming: Vec<u32>,
}

/// Runs the days.
pub(crate) fn run(args: &ReplenishArgs) -> Result<Value, Failure> {
    let mut shelves = read(&args.folder)?;
    let days = shelves.first().map_or(0, |shelf| shelf.demand.len());
    if days <= HISTORY + SETTLING {
        return Err("the demand file needs more days than history and settling take".into());
    }
    let rates = Rates::new(Rhythm::Daily { first_weekday: 0 });
    let balanced = Wish::balanced(args.holding);
    let wish = Wish { line: args.line.unwrap_or(balanced.line), ..balanced };
    let mut usual = [1.0f32; 7];
    for shelf in &mut shelves {
        for (day, units) in shelf.demand[..HISTORY].iter().enumerate() {
            shelf.state.push(&rates, *units as f32, 0, day % 7);
            usual[day % 7] += *units as f32;
        }
    }
    let (mut decided, mut cpu_s) = (0u64, 0.0);
    let (mut sold, mut wanted, mut held, mut lines) = (0u64, 0u64, 0u64, 0u64);
    let mut text = String::from("series_id,day,qty\n");
    for day in HISTORY..days {
        let scored = day >= HISTORY + SETTLING;
        for shelf in &mut shelves {
            let arrived = std::mem::take(&mut shelf.coming[day]);
            shelf.stock.on_order -= arrived;
            shelf.stock.on_hand += arrived;
            let sales = shelf.stock.on_hand.min(shelf.demand[day]);
            shelf.stock.on_hand -= sales;
            shelf.state.push(&rates, sales as f32, 0, day % 7);
            usual[day % 7] += sales as f32;
            if scored {
                sold += u64::from(sales);
                wanted += u64::from(shelf.demand[day]);
                held += u64::from(shelf.stock.on_hand);
            }
        }
        let whole: f32 = usual.iter().sum();
        let factors = usual.map(|sum| sum / whole * 7.0);
        let started = thread_cpu_ms();
        let decided_by = |shelf: &Shelf| {
            let demand = Demand::of(std::hint::black_box(&shelf.state), &factors);
            decide(&shelf.item, shelf.stock, &demand, wish, day % 7).quantity
        };
        let mut orders = Vec::new();
        for _ in 0..ROUNDS {
            orders = std::hint::black_box(shelves.iter().map(decided_by).collect::<Vec<u32>>());
        }
        cpu_s += (thread_cpu_ms() - started) / 1000.0;
        decided += orders.len() as u64 * ROUNDS;
        for (shelf, quantity) in shelves.iter_mut().zip(orders).filter(|(_, quantity)| *quantity > 0) {
            shelf.stock.on_order += quantity;
            shelf.coming[day + shelf.item.lead_days as usize] += quantity;
            lines += u64::from(scored);
            text.push_str(&format!("{},{day},{quantity}\n", shelf.id));
        }
    }
    std::fs::write(&args.out, text)?;
    let (wanted, weeks) = (wanted.max(1) as f64, (days - HISTORY - SETTLING) as f64 / 7.0);
    Ok(json!({
        "decisions_per_s": rounded(decided as f64 / cpu_s.max(1e-6), 0),
        "decisions": decided / ROUNDS,
        "fill": rounded(sold as f64 / wanted, 4),
        "cover_days": rounded(held as f64 / wanted, 3),
        "lines_per_series_week": rounded(lines as f64 / shelves.len() as f64 / weeks, 3),
        "load_avg": load_average(),
    }))
}

fn read(folder: &Path) -> Result<Vec<Shelf>, Failure> {
    let text = |name: &str| {
        let path = folder.join(name);
        std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))
    };
    let (items, demand) = (text("series.csv")?, text("demand.csv")?);
    let mut shelves = Vec::new();
    for (item, demand) in items.lines().zip(demand.lines()).skip(1) {
        let cells: Vec<&str> = item.split(',').collect();
        let [id, lead, calendar, pack, minimum, capacity] = cells[..] else {
            return Err(format!("{item}: not an item").into());
        };
        let order_days = match calendar {
            "daily" => 0b111_1111,
            "MWF" => 0b001_0101,
            "TF" => 0b001_0010,
            other => return Err(format!("{other}: unknown calendar").into()),
        };
        let capacity: u32 = capacity.parse()?;
        let item =
            Item { lead_days: lead.parse()?, order_days, pack: pack.parse()?, minimum: minimum.parse()?, capacity };
        let demand: Vec<u32> = demand.split(',').skip(1).map(str::parse).collect::<Result<_, _>>()?;
        let coming = vec![0; demand.len() + 256];
        let stock = Stock { on_hand: capacity / 2, on_order: 0 };
        shelves.push(Shelf { id: id.to_owned(), item, demand, state: State::default(), stock, coming });
    }
    Ok(shelves)
}
