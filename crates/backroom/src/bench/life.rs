//! A whole order's life: placed by a guest, confirmed by an agent, picked, packed and handed over by a clerk, delivered by a driver,
//! invoiced. All services of the product listen; each step's cost is told apart.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use clap::Args;
use serde_json::{Value, json};

use super::orders::place;
use super::seed::{expect, fill};
use super::server::{Server, Spent, load_average};
use super::{LoadArgs, rounded};
use crate::Failure;
use testbed::client::Client;

/// How often something is waited for, a tenth of a second at a time.
const PATIENCE: usize = 1200;

/// What `bench life` takes.
#[derive(Args)]
pub(crate) struct LifeArgs {
    #[command(flatten)]
    pub(crate) load: LoadArgs,
    /// Orders that live, after a tenth as many to warm up.
    #[arg(long, default_value_t = 1000)]
    orders: usize,
    /// Products to choose from.
    #[arg(long, default_value_t = 2000)]
    products: usize,
}

/// Lets the orders live and prints what they cost.
pub(crate) async fn run(args: &LifeArgs) -> Result<Value, Failure> {
    let load_before = load_average();
    let mut server = Server::start(&args.load).await?;
    let assortment = fill(&server, args.products, 1_000_000).await?;
    let clients = args.load.clients.max(1);
    let warm = (args.orders / 10).max(clients);
    let mut people = People { keys: keys(&server, clients).await?, site: assortment.site.to_string(), invoiced: 0 };
    let mut owner = Client::connect(&server.address, Some(&server.key)).await?;
    let seller = json!({"name": "Bench Ltd", "address": ["1 Sample Street", "00000 Exampleton"]});
    expect(owner.ask("PUT", "/api/finance/seller", &[("if-match", "\"0\"")], &seller).await?)?;
    place(&server, &assortment, clients, warm, 0).await?;
    people.live(&server, warm).await?;
    server.stop()?;
    server.settle().await?;
    let size_before = server.size()?;
    server.run()?;
    let before = server.spent().await?;
    place(&server, &assortment, clients, args.orders, 1).await?;
    people.waiting(&server, args.orders).await?;
    let placed = server.spent().await?;
    let steps = people.live(&server, args.orders).await?;
    let after = server.spent().await?;
    let rss_mb = server.rss_mb();
    server.stop()?;
    let bytes = server.size()?.saturating_sub(size_before) as f64 / args.orders as f64;
    let orders = args.orders as f64;
    let each = |after: f64, before: f64, digits| rounded((after - before) / orders, digits);
    let mut cpu = json!({ "placed": each(placed.cpu_ms, before.cpu_ms, 3) });
    let mut last = placed.cpu_ms;
    for (name, spent) in steps {
        cpu[name] = json!(each(spent.cpu_ms, last, 3));
        last = spent.cpu_ms;
    }
    let mut of_services = json!({});
    for (service, [writes, calls, heard]) in &after.by_service {
        let [w, c, h] = before.by_service.get(service).copied().unwrap_or_default();
        of_services[service] =
            json!({"writes": each(*writes, w, 2), "calls": each(*calls, c, 2), "heard": each(*heard, h, 2)});
    }
    Ok(json!({
        "store": args.load.store.name(),
        "clients": clients,
        "orders": args.orders,
        "cpu_ms_per_order": each(after.cpu_ms, before.cpu_ms, 3),
        "cpu_ms_of_steps": cpu,
        "service_writes": each(after.writes, before.writes, 2),
        "row_writes": each(after.rows, before.rows, 2),
        "commits": each(after.commits, before.commits, 2),
        "calls": each(after.calls, before.calls, 2),
        "of_services": of_services,
        "bytes": bytes.round(),
        "rss_mb": rounded(rss_mb, 1),
        "load_avg": [load_before, load_average()],
    }))
}

/// Everybody who works on orders.
struct People {
    /// Each has a key of their own: to be given a call is to be given one's own.
    keys: Vec<String>,
    /// Where the goods are.
    site: String,
    /// Invoices there are.
    invoiced: usize,
}

impl People {
    /// Waits until `count` orders wait for the contact center.
    async fn waiting(&self, server: &Server, count: usize) -> Result<(), Failure> {
        let mut agent = Client::connect(&server.address, Some(&server.key)).await?;
        until("calls wait", async || {
            let calls = get(&mut agent, "/api/contact/calls?state=waiting&limit=1").await?;
            Ok(calls["counts"]["waiting"].as_u64() == Some(count as u64))
        })
        .await
    }

    /// Works off `count` placed orders; what had been spent after each step.
    async fn live(&mut self, server: &Server, count: usize) -> Result<Vec<(&'static str, Spent)>, Failure> {
        self.waiting(server, count).await?;
        let mut spent = Vec::new();
        let left = Rc::new(Cell::new(count));
        self.together(server, async |client| confirm(client, &left).await).await?;
        let mut clerk = Client::connect(&server.address, Some(&server.key)).await?;
        let open = format!("/api/inventory/picks?state=open&limit=100&site={}", self.site);
        let picks = all(&mut clerk, &open, "picks", count).await?;
        spent.push(("confirmed", server.spent().await?));
        let left = Rc::new(Cell::new(count));
        self.together(server, async |client| pick(client, &picks, &left).await).await?;
        let shipments =
            all(&mut clerk, "/api/delivery/shipments?state=handed_over&limit=100", "shipments", count).await?;
        spent.push(("picked", server.spent().await?));
        let left = Rc::new(Cell::new(count));
        self.together(server, async |client| deliver(client, &shipments, &left).await).await?;
        self.invoiced += count;
        all(&mut clerk, "/api/finance/invoices?kind=invoice&limit=100", "invoices", self.invoiced).await?;
        tokio::time::sleep(Duration::from_millis(500)).await;
        spent.push(("delivered_and_invoiced", server.spent().await?));
        Ok(spent)
    }

    /// Everybody does `what` at the same time, each on a connection of their own.
    async fn together<F>(&self, server: &Server, what: F) -> Result<(), Failure>
    where
        F: AsyncFn(&mut Client) -> Result<(), Failure>,
    {
        let work = self.keys.iter().map(async |key| {
            let mut client = Client::connect(&server.address, Some(key)).await?;
            what(&mut client).await
        });
        futures_util::future::try_join_all(work).await.map(|_| ())
    }
}

async fn keys(server: &Server, count: usize) -> Result<Vec<String>, Failure> {
    let mut admin = Client::connect(&server.address, Some(&server.key)).await?;
    let mut keys = Vec::with_capacity(count);
    for n in 0..count {
        let wish = json!({"name": format!("bench {n}"), "grants": [{"permission": "*"}]});
        let key = format!("key-{n}");
        let made = expect(admin.ask("POST", "/api/gateway/keys", &[("idempotency-key", &key)], &wish).await?)?;
        keys.push(text(&made["secret"])?.to_owned());
    }
    Ok(keys)
}

/// The number of what is done next; none when nothing is left.
fn next(left: &Cell<usize>) -> Option<usize> {
    let rest = left.get().checked_sub(1)?;
    left.set(rest);
    Some(rest)
}

/// An agent reaches the customers and confirms.
async fn confirm(client: &mut Client, left: &Cell<usize>) -> Result<(), Failure> {
    while next(left).is_some() {
        let call = expect(client.ask("POST", "/api/contact/next", &[], &json!({})).await?)?;
        let path = format!("/api/contact/calls/{}", text(&call["id"])?);
        let reached = json!({"outcome": "reached"});
        let key = [("idempotency-key", text(&call["id"])?)];
        expect(client.ask("POST", &format!("{path}/attempts"), &key, &reached).await?)?;
        expect(client.ask("POST", &format!("{path}/confirm"), &[], &json!({})).await?)?;
    }
    Ok(())
}

/// A clerk takes what was asked for, packs it and hands it over.
async fn pick(client: &mut Client, picks: &[Value], left: &Cell<usize>) -> Result<(), Failure> {
    while let Some(n) = next(left) {
        let path = format!("/api/inventory/picks/{}", text(&picks[n]["id"])?);
        let view = expect(client.ask("POST", &format!("{path}/take"), &[], &json!({})).await?)?;
        let items = view["items"].as_array().ok_or("a pick has items")?;
        let lines: Vec<Value> =
            items.iter().map(|item| json!({"product": item["product"], "picked": item["asked"]})).collect();
        expect(client.ask("POST", &format!("{path}/lines"), &[], &json!({"lines": lines})).await?)?;
        expect(client.ask("POST", &format!("{path}/pack"), &[], &json!({"parcels": 1})).await?)?;
        for _ in 0..PATIENCE {
            let answer = expect(client.ask("POST", &format!("{path}/hand-over"), &[], &json!({})).await?)?;
            if answer["order_state"] != "releasing" {
                break;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
    Ok(())
}

/// A driver brings the goods.
async fn deliver(client: &mut Client, shipments: &[Value], left: &Cell<usize>) -> Result<(), Failure> {
    while let Some(n) = next(left) {
        let path = format!("/api/delivery/shipments/{}/deliver", text(&shipments[n]["id"])?);
        let version = format!("\"{}\"", shipments[n]["version"]);
        expect(client.ask("POST", &path, &[("if-match", &version)], &json!({})).await?)?;
    }
    Ok(())
}

fn text(value: &Value) -> Result<&str, Failure> {
    value.as_str().ok_or_else(|| format!("{value} is not a text").into())
}

async fn get(client: &mut Client, path: &str) -> Result<Value, Failure> {
    expect(client.ask("GET", path, &[], &Value::Null).await?)
}

/// Waits until the list at `path` has `count` entries, and gives them.
async fn all(client: &mut Client, path: &str, field: &str, count: usize) -> Result<Vec<Value>, Failure> {
    for _ in 0..PATIENCE {
        let mut found: Vec<Value> = Vec::new();
        let mut after = String::new();
        for _ in 0..=count / 100 + 1 {
            let page = get(client, &format!("{path}{after}")).await?;
            found.extend(page[field].as_array().cloned().unwrap_or_default());
            match page["next"].as_str() {
                Some(next) => after = format!("&after={next}"),
                None => break,
            }
        }
        if found.len() >= count {
            return Ok(found);
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    Err(format!("{path} never had {count} entries").into())
}

async fn until(what: &str, mut holds: impl AsyncFnMut() -> Result<bool, Failure>) -> Result<(), Failure> {
    for _ in 0..PATIENCE {
        if holds().await? {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    Err(format!("{what}: it never came to that").into())
}
