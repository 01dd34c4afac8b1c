//! Starts the product for a test: one process, or one per service over NATS, on a database of its own.
#![allow(clippy::disallowed_methods)] // real processes live in real time

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use contracts::shared::{ProductId, SiteId};
use serde_json::{Value, json};
use testbed::client::{Client, Failure};
use testbed::servers::{TempDir, free_port};

/// A running product.
pub struct Product {
    folder: TempDir,
    parts: Vec<Part>,
    gateway_port: u16,
    /// An API key that may do everything.
    pub key: String,
    nats: Option<String>,
    postgres: Option<String>,
    /// Seconds that a request may take, where it is not what is usual.
    deadline_s: Option<u64>,
}

/// A process of the product.
struct Part {
    services: String,
    process: Option<Child>,
}

impl Product {
    /// Starts the product.
    pub fn start(name: &str) -> Product {
        Product::start_on(name, bus())
    }

    /// Starts the product for a crowd that asks at once and waits for its answers, however slow the machine is.
    pub fn start_for_a_crowd(name: &str) -> Product {
        let nats = bus();
        let services = if nats.is_some() { Product::services() } else { vec!["all".to_owned()] };
        Product::start_parts(name, services, nats, Product::server(), Some(60))
    }

    /// Starts the product as separate processes over the bus at `nats`, or in one process.
    pub fn start_on(name: &str, nats: Option<String>) -> Product {
        Product::start_at(name, nats, Product::server())
    }

    /// Starts some of the services alone, in one process, as a retailer who takes a part of the product does.
    pub fn start_only(name: &str, services: &str) -> Product {
        Product::start_parts(name, vec![services.to_owned()], None, Product::server(), None)
    }

    /// The same on the PostgreSQL server at `server`, or on SQLite.
    pub fn start_at(name: &str, nats: Option<String>, server: Option<String>) -> Product {
        let services = if nats.is_some() { Product::services() } else { vec!["all".to_owned()] };
        Product::start_parts(name, services, nats, server, None)
    }

    /// The address of the PostgreSQL server where the environment chooses it.
    fn server() -> Option<String> {
        is_postgres()
            .then(|| std::env::var("BACKROOM_TEST_POSTGRES").expect("BACKROOM_TEST_POSTGRES is the server's address"))
    }

    fn start_parts(
        name: &str,
        services: Vec<String>,
        nats: Option<String>,
        server: Option<String>,
        deadline_s: Option<u64>,
    ) -> Product {
        let folder = TempDir::new(name).expect("a temporary folder");
        let postgres = server.map(|server| {
            let database =
                format!("backroom_{}_{}_{}", name.replace('-', "_"), std::process::id(), free_port().expect("a port"));
            kit::store::create_database(&server, &database).expect("a test database can be created")
        });
        let parts = services.into_iter().map(|services| Part { services, process: None }).collect();
        let gateway_port = free_port().expect("a port");
        let mut product = Product { folder, parts, gateway_port, key: String::new(), nats, postgres, deadline_s };
        product.key = product.admin_key();
        for position in 0..product.parts.len() {
            product.run(position);
        }
        product
    }

    /// The number of processes.
    pub fn processes(&self) -> usize {
        self.parts.len()
    }

    /// Ends the one process and starts a process for each service on the same database (PostgreSQL), over the bus at `nats`.
    pub fn come_apart(&mut self, nats: String) {
        for position in 0..self.parts.len() {
            self.kill(position);
        }
        self.nats = Some(nats);
        self.parts = Product::services().into_iter().map(|services| Part { services, process: None }).collect();
        for position in 0..self.parts.len() {
            self.run(position);
        }
    }

    fn store(&self, services: &str) -> String {
        match &self.postgres {
            Some(url) => url.clone(),
            None => self.folder.path().join(format!("{services}.db")).to_string_lossy().into_owned(),
        }
    }

    /// The services, each a process when split; the gateway, which needs the others, last.
    fn services() -> Vec<String> {
        let output = Product::binary().arg("services").output().expect("the binary runs");
        let text = String::from_utf8(output.stdout).expect("names are text");
        let mut names: Vec<String> = text.lines().map(str::to_owned).collect();
        names.sort_by_key(|name| name == "gateway");
        names
    }

    fn binary() -> Command {
        Command::new(env!("CARGO_BIN_EXE_backroom"))
    }

    fn admin_key(&self) -> String {
        let last = self.parts.last().expect("something runs");
        let store = self.store(&last.services);
        let output = Product::binary()
            .args(["key", "create", "--store", &store, "--name", "test", "--grant", "*"])
            .output()
            .expect("the binary runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let text = String::from_utf8(output.stdout).expect("a key is text");
        text.split_whitespace().last().expect("a key is printed").to_owned()
    }

    /// Starts the process at `position`, which is not running.
    pub fn run(&mut self, position: usize) {
        let services = self.parts[position].services.clone();
        let mut command = Product::binary();
        command.args(["serve", "--services", &services, "--store", &self.store(&services), "--rate-limit", "0"]);
        command.args(["--log-filter", "warn", "--test-provider"]).arg(self.folder.path().join("provider"));
        if let Some(nats) = &self.nats {
            // Streams of their own: tests share the NATS server.
            command.args(["--bus", nats, "--bus-prefix", &format!("t{}x{}", std::process::id(), self.gateway_port)]);
        }
        if services == "all" || services.split(',').any(|name| name == "gateway") {
            command.args(["--listen", &format!("127.0.0.1:{}", self.gateway_port)]);
            if let Some(seconds) = self.deadline_s {
                command.args(["--deadline-s", &seconds.to_string()]);
            }
        } else {
            command.arg("--no-gateway");
        }
        let log = self.folder.path().join(format!("{services}.log"));
        let log = std::fs::OpenOptions::new().create(true).append(true).open(log).expect("a log can be written");
        let mut process = command.stdout(Stdio::piped()).stderr(log).spawn().expect("the binary starts");
        let out = process.stdout.take().expect("its output is piped");
        let ready = BufReader::new(out)
            .lines()
            .map_while(Result::ok)
            .any(|line| line.contains("listening on") || line.contains("ready"));
        assert!(ready, "{services} did not get ready:\n{}", self.logs());
        self.parts[position].process = Some(process);
    }

    /// Ends the process at `position` at once, as a power switch would (the system's page cache survives).
    pub fn kill(&mut self, position: usize) {
        if let Some(mut process) = self.parts[position].process.take() {
            process.kill().expect("our own process can be killed");
            process.wait().expect("a killed process ends");
        }
    }

    /// Which process runs `service`, where each has one of its own.
    pub fn position(&self, service: &str) -> usize {
        self.parts.iter().position(|part| part.services == service).expect("one of the services")
    }

    /// Sends a signal to the process at `position`, e.g. `KILL`, which cannot be caught; [`Product::kill`] waits for its end.
    pub fn signal(&self, position: usize, signal: &str) {
        if let Some(process) = &self.parts[position].process {
            let pid = process.id().to_string();
            let status = Command::new("kill").args(["-s", signal, &pid]).status().expect("kill runs");
            assert!(status.success());
        }
    }

    /// What the processes logged.
    pub fn logs(&self) -> String {
        let mut text = String::new();
        for part in &self.parts {
            let path = self.folder.path().join(format!("{}.log", part.services));
            text.push_str(&std::fs::read_to_string(path).unwrap_or_default());
        }
        text
    }

    /// Runs `backroom check` on each database; empty when all is well. The product is not running (SQLite) or may be.
    pub fn check(&self) -> String {
        let mut wrong = String::new();
        for part in &self.parts {
            let mut command = Product::binary();
            command.args([
                "check",
                "--services",
                &part.services,
                "--store",
                &self.store(&part.services),
                "--test-provider",
            ]);
            let output = command.arg(self.folder.path().join("provider")).output().expect("the binary runs");
            if !output.status.success() {
                wrong.push_str(&String::from_utf8_lossy(&output.stdout));
                wrong.push_str(&String::from_utf8_lossy(&output.stderr));
            }
        }
        wrong
    }

    /// A connection as a guest.
    pub async fn guest(&self) -> Client {
        self.connect(None).await
    }

    /// A connection as one who may do everything.
    pub async fn admin(&self) -> Client {
        self.connect(Some(&self.key)).await
    }

    /// Where the gateway listens.
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.gateway_port)
    }

    async fn connect(&self, key: Option<&str>) -> Client {
        let address = format!("127.0.0.1:{}", self.gateway_port);
        let started = Instant::now();
        loop {
            match Client::connect(&address, key).await {
                Ok(client) => return client,
                Err(failure) => assert!(started.elapsed() < Duration::from_secs(20), "{failure}\n{}", self.logs()),
            }
            pause(50).await;
        }
    }

    /// A connection, if anybody listens.
    pub async fn try_connect(&self, admin: bool) -> Result<Client, Failure> {
        let address = format!("127.0.0.1:{}", self.gateway_port);
        Client::connect(&address, admin.then_some(self.key.as_str())).await
    }
}

/// Whether the environment asks for separate processes.
pub fn is_split() -> bool {
    std::env::var("BACKROOM_TEST_TOPOLOGY").as_deref() == Ok("split")
}

impl Drop for Product {
    fn drop(&mut self) {
        for position in 0..self.parts.len() {
            self.kill(position);
        }
    }
}

/// The bus's address where the environment chooses separate processes.
pub fn bus() -> Option<String> {
    is_split().then(|| std::env::var("BACKROOM_TEST_NATS").expect("BACKROOM_TEST_NATS is the bus's address"))
}

/// Whether the environment chooses PostgreSQL.
pub fn is_postgres() -> bool {
    std::env::var("BACKROOM_TEST_STORE").as_deref() == Ok("postgres")
}

/// Lets real time pass: the processes under test live in it.
#[allow(clippy::disallowed_methods)]
pub async fn pause(ms: u64) {
    tokio::time::sleep(Duration::from_millis(ms)).await;
}

/// A product with a price, and stock of it at one site.
pub struct Goods {
    pub product: ProductId,
    pub site: SiteId,
}

/// Asks and expects a success.
pub async fn ok(client: &mut Client, method: &str, path: &str, body: Value) -> Value {
    let (status, answer) = client.ask(method, path, &[], &body).await.expect("the product answers");
    assert!((200..300).contains(&status), "{method} {path} {body}: {status} {answer}");
    answer
}

/// Asks with a request key and expects a success.
pub async fn ok_keyed(client: &mut Client, path: &str, key: &str, body: Value) -> Value {
    let (status, answer) =
        client.ask("POST", path, &[("idempotency-key", key)], &body).await.expect("the product answers");
    assert!((200..300).contains(&status), "POST {path} {body}: {status} {answer}");
    answer
}

/// Asks with the version that was seen. Where the order's procedure has gone on meanwhile, it is asked again with the present one.
pub async fn at_version(client: &mut Client, path: &str, version: &Value, body: Value) -> (u16, Value) {
    let mut version = version.clone();
    for _ in 0..5 {
        let tag = format!("\"{version}\"");
        let (status, answer) =
            client.ask("POST", path, &[("if-match", &tag)], &body).await.expect("the product answers");
        if status != 412 {
            return (status, answer);
        }
        version = answer["actual"].clone();
    }
    panic!("{path} is changed all the time");
}

/// Sells `count` products, `pieces` of each at a site.
pub async fn stock(admin: &mut Client, count: u128, pieces: i64) -> Vec<Goods> {
    let site = SiteId::from_u128(7 << 64);
    let products: Vec<ProductId> = (1..=count).map(|n| ProductId::from_u128(n << 64)).collect();
    let offer = |id: &ProductId| {
        json!({"product": id, "name": format!("Product {id}"), "unit": "pcs", "tax": 2000, "sold": true,
            "price": {"minor": 1000, "currency": "EUR"}})
    };
    ok(admin, "PUT", "/api/orders/offers", json!({"offers": products.iter().map(offer).collect::<Vec<_>>()})).await;
    let line = |id: &ProductId| json!({"product": id, "quantity": {"milli": pieces * 1000, "unit": "pcs"}});
    let receipt = json!({"site": site, "reference": "opening", "lines": products.iter().map(line).collect::<Vec<_>>()});
    ok_keyed(admin, "/api/inventory/receipts", "opening", receipt).await;
    let methods = json!({"methods": [{"code": "courier", "name": "Courier", "fee": {"minor": 490, "currency": "EUR"},
        "tax": 2000, "pick_up": false, "offered": true}]});
    ok(admin, "PUT", "/api/orders/delivery-methods", methods).await;
    products.into_iter().map(|product| Goods { product, site }).collect()
}

/// Fills a cart with `pieces` of each product and an address; returns its id.
pub async fn cart(client: &mut Client, key: &str, goods: &[&Goods], pieces: i64) -> String {
    let cart = ok_keyed(client, "/api/orders/carts", key, json!({})).await;
    let id = cart["id"].as_str().expect("a cart has an id").to_owned();
    for goods in goods {
        let line = json!({"product": goods.product, "quantity": {"milli": pieces * 1000, "unit": "pcs"}});
        ok(client, "PUT", &format!("/api/orders/carts/{id}/lines"), line).await;
    }
    address(client, &id).await;
    id
}

/// Chooses delivery to an address for a cart.
pub async fn address(client: &mut Client, cart: &str) {
    let contact = json!({"name": "Test Shopper", "phone": "000", "address": ["1 Sample Street", "00000 Exampleton"]});
    ok(client, "PUT", &format!("/api/orders/carts/{cart}/delivery"), json!({"method": "courier", "contact": contact}))
        .await;
}

/// How a shopper pays.
pub fn payment(method: &str, token: &str) -> Value {
    json!({"payment_method": method, "payment_token": token})
}

/// On hand and reserved pieces of goods.
pub async fn levels(admin: &mut Client, goods: &Goods) -> (i64, i64) {
    let asked = json!({"products": [goods.product], "sites": [goods.site]});
    let answer = ok(admin, "POST", "/api/inventory/availability", asked).await;
    let line = &answer["lines"][0];
    let pieces = |value: &Value| value["milli"].as_i64().expect("a quantity has thousandths") / 1000;
    (pieces(&line["on_hand"]), pieces(&line["reserved"]))
}

/// Waits until `levels` are as expected: others hear of an order a moment later.
pub async fn levels_become(admin: &mut Client, goods: &Goods, expected: (i64, i64)) {
    let started = Instant::now();
    loop {
        let present = levels(admin, goods).await;
        if present == expected {
            return;
        }
        assert!(started.elapsed() < Duration::from_secs(15), "on hand and reserved are {present:?}, not {expected:?}");
        pause(20).await;
    }
}
