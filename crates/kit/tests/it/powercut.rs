//! What is acknowledged survives a power cut, and the disk of these tests really loses what was not synced.

use std::collections::BTreeSet;

use kit::journal::{self, Event, Published, Recorded};
use kit::metrics::Metrics;
use kit::powercut::PowerCut;
use kit::problem::Fault;
use kit::runtime::Runtime;
use kit::sim;
use kit::store::{Database, Migration, Origin, Schema, Store, Tx};
use serde::{Deserialize, Serialize};

#[derive(Debug, Serialize, Deserialize)]
enum Stored {
    Put { number: i64, filling: String },
}

impl Event for Stored {
    fn kind(&self) -> &'static str {
        "put"
    }

    fn apply(&self, _: &Recorded<Self>, tx: &mut Tx<'_>) -> Result<(), Fault> {
        let Stored::Put { number, filling } = self;
        tx.put("insert into box_things (number, filling) values ($1, $2)", &[(*number).into(), filling.into()])
    }

    fn publish(_: &Recorded<Self>) -> Option<Published> {
        None
    }
}

const SCHEMAS: &[Schema] = &[Schema {
    service: "box",
    migrations: &[Migration {
        name: "0001",
        sql: "create table box_things (number bigint not null, filling text not null, unique (number));",
    }],
    dictionaries: &[],
}];

/// What the test knows of the store: which numbers it was told are in, and which it does not know about.
#[derive(Default)]
struct Known {
    acknowledged: BTreeSet<i64>,
    open: BTreeSet<i64>,
    last: i64,
}

async fn put(store: &Store, number: i64, size: u64) -> bool {
    let filling = "x".repeat(usize::try_from(size).unwrap());
    let origin = Origin::default();
    let outcome = store.once(&origin, format!("put-{number}"), 0, move |tx| {
        tx.record(format!("thing-{number}"), 0, Stored::Put { number, filling: filling.clone() })?;
        Ok(number)
    });
    outcome.await.is_ok()
}

/// Puts things until the power goes, some of them side by side; those without an answer are asked again first.
async fn work(store: &Store, runtime: &Runtime, known: &mut Known) {
    let mut again: Vec<i64> = known.open.iter().copied().collect();
    loop {
        let mut numbers: Vec<i64> = again.drain(..again.len().min(3)).collect();
        while numbers.len() < 1 + usize::try_from(runtime.random_below(3)).unwrap() {
            known.last += 1;
            numbers.push(known.last);
        }
        known.open.extend(&numbers);
        let sizes: Vec<u64> = numbers.iter().map(|_| 10 + runtime.random_below(6_000)).collect();
        let puts = numbers.iter().zip(sizes).map(|(number, size)| put(store, *number, size));
        for (number, ok) in numbers.iter().zip(futures_util::future::join_all(puts).await) {
            if ok {
                known.open.remove(number);
                known.acknowledged.insert(*number);
            } else {
                again.push(*number);
            }
        }
        if !again.is_empty() {
            return;
        }
    }
}

async fn check(store: &Store, known: &Known) {
    let (rows, things) = store
        .read(|reader| {
            let rows = journal::after(reader, 0, 1_000_000)?;
            let sql = "select number from box_things order by number";
            Ok((rows, reader.all(sql, &[], |row| row.get::<i64>(0))?))
        })
        .await
        .unwrap();
    assert!(rows.iter().map(|row| row.seq).eq(1..=i64::try_from(rows.len()).unwrap()), "the journal has gaps");
    let things: BTreeSet<i64> = things.into_iter().collect();
    let told: BTreeSet<i64> = rows
        .into_iter()
        .map(|row| match row.event::<Stored>().unwrap().event {
            Stored::Put { number, .. } => number,
        })
        .collect();
    assert_eq!(things, told, "the tables are not what the journal says");
    assert!(
        known.acknowledged.is_subset(&things),
        "lost: {:?}",
        known.acknowledged.difference(&things).collect::<Vec<_>>()
    );
    let invented: Vec<&i64> =
        things.iter().filter(|n| !known.acknowledged.contains(n) && !known.open.contains(n)).collect();
    assert!(invented.is_empty(), "nobody asked for {invented:?}");
}

#[test]
fn what_is_acknowledged_survives_power_cuts_and_nothing_half_done_does() {
    let mut acknowledged = 0;
    let mut cuts = 0;
    for seed in 0..12 {
        let disk = PowerCut::register(&format!("survive-{seed}"));
        let known = sim::run(seed, |runtime| {
            let disk = disk.clone();
            async move {
                let mut known = Known::default();
                for _ in 0..25 {
                    // Low numbers cut within start and migration, high ones within checkpoints.
                    let fuse =
                        1 + runtime.random_below([40, 400, 3_000][usize::try_from(runtime.random_below(3)).unwrap()]);
                    disk.fail_after(fuse, runtime.random_u64());
                    if let Ok(database) =
                        Database::open(&disk.location("box.db"), SCHEMAS, &runtime, &Metrics::default())
                    {
                        work(&database.store("box"), &runtime, &mut known).await;
                    }
                    assert!(disk.is_off(), "work ends only without power");
                    disk.restore();
                    let database =
                        Database::open(&disk.location("box.db"), SCHEMAS, &runtime, &Metrics::default()).unwrap();
                    check(&database.store("box"), &known).await;
                    drop(database);
                    let verdict: String = raw(&disk.location("box.db"))
                        .query_row("pragma integrity_check", [], |row| row.get(0))
                        .unwrap();
                    assert_eq!(verdict, "ok");
                }
                known
            }
        });
        acknowledged += known.acknowledged.len();
        cuts += disk.counts().cuts;
    }
    assert!(acknowledged > 2_000, "only {acknowledged} commits");
    assert_eq!(cuts, 12 * 25);
}

#[test]
fn a_commit_is_written_in_large_pieces() {
    let disk = PowerCut::register("pieces");
    sim::run(0, |runtime| {
        let disk = disk.clone();
        async move {
            let database = Database::open(&disk.location("box.db"), SCHEMAS, &runtime, &Metrics::default()).unwrap();
            let store = database.store("box");
            assert!(put(&store, 1, 10).await);
            let before = disk.counts();
            assert!(put(&store, 2, 300_000).await, "more than SQLite writes to a file at once");
            let after = disk.counts();
            assert!(after.bytes - before.bytes > 300_000);
            assert_eq!((after.writes - before.writes, after.syncs - before.syncs), (3, 1));
        }
    });
}

fn raw(location: &kit::store::Location) -> rusqlite::Connection {
    let kit::store::Location::Sqlite { path, vfs, .. } = location else { unreachable!() };
    let connection =
        rusqlite::Connection::open_with_flags_and_vfs(path, rusqlite::OpenFlags::default(), vfs.as_deref().unwrap())
            .unwrap();
    connection.execute_batch("pragma locking_mode = exclusive; pragma journal_mode = wal").unwrap();
    connection
}

/// Commits 50 rows, cuts the power, and returns how many of them are there afterwards.
fn rows_after_a_cut(seed: u64, synchronous: &str) -> i64 {
    let disk = PowerCut::register(&format!("bite-{synchronous}-{seed}"));
    let connection = raw(&disk.location("t.db"));
    connection.execute_batch("pragma synchronous = full; create table t (n integer primary key)").unwrap();
    connection.execute_batch(&format!("pragma synchronous = {synchronous}")).unwrap();
    for n in 0..50 {
        connection.execute("insert into t values (?1)", [n]).unwrap();
    }
    sim::run(seed, |runtime| async move {
        let mut random = <rand::rngs::StdRng as rand::SeedableRng>::seed_from_u64(runtime.random_u64());
        disk.cut(&mut random);
        assert!(connection.execute("insert into t values (1000)", []).is_err(), "a dead file fails");
        disk.restore();
        assert!(connection.execute("insert into t values (1001)", []).is_err(), "an old handle stays dead");
        raw(&disk.location("t.db")).query_row("select count(*) from t where n < 50", [], |row| row.get(0)).unwrap()
    })
}

#[test]
fn without_sync_the_disk_forgets_what_was_acknowledged() {
    let with_sync: Vec<i64> = (0..20).map(|seed| rows_after_a_cut(seed, "full")).collect();
    assert_eq!(with_sync, [50; 20]);
    let lost = (0..20).filter(|seed| rows_after_a_cut(*seed, "off") < 50).count();
    assert!(lost >= 15, "only {lost} of 20 unsynced databases lost rows");
}
