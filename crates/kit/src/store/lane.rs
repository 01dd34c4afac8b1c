//! The serial lane: every write of a service passes here, one after the other, many to a commit.
//!
//! A lane takes the first waiting job, begins, runs what else is waiting, commits once and only then tells the callers.
//! What arrives while a group is committed is the next group; only a busy lane waits a moment for company. After a fault the group is
//! rolled back and each of its jobs runs again alone, so a faulty job harms no other.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc::error::TryRecvError;
use tokio::sync::oneshot;

use super::later::Later;
use super::postgres::{PostgresConnection, QueueMark};
use super::sqlite::{SqliteConnection, SqliteOptions};
use super::tx::{Connection, Pending, Reader, Tx};
use super::{Core, Origin};
use crate::call;
use crate::journal::Fresh;
use crate::problem::{Fault, Problem};

/// At most this many jobs share one commit.
const GROUP: usize = 256;
/// A closure that holds the lane longer than this is reported.
const SLOW: Duration = Duration::from_millis(5);
/// After a group of so many jobs the next one waits for company. Every job of every service counts, those of readers and timers as much as
/// people's: they share the file and its commits. What one person sets off can be as many, and may then cost the next call the wait.
const BUSY: usize = 8;
/// How long a busy SQLite lane waits for company before it commits. Half as many commits write half as many pages of the log, wake half as
/// often, and let readers keep their pages twice as long.
const COMPANY: Duration = Duration::from_millis(1);

/// A write on its way to the lane.
pub(super) struct Job {
    pub(super) core: Arc<Core>,
    pub(super) origin: Origin,
    /// By the monotonic clock, when it is not begun any more.
    pub(super) until: Option<Duration>,
    pub(super) work: Box<dyn Work>,
}

/// What came of running a job's closure.
pub(super) enum Ran {
    Accepted,
    Refused,
    Faulted,
}

/// A job's closure, its result and the caller who waits for it.
pub(super) trait Work: Send {
    fn run(&mut self, tx: &mut Tx<'_>) -> Ran;
    /// Makes `problem` the result; that of an earlier run, which was rolled back, is forgotten.
    fn fail(&mut self, problem: Problem);
    /// Answers the caller: the closure's own result, or `fault` when the commit failed.
    fn deliver(self: Box<Self>, fault: Option<Fault>);
}

pub(super) struct Closure<T, F> {
    pub(super) run: F,
    pub(super) result: Option<Result<T, Problem>>,
    pub(super) caller: oneshot::Sender<Result<T, Problem>>,
}

impl<T: Send, F> Work for Closure<T, F>
where
    F: Fn(&mut Tx<'_>) -> Result<T, Problem> + Send,
{
    fn run(&mut self, tx: &mut Tx<'_>) -> Ran {
        // A panic must not end the lane, and the transaction that it leaves behind is rolled back.
        let result = catch_unwind(AssertUnwindSafe(|| (self.run)(tx)))
            .unwrap_or_else(|panic| Err(Fault::msg(format!("a write panicked: {}", message(&panic))).into()));
        let ran = match &result {
            Ok(_) => Ran::Accepted,
            Err(problem) if problem.fault.is_some() => Ran::Faulted,
            Err(_) => Ran::Refused,
        };
        self.result = Some(result);
        ran
    }

    fn fail(&mut self, problem: Problem) {
        self.result = Some(Err(problem));
    }

    fn deliver(self: Box<Self>, fault: Option<Fault>) {
        let result = match fault {
            Some(fault) => Err(fault.into()),
            None => self.result.expect("a job is delivered after it ran or failed"),
        };
        // A caller who has gone away loses the answer, not the effect; the request key finds it again.
        let _ = self.caller.send(result);
    }
}

fn message(panic: &Box<dyn std::any::Any + Send>) -> String {
    panic
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "no message".to_owned())
}

/// The connection a lane writes through, opened again when it breaks.
pub(super) enum Backend {
    Sqlite { options: SqliteOptions, connection: Option<SqliteConnection> },
    Postgres { url: String, connection: Option<PostgresConnection> },
}

/// A lane's state between groups.
pub(super) struct Lane {
    backend: Backend,
    /// Rows of the kit's tables by service index; also remembers each journal's end.
    pending: Vec<Option<Pending>>,
    /// Rows the connection had written when last asked.
    rows: u64,
}

struct Mark {
    journal: usize,
    keys: usize,
    begun: usize,
    told: usize,
    last_seq: i64,
    queue: Option<QueueMark>,
}

impl Lane {
    pub(super) fn new(backend: Backend, pending: Vec<Option<Pending>>) -> Lane {
        Lane { backend, pending, rows: 0 }
    }

    /// The SQLite connection between groups, for reads of a simulation.
    pub(super) fn sqlite(&mut self) -> Result<&SqliteConnection, Fault> {
        match &mut self.backend {
            Backend::Sqlite { options, connection } => {
                if connection.is_none() {
                    *connection = Some(SqliteConnection::open(options)?);
                }
                Ok(connection.as_ref().expect("opened above"))
            }
            Backend::Postgres { .. } => Err(Fault::msg("this lane writes to PostgreSQL")),
        }
    }

    /// Runs jobs until one is `None` or nobody can send any more.
    pub(super) fn serve(mut self, mut jobs: tokio::sync::mpsc::Receiver<Option<Job>>) {
        let (mut is_closing, mut is_busy) = (false, false);
        while !is_closing && let Some(Some(first)) = jobs.blocking_recv() {
            let (mut count, mut waits) = (1, is_busy && matches!(self.backend, Backend::Sqlite { .. }));
            let runtime = first.core.runtime.clone();
            self.group(first, || {
                let mut next = jobs.try_recv();
                if waits && matches!(next, Err(TryRecvError::Empty)) {
                    waits = false;
                    runtime.pause(COMPANY);
                    next = jobs.try_recv();
                }
                let next = next.ok()?;
                is_closing = next.is_none();
                count += usize::from(next.is_some());
                next
            });
            is_busy = count >= BUSY;
        }
    }

    /// Runs `first` and what `next` gives as one transaction.
    pub(super) fn group(&mut self, first: Job, mut next: impl FnMut() -> Option<Job>) {
        let mut ran: Vec<Job> = Vec::new();
        let mut job = Some(first);
        if let Err(fault) = self.begin(job.as_ref().map(|job| &job.core)) {
            self.broken();
            if let Some(job) = job {
                job.work.deliver(Some(fault));
            }
            return;
        }
        let mut clean = true;
        while let Some(mut current) = job.take() {
            clean = self.run(&mut current, false);
            ran.push(current);
            if !clean || ran.len() >= GROUP {
                break;
            }
            job = next();
        }
        if clean {
            match self.commit(&ran) {
                Ok(()) => return deliver(ran),
                Err(fault) => {
                    tracing::warn!(%fault, jobs = ran.len(), "a group of writes failed; each runs again alone")
                }
            }
        }
        self.rollback();
        for job in ran {
            self.alone(job);
        }
    }

    fn alone(&mut self, mut job: Job) {
        if let Err(fault) = self.begin(Some(&job.core)) {
            self.broken();
            return job.work.deliver(Some(fault));
        }
        if !self.run(&mut job, true) {
            self.rollback();
            return job.work.deliver(None);
        }
        let group = vec![job];
        match self.commit(&group) {
            Ok(()) => deliver(group),
            Err(fault) => {
                self.rollback();
                let text = fault.to_string();
                for job in group {
                    job.work.deliver(Some(Fault::msg(text.clone())));
                }
            }
        }
    }

    /// Runs one job; false when the transaction can no longer be committed as it is.
    fn run(&mut self, job: &mut Job, alone: bool) -> bool {
        let core = Arc::clone(&job.core);
        if let Err(fault) = self.load(&core) {
            tracing::warn!(%fault, service = core.service, "cannot read the end of the journal");
            job.work.fail(fault.into());
            return false;
        }
        let started = core.runtime.monotonic();
        if job.until.is_some_and(|until| until <= started) {
            job.work.fail(call::not_begun(core.service));
            return true;
        }
        let mark = self.mark(&core);
        let now = core.runtime.now();
        let pending = self.pending[core.index].as_mut().expect("loaded above");
        let connection = match &mut self.backend {
            Backend::Sqlite { connection, .. } => Connection::Sqlite(connection.as_ref().expect("begun")),
            Backend::Postgres { connection, .. } => Connection::Postgres(connection.as_mut().expect("begun")),
        };
        let mut tx = Tx {
            reader: Reader { connection, core: &core, now, new_keys: Vec::new(), later: Later::default() },
            pending,
            origin: &job.origin,
            wrote: false,
            alone,
        };
        let mut ran = job.work.run(&mut tx);
        if let Ran::Accepted = ran
            && let Err(fault) = tx.write_waiting()
        {
            job.work.fail(fault.into());
            ran = Ran::Faulted;
        }
        let wrote = tx.wrote;
        let took = core.runtime.monotonic().saturating_sub(started);
        if took > SLOW {
            tracing::debug!(service = core.service, micros = took.as_micros(), "a write held the lane for long");
        }
        core.metrics.writes.inc();
        match ran {
            Ran::Accepted => true,
            Ran::Faulted => false,
            Ran::Refused => {
                let pending = self.pending[core.index].as_mut().expect("loaded above");
                pending.journal.truncate(mark.journal);
                pending.keys.truncate(mark.keys);
                pending.begun.truncate(mark.begun);
                pending.told.truncate(mark.told);
                pending.last_seq = mark.last_seq;
                if !wrote {
                    return true;
                }
                match (&mut self.backend, mark.queue) {
                    (Backend::Postgres { connection: Some(connection), .. }, Some(queue)) => connection.unqueue(queue),
                    _ => false,
                }
            }
        }
    }

    fn mark(&self, core: &Core) -> Mark {
        let pending = self.pending[core.index].as_ref().expect("loaded before a job runs");
        let queue = match &self.backend {
            Backend::Postgres { connection: Some(connection), .. } => Some(connection.mark()),
            _ => None,
        };
        Mark {
            journal: pending.journal.len(),
            keys: pending.keys.len(),
            begun: pending.begun.len(),
            told: pending.told.len(),
            last_seq: pending.last_seq,
            queue,
        }
    }

    /// Learns where the service's journal ends, unless known. SQLite has one writer for ever, PostgreSQL one per transaction.
    fn load(&mut self, core: &Core) -> Result<(), Fault> {
        if self.pending[core.index].is_some() {
            return Ok(());
        }
        let sql = core.sql.journal_last;
        let last = match &mut self.backend {
            Backend::Sqlite { connection, .. } => {
                connection.as_ref().expect("begun").all(core, sql, &[], |row| row.get::<i64>(0))?
            }
            Backend::Postgres { connection, .. } => {
                connection.as_mut().expect("begun").all(sql, &[], |row| row.get(0))?
            }
        };
        let last_seq = last.first().copied().unwrap_or(0);
        self.pending[core.index] = Some(Pending { last_seq, ..Pending::default() });
        Ok(())
    }

    fn begin(&mut self, core: Option<&Arc<Core>>) -> Result<(), Fault> {
        match &mut self.backend {
            Backend::Sqlite { options, connection } => {
                if connection.is_none() {
                    *connection = Some(SqliteConnection::open(options)?);
                }
                connection.as_ref().expect("opened above").control("begin immediate")
            }
            Backend::Postgres { url, connection } => {
                let core = core.expect("a PostgreSQL lane belongs to one service");
                if connection.as_ref().is_none_or(PostgresConnection::is_closed) {
                    *connection = Some(PostgresConnection::open(url, Some(core.service))?);
                }
                let connection = connection.as_mut().expect("opened above");
                connection.clear_queue();
                connection.queue_control("begin")?;
                connection.queue_control(core.lock)?;
                self.pending[core.index] = None;
                Ok(())
            }
        }
    }

    fn commit(&mut self, group: &[Job]) -> Result<(), Fault> {
        let mut cores: Vec<&Arc<Core>> = Vec::new();
        for job in group {
            if !cores.iter().any(|core| core.index == job.core.index) {
                cores.push(&job.core);
            }
        }
        let rows = match &mut self.backend {
            Backend::Sqlite { connection, .. } => {
                let connection = connection.as_ref().expect("begun");
                for core in &cores {
                    let pending = self.pending[core.index].as_ref().expect("loaded");
                    write_pending(connection, core, pending)?;
                }
                connection.control("commit")?;
                connection.total_changes()
            }
            Backend::Postgres { connection, .. } => {
                let connection = connection.as_mut().expect("begun");
                for core in &cores {
                    let pending = self.pending[core.index].as_ref().expect("loaded");
                    connection.write_pending(core, pending)?;
                }
                connection.queue_control("commit")?;
                connection.send()?;
                connection.rows_written()
            }
        };
        cores[0].metrics.commits.inc();
        cores[0].metrics.rows.inc_by(rows.saturating_sub(self.rows));
        self.rows = rows;
        for core in cores {
            let pending = self.pending[core.index].as_mut().expect("loaded");
            core.live.committed(&pending.journal, &pending.told);
            pending.told.clear();
            if let Some(first) = pending.journal.first().map(|fresh| fresh.row.seq) {
                let kinds: Vec<_> = pending.journal.iter().map(|fresh| fresh.row.kind.clone()).collect();
                // Before anybody is woken: they find the rows here.
                core.recent.committed(pending.journal.drain(..));
                core.committed.send_replace(pending.last_seq);
                core.news.committed(first, kinds.iter());
            }
            pending.keys.clear();
            if let Some(begun) = core.begun.get() {
                begun.go(pending.begun.drain(..));
            }
            if let Some(due) = pending.due.take() {
                core.due.send_if_modified(|next| {
                    let earlier = next.is_none_or(|next| due < next);
                    if earlier {
                        *next = Some(due);
                    }
                    earlier
                });
            }
        }
        Ok(())
    }

    fn rollback(&mut self) {
        self.pending.iter_mut().for_each(|pending| *pending = None);
        let result = match &mut self.backend {
            Backend::Sqlite { connection: Some(connection), .. } if connection.in_transaction() => {
                connection.control("rollback")
            }
            Backend::Postgres { connection: Some(connection), .. } => {
                connection.clear_queue();
                connection.batch("rollback")
            }
            _ => Ok(()),
        };
        if let Err(fault) = result {
            tracing::warn!(%fault, "cannot roll back; the connection is opened again");
            self.broken();
        }
    }

    fn broken(&mut self) {
        self.rows = 0;
        self.pending.iter_mut().for_each(|pending| *pending = None);
        match &mut self.backend {
            Backend::Sqlite { connection, .. } => *connection = None,
            Backend::Postgres { connection, .. } => *connection = None,
        }
    }
}

fn write_pending(connection: &SqliteConnection, core: &Core, pending: &Pending) -> Result<(), Fault> {
    for Fresh { row, .. } in &pending.journal {
        connection.exec(
            core,
            core.sql.journal_put,
            &[row.seq.into(), row.at.into(), (&row.entity).into(), row.version.into(), row.record(core.codec).into()],
        )?;
    }
    for row in &pending.keys {
        connection.exec(
            core,
            core.sql.key_put,
            &[(&row.key).into(), row.digest.into(), (&row.outcome).into(), row.at.into()],
        )?;
    }
    Ok(())
}

fn deliver(group: Vec<Job>) {
    for job in group {
        job.work.deliver(None);
    }
}
