//! `backroom bench`: what an order costs and how much one product can be fought over, measured from outside.
//!
//! The process that measures is the load generator; the server is a process of its own, so each has its own CPU time.
#![allow(clippy::disallowed_methods)] // a load generator measures real time

mod affinity;
mod clusters;
mod decisions;
mod flash_sale;
mod forecast;
mod life;
mod orders;
mod ready;
mod replenish;
mod search;
mod seed;
mod server;
mod shelf;
mod sourcing;

use clap::{Args, Subcommand, ValueEnum};

use crate::Failure;

/// What is measured.
#[derive(Subcommand)]
pub(crate) enum BenchCommand {
    /// Guests place orders of three lines: cart, lines, address and delivery, payment settled.
    Orders(orders::OrdersArgs),
    /// Orders live their whole life: placed, confirmed, picked, handed over, delivered, invoiced.
    Life(life::LifeArgs),
    /// Where goods are: one product at every site, and the sites that serve an order.
    Sourcing(sourcing::SourcingArgs),
    /// Everybody reserves the same product.
    FlashSale(flash_sale::FlashSaleArgs),
    /// Makes the demo's retailer, then starts on the existing data.
    Ready(ready::ReadyArgs),
    /// Searches a large catalog with typing errors.
    Search(search::SearchArgs),
    /// The decision engine: test kit, speed, comparison, analysis.
    Decisions(decisions::DecisionsArgs),
    /// Fills the shelf of a planogram file: profit a day, its bound, and the engine's CPU time.
    Shelf(shelf::ShelfArgs),
    /// Forecasts a file of series with quantiles.
    Forecast(forecast::ForecastArgs),
    /// Finds clusters of products and of stores.
    Clusters(clusters::ClustersArgs),
    /// Decides a shop's orders day by day.
    Replenish(replenish::ReplenishArgs),
    /// Completes a file of baskets with what goes with them.
    Affinity(affinity::AffinityArgs),
}

/// What every load takes.
#[derive(Args, Clone)]
pub(crate) struct LoadArgs {
    /// The database under the server.
    #[arg(long, default_value = "sqlite")]
    pub(crate) store: StoreKind,
    /// An existing PostgreSQL server (its database processes' CPU is not counted then); a temporary one when absent.
    #[arg(long)]
    pub(crate) postgres: Option<String>,
    /// Clients that ask at the same time.
    #[arg(long, default_value_t = 32)]
    pub(crate) clients: usize,
    /// Prints one JSON object.
    #[arg(long)]
    pub(crate) json: bool,
}

/// The database under the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum StoreKind {
    Sqlite,
    Postgres,
}

impl StoreKind {
    fn name(self) -> &'static str {
        match self {
            StoreKind::Sqlite => "sqlite",
            StoreKind::Postgres => "postgres",
        }
    }
}

/// Runs `bench`.
pub(crate) fn run(command: &BenchCommand) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let (figures, json) = match command {
        BenchCommand::Orders(args) => (runtime.block_on(orders::run(args))?, args.load.json),
        BenchCommand::Life(args) => (runtime.block_on(life::run(args))?, args.load.json),
        BenchCommand::Sourcing(args) => (runtime.block_on(sourcing::run(args))?, args.load.json),
        BenchCommand::FlashSale(args) => (runtime.block_on(flash_sale::run(args))?, args.load.json),
        BenchCommand::Ready(args) => (runtime.block_on(ready::run(args))?, args.json),
        BenchCommand::Search(args) => (search::run(args)?, args.json),
        BenchCommand::Decisions(args) => (decisions::run(args)?, args.json),
        BenchCommand::Shelf(args) => (shelf::run(args)?, args.json),
        BenchCommand::Forecast(args) => (forecast::run(args)?, args.json),
        BenchCommand::Clusters(args) => (clusters::run(args)?, args.json),
        BenchCommand::Replenish(args) => (replenish::run(args)?, args.json),
        BenchCommand::Affinity(args) => (affinity::run(args)?, args.json),
    };
    if json {
        println!("{figures}");
    } else if let Some(figures) = figures.as_object() {
        for (name, value) in figures {
            println!("{name:>24}  {value}");
        }
    }
    Ok(())
}

/// The value below which `share` (0 to 1) of the sorted `values` lie.
fn quantile(sorted: &[f64], share: f64) -> f64 {
    let last = sorted.len().saturating_sub(1);
    sorted.get(((last as f64) * share).round() as usize).copied().unwrap_or(0.0)
}

fn rounded(value: f64, digits: i32) -> f64 {
    let factor = 10_f64.powi(digits);
    (value * factor).round() / factor
}
