//! What a placed order costs in writes, rows and calls: counts have no noise, so they are held here.

use serde_json::Value;
use testbed::client::Client;

use crate::product::{Goods, Product, at_version, cart, is_split, ok, pause, payment, stock};

const ORDERS: u32 = 20;
/// The services that a shopper waits for.
const CHECKOUT: [&str; 3] = ["inventory", "orders", "payments"];

/// What an order costs, the mean of some: writes and calls of the services of a checkout and of all, rows of all.
#[derive(Debug, Clone, Copy)]
struct Cost {
    writes: f64,
    calls: f64,
    all_writes: f64,
    all_calls: f64,
    rows: f64,
}

// Each bound is what was measured and a tenth above it, on whichever database that is more.

#[tokio::test]
async fn what_a_checkout_costs_is_held() {
    if is_split() {
        return eprintln!("not tested: counts of one process; unset BACKROOM_TEST_TOPOLOGY");
    }
    let mut counted = Counted::start(Product::start_only("checkout", "inventory,orders,payments,gateway")).await;
    counted.place_all().await;
    let cost = counted.cost().await;
    assert!(cost.writes <= 13.2 && cost.calls <= 7.7 && cost.rows <= 41.9, "{cost:?}");
}

/// The order's procedure, which confirms it and has it picked, and everybody who listens ask for more: until it is placed and confirmed,
/// and until the goods have arrived. One order after the other, so readers take few events together: under load it is less.
#[tokio::test]
async fn what_an_order_and_its_whole_life_cost_with_everybody_listening_is_held() {
    if is_split() {
        return eprintln!("not tested: counts of one process; unset BACKROOM_TEST_TOPOLOGY");
    }
    let mut counted = Counted::start(Product::start("cost")).await;
    let orders = counted.place_all().await;
    let cost = counted.cost().await;
    assert!(cost.writes <= 14.3 && cost.calls <= 12.1, "{cost:?}");
    assert!(cost.all_writes <= 24.4 && cost.all_calls <= 15.5 && cost.rows <= 87.6, "{cost:?}");
    for order in &orders {
        counted.hand_over(order).await;
    }
    let life = counted.cost().await;
    assert!(life.writes <= 20.5 && life.calls <= 14.3, "{life:?}");
    assert!(life.all_writes <= 42.7 && life.all_calls <= 20.0 && life.rows <= 138.8, "{life:?}");
}

/// The product, with what its counters said at first.
struct Counted {
    admin: Client,
    guest: Client,
    goods: Vec<Goods>,
    before: Cost,
    _product: Product,
}

impl Counted {
    async fn start(product: Product) -> Counted {
        let (mut admin, guest) = (product.admin().await, product.guest().await);
        let goods = stock(&mut admin, 3, 1_000).await;
        let before = counts(&mut admin).await;
        Counted { admin, guest, goods, before, _product: product }
    }

    /// Places the orders, one after the other; their ids.
    async fn place_all(&mut self) -> Vec<String> {
        let goods: Vec<_> = self.goods.iter().collect();
        let mut orders = Vec::new();
        for n in 0..ORDERS {
            let cart = cart(&mut self.guest, &format!("c{n}"), &goods, 1).await;
            let path = format!("/api/orders/carts/{cart}/place");
            let order: Value = ok(&mut self.guest, "POST", &path, payment("card_now", "tok_ok")).await;
            assert_eq!(order["verdict"], "placed");
            orders.push(order["id"].as_str().expect("an id").to_owned());
        }
        orders
    }

    /// Has the goods of a confirmed order leave and arrive.
    async fn hand_over(&mut self, order: &str) {
        let path = format!("/api/orders/{order}");
        let mut order = ok(&mut self.admin, "GET", &path, Value::Null).await;
        for step in ["release", "deliver"] {
            let (status, next) =
                at_version(&mut self.admin, &format!("{path}/{step}"), &order["version"], Value::Null).await;
            assert_eq!(status, 200, "{next}");
            order = next;
        }
    }

    /// What an order has cost until now.
    async fn cost(&mut self) -> Cost {
        // What others hear of it costs too.
        pause(1_000).await;
        let (before, after) = (self.before, counts(&mut self.admin).await);
        let each = |of: fn(&Cost) -> f64| (of(&after) - of(&before)) / f64::from(ORDERS);
        let cost = Cost {
            writes: each(|cost| cost.writes),
            calls: each(|cost| cost.calls),
            all_writes: each(|cost| cost.all_writes),
            all_calls: each(|cost| cost.all_calls),
            rows: each(|cost| cost.rows),
        };
        eprintln!("an order costs {cost:?}");
        assert!(cost.writes > 5.0 && cost.rows > 20.0, "nothing was counted");
        cost
    }
}

/// What the product's counters say.
async fn counts(admin: &mut Client) -> Cost {
    let text = admin.text("/metrics").await.expect("metrics");
    let sum = |name: &str, is_counted: fn(&str) -> bool| -> f64 {
        let lines = text.lines().filter(|line| line.starts_with(name) && is_counted(line));
        lines.filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok()).sum()
    };
    let of_checkout = |line: &str| CHECKOUT.iter().any(|service| line.contains(&format!("\"{service}\"")));
    let (writes, calls) = ("backroom_store_writes_total", "backroom_calls_total");
    Cost {
        writes: sum(writes, of_checkout),
        calls: sum(calls, of_checkout),
        all_writes: sum(writes, |_| true),
        all_calls: sum(calls, |_| true),
        rows: sum("backroom_store_rows_total", |_| true),
    }
}
