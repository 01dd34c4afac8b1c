//! Forecasts a panel of the yardstick: `panel TRAIN.csv P1|P2 OUT.csv [PROMO.csv]`, and says how fast.
#![allow(clippy::disallowed_methods)] // it measures

use std::collections::HashMap;
use std::fmt::Write;

use forecast::base;
use forecast::model::{self, Effort, Forecasts};
use forecast::panel::{Panel, Rhythm};
use forecast::pools::Pools;
use forecast::quantile::Quantiles;

fn main() {
    let args: Vec<String> = std::env::args().collect();
    let text = std::fs::read_to_string(&args[1]).expect("train file");
    let weekly = args[2] == "P1";
    let horizon = if weekly { 4 } else { 28 };
    let mut lines = text.lines();
    let periods = lines.next().expect("header").split(',').count() - 1;
    let (mut ids, mut sales) = (Vec::new(), Vec::new());
    let (mut group, mut site) = (Vec::new(), Vec::new());
    let (mut groups, mut sites) = (HashMap::new(), HashMap::new());
    for line in lines {
        let mut cells = line.rsplitn(periods + 1, ',').collect::<Vec<_>>();
        cells.reverse();
        let id = cells[0].trim_matches('"');
        let (store, key) = id.split_once(':').expect("id");
        let next = sites.len() as u32;
        site.push(*sites.entry(store.to_string()).or_insert(next));
        let next = groups.len() as u32;
        group.push(*groups.entry(key.to_string()).or_insert(next));
        sales.extend(cells[1..].iter().map(|cell| cell.parse::<f32>().expect("count")));
        ids.push(id.to_string());
    }
    let mut plan = Vec::new();
    if let Some(path) = args.get(4) {
        let at: HashMap<&str, usize> = ids.iter().enumerate().map(|(at, id)| (id.as_str(), at)).collect();
        plan = vec![0u8; ids.len() * (periods + horizon)];
        for line in std::fs::read_to_string(path).expect("promo file").lines().skip(1) {
            let cells: Vec<&str> = line.split(',').collect();
            let period: usize = cells[1].parse().expect("t");
            plan[at[cells[0]] * (periods + horizon) + period] =
                u8::from(cells[2] == "1") | u8::from(cells[3] == "1") << 1;
        }
    }
    let rhythm = if weekly { Rhythm::Weekly } else { Rhythm::Daily { first_weekday: 0 } };
    let panel =
        Panel { rhythm, periods, horizon, sales: &sales, group: &group, site: &site, plan: &plan, holidays: &[] };
    let quantiles = Quantiles::new(&[0.5, 0.8, 0.9, 0.95, 0.99]);
    let times = 20;
    let mut forecasts = Forecasts::default();
    let t = cpu_s();
    for _ in 0..times {
        forecasts = if std::env::var("BASE").is_ok() {
            base::forecast(&panel, &quantiles).expect("panel")
        } else {
            let pools = Pools::new(&panel);
            let model = model::fit(&panel, &pools, Effort::default()).expect("panel");
            model.forecast(&panel, &pools, &model::states(&panel), &quantiles)
        };
    }
    let took = (cpu_s() - t) / f64::from(times);
    println!("{:.0} series/s ({took:.4} s)", ids.len() as f64 / took);
    let mut text = String::from("series_id,step,forecast,q50,q80,q90,q95,q99\n");
    for (series, id) in ids.iter().enumerate() {
        for step in 0..horizon {
            let at = series * horizon + step;
            let id = if id.contains(',') { format!("\"{id}\"") } else { id.clone() };
            let _ = write!(text, "{id},{},{}", step + 1, forecasts.means[at]);
            forecasts.quantiles[at * 5..at * 5 + 5].iter().for_each(|q| {
                let _ = write!(text, ",{q}");
            });
            text.push('\n');
        }
    }
    std::fs::write(&args[3], text).expect("answers");
}

/// CPU seconds of this thread.
fn cpu_s() -> f64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").expect("Linux");
    text.split(' ').next().and_then(|ns| ns.parse::<f64>().ok()).expect("a number") / 1e9
}
