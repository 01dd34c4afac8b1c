//! An order's life, and the wrong turns it can take.
#![allow(clippy::disallowed_methods)] // real processes live in real time

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use testbed::client::Client;

use crate::product::{Goods, Product, at_version, cart, levels_become, ok, pause, payment, stock};

async fn place(client: &mut Client, cart: &str, method: &str, token: &str) -> Value {
    ok(client, "POST", &format!("/api/orders/carts/{cart}/place"), payment(method, token)).await
}

async fn becomes(client: &mut Client, path: &str, field: &str, expected: &str) -> Value {
    let started = Instant::now();
    loop {
        let view = ok(client, "GET", path, Value::Null).await;
        if view[field] == expected {
            return view;
        }
        assert!(started.elapsed() < Duration::from_secs(45), "{field} of {path} is {}, not {expected}", view[field]);
        pause(50).await;
    }
}

#[tokio::test]
async fn an_order_by_card_is_placed_confirmed_released_and_delivered() {
    let product = Product::start("life");
    let (mut admin, mut guest) = (product.admin().await, product.guest().await);
    let goods = stock(&mut admin, 2, 10).await;
    let cart = cart(&mut guest, "c", &[&goods[0], &goods[1]], 2).await;
    let order = place(&mut guest, &cart, "card", "tok_ok").await;
    assert_eq!((&order["verdict"], &order["payments"][0]["state"]), (&json!("placed"), &json!("authorised")));
    assert_eq!(order["totals"]["total"]["minor"], 4490);
    levels_become(&mut admin, &goods[0], (10, 2)).await;
    let path = format!("/api/orders/{}", order["id"].as_str().expect("an id"));
    let (status, order) = at_version(&mut admin, &format!("{path}/confirm"), &order["version"], Value::Null).await;
    assert_eq!((status, &order["state"]), (200, &json!("confirmed")));
    let (status, order) = at_version(&mut admin, &format!("{path}/release"), &order["version"], Value::Null).await;
    assert_eq!(
        (status, &order["state"], &order["payments"][0]["captured"]["minor"]),
        (200, &json!("released"), &json!(4490))
    );
    levels_become(&mut admin, &goods[0], (8, 0)).await;
    let (status, refused) =
        guest.ask("POST", &format!("/api/orders/carts/{cart}/cancel"), &[], &Value::Null).await.expect("an answer");
    assert_eq!((status, &refused["type"]), (409, &json!("/problems/orders/not-cancellable")));
    let (status, order) = at_version(&mut admin, &format!("{path}/deliver"), &order["version"], Value::Null).await;
    assert_eq!((status, &order["state"]), (200, &json!("delivered")));
    let history = ok(&mut admin, "GET", &format!("{path}/history"), Value::Null).await;
    let kinds: Vec<&str> =
        history["entries"].as_array().expect("a list").iter().filter_map(|entry| entry["kind"].as_str()).collect();
    assert_eq!(kinds.first(), Some(&"order_placed"));
    assert_eq!(kinds.last(), Some(&"order_delivered"));
}

/// Places an order of two pieces of each of `goods`, releases it, and has nobody take it; returns order and shipment.
async fn undelivered(admin: &mut Client, goods: &[Goods], method: &str, key: &str) -> (Value, Value) {
    let cart = cart(admin, key, &goods.iter().collect::<Vec<_>>(), 2).await;
    let order = place(admin, &cart, method, "tok_ok").await;
    let path = format!("/api/orders/{}", order["id"].as_str().expect("an id"));
    let (status, order) = at_version(admin, &format!("{path}/release"), &order["version"], Value::Null).await;
    assert_eq!((status, &order["state"]), (200, &json!("released")));
    let tracking = format!("/api/delivery/tracking/{}", order["id"].as_str().expect("an id"));
    let started = Instant::now();
    while admin.ask("GET", &tracking, &[], &Value::Null).await.expect("an answer").0 != 200 {
        assert!(started.elapsed() < Duration::from_secs(15), "no shipment was made");
        pause(20).await;
    }
    let list = ok(admin, "GET", "/api/delivery/shipments?state=handed_over", Value::Null).await;
    let shipments = list["shipments"].as_array().expect("a list");
    let shipment = shipments.iter().find(|shipment| shipment["order"] == order["id"]).expect("it is on its way");
    let fail = format!("/api/delivery/shipments/{}/fail", shipment["id"].as_str().expect("an id"));
    let (status, failed) = at_version(admin, &fail, &shipment["version"], json!({"reason": "refused"})).await;
    assert_eq!(status, 200, "{failed}");
    (order, failed)
}

#[tokio::test]
async fn goods_that_nobody_takes_come_back_and_so_does_the_money() {
    let product = Product::start("back");
    let mut admin = product.admin().await;
    let goods = stock(&mut admin, 2, 10).await;
    let seller = json!({"name": "Demo Retail", "address": ["2 Example Street"]});
    let (status, answer) =
        admin.ask("PUT", "/api/finance/seller", &[("if-match", "\"0\"")], &seller).await.expect("an answer");
    assert_eq!(status, 200, "{answer}");
    for (key, method) in [("card", "card"), ("door", "on_delivery")] {
        let (order, shipment) = undelivered(&mut admin, &goods, method, key).await;
        let id = order["id"].as_str().expect("an id");
        let back = format!("/api/delivery/shipments/{}/take-back", shipment["id"].as_str().expect("an id"));
        let (status, taken) = at_version(&mut admin, &back, &shipment["version"], Value::Null).await;
        assert_eq!((status, &taken["state"]), (200, &json!("taken_back")));
        // Whether orders has heard of it or not: what goes back is not with the customer.
        let deliver = format!("/api/orders/{id}/deliver");
        let (status, refused) = at_version(&mut admin, &deliver, &order["version"], Value::Null).await;
        assert!([409, 412].contains(&status), "{refused}");
        becomes(&mut admin, &format!("/api/orders/{id}"), "state", "returned").await;
        let payment = format!("/api/payments/{}", order["payments"][0]["id"].as_str().expect("an id"));
        if method == "card" {
            let started = Instant::now();
            while ok(&mut admin, "GET", &payment, Value::Null).await["refunded"]["minor"] != 4490 {
                assert!(started.elapsed() < Duration::from_secs(30), "the money did not go back");
                pause(50).await;
            }
        } else {
            let paid = becomes(&mut admin, &payment, "state", "voided").await;
            assert_eq!((&paid["captured"]["minor"], &paid["refunded"]["minor"]), (&json!(0), &json!(0)));
        }
        let books = format!("/api/finance/orders/{id}");
        let started = Instant::now();
        loop {
            let known = ok(&mut admin, "GET", &books, Value::Null).await;
            let kinds: Vec<&str> = (known["invoices"].as_array().expect("a list").iter())
                .filter_map(|document| document["kind"].as_str())
                .collect();
            if kinds.contains(&"invoice") && kinds.contains(&"credit_note") && known["owed"]["minor"] == 0 {
                break;
            }
            assert!(started.elapsed() < Duration::from_secs(30), "the books are {known}");
            pause(50).await;
        }
        let picks = format!("/api/inventory/orders/{id}/picks");
        let started = Instant::now();
        let expected = loop {
            let known = ok(&mut admin, "GET", &picks, Value::Null).await;
            if let Some(expected) = known["returns"].get(0) {
                break expected.clone();
            }
            assert!(started.elapsed() < Duration::from_secs(15), "nothing is expected back: {known}");
            pause(20).await;
        };
        let receive = format!("/api/inventory/returns/{}/receive", expected["id"].as_str().expect("an id"));
        let piece = json!({"milli": 1000, "unit": "pcs"});
        let one_broken = json!({"lines": [{"product": goods[0].product, "whole": piece, "damaged": piece}]});
        let (status, received) = at_version(&mut admin, &receive, &expected["version"], one_broken).await;
        assert_eq!(status, 200, "{received}");
        let tracking = format!("/api/delivery/tracking/{id}");
        becomes(&mut admin, &tracking, "state", "returned").await;
    }
    levels_become(&mut admin, &goods[0], (8, 0)).await;
    levels_become(&mut admin, &goods[1], (10, 0)).await;
}

#[tokio::test]
async fn a_declined_card_leaves_room_for_another_and_a_cancelled_order_gives_all_back() {
    let product = Product::start("decline");
    let (mut admin, mut guest) = (product.admin().await, product.guest().await);
    let goods = stock(&mut admin, 1, 5).await;
    let cart = cart(&mut guest, "c", &[&goods[0]], 3).await;
    let order = place(&mut guest, &cart, "card_now", "tok_decline").await;
    assert_eq!((&order["verdict"], &order["state"]), (&json!("payment_declined"), &json!("awaiting_payment")));
    let order = ok(&mut guest, "POST", &format!("/api/orders/carts/{cart}/pay"), payment("card_now", "tok_ok")).await;
    assert_eq!((&order["verdict"], &order["payments"][1]["state"]), (&json!("placed"), &json!("captured")));
    let again = place(&mut guest, &cart, "card_now", "tok_ok").await;
    assert_eq!(again["id"], order["id"]);
    assert_eq!(again["payments"].as_array().map(Vec::len), Some(2));
    let cancelled = ok(&mut guest, "POST", &format!("/api/orders/carts/{cart}/cancel"), Value::Null).await;
    assert_eq!(cancelled["verdict"], "cancelled");
    ok(&mut guest, "POST", &format!("/api/orders/carts/{cart}/cancel"), Value::Null).await;
    levels_become(&mut admin, &goods[0], (5, 0)).await;
    let started = Instant::now();
    loop {
        let id = order["payments"][1]["id"].as_str().expect("an id");
        let paid = ok(&mut admin, "GET", &format!("/api/payments/{id}"), Value::Null).await;
        if paid["refunded"] == paid["captured"] {
            break;
        }
        assert!(started.elapsed() < Duration::from_secs(15), "the money did not come back: {paid}");
        pause(50).await;
    }
}

#[tokio::test]
async fn an_unknown_outcome_is_resolved_and_never_charged_twice() {
    let product = Product::start("unknown");
    let (mut admin, mut guest) = (product.admin().await, product.guest().await);
    let goods = stock(&mut admin, 1, 5).await;
    let cart = cart(&mut guest, "c", &[&goods[0]], 1).await;
    let order = place(&mut guest, &cart, "card_now", "tok_unknown").await;
    assert!(["payment_pending", "placed"].contains(&order["verdict"].as_str().expect("a verdict")), "{order}");
    place(&mut guest, &cart, "card_now", "tok_unknown").await;
    let order = becomes(&mut guest, &format!("/api/orders/carts/{cart}/order"), "verdict", "placed").await;
    assert_eq!(order["payments"].as_array().map(Vec::len), Some(1));
    let id = order["payments"][0]["id"].as_str().expect("an id");
    let paid = ok(&mut admin, "GET", &format!("/api/payments/{id}"), Value::Null).await;
    assert_eq!(paid["captured"]["minor"], 1490);
}

#[tokio::test]
async fn an_edit_keeps_locked_prices_and_settles_the_difference() {
    let product = Product::start("edit");
    let (mut admin, mut guest) = (product.admin().await, product.guest().await);
    let goods = stock(&mut admin, 2, 10).await;
    let cart = cart(&mut guest, "c", &[&goods[0]], 3).await;
    let order = place(&mut guest, &cart, "card_now", "tok_ok").await;
    let path = format!("/api/orders/{}", order["id"].as_str().expect("an id"));
    let dearer = |n: usize| {
        json!({"product": goods[n].product, "name": "Dearer", "unit": "pcs", "tax": 2000, "sold": true,
            "price": {"minor": 5000, "currency": "EUR"}})
    };
    let dearer = json!({"offers": [dearer(0), dearer(1)]});
    ok(&mut admin, "PUT", "/api/orders/offers", dearer).await;
    let piece = |n: i64| json!({"milli": n * 1000, "unit": "pcs"});
    let wish = json!({"lines": [{"product": goods[0].product, "quantity": piece(2)}, {"product": goods[1].product, "quantity": piece(1)}]});
    let preview = ok(&mut admin, "POST", &format!("{path}/edit/preview"), wish.clone()).await;
    assert_eq!((&preview["old"]["goods"]["minor"], &preview["new"]["goods"]["minor"]), (&json!(3000), &json!(7000)));
    let (status, edited) = at_version(&mut admin, &format!("{path}/edit"), &preview["version"], wish).await;
    assert_eq!(
        (status, &edited["totals"]["total"]["minor"], &edited["due"]["minor"]),
        (200, &json!(7490), &json!(4000))
    );
    levels_become(&mut admin, &goods[0], (10, 2)).await;
    levels_become(&mut admin, &goods[1], (10, 1)).await;
    let (status, refused) = at_version(&mut admin, &format!("{path}/release"), &edited["version"], Value::Null).await;
    assert_eq!((status, &refused["type"]), (409, &json!("/problems/orders/payment-missing")));
    let paid = ok(&mut admin, "POST", &format!("{path}/pay"), payment("card_now", "tok_ok")).await;
    assert_eq!(paid["due"]["minor"], 0);
    let less = json!({"lines": [{"product": goods[1].product}]});
    let (status, less) = at_version(&mut admin, &format!("{path}/edit"), &paid["version"], less).await;
    assert_eq!((status, &less["totals"]["total"]["minor"]), (200, &json!(2490)));
    let started = Instant::now();
    loop {
        let order = ok(&mut admin, "GET", &path, Value::Null).await;
        let refunded = |payment: &Value| payment["refunded"]["minor"].as_i64().expect("an amount");
        if order["payments"].as_array().expect("payments").iter().map(refunded).sum::<i64>() == 5000 {
            assert_eq!(order["secured"]["minor"], 2490);
            break;
        }
        assert!(started.elapsed() < Duration::from_secs(30), "the difference was not given back: {order}");
        pause(50).await;
    }
    let too_much = json!({"lines": [{"product": goods[0].product, "quantity": piece(11)}]});
    let order = ok(&mut admin, "GET", &path, Value::Null).await;
    let (status, refused) = at_version(&mut admin, &format!("{path}/edit"), &order["version"], too_much).await;
    assert_eq!((status, &refused["type"]), (409, &json!("/problems/orders/out-of-stock")));
    assert_eq!(refused["products"], json!([goods[0].product]), "only what is short is named");
    levels_become(&mut admin, &goods[0], (10, 2)).await;
}

#[tokio::test]
async fn strangers_are_refused_and_change_nothing() {
    let product = Product::start("strangers");
    let (mut admin, mut guest) = (product.admin().await, product.guest().await);
    let goods = stock(&mut admin, 1, 5).await;
    let cart = cart(&mut guest, "c", &[&goods[0]], 1).await;
    let order = place(&mut guest, &cart, "card_now", "tok_ok").await;
    let path = format!("/api/orders/{}", order["id"].as_str().expect("an id"));
    let reasons = json!({"reason": "customer"});
    for (method, path, body) in [
        ("GET", path.clone(), Value::Null),
        ("GET", "/api/orders".to_owned(), Value::Null),
        ("GET", format!("{path}/history"), Value::Null),
        ("POST", format!("{path}/cancel"), reasons),
        ("POST", format!("{path}/confirm"), Value::Null),
        ("POST", format!("{path}/release"), Value::Null),
        ("POST", format!("{path}/deliver"), Value::Null),
        ("POST", format!("{path}/edit"), json!({"lines": [{"product": goods[0].product}]})),
        ("POST", format!("{path}/pay"), payment("card", "tok_ok")),
        ("PUT", "/api/orders/offers".to_owned(), json!({"offers": []})),
        (
            "POST",
            "/api/payments/capture".to_owned(),
            json!({"payment": order["payments"][0]["id"], "amount": {"minor": 1, "currency": "EUR"}}),
        ),
        (
            "POST",
            "/api/inventory/reservations/release".to_owned(),
            json!({"reservation": "rsv_00000000000000000000000001"}),
        ),
    ] {
        let (status, answer) = guest.ask(method, &path, &[("if-match", "\"3\"")], &body).await.expect("an answer");
        assert_eq!(status, 401, "{method} {path}: {answer}");
    }
    let (status, _) =
        guest.ask("GET", &path, &[("backroom-actor", "service:orders")], &Value::Null).await.expect("an answer");
    assert_eq!(status, 401);
    let seen = ok(&mut admin, "GET", &path, Value::Null).await;
    // The order's own procedure may have confirmed it; strangers have done nothing.
    assert!(["placed", "confirmed"].contains(&seen["state"].as_str().expect("a state")), "{seen}");
    assert_eq!((&seen["lines"], &seen["payments"]), (&order["lines"], &order["payments"]));
}
