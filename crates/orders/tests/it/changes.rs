//! What changes after placing: lines, ways to pay, and what may leave then.

use serde_json::{Value as Json, json};

use crate::house::{House, person, pieces, product, site};

fn packed(sheet: &Json) -> Json {
    let lines = sheet["lines"].as_array().unwrap().iter();
    lines
        .map(|line| json!({ "product": line["product"], "site": line["site"], "quantity": line["quantity"] }))
        .collect()
}

#[tokio::test]
async fn what_was_packed_before_an_edit_does_not_leave() {
    let house = House::new().await;
    let (_, order) = house.placed("card", "tok_ok").await;
    let sheet = house.sheet(&order["id"]).await;
    let lies_packed = packed(&sheet);
    let edit = json!({ "lines": [{ "product": product(1), "quantity": pieces(2) }] });
    let path = format!("{}/edit", order["id"].as_str().unwrap());
    let edited = house.as_of(&house.0.admin(), &path, sheet["version"].as_i64().unwrap(), &edit).await;
    assert_eq!(edited.status, 200, "{edited:?}");
    house
        .post(
            &format!("{}/pay", order["id"].as_str().unwrap()),
            &json!({ "payment_method": "card", "payment_token": "tok_ok" }),
        )
        .await;

    let release = |packed: &Json| json!({ "order": order["id"], "packed": packed });
    let refused = house.post("release", &release(&lies_packed)).await;
    assert_eq!((refused.status, refused.problem()), (409, "orders/packed-differs"), "{refused:?}");
    let sheet = house.sheet(&order["id"]).await;
    assert_eq!((&sheet["state"], &sheet["to_collect"]["minor"]), (&json!("placed"), &json!(0)));
    let released = house.post("release", &release(&packed(&sheet))).await;
    assert_eq!(released.body["state"], "released", "{released:?}");
    assert_eq!(house.post("release", &release(&lies_packed)).await.body["state"], "released");
}

#[tokio::test]
async fn who_promises_at_the_door_after_a_declined_card_is_collected_from() {
    let house = House::new().await;
    let (cart, order) = house.placed("card", "tok_decline").await;
    assert_eq!(order["state"], "awaiting_payment");
    let paid = house.post(&format!("{cart}/pay"), &json!({ "payment_method": "on_delivery" })).await;
    assert_eq!(paid.status, 200, "{paid:?}");
    let id = &order["id"];
    let sheet = house.sheet(id).await;
    assert_eq!((&sheet["payment_method"], &sheet["to_collect"]), (&json!("on_delivery"), &sheet["total"]), "{sheet}");
}

#[tokio::test]
async fn what_an_edit_makes_dearer_is_promised_at_the_door_too() {
    let house = House::new().await;
    let (_, order) = house.placed("on_delivery", "").await;
    let lines =
        json!({ "order": order["id"], "lines": [{ "product": product(3), "quantity": pieces(2), "site": site(2) }] });
    let edited = house.post("edit", &lines).await;
    assert_eq!(edited.status, 200, "{edited:?}");
    let sheet = house.sheet(&order["id"]).await;
    assert_eq!((&sheet["due"]["minor"], &sheet["to_collect"]), (&json!(0), &sheet["total"]), "{sheet}");
    assert_eq!(sheet["lines"][2]["site"], json!(site(2)), "the replacement comes from where it was found");
    let released = house.post("release", &json!({ "order": order["id"], "packed": packed(&sheet) })).await;
    assert_eq!(released.body["state"], "released", "{released:?}");
    assert_eq!((orders::service().check)(house.0.running.app("orders").unwrap()).await.unwrap(), Vec::<String>::new());
}

#[tokio::test]
async fn an_agent_orders_on_account_only_where_that_is_granted() {
    let house = House::new().await;
    let (_, order) = house.placed("card", "tok_decline").await;
    let path = format!("/api/orders/{}/pay", order["id"].as_str().unwrap());
    let means = json!({ "payment_method": "on_account" });
    let refused = house.0.post(&person(&["orders.edit"]), &path, &means).await;
    assert_eq!((refused.status, refused.problem()), (403, "kit/forbidden"), "{refused:?}");
    let paid = house.0.post(&person(&["orders.edit", "orders.on_account"]), &path, &means).await;
    assert_eq!((paid.status, &paid.body["state"]), (200, &json!("placed")), "{paid:?}");
}

#[tokio::test]
async fn an_order_grows_by_edits_to_two_hundred_lines_at_most() {
    let house = House::new().await;
    let (_, order) = house.placed("card", "tok_ok").await;
    let offer = |n: u128| {
        json!({ "product": product(n), "name": "More", "unit": "pcs", "price": { "minor": 100, "currency": "EUR" },
        "tax": 2000, "sold": true })
    };
    let offers = json!({ "offers": (100..300).map(offer).collect::<Vec<_>>() });
    let set = house.0.request(&house.0.admin(), "PUT", "/api/orders/offers", &[], &offers).await;
    assert_eq!(set.status, 200, "{set:?}");
    let wish = |n: u128| json!({ "product": product(n), "quantity": pieces(1) });
    let all = |from: u128, to: u128| json!({ "order": order["id"], "lines": (from..to).map(wish).collect::<Vec<_>>() });
    let refused = house.post("edit", &all(100, 300)).await;
    assert_eq!((refused.status, refused.problem()), (409, "orders/cart-full"), "{refused:?}");
    assert_eq!(house.post("edit", &all(100, 298)).await.body["lines"].as_array().map(Vec::len), Some(200));
}
