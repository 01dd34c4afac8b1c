//! `kill -9` at any instant under load: what was acknowledged is there afterwards, and everything still adds up.
#![allow(clippy::disallowed_methods)] // real processes live in real time

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use testbed::client::{Client, Failure};

use crate::product::{Goods, Product, levels, ok, pause, payment, stock};

const PIECES: i64 = 100_000;

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
    let done = AtomicBool::new(false);
    let mut told = Vec::new();
    for round in 0..kills {
        done.store(false, Ordering::Relaxed);
        let position = round % product.processes();
        let after_ms = 100 + random.random_below(700);
        let shoppers = (0..8).map(|n| shop(&product, &goods, &done, round, n));
        let (batches, ()) = tokio::join!(futures_util::future::join_all(shoppers), async {
            pause(after_ms).await;
            product.signal_kill(position);
            pause(150).await;
            done.store(true, Ordering::Relaxed);
        });
        told.extend(batches.into_iter().flatten());
        product.kill(position);
        product.run(position);
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

/// Places orders until told to stop or cut off.
async fn shop(product: &Product, goods: &[Goods], done: &AtomicBool, round: usize, n: usize) -> Vec<Told> {
    let mut told = Vec::new();
    let mut count = 0;
    while !done.load(Ordering::Relaxed) {
        count += 1;
        match order(product, goods, &format!("k{round}-{n}-{count}")).await {
            Ok(Some(one)) => told.push(one),
            Ok(None) => {}
            // Cut off: the outcome is not known, and nothing was promised.
            Err(_) => pause(20).await,
        }
    }
    told
}

async fn order(product: &Product, goods: &[Goods], key: &str) -> Result<Option<Told>, Failure> {
    let mut client = product.try_connect(false).await?;
    let (_, cart) = client.ask("POST", "/api/orders/carts", &[("idempotency-key", key)], &json!({})).await?;
    let Some(id) = cart["id"].as_str().map(str::to_owned) else { return Ok(None) };
    for goods in goods {
        let line = json!({"product": goods.product, "quantity": {"milli": 1000, "unit": "pcs"}});
        client.ask("PUT", &format!("/api/orders/carts/{id}/lines"), &[], &line).await?;
    }
    let contact = json!({"name": "Test Shopper", "phone": "000", "address": ["1 Sample Street"]});
    let delivery = json!({"method": "courier", "contact": contact});
    client.ask("PUT", &format!("/api/orders/carts/{id}/delivery"), &[], &delivery).await?;
    let (status, order) =
        client.ask("POST", &format!("/api/orders/carts/{id}/place"), &[], &payment("card_now", "tok_ok")).await?;
    let placed = status == 200 && order["verdict"] == "placed";
    Ok(placed.then(|| Told { cart: id, order: order["id"].as_str().unwrap_or_default().to_owned() }))
}

/// Waits until no order's payment is under way any more.
async fn quiet(admin: &mut Client) {
    let started = Instant::now();
    loop {
        let list = ok(admin, "GET", "/api/orders?state=awaiting_payment&limit=500", Value::Null).await;
        if list["orders"].as_array().is_some_and(Vec::is_empty) {
            return;
        }
        if started.elapsed() > Duration::from_secs(60) {
            // Carts whose payment was never asked for are held until their payment's time is over: that is as it should be.
            return;
        }
        pause(200).await;
    }
}

async fn assert_stock(admin: &mut Client, goods: &[Goods]) {
    let mut live = 0;
    let mut after = String::new();
    loop {
        let list = ok(admin, "GET", &format!("/api/orders?limit=500{after}"), Value::Null).await;
        let orders = list["orders"].as_array().expect("a list");
        live += orders.iter().filter(|order| order["state"] != "cancelled").count() as i64;
        match list["next"].as_str() {
            Some(next) => after = format!("&after={next}"),
            None => break,
        }
    }
    for goods in goods {
        let (on_hand, reserved) = levels(admin, goods).await;
        assert_eq!(on_hand, PIECES);
        // Reservations without an order are those of cut-off requests; their outer expiry frees them.
        assert!(reserved >= live, "{reserved} reserved for {live} orders");
    }
}
