//! Jobs and timers: one due-table per service. What is scheduled is written with the fact that made it necessary, so
//! nothing is forgotten; what fires runs in the service's lane (timers) or claims its row and then works outside (jobs).

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::mpsc;

use crate::http::App;
use crate::problem::{Fault, Problem};
use crate::runtime::Task;
use crate::store::{Reader, Row, Tx, Value};
use crate::time::Timestamp;
use crate::trouble::JOB_PATIENCE;

/// How long a claimed job may work before it is tried again; doubles with each attempt up to an hour.
const LEASE: Duration = Duration::from_secs(15);
/// What is due so soon waits for its moment in memory, claimed from the beginning.
const SOON: Duration = Duration::from_secs(1);
/// Due rows looked at in one go.
const BATCH: i64 = 64;

/// Something that is due at a moment.
#[derive(Debug, Clone)]
pub struct Due {
    id: String,
    /// Which timer or job.
    pub kind: String,
    /// The id of the thing it is about.
    pub entity: String,
    /// When it is due.
    pub due_at: Timestamp,
    /// How often it was begun before.
    pub attempt: i64,
    /// What else it needs, as its kind defines.
    pub body: String,
}

/// Takes jobs that begin as soon as what scheduled them is committed.
pub(crate) struct Begun {
    pub(crate) kinds: Vec<&'static str>,
    sender: mpsc::UnboundedSender<Due>,
}

impl Begun {
    /// Begins them. Where nobody takes them any more, their rows do not get lost: they are tried again after the first pause.
    pub(crate) fn go(&self, begun: impl Iterator<Item = Due>) {
        for due in begun {
            let _ = self.sender.send(due);
        }
    }
}

type Timer = Arc<dyn Fn(&mut Tx<'_>, &Due) -> Result<(), Problem> + Send + Sync>;
type Working = Pin<Box<dyn Future<Output = Result<(), Problem>> + Send>>;
type Work = Arc<dyn Fn(App, Due) -> Working + Send + Sync>;
type Beside = Arc<dyn Fn(App) -> Pin<Box<dyn Future<Output = ()> + Send>> + Send + Sync>;

/// A service's timers and jobs by kind.
#[derive(Default, Clone)]
pub struct Jobs {
    timers: Vec<(&'static str, Timer)>,
    works: Vec<(&'static str, Work)>,
    beside: Vec<Beside>,
}

impl Jobs {
    /// No jobs.
    #[must_use]
    pub fn new() -> Jobs {
        Jobs::default()
    }

    /// What happens in the lane when a timer of `kind` is due; its row is gone afterwards.
    #[must_use]
    pub fn timer(
        mut self,
        kind: &'static str,
        run: impl Fn(&mut Tx<'_>, &Due) -> Result<(), Problem> + Send + Sync + 'static,
    ) -> Jobs {
        self.timers.push((kind, Arc::new(run)));
        self
    }

    /// What is done outside the lane when a job of `kind` is due: it may make calls. Its row stays, and the job is tried
    /// again, until one of its writes calls [`Tx::unschedule`].
    #[must_use]
    pub fn work<F>(mut self, kind: &'static str, run: impl Fn(App, Due) -> F + Send + Sync + 'static) -> Jobs
    where
        F: Future<Output = Result<(), Problem>> + Send + 'static,
    {
        self.works.push((kind, Arc::new(move |app, due| Box::pin(run(app, due)))));
        self
    }

    /// What runs beside as long as the service does and keeps something in memory up to date, see [`App::memory`].
    #[must_use]
    pub fn beside<F>(mut self, run: impl Fn(App) -> F + Send + Sync + 'static) -> Jobs
    where
        F: Future<Output = ()> + Send + 'static,
    {
        self.beside.push(Arc::new(move |app| Box::pin(run(app))));
        self
    }

    /// Runs what is due, for ever.
    #[must_use]
    pub fn start(self, app: &App) -> Vec<Task> {
        let mut tasks: Vec<Task> = self.beside.iter().map(|run| app.runtime().spawn(run(app.clone()))).collect();
        let (sender, mut begun) = mpsc::unbounded_channel::<Due>();
        let kinds = self.works.iter().map(|(kind, _)| *kind).collect();
        if app.store().core().begun.set(Begun { kinds, sender }).is_ok() {
            let (app, works, under_way) = (app.clone(), self.works.clone(), UnderWay::default());
            tasks.push(app.runtime().clone().spawn(async move {
                while let Some(due) = begun.recv().await {
                    let Some((_, work)) = works.iter().find(|(kind, _)| *kind == due.kind) else { continue };
                    let (work, pause) = (Arc::clone(work), due.due_at.since(app.runtime().now()));
                    if pause.is_zero() {
                        begin(&app, due, work, &under_way);
                    } else {
                        let (app, under_way) = (app.clone(), Arc::clone(&under_way));
                        app.runtime().clone().spawn(async move {
                            app.runtime().sleep(pause).await;
                            if is_still_due(&app, &due).await {
                                begin(&app, due, work, &under_way);
                            }
                        });
                    }
                }
            }));
        }
        let app = app.clone();
        tasks.push(app.runtime().clone().spawn(async move { self.serve(app).await }));
        tasks
    }

    async fn serve(self, app: App) {
        let due = &app.store().core().due;
        let mut hint = due.subscribe();
        let poll = app.runtime().poll();
        loop {
            // What is scheduled from here on is told, whatever it is earlier than.
            let clock = app.runtime().clock_steps();
            due.send_if_modified(|hint| {
                *hint = None;
                false
            });
            hint.mark_unchanged();
            let next = match self.fire(&app).await {
                Ok(next) => next,
                Err(problem) => {
                    tracing::warn!(service = app.store().service(), ?problem, "cannot run what is due");
                    Some(app.runtime().now() + poll)
                }
            };
            let mut wake = next;
            due.send_if_modified(|hint| {
                wake = wake.into_iter().chain(*hint).min();
                *hint = wake;
                false
            });
            let now = app.runtime().now();
            let soon = wake.map_or(now + poll, |wake| wake.min(now + poll));
            let told = async {
                tokio::select! {
                    _ = hint.changed() => {}
                    () = clock => {}
                }
            };
            let _ = app.runtime().timeout(soon.since(now), told).await;
        }
    }

    /// Fires what is due now; returns when the next is.
    async fn fire(&self, app: &App) -> Result<Option<Timestamp>, Problem> {
        let rows = app
            .glance(|reader| {
                let sql = reader.kit_sql().due_next;
                Ok(reader.all(sql, &[BATCH.into()], Due::read)?)
            })
            .await?;
        let now = app.runtime().now();
        let due = rows.iter().take_while(|row| row.due_at <= now);
        // Handed to the lane in their order and together, so that they share commits.
        let fired = futures_util::future::join_all(due.map(|due| self.fires(app, due))).await;
        fired.into_iter().collect::<Result<(), Problem>>()?;
        let later = rows.iter().find(|row| row.due_at > now).map(|row| row.due_at);
        Ok(later.or((!rows.is_empty()).then_some(now)))
    }

    async fn fires(&self, app: &App, due: &Due) -> Result<(), Problem> {
        if let Some((_, timer)) = self.timers.iter().find(|(kind, _)| *kind == due.kind) {
            return self.timer_fires(app, due, Arc::clone(timer)).await;
        }
        if let Some((_, work)) = self.works.iter().find(|(kind, _)| *kind == due.kind) {
            return self.work_begins(app, due, Arc::clone(work)).await;
        }
        // Perhaps a newer release scheduled it: it waits, and the others go on.
        tracing::error!(kind = due.kind, entity = due.entity, "nobody here runs this");
        self.claim(app, due).await?;
        failed(app, due, "nobody here runs this").await;
        Ok(())
    }

    async fn timer_fires(&self, app: &App, due: &Due, timer: Timer) -> Result<(), Problem> {
        let due = due.clone();
        let fired = due.clone();
        let result = app
            .write(&app.itself(), move |tx| {
                let sql = tx.kit_sql().due_get;
                match tx.one(sql, &[(&due.id).into()], Due::read)? {
                    Some(present) if present.due_at == due.due_at => {
                        tx.unschedule(&due.kind, &due.entity)?;
                        timer(tx, &due)
                    }
                    _ => Ok(()),
                }
            })
            .await;
        match result {
            Ok(()) => Ok(()),
            Err(problem) => {
                // A bug to look at, not a reason to stop the others: it is tried again later.
                tracing::error!(kind = fired.kind, entity = fired.entity, ?problem, "a timer failed");
                self.claim(app, &fired).await?;
                failed(app, &fired, &problem.told()).await;
                Ok(())
            }
        }
    }

    async fn work_begins(&self, app: &App, due: &Due, work: Work) -> Result<(), Problem> {
        if !self.claim(app, due).await? {
            return Ok(());
        }
        let (app, due) = (app.clone(), due.clone());
        app.runtime().clone().spawn(async move { go(&app, due, &work).await });
        Ok(())
    }

    /// Moves the row's moment ahead, so that nobody else begins it meanwhile; false when somebody else was first.
    async fn claim(&self, app: &App, due: &Due) -> Result<bool, Problem> {
        let id = due.id.clone();
        let was = due.due_at;
        let lease = LEASE * 2_u32.saturating_pow(u32::try_from(due.attempt.clamp(0, 8)).unwrap_or(0));
        app.write(&app.itself(), move |tx| {
            let until = tx.now() + lease;
            let sql = tx.kit_sql().due_claim;
            Ok(tx.exec(sql, &[(&id).into(), until.into(), was.into()])? == 1)
        })
        .await
    }
}

/// The jobs that began with a commit of this process and go on, by id; each with what was scheduled meanwhile.
type UnderWay = Arc<Mutex<HashMap<String, Option<Due>>>>;

/// A job that panics is under way no longer: its row brings it back.
struct Leaving(UnderWay, String);

impl Drop for Leaving {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.1);
        }
    }
}

/// Whether the row of a job that waited for its moment in memory is as it was written. Where that cannot be said, the row brings it back.
async fn is_still_due(app: &App, due: &Due) -> bool {
    let (id, until) = (due.id.clone(), due.due_at + LEASE);
    let row = app.read(move |reader| {
        let sql = reader.kit_sql().due_get;
        Ok(reader.one(sql, &[(&id).into()], Due::read)?)
    });
    row.await.is_ok_and(|row| row.is_some_and(|row| row.due_at == until))
}

/// Works on a job that has just been scheduled; where it is under way, once more after that, however often it was scheduled.
fn begin(app: &App, due: Due, work: Work, under_way: &UnderWay) {
    match under_way.lock().unwrap_or_else(PoisonError::into_inner).entry(due.id.clone()) {
        Entry::Occupied(mut entry) => return drop(entry.insert(Some(due))),
        Entry::Vacant(entry) => drop(entry.insert(None)),
    }
    let (app, under_way) = (app.clone(), Arc::clone(under_way));
    app.runtime().clone().spawn(async move {
        let _leaving = Leaving(Arc::clone(&under_way), due.id.clone());
        let mut next = Some(due);
        while let Some(due) = next {
            let id = due.id.clone();
            go(&app, due, &work).await;
            let mut under_way = under_way.lock().unwrap_or_else(PoisonError::into_inner);
            next = under_way.get_mut(&id).and_then(Option::take);
            if next.is_none() {
                under_way.remove(&id);
            }
        }
    });
}

/// Works on a job that has been claimed.
async fn go(app: &App, due: Due, work: &Work) {
    match work(app.clone(), due.clone()).await {
        Ok(()) => succeeded(app, due).await,
        Err(problem) => {
            tracing::info!(kind = due.kind, entity = due.entity, %problem, "a job will be tried again");
            failed(app, &due, &problem.told()).await;
        }
    }
}

/// Whether something is due within the first pause: what is under way, has just failed, or is about to begin.
pub(crate) async fn is_busy(app: &App) -> Result<bool, Problem> {
    let next = app
        .glance(|reader| {
            let sql = reader.kit_sql().due_next;
            Ok(reader.one(sql, &[1.into()], Due::read)?)
        })
        .await?;
    Ok(next.is_some_and(|due| due.due_at <= app.runtime().now() + SOON + LEASE))
}

/// Counts a failed attempt, and tells people when there were many.
async fn failed(app: &App, due: &Due, error: &str) {
    app.metrics().failed(app.store().service());
    let attempts = due.attempt + 1;
    if attempts < JOB_PATIENCE {
        return;
    }
    let (due, error) = (due.clone(), error.to_owned());
    let told = app.write(&app.itself(), move |tx| Ok(tx.tell_trouble(&due, attempts, &error)?)).await;
    if let Err(problem) = told {
        tracing::warn!(service = app.store().service(), ?problem, "a job in trouble cannot be told of");
    }
}

async fn succeeded(app: &App, due: Due) {
    if due.attempt >= JOB_PATIENCE {
        let ended = app.write(&app.itself(), move |tx| Ok(tx.end_trouble(&due)?)).await;
        if let Err(problem) = ended {
            tracing::warn!(service = app.store().service(), ?problem, "a job's trouble is still told of");
        }
    }
}

/// The row of the timer or job `kind` for `entity`.
fn id_of(kind: &str, entity: &str) -> String {
    format!("{kind}:{entity}")
}

impl Due {
    fn read(row: &Row<'_>) -> Result<Due, Fault> {
        Ok(Due {
            id: row.get(0)?,
            kind: row.get(1)?,
            entity: row.get(2)?,
            due_at: row.get(3)?,
            attempt: row.get(4)?,
            body: row.get(5)?,
        })
    }
}

impl Reader<'_> {
    /// The timer or job `kind` for `entity`, if it is scheduled: when it is due, and its body. What somebody works on is due when it would
    /// be tried again.
    ///
    /// # Errors
    /// A fault of the database.
    pub fn due(&mut self, kind: &str, entity: &str) -> Result<Option<Due>, Fault> {
        let (sql, params) = self.asks_due(kind, entity);
        self.one(sql, &params, Due::read)
    }

    /// What [`Reader::due`] asks, to be asked ahead with other questions, see [`Reader::ahead`].
    #[must_use]
    pub fn asks_due(&self, kind: &str, entity: &str) -> (&'static str, [Value<'static>; 1]) {
        (self.kit_sql().due_get, [id_of(kind, entity).into()])
    }
}

impl Tx<'_> {
    /// Schedules the timer or job `kind` for `entity` at `at`, replacing an earlier moment. A job that is due already begins when this
    /// is committed, one that is due within a second then; its row says that somebody works on it.
    ///
    /// # Errors
    /// A fault of the database.
    pub fn schedule(&mut self, kind: &str, entity: &str, at: Timestamp, body: &str) -> Result<(), Fault> {
        let id = id_of(kind, entity);
        let (until, sql) = (at.max(self.now()) + LEASE, self.kit_sql());
        let due = || Due {
            id: id.clone(),
            kind: kind.to_owned(),
            entity: entity.to_owned(),
            due_at: at,
            attempt: 0,
            body: body.to_owned(),
        };
        let (at, sql) =
            if at <= self.now() + SOON && self.begins(due, kind) { (until, sql.due_begin) } else { (at, sql.due_put) };
        self.due_at(at);
        self.put(sql, &[id.into(), kind.into(), entity.into(), at.into(), body.into()])
    }

    /// Moves the timer or job `kind` for `entity` to `at`; its body stays. False when there is none.
    ///
    /// # Errors
    /// A fault of the database.
    pub fn hasten(&mut self, kind: &str, entity: &str, at: Timestamp) -> Result<bool, Fault> {
        self.due_at(at);
        let sql = self.kit_sql().due_move;
        Ok(self.exec(sql, &[id_of(kind, entity).into(), at.into()])? == 1)
    }

    /// Forgets the timer or job `kind` for `entity`, if there is one.
    ///
    /// # Errors
    /// A fault of the database.
    pub fn unschedule(&mut self, kind: &str, entity: &str) -> Result<(), Fault> {
        let sql = self.kit_sql().due_delete;
        self.put(sql, &[id_of(kind, entity).into()])
    }
}
