//! What has changed, told to open screens: topic, id and version of every journal row, and of what no journal has, without content. Nothing of it is kept: who
//! may have missed something is told to read again. One process hears its own commits; over NATS every process tells what it commits.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use serde::{Deserialize, Serialize};
use tokio::sync::{Notify, broadcast};

use crate::journal::Fresh;
use crate::runtime::{Runtime, Task};
use crate::store::Store;

/// Commits that a listener may be behind before it is told that it has missed some.
const BEHIND: usize = 1024;
/// Changes of single things that wait for a slow screen; of more only the service is told.
const WAITING: usize = 256;

/// A thing that changed, and the version it has now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// What the journal calls it.
    pub entity: String,
    /// Its version; 0 where no journal row made it look otherwise.
    pub version: i64,
}

/// Tells what one service's lane commits; costs nothing while nobody listens.
pub(crate) struct Commits(broadcast::Sender<Arc<[Change]>>);

impl Default for Commits {
    fn default() -> Commits {
        Commits(broadcast::Sender::new(BEHIND))
    }
}

impl Commits {
    /// Tells of the journal's new rows, and of `told` beside them.
    pub(crate) fn committed(&self, rows: &[Fresh], told: &[String]) {
        if self.0.receiver_count() > 0 && !(rows.is_empty() && told.is_empty()) {
            let rows = rows.iter().map(|Fresh { row, .. }| Change { entity: row.entity.clone(), version: row.version });
            let told = told.iter().map(|thing| Change { entity: thing.clone(), version: 0 });
            // Without listeners by now it is nobody's loss.
            let _ = self.0.send(rows.chain(told).collect());
        }
    }
}

/// The commits of one service in this process, as they happen.
pub(crate) struct Heard(broadcast::Receiver<Arc<[Change]>>);

impl Heard {
    pub(crate) fn of(store: &Store) -> Heard {
        Heard(store.core().live.0.subscribe())
    }

    /// The next commit; `None` when some were missed. Waits for ever when the service is gone.
    pub(crate) async fn next(&mut self) -> Option<Arc<[Change]>> {
        match self.0.recv().await {
            Ok(changes) => Some(changes),
            Err(broadcast::error::RecvError::Lagged(_)) => None,
            Err(broadcast::error::RecvError::Closed) => std::future::pending().await,
        }
    }
}

/// What somebody wants to hear of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Topic {
    /// The service.
    pub service: String,
    /// One thing of it; all when absent.
    pub entity: Option<String>,
    /// Whether they may be told which things change; otherwise only that some do.
    pub names_entities: bool,
}

/// One line of what is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Line {
    /// The service.
    pub topic: String,
    /// What changed; absent when it may be anything.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Its version; absent as `id`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<i64>,
}

/// What has happened since somebody last looked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum News {
    /// These things changed; each once, with its last version.
    Changes(Vec<Line>),
    /// Something was missed: everything is to be read again.
    Reload,
}

/// Where changes come in and screens listen. Clones share it.
#[derive(Clone, Default)]
pub struct Hub(Arc<Mutex<Vec<Arc<Mailbox>>>>);

/// One screen's ear. What comes while it does not look is gathered, in bounded memory.
pub struct Watch {
    hub: Hub,
    mailbox: Arc<Mailbox>,
}

struct Mailbox {
    topics: HashMap<String, Wanted>,
    waiting: Mutex<Waiting>,
    wake: Notify,
}

/// What is wanted of one service.
#[derive(Default)]
struct Wanted {
    /// Everything; with names or not.
    all: Option<bool>,
    entities: HashSet<String>,
}

#[derive(Default)]
struct Waiting {
    things: BTreeMap<(String, String), i64>,
    services: BTreeSet<String>,
    reload: bool,
}

impl Hub {
    /// A hub that hears of nothing yet.
    #[must_use]
    pub fn new() -> Hub {
        Hub::default()
    }

    /// Hears what this process commits to `store`, until the task is stopped.
    #[must_use]
    pub fn listen(&self, store: &Store, runtime: &Runtime) -> Task {
        let (hub, mut heard, service) = (self.clone(), Heard::of(store), store.service());
        runtime.spawn(async move {
            loop {
                match heard.next().await {
                    Some(changes) => hub.tell(service, &changes),
                    None => hub.missed(service),
                }
            }
        })
    }

    /// Tells that things of `service` have changed.
    pub fn tell(&self, service: &str, changes: &[Change]) {
        for mailbox in self.mailboxes().iter() {
            if let Some(wanted) = mailbox.topics.get(service) {
                mailbox.put(|waiting| waiting.add(service, wanted, changes));
            }
        }
    }

    /// Tells that something of `service` may have changed, nobody knows what.
    pub fn missed(&self, service: &str) {
        for mailbox in self.mailboxes().iter().filter(|mailbox| mailbox.topics.contains_key(service)) {
            mailbox.put(Waiting::reload);
        }
    }

    /// The same of every service.
    pub fn missed_all(&self) {
        for mailbox in self.mailboxes().iter() {
            mailbox.put(Waiting::reload);
        }
    }

    /// Begins to listen to `topics`.
    #[must_use]
    pub fn watch(&self, topics: Vec<Topic>) -> Watch {
        let mut wanted: HashMap<String, Wanted> = HashMap::new();
        for Topic { service, entity, names_entities } in topics {
            let wanted = wanted.entry(service).or_default();
            match entity {
                Some(entity) => drop(wanted.entities.insert(entity)),
                None => wanted.all = Some(wanted.all.unwrap_or(false) || names_entities),
            }
        }
        let mailbox = Arc::new(Mailbox { topics: wanted, waiting: Mutex::default(), wake: Notify::new() });
        self.mailboxes().push(Arc::clone(&mailbox));
        Watch { hub: self.clone(), mailbox }
    }

    fn mailboxes(&self) -> std::sync::MutexGuard<'_, Vec<Arc<Mailbox>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Watch {
    /// Waits until there is something, and takes all there is.
    pub async fn next(&mut self) -> News {
        loop {
            if let Some(news) = self.mailbox.take() {
                return news;
            }
            self.mailbox.wake.notified().await;
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.hub.mailboxes().retain(|mailbox| !Arc::ptr_eq(mailbox, &self.mailbox));
    }
}

impl Mailbox {
    /// Puts something in; `add` says whether it did.
    fn put(&self, add: impl FnOnce(&mut Waiting) -> bool) {
        if add(&mut self.waiting.lock().unwrap_or_else(PoisonError::into_inner)) {
            self.wake.notify_one();
        }
    }

    fn take(&self) -> Option<News> {
        let waiting = std::mem::take(&mut *self.waiting.lock().unwrap_or_else(PoisonError::into_inner));
        if waiting.reload {
            return Some(News::Reload);
        }
        let services = waiting.services.into_iter().map(|topic| Line { topic, id: None, version: None });
        let things = waiting.things.into_iter();
        let things = things.map(|((topic, id), version)| Line { topic, id: Some(id), version: Some(version) });
        let lines: Vec<Line> = services.chain(things).collect();
        (!lines.is_empty()).then_some(News::Changes(lines))
    }
}

impl Waiting {
    fn add(&mut self, service: &str, wanted: &Wanted, changes: &[Change]) -> bool {
        let mut added = false;
        for Change { entity, version } in changes {
            let is_named = wanted.all == Some(true) || wanted.entities.contains(entity);
            added |= is_named || wanted.all.is_some();
            if wanted.all == Some(false) {
                self.services.insert(service.to_owned());
            }
            if is_named && !(wanted.all == Some(true) && self.services.contains(service)) {
                let known = self.things.entry((service.to_owned(), entity.clone())).or_insert(*version);
                *known = (*known).max(*version);
            }
            if self.things.len() > WAITING {
                self.give_up_names();
            }
        }
        added
    }

    fn reload(&mut self) -> bool {
        self.reload = true;
        true
    }

    /// Too many to name: of each service it is only told that something changed.
    fn give_up_names(&mut self) {
        let things = std::mem::take(&mut self.things);
        self.services.extend(things.into_keys().map(|(service, _)| service));
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    fn topic(service: &str, entity: Option<&str>, names_entities: bool) -> Topic {
        Topic { service: service.to_owned(), entity: entity.map(str::to_owned), names_entities }
    }

    fn change(entity: &str, version: i64) -> Change {
        Change { entity: entity.to_owned(), version }
    }

    fn told(watch: &mut Watch) -> Option<String> {
        match watch.next().now_or_never()? {
            News::Reload => Some("reload".to_owned()),
            News::Changes(lines) => Some(serde_json::to_string(&lines).unwrap()),
        }
    }

    #[test]
    fn everybody_hears_what_they_listen_to_each_thing_once() {
        let hub = Hub::new();
        let mut all = hub.watch(vec![topic("orders", None, true)]);
        let mut one = hub.watch(vec![topic("orders", Some("ord_2"), true)]);
        let mut narrow = hub.watch(vec![topic("orders", None, false), topic("orders", Some("ord_2"), true)]);
        hub.tell("orders", &[change("ord_1", 1), change("ord_2", 1), change("ord_1", 2)]);
        hub.tell("inventory", &[change("x", 1)]);
        let (first, second) =
            (r#"{"topic":"orders","id":"ord_1","version":2}"#, r#"{"topic":"orders","id":"ord_2","version":1}"#);
        assert_eq!(told(&mut all), Some(format!("[{first},{second}]")));
        assert_eq!(told(&mut one), Some(format!("[{second}]")));
        assert_eq!(told(&mut narrow), Some(format!(r#"[{{"topic":"orders"}},{second}]"#)));
        assert_eq!(told(&mut all), None);
    }

    #[test]
    fn a_slow_screen_costs_bounded_memory() {
        let hub = Hub::new();
        let mut slow = hub.watch(vec![topic("orders", None, true)]);
        for n in 0..10_000 {
            hub.tell("orders", &[change(&format!("ord_{n}"), 1)]);
        }
        assert!(slow.mailbox.waiting.lock().unwrap().things.len() <= WAITING);
        assert_eq!(told(&mut slow), Some(r#"[{"topic":"orders"}]"#.to_owned()));
        hub.tell("orders", &[change("ord_1", 2)]);
        assert_eq!(told(&mut slow), Some(r#"[{"topic":"orders","id":"ord_1","version":2}]"#.to_owned()));
    }

    #[test]
    fn who_missed_something_reads_again_and_who_left_is_forgotten() {
        let hub = Hub::new();
        let mut here = hub.watch(vec![topic("orders", None, true)]);
        let gone = hub.watch(vec![topic("orders", None, true)]);
        drop(gone);
        hub.tell("orders", &[change("ord_1", 1)]);
        hub.missed("inventory");
        assert_eq!(hub.mailboxes().len(), 1);
        hub.missed("orders");
        assert_eq!(told(&mut here), Some("reload".to_owned()));
        hub.missed_all();
        assert_eq!(told(&mut here), Some("reload".to_owned()));
    }
}
