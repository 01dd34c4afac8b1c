//! Threads, time and randomness. Everything that could make two runs differ comes from here, so that a simulation replays exactly.
#![allow(clippy::disallowed_methods)] // the one place that may ask the system

use std::future::Future;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{Rng, RngCore, SeedableRng};

use crate::problem::Fault;
use crate::time::Timestamp;

/// A simulation's clock starts here: 2026-01-01T00:00:00Z.
const SIM_START_US: i64 = 1_767_225_600_000_000;

/// Threads, time and randomness of a process, real or simulated. Clones share it.
#[derive(Clone)]
pub struct Runtime(Arc<Inner>);

struct Inner {
    sim: Option<Arc<Sim>>,
    #[cfg(feature = "sim")]
    process: Mutex<Process>,
    started: std::time::Instant,
    last: AtomicI64,
    /// How far the clock is behind the system's, in µs.
    behind: AtomicI64,
    /// Tells of each step of `behind`.
    stepped: tokio::sync::Notify,
}

/// What all processes of a simulation share.
struct Sim {
    random: Mutex<StdRng>,
    started: tokio::time::Instant,
    #[cfg(feature = "sim")]
    faults: Mutex<crate::sim::Faults>,
    /// Whether a task has panicked.
    #[cfg(feature = "sim")]
    panicked: std::sync::atomic::AtomicBool,
}

/// What runs beside in one simulated process, so that it can be ended all at once.
#[cfg(feature = "sim")]
#[derive(Default)]
struct Process {
    is_dead: bool,
    tasks: Vec<tokio::task::AbortHandle>,
}

/// A task that runs beside others until it ends or is stopped.
#[derive(Debug)]
pub struct Task(tokio::task::JoinHandle<()>);

impl Runtime {
    /// The system's clock, randomness and threads.
    #[must_use]
    pub fn real() -> Runtime {
        Runtime::with(None)
    }

    /// A simulated clock that jumps to the next event, and randomness that depends on `seed` alone.
    /// To be made inside a single-threaded tokio runtime whose clock is paused.
    #[must_use]
    pub fn sim(seed: u64) -> Runtime {
        Runtime::with(Some(Arc::new(Sim {
            random: Mutex::new(StdRng::seed_from_u64(seed)),
            started: tokio::time::Instant::now(),
            #[cfg(feature = "sim")]
            faults: Mutex::default(),
            #[cfg(feature = "sim")]
            panicked: false.into(),
        })))
    }

    fn with(sim: Option<Arc<Sim>>) -> Runtime {
        Runtime(Arc::new(Inner {
            sim,
            #[cfg(feature = "sim")]
            process: Mutex::default(),
            started: std::time::Instant::now(),
            last: AtomicI64::new(0),
            behind: AtomicI64::new(0),
            stepped: tokio::sync::Notify::new(),
        }))
    }

    /// Whether this is a simulation: lanes run inline, nothing runs beside.
    #[must_use]
    pub fn is_sim(&self) -> bool {
        self.0.sim.is_some()
    }

    /// The present moment; never earlier than one already given.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        let micros = match &self.0.sim {
            Some(sim) => SIM_START_US + i64::try_from(sim.started.elapsed().as_micros()).unwrap_or(i64::MAX),
            None => {
                let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
                i64::try_from(since.as_micros()).unwrap_or(i64::MAX) - self.0.behind.load(Ordering::Relaxed)
            }
        };
        Timestamp::from_micros(self.0.last.fetch_max(micros, Ordering::Relaxed).max(micros))
    }

    /// Sets the clock `behind` the system's, so that what is recorded next happened then: made-up data get a past that way. The clock
    /// never goes back: begin far behind and come nearer. A simulation has a clock of its own and ignores it.
    pub fn set_behind(&self, behind: Duration) {
        self.0.behind.store(i64::try_from(behind.as_micros()).unwrap_or(i64::MAX), Ordering::Relaxed);
        self.0.stepped.notify_waiters();
    }

    /// Waits for the next [`Runtime::set_behind`] after this was called.
    pub(crate) fn clock_steps(&self) -> tokio::sync::futures::Notified<'_> {
        self.0.stepped.notified()
    }

    /// Time since the runtime was made, for measuring how long things take.
    #[must_use]
    pub fn monotonic(&self) -> Duration {
        match &self.0.sim {
            Some(sim) => sim.started.elapsed(),
            None => self.0.started.elapsed(),
        }
    }

    /// 64 random bits.
    #[must_use]
    pub fn random_u64(&self) -> u64 {
        self.random(|random| random.next_u64())
    }

    /// 128 random bits.
    #[must_use]
    pub fn random_u128(&self) -> u128 {
        self.random(|random| random.random())
    }

    /// Random bytes, good for keys.
    #[must_use]
    pub fn random_bytes<const N: usize>(&self) -> [u8; N] {
        self.random(|random| {
            let mut bytes = [0; N];
            random.fill_bytes(&mut bytes);
            bytes
        })
    }

    /// A number from 0 up to, not including, `below` (at least 1).
    #[must_use]
    pub fn random_below(&self, below: u64) -> u64 {
        self.random(|random| random.random_range(0..below.max(1)))
    }

    fn random<T>(&self, draw: impl FnOnce(&mut dyn RngCore) -> T) -> T {
        match &self.0.sim {
            Some(sim) => draw(&mut *sim.random.lock().unwrap_or_else(PoisonError::into_inner)),
            None => draw(&mut rand::rng()),
        }
    }

    /// Waits.
    pub async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }

    /// Waits until `at`, not at all when it has passed.
    pub async fn sleep_until(&self, at: Timestamp) {
        let wait = at.since(self.now());
        if !wait.is_zero() {
            tokio::time::sleep(wait).await;
        }
    }

    /// Waits for `future`, at most `limit`; `None` when it took longer.
    pub async fn timeout<F: Future>(&self, limit: Duration, future: F) -> Option<F::Output> {
        tokio::time::timeout(limit, future).await.ok()
    }

    /// In a simulation, lets others run here, for a while that the seed decides; otherwise nothing.
    pub async fn step(&self) {
        if self.is_sim() {
            #[cfg(feature = "sim")]
            if self.is_dead() {
                // Whatever loses power inside an operation does nothing more.
                std::future::pending::<()>().await;
            }
            match self.random_below(8) {
                0 => tokio::time::sleep(Duration::from_micros(1 + self.random_below(5_000))).await,
                1..4 => tokio::task::yield_now().await,
                _ => {}
            }
        }
    }

    /// Runs `future` beside the caller.
    pub fn spawn(&self, future: impl Future<Output = ()> + Send + 'static) -> Task {
        #[cfg(feature = "sim")]
        if let Some(sim) = &self.0.sim {
            let task = tokio::spawn(watched(Arc::clone(sim), future));
            self.process().adopt(task.abort_handle());
            return Task(task);
        }
        Task(tokio::spawn(future))
    }

    /// How long to wait at most before looking whether another process has written, when nothing tells.
    /// In a simulation nobody else writes to the database, so a lost wake-up shows as a long delay.
    pub(crate) fn poll(&self) -> Duration {
        Duration::from_secs(if self.is_sim() { 60 } else { 2 })
    }

    /// Runs `work`, which blocks, on a thread of its own kind.
    ///
    /// # Errors
    /// A fault when `work` panics.
    pub async fn blocking<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Fault> {
        tokio::task::spawn_blocking(work).await.map_err(|e| Fault::new("blocking work failed", e))
    }

    /// Holds the calling thread, which must be none that runs tasks. A simulation has no such thread.
    pub(crate) fn pause(&self, duration: Duration) {
        std::thread::sleep(duration);
    }

    /// Starts a thread.
    ///
    /// # Errors
    /// A fault when the system has no thread to give.
    pub fn thread(
        &self,
        name: &str,
        work: impl FnOnce() + Send + 'static,
    ) -> Result<std::thread::JoinHandle<()>, Fault> {
        let builder = std::thread::Builder::new().name(name.to_owned());
        builder.spawn(work).map_err(|e| Fault::new("cannot start a thread", e))
    }
}

#[cfg(feature = "sim")]
impl Runtime {
    /// Another process of the same simulation: the same clock and randomness, its own tasks.
    pub(crate) fn new_process(&self) -> Runtime {
        Runtime::with(self.0.sim.clone())
    }

    /// Ends the process: its tasks are never run again, and what it still starts neither.
    pub(crate) fn kill(&self) {
        let mut process = self.process();
        process.is_dead = true;
        process.tasks.drain(..).for_each(|task| task.abort());
    }

    /// Whether both are the same life of the same process.
    pub(crate) fn is(&self, other: &Runtime) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    pub(crate) fn is_dead(&self) -> bool {
        self.process().is_dead
    }

    pub(crate) fn faults(&self) -> crate::sim::Faults {
        let faults = |sim: &Arc<Sim>| *sim.faults.lock().unwrap_or_else(PoisonError::into_inner);
        self.0.sim.as_ref().map(faults).unwrap_or_default()
    }

    pub(crate) fn set_faults(&self, faults: crate::sim::Faults) {
        if let Some(sim) = &self.0.sim {
            *sim.faults.lock().unwrap_or_else(PoisonError::into_inner) = faults;
        }
    }

    /// Whether a task of the simulation has panicked.
    pub(crate) fn has_panicked(&self) -> bool {
        self.0.sim.as_ref().is_some_and(|sim| sim.panicked.load(Ordering::Relaxed))
    }

    fn process(&self) -> std::sync::MutexGuard<'_, Process> {
        self.0.process.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// `future`, noting when it panics: nobody else would hear of it.
#[cfg(feature = "sim")]
async fn watched(sim: Arc<Sim>, future: impl Future<Output = ()>) {
    use futures_util::FutureExt;
    if std::panic::AssertUnwindSafe(future).catch_unwind().await.is_err() {
        sim.panicked.store(true, Ordering::Relaxed);
    }
}

#[cfg(feature = "sim")]
impl Process {
    fn adopt(&mut self, task: tokio::task::AbortHandle) {
        if self.is_dead {
            return task.abort();
        }
        if self.tasks.len() == self.tasks.capacity() {
            self.tasks.retain(|task| !task.is_finished());
        }
        self.tasks.push(task);
    }
}

impl Task {
    /// Stops the task at its next wait.
    pub fn stop(&self) {
        self.0.abort();
    }

    /// Waits until the task has ended.
    pub async fn ended(self) {
        let _ = self.0.await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_set_behind_comes_nearer_and_never_goes_back() {
        let runtime = Runtime::real();
        runtime.set_behind(Duration::from_secs(86_400));
        let yesterday = runtime.now();
        assert!(Runtime::real().now().since(yesterday) > Duration::from_secs(86_390));
        runtime.set_behind(Duration::ZERO);
        let today = runtime.now();
        assert!(today.since(yesterday) > Duration::from_secs(86_390));
        runtime.set_behind(Duration::from_secs(3_600));
        assert!(runtime.now() >= today);
    }
}
