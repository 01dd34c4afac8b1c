//! Orders in lists: filters, search, counts; and what other services ask of orders.

use serde_json::{Value, json};

use crate::product::{Goods, Product, at_version, cart, levels_become, ok, ok_keyed, payment, stock};

async fn placed(client: &mut testbed::client::Client, key: &str, goods: &[&Goods], contact: Value) -> Value {
    let id = cart(client, key, goods, 1).await;
    let chosen = json!({"method": "courier", "contact": contact});
    ok(client, "PUT", &format!("/api/orders/carts/{id}/delivery"), chosen).await;
    ok(client, "POST", &format!("/api/orders/carts/{id}/place"), payment("card_now", "tok_ok")).await
}

async fn numbers(client: &mut testbed::client::Client, query: &str) -> Vec<String> {
    let list = ok(client, "GET", &format!("/api/orders?{query}"), Value::Null).await;
    let rows = list["orders"].as_array().expect("a list");
    rows.iter().map(|row| row["number"].as_str().expect("a number").to_owned()).collect()
}

#[tokio::test]
async fn orders_are_found_by_what_people_know_of_them() {
    let product = Product::start("lists");
    let (mut admin, mut guest) = (product.admin().await, product.guest().await);
    let goods = stock(&mut admin, 2, 10).await;
    let contact = |name: &str, phone: &str, email: &str| json!({"name": name, "phone": phone, "email": email, "address": ["1 Sample Street"]});
    let first =
        placed(&mut guest, "a", &[&goods[0]], contact("Anna Example", "+380 67 000 00 01", "anna@example.com")).await;
    let second =
        placed(&mut guest, "b", &[&goods[1]], contact("Bohdan Example", "+380 50 000 00 02", "b@example.org")).await;
    let (one, two) = (first["number"].as_str().unwrap(), second["number"].as_str().unwrap());
    for (query, found) in [
        ("q=anna", vec![one]),
        ("q=exam", vec![two, one]),
        ("q=Example%20boh", vec![two]),
        ("q=067%20000", vec![one]),
        ("q=b@EXAMPLE", vec![two]),
        (&format!("q={two}"), vec![two]),
        ("q=nobody", vec![]),
        ("q=exam&limit=1", vec![two]),
        ("state=placed,confirmed", vec![two, one]),
        ("state=cancelled", vec![]),
        ("payment_method=card", vec![]),
        ("pick_up=false&channel=web&total_from=1000&total_until=2000", vec![two, one]),
        ("placed_until=2020-01-01T00:00:00Z", vec![]),
        (&format!("site={}&state=placed,confirmed", goods[0].site), vec![two, one]),
        ("site=site_0000000000000000000000000z", vec![]),
    ] {
        assert_eq!(numbers(&mut admin, query).await, found, "{query}");
    }
    let page = ok(&mut admin, "GET", "/api/orders?limit=1", Value::Null).await;
    let row = &page["orders"][0];
    assert_eq!(
        (&row["customer_name"], &row["lines"], &row["due"]["minor"]),
        (&json!("Bohdan Example"), &json!(1), &json!(0))
    );
    let next = page["next"].as_str().unwrap();
    assert_eq!(numbers(&mut admin, &format!("limit=1&after={next}")).await, [one]);
    let (status, _) = admin.ask("GET", "/api/orders?state=lost", &[], &Value::Null).await.unwrap();
    assert_eq!(status, 422);
    let counts = ok(&mut admin, "GET", "/api/orders/counts", Value::Null).await;
    let total =
        first["totals"]["total"]["minor"].as_i64().unwrap() + second["totals"]["total"]["minor"].as_i64().unwrap();
    // By now the orders' procedures may have confirmed them.
    let counts = counts["counts"].as_array().unwrap();
    let sum = |of: fn(&Value) -> &Value| counts.iter().map(|count| of(count).as_i64().unwrap()).sum::<i64>();
    assert_eq!((sum(|count| &count["orders"]), sum(|count| &count["total"]["minor"])), (2, total), "{counts:?}");
}

#[tokio::test]
async fn other_services_may_ask_for_every_step_again() {
    let product = Product::start("asked");
    let (mut admin, mut guest) = (product.admin().await, product.guest().await);
    let goods = stock(&mut admin, 2, 10).await;
    let contact = json!({"name": "Test Shopper", "phone": "000", "address": ["1 Sample Street"]});
    let order = placed(&mut guest, "a", &[&goods[0], &goods[1]], contact.clone()).await;
    let id = &order["id"];
    let piece = |n: i64| json!({"milli": n * 1000, "unit": "pcs"});
    let edit = json!({"order": id, "lines": [{"product": goods[1].product}, {"product": goods[0].product, "quantity": piece(2)}]});
    for (step, body, state) in [
        ("edit", edit, "placed"),
        ("confirm", json!({"order": id}), "confirmed"),
        ("release", json!({"order": id}), "released"),
        ("deliver", json!({"order": id}), "delivered"),
    ] {
        let path = format!("/api/orders/{step}");
        let (status, _) = guest.ask("POST", &path, &[], &body).await.unwrap();
        assert_eq!(status, 401, "{step}");
        let first = ok(&mut admin, "POST", &path, body.clone()).await;
        assert_eq!(first["state"], state, "{first}");
        let again = ok(&mut admin, "POST", &path, body).await;
        assert_eq!((&again["lines"], &again["state"]), (&first["lines"], &first["state"]), "{step}");
    }
    let asked =
        ok(&mut admin, "POST", "/api/orders/ask", json!({"orders": [id, "ord_0000000000000000000000000z"]})).await;
    let sheet = &asked["orders"][0];
    assert_eq!((asked["orders"].as_array().unwrap().len(), &sheet["contact"]["name"]), (1, &json!("Test Shopper")));
    assert_eq!((&sheet["lines"][0]["quantity"]["milli"], sheet["lines"].as_array().unwrap().len()), (&json!(2000), 1));
    let late = json!({"order": id, "reason": "customer"});
    let (status, refused) = admin.ask("POST", "/api/orders/cancel", &[], &late).await.unwrap();
    assert_eq!((status, &refused["type"]), (409, &json!("/problems/orders/not-cancellable")));
    let other = placed(&mut guest, "b", &[&goods[0]], contact).await;
    let cancel = json!({"order": other["id"], "reason": "stock"});
    for _ in 0..2 {
        let cancelled = ok(&mut admin, "POST", "/api/orders/cancel", cancel.clone()).await;
        assert_eq!((&cancelled["state"], &cancelled["reason"]), (&json!("cancelled"), &json!("stock")));
    }
}

#[tokio::test]
async fn an_order_can_be_sent_elsewhere() {
    let product = Product::start("elsewhere");
    let (mut admin, mut guest) = (product.admin().await, product.guest().await);
    let goods = stock(&mut admin, 1, 10).await;
    let store = "site_0000000000000000000000000z";
    let receipt = json!({"site": store, "reference": "opening", "lines": [{"product": goods[0].product, "quantity": {"milli": 2000, "unit": "pcs"}}]});
    ok_keyed(&mut admin, "/api/inventory/receipts", "store", receipt).await;
    let method = |code: &str, fee: i64, pick_up: bool| json!({"code": code, "name": code, "fee": {"minor": fee, "currency": "EUR"}, "tax": 2000, "pick_up": pick_up, "offered": true});
    let methods = json!({"methods": [method("courier", 490, false), method("fetch", 0, true)]});
    ok(&mut admin, "PUT", "/api/orders/delivery-methods", methods).await;
    let contact = json!({"name": "Test Shopper", "phone": "000", "address": ["1 Sample Street"]});
    let order = placed(&mut guest, "a", &[&goods[0]], contact).await;
    let path = format!("/api/orders/{}", order["id"].as_str().unwrap());
    let moved = json!({"delivery": {"contact": {"name": "Another Shopper", "email": "other@example.com", "address": ["2 Sample Street"]}}});
    let (status, moved) = at_version(&mut admin, &format!("{path}/edit"), &order["version"], moved).await;
    assert_eq!((status, &moved["totals"]), (200, &order["totals"]), "{moved}");
    assert_eq!(numbers(&mut admin, "q=another").await.len(), 1);
    assert_eq!(numbers(&mut admin, "q=test").await.len(), 0);
    let fetch = json!({"delivery": {"method": "fetch", "site": store}});
    let preview = ok(&mut admin, "POST", &format!("{path}/edit/preview"), fetch.clone()).await;
    assert_eq!(
        (&preview["new"]["total"]["minor"], &preview["lines"][0]["site"]),
        (&json!(1000), &json!(store)),
        "{preview}"
    );
    let (status, fetched) = at_version(&mut admin, &format!("{path}/edit"), &preview["version"], fetch).await;
    assert_eq!((status, &fetched["site"], &fetched["pick_up"]), (200, &json!(store), &json!(true)), "{fetched}");
    levels_become(&mut admin, &goods[0], (10, 0)).await;
    let (status, refused) = at_version(
        &mut admin,
        &format!("{path}/edit"),
        &fetched["version"],
        json!({"delivery": {"method": "courier"}}),
    )
    .await;
    assert_eq!(status, 200, "{refused}");
    let history = ok(&mut admin, "GET", &format!("{path}/history"), Value::Null).await;
    let edits: Vec<&Value> =
        history["entries"].as_array().unwrap().iter().filter(|entry| entry["kind"] == "order_edited").collect();
    assert_eq!(edits.len(), 3, "{history}");
    assert_eq!(edits[0]["delivery"]["contact_changed"], true);
    assert_eq!((&edits[1]["delivery"]["site"], &edits[1]["total"]["minor"]), (&json!(store), &json!(1000)));
    assert_eq!(edits[1]["decisions"][0]["key"], "delivery-fee");
    let plan = ok(
        &mut admin,
        "POST",
        "/api/orders/sourcing",
        json!({"lines": [{"product": goods[0].product, "quantity": {"milli": 5000, "unit": "pcs"}}]}),
    )
    .await;
    assert_eq!((&plan["site"], &plan["decision"]["key"]), (&json!(goods[0].site), &json!("sourcing")), "{plan}");
}

#[tokio::test]
async fn an_order_that_costs_nothing_is_placed_without_a_payment() {
    let product = Product::start("free");
    let (mut admin, mut guest) = (product.admin().await, product.guest().await);
    let goods = stock(&mut admin, 1, 10).await;
    let gift = json!({"product": goods[0].product, "name": "Gift", "unit": "pcs", "tax": 2000, "sold": true,
        "price": {"minor": 0, "currency": "EUR"}});
    ok(&mut admin, "PUT", "/api/orders/offers", json!({"offers": [gift]})).await;
    let fetch = json!({"methods": [{"code": "fetch", "name": "Fetch", "fee": {"minor": 0, "currency": "EUR"}, "tax": 2000,
        "pick_up": true, "offered": true}]});
    ok(&mut admin, "PUT", "/api/orders/delivery-methods", fetch).await;
    let id = cart(&mut guest, "a", &[&goods[0]], 2).await;
    let chosen = json!({"method": "fetch", "site": goods[0].site, "contact": {"name": "Test Shopper", "phone": "000"}});
    ok(&mut guest, "PUT", &format!("/api/orders/carts/{id}/delivery"), chosen).await;
    let order = ok(&mut guest, "POST", &format!("/api/orders/carts/{id}/place"), payment("card", "")).await;
    assert_eq!((&order["verdict"], &order["payments"]), (&json!("placed"), &json!([])), "{order}");
    levels_become(&mut admin, &goods[0], (10, 2)).await;
    let released = ok(&mut admin, "POST", "/api/orders/release", json!({"order": order["id"]})).await;
    assert_eq!(released["state"], "released");
    levels_become(&mut admin, &goods[0], (8, 0)).await;
}
