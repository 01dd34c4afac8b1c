//! Calls between services: a request to another service's router, in this process or over the bus. One protocol, JSON both ways.
//!
//! A changing call carries a request key inside its body (the id the caller chose). After an unknown outcome the same call is
//! made again; nothing is assumed. What is asked while a request is worked on ends with that request's time ([`crate::deadline`]).

use std::collections::HashMap;
use std::convert::Infallible;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{self, HeaderValue, StatusCode};
use axum::response::Response;
use bytes::Bytes;
use futures_util::FutureExt;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tower::ServiceExt;

use crate::auth::{ACTOR_HEADER, Actor, REQUEST_ID_HEADER};
use crate::deadline;
use crate::metrics::Metrics;
use crate::problem::{Fault, Problem};
use crate::runtime::Runtime;
use crate::trace;

/// The largest body of a call and of its answer; larger things are blobs by reference.
pub const MAX_BODY: usize = 256 * 1024;
/// How long a call may take unless it says otherwise or the request has less left.
pub const DEADLINE: Duration = Duration::from_secs(10);

/// A request that a service answers: always a POST of its JSON to one path.
pub trait Request: Serialize + DeserializeOwned + Send + Sync {
    /// Who answers.
    const SERVICE: &'static str;
    /// Where, e.g. `/api/inventory/reservations`.
    const PATH: &'static str;
    /// The answer.
    type Reply: Serialize + DeserializeOwned + Send;
}

/// A request on its way to a service, and the answer on its way back: what both ways of calling carry.
pub type Raw = http::Request<Bytes>;
/// See [`Raw`].
pub type RawReply = http::Response<Bytes>;

/// A way to reach services of other processes.
pub trait Remote: Send + Sync {
    /// Sends `request` to `service` and waits at most `deadline` for the answer.
    fn send<'a>(
        &'a self,
        service: &'a str,
        request: Raw,
        deadline: Duration,
    ) -> Pin<Box<dyn Future<Output = Result<RawReply, Problem>> + Send + 'a>>;
}

/// Calls services, wherever they run. Clones share the table of routes.
#[derive(Clone)]
pub struct Caller(Arc<Inner>);

struct Inner {
    local: OnceLock<HashMap<&'static str, Router>>,
    remote: Option<Arc<dyn Remote>>,
    runtime: Runtime,
    metrics: Metrics,
}

impl Caller {
    /// A caller that knows no local service yet; `remote` reaches the others.
    #[must_use]
    pub fn new(runtime: Runtime, metrics: Metrics, remote: Option<Arc<dyn Remote>>) -> Caller {
        Caller(Arc::new(Inner { local: OnceLock::new(), remote, runtime, metrics }))
    }

    /// Tells which services run in this process.
    ///
    /// # Panics
    /// When told twice.
    pub fn serve(&self, routers: HashMap<&'static str, Router>) {
        assert!(self.0.local.set(routers).is_ok(), "local services are told once");
    }

    /// The router of `service`, when it runs in this process.
    #[must_use]
    pub fn router(&self, service: &str) -> Option<Router> {
        self.0.local.get()?.get(service).cloned()
    }

    /// Makes `request` as `actor` and waits for the answer.
    ///
    /// # Errors
    /// The problem that the service answered, or `kit/unknown-outcome` when none came in time ([`is_unknown`]).
    pub async fn call<R: Request>(&self, actor: &Actor, request: &R) -> Result<R::Reply, Problem> {
        let body = serde_json::to_vec(request).map_err(|e| Fault::new("a call's body is JSON", e))?;
        let raw = http::Request::post(R::PATH)
            .header(http::header::CONTENT_TYPE, HeaderValue::from_static("application/json"))
            .header(ACTOR_HEADER, actor.header())
            .header(REQUEST_ID_HEADER, &actor.request_id)
            .body(Bytes::from(body))
            .map_err(|e| Fault::new("a call's head is valid", e))?;
        self.0.metrics.called(R::SERVICE);
        let reply = self.send(R::SERVICE, raw, DEADLINE).await?;
        read_reply(&reply)
    }

    /// Sends `request` as it is to `service` and waits at most `deadline` for the answer, and no longer than the request in which this is
    /// asked has time. What changes something goes on to its end when nobody waits for it any more.
    ///
    /// # Errors
    /// `kit/unknown-outcome` when no answer came in time, and at once when the time is over already; `kit/no-such-service` when nobody
    /// answers for the service.
    pub async fn send(&self, service: &str, mut request: Raw, deadline: Duration) -> Result<RawReply, Problem> {
        let deadline = self.hand_on(service, &mut request, deadline)?;
        let runtime = &self.0.runtime;
        let Some(router) = self.router(service) else {
            let Some(remote) = &self.0.remote else { return Err(no_such_service(service)) };
            trace::tell(request.headers_mut());
            return remote.send(service, request, deadline).await;
        };
        #[cfg(feature = "sim")]
        if runtime.is_sim() {
            return crate::sim::send(runtime, runtime, router, service, request, deadline).await;
        }
        let reads = reads(&request);
        let mut work = Box::pin(run(runtime.clone(), router, request));
        if let Some(reply) = runtime.timeout(deadline, &mut work).await {
            return reply;
        }
        if !reads {
            // It ends by itself.
            let _ = runtime.spawn(async move { drop(work.await) });
        }
        Err(unknown(service))
    }

    /// As [`Caller::send`], but stays with what this process works on until that has ended, however long it takes.
    ///
    /// # Errors
    /// As [`Caller::send`].
    pub async fn send_to_its_end(
        &self,
        service: &str,
        mut request: Raw,
        deadline: Duration,
    ) -> Result<RawReply, Problem> {
        match self.router(service) {
            Some(router) if !self.0.runtime.is_sim() => {
                self.hand_on(service, &mut request, deadline)?;
                run(self.0.runtime.clone(), router, request).await
            }
            _ => self.send(service, request, deadline).await,
        }
    }

    /// How long `request` may take, at most `longest`, which is told to who works on it. When the time is over, it is not begun.
    fn hand_on(&self, service: &str, request: &mut Raw, longest: Duration) -> Result<Duration, Problem> {
        let left = deadline::left(&self.0.runtime, longest).ok_or_else(|| not_begun(service))?;
        deadline::tell(request.headers_mut(), left);
        Ok(left)
    }
}

/// Whether `request` changes nothing.
pub(crate) fn reads(request: &Raw) -> bool {
    matches!(*request.method(), http::Method::GET | http::Method::HEAD | http::Method::OPTIONS)
}

/// Runs `request` through `router`, collecting the answer. What is asked meanwhile has the time that the request's head gives. A fault or
/// a panic inside is logged here, where it happened and with the request's id, and answered as `kit/fault`.
///
/// # Errors
/// `kit/too-large` when the answer exceeds [`MAX_BODY`].
pub async fn run(runtime: Runtime, router: Router, request: Raw) -> Result<RawReply, Problem> {
    let (head, body) = request.into_parts();
    let request_id = head.headers.get(REQUEST_ID_HEADER).cloned();
    let path = head.uri.clone();
    let span = trace::begin(
        trace::Kind::Server,
        path.path().split('/').nth(2).unwrap_or_default(),
        Some(&head.headers),
        request_id.as_ref().and_then(|id| id.to_str().ok()).unwrap_or_default(),
        || trace::route(&head.method, path.path()),
    );
    let wait = deadline::told(&head.headers);
    let answer = router.oneshot(http::Request::from_parts(head, Body::from(body)));
    let answer = deadline::inside(&runtime, wait, AssertUnwindSafe(answer).catch_unwind());
    let Some(span) = span else { return finished(answer.await, &path, request_id.as_ref()).await };
    let reply = finished(span.around(answer).await, &path, request_id.as_ref()).await;
    span.end(reply.as_ref().map_or_else(|problem| problem.status, |reply| reply.status().as_u16()));
    reply
}

/// The answer of a router as a call carries it.
async fn finished(
    answer: std::thread::Result<Result<Response, Infallible>>,
    path: &http::Uri,
    request_id: Option<&HeaderValue>,
) -> Result<RawReply, Problem> {
    let response = match answer {
        Ok(Ok(response)) => response,
        Ok(Err(never)) => match never {},
        Err(panic) => {
            let fault = Fault::msg(format!("a handler panicked: {}", panic_message(&panic)));
            return faulted(&fault, path, request_id);
        }
    };
    if let Some(fault) = response.extensions().get::<Arc<Fault>>() {
        return faulted(fault, path, request_id);
    }
    let (head, body) = response.into_parts();
    let body = axum::body::to_bytes(body, MAX_BODY).await.map_err(|_| too_large(502, "answer"))?;
    Ok(http::Response::from_parts(head, body))
}

/// Logs `fault` and makes the answer that tells no more of it than where to look.
fn faulted(fault: &Fault, path: &http::Uri, request_id: Option<&HeaderValue>) -> Result<RawReply, Problem> {
    let request_id = request_id.and_then(|id| id.to_str().ok()).unwrap_or_default();
    tracing::error!(request_id, path = path.path(), fault = format!("{fault:#}"), "a request met a fault");
    reply(&Problem::fault(request_id))
}

/// `problem` as a service answers it.
///
/// # Errors
/// Never in practice: a problem is JSON.
pub fn reply(problem: &Problem) -> Result<RawReply, Problem> {
    let body = serde_json::to_vec(problem).map_err(|e| Fault::new("a problem is JSON", e))?;
    let reply = http::Response::builder()
        .status(problem.status)
        .header(http::header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"))
        .body(Bytes::from(body))
        .map_err(|e| Fault::new("a problem's status is one of HTTP's", e))?;
    Ok(reply)
}

fn panic_message(panic: &Box<dyn std::any::Any + Send>) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("no message")
}

/// The problem of a body that exceeds [`MAX_BODY`]; `what` is a noun: request, answer.
#[must_use]
pub fn too_large(status: u16, what: &str) -> Problem {
    Problem::new(status, "kit/too-large", "Too large")
        .detail(format!("The {what} is larger than {MAX_BODY} bytes."))
        .with("limit", MAX_BODY)
}

/// The problem of a service that no process answers for now.
#[must_use]
pub fn no_such_service(service: &str) -> Problem {
    Problem::new(503, "kit/no-such-service", "No process answers for this service").with("service", service.to_owned())
}

/// The problem of a call whose outcome is not known: it may or may not have had its effect.
#[must_use]
pub fn unknown(service: &str) -> Problem {
    Problem::new(504, "kit/unknown-outcome", "The outcome is not known yet").with("service", service.to_owned())
}

/// The problem of what was asked when the time of its request was over: this has had no effect, but the same request may have had it before.
pub(crate) fn not_begun(service: &str) -> Problem {
    unknown(service).detail("The request's time was over before this was begun.")
}

/// Whether `problem` leaves open what happened, so that the same request is to be asked again.
#[must_use]
pub fn is_unknown(problem: &Problem) -> bool {
    problem.status >= 500
}

/// Whether `problem` says that something broke where it was worked on, not that nobody answered or had time.
#[must_use]
pub(crate) fn is_fault(problem: &Problem) -> bool {
    problem.status == 500
}

/// The value of an answer, or the problem that it is.
pub(crate) fn read_reply<T: DeserializeOwned>(reply: &RawReply) -> Result<T, Problem> {
    if reply.status().is_success() {
        let body: &[u8] = if reply.status() == StatusCode::NO_CONTENT { b"null" } else { reply.body() };
        return serde_json::from_slice(body).map_err(|e| Fault::new("a call's answer is not readable", e).into());
    }
    match serde_json::from_slice::<Problem>(reply.body()) {
        Ok(problem) => Err(problem),
        Err(e) => Err(Fault::new(format!("a call was answered with {} and no problem", reply.status()), e).into()),
    }
}
