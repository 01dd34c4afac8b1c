//! `kill -9` at any instant under load: what was acknowledged is there afterwards, and everything still adds up.
#![allow(clippy::disallowed_methods)] // real processes live in real time

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use testbed::client::{Client, Failure};
use testbed::servers::{Nats, Postgres};

use crate::product::{Goods, Product, bus, is_postgres, is_split, levels, ok, pause, payment, stock};

const PIECES: i64 = 100_000;
/// For so long the first orders after a start are awaited.
const PATIENCE: Duration = Duration::from_secs(20);

/// What a shopper was told, to be held against the product afterwards.
struct Told {
    cart: String,
    order: String,
}

#[tokio::test]
async fn what_was_acknowledged_survives_kills_at_random_instants() {
    let mut product = Product::start("kill");
    let mut admin = product.admin().await;
    let goods = stock(&mut admin, 3, PIECES).await;
    let kills = std::env::var("BACKROOM_TEST_KILLS").ok().and_then(|text| text.parse().ok()).unwrap_or(6_usize);
    let random = kit::runtime::Runtime::real();
    let (done, acknowledged) = (AtomicBool::new(false), AtomicUsize::new(0));
    let mut told = Vec::new();
    // Where services are apart there are more of them than rounds: each is killed at least once, several in one round.
    let at_once = product.processes().div_ceil(kills);
    for round in 0..kills {
        done.store(false, Ordering::Relaxed);
        let mut victims: Vec<usize> = (0..at_once).map(|n| (round * at_once + n) % product.processes()).collect();
        victims.dedup();
        let after_ms: Vec<u64> = victims.iter().map(|_| 100 + random.random_below(700)).collect();
        let shoppers = (0..8).map(|n| shop(&product, &goods, (&done, &acknowledged), round, n));
        let kills = victims.iter().zip(after_ms).map(|(victim, after_ms)| {
            let (product, acknowledged) = (&product, &acknowledged);
            async move {
                pause(after_ms).await;
                // However slow the machine is, more orders were placed than rounds are over.
                let started = Instant::now();
                while acknowledged.load(Ordering::Relaxed) < round + 2 && started.elapsed() < PATIENCE {
                    pause(10).await;
                }
                product.signal(*victim, "KILL");
            }
        });
        let (batches, ()) = tokio::join!(futures_util::future::join_all(shoppers), async {
            futures_util::future::join_all(kills).await;
            pause(150).await;
            done.store(true, Ordering::Relaxed);
        });
        told.extend(batches.into_iter().flatten());
        for victim in victims {
            product.kill(victim);
            product.run(victim);
        }
    }
    assert!(told.len() > kills, "nothing was ordered between the kills:\n{}", product.logs());
    let mut admin = product.admin().await;
    for told in &told {
        let order = ok(&mut admin, "GET", &format!("/api/orders/carts/{}/order", told.cart), Value::Null).await;
        assert_eq!(order["id"], told.order.as_str());
        assert_eq!(order["verdict"], "placed", "{order}");
    }
    quiet(&mut admin).await;
    assert_stock(&mut admin, &goods).await;
    for position in 0..product.processes() {
        product.kill(position);
    }
    assert_eq!(product.check(), "");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_acknowledged_survives_a_killed_database_server() {
    if !is_postgres() {
        return eprintln!("not tested: PostgreSQL killed; set BACKROOM_TEST_STORE=postgres");
    }
    let mut server = Postgres::temporary().expect("a PostgreSQL server");
    let mut product = Product::start_at("kill-database", bus(), Some(server.url()));
    let mut admin = product.admin().await;
    let goods = stock(&mut admin, 3, PIECES).await;
    let (done, acknowledged) = (AtomicBool::new(false), AtomicUsize::new(0));
    let mut told = Vec::new();
    for round in 0..2 {
        done.store(false, Ordering::Relaxed);
        let shoppers = (0..8).map(|n| shop(&product, &goods, (&done, &acknowledged), round, n));
        let (batches, ()) = tokio::join!(futures_util::future::join_all(shoppers), async {
            pause(1_500).await;
            tokio::task::block_in_place(|| server.kill_and_restart()).expect("it comes back");
            pause(1_500).await;
            done.store(true, Ordering::Relaxed);
        });
        told.extend(batches.into_iter().flatten());
    }
    assert!(!told.is_empty(), "nothing was ordered:\n{}", product.logs());
    let mut admin = product.admin().await;
    for told in &told {
        let order = ok(&mut admin, "GET", &format!("/api/orders/carts/{}/order", told.cart), Value::Null).await;
        assert_eq!((&order["id"], &order["verdict"]), (&json!(told.order), &json!("placed")), "{order}");
    }
    quiet(&mut admin).await;
    for position in 0..product.processes() {
        product.kill(position);
    }
    assert_eq!(product.check(), "");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_acknowledged_survives_a_killed_bus_that_comes_back_empty() {
    if !is_split() {
        return eprintln!("not tested: NATS killed under load; set BACKROOM_TEST_TOPOLOGY=split");
    }
    let mut nats = Nats::temporary().expect("a NATS server");
    let mut product = Product::start_on("kill-bus", Some(nats.url()));
    let mut admin = product.admin().await;
    let goods = stock(&mut admin, 3, PIECES).await;
    let random = kit::runtime::Runtime::real();
    let (done, acknowledged) = (AtomicBool::new(false), AtomicUsize::new(0));
    let mut told = Vec::new();
    for round in 0..2 {
        done.store(false, Ordering::Relaxed);
        let after_ms = 500 + random.random_below(1_500);
        let shoppers = (0..8).map(|n| shop(&product, &goods, (&done, &acknowledged), round, n));
        let (batches, ()) = tokio::join!(futures_util::future::join_all(shoppers), async {
            pause(after_ms).await;
            tokio::task::block_in_place(|| {
                nats.lose().expect("our own server can be killed");
                nats.restart().expect("it comes back");
            });
            pause(3_000).await;
            done.store(true, Ordering::Relaxed);
        });
        told.extend(batches.into_iter().flatten());
    }
    assert!(!told.is_empty(), "nothing was ordered:\n{}", product.logs());
    let mut admin = product.admin().await;
    for told in &told {
        let path = format!("/api/orders/carts/{}/order", told.cart);
        let order = ok(&mut admin, "GET", &path, Value::Null).await;
        assert_eq!((&order["id"], &order["verdict"]), (&json!(told.order), &json!("placed")), "{order}");
    }
    quiet(&mut admin).await;
    assert_stock(&mut admin, &goods).await;
    for position in 0..product.processes() {
        product.kill(position);
    }
    assert_eq!(product.check(), "");
}

/// Places orders until told to stop or cut off, and counts those that were acknowledged.
async fn shop(
    product: &Product,
    goods: &[Goods],
    (done, acknowledged): (&AtomicBool, &AtomicUsize),
    round: usize,
    n: usize,
) -> Vec<Told> {
    let mut told = Vec::new();
    let mut count = 0;
    while !done.load(Ordering::Relaxed) {
        count += 1;
        match order(product, goods, &format!("k{round}-{n}-{count}")).await {
            Ok(Some(one)) => {
                told.push(one);
                acknowledged.fetch_add(1, Ordering::Relaxed);
            }
            Ok(None) => {}
            // Cut off: the outcome is not known, and nothing was promised.
            Err(_) => pause(20).await,
        }
    }
    told
}

/// Places one order of a piece of each, as far as it gets: a step that is refused, because a service is away, ends it.
async fn order(product: &Product, goods: &[Goods], key: &str) -> Result<Option<Told>, Failure> {
    let mut client = product.try_connect(false).await?;
    let (status, cart) = client.ask("POST", "/api/orders/carts", &[("idempotency-key", key)], &json!({})).await?;
    let Some(id) = cart["id"].as_str().filter(|_| status < 300).map(str::to_owned) else { return Ok(None) };
    let contact = json!({"name": "Test Shopper", "phone": "000", "address": ["1 Sample Street"]});
    let line = |goods: &Goods| json!({"product": goods.product, "quantity": {"milli": 1000, "unit": "pcs"}});
    let mut steps: Vec<(&str, Value)> = goods.iter().map(|goods| ("lines", line(goods))).collect();
    steps.push(("delivery", json!({"method": "courier", "contact": contact})));
    for (what, body) in steps {
        let (status, _) = client.ask("PUT", &format!("/api/orders/carts/{id}/{what}"), &[], &body).await?;
        if status >= 300 {
            return Ok(None);
        }
    }
    let (status, order) =
        client.ask("POST", &format!("/api/orders/carts/{id}/place"), &[], &payment("card_now", "tok_ok")).await?;
    let placed = status == 200 && order["verdict"] == "placed";
    Ok(placed.then(|| Told { cart: id, order: order["id"].as_str().unwrap_or_default().to_owned() }))
}

/// Waits until no order's payment is under way any more.
async fn quiet(admin: &mut Client) {
    let started = Instant::now();
    loop {
        let list = ok(admin, "GET", "/api/orders?state=awaiting_payment&limit=200", Value::Null).await;
        if list["orders"].as_array().is_some_and(Vec::is_empty) {
            return;
        }
        if started.elapsed() > Duration::from_secs(32) {
            // By now every cut-off checkout was looked at. Orders whose payment was never asked for may still be paid: so be it.
            return;
        }
        pause(200).await;
    }
}

async fn assert_stock(admin: &mut Client, goods: &[Goods]) {
    // Stock first: an order that still lives afterwards had its goods then, while one may be cancelled at any moment.
    let mut stock = Vec::new();
    for goods in goods {
        stock.push(levels(admin, goods).await);
    }
    let mut live = 0;
    let mut after = String::new();
    loop {
        let list = ok(admin, "GET", &format!("/api/orders?limit=200{after}"), Value::Null).await;
        let orders = list["orders"].as_array().expect("a list");
        live += orders.iter().filter(|order| order["state"] != "cancelled").count() as i64;
        match list["next"].as_str() {
            Some(next) => after = format!("&after={next}"),
            None => break,
        }
    }
    for (on_hand, reserved) in stock {
        assert_eq!(on_hand, PIECES);
        // Reservations without an order are those of cut-off requests; their outer expiry frees them.
        assert!(reserved >= live, "{reserved} reserved for {live} orders");
    }
}
