//! Many buyers, few pieces: exactly as many orders as there are pieces, and a clear refusal for everybody else.

use serde_json::json;

use crate::product::{Product, address, cart, levels_become, ok, ok_keyed, payment, stock};

const PIECES: usize = 10;

/// 1,000 unless `BACKROOM_TEST_BUYERS` says otherwise.
fn buyers() -> usize {
    std::env::var("BACKROOM_TEST_BUYERS").ok().and_then(|text| text.parse().ok()).unwrap_or(1000)
}

#[tokio::test]
async fn a_thousand_buyers_get_ten_pieces_when_all_place_at_once() {
    let product = Product::start_for_a_crowd("race-place");
    let mut admin = product.admin().await;
    let goods = stock(&mut admin, 1, PIECES as i64).await;
    // Filling the carts takes longer than a connection may be idle: each buyer connects when it is time.
    let mut ready = Vec::new();
    let mut guest = product.guest().await;
    for n in 0..buyers() {
        ready.push(cart(&mut guest, &format!("c{n}"), &[&goods[0]], 1).await);
    }
    let tasks = ready.into_iter().map(|id| {
        let product = &product;
        async move {
            let mut guest = product.guest().await;
            let path = format!("/api/orders/carts/{id}/place");
            guest.ask("POST", &path, &[], &payment("card_now", "tok_ok")).await.expect("an answer")
        }
    });
    let answers = futures_util::future::join_all(tasks).await;
    assert_ten(&answers);
    let mut admin = product.admin().await;
    levels_become(&mut admin, &goods[0], (PIECES as i64, PIECES as i64)).await;
    assert_orders(&mut admin, PIECES).await;
    assert_sound(product);
}

#[tokio::test]
async fn a_thousand_buyers_get_ten_pieces_when_all_begin_at_once() {
    let product = Product::start_for_a_crowd("race-add");
    let mut admin = product.admin().await;
    let goods = stock(&mut admin, 1, PIECES as i64).await;
    let tasks = (0..buyers()).map(|n| {
        let (product, goods) = (&product, &goods[0]);
        async move {
            let mut guest = product.guest().await;
            let cart = ok_keyed(&mut guest, "/api/orders/carts", &format!("c{n}"), json!({})).await;
            let id = cart["id"].as_str().expect("an id").to_owned();
            let line = json!({"product": goods.product, "quantity": {"milli": 1000, "unit": "pcs"}});
            let added =
                guest.ask("PUT", &format!("/api/orders/carts/{id}/lines"), &[], &line).await.expect("an answer");
            if added.0 != 200 {
                return added;
            }
            address(&mut guest, &id).await;
            let path = format!("/api/orders/carts/{id}/place");
            guest.ask("POST", &path, &[], &payment("card", "tok_ok")).await.expect("an answer")
        }
    });
    let answers = futures_util::future::join_all(tasks).await;
    assert_ten(&answers);
    let mut admin = product.admin().await;
    levels_become(&mut admin, &goods[0], (PIECES as i64, PIECES as i64)).await;
    assert_orders(&mut admin, PIECES).await;
    assert_sound(product);
}

#[tokio::test]
async fn a_thousand_buyers_get_ten_pieces_when_those_who_hold_them_pay_at_once_from_many_tabs() {
    let product = Product::start_for_a_crowd("race-pay-all");
    let (mut admin, mut guest) = (product.admin().await, product.guest().await);
    let goods = stock(&mut admin, 1, PIECES as i64).await;
    let mut ready = Vec::new();
    for n in 0..buyers() {
        ready.push(cart(&mut guest, &format!("c{n}"), &[&goods[0]], 1).await);
    }
    // Ten have ordered, and their cards were declined: the pieces are theirs until they pay or their time is over.
    for id in &ready[..PIECES] {
        let path = format!("/api/orders/carts/{id}/place");
        let order = ok(&mut guest, "POST", &path, payment("card_now", "tok_decline")).await;
        assert_eq!(order["verdict"], "payment_declined");
    }
    let acts = ready.iter().enumerate().flat_map(|(n, id)| {
        let (step, tabs) = if n < PIECES { ("pay", 5) } else { ("place", 1) };
        (0..tabs).map(move |_| (n, format!("/api/orders/carts/{id}/{step}")))
    });
    let tasks = acts.map(|(n, path)| {
        let product = &product;
        async move {
            let mut tab = product.guest().await;
            (n, tab.ask("POST", &path, &[], &payment("card_now", "tok_ok")).await.expect("an answer"))
        }
    });
    let answers = futures_util::future::join_all(tasks).await;
    let (holders, others): (Vec<_>, Vec<_>) = answers.into_iter().partition(|(n, _)| *n < PIECES);
    for (n, (status, answer)) in &others {
        assert_eq!((*status, &answer["type"]), (409, &json!("/problems/orders/out-of-stock")), "buyer {n}: {answer}");
    }
    // Of five tabs one or more hear that it is paid; the others that there is nothing left to pay.
    for (n, (status, answer)) in &holders {
        assert!([200, 409].contains(status), "buyer {n}: {status} {answer}");
    }
    // A connection on which nothing was asked for half a minute is closed.
    let (mut admin, mut guest) = (product.admin().await, product.guest().await);
    for id in &ready[..PIECES] {
        let order = ok(&mut guest, "GET", &format!("/api/orders/carts/{id}/order"), serde_json::Value::Null).await;
        let captured = order["payments"].as_array().expect("payments").iter().filter(|one| one["state"] == "captured");
        assert_eq!(
            (&order["verdict"], captured.count(), &order["secured"]["minor"]),
            (&json!("placed"), 1, &json!(1490))
        );
    }
    levels_become(&mut admin, &goods[0], (PIECES as i64, PIECES as i64)).await;
    assert_orders(&mut admin, PIECES).await;
    assert_sound(product);
}

#[tokio::test]
async fn many_tabs_that_pay_the_same_cart_at_once_make_one_order_and_one_charge() {
    let product = Product::start_for_a_crowd("race-pay");
    let (mut admin, mut guest) = (product.admin().await, product.guest().await);
    let goods = stock(&mut admin, 1, PIECES as i64).await;
    let id = cart(&mut guest, "c", &[&goods[0]], 1).await;
    let tasks = (0..50).map(|_| {
        let (product, id) = (&product, &id);
        async move {
            let mut tab = product.guest().await;
            let path = format!("/api/orders/carts/{id}/place");
            tab.ask("POST", &path, &[], &payment("card_now", "tok_slow_20")).await.expect("an answer")
        }
    });
    let answers = futures_util::future::join_all(tasks).await;
    for (status, answer) in &answers {
        assert_eq!((*status, &answer["id"]), (200, &answers[0].1["id"]), "{answer}");
    }
    levels_become(&mut admin, &goods[0], (PIECES as i64, 1)).await;
    let order = ok(&mut guest, "GET", &format!("/api/orders/carts/{id}/order"), serde_json::Value::Null).await;
    assert_eq!((&order["verdict"], order["payments"].as_array().map(Vec::len)), (&json!("placed"), Some(1)), "{order}");
    assert_eq!(order["secured"]["minor"], 1490);
    assert_sound(product);
}

fn assert_ten(answers: &[(u16, serde_json::Value)]) {
    let placed = answers.iter().filter(|(status, answer)| *status == 200 && answer["verdict"] == "placed").count();
    let refused = answers
        .iter()
        .filter(|(status, answer)| *status == 409 && answer["type"] == "/problems/orders/out-of-stock")
        .count();
    let other = answers
        .iter()
        .find(|(status, answer)| !matches!((*status, answer["verdict"].as_str()), (200, Some("placed")) | (409, _)));
    assert_eq!((placed, refused), (PIECES, answers.len() - PIECES), "e.g. {other:?}");
}

async fn assert_orders(admin: &mut testbed::client::Client, expected: usize) {
    let list = ok(admin, "GET", "/api/orders?state=placed&limit=200", serde_json::Value::Null).await;
    let placed = list["orders"].as_array().expect("a list").iter().filter(|order| order["state"] == "placed").count();
    assert_eq!(placed, expected);
}

/// The ledgers of goods and money agree with their tables, and money with the provider's own list.
fn assert_sound(mut product: Product) {
    for position in 0..product.processes() {
        product.kill(position);
    }
    assert_eq!(product.check(), "");
}
