//! What cannot be taken is told to people, who have it tried again or leave it out; everything else goes on.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use kit::auth::Actor;
use kit::bus::{self, PublicEvent, Reactions};
use kit::http::{App, Providers};
use kit::jobs::{Due, Jobs};
use kit::journal::{self, Event, Published, Recorded};
use kit::metrics::Metrics;
use kit::problem::{Fault, Problem};
use kit::runtime::Runtime;
use kit::service::{Running, Service, Setup};
use kit::store::{Migration, Origin, Store, Tx};
use kit::testing::{TestDatabase, TestHouse};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa_axum::router::OpenApiRouter;

#[derive(Debug, Serialize, Deserialize)]
struct Rung {
    number: i64,
}

impl PublicEvent for Rung {
    const SOURCE: &'static str = "bell";
    const KIND: &'static str = "rung";
}

impl Event for Rung {
    fn kind(&self) -> &'static str {
        "rung"
    }

    fn apply(&self, _: &Recorded<Self>, _: &mut Tx<'_>) -> Result<(), Fault> {
        Ok(())
    }

    fn publish(recorded: &Recorded<Self>) -> Option<Published> {
        Some(recorded.event.published())
    }
}

/// Whether number 3 can be heard now.
static MENDED: AtomicBool = AtomicBool::new(false);

const HEARD: &[Migration] =
    &[Migration { name: "0001", sql: "create table ear_heard (number bigint primary key) without rowid;" }];

fn service(name: &'static str, migrations: &'static [Migration], reactions: fn() -> Reactions) -> Service {
    Service {
        name,
        migrations,
        dictionaries: &[],
        fact_tables: &[],
        routes: OpenApiRouter::new,
        publish: bus::publish::<Rung>,
        reactions,
        jobs: || Jobs::new().work("dial", dial),
        check: kit::service::nothing_to_check,
        rebuild: kit::service::rebuild::<Rung>,
        permissions: &[],
    }
}

fn listening() -> Reactions {
    Reactions::new().on(|tx: &mut Tx<'_>, Rung { number }, _| {
        if number == 3 && !MENDED.load(Ordering::Relaxed) || number == 5 {
            return Err(Problem::conflict("ear/deaf", "Cannot hear").detail(format!("Not number {number}.")));
        }
        Ok(tx.put("insert into ear_heard (number) values ($1)", &[number.into()])?)
    })
}

/// Notes how many are taken together, and the first.
fn listening_jointly() -> Reactions {
    Reactions::new().jointly(|tx: &mut Tx<'_>, rung: Vec<Rung>, heard| {
        assert_eq!(rung.len(), heard.len());
        if rung.iter().any(|rung| rung.number == 5) {
            return Err(Problem::conflict("ear/deaf", "Cannot hear"));
        }
        let (many, first) = (i64::try_from(rung.len()).unwrap(), rung[0].number);
        Ok(tx.put("insert into ear_heard (number) values ($1)", &[(many * 1000 + first).into()])?)
    })
}

#[tokio::test]
async fn events_taken_jointly_stop_only_at_the_one_that_cannot_be_taken() {
    let services = [service("bell", &[], Reactions::new), service("ear", HEARD, listening_jointly)];
    let house = TestHouse::start(&services, Providers::default());
    let bell = house.running.app("bell").unwrap().store().clone();
    let ear = house.running.app("ear").unwrap().store().clone();
    let ring = async |numbers: std::ops::RangeInclusive<i64>| {
        let origin = Origin::default();
        let rung = bell.write(&origin, move |tx| {
            numbers.clone().try_for_each(|number| tx.record(format!("bell_{number}"), 0, Rung { number }).map(drop))?;
            Ok(())
        });
        rung.await.unwrap();
    };
    ring(1..=2).await;
    until(&house, "both as one", async || (numbers(&ear).await == [2001]).then_some(())).await;
    ring(3..=6).await;
    let told = until(&house, "the trouble", async || trouble(&house).await).await;
    assert_eq!((numbers(&ear).await, &told["seq"]), (vec![1003, 1004, 2001], &json!(5)));
}

#[tokio::test]
async fn the_first_event_of_all_can_be_left_out() {
    let services = [service("bell", &[], Reactions::new), service("ear", HEARD, listening)];
    let house = TestHouse::start(&services, Providers::default());
    let bell = house.running.app("bell").unwrap().store().clone();
    let ear = house.running.app("ear").unwrap().store().clone();
    bell.write(&Origin::default(), |tx| {
        [5, 6].into_iter().try_for_each(|number| tx.record(format!("bell_{number}"), 0, Rung { number }).map(drop))?;
        Ok(())
    })
    .await
    .unwrap();
    until(&house, "the trouble", async || trouble(&house).await).await;
    let wish = json!({"id": "event:bell", "skip": 1, "reason": "rung by mistake"});
    assert_eq!(house.post(&house.admin(), "/api/ear/troubles", &wish).await.body, json!({"troubles": []}));
    until(&house, "the next event", async || (numbers(&ear).await == [6]).then_some(())).await;
}

/// `services` on `database`.
fn house_on(database: TestDatabase, services: &[Service]) -> TestHouse {
    let setup = Setup {
        location: database.location().clone(),
        runtime: Runtime::real(),
        metrics: Metrics::default(),
        providers: Providers::default(),
        remote: None,
        remote_source: None,
    };
    let running = Running::start(services, setup).unwrap();
    TestHouse { running, database }
}

#[tokio::test]
async fn a_source_that_was_set_back_or_has_another_history_is_not_listened_to_and_people_are_told() {
    let services = || [service("bell", &[], Reactions::new), service("ear", HEARD, listening)];
    let house = house_on(TestDatabase::new(), &services());
    let bell = house.running.app("bell").unwrap().store().clone();
    let ear = house.running.app("ear").unwrap().store().clone();
    bell.write(&Origin::default(), |tx| {
        (1..=2).try_for_each(|number| tx.record(format!("bell_{number}"), 0, Rung { number }).map(drop))?;
        Ok(())
    })
    .await
    .unwrap();
    until(&house, "both", async || (numbers(&ear).await == [1, 2]).then_some(())).await;

    // The ear has read further than the bell goes, then as far, but of another bell.
    let cases = [
        ("update ear_cursors set seq = 40", "restored to an earlier moment"),
        ("update ear_cursors set seq = 1, epoch = 'before'", "another history"),
    ];
    let mut database = house.database;
    house.running.close().await;
    for (meanwhile, wanted) in cases {
        let alone = house_on(database, &[service("ear", HEARD, listening)]);
        let ear = alone.running.app("ear").unwrap().store().clone();
        ear.write(&Origin::default(), move |tx| Ok(tx.exec(meanwhile, &[])?)).await.unwrap();
        alone.running.close().await;
        let both = house_on(alone.database, &services());
        let told = until(&both, wanted, async || {
            trouble(&both).await.filter(|told| told["error"].as_str().is_some_and(|error| error.contains(wanted)))
        });
        let told = told.await;
        assert_eq!((&told["name"], &told["seq"]), (&json!(""), &json!(0)));
        let wish = json!({"id": "event:bell", "skip": 0, "reason": "go on"});
        assert_eq!(both.post(&both.admin(), "/api/ear/troubles", &wish).await.problem(), "kit/not-skippable");
        assert_eq!(numbers(both.running.app("ear").unwrap().store()).await, [1, 2]);
        database = both.database;
        both.running.close().await;
    }
}

/// Whether somebody answers the telephone.
static AT_HOME: AtomicBool = AtomicBool::new(false);

/// A job that schedules itself again, and says when it has done so often.
async fn dial(app: App, due: Due) -> Result<(), Problem> {
    let is_at_home = AT_HOME.load(Ordering::Relaxed);
    app.write(&app.itself(), move |tx| {
        if is_at_home {
            tx.end_trouble(&due)?;
            return Ok(tx.unschedule(&due.kind, &due.entity)?);
        }
        let later = tx.now() + Duration::from_secs(3600);
        tx.schedule(&due.kind, &due.entity, later, "")?;
        Ok(tx.tell_trouble(&due, 7, "nobody answers")?)
    })
    .await
}

#[tokio::test]
async fn a_job_in_trouble_is_begun_at_once_when_a_person_asks_and_is_never_left_out() {
    let house = TestHouse::start(&[service("ear", HEARD, Reactions::new)], Providers::default());
    let ear = house.running.app("ear").unwrap().store().clone();
    ear.write(&Origin::default(), |tx| Ok(tx.schedule("dial", "anna", tx.now(), "")?)).await.unwrap();
    let told = until(&house, "the trouble", async || trouble(&house).await).await;
    assert_eq!((&told["id"], &told["attempts"]), (&json!("job:dial:anna"), &json!(7)));
    let wish = json!({"id": "job:dial:anna", "skip": 0, "reason": "no need"});
    assert_eq!(house.post(&house.admin(), "/api/ear/troubles", &wish).await.problem(), "kit/not-skippable");

    AT_HOME.store(true, Ordering::Relaxed);
    let again = house.post(&house.admin(), "/api/ear/troubles", &json!({"id": "job:dial:anna"})).await;
    assert_eq!(again.status, 200);
    until(&house, "the end", async || trouble(&house).await.is_none().then_some(())).await;
}

async fn numbers(store: &Store) -> Vec<i64> {
    let read = store.read(|reader| {
        Ok(reader.all("select number from ear_heard order by number limit 100", &[], |row| row.get(0))?)
    });
    read.await.unwrap()
}

async fn until<T>(house: &TestHouse, what: &str, look: impl AsyncFn() -> Option<T>) -> T {
    let runtime = house.running.app("ear").unwrap().runtime().clone();
    for _ in 0..600 {
        if let Some(found) = look().await {
            return found;
        }
        runtime.sleep(Duration::from_millis(50)).await;
    }
    panic!("{what} did not come about");
}

async fn trouble(house: &TestHouse) -> Option<Value> {
    let list = house.get(&house.admin(), "/api/ear/troubles").await;
    assert_eq!(list.status, 200, "{}", list.body);
    list.body["troubles"].as_array().unwrap().first().cloned()
}

#[tokio::test]
async fn an_event_that_cannot_be_taken_is_told_tried_again_and_left_out_with_a_reason() {
    let services = [service("bell", &[], Reactions::new), service("ear", HEARD, listening)];
    let house = TestHouse::start(&services, Providers::default());
    let bell = house.running.app("bell").unwrap().store().clone();
    let ear = house.running.app("ear").unwrap().store().clone();
    bell.write(&Origin::default(), |tx| {
        (1..=6).try_for_each(|number| tx.record(format!("bell_{number}"), 0, Rung { number }).map(drop))?;
        Ok(())
    })
    .await
    .unwrap();

    // Those before it have their effect, it stops those behind it, and people are told.
    let told = until(&house, "the trouble", async || trouble(&house).await).await;
    assert_eq!(numbers(&ear).await, [1, 2]);
    assert_eq!((&told["id"], &told["name"], &told["seq"]), (&json!("event:bell"), &json!("rung"), &json!(3)));
    assert!(told["attempts"].as_i64().unwrap() >= 10 && told["error"].as_str().unwrap().contains("Not number 3."));

    // Only who may, with a reason, and only what is there.
    let end = |skip: Value, reason: &str| json!({"id": "event:bell", "skip": skip, "reason": reason});
    let path = "/api/ear/troubles";
    assert_eq!(house.get(&Actor::guest("r".to_owned()), path).await.status, 401);
    assert_eq!(house.post(&Actor::guest("r".to_owned()), path, &end(json!(3), "why not")).await.status, 401);
    assert_eq!(house.post(&house.admin(), path, &end(json!(3), " ")).await.problem(), "kit/invalid");
    assert_eq!(house.post(&house.admin(), path, &end(json!(4), "wrong one")).await.problem(), "kit/stale");
    assert_eq!(house.post(&house.admin(), path, &json!({"id": "event:door"})).await.status, 404);
    assert_eq!(numbers(&ear).await, [1, 2]);

    // The cause is mended, and a person has it tried at once.
    MENDED.store(true, Ordering::Relaxed);
    assert_eq!(house.post(&house.admin(), path, &json!({"id": "event:bell"})).await.status, 200);
    let told = until(&house, "the next trouble", async || trouble(&house).await.filter(|told| told["seq"] == 5)).await;
    assert_eq!((numbers(&ear).await, &told["seq"]), (vec![1, 2, 3, 4], &json!(5)));

    // This one is left out: a fact in the journal, and the reader goes on.
    let person = Actor { name: "person:anna".to_owned(), ..house.admin() };
    let left = house.post(&person, path, &end(json!(5), "rung by mistake")).await;
    assert_eq!((left.status, &left.body), (200, &json!({"troubles": []})));
    until(&house, "the last event", async || (numbers(&ear).await == [1, 2, 3, 4, 6]).then_some(())).await;
    let rows = ear.read(|reader| Ok(journal::after(reader, 0, 10)?)).await.unwrap();
    assert_eq!((rows.len(), rows[0].kind.as_ref(), rows[0].actor.as_str()), (1, "kit_event_skipped", "person:anna"));
    assert!(rows[0].body.contains("rung by mistake") && rows[0].body.contains("Not number 5."), "{}", rows[0].body);

    // Neither others nor a rebuild take it for the service's own event.
    let source = bus::LocalSource::new(ear.clone(), bus::publish::<Rung>);
    assert!(bus::Source::after(&source, 0, &[]).await.unwrap().events.is_empty());
    let empty = TestHouse::start(&services, Providers::default());
    let into = empty.running.app("ear").unwrap().store().clone();
    assert_eq!(journal::rebuild::<Rung>(&ear, &into).await.unwrap(), 1);
}
