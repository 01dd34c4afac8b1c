//! What was promised to people, and what must hold of the product whatever happened.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use contracts::shared::ProductId;
use kit::http::App;
use kit::sim::audit;
use kit::store::Row;
use kit::testing::Answer;

use super::Shop;

/// What people were told, and what they brought.
#[derive(Default)]
pub struct Books(Mutex<State>);

#[derive(Default)]
struct State {
    promised: Promised,
    received_milli: BTreeMap<String, i64>,
}

/// Orders that somebody was told of, by what they were told.
#[derive(Default, Clone)]
struct Promised {
    placed: BTreeSet<String>,
    cancelled: BTreeSet<String>,
    released: BTreeSet<String>,
    delivered: BTreeSet<String>,
}

impl Books {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Goods were received: an acknowledged fact.
    pub fn received(&self, lines: &[(ProductId, u64)]) {
        let mut state = self.state();
        for (product, pieces) in lines {
            *state.received_milli.entry(product.to_string()).or_default() +=
                i64::try_from(*pieces).expect("a few") * 1000;
        }
    }

    /// Notes what an answer promises about an order, and that no earlier promise is broken by it.
    pub fn heard(&self, answer: &Answer) {
        let (Some(id), Some(verdict)) = (answer.body["id"].as_str(), answer.body["verdict"].as_str()) else { return };
        let id = id.to_owned();
        let promised = &mut self.state().promised;
        match verdict {
            "placed" => drop(promised.placed.insert(id.clone())),
            "cancelled" if answer.body["state"] != "returned" => drop(promised.cancelled.insert(id.clone())),
            _ => {}
        }
        match answer.body["state"].as_str() {
            Some("released") => drop(promised.released.insert(id.clone())),
            Some("delivered") => drop(promised.delivered.insert(id.clone())),
            _ => {}
        }
        assert!(
            !(promised.cancelled.contains(&id) && promised.released.contains(&id)),
            "{id} was cancelled and released"
        );
    }

    /// What people were told until now.
    fn promised(&self) -> Promised {
        self.state().promised.clone()
    }
}

/// Reads rows inside the process of `service`; `None` when it is down.
pub async fn rows<T: Send + 'static>(
    shop: &Shop,
    service: &str,
    sql: &'static str,
    map: impl Fn(&Row<'_>) -> Result<T, kit::problem::Fault> + Send + 'static,
) -> Option<Vec<T>> {
    let read = |app: App| async move { app.read(move |reader| Ok(reader.all(sql, &[], map)?)).await };
    shop.world.inside(service, read).await.map(|rows| rows.expect("the tables are readable"))
}

/// What holds at every moment, of each service by itself. `deep` compares with a rebuild too.
pub async fn hold_now(shop: &Shop, deep: bool) {
    for service in shop.cast.services() {
        // The provider's books are compared when nothing is under way.
        let name = service.name;
        let findings = if deep && name != "payments" {
            shop.world.inside(name, |app| audit(app, service)).await
        } else if name != "payments" {
            shop.world.inside(name, |app| async move { (service.check)(&app).await }).await
        } else {
            None
        };
        if let Some(findings) = findings {
            assert_eq!(findings.expect("the tables are readable"), Vec::<String>::new(), "in {name}");
        }
    }
    let sql = "select product, on_hand, reserved from inventory_stock where on_hand < reserved or reserved < 0";
    // Where clerks count, a recorded fact may say that there is less than was promised.
    let counted = shop.cast == super::Cast::House;
    let oversold =
        rows(shop, "inventory", sql, |row| Ok((row.get::<String>(0)?, row.get::<i64>(1)?, row.get::<i64>(2)?)));
    let mut oversold = oversold.await.unwrap_or_default();
    oversold.retain(|(_, _, reserved)| !counted || *reserved < 0);
    assert_eq!(oversold, vec![], "oversold: product, on hand, reserved");
    let sql = "select payment from payments_ledger where customer + held + taken + returned <> 0";
    let unbalanced = rows(shop, "payments", sql, |row| row.get::<String>(0)).await;
    assert_eq!(unbalanced.unwrap_or_default(), Vec::<String>::new(), "payments whose entries do not sum to zero");
    provider_agrees(shop).await;
    let told = shop.books.promised();
    if let Some(orders) = orders(shop).await {
        told.hold(&by_id(&orders));
    }
}

/// Where no question is open our books are the provider's. Both are read one after the other while payments go on, so only what stands
/// there twice is wrong.
async fn provider_agrees(shop: &Shop) {
    let look = || shop.world.inside("payments", |app| async move { payments::check(&app).await });
    let Some(first) = look().await.map(|found| found.expect("the tables are readable")) else { return };
    if first.is_empty() {
        return;
    }
    shop.wait(5_000).await;
    let again = look().await.map_or(Vec::new(), |found| found.expect("the tables are readable"));
    let both: Vec<&String> = first.iter().filter(|finding| again.contains(finding)).collect();
    assert!(both.is_empty(), "in payments: {both:?}");
}

#[derive(Debug)]
struct Order {
    id: String,
    state: String,
    total: i64,
    reservation: String,
    is_edited: bool,
    reason: String,
}

#[derive(Debug, Default)]
struct Paid {
    /// What it is, for those who read a failure.
    #[expect(dead_code)]
    about: String,
    held: i64,
    taken: i64,
    returned: i64,
    is_open: bool,
    is_promise: bool,
}

/// What holds when nothing is under way any more: every promise was kept, across services.
pub async fn hold_at_rest(shop: &Shop) {
    let up = "everything is up";
    for service in shop.cast.services() {
        let name = service.name;
        let findings = shop.world.inside(name, |app| audit(app, service)).await.expect(up);
        assert_eq!(findings.expect("the tables are readable"), Vec::<String>::new(), "in {name}");
    }
    let orders = orders(shop).await.expect(up);
    let mut open = reservations(shop).await;
    let mut paid = payments(shop).await;
    shop.books.promised().hold(&by_id(&orders));
    for order in &orders {
        assert!(!order.is_edited, "an edit is under way: {order:?}");
        let expected: &[&str] = match order.state.as_str() {
            "placed" | "confirmed" => &["committed"],
            "released" | "delivered" | "returned" => &["shipped"],
            "cancelled" => &["released", "expired"],
            other => panic!("nothing is under way, but an order is {other}: {order:?}"),
        };
        let reservation = open.remove(&order.reservation);
        let state = reservation.as_deref().unwrap_or("not there");
        assert!(expected.contains(&state), "the reservation of {order:?} is {state}");
        money(order, paid.remove(&order.id).unwrap_or_default());
    }
    let left: Vec<_> = open.iter().filter(|(_, state)| !["released", "expired"].contains(&state.as_str())).collect();
    assert!(left.is_empty(), "stock is claimed for no order: {left:?}");
    let left: Vec<_> =
        paid.iter().filter(|(_, paid)| paid.iter().any(|paid| paid.held != 0 || paid.taken != 0)).collect();
    assert!(left.is_empty(), "money without an order: {left:?}");
    stock(shop).await;
}

/// All orders; `None` when the process that has them is down.
async fn orders(shop: &Shop) -> Option<Vec<Order>> {
    let sql =
        "select id, state, total_minor, reservation, editing, coalesce(reason, '') from orders_orders order by id";
    let orders = rows(shop, "orders", sql, |row| {
        Ok(Order {
            id: row.get(0)?,
            state: row.get(1)?,
            total: row.get(2)?,
            reservation: row.get(3)?,
            is_edited: row.get::<Option<String>>(4)?.is_some(),
            reason: row.get(5)?,
        })
    });
    orders.await
}

fn by_id(orders: &[Order]) -> BTreeMap<&str, &Order> {
    orders.iter().map(|order| (order.id.as_str(), order)).collect()
}

impl Promised {
    /// Nothing that people were told is lost or has become something else.
    fn hold(&self, orders: &BTreeMap<&str, &Order>) {
        let state = |id: &String| orders.get(id.as_str()).map_or("lost", |order| order.state.as_str());
        for id in &self.placed {
            assert!(
                !["lost", "awaiting_payment"].contains(&state(id)),
                "{id} was acknowledged as placed, is {}",
                state(id)
            );
            let reason = orders.get(id.as_str()).map_or("", |order| order.reason.as_str());
            assert!(
                !["payment-timeout", "out-of-stock"].contains(&reason),
                "{id} was placed, and cancelled for {reason}"
            );
        }
        for id in &self.cancelled {
            assert_eq!(state(id), "cancelled", "{id} was acknowledged as cancelled");
        }
        for id in &self.released {
            assert!(
                ["released", "delivered", "returned"].contains(&state(id)),
                "{id} was acknowledged as released, is {}",
                state(id)
            );
        }
        for id in &self.delivered {
            assert_eq!(state(id), "delivered", "{id} was acknowledged as delivered");
        }
    }
}

/// The states of all reservations.
async fn reservations(shop: &Shop) -> BTreeMap<String, String> {
    let sql = "select id, state from inventory_reservations order by id";
    let rows = rows(shop, "inventory", sql, |row| Ok((row.get(0)?, row.get(1)?)));
    rows.await.expect("everything is up").into_iter().collect()
}

/// The payments of each order.
async fn payments(shop: &Shop) -> BTreeMap<String, Vec<Paid>> {
    let sql = "select p.reference, p.asked, p.method, p.id, p.state,
        coalesce(sum(l.held), 0), coalesce(sum(l.taken), 0), coalesce(sum(l.returned), 0)
      from payments_payments p left join payments_ledger l on l.payment = p.id group by p.id order by p.id";
    let rows = rows(shop, "payments", sql, |row| {
        let paid = Paid {
            is_open: row.get::<Option<String>>(1)?.is_some(),
            is_promise: ["on_delivery", "on_account"].contains(&row.get::<String>(2)?.as_str()),
            about: row.text()?,
            held: row.get(5)?,
            taken: row.get(6)?,
            returned: -row.get::<i64>(7)?,
        };
        Ok((row.get::<String>(0)?, paid))
    });
    let mut by_order: BTreeMap<String, Vec<Paid>> = BTreeMap::new();
    for (reference, paid) in rows.await.expect("everything is up") {
        by_order.entry(reference).or_default().push(paid);
    }
    by_order
}

fn money(order: &Order, payments: Vec<Paid>) {
    assert!(payments.iter().all(|paid| !paid.is_open), "a question to the provider is open: {order:?} {payments:?}");
    let kept: i64 = payments.iter().map(|paid| paid.taken - paid.returned).sum();
    let held: i64 = payments.iter().map(|paid| paid.held).sum();
    let promised: i64 = payments.iter().filter(|paid| paid.is_promise).map(|paid| paid.held).sum();
    assert!(kept <= order.total, "charged more than the total: {order:?} {payments:?}");
    match order.state.as_str() {
        "cancelled" | "returned" => {
            assert_eq!((kept, held), (0, 0), "money of an order that is over: {order:?} {payments:?}");
        }
        "released" | "delivered" => {
            assert!(kept + promised >= order.total, "goods left unpaid: {order:?} {payments:?}");
            assert_eq!(held, promised, "set aside at the provider for nothing: {order:?} {payments:?}");
        }
        _ => {}
    }
}

/// What came in less what left is there, product by product.
async fn stock(shop: &Shop) {
    let sql = "select product, cast(sum(on_hand) as bigint) from inventory_stock group by product order by product";
    let on_hand = rows(shop, "inventory", sql, |row| Ok((row.get::<String>(0)?, row.get::<i64>(1)?)));
    let sql = "select l.product, cast(sum(l.quantity_milli) as bigint) from orders_lines l join orders_orders o on o.id = l.order_id
      where o.state in ('released', 'delivered', 'returned') group by l.product";
    let left = rows(shop, "orders", sql, |row| Ok((row.get::<String>(0)?, row.get::<i64>(1)?)));
    let left: BTreeMap<String, i64> = left.await.expect("everything is up").into_iter().collect();
    // What clerks counted and booked away or found, and what came back.
    let sql = "select product, cast(sum(case when kind in ('adjusted', 'returned') then on_hand else 0 end) as bigint) from inventory_movements
      group by product order by product";
    let adjusted = rows(shop, "inventory", sql, |row| Ok((row.get::<String>(0)?, row.get::<i64>(1)?)));
    let adjusted: BTreeMap<String, i64> = adjusted.await.expect("everything is up").into_iter().collect();
    let received = shop.books.state().received_milli.clone();
    for (product, on_hand) in on_hand.await.expect("everything is up") {
        let of = |sums: &BTreeMap<String, i64>| sums.get(&product).copied().unwrap_or(0);
        let expected = of(&received) - of(&left) + of(&adjusted);
        assert_eq!(on_hand, expected, "{product}: what came in less what left");
    }
}
