//! Nobody sees or changes stock without the permission at the site.

use std::time::Duration;

use contracts::inventory::StockLine;
use kit::auth::Actor;
use kit::http::KEY_HEADER;
use serde_json::{Value as Json, json};

use crate::house::{House, clerk, line, lines_json, product, reservation, site};

#[tokio::test]
async fn every_door_is_closed_to_guests_and_to_people_of_other_sites() {
    let house = House::new();
    house.receive(&[line(1, 1, 9)]).await;
    house.reserve(1, &[line(1, 1, 1)]).await;
    let lines = lines_json(&[line(1, 1, 1)]);
    let (here, there) = (site(1), site(2));
    let asked = serde_json::to_value(house.asked(2, &[line(1, 1, 1)], std::time::Duration::from_secs(60))).unwrap();
    let id = reservation(1);
    let none: &[StockLine] = &[];
    let doors: Vec<(&str, String, Json, &str)> = vec![
        ("POST", "reservations".into(), asked, "inventory.reserve"),
        (
            "POST",
            "reservations/amend".into(),
            json!({ "reservation": id, "amendment": 1, "lines": [line(1, 1, 2)] }),
            "inventory.reserve",
        ),
        ("POST", format!("reservations/{id}/pick"), json!({ "lines": none }), "inventory.reserve"),
        ("POST", "reservations/commit".into(), json!({ "reservation": id }), "inventory.reserve"),
        ("POST", "reservations/release".into(), json!({ "reservation": id }), "inventory.reserve"),
        ("GET", format!("reservations/{id}"), Json::Null, "inventory.read"),
        ("GET", format!("stock/{}", product(1)), Json::Null, "inventory.read"),
        ("GET", format!("movements?product={}&site={here}", product(1)), Json::Null, "inventory.read"),
        ("POST", "receipts".into(), json!({ "site": here, "reference": "r", "lines": lines }), "inventory.receive"),
        (
            "POST",
            "counts".into(),
            json!({ "site": here, "reason": "r", "lines": lines_json(&[line(1, 1, 9)]) }),
            "inventory.count",
        ),
        (
            "POST",
            "transfers".into(),
            json!({ "from": here, "to": there, "reference": "r", "lines": lines }),
            "inventory.transfer",
        ),
        ("POST", "sales".into(), json!({ "site": here, "receipt": "r", "lines": lines }), "inventory.sell"),
    ];
    let before = house.kinds().await;
    let ask = async |actor: &Actor, method: &str, path: &str, body: &Json| {
        house.0.request(actor, method, &format!("/api/inventory/{path}"), &[(KEY_HEADER, "k")], body).await
    };
    for (method, path, body, permission) in &doors {
        let guest = ask(&Actor::guest("g".to_owned()), method, path, body).await;
        assert_eq!((guest.status, guest.problem()), (401, "kit/unauthenticated"), "{path}");
        let neighbour = ask(&clerk(permission, there), method, path, body).await;
        assert_eq!((neighbour.status, neighbour.problem()), (403, "kit/forbidden"), "{path}");
        let other_job = ask(&clerk("inventory.paint", here), method, path, body).await;
        assert_eq!((other_job.status, other_job.problem()), (403, "kit/forbidden"), "{path}");
    }
    assert_eq!(house.kinds().await, before);
    for (method, path, body, permission) in &doors {
        let entitled = ask(&clerk(permission, here), method, path, body).await;
        assert_eq!(entitled.status, 200, "{path}: {entitled:?}");
    }
    house.sound().await;
}

#[tokio::test]
async fn an_unknown_reservation_tells_a_stranger_nothing() {
    let house = House::new();
    let guest = Actor::guest("g".to_owned());
    let path = format!("/api/inventory/reservations/{}", reservation(9));
    assert_eq!(house.0.get(&guest, &path).await.status, 401);
    assert_eq!(house.0.get(&clerk("inventory.read", site(1)), &path).await.status, 403);
    let body = json!({ "reservation": reservation(9) });
    assert_eq!(house.0.post(&guest, "/api/inventory/reservations/release", &body).await.status, 401);
    assert_eq!(house.kinds().await, Vec::<String>::new());
}

#[tokio::test]
async fn anybody_may_ask_what_can_be_promised() {
    let house = House::new();
    house.receive(&[line(1, 1, 9)]).await;
    let asked = json!({ "products": [product(1)], "sites": [] });
    let answer = house.0.post(&Actor::guest("g".to_owned()), "/api/inventory/availability", &asked).await;
    assert_eq!(answer.body["totals"][0]["available"]["milli"], 9000);
}

#[tokio::test]
async fn what_can_be_promised_over_a_region_is_what_its_open_sites_have() {
    let house = House::new();
    house.receive(&[line(1, 1, 9), line(1, 2, 5), line(1, 3, 2), line(2, 3, 1)]).await;
    house.sites_are(&[(1, "north", true), (2, "south", true), (3, "north", true)]).await;
    let asked = async |region: &str| {
        let asked = json!({ "products": [product(1), product(2)], "region": region });
        let answer = house.0.post(&Actor::guest("g".to_owned()), "/api/inventory/availability", &asked).await;
        let free = |n: usize| answer.body["totals"][n]["available"]["milli"].as_i64().unwrap();
        (free(0), free(1), answer.body["lines"].as_array().unwrap().len())
    };
    let becomes = async |region: &str, wanted: (i64, i64, usize)| {
        for _ in 0..500 {
            if asked(region).await == wanted {
                return;
            }
            house.app().runtime().sleep(Duration::from_millis(10)).await;
        }
        panic!("{region}: {:?}, not {wanted:?}", asked(region).await);
    };
    becomes("north", (11_000, 1000, 3)).await;
    assert_eq!((asked("south").await, asked("west").await), ((5000, 0, 1), (0, 0, 0)));
    house.sites_are(&[(1, "south", true), (3, "north", false)]).await;
    becomes("south", (14_000, 0, 2)).await;
    assert_eq!(asked("north").await, (0, 0, 0), "what lies in a closed site is promised to nobody");
    let both = json!({ "products": [product(1)], "sites": [site(1)], "region": "south" });
    let refused = house.0.post(&house.0.admin(), "/api/inventory/availability", &both).await;
    assert_eq!((refused.status, refused.problem()), (422, "kit/invalid"));
    house.sound().await;
}

#[tokio::test]
async fn a_clerk_sees_the_stock_of_their_own_site_only() {
    let house = House::new();
    house.receive(&[line(1, 1, 9), line(1, 2, 5)]).await;
    let path = format!("/api/inventory/stock/{}", product(1));
    let shown = house.0.get(&clerk("inventory.read", site(2)), &path).await;
    assert_eq!((shown.body["sites"].as_array().unwrap().len(), &shown.body["on_hand"]["milli"]), (1, &json!(5000)));
}
