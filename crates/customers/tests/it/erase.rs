//! What is erased stays erased.

use contracts::orders::OrderCancelled;
use kit::journal;
use kit::time::Timestamp;
use serde_json::{Value as Json, json};

use crate::house::{House, Said, contact};

#[tokio::test]
async fn an_erased_customer_is_gone_here_and_after_a_rebuild_and_orders_are_told() {
    let house = House::open();
    let admin = house.admin();
    let order =
        house.place(1, Some(contact("Olena Secret", Some("0671234567"), Some("olena@example.com"))), 1000).await;
    let olena = house.linked(order).await;
    let path = format!("/api/customers/{}", olena["id"].as_str().unwrap());
    house.house.post_keyed(&admin, &format!("{path}/notes"), "n", &json!({"text": "has a Secret dog"})).await;
    let consent = json!({"purpose": "advertising", "given": true, "how": "Secret letter"});
    house.house.post_keyed(&admin, &format!("{path}/consents"), "c", &consent).await;
    let export = house.get(&format!("{path}/export")).await.body;
    assert_eq!(export["customer"]["notes"][0]["text"], "has a Secret dog");
    assert_eq!(export["history"].as_array().map(Vec::len), Some(3));
    let export = house.get(&format!("{path}/export/orders")).await.body;
    assert_eq!((export["orders"].as_array().map(Vec::len), export.get("next")), (Some(1), None));

    let sheet = &export["sheets"][0];
    assert_eq!((&sheet["contact"]["name"], &sheet["fields"]["gift"]), (&json!("Olena Secret"), &json!(true)));

    let erase = format!("{path}/erase");
    let stale = house.house.request(&admin, "POST", &erase, &[("if-match", "\"1\"")], &Json::Null).await;
    assert_eq!(stale.problem(), "kit/stale");
    let open = house.house.request(&admin, "POST", &erase, &[("if-match", "\"3\"")], &Json::Null).await;
    assert_eq!((open.problem(), &open.body["orders"]), ("customers/open-orders", &json!(["100001"])));
    assert_eq!(house.found("olena").await, ["Olena Secret"]);
    let (reservation, reason) = (order.of(), "customer".to_owned());
    let cancelled = OrderCancelled { order, reservation, payments: Vec::new(), reason, at: Timestamp::EPOCH };
    house.tell(Said::Cancelled(cancelled)).await;
    let is_cancelled = |answer: &kit::testing::Answer| answer.body["orders"][0]["state"] == "cancelled";
    house.until(&format!("{path}/orders"), is_cancelled).await;
    let erased = house.house.request(&admin, "POST", &erase, &[("if-match", "\"3\"")], &Json::Null).await;
    assert_eq!(
        (erased.status, &erased.body["status"], &erased.body["name"]),
        (200, &json!("erased"), &json!("")),
        "{erased:?}"
    );
    assert!(
        erased.body.get("phone").is_none() && erased.body["notes"] == json!([]) && erased.body["consents"] == json!([])
    );
    for query in ["olena", "secret", "067123", "olena@"] {
        assert!(house.found(query).await.is_empty(), "{query}");
    }
    assert_eq!(house.linked(order).await["status"], "erased");

    let app = house.house.running.app("customers").unwrap();
    let rows = app.read(|reader| Ok(journal::after(reader, 0, 100)?)).await.unwrap();
    assert!(rows.iter().all(|row| !row.body.contains("Secret") && !row.body.contains("olena@")), "{rows:?}");
    let told: Json = serde_json::from_str(&rows.last().unwrap().body).unwrap();
    assert_eq!(told["customer_erased"]["orders"], json!([order]));

    for refused in [
        house.house.request(&admin, "POST", &erase, &[("if-match", "\"4\"")], &Json::Null).await,
        house.house.request(&admin, "PUT", &path, &[("if-match", "\"4\"")], &json!({"name": "Olena"})).await,
        house.house.post_keyed(&admin, &format!("{path}/notes"), "n2", &json!({"text": "x"})).await,
    ] {
        assert_eq!((refused.status, refused.problem()), (409, "customers/erased"));
    }
    let again = house.place(2, Some(contact("Olena", Some("0671234567"), None)), 1000).await;
    assert_ne!(house.linked(again).await["id"], olena["id"]);
    house.closes().await;
}

#[tokio::test]
async fn all_orders_are_handed_out_however_long_they_are() {
    let house = House::open();
    let mut orders = Vec::new();
    for n in 1..=40 {
        let order = house.place(n, Some(contact("Olena Long", Some("0671234567"), None)), 1000).await;
        house.has_long_fields(order);
        orders.push(order);
    }
    let mut olena = Json::Null;
    for order in &orders {
        olena = house.linked(*order).await;
    }
    let path = format!("/api/customers/{}/export/orders", olena["id"].as_str().unwrap());
    let (mut seen, mut pages, mut from) = (Vec::new(), 0, path.clone());
    loop {
        let page = house.get(&from).await;
        assert_eq!(page.status, 200, "{page:?}");
        pages += 1;
        let ids = |list: &str, id: &str| -> Vec<String> {
            page.body[list].as_array().unwrap().iter().map(|one| one[id].as_str().unwrap().to_owned()).collect()
        };
        assert_eq!(ids("orders", "order"), ids("sheets", "id"));
        assert!(
            page.body["sheets"]
                .as_array()
                .unwrap()
                .iter()
                .all(|sheet| sheet["fields"].as_object().unwrap().len() == 31)
        );
        seen.extend(ids("orders", "order"));
        let Some(next) = page.body["next"].as_str() else { break };
        from = format!("{path}?after={next}");
    }
    orders.reverse();
    assert_eq!(seen, orders.iter().map(ToString::to_string).collect::<Vec<_>>());
    assert!(pages > 5, "{pages}");
    house.closes().await;
}
