//! What can go wrong with the money as goods are handed over: refused, late, to be paid at the counter.

use std::time::Duration;

use serde_json::{Value as Json, json};

use crate::house::{House, Parcels, person, pieces, product};

async fn becomes(house: &House, order: &Json, field: &str, expected: &Json) -> Json {
    for _ in 0..500 {
        let shown = house.0.get(&house.0.admin(), &format!("/api/orders/{}", order.as_str().unwrap())).await.body;
        if shown.pointer(field) == Some(expected) {
            return shown;
        }
        house.0.running.app("orders").unwrap().runtime().sleep(Duration::from_millis(10)).await;
    }
    panic!("{field} did not become {expected}");
}

async fn kinds(house: &House, order: &Json) -> Vec<Json> {
    let path = format!("/api/orders/{}/history", order.as_str().unwrap());
    let history = house.0.get(&house.0.admin(), &path).await.body;
    history["entries"].as_array().unwrap().iter().map(|entry| entry["kind"].clone()).collect()
}

async fn is_sound(house: &House) {
    assert_eq!((orders::service().check)(house.0.running.app("orders").unwrap()).await.unwrap(), Vec::<String>::new());
}

#[tokio::test]
async fn a_card_refused_at_hand_over_secures_nothing_any_more() {
    let house = House::new().await;
    let (_, order) = house.placed("card", "tok_refused_later").await;
    let id = &order["id"];
    let refused = house.post("release", &json!({ "order": id })).await;
    assert_eq!((refused.status, &refused.body["state"]), (200, &json!("confirmed")), "{refused:?}");
    assert_eq!(refused.body["due"], refused.body["total"], "the card is counted on no more");
    let told = kinds(&house, id).await;
    assert!(told.contains(&json!("order_confirmed")) && told.contains(&json!("release_failed")), "{told:?}");
    let again = house.post("release", &json!({ "order": id })).await;
    assert_eq!((again.status, again.problem()), (409, "orders/payment-missing"));
    becomes(&house, id, "/payments/0/state", &json!("voided")).await;
    let means = json!({ "payment_method": "on_delivery" });
    let paid = house.post(&format!("{}/pay", id.as_str().unwrap()), &means).await;
    assert_eq!((paid.status, &paid.body["due"]["minor"]), (200, &json!(0)), "{paid:?}");
    let released = house.post("release", &json!({ "order": id })).await;
    assert_eq!((&released.body["state"], &released.body["to_collect"]["minor"]), (&json!("released"), &json!(2490)));
    is_sound(&house).await;
}

#[tokio::test]
async fn what_is_fetched_is_paid_before_it_is_given_away() {
    let house = House::new().await;
    let (_, order) = house.placed_by("pick-up", "on_delivery", "").await;
    let id = &order["id"];
    let release = |collected: Json| json!({ "order": id, "counter": true, "collected": collected });
    let cash = |minor: i64| json!({ "amount": { "minor": minor, "currency": "EUR" }, "by": "cash" });
    for wrong in [Json::Null, cash(1999), cash(2001)] {
        let refused = house.post("release", &release(wrong)).await;
        assert_eq!((refused.status, refused.problem()), (409, "orders/to-be-paid"));
        assert_eq!(refused.body["amount_minor"], 2000);
    }
    assert_eq!(house.sheet(id).await["state"], "placed");
    let released = house.post("release", &release(cash(2000))).await;
    assert_eq!((released.status, &released.body["state"]), (200, &json!("released")), "{released:?}");
    let path = format!("/api/orders/{}/history", id.as_str().unwrap());
    let history = house.0.get(&house.0.admin(), &path).await.body;
    assert_eq!(history["entries"].as_array().unwrap().last().unwrap()["collected"], cash(2000));
    // Nobody pays twice.
    let (_, paid) = house.placed_by("pick-up", "card_now", "tok_ok").await;
    let twice = json!({ "order": paid["id"], "counter": true, "collected": cash(2000) });
    assert_eq!(house.post("release", &twice).await.problem(), "orders/to-be-paid");
    is_sound(&house).await;
}

#[tokio::test]
async fn money_that_comes_late_gives_nothing_away_to_nobody() {
    let house = House::new().await;
    let (_, order) = house.placed_by("pick-up", "card", "tok_late").await;
    let id = order["id"].clone();
    let release = json!({ "order": id, "counter": true });
    assert_eq!(house.post("release", &release).await.body["state"], "releasing");
    let app = house.0.running.app("orders").unwrap();
    let (me, due) = (app.itself(), id.as_str().unwrap().to_owned());
    app.write(&me, move |tx| Ok(tx.schedule("release", &due, tx.now(), "")?)).await.unwrap();
    let shown = becomes(&house, &id, "/state", &json!("confirmed")).await;
    assert_eq!((&shown["payments"][0]["captured"]["minor"], &shown["due"]["minor"]), (&json!(2000), &json!(0)));
    assert_eq!(house.post("release", &release).await.body["state"], "released");
    is_sound(&house).await;
}

#[tokio::test]
async fn two_clerks_do_not_undo_what_the_other_changed() {
    let house = House::new().await;
    let (_, order) = house.placed("on_delivery", "").await;
    let wish = |more: i64, had: i64| {
        let line = json!({ "product": product(1), "quantity": pieces(more), "expected": pieces(had) });
        json!({ "order": order["id"], "lines": [line] })
    };
    assert_eq!(house.post("edit", &wish(2, 1)).await.status, 200);
    let late = house.post("edit", &wish(3, 1)).await;
    assert_eq!((late.status, late.problem()), (409, "orders/changed-meanwhile"), "{late:?}");
    assert_eq!(house.post("edit", &wish(2, 1)).await.status, 200, "asked again");
    assert_eq!(house.post("edit", &wish(3, 2)).await.body["lines"][0]["quantity"], pieces(3));
}

#[tokio::test]
async fn delivery_decides_whether_a_parcel_is_with_the_customer() {
    let house = House::with_delivery().await;
    let (_, order) = house.placed("on_delivery", "").await;
    let released = house.post("release", &json!({ "order": order["id"] })).await.body;
    assert_eq!(released["state"], "released");
    let shown = becomes(&house, &order["id"], "/state", &json!("released")).await;
    let (path, version) = (format!("{}/deliver", order["id"].as_str().unwrap()), shown["version"].as_i64().unwrap());
    let clerk = person(&["orders.deliver", "orders.read"]);
    house.parcels(Parcels::TakenBack);
    let refused = house.as_of(&clerk, &path, version, &Json::Null).await;
    assert_eq!((refused.status, refused.problem()), (409, "delivery/taken-back"), "{refused:?}");
    let asked = house.post("deliver", &json!({ "order": order["id"] })).await;
    assert_eq!(asked.problem(), "delivery/taken-back", "{asked:?}");
    house.parcels(Parcels::OnTheirWay);
    assert_eq!(house.as_of(&clerk, &path, version - 1, &Json::Null).await.status, 412);
    let delivered = house.as_of(&clerk, &path, version, &Json::Null).await;
    assert_eq!((delivered.status, &delivered.body["state"]), (200, &json!("delivered")), "{delivered:?}");
    is_sound(&house).await;
}

#[tokio::test]
async fn a_delivery_service_that_was_heard_of_is_only_away() {
    let house = House::with_delivery().await;
    let (_, order) = house.placed("on_delivery", "").await;
    assert_eq!(house.post("release", &json!({ "order": order["id"] })).await.body["state"], "released");
    house.parcels(Parcels::Away);
    let app = house.0.running.app("orders").unwrap();
    let heard = "insert into orders_cursors (source, epoch, seq) values ('delivery', 'e', 7)
         on conflict (source) do update set seq = excluded.seq";
    app.write(&app.itself(), move |tx| Ok(tx.put(heard, &[])?)).await.unwrap();
    let asked = house.post("deliver", &json!({ "order": order["id"] })).await;
    assert_eq!((asked.status, asked.problem()), (503, "kit/no-such-service"), "{asked:?}");
    let never = "delete from orders_cursors where source = 'delivery'";
    app.write(&app.itself(), move |tx| Ok(tx.put(never, &[])?)).await.unwrap();
    let asked = house.post("deliver", &json!({ "order": order["id"] })).await;
    assert_eq!(asked.body["state"], "delivered", "a retailer without delivery: {asked:?}");
}
