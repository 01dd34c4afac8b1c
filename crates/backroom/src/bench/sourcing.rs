//! Where goods are: availability of one product at every site, and the sites that serve an order of twenty lines.

use std::time::Instant;

use clap::Args;
use contracts::shared::{ProductId, SiteId};
use serde_json::{Value, json};

use super::seed::{expect, fill};
use super::server::{Server, load_average};
use super::{LoadArgs, quantile, rounded};
use crate::Failure;
use testbed::client::Client;

/// What `bench sourcing` takes.
#[derive(Args)]
pub(crate) struct SourcingArgs {
    #[command(flatten)]
    pub(crate) load: LoadArgs,
    /// Sites with stock.
    #[arg(long, default_value_t = 112)]
    sites: usize,
    /// Products with stock at every site.
    #[arg(long, default_value_t = 500)]
    products: usize,
    /// Lines of the order.
    #[arg(long, default_value_t = 20)]
    lines: usize,
    /// How often each question is asked.
    #[arg(long, default_value_t = 500)]
    rounds: usize,
}

/// Fills the sites and asks.
pub(crate) async fn run(args: &SourcingArgs) -> Result<Value, Failure> {
    let server = Server::start(&args.load).await?;
    let assortment = fill(&server, args.products, 50).await?;
    let mut client = Client::connect(&server.address, Some(&server.key)).await?;
    for site in 2..=args.sites.max(1) as u128 {
        let line = |id: &ProductId| json!({"product": id, "quantity": {"milli": 50_000, "unit": "pcs"}});
        let lines: Vec<_> = assortment.products.iter().map(line).collect();
        let receipt = json!({"site": SiteId::from_u128(site << 64), "reference": "opening stock", "lines": lines});
        let key = format!("site-{site}");
        expect(client.ask("POST", "/api/inventory/receipts", &[("idempotency-key", &key)], &receipt).await?)?;
    }
    let product = |n: usize| &assortment.products[n * 7919 % assortment.products.len()];
    let availability =
        asked(&server, "/api/inventory/availability", args.rounds, |n| json!({"products": [product(n)], "sites": []}))
            .await?;
    let sourcing = asked(&server, "/api/orders/sourcing", args.rounds, |n| {
        let line = |line| json!({"product": product(n + line), "quantity": {"milli": 1000 * (1 + line as i64 % 3), "unit": "pcs"}});
        json!({"lines": (0..args.lines).map(line).collect::<Vec<_>>()})
    })
    .await?;
    Ok(json!({
        "store": args.load.store.name(),
        "sites": args.sites,
        "lines": args.lines,
        "availability": availability,
        "sourcing": sourcing,
        "load_avg": load_average(),
    }))
}

/// Asks the question `rounds` times, one after the other: elapsed and the server's CPU.
async fn asked(server: &Server, path: &str, rounds: usize, body: impl Fn(usize) -> Value) -> Result<Value, Failure> {
    let mut client = Client::connect(&server.address, Some(&server.key)).await?;
    for n in 0..rounds / 10 {
        expect(client.ask("POST", path, &[], &body(n)).await?)?;
    }
    let before = server.spent().await?;
    let mut times = Vec::with_capacity(rounds);
    for n in 0..rounds {
        let body = body(n);
        let started = Instant::now();
        expect(client.ask("POST", path, &[], &body).await?)?;
        times.push(started.elapsed().as_secs_f64() * 1000.0);
    }
    let spent = server.spent().await?.cpu_ms - before.cpu_ms;
    times.sort_by(f64::total_cmp);
    Ok(json!({
        "cpu_ms": rounded(spent / rounds.max(1) as f64, 3),
        "p50_ms": rounded(quantile(&times, 0.5), 2),
        "p99_ms": rounded(quantile(&times, 0.99), 2),
    }))
}
