//! Events between services. A reader's cursor is in its own database, written with what it did: each event takes effect
//! exactly once. The cursor is the only one; the source's journal is the truth and can be read again from anywhere.

mod reader;

use std::any::Any;
use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tokio::sync::Notify;

use self::reader::EventReader;
use crate::http::App;
use crate::journal::{self, Fresh, KIT_KINDS, Published};
use crate::problem::{Fault, Problem};
use crate::runtime::Task;
use crate::store::{Reader, Store, Told, Tx};
use crate::time::Timestamp;

/// Events taken in one transaction.
const BATCH: usize = 64;

/// An event of `contracts`: a fact in the past tense that leaves its service.
pub trait PublicEvent: Serialize + DeserializeOwned {
    /// The service that tells it.
    const SOURCE: &'static str;
    /// Its name, for ever; the same as the private event's that it is made of.
    const KIND: &'static str;

    /// The event as it leaves the service.
    fn published(&self) -> Published {
        Published::of(Self::KIND, self)
    }
}

/// A public event on its way: with its place in the source's journal.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Heard {
    /// The service that tells it.
    pub source: String,
    /// The history it belongs to.
    pub epoch: String,
    /// Its position in the source's journal.
    pub seq: i64,
    /// Between this position and `seq` lies no other public event.
    pub previous: i64,
    /// The contract's name for it.
    pub kind: String,
    /// When it was recorded.
    pub at: Timestamp,
    /// The request in which it happened.
    pub cause: String,
    /// Its content, which all readers of a process share.
    #[serde(with = "shared")]
    pub body: Arc<serde_json::Value>,
}

/// What is shared is written as what it is.
mod shared {
    use std::sync::Arc;

    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(super) fn serialize<S: Serializer>(body: &Arc<serde_json::Value>, serializer: S) -> Result<S::Ok, S::Error> {
        body.as_ref().serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Arc<serde_json::Value>, D::Error> {
        serde_json::Value::deserialize(from).map(Arc::new)
    }
}

impl Heard {
    fn read<E: PublicEvent>(&self) -> Result<E, Fault> {
        E::deserialize(self.body.as_ref())
            .map_err(|e| Fault::new(format!("a {} of {} is not readable", self.kind, self.source), e))
    }
}

/// How a journal row becomes a public event: a service's `publish`.
pub type Publish = fn(&Fresh) -> Result<Option<Published>, Fault>;

/// [`Publish`] for a service whose private events are `E`.
///
/// # Errors
/// A fault when the row is not readable.
pub fn publish<E: journal::Event>(row: &Fresh) -> Result<Option<Published>, Fault> {
    if row.row.kind.starts_with(KIT_KINDS) { Ok(None) } else { row.published::<E>() }
}

/// A place to read a service's public events from.
pub trait Source: Send + Sync {
    /// The history that the source has now.
    fn epoch(&self) -> Pin<Box<dyn Future<Output = Result<String, Problem>> + Send + '_>>;

    /// Public events after `seq`, of `kinds` where the source can tell cheaply, at most [`Slice::events`]' capacity;
    /// empty when there are none yet.
    fn after<'a>(
        &'a self,
        seq: i64,
        kinds: &'a [&'static str],
    ) -> Pin<Box<dyn Future<Output = Result<Slice, Problem>> + Send + 'a>>;

    /// Waits until there may be events after `seq`, at most `limit`.
    fn wait(&self, seq: i64, limit: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + '_>>;
}

/// A stretch of a source's events.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Slice {
    /// The events that matter, in order.
    pub events: Vec<Heard>,
    /// Everything up to here has been looked at.
    pub upto: i64,
}

/// A stretch of events as a service answers it to readers in other processes.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Page {
    /// The history that they belong to.
    pub epoch: String,
    /// The events.
    pub slice: Slice,
}

impl Slice {
    /// As many of the events, from the first, as take at most `bytes` as JSON.
    ///
    /// # Errors
    /// A fault when not even the first does.
    pub fn fitting(mut self, bytes: usize) -> Result<Slice, Fault> {
        let mut sum = 0;
        for (n, heard) in self.events.iter().enumerate() {
            sum += serde_json::to_vec(heard).map_err(|e| Fault::new("an event is JSON", e))?.len() + 1;
            if sum <= bytes {
                continue;
            }
            let Some(last) = n.checked_sub(1) else {
                return Err(Fault::msg(format!(
                    "event {} of {} is larger than a call may carry",
                    heard.seq, heard.source
                )));
            };
            self.upto = self.events[last].seq;
            self.events.truncate(n);
            break;
        }
        Ok(self)
    }
}

/// A source in this process: its journal, read directly.
pub struct LocalSource {
    store: Store,
    publish: Publish,
    /// Wakes when something that was asked for is committed.
    wake: OnceLock<Arc<Notify>>,
    /// Whether it is time to look into the journal also where this process has committed nothing.
    looks: AtomicBool,
}

impl LocalSource {
    /// The public events of the service that `store` belongs to.
    #[must_use]
    pub fn new(store: Store, publish: Publish) -> LocalSource {
        LocalSource { store, publish, wake: OnceLock::new(), looks: AtomicBool::new(true) }
    }

    /// What others hear of the rows `told`, which follow position `seq`.
    fn slice(&self, seq: i64, kinds: &[&'static str], told: Vec<Arc<Told>>) -> Result<Slice, Fault> {
        let mut slice = Slice { events: Vec::new(), upto: told.last().map_or(seq, |told| told.row().seq) };
        let mut previous = seq;
        for told in told {
            let row = told.row();
            if !kinds.is_empty() && !kinds.iter().any(|kind| *kind == row.kind) {
                continue;
            }
            if let Some((kind, body)) = told.published(self.publish)? {
                slice.events.push(Heard {
                    source: self.store.service().to_owned(),
                    epoch: self.store.epoch().to_owned(),
                    seq: row.seq,
                    previous,
                    kind: kind.to_owned(),
                    at: row.at,
                    cause: row.cause.clone(),
                    body,
                });
                previous = row.seq;
            }
        }
        Ok(slice)
    }
}

impl Source for LocalSource {
    fn epoch(&self) -> Pin<Box<dyn Future<Output = Result<String, Problem>> + Send + '_>> {
        Box::pin(async { Ok(self.store.epoch().to_owned()) })
    }

    fn after<'a>(
        &'a self,
        seq: i64,
        kinds: &'a [&'static str],
    ) -> Pin<Box<dyn Future<Output = Result<Slice, Problem>> + Send + 'a>> {
        Box::pin(async move {
            let news = &self.store.core().news;
            self.wake.get_or_init(|| news.listen(kinds.to_vec()));
            let upto = news.nothing_until(seq, kinds);
            if let Some(upto) = upto.filter(|upto| *upto > seq || !self.looks.load(Ordering::Relaxed)) {
                return Ok(Slice { events: Vec::new(), upto });
            }
            if let Some(told) = self.store.core().recent.after(seq, BATCH) {
                return Ok(self.slice(seq, kinds, told)?);
            }
            let rows = self
                .store
                .glance(move |reader| {
                    let rows = journal::after(reader, seq, BATCH as i64)?;
                    if rows.is_empty() && seq > 0 {
                        not_gone_back(reader, seq)?;
                    }
                    Ok(rows)
                })
                .await?;
            Ok(self.slice(seq, kinds, rows.into_iter().map(|row| Arc::new(Told::of(Fresh::read(row)))).collect())?)
        })
    }

    fn wait(&self, _: i64, limit: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(async move {
            // What was committed since `after` looked has left its mark in the wake-up.
            match self.wake.get() {
                Some(wake) => {
                    let woken = self.store.core().runtime.timeout(limit, wake.notified()).await;
                    self.looks.store(woken.is_none(), Ordering::Relaxed);
                }
                None => self.store.core().runtime.sleep(limit).await,
            }
        })
    }
}

/// What other services answered about events of one kind.
type Answer = Arc<dyn Any + Send + Sync>;
type Asking = Pin<Box<dyn Future<Output = Result<Answer, Problem>> + Send>>;
type Ask = Arc<dyn Fn(App, Vec<Heard>) -> Asking + Send + Sync>;
type Handle = Arc<dyn Fn(&mut Tx<'_>, &[Heard], Option<&Answer>) -> Result<(), Problem> + Send + Sync>;

/// What is done when an event of a kind is heard.
#[derive(Clone)]
struct Reaction {
    kind: &'static str,
    /// What has to be asked of others before.
    ask: Option<Ask>,
    /// Whether it takes as many as follow each other at once; else one.
    is_joint: bool,
    handle: Handle,
}

/// What a service does when it hears of others.
#[derive(Default, Clone)]
pub struct Reactions {
    by_source: BTreeMap<&'static str, Vec<Reaction>>,
}

impl Reactions {
    /// No reactions.
    #[must_use]
    pub fn new() -> Reactions {
        Reactions::default()
    }

    /// What to do in this service's lane when an `E` is heard. A refusal stops the reader: it is a fault of one of the two.
    #[must_use]
    pub fn on<E: PublicEvent>(
        self,
        run: impl Fn(&mut Tx<'_>, E, &Heard) -> Result<(), Problem> + Send + Sync + 'static,
    ) -> Reactions {
        let handle: Handle =
            Arc::new(move |tx, heard, _| heard.iter().try_for_each(|heard| run(tx, heard.read()?, heard)));
        self.react::<E>(None, false, handle)
    }

    /// [`Reactions::on`] where what is done about many events is less than many times what is done about one: `run` gets as many as
    /// are taken together and follow each other with none of another kind that is listened to between them, at least one.
    #[must_use]
    pub fn jointly<E: PublicEvent>(
        self,
        run: impl Fn(&mut Tx<'_>, Vec<E>, &[Heard]) -> Result<(), Problem> + Send + Sync + 'static,
    ) -> Reactions {
        let handle: Handle = Arc::new(move |tx, heard, _| {
            let events: Result<Vec<E>, Fault> = heard.iter().map(Heard::read).collect();
            run(tx, events?, heard)
        });
        self.react::<E>(None, true, handle)
    }

    fn react<E: PublicEvent>(mut self, ask: Option<Ask>, is_joint: bool, handle: Handle) -> Reactions {
        self.by_source.entry(E::SOURCE).or_default().push(Reaction { kind: E::KIND, ask, is_joint, handle });
        self
    }

    /// [`Reactions::on`] where others have to be asked before: `ask` gets all the `E`s that are taken together, outside the lane, and
    /// `run` takes each with what came of it. While `ask` fails the reader stands still; what others do not know is no failure.
    #[must_use]
    pub fn asking<E, A, F>(
        self,
        ask: impl Fn(App, Vec<E>) -> F + Send + Sync + 'static,
        run: impl Fn(&mut Tx<'_>, E, &Heard, &A) -> Result<(), Problem> + Send + Sync + 'static,
    ) -> Reactions
    where
        E: PublicEvent,
        A: Send + Sync + 'static,
        F: Future<Output = Result<A, Problem>> + Send + 'static,
    {
        let ask: Ask = Arc::new(move |app, heard| {
            let events: Result<Vec<E>, Fault> = heard.iter().map(Heard::read).collect();
            let asked = events.map(|events| ask(app, events));
            Box::pin(async move { Ok(Arc::new(asked?.await?) as Answer) })
        });
        let handle: Handle = Arc::new(move |tx, heard, answer| {
            let answer = answer.and_then(|answer| answer.downcast_ref::<A>());
            let answer = answer.ok_or_else(|| Fault::msg("an event is taken with what was asked before"))?;
            heard.iter().try_for_each(|heard| run(tx, heard.read()?, heard, answer))
        });
        self.react::<E>(Some(ask), false, handle)
    }

    /// The services that are listened to.
    #[must_use]
    pub fn sources(&self) -> Vec<&'static str> {
        self.by_source.keys().copied().collect()
    }

    /// Reads each source for ever. One that runs nowhere (`None`) tells nothing.
    #[must_use]
    pub fn start(&self, app: &App, source: impl Fn(&'static str) -> Option<Arc<dyn Source>>) -> Vec<Task> {
        let mut tasks = Vec::new();
        for (name, reactions) in &self.by_source {
            let Some(source) = source(name) else {
                tracing::debug!(service = app.store().service(), source = name, "a source of events runs nowhere");
                continue;
            };
            let reader = EventReader {
                app: app.clone(),
                source,
                name,
                kinds: reactions.iter().map(|reaction| reaction.kind).collect(),
                reactions: reactions.clone(),
            };
            tasks.push(app.runtime().spawn(reader.serve()));
        }
        tasks
    }
}

/// Whether anything of `source` was ever heard here: a service that was is there, though perhaps not at the moment.
///
/// # Errors
/// A fault of the database.
pub fn has_heard(reader: &mut Reader<'_>, source: &'static str) -> Result<bool, Fault> {
    let sql = reader.kit_sql().cursor_get;
    Ok(reader.one(sql, &[source.into()], |row| row.get::<i64>(1))?.is_some_and(|seq| seq > 0))
}

/// A journal that ends before what was read of it was restored to an earlier moment: what comes next is another history.
fn not_gone_back(reader: &mut Reader<'_>, seq: i64) -> Result<(), Problem> {
    let sql = reader.kit_sql().journal_last;
    let last = reader.one(sql, &[], |row| row.get::<i64>(0))?.unwrap_or(0);
    if last >= seq {
        return Ok(());
    }
    let service = reader.service();
    Err(Problem::conflict("kit/journal-set-back", "The journal was set back")
        .detail(format!(
            "The journal of {service} ends at {last}, but was read up to {seq}: it was restored to an earlier moment."
        ))
        .with("last", last))
}
