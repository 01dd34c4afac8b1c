//! The bus between processes: calls by request and reply, events by JetStream. Everybody on the bus is trusted: who may connect
//! to it may speak for any service.
//!
//! JetStream only makes events quick and spares their source; a service's journal is the truth, and is asked whenever JetStream
//! has a gap, is silent, or is gone.

mod answer;
mod live;
mod relay;
mod source;

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use async_nats::client::{Request, RequestErrorKind};
use async_nats::connection::State;
use async_nats::{ConnectOptions, Event, HeaderMap};
use axum::Router;
use axum::http::{self, HeaderName, HeaderValue};

pub use self::answer::Answering;
use self::relay::Relay;
use self::source::NatsSource;
use crate::auth::{ACTOR_HEADER, REQUEST_ID_HEADER, SESSION_HEADER};
use crate::bus::{Publish, Source};
use crate::call::{self, Caller, MAX_BODY, Raw, RawReply, Remote};
use crate::deadline::DEADLINE_HEADER;
use crate::http::KEY_HEADER;
use crate::live::{Heard as Commits, Hub};
use crate::problem::{Fault, Problem};
use crate::runtime::{Runtime, Task};
use crate::store::Store;

/// Headers that a request takes along.
const ASKED: [&str; 11] = [
    ACTOR_HEADER,
    SESSION_HEADER,
    REQUEST_ID_HEADER,
    KEY_HEADER,
    DEADLINE_HEADER,
    "traceparent",
    "content-type",
    "if-match",
    "if-none-match",
    "accept",
    "accept-language",
];
/// Headers that an answer brings back.
const ANSWERED: [&str; 6] = ["content-type", "etag", "retry-after", "location", "cache-control", SESSION_HEADER];
const METHOD: &str = "method";
const PATH: &str = "path";
const STATUS: &str = "status";

/// How the bus is reached.
#[derive(Debug, Clone)]
pub struct NatsConfig {
    /// `nats://host:port`, several separated by commas.
    pub url: String,
    /// What all subjects and streams begin with; systems that share a server have different ones.
    pub prefix: String,
    /// Copies of each event that a cluster keeps, 1 to 5.
    pub replicas: usize,
    /// Calls from the bus that one service of this process works on at once; more are told to come back.
    pub in_flight: usize,
}

/// A connection to the bus. Clones share it.
#[derive(Clone)]
pub struct Nats {
    client: async_nats::Client,
    config: Arc<NatsConfig>,
    runtime: Runtime,
}

impl Nats {
    /// Connects, and stays connected: a lost connection is made again, for ever.
    ///
    /// # Errors
    /// A fault when the first attempt fails.
    pub async fn connect(config: NatsConfig, runtime: Runtime) -> Result<Nats, Fault> {
        let servers: Vec<&str> = config.url.split(',').map(str::trim).collect();
        let options = ConnectOptions::new().name("backroom").request_timeout(None).event_callback(|event| async move {
            match event {
                Event::Connected => tracing::info!("connected to the bus"),
                other => tracing::warn!(event = %other, "the bus"),
            }
        });
        let client = options.connect(servers).await;
        let client = client.map_err(|e| Fault::new(format!("cannot reach the bus at {}", config.url), e))?;
        Ok(Nats { client, config: Arc::new(config), runtime })
    }

    /// Whether there is a connection to the bus at this moment.
    #[must_use]
    pub fn is_connected(&self) -> bool {
        self.client.connection_state() == State::Connected
    }

    /// Calls to services of other processes.
    #[must_use]
    pub fn remote(&self) -> Arc<dyn Remote> {
        Arc::new(self.clone())
    }

    /// Answers calls to `service` by `router`, beside other processes that do the same.
    ///
    /// # Errors
    /// A fault when the bus does not take the subscription.
    pub async fn answer(&self, service: &str, router: Router) -> Result<Answering, Fault> {
        Answering::start(self, service, router).await
    }

    /// Passes the public events of the service that `store` belongs to on to JetStream, for ever.
    #[must_use]
    pub fn relay(&self, store: Store, publish: Publish) -> Task {
        let relay = Relay::new(self.clone(), store, publish);
        self.runtime.spawn(relay.serve())
    }

    /// The public events of `service`, which runs in another process.
    #[must_use]
    pub fn source(&self, service: &'static str, caller: &Caller) -> Arc<dyn Source> {
        Arc::new(NatsSource::new(self.clone(), service, caller.clone()))
    }

    /// Tells open screens, wherever they are connected, what this process commits to `store`, for ever.
    #[must_use]
    pub fn tell_live(&self, store: &Store) -> Task {
        self.runtime.spawn(live::tell(self.clone(), store.service(), Commits::of(store)))
    }

    /// A hub for open screens that hears what all processes commit, as long as the task runs.
    ///
    /// # Errors
    /// A fault when the bus does not take the subscription.
    pub async fn live(&self) -> Result<(Hub, Task), Fault> {
        live::hear(self).await
    }

    /// Sends what has been said and not yet sent.
    ///
    /// # Errors
    /// A fault when the connection is gone.
    pub async fn flush(&self) -> Result<(), Fault> {
        self.client.flush().await.map_err(|e| Fault::new("the bus takes no more", e))
    }

    fn call_subject(&self, service: &str) -> String {
        format!("{}.call.{service}", self.config.prefix)
    }

    fn event_subject(&self, service: &str) -> String {
        format!("{}.event.{service}", self.config.prefix)
    }

    fn live_subject(&self, service: &str) -> String {
        format!("{}.live.{service}", self.config.prefix)
    }

    fn stream_name(&self, service: &str) -> String {
        format!("{}_{service}", self.config.prefix).to_uppercase()
    }
}

impl Remote for Nats {
    fn send<'a>(
        &'a self,
        service: &'a str,
        request: Raw,
        deadline: Duration,
    ) -> Pin<Box<dyn Future<Output = Result<RawReply, Problem>> + Send + 'a>> {
        Box::pin(async move {
            let (head, body) = request.into_parts();
            if body.len() > MAX_BODY {
                return Err(call::too_large(413, "request"));
            }
            if self.client.connection_state() != State::Connected {
                // It would only be sent when the bus is back, and perhaps long after anybody waits for it.
                return Err(call::no_such_service(service));
            }
            let mut headers = HeaderMap::new();
            headers.insert(METHOD, head.method.as_str());
            headers.insert(PATH, head.uri.path_and_query().map_or("/", |path| path.as_str()));
            carry(&ASKED, &head.headers, &mut headers);
            let request = Request::new().headers(headers).payload(body).timeout(Some(deadline));
            match self.client.send_request(self.call_subject(service), request).await {
                Ok(message) => read_answer(message),
                Err(error) => match error.kind() {
                    RequestErrorKind::NoResponders => Err(call::no_such_service(service)),
                    RequestErrorKind::MaxPayloadExceeded => Err(call::too_large(413, "request")),
                    _ => Err(call::unknown(service)),
                },
            }
        })
    }
}

fn carry(names: &[&'static str], from: &http::HeaderMap, to: &mut HeaderMap) {
    for name in names {
        if let Some(value) = from.get(*name).and_then(|value| value.to_str().ok()) {
            to.insert(*name, value);
        }
    }
}

fn bring(names: &[&'static str], from: &HeaderMap, to: &mut http::HeaderMap) {
    for name in names {
        if let Some(value) = from.get(*name).and_then(|value| HeaderValue::from_str(value.as_str()).ok()) {
            to.insert(HeaderName::from_static(name), value);
        }
    }
}

fn read_answer(message: async_nats::Message) -> Result<RawReply, Problem> {
    let headers = message.headers.unwrap_or_default();
    let status = headers.get(STATUS).and_then(|status| status.as_str().parse::<u16>().ok());
    let status = status.and_then(|status| http::StatusCode::from_u16(status).ok());
    let status = status.ok_or_else(|| Fault::msg("an answer from the bus has a status"))?;
    let mut reply = http::Response::new(message.payload);
    *reply.status_mut() = status;
    bring(&ANSWERED, &headers, reply.headers_mut());
    Ok(reply)
}
