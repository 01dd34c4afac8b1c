//! Calls and events between two houses over NATS. Needs a server: `BACKROOM_TEST_NATS` is its address.

use std::time::Duration;

use async_nats::jetstream;
use axum::http::{HeaderMap, Request};
use bytes::Bytes;
use kit::auth::{ACTOR_HEADER, Actor};
use kit::bus::{PublicEvent, Reactions};
use kit::call::{self, Caller, DEADLINE, MAX_BODY, Raw};
use kit::http::{App, Json, Providers};
use kit::jobs::Jobs;
use kit::journal::{Event, Published, Recorded};
use kit::metrics::Metrics;
use kit::nats::{Nats, NatsConfig};
use kit::problem::{Fault, Problem};
use kit::runtime::Runtime;
use kit::service::{self, Running, Service, Setup};
use kit::store::{Migration, Store, Tx};
use kit::testing::TestDatabase;
use serde::{Deserialize, Serialize};
use utoipa_axum::router::OpenApiRouter;

/// What the bell tells: public is every third stroke, so that the journal has more than others hear.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Rung {
    pub(crate) number: i64,
}

impl PublicEvent for Rung {
    const SOURCE: &'static str = "bell";
    const KIND: &'static str = "rung";
}

impl Event for Rung {
    fn kind(&self) -> &'static str {
        "rung"
    }

    fn apply(&self, _: &Recorded<Rung>, _: &mut Tx<'_>) -> Result<(), Fault> {
        Ok(())
    }

    fn publish(recorded: &Recorded<Rung>) -> Option<Published> {
        (recorded.event.number % 3 == 0).then(|| recorded.event.published())
    }
}

pub(crate) fn bell() -> Service {
    Service {
        name: "bell",
        migrations: &[],
        dictionaries: &[],
        fact_tables: &[],
        routes: bell_routes,
        publish: kit::bus::publish::<Rung>,
        reactions: Reactions::new,
        jobs: Jobs::new,
        check: service::nothing_to_check,
        rebuild: service::rebuild::<Rung>,
        permissions: &[],
    }
}

fn bell_routes() -> OpenApiRouter<App> {
    use axum::routing::{get, post};

    OpenApiRouter::new()
        .route(
            "/api/bell/echo",
            post(|actor: Actor, headers: HeaderMap, Json(body): Json<serde_json::Value>| async move {
                let key = headers.get("idempotency-key").and_then(|key| key.to_str().ok().map(str::to_owned));
                kit::http::Versioned(7, serde_json::json!({"actor": actor.name, "key": key, "body": body}))
            }),
        )
        .route(
            "/api/bell/ring",
            post(|app: App, actor: Actor| async move {
                app.write(&actor, |tx| Ok(tx.record("r", 0, Rung { number: 0 })?)).await.map(Json)
            }),
        )
        .route(
            "/api/bell/slow",
            get(|app: App| async move {
                app.runtime().sleep(Duration::from_secs(60)).await;
                Json(true)
            }),
        )
        .route("/api/bell/huge", get(|| async { Json("x".repeat(MAX_BODY)) }))
        .route("/api/bell/full", get(|| async { Err::<Json<()>, _>(Problem::busy(3)) }))
}

/// Hears the bell and writes down what it heard, in order.
pub(crate) fn ear() -> Service {
    Service {
        name: "ear",
        migrations: &[Migration {
            name: "0001",
            sql: "create table ear_heard (place bigint primary key, number bigint not null);",
        }],
        dictionaries: &[],
        fact_tables: &[],
        routes: OpenApiRouter::new,
        publish: kit::bus::publish::<Rung>,
        reactions: || {
            Reactions::new().on(|tx, event: Rung, _| {
                let sql =
                    "insert into ear_heard (place, number) select count(*) + 1, cast($1 as bigint) from ear_heard";
                tx.put(sql, &[event.number.into()])?;
                Ok(())
            })
        },
        jobs: Jobs::new,
        check: service::nothing_to_check,
        rebuild: service::rebuild::<Rung>,
        permissions: &[],
    }
}

/// A process of the system: its services, its place on the bus.
struct Process {
    running: Running,
    nats: Nats,
    answering: Vec<kit::nats::Answering>,
    relays: Vec<kit::runtime::Task>,
}

struct System {
    config: NatsConfig,
    runtime: Runtime,
    /// Looks at JetStream from outside.
    jetstream: jetstream::Context,
}

impl System {
    /// A system of its own on the server, or nothing when there is no server.
    async fn new(what: &str) -> Option<System> {
        let Ok(url) = std::env::var("BACKROOM_TEST_NATS") else {
            eprintln!("not tested: {what}; set BACKROOM_TEST_NATS to a NATS server's address");
            return None;
        };
        let runtime = Runtime::real();
        let prefix = format!("test{:x}", runtime.random_u64());
        let client = async_nats::connect(&url).await.unwrap();
        let config = NatsConfig { url, prefix, replicas: 1, in_flight: 8 };
        Some(System { config, runtime, jetstream: jetstream::new(client) })
    }

    fn stream(&self) -> String {
        format!("{}_bell", self.config.prefix).to_uppercase()
    }

    async fn process(&self, service: Service, database: &TestDatabase, relays: bool) -> Process {
        let nats = Nats::connect(self.config.clone(), self.runtime.clone()).await.unwrap();
        let source = nats.clone();
        let (name, publish) = (service.name, service.publish);
        let setup = Setup {
            location: database.location().clone(),
            runtime: self.runtime.clone(),
            metrics: Metrics::default(),
            providers: Providers::default(),
            remote: Some(nats.remote()),
            remote_source: Some(std::sync::Arc::new(move |name, caller: &Caller| source.source(name, caller))),
        };
        let running = Running::start(&[service], setup).unwrap();
        let router = running.caller().router(name).unwrap();
        let answering = vec![nats.answer(name, router).await.unwrap()];
        let mut process = Process { running, nats, answering, relays: Vec::new() };
        if relays {
            let store = process.store(name);
            process.relays.push(process.nats.relay(store, publish));
        }
        process
    }

    async fn forget(self) {
        let _ = self.jetstream.delete_stream(self.stream()).await;
    }
}

impl Process {
    fn store(&self, name: &str) -> Store {
        self.running.app(name).unwrap().store().clone()
    }

    async fn close(self) {
        for answering in self.answering {
            answering.close(Duration::from_secs(5)).await;
        }
        for relay in self.relays {
            relay.stop();
            relay.ended().await;
        }
        self.running.close().await;
    }

    async fn ring(&self, numbers: std::ops::Range<i64>) {
        let store = self.store("bell");
        for number in numbers {
            let origin = kit::store::Origin::default();
            let rung = store.write(&origin, move |tx| Ok(tx.record(format!("r{number}"), 0, Rung { number })?));
            rung.await.unwrap();
        }
    }

    async fn heard(&self) -> Vec<i64> {
        let store = self.store("ear");
        let heard = store.read(|reader| {
            Ok(reader
                .all("select number from ear_heard order by place limit $1", &[100_000.into()], |row| row.get(0))?)
        });
        heard.await.unwrap()
    }

    /// Waits until the ear has heard the public ones of the numbers below `end`, each once and in order.
    async fn has_heard(&self, runtime: &Runtime, end: i64) {
        let expected: Vec<i64> = (0..end).filter(|number| number % 3 == 0).collect();
        let mut heard = Vec::new();
        for _ in 0..400 {
            heard = self.heard().await;
            if heard.len() >= expected.len() {
                break;
            }
            runtime.sleep(Duration::from_millis(25)).await;
        }
        assert_eq!(heard, expected);
    }
}

fn request(method: &str, path: &str, body: &str) -> Raw {
    Request::builder()
        .method(method)
        .uri(path)
        .header(ACTOR_HEADER, "guest")
        .header("idempotency-key", "k1")
        .header("x-other", "stays here")
        .body(Bytes::from(body.to_owned()))
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_reaches_a_service_of_another_process() {
    let Some(system) = System::new("calls over NATS").await else { return };
    let (bell_data, ear_data) = (TestDatabase::new(), TestDatabase::new());
    let other = system.process(ear(), &ear_data, false).await;
    let caller = other.running.caller();

    let nobody = caller.send("bell", request("POST", "/api/bell/echo", "1"), DEADLINE).await.unwrap_err();
    assert_eq!((nobody.status, &*nobody.code), (503, "kit/no-such-service"));

    let bell = system.process(bell(), &bell_data, false).await;
    let reply = caller.send("bell", request("POST", "/api/bell/echo", r#"{"a":1}"#), DEADLINE).await.unwrap();
    assert_eq!((reply.status().as_u16(), reply.headers()["etag"].as_bytes()), (200, &b"\"7\""[..]));
    let body: serde_json::Value = serde_json::from_slice(reply.body()).unwrap();
    assert_eq!(body, serde_json::json!({"actor": "guest", "key": "k1", "body": {"a": 1}}));

    let full = caller.send("bell", request("GET", "/api/bell/full", ""), DEADLINE).await.unwrap();
    assert_eq!((full.status().as_u16(), full.headers()["retry-after"].as_bytes()), (503, &b"3"[..]));

    let late = caller.send("bell", request("GET", "/api/bell/slow", ""), Duration::from_millis(100)).await;
    assert!(call::is_unknown(&late.unwrap_err()));

    let large = format!("\"{}\"", "x".repeat(MAX_BODY));
    let large = caller.send("bell", request("POST", "/api/bell/echo", &large), DEADLINE).await.unwrap_err();
    assert_eq!((large.status, &*large.code), (413, "kit/too-large"));
    let huge = caller.send("bell", request("GET", "/api/bell/huge", ""), DEADLINE).await.unwrap();
    assert_eq!(huge.status().as_u16(), 502);

    let slow: Vec<_> = (0..16)
        .map(|_| caller.send("bell", request("GET", "/api/bell/slow", ""), Duration::from_millis(500)))
        .collect();
    let answers = futures_util::future::join_all(slow).await;
    let busy = answers.iter().filter(|answer| answer.as_ref().is_ok_and(|reply| reply.status() == 503)).count();
    assert_eq!(busy, 8, "eight are worked on at once, the others are told to come back");

    bell.close().await;
    let nobody = caller.send("bell", request("POST", "/api/bell/echo", "1"), DEADLINE).await.unwrap_err();
    assert_eq!(&*nobody.code, "kit/no-such-service");
    other.close().await;
    system.forget().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_has_one_deadline_over_all_processes() {
    let Some(system) = System::new("deadlines over NATS").await else { return };
    let databases = [TestDatabase::new(), TestDatabase::new(), TestDatabase::new()];
    let counter = system.process(crate::deadline::counter(), &databases[0], false).await;
    let front = system.process(crate::deadline::front(), &databases[1], false).await;
    let gateway = system.process(crate::store::service("gateway", &[]), &databases[2], false).await;
    crate::deadline::is_handed_on(&system.runtime, gateway.running.caller()).await;

    // Who is not there at all is not waited for.
    counter.close().await;
    let began = system.runtime.monotonic();
    let answers = crate::deadline::relayed(gateway.running.caller(), DEADLINE, &[0]).await;
    assert_eq!(answers, ["kit/no-such-service"]);
    assert!(system.runtime.monotonic() - began < DEADLINE / 4);
    front.close().await;
    gateway.close().await;
    system.forget().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn events_are_heard_once_and_in_order_whatever_jetstream_loses() {
    let Some(system) = System::new("events over NATS").await else { return };
    let (bell_data, ear_data) = (TestDatabase::new(), TestDatabase::new());
    let bell_process = system.process(bell(), &bell_data, true).await;
    let ear_process = system.process(ear(), &ear_data, false).await;
    bell_process.ring(0..200).await;
    ear_process.has_heard(&system.runtime, 200).await;

    // The reader is away; meanwhile messages are lost from the stream.
    ear_process.close().await;
    bell_process.ring(200..400).await;
    let stream = system.jetstream.get_stream(system.stream()).await.unwrap();
    for lost in [70, 71, 100, 133] {
        for _ in 0..100 {
            if stream.delete_message(lost).await.unwrap_or(false) {
                break;
            }
            system.runtime.sleep(Duration::from_millis(20)).await;
        }
    }
    let ear_process = system.process(ear(), &ear_data, false).await;
    ear_process.has_heard(&system.runtime, 400).await;

    // The stream is lost while both are at work.
    system.jetstream.delete_stream(system.stream()).await.unwrap();
    bell_process.ring(400..500).await;
    ear_process.has_heard(&system.runtime, 500).await;

    // The source is away, and its stream is gone when it comes back.
    bell_process.close().await;
    let _ = system.jetstream.delete_stream(system.stream()).await;
    let bell_process = system.process(bell(), &bell_data, true).await;
    bell_process.ring(500..600).await;
    ear_process.has_heard(&system.runtime, 600).await;

    // The stream comes back complete, and nothing in it is twice or out of order.
    let mut stream = system.jetstream.get_stream(system.stream()).await.unwrap();
    assert_eq!(stream.info().await.unwrap().state.messages, 200);
    bell_process.close().await;
    ear_process.close().await;
    system.forget().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_processes_of_a_service_tell_each_event_once() {
    let Some(system) = System::new("two relays over NATS").await else { return };
    let (bell_data, ear_data) = (TestDatabase::new(), TestDatabase::new());
    let bell_process = system.process(bell(), &bell_data, true).await;
    let second = bell_process.nats.relay(bell_process.store("bell"), bell().publish);
    let ear_process = system.process(ear(), &ear_data, false).await;
    bell_process.ring(0..300).await;
    ear_process.has_heard(&system.runtime, 300).await;
    let mut stream = system.jetstream.get_stream(system.stream()).await.unwrap();
    for _ in 0..200 {
        if stream.info().await.unwrap().state.messages >= 100 {
            break;
        }
        system.runtime.sleep(Duration::from_millis(25)).await;
    }
    let state = &stream.info().await.unwrap().state;
    assert_eq!((state.messages, state.last_sequence), (100, 100));
    second.stop();
    bell_process.close().await;
    ear_process.close().await;
    system.forget().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_of_another_process_that_was_set_back_is_told_of() {
    let Some(system) = System::new("a source set back, over NATS").await else { return };
    let (bell_data, ear_data) = (TestDatabase::new(), TestDatabase::new());
    let bell_process = system.process(bell(), &bell_data, true).await;
    let ear_process = system.process(ear(), &ear_data, false).await;
    bell_process.ring(0..10).await;
    ear_process.has_heard(&system.runtime, 10).await;

    // The ear has read further than the bell goes.
    let ahead = |tx: &mut Tx<'_>| Ok(tx.exec("update ear_cursors set seq = 40", &[])?);
    ear_process.store("ear").write(&kit::store::Origin::default(), ahead).await.unwrap();
    ear_process.close().await;
    let ear_process = system.process(ear(), &ear_data, false).await;
    let mut told: Vec<String> = Vec::new();
    let ear_store = ear_process.store("ear");
    for _ in 0..400 {
        let sql = "select error from ear_troubles limit 9";
        told = ear_store.read(move |reader| Ok(reader.all(sql, &[], |row| row.get(0))?)).await.unwrap();
        if !told.is_empty() {
            break;
        }
        system.runtime.sleep(Duration::from_millis(50)).await;
    }
    assert!(told.iter().any(|error| error.contains("restored to an earlier moment")), "{told:?}");
    bell_process.close().await;
    ear_process.close().await;
    system.forget().await;
}
