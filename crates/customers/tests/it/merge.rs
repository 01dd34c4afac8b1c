//! Two customers who are one and the same become one.

use serde_json::{Value as Json, json};

use crate::house::{House, contact};

fn id(view: &Json) -> String {
    view["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn orders_notes_and_numbers_of_a_duplicate_become_the_others() {
    let house = House::open();
    let admin = house.admin();
    let first = house.place(1, Some(contact("Olena", Some("0671234567"), None)), 1000).await;
    let olena = house.linked(first).await;
    let second = house.place(2, Some(contact("Olena", Some("0679999999"), Some("o@example.com"))), 2000).await;
    let again = house.linked(second).await;
    assert_ne!(id(&olena), id(&again));
    let note = json!({"text": "has a dog"});
    house.house.post_keyed(&admin, &format!("/api/customers/{}/notes", id(&again)), "n", &note).await;
    let consent = json!({"purpose": "advertising", "given": true, "how": "by telephone"});
    house.house.post_keyed(&admin, &format!("/api/customers/{}/consents", id(&again)), "c", &consent).await;

    let likely = house.get(&format!("/api/customers/{}/duplicates", id(&olena))).await.body;
    assert_eq!(
        (&likely["duplicates"][0]["customer"]["id"], &likely["duplicates"][0]["shared"]),
        (&again["id"], &json!(["name"]))
    );

    let path = format!("/api/customers/{}/merge", id(&olena));
    let body = json!({"other": again["id"], "other_version": 3});
    let agent = house.with("customers.edit");
    let refused = house.house.request(&agent, "POST", &path, &[("if-match", "\"1\"")], &body).await;
    assert_eq!(refused.problem(), "kit/forbidden");
    let seen_before = json!({"other": again["id"], "other_version": 2});
    for (version, body) in [("\"2\"", &body), ("\"1\"", &seen_before)] {
        let stale = house.house.request(&admin, "POST", &path, &[("if-match", version)], body).await;
        assert_eq!(stale.problem(), "kit/stale");
    }
    let itself = json!({"other": olena["id"], "other_version": 1});
    let same = house.house.request(&admin, "POST", &path, &[("if-match", "\"1\"")], &itself).await;
    assert_eq!((same.status, same.problem()), (422, "kit/invalid"));

    let merged = house.house.request(&admin, "POST", &path, &[("if-match", "\"1\"")], &body).await;
    assert_eq!((merged.status, &merged.body["orders"]), (200, &json!(2)), "{merged:?}");
    assert_eq!(merged.body["phone"], "+380671234567");
    assert_eq!((&merged.body["email"], &merged.body["also_at"]), (&json!("o@example.com"), &json!(["+380679999999"])));
    assert_eq!((&merged.body["notes"][0]["text"], &merged.body["may_advertise"]), (&json!("has a dog"), &json!(true)));
    let repeated = house.house.request(&admin, "POST", &path, &[("if-match", "\"1\"")], &body).await;
    assert_eq!((repeated.status, &repeated.body["version"]), (200, &merged.body["version"]));

    assert_eq!(house.linked(second).await["id"], olena["id"]);
    let gone = house.get(&format!("/api/customers/{}", id(&again))).await.body;
    assert_eq!((&gone["status"], &gone["merged_into"], &gone["name"]), (&json!("merged"), &olena["id"], &json!("")));
    let note = house.house.post_keyed(&admin, &format!("/api/customers/{}/notes", id(&again)), "m", &note).await;
    assert_eq!((note.problem(), &note.body["customer"]), ("customers/merged", &olena["id"]));
    assert_eq!(house.found("0679999999").await, ["Olena"]);
    let third = house.place(3, Some(contact("O.", Some("067 999 99 99"), None)), 3000).await;
    assert_eq!(house.linked(third).await["id"], olena["id"]);
    house.closes().await;
}

#[tokio::test]
async fn customers_with_one_number_are_found_together() {
    let house = House::open();
    let one = house.make("a", &json!({"name": "Olena", "phone": "0671234567"})).await;
    let two = house.make("b", &json!({"name": "Olena B.", "phone": "+380 67 123-45-67"})).await;
    house.make("c", &json!({"name": "Petro", "phone": "0670000000"})).await;
    let groups = house.get("/api/customers/duplicates").await.body["groups"].clone();
    let ids: Vec<&Json> = groups[0]["customers"].as_array().unwrap().iter().map(|each| &each["id"]).collect();
    assert_eq!(
        (groups.as_array().unwrap().len(), &groups[0]["shared"], ids),
        (1, &json!("phone"), vec![&one["id"], &two["id"]])
    );
    let history = house.get(&format!("/api/customers/{}/history", id(&one))).await.body;
    assert_eq!(history["entries"][0]["kind"], "customer_set");
    house.closes().await;
}
