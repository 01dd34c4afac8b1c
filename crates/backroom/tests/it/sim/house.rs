//! What must hold across the whole house when nothing is under way: everybody who has to do with an order agrees where it is.

use std::collections::{BTreeMap, BTreeSet};

use super::Shop;
use super::books::rows;

/// What is asked and taken of each product, in thousandths.
type PickLines = BTreeMap<String, (i64, i64)>;

/// What each service knows of an order.
#[derive(Debug, Default)]
struct Known {
    state: String,
    total: i64,
    lines: BTreeMap<String, i64>,
    /// Procedures about it: which, and where they stand.
    procedures: Vec<(String, String)>,
    /// Open tasks for people: id and element.
    tasks: BTreeMap<String, String>,
    /// Open calls by their task.
    calls: BTreeSet<String>,
    /// Picks: state, and what is asked and taken of each product.
    picks: Vec<(String, PickLines)>,
    /// Totals of invoices and credit notes.
    invoiced: Vec<(String, i64)>,
    receivable: i64,
    collected: i64,
    shipments: Vec<String>,
    messages: Vec<String>,
    customers: i64,
}

/// Compares what the services know.
pub async fn holds(shop: &Shop) {
    for service in shop.cast.services() {
        let name = service.name;
        let sql: &'static str =
            Box::leak(format!("select what, name, entity, error from {name}_troubles order by id").into_boxed_str());
        let troubles = rows(shop, name, sql, |row| row.text()).await.expect("everything is up");
        assert_eq!(troubles, Vec::<String>::new(), "{name} is in trouble");
    }
    let sql = "select key, element, code, message from processes_incidents where state = 'open' order by id";
    let incidents = rows(shop, "processes", sql, |row| row.text()).await.expect("everything is up");
    assert_eq!(incidents, Vec::<String>::new(), "procedures stand still");
    for (id, order) in gather(shop).await {
        order.holds(&id);
    }
}

impl Known {
    fn holds(&self, id: &str) {
        let about = || format!("{id}: {self:#?}");
        let runs: Vec<bool> = self
            .procedures
            .iter()
            .filter(|(process, _)| process == "online-order")
            .map(|(_, state)| state.starts_with("open"))
            .collect();
        assert!(runs.len() <= 1, "two procedures about {}", about());
        let is_gone = matches!(self.state.as_str(), "released" | "delivered" | "returned");
        let was_secured = !runs.is_empty();
        match self.state.as_str() {
            "placed" => {
                assert_eq!(runs, [true], "a placed order without its procedure {}", about());
                assert_eq!(self.tasks.len(), 1, "a placed order waits for somebody {}", about());
            }
            "confirmed" => assert_eq!(runs, [true], "a confirmed order without its procedure {}", about()),
            "cancelled" => assert!(!runs.contains(&true), "a procedure of a cancelled order goes on {}", about()),
            _ => assert_eq!(runs, [false], "what left is not through its procedure {}", about()),
        }
        let tasks: BTreeSet<String> = self.tasks.keys().cloned().collect();
        assert_eq!(tasks, self.calls, "the contact center's calls are the procedures' tasks {}", about());
        self.picks_hold(&about);
        let invoices: Vec<i64> =
            self.invoiced.iter().filter(|(kind, _)| kind == "invoice").map(|(_, total)| *total).collect();
        assert_eq!(invoices, if is_gone { vec![self.total] } else { Vec::new() }, "invoices {}", about());
        let owed = self.invoiced.iter().map(|(kind, total)| if kind == "invoice" { *total } else { -total });
        assert_eq!(self.receivable, owed.sum::<i64>() - self.collected, "owed less paid {}", about());
        assert_eq!(self.shipments.len(), usize::from(is_gone), "shipments {}", about());
        if is_gone {
            assert_eq!(self.shipments[0] == "delivered", self.state == "delivered", "the way to the door {}", about());
            let is_back = matches!(self.shipments[0].as_str(), "taken_back" | "returned");
            assert_eq!(is_back, self.state == "returned", "the way back {}", about());
        }
        if was_secured {
            assert_eq!(self.customers, 1, "whose order it is {}", about());
        }
        let once: BTreeSet<&String> = self.messages.iter().collect();
        assert_eq!(once.len(), self.messages.len(), "the same letter twice {}", about());
    }

    fn picks_hold(&self, about: &impl Fn() -> String) {
        let in_state = |states: &[&str]| {
            let mut sums: BTreeMap<String, i64> = BTreeMap::new();
            let some = self.picks.iter().filter(|(state, _)| states.contains(&state.as_str()));
            for (product, (asked, _)) in some.flat_map(|(_, lines)| lines) {
                *sums.entry(product.clone()).or_default() += asked;
            }
            sums.retain(|_, asked| *asked > 0);
            sums
        };
        let live = in_state(&["open", "picked", "packed"]);
        match self.state.as_str() {
            "confirmed" => assert_eq!(live, self.lines, "what is picked is what was ordered {}", about()),
            // A parcel stands packed until a clerk hears that handing it over went well: they ask again.
            "released" | "delivered" | "returned" => {
                assert_eq!(
                    in_state(&["open", "picked"]),
                    BTreeMap::new(),
                    "somebody still picks what has left {}",
                    about()
                );
            }
            _ => assert_eq!(live, BTreeMap::new(), "somebody picks what nobody waits for {}", about()),
        }
    }
}

/// What all know of each order.
async fn gather(shop: &Shop) -> BTreeMap<String, Known> {
    let up = "everything is up";
    let mut all: BTreeMap<String, Known> = BTreeMap::new();
    let sql = "select id, state, total_minor from orders_orders order by id";
    let orders =
        rows(shop, "orders", sql, |row| Ok((row.get::<String>(0)?, row.get::<String>(1)?, row.get::<i64>(2)?)));
    for (id, state, total) in orders.await.expect(up) {
        all.insert(id, Known { state, total, ..Known::default() });
    }
    let sql =
        "select order_id, product, cast(sum(quantity_milli) as bigint) from orders_lines group by order_id, product
      order by order_id, product";
    let lines = rows(shop, "orders", sql, |row| Ok((row.get::<String>(0)?, row.get::<String>(1)?, row.get::<i64>(2)?)));
    for (id, product, milli) in lines.await.expect(up) {
        all.get_mut(&id).expect("a line has its order").lines.insert(product, milli);
    }
    let texts = async |service: &str, sql: &'static str| {
        let rows =
            rows(shop, service, sql, |row| Ok((row.get::<String>(0)?, row.get::<String>(1)?, row.get::<String>(2)?)));
        rows.await.expect(up)
    };
    let sql = "select key, process, state, marking from processes_instances order by key, process";
    let instances = rows(shop, "processes", sql, |row| {
        Ok((row.get::<String>(0)?, row.get::<String>(1)?, row.get::<String>(2)? + row.get::<String>(3)?.as_str()))
    });
    for (id, process, state) in instances.await.expect(up) {
        all.entry(id).or_default().procedures.push((process, state));
    }
    let sql = "select key, id, element from processes_tasks where state = 'open' order by key, id";
    for (id, task, element) in texts("processes", sql).await {
        all.entry(id).or_default().tasks.insert(task, element);
    }
    let sql = "select order_id, task, state from contact_calls where state <> 'closed' order by order_id, id";
    for (id, task, _) in texts("contact", sql).await {
        all.entry(id).or_default().calls.insert(task);
    }
    picks(shop, &mut all).await;
    money(shop, &mut all).await;
    for (id, state, _) in texts("delivery", "select order_id, state, number from delivery_shipments order by id").await
    {
        all.entry(id).or_default().shipments.push(state);
    }
    let sql = "select order_id, template, coalesce(about, '') from notices_messages order by id";
    for (id, template, about) in texts("notices", sql).await {
        all.entry(id).or_default().messages.push(format!("{template} {about}"));
    }
    for (id, _, _) in texts("customers", "select order_id, customer, '' from customers_links order by order_id").await {
        all.entry(id).or_default().customers += 1;
    }
    all
}

async fn picks(shop: &Shop, all: &mut BTreeMap<String, Known>) {
    let sql = "select p.order_id, p.id, p.state, l.product, l.asked, l.picked from inventory_picks p
      join inventory_pick_lines l on l.pick = p.id order by p.order_id, p.id, l.product";
    let lines = rows(shop, "inventory", sql, |row| {
        let pick = (row.get::<String>(0)?, row.get::<String>(1)?, row.get::<String>(2)?);
        Ok((pick, row.get::<String>(3)?, (row.get::<i64>(4)?, row.get::<i64>(5)?)))
    });
    let mut last = String::new();
    for ((order, pick, state), product, amounts) in lines.await.expect("everything is up") {
        let known = all.entry(order).or_default();
        if pick != last {
            known.picks.push((state, BTreeMap::new()));
            last = pick;
        }
        known.picks.last_mut().expect("just pushed").1.insert(product, amounts);
    }
}

async fn money(shop: &Shop, all: &mut BTreeMap<String, Known>) {
    let up = "everything is up";
    let sql = "select order_id, kind, total from finance_invoices order by id";
    let invoices =
        rows(shop, "finance", sql, |row| Ok((row.get::<String>(0)?, row.get::<String>(1)?, row.get::<i64>(2)?)));
    for (id, kind, total) in invoices.await.expect(up) {
        all.entry(id).or_default().invoiced.push((kind, total));
    }
    let sql = "select order_id, balance from finance_receivables order by order_id";
    let owed = rows(shop, "finance", sql, |row| Ok((row.get::<String>(0)?, row.get::<i64>(1)?)));
    for (id, balance) in owed.await.expect(up) {
        all.entry(id).or_default().receivable = balance;
    }
    let sql = "select p.reference, cast(coalesce(sum(l.taken + l.returned), 0) as bigint)
      from payments_payments p join payments_ledger l on l.payment = p.id
      group by p.reference order by p.reference";
    let collected = rows(shop, "payments", sql, |row| Ok((row.get::<String>(0)?, row.get::<i64>(1)?)));
    for (id, minor) in collected.await.expect(up) {
        all.entry(id).or_default().collected = minor;
    }
}
