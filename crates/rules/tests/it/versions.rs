//! Upload, approve, publish, take back: and what those who ask are told meanwhile.

use std::time::Duration;

use decisions::shipped;
use kit::auth::{Actor, Grant};
use kit::http::{App, Providers};
use kit::testing::{Answer, TestHouse};
use serde_json::{Value, json};

const FEE: &str = "/api/rules/decisions/delivery-fee";

fn house() -> TestHouse {
    TestHouse::start(&[rules::service()], Providers::default())
}

fn app(house: &TestHouse) -> &App {
    house.running.app("rules").unwrap()
}

fn person(name: &str, permissions: &[&str]) -> Actor {
    let grants = permissions.iter().map(|it| Grant { permission: (*it).to_owned(), site: None }).collect();
    Actor { name: format!("person:{name}"), grants, request_id: "r".to_owned() }
}

/// The shipped table with another ordinary fee.
fn with_fee(fee: &str) -> String {
    shipped::find("delivery-fee").unwrap().xml.replace("<text>4.90</text>", &format!("<text>{fee}</text>"))
}

fn order() -> Value {
    json!({"method": "courier", "pick_up": false, "goods": 10, "weight_kg": 1, "region": ""})
}

async fn upload(house: &TestHouse, actor: &Actor, fee: &str) -> Answer {
    let body = json!({"xml": with_fee(fee), "note": "autumn"});
    let answer = house.post_keyed(actor, &format!("{FEE}/versions"), fee, &body).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer
}

async fn change(house: &TestHouse, actor: &Actor, verb: &str, at: i64, body: Value) -> Answer {
    house.request(actor, "POST", &format!("{FEE}/{verb}"), &[("if-match", &format!("\"{at}\""))], &body).await
}

async fn fee(house: &TestHouse) -> (i64, Value) {
    // A second is how long a version may be believed without asking again; five, how long without waiting for the answer.
    app(house).runtime().sleep(Duration::from_millis(1_100)).await;
    decisions::ask(app(house), "delivery-fee", order()).await.unwrap();
    app(house).runtime().sleep(Duration::from_millis(600)).await;
    let record = decisions::ask(app(house), "delivery-fee", order()).await.unwrap();
    (record.version, record.outputs["fee"].clone())
}

#[tokio::test]
async fn a_version_is_approved_by_another_person_published_and_taken_back() {
    let house = house();
    let (one, two) = (person("one", &["rules.*"]), person("two", &["rules.read", "rules.publish"]));
    assert_eq!(decisions::ask(app(&house), "delivery-fee", order()).await.unwrap().version, 1);

    let added = upload(&house, &one, "5.50").await;
    assert_eq!((added.version, &added.body["latest"], &added.body["in_force"]), (Some(2), &json!(2), &json!(1)));
    let found = &added.body["analysis"];
    assert_eq!((&found["compiled"], &found["gap_count"], &found["complete"]), (&json!(true), &json!(0), &json!(true)));
    assert_eq!(upload(&house, &one, "5.50").await.version, Some(2), "asked again under the same key");
    let refused = change(&house, &two, "publish", 2, json!({"version": 2})).await;
    assert_eq!(refused.problem(), "rules/not-approved");
    assert_eq!(change(&house, &one, "approve", 2, json!({"version": 2})).await.problem(), "rules/own-draft");
    assert_eq!(change(&house, &two, "approve", 1, json!({"version": 2})).await.problem(), "kit/stale");
    assert_eq!(change(&house, &two, "approve", 2, json!({"version": 2})).await.version, Some(3));
    assert_eq!(change(&house, &one, "approve", 3, json!({"version": 2})).await.problem(), "rules/already-approved");
    let published = change(&house, &two, "publish", 3, json!({"version": 2})).await;
    assert_eq!(
        (&published.body["in_force"], &published.body["versions"][0]["approver"]),
        (&json!(2), &json!("person:two"))
    );
    assert_eq!(fee(&house).await, (2, json!(5.5)));
    assert_eq!(change(&house, &two, "publish", 4, json!({"version": 2})).await.problem(), "rules/already-in-force");
    assert_eq!(change(&house, &two, "publish", 4, json!({"version": 1})).await.body["in_force"], 1);
    assert_eq!(fee(&house).await, (1, json!(4.9)));
}

#[tokio::test]
async fn a_scheduled_version_takes_effect_at_its_moment_unless_it_is_taken_back() {
    let house = house();
    let (one, two) = (person("one", &["rules.*"]), person("two", &["rules.*"]));
    upload(&house, &one, "6.00").await;
    change(&house, &two, "approve", 2, json!({"version": 2})).await;
    let now = app(&house).runtime().now();
    let past = change(&house, &two, "publish", 3, json!({"version": 2, "at": now})).await;
    assert_eq!(past.problem(), "kit/invalid");
    let later = now + Duration::from_secs(3_600);
    let scheduled = change(&house, &two, "publish", 3, json!({"version": 2, "at": later})).await;
    assert_eq!((scheduled.version, &scheduled.body["scheduled"]["version"]), (Some(4), &json!(2)));
    assert_eq!(change(&house, &two, "unschedule", 4, Value::Null).await.body["scheduled"], Value::Null);
    assert_eq!(change(&house, &two, "unschedule", 5, Value::Null).await.problem(), "rules/not-scheduled");
    let soon = app(&house).runtime().now() + Duration::from_millis(300);
    let scheduled = change(&house, &two, "publish", 5, json!({"version": 2, "at": soon})).await;
    assert_eq!(scheduled.body["in_force"], 1);
    assert_eq!(fee(&house).await, (2, json!(6)));
    let shown = house.get(&two, FEE).await;
    assert_eq!((&shown.body["in_force"], &shown.body["scheduled"]), (&json!(2), &Value::Null));
}

#[tokio::test]
async fn what_nobody_could_use_is_refused_with_its_place_and_changes_nothing() {
    let house = house();
    let one = person("one", &["rules.read", "rules.edit"]);
    let send = |key: &'static str, xml: String| {
        let (house, one) = (&house, &one);
        async move {
            let path = format!("/api/rules/decisions/{key}/versions");
            house.post_keyed(one, &path, &format!("{:x}", xml.len()), &json!({"xml": xml})).await
        }
    };
    let answer = send("delivery-fee", with_fee("now()")).await;
    assert_eq!(answer.problem(), "rules/not-readable");
    assert!(answer.body["faults"][0]["line"].as_i64().unwrap() > 20, "{answer:?}");
    assert_eq!(
        send("delivery-fee", with_fee("1").replace("\"region\"", "\"weather\"")).await.problem(),
        "rules/other-inputs"
    );
    assert_eq!(
        send("delivery-fee", with_fee("1").replace("name=\"fee\"", "name=\"cost\"")).await.problem(),
        "rules/other-outputs"
    );
    assert_eq!(send("delivery-fee", " ".repeat(200_001)).await.problem(), "rules/too-large");
    assert_eq!(send("Delivery", with_fee("1")).await.problem(), "kit/invalid");
    assert_eq!(house.get(&one, FEE).await.body["latest"], 1);
    let made = send("greeting", with_fee("1")).await;
    assert_eq!((made.status, &made.body["in_force"], &made.body["shipped"]), (200, &Value::Null, &json!(false)));
    assert_eq!(house.get(&one, "/api/rules/decisions/greeting/text").await.problem(), "kit/not-found");
    assert_eq!(house.get(&one, "/api/rules/decisions/weather").await.problem(), "rules/no-such-decision");
    let checked = house.post(&one, "/api/rules/check", &json!({"xml": with_fee(">")})).await;
    assert_eq!(checked.body["faults"].as_array().unwrap().len(), 1, "{checked:?}");
}

#[tokio::test]
async fn what_is_wrong_with_a_table_is_found_before_it_is_asked() {
    let house = house();
    let one = person("one", &["rules.edit"]);
    let unique = with_fee("1").replace("hitPolicy=\"FIRST\"", "hitPolicy=\"UNIQUE\"");
    let found = house.post(&one, "/api/rules/check", &json!({"xml": unique})).await.body["analysis"].clone();
    assert_eq!(found["overlaps"][0], json!({"row": 1, "with": 2, "contradicts": true}));
    let narrow = with_fee("1").replace("<text>&gt;= 60</text>", "<text>[60..60)</text>");
    let found = house.post(&one, "/api/rules/check", &json!({"xml": narrow})).await.body["analysis"].clone();
    assert_eq!(found["unreachable"], json!([{"row": 5, "hidden_by": []}]));
}

#[tokio::test]
async fn a_trial_says_which_row_fired() {
    let house = house();
    let one = person("one", &["rules.read", "rules.edit"]);
    let tried = house.post(&one, &format!("{FEE}/try"), &json!({"inputs": order()})).await;
    let said = (&tried.body["version"], &tried.body["inputs"], &tried.body["outputs"], &tried.body["rows"]);
    assert_eq!(said, (&json!(1), &order(), &json!({"fee": 4.9}), &json!([6])));
    assert!(tried.body["near"].as_array().unwrap().contains(&json!({"row": 5, "tested": "goods"})), "{tried:?}");
    let tried = house.post(&one, &format!("{FEE}/try"), &json!({"inputs": order(), "xml": with_fee("7")})).await;
    assert_eq!((&tried.body["outputs"]["fee"], &tried.body["version"]), (&json!(7), &Value::Null));
    let reader = person("reader", &["rules.read"]);
    let own = house.post(&reader, &format!("{FEE}/try"), &json!({"inputs": order(), "xml": with_fee("7")})).await;
    assert_eq!((own.problem(), &own.body["permission"]), ("kit/forbidden", &json!("rules.edit")));
    assert_eq!(house.post(&reader, &format!("{FEE}/try"), &json!({"inputs": order()})).await.status, 200);
    let refused = house.post(&one, &format!("{FEE}/try"), &json!({"inputs": {"method": 1}})).await;
    assert_eq!((refused.problem(), &refused.body["input"]), ("rules/no-answer", &json!("method")));
}

#[tokio::test]
async fn strangers_are_refused() {
    let house = house();
    let guest = Actor::guest("r".to_owned());
    for path in ["/api/rules/decisions", FEE, &format!("{FEE}/text")] {
        assert_eq!(house.get(&guest, path).await.status, 401, "{path}");
    }
    let reader = person("reader", &["rules.read"]);
    let refused = house.post_keyed(&reader, &format!("{FEE}/versions"), "k", &json!({"xml": with_fee("1")})).await;
    assert_eq!(refused.problem(), "kit/forbidden");
    for verb in ["approve", "publish"] {
        assert_eq!(change(&house, &reader, verb, 1, json!({"version": 1})).await.problem(), "kit/forbidden");
    }
    assert_eq!(house.post(&guest, "/api/rules/decisions/ask", &json!({"key": "sourcing"})).await.status, 401);
}
