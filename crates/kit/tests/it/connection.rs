//! What a connection to PostgreSQL remembers, and what it must not. On SQLite there is nothing of the kind to try.

use kit::metrics::Metrics;
use kit::problem::Problem;
use kit::runtime::Runtime;
use kit::store::{Database, Location, Migration, Origin, Store};
use kit::testing::TestDatabase;

use crate::store::{COUNTS, add, service, sum};

const SUM: &str = "select sum from counter_counts order by id limit 1";

/// Notes under which limits it ran.
const LIMITS: &[Migration] = &[Migration {
    name: "0001",
    sql: "create table counter_limits (name text primary key, allowed text not null);
insert into counter_limits (name, allowed)
  select name, current_setting(name) from unnest(array['lock_timeout', 'statement_timeout']) as name;",
}];

/// The services `counter` and `other` on PostgreSQL, without their jobs: nobody but the test uses the connections.
struct Idle {
    database: Database,
    counter: Store,
    other: Store,
    _home: TestDatabase,
}

impl Idle {
    fn open(migrations: &'static [Migration]) -> Option<Idle> {
        let home = TestDatabase::new();
        let Location::Postgres { .. } = home.location() else { return None };
        let schemas = [service("counter", migrations).schema(), service("other", &[]).schema()];
        let database = Database::open(home.location(), &schemas, &Runtime::real(), &Metrics::default()).unwrap();
        let (counter, other) = (database.store("counter"), database.store("other"));
        Some(Idle { database, counter, other, _home: home })
    }

    async fn close(self) {
        let Idle { database, counter, other, .. } = self;
        drop((counter, other));
        database.close().await;
    }
}

#[tokio::test]
async fn a_migration_may_take_as_long_as_it_takes_and_nobody_else() {
    let Some(idle) = Idle::open(LIMITS) else { return };
    let sql = "select allowed from counter_limits order by name limit 10";
    let allowed = idle.counter.read(move |reader| Ok(reader.all(sql, &[], |row| row.get::<String>(0))?)).await;
    assert_eq!(allowed.unwrap(), ["0", "0"], "a large table is rewritten, and who starts beside it waits for that");
    let sql = "select current_setting('statement_timeout')";
    let everyday = idle.counter.read(move |reader| Ok(reader.one(sql, &[], |row| row.get::<String>(0))?)).await;
    assert_eq!(everyday.unwrap().as_deref(), Some("30s"));
    idle.close().await;
}

#[tokio::test]
async fn who_panics_over_an_answer_leaves_no_other_answer_behind() {
    let Some(idle) = Idle::open(COUNTS) else { return };
    let origin = Origin::default();
    idle.counter.write(&origin, |tx| add(tx, 1)).await.unwrap();
    let panics = idle.counter.write(&origin, |tx| {
        tx.all(SUM, &[], |row| row.get::<i64>(0).map(|sum| assert_eq!(sum, 0, "a bug")))?;
        Ok(())
    });
    assert_eq!(panics.await.unwrap_err().status, 500);
    for _ in 0..3 {
        idle.counter.write(&origin, |tx| add(tx, 1)).await.unwrap();
    }
    assert_eq!(sum(&idle.counter).await, 4);
    idle.close().await;
}

#[tokio::test]
async fn what_was_asked_ahead_and_never_asked_is_no_answer_for_the_next() {
    let Some(idle) = Idle::open(COUNTS) else { return };
    let origin = Origin::default();
    idle.counter.write(&origin, |tx| add(tx, 1)).await.unwrap();
    idle.counter.glance(|reader| Ok(reader.ahead(&[(SUM, &[])])?)).await.unwrap();
    idle.counter.write(&origin, |tx| add(tx, 1)).await.unwrap();
    let now = idle.counter.glance(|reader| Ok(reader.one(SUM, &[], |row| row.get::<i64>(0))?)).await;
    assert_eq!(now.unwrap(), Some(2));
    idle.close().await;
}

#[tokio::test]
async fn a_role_that_was_undone_with_a_failed_statement_is_taken_anew() {
    let Some(idle) = Idle::open(COUNTS) else { return };
    idle.counter.write(&Origin::default(), |tx| add(tx, 1)).await.unwrap();
    let swallowed = idle.other.glance(|reader| {
        let failed = reader.one("select 1 / (random() < 0)::int", &[], |row| row.get::<i64>(0));
        Ok::<bool, Problem>(failed.is_err())
    });
    assert!(swallowed.await.unwrap());
    let foreign = idle.other.glance(|reader| Ok(reader.one(SUM, &[], |row| row.get::<i64>(0))?)).await;
    assert_eq!(foreign.unwrap_err().status, 500, "these are the tables of another");
    idle.close().await;
}

const NEWCOMERS: [&str; 6] = ["new_a", "new_b", "new_c", "new_d", "new_e", "new_f"];
/// A server that knows none of these, unless a run before was cut off.
const NO_NEWCOMERS: &[Migration] = &[Migration {
    name: "0001",
    sql: "do $$ begin \
        drop role if exists backroom_new_a, backroom_new_b, backroom_new_c, backroom_new_d, backroom_new_e, backroom_new_f; \
        exception when dependent_objects_still_exist then null; end $$;",
}];

#[test]
#[allow(clippy::disallowed_methods)] // the server makes them wait for each other, so each needs a thread
fn databases_that_begin_at_once_on_one_server_share_its_roles() {
    let Some(idle) = Idle::open(NO_NEWCOMERS) else { return };
    let homes: Vec<TestDatabase> = (0..4).map(|_| TestDatabase::new()).collect();
    let schemas = NEWCOMERS.map(|name| service(name, &[]).schema());
    std::thread::scope(|scope| {
        let begin = |home: &TestDatabase| {
            Database::open(home.location(), &schemas, &Runtime::real(), &Metrics::default()).map(drop)
        };
        let begun: Vec<_> = homes.iter().map(|home| scope.spawn(move || begin(home))).collect();
        for one in begun {
            one.join().unwrap().unwrap();
        }
    });
    drop(idle);
}
