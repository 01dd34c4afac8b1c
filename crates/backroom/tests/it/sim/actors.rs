//! Those who use the product: buyers with several tabs, agents, people who receive goods. They repeat what was not answered
//! and note what they were told.

use std::future::Future;
use std::pin::Pin;

use contracts::shared::{ProductId, SiteId};
use futures_util::future::join_all;
use kit::auth::Actor;
use kit::http::KEY_HEADER;
use kit::testing::Answer;
use serde_json::{Value, json};

use super::Shop;

const BUYERS: u64 = 6;
const AGENTS: u64 = 2;
const PRODUCTS: u128 = 5;
pub const SITES: u128 = 3;

pub fn products() -> Vec<ProductId> {
    (1..=PRODUCTS).map(|n| ProductId::from_u128(n << 64)).collect()
}

pub fn pieces(count: u64) -> Value {
    json!({"milli": count * 1000, "unit": "pcs"})
}

/// Sets prices and ways of delivery, and receives the first goods.
pub async fn open(shop: &Shop) {
    let offer = |id: &ProductId| {
        json!({"product": id, "name": format!("Product {id}"), "unit": "pcs", "tax": 2000, "sold": true,
            "price": {"minor": 1999, "currency": "EUR"}})
    };
    let offers = json!({"offers": products().iter().map(offer).collect::<Vec<_>>()});
    let methods = json!({"methods": [{"code": "courier", "name": "Courier", "fee": {"minor": 490, "currency": "EUR"},
        "tax": 2000, "pick_up": false, "offered": true}]});
    for (path, body) in [("/api/orders/offers", offers), ("/api/orders/delivery-methods", methods)] {
        let answer = shop.world.insist(&shop.admin(), "PUT", path, &[], &body).await;
        assert_eq!(answer.status, 200, "{answer:?}");
    }
    for n in 0..4 {
        receive(shop, &format!("opening-{n}")).await;
    }
}

/// What somebody does until the shop closes.
pub type Acting = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Everybody, and `others`, until the shop closes.
pub fn all(shop: &Shop, others: Vec<Acting>) -> impl Future<Output = ()> + use<> {
    let mut actors: Vec<Acting> = others;
    // Where people work by the procedures, those who go past them are few.
    let pause_ms = if shop.cast == super::Cast::House { 20_000 } else { 3_000 };
    for n in 0..BUYERS {
        let shop = shop.clone();
        actors.push(Box::pin(async move {
            let mut count = 0;
            while !shop.is_closing() {
                count += 1;
                shop.wait(10_000).await;
                buy(&shop, &format!("{n}-{count}")).await;
            }
        }));
    }
    for _ in 0..AGENTS {
        let shop = shop.clone();
        actors.push(Box::pin(async move {
            while !shop.is_closing() {
                shop.wait(pause_ms).await;
                work(&shop).await;
            }
        }));
    }
    let receiving = shop.clone();
    actors.push(Box::pin(async move {
        let mut count = 0;
        while !receiving.is_closing() {
            receiving.wait(60_000).await;
            count += 1;
            receive(&receiving, &format!("truck-{count}")).await;
        }
    }));
    let runtime = shop.runtime().clone();
    let tasks: Vec<_> = actors.into_iter().map(|actor| runtime.spawn(actor)).collect();
    async move {
        for task in tasks {
            task.ended().await;
        }
    }
}

async fn receive(shop: &Shop, reference: &str) {
    let site = SiteId::from_u128(u128::from(1 + shop.below(SITES as u64)) << 64);
    let mut lines = Vec::new();
    let mut sum = Vec::new();
    for product in products() {
        let count = shop.below(6);
        if count > 0 {
            lines.push(json!({"product": product, "quantity": pieces(count)}));
            sum.push((product, count));
        }
    }
    if lines.is_empty() {
        return;
    }
    let body = json!({"site": site, "reference": reference, "lines": lines});
    let headers = [(KEY_HEADER, reference)];
    let answer = shop.world.insist(&shop.admin(), "POST", "/api/inventory/receipts", &headers, &body).await;
    assert!(answer.status < 300, "{answer:?}");
    shop.books.received(&sum);
}

fn means(shop: &Shop) -> Value {
    let method = ["card", "card", "card_now", "card_now", "on_delivery", "on_account"];
    let token = [
        "tok_ok",
        "tok_ok",
        "tok_ok",
        "tok_decline",
        "tok_slow_3000",
        "tok_slow_8000",
        "tok_unknown",
        "tok_lost_2",
        "tok_flaky",
    ];
    let method = method[usize::try_from(shop.below(method.len() as u64)).expect("a few")];
    let token = token[usize::try_from(shop.below(token.len() as u64)).expect("a few")];
    json!({"payment_method": method, "payment_token": token})
}

fn guest(shop: &Shop) -> Actor {
    Actor::guest(format!("{:016x}", shop.runtime().random_u64()))
}

/// Asks as a guest; who orders on account is known by name. Some go away when there is no answer; most ask again.
async fn ask(shop: &Shop, method: &str, path: &str, body: &Value) -> Option<Answer> {
    let actor = if body["payment_method"] == "on_account" { shop.admin() } else { guest(shop) };
    for _ in 0..12 {
        if let Ok(answer) = shop.world.request(&actor, method, path, &[], body).await {
            return Some(answer);
        }
        if shop.chance(5) {
            return None;
        }
        shop.wait(2_000).await;
    }
    None
}

pub fn expect(answer: &Answer, statuses: &[u16]) {
    assert!(statuses.contains(&answer.status), "{answer:?}");
}

/// One shopper's errand: cart, lines, address, placing from some tabs at once, paying again, now and then a change of mind.
async fn buy(shop: &Shop, key: &str) {
    let opened = shop.world.insist(&guest(shop), "POST", "/api/orders/carts", &[(KEY_HEADER, key)], &json!({})).await;
    expect(&opened, &[201]);
    let cart = format!("/api/orders/carts/{}", opened.body["id"].as_str().expect("a cart has an id"));
    let mut is_filled = false;
    for product in products() {
        if shop.chance(40) {
            let body = json!({"product": product, "quantity": pieces(1 + shop.below(3))});
            let Some(answer) = ask(shop, "PUT", &format!("{cart}/lines"), &body).await else { return };
            expect(&answer, &[200, 409]);
            is_filled |= answer.status == 200;
        }
    }
    let contact = json!({"name": "Test Shopper", "phone": "000", "address": ["1 Sample Street"]});
    let delivery = json!({"method": "courier", "contact": contact});
    let Some(answer) = ask(shop, "PUT", &format!("{cart}/delivery"), &delivery).await else { return };
    expect(&answer, &[200]);
    if !is_filled || shop.chance(3) {
        return;
    }
    let tabs = 1 + shop.below(3) * shop.below(2);
    let same = means(shop);
    join_all((0..tabs).map(|_| place(shop, &cart, &same))).await;
    if shop.chance(20) {
        // Two tabs, or a double click.
        join_all((0..1 + shop.below(2)).map(|_| cancel(shop, &cart))).await;
    }
    for _ in 0..shop.below(3) {
        shop.wait(20_000).await;
        let Some(answer) = ask(shop, "GET", &format!("{cart}/order"), &Value::Null).await else { return };
        expect(&answer, &[200, 404]);
        shop.books.heard(&answer);
    }
    if shop.chance(8) {
        cancel(shop, &cart).await;
    }
}

async fn place(shop: &Shop, cart: &str, same: &Value) {
    shop.wait(300).await;
    let means = if shop.chance(80) { same.clone() } else { means(shop) };
    if shop.chance(5) {
        // Another tab changes the cart meanwhile.
        let product = products()[usize::try_from(shop.below(PRODUCTS as u64)).expect("a few")];
        let body = json!({"product": product, "quantity": pieces(1 + shop.below(2))});
        ask(shop, "PUT", &format!("{cart}/lines"), &body).await;
    }
    let Some(mut answer) = ask(shop, "POST", &format!("{cart}/place"), &means).await else { return };
    for _ in 0..3 {
        expect(&answer, &[200, 409]);
        shop.books.heard(&answer);
        if answer.body["verdict"] != "payment_declined" || shop.chance(30) {
            return;
        }
        shop.wait(15_000).await;
        let means = self::means(shop);
        let Some(paid) = ask(shop, "POST", &format!("{cart}/pay"), &means).await else { return };
        answer = paid;
    }
}

async fn cancel(shop: &Shop, cart: &str) {
    shop.wait(3_000).await;
    let Some(answer) = ask(shop, "POST", &format!("{cart}/cancel"), &Value::Null).await else { return };
    expect(&answer, &[200, 404, 409]);
    shop.books.heard(&answer);
}

/// An agent takes one order further, or not.
async fn work(shop: &Shop) {
    let admin = shop.admin();
    let state = ["placed", "placed", "confirmed", "released", "awaiting_payment"]
        [usize::try_from(shop.below(5)).expect("a few")];
    let list =
        shop.world.request(&admin, "GET", &format!("/api/orders?limit=20&state={state}"), &[], &Value::Null).await;
    let Ok(list) = list else { return };
    expect(&list, &[200]);
    let Some(orders) = list.body["orders"].as_array().filter(|orders| !orders.is_empty()) else { return };
    let chosen = &orders[usize::try_from(shop.below(orders.len() as u64)).expect("a few")];
    let path = format!("/api/orders/{}", chosen["id"].as_str().expect("an order has an id"));
    let Ok(order) = shop.world.request(&admin, "GET", &path, &[], &Value::Null).await else { return };
    expect(&order, &[200]);
    shop.books.heard(&order);
    let version = format!("\"{}\"", order.version.expect("an order has a version"));
    let headers = [("if-match", version.as_str())];
    shop.wait(1_000).await;
    let (step, body) = match (state, shop.below(10)) {
        ("released", _) => ("deliver", Value::Null),
        (_, 0) => ("cancel", json!({"reason": "unreachable"})),
        (_, 1..4) => ("edit", edit(shop, &order.body)),
        ("placed", 4..7) => ("confirm", Value::Null),
        _ => ("release", Value::Null),
    };
    // Not answered, it is looked at anew some time: an order is changed by version.
    let Ok(answer) = shop.world.request(&admin, "POST", &format!("{path}/{step}"), &headers, &body).await else {
        return;
    };
    expect(&answer, &[200, 409, 412]);
    shop.books.heard(&answer);
    if answer.status != 200 {
        return;
    }
    if step == "edit" && answer.body["due"]["minor"].as_i64().is_some_and(|due| due > 0) && shop.chance(80) {
        let means = means(shop);
        if let Ok(paid) = shop.world.request(&admin, "POST", &format!("{path}/pay"), &[], &means).await {
            expect(&paid, &[200, 409]);
            shop.books.heard(&paid);
        }
    }
}

pub fn edit(shop: &Shop, order: &Value) -> Value {
    let products = products();
    let mut lines = Vec::new();
    for line in order["lines"].as_array().expect("an order has lines") {
        match shop.below(4) {
            0 => lines.push(json!({"product": line["product"], "quantity": pieces(1 + shop.below(4))})),
            1 if lines.is_empty() => lines.push(json!({"product": line["product"]})),
            _ => {}
        }
    }
    let product = products[usize::try_from(shop.below(products.len() as u64)).expect("a few")];
    let is_known = lines.iter().any(|line| line["product"] == json!(product));
    if lines.is_empty() || shop.chance(30) && !is_known {
        lines.push(json!({"product": product, "quantity": pieces(1 + shop.below(2))}));
    }
    json!({"lines": lines})
}
