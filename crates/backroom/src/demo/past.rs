//! A week of orders, lived through by the demo's people: shoppers order, agents confirm, clerks pick and hand over, drivers deliver. The
//! clock is set behind for it, so that what happened on Tuesday says Tuesday.

use std::time::Duration;

use axum::http::Method;
use kit::quantity::Unit;
use kit::runtime::Runtime;
use serde_json::{Value, json};

use super::chance::Chance;
use super::company::{Site, Staff};
use super::goods::Good;
use super::hand::Hand;
use super::people::{Customer, somebody};
use crate::Failure;
use crate::serve::House;

const DAYS: u64 = 7;
const ORDERS_A_DAY: usize = 36;
/// Shifts in which people work off what has come: seconds after the day's beginning.
const SHIFTS: [u64; 3] = [10 * 3600, 15 * 3600, 20 * 3600];
const DAY: u64 = 86_400;
/// Orders of the last hours, which nobody has worked on yet.
const FRESH_ORDERS: usize = 26;
/// Every so manieth of them is to be fetched at the first store, whose clerk is offered first for a look.
const FRESH_TO_FETCH: u64 = 4;
/// Deliveries that the driver is left with, and how many of them are paid at the door at most.
const IN_THE_VAN: usize = 7;
const PAID_AT_THE_DOOR: usize = 3;
/// Reactions have followed after so long.
const REACTION: Duration = Duration::from_millis(15);
/// What is put off for others to learn of the same first is put off for less than so many of these moments.
const MOMENTS: usize = 3;
const MOMENT: Duration = Duration::from_millis(100);
/// How often something is waited for, 10 ms at a time.
const PATIENCE: usize = 500;

/// What the week needs.
pub(super) struct Week<'a> {
    pub(super) runtime: &'a Runtime,
    pub(super) house: &'a House,
    pub(super) shopper: Hand,
    pub(super) staff: Staff,
    pub(super) sites: &'a [Site],
    /// What is bought: product and unit.
    pub(super) goods: &'a [Good],
    pub(super) customers: &'a [Customer],
    pub(super) chance: Chance,
    /// How far the clock is behind.
    pub(super) behind: Duration,
    /// Requests so far, for their keys.
    pub(super) asked: usize,
}

/// What somebody wants of an order, beyond what chance says.
#[derive(Clone, Copy)]
enum Wish<'a> {
    Any,
    /// It is brought, and paid at the door.
    AtTheDoor,
    /// It is fetched at this store.
    Fetched(&'a Site),
}

impl<'a> Week<'a> {
    /// Lives the week through up to now.
    pub(super) async fn live(mut self) -> Result<usize, Failure> {
        let mut placed = 0;
        for day in (0..DAYS).rev() {
            let mut done = 0;
            for (shift, end) in SHIFTS.into_iter().enumerate() {
                let begin = if shift == 0 { 0 } else { SHIFTS[shift - 1] };
                let upto = ORDERS_A_DAY * (shift + 1) / SHIFTS.len();
                for n in done..upto {
                    let at = begin + (end - begin) * (n - done) as u64 / (upto - done) as u64;
                    self.clock(day, at);
                    // Enough of the last ones are paid at the door for the driver to be left with some.
                    let wish =
                        if day == 0 && shift + 1 == SHIFTS.len() && n % 2 == 0 { Wish::AtTheDoor } else { Wish::Any };
                    placed += usize::from(self.order(wish).await?);
                }
                done = upto;
                self.clock(day, end);
                let in_the_van = if day == 0 && shift + 1 == SHIFTS.len() { IN_THE_VAN } else { 0 };
                self.work(false, in_the_van).await?;
            }
        }
        // The last hours are left, half worked on, for whoever opens the demo.
        let first_store = self.first_store();
        for n in 0..FRESH_ORDERS as u64 {
            self.clock(0, SHIFTS[2] + 600 + (DAY - SHIFTS[2] - 1200) * n / FRESH_ORDERS as u64);
            let to_fetch = first_store.filter(|_| n % FRESH_TO_FETCH == 0);
            placed += usize::from(self.order(to_fetch.map_or(Wish::Any, Wish::Fetched)).await?);
        }
        self.work(true, IN_THE_VAN).await?;
        self.runtime.set_behind(Duration::ZERO);
        Ok(placed)
    }

    /// Where the clerk works who is offered first.
    fn first_store(&self) -> Option<&'a Site> {
        self.sites.iter().find(|site| site.is_store)
    }

    /// Sets the clock to `second` of the day that ended `day` days ago. Days end now, so that the last one is full.
    fn clock(&mut self, day: u64, second: u64) {
        self.behind = self.behind.min(Duration::from_secs(day * DAY + DAY - second.min(DAY)));
        self.runtime.set_behind(self.behind);
    }

    /// Somebody orders something; false when it was refused.
    async fn order(&mut self, wish: Wish<'_>) -> Result<bool, Failure> {
        self.asked += 1;
        let cart = self.shopper.post("/api/orders/carts", &format!("cart-{}", self.asked), &json!({})).await?;
        let cart = cart["id"].as_str().ok_or("a cart has an id")?.to_owned();
        // A store seldom has all of a long list.
        let most = if matches!(wish, Wish::Fetched(_)) { 2 } else { 5 };
        for _ in 0..1 + self.chance.below(most) {
            let (product, unit) = self.chance.of(self.goods).clone();
            let milli =
                if unit == Unit::Piece { 1000 * (1 + self.chance.below(3)) } else { 250 * (2 + self.chance.below(6)) };
            let line = json!({"product": product, "quantity": {"milli": milli, "unit": unit}});
            let path = format!("/api/orders/carts/{cart}/lines");
            let (status, answer) = self.shopper.try_ask(Method::PUT, &path, &[], Some(&line)).await?;
            if status >= 500 {
                return Err(format!("a line answered {status}: {answer}").into());
            }
        }
        let customer = somebody(self.customers, &mut self.chance);
        let stores: Vec<&Site> = self.sites.iter().filter(|site| site.is_store).collect();
        let way = self.chance.below(5);
        let delivery = match (wish, way) {
            (Wish::Fetched(store), _) => {
                json!({"method": "pick-up", "contact": customer.without_address(), "site": store.id})
            }
            (Wish::Any, 0 | 1) => {
                let store = self.chance.of(&stores);
                json!({"method": "pick-up", "contact": customer.without_address(), "site": store.id})
            }
            (Wish::Any, 2) => json!({"method": "express", "contact": customer.contact}),
            _ => json!({"method": "courier", "contact": customer.contact}),
        };
        let path = format!("/api/orders/carts/{cart}/delivery");
        let (status, answer) = self.shopper.try_ask(Method::PUT, &path, &[], Some(&delivery)).await?;
        if status != 200 {
            return Err(format!("a delivery answered {status}: {answer}").into());
        }
        let means = match self.chance.below(12) {
            _ if matches!(wish, Wish::AtTheDoor) => json!({"payment_method": "on_delivery"}),
            _ if matches!(wish, Wish::Fetched(_)) => json!({"payment_method": "card", "payment_token": "tok_ok"}),
            0 => json!({"payment_method": "card", "payment_token": "tok_decline"}),
            1..4 => json!({"payment_method": "on_delivery"}),
            4..6 => json!({"payment_method": "card_now", "payment_token": "tok_ok"}),
            _ => json!({"payment_method": "card", "payment_token": "tok_ok"}),
        };
        let path = format!("/api/orders/carts/{cart}/place");
        let place = [("idempotency-key", cart.as_str())];
        let (mut status, mut answer) = self.shopper.try_ask(Method::POST, &path, &place, Some(&means)).await?;
        if status == 409 && delivery["method"] == "pick-up" {
            // The store has not all of it: then it shall be brought.
            let courier = json!({"method": "courier", "contact": customer.contact});
            let way = format!("/api/orders/carts/{cart}/delivery");
            self.shopper.try_ask(Method::PUT, &way, &[], Some(&courier)).await?;
            (status, answer) = self.shopper.try_ask(Method::POST, &path, &place, Some(&means)).await?;
        }
        match status {
            200..300 => Ok(true),
            // Sold out, or its price has changed: as in life.
            409 => Ok(false),
            _ => Err(format!("placing answered {status}: {answer}").into()),
        }
    }

    /// A shift: calls are made, goods are picked, handed over and delivered, but for some that the driver still has.
    async fn work(&mut self, is_last: bool, in_the_van: usize) -> Result<(), Failure> {
        self.settled().await?;
        let calls = self.calls(is_last).await?;
        self.settled().await?;
        let picks = self.picks(is_last).await?;
        self.settled().await?;
        let delivered = self.deliver(is_last, in_the_van).await?;
        tracing::debug!(calls, picks, delivered, "a shift is over");
        Ok(())
    }

    /// Lets what was just done have its effects. What is to happen in a moment happens now: the clock goes ahead a little.
    async fn settled(&mut self) -> Result<(), Failure> {
        for _ in 0..MOMENTS {
            self.runtime.sleep(REACTION).await;
            self.behind = self.behind.saturating_sub(MOMENT);
            self.runtime.set_behind(self.behind);
        }
        if !self.house.settle().await? {
            tracing::warn!("the services had not come to rest before the demo went on");
        }
        Ok(())
    }

    async fn calls(&mut self, is_last: bool) -> Result<usize, Failure> {
        let mut made = 0;
        let left = if is_last { 8 } else { 0 };
        for _ in 0..PATIENCE {
            let agent = self.chance.of(&self.staff.agents).clone();
            let waiting = agent.get("/api/contact/calls?state=waiting&limit=1").await?;
            let count = waiting["counts"]["waiting"].as_i64().unwrap_or(0);
            if count <= left {
                break;
            }
            let (status, call) = agent.try_ask(Method::POST, "/api/contact/next", &[], Some(&json!({}))).await?;
            if status != 200 {
                break;
            }
            let id = call["id"].as_str().ok_or("a call has an id")?;
            let path = format!("/api/contact/calls/{id}");
            let attempt = |outcome: &str| json!({"outcome": outcome});
            self.asked += 1;
            let key = format!("attempt-{}", self.asked);
            let (what, body) = match self.chance.below(14) {
                0 => {
                    agent.post(&format!("{path}/attempts"), &key, &attempt("no_answer")).await?;
                    let at = self.runtime.now() + Duration::from_secs(2 * 3600);
                    ("callback", json!({"at": at, "reason": "no_answer"}))
                }
                1 => {
                    agent.post(&format!("{path}/attempts"), &key, &attempt("reached")).await?;
                    ("cancel", json!({"reason": "customer"}))
                }
                _ => {
                    agent.post(&format!("{path}/attempts"), &key, &attempt("reached")).await?;
                    ("confirm", json!({}))
                }
            };
            let (status, answer) = agent.try_ask(Method::POST, &format!("{path}/{what}"), &[], Some(&body)).await?;
            if status >= 400 {
                tracing::debug!(what, status, %answer, "a call ended otherwise");
                agent.try_ask(Method::POST, &format!("{path}/release"), &[], Some(&json!({}))).await?;
            }
            made += 1;
        }
        Ok(made)
    }

    async fn picks(&mut self, is_last: bool) -> Result<usize, Failure> {
        let clerk = self.staff.clerk.clone();
        let mut done = 0;
        let first_store = self.first_store().map(|site| site.id);
        for site in self.sites {
            let list = clerk.get(&format!("/api/inventory/picks?site={}&limit=100", site.id)).await?;
            for pick in list["picks"].as_array().cloned().unwrap_or_default() {
                if is_last && (Some(site.id) == first_store || self.chance.below(3) > 0) {
                    // Left as it is, or in the middle of the work.
                    if self.chance.once_in(2) {
                        self.pick(&clerk, &pick, false).await?;
                    }
                    continue;
                }
                done += usize::from(self.pick(&clerk, &pick, true).await?);
            }
        }
        Ok(done)
    }

    /// Picks an order's goods, packs them and, if `all`, hands them over.
    async fn pick(&self, clerk: &Hand, pick: &Value, all: bool) -> Result<bool, Failure> {
        let id = pick["id"].as_str().ok_or("a pick has an id")?;
        let path = format!("/api/inventory/picks/{id}");
        let state = pick["state"].as_str().unwrap_or_default();
        if matches!(state, "open" | "picking") {
            let (status, view) = clerk.try_ask(Method::POST, &format!("{path}/take"), &[], Some(&json!({}))).await?;
            if status != 200 {
                return Ok(false);
            }
            let lines: Vec<Value> = view["items"]
                .as_array()
                .map(|items| {
                    items.iter().map(|item| json!({"product": item["product"], "picked": item["asked"]})).collect()
                })
                .unwrap_or_default();
            clerk.post(&format!("{path}/lines"), "", &json!({"lines": lines})).await?;
        }
        if !all {
            return Ok(false);
        }
        if state != "packed" {
            clerk.post(&format!("{path}/pack"), "", &json!({"parcels": 1})).await?;
        }
        let mut paid = json!({});
        for _ in 0..PATIENCE {
            let (status, answer) = clerk.try_ask(Method::POST, &format!("{path}/hand-over"), &[], Some(&paid)).await?;
            match status {
                409 if answer["type"] == "/problems/orders/to-be-paid" && paid == json!({}) => {
                    let amount = json!({"minor": answer["amount_minor"], "currency": answer["currency"]});
                    paid = json!({"collected": {"amount": amount, "by": tender(&answer["amount_minor"])}});
                }
                200 if answer["order_state"] == "releasing" => self.runtime.sleep(Duration::from_millis(10)).await,
                200 => return Ok(true),
                _ => return Ok(false),
            }
        }
        Ok(false)
    }

    async fn deliver(&mut self, is_last: bool, in_the_van: usize) -> Result<usize, Failure> {
        let driver = self.staff.driver.clone();
        let list = driver.get("/api/delivery/shipments?state=handed_over&limit=200").await?;
        let mut done = 0;
        let shipments = loaded(list["shipments"].as_array().cloned().unwrap_or_default());
        let missed = IN_THE_VAN.min(shipments.len());
        for (n, shipment) in shipments.into_iter().enumerate() {
            // At one door nobody was there: the contact center calls.
            let is_missed = is_last && n + 1 == missed;
            if !is_missed && (n < in_the_van || (is_last && self.chance.once_in(2))) {
                continue;
            }
            let id = shipment["id"].as_str().ok_or("a shipment has an id")?;
            let version = format!("\"{}\"", shipment["version"].as_i64().unwrap_or(1));
            let (step, body) = if is_missed {
                ("fail", json!({"reason": "nobody_there"}))
            } else {
                ("deliver", json!({"tender": tender(&shipment["collect"]["minor"])}))
            };
            let path = format!("/api/delivery/shipments/{id}/{step}");
            let (status, _) = driver.try_ask(Method::POST, &path, &[("if-match", &version)], Some(&body)).await?;
            done += usize::from(status == 200);
        }
        Ok(done)
    }
}

/// Shipments in the order in which the driver keeps them: some that are paid at the door come first, the rest as it comes.
fn loaded(shipments: Vec<Value>) -> Vec<Value> {
    let mut paid_at_the_door = 0;
    let (mut first, rest): (Vec<Value>, Vec<Value>) = shipments.into_iter().partition(|shipment| {
        let is_paid_there = shipment["collect"]["minor"].as_i64().unwrap_or_default() > 0;
        paid_at_the_door += usize::from(is_paid_there);
        is_paid_there && paid_at_the_door <= PAID_AT_THE_DOOR
    });
    first.extend(rest);
    first
}

/// How a customer pays an amount in person: one in three by card.
fn tender(minor: &Value) -> &'static str {
    if minor.as_i64().unwrap_or_default() % 3 == 0 { "card" } else { "cash" }
}
