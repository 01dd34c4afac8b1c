//! The time of a whole request: what is asked while it is worked on has no longer.

use std::time::Duration;

use axum::http::{HeaderMap, Request as HttpRequest};
use axum::routing::post;
use bytes::Bytes;
use kit::auth::{ACTOR_HEADER, Actor};
use kit::call::{Caller, DEADLINE, Request};
use kit::deadline::{self, DEADLINE_HEADER};
use kit::http::{App, Json, Providers, Reply};
use kit::runtime::Runtime;
use kit::service::Service;
use kit::store::Origin;
use kit::testing::TestHouse;
use serde::{Deserialize, Serialize};
use utoipa_axum::router::OpenApiRouter;

use crate::store::{COUNTS, add, house, service, sum};

/// Asks `counter` to work for so long and then to count one; it answers how long it was told that somebody waits.
#[derive(Serialize, Deserialize)]
struct Work {
    ms: u64,
}

impl Request for Work {
    const SERVICE: &'static str = "counter";
    const PATH: &'static str = "/api/counter/work";
    type Reply = Option<u64>;
}

/// Asks `front` to ask `counter` one after the other, and answers what came of each.
#[derive(Serialize, Deserialize)]
struct Relay {
    works_ms: Vec<u64>,
}

impl Request for Relay {
    const SERVICE: &'static str = "front";
    const PATH: &'static str = "/api/front/relay";
    type Reply = Vec<String>;
}

pub(crate) fn front() -> Service {
    Service { routes: || OpenApiRouter::new().route(Relay::PATH, post(relay)), ..service("front", &[]) }
}

pub(crate) fn counter() -> Service {
    Service { routes: || OpenApiRouter::new().route(Work::PATH, post(work)), ..service("counter", COUNTS) }
}

async fn relay(app: App, actor: Actor, Json(relay): Json<Relay>) -> Reply<Vec<String>> {
    let mut answers = Vec::new();
    for ms in relay.works_ms {
        answers.push(match app.call(&actor, &Work { ms }).await {
            Ok(told_ms) => format!("told {}", told_ms.unwrap_or_default()),
            Err(problem) => problem.detail.as_deref().unwrap_or(&problem.code).to_owned(),
        });
    }
    Ok(Json(answers))
}

async fn work(app: App, actor: Actor, headers: HeaderMap, Json(work): Json<Work>) -> Reply<Option<u64>> {
    app.runtime().sleep(Duration::from_millis(work.ms)).await;
    app.write(&actor, |tx| add(tx, 1)).await?;
    Ok(Json(headers.get(DEADLINE_HEADER).and_then(|ms| ms.to_str().ok()?.parse().ok())))
}

/// What `front` answers to somebody who waits `wait` when it asks `counter` for works of these lengths.
pub(crate) async fn relayed(caller: &Caller, wait: Duration, works_ms: &[u64]) -> Vec<String> {
    let body = serde_json::to_vec(&Relay { works_ms: works_ms.to_vec() }).unwrap();
    let request = HttpRequest::post(Relay::PATH).header(ACTOR_HEADER, "guest").body(Bytes::from(body)).unwrap();
    let reply = caller.send("front", request, wait).await.unwrap();
    serde_json::from_slice(reply.body()).unwrap()
}

/// What any way of calling must do, with `front` and `counter` reached by `caller`.
pub(crate) async fn is_handed_on(runtime: &Runtime, caller: &Caller) {
    let answers = relayed(caller, Duration::from_secs(5), &[0, 400]).await;
    let told: Vec<u64> = answers.iter().map(|answer| answer.strip_prefix("told ").unwrap().parse().unwrap()).collect();
    // A tenth stays with who works on it; the second call has what the first has left.
    assert!((3_000..=4_500).contains(&told[0]) && told[1] <= told[0], "{told:?}");
    assert_eq!(relayed(caller, DEADLINE * 10, &[0]).await, ["told 10000"]);

    let began = runtime.monotonic();
    let answers = relayed(caller, Duration::from_millis(600), &[5_000, 0, 0]).await;
    assert!(runtime.monotonic() - began < Duration::from_millis(4_500), "it waited for who does not answer in time");
    let not_begun = "The request's time was over before this was begun.";
    assert_eq!(answers, ["kit/unknown-outcome", not_begun, not_begun]);
}

#[tokio::test]
async fn a_request_has_one_deadline_with_all_that_it_asks_of_others() {
    let house = TestHouse::start(&[front(), counter()], Providers::default());
    let (runtime, store) = (Runtime::real(), house.running.app("counter").unwrap().store().clone());
    is_handed_on(&runtime, house.running.caller()).await;
    // What was begun goes on to its end though nobody waits; the two that were too late never came.
    for _ in 0..400 {
        if sum(&store).await == 4 {
            break;
        }
        runtime.sleep(Duration::from_millis(25)).await;
    }
    runtime.sleep(Duration::from_millis(100)).await;
    assert_eq!(sum(&store).await, 4);
}

#[tokio::test]
async fn who_acts_without_a_request_has_the_whole_time_for_each_call() {
    let house = TestHouse::start(&[front(), counter()], Providers::default());
    let app = house.running.app("front").unwrap();
    assert_eq!(app.call(&app.itself(), &Work { ms: 0 }).await.unwrap(), Some(10_000));
}

#[tokio::test]
async fn a_write_that_waits_for_the_lane_past_its_deadline_is_not_begun_and_may_be_asked_again() {
    let (house, store) = house();
    let (runtime, origin) = (house.running.app("counter").unwrap().runtime(), Origin::default());
    let (go, wait) = std::sync::mpsc::sync_channel::<()>(1);
    let wait = std::sync::Mutex::new(wait);
    let hold = store.write(&origin, move |_| {
        let _ = wait.lock().unwrap().recv_timeout(Duration::from_secs(10));
        Ok(())
    });
    let key = || store.once(&origin, "k".to_owned(), 1, |tx| add(tx, 1));
    let late = deadline::within(runtime, Duration::from_millis(50), key());
    let patient = deadline::within(runtime, Duration::from_secs(60), store.write(&origin, |tx| add(tx, 10)));
    let (hold, late, patient, ()) = tokio::join!(hold, late, patient, async {
        runtime.sleep(Duration::from_millis(100)).await;
        go.send(()).unwrap();
    });
    let late = late.unwrap_err();
    assert_eq!((late.status, &*late.code), (504, "kit/unknown-outcome"));
    assert!(hold.is_ok());
    assert_eq!(patient.unwrap(), 10, "the other one was not there before");
    assert_eq!((key().await.unwrap(), key().await.unwrap()), (11, 11));
    assert_eq!(sum(&store).await, 11);
}

#[tokio::test]
async fn what_was_begun_in_time_is_written_down_when_the_time_is_over() {
    let (house, store) = house();
    let (runtime, origin) = (house.running.app("counter").unwrap().runtime(), Origin::default());
    let answer = deadline::within(runtime, Duration::from_millis(20), async {
        runtime.sleep(Duration::from_millis(40)).await;
        store.write(&origin, |tx| add(tx, 1)).await
    });
    assert_eq!(answer.await.unwrap(), 1);
}
