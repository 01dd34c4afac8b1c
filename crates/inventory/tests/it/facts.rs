//! Deliveries, counts, transfers, sales; what can be promised.

use contracts::inventory::AvailabilityView;
use kit::quantity::Quantity;
use serde_json::json;

use crate::house::{House, line, lines_json, product, site};

#[tokio::test]
async fn a_delivery_counts_once_however_often_it_is_told() {
    let house = House::new();
    let body = json!({ "site": site(1), "reference": "note 9", "lines": lines_json(&[line(1, 1, 4), line(2, 1, 2)]) });
    let (first, again) = tokio::join!(house.keyed("receipts", "k", &body), house.keyed("receipts", "k", &body));
    assert_eq!((first.status, &first), (200, &again));
    assert!(first.body["document"].as_str().unwrap().starts_with("rcv_"));
    assert_eq!((house.level(1, 1).await, house.level(2, 1).await), ((4, 0), (2, 0)));
    let other = json!({ "site": site(1), "reference": "note 9", "lines": lines_json(&[line(1, 1, 5)]) });
    assert_eq!(house.keyed("receipts", "k", &other).await.problem(), "kit/request-key-reused");
    let in_kilos = json!({ "site": site(2), "reference": "x", "lines":
        [{ "product": product(1), "quantity": { "milli": 1500, "unit": "kg" } }] });
    assert_eq!(house.keyed("receipts", "l", &in_kilos).await.problem(), "inventory/unit-mismatch");
    house.sound().await;
}

#[tokio::test]
async fn a_delivery_with_an_id_counts_once_for_ever_under_whatever_key() {
    let house = House::new();
    let id = "rcv_00000000000000000000000001";
    let body = |pieces| json!({ "site": site(1), "reference": "note 9", "document": id, "lines": lines_json(&[line(1, 1, pieces)]) });
    let (one, two) = (body(4), body(4));
    let (first, second) = tokio::join!(house.keyed("receipts", "k", &one), house.keyed("receipts", "l", &two));
    assert_eq!((first.status, second.status, &first.body["document"]), (200, 200, &json!(id)));
    assert_eq!(house.keyed("receipts", "m", &body(4)).await.body, first.body);
    let other = house.keyed("receipts", "n", &body(5)).await;
    assert_eq!((other.status, other.problem()), (409, "inventory/document-taken"));
    assert_eq!(house.level(1, 1).await, (4, 0));
    house.sound().await;
}

#[tokio::test]
async fn a_count_is_what_lies_there_and_tells_who_will_go_without() {
    let house = House::new();
    house.receive(&[line(1, 1, 10), line(2, 1, 10)]).await;
    house.reserve(1, &[line(1, 1, 6)]).await;
    let body = json!({ "site": site(1), "reason": "stocktaking",
        "lines": lines_json(&[line(1, 1, 5), line(2, 1, 10), line(3, 1, 1)]) });
    let counted = house.keyed("counts", "c", &body).await;
    assert_eq!(counted.status, 200, "{counted:?}");
    assert_eq!(counted.body["shortfalls"].as_array().unwrap().len(), 1);
    assert_eq!(counted.body["shortfalls"][0]["on_hand"]["milli"], 5000);
    assert_eq!((house.level(1, 1).await, house.level(2, 1).await, house.level(3, 1).await), ((5, 6), (10, 0), (1, 0)));
    assert_eq!(house.kinds().await[3..], ["stock_counted", "stock_shortfall"]);
    assert_eq!(house.keyed("counts", "c", &body).await, counted);
    let page = house.get(&format!("movements?product={}&site={}", product(1), site(1))).await;
    assert_eq!(page.body["movements"][0]["quantity"]["milli"], -5000);
    house.sound().await;
}

#[tokio::test]
async fn a_transfer_moves_what_is_free_and_nothing_else() {
    let house = House::new();
    house.receive(&[line(1, 1, 10)]).await;
    house.reserve(1, &[line(1, 1, 6)]).await;
    let transfer = |pieces| json!({ "from": site(1), "to": site(2), "reference": "t", "lines": lines_json(&[line(1, 1, pieces)]) });
    assert_eq!(house.keyed("transfers", "a", &transfer(5)).await.problem(), "inventory/insufficient-stock");
    assert_eq!(house.keyed("transfers", "b", &transfer(4)).await.status, 200);
    assert_eq!((house.level(1, 1).await, house.level(1, 2).await), ((6, 6), (4, 0)));
    let nowhere = json!({ "from": site(1), "to": site(1), "reference": "t", "lines": lines_json(&[line(1, 1, 1)]) });
    assert_eq!(house.keyed("transfers", "c", &nowhere).await.problem(), "kit/invalid");
    house.sound().await;
}

#[tokio::test]
async fn a_late_sale_is_believed_even_below_zero() {
    let house = House::new();
    house.receive(&[line(1, 1, 2)]).await;
    let sale = |n, pieces| json!({ "site": site(1), "receipt": "r", "lines": lines_json(&[line(n, 1, pieces)]) });
    assert_eq!(house.keyed("sales", "a", &sale(1, 2)).await.body["shortfalls"], json!([]));
    let short = house.keyed("sales", "b", &sale(1, 3)).await;
    assert_eq!(short.body["shortfalls"][0]["on_hand"], json!({ "milli": -3000, "unit": "pcs" }));
    assert_eq!(house.keyed("sales", "c", &sale(2, 1)).await.status, 200);
    assert_eq!((house.level(1, 1).await, house.level(2, 1).await), ((-3, 0), (-1, 0)));
    assert_eq!(house.reserve(1, &[line(1, 1, 1)]).await.problem(), "inventory/insufficient-stock");
    house.sound().await;
}

#[tokio::test]
async fn many_products_at_many_sites_are_one_question() {
    let house = House::new();
    for n in 1..=20 {
        house.receive(&[line(1, n, 2), line(2, n, 1)]).await;
    }
    house.reserve(1, &[line(1, 3, 2)]).await;
    let ask = async |sites: Vec<_>| -> AvailabilityView {
        let asked = json!({ "products": [product(1), product(2), product(9)], "sites": sites });
        serde_json::from_value(house.post("availability", &asked).await.body).unwrap()
    };
    let everywhere = ask(vec![]).await;
    assert_eq!(everywhere.lines.len(), 40);
    let totals: Vec<_> = everywhere.totals.iter().map(|total| total.available).collect();
    assert_eq!(totals, [Quantity::pieces(38), Quantity::pieces(20), Quantity::pieces(0)]);
    let two = ask(vec![site(2), site(3)]).await;
    assert_eq!((two.lines.len(), two.totals[0].available), (4, Quantity::pieces(2)));
    let most = ask((2..=19).map(site).collect()).await;
    assert_eq!((most.lines.len(), most.totals[1].available), (36, Quantity::pieces(18)));
    let shown = house.get(&format!("stock/{}", product(1))).await;
    assert_eq!(shown.body["sites"].as_array().unwrap().len(), 20);
    assert_eq!((&shown.body["on_hand"]["milli"], &shown.body["available"]["milli"]), (&json!(40000), &json!(38000)));
    let too_many = json!({ "products": vec![product(1); 501], "sites": [] });
    assert_eq!(house.post("availability", &too_many).await.status, 422);
}
