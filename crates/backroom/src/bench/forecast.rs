//! How fast demand is forecast from a file of series, and the answers in a file that the yardstick scores.

use std::collections::HashMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};

use ::forecast::model::{self, Effort, Forecasts};
use ::forecast::panel::{Panel, Rhythm};
use ::forecast::pools::Pools;
use ::forecast::quantile::Quantiles;
use clap::{Args, ValueEnum};
use serde_json::{Value, json};

use super::rounded;
use super::server::{load_average, thread_cpu_ms};
use crate::Failure;

/// Quantiles that the yardstick asks for.
const LEVELS: [f32; 5] = [0.5, 0.8, 0.9, 0.95, 0.99];

/// What `bench forecast` takes.
#[derive(Args)]
pub(crate) struct ForecastArgs {
    /// Series: `series_id,y_0,y_1,…`, oldest first; an id is `store:product` or `store:category`.
    train: PathBuf,
    /// Planned promotions: `series_id,t,display,mailer`, t from the first period through the horizon.
    #[arg(long)]
    promo: Option<PathBuf>,
    /// P1: weeks, 4 ahead; P2: days from a Monday on, 28 ahead.
    #[arg(long)]
    panel: Kind,
    /// The fast tier: levels and pooled factors only.
    #[arg(long)]
    base: bool,
    /// Where the answers go.
    #[arg(long)]
    out: PathBuf,
    /// Computes so often and reports the mean: the system counts CPU in ticks.
    #[arg(long, default_value_t = 20)]
    rounds: usize,
    /// Prints one JSON object.
    #[arg(long)]
    pub(crate) json: bool,
}

/// The yardstick's panels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Kind {
    #[value(name = "P1")]
    Weeks,
    #[value(name = "P2")]
    Days,
}

/// The files, parsed.
struct Input {
    ids: Vec<String>,
    periods: usize,
    horizon: usize,
    sales: Vec<f32>,
    group: Vec<u32>,
    site: Vec<u32>,
    plan: Vec<u8>,
}

/// Reads, forecasts, writes.
pub(crate) fn run(args: &ForecastArgs) -> Result<Value, Failure> {
    let horizon = if args.panel == Kind::Weeks { 4 } else { 28 };
    let mut input = Input::read(&args.train, horizon)?;
    if let Some(promo) = &args.promo {
        input.read_plan(promo)?;
    }
    let rhythm = if args.panel == Kind::Weeks { Rhythm::Weekly } else { Rhythm::Daily { first_weekday: 0 } };
    let panel = Panel {
        rhythm,
        periods: input.periods,
        horizon,
        sales: &input.sales,
        group: &input.group,
        site: &input.site,
        plan: &input.plan,
        holidays: &[],
    };
    panel.check()?;
    let quantiles = Quantiles::new(&LEVELS);
    let mut forecasts = Forecasts::default();
    let started = thread_cpu_ms();
    for _ in 0..args.rounds.max(1) {
        forecasts =
            if args.base { ::forecast::base::forecast(&panel, &quantiles)? } else { everything(&panel, &quantiles)? };
    }
    let cpu_s = (thread_cpu_ms() - started) / 1000.0 / args.rounds.max(1) as f64;
    std::fs::write(&args.out, answers(&input.ids, &forecasts))?;
    Ok(json!({
        "series": input.ids.len(),
        "tier": if args.base { "base" } else { "everything" },
        "cpu_s": rounded(cpu_s, 4),
        "series_per_cpu_s": rounded(input.ids.len() as f64 / cpu_s.max(1e-6), 0),
        "load_avg": load_average(),
    }))
}

/// Pools, one model for all series learned anew, states, forecasts with quantiles.
fn everything(panel: &Panel, quantiles: &Quantiles) -> Result<Forecasts, Failure> {
    let pools = Pools::new(panel);
    let model = model::fit(panel, &pools, Effort::default())?;
    Ok(model.forecast(panel, &pools, &model::states(panel), quantiles))
}

/// The number of a name, in order of appearance.
fn number(names: &mut HashMap<String, u32>, name: &str) -> u32 {
    let next = names.len() as u32;
    *names.entry(name.to_owned()).or_insert(next)
}

impl Input {
    fn read(path: &Path, horizon: usize) -> Result<Self, Failure> {
        let text = std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
        let mut lines = text.lines();
        let periods = lines.next().ok_or("the file is empty")?.split(',').count() - 1;
        let mut input = Self {
            ids: Vec::new(),
            periods,
            horizon,
            sales: Vec::new(),
            group: Vec::new(),
            site: Vec::new(),
            plan: Vec::new(),
        };
        let (mut groups, mut sites) = (HashMap::new(), HashMap::new());
        for (at, line) in lines.enumerate() {
            // An id may hold commas: the counts are the last cells.
            let cells: Vec<&str> = line.rsplitn(periods + 1, ',').collect();
            let id = cells.get(periods).ok_or_else(|| format!("line {}: too few cells", at + 2))?.trim_matches('"');
            let (site, group) = id.split_once(':').unwrap_or(("", id));
            input.group.push(number(&mut groups, group));
            input.site.push(number(&mut sites, site));
            for cell in cells[..periods].iter().rev() {
                input.sales.push(cell.trim().parse().map_err(|_| format!("line {}: {cell} is no count", at + 2))?);
            }
            input.ids.push(id.to_owned());
        }
        Ok(input)
    }

    fn read_plan(&mut self, path: &Path) -> Result<(), Failure> {
        let text = std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
        let length = self.periods + self.horizon;
        self.plan = vec![0; self.ids.len() * length];
        let places: HashMap<&str, usize> = self.ids.iter().enumerate().map(|(at, id)| (id.as_str(), at)).collect();
        for (at, line) in text.lines().enumerate().skip(1) {
            let mut cells = line.rsplitn(4, ',');
            let (mailer, display, period, id) = (cells.next(), cells.next(), cells.next(), cells.next());
            let period = period.and_then(|period| period.parse::<usize>().ok()).filter(|period| *period < length);
            let (Some(period), Some(id)) = (period, id) else {
                return Err(format!("promotions, line {}", at + 1).into());
            };
            if let Some(series) = places.get(id.trim_matches('"')) {
                self.plan[series * length + period] =
                    u8::from(display == Some("1")) | u8::from(mailer == Some("1")) << 1;
            }
        }
        Ok(())
    }
}

/// `series_id,step,forecast,q50,q80,q90,q95,q99`.
fn answers(ids: &[String], forecasts: &Forecasts) -> String {
    let mut text = String::from("series_id,step,forecast,q50,q80,q90,q95,q99\n");
    for (series, id) in ids.iter().enumerate() {
        let quote = if id.contains(',') { "\"" } else { "" };
        for step in 0..forecasts.horizon {
            let at = series * forecasts.horizon + step;
            let _ = write!(text, "{quote}{id}{quote},{},{}", step + 1, forecasts.means[at]);
            for units in &forecasts.quantiles[at * forecasts.levels..(at + 1) * forecasts.levels] {
                let _ = write!(text, ",{units}");
            }
            text.push('\n');
        }
    }
    text
}
