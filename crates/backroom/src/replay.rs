//! `backroom replay`: real receipts placed again as online orders, through the public API, at any speed.

use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};
use std::path::PathBuf;
use std::rc::Rc;
use std::time::Duration;

use clap::{Args, Subcommand};
use kit::runtime::Runtime;
use kit::time::BusinessDate;
use serde_json::{Value, json};
use testbed::client::Client;

use crate::Failure;
use crate::import::{self, SalesColumns};

/// How often a request is made again that the server has no time for.
const AGAIN: usize = 50;

/// What can be replayed.
#[derive(Subcommand)]
pub(crate) enum ReplayCommand {
    /// Receipts of the public Complete Journey data.
    CompleteJourney(ReplayArgs),
}

/// What `replay complete-journey` takes.
#[derive(Args)]
pub(crate) struct ReplayArgs {
    /// The folder with the converted data.
    #[arg(long, default_value = "data/complete-journey")]
    data: PathBuf,
    /// The server, into which the data were imported.
    #[arg(long, default_value = "http://127.0.0.1:8800")]
    url: String,
    /// The first day.
    #[arg(long, default_value = "2017-06-05")]
    from: BusinessDate,
    /// How many days.
    #[arg(long, default_value_t = 7)]
    days: i64,
    /// How many times faster than life; 0 is as fast as the server takes them.
    #[arg(long, default_value_t = 1000.0)]
    speed: f64,
    /// Receipts at most.
    #[arg(long)]
    baskets: Option<usize>,
    /// Connections at once.
    #[arg(long, default_value_t = 16)]
    clients: usize,
    /// The outcome as one JSON object.
    #[arg(long)]
    json: bool,
}

/// A receipt.
struct Basket {
    /// Minutes since the beginning of the first day.
    minute: i64,
    number: u32,
    household: u32,
    /// What was bought, and how many pieces.
    lines: Vec<(String, i64)>,
}

/// What became of the receipts.
#[derive(Default)]
struct Tally {
    placed: usize,
    refused: BTreeMap<String, usize>,
    /// Lines that a cart did not take, by reason.
    lines_left_out: BTreeMap<String, usize>,
    lines: usize,
    calls_ms: Vec<f64>,
    late_s: f64,
}

/// Runs `replay`.
pub(crate) fn run(command: &ReplayCommand) -> Result<(), Failure> {
    let ReplayCommand::CompleteJourney(args) = command;
    let baskets = baskets(args)?;
    let count = baskets.len();
    let tasks = tokio::task::LocalSet::new();
    let threads = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let runtime = Runtime::real();
    let tally = tasks.block_on(&threads, replay(args, baskets, runtime.clone()))?;
    print(args, count, tally, runtime.monotonic().as_secs_f64());
    Ok(())
}

fn baskets(args: &ReplayArgs) -> Result<VecDeque<Basket>, Failure> {
    let columns = SalesColumns::read(&args.data)?;
    let products = import::product_ids(&args.data)?;
    let households = import::households(&args.data)?;
    let first = args.from.to_days();
    let mut by_number: BTreeMap<u32, Basket> = BTreeMap::new();
    let days = first..first + args.days;
    for at in (0..columns.len()).filter(|at| days.contains(&columns.day[*at]) && columns.quantity[*at] > 0) {
        let number = columns.basket[at];
        let basket = by_number.entry(number).or_insert_with(|| Basket {
            minute: (columns.day[at] - first) * 24 * 60 + i64::from(columns.minute[at]),
            number,
            household: households.get(usize::from(columns.household[at])).copied().unwrap_or_default(),
            lines: Vec::new(),
        });
        let product = products.get(columns.product[at] as usize).ok_or("a sold product is one of the products")?;
        let quantity = i64::from(columns.quantity[at]);
        match basket.lines.iter_mut().find(|(known, _)| known == product) {
            Some((_, pieces)) => *pieces += quantity,
            None => basket.lines.push((product.clone(), quantity)),
        }
    }
    let mut baskets: Vec<Basket> = by_number.into_values().collect();
    baskets.sort_by_key(|basket| (basket.minute, basket.number));
    baskets.truncate(args.baskets.unwrap_or(usize::MAX));
    Ok(baskets.into())
}

async fn replay(args: &ReplayArgs, baskets: VecDeque<Basket>, runtime: Runtime) -> Result<Tally, Failure> {
    let address = args.url.trim_start_matches("http://").trim_end_matches('/').to_owned();
    let waiting = Rc::new(RefCell::new(baskets));
    let tally = Rc::new(RefCell::new(Tally::default()));
    let began = runtime.monotonic();
    // Keys of another run must not meet this one's.
    let run = runtime.random_u64();
    let mut shoppers = Vec::new();
    for _ in 0..args.clients.max(1) {
        let client = Client::connect(&address, None).await?;
        let mut shopper = Shopper { client, runtime: runtime.clone(), tally: Rc::clone(&tally), run };
        let (waiting, runtime, speed) = (Rc::clone(&waiting), runtime.clone(), args.speed);
        shoppers.push(async move {
            loop {
                let next = waiting.borrow_mut().pop_front();
                let Some(basket) = next else { return Ok::<(), Failure>(()) };
                if speed > 0.0 {
                    let due = began + Duration::from_secs_f64(basket.minute.max(0) as f64 * 60.0 / speed);
                    let now = runtime.monotonic();
                    runtime.sleep(due.saturating_sub(now)).await;
                    let late = now.saturating_sub(due).as_secs_f64();
                    let mut tally = shopper.tally.borrow_mut();
                    tally.late_s = tally.late_s.max(late);
                }
                shopper.order(&basket).await?;
            }
        });
    }
    futures_util::future::try_join_all(shoppers).await?;
    Ok(tally.take())
}

struct Shopper {
    client: Client,
    runtime: Runtime,
    tally: Rc<RefCell<Tally>>,
    run: u64,
}

impl Shopper {
    /// Orders what a receipt says: cart, lines, delivery, payment.
    async fn order(&mut self, basket: &Basket) -> Result<(), Failure> {
        let key = format!("replay-{:x}-{}", self.run, basket.number);
        let (status, cart) = self.ask("POST", "/api/orders/carts", Some(&key), &json!({})).await?;
        if status >= 300 {
            self.refused(&cart);
            return Ok(());
        }
        let cart = cart["id"].as_str().ok_or("a cart has an id")?.to_owned();
        let mut taken = 0;
        for (product, pieces) in &basket.lines {
            let line = json!({"product": product, "quantity": {"milli": pieces * 1000, "unit": "pcs"}});
            let (status, answer) = self.ask("PUT", &format!("/api/orders/carts/{cart}/lines"), None, &line).await?;
            if status < 300 {
                taken += 1;
            } else {
                *self.tally.borrow_mut().lines_left_out.entry(code(&answer)).or_default() += 1;
            }
        }
        if taken == 0 {
            *self.tally.borrow_mut().refused.entry("nothing of it is sold".to_owned()).or_default() += 1;
            return Ok(());
        }
        let household = basket.household;
        let delivery = json!({"method": "courier", "contact": {"name": format!("Household {household}"),
            "email": format!("household{household}@example.org"), "address": [format!("{household} Sample Street"), "00000 Exampleton"]}});
        let (status, answer) = self.ask("PUT", &format!("/api/orders/carts/{cart}/delivery"), None, &delivery).await?;
        if status >= 300 {
            self.refused(&answer);
            return Ok(());
        }
        let payment = json!({"payment_method": "card", "payment_token": "tok_ok"});
        let (status, answer) = self.ask("POST", &format!("/api/orders/carts/{cart}/place"), None, &payment).await?;
        match answer["verdict"].as_str() {
            Some("placed") if status < 300 => {
                let mut tally = self.tally.borrow_mut();
                tally.placed += 1;
                tally.lines += taken;
            }
            Some(verdict) if status < 300 => {
                *self.tally.borrow_mut().refused.entry(verdict.to_owned()).or_default() += 1;
            }
            _ => self.refused(&answer),
        }
        Ok(())
    }

    async fn ask(
        &mut self,
        method: &str,
        path: &str,
        key: Option<&str>,
        body: &Value,
    ) -> Result<(u16, Value), Failure> {
        let header = key.map(|key| ("idempotency-key", key));
        let headers: &[(&str, &str)] = header.as_slice();
        for _ in 0..AGAIN {
            let before = self.runtime.monotonic();
            let (status, answer) = self.client.ask(method, path, headers, body).await?;
            if status == 429 || status == 503 {
                self.runtime.sleep(Duration::from_millis(200)).await;
                continue;
            }
            let took = self.runtime.monotonic().saturating_sub(before);
            self.tally.borrow_mut().calls_ms.push(took.as_secs_f64() * 1000.0);
            return Ok((status, answer));
        }
        Err(format!("{method} {path}: the server has no time").into())
    }

    fn refused(&self, answer: &Value) {
        *self.tally.borrow_mut().refused.entry(code(answer)).or_default() += 1;
    }
}

fn code(answer: &Value) -> String {
    let kind = answer["type"].as_str().unwrap_or("no reason");
    kind.strip_prefix("/problems/").unwrap_or(kind).to_owned()
}

fn print(args: &ReplayArgs, count: usize, mut tally: Tally, seconds: f64) {
    tally.calls_ms.sort_by(f64::total_cmp);
    let quantile = |share: f64| {
        let at = (tally.calls_ms.len() as f64 * share) as usize;
        tally.calls_ms.get(at.min(tally.calls_ms.len().saturating_sub(1))).copied().unwrap_or_default()
    };
    let (p50, p99) = (quantile(0.5), quantile(0.99));
    if args.json {
        println!(
            "{}",
            json!({"baskets": count, "placed": tally.placed, "lines": tally.lines, "refused": tally.refused,
                "lines_left_out": tally.lines_left_out, "seconds": seconds, "orders_per_s": tally.placed as f64 / seconds,
                "call_p50_ms": p50, "call_p99_ms": p99, "latest_s": tally.late_s})
        );
        return;
    }
    println!("{count} receipts, {} placed with {} lines in {seconds:.1} s", tally.placed, tally.lines);
    println!("a call: p50 {p50:.1} ms, p99 {p99:.1} ms; at most {:.1} s behind", tally.late_s);
    for (reason, number) in &tally.refused {
        println!("refused, {reason}: {number}");
    }
    for (reason, number) in &tally.lines_left_out {
        println!("lines left out, {reason}: {number}");
    }
}
