//! Through the front door, on whichever database the environment names.

#![allow(clippy::unwrap_used)] // everything here is a test

mod orders;
mod samples;

use contracts::orders::OrderId;
use contracts::shared::SiteId;
use kit::auth::{Actor, Grant};
use kit::http::Providers;
use kit::testing::TestHouse;
use serde_json::{Value, json};

fn house() -> TestHouse {
    TestHouse::start(
        &[delivery::service(), orders::service(), orders::customers(), orders::staff()],
        Providers::default(),
    )
}

fn courier(fee: i64) -> Value {
    json!({"code": "courier", "name": "Courier", "fee": {"minor": fee, "currency": "EUR"}, "tax": 2000, "pick_up": false,
        "offered": true, "cut_off": {"minutes": 960, "zone": "Europe/Kyiv"}})
}

async fn becomes(house: &TestHouse, path: &str, field: &str, value: &Value) -> Value {
    for _ in 0..500 {
        let answer = house.get(&house.admin(), path).await;
        if answer.status == 200 && &answer.body[field] == value {
            return answer.body;
        }
        house.running.app("delivery").unwrap().runtime().sleep(std::time::Duration::from_millis(10)).await;
    }
    panic!("{path}: {field} did not become {value}");
}

#[tokio::test]
async fn methods_not_named_are_no_longer_offered() {
    let house = house();
    let admin = house.admin();
    let pick_up = json!({"code": "pick-up", "name": "Pick-up", "fee": {"minor": 0, "currency": "EUR"}, "tax": 2000,
        "pick_up": true, "offered": true});
    let both = json!({"methods": [courier(490), pick_up]});
    let set = house.request(&admin, "PUT", "/api/delivery/methods", &[], &both).await;
    assert_eq!((set.status, set.body["methods"].as_array().map(Vec::len)), (200, Some(2)), "{set:?}");
    assert!(set.body["methods"][0]["leaves_on"].is_string());
    let one = house.request(&admin, "PUT", "/api/delivery/methods", &[], &json!({"methods": [courier(500)]})).await;
    assert_eq!(one.body["methods"][1]["offered"], false);
    let guest = kit::auth::Actor::guest(String::new());
    let refused = house.request(&guest, "PUT", "/api/delivery/methods", &[], &both).await;
    assert_eq!(refused.status, 401);
    assert_eq!(house.get(&guest, "/api/delivery/methods").await.body, one.body);
}

#[tokio::test]
async fn two_who_set_the_same_at_once_do_not_overwrite_each_other() {
    let house = house();
    let admin = house.admin();
    let named = json!({"code": "courier", "name": "Courier", "names": {"uk": "Кур'єр"},
        "fee": {"minor": 490, "currency": "EUR"}, "tax": 2000, "pick_up": false, "offered": true});
    let zone = |region: &str| json!([{"country": "UA", "prefix": "01", "region": region}]);
    for (path, mut first, mut late) in [
        ("/api/delivery/methods", json!({"methods": [named]}), json!({"methods": [courier(700)]})),
        ("/api/delivery/zones", json!({"zones": zone("north")}), json!({"zones": zone("south")})),
    ] {
        (first["version"], late["version"]) = (json!(0), json!(0));
        let set = house.request(&admin, "PUT", path, &[], &first).await;
        assert_eq!((set.status, &set.body["version"]), (200, &json!(1)), "{set:?}");
        let refused = house.request(&admin, "PUT", path, &[], &late).await;
        assert_eq!((refused.status, refused.problem()), (412, "kit/stale"));
        assert_eq!(house.get(&admin, path).await.body, set.body);
        late["version"] = json!(1);
        assert_eq!(house.request(&admin, "PUT", path, &[], &late).await.body["version"], 2);
    }
    let hours = json!({"hours": "Mon-Sat 9-20", "version": 0});
    let nowhere = format!("/api/delivery/pick-up-sites/{}", SiteId::from_u128(99));
    assert_eq!(house.request(&admin, "PUT", &nowhere, &[], &hours).await.status, 404);
}

#[tokio::test]
async fn opening_hours_of_another_than_was_seen_are_not_overwritten() {
    let house = house();
    let admin = house.admin();
    let store = SiteId::from_u128(1);
    orders::opens(&house, store).await;
    let list = "/api/delivery/pick-up-sites";
    let closed = json!([{"site": store, "code": "S1", "name": "Hilltop", "address": ["1 Example Street"], "region": "north",
        "zone": "Europe/Kyiv", "hours": "", "version": 0}]);
    becomes(&house, list, "sites", &closed).await;
    let path = format!("{list}/{store}");
    let says = |hours: &str, version: Value| json!({"hours": hours, "version": version});
    let set = house.request(&admin, "PUT", &path, &[], &says("Mon-Sat 9-20", json!(0))).await;
    assert_eq!((set.status, &set.body), (200, &says("Mon-Sat 9-20", json!(1))), "{set:?}");
    let late = house.request(&admin, "PUT", &path, &[], &says("never", json!(0))).await;
    assert_eq!((late.status, late.problem()), (412, "kit/stale"));
    let seen = house.get(&admin, list).await.body["sites"][0].clone();
    assert_eq!((&seen["hours"], &seen["version"]), (&json!("Mon-Sat 9-20"), &json!(1)));
    let set = house.request(&admin, "PUT", &path, &[], &says("Sun 10-18", json!(1))).await;
    assert_eq!(set.body, says("Sun 10-18", json!(2)));
    // Whoever names no version has the last word.
    assert_eq!(house.request(&admin, "PUT", &path, &[], &says("", Value::Null)).await.body["version"], 3);
}

#[tokio::test]
async fn an_address_is_checked_and_its_region_named() {
    let house = house();
    let zones = json!({"zones": [{"country": "UA", "prefix": "01", "region": "Kyiv"}, {"country": "UA", "prefix": "", "region": "Ukraine"}]});
    let set = house.request(&house.admin(), "PUT", "/api/delivery/zones", &[], &zones).await;
    assert_eq!(set.status, 200, "{set:?}");
    let guest = kit::auth::Actor::guest(String::new());
    let address = json!({"line": "1  Example Street", "city": "Kyiv", "postcode": "01 001", "country": "ua"});
    let verdict = house.post(&guest, "/api/delivery/address/check", &address).await;
    let expected = json!({"line": "1 Example Street", "city": "Kyiv", "postcode": "01001", "country": "UA"});
    assert_eq!((&verdict.body["address"], &verdict.body["region"]), (&expected, &json!("Kyiv")), "{verdict:?}");
    assert_eq!(verdict.body["flaws"], json!([]));
}

#[tokio::test]
async fn a_released_order_is_brought_to_its_customer() {
    let house = house();
    let admin = house.admin();
    let order = orders::release(&house, false).await;
    becomes(&house, &format!("/api/delivery/tracking/{order}"), "state", &json!("handed_over")).await;
    let list = house.get(&admin, "/api/delivery/shipments").await.body;
    let shipment = &list["shipments"][0];
    assert_eq!((&shipment["order"], &shipment["contact"]["name"]), (&json!(order), &json!("Demo Shopper")), "{list}");
    assert_eq!(shipment["collect"]["minor"], 1500, "what is not paid otherwise");
    let site = format!("/api/delivery/shipments?site={}", shipment["site"].as_str().unwrap());
    assert_eq!(house.get(&admin, &site).await.body, list, "the site that handed it over has the same list");
    let path = format!("/api/delivery/shipments/{}", shipment["id"].as_str().unwrap());
    let at = |version: i64| format!("\"{version}\"");
    let failed = house
        .request(&admin, "POST", &format!("{path}/fail"), &[("if-match", &at(1))], &json!({"reason": "nobody_there"}))
        .await;
    assert_eq!((failed.status, &failed.body["state"]), (200, &json!("failed")), "{failed:?}");
    let again = house.get(&admin, "/api/delivery/shipments").await.body;
    assert_eq!((&again["shipments"][0]["state"], &again["shipments"][0]["attempts"]), (&json!("failed"), &json!(1)));
    let wrong = house
        .request(&admin, "POST", &format!("{path}/fail"), &[("if-match", &at(2))], &json!({"reason": "rain"}))
        .await;
    assert_eq!(wrong.status, 422);
    let delivered =
        house.request(&admin, "POST", &format!("{path}/deliver"), &[("if-match", &at(2))], &Value::Null).await;
    assert_eq!((delivered.status, &delivered.body["state"]), (200, &json!("delivered")), "{delivered:?}");
    let twice = house.request(&admin, "POST", &format!("{path}/deliver"), &[("if-match", &at(3))], &Value::Null).await;
    assert_eq!((twice.status, twice.problem()), (409, "delivery/already-delivered"));
    let guest = kit::auth::Actor::guest(String::new());
    let track = house.get(&guest, &format!("/api/delivery/tracking/{order}")).await;
    let states: Vec<&str> =
        track.body["steps"].as_array().unwrap().iter().map(|step| step["state"].as_str().unwrap()).collect();
    assert_eq!(states, ["handed_over", "failed", "delivered"]);
    assert_eq!(house.get(&guest, &path).await.status, 401);
}

#[tokio::test]
async fn the_order_of_an_erased_customer_is_released_without_their_name() {
    let house = house();
    let admin = house.admin();
    let known = orders::release(&house, false).await;
    becomes(&house, &format!("/api/delivery/tracking/{known}"), "state", &json!("handed_over")).await;
    let shipment = house.get(&admin, "/api/delivery/shipments").await.body["shipments"][0]["id"].clone();
    let late = OrderId::from_u128(2);
    orders::erase(&house, vec![known, late]).await;
    let path = format!("/api/delivery/shipments/{}", shipment.as_str().unwrap());
    becomes(&house, &path, "contact", &Value::Null).await;
    // Orders answer as before they heard of it.
    orders::release_it(&house, late, false).await;
    becomes(&house, &format!("/api/delivery/tracking/{late}"), "state", &json!("handed_over")).await;
    let list = house.get(&admin, "/api/delivery/shipments").await.body;
    let contacts = list["shipments"].as_array().unwrap().iter().map(|shipment| &shipment["contact"]);
    assert_eq!(contacts.collect::<Vec<_>>(), [&Value::Null, &Value::Null], "{list}");
}

#[tokio::test]
async fn what_the_customer_fetches_is_delivered_as_it_is_handed_over() {
    let house = house();
    let order = orders::release(&house, true).await;
    let track = becomes(&house, &format!("/api/delivery/tracking/{order}"), "state", &json!("delivered")).await;
    assert_eq!((&track["pick_up"], track["steps"].as_array().map(Vec::len)), (&json!(true), Some(2)));
}

#[tokio::test]
async fn goods_that_left_without_anybody_saying_they_were_paid_stay_on_the_list_of_open_money() {
    let house = house();
    let admin = house.admin();
    // Released by the back office: nobody at a counter said what was paid.
    let order = orders::release(&house, true).await;
    becomes(&house, &format!("/api/delivery/tracking/{order}"), "state", &json!("delivered")).await;
    let open = "/api/delivery/shipments?owed=true";
    let listed = house.get(&admin, open).await.body["shipments"][0].clone();
    assert_eq!((&listed["order"], &listed["owed"]["minor"]), (&json!(order), &json!(1500)), "{listed}");
    let path = format!("/api/delivery/shipments/{}/collect", listed["id"].as_str().unwrap());
    let by_card = json!({ "tender": "card" });
    let stranger = Actor { name: "person:p".to_owned(), grants: [].into(), request_id: "r".to_owned() };
    let refused = house.request(&stranger, "POST", &path, &[("if-match", "\"2\"")], &by_card).await;
    assert_eq!(refused.problem(), "kit/forbidden");
    let stale = house.request(&admin, "POST", &path, &[("if-match", "\"1\"")], &by_card).await;
    assert_eq!(stale.problem(), "kit/stale");
    let taken = house.request(&admin, "POST", &path, &[("if-match", "\"2\"")], &by_card).await;
    assert_eq!((taken.status, &taken.body["owed"]["minor"]), (200, &json!(0)), "{taken:?}");
    let twice = house.request(&admin, "POST", &path, &[("if-match", "\"3\"")], &by_card).await;
    assert_eq!((twice.status, twice.problem()), (409, "delivery/nothing-owed"));
    assert_eq!(house.get(&admin, open).await.body["shipments"], json!([]));
}

#[tokio::test]
async fn what_nobody_wants_is_taken_back_after_an_attempt() {
    let house = house();
    let order = orders::release(&house, false).await;
    becomes(&house, &format!("/api/delivery/tracking/{order}"), "state", &json!("handed_over")).await;
    let list = house.get(&house.admin(), "/api/delivery/shipments").await.body;
    let path = format!("/api/delivery/shipments/{}", list["shipments"][0]["id"].as_str().unwrap());
    let step = async |actor: &kit::auth::Actor, what: &str, version: i64| {
        let body = json!({ "reason": "refused" });
        house.request(actor, "POST", &format!("{path}/{what}"), &[("if-match", &format!("\"{version}\""))], &body).await
    };
    let admin = house.admin();
    let early = step(&admin, "take-back", 1).await;
    assert_eq!((early.status, early.problem()), (409, "delivery/not-tried"));
    assert_eq!(step(&admin, "fail", 1).await.status, 200);
    let grant = |permission: &str, site: u128| {
        let grant = Grant { permission: permission.to_owned(), site: Some(SiteId::from_u128(site)) };
        Actor { name: "person:agent".to_owned(), grants: [grant].into(), request_id: "r".to_owned() }
    };
    assert_eq!(step(&grant("delivery.read", 1), "take-back", 2).await.status, 403);
    assert_eq!(step(&grant("delivery.return", 2), "take-back", 2).await.status, 403);
    assert_eq!(step(&Actor::guest(String::new()), "take-back", 2).await.status, 401);
    assert_eq!(step(&admin, "take-back", 1).await.status, 412);
    let back = step(&grant("delivery.return", 1), "take-back", 2).await;
    assert_eq!((back.status, &back.body["state"]), (200, &json!("taken_back")), "{back:?}");
    assert_eq!(step(&admin, "take-back", 2).await.body["version"], 3, "the same again");
    for what in ["deliver", "fail"] {
        let refused = step(&admin, what, 3).await;
        assert_eq!((refused.status, refused.problem()), (409, "delivery/taken-back"));
    }
    let note = async |actor: &Actor, order: OrderId| {
        house.post(actor, "/api/delivery/shipments/delivered", &json!({ "order": order })).await
    };
    let refused = note(&admin, order).await;
    assert_eq!((refused.status, refused.problem()), (409, "delivery/taken-back"), "nobody has it");
    let list = house.get(&admin, "/api/delivery/shipments").await.body;
    assert_eq!(list["shipments"][0]["state"], "taken_back", "it is still with the driver");
    assert_eq!(note(&grant("delivery.drive", 2), order).await.status, 403);
    assert_eq!(note(&Actor::guest(String::new()), order).await.status, 401);
    let unknown = note(&admin, OrderId::from_u128(404)).await;
    assert_eq!((unknown.status, &unknown.body["known"]), (200, &json!(false)));
    let other = orders::release(&house, false).await;
    becomes(&house, &format!("/api/delivery/tracking/{other}"), "state", &json!("handed_over")).await;
    for _ in 0..2 {
        assert_eq!(note(&grant("delivery.drive", 1), other).await.body["known"], true);
    }
    becomes(&house, &format!("/api/delivery/tracking/{other}"), "state", &json!("delivered")).await;
}
