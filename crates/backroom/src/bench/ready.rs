//! How long a start on existing data takes, and what an idle server holds in memory.

use std::time::{Duration, Instant};

use clap::Args;
use serde_json::{Value, json};

use super::orders::place;
use super::seed::fill;
use super::server::{Server, load_average};
use super::{LoadArgs, quantile, rounded};
use crate::Failure;

/// What `bench ready` takes.
#[derive(Args)]
pub(crate) struct ReadyArgs {
    #[command(flatten)]
    pub(crate) load: LoadArgs,
    /// Products in the data.
    #[arg(long, default_value_t = 2000)]
    products: usize,
    /// Orders in the data.
    #[arg(long, default_value_t = 1000)]
    orders: usize,
    /// Starts to measure; the median is told.
    #[arg(long, default_value_t = 5)]
    starts: usize,
}

/// Makes the data in a temporary folder of its own, then starts on them again and again.
pub(crate) async fn run(args: &ReadyArgs) -> Result<Value, Failure> {
    let mut server = Server::start(&args.load).await?;
    let assortment = fill(&server, args.products, 1_000_000).await?;
    place(&server, &assortment, args.load.clients, args.orders, 0).await?;
    let mut times = Vec::new();
    for _ in 0..args.starts.max(1) {
        server.stop()?;
        let started = Instant::now();
        server.run()?;
        times.push(started.elapsed().as_secs_f64() * 1000.0);
    }
    times.sort_by(f64::total_cmp);
    // What the start took for itself is given back before it is measured.
    tokio::time::sleep(Duration::from_secs(2)).await;
    Ok(json!({
        "store": args.load.store.name(),
        "products": args.products,
        "orders": args.orders,
        "ready_ms": rounded(quantile(&times, 0.5), 1),
        "idle_rss_mb": rounded(server.rss_mb(), 1),
        "load_avg": load_average(),
    }))
}
