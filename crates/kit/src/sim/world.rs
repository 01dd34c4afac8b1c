//! Processes with disks, which lose power and come back, and reach each other through an unreliable bus.

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use bytes::Bytes;
use rand::SeedableRng;
use rand::rngs::StdRng;
use serde_json::Value as Json;
use tokio::sync::{Notify, oneshot};

use super::{Faults, Trace, faults};
use crate::auth::{ACTOR_HEADER, Actor};
use crate::bus::{LocalSource, Publish, Slice, Source};
use crate::call::{self, DEADLINE, Raw, RawReply, Remote};
use crate::deadline;
use crate::http::{App, Providers};
use crate::metrics::Metrics;
use crate::powercut::PowerCut;
use crate::problem::{Fault, Problem};
use crate::runtime::Runtime;
use crate::service::{Running, Service, Setup};
use crate::testing::Answer;
use crate::time::Timestamp;

/// How a process of a world is started, each time anew.
#[derive(Clone)]
pub struct Process {
    /// What it is called in the trace.
    pub name: &'static str,
    /// The services that run in it.
    pub services: Arc<dyn Fn() -> Vec<Service> + Send + Sync>,
    /// What they are given; what must survive a crash is held outside and shared.
    pub providers: Arc<dyn Fn() -> Providers + Send + Sync>,
}

/// How a process ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Crash {
    /// The program ends; what it had written to its disk survives.
    Kill,
    /// The machine ends; of what was not synced some survives.
    PowerCut,
}

/// Processes under simulation. Those that crash are started again after a while. Clones share them.
#[derive(Clone)]
pub struct World(Arc<Inner>);

struct Inner {
    runtime: Runtime,
    trace: Trace,
    crashed: Arc<Notify>,
    hosts: Mutex<Vec<Host>>,
}

struct Host {
    process: Process,
    services: Vec<(&'static str, Publish)>,
    disk: PowerCut,
    /// Of the present life, or the last one.
    runtime: Runtime,
    running: Option<Running>,
}

/// A service in a process that is up.
struct Found {
    app: App,
    runtime: Runtime,
    publish: Publish,
}

impl World {
    /// Starts `processes`, each on an empty disk.
    ///
    /// # Errors
    /// A fault when one cannot be started.
    pub fn start(runtime: &Runtime, processes: Vec<Process>) -> Result<World, Fault> {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let hosts = processes
            .into_iter()
            .map(|process| Host {
                services: (process.services)().iter().map(|service| (service.name, service.publish)).collect(),
                disk: PowerCut::register(&format!("world-{}", COUNT.fetch_add(1, Ordering::Relaxed))),
                runtime: runtime.new_process(),
                running: None,
                process,
            })
            .collect::<Vec<_>>();
        let count = hosts.len();
        let world = World(Arc::new(Inner {
            runtime: runtime.clone(),
            trace: Trace::new(runtime),
            crashed: Arc::default(),
            hosts: Mutex::new(hosts),
        }));
        (0..count).try_for_each(|n| world.boot(n))?;
        let supervised = Arc::downgrade(&world.0);
        runtime.spawn(supervise(supervised));
        Ok(world)
    }

    /// Time and randomness of those outside the processes.
    #[must_use]
    pub fn runtime(&self) -> &Runtime {
        &self.0.runtime
    }

    /// What happened so far.
    #[must_use]
    pub fn trace(&self) -> &Trace {
        &self.0.trace
    }

    /// What goes wrong from now on, and how often.
    pub fn set_faults(&self, faults: Faults) {
        self.0.runtime.set_faults(faults);
    }

    /// The number of processes.
    #[must_use]
    pub fn processes(&self) -> usize {
        self.hosts().len()
    }

    /// Ends the process at `n` (from 0) here and now, unless it is down. It comes back by itself.
    pub fn crash(&self, n: usize, how: Crash) {
        let (disk, name) = self.disk(n);
        if disk.is_off() {
            return;
        }
        self.0.trace.note(format_args!("crash {name} {how:?}"));
        match how {
            Crash::Kill => disk.kill(),
            Crash::PowerCut => disk.cut(&mut StdRng::seed_from_u64(self.0.runtime.random_u64())),
        }
    }

    /// Cuts the power of the process at `n` in the middle of the `write`-th write to its disk from now.
    pub fn power_fails_in(&self, n: usize, write: u64) {
        let (disk, name) = self.disk(n);
        self.0.trace.note(format_args!("the power of {name} will fail in write {write}"));
        disk.fail_after(write, self.0.runtime.random_u64());
    }

    /// Makes a request of `actor` through the service's door, as a client does; waits until the service is up.
    ///
    /// # Errors
    /// `kit/unknown-outcome`, and only that: every other problem is an answer.
    pub async fn request(
        &self,
        actor: &Actor,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &Json,
    ) -> Result<Answer, Problem> {
        let service = path.trim_start_matches("/api/").split(['/', '?']).next().unwrap_or_default();
        let mut request = axum::http::Request::builder()
            .method(method)
            .uri(path)
            .header("content-type", "application/json")
            .header(ACTOR_HEADER, actor.header());
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let bytes =
            if body.is_null() { Bytes::new() } else { serde_json::to_vec(body).expect("a body is JSON").into() };
        let mut request = request.body(bytes).expect("the request is valid");
        deadline::tell(request.headers_mut(), DEADLINE);
        let answer = match self.send(&self.0.runtime, service, request, DEADLINE).await {
            Ok(reply) => Answer::of(&reply),
            Err(problem) => {
                self.0.trace.note(format_args!("{method} {path} -> {}", problem.code));
                return Err(problem);
            }
        };
        self.0.trace.note(format_args!("{method} {path} {body} -> {} {}", answer.status, answer.body));
        // Who loses power does not answer, so this is no consequence of that.
        assert_ne!(answer.status, 500, "{method} {path} met a fault");
        if answer.status >= 500 { Err(call::unknown(service)) } else { Ok(answer) }
    }

    /// As [`World::request`], asked again until there is an outcome.
    pub async fn insist(
        &self,
        actor: &Actor,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &Json,
    ) -> Answer {
        loop {
            if let Ok(answer) = self.request(actor, method, path, headers, body).await {
                return answer;
            }
            self.0.runtime.sleep(Duration::from_millis(100 + self.0.runtime.random_below(2_000))).await;
        }
    }

    /// The service `name`, when its process is up. What is asked of it hangs when it crashes: see [`World::inside`].
    #[must_use]
    pub fn app(&self, name: &str) -> Option<App> {
        self.find(name).map(|found| found.app)
    }

    /// Runs `work` in the process of `service`; `None` when it is down or crashes meanwhile.
    pub async fn inside<T, F>(&self, service: &str, work: impl FnOnce(App) -> F) -> Option<T>
    where
        T: Send + 'static,
        F: Future<Output = T> + Send + 'static,
    {
        let found = self.find(service)?;
        let (told, result) = oneshot::channel();
        let work = work(found.app);
        let there = found.runtime.clone();
        found.runtime.spawn(async move {
            let output = work.await;
            if !there.is_dead() {
                let _ = told.send(output);
            }
        });
        result.await.ok()
    }

    /// Lets the world come to rest: nothing goes wrong any more, everything is up, and what is due within `horizon` is done.
    ///
    /// # Panics
    /// When it does not come to rest within a simulated week.
    pub async fn rest(&self, horizon: Duration) {
        self.0.runtime.set_faults(Faults::default());
        self.hosts().iter().for_each(|host| host.disk.disarm());
        let until = self.0.runtime.now() + horizon;
        let mut before = None;
        for _ in 0..20_000 {
            let (state, due) = self.state().await;
            let now = self.0.runtime.now();
            match due.filter(|due| *due <= until || *due <= now) {
                Some(due) if due > now => self.0.runtime.sleep_until(due).await,
                None if state.is_some() && state == before => return self.0.trace.note("at rest"),
                // Longer than any delay and any wait for a look at what nobody told of.
                next => {
                    before = if next.is_none() { state } else { None };
                    self.0.runtime.sleep(Duration::from_secs(90)).await;
                    continue;
                }
            }
            before = None;
        }
        panic!("the world does not come to rest");
    }

    /// The journals' lengths (none while a process is down), and the earliest moment for which something is scheduled.
    async fn state(&self) -> (Option<Vec<i64>>, Option<Timestamp>) {
        let names: Vec<&'static str> =
            self.hosts().iter().flat_map(|host| host.services.iter().map(|(name, _)| *name)).collect();
        let mut lengths = Some(Vec::new());
        let mut due: Option<Timestamp> = None;
        for name in names {
            let read = |app: App| async move {
                let read = app.read(|reader| {
                    let sql = reader.kit_sql();
                    let last = reader.one(sql.journal_last, &[], |row| row.get::<i64>(0))?;
                    let due = reader.one(sql.due_next, &[1.into()], |row| row.get::<Timestamp>(3))?;
                    Ok((last.unwrap_or(0), due))
                });
                read.await.ok()
            };
            match (self.inside(name, read).await.flatten(), &mut lengths) {
                (Some((last, next)), Some(lengths)) => {
                    lengths.push(last);
                    due = due.into_iter().chain(next).min();
                }
                _ => lengths = None,
            }
        }
        (lengths, due)
    }

    fn hosts(&self) -> MutexGuard<'_, Vec<Host>> {
        self.0.hosts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn disk(&self, n: usize) -> (PowerCut, &'static str) {
        let hosts = self.hosts();
        (hosts[n].disk.clone(), hosts[n].process.name)
    }

    fn find(&self, service: &str) -> Option<Found> {
        let hosts = self.hosts();
        let host = hosts.iter().find(|host| host.services.iter().any(|(name, _)| *name == service))?;
        let (_, publish) = host.services.iter().find(|(name, _)| *name == service)?;
        let app = host.running.as_ref()?.app(service)?.clone();
        (!host.runtime.is_dead()).then(|| Found { app, runtime: host.runtime.clone(), publish: *publish })
    }

    fn boot(&self, n: usize) -> Result<(), Fault> {
        let (process, disk) = {
            let hosts = self.hosts();
            (hosts[n].process.clone(), hosts[n].disk.clone())
        };
        disk.restore();
        let runtime = self.0.runtime.new_process();
        let (dying, crashed) = (runtime.clone(), Arc::clone(&self.0.crashed));
        disk.on_loss(move || {
            dying.kill();
            crashed.notify_one();
        });
        self.hosts()[n].runtime = runtime.clone();
        let bus = Bus { world: Arc::downgrade(&self.0), here: runtime.clone() };
        let sources = bus.clone();
        let setup = Setup {
            location: disk.location("backroom.db"),
            runtime,
            metrics: Metrics::default(),
            providers: (process.providers)(),
            remote: Some(Arc::new(bus)),
            remote_source: Some(Arc::new(move |name, _| {
                let source = Elsewhere { bus: sources.clone(), service: name, present: Mutex::default() };
                faults::unreliable(&sources.here, source)
            })),
        };
        let running = Running::start(&(process.services)(), setup)?;
        self.0.trace.note(format_args!("{} is up", process.name));
        self.hosts()[n].running = Some(running);
        Ok(())
    }

    async fn send(&self, here: &Runtime, service: &str, request: Raw, deadline: Duration) -> Result<RawReply, Problem> {
        let found = self.find(service).and_then(|found| Some((found.app.caller().router(service)?, found.runtime)));
        let Some((router, there)) = found else {
            here.sleep(Duration::from_millis(1 + here.random_below(2_000))).await;
            return Err(call::unknown(service));
        };
        faults::send(here, &there, router, service, request, deadline).await
    }
}

/// Starts again what has crashed, after a while.
async fn supervise(world: Weak<Inner>) {
    loop {
        let Some(inner) = world.upgrade() else { return };
        let (crashed, runtime) = (Arc::clone(&inner.crashed), inner.runtime.clone());
        drop(inner);
        crashed.notified().await;
        runtime.sleep(Duration::from_micros(runtime.random_below(4_000_000))).await;
        let Some(inner) = world.upgrade() else { return };
        let world = World(inner);
        for n in 0..world.processes() {
            let (disk, name) = world.disk(n);
            if !disk.is_off() {
                continue;
            }
            let gone = world.hosts()[n].running.take();
            if let Some(gone) = gone {
                gone.stop();
            }
            if let Err(fault) = world.boot(n) {
                // The power failed while it started.
                world.0.trace.note(format_args!("{name} cannot start: {fault}"));
                world.0.crashed.notify_one();
            }
        }
    }
}

/// How a process reaches the others.
#[derive(Clone)]
struct Bus {
    world: Weak<Inner>,
    here: Runtime,
}

impl Bus {
    fn world(&self) -> Result<World, Problem> {
        self.world.upgrade().map(World).ok_or_else(|| Fault::msg("the world has ended").into())
    }
}

impl Remote for Bus {
    fn send<'a>(
        &'a self,
        service: &'a str,
        request: Raw,
        deadline: Duration,
    ) -> Pin<Box<dyn Future<Output = Result<RawReply, Problem>> + Send + 'a>> {
        Box::pin(async move { self.world()?.send(&self.here, service, request, deadline).await })
    }
}

/// The events of a service of another process.
struct Elsewhere {
    bus: Bus,
    service: &'static str,
    /// The source in the present life of that process; it remembers what it waits for.
    present: Mutex<Option<(Runtime, Arc<LocalSource>)>>,
}

impl Elsewhere {
    /// Asks the source in its own process, with which the question ends when that crashes.
    async fn ask<T, F>(&self, question: impl FnOnce(Arc<LocalSource>) -> F) -> Result<T, Problem>
    where
        T: Send + 'static,
        F: Future<Output = T> + Send + 'static,
    {
        let down = || call::unknown(self.service);
        let world = self.bus.world()?;
        let found = world.find(self.service).ok_or_else(down)?;
        let source = {
            let mut present = self.present.lock().unwrap_or_else(PoisonError::into_inner);
            match &*present {
                Some((life, source)) if life.is(&found.runtime) => Arc::clone(source),
                _ => {
                    let source = Arc::new(LocalSource::new(found.app.store().clone(), found.publish));
                    *present = Some((found.runtime.clone(), Arc::clone(&source)));
                    source
                }
            }
        };
        world.inside(self.service, |_| question(source)).await.ok_or_else(down)
    }
}

impl Source for Elsewhere {
    fn epoch(&self) -> Pin<Box<dyn Future<Output = Result<String, Problem>> + Send + '_>> {
        Box::pin(async { self.ask(|source| async move { source.epoch().await }).await? })
    }

    fn after<'a>(
        &'a self,
        seq: i64,
        kinds: &'a [&'static str],
    ) -> Pin<Box<dyn Future<Output = Result<Slice, Problem>> + Send + 'a>> {
        let kinds = kinds.to_vec();
        Box::pin(async move { self.ask(move |source| async move { source.after(seq, &kinds).await }).await? })
    }

    fn wait(&self, seq: i64, limit: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(async move {
            let waited = self.ask(move |source| async move { source.wait(seq, limit).await }).await;
            if waited.is_err() {
                self.bus.here.sleep(Duration::from_millis(200)).await;
            }
        })
    }
}
