//! What a store promises: all or nothing, once per key, gap-free journal, no touching of others' tables.

use kit::blob::Blob;
use kit::bus::{self, LocalSource, Source};
use kit::http::Providers;
use kit::jobs::Jobs;
use kit::journal::{self, Event, Published, Recorded};
use kit::metrics::Metrics;
use kit::private::Private;
use kit::problem::{Fault, Problem};
use kit::runtime::Runtime;
use kit::service::Service;
use kit::store::{Database, Location, Migration, Origin, Schema, Store, Tx};
use kit::testing::{TestDatabase, TestHouse};
use kit::time::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa_axum::router::OpenApiRouter;

#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Counted {
    Added { by: i64, sum: i64 },
}

impl Event for Counted {
    fn kind(&self) -> &'static str {
        "added"
    }

    fn apply(&self, recorded: &Recorded<Self>, tx: &mut Tx<'_>) -> Result<(), Fault> {
        let Counted::Added { sum, .. } = self;
        tx.put(
            "insert into counter_counts (id, version, sum) values ($1, $2, $3)
             on conflict (id) do update set version = excluded.version, sum = excluded.sum",
            &[(&recorded.entity).into(), recorded.version.into(), (*sum).into()],
        )
    }

    fn publish(_: &Recorded<Self>) -> Option<Published> {
        None
    }
}

pub(crate) fn service(name: &'static str, migrations: &'static [Migration]) -> Service {
    Service {
        name,
        migrations,
        dictionaries: &[],
        fact_tables: &["counter_counts"],
        routes: OpenApiRouter::new,
        publish: bus::publish::<Counted>,
        reactions: bus::Reactions::new,
        jobs: Jobs::new,
        check: kit::service::nothing_to_check,
        rebuild: kit::service::rebuild::<Counted>,
        permissions: &[],
    }
}

pub(crate) const COUNTS: &[Migration] = &[Migration {
    name: "0001",
    sql: "create table counter_counts (id text primary key, version bigint not null, sum bigint not null) without rowid;",
}];

pub(crate) fn house() -> (TestHouse, Store) {
    let services = [service("counter", COUNTS), service("other", &[])];
    let house = TestHouse::start(&services, Providers::default());
    let store = house.running.app("counter").unwrap().store().clone();
    (house, store)
}

pub(crate) fn add(tx: &mut Tx<'_>, by: i64) -> Result<i64, Problem> {
    let counted = tx.one("select version, sum from counter_counts where id = $1", &["c".into()], |row| {
        Ok((row.get::<i64>(0)?, row.get::<i64>(1)?))
    })?;
    let (version, sum) = counted.unwrap_or((0, 0));
    tx.record("c", version, Counted::Added { by, sum: sum + by })?;
    Ok(sum + by)
}

pub(crate) async fn sum(store: &Store) -> i64 {
    let sum = store.read(|reader| Ok(reader.one("select sum from counter_counts", &[], |row| row.get(0))?)).await;
    sum.unwrap().unwrap_or(0)
}

pub(crate) fn refusal() -> Problem {
    Problem::conflict("counter/no", "No.")
}

#[tokio::test]
async fn many_writers_lose_nothing_and_the_journal_has_no_gaps() {
    let (_house, store) = house();
    let tasks: Vec<_> = (0..300_i64)
        .map(|n| {
            let store = store.clone();
            async move {
                store
                    .write(&Origin::default(), move |tx| {
                        if n % 3 == 0 {
                            return Err(refusal());
                        }
                        add(tx, 1)
                    })
                    .await
                    .is_ok()
            }
        })
        .collect();
    let done = futures_util::future::join_all(tasks).await;
    assert_eq!(done.iter().filter(|ok| **ok).count(), 200);
    assert_eq!(sum(&store).await, 200);
    let rows = store.read(|reader| Ok(journal::after(reader, 0, 1000)?)).await.unwrap();
    assert_eq!(rows.iter().map(|row| row.seq).collect::<Vec<_>>(), (1..=200).collect::<Vec<_>>());
    assert_eq!(rows.last().unwrap().version, 200);
}

#[tokio::test]
async fn a_request_key_has_its_effect_once() {
    let (_house, store) = house();
    let origin = Origin::default();
    let once = |digest| store.once(&origin, "key".to_owned(), digest, |tx| add(tx, 5));
    let (a, b) = tokio::join!(once(1), once(1));
    assert_eq!((a.unwrap(), b.unwrap()), (5, 5));
    assert_eq!(once(1).await.unwrap(), 5);
    assert_eq!(once(2).await.unwrap_err().code, "kit/request-key-reused");
    assert_eq!(sum(&store).await, 5);
}

#[tokio::test]
async fn a_service_cannot_touch_the_tables_of_another() {
    let (house, _) = house();
    let other = house.running.app("other").unwrap().store().clone();
    let read = other
        .read(|reader| Ok(reader.all("select sum from counter_counts where 1 = 1", &[], |row| row.get::<i64>(0))?))
        .await;
    assert_eq!(read.unwrap_err().status, 500);
    let write = other.write(&Origin::default(), |tx| Ok(tx.exec("delete from counter_counts", &[])?)).await;
    assert_eq!(write.unwrap_err().status, 500);
}

#[tokio::test]
async fn request_keys_are_forgotten_when_they_are_old() {
    let (house, store) = house();
    let origin = Origin::default();
    let once = |key: &str| store.once(&origin, key.to_owned(), 1, |tx| add(tx, 1));
    for n in 0..3 {
        once(&format!("key{n}")).await.unwrap();
    }
    let app = house.running.app("counter").unwrap();
    assert_eq!(kit::purge::forget_old(app, app.runtime().now() - kit::purge::REMEMBERED).await.unwrap(), 0);
    assert_eq!(kit::purge::forget_old(app, app.runtime().now()).await.unwrap(), 3);
    once("key1").await.unwrap();
    assert_eq!(sum(&store).await, 4);
}

#[tokio::test]
async fn very_many_queued_writes_arrive_and_one_that_is_refused_undoes_them_all() {
    let (_house, store) = house();
    let fill = |from: i64, twice: Option<i64>| {
        let store = store.clone();
        async move {
            let origin = Origin::default();
            let filled = store.write(&origin, move |tx| {
                for n in (from..from + 2_500).chain(twice) {
                    let put = "insert into counter_counts (id, version, sum) values ($1, 1, $2)";
                    tx.put(put, &[n.to_string().into(), n.into()])?;
                }
                Ok(())
            });
            filled.await.map_err(|problem| problem.status)
        }
    };
    let count = || async {
        let count =
            store.glance(|reader| Ok(reader.one("select count(*) from counter_counts", &[], |row| row.get::<i64>(0))?));
        count.await.unwrap()
    };
    assert_eq!(fill(0, None).await, Ok(()));
    assert_eq!(fill(10_000, Some(11_000)).await, Err(500));
    assert_eq!(fill(20_000, Some(7)).await, Err(500));
    assert_eq!(count().await, Some(2_500));
    assert_eq!(fill(10_000, None).await, Ok(()));
    assert_eq!(count().await, Some(5_000));
}

#[tokio::test]
async fn what_is_scheduled_says_when_it_is_due() {
    let (_house, store) = house();
    let due = async |entity: &'static str| {
        let due = store.read(move |reader| Ok(reader.due("later", entity)?)).await.unwrap();
        due.map(|due| (due.due_at, due.body))
    };
    let at = Runtime::real().now() + std::time::Duration::from_secs(3600);
    let write = async |f: fn(&mut Tx<'_>, Timestamp) -> Result<(), Fault>| {
        store.write(&Origin::default(), move |tx| Ok(f(tx, at)?)).await.unwrap();
    };
    assert_eq!(due("a").await, None);
    write(|tx, at| tx.schedule("later", "a", at, "body")).await;
    assert_eq!((due("a").await, due("b").await), (Some((at, "body".to_owned())), None));
    write(|tx, at| tx.schedule("later", "a", at + std::time::Duration::from_secs(1), "")).await;
    assert_eq!(due("a").await, Some((at + std::time::Duration::from_secs(1), String::new())));
    write(|tx, _| tx.unschedule("later", "a")).await;
    assert_eq!(due("a").await, None);
}

#[tokio::test]
async fn a_glance_changes_nothing_on_postgres() {
    let (_house, store) = house();
    store.write(&Origin::default(), |tx| add(tx, 1)).await.unwrap();
    if std::env::var("BACKROOM_TEST_STORE").as_deref() == Ok("postgres") {
        let sql = "update counter_counts set sum = 2 returning sum";
        let changed = store.glance(move |reader| Ok(reader.all(sql, &[], |row| row.get::<i64>(0))?)).await;
        assert_eq!(changed.unwrap_err().status, 500);
    }
    assert_eq!(sum(&store).await, 1);
}

#[tokio::test]
async fn a_blob_comes_back_as_it_was_kept() {
    let (_house, store) = house();
    let blob = Blob::new(vec![7; 300_000]).unwrap();
    let reference = blob.reference().clone();
    assert_eq!(reference.len, 300_000);
    for _ in 0..2 {
        let blob = blob.clone();
        store.write(&Origin::default(), move |tx| Ok(tx.keep(&blob)?)).await.unwrap();
    }
    let back = store.read(move |reader| Ok(reader.blob(&reference)?)).await.unwrap();
    assert_eq!(back, Some(vec![7; 300_000]));
    let unknown = Blob::new(b"never kept".to_vec()).unwrap().reference().clone();
    assert_eq!(store.read(move |reader| Ok(reader.blob(&unknown)?)).await.unwrap(), None);
    assert_eq!(Blob::new(vec![0; kit::blob::MAX_BLOB + 1]).unwrap_err().code, "kit/blob-too-large");
}

#[tokio::test]
async fn a_damaged_text_says_what_is_wrong_with_it() {
    let (house, store) = house();
    if matches!(house.database.location(), Location::Postgres { .. }) {
        return; // There a text is a text.
    }
    let origin = Origin::default();
    let told = async |kept: &'static [u8]| {
        let write = store.write(&origin, move |tx| {
            tx.put("delete from counter_counts", &[])?;
            Ok(tx.put("insert into counter_counts (id, version, sum) values ($1, 1, 1)", &[kept.into()])?)
        });
        write.await.unwrap();
        let sql = "select id from counter_counts";
        let read = store.read(move |reader| Ok(reader.one(sql, &[], |row| row.get::<String>(0))?)).await;
        format!("{:#}", read.unwrap_err().fault.as_ref().unwrap())
    };
    assert!(told(b"9later").await.contains("there is no dictionary 9"));
    assert!(told(b"Z\x20\x05damage").await.contains("a damaged document"));
    assert!(told(&[1, 2, 3]).await.contains("bytes and no text"));
}

#[tokio::test]
async fn a_journal_that_ends_before_what_was_read_of_it_is_another_history() {
    let (_house, store) = house();
    store.write(&Origin::default(), |tx| add(tx, 1)).await.unwrap();
    let source = LocalSource::new(store, bus::publish::<Counted>);
    assert_eq!(source.after(1, &[]).await.unwrap().upto, 1);
    assert_eq!(source.after(2, &[]).await.unwrap_err().code, "kit/journal-set-back");
}

#[tokio::test]
async fn whoever_is_forgotten_stays_so_whatever_is_written_about_them_later() {
    let (_house, store) = house();
    let origin = Origin::default();
    let before: Private<String> =
        store.write(&origin, |tx| Ok(tx.seal("p", &"Demo Shopper".to_owned())?)).await.unwrap();
    store.write(&origin, |tx| Ok(tx.forget("p")?)).await.unwrap();
    let after: Private<String> = store.write(&origin, |tx| Ok(tx.seal("p", &"again".to_owned())?)).await.unwrap();
    store.write(&origin, |tx| Ok(tx.forget("never sealed")?)).await.unwrap();
    let third: Private<String> =
        store.write(&origin, |tx| Ok(tx.seal("never sealed", &"late".to_owned())?)).await.unwrap();
    let opened = store
        .read(move |reader| {
            let opened = [reader.open("p", &before)?, reader.open("p", &after)?, reader.open("never sealed", &third)?];
            Ok(opened)
        })
        .await;
    assert_eq!(opened.unwrap(), [None, None, None]);
}

#[tokio::test]
async fn what_is_deleted_is_gone_from_the_file_and_the_file_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    const SECRET: &str = "a secret of 32 letters and digits";
    let home = TestDatabase::new();
    let Location::Sqlite { path, .. } = home.location() else { return };
    let schema = Schema { service: "counter", migrations: COUNTS, dictionaries: &[] };
    let database = Database::open(home.location(), &[schema], &Runtime::real(), &Metrics::default()).unwrap();
    let (store, origin) = (database.store("counter"), Origin::default());
    for long in [1, 200] {
        store
            .write(&origin, move |tx| {
                let text = SECRET.repeat(long);
                let put = "insert into counter_counts (id, version, sum) values ($1, 1, 1)";
                Ok(tx.put(put, &[text.into()])?)
            })
            .await
            .unwrap();
    }
    let holds = || std::fs::read(path).unwrap().windows(SECRET.len()).any(|bytes| bytes == SECRET.as_bytes());
    store.write(&origin, |tx| Ok(tx.put("delete from counter_counts where sum = $1", &[1.into()])?)).await.unwrap();
    drop(store);
    database.close().await;
    assert!(!holds());
    assert_eq!(std::fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o600);
}

/// The tables of `counter` as releases before records and packed ids wrote them.
const OLD: &str = "
create table counter_meta (key text primary key, value text not null);
insert into counter_meta (key, value) values ('migration:kit_0001', 'applied'), ('migration:kit_0002', 'applied'),
  ('migration:0001', 'applied'), ('epoch', 'before');
create table counter_journal (
  seq bigint primary key, at bigint not null, kind text not null, entity text not null, version bigint not null,
  actor text not null, cause text not null, body text not null, unique (entity, version));
create table counter_request_keys (key text primary key, digest bigint not null, outcome text not null, at bigint not null);
create table counter_cursors (source text primary key, epoch text not null, seq bigint not null);
create table counter_due (id text primary key, kind text not null, entity text not null, due_at bigint not null,
  attempt bigint not null, body text not null);
create table counter_person_keys (person text primary key, key blob not null);
create table counter_blobs (hash text primary key, body blob not null);
create table counter_troubles (
  id text primary key, what text not null, name text not null, source text not null, seq bigint not null, entity text not null,
  error text not null, attempts bigint not null, since bigint not null, last_at bigint not null);
create table counter_counts (id text primary key, version bigint not null, sum bigint not null);
insert into counter_journal (seq, at, kind, entity, version, actor, cause, body) values
  (1, 1000, 'added', 'cnt_00000000000000000000000001', 1, 'person:psn_00000000000000000000000002', 'c1', '{\"Added\":{\"by\":2,\"sum\":2}}'),
  (2, 2000, 'added', 'cnt_00000000000000000000000001', 2, 'guest', 'c\\2', '{\"Added\":{\"by\":3,\"sum\":5}}');
insert into counter_counts (id, version, sum) values ('cnt_00000000000000000000000001', 2, 5), ('other', 1, 1);
";

#[tokio::test]
async fn what_is_added_to_a_row_is_seen_by_who_asks_and_goes_with_a_refusal() {
    const ADD: &str = "insert into counter_counts (id, version, sum) values ($1, $2, $3) on conflict (id) do update
        set version = counter_counts.version + excluded.version, sum = counter_counts.sum + excluded.sum";
    let (_house, store) = house();
    let sums = |tx: &mut Tx<'_>| {
        tx.all("select version, sum from counter_counts order by id limit 9", &[], |row| {
            Ok((row.get::<i64>(0)?, row.get::<i64>(1)?))
        })
    };
    let seen = store
        .write(&Origin::default(), move |tx| {
            for n in 1..=10 {
                tx.add(ADD, &["c".into()], &[1, n]);
                tx.add(ADD, &["d".into()], &[1, -n]);
            }
            let seen = sums(tx)?;
            tx.add(ADD, &["c".into()], &[1, 5]);
            tx.insert_later(ADD, 1, &["e".into(), 1.into(), 7.into()]);
            assert!(tx.change(ADD, &["e".into()], 2, 8) && !tx.change(ADD, &["f".into()], 2, 8));
            Ok(seen)
        })
        .await;
    assert_eq!(seen.unwrap(), [(10, 55), (10, -55)]);
    let origin = Origin::default();
    let refused = store.write(&origin, |tx| {
        tx.add(ADD, &["c".into()], &[1, 100]);
        Err::<(), _>(refusal())
    });
    // Beside others that are committed with it.
    let others = (0..5).map(|_| {
        store.write(&origin, |tx| {
            tx.add(ADD, &["d".into()], &[0, 1]);
            Ok(())
        })
    });
    let (refused, others) = tokio::join!(refused, futures_util::future::join_all(others));
    assert!(refused.is_err() && others.iter().all(Result::is_ok));
    assert_eq!(store.write(&Origin::default(), move |tx| Ok(sums(tx)?)).await.unwrap(), [(11, 60), (10, -50), (1, 8)]);
}

#[tokio::test]
async fn a_database_of_an_earlier_release_is_read_as_it_was_and_written_as_it_is_now() {
    let home = TestDatabase::new();
    // A migration may write whatever it likes: another service's writes what was there before.
    let before = service("before", &[Migration { name: "0001", sql: OLD }]).schema();
    Database::open(home.location(), &[before], &Runtime::real(), &Metrics::default()).unwrap().close().await;
    let schema = service("counter", COUNTS).schema();
    let open = || Database::open(home.location(), &[schema], &Runtime::real(), &Metrics::default()).unwrap();
    open().close().await;
    let database = open();
    let (store, origin) = (database.store("counter"), Origin::default());
    assert_eq!(store.epoch(), "before");
    let id = "cnt_00000000000000000000000001";
    let added = store.write(&origin, move |tx| Ok(tx.record(id, 2, Counted::Added { by: 1, sum: 6 })?)).await.unwrap();
    assert_eq!(added, 3);
    let (rows, counts) = store
        .read(move |reader| {
            let of_one = journal::history(reader, id, 0, 10)?;
            let counts = reader.all(
                "select id, sum from counter_counts where id in each($1) order by sum",
                &[serde_json::json!([id, "other", "neither"]).to_string().into()],
                |row| Ok((row.get::<String>(0)?, row.get::<i64>(1)?)),
            )?;
            Ok((of_one, counts))
        })
        .await
        .unwrap();
    assert_eq!(counts, [("other".to_owned(), 1), (id.to_owned(), 6)]);
    let told: Vec<_> =
        rows.iter().map(|row| (row.seq, row.kind.as_ref(), row.actor.as_str(), row.cause.as_str())).collect();
    let first = (1, "added", "person:psn_00000000000000000000000002", "c1");
    assert_eq!(told, [first, (2, "added", "guest", "c\\2"), (3, "added", "", "")]);
    assert_eq!(rows[1].body, r#"{"Added":{"by":3,"sum":5}}"#);
    if let Location::Sqlite { path, .. } = home.location() {
        let file = rusqlite::Connection::open(path).unwrap();
        let texts = "select count(*) from counter_counts where typeof(id) = 'text' union all
                     select count(*) from counter_journal where typeof(entity) = 'text'";
        let mut statement = file.prepare(texts).unwrap();
        let texts: Vec<i64> = statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
        assert_eq!(texts, [1, 0], "only what is no id stays a text");
    }
    drop(store);
    database.close().await;
}
