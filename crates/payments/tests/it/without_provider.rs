//! Payments that no provider knows: promised at the door, or on the customer's account.

use contracts::orders::OrderId;
use contracts::payments::PaymentState;
use serde_json::json;

use crate::house::{House, eur, gist, id};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cash_is_promised_and_then_collected_at_the_door() {
    let house = House::new();
    assert_eq!(gist(&house.authorise(1, "on_delivery", 1000, "").await.body), ("authorised", 1000, 0, 0));
    assert_eq!(house.capture(1, 1000).await.problem(), "payments/collect-instead");
    let collect = format!("/api/payments/{}/collect", id(1));
    let body = json!({ "amount": eur(900) });
    assert_eq!(gist(&house.post(&collect, &body).await.body), ("captured", 0, 900, 0));
    assert_eq!(gist(&house.post(&collect, &body).await.body), ("captured", 0, 900, 0));
    assert_eq!(gist(&house.refund(1, 1, 100).await.body), ("captured", 0, 900, 100));
    house.authorise(2, "card", 1000, "tok_ok").await;
    let refused = house.post(&format!("/api/payments/{}/collect", id(2)), &body).await;
    assert_eq!(refused.problem(), "payments/not-collectable");
    house.is_sound().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_paid_at_the_door_is_taken_once() {
    let house = House::new();
    let order = OrderId::from_u128(7);
    let promised =
        json!({ "payment": id(1), "reference": order, "method": "on_delivery", "amount": eur(2500), "token": "" });
    assert_eq!(gist(&house.post("/api/payments", &promised).await.body), ("authorised", 2500, 0, 0));
    house.is_delivered(order, Some(2500)).await;
    let taken = house.becomes(1, "captured", 0).await;
    assert_eq!(taken.captured.minor, 2500);
    let again = house.post(&format!("/api/payments/{}/collect", id(1)), &json!({ "amount": eur(2500) })).await;
    assert_eq!(gist(&again.body), ("captured", 0, 2500, 0));
    house.is_sound().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_paid_at_the_door_is_taken_from_all_that_was_promised() {
    let house = House::new();
    let order = OrderId::from_u128(7);
    for (n, minor) in [(1, 2500), (2, 700)] {
        let promised =
            json!({ "payment": id(n), "reference": order, "method": "on_delivery", "amount": eur(minor), "token": "" });
        assert_eq!(gist(&house.post("/api/payments", &promised).await.body), ("authorised", minor, 0, 0));
    }
    house.is_delivered(order, Some(3200)).await;
    assert_eq!(house.becomes(1, "captured", 0).await.captured.minor, 2500);
    assert_eq!(house.becomes(2, "captured", 0).await.captured.minor, 700);
    house.is_sound().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_account_pays_up_to_its_limit() {
    let house = House::new();
    assert_eq!(gist(&house.authorise(1, "on_account", 6_000, "").await.body), ("authorised", 6_000, 0, 0));
    let refused = house.authorise(2, "on_account", 4_001, "").await;
    assert_eq!((gist(&refused.body), &refused.body["decline"]), (("declined", 0, 0, 0), &"account-limit".into()));
    assert_eq!(gist(&house.authorise(3, "on_account", 4_000, "").await.body), ("authorised", 4_000, 0, 0));
    assert_eq!(gist(&house.capture(1, 6_000).await.body), ("captured", 0, 6_000, 0));
    // A promise upon which goods may be handed over is not taken away by hand; it ends with its order.
    for promised in ["on_account", "on_delivery"] {
        let payment = if promised == "on_account" { 3 } else { 9 };
        house.authorise(payment, promised, 4_000, "").await;
        assert_eq!(house.void(payment).await.problem(), "payments/promised");
        assert_eq!(house.view(payment).await.state, PaymentState::Authorised);
        house.order_is_cancelled(&[payment]).await;
        house.becomes(payment, "voided", 0).await;
        assert_eq!(gist(&house.void(payment).await.body), ("voided", 0, 0, 0));
    }
    // One customer, two orders: the limit is theirs, and what they have paid no longer counts.
    let of = |n: u128, minor: i64, account: &str| {
        json!({ "payment": id(n), "reference": format!("ord_{n}"), "method": "on_account", "amount": eur(minor),
            "token": "", "account": account })
    };
    for (n, minor, account, state) in
        [(4, 7_000, "cus_1", "authorised"), (5, 3_001, "cus_1", "declined"), (6, 3_001, "cus_2", "authorised")]
    {
        assert_eq!(house.post("/api/payments", &of(n, minor, account)).await.body["state"], state, "{n}");
    }
    assert_eq!(gist(&house.capture(4, 7_000).await.body), ("captured", 0, 7_000, 0));
    assert_eq!(house.post("/api/payments", &of(7, 9_000, "cus_1")).await.body["state"], "authorised");
    let list = house.get("/api/payments?reference=ord_test").await;
    assert_eq!(list.body["payments"].as_array().unwrap().len(), 4);
    house.is_sound().await;
}
