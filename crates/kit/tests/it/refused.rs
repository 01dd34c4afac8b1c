//! Writes that are refused or fail leave nothing, also where they share a commit with others.

use kit::journal;
use kit::store::{Location, Origin};

use crate::store::{Counted, add, house, refusal, sum};

#[tokio::test]
async fn a_refusal_after_writing_changes_nothing_and_harms_no_neighbour() {
    let (_house, store) = house();
    let origin = Origin::default();
    let (good, bad, panic, last) = tokio::join!(
        store.write(&origin, |tx| add(tx, 1)),
        store.write(&origin, |tx| add(tx, 100).and_then(|_| Err::<(), _>(refusal()))),
        store.write(&origin, |tx| add(tx, 1000).map(|_| assert!(tx.service().is_empty(), "a bug"))),
        store.write(&origin, |tx| add(tx, 2)),
    );
    assert!(good.is_ok() && last.is_ok());
    assert_eq!(bad.unwrap_err().status, 409);
    assert_eq!(panic.unwrap_err().status, 500);
    assert_eq!(sum(&store).await, 3);
}

#[tokio::test]
async fn a_fault_that_a_write_swallows_on_postgres_is_its_fault_nevertheless() {
    let (house, store) = house();
    if matches!(house.database.location(), Location::Sqlite { .. }) {
        return; // There a statement fails alone, and the rest of the write stands.
    }
    let origin = Origin::default();
    let swallowed = store.write(&origin, |tx| {
        add(tx, 1)?;
        for _ in 0..2 {
            let put = "insert into counter_counts (id, version, sum) values ('twice', 1, 1)";
            let _ = tx.exec(put, &[]);
        }
        Ok(())
    });
    assert!(swallowed.await.unwrap_err().fault.is_some(), "PostgreSQL ends such a transaction as if it had never been");
    assert_eq!(sum(&store).await, 0);
}

#[tokio::test]
async fn what_a_refused_write_queued_after_a_read_is_forgotten() {
    let (_house, store) = house();
    let origin = Origin::default();
    // Changes no row, so that only the sending itself tells that the queue has been sent.
    let idle = store.write(&origin, |tx| Ok(tx.put("delete from counter_counts where id = 'none'", &[])?));
    let refused = store.write(&origin, |tx| {
        add(tx, 1)?;
        Err::<(), _>(refusal())
    });
    let (idle, refused) = tokio::join!(idle, refused);
    assert_eq!((idle.is_ok(), refused.unwrap_err().status), (true, 409));
    assert_eq!(sum(&store).await, 0);
}

#[tokio::test]
async fn of_two_writes_of_one_commit_the_refused_one_leaves_nothing_and_the_other_stays() {
    const PUT: &str = "insert into counter_counts (id, version, sum) values ($1, 1, $2)";
    const LATER: &str = "insert into counter_counts (id, version, sum) values ($1, $2, $3)
        on conflict (id) do update set version = excluded.version, sum = excluded.sum";
    let (house, store) = house();
    let commits = || {
        let text = house.running.app("counter").unwrap().metrics().text();
        let count = text.lines().find_map(|line| line.strip_prefix("backroom_store_commits_total "));
        count.unwrap().parse::<i64>().unwrap()
    };
    let is_postgres = matches!(house.database.location(), Location::Postgres { .. });
    let origin = Origin::default();
    // While the first write holds the lane, the others come and are taken together behind it.
    let held = || {
        let (go, wait) = std::sync::mpsc::sync_channel::<()>(1);
        let wait = std::sync::Mutex::new(wait);
        let hold = store.write(&origin, move |_| {
            let _ = wait.lock().unwrap().recv_timeout(std::time::Duration::from_secs(10));
            Ok(())
        });
        (hold, async move { go.send(()).unwrap() })
    };
    let (hold, release) = held();
    let [one, two] = ["one", "two"].map(|id| store.write(&origin, move |tx| Ok(tx.put(PUT, &[id.into(), 5.into()])?)));
    let before = commits();
    let (hold, one, two, ()) = tokio::join!(hold, one, two, release);
    assert!(hold.is_ok() && one.is_ok() && two.is_ok());
    assert_eq!(commits() - before, 1, "what waits behind a write shares its commit");
    for (round, refused_first) in [(0_i64, true), (1, false)] {
        let (hold, release) = held();
        let refused = store.write(&origin, move |tx| {
            tx.put(PUT, &[format!("refused {round}").into(), 1.into()])?;
            tx.insert_later(LATER, 1, &[format!("later refused {round}").into(), 1.into(), 1.into()]);
            tx.record(format!("refused {round}"), 0, Counted::Added { by: 1, sum: 1 })?;
            tx.schedule("later", "refused", tx.now(), "")?;
            Err::<(), _>(refusal())
        });
        let kept = store.write(&origin, move |tx| {
            tx.put(PUT, &[format!("kept {round}").into(), 2.into()])?;
            tx.insert_later(LATER, 1, &[format!("later kept {round}").into(), 1.into(), 3.into()]);
            Ok(tx.record(format!("event kept {round}"), 0, Counted::Added { by: 4, sum: 4 })?)
        });
        let before = commits();
        let (hold, refused, kept, ()) = if refused_first {
            tokio::join!(hold, refused, kept, release)
        } else {
            let (hold, kept, refused, ()) = tokio::join!(hold, kept, refused, release);
            (hold, refused, kept, ())
        };
        assert!(hold.is_ok());
        assert_eq!((refused.unwrap_err().status, kept.unwrap()), (409, 1));
        // SQLite undoes a commit of which one is refused after writing, and each writes alone.
        assert!(!is_postgres || commits() - before == 1, "round {round}: they shared a commit");
    }
    let rows = store
        .read(|reader| {
            let rows = reader.all("select id, sum from counter_counts order by id limit 20", &[], |row| {
                Ok((row.get::<String>(0)?, row.get::<i64>(1)?))
            })?;
            Ok((rows, journal::after(reader, 0, 20)?, reader.due("later", "refused")?.is_some()))
        })
        .await;
    let (rows, journal, is_due) = rows.unwrap();
    let rows: Vec<_> = rows.iter().map(|(id, sum)| (id.as_str(), *sum)).collect();
    let expected = [
        ("event kept 0", 4),
        ("event kept 1", 4),
        ("kept 0", 2),
        ("kept 1", 2),
        ("later kept 0", 3),
        ("later kept 1", 3),
        ("one", 5),
        ("two", 5),
    ];
    assert_eq!(rows, expected);
    let told: Vec<_> = journal.iter().map(|row| (row.seq, row.entity.to_string())).collect();
    assert_eq!(told, [(1, "event kept 0".to_owned()), (2, "event kept 1".to_owned())]);
    assert!(!is_due);
}
