//! What a service is: one value per crate, and how the services of a process are started together.

use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::http::Uri;
use axum::routing::get;
use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;

use crate::auth::{Actor, Permission};
use crate::bus::{LocalSource, Page, Publish, Reactions, Source};
use crate::call::{Caller, MAX_BODY, Remote};
use crate::http::{App, Json, Providers, Query, Reply};
use crate::jobs::{self, Jobs};
use crate::journal::{self, Event};
use crate::live::Hub;
use crate::metrics::Metrics;
use crate::problem::{Fault, Problem};
use crate::purge;
use crate::runtime::{Runtime, Task};
use crate::store::{Database, Location, Migration, Schema, Store};
use crate::trouble;

/// A service: all that the process needs to know of it.
pub struct Service {
    /// Its name: table prefix, path below `/api`, bus subject.
    pub name: &'static str,
    /// Its tables.
    pub migrations: &'static [Migration],
    /// See [`Schema::dictionaries`].
    pub dictionaries: &'static [&'static [u8]],
    /// Tables that `apply` writes and a rebuild fills again.
    pub fact_tables: &'static [&'static str],
    /// Its endpoints.
    pub routes: fn() -> OpenApiRouter<App>,
    /// How a journal row becomes a public event.
    pub publish: Publish,
    /// What it does when it hears of others.
    pub reactions: fn() -> Reactions,
    /// What it does when something is due.
    pub jobs: fn() -> Jobs,
    /// Looks whether its tables hold together in themselves.
    pub check: Check,
    /// Fills empty tables from its journal.
    pub rebuild: Rebuild,
    /// What may be granted for it, each with a sentence for people.
    pub permissions: &'static [(Permission, &'static str)],
}

impl Service {
    /// What it keeps in the database.
    #[must_use]
    pub fn schema(&self) -> Schema {
        Schema { service: self.name, migrations: self.migrations, dictionaries: self.dictionaries }
    }
}

/// Says what is wrong with a service's tables, in words; empty when nothing is. Usually `|app| Box::pin(check(app))`.
pub type Check = for<'a> fn(&'a App) -> Pin<Box<dyn Future<Output = Result<Vec<String>, Problem>> + Send + 'a>>;

/// Applies the whole journal of the first store to the empty tables of the second; returns the number of events.
/// Usually `|from, into| Box::pin(journal::rebuild::<Event>(from, into))`.
pub type Rebuild = for<'a> fn(&'a Store, &'a Store) -> Pin<Box<dyn Future<Output = Result<i64, Problem>> + Send + 'a>>;

/// [`Check`] of a service whose tables say nothing twice.
#[must_use]
pub fn nothing_to_check(_: &App) -> Pin<Box<dyn Future<Output = Result<Vec<String>, Problem>> + Send + '_>> {
    Box::pin(async { Ok(Vec::new()) })
}

/// [`Rebuild`] of a service whose private events are `E`.
#[must_use]
pub fn rebuild<'a, E: Event>(
    from: &'a Store,
    into: &'a Store,
) -> Pin<Box<dyn Future<Output = Result<i64, Problem>> + Send + 'a>> {
    Box::pin(journal::rebuild::<E>(from, into))
}

/// The services of a process, running.
pub struct Running {
    apps: Vec<App>,
    caller: Caller,
    database: Option<Database>,
    tasks: Vec<Task>,
}

/// Makes the source of a service's events that runs in another process.
pub type RemoteSource = Arc<dyn Fn(&'static str, &Caller) -> Arc<dyn Source> + Send + Sync>;

/// How services are started.
pub struct Setup {
    /// Where the data are.
    pub location: Location,
    /// Time, threads, randomness.
    pub runtime: Runtime,
    /// Counters of the process.
    pub metrics: Metrics,
    /// Providers and configuration for the services.
    pub providers: Providers,
    /// How other processes' services are called; none when all run here.
    pub remote: Option<Arc<dyn Remote>>,
    /// How other processes' events are read.
    pub remote_source: Option<RemoteSource>,
}

impl Running {
    /// Opens the database and starts `services`. Without a bus, what a service would hear of one that does not run here stays
    /// unsaid: a retailer may run a few services alone.
    ///
    /// # Errors
    /// A fault when the database cannot be opened or brought up to date.
    pub fn start(services: &[Service], setup: Setup) -> Result<Running, Fault> {
        let schemas: Vec<Schema> = services.iter().map(Service::schema).collect();
        let database = Database::open(&setup.location, &schemas, &setup.runtime, &setup.metrics)?;
        let caller = Caller::new(setup.runtime.clone(), setup.metrics.clone(), setup.remote);
        let providers = setup.providers.afresh();
        let mut apps = Vec::new();
        let mut routers: HashMap<&'static str, Router> = HashMap::new();
        for service in services {
            let store = database.store(service.name);
            let app = App::new(store, caller.clone(), setup.runtime.clone(), setup.metrics.clone(), providers.clone());
            let (router, _) = (service.routes)().split_for_parts();
            let router = router
                .merge(events_route(service, LocalSource::new(database.store(service.name), service.publish)))
                .merge(trouble::routes(service.name))
                .fallback(|uri: Uri| async move { Problem::not_found("endpoint", uri.path()) })
                .method_not_allowed_fallback(|| async {
                    Problem::new(405, "kit/method-not-allowed", "Not possible here")
                        .detail("This endpoint exists, but not with this method.")
                });
            routers.insert(service.name, router.with_state(app.clone()));
            apps.push(app);
        }
        caller.serve(routers);
        let mut tasks = Vec::new();
        for (service, app) in services.iter().zip(&apps) {
            tasks.extend((service.jobs)().start(app));
            tasks.push(purge::start(app));
            tasks.extend((service.reactions)().start(app, |name| {
                match services.iter().find(|service| service.name == name) {
                    Some(source) => {
                        let source = LocalSource::new(database.store(name), source.publish);
                        #[cfg(feature = "sim")]
                        if setup.runtime.is_sim() {
                            return Some(crate::sim::unreliable(&setup.runtime, source));
                        }
                        Some(Arc::new(source))
                    }
                    None => setup.remote_source.as_ref().map(|remote| remote(name, &caller)),
                }
            }));
        }
        Ok(Running { apps, caller, database: Some(database), tasks })
    }

    /// The names of the services that run here.
    #[must_use]
    pub fn names(&self) -> Vec<&'static str> {
        self.apps.iter().map(|app| app.store().service()).collect()
    }

    /// Calls the services.
    #[must_use]
    pub fn caller(&self) -> &Caller {
        &self.caller
    }

    /// The running service `name`.
    #[must_use]
    pub fn app(&self, name: &str) -> Option<&App> {
        self.apps.iter().find(|app| app.store().service() == name)
    }

    /// A hub for open screens that hears what the services of this process commit, as long as they run.
    pub fn live(&mut self) -> Hub {
        let hub = Hub::new();
        self.tasks.extend(self.apps.iter().map(|app| hub.listen(app.store(), app.runtime())));
        hub
    }

    /// Waits until what was begun here has had its effects: nothing has been written for `calm`, and nothing is due within a job's
    /// pause. Whether it came to that within `patience`.
    ///
    /// # Errors
    /// A fault of the database.
    pub async fn settle(&self, calm: Duration, patience: Duration) -> Result<bool, Problem> {
        let Some(runtime) = self.apps.first().map(App::runtime) else { return Ok(true) };
        let begun = runtime.monotonic();
        let writes = || self.apps.iter().map(|app| app.store().writes()).sum::<u64>();
        let mut seen = writes();
        while runtime.monotonic() - begun < patience {
            runtime.sleep(calm).await;
            let now = writes();
            if now == seen && !self.is_busy().await? {
                return Ok(true);
            }
            seen = now;
        }
        Ok(false)
    }

    /// Whether a job is under way or about to begin.
    async fn is_busy(&self) -> Result<bool, Problem> {
        for app in &self.apps {
            if jobs::is_busy(app).await? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Stops timers, jobs and readers at their next wait. Everything acknowledged is durable already.
    pub fn stop(mut self) {
        for task in self.tasks.drain(..) {
            task.stop();
        }
        drop(self.database.take());
    }

    /// Stops timers, jobs and readers, and then the lanes, after they have finished what waits.
    pub async fn close(mut self) {
        for task in &self.tasks {
            task.stop();
        }
        for task in self.tasks.drain(..) {
            task.ended().await;
        }
        if let Some(database) = self.database.take() {
            database.close().await;
        }
    }
}

/// `GET /api/<service>/events?after=SEQ`: the service's public events out of its journal, for readers in other processes. Only
/// services may ask.
fn events_route(service: &Service, source: LocalSource) -> Router<App> {
    #[derive(Deserialize)]
    struct Asked {
        after: i64,
    }

    let source = Arc::new(source);
    let answer = move |actor: Actor, Query(asked): Query<Asked>| async move {
        if !actor.name.starts_with("service:") {
            return Err(Problem::forbidden("events"));
        }
        let slice = source.after(asked.after, &[]).await?;
        Reply::Ok(Json(Page { epoch: source.epoch().await?, slice: slice.fitting(MAX_BODY - 1024)? }))
    };
    Router::new().route(&format!("/api/{}/events", service.name), get(answer))
}
