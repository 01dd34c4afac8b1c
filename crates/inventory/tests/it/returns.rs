//! Goods that nobody took come back: to the site that handed them over, and become stock again as far as they are whole.

use contracts::orders::OrderId;
use kit::auth::Actor;
use serde_json::{Value as Json, json};

use crate::house::{House, clerk, line, product, site};

/// The goods that come back of order `n`, once there are `count` lots of them.
async fn coming(house: &House, n: u128, count: usize) -> Vec<Json> {
    for _ in 0..500 {
        let picks = house.get(&format!("orders/{}/picks", OrderId::from_u128(n))).await.body;
        match picks["returns"].as_array() {
            Some(returns) if returns.len() == count => return returns.clone(),
            _ => house.app().runtime().sleep(std::time::Duration::from_millis(10)).await,
        }
    }
    panic!("nothing comes back of order {n}");
}

async fn receive(house: &House, actor: &Actor, back: &Json, version: i64, lines: Json) -> kit::testing::Answer {
    let path = format!("/api/inventory/returns/{}/receive", back["id"].as_str().unwrap());
    let at = format!("\"{version}\"");
    house.0.request(actor, "POST", &path, &[("if-match", &at)], &json!({ "lines": lines })).await
}

fn said(n: u128, whole: i64, damaged: i64) -> Json {
    let pieces = |n: i64| json!({ "milli": n * 1000, "unit": "pcs" });
    json!({ "product": product(n), "whole": pieces(whole), "damaged": pieces(damaged) })
}

#[tokio::test]
async fn what_nobody_took_is_stock_again_as_far_as_it_is_whole() {
    let house = House::new();
    house.receive(&[line(1, 1, 9), line(1, 2, 9), line(2, 1, 9)]).await;
    assert_eq!(house.start_picks(1, &[line(1, 1, 2), line(1, 2, 3), line(2, 1, 1)]).await.status, 200);
    house.order_released(1).await;
    house.until(1, "shipped").await;
    house.order_returned(1).await;
    let back = coming(&house, 1, 1).await.remove(0);
    assert_eq!((&back["site"], &back["items"][0]["expected"]["milli"]), (&json!(site(1)), &json!(5000)), "{back}");
    assert_eq!(house.level(1, 1).await, (7, 0), "nothing is stock before it was seen");
    let waiting = house.get("picks/waiting").await.body;
    assert_eq!(waiting["sites"][0]["to_take_in"], 1, "{waiting}");

    let ann = clerk("inventory.pick", site(1));
    let elsewhere = clerk("inventory.pick", site(2));
    assert_eq!(receive(&house, &elsewhere, &back, 1, json!([])).await.status, 403);
    assert_eq!(receive(&house, &Actor::guest("g".to_owned()), &back, 1, json!([])).await.status, 401);
    for wrong in
        [json!([said(1, 5, 1)]), json!([said(1, 6, 0)]), json!([said(3, 1, 0)]), json!([said(1, 1, 0), said(1, 1, 0)])]
    {
        assert_eq!(receive(&house, &ann, &back, 1, wrong).await.status, 422);
    }
    assert_eq!(receive(&house, &ann, &back, 2, json!([])).await.status, 412);
    assert_eq!(house.level(1, 1).await, (7, 0));

    let received = receive(&house, &ann, &back, 1, json!([said(1, 3, 1)])).await;
    assert_eq!((received.status, &received.body["received_by"]), (200, &json!("person:clerk")), "{received:?}");
    assert_eq!((house.level(1, 1).await, house.level(2, 1).await), ((10, 0), (9, 0)));
    assert_eq!(house.level(1, 2).await, (6, 0), "all of it went with the one parcel");
    let moved = house.get(&format!("movements?product={}&site={}", product(1), site(1))).await.body;
    let last = &moved["movements"][0];
    assert_eq!((&last["kind"], &last["reference"]), (&json!("returned"), &json!(OrderId::from_u128(1))), "{moved}");
    let again = receive(&house, &ann, &back, 2, json!([])).await;
    assert_eq!((again.status, again.problem()), (409, "inventory/return-received"));
    let list = house.get(&format!("returns?site={}", site(1))).await.body;
    assert_eq!(list["returns"], json!([]));
    house.sound().await;
}

#[tokio::test]
async fn a_parcel_that_never_left_its_site_comes_back_there() {
    let house = House::new();
    house.receive(&[line(1, 1, 2), line(2, 2, 2)]).await;
    assert_eq!(house.start_picks(1, &[line(1, 1, 2), line(2, 2, 2)]).await.status, 200);
    let picks = house.get(&format!("orders/{}/picks", OrderId::from_u128(1))).await.body;
    let there = picks["picks"].as_array().unwrap().iter().find(|pick| pick["site"] == json!(site(2))).unwrap();
    let path = format!("picks/{}", there["id"].as_str().unwrap());
    let all = json!({ "lines": [{ "product": product(2), "picked": { "milli": 2000, "unit": "pcs" } }] });
    assert_eq!(house.post(&format!("{path}/lines"), &all).await.status, 200);
    assert_eq!(house.post(&format!("{path}/pack"), &json!({ "parcels": 1 })).await.status, 200);
    house.order_released(1).await;
    house.order_returned(1).await;
    let back = coming(&house, 1, 2).await;
    let sites: Vec<&Json> = back.iter().map(|back| &back["site"]).collect();
    assert_eq!(sites, [&json!(site(1)), &json!(site(2))]);
    assert_eq!(house.get(&path).await.body["state"], "handed_over");
    house.sound().await;
}
