//! An order's procedure from the secured order to its invoice, and the ways in which it is left.

use contracts::delivery::{DeliveryFailed, ShipmentDelivered, ShipmentTakenBack};
use contracts::orders::{OrderConfirmed, OrderId, OrderReleased, OrderSecured, ReleaseFailed};
use kit::time::Timestamp;
use serde_json::{Value, json};

use crate::house::{House, SITE};

fn steps(place: &Value, command: usize) -> Vec<String> {
    let steps = place["history"][command]["steps"].as_array().cloned().unwrap_or_default();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    steps.iter().map(|step| format!("{} {}", text(&step["what"]), text(&step["element"]))).collect()
}

#[tokio::test]
async fn a_large_order_is_confirmed_by_an_agent_and_ends_with_its_invoice() {
    let house = House::new();
    let order = house.secured(1, 20_000).await;
    let place = house.waits_in(order, &["confirm"]).await;
    assert_eq!(place["history"][0]["decisions"][0]["record"]["key"], "needs-confirming");
    assert_eq!(place["history"][0]["decisions"][0]["record"]["outputs"]["confirm"], true);

    let task = house.task(order).await;
    assert_eq!((&task["group"], &task["name"]), (&json!("contact-center"), &json!("Confirm with customer")));
    assert_eq!((&task["site"], &task["outcomes"]), (&json!(SITE), &json!(["confirmed"])));
    assert!(task["due"].is_string());

    let wrong = house.complete(&task, "shrugged").await;
    assert_eq!((wrong.status, wrong.problem()), (422, "processes/no-such-outcome"));
    let done = house.complete(&task, "confirmed").await;
    assert_eq!((done.status, &done.body["waiting"]), (200, &json!(["picked"])), "{done:?}");
    assert_eq!(*house.answers.asked.lock().unwrap(), ["confirm", "picks"]);
    let again = house.complete(&task, "confirmed").await;
    assert_eq!((again.status, &again.body), (200, &done.body));
    let asked = house.post("/api/processes/instances/ask", &json!({ "key": order })).await;
    assert_eq!(asked.body["instance"], done.body);

    house.packed(order).await;
    house.waits_in(order, &["leaving"]).await;
    house.released(order).await;
    let place = house.waits_in(order, &[]).await;
    assert_eq!(*house.answers.asked.lock().unwrap(), ["confirm", "picks", "invoice"]);
    assert_eq!(place["history"].as_array().map(Vec::len), Some(4), "one event for each command");
    assert_eq!(
        steps(&place, 3),
        [
            "entered handed_over",
            "done handed_over",
            "entered gone",
            "entered invoice",
            "done invoice",
            "entered done",
            "ended "
        ]
    );
    assert_eq!(place["visited"]["picks"], 1);
    house.closes().await;
}

#[tokio::test]
async fn a_small_order_costs_three_events() {
    let house = House::new();
    let order = house.secured(1, 1_000).await;
    house.waits_in(order, &["picked"]).await;
    house.packed(order).await;
    house.waits_in(order, &["leaving"]).await;
    house.released(order).await;
    let place = house.waits_in(order, &[]).await;
    assert_eq!(place["history"].as_array().map(Vec::len), Some(3));
    assert_eq!(place["tasks"], json!([]));
    let seq = house.app().read(|reader| Ok(kit::journal::last(reader)?)).await.unwrap();
    assert_eq!(seq, 6, "three shipped diagrams, and three for the order");
    house.closes().await;
}

#[tokio::test]
async fn a_short_pick_goes_to_the_contact_center_and_picking_starts_again() {
    let house = House::new();
    let order = house.secured(1, 1_000).await;
    house.waits_in(order, &["picked"]).await;
    house.short(order).await;
    house.waits_in(order, &["resolve"]).await;
    let task = house.task(order).await;
    assert_eq!(house.complete(&task, "resolved").await.body["waiting"], json!(["picked"]));
    assert_eq!(house.answers.times("picks"), 2);
    house.released(order).await;
    house.waits_in(order, &[]).await;
    house.closes().await;
}

#[tokio::test]
async fn two_products_that_are_short_are_one_call() {
    let house = House::new();
    let order = house.secured(1, 1_000).await;
    house.waits_in(order, &["picked"]).await;
    house.short(order).await;
    house.waits_in(order, &["resolve"]).await;
    house.short(order).await;
    let task = house.task(order).await;
    house.until(order, |place| place["visited"]["more_seen"] == 1).await;
    assert_eq!(house.complete(&task, "resolved").await.body["waiting"], json!(["picked"]));
    let place = house.waits_in(order, &["picked"]).await;
    assert_eq!((&place["visited"]["resolve"], &place["visited"]["more_seen"]), (&json!(1), &json!(1)));
    house.packed(order).await;
    house.released(order).await;
    house.waits_in(order, &[]).await;
    house.closes().await;
}

#[tokio::test]
async fn an_order_that_is_edited_after_packing_and_then_short_comes_to_the_contact_center() {
    let house = House::new();
    let order = house.secured(1, 1_000).await;
    house.waits_in(order, &["picked"]).await;
    house.packed(order).await;
    house.waits_in(order, &["leaving"]).await;
    // Edited and packed anew: it still waits for its hand-over.
    house.packed(order).await;
    house.short(order).await;
    let place = house.waits_in(order, &["resolve_again"]).await;
    assert_eq!(place["visited"]["packed_again"], 1);
    // The clerk found it after all: nobody has to call any more.
    house.packed(order).await;
    let place = house.waits_in(order, &["leaving"]).await;
    assert_eq!(place["tasks"][0]["state"], "overtaken");
    // And once more, with the agent's answer: the picks follow the order again.
    house.short(order).await;
    house.waits_in(order, &["resolve_again"]).await;
    let task = house.task(order).await;
    assert_eq!(house.complete(&task, "resolved").await.body["waiting"], json!(["leaving"]));
    assert_eq!(house.answers.times("picks"), 2);
    house.released(order).await;
    house.waits_in(order, &[]).await;
    assert_eq!(house.answers.times("invoice"), 1);
    house.closes().await;
}

#[tokio::test]
async fn nobody_calls_about_an_order_that_has_left() {
    let house = House::new();
    let order = house.secured(1, 20_000).await;
    house.waits_in(order, &["confirm"]).await;
    house.released(order).await;
    let place = house.waits_in(order, &[]).await;
    assert_eq!(place["tasks"][0]["state"], "overtaken");
    assert_eq!(*house.answers.asked.lock().unwrap(), ["invoice"]);
    house.closes().await;
}

#[tokio::test]
async fn an_order_confirmed_elsewhere_needs_no_agent() {
    let house = House::new();
    let order = house.secured(1, 20_000).await;
    house.waits_in(order, &["confirm"]).await;
    let task = house.task(order).await;
    house.tell(&OrderConfirmed { order }).await;
    let place = house.waits_in(order, &["picked"]).await;
    assert_eq!(place["tasks"][0]["state"], "overtaken");
    assert_eq!(*house.answers.asked.lock().unwrap(), ["picks"]);
    let late = house.complete(&task, "confirmed").await;
    assert_eq!((late.status, late.problem()), (409, "processes/task-closed"));
    house.closes().await;
}

#[tokio::test]
async fn a_cancelled_order_ends_its_procedure_wherever_it_stands() {
    let house = House::new();
    for (number, until) in ["confirm", "picked", "resolve", "leaving", "incident"].into_iter().enumerate() {
        let total = if until == "confirm" { 20_000 } else { 1_000 };
        if until == "incident" {
            house.answers.refuse("picks", 409, 100);
        }
        let order = house.secured(number as u128 + 1, total).await;
        match until {
            "resolve" => {
                house.waits_in(order, &["picked"]).await;
                house.short(order).await;
            }
            "leaving" => {
                house.waits_in(order, &["picked"]).await;
                house.packed(order).await;
            }
            _ => {}
        }
        house.waits_in(order, &[if until == "incident" { "picks" } else { until }]).await;
        house.cancelled(order).await;
        let place = house.waits_in(order, &[]).await;
        assert_eq!(place["visited"]["stopped"], 1, "{until}");
        let open = house.get(&format!("/api/processes/tasks?key={order}")).await.body;
        assert_eq!(open["tasks"], json!([]), "{until}");
    }
    let incidents = house.get("/api/processes/incidents?state=all").await.body;
    assert_eq!(incidents["incidents"][0]["resolution"], "overtaken");
    house.closes().await;
}

#[tokio::test]
async fn messages_told_twice_or_too_early_take_effect_once_and_in_time() {
    let house = House::new();
    let order = house.secured(1, 20_000).await;
    house.tell(&OrderSecured { order }).await;
    house.waits_in(order, &["confirm"]).await;
    // Packed before anybody waits for it: kept.
    house.packed(order).await;
    house.packed(order).await;
    let task = house.task(order).await;
    // Whether the message has come by now or comes a moment later makes no difference to where it leads.
    assert_eq!(house.complete(&task, "confirmed").await.status, 200);
    house.waits_in(order, &["leaving"]).await;
    house.released(order).await;
    house.released(order).await;
    house.waits_in(order, &[]).await;
    // Whoever is called answers the same again, so a call that another message overtook may be made twice, but none out of turn.
    let mut asked = house.answers.asked.lock().unwrap().clone();
    asked.dedup();
    assert_eq!(asked, ["confirm", "picks", "invoice"]);
    let all = house.get("/api/processes/instances?state=all").await.body;
    assert_eq!(all["instances"].as_array().map(Vec::len), Some(1));
    house.closes().await;
}

#[tokio::test]
async fn a_cancellation_right_after_the_start_is_not_lost() {
    let house = House::new();
    let order = OrderId::from_u128(1);
    house.answers.totals.lock().unwrap().insert(order, 20_000);
    house.tell(&OrderSecured { order }).await;
    house.cancelled(order).await;
    house.waits_in(order, &[]).await;
    house.closes().await;
}

#[tokio::test]
async fn each_delivery_that_failed_is_talked_about_until_the_goods_are_there() {
    let house = House::new();
    let order = OrderId::from_u128(1);
    house.answers.totals.lock().unwrap().insert(order, 1_000);
    let failed = DeliveryFailed { order, reason: "nobody_there".to_owned(), at: Timestamp::from_micros(1) };
    house.tell(&failed).await;
    house.waits_in(order, &["agree"]).await;
    let task = house.task(order).await;
    assert_eq!((&task["process"], &task["group"]), (&json!("failed-delivery"), &json!("contact-center")));
    assert_eq!(house.complete(&task, "resolved").await.status, 200);

    house.waits_in(order, &["next"]).await;
    house.tell(&failed).await;
    let place = house.waits_in(order, &["agree"]).await;
    assert_eq!(place["visited"]["agree"], 2);

    house.tell(&ShipmentDelivered { order, at: Timestamp::from_micros(2), collected: None, tender: None }).await;
    let place = house.waits_in(order, &[]).await;
    assert_eq!((&place["ended"], &place["visited"]["taken_done"]), (&json!(true), &json!(1)));
    house.closes().await;
}

#[tokio::test]
async fn nobody_talks_any_more_about_goods_that_come_back() {
    let house = House::new();
    for (n, agreed) in [(1, false), (2, true)] {
        let order = OrderId::from_u128(n);
        house.answers.totals.lock().unwrap().insert(order, 1_000);
        house.tell(&DeliveryFailed { order, reason: "refused".to_owned(), at: Timestamp::from_micros(1) }).await;
        house.waits_in(order, &["agree"]).await;
        if agreed {
            let task = house.task(order).await;
            assert_eq!(house.complete(&task, "resolved").await.status, 200);
            house.waits_in(order, &["next"]).await;
        }
        let (site, reason) = (crate::house::SITE, "refused".to_owned());
        house.tell(&ShipmentTakenBack { order, site, reason, at: Timestamp::from_micros(2) }).await;
        let place = house.waits_in(order, &[]).await;
        let end = if agreed { "returned" } else { "given_up_done" };
        assert_eq!((&place["ended"], &place["visited"][end]), (&json!(true), &json!(1)));
    }
    house.closes().await;
}

#[tokio::test]
async fn money_refused_at_hand_over_is_a_call_until_the_goods_leave() {
    let house = House::new();
    let order = OrderId::from_u128(1);
    house.answers.totals.lock().unwrap().insert(order, 1_000);
    let at = Timestamp::from_micros(1);
    let refused = ReleaseFailed { order, reason: "capture-refused".to_owned(), at };
    house.tell(&refused).await;
    house.waits_in(order, &["pay"]).await;
    house.tell(&refused).await;
    house.until(order, |place| place["visited"]["seen"] == 1).await;
    let task = house.task(order).await;
    assert_eq!((&task["process"], &task["group"]), (&json!("failed-payment"), &json!("contact-center")));
    assert_eq!(house.complete(&task, "resolved").await.status, 200);
    house.waits_in(order, &["next"]).await;
    house.tell(&refused).await;
    let place = house.waits_in(order, &["pay"]).await;
    assert_eq!(place["visited"]["pay"], 2);
    house.tell(&OrderReleased { order, reservation: order.of(), at, collected: None }).await;
    let place = house.waits_in(order, &[]).await;
    assert_eq!((&place["ended"], &place["visited"]["left_done"]), (&json!(true), &json!(1)));
    house.closes().await;
}

#[tokio::test]
async fn of_several_procedures_the_one_under_way_is_shown_and_in_the_end_the_first() {
    let house = House::new();
    let order = house.secured(1, 20_000).await;
    house.waits_in(order, &["confirm"]).await;
    house.tell(&ReleaseFailed { order, reason: "capture-refused".to_owned(), at: Timestamp::from_micros(1) }).await;
    let place = house.waits_in(order, &["pay"]).await;
    let names: Vec<_> = place["about"].as_array().unwrap().iter().map(|one| &one["process_name"]).collect();
    assert_eq!(names, ["Online order", "Failed payment"]);
    let first = format!("/api/processes/instances/{}", place["about"][0]["id"].as_str().unwrap());
    assert_eq!(house.get(&first).await.body["waiting"], json!(["confirm"]));
    house.cancelled(order).await;
    let place =
        house.until(order, |place| place["about"].as_array().unwrap().iter().all(|one| one["ended"] == true)).await;
    assert_eq!(place["process"], "online-order");
    house.closes().await;
}
