//! Reserve, commit, release, amend, ship, expire.

use std::time::Duration;

use serde_json::json;

use crate::house::{House, line, product, reservation, site};

#[tokio::test]
async fn an_order_goes_out_and_the_ledger_tells_how() {
    let house = House::new();
    house.receive(&[line(1, 1, 10), line(2, 1, 5)]).await;
    let reserved = house.reserve(7, &[line(2, 1, 1), line(1, 1, 3)]).await;
    assert_eq!((reserved.status, reserved.body["state"].as_str()), (200, Some("held")), "{reserved:?}");
    assert_eq!(house.level(1, 1).await, (10, 3));
    assert_eq!(house.change(7, "commit").await.body["version"], 2);
    let picked = house.keyed(&format!("reservations/{}/pick", reservation(7)), "pick", &json!({})).await;
    assert_eq!((picked.status, picked.body["version"].as_i64()), (200, Some(3)), "{picked:?}");
    house.order_released(7).await;
    house.until(7, "shipped").await;
    assert_eq!(house.level(1, 1).await, (7, 0));
    assert_eq!(house.level(2, 1).await, (4, 0));
    let page = house.get(&format!("movements?product={}&site={}&limit=3", product(1), site(1))).await;
    let kinds: Vec<_> = page.body["movements"].as_array().unwrap().iter().map(|m| m["kind"].clone()).collect();
    assert_eq!(kinds, ["shipped", "picked", "reserved"]);
    let next = page.body["next"].as_i64().unwrap();
    let page = house.get(&format!("movements?product={}&site={}&after={next}", product(1), site(1))).await;
    assert_eq!((page.body["movements"][0]["kind"].as_str(), &page.body["next"]), (Some("received"), &json!(null)));
    house.order_released(7).await;
    house.order_cancelled(7).await;
    house.order_released(8).await;
    house.sound().await;
    assert_eq!(house.state(7).await, "shipped");
}

#[tokio::test]
async fn a_refused_reservation_names_the_short_lines_and_changes_nothing() {
    let house = House::new();
    house.receive(&[line(1, 1, 10), line(2, 1, 1)]).await;
    let refused = house.reserve(1, &[line(1, 1, 10), line(2, 1, 2), line(3, 1, 1)]).await;
    assert_eq!((refused.status, refused.problem()), (409, "inventory/insufficient-stock"));
    let lines = refused.body["lines"].as_array().unwrap();
    assert_eq!(lines.len(), 2);
    assert_eq!(lines[0]["available"], json!({ "milli": 1000, "unit": "pcs" }));
    assert_eq!(lines[1]["available"], json!({ "milli": 0, "unit": "pcs" }));
    assert_eq!(house.level(1, 1).await, (10, 0));
    assert_eq!(house.kinds().await, ["stock_received", "stock_received"]);
    assert_eq!(house.get(&format!("reservations/{}", reservation(1))).await.status, 404);
}

#[tokio::test]
async fn asked_again_a_reservation_is_the_same_and_another_claim_under_its_id_is_refused() {
    let house = House::new();
    house.receive(&[line(1, 1, 10)]).await;
    let asked = house.asked(1, &[line(1, 1, 4)], Duration::from_secs(600));
    let asked = serde_json::to_value(asked).unwrap();
    let (first, again) = tokio::join!(house.post("reservations", &asked), house.post("reservations", &asked));
    assert_eq!((first.status, &first), (200, &again));
    let other = house.reserve(1, &[line(1, 1, 5)]).await;
    assert_eq!((other.status, other.problem()), (409, "inventory/reservation-differs"));
    assert_eq!(house.change(1, "commit").await, house.change(1, "commit").await);
    assert_eq!(house.change(1, "release").await, house.change(1, "release").await);
    assert_eq!(house.level(1, 1).await, (10, 0));
    assert_eq!(house.post("reservations", &asked).await.problem(), "inventory/reservation-released");
    assert_eq!(house.change(1, "commit").await.problem(), "inventory/reservation-released");
    assert_eq!(house.amend(1, 1, &[line(1, 1, 1)]).await.problem(), "inventory/reservation-released");
    house.sound().await;
}

#[tokio::test]
async fn a_release_that_overtakes_its_reservation_bars_it() {
    let house = House::new();
    house.receive(&[line(1, 1, 10)]).await;
    assert_eq!(house.change(1, "release").await.body["state"], "released");
    assert_eq!(house.reserve(1, &[line(1, 1, 1)]).await.problem(), "inventory/reservation-released");
    house.order_cancelled(2).await;
    house.until(2, "released").await;
    assert_eq!(house.reserve(2, &[line(1, 1, 1)]).await.problem(), "inventory/reservation-released");
    assert_eq!(house.level(1, 1).await, (10, 0));
}

#[tokio::test]
async fn an_expired_reservation_frees_its_stock_and_is_taken_up_again_only_if_stock_allows() {
    let house = House::new();
    house.receive(&[line(1, 1, 10)]).await;
    for n in 1..=3 {
        let asked = house.asked(n, &[line(1, 1, 3)], Duration::from_millis(150 + n as u64 * 10));
        assert_eq!(house.post("reservations", &serde_json::to_value(asked).unwrap()).await.status, 200);
    }
    house.change(3, "commit").await;
    house.until(1, "expired").await;
    house.until(2, "expired").await;
    assert_eq!((house.state(3).await.as_str(), house.level(1, 1).await), ("committed", (10, 3)));
    assert_eq!(house.amend(1, 1, &[line(1, 1, 1)]).await.problem(), "inventory/reservation-expired");
    assert_eq!(house.change(1, "commit").await.body["state"], "committed");
    assert_eq!(house.reserve(4, &[line(1, 1, 2)]).await.status, 200);
    let refused = house.change(2, "commit").await;
    assert_eq!(refused.problem(), "inventory/insufficient-stock");
    assert_eq!(house.change(2, "release").await.body["state"], "released");
    assert_eq!(house.change(2, "commit").await.problem(), "inventory/reservation-released");
    assert_eq!(house.kinds().await.iter().filter(|kind| *kind == "reservation_expired").count(), 2);
    house.sound().await;
}

#[tokio::test]
async fn an_amendment_takes_more_and_gives_back_less_or_does_nothing() {
    let house = House::new();
    house.receive(&[line(1, 1, 5), line(2, 1, 5), line(3, 1, 5)]).await;
    house.reserve(1, &[line(1, 1, 3), line(2, 1, 3)]).await;
    let refused = house.amend(1, 1, &[line(1, 1, 1), line(3, 1, 6)]).await;
    assert_eq!((refused.status, refused.body["lines"].as_array().map(Vec::len)), (200, Some(2)));
    assert_eq!((&refused.body["lines"][0]["quantity"]["milli"], house.level(1, 1).await), (&json!(3000), (5, 3)));
    house.receive(&[line(3, 1, 5)]).await;
    assert_eq!(
        house.amend(1, 1, &[line(1, 1, 1), line(3, 1, 6)]).await,
        refused,
        "a late repetition is not accepted after all"
    );
    let amended = house.amend(1, 2, &[line(1, 1, 5), line(3, 1, 5)]).await;
    assert_eq!((amended.status, amended.body["version"].as_i64()), (200, Some(3)));
    assert_eq!((house.level(1, 1).await, house.level(2, 1).await, house.level(3, 1).await), ((5, 5), (5, 0), (10, 5)));
    assert_eq!(house.amend(1, 2, &[line(1, 1, 1)]).await, amended);
    assert_eq!(house.amend(1, 1, &[line(1, 1, 1)]).await, amended);
    assert_eq!(house.amend(9, 1, &[line(1, 1, 1)]).await.status, 404);
    house.change(1, "commit").await;
    assert_eq!(house.amend(1, 3, &[line(1, 1, 1)]).await.body["state"], "committed");
    house.order_released(1).await;
    house.until(1, "shipped").await;
    assert_eq!(house.amend(1, 4, &[line(1, 1, 1)]).await.problem(), "inventory/already-shipped");
    assert_eq!(house.amend(1, 3, &[line(1, 1, 1)]).await.body["state"], "shipped");
    assert_eq!(house.change(1, "release").await.problem(), "inventory/already-shipped");
    assert_eq!((house.level(1, 1).await, house.level(3, 1).await), ((4, 0), (10, 0)));
    house.sound().await;
}

#[tokio::test]
async fn goods_that_left_without_a_claim_are_recorded_and_raise_a_shortfall() {
    let house = House::new();
    house.receive(&[line(1, 1, 3)]).await;
    house.reserve(1, &[line(1, 1, 2)]).await;
    house.change(1, "release").await;
    house.reserve(2, &[line(1, 1, 3)]).await;
    house.order_released(1).await;
    house.until(1, "shipped").await;
    assert_eq!(house.level(1, 1).await, (1, 3));
    let kinds = house.kinds().await;
    assert_eq!(&kinds[kinds.len() - 2..], ["reservation_shipped", "stock_shortfall"]);
    house.sound().await;
}

#[tokio::test]
async fn what_cannot_be_meant_is_refused() {
    let house = House::new();
    house.receive(&[line(1, 1, 3)]).await;
    let day = Duration::from_secs(24 * 3600);
    let good = house.asked(1, &[line(1, 1, 1)], Duration::from_secs(60));
    let mut cases = vec![
        house.asked(1, &[], day / 2),
        house.asked(1, &[line(1, 1, 1), line(1, 1, 1)], day / 2),
        house.asked(1, &[line(1, 1, 0)], day / 2),
        house.asked(1, &[line(1, 1, -1)], day / 2),
        house.asked(1, &[line(1, 1, 1)], day * 2),
        house.asked(1, &[line(1, 1, 1)], Duration::ZERO),
        house.asked(1, &vec![line(1, 1, 1); 501], day / 2),
    ];
    for holder in [String::new(), "x".repeat(65)] {
        cases.push(contracts::inventory::Reserve { holder, ..good.clone() });
    }
    for asked in cases {
        let answer = house.post("reservations", &serde_json::to_value(&asked).unwrap()).await;
        assert_eq!((answer.status, answer.problem()), (422, "kit/invalid"), "{asked:?}");
    }
    let mut half = serde_json::to_value(&good).unwrap();
    half["lines"][0]["quantity"]["milli"] = json!(500);
    assert_eq!(house.post("reservations", &half).await.status, 422);
    half["lines"][0]["quantity"]["unit"] = json!("kg");
    assert_eq!(house.post("reservations", &half).await.problem(), "inventory/unit-mismatch");
    assert_eq!(house.kinds().await.len(), 1);
}

#[tokio::test]
async fn no_more_can_be_picked_than_is_claimed() {
    let house = House::new();
    house.receive(&[line(1, 1, 9)]).await;
    house.reserve(1, &[line(1, 1, 2)]).await;
    let path = format!("reservations/{}/pick", reservation(1));
    let refused = house.keyed(&path, "a", &json!({ "lines": [line(1, 1, 3)] })).await;
    assert_eq!((refused.status, refused.problem()), (409, "inventory/pick-exceeds"));
    let part = house.keyed(&path, "b", &json!({ "lines": [line(1, 1, 1)] })).await;
    assert_eq!((part.status, part), (200, house.keyed(&path, "b", &json!({ "lines": [line(1, 1, 1)] })).await));
    house.change(1, "release").await;
    assert_eq!(house.keyed(&path, "c", &json!({})).await.problem(), "inventory/reservation-released");
}

/// Rows that the lanes have written.
fn rows(house: &House) -> u64 {
    let text = house.app().metrics().text();
    let line = text.lines().find_map(|line| line.strip_prefix("backroom_store_rows_total "));
    line.expect("rows are counted").parse().unwrap()
}

#[tokio::test]
async fn a_reservation_of_three_lines_writes_eight_rows() {
    let house = House::new();
    house.receive(&[line(1, 1, 9), line(2, 1, 9), line(3, 1, 9)]).await;
    let lines = [line(1, 1, 1), line(2, 1, 1), line(3, 1, 1)];
    house.reserve(1, &lines).await;
    let before = rows(&house);
    house.reserve(2, &lines).await;
    let reserved = rows(&house);
    house.change(2, "commit").await;
    assert_eq!((reserved - before, rows(&house) - reserved), (8, 2));
}
