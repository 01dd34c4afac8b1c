//! The bus is lost with all that it kept, and comes back empty: nothing is lost for those who stood on it.

use serde_json::{Value, json};
use testbed::servers::Nats;

use crate::product::{Product, at_version, cart, is_split, levels_become, ok, payment, stock};

#[tokio::test]
async fn a_bus_that_comes_back_empty_has_lost_nothing() {
    if !is_split() {
        return eprintln!("not tested: the bus; set BACKROOM_TEST_TOPOLOGY=split");
    }
    let mut nats = Nats::temporary().expect("a NATS server");
    let product = Product::start_on("bus", Some(nats.url()));
    let (mut admin, mut guest) = (product.admin().await, product.guest().await);
    let goods = stock(&mut admin, 1, 10).await;
    let pay = payment("card_now", "tok_ok");
    let carts = [cart(&mut guest, "a", &[&goods[0]], 1).await, cart(&mut guest, "b", &[&goods[0]], 2).await];
    let place = |cart: &str| format!("/api/orders/carts/{cart}/place");
    let first = ok(&mut guest, "POST", &place(&carts[0]), pay.clone()).await;
    assert_eq!(first["verdict"], "placed");

    nats.lose().expect("our own server can be killed");
    let (status, refused) = guest.ask("POST", &place(&carts[1]), &[], &pay).await.expect("the gateway answers");
    assert!(status == 503 || status == 504, "{status} {refused}");

    nats.restart().expect("it comes back");
    let mut placed = Value::Null;
    for _ in 0..30 {
        let (status, order) = guest.ask("POST", &place(&carts[1]), &[], &pay).await.expect("the gateway answers");
        if status == 200 && order["verdict"] == "placed" {
            placed = order;
            break;
        }
        crate::product::pause(500).await;
    }
    assert_eq!(placed["verdict"], "placed", "{}", product.logs());
    levels_become(&mut admin, &goods[0], (10, 3)).await;

    // What inventory hears of orders goes through the new, empty bus.
    for order in [&first, &placed] {
        let path = format!("/api/orders/{}", order["id"].as_str().expect("an id"));
        let order = ok(&mut admin, "GET", &path, Value::Null).await;
        let (status, order) = at_version(&mut admin, &format!("{path}/confirm"), &order["version"], Value::Null).await;
        assert_eq!((status, &order["state"]), (200, &json!("confirmed")));
        let (status, order) = at_version(&mut admin, &format!("{path}/release"), &order["version"], Value::Null).await;
        assert_eq!((status, &order["state"]), (200, &json!("released")), "{order}");
    }
    levels_become(&mut admin, &goods[0], (7, 0)).await;
}
