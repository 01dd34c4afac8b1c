//! Golden samples: what a release writes, kept as files, so that every later one is seen to read it still.
//! `UPDATE_SAMPLES=1` writes anew what can be written anew; a journal once released only grows.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashSet};
use std::sync::{Mutex, PoisonError};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::journal::{Event, JournalRow};
use crate::metrics::Metrics;
use crate::problem::{Fault, Problem};
use crate::runtime::Runtime;
use crate::service::Service;
use crate::store::{Database, Origin, Reader, Store};
use crate::testing::TestDatabase;
use crate::time::Timestamp;

/// A line of `journal.jsonl`.
#[derive(Serialize, Deserialize)]
struct Line {
    seq: i64,
    at: Timestamp,
    kind: String,
    entity: String,
    version: i64,
    actor: String,
    cause: String,
    body: Json,
}

/// What the golden file at `path` says. With `UPDATE_SAMPLES=1` it says `text` from now on.
///
/// # Panics
/// When the file cannot be read or written.
#[must_use]
pub fn golden(path: &str, text: &str) -> String {
    if std::env::var("UPDATE_SAMPLES").is_ok_and(|wanted| wanted == "1") {
        let folder = std::path::Path::new(path).parent().expect("a sample lies in a folder");
        std::fs::create_dir_all(folder).expect("the samples' folder can be made");
        std::fs::write(path, text).expect("a sample can be written");
    }
    std::fs::read_to_string(path).unwrap_or_else(|e| panic!("{path}: {e}; UPDATE_SAMPLES=1 writes it"))
}

/// The rows of `folder`'s `journal.jsonl`.
///
/// # Panics
/// When the file cannot be read.
#[must_use]
pub fn journal(folder: &str) -> Vec<JournalRow> {
    let path = format!("{folder}/journal.jsonl");
    let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{path}: {e}"));
    let row = |line: &str| {
        let line: Line = serde_json::from_str(line).unwrap_or_else(|e| panic!("{path}: {e}: {line}"));
        JournalRow {
            seq: line.seq,
            at: line.at,
            kind: Cow::Owned(line.kind),
            entity: line.entity,
            version: line.version,
            actor: line.actor,
            cause: line.cause,
            body: line.body.to_string(),
        }
    };
    text.lines().map(row).collect()
}

/// The bodies in `folder`'s journal which this release would write exactly so; those in older forms need only be readable.
///
/// # Panics
/// When a row cannot be read as an `E` of its kind.
#[must_use]
pub fn written_today<E: Event>(folder: &str) -> Vec<Json> {
    let today = |row: JournalRow| {
        let (kind, body): (_, Json) = (row.kind.clone(), serde_json::from_str(&row.body).expect("it was JSON"));
        let event = row.event::<E>().unwrap_or_else(|e| panic!("{kind}: {e:?}")).event;
        assert_eq!(event.kind(), kind, "{body}");
        (serde_json::to_value(&event).expect("a journal event is JSON") == body).then_some(body)
    };
    journal(folder).into_iter().filter_map(today).collect()
}

/// The names of the variants of the enum `T` as they are written: what serde says it would have accepted.
///
/// # Panics
/// When `T` accepts anything.
#[must_use]
pub fn variants<T: DeserializeOwned>() -> BTreeSet<String> {
    let refused = serde_json::from_str::<T>("\"no such variant\"").err().expect("there is no such variant").to_string();
    let (_, names) = refused.split_once("expected ").expect("serde lists the variants");
    names.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

/// Replays `folder`'s journal into an empty database of the kind that the environment chooses and compares the fact tables with
/// `folder`'s `tables.txt`. `keys` are persons not forgotten, with their keys; what was sealed for others comes as blanks.
///
/// # Panics
/// When the tables differ, or a database fails.
pub async fn replay(service: Service, folder: &str, keys: &'static [(&'static str, [u8; 32])]) {
    let databases = [TestDatabase::new(), TestDatabase::new()];
    let [from, into] = databases.each_ref().map(|database| {
        let metrics = Metrics::default();
        Database::open(database.location(), &[service.schema()], &Runtime::real(), &metrics).expect("it opens")
    });
    let (source, target) = (from.store(service.name), into.store(service.name));
    let rows = journal(folder);
    let count = rows.len();
    load(&source, rows, keys).await.expect("the journal can be loaded");
    assert_eq!((service.rebuild)(&source, &target).await.expect("the journal is readable"), count as i64);
    let mut rows = table_rows(&target, service.fact_tables).await.expect("the tables can be read");
    rows.sort();
    let text = rows.join("\n") + "\n";
    assert_eq!(text, golden(&format!("{folder}/tables.txt"), &text), "the tables of {} rebuilt", service.name);
    from.close().await;
    into.close().await;
}

/// Writes `rows` and the persons' `keys` as they are.
async fn load(store: &Store, rows: Vec<JournalRow>, keys: &'static [(&'static str, [u8; 32])]) -> Result<(), Problem> {
    store
        .write(&Origin::default(), move |tx| {
            let sql = tx.kit_sql();
            for (person, key) in keys {
                tx.put(sql.person_put, &[(*person).into(), key.as_slice().into()])?;
            }
            for row in &rows {
                let values = [
                    row.seq.into(),
                    row.at.into(),
                    (&row.entity).into(),
                    row.version.into(),
                    row.record(tx.codec()).into(),
                ];
                tx.put(sql.journal_put, &values)?;
            }
            Ok(())
        })
        .await
}

/// The rows of `tables`, each as text, the same on both databases.
async fn table_rows(store: &Store, tables: &'static [&'static str]) -> Result<Vec<String>, Problem> {
    store.read(move |reader| Ok(rows_of(reader, tables)?)).await
}

/// The rows of `tables` at the reader's moment, each as text, the same on both databases.
pub(crate) fn rows_of(reader: &mut Reader<'_>, tables: &[&'static str]) -> Result<Vec<String>, Fault> {
    let mut rows = Vec::new();
    for table in tables {
        rows.extend(reader.all(statement(table), &[], |row| Ok(format!("{table}: {}", row.text()?)))?);
    }
    Ok(rows)
}

/// Statements are kept by address, so the text lives for ever, once per table.
fn statement(table: &str) -> &'static str {
    static ALL: Mutex<Option<HashSet<&'static str>>> = Mutex::new(None);
    let text = format!("select * from {table}");
    let mut all = ALL.lock().unwrap_or_else(PoisonError::into_inner);
    let all = all.get_or_insert_default();
    if let Some(known) = all.get(text.as_str()) {
        return known;
    }
    let leaked: &'static str = Box::leak(text.into_boxed_str());
    all.insert(leaked);
    leaked
}
