//! What the shipped decisions say, and that they count where `rules` does not run.

#![allow(clippy::unwrap_used)]

use decisions::shipped;
use dmn::Decision;
use kit::bus::Reactions;
use kit::http::Providers;
use kit::jobs::Jobs;
use kit::service::Service;
use kit::testing::TestHouse;
use serde_json::{Value, json};
use utoipa_axum::router::OpenApiRouter;

fn says(key: &str, inputs: Value) -> (Value, Vec<u32>) {
    let decision =
        Decision::parse(shipped::find(key).unwrap().xml).unwrap_or_else(|faults| panic!("{key}: {faults:?}"));
    let outcome = decision.evaluate(&inputs).unwrap_or_else(|refusal| panic!("{key}: {refusal}"));
    (outcome.outputs, outcome.rows)
}

fn fee(method: &str, pick_up: bool, goods: f64, weight_kg: f64) -> f64 {
    let inputs =
        json!({"method": method, "pick_up": pick_up, "goods": goods, "weight_kg": weight_kg, "region": "north"});
    says("delivery-fee", inputs).0["fee"].as_f64().unwrap()
}

#[test]
fn delivery_is_free_from_sixty_and_for_pick_up_but_never_for_heavy_goods() {
    assert_eq!(fee("courier", false, 59.99, 1.0), 4.9);
    assert_eq!(fee("courier", false, 60.0, 1.0), 0.0);
    assert_eq!(fee("courier", false, 500.0, 30.5), 14.9);
    assert_eq!(fee("courier", false, 500.0, 100.5), 39.0);
    assert_eq!(fee("express", false, 500.0, 1.0), 9.9);
    assert_eq!(fee("pick-up", true, 5.0, 200.0), 0.0);
}

#[test]
fn the_contact_center_calls_about_large_first_unpaid_and_long_orders() {
    let asked = |channel: &str, total: f64, payment: &str, new: bool, lines: i64| {
        let inputs = json!({"channel": channel, "total": total, "payment_method": payment, "new_customer": new,
            "pick_up": false, "lines": lines});
        let (outputs, rows) = says("needs-confirming", inputs);
        (outputs["confirm"].as_bool().unwrap(), outputs["reason"].as_str().unwrap().to_owned(), rows)
    };
    assert_eq!(asked("web", 149.99, "card", false, 3), (false, "ordinary".to_owned(), vec![6]));
    assert_eq!(asked("web", 150.01, "card", false, 3), (true, "large-order".to_owned(), vec![2]));
    assert_eq!(asked("phone", 150.01, "card", false, 3), (true, "large-order".to_owned(), vec![2]));
    assert_eq!(asked("web", 50.01, "on_delivery", false, 3), (true, "much-on-delivery".to_owned(), vec![3]));
    assert_eq!(asked("web", 50.0, "on_delivery", false, 3), (false, "ordinary".to_owned(), vec![6]));
    assert_eq!(asked("web", 5.0, "card", true, 1), (true, "new-customer".to_owned(), vec![4]));
    assert_eq!(asked("web", 20.0, "card", false, 21), (true, "many-lines".to_owned(), vec![5]));
    assert_eq!(asked("store", 900.0, "card", true, 50), (false, "taken-in-person".to_owned(), vec![1]));
}

#[test]
fn sourcing_gives_weights() {
    let asked = |pick_up: bool, lines: i64| {
        says("sourcing", json!({"channel": "web", "pick_up": pick_up, "total": 40, "lines": lines})).0
    };
    assert_eq!(asked(true, 3)["max_sites"], 1);
    let weights = json!({"max_sites": 2, "split_weight": 50, "warehouse_weight": 30, "same_region_weight": 20, "keep_in_store": 2});
    assert_eq!(asked(false, 3), weights);
    assert_eq!(asked(false, 21)["max_sites"], 3);
}

fn lonely() -> Service {
    Service {
        name: "orders",
        migrations: &[],
        dictionaries: &[],
        fact_tables: &[],
        routes: OpenApiRouter::new,
        publish: |_| Ok(None),
        reactions: Reactions::new,
        jobs: Jobs::new,
        check: kit::service::nothing_to_check,
        rebuild: |_, _| Box::pin(async { Ok(0) }),
        permissions: &[],
    }
}

#[tokio::test]
async fn without_rules_the_shipped_default_counts() {
    let house = TestHouse::start(&[lonely()], Providers::default());
    let app = house.running.app("orders").unwrap();
    let inputs = json!({"method": "courier", "pick_up": false, "goods": 10, "weight_kg": 1, "region": ""});
    for _ in 0..2 {
        let record = decisions::ask(app, "delivery-fee", inputs.clone()).await.unwrap();
        assert_eq!((record.version, record.outputs, record.rows), (0, json!({"fee": 4.9}), vec![6]));
    }
    let problem = decisions::ask(app, "delivery-fee", json!({"method": "courier"})).await.unwrap_err();
    assert_eq!((problem.code.as_ref(), &problem.extra["input"]), ("rules/no-answer", &json!("pick_up")));
    assert_eq!(decisions::ask(app, "weather", inputs).await.unwrap_err().code, "rules/no-such-decision");
}

#[tokio::test]
async fn a_repeated_question_costs_microseconds() {
    let house = TestHouse::start(&[lonely()], Providers::default());
    let app = house.running.app("orders").unwrap();
    let inputs = json!({"method": "courier", "pick_up": false, "goods": 10, "weight_kg": 1, "region": ""});
    decisions::ask(app, "delivery-fee", inputs.clone()).await.unwrap();
    let before = app.runtime().monotonic();
    for _ in 0..1_000 {
        decisions::ask(app, "delivery-fee", inputs.clone()).await.unwrap();
    }
    let each = (app.runtime().monotonic() - before) / 1_000;
    assert!(each.as_micros() < 500, "{each:?} each, in a build that is not optimised");
}
