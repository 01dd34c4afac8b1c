//! Two small services under every fault that a simulation knows: each event takes effect once and in order, each
//! acknowledged request is kept, each job is done, and the same seed takes the same course.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use axum::routing::post;
use kit::auth::Actor;
use kit::bus::{self, PublicEvent, Reactions};
use kit::call::Request;
use kit::http::{App, Json, Keyed, Providers, Reply, RequestKey};
use kit::jobs::Jobs;
use kit::journal::{self, Event, Published, Recorded};
use kit::problem::{Fault, Problem};
use kit::runtime::Runtime;
use kit::service::{Service, nothing_to_check, rebuild};
use kit::sim::{self, Crash, Faults, Process, World};
use kit::store::{Migration, Tx};
use serde::{Deserialize, Serialize};
use utoipa_axum::router::OpenApiRouter;

#[derive(Debug, Serialize, Deserialize)]
enum CounterEvent {
    Added { number: i64, sum: i64 },
    Echoed { number: i64 },
}

#[derive(Debug, Serialize, Deserialize)]
struct CounterAdded {
    number: i64,
}

impl PublicEvent for CounterAdded {
    const SOURCE: &'static str = "counter";
    const KIND: &'static str = "added";
}

impl Event for CounterEvent {
    fn kind(&self) -> &'static str {
        match self {
            CounterEvent::Added { .. } => "added",
            CounterEvent::Echoed { .. } => "echoed",
        }
    }

    fn apply(&self, recorded: &Recorded<Self>, tx: &mut Tx<'_>) -> Result<(), Fault> {
        match self {
            CounterEvent::Added { number, sum } => {
                tx.put("insert into counter_numbers (number, echoed) values ($1, false)", &[(*number).into()])?;
                tx.put(
                    "insert into counter_counts (id, version, sum) values ($1, $2, $3)
                     on conflict (id) do update set version = excluded.version, sum = excluded.sum",
                    &[(&recorded.entity).into(), recorded.version.into(), (*sum).into()],
                )
            }
            CounterEvent::Echoed { number } => {
                tx.put("update counter_numbers set echoed = true where number = $1", &[(*number).into()])
            }
        }
    }

    fn publish(recorded: &Recorded<Self>) -> Option<Published> {
        match recorded.event {
            CounterEvent::Added { number, .. } => Some(CounterAdded { number }.published()),
            CounterEvent::Echoed { .. } => None,
        }
    }
}

#[derive(Debug, Serialize, Deserialize)]
struct Add {
    number: i64,
}

#[derive(Debug, Serialize, Deserialize)]
struct Echo {
    number: i64,
}

impl Request for Echo {
    const SERVICE: &'static str = "counter";
    const PATH: &'static str = "/api/counter/echo";
    type Reply = ();
}

async fn counter_add(app: App, actor: Actor, request: Keyed<Add>) -> Reply<i64> {
    let number = request.body.number;
    let key = request.request_key(&actor, "add");
    let sum = app.once(&actor, &key, move |tx| {
        let counted = tx.one("select version, sum from counter_counts where id = $1", &["c".into()], |row| {
            Ok((row.get::<i64>(0)?, row.get::<i64>(1)?))
        })?;
        let (version, sum) = counted.unwrap_or((0, 0));
        tx.record("c", version, CounterEvent::Added { number, sum: sum + number })?;
        Ok(sum + number)
    });
    Ok(Json(sum.await?))
}

async fn counter_echo(app: App, actor: Actor, Json(Echo { number }): Json<Echo>) -> Reply<()> {
    let key = RequestKey::new(&actor, "echo", &number.to_string(), b"");
    app.once(&actor, &key, move |tx| {
        Ok(tx.record(format!("n-{number}"), 0, CounterEvent::Echoed { number }).map(drop)?)
    })
    .await?;
    Ok(Json(()))
}

fn counter() -> Service {
    Service {
        name: "counter",
        migrations: &[Migration {
            name: "0001",
            sql: "create table counter_counts (id text primary key, version bigint not null, sum bigint not null) without rowid;
create table counter_numbers (number bigint primary key, echoed boolean not null);",
        }],
        dictionaries: &[],
        fact_tables: &["counter_counts", "counter_numbers"],
        routes: || {
            OpenApiRouter::new()
                .route("/api/counter/add", post(counter_add))
                .route("/api/counter/echo", post(counter_echo))
        },
        publish: bus::publish::<CounterEvent>,
        reactions: Reactions::new,
        jobs: Jobs::new,
        check: nothing_to_check,
        rebuild: rebuild::<CounterEvent>,
        permissions: &[],
    }
}

#[derive(Debug, Serialize, Deserialize)]
enum TallyEvent {
    Tallied { number: i64, place: i64 },
}

impl Event for TallyEvent {
    fn kind(&self) -> &'static str {
        "tallied"
    }

    fn apply(&self, _: &Recorded<Self>, tx: &mut Tx<'_>) -> Result<(), Fault> {
        let TallyEvent::Tallied { number, place } = self;
        tx.put("insert into tally_numbers (place, number) values ($1, $2)", &[(*place).into(), (*number).into()])
    }

    fn publish(_: &Recorded<Self>) -> Option<Published> {
        None
    }
}

fn tally() -> Service {
    Service {
        name: "tally",
        migrations: &[Migration {
            name: "0001",
            sql: "create table tally_numbers (place bigint primary key, number bigint not null);",
        }],
        dictionaries: &[],
        fact_tables: &["tally_numbers"],
        routes: OpenApiRouter::new,
        publish: bus::publish::<TallyEvent>,
        reactions: || {
            Reactions::new().on(|tx: &mut Tx<'_>, CounterAdded { number }, _| {
                let sql = "select coalesce(max(place), 0) from tally_numbers";
                let place = tx.one(sql, &[], |row| row.get::<i64>(0))?.unwrap_or(0) + 1;
                tx.record(format!("t-{place}"), 0, TallyEvent::Tallied { number, place })?;
                Ok(tx.schedule("echo", &number.to_string(), tx.now() + Duration::from_secs(5), "")?)
            })
        },
        jobs: || {
            Jobs::new().work("echo", |app, due| async move {
                let number: i64 = due.entity.parse().map_err(|e| Fault::new("a number", e))?;
                let me = app.itself();
                app.call(&me, &Echo { number }).await?;
                app.write(&me, move |tx| Ok(tx.unschedule(&due.kind, &due.entity)?)).await
            })
        },
        check: nothing_to_check,
        rebuild: rebuild::<TallyEvent>,
        permissions: &[],
    }
}

fn processes(split: bool) -> Vec<Process> {
    let process = |name, services: fn() -> Vec<Service>| Process {
        name,
        services: Arc::new(services),
        providers: Arc::new(Providers::default),
    };
    if split {
        vec![process("first", || vec![counter()]), process("second", || vec![tally()])]
    } else {
        vec![process("both", || vec![counter(), tally()])]
    }
}

async fn numbers(world: &World, service: &str, sql: &'static str) -> Option<Vec<i64>> {
    let read =
        |app: App| async move { app.read(move |reader| Ok(reader.all(sql, &[], |row| row.get::<i64>(0))?)).await.ok() };
    world.inside(service, read).await.flatten()
}

/// What holds at every moment: the reader has taken the first events, in order and once. `all` asks for all of them.
async fn check(world: &World, acknowledged: &BTreeSet<i64>, all: bool) {
    let taken = numbers(world, "tally", "select number from tally_numbers order by place").await;
    let journal = |app: App| async move { app.read(|reader| Ok(journal::after(reader, 0, 100_000)?)).await.ok() };
    let rows = world.inside("counter", journal).await.flatten();
    let (Some(taken), Some(rows)) = (taken, rows) else {
        assert!(!all, "everything is up");
        return;
    };
    let added: Vec<i64> = rows
        .into_iter()
        .filter_map(|row| match row.event::<CounterEvent>().unwrap().event {
            CounterEvent::Added { number, .. } => Some(number),
            CounterEvent::Echoed { .. } => None,
        })
        .collect();
    assert!(added.starts_with(&taken), "taken {taken:?} of {added:?}");
    let present: BTreeSet<i64> = added.iter().copied().collect();
    assert_eq!(present.len(), added.len(), "something was added twice");
    assert!(acknowledged.is_subset(&present), "acknowledged, but lost");
    if all {
        assert_eq!(taken, added);
        let quiet = numbers(world, "counter", "select number from counter_numbers where not echoed").await;
        assert_eq!(quiet, Some(vec![]), "jobs were not done");
    }
}

/// One course; returns the digest of what happened.
async fn course(runtime: Runtime, split: bool) -> u64 {
    let world = World::start(&runtime, processes(split)).unwrap();
    world.set_faults(Faults::bad());
    let client = Actor::service("client", "test".to_owned());
    let acknowledged = Arc::new(std::sync::Mutex::new(BTreeSet::new()));
    let clients: Vec<_> = (0..4)
        .map(|client_number: i64| {
            let (world, client, acknowledged) = (world.clone(), client.clone(), Arc::clone(&acknowledged));
            async move {
                for n in 0..15 {
                    let number = client_number * 1_000 + n;
                    let (key, body) = (format!("add-{number}"), serde_json::json!({ "number": number }));
                    let headers = [(kit::http::KEY_HEADER, key.as_str())];
                    let answer = world.insist(&client, "POST", "/api/counter/add", &headers, &body).await;
                    assert_eq!(answer.status, 200, "{answer:?}");
                    acknowledged.lock().unwrap().insert(number);
                    world.runtime().sleep(Duration::from_millis(world.runtime().random_below(3_000))).await;
                }
            }
        })
        .collect();
    let trouble = async {
        for _ in 0..12 {
            let runtime = world.runtime();
            runtime.sleep(Duration::from_millis(runtime.random_below(6_000))).await;
            let victim = usize::try_from(runtime.random_below(world.processes() as u64)).unwrap();
            match runtime.random_below(4) {
                0 => world.crash(victim, Crash::Kill),
                1 => world.crash(victim, Crash::PowerCut),
                _ => world.power_fails_in(victim, 1 + runtime.random_below(60)),
            }
            let known = acknowledged.lock().unwrap().clone();
            check(&world, &known, false).await;
        }
    };
    futures_util::future::join(futures_util::future::join_all(clients), trouble).await;
    world.rest(Duration::from_secs(3_600 * 24)).await;
    let known = acknowledged.lock().unwrap().clone();
    assert_eq!(known.len(), 60);
    check(&world, &known, true).await;
    for service in [counter(), tally()] {
        let findings = world.inside(service.name, |app| sim::audit(app, service)).await.expect("everything is up");
        assert_eq!(findings.unwrap(), Vec::<String>::new());
    }
    world.trace().digest()
}

#[test]
fn each_event_takes_effect_once_and_nothing_acknowledged_is_lost() {
    for seed in 0..25 {
        sim::run(seed, |runtime| course(runtime, false));
        sim::run(seed, |runtime| course(runtime, true));
    }
}

#[test]
fn the_same_seed_takes_the_same_course() {
    let once = |seed| sim::run(seed, |runtime| course(runtime, true));
    assert_eq!(once(7), once(7));
    assert_ne!(once(7), once(8));
}

#[test]
#[should_panic(expected = "a task has panicked")]
fn a_panic_beside_the_simulation_ends_it() {
    sim::run(1, |runtime| async move {
        runtime.spawn(async { panic!("nobody waits for me") });
        runtime.sleep(Duration::from_secs(1)).await;
        Ok::<(), Problem>(())
    })
    .unwrap();
}

#[test]
#[should_panic(expected = "something was logged as an error")]
fn an_error_in_the_log_ends_the_simulation() {
    sim::run(1, |_| async { tracing::error!("nobody reads me") });
}
