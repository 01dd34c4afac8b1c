//! A house with processes, and with orders, inventory and finance that note what they are asked and answer as a test wants.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::routing::post;
use contracts::finance::{InvoiceIssued, IssueInvoice};
use contracts::inventory::{PicksStarted, StartPicks};
use contracts::orders::{AskOrders, ConfirmOrder, OrderId, OrderSheet, OrderSheets};
use contracts::shared::SiteId;
use kit::auth::{Actor, Grant};
use kit::bus::{PublicEvent, Reactions};
use kit::http::{App, Json, Providers, Reply};
use kit::jobs::Jobs;
use kit::journal::{Event, Published, Recorded};
use kit::metrics::Metrics;
use kit::problem::{Fault, Problem};
use kit::runtime::Runtime;
use kit::service::{Running, Service, Setup};
use kit::store::Tx;
use kit::testing::{Answer, TestHouse};
use processes::Settings;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa_axum::router::OpenApiRouter;

/// What a fake service tells.
#[derive(Serialize, Deserialize)]
struct Told {
    kind: String,
    body: Value,
}

const KINDS: &[&str] = &[
    "order_secured",
    "order_confirmed",
    "order_cancelled",
    "order_released",
    "order_delivered",
    "shipment_delivered",
    "shipment_taken_back",
    "order_packed",
    "pick_short",
    "delivery_failed",
    "order_returned",
    "release_failed",
];

impl Event for Told {
    fn kind(&self) -> &'static str {
        KINDS.iter().find(|kind| **kind == self.kind).expect("a fake service tells what is known")
    }

    fn apply(&self, _: &Recorded<Told>, _: &mut Tx<'_>) -> Result<(), Fault> {
        Ok(())
    }

    fn publish(recorded: &Recorded<Told>) -> Option<Published> {
        Some(Published { kind: recorded.event.kind(), body: recorded.event.body.clone() })
    }
}

/// How the fake services answer, and what they were asked.
#[derive(Default)]
pub(crate) struct Answers {
    /// What each order comes to, in minor units.
    pub(crate) totals: Mutex<HashMap<OrderId, i64>>,
    /// The calls that came in.
    pub(crate) asked: Mutex<Vec<String>>,
    /// The status with which a call is refused, so many times.
    refuse: Mutex<HashMap<String, (u16, u32)>>,
    /// The call that is never answered, after it had its effect.
    pub(crate) hang: Mutex<Option<String>>,
    /// The order that cannot be asked about, nor any other together with it.
    pub(crate) unheard_of: Mutex<Option<OrderId>>,
    /// The site that serves every order; [`SITE`] where nobody says another.
    pub(crate) served_by: Mutex<Option<SiteId>>,
}

impl Answers {
    pub(crate) fn refuse(&self, call: &str, status: u16, times: u32) {
        self.refuse.lock().unwrap().insert(call.to_owned(), (status, times));
    }

    pub(crate) fn times(&self, call: &str) -> usize {
        self.asked.lock().unwrap().iter().filter(|asked| *asked == call).count()
    }

    async fn meets(&self, call: &str) -> Result<(), Problem> {
        self.asked.lock().unwrap().push(call.to_owned());
        let hangs = self.hang.lock().unwrap().take_if(|hanging| hanging == call).is_some();
        if hangs {
            std::future::pending::<()>().await;
        }
        if let Some((status, times)) = self.refuse.lock().unwrap().get_mut(call)
            && *times > 0
        {
            *times -= 1;
            let code = if *status < 500 { "orders/wrong-state" } else { "kit/unknown-outcome" };
            return Err(Problem::new(*status, code, "Not now"));
        }
        Ok(())
    }
}

fn answers(app: &App) -> Arc<Answers> {
    app.part().expect("the house was given its answers")
}

async fn ask(app: App, Json(asked): Json<AskOrders>) -> Reply<OrderSheets> {
    let answers = answers(&app);
    if asked.orders.iter().any(|order| *answers.unheard_of.lock().unwrap() == Some(*order)) {
        answers.asked.lock().unwrap().push("ask".to_owned());
        return Err(Fault::msg("one of them is a bug").into());
    }
    let totals = answers.totals.lock().unwrap().clone();
    let site = answers.served_by.lock().unwrap().unwrap_or(SITE);
    let found = asked.orders.into_iter().filter_map(|id| totals.get(&id).map(|total| sheet(id, *total)));
    Ok(Json(OrderSheets { orders: found.map(|sheet| OrderSheet { site, ..sheet }).collect() }))
}

async fn confirm(app: App, Json(asked): Json<ConfirmOrder>) -> Reply<OrderSheet> {
    answers(&app).meets("confirm").await?;
    Ok(Json(sheet(asked.order, 1_000)))
}

async fn picks(app: App, Json(asked): Json<StartPicks>) -> Reply<PicksStarted> {
    answers(&app).meets("picks").await?;
    Ok(Json(PicksStarted { picks: vec![asked.order.derived("pick", 0)] }))
}

async fn invoice(app: App, Json(asked): Json<IssueInvoice>) -> Reply<InvoiceIssued> {
    answers(&app).meets("invoice").await?;
    let total = serde_json::from_value(eur(1_000)).unwrap();
    Ok(Json(InvoiceIssued {
        invoice: asked.order.derived("invoice", 0),
        number: "R1".to_owned(),
        order: asked.order,
        total,
    }))
}

pub(crate) const SITE: SiteId = SiteId::from_u128(7);

fn eur(minor: i64) -> Value {
    serde_json::to_value(kit::money::Money::new(minor, "EUR".parse().unwrap())).unwrap()
}

fn sheet(id: OrderId, total: i64) -> OrderSheet {
    serde_json::from_value(json!({
        "id": id, "number": "100001", "version": 3, "state": "placed", "site": SITE, "channel": "web",
        "customer": contracts::shared::CustomerId::from_u128(5), "lines": [],
        "delivery_method": "courier", "delivery_fee": eur(0), "delivery_tax": 2000, "pick_up": false,
        "goods": eur(total), "total": eur(total), "due": eur(0), "payment_method": "card",
        "reservation": contracts::inventory::ReservationId::from_u128(9), "placed_at": "2026-11-01T10:00:00Z",
    }))
    .unwrap()
}

fn fake(name: &'static str, routes: fn() -> OpenApiRouter<App>) -> Service {
    Service {
        name,
        migrations: &[],
        dictionaries: &[],
        fact_tables: &[],
        routes,
        publish: kit::bus::publish::<Told>,
        reactions: Reactions::new,
        jobs: Jobs::new,
        check: kit::service::nothing_to_check,
        rebuild: kit::service::rebuild::<Told>,
        permissions: &[],
    }
}

fn services() -> [Service; 5] {
    [
        fake("orders", || {
            OpenApiRouter::new().route("/api/orders/ask", post(ask)).route("/api/orders/confirm", post(confirm))
        }),
        fake("inventory", || OpenApiRouter::new().route("/api/inventory/picks/start", post(picks))),
        fake("delivery", OpenApiRouter::new),
        fake("finance", || OpenApiRouter::new().route("/api/finance/invoices/issue", post(invoice))),
        processes::service(),
    ]
}

pub(crate) struct House {
    pub(crate) inner: TestHouse,
    pub(crate) answers: Arc<Answers>,
}

impl House {
    /// A failed call is made again after 20 ms, at most three times.
    pub(crate) fn new() -> House {
        let answers = Arc::new(Answers::default());
        let inner = TestHouse::start(&services(), parts(&answers));
        House { inner, answers }
    }

    /// Stops without waiting for anything, and starts again on the same database.
    pub(crate) fn crash_and_restart(mut self) -> House {
        let setup = Setup {
            location: self.inner.database.location().clone(),
            runtime: Runtime::real(),
            metrics: Metrics::default(),
            providers: parts(&self.answers),
            remote: None,
            remote_source: None,
        };
        let running = Running::start(&services(), setup).expect("the services start");
        std::mem::replace(&mut self.inner.running, running).stop();
        self
    }

    /// Waits until the shipped procedures are deployed, at most ten seconds.
    pub(crate) async fn shipped(&self) {
        for _ in 0..500 {
            if self.get("/api/processes/definitions/failed-payment").await.status == 200 {
                return;
            }
            Runtime::real().sleep(Duration::from_millis(20)).await;
        }
        panic!("the shipped procedures are not deployed");
    }

    pub(crate) fn app(&self) -> &App {
        self.inner.running.app("processes").unwrap()
    }

    /// A secured order that comes to `total` minor units.
    pub(crate) async fn secured(&self, number: u128, total: i64) -> OrderId {
        let order = OrderId::from_u128(number);
        self.answers.totals.lock().unwrap().insert(order, total);
        self.tell(&contracts::orders::OrderSecured { order }).await;
        order
    }

    /// Has the service that owns `event` tell it.
    pub(crate) async fn tell<E: PublicEvent>(&self, event: &E) {
        let told = event.published();
        let app = self.inner.running.app(E::SOURCE).unwrap();
        let entity = format!("told_{:032x}", Runtime::real().random_u128());
        let me = app.itself();
        let write = app.write(&me, move |tx| {
            let told = Told { kind: told.kind.to_owned(), body: told.body.clone() };
            tx.record(&entity, 0, told)?;
            Ok(())
        });
        write.await.unwrap();
    }

    /// Waits until orders were asked in vain so often, at most ten seconds.
    pub(crate) async fn asked_in_vain(&self, times: usize) {
        for _ in 0..500 {
            if self.answers.times("ask") >= times {
                return;
            }
            Runtime::real().sleep(Duration::from_millis(20)).await;
        }
        panic!("orders were asked in vain {} times", self.answers.times("ask"));
    }

    /// The pause of the job that begins procedures is over.
    pub(crate) async fn begin_all_now(&self) {
        let me = self.app().itself();
        let moved = self.app().write(&me, |tx| {
            let sql = "update processes_due set due_at = $1 where kind = 'begin_all'";
            Ok(tx.exec(sql, &[tx.now().into()])?)
        });
        assert_eq!(moved.await.unwrap(), 1);
    }

    pub(crate) async fn packed(&self, order: OrderId) {
        self.tell(&contracts::inventory::OrderPacked { order, site: SITE, pick_up: false }).await;
    }

    pub(crate) async fn short(&self, order: OrderId) {
        self.tell(&contracts::inventory::PickShort { order, site: SITE, missing: Vec::new() }).await;
    }

    pub(crate) async fn released(&self, order: OrderId) {
        let reservation = contracts::inventory::ReservationId::from_u128(9);
        self.tell(&contracts::orders::OrderReleased { order, reservation, at: Runtime::real().now(), collected: None })
            .await;
    }

    pub(crate) async fn cancelled(&self, order: OrderId) {
        let cancelled = contracts::orders::OrderCancelled {
            order,
            reservation: contracts::inventory::ReservationId::from_u128(9),
            payments: Vec::new(),
            reason: "customer".to_owned(),
            at: Runtime::real().now(),
        };
        self.tell(&cancelled).await;
    }

    /// The order's place on the diagram.
    pub(crate) async fn place(&self, key: &str) -> Value {
        self.get(&format!("/api/processes/place/{key}")).await.body
    }

    /// Waits until the order's procedure waits in exactly these elements (none: has ended), at most ten seconds.
    pub(crate) async fn waits_in(&self, order: OrderId, elements: &[&str]) -> Value {
        self.until(order, |place| place["waiting"] == json!(elements) && place["ended"] == json!(elements.is_empty()))
            .await
    }

    pub(crate) async fn until(&self, order: OrderId, wanted: impl Fn(&Value) -> bool) -> Value {
        let mut place = Value::Null;
        for _ in 0..500 {
            place = self.place(&order.to_string()).await;
            if wanted(&place) {
                return place;
            }
            Runtime::real().sleep(Duration::from_millis(20)).await;
        }
        panic!("that never came: {place:#}");
    }

    /// The only open task about the order.
    pub(crate) async fn task(&self, order: OrderId) -> Value {
        let list = self.get(&format!("/api/processes/tasks?key={order}")).await.body;
        assert_eq!(list["tasks"].as_array().map(Vec::len), Some(1), "{list}");
        list["tasks"][0].clone()
    }

    pub(crate) async fn complete(&self, task: &Value, outcome: &str) -> Answer {
        self.post("/api/processes/tasks/complete", &json!({ "task": task["id"], "outcome": outcome })).await
    }

    pub(crate) async fn deploy(&self, key: &str, xml: &str) -> Answer {
        self.inner.post_keyed(&self.inner.admin(), "/api/processes/definitions", key, &json!({ "xml": xml })).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Answer {
        self.inner.post(&self.inner.admin(), path, body).await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.inner.get(&self.inner.admin(), path).await
    }

    /// The tables hold together at the end; gives the database's connections back.
    pub(crate) async fn closes(self) {
        self.is_sound().await;
        self.inner.running.close().await;
    }

    /// The tables hold together.
    pub(crate) async fn is_sound(&self) {
        let found = (processes::service().check)(self.app()).await.unwrap();
        assert_eq!(found, Vec::<String>::new());
    }
}

fn parts(answers: &Arc<Answers>) -> Providers {
    let settings = Settings { first_pause: Duration::from_millis(20), attempts: 3 };
    Providers::default().with(Arc::clone(answers)).with(Arc::new(settings))
}

/// Somebody who may do what `permission` says at `site`.
pub(crate) fn person(permission: &str, site: Option<SiteId>) -> Actor {
    let grant = Grant { permission: permission.to_owned(), site };
    Actor { name: "person:test".to_owned(), grants: Arc::new([grant]), request_id: "r".to_owned() }
}
