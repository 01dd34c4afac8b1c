//! Guests who place orders in a closed loop.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Instant;

use clap::Args;
use serde_json::{Value, json};

use super::seed::{Assortment, expect, fill};
use super::server::{Server, load_average};
use super::{LoadArgs, quantile, rounded};
use crate::Failure;
use testbed::client::Client;

/// What `bench orders` takes.
#[derive(Args)]
pub(crate) struct OrdersArgs {
    #[command(flatten)]
    pub(crate) load: LoadArgs,
    /// Orders to place, after a tenth as many to warm up.
    #[arg(long, default_value_t = 5000)]
    orders: usize,
    /// Products to choose from.
    #[arg(long, default_value_t = 2000)]
    products: usize,
}

/// Places the orders and prints what they cost.
pub(crate) async fn run(args: &OrdersArgs) -> Result<Value, Failure> {
    let load_before = load_average();
    let mut server = Server::start(&args.load).await?;
    let assortment = fill(&server, args.products, 1_000_000).await?;
    place(&server, &assortment, args.load.clients, (args.orders / 10).max(args.load.clients), 0).await?;
    server.stop()?;
    server.settle().await?;
    let size_before = server.size()?;
    server.run()?;
    // A few orders open connections and prepare statements before the clock runs.
    let warm = args.load.clients * 2;
    place(&server, &assortment, args.load.clients, warm, 1).await?;
    let before = server.spent().await?;
    let started = Instant::now();
    let mut times = place(&server, &assortment, args.load.clients, args.orders, 2).await?;
    let seconds = started.elapsed().as_secs_f64();
    let after = server.spent().await?;
    let rss_mb = server.rss_mb();
    server.stop()?;
    let bytes = server.size()?.saturating_sub(size_before) as f64 / (args.orders + warm) as f64;
    times.sort_by(f64::total_cmp);
    let orders = args.orders as f64;
    let each = |after: f64, before: f64| rounded((after - before) / orders, 2);
    Ok(json!({
        "store": args.load.store.name(),
        "clients": args.load.clients,
        "orders": args.orders,
        "orders_per_s": rounded(orders / seconds, 1),
        "call_p50_ms": rounded(quantile(&times, 0.5), 2),
        "call_p99_ms": rounded(quantile(&times, 0.99), 2),
        "cpu_ms_per_order": rounded((after.cpu_ms - before.cpu_ms) / orders, 3),
        "client_cpu_ms_per_order": rounded((after.client_cpu_ms - before.client_cpu_ms) / orders, 3),
        "service_writes": each(after.writes, before.writes),
        "row_writes": each(after.rows, before.rows),
        "commits": each(after.commits, before.commits),
        "bytes": bytes.round(),
        "calls": each(after.calls, before.calls),
        "http_calls": 6,
        "rss_mb": rounded(rss_mb, 1),
        "load_avg": [load_before, load_average()],
    }))
}

/// Places `count` orders from `clients` connections; returns how long each call took, in ms.
pub(super) async fn place(
    server: &Server,
    assortment: &Assortment,
    clients: usize,
    count: usize,
    round: usize,
) -> Result<Vec<f64>, Failure> {
    let next = Rc::new(Cell::new(0));
    let times = Rc::new(RefCell::new(Vec::with_capacity(count * 6)));
    let tasks = tokio::task::LocalSet::new();
    let mut shoppers = Vec::new();
    for _ in 0..clients {
        let client = Client::connect(&server.address, None).await?;
        let (next, times) = (Rc::clone(&next), Rc::clone(&times));
        let products: Vec<String> = assortment.products.iter().map(ToString::to_string).collect();
        shoppers.push(tasks.spawn_local(async move {
            let mut shopper = Shopper { client, times };
            loop {
                let n = next.get();
                if n >= count {
                    return Ok::<(), Failure>(());
                }
                next.set(n + 1);
                shopper.order(&products, round, n).await?;
            }
        }));
    }
    tasks
        .run_until(async {
            for shopper in shoppers {
                shopper.await??;
            }
            Ok::<(), Failure>(())
        })
        .await?;
    Ok(times.take())
}

struct Shopper {
    client: Client,
    times: Rc<RefCell<Vec<f64>>>,
}

impl Shopper {
    async fn order(&mut self, products: &[String], round: usize, n: usize) -> Result<(), Failure> {
        let cart = self.ask("POST", "/api/orders/carts", Some(&format!("bench-{round}-{n}")), &json!({})).await?;
        let id = cart["id"].as_str().ok_or("a cart has an id")?.to_owned();
        for line in 0..3_usize {
            let product = &products[(n * 7919 + line * 104_729 + round) % products.len()];
            let body = json!({"product": product, "quantity": {"milli": 1000 * (1 + line as i64), "unit": "pcs"}});
            self.ask("PUT", &format!("/api/orders/carts/{id}/lines"), None, &body).await?;
        }
        let contact = json!({"name": format!("Test Shopper {n}"), "email": format!("shopper{round}-{n}@example.org"),
            "address": [format!("{n} Sample Street"), "00000 Exampleton"]});
        self.ask(
            "PUT",
            &format!("/api/orders/carts/{id}/delivery"),
            None,
            &json!({"method": "courier", "contact": contact}),
        )
        .await?;
        let payment = json!({"payment_method": "card_now", "payment_token": "tok_ok"});
        let order = self.ask("POST", &format!("/api/orders/carts/{id}/place"), None, &payment).await?;
        if order["verdict"] != "placed" || order["payments"][0]["state"] != "captured" {
            return Err(format!("the order was not settled: {order}").into());
        }
        Ok(())
    }

    async fn ask(&mut self, method: &str, path: &str, key: Option<&str>, body: &Value) -> Result<Value, Failure> {
        let started = Instant::now();
        let header = key.map(|key| ("idempotency-key", key));
        let answer = self.client.ask(method, path, header.as_slice(), body).await?;
        self.times.borrow_mut().push(started.elapsed().as_secs_f64() * 1000.0);
        expect(answer)
    }
}
