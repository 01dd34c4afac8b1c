//! What a placed order costs in writes, rows and calls: counts have no noise, so they are held here.

use serde_json::Value;

use crate::product::{Product, cart, is_split, ok, pause, payment, stock};

const ORDERS: f64 = 20.0;
/// The services that a shopper waits for.
const CHECKOUT: [&str; 3] = ["inventory", "orders", "payments"];

/// What an order costs, the mean of some: writes and calls of the services of a checkout and of all, rows of all.
#[derive(Debug)]
struct Cost {
    writes: f64,
    calls: f64,
    all_writes: f64,
    all_calls: f64,
    rows: f64,
}

#[tokio::test]
async fn what_a_checkout_costs_is_held() {
    if is_split() {
        return eprintln!("not tested: counts of one process; unset BACKROOM_TEST_TOPOLOGY");
    }
    let cost = costs(Product::start_only("checkout", "inventory,orders,payments,gateway")).await;
    assert!(cost.writes <= 13.0 && cost.calls <= 7.0 && cost.rows <= 55.0, "{cost:?}");
}

/// The order's procedure, which confirms it and has it picked, and everybody who listens ask for more. One order after the other, so
/// readers take few events together: under load it is less.
#[tokio::test]
async fn what_an_order_costs_with_everybody_listening_is_held() {
    if is_split() {
        return eprintln!("not tested: counts of one process; unset BACKROOM_TEST_TOPOLOGY");
    }
    let cost = costs(Product::start("cost")).await;
    assert!(cost.writes <= 16.0 && cost.calls <= 13.0, "{cost:?}");
    assert!(cost.all_writes <= 32.0 && cost.all_calls <= 20.0 && cost.rows <= 105.0, "{cost:?}");
}

async fn costs(product: Product) -> Cost {
    let (mut admin, mut guest) = (product.admin().await, product.guest().await);
    let goods = stock(&mut admin, 3, 1_000).await;
    let goods: Vec<_> = goods.iter().collect();
    let sum = |text: &str, name: &str, is_counted: fn(&str) -> bool| -> f64 {
        let lines = text.lines().filter(|line| line.starts_with(name) && is_counted(line));
        lines.filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok()).sum()
    };
    let counts = |text: String| {
        let of_checkout = |line: &str| CHECKOUT.iter().any(|service| line.contains(&format!("\"{service}\"")));
        let (writes, calls, rows) =
            ("backroom_store_writes_total", "backroom_calls_total", "backroom_store_rows_total");
        [
            sum(&text, writes, of_checkout),
            sum(&text, calls, of_checkout),
            sum(&text, writes, |_| true),
            sum(&text, calls, |_| true),
            sum(&text, rows, |_| true),
        ]
    };
    let before = counts(admin.text("/metrics").await.expect("metrics"));
    for n in 0..ORDERS as usize {
        let cart = cart(&mut guest, &format!("c{n}"), &goods, 1).await;
        let path = format!("/api/orders/carts/{cart}/place");
        let order: Value = ok(&mut guest, "POST", &path, payment("card_now", "tok_ok")).await;
        assert_eq!(order["verdict"], "placed");
    }
    // What others hear of it costs too.
    pause(1_000).await;
    let after = counts(admin.text("/metrics").await.expect("metrics"));
    let [writes, calls, all_writes, all_calls, rows] = [0, 1, 2, 3, 4].map(|n| (after[n] - before[n]) / ORDERS);
    let cost = Cost { writes, calls, all_writes, all_calls, rows };
    eprintln!("an order costs {cost:?}");
    assert!(writes > 5.0 && rows > 20.0, "nothing was counted");
    cost
}
