//! What a placed order costs in writes, rows and calls: counts have no noise, so they are held here.

use serde_json::Value;

use crate::product::{Product, cart, is_split, ok, pause, payment, stock};

const ORDERS: f64 = 20.0;
/// The services that a shopper waits for.
const CHECKOUT: [&str; 3] = ["inventory", "orders", "payments"];

#[tokio::test]
async fn what_a_checkout_costs_is_held() {
    if is_split() {
        return eprintln!("not tested: counts of one process; unset BACKROOM_TEST_TOPOLOGY");
    }
    let [writes, rows, calls] = costs(Product::start_only("checkout", "inventory,orders,payments,gateway")).await;
    assert!(writes <= 13.0, "{writes} writes");
    assert!(rows <= 60.0, "{rows} rows");
    assert!(calls <= 7.0, "{calls} calls");
}

/// The order's procedure, which confirms it and has it picked, and the service of customers ask for more. Rows are counted of all
/// services.
#[tokio::test]
async fn what_an_order_costs_with_everybody_listening_is_held() {
    if is_split() {
        return eprintln!("not tested: counts of one process; unset BACKROOM_TEST_TOPOLOGY");
    }
    let [writes, rows, calls] = costs(Product::start("cost")).await;
    assert!(writes <= 16.0, "{writes} writes");
    assert!(rows <= 110.0, "{rows} rows");
    assert!(calls <= 15.0, "{calls} calls");
}

/// Writes, rows and calls of an order, the mean of some.
async fn costs(product: Product) -> [f64; 3] {
    let (mut admin, mut guest) = (product.admin().await, product.guest().await);
    let goods = stock(&mut admin, 3, 1_000).await;
    let goods: Vec<_> = goods.iter().collect();
    let counts = |text: String| {
        ["backroom_store_writes_total", "backroom_store_rows_total", "backroom_calls_total"].map(|name| -> f64 {
            let is_checkout = |line: &&str| {
                !line.contains('{') || CHECKOUT.iter().any(|service| line.contains(&format!("\"{service}\"")))
            };
            let lines = text.lines().filter(|line| line.starts_with(name)).filter(is_checkout);
            lines.filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok()).sum()
        })
    };
    let before = counts(admin.text("/metrics").await.expect("metrics"));
    for n in 0..ORDERS as usize {
        let cart = cart(&mut guest, &format!("c{n}"), &goods, 1).await;
        let path = format!("/api/orders/carts/{cart}/place");
        let order: Value = ok(&mut guest, "POST", &path, payment("card_now", "tok_ok")).await;
        assert_eq!(order["verdict"], "placed");
    }
    // What others hear of it costs too.
    pause(300).await;
    let after = counts(admin.text("/metrics").await.expect("metrics"));
    let [writes, rows, calls] = [0, 1, 2].map(|n| (after[n] - before[n]) / ORDERS);
    eprintln!("an order costs {writes} writes, {rows} rows, {calls} calls");
    assert!(writes > 5.0 && rows > 20.0, "nothing was counted");
    [writes, rows, calls]
}
