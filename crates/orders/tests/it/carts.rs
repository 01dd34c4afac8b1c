//! Carts and the people they are for.

use std::sync::Arc;
use std::time::Duration;

use contracts::shared::CustomerId;
use kit::auth::Actor;
use kit::http::{App, Providers};
use kit::sim::{self, Process, World};
use kit::testing::Answer;
use kit::time::Timestamp;
use serde_json::{Value as Json, json};

use crate::house::{House, pieces, product};

const DAY: Duration = Duration::from_secs(24 * 3600);

/// A cart by telephone with a contact; its path.
async fn cart_for(house: &House, customer: CustomerId, key: &str) -> String {
    let whose = json!({ "channel": "phone", "customer": customer });
    let opened = house.0.post_keyed(&house.0.admin(), "/api/orders/carts", key, &whose).await;
    let cart = format!("carts/{}", opened.body["id"].as_str().unwrap());
    house.put(&format!("{cart}/lines"), &json!({ "product": product(1), "quantity": pieces(1) })).await;
    house.put(&format!("{cart}/delivery"), &courier()).await;
    cart
}

fn courier() -> Json {
    let contact = json!({ "name": "Demo Shopper", "phone": "+380000000000", "address": ["1 Example Street"] });
    json!({ "method": "courier", "contact": contact })
}

async fn until(house: &House, cart: &str, there: impl Fn(&Answer) -> bool) -> Answer {
    for _ in 0..500 {
        let answer = house.0.get(&house.0.admin(), &format!("/api/orders/{cart}")).await;
        if there(&answer) {
            return answer;
        }
        house.0.running.app("orders").unwrap().runtime().sleep(Duration::from_millis(10)).await;
    }
    panic!("{cart} did not become so");
}

#[tokio::test]
async fn the_carts_of_an_erased_customer_are_gone_and_nobody_elses() {
    let house = House::new().await;
    let (erased, other) = (CustomerId::from_u128(1), CustomerId::from_u128(2));
    let (first, second) = (cart_for(&house, erased, "a").await, cart_for(&house, erased, "b").await);
    let kept = cart_for(&house, other, "c").await;
    house.erase(erased, Vec::new()).await;
    for gone in [first, second] {
        until(&house, &gone, |answer| answer.status == 404).await;
    }
    assert_eq!(until(&house, &kept, |answer| answer.status == 200).await.body["customer"], json!(other));
}

#[tokio::test]
async fn the_carts_of_who_is_somebody_else_follow_them() {
    let house = House::new().await;
    let (twin, into) = (CustomerId::from_u128(1), CustomerId::from_u128(2));
    let cart = cart_for(&house, twin, "a").await;
    house.merge(twin, into).await;
    let shown = until(&house, &cart, |answer| answer.body["customer"] == json!(into)).await;
    assert_eq!(shown.body["lines"].as_array().unwrap().len(), 1);
    house.erase(into, Vec::new()).await;
    until(&house, &cart, |answer| answer.status == 404).await;
}

#[tokio::test]
async fn what_a_cart_says_of_a_person_is_kept_for_days_and_not_for_weeks() {
    let house = House::new().await;
    let guest = Actor::guest(String::new());
    let opened = house.0.post_keyed(&guest, "/api/orders/carts", "g", &json!({})).await;
    let id = opened.body["id"].as_str().unwrap().to_owned();
    let cart = format!("/api/orders/carts/{id}");
    let put = async |what: &str, body: &Json| {
        let answer = house.0.request(&guest, "PUT", &format!("{cart}/{what}"), &[], body).await;
        assert_eq!(answer.status, 200, "{answer:?}");
    };
    let app = house.0.running.app("orders").unwrap();
    let kept = async || {
        let sql = "select expires_at from orders_carts where id = $1";
        let id: contracts::orders::CartId = id.parse().unwrap();
        let until = app.read(move |reader| Ok(reader.one(sql, &[id.into()], |row| row.get::<Timestamp>(0))?)).await;
        until.unwrap().unwrap().since(app.runtime().now())
    };
    put("lines", &json!({ "product": product(1), "quantity": pieces(1) })).await;
    assert!(kept().await > DAY * 29, "goods alone are nobody's");
    put("delivery", &courier()).await;
    assert!(kept().await > DAY * 2 && kept().await <= DAY * 3);
    put("lines", &json!({ "product": product(2), "quantity": pieces(1) })).await;
    assert!(kept().await <= DAY * 3);
    // An erasure that came before knew nothing of this cart.
    let (admin, known) = (house.0.admin(), json!({ "customer": CustomerId::from_u128(1) }));
    let answer = house.0.request(&admin, "PUT", &format!("{cart}/customer"), &[], &known).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert!(kept().await <= DAY * 3);
}

#[test]
fn carts_whose_time_is_over_are_forgotten_though_nobody_opens_another() {
    sim::run(1, |runtime| async move {
        let process = Process {
            name: "house",
            services: Arc::new(|| vec![orders::service()]),
            providers: Arc::new(Providers::default),
        };
        let world = World::start(&runtime, vec![process]).unwrap();
        let open = async |key: &str| {
            let guest = Actor::guest(String::new());
            let head = [("idempotency-key", key)];
            let opened = world.request(&guest, "POST", "/api/orders/carts", &head, &json!({})).await.unwrap();
            format!("/api/orders/carts/{}", opened.body["id"].as_str().unwrap())
        };
        let (old, young) = (open("old").await, open("young").await);
        let id: contracts::orders::CartId = old.rsplit('/').next().unwrap().parse().unwrap();
        let over = "update orders_carts set expires_at = 0 where id = $1";
        let write = |app: App| async move { app.write(&app.itself(), move |tx| Ok(tx.put(over, &[id.into()])?)).await };
        world.inside("orders", write).await.unwrap().unwrap();
        runtime.sleep(Duration::from_secs(3700)).await;
        let guest = Actor::guest(String::new());
        let get = async |cart: &str| world.request(&guest, "GET", cart, &[], &Json::Null).await.unwrap().status;
        assert_eq!((get(&old).await, get(&young).await), (404, 200));
    });
}
