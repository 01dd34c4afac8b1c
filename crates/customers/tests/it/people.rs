//! Customers made, changed, found, imported; and who may.

use serde_json::{Value as Json, json};

use crate::house::House;

#[tokio::test]
async fn a_customer_is_kept_in_one_form_and_found_however_it_is_typed() {
    let house = House::open();
    let olena = house
        .make("1", &json!({"name": "Olena Boyko", "phone": "067 123-45-67", "email": "Olena@Example.com",
            "addresses": [{"city": "Lviv", "lines": ["1 Long Street"]}], "tags": ["vip"], "fields": {"card": 7, "club": true}}))
        .await;
    assert_eq!(olena["phone"], "+380671234567");
    assert_eq!((&olena["language"], &olena["status"]), (&json!("uk"), &json!("active")));
    assert_eq!(olena["fields"], json!({"card": 7, "club": true}));
    house.make("2", &json!({"name": "Oleh Boyarchuk", "phone": "+49 30 1234567"})).await;
    for query in ["olena", "BOY olen", "+380671", "067 123", "olena@ex", "0671234567"] {
        assert_eq!(house.found(query).await, ["Olena Boyko"], "{query}");
    }
    assert_eq!(house.found("boy").await, ["Oleh Boyarchuk", "Olena Boyko"]);
    assert_eq!(house.found("4930").await, ["Oleh Boyarchuk"]);
    assert!(house.found("nobody").await.is_empty() && house.found(",").await.is_empty());
    let page = house.get("/api/customers?limit=1").await.body;
    assert_eq!(page["customers"][0]["name"], "Oleh Boyarchuk");
    let rest = house.get(&format!("/api/customers?limit=5&after={}", page["next"].as_str().unwrap())).await.body;
    assert_eq!((rest["customers"][0]["name"].as_str(), rest.get("next")), (Some("Olena Boyko"), None));
    house.closes().await;
}

#[tokio::test]
async fn a_change_is_made_on_what_was_seen_and_notes_stay() {
    let house = House::open();
    let admin = house.admin();
    let made = house.make("1", &json!({"name": "Ann", "refs": [{"system": "crm", "id": "7"}]})).await;
    assert_eq!(house.make("1", &json!({"name": "Ann", "refs": [{"system": "crm", "id": "7"}]})).await, made);
    let path = format!("/api/customers/{}", made["id"].as_str().unwrap());
    let change = |version: &'static str, body: Json| {
        let (house, admin, path) = (&house.house, admin.clone(), path.clone());
        async move { house.request(&admin, "PUT", &path, &[("if-match", version)], &body).await }
    };
    let changed = change("\"1\"", json!({"name": "Ann Green", "status": "blocked"})).await;
    assert_eq!((changed.status, changed.version, changed.body["status"].as_str()), (200, Some(2), Some("blocked")));
    assert_eq!(change("\"1\"", json!({"name": "Bob"})).await.problem(), "kit/stale");
    for wrong in [json!({"name": ""}), json!({"name": "x", "phone": "1"}), json!({"name": "x", "status": "erased"})] {
        assert_eq!(change("\"2\"", wrong.clone()).await.status, 422, "{wrong}");
    }
    assert_eq!(change("\"2\"", json!({"name": "Ann Green", "status": "blocked"})).await.version, Some(2));

    let noted =
        house.house.post_keyed(&admin, &format!("{path}/notes"), "n", &json!({"text": "calls back late"})).await;
    assert_eq!((noted.version, &noted.body["notes"][0]["text"]), (Some(3), &json!("calls back late")));
    let consent = json!({"purpose": "advertising", "given": true, "how": "on the telephone"});
    let agreed = house.house.post_keyed(&admin, &format!("{path}/consents"), "c", &consent).await;
    assert_eq!(
        (&agreed.body["may_advertise"], &agreed.body["consents"][0]["how"]),
        (&json!(true), &json!("on the telephone"))
    );

    let other = house
        .house
        .post_keyed(&admin, "/api/customers", "2", &json!({"name": "B", "refs": [{"system": "crm", "id": "8"}]}))
        .await;
    let taken = json!({"name": "Ann", "refs": [{"system": "crm", "id": "8"}]});
    let taken = change("\"4\"", taken).await;
    assert_eq!((taken.problem(), &taken.body["customer"]), ("customers/reference-taken", &other.body["id"]));
    house.closes().await;
}

#[tokio::test]
async fn customers_of_another_system_come_500_at_a_time_and_only_once() {
    let house = House::open();
    let admin = house.admin();
    let household = |n: usize, name: &str| {
        json!({"ref": {"system": "old", "id": format!("H{n}")}, "name": format!("{name} {n}"),
            "phone": format!("+38050{n:07}"), "advertising": {"given": n.is_multiple_of(2), "how": "imported"}})
    };
    let all: Vec<Json> = (0..500).map(|n| household(n, "Household")).collect();
    let first = house.house.post(&admin, "/api/customers/import", &json!({"customers": all})).await;
    assert_eq!((first.status, first.body["customers"].as_array().map(Vec::len)), (200, Some(500)), "{first:?}");
    let again =
        house.house.post(&admin, "/api/customers/import", &json!({"customers": [household(3, "Changed")]})).await;
    assert_eq!(again.body["customers"][0], first.body["customers"][3]);
    assert_eq!(
        house.found("h3").await,
        ["Changed 3"]
            .into_iter()
            .map(str::to_owned)
            .chain(house.found("h3").await.into_iter().skip(1))
            .collect::<Vec<_>>()
    );
    let changed = house.get(&format!("/api/customers/{}", first.body["customers"][3].as_str().unwrap())).await;
    assert_eq!((&changed.body["name"], changed.version), (&json!("Changed 3"), Some(3)));
    let wrong = house.house.post(&admin, "/api/customers/import", &json!({"customers": [household(900, "x"), household(1, "").as_object().map(|c| { let mut c = c.clone(); c["name"] = json!(" "); c }).unwrap()]})).await;
    assert!(wrong.status == 422 && wrong.body["detail"].as_str().unwrap().starts_with("customer 1:"), "{wrong:?}");
    assert!(house.found("h900").await.is_empty());
    house.closes().await;
}

#[tokio::test]
async fn strangers_see_and_change_nothing() {
    let house = House::open();
    let made = house.make("1", &json!({"name": "Ann"})).await;
    let path = format!("/api/customers/{}", made["id"].as_str().unwrap());
    let (guest, reader, editor) =
        (kit::auth::Actor::guest("g".to_owned()), house.with("customers.read"), house.with("customers.edit"));
    for read in ["/api/customers", &path, &format!("{path}/orders"), &format!("{path}/export")] {
        assert_eq!(house.house.get(&guest, read).await.problem(), "kit/unauthenticated", "{read}");
        assert_eq!(house.house.get(&editor, read).await.problem(), "kit/forbidden", "{read}");
    }
    let note = house.house.post_keyed(&reader, &format!("{path}/notes"), "n", &json!({"text": "x"})).await;
    let made = house.house.post_keyed(&reader, "/api/customers", "m", &json!({"name": "x"})).await;
    let erased =
        house.house.request(&editor, "POST", &format!("{path}/erase"), &[("if-match", "\"1\"")], &Json::Null).await;
    for refused in [note, made, erased] {
        assert_eq!(refused.problem(), "kit/forbidden");
    }
    assert_eq!(house.get(&path).await.version, Some(1));
    house.closes().await;
}

#[tokio::test]
#[ignore = "takes a minute; prints how long a search takes among 100,000 customers"]
async fn a_search_among_100_000_customers_is_quick() {
    let house = House::open();
    let (first, last) =
        (["Olena", "Oleh", "Ann", "Bohdan", "Iryna"], ["Boyko", "Melnyk", "Koval", "Bondar", "Tkach", "Lys"]);
    for block in 0..200_usize {
        let customer = |n: usize| {
            json!({"ref": {"system": "old", "id": format!("H{n}")}, "phone": format!("+38067{n:07}"), "email": format!("c{n}@example.com"),
                "name": format!("{} {}{}", first[n % 5], last[n / 5 % 6], n / 30 % 50)})
        };
        let all: Vec<Json> = (block * 500..(block + 1) * 500).map(customer).collect();
        let done = house.house.post(&house.admin(), "/api/customers/import", &json!({"customers": all})).await;
        assert_eq!(done.status, 200);
    }
    let clock = kit::runtime::Runtime::real();
    for query in ["o", "olena", "olena boyko7", "067 00123", "c999", "ann lys b", "h77", "0"] {
        let begun = clock.monotonic();
        for _ in 0..20 {
            house.found(query).await;
        }
        let took = clock.monotonic().saturating_sub(begun) / 20;
        println!("{query:?}: {took:?}");
    }
}
