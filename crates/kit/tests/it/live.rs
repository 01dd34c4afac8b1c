//! What changes is told to open screens, in one process and from process to process.

use std::time::Duration;

use kit::http::Providers;
use kit::live::{Hub, Line, News, Topic, Watch};
use kit::metrics::Metrics;
use kit::nats::{Nats, NatsConfig};
use kit::problem::Problem;
use kit::runtime::Runtime;
use kit::service::{Running, Setup};
use kit::store::{Origin, Store};
use kit::testing::TestDatabase;

use crate::nats::{Rung, bell};

/// Sooner than anybody would notice.
const SOON: Duration = Duration::from_secs(1);

fn start(database: &TestDatabase) -> Running {
    let setup = Setup {
        location: database.location().clone(),
        runtime: Runtime::real(),
        metrics: Metrics::default(),
        providers: Providers::default(),
        remote: None,
        remote_source: None,
    };
    Running::start(&[bell()], setup).unwrap()
}

fn bells(hub: &Hub, entity: Option<&str>) -> Watch {
    hub.watch(vec![Topic { service: "bell".to_owned(), entity: entity.map(str::to_owned), names_entities: true }])
}

async fn ring(store: &Store, bell: &'static str, version: i64) {
    let origin = Origin::default();
    let rung = store.write(&origin, move |tx| Ok(tx.record(bell, version - 1, Rung { number: version })?));
    rung.await.unwrap();
}

/// Listens until `bell` is heard with `version`; gives the number of times that something was heard.
async fn heard(watch: &mut Watch, bell: &str, version: i64) -> usize {
    let wanted = Line { topic: "bell".to_owned(), id: Some(bell.to_owned()), version: Some(version) };
    for times in 1.. {
        match Runtime::real().timeout(SOON, watch.next()).await {
            Some(News::Changes(lines)) if lines.contains(&wanted) => return times,
            Some(News::Changes(_)) => {}
            other => panic!("{bell} {version} was not heard: {other:?}"),
        }
    }
    unreachable!("counting does not end")
}

#[tokio::test]
async fn a_process_hears_its_own_commits() {
    let database = TestDatabase::new();
    let mut running = start(&database);
    let hub = running.live();
    let store = running.app("bell").unwrap().store().clone();
    let (mut all, mut one) = (bells(&hub, None), bells(&hub, Some("b")));
    ring(&store, "a", 1).await;
    ring(&store, "b", 1).await;
    heard(&mut all, "b", 1).await;
    assert_eq!(heard(&mut one, "b", 1).await, 1, "a was not for it");
    running.close().await;
}

#[tokio::test]
async fn what_no_journal_has_is_told_as_well_unless_it_was_refused() {
    let database = TestDatabase::new();
    let mut running = start(&database);
    let hub = running.live();
    let store = running.app("bell").unwrap().store().clone();
    let mut all = bells(&hub, None);
    let origin = Origin::default();
    let refused = store.write(&origin, move |tx| {
        tx.tell("refused");
        Err::<(), _>(Problem::invalid("no"))
    });
    assert!(refused.await.is_err());
    let told = store.write(&origin, move |tx| {
        tx.tell("scratch");
        Ok(())
    });
    told.await.unwrap();
    let line = Line { topic: "bell".to_owned(), id: Some("scratch".to_owned()), version: Some(0) };
    match Runtime::real().timeout(SOON, all.next()).await {
        Some(News::Changes(lines)) => assert_eq!(lines, [line]),
        other => panic!("{other:?}"),
    }
    running.close().await;
}

#[tokio::test]
async fn other_processes_are_heard_over_nats_a_burst_in_few_messages() {
    let Ok(url) = std::env::var("BACKROOM_TEST_NATS") else {
        eprintln!("not tested: open screens over NATS; set BACKROOM_TEST_NATS to a NATS server's address");
        return;
    };
    let runtime = Runtime::real();
    let config = NatsConfig { url, prefix: format!("live{:x}", runtime.random_u64()), replicas: 1, in_flight: 8 };
    let here = Nats::connect(config.clone(), runtime.clone()).await.unwrap();
    let there = Nats::connect(config, runtime.clone()).await.unwrap();
    let database = TestDatabase::new();
    let running = start(&database);
    let store = running.app("bell").unwrap().store().clone();
    let teller = there.tell_live(&store);
    let (hub, hearing) = here.live().await.unwrap();
    let mut all = bells(&hub, None);
    for version in 1..=200 {
        ring(&store, "a", version).await;
    }
    ring(&store, "b", 1).await;
    heard(&mut all, "b", 1).await;
    for version in 201..=400 {
        let origin = Origin::default();
        let write = store.write(&origin, move |tx| {
            for n in 0..10 {
                tx.record(format!("c{n}"), version - 1, Rung { number: version })?;
            }
            Ok(())
        });
        write.await.unwrap();
    }
    ring(&store, "d", 1).await;
    let times = heard(&mut all, "d", 1).await;
    assert!(times < 100, "{times} messages for 201 commits");
    teller.stop();
    hearing.stop();
    running.close().await;
}
