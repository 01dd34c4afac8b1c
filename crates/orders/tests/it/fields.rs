//! Custom fields: set before and after ordering, kept with the person's key, and gone with the person.

use std::time::Duration;

use contracts::orders::OrderId;
use contracts::shared::CustomerId;
use kit::auth::{Actor, Grant};
use kit::journal;
use serde_json::{Value as Json, json};

use crate::house::{House, person, pieces, product, site};

/// An order of a cart that has these fields.
async fn placed_with(house: &House, fields: &Json) -> Json {
    let opened = house.0.post_keyed(&house.0.admin(), "/api/orders/carts", "with-fields", &json!({})).await;
    let cart = format!("carts/{}", opened.body["id"].as_str().unwrap());
    house.put(&format!("{cart}/lines"), &json!({ "product": product(1), "quantity": pieces(1) })).await;
    let shown = house.put(&format!("{cart}/fields"), &json!({ "fields": fields })).await;
    assert_eq!(&shown.body["fields"], fields);
    let contact = json!({ "name": "Demo Shopper", "phone": "+380000000000", "address": ["1 Example Street"] });
    house.put(&format!("{cart}/delivery"), &json!({ "method": "courier", "contact": contact })).await;
    let placed = house.post(&format!("{cart}/place"), &json!({ "payment_method": "on_delivery" })).await;
    assert_eq!(placed.status, 200, "{placed:?}");
    let guest = house.0.get(&Actor::guest(String::new()), &format!("/api/orders/{cart}/order")).await;
    assert_eq!((guest.status, guest.body.get("fields")), (200, None), "they are the retailer's own");
    placed.body
}

async fn shown(house: &House, order: &Json) -> Json {
    house.0.get(&house.0.admin(), &format!("/api/orders/{}", order["id"].as_str().unwrap())).await.body
}

#[tokio::test]
async fn fields_go_from_the_cart_to_the_order_and_are_changed_in_any_state() {
    let house = House::new().await;
    let first = json!({ "Gift": true, "PO number": "4711", "Boxes": 2 });
    let order = placed_with(&house, &first).await;
    let before = shown(&house, &order).await;
    assert_eq!(before["fields"], first);
    let released = house.post("release", &json!({ "order": order["id"] })).await.body;
    assert_eq!(released["state"], "released");

    let at = |order: &Json| order["version"].as_i64().unwrap();
    let now = shown(&house, &order).await;
    let (path, clerk) = (format!("{}/fields", order["id"].as_str().unwrap()), person(&["orders.edit"]));
    let most = 9_007_199_254_740_991_i64;
    let change =
        json!({ "fields": { "PO number": " 4712 ", "Paid by": "Example Office", "Most": most, "Least": -most } });
    assert_eq!(house.put_as_of(&clerk, &path, at(&before), &change).await.status, 412);
    let reader = person(&["orders.read"]);
    assert_eq!(house.put_as_of(&reader, &path, at(&now), &change).await.status, 403);
    let elsewhere = Grant { permission: "orders.edit".to_owned(), site: Some(site(9)) };
    let elsewhere = Actor { grants: [elsewhere].into(), ..reader };
    assert_eq!(house.put_as_of(&elsewhere, &path, at(&now), &change).await.status, 403);
    assert_eq!(house.put_as_of(&Actor::guest(String::new()), &path, at(&now), &change).await.status, 401);
    let many: serde_json::Map<String, Json> = (0..51).map(|n| (format!("Field {n}"), json!(n))).collect();
    let long: serde_json::Map<String, Json> =
        (10..43).map(|n| (format!("Field {n}"), json!("x".repeat(500)))).collect();
    for (unfit, field) in [
        (json!(many), "too-many"),
        (json!({ " ": 1 }), "text"),
        (json!({ "x".repeat(41): 1 }), "text"),
        (json!({ "Note": "x".repeat(501) }), "text"),
        (json!({ "Note": "a bell \u{7}" }), "text"),
        (json!({ "No\nte": "x" }), "text"),
        (json!(long), "too-long"),
        (json!({ "Boxes": 9_007_199_254_740_992_i64 }), "whole-number"),
        (json!({ "Boxes": 1, " Boxes": 2 }), "twice"),
    ] {
        let refused = house.put_as_of(&clerk, &path, at(&now), &json!({ "fields": unfit })).await;
        assert_eq!((refused.problem(), &refused.body["field"]), ("kit/invalid", &json!(field)), "{refused:?}");
    }
    for unfit in [json!({ "Nested": {} }), json!({ "Nothing": null }), json!({ "Half": 0.5 })] {
        assert_eq!(house.put_as_of(&clerk, &path, at(&now), &json!({ "fields": unfit })).await.status, 422);
    }
    assert_eq!(shown(&house, &order).await, now, "what was refused has changed nothing");

    let changed = house.put_as_of(&clerk, &path, at(&now), &change).await;
    let kept = json!({ "PO number": "4712", "Paid by": "Example Office", "Most": most, "Least": -most });
    assert_eq!((changed.status, &changed.body["fields"], at(&changed.body)), (200, &kept, at(&now) + 1));
    assert_eq!(shown(&house, &order).await["fields"], kept);
    let same = house.put_as_of(&clerk, &path, at(&now) + 1, &change).await;
    assert_eq!(at(&same.body), at(&now) + 1, "the same again is no change");
    let none = house.put_as_of(&clerk, &path, at(&now) + 1, &json!({ "fields": {} })).await;
    assert_eq!((none.status, none.body.get("fields")), (200, None));
    let story = house.0.get(&house.0.admin(), &format!("/api/orders/{}/history", order["id"].as_str().unwrap())).await;
    let kinds: Vec<&Json> = story.body["entries"].as_array().unwrap().iter().map(|entry| &entry["kind"]).collect();
    assert_eq!(kinds.iter().filter(|kind| **kind == "fields_set").count(), 2);
}

#[tokio::test]
async fn fields_are_gone_with_the_person() {
    let house = House::new().await;
    let order = placed_with(&house, &json!({ "Note": "the lady in the red house" })).await;
    let id: OrderId = order["id"].as_str().unwrap().parse().unwrap();
    let path = format!("{id}/fields");
    let more = json!({ "fields": { "Note": "the lady in the blue house" } });
    let version = shown(&house, &order).await["version"].as_i64().unwrap();
    assert_eq!(house.put_as_of(&house.0.admin(), &path, version, &more).await.status, 200);
    let app = house.0.running.app("orders").unwrap();
    let rows = app.read(|reader| Ok(journal::after(reader, 0, 100)?)).await.unwrap();
    assert!(rows.iter().any(|row| row.kind == "fields_set") && rows.iter().all(|row| !row.body.contains("lady")));

    house.erase(CustomerId::from_u128(5), vec![id]).await;
    let mut now = Json::Null;
    for _ in 0..500 {
        now = shown(&house, &order).await;
        if now.get("contact").is_none() {
            break;
        }
        app.runtime().sleep(Duration::from_millis(10)).await;
    }
    assert_eq!((now.get("contact"), now.get("fields")), (None, None));
    let column = "select count(*) from orders_orders where fields is not null";
    let left = app.read(move |reader| Ok(reader.one(column, &[], |row| row.get::<i64>(0))?)).await.unwrap();
    assert_eq!(left, Some(0));
    let refused = house.put_as_of(&house.0.admin(), &path, now["version"].as_i64().unwrap(), &more).await;
    assert_eq!((refused.status, refused.problem()), (409, "orders/contact-erased"), "{refused:?}");
}
