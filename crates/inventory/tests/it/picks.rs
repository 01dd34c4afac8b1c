//! Picks: from the shelf to the customer's hands, with what goes wrong on the way.

use contracts::shared::{ProductId, SiteId};
use kit::auth::Actor;
use kit::journal::{Event, Published, Recorded};
use kit::problem::Fault;
use kit::store::Tx;
use kit::testing::Answer;
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

use crate::house::{House, clerk, line, product, reservation, site};
use crate::storms::rebuilt_tables_are_equal;

impl House {
    async fn pick_ids(&self, n: u128, lines: &[contracts::inventory::StockLine]) -> Vec<String> {
        let started = self.start_picks(n, lines).await;
        assert_eq!(started.status, 200, "{started:?}");
        serde_json::from_value(started.body["picks"].clone()).unwrap()
    }

    async fn on(&self, actor: &Actor, pick: &str, what: &str, body: &Json) -> Answer {
        let key = format!("k-{:x}", self.app().runtime().random_u64());
        self.0.post_keyed(actor, &format!("/api/inventory/picks/{pick}/{what}"), &key, body).await
    }
}

fn someone(name: &str, site_n: u128) -> Actor {
    Actor { name: format!("person:{name}"), ..clerk("inventory.pick", site(site_n)) }
}

/// What an earlier release wrote when a place was set, and the row that it left once the column of versions was added.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Unversioned {
    PlacesSet { site: SiteId, places: Vec<(ProductId, String)> },
}

impl Event for Unversioned {
    fn kind(&self) -> &'static str {
        "places_set"
    }

    fn apply(&self, _: &Recorded<Unversioned>, tx: &mut Tx<'_>) -> Result<(), Fault> {
        let Unversioned::PlacesSet { site, places } = self;
        places.iter().try_for_each(|(product, name)| {
            let put = "insert into inventory_places (site, product, place) values ($1, $2, $3)";
            tx.put(put, &[(*site).into(), (*product).into(), name.into()])
        })
    }

    fn publish(_: &Recorded<Unversioned>) -> Option<Published> {
        None
    }
}

#[tokio::test]
async fn a_place_of_before_versions_is_not_overwritten_by_whoever_saw_none() {
    let house = House::new();
    let clerk = clerk("inventory.place", site(1));
    let record = |tx: &mut Tx<'_>| {
        let told = Unversioned::PlacesSet { site: site(1), places: vec![(product(1), "A-01".to_owned())] };
        Ok(tx.record("plc_00000000000000000000000001", 0, told)?)
    };
    house.app().write(&house.app().itself(), record).await.unwrap();
    rebuilt_tables_are_equal(&house).await;
    let path = "/api/inventory/places";
    let lies = |version: i64| {
        let line = json!({ "product": product(1), "place": "B-02", "version": version });
        json!({ "site": site(1), "places": [line] })
    };
    let unseen = house.0.request(&clerk, "PUT", path, &[], &lies(0)).await;
    assert_eq!((unseen.status, unseen.problem()), (412, "kit/stale"));
    let list = format!("{path}?site={}", site(1));
    let kept = json!([{ "product": product(1), "place": "A-01", "version": 1 }]);
    assert_eq!(house.0.get(&clerk, &list).await.body["places"], kept);
    assert_eq!(house.0.request(&clerk, "PUT", path, &[], &lies(1)).await.body["places"][0]["version"], 2);
    rebuilt_tables_are_equal(&house).await;
}

#[tokio::test]
async fn two_who_say_where_the_same_product_lies_do_not_overwrite_each_other() {
    let house = House::new();
    let clerk = clerk("inventory.place", site(1));
    let path = "/api/inventory/places";
    let lies = |n: u128, place: &str, version: Option<i64>| {
        let line = json!({ "product": product(n), "place": place, "version": version });
        json!({ "site": site(1), "places": [line] })
    };
    let place =
        |n: u128, place: &str, version: i64| json!({ "product": product(n), "place": place, "version": version });
    let set = house.0.request(&clerk, "PUT", path, &[], &lies(1, " A-01 ", Some(0))).await;
    assert_eq!((set.status, &set.body["places"]), (200, &json!([place(1, "A-01", 1)])), "{set:?}");
    let late = house.0.request(&clerk, "PUT", path, &[], &lies(1, "B-02", Some(0))).await;
    assert_eq!((late.status, late.problem()), (412, "kit/stale"));
    // Another product is nobody's quarrel.
    assert_eq!(house.0.request(&clerk, "PUT", path, &[], &lies(2, "A-02", Some(0))).await.status, 200);
    let list = format!("{path}?site={}", site(1));
    let both = json!([place(1, "A-01", 1), place(2, "A-02", 1)]);
    assert_eq!(house.0.get(&clerk, &list).await.body["places"], both);
    // What was forgotten meanwhile was changed too; whoever names no version has the last word.
    assert_eq!(house.0.request(&clerk, "PUT", path, &[], &lies(1, "", Some(1))).await.status, 200);
    for seen in [0, 1] {
        assert_eq!(house.0.request(&clerk, "PUT", path, &[], &lies(1, "B-02", Some(seen))).await.status, 412);
    }
    assert_eq!(house.0.get(&clerk, &list).await.body["places"], json!([place(2, "A-02", 1)]));
    let asked = format!("{list}&products={},{},{}", product(1), product(2), product(3));
    assert_eq!(house.0.get(&clerk, &asked).await.body["places"], json!([place(1, "", 2), place(2, "A-02", 1)]));
    assert_eq!(house.0.request(&clerk, "PUT", path, &[], &lies(1, "C-03", None)).await.status, 200);
    assert_eq!(house.0.get(&clerk, &format!("{list}&products=tea")).await.status, 422);
    let elsewhere = crate::house::clerk("inventory.place", site(2));
    assert_eq!(house.0.request(&elsewhere, "PUT", path, &[], &lies(1, "D-04", None)).await.status, 403);
    rebuilt_tables_are_equal(&house).await;
}

#[tokio::test]
async fn an_order_of_two_sites_is_picked_packed_and_handed_over() {
    let house = House::new();
    let lines = [line(1, 1, 2), line(2, 1, 1), line(3, 2, 1)];
    house.receive(&[line(1, 1, 9), line(2, 1, 9), line(3, 2, 9)]).await;
    let ids = house.pick_ids(1, &lines).await;
    assert_eq!(house.start_again(1, &lines).await.body["picks"], json!(ids));
    let places = json!({ "site": site(1), "places": [{ "product": product(2), "place": "A-01" }] });
    let path = "/api/inventory/places";
    assert_eq!(house.0.request(&house.0.admin(), "PUT", path, &[], &places).await.status, 200);

    let (ann, bob, far) = (someone("ann", 1), someone("bob", 1), someone("far", 2));
    let list = house.0.get(&ann, &format!("/api/inventory/picks?site={}", site(1))).await;
    assert_eq!((list.body["picks"].as_array().unwrap().len(), &list.body["picks"][0]["state"]), (1, &json!("open")));
    let waiting = house.0.get(&ann, "/api/inventory/picks/waiting").await;
    let work =
        json!({ "site": site(1), "to_pick": 1, "to_pack": 0, "to_hand_over": 0, "to_put_back": 0, "to_take_in": 0 });
    assert_eq!((waiting.status, &waiting.body["sites"]), (200, &json!([work])), "{waiting:?}");
    let progress = format!("/api/inventory/orders/{}/progress", contracts::orders::OrderId::from_u128(1));
    assert_eq!(house.0.get(&Actor::guest("r".to_owned()), &progress).await.body, json!({ "begun": false }));
    assert_eq!(house.on(&ann, &ids[0], "take", &Json::Null).await.body["state"], "picking");
    assert_eq!(
        house.on(&bob, &ids[0], "scan", &json!({ "product": product(1) })).await.problem(),
        "inventory/pick-taken"
    );
    assert_eq!(house.on(&far, &ids[0], "take", &Json::Null).await.problem(), "kit/forbidden");

    assert_eq!(house.on(&ann, &ids[0], "pack", &json!({ "parcels": 1 })).await.problem(), "inventory/pick-incomplete");
    let scanned = house.on(&ann, &ids[0], "scan", &json!({ "product": product(1) })).await;
    assert_eq!(scanned.body["pick"]["items"][0]["place"], "A-01", "{scanned:?}");
    assert_eq!(
        house.on(&ann, &ids[0], "scan", &json!({ "product": product(9) })).await.problem(),
        "inventory/not-on-pick"
    );
    let all = json!({ "lines": [{ "product": product(1), "picked": { "milli": 2000, "unit": "pcs" } },
        { "product": product(2), "picked": { "milli": 1000, "unit": "pcs" } }] });
    assert_eq!(house.on(&ann, &ids[0], "lines", &all).await.body["state"], "picked");
    assert_eq!(
        house.on(&ann, &ids[0], "scan", &json!({ "product": product(1) })).await.problem(),
        "inventory/picked-enough"
    );
    assert_eq!(house.on(&ann, &ids[0], "pack", &json!({ "parcels": 2 })).await.body["parcels"], 2);
    assert!(!house.kinds().await.contains(&"order_packed".to_owned()));
    assert_eq!(house.on(&ann, &ids[0], "hand-over", &json!({})).await.problem(), "inventory/order-not-packed");

    assert_eq!(house.on(&far, &ids[1], "scan", &json!({ "product": product(3) })).await.status, 200);
    assert_eq!(house.on(&far, &ids[1], "pack", &json!({ "parcels": 1 })).await.status, 200);
    assert_eq!(house.kinds().await.last().unwrap(), "order_packed");
    assert_eq!(
        house.on(&ann, &ids[0], "hand-over", &json!({ "number": "D-2" })).await.problem(),
        "inventory/wrong-order"
    );
    let given = house.on(&ann, &ids[0], "hand-over", &json!({ "number": "D-1" })).await;
    assert_eq!(
        (&given.body["order_state"], &given.body["pick"]["state"]),
        (&json!("delivered"), &json!("handed_over"))
    );
    assert_eq!(house.packed(), lines);
    house.until(1, "shipped").await;
    assert_eq!(house.on(&far, &ids[1], "hand-over", &json!({})).await.body["pick"]["state"], "handed_over");
    assert_eq!((house.level(1, 1).await, house.level(3, 2).await), ((7, 0), (8, 0)));
    let moved = house.get(&format!("movements?product={}", product(1))).await;
    let kinds: Vec<&str> =
        moved.body["movements"].as_array().unwrap().iter().map(|entry| entry["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["shipped", "picked", "reserved", "received"]);
    assert_eq!(moved.body["movements"][1]["by"], "person:ann");
    assert_eq!(moved.body["movements"][1]["reference"], moved.body["movements"][2]["reference"]);
    let done = house.0.get(&ann, &format!("/api/inventory/picks?site={}&state=handed_over", site(1))).await;
    assert_eq!(done.body["picks"].as_array().unwrap().len(), 1);
    house.sound().await;
    rebuilt_tables_are_equal(&house).await;
}

#[tokio::test]
async fn what_the_shelf_lacks_is_dropped_replaced_or_left_to_the_agent() {
    let house = House::new();
    house.receive(&[line(1, 1, 9), line(2, 1, 9), line(3, 1, 9)]).await;
    let lines = [line(1, 1, 3), line(2, 1, 2)];
    let ids = house.pick_ids(1, &lines).await;
    let ann = someone("ann", 1);
    let short = |n: u128, pieces: i64, how: &str| json!({ "product": product(n), "missing": { "milli": pieces * 1000, "unit": "pcs" }, "how": how });
    assert_eq!(house.on(&ann, &ids[0], "short", &short(1, 4, "drop")).await.problem(), "inventory/not-that-short");
    let mut dropped = short(1, 1, "drop");
    dropped["counted"] = json!({ "milli": 2000, "unit": "pcs" });
    let after = house.on(&ann, &ids[0], "short", &dropped).await;
    assert_eq!(after.body["items"][0]["asked"]["milli"], 2000, "{after:?}");
    assert_eq!(house.level(1, 1).await, (2, 2));

    assert_eq!(house.on(&ann, &ids[0], "short", &short(2, 1, "substitute")).await.problem(), "kit/invalid");
    let mut replaced = short(2, 1, "substitute");
    replaced["substitute"] = json!(product(3));
    let after = house.on(&ann, &ids[0], "short", &replaced).await;
    let asked: Vec<i64> =
        after.body["items"].as_array().unwrap().iter().map(|item| item["asked"]["milli"].as_i64().unwrap()).collect();
    assert_eq!(asked, [2000, 1000, 1000]);
    assert_eq!(house.level(2, 1).await, (8, 1), "what was not found is not promised to the next one");

    let told = house.on(&ann, &ids[0], "short", &short(3, 1, "agent")).await;
    assert_eq!((&told.body["with_agent"], &told.body["items"][2]["missing"]["milli"]), (&json!(true), &json!(1000)));
    assert_eq!(house.kinds().await.last().unwrap(), "pick_short");
    assert_eq!(house.start_again(1, &lines).await.status, 200);
    let again = house.0.get(&ann, &format!("/api/inventory/picks/{}", ids[0])).await;
    assert_eq!((&again.body["with_agent"], &again.body["items"][2]["missing"]["milli"]), (&json!(false), &json!(0)));
    house.sound().await;
    rebuilt_tables_are_equal(&house).await;
}

#[tokio::test]
async fn what_the_agent_drops_after_a_short_pick_is_written_off_unless_it_is_there() {
    let house = House::new();
    house.receive(&[line(1, 1, 9), line(2, 1, 9), line(3, 1, 9)]).await;
    let ann = someone("ann", 1);
    let short = |n: u128, pieces: i64| json!({ "product": product(n), "missing": { "milli": pieces * 1000, "unit": "pcs" }, "how": "agent" });
    let ids = house.pick_ids(1, &[line(1, 1, 3), line(2, 1, 1)]).await;
    assert_eq!(house.on(&ann, &ids[0], "short", &short(1, 2)).await.status, 200);
    assert_eq!(house.level(1, 1).await, (9, 3), "the order keeps it while the agent speaks");
    assert_eq!(house.amend(1, 1, &[line(1, 1, 2), line(2, 1, 1)]).await.status, 200);
    assert_eq!(house.level(1, 1).await, (8, 2), "one of the two was let go and does not lie there");

    let ids = house.pick_ids(2, &[line(2, 1, 4)]).await;
    assert_eq!(house.on(&ann, &ids[0], "short", &short(2, 3)).await.status, 200);
    let there = json!({ "reservation": reservation(2), "amendment": 1, "on_shelf": true,
        "lines": [line(2, 1, 1)] });
    assert_eq!(house.post("reservations/amend", &there).await.status, 200);
    assert_eq!(house.level(2, 1).await, (9, 2), "the agent says that it is there");

    let ids = house.pick_ids(3, &[line(3, 1, 4)]).await;
    let mut counted = short(3, 3);
    counted["counted"] = json!({ "milli": 1000, "unit": "pcs" });
    assert_eq!(house.on(&ann, &ids[0], "short", &counted).await.status, 200);
    assert_eq!(house.amend(3, 1, &[line(3, 1, 1)]).await.status, 200);
    assert_eq!(house.level(3, 1).await, (1, 1), "what was counted is not written off once more");

    house.receive(&[line(4, 1, 5)]).await;
    let ids = house.pick_ids(4, &[line(4, 1, 2)]).await;
    assert_eq!(house.on(&ann, &ids[0], "short", &short(4, 2)).await.status, 200);
    house.order_cancelled(4).await;
    house.until(4, "released").await;
    assert_eq!(house.level(4, 1).await, (3, 0), "nor is it free for others when the order is cancelled for it");
    house.sound().await;
    rebuilt_tables_are_equal(&house).await;
}

#[tokio::test]
async fn a_cancelled_order_leaves_goods_to_be_put_back_only_where_some_were_picked() {
    let house = House::new();
    house.receive(&[line(1, 1, 9), line(1, 2, 9)]).await;
    let ids = house.pick_ids(1, &[line(1, 1, 2), line(1, 2, 2)]).await;
    let ann = someone("ann", 1);
    assert_eq!(house.on(&ann, &ids[0], "scan", &json!({ "product": product(1) })).await.status, 200);
    house.order_cancelled(1).await;
    house.until(1, "released").await;
    let picks = house.get(&format!("orders/{}/picks", contracts::orders::OrderId::from_u128(1))).await;
    let states: Vec<&Json> = picks.body["picks"].as_array().unwrap().iter().map(|pick| &pick["state"]).collect();
    assert_eq!(states, ["put_back", "cancelled"]);
    assert_eq!(picks.body["picks"][0]["items"][0]["put_back"]["milli"], 1000);
    assert_eq!(
        house.on(&ann, &ids[0], "scan", &json!({ "product": product(1) })).await.problem(),
        "inventory/pick-wrong-state"
    );
    assert_eq!(house.on(&ann, &ids[0], "put-back", &Json::Null).await.body["state"], "cancelled");
    let again = house.start_again(1, &[line(1, 1, 2)]).await;
    assert_eq!(again.problem(), "inventory/reservation-released");
    house.sound().await;
}

#[tokio::test]
async fn an_edit_reaches_the_picks_and_reopens_what_was_packed() {
    let house = House::new();
    house.receive(&[line(1, 1, 9), line(2, 1, 9)]).await;
    let ids = house.pick_ids(1, &[line(1, 1, 2)]).await;
    let ann = someone("ann", 1);
    assert_eq!(
        house
            .on(
                &ann,
                &ids[0],
                "lines",
                &json!({ "lines": [{ "product": product(1), "picked": { "milli": 2000, "unit": "pcs" } }] })
            )
            .await
            .status,
        200
    );
    assert_eq!(house.on(&ann, &ids[0], "pack", &json!({ "parcels": 1 })).await.status, 200);
    house.amend(1, 1, &[line(1, 1, 1), line(2, 1, 1)]).await;
    let pick = house.0.get(&ann, &format!("/api/inventory/picks/{}", ids[0])).await;
    assert_eq!((&pick.body["state"], &pick.body["parcels"]), (&json!("picking"), &Json::Null));
    assert_eq!(pick.body["items"][0]["put_back"]["milli"], 1000);
    assert_eq!(house.on(&ann, &ids[0], "put-back", &Json::Null).await.body["items"][0]["picked"]["milli"], 1000);
    let mine = house.0.get(&someone("far", 2), &format!("/api/inventory/picks/{}", ids[0])).await;
    assert_eq!(mine.problem(), "kit/forbidden");
    assert_eq!(house.state(1).await, "committed");
    assert_eq!(reservation(1), contracts::orders::OrderId::from_u128(1).of());
    house.sound().await;
}

#[tokio::test]
async fn what_lies_in_baskets_and_parcels_is_on_hand_when_the_shelf_is_empty() {
    let house = House::new();
    house.receive(&[line(1, 1, 9)]).await;
    let (ann, bob) = (someone("ann", 1), someone("bob", 1));
    let taken = |pieces: i64| json!({ "lines": [{ "product": product(1), "picked": { "milli": pieces * 1000, "unit": "pcs" } }] });
    let parcel = house.pick_ids(1, &[line(1, 1, 1)]).await;
    assert_eq!(house.on(&bob, &parcel[0], "lines", &taken(1)).await.status, 200);
    assert_eq!(house.on(&bob, &parcel[0], "pack", &json!({ "parcels": 1 })).await.status, 200);
    let basket = house.pick_ids(2, &[line(1, 1, 3)]).await;
    assert_eq!(house.on(&ann, &basket[0], "lines", &taken(2)).await.status, 200);
    let short = json!({ "product": product(1), "missing": { "milli": 1000, "unit": "pcs" }, "how": "drop",
        "counted": { "milli": 0, "unit": "pcs" } });
    assert_eq!(house.on(&ann, &basket[0], "short", &short).await.status, 200);
    assert_eq!(house.level(1, 1).await, (3, 3));
    // What has left is no longer on hand, though its parcel may still wait for the courier at another site.
    house.order_released(1).await;
    house.until(1, "shipped").await;
    assert_eq!(house.level(1, 1).await, (2, 2));
    let again = json!({ "product": product(1), "missing": { "milli": 1000, "unit": "pcs" }, "how": "drop",
        "counted": { "milli": 4000, "unit": "pcs" } });
    assert_eq!(house.on(&ann, &basket[0], "lines", &taken(1)).await.status, 200);
    assert_eq!(house.on(&ann, &basket[0], "short", &again).await.status, 200);
    assert_eq!(house.level(1, 1).await, (5, 1));
    house.sound().await;
}

#[tokio::test]
async fn a_replacement_of_less_than_nothing_is_refused_and_changes_nothing() {
    let house = House::new();
    house.receive(&[line(1, 1, 9), line(2, 1, 9)]).await;
    let ids = house.pick_ids(1, &[line(1, 1, 2), line(2, 1, 2)]).await;
    let ann = someone("ann", 1);
    let before = house.journal().await.len();
    for milli in [0, -2000, 9_223_372_036_854_775_000_i64] {
        let wish = json!({ "product": product(1), "missing": { "milli": 1000, "unit": "pcs" }, "how": "substitute",
            "substitute": product(2), "substitute_quantity": { "milli": milli, "unit": "pcs" } });
        assert_eq!(house.on(&ann, &ids[0], "short", &wish).await.problem(), "kit/invalid");
        let counted = json!({ "product": product(1), "missing": { "milli": 1000, "unit": "pcs" }, "how": "drop",
            "counted": { "milli": -1000, "unit": "pcs" } });
        assert_eq!(house.on(&ann, &ids[0], "short", &counted).await.problem(), "kit/invalid");
    }
    assert_eq!(house.journal().await.len(), before);
}

#[tokio::test]
async fn an_order_that_is_sent_elsewhere_takes_its_picks_along() {
    let house = House::new();
    house.receive(&[line(1, 1, 9)]).await;
    let ids = house.pick_ids(1, &[line(1, 1, 1)]).await;
    let ann = someone("ann", 1);
    assert_eq!(house.on(&ann, &ids[0], "scan", &json!({ "product": product(1) })).await.status, 200);
    house.order_redirected(1, false, site(2)).await;
    for _ in 0..500 {
        let pick = house.0.get(&ann, &format!("/api/inventory/picks/{}", ids[0])).await.body;
        if pick["pick_up"] == json!(false) {
            assert_eq!((&pick["hand_over_site"], &pick["state"]), (&json!(site(2)), &json!("picked")));
            assert_eq!(house.on(&ann, &ids[0], "pack", &json!({ "parcels": 1 })).await.status, 200);
            let told = house.journal().await.pop().unwrap();
            assert!(told.kind == "order_packed" && told.body.contains(&site(2).to_string()), "{told:?}");
            rebuilt_tables_are_equal(&house).await;
            return;
        }
        house.app().runtime().sleep(std::time::Duration::from_millis(10)).await;
    }
    panic!("the pick still thinks that the customer comes for it");
}

#[tokio::test]
async fn the_shelves_of_a_site_are_listed_and_filtered() {
    let house = House::new();
    house.receive(&[line(1, 1, 9), line(2, 1, 1), line(3, 2, 1)]).await;
    let sale = json!({ "site": site(1), "receipt": "r", "lines": [{ "product": product(4), "quantity": { "milli": 1000, "unit": "pcs" } }] });
    house.keyed("sales", "s", &sale).await;
    let list = async |query: &str| -> Vec<String> {
        let answer = house.get(&format!("sites/{}/stock{query}", site(1))).await;
        let lines = answer.body["lines"].as_array().unwrap().clone();
        lines.iter().map(|line| line["product"].as_str().unwrap().to_owned()).collect()
    };
    let names = |numbers: &[u128]| -> Vec<String> { numbers.iter().map(|n| product(*n).to_string()).collect() };
    assert_eq!(list("").await, names(&[1, 2, 4]));
    assert_eq!(list("?filter=below_zero").await, names(&[4]));
    assert_eq!(list("?filter=short").await, names(&[4]));
    assert_eq!(list("?filter=low&low=1000").await, names(&[2, 4]));
    assert_eq!(list(&format!("?after={}&limit=1", product(1))).await, names(&[2]));
    assert_eq!(house.get(&format!("sites/{}/stock?filter=odd", site(1))).await.problem(), "kit/invalid");
}
