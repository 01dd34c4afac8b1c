//! A shop that has run in one process is taken apart: its services take up, over the bus, what the one process left.

use serde_json::{Value, json};

use crate::product::{Product, at_version, bus, cart, is_postgres, is_split, levels_become, ok, pause, payment, stock};

#[tokio::test]
async fn services_that_come_apart_hear_nothing_twice_and_miss_nothing() {
    if !(is_split() && is_postgres()) {
        return eprintln!(
            "not tested: coming apart; set BACKROOM_TEST_TOPOLOGY=split and BACKROOM_TEST_STORE=postgres"
        );
    }
    let mut product = Product::start_on("apart", None);
    let (mut admin, mut guest) = (product.admin().await, product.guest().await);
    let goods = stock(&mut admin, 1, 20).await;
    let pay = payment("card_now", "tok_ok");
    let place = |cart: &str| format!("/api/orders/carts/{cart}/place");
    let mut orders = Vec::new();
    for n in 0..3 {
        let cart = cart(&mut guest, &format!("c{n}"), &[&goods[0]], 1).await;
        let order = ok(&mut guest, "POST", &place(&cart), pay.clone()).await;
        assert_eq!(order["verdict"], "placed");
        orders.push(format!("/api/orders/{}", order["id"].as_str().expect("an id")));
    }
    release(&mut admin, &orders[0]).await;
    levels_become(&mut admin, &goods[0], (19, 2)).await;
    let counted = figures_become(&mut admin, 3).await;

    // The last order is cancelled a moment before the one process ends: perhaps nobody has heard of it yet.
    let view = ok(&mut admin, "GET", &orders[2], Value::Null).await;
    let (status, _) =
        at_version(&mut admin, &format!("{}/cancel", orders[2]), &view["version"], json!({"reason": "customer"})).await;
    assert_eq!(status, 200);
    drop((admin, guest));
    product.come_apart(bus().expect("the bus's address"));
    assert!(product.processes() > 10);

    let (mut admin, mut guest) = (product.admin().await, product.guest().await);
    levels_become(&mut admin, &goods[0], (19, 1)).await;
    release(&mut admin, &orders[1]).await;
    let cart = cart(&mut guest, "c3", &[&goods[0]], 2).await;
    let order = ok(&mut guest, "POST", &place(&cart), pay).await;
    assert_eq!(order["verdict"], "placed");
    levels_become(&mut admin, &goods[0], (18, 2)).await;
    let after = figures_become(&mut admin, 4).await;
    assert_eq!(counted["orders"]["all"], 3);
    assert_eq!(after["orders"]["cancelled"], 1, "{after}");
    assert_eq!(product.check(), "");
}

async fn release(admin: &mut testbed::client::Client, path: &str) {
    let order = ok(admin, "GET", path, Value::Null).await;
    let (status, order) = at_version(admin, &format!("{path}/confirm"), &order["version"], Value::Null).await;
    assert_eq!(status, 200, "{order}");
    let (status, order) = at_version(admin, &format!("{path}/release"), &order["version"], Value::Null).await;
    assert_eq!((status, &order["state"]), (200, &json!("released")), "{order}");
}

/// Waits until insight, which counts what it hears, has counted `orders`.
async fn figures_become(admin: &mut testbed::client::Client, orders: i64) -> Value {
    let mut view = Value::Null;
    for _ in 0..300 {
        view = ok(admin, "GET", "/api/insight/today", Value::Null).await;
        if view["orders"]["all"] == orders {
            // Nothing comes afterwards.
            pause(300).await;
            return ok(admin, "GET", "/api/insight/today", Value::Null).await;
        }
        pause(50).await;
    }
    panic!("insight has not counted {orders} orders: {view}");
}
