//! `backroom serve`: services, their HTTP door and the bus, from the first line to an orderly end.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use gateway::edge::{Edge, EdgeConfig, Rate, Tls};
use gateway::files::Files;
use kit::call::Caller;
use kit::http::Providers;
use kit::live::Hub;
use kit::log;
use kit::metrics::Metrics;
use kit::nats::{Answering, Nats, NatsConfig};
use kit::problem::{Fault, Problem};
use kit::runtime::{Runtime, Task};
use kit::service::{RemoteSource, Running, Service, Setup};
use kit::store::{CONNECTIONS, Location};
use kit::trace;
use notices::{Language, Mail, Sink};
use payments::provider::test::TestProvider;
use tokio::signal::unix::{SignalKind, signal};

use crate::watch::Watch;
use crate::{Failure, openapi, services, web};

/// Requests under way when the end is asked for have so long to be answered.
const FINISH: Duration = Duration::from_secs(10);
/// What was begun has had its effects when nothing has been written for so long.
const CALM: Duration = Duration::from_millis(25);
/// How long that is waited for.
const SETTLED: Duration = Duration::from_secs(20);

/// It is looked at again this often whether somebody may still listen to what changes.
const LOOK_AGAIN: Duration = Duration::from_secs(15);

/// What `serve` takes.
#[derive(Args)]
pub(crate) struct ServeArgs {
    /// Where the data are: a file, or postgres://user@host:port/database.
    #[arg(long, env = "BACKROOM_STORE")]
    pub(crate) store: String,
    /// Which services run here, separated by commas, or all.
    #[arg(long, default_value = "all")]
    pub(crate) services: String,
    /// Connections to PostgreSQL that this process takes at most: one for each service to write, the others to read.
    #[arg(long, default_value_t = CONNECTIONS)]
    pub(crate) connections: usize,
    /// Where /metrics and /health are answered without signing in, e.g. 127.0.0.1:9101; 0 is nowhere. Keep it on a network of your own.
    #[arg(long, default_value = "0")]
    pub(crate) metrics_listen: String,
    /// Where HTTP is listened to, if the gateway runs here. Port 0 takes a free one.
    #[arg(long, default_value = "127.0.0.1:8080")]
    pub(crate) listen: SocketAddr,
    /// No HTTP listener, even if the service gateway runs here.
    #[arg(long)]
    pub(crate) no_gateway: bool,
    /// Requests that one client may make a second, with twice as many at once; 0 is without limit.
    #[arg(long, default_value_t = 500)]
    pub(crate) rate_limit: u32,
    /// A proxy of ours stands in front and says in X-Forwarded-For whose request it passes on.
    #[arg(long)]
    pub(crate) behind_proxy: bool,
    /// Requests under way at once beyond which clients are told to come back later.
    #[arg(long, default_value_t = 1024)]
    pub(crate) in_flight: usize,
    /// Seconds that a request may take, with all that it sets off in services.
    #[arg(long, default_value_t = 8)]
    pub(crate) deadline_s: u64,
    /// The certificates for HTTPS, a PEM file, the server's own first.
    #[arg(long, requires = "tls_key")]
    pub(crate) tls_cert: Option<PathBuf>,
    /// The certificate's private key, a PEM file.
    #[arg(long, requires = "tls_cert")]
    pub(crate) tls_key: Option<PathBuf>,
    /// The file in which the built-in test provider of payments keeps its books; without it they last as long as the process.
    #[arg(long)]
    pub(crate) test_provider: Option<PathBuf>,
    /// The bus by which services of other processes are reached: nats://host:port, several separated by commas.
    #[arg(long, env = "BACKROOM_BUS")]
    pub(crate) bus: Option<String>,
    /// What everything on the bus begins with: systems that share a NATS server have different ones.
    #[arg(long, default_value = "backroom")]
    pub(crate) bus_prefix: String,
    /// Copies of each event that a NATS cluster keeps.
    #[arg(long, default_value_t = 1)]
    pub(crate) bus_replicas: usize,
    /// Threads that answer requests.
    #[arg(long, default_value_t = 2)]
    pub(crate) workers: usize,
    /// The OpenTelemetry collector that traces are sent to, e.g. http://127.0.0.1:4318; without it there are none.
    #[arg(long, env = "BACKROOM_OTLP")]
    pub(crate) otlp: Option<String>,
    /// This is a demonstration on invented data: the sign-in page offers everybody, with this password.
    #[arg(long)]
    pub(crate) demo_password: Option<String>,
    /// The mail server for messages to customers: host:port, smtp://user:password@host:port?tls=required or smtps://…; without it
    /// messages wait.
    #[arg(long, env = "BACKROOM_SMTP", requires = "mail_from")]
    pub(crate) smtp: Option<String>,
    /// Who writes to customers: an address, or a name with the address in angle brackets.
    #[arg(long, env = "BACKROOM_MAIL_FROM")]
    pub(crate) mail_from: Option<String>,
    /// The language for customers whose own nobody knows: en or uk.
    #[arg(long, default_value = "en")]
    pub(crate) mail_language: String,
    /// A mail server of this process's own that delivers nothing and shows its mails to anybody, for demonstrations and tests.
    #[arg(long, conflicts_with = "smtp")]
    pub(crate) mail_sink: bool,
    /// How the log looks: human or json.
    #[arg(long, default_value = "human")]
    pub(crate) log: log::Format,
    /// What is logged, e.g. warn,gateway=debug.
    #[arg(long, env = "BACKROOM_LOG", default_value = "info")]
    pub(crate) log_filter: String,
}

/// Services at work.
pub(crate) struct House {
    running: Running,
    edge: Option<Edge>,
    bus: Option<Bus>,
    watch: Option<Watch>,
}

/// What the services of this process do on the bus.
struct Bus {
    answering: Vec<Answering>,
    relays: Vec<Task>,
}

/// Runs `serve`.
pub(crate) fn run(args: &ServeArgs) -> Result<(), Failure> {
    log::start(args.log, &args.log_filter)?;
    crate::tokio(args.workers)?.block_on(async {
        let end = End::listen()?;
        let house = House::open(args).await?;
        println!("{}", house.greeting());
        end.asked_for().await;
        house.close().await;
        Ok(())
    })
}

impl House {
    /// Starts what `args` asks for.
    pub(crate) async fn open(args: &ServeArgs) -> Result<House, Failure> {
        let place = location(&args.store)?;
        House::start(args, place, Runtime::real(), !args.no_gateway).await
    }

    /// Starts what `args` asks for, without a door, by a clock that the caller sets, to make data that are worth nothing until they
    /// are whole: nothing waits for the disk.
    pub(crate) async fn open_quietly(args: &ServeArgs, runtime: Runtime) -> Result<House, Failure> {
        House::start(args, location(&args.store)?.unsynced(), runtime, false).await
    }

    async fn start(args: &ServeArgs, place: Location, runtime: Runtime, has_door: bool) -> Result<House, Failure> {
        if let Some(collector) = &args.otlp {
            // It runs as long as the process.
            let _ = trace::start(collector, &runtime)?;
        }
        let chosen = services::chosen(&args.services)?;
        let nats = match &args.bus {
            Some(url) => Some(Nats::connect(bus_config(args, url), runtime.clone()).await?),
            None => None,
        };
        let remote_source =
            nats.clone().map(|nats| -> RemoteSource { Arc::new(move |service, caller| nats.source(service, caller)) });
        let metrics = Metrics::default();
        let watch_runtime = runtime.clone();
        let mut running = Running::start(
            &chosen,
            Setup {
                location: place.with_connections(args.connections),
                providers: with_mail(given(args, &runtime)?, args, &runtime).await?,
                runtime,
                metrics: metrics.clone(),
                remote: nats.as_ref().map(Nats::remote),
                remote_source,
            },
        )?;
        let mut bus = match &nats {
            Some(nats) => Some(Bus::join(nats, &running, &chosen).await?),
            None => None,
        };
        let edge = match running.app("gateway").cloned().filter(|_| has_door) {
            Some(app) => {
                let live = match (&nats, &mut bus) {
                    (Some(nats), Some(bus)) => bus.listen(nats).await?,
                    _ => running.live(),
                };
                Some(Edge::start(app, edge_config(args, live)?).await?.0)
            }
            None => None,
        };
        let watch = match args.metrics_listen.as_str() {
            "0" => None,
            address => Some(Watch::start(address, &running, metrics, nats, &watch_runtime).await?),
        };
        Ok(House { running, edge, bus, watch })
    }

    /// Where it listens to HTTP, if it does.
    pub(crate) fn url(&self) -> Option<String> {
        self.edge.as_ref().map(Edge::url)
    }

    /// Calls the services.
    pub(crate) fn caller(&self) -> &Caller {
        self.running.caller()
    }

    /// Waits until what was begun has had its effects, a few seconds at most.
    pub(crate) async fn settle(&self) -> Result<bool, Problem> {
        self.running.settle(CALM, SETTLED).await
    }

    /// The line that says that everything is ready, and where.
    pub(crate) fn greeting(&self) -> String {
        match self.url() {
            Some(url) => format!("listening on {url}"),
            None => format!("ready: {}", self.running.names().join(", ")),
        }
    }

    /// Takes no more requests, finishes those under way, and stops.
    pub(crate) async fn close(self) {
        if let Some(edge) = self.edge
            && !edge.close(FINISH).await
        {
            tracing::warn!("requests were still under way at the end");
        }
        if let Some(bus) = self.bus {
            bus.leave().await;
        }
        if let Some(watch) = self.watch {
            watch.stop();
        }
        self.running.close().await;
    }
}

impl Bus {
    /// Answers calls to the services that run here, and tells their events.
    async fn join(nats: &Nats, running: &Running, services: &[Service]) -> Result<Bus, Failure> {
        let mut bus = Bus { answering: Vec::new(), relays: Vec::new() };
        for service in services {
            let (router, app) = (running.caller().router(service.name), running.app(service.name));
            let (Some(router), Some(app)) = (router, app) else { continue };
            bus.answering.push(nats.answer(service.name, router).await?);
            bus.relays.push(nats.relay(app.store().clone(), service.publish));
            bus.relays.push(nats.tell_live(app.store()));
        }
        Ok(bus)
    }

    /// A hub for open screens that hears all processes.
    async fn listen(&mut self, nats: &Nats) -> Result<Hub, Failure> {
        let (hub, task) = nats.live().await?;
        self.relays.push(task);
        Ok(hub)
    }

    /// Takes no more calls and finishes those under way.
    async fn leave(self) {
        futures_util::future::join_all(self.answering.into_iter().map(|answering| answering.close(FINISH))).await;
        for relay in self.relays {
            relay.stop();
            relay.ended().await;
        }
    }
}

/// The signals that end the process.
pub(crate) struct End {
    terminate: tokio::signal::unix::Signal,
    interrupt: tokio::signal::unix::Signal,
}

impl End {
    /// From now on the signals are ours.
    pub(crate) fn listen() -> Result<End, Failure> {
        Ok(End { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? })
    }

    /// Waits for one of them.
    pub(crate) async fn asked_for(mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

/// What the services are given here.
fn given(args: &ServeArgs, runtime: &Runtime) -> Result<Providers, Fault> {
    let providers = providers(args.test_provider.as_deref(), runtime)?;
    let providers = providers.with(Arc::new(gateway::Services(services::names())));
    Ok(match &args.demo_password {
        Some(password) => {
            let logins = crate::demo::logins().map(|(login, _)| login).collect();
            providers.with(Arc::new(staff::Demo { password: password.clone(), logins }))
        }
        None => providers,
    })
}

/// What the services are given: the payment provider.
pub(crate) fn providers(test_provider: Option<&Path>, runtime: &Runtime) -> Result<Providers, Fault> {
    let provider = match test_provider {
        Some(path) => TestProvider::with_file(runtime.clone(), path)?,
        None => TestProvider::new(runtime.clone()),
    };
    Ok(Providers::default().with(Arc::new(payments::provider::Providers::new(Arc::new(provider)))))
}

/// `providers` with the mail server that `args` names, if any.
async fn with_mail(providers: Providers, args: &ServeArgs, runtime: &Runtime) -> Result<Providers, Failure> {
    let language = Language::from_code(&args.mail_language).ok_or("--mail-language is en or uk")?;
    let from = args.mail_from.as_deref().unwrap_or("Demo Shop <shop@example.com>");
    if args.mail_sink {
        let sink = Sink::start(runtime).await?;
        let mail = Mail::new(&sink.address(), from, language)?;
        return Ok(providers.with(sink).with(Arc::new(mail)));
    }
    match &args.smtp {
        Some(smtp) => Ok(providers.with(Arc::new(Mail::new(smtp, from, language)?))),
        None => Ok(providers),
    }
}

/// Where `store` is; the folder of a file is made.
pub(crate) fn location(store: &str) -> Result<Location, Fault> {
    let location = Location::parse(store);
    if let Location::Sqlite { path, .. } = &location
        && let Some(folder) = Path::new(path).parent().filter(|folder| !folder.as_os_str().is_empty())
    {
        std::fs::create_dir_all(folder).map_err(|e| Fault::new(format!("cannot make {}", folder.display()), e))?;
    }
    Ok(location)
}

fn bus_config(args: &ServeArgs, url: &str) -> NatsConfig {
    NatsConfig {
        url: url.to_owned(),
        prefix: args.bus_prefix.clone(),
        replicas: args.bus_replicas,
        in_flight: args.in_flight,
    }
}

fn edge_config(args: &ServeArgs, live: Hub) -> Result<EdgeConfig, Failure> {
    let tls = match (&args.tls_cert, &args.tls_key) {
        (Some(certificates), Some(key)) => Some(Tls::from_files(certificates, key)?),
        _ => None,
    };
    let per_second = f64::from(args.rate_limit);
    Ok(EdgeConfig {
        listen: args.listen,
        services: services::names(),
        rate: (args.rate_limit > 0).then_some(Rate { per_second, burst: 2.0 * per_second }),
        behind_proxy: args.behind_proxy,
        in_flight: args.in_flight,
        deadline: Duration::from_secs(args.deadline_s),
        openapi: openapi::document().to_json()?,
        tls,
        files: Files::new(web::FILES),
        live,
        look_again: LOOK_AGAIN,
    })
}
