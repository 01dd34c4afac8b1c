//! Whose orders are, and what customers keep of them.

use contracts::orders::{OrderCancelled, OrderEdited};
use kit::money::{Currency, Money};
use serde_json::json;

use crate::house::{House, Said, contact};

#[tokio::test]
async fn orders_of_one_telephone_number_or_address_are_one_customers() {
    let house = House::open();
    let first = house.place(1, Some(contact("Olena", Some("067 123 45 67"), None)), 1000).await;
    let olena = house.linked(first).await;
    assert_eq!(
        (&olena["name"], &olena["phone"], &olena["orders"]),
        (&json!("Olena"), &json!("+380671234567"), &json!(1))
    );
    assert_eq!(olena["addresses"], json!([{"lines": ["1 Long Street"], "city": "Lviv"}]));

    let second = house.place(2, Some(contact("O. Boyko", Some("+380671234567"), Some("O@example.com"))), 2000).await;
    let same = house.linked(second).await;
    assert_eq!((&same["id"], &same["name"], &same["email"]), (&olena["id"], &json!("Olena"), &json!("o@example.com")));
    let third = house.place(3, Some(contact("Olena", None, Some("o@EXAMPLE.com"))), 3000).await;
    assert_eq!(house.linked(third).await["id"], olena["id"]);
    let other = house.place(4, Some(contact("Nobody", Some("call me"), None)), 4000).await;
    assert_ne!(house.linked(other).await["id"], olena["id"]);

    let total = Money::new(2500, Currency::EUR);
    house.tell(Said::Edited(OrderEdited { order: second, lines: Vec::new(), total, site: None, pick_up: None })).await;
    let cancelled = OrderCancelled {
        order: first,
        reservation: contracts::inventory::ReservationId::from_u128(1),
        payments: Vec::new(),
        reason: "customer".to_owned(),
        at: kit::time::Timestamp::from_micros(1),
    };
    house.tell(Said::Cancelled(cancelled)).await;
    let path = format!("/api/customers/{}", olena["id"].as_str().unwrap());
    house.until(&path, |answer| answer.body["orders"] == 2).await;
    let orders = house.get(&format!("{path}/orders")).await.body;
    let shown: Vec<_> = orders["orders"]
        .as_array()
        .unwrap()
        .iter()
        .map(|o| (o["number"].as_str().unwrap(), o["state"].as_str().unwrap(), o["total"]["minor"].as_i64().unwrap()))
        .collect();
    assert_eq!(
        shown,
        [("100003", "awaiting_payment", 3000), ("100002", "awaiting_payment", 2500), ("100001", "cancelled", 1000)]
    );
    let asked = house.house.post(&house.admin(), "/api/customers/of-order", &json!({"order": third})).await.body;
    assert_eq!((&asked["customer"]["id"], asked["orders"].as_array().map(Vec::len)), (&olena["id"], Some(3)));
    house.closes().await;
}

#[tokio::test]
async fn many_orders_at_once_are_all_linked() {
    let house = House::open();
    let mut orders = Vec::new();
    for n in 1..=130_u128 {
        let phone = format!("06711100{:02}", n % 10);
        orders.push(house.place(n, Some(contact("Somebody", Some(&phone), None)), 100).await);
    }
    let mut customers = std::collections::BTreeSet::new();
    for order in orders {
        customers.insert(house.linked(order).await["id"].as_str().unwrap().to_owned());
    }
    assert_eq!(customers.len(), 10);
    house.closes().await;
}
