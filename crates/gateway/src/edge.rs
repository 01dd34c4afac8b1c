//! The listener: HTTP in, calls to services out. Everything that a request must pass before a service sees it is in [`Edge::answer`].

mod connections;

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, Uri, header};
use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Body;
use kit::auth::{ACTOR_HEADER, ADDRESS_HEADER, REQUEST_ID_HEADER, SESSION_HEADER};
use kit::call::{self, MAX_BODY, RawReply};
use kit::deadline;
use kit::http::App;
use kit::live::Hub;
use kit::problem::{Fault, Problem};
use kit::runtime::Task;
use kit::trace;
use tokio::net::TcpListener;
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore, oneshot, watch};

use crate::files::Files;
pub use crate::limit::Rate;
use crate::limit::{Client, Limits, Places};
use crate::live::{self, Answer, LIVE, Listener, Stream};
use crate::page;
use crate::session::{KEEPER, check_place};
use crate::sign_in::{SignIn, Visitor};
pub use crate::tls::Tls;

/// Headers that say so may be set by our own hops only.
const OURS: &str = "backroom-";
/// Connections open at once; more wait until one is closed. And of one address, unless that is our proxy's; more are hung up on.
const CONNECTIONS: usize = 10_000;
const CONNECTIONS_EACH: usize = 2_500;
/// Streams of changes open at once, and of one client.
const STREAMS: usize = 1_000;
const STREAMS_EACH: usize = 32;
/// Where passwords are tried.
const SIGN_IN: &str = "/api/staff/sign-in";
/// Attempts to sign in from one address, where clients are counted at all: a store's whole shift in the morning, but no list of logins.
const SIGN_INS: Rate = Rate { per_second: 1.0, burst: 60.0 };
/// How long a body may be on its way: the line is the client's, and the services have not begun.
const BODY: Duration = Duration::from_secs(30);
/// Over TLS browsers are told to come back over TLS only, for half a year.
const STRICT: HeaderValue = HeaderValue::from_static("max-age=15552000");

/// How the gateway listens.
pub struct EdgeConfig {
    /// Where; port 0 takes a free one.
    pub listen: SocketAddr,
    /// The services there are, in this process or elsewhere.
    pub services: Vec<&'static str>,
    /// What one client may ask; `None` is without limit.
    pub rate: Option<Rate>,
    /// Whether a proxy of ours stands in front, which says in `X-Forwarded-For` whose request it passes on.
    pub behind_proxy: bool,
    /// Requests under way at once; more are told to come back.
    pub in_flight: usize,
    /// How long a request may take from its arrival to its answer, with all that it sets off in services; its body has [`BODY`] of its own.
    pub deadline: Duration,
    /// The API's description.
    pub openapi: String,
    /// Certificate and key; without, HTTP is not encrypted.
    pub tls: Option<Tls>,
    /// The web client.
    pub files: Files,
    /// What changes, for open screens.
    pub live: Hub,
    /// How often it is looked at again whether somebody may still listen to an open stream.
    pub look_again: Duration,
}

/// What the gateway answers itself, as `openapi.json` tells it.
#[must_use]
pub fn described() -> utoipa::openapi::OpenApi {
    live::described()
}

/// The running gateway. Clones share it.
#[derive(Clone)]
pub struct Edge(Arc<Inner>);

struct Inner {
    app: App,
    sign_in: SignIn,
    limits: Option<Limits>,
    sign_ins: Option<Limits>,
    addresses: Option<Places>,
    permits: Arc<Semaphore>,
    connections: Arc<Semaphore>,
    address: SocketAddr,
    closing: watch::Sender<bool>,
    config: EdgeConfig,
    openapi: Bytes,
    streams: Places,
}

/// A request without its body, and what the gateway found out about it.
pub(crate) struct Incoming {
    pub(crate) method: Method,
    pub(crate) uri: Uri,
    pub(crate) headers: HeaderMap,
    pub(crate) visitor: Visitor,
    /// Whether it comes from this machine itself, not through a proxy here.
    pub(crate) is_near: bool,
}

impl Edge {
    /// Begins to listen. `app` is the running service `gateway`.
    ///
    /// # Errors
    /// A fault when the address is taken or not ours.
    pub async fn start(app: App, mut config: EdgeConfig) -> Result<(Edge, Task), Fault> {
        let cannot = |e| Fault::new(format!("cannot listen on {}", config.listen), e);
        let listener = TcpListener::bind(config.listen).await.map_err(cannot)?;
        let address = listener.local_addr().map_err(cannot)?;
        let runtime = app.runtime().clone();
        let edge = Edge(Arc::new(Inner {
            sign_in: SignIn::new(app.clone()),
            limits: config.rate.map(Limits::new),
            sign_ins: config.rate.map(|_| Limits::new(SIGN_INS)),
            addresses: (!config.behind_proxy).then(|| Places::new(CONNECTIONS_EACH, CONNECTIONS)),
            permits: Arc::new(Semaphore::new(config.in_flight)),
            connections: Arc::new(Semaphore::new(CONNECTIONS)),
            address,
            closing: watch::Sender::new(false),
            openapi: Bytes::from(std::mem::take(&mut config.openapi)),
            streams: Places::new(STREAMS_EACH, STREAMS),
            config,
            app,
        }));
        let task = runtime.spawn(edge.clone().listen(listener));
        Ok((edge, task))
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.0.address
    }

    /// Where it listens, as people type it.
    #[must_use]
    pub fn url(&self) -> String {
        let scheme = if self.0.config.tls.is_some() { "https" } else { "http" };
        format!("{scheme}://{}", self.0.address)
    }

    /// Takes no more requests, and waits until those under way have been answered, at most `limit`. True when all were.
    pub async fn close(&self, limit: Duration) -> bool {
        self.0.closing.send_replace(true);
        let all = u32::try_from(self.0.config.in_flight).unwrap_or(u32::MAX);
        let ended = async {
            // Changing requests outlive their connections.
            let _ = self.0.connections.acquire_many(CONNECTIONS as u32).await;
            let _ = self.0.permits.acquire_many(all).await;
        };
        self.0.app.runtime().timeout(limit, ended).await.is_some()
    }

    /// Streams of changes that are open.
    #[must_use]
    pub fn open_streams(&self) -> usize {
        self.0.streams.open()
    }

    pub(crate) fn app(&self) -> &App {
        &self.0.app
    }

    pub(crate) fn openapi(&self) -> Bytes {
        self.0.openapi.clone()
    }

    pub(crate) fn services(&self) -> &[&'static str] {
        &self.0.config.services
    }

    pub(crate) fn look_again(&self) -> Duration {
        self.0.config.look_again
    }

    /// Who sends these headers, without counting it, and without believing what was said before.
    pub(crate) async fn whose(&self, headers: &HeaderMap) -> Result<Visitor, Problem> {
        self.0.sign_in.visitor_now(headers).await
    }

    pub(crate) fn files(&self) -> &Files {
        &self.0.config.files
    }

    /// Answers one request.
    async fn answer<B>(&self, request: Request<B>, peer: IpAddr, hang_up: Arc<Notify>) -> Response<Answer>
    where
        B: Body<Data = Bytes> + Send + 'static,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let inner = &*self.0;
        let began = inner.app.runtime().monotonic();
        let request_id = format!("{:016x}", inner.app.runtime().random_u64());
        let (method, path) = (request.method().clone(), request.uri().clone());
        let service = service(path.path()).and_then(|name| inner.config.services.iter().find(|known| **known == name));
        let is_strict = self.is_secure(request.headers()) && !is_local(request.headers());
        let span = trace::begin_root("gateway", &request_id, || trace::route(&method, path.path()));
        let reply = if path.path() == LIVE {
            self.stream(&request, peer, hang_up).await
        } else {
            let reply = self.pass(request, peer, &request_id, service.copied(), span.as_ref()).await;
            reply.map(|reply| reply.map(|body| Answer::Whole(Full::new(body))))
        };
        let mut reply =
            reply.unwrap_or_else(|problem| refuse(problem, &request_id).map(|body| Answer::Whole(Full::new(body))));
        if let Some(span) = span {
            span.end(reply.status().as_u16());
        }
        let head = reply.headers_mut();
        head.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        // What the API says is of this moment, and often about somebody: no browser and no proxy keeps it.
        head.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
        if is_strict {
            head.insert(header::STRICT_TRANSPORT_SECURITY, STRICT);
        }
        if let Ok(id) = HeaderValue::from_str(&request_id) {
            reply.headers_mut().insert(HeaderName::from_static(REQUEST_ID_HEADER), id);
        }
        let took = inner.app.runtime().monotonic().saturating_sub(began);
        let status = reply.status().as_u16();
        inner.app.metrics().requested(service.copied().unwrap_or("gateway"), status, took);
        tracing::debug!(
            request_id,
            %method,
            path = path.path(),
            status,
            took_us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX),
            %peer,
            "answered"
        );
        reply
    }

    /// Lets a request through to whom it is for, if nothing speaks against it.
    async fn pass<B>(
        &self,
        request: Request<B>,
        peer: IpAddr,
        request_id: &str,
        service: Option<&'static str>,
        span: Option<&trace::Span>,
    ) -> Result<RawReply, Problem>
    where
        B: Body<Data = Bytes> + Send + 'static,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let inner = &*self.0;
        let (mut head, body) = request.into_parts();
        let (runtime, began) = (inner.app.runtime(), inner.app.runtime().monotonic());
        let visitor = self.visitor(&head.headers, peer).await?;
        let deadline = inner.config.deadline.saturating_sub(runtime.monotonic().saturating_sub(began));
        check_place(&head.method, &head.headers, &visitor, service)?;
        let wants_in = (head.uri.path() == SIGN_IN).then(|| self.address_of(&head.headers, peer));
        if let (Some(limits), Some(address)) = (&inner.sign_ins, wants_in) {
            limits.take(Client::address(address), inner.app.runtime().monotonic()).map_err(too_many)?;
        }
        let Some(service) = service else {
            let is_near = peer.is_loopback() && !is_forwarded(&head.headers);
            let incoming = Incoming { method: head.method, uri: head.uri, headers: head.headers, visitor, is_near };
            return deadline::within(runtime, deadline, page::answer(self, &incoming)).await;
        };
        let is_secure = self.is_secure(&head.headers);
        strip(&mut head.headers);
        if let Some(span) = span {
            span.tell(&mut head.headers);
        }
        head.headers.insert(HeaderName::from_static(ACTOR_HEADER), visitor.header.clone());
        if let Some(address) = wants_in.and_then(|address| HeaderValue::from_str(&address.to_string()).ok()) {
            head.headers.insert(HeaderName::from_static(ADDRESS_HEADER), address);
        }
        if let Some(hash) = visitor.session.clone().filter(|_| service == KEEPER) {
            head.headers.insert(HeaderName::from_static(SESSION_HEADER), hash);
        }
        let id = HeaderValue::from_str(request_id).map_err(|e| Fault::new("a request id is a header", e))?;
        head.headers.insert(HeaderName::from_static(REQUEST_ID_HEADER), id);
        let body = runtime.timeout(BODY, whole(body)).await;
        let body = body.ok_or_else(|| Problem::new(408, "gateway/too-slow", "Too slow"))??;
        // A place is taken only now: who sends slowly must not keep others out.
        let Ok(permit) = Arc::clone(&inner.permits).try_acquire_owned() else { return Err(Problem::busy(1)) };
        let mut reply = self.call(service, Request::from_parts(head, body), deadline, permit).await?;
        inner.sign_in.sessions.answered(service, &visitor, &mut reply, is_secure);
        Ok(reply)
    }

    /// Who sent a request with these headers, when they have not asked too much.
    async fn visitor(&self, headers: &HeaderMap, peer: IpAddr) -> Result<Visitor, Problem> {
        let inner = &*self.0;
        let address = self.address_of(headers, peer);
        let visitor = inner.sign_in.visitor(headers);
        let visitor = deadline::within(inner.app.runtime(), inner.config.deadline, visitor).await;
        if let Some(limits) = &inner.limits {
            // Who guesses at keys is counted as well.
            let client = visitor.as_ref().map_or_else(|_| Client::address(address), |visitor| visitor.client(address));
            limits.take(client, inner.app.runtime().monotonic()).map_err(too_many)?;
        }
        visitor
    }

    fn address_of(&self, headers: &HeaderMap, peer: IpAddr) -> IpAddr {
        if self.0.config.behind_proxy { forwarded(headers).unwrap_or(peer) } else { peer }
    }

    /// Whether the browser talks to us, or to our proxy, over TLS.
    fn is_secure(&self, headers: &HeaderMap) -> bool {
        let to_proxy = || headers.get("x-forwarded-proto").is_some_and(|scheme| scheme == "https");
        self.0.config.tls.is_some() || (self.0.config.behind_proxy && to_proxy())
    }

    /// Begins to tell what changes.
    async fn stream<B>(
        &self,
        request: &Request<B>,
        peer: IpAddr,
        hang_up: Arc<Notify>,
    ) -> Result<Response<Answer>, Problem> {
        let inner = &*self.0;
        let (headers, uri) = (request.headers().clone(), request.uri().clone());
        if request.method() != Method::GET {
            return Err(Problem::new(405, "kit/method-not-allowed", "Not possible here"));
        }
        let visitor = self.visitor(&headers, peer).await?;
        let topics = live::topics(&uri, &inner.config.services, &visitor)?;
        let place = inner.streams.enter(visitor.client(self.address_of(&headers, peer)));
        let place = place.ok_or_else(live::too_many)?;
        let (response, sender) = live::open()?;
        let greeting = live::greeting(&topics);
        let runtime = inner.app.runtime().clone();
        let listener = Listener { edge: self.clone(), headers, uri, who: visitor.who };
        let (watch, closing) = (inner.config.live.watch(listener.topics(topics)), inner.closing.subscribe());
        let stream = Stream { runtime: runtime.clone(), watch, sender, closing, hang_up, place, listener };
        // The task ends with its connection.
        let _ = runtime.spawn(stream.serve(greeting));
        Ok(response)
    }

    /// Asks `service`. A changing request runs to its end even when the client goes away or the time is over.
    async fn call(
        &self,
        service: &'static str,
        request: Request<Bytes>,
        deadline: Duration,
        permit: OwnedSemaphorePermit,
    ) -> Result<RawReply, Problem> {
        let runtime = self.0.app.runtime();
        let caller = self.0.app.caller().clone();
        let reads = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
        if reads {
            return caller.send(service, request, deadline).await;
        }
        let (sender, receiver) = oneshot::channel();
        let _ = runtime.spawn(async move {
            let reply = caller.send_to_its_end(service, request, deadline).await;
            drop(permit);
            let _ = sender.send(reply);
        });
        let reply = runtime.timeout(deadline, receiver).await.and_then(Result::ok);
        reply.unwrap_or_else(|| Err(call::unknown(service)))
    }
}

/// The service that a path is for: `/api/<service>` and what lies below.
fn service(path: &str) -> Option<&str> {
    path.strip_prefix("/api/")?.split('/').next()
}

/// Removes what strangers may not say, and what services need not know.
fn strip(headers: &mut HeaderMap) {
    headers.remove(header::AUTHORIZATION);
    headers.remove(header::COOKIE);
    headers.remove(trace::HEADER);
    if headers.keys().any(|name| name.as_str().starts_with(OURS)) {
        let names: Vec<HeaderName> = headers.keys().filter(|name| name.as_str().starts_with(OURS)).cloned().collect();
        for name in names {
            headers.remove(name);
        }
    }
}

/// Whether it is a developer's machine that is spoken to, where other ports have no TLS.
fn is_local(headers: &HeaderMap) -> bool {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    host == "localhost" || host.starts_with("localhost:")
}

fn is_forwarded(headers: &HeaderMap) -> bool {
    headers.contains_key(header::FORWARDED) || headers.contains_key("x-forwarded-for")
}

/// Whose request a proxy passes on: the last address, which the proxy itself has added.
fn forwarded(headers: &HeaderMap) -> Option<IpAddr> {
    let list = headers.get_all("x-forwarded-for").iter().next_back()?.to_str().ok()?;
    list.rsplit(',').next()?.trim().parse().ok()
}

/// The whole of a body, at most [`MAX_BODY`] bytes.
async fn whole<B>(body: B) -> Result<Bytes, Problem>
where
    B: Body<Data = Bytes>,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    if body.is_end_stream() {
        return Ok(Bytes::new());
    }
    if body.size_hint().lower() > MAX_BODY as u64 {
        return Err(call::too_large(413, "request"));
    }
    match Limited::new(body, MAX_BODY).collect().await {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) if error.is::<http_body_util::LengthLimitError>() => Err(call::too_large(413, "request")),
        Err(error) => Err(Problem::malformed(format!("The body ended early: {error}"))),
    }
}

fn too_many(retry_after_s: u32) -> Problem {
    Problem::new(429, "gateway/too-many-requests", "Too many requests").with("retry_after_s", retry_after_s)
}

/// The answer to a request that no service has answered. What broke is logged here and not told.
fn refuse(mut problem: Problem, request_id: &str) -> RawReply {
    if let Some(fault) = problem.fault.take() {
        tracing::error!(request_id, fault = format!("{fault:#}"), "the gateway met a fault");
        problem = Problem::fault(request_id);
    }
    let retry_after = problem.extra.get("retry_after_s").and_then(serde_json::Value::as_u64);
    let mut reply = call::reply(&problem).unwrap_or_else(|_| Response::new(Bytes::new()));
    if let Some(seconds) = retry_after {
        reply.headers_mut().insert(header::RETRY_AFTER, seconds.into());
    }
    reply
}
