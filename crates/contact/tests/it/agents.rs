//! Agents at work: who gets which call, how it ends, and what happens when others do not play along.

use std::collections::BTreeSet;
use std::time::Duration;

use contracts::customers::CustomerErased;
use contracts::inventory::ReservationId;
use contracts::orders::{OrderCancelled, OrderId};
use contracts::processes::{TaskEscalated, TaskId};
use contracts::shared::CustomerId;
use futures_util::future::{join, join_all};
use kit::auth::Actor;
use kit::journal;
use kit::runtime::Runtime;
use kit::time::Timestamp;
use serde_json::{Value as Json, json};

use crate::house::{House, agent, task, with};
use crate::others::{Said, sheet};

#[tokio::test]
async fn of_fifty_agents_exactly_one_gets_a_call() {
    let house = House::open();
    let calls = house.calls(30).await;
    let agents: Vec<Actor> = (0..50).map(|n| agent(&format!("a{n}"))).collect();
    let claim = format!("{}/claim", calls[0]);
    let answers = join_all(agents.iter().map(|agent| house.post(agent, &claim, &Json::Null))).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1);
    assert_eq!(answers.iter().filter(|answer| answer.problem() == "contact/claimed").count(), 49);

    let answers = join_all(agents.iter().map(|agent| house.post(agent, "/api/contact/next", &Json::Null))).await;
    let got: Vec<&str> = answers.iter().filter_map(|answer| answer.body["number"].as_str()).collect();
    assert_eq!((got.len(), got.iter().collect::<BTreeSet<_>>().len()), (30, 30));
    assert_eq!(answers.iter().filter(|answer| answer.problem() == "contact/nothing-waiting").count(), 20);
    house.closes().await;
}

#[tokio::test]
async fn the_queue_is_by_deadline_and_escalated_calls_come_first() {
    let house = House::open();
    let calls = house.calls(4).await;
    let (ann, bob) = (agent("ann"), agent("bob"));
    assert_eq!(house.queue(&ann).await, [1, 2, 3, 4]);
    house.tell(Said::Escalated(TaskEscalated { task: TaskId::from_u128(3), key: String::new() })).await;
    house.until(&calls[2], |answer| answer.body["escalated"] == true).await;
    assert_eq!(house.queue(&ann).await, [3, 1, 2, 4]);

    let first = house.post(&ann, "/api/contact/next", &Json::Null).await;
    assert_eq!((&first.body["number"], &first.body["state"]), (&json!("100003"), &json!("claimed")));
    assert_eq!(first.body["yours"], true);
    assert_eq!(house.post(&ann, "/api/contact/next", &Json::Null).await.body["id"], first.body["id"]);
    assert_eq!(house.post(&bob, "/api/contact/next", &Json::Null).await.body["number"], "100001");
    let given_back = house.post(&ann, &format!("{}/release", calls[2]), &Json::Null).await;
    assert_eq!((given_back.status, &given_back.body["state"]), (200, &json!("open")));
    assert_eq!(house.queue(&ann).await, [2, 4, 3], "what she gave back comes last for her");
    assert_eq!(house.queue(&agent("eve")).await, [3, 2, 4]);
    let counts = house.get("/api/contact/calls").await.body["counts"].clone();
    assert_eq!((&counts["waiting"], &counts["claimed"]), (&json!(3), &json!(1)));
    assert_eq!((&counts["escalated"], &counts["overdue"]), (&json!(1), &json!(4)));

    let stolen = house.post(&ann, &format!("{}/release", calls[0]), &Json::Null).await;
    assert_eq!((stolen.problem(), &stolen.body["by"]), ("contact/claimed", &json!("person:bob")));
    let boss = with("boss", "contact.*");
    assert_eq!(house.post(&boss, &format!("{}/release", calls[0]), &Json::Null).await.status, 200);
    house.closes().await;
}

#[tokio::test]
async fn a_confirmed_call_is_the_agents_and_a_refusal_changes_nothing() {
    let house = House::open();
    let calls = house.calls(3).await;
    let ann = agent("ann");
    let confirm = format!("{}/confirm", calls[0]);
    assert_eq!(house.post(&ann, &confirm, &Json::Null).await.problem(), "contact/not-claimed");
    house.post(&ann, &format!("{}/claim", calls[0]), &Json::Null).await;

    *house.others.refuses.lock().unwrap() = true;
    let refused = house.post(&ann, &confirm, &Json::Null).await;
    assert_eq!((refused.status, refused.problem()), (409, "orders/not-cancellable"));
    let stands = house.get(&calls[0]).await.body;
    assert_eq!((&stands["state"], &stands["attempts"]), (&json!("claimed"), &json!(0)));
    assert_eq!(stands["claimed_by"], "person:ann");
    *house.others.refuses.lock().unwrap() = false;
    house.others.asked.lock().unwrap().clear();

    let confirmed = house.post(&ann, &confirm, &Json::Null).await;
    assert_eq!((confirmed.status, &confirmed.body["outcome"]), (200, &json!("confirmed")), "{confirmed:?}");
    assert_eq!(confirmed.body["closed_by"], "person:ann");
    assert_eq!(confirmed.body["attempts_made"][0]["outcome"], "reached");
    assert_eq!(house.post(&ann, &confirm, &Json::Null).await.status, 200, "again: the same");
    house.close(1, "confirmed").await;
    let asked = format!("person:ann completes {} confirmed", TaskId::from_u128(1));
    assert_eq!(*house.others.asked.lock().unwrap(), [asked]);
    let other = house.post(&agent("bob"), &format!("{}/claim", calls[0]), &Json::Null).await;
    assert_eq!((other.problem(), &other.body["outcome"]), ("contact/call-closed", &json!("confirmed")));

    house.post(&ann, &format!("{}/claim", calls[1]), &Json::Null).await;
    let cancel = format!("{}/cancel", calls[1]);
    assert_eq!(house.post(&ann, &cancel, &json!({"reason": "boredom"})).await.status, 422);
    let cancelled = house.post(&ann, &cancel, &json!({"reason": "customer"})).await.body;
    assert_eq!((&cancelled["outcome"], &cancelled["reason"]), (&json!("cancelled"), &json!("customer")));
    assert_eq!(cancelled["attempts"], 1);

    house.post(&ann, &format!("{}/claim", calls[2]), &Json::Null).await;
    assert_eq!(house.post(&ann, &format!("{}/resolve", calls[2]), &Json::Null).await.body["outcome"], "resolved");
    let app = house.house.running.app("contact").unwrap();
    let told = app.read(|reader| Ok(journal::after(reader, 0, 1000)?)).await.unwrap();
    assert_eq!(told.iter().filter(|row| row.kind == "call_ended").count(), 3);
    house.closes().await;
}

#[tokio::test]
async fn an_end_whose_answer_was_lost_is_still_the_agents_and_others_ends_overtake() {
    let house = House::open();
    let calls = house.calls(3).await;
    let ann = agent("ann");
    house.post(&ann, &format!("{}/claim", calls[0]), &Json::Null).await;
    *house.others.delay.lock().unwrap() = Duration::from_secs(60);
    let confirm = format!("{}/confirm", calls[0]);
    let waits = house.post(&ann, &confirm, &Json::Null);
    let heard = async {
        Runtime::real().sleep(Duration::from_millis(300)).await;
        house.close(1, "confirmed").await;
        house.until(&calls[0], |answer| answer.body["state"] == "closed").await.body
    };
    let (late, ended) = join(waits, heard).await;
    assert_eq!((late.status, late.problem()), (504, "kit/unknown-outcome"));
    assert_eq!(late.body["service"], "processes");
    assert_eq!((&ended["outcome"], &ended["closed_by"]), (&json!("confirmed"), &json!("person:ann")));

    let cancelled = OrderCancelled {
        order: OrderId::from_u128(2),
        reservation: ReservationId::from_u128(2),
        payments: Vec::new(),
        reason: "customer".to_owned(),
        at: Timestamp::from_micros(1),
    };
    house.tell(Said::Cancelled(cancelled)).await;
    house.close(3, "overtaken").await;
    for call in &calls[1..] {
        let closed = house.until(call, |answer| answer.body["state"] == "closed").await.body;
        assert_eq!((&closed["outcome"], closed.get("closed_by")), (&json!("overtaken"), None));
    }
    house.closes().await;
}

#[tokio::test]
async fn attempts_lead_to_callbacks_or_to_a_suggestion() {
    let house = House::open();
    let calls = house.calls(1).await;
    let ann = agent("ann");
    house.post(&ann, &format!("{}/claim", calls[0]), &Json::Null).await;
    house.attempt(&ann, &calls[0], "1", "no_answer").await;
    let again = house.attempt(&ann, &calls[0], "1", "no_answer").await;
    assert_eq!((&again.body["attempts"], again.body["next_callback_at"].is_string()), (&json!(1), true));
    house.attempt(&ann, &calls[0], "2", "no_answer").await;
    assert_eq!(house.attempt(&ann, &calls[0], "3", "busy").await.body.get("suggestion"), None);
    let third = house.attempt(&ann, &calls[0], "4", "no_answer").await.body;
    assert_eq!((&third["suggestion"], &third["no_answers"]), (&json!({"cancel_as": "unreachable"}), &json!(3)));

    let callback = format!("{}/callback", calls[0]);
    let past = json!({"at": "2020-01-01T00:00:00Z", "reason": "asked"});
    assert_eq!(house.post(&ann, &callback, &past).await.status, 422);
    let at = (Runtime::real().now() + Duration::from_secs(3600)).to_string();
    let put_off = json!({"at": at, "reason": "asked", "note": "Secret lunch"});
    let put_off = house.post(&ann, &callback, &put_off).await.body;
    assert_eq!((&put_off["state"], &put_off["callback_by"]), (&json!("callback"), &json!("person:ann")));
    let none = house.post(&ann, "/api/contact/next", &Json::Null).await;
    assert_eq!((none.problem(), none.body["next_at"].is_string()), ("contact/nothing-waiting", true));
    let listed = house.get("/api/contact/calls?state=callback").await.body;
    assert_eq!(listed["calls"].as_array().map(Vec::len), Some(1));

    let order = listed["calls"][0]["order"].as_str().unwrap();
    let path = format!("/api/contact/orders/{order}/history");
    let history = house.get(&path).await.body;
    let told: Vec<_> =
        history["entries"].as_array().unwrap().iter().map(|e| (&e["kind"], &e["reason"], &e["actor"])).collect();
    let (tried, by) = (json!("attempt_made"), json!("person:ann"));
    assert_eq!(told[1], (&tried, &json!("no_answer"), &by));
    assert_eq!(told[3], (&tried, &json!("busy"), &by));
    assert_eq!(told[5], (&json!("callback_set"), &json!("asked"), &by));
    assert_eq!((told.len(), &history["entries"][5]["until"]), (6, &json!(at)));
    assert_eq!(
        (&history["entries"][1]["note"], &history["entries"][5]["note"]),
        (&json!("Secret of 1"), &json!("Secret lunch"))
    );
    let stranger = house.house.get(&with("eve", "orders.read"), &path).await;
    assert_eq!(stranger.problem(), "kit/forbidden");
    house.closes().await;
}

#[tokio::test]
async fn a_promise_that_is_due_is_the_next_call_of_who_gave_it() {
    let house = House::open();
    let calls = house.calls(2).await;
    let ann = agent("ann");
    house.post(&ann, &format!("{}/claim", calls[1]), &Json::Null).await;
    let at = (Runtime::real().now() + Duration::from_millis(1500)).to_string();
    let put_off = json!({"at": at, "reason": "asked"});
    assert_eq!(house.post(&ann, &format!("{}/callback", calls[1]), &put_off).await.status, 200);
    let early = house.post(&ann, "/api/contact/next", &Json::Null).await;
    assert_eq!(format!("/api/contact/calls/{}", early.body["id"].as_str().unwrap()), calls[0]);
    house.post(&ann, &format!("{}/release", calls[0]), &Json::Null).await;
    Runtime::real().sleep(Duration::from_millis(1600)).await;
    let due = house.post(&ann, "/api/contact/next", &Json::Null).await;
    assert_eq!(format!("/api/contact/calls/{}", due.body["id"].as_str().unwrap()), calls[1], "{due:?}");
    house.closes().await;
}

#[tokio::test]
async fn the_screen_opens_without_what_does_not_answer() {
    let house = House::open();
    let calls = house.calls(1).await;
    let ann = agent("ann");
    let workspace = format!("{}/workspace", calls[0]);
    let screen = house.house.get(&ann, &workspace).await;
    assert_eq!((screen.status, &screen.body["missing"]), (200, &json!([])), "{screen:?}");
    assert_eq!(
        (&screen.body["order"]["number"], &screen.body["call"]["customer"]),
        (&json!("100001"), &json!("Shopper 1"))
    );
    assert_eq!(screen.body["customer_notes"][0]["text"], "is kind");
    assert_eq!(screen.body["procedure"]["waiting"], json!(["confirm"]));
    *house.others.delay.lock().unwrap() = Duration::from_secs(60);
    let screen = house.house.get(&ann, &workspace).await;
    assert_eq!((screen.status, &screen.body["missing"]), (200, &json!(["processes"])));
    assert!(screen.body.get("procedure").is_none() && screen.body["order"].is_object());
    house.closes().await;
}

#[tokio::test]
async fn an_erased_customer_leaves_no_trace_in_calls() {
    let house = House::open();
    let calls = house.calls(2).await;
    let ann = agent("ann");
    house.post(&ann, &format!("{}/claim", calls[0]), &Json::Null).await;
    let noted = house.attempt(&ann, &calls[0], "1", "busy").await;
    assert_eq!(noted.body["attempts_made"][0]["note"], "Secret of 1");
    let orders = vec![OrderId::from_u128(1), OrderId::from_u128(77)];
    house.tell(Said::Erased(CustomerErased { customer: CustomerId::from_u128(1), orders })).await;
    let blank = house.until(&calls[0], |answer| answer.body.get("customer").is_none()).await.body;
    assert_eq!((blank.get("phone"), blank["attempts_made"][0].get("note")), (None, None));
    assert_eq!(blank["attempts"], 1);
    assert_eq!(house.attempt(&ann, &calls[0], "2", "busy").await.problem(), "contact/customer-erased");
    assert_eq!(house.get(&calls[1]).await.body["customer"], "Shopper 2");
    let app = house.house.running.app("contact").unwrap();
    let rows = app.read(|reader| Ok(journal::after(reader, 0, 1000)?)).await.unwrap();
    assert!(rows.iter().all(|row| !row.body.contains("Secret") && !row.body.contains("Shopper")), "{rows:?}");
    house.closes().await;
}

#[tokio::test]
async fn a_call_that_opens_about_an_erased_customer_does_not_name_them() {
    let house = House::open();
    let calls = house.calls(1).await;
    let late = 2;
    let orders = vec![OrderId::from_u128(1), OrderId::from_u128(late)];
    house.tell(Said::Erased(CustomerErased { customer: CustomerId::from_u128(1), orders })).await;
    house.until(&calls[0], |answer| answer.body.get("customer").is_none()).await;
    // Orders answer as before they heard of it.
    house.others.sheets.lock().unwrap().insert(OrderId::from_u128(late), sheet(late));
    house.tell(Said::Opened(task(late, None))).await;
    let path = format!("/api/contact/calls/{}", TaskId::from_u128(late).to_string().replace("tsk_", "call_"));
    let opened = house.until(&path, |answer| answer.status == 200).await.body;
    assert_eq!(opened["number"], "100002");
    assert_eq!((opened.get("customer"), opened.get("phone")), (None, None), "{opened}");
    house.closes().await;
}

#[tokio::test]
async fn strangers_and_tasks_of_others_stay_out() {
    let house = House::open();
    let mut foreign = task(9, None);
    foreign.group = "clerks".to_owned();
    house.tell(Said::Opened(foreign)).await;
    let calls = house.calls(1).await;
    let all = house.get("/api/contact/calls?state=all").await.body;
    assert_eq!(all["calls"].as_array().map(Vec::len), Some(1));
    let (guest, other) = (Actor::guest("g".to_owned()), with("eve", "orders.read"));
    for path in ["/api/contact/calls", &calls[0], &format!("{}/workspace", calls[0]), "/api/contact/board"] {
        assert_eq!(house.house.get(&guest, path).await.problem(), "kit/unauthenticated", "{path}");
        assert_eq!(house.house.get(&other, path).await.problem(), "kit/forbidden", "{path}");
    }
    for end in ["claim", "renew", "release", "confirm", "resolve"] {
        let refused = house.post(&other, &format!("{}/{end}", calls[0]), &Json::Null).await;
        assert_eq!(refused.problem(), "kit/forbidden", "{end}");
    }
    assert_eq!(house.post(&other, "/api/contact/next", &Json::Null).await.problem(), "kit/forbidden");
    assert_eq!(house.house.get(&agent("ann"), "/api/contact/board").await.problem(), "kit/forbidden");
    assert!(house.others.asked.lock().unwrap().is_empty());
    house.closes().await;
}
