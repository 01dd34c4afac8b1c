//! Everybody wants the same product.

use std::cell::Cell;
use std::rc::Rc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use clap::Args;
use contracts::inventory::ReservationId;
use kit::time::Timestamp;
use serde_json::{Value, json};

use super::seed::fill;
use super::server::{Server, load_average};
use super::{LoadArgs, quantile, rounded};
use crate::Failure;
use testbed::client::Client;

/// What `bench flash-sale` takes.
#[derive(Args)]
pub(crate) struct FlashSaleArgs {
    #[command(flatten)]
    pub(crate) load: LoadArgs,
    /// Reservations to ask for.
    #[arg(long, default_value_t = 20_000)]
    requests: usize,
    /// Pieces there are; the last requests are refused.
    #[arg(long, default_value_t = 18_000)]
    pieces: u32,
}

/// Races for the pieces and prints how fast and how right it went.
pub(crate) async fn run(args: &FlashSaleArgs) -> Result<Value, Failure> {
    let load_before = load_average();
    let server = Server::start(&args.load).await?;
    let assortment = fill(&server, 1, args.pieces).await?;
    server.settle().await?;
    let (next, got, refused) = (Rc::new(Cell::new(0_usize)), Rc::new(Cell::new(0_usize)), Rc::new(Cell::new(0_usize)));
    let tasks = tokio::task::LocalSet::new();
    let mut buyers = Vec::new();
    let mut clients = Vec::new();
    for _ in 0..args.load.clients {
        clients.push(Client::connect(&server.address, Some(&server.key)).await?);
    }
    let before = server.spent().await?;
    let started = Instant::now();
    for mut client in clients {
        let (next, got, refused) = (Rc::clone(&next), Rc::clone(&got), Rc::clone(&refused));
        let (site, product, requests) = (assortment.site, assortment.products[0], args.requests);
        buyers.push(tasks.spawn_local(async move {
            let mut times = Vec::new();
            loop {
                let n = next.get();
                if n >= requests {
                    return Ok::<Vec<f64>, Failure>(times);
                }
                next.set(n + 1);
                let now = SystemTime::now().duration_since(UNIX_EPOCH)?;
                let now = Timestamp::from_micros(i64::try_from(now.as_micros())?);
                let id = ReservationId::at(now, n as u128);
                let body = json!({"reservation": id, "holder": format!("buyer-{n}"), "expires_at": now + Duration::from_secs(600),
                    "lines": [{"product": product, "site": site, "quantity": {"milli": 1000, "unit": "pcs"}}]});
                let asked = Instant::now();
                let (status, answer) = client.ask("POST", "/api/inventory/reservations", &[], &body).await?;
                times.push(asked.elapsed().as_secs_f64() * 1000.0);
                match status {
                    200..300 => got.set(got.get() + 1),
                    409 => refused.set(refused.get() + 1),
                    _ => return Err(format!("answered {status}: {answer}").into()),
                }
            }
        }));
    }
    let mut times = tasks
        .run_until(async {
            let mut times = Vec::new();
            for buyer in buyers {
                times.extend(buyer.await??);
            }
            Ok::<Vec<f64>, Failure>(times)
        })
        .await?;
    let seconds = started.elapsed().as_secs_f64();
    let after = server.spent().await?;
    times.sort_by(f64::total_cmp);
    let answered = (got.get() + refused.get()) as f64;
    let oversold = (got.get() as i64 - i64::from(args.pieces)).max(0);
    Ok(json!({
        "store": args.load.store.name(),
        "clients": args.load.clients,
        "reservations_per_s": rounded(answered / seconds, 0),
        "reserved": got.get(),
        "refused": refused.get(),
        "oversold": oversold,
        "call_p50_ms": rounded(quantile(&times, 0.5), 2),
        "call_p99_ms": rounded(quantile(&times, 0.99), 2),
        "cpu_ms_per_reservation": rounded((after.cpu_ms - before.cpu_ms) / answered, 4),
        "client_cpu_ms_per_reservation": rounded((after.client_cpu_ms - before.client_cpu_ms) / answered, 4),
        "load_avg": [load_before, load_average()],
    }))
}
