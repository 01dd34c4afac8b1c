//! Diagrams: the shipped one, new versions, faults.

use contracts::orders::OrderId;
use serde_json::{Value, json};

use crate::house::House;

const SHIPPED: &str = include_str!("../../shipped/online-order.bpmn");

#[tokio::test]
async fn a_diagram_drawn_upon_a_version_that_is_no_longer_in_use_is_refused() {
    let house = House::new();
    let drawn = |name: &str| SHIPPED.replace("Confirm with customer", name);
    let deploy = async |key: &str, name: &str, upon: i64| {
        let body = json!({ "xml": drawn(name), "upon": upon });
        house.inner.post_keyed(&house.inner.admin(), "/api/processes/definitions", key, &body).await
    };
    let newest = async || house.get("/api/processes/definitions/online-order").await.body["number"].clone();
    house.shipped().await;
    assert_eq!(newest().await, 1);
    let first = deploy("a", "Mine", 1).await;
    assert_eq!((first.status, &first.body["number"]), (200, &json!(2)));
    let late = deploy("b", "Theirs", 1).await;
    assert_eq!((late.status, late.problem(), &late.body["actual"]), (412, "kit/stale", &json!(2)));
    assert_eq!(deploy("c", "Mine", 1).await.body["number"], 2, "the same text is in use already");
    assert_eq!(newest().await, 2);
    assert_eq!(deploy("d", "Theirs", 2).await.body["number"], 3);
    house.closes().await;
}

#[tokio::test]
async fn a_new_version_is_for_new_instances_and_its_deadline_is_kept() {
    let house = House::new();
    let first = house.secured(1, 20_000).await;
    house.waits_in(first, &["confirm"]).await;
    let changed = SHIPPED.replace("name=\"confirm_within\" value=\"PT30M\"", "name=\"confirm_within\" value=\"PT1S\"");
    let deployed = house.deploy("k1", &changed).await;
    assert_eq!((deployed.status, &deployed.body["number"]), (200, &json!(2)), "{deployed:?}");
    assert_eq!(deployed.body["parameters"]["confirm_within"], "PT1S");
    assert_eq!(house.deploy("k2", &changed).await.body["number"], 2, "the same text is the same version");

    let second = house.secured(2, 20_000).await;
    let place = house.until(second, |place| place["tasks"][0]["escalated_to"] == "supervisors").await;
    assert_eq!((&place["number"], &place["waiting"]), (&json!(2), &json!(["confirm"])));
    assert_eq!(place["visited"]["supervisor_told"], 1);
    let place = house.place(&first.to_string()).await;
    assert_eq!((&place["number"], &place["tasks"][0]["escalated_to"]), (&json!(1), &Value::Null));

    let list = house.get("/api/processes/definitions").await.body;
    let versions: Vec<_> = list["definitions"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|one| one["key"] == "online-order")
        .map(|one| {
            (
                one["number"].as_i64().unwrap(),
                one["is_active"] == true,
                one["shipped"] == true,
                one["open_instances"].as_i64().unwrap(),
            )
        })
        .collect();
    assert_eq!(versions, [(2, true, false, 1), (1, false, true, 1)]);
    let old = house.get("/api/processes/definitions/online-order?number=1").await.body;
    assert_eq!(old["xml"], SHIPPED);
    house.closes().await;
}

#[tokio::test]
async fn a_faulty_diagram_is_refused_with_element_and_line() {
    let house = House::new();
    let faulty = SHIPPED.replace("orders.confirm", "orders.conform");
    let refused = house.deploy("k1", &faulty).await;
    assert_eq!((refused.status, refused.problem()), (422, "processes/faulty-diagram"));
    let fault = &refused.body["faults"][0];
    assert_eq!(fault["element"], "book");
    assert!(fault["line"].as_i64().unwrap() > 40);
    let checked = house.post("/api/processes/definitions/check", &json!({ "xml": faulty })).await;
    assert_eq!(&checked.body["faults"][0]["message"], "there is no call orders.conform");
    let checked = house.post("/api/processes/definitions/check", &json!({ "xml": SHIPPED })).await;
    assert_eq!(checked.body, json!({ "faults": [] }));
}

const STOCKTAKING: &str = r#"<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:backroom="urn:backroom:bpmn:1">
<process id="stocktaking" name="Stocktaking"><startEvent id="s"/><sequenceFlow id="a" sourceRef="s" targetRef="count"/>
<userTask id="count" name="Count the shelf" backroom:group="clerks"/><sequenceFlow id="b" sourceRef="count" targetRef="z"/>
<endEvent id="z"/></process></definitions>"#;

#[tokio::test]
async fn a_procedure_without_a_message_is_begun_by_hand_once() {
    let house = House::new();
    house.shipped().await;
    assert_eq!(house.deploy("k1", STOCKTAKING).await.status, 200);
    let admin = house.inner.admin();
    let about = json!({ "process": "stocktaking", "key": "shelf 7" });
    let begun = house.inner.post_keyed(&admin, "/api/processes/instances", "k2", &about).await;
    assert_eq!((begun.status, &begun.body["waiting"]), (200, &json!(["count"])), "{begun:?}");
    let again = house.inner.post_keyed(&admin, "/api/processes/instances", "k2", &about).await;
    assert_eq!(again.body, begun.body);
    let other = house.inner.post_keyed(&admin, "/api/processes/instances", "k3", &about).await;
    assert_eq!((other.status, other.problem()), (409, "processes/begun"));
    let order = json!({ "process": "online-order", "key": "ord" });
    let other = house.inner.post_keyed(&admin, "/api/processes/instances", "k4", &order).await;
    assert_eq!((other.status, other.problem()), (409, "processes/cannot-begin"));
    house.closes().await;
}

#[tokio::test]
async fn whoever_begins_a_procedure_is_told_of_it_also_when_the_job_was_faster() {
    let house = House::new();
    house.shipped().await;
    assert_eq!(house.deploy("k1", STOCKTAKING).await.status, 200);
    let admin = house.inner.admin();
    let begin = async |n: usize| {
        let about = json!({ "process": "stocktaking", "key": format!("shelf {n}") });
        let begun = house.inner.post_keyed(&admin, "/api/processes/instances", &format!("b{n}"), &about).await;
        assert_eq!((begun.status, &begun.body["waiting"]), (200, &json!(["count"])), "{begun:?}");
    };
    for round in 0..8 {
        futures_util::future::join_all((0..16).map(|n| begin(16 * round + n))).await;
    }
    let unknown = json!({ "process": "stocktaking", "key": OrderId::from_u128(77).to_string() });
    for _ in 0..2 {
        let refused = house.inner.post_keyed(&admin, "/api/processes/instances", "k9", &unknown).await;
        assert_eq!((refused.status, refused.problem()), (404, "kit/not-found"), "{refused:?}");
    }
    house.closes().await;
}
