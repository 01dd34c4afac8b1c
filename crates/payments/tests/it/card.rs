//! Card payments: taken once, given back at most once, whatever the provider says or does not say.

use std::sync::Arc;
use std::time::Duration;

use kit::journal::{self, Fresh};
use kit::runtime::Runtime;
use payments::provider::Operation;
use payments::provider::test::{Faults, Mishap, TestProvider};
use serde_json::{Value, json};

use crate::house::{House, eur, gist, id};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_card_is_authorised_captured_in_part_and_refunded_in_parts() {
    let house = House::new();
    let answer = house.authorise(1, "card", 1000, "tok_ok").await;
    assert_eq!((answer.status, gist(&answer.body)), (200, ("authorised", 1000, 0, 0)), "{}", answer.body);
    assert_eq!(house.refund(1, 9, 10).await.problem(), "payments/not-captured");
    assert_eq!(house.capture(1, 1001).await.problem(), "payments/capture-too-large");
    let answer = house.capture(1, 700).await;
    assert_eq!(gist(&answer.body), ("captured", 0, 700, 0));
    assert_eq!(house.void(1).await.problem(), "payments/already-captured");
    assert_eq!(house.capture(1, 100).await.problem(), "payments/already-captured");
    assert_eq!(gist(&house.refund(1, 1, 300).await.body), ("captured", 0, 700, 300));
    assert_eq!(gist(&house.refund(1, 1, 300).await.body), ("captured", 0, 700, 300));
    assert_eq!(house.refund(1, 1, 301).await.problem(), "payments/refund-differs");
    let refused = house.refund(1, 2, 401).await;
    assert_eq!((refused.problem(), &refused.body["refundable_minor"]), ("payments/refund-too-large", &400.into()));
    assert_eq!(gist(&house.refund(1, 2, 400).await.body), ("captured", 0, 700, 700));
    let view = house.view(1).await;
    assert_eq!((view.version, view.refunded.minor), (8, 700));
    let ledger = house.get(&format!("/api/payments/{}/ledger", id(1))).await;
    let sum: i64 =
        ledger.body["entries"].as_array().unwrap().iter().map(|e| e["amount"]["minor"].as_i64().unwrap()).sum();
    assert_eq!((sum, ledger.body["entries"].as_array().unwrap().len()), (0, 9));
    house.is_sound().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn asked_again_with_the_same_id_it_is_the_same_payment() {
    let house = House::new();
    house.authorise(1, "card_now", 1000, "tok_ok").await;
    let again = house.authorise(1, "card_now", 1000, "tok_ok").await;
    assert_eq!(gist(&again.body), ("captured", 0, 1000, 0));
    assert_eq!(house.authorise(1, "card_now", 1001, "tok_ok").await.problem(), "payments/payment-differs");
    assert_eq!(gist(&house.capture(1, 1000).await.body), ("captured", 0, 1000, 0));
    assert_eq!(house.provider.times_asked(&format!("{}:sale", id(1))), 1);
    house.is_sound().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_declined_card_says_why_and_moves_nothing() {
    let house = House::new();
    for (payment, method, token, code) in [
        (1, "card", "tok_decline", "declined"),
        (2, "card_now", "tok_insufficient", "insufficient_funds"),
        (3, "card", "nonsense", "invalid_token"),
    ] {
        let answer = house.authorise(payment, method, 1000, token).await;
        assert_eq!((gist(&answer.body), &answer.body["decline"]), (("declined", 0, 0, 0), &code.into()));
        assert_eq!(house.capture(payment, 10).await.problem(), "payments/not-authorised");
        assert_eq!(gist(&house.void(payment).await.body), ("declined", 0, 0, 0));
    }
    assert_eq!(house.authorise(4, "card", 0, "tok_ok").await.status, 422);
    assert_eq!(house.authorise(5, "card", 10, "").await.status, 422);
    house.is_sound().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_identical_captures_take_the_money_once() {
    // Nobody asks again while the first question is open, however busy the machine is.
    let house = House::asking_again_after(Duration::from_secs(60));
    house.authorise(1, "card", 1000, "tok_slow_20").await;
    house.becomes(1, "authorised", 0).await;
    let answers = futures_util::future::join_all((0..50).map(|_| house.capture(1, 600))).await;
    for answer in answers {
        let (state, ..) = gist(&answer.body);
        assert!(state == "capturing" || gist(&answer.body) == ("captured", 0, 600, 0), "{}", answer.body);
    }
    house.becomes(1, "captured", 0).await;
    assert_eq!(house.provider.times_asked(&format!("{}:capture", id(1))), 1);
    house.is_sound().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_outcome_that_is_not_known_is_asked_for_until_it_is() {
    let house = House::new();
    for (payment, token) in [(1, "tok_unknown"), (2, "tok_lost"), (3, "tok_lost_3"), (4, "tok_flaky")] {
        let answer = house.authorise(payment, "card", 1000, token).await;
        if token != "tok_flaky" {
            assert_eq!(gist(&answer.body), ("authorising", 0, 0, 0), "{token}");
        }
        let view = house.becomes(payment, "authorised", 0).await;
        assert_eq!(view.authorised.minor, 1000);
        let answer = house.capture(payment, 400).await;
        assert!(gist(&answer.body).0 == "capturing" || token == "tok_flaky", "{token}");
        house.becomes(payment, "captured", 0).await;
        house.refund(payment, payment, 150).await;
        house.becomes(payment, "captured", 150).await;
    }
    house.is_sound().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_provider_that_does_not_answer_for_long_is_a_trouble_until_it_does() {
    let house = House::asking_again_after(Duration::from_millis(4));
    house.authorise(1, "card", 1000, "tok_lost_9").await;
    let mut told = Value::Null;
    for _ in 0..2_000 {
        told = house.get("/api/payments/troubles").await.body["troubles"][0].clone();
        if !told.is_null() {
            break;
        }
        Runtime::real().sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(told["id"], format!("job:ask:{}", id(1)), "{told}");
    assert!(told["attempts"].as_i64().is_some_and(|attempts| attempts >= 6), "{told}");
    house.becomes(1, "authorised", 0).await;
    assert_eq!(house.get("/api/payments/troubles").await.body, json!({"troubles": []}));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refund_on_its_way_counts_against_what_is_left() {
    let house = House::asking_again_after(std::time::Duration::from_millis(400));
    house.authorise(1, "card_now", 1000, "tok_lost").await;
    house.becomes(1, "captured", 0).await;
    let answer = house.refund(1, 1, 600).await;
    assert_eq!((gist(&answer.body), &answer.body["refunding"]), (("captured", 0, 1000, 0), &eur(600)));
    assert_eq!(house.refund(1, 2, 600).await.problem(), "payments/refund-too-large");
    assert_eq!(house.becomes(1, "captured", 600).await.refunding.minor, 0);
    house.is_sound().await;
}

/// Declines refunds whose key says that they are asked for the first time.
struct FirstRefundDeclined;

impl Faults for FirstRefundDeclined {
    fn draw(&self, operation: Option<Operation>, key: &str) -> Mishap {
        let is_first = operation == Some(Operation::Refund) && !key.ends_with(":1");
        Mishap { decline: is_first.then(|| "try_later".to_owned()), ..Mishap::default() }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_declined_refund_is_asked_for_again_under_its_id() {
    let provider = TestProvider::new(Runtime::real()).with_faults(Arc::new(FirstRefundDeclined));
    let house = House::with(provider, Duration::from_millis(60));
    house.authorise(1, "card_now", 1000, "tok_ok").await;
    let answer = house.refund(1, 1, 700).await;
    assert_eq!((gist(&answer.body), &answer.body["decline"]), (("captured", 0, 1000, 0), &"try_later".into()));
    let answer = house.refund(1, 1, 600).await;
    assert_eq!((gist(&answer.body), answer.body["decline"].as_str()), (("captured", 0, 1000, 600), None));
    assert_eq!(gist(&house.refund(1, 1, 600).await.body), ("captured", 0, 1000, 600));
    assert_eq!(house.refund(1, 1, 700).await.problem(), "payments/refund-differs");
    house.is_sound().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sale_costs_two_writes_and_eight_rows() {
    let house = House::asking_again_after(std::time::Duration::from_secs(30));
    house.authorise(1, "card_now", 1000, "tok_ok").await;
    let count = |name: &str| -> f64 {
        let text = house.app().metrics().text();
        let line = text.lines().find(|line| line.starts_with(name)).unwrap_or_else(|| panic!("{name} in {text}"));
        line.rsplit(' ').next().unwrap().parse().unwrap()
    };
    let writes = "backroom_store_writes_total{service=\"payments\"}";
    let before = (count(writes), count("backroom_store_rows_total"));
    house.authorise(2, "card_now", 1000, "tok_ok").await;
    assert_eq!(count(writes) - before.0, 2.0);
    let rows = count("backroom_store_rows_total") - before.1;
    assert!(rows <= 8.0, "{rows} rows");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn others_hear_of_outcomes_and_of_refunds_on_their_way() {
    let house = House::new();
    house.authorise(1, "card", 1000, "tok_ok").await;
    house.capture(1, 500).await;
    house.refund(1, 1, 200).await;
    let rows = house.app().read(|reader| Ok(journal::after(reader, 0, 100)?)).await.unwrap();
    let kinds: Vec<&str> = rows.iter().map(|row| row.kind.as_ref()).collect();
    let (asked, changed) = ("payment_asked", "payment_changed");
    assert_eq!(kinds, [asked, changed, asked, changed, changed, changed]);
    let publish = payments::service().publish;
    let told: Vec<_> = rows.into_iter().filter_map(|row| publish(&Fresh::read(row)).unwrap()).collect();
    assert_eq!(told.len(), 4);
    let refunds = told
        .iter()
        .map(|told| (&told.body["payment"]["refunding"]["minor"], &told.body["payment"]["refunded"]["minor"]));
    let refunds: Vec<_> = refunds.map(|(refunding, refunded)| (refunding.as_i64(), refunded.as_i64())).collect();
    assert_eq!(
        refunds,
        [(0, 0), (0, 0), (200, 0), (0, 200)].map(|(on_its_way, given)| (Some(on_its_way), Some(given)))
    );
    let last = &told[3];
    assert_eq!(last.kind, "payment_changed");
    assert_eq!(last.body["payment"], serde_json::to_value(house.view(1).await).unwrap());
}
