//! A service is killed while it is asked: who waits for the whole is answered in the time that a request has, and nothing is done twice.
#![allow(clippy::disallowed_methods)] // real processes live in real time

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use testbed::client::Client;

use crate::product::{Product, cart, is_split, levels_become, ok, pause, payment, stock};

/// What a request may take by default, and room for a busy machine: less than two calls that each wait for theirs.
const IN_TIME: Duration = Duration::from_secs(12);
/// A service that nobody runs is not waited for.
const AT_ONCE: Duration = Duration::from_secs(4);

#[tokio::test]
async fn a_service_killed_while_it_is_asked_costs_no_more_than_the_time_of_a_request() {
    if !is_split() {
        return eprintln!("not tested: a service killed while it is asked; set BACKROOM_TEST_TOPOLOGY=split");
    }
    let mut product = Product::start("deadline");
    let (mut admin, mut guest) = (product.admin().await, product.guest().await);
    let goods = stock(&mut admin, 1, 10).await;
    let cart = cart(&mut guest, "c", &[&goods[0]], 1).await;

    // Nothing can be placed without stock: the shopper is told that it is not known.
    let (status, told) = killed_meanwhile(&mut product, &mut guest, "inventory", &cart).await;
    assert_eq!((status, &told["type"]), (504, &json!("/problems/kit/unknown-outcome")), "{told}");
    let (status, told) = place(&mut guest, &cart, AT_ONCE).await;
    assert_eq!((status, &told["type"]), (503, &json!("/problems/kit/no-such-service")), "{told}");
    start_again(&mut product, "inventory");

    // Without payments the order is there, and what became of the money is asked for later.
    let (status, order) = killed_meanwhile(&mut product, &mut guest, "payments", &cart).await;
    assert_eq!((status, &order["verdict"]), (200, &json!("payment_pending")), "{order}");
    let (status, same) = place(&mut guest, &cart, AT_ONCE).await;
    assert_eq!((status, &same["verdict"], &same["id"]), (200, &json!("payment_pending"), &order["id"]), "{same}");
    start_again(&mut product, "payments");
    let mut last = Value::Null;
    for _ in 0..100 {
        (_, last) = place(&mut guest, &cart, IN_TIME).await;
        if last["verdict"] == "placed" {
            break;
        }
        pause(100).await;
    }
    assert_eq!((&last["verdict"], &last["id"]), (&json!("placed"), &order["id"]), "{last}");
    levels_become(&mut admin, &goods[0], (10, 1)).await;
    let list = ok(&mut admin, "GET", "/api/orders?limit=10", Value::Null).await;
    assert_eq!(list["orders"].as_array().map(Vec::len), Some(1), "{list}");
}

/// Places while `service` takes calls and answers none, and is then killed.
async fn killed_meanwhile(product: &mut Product, guest: &mut Client, service: &str, cart: &str) -> (u16, Value) {
    let position = product.position(service);
    product.signal(position, "STOP");
    let (answer, ()) = tokio::join!(place(guest, cart, IN_TIME), async {
        pause(1_000).await;
        product.signal(position, "KILL");
    });
    answer
}

fn start_again(product: &mut Product, service: &str) {
    let position = product.position(service);
    product.kill(position);
    product.run(position);
}

async fn place(guest: &mut Client, cart: &str, limit: Duration) -> (u16, Value) {
    let began = Instant::now();
    let path = format!("/api/orders/carts/{cart}/place");
    let answer = guest.ask("POST", &path, &[], &payment("card_now", "tok_ok")).await.expect("the gateway answers");
    let took = began.elapsed();
    assert!(took < limit, "it took {took:?}: {answer:?}");
    answer
}
