//! Traces: which parts of the system a request passed, and how long each took. Off unless [`start`] was called; then spans go to
//! an OpenTelemetry collector as OTLP over HTTP in JSON.
//!
//! A request's id is its trace's id (padded with zeros, as W3C Trace Context asks of 64-bit systems) and its root span's. The
//! journal notes the request of every event, so a reaction finds its way back to it without anything more being stored.

use std::future::Future;
use std::sync::OnceLock;
use std::time::Duration;

use axum::http::{HeaderMap, HeaderName, HeaderValue, Method};
use bytes::Bytes;
use http_body_util::Full;
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::sync::mpsc;

use crate::problem::Fault;
use crate::runtime::{Runtime, Task};
use crate::time::Timestamp;

/// The header that names the span in which a call is made.
pub const HEADER: &str = "traceparent";
/// Spans waiting to be sent beyond which further ones are dropped: tracing never slows the work.
const WAITING: usize = 16_384;
/// Spans in one request to the collector.
const BATCH: usize = 512;
/// Spans wait at most this long for others.
const EVERY: Duration = Duration::from_secs(1);

static EXPORTER: OnceLock<Exporter> = OnceLock::new();

tokio::task_local! {
    static HERE: Place;
}

struct Exporter {
    runtime: Runtime,
    spans: mpsc::Sender<Box<Part>>,
}

/// A place in a trace: the request, and a span of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Place {
    request: u64,
    span: u64,
}

/// What a span is a part of, as OpenTelemetry counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Work inside a service.
    Internal = 1,
    /// A request being answered.
    Server = 2,
    /// An event being heard.
    Consumer = 5,
}

/// A span under way; it is told when it ends or is dropped.
pub struct Span(Option<Box<Part>>);

struct Part {
    place: Place,
    parent: Option<u64>,
    kind: Kind,
    service: String,
    name: String,
    began: Timestamp,
    ended: Timestamp,
    status: Option<u16>,
}

/// Begins to send spans to the collector at `url`, e.g. `http://127.0.0.1:4318`. Without TLS: a collector stands beside.
///
/// # Errors
/// A fault when `url` is no address of that form, or tracing has begun before.
pub fn start(url: &str, runtime: &Runtime) -> Result<Task, Fault> {
    let address = url.strip_prefix("http://").map(|rest| rest.trim_end_matches('/').to_owned());
    let address = address.filter(|address| !address.is_empty() && !address.contains('/'));
    let address = address.ok_or_else(|| Fault::msg(format!("{url} is no collector's address: http://host:port")))?;
    let (spans, receiver) = mpsc::channel(WAITING);
    let exporter = Exporter { runtime: runtime.clone(), spans };
    EXPORTER.set(exporter).map_err(|_| Fault::msg("tracing has begun before"))?;
    Ok(runtime.spawn(export(address, receiver, runtime.clone())))
}

/// Begins a span of the request `request_id` below the place that `headers` or the present task names; `None` when tracing is
/// off, or the request's id is not one of ours.
#[must_use]
pub fn begin(
    kind: Kind,
    service: &str,
    headers: Option<&HeaderMap>,
    request_id: &str,
    name: impl FnOnce() -> String,
) -> Option<Span> {
    let exporter = EXPORTER.get()?;
    let request = u64::from_str_radix(request_id, 16).ok().filter(|id| *id != 0)?;
    let parent = headers.and_then(read).or_else(here).filter(|parent| parent.request == request);
    let place = Place { request, span: exporter.runtime.random_u64().max(1) };
    let parent = Some(parent.map_or(request, |parent| parent.span));
    Some(Span::new(exporter, place, parent, kind, service, name()))
}

/// Begins the root span of the request `request_id`; `None` when tracing is off.
#[must_use]
pub fn begin_root(service: &str, request_id: &str, name: impl FnOnce() -> String) -> Option<Span> {
    let exporter = EXPORTER.get()?;
    let request = u64::from_str_radix(request_id, 16).ok().filter(|id| *id != 0)?;
    let place = Place { request, span: request };
    Some(Span::new(exporter, place, None, Kind::Server, service, name()))
}

/// What a request is called among spans: its method, and its path with ids left out, so that there are few names.
#[must_use]
pub fn route(method: &Method, path: &str) -> String {
    let is_id = |part: &str| part.split_once('_').is_some_and(|(kind, id)| kind.len() <= 8 && id.len() == 26);
    let parts: Vec<&str> = path.split('/').map(|part| if is_id(part) { "{id}" } else { part }).collect();
    format!("{method} {}", parts.join("/"))
}

/// Says in `headers`, which go to another process, where the present task is in a trace.
pub(crate) fn tell(headers: &mut HeaderMap) {
    if EXPORTER.get().is_some()
        && let Some(place) = here()
    {
        place.tell(headers);
    }
}

/// Where the present task is in a trace.
fn here() -> Option<Place> {
    HERE.try_with(|place| *place).ok()
}

/// The place that a `traceparent` header names, if it is one of ours.
fn read(headers: &HeaderMap) -> Option<Place> {
    let mut parts = headers.get(HEADER)?.to_str().ok()?.splitn(4, '-').skip(1);
    let request = parts.next()?.strip_prefix("0000000000000000")?;
    let span = parts.next()?;
    Some(Place { request: u64::from_str_radix(request, 16).ok()?, span: u64::from_str_radix(span, 16).ok()? })
}

impl Place {
    fn tell(self, headers: &mut HeaderMap) {
        if let Ok(value) = HeaderValue::from_str(&format!("00-{:032x}-{:016x}-01", self.request, self.span)) {
            headers.insert(HeaderName::from_static(HEADER), value);
        }
    }
}

impl Span {
    fn new(exporter: &Exporter, place: Place, parent: Option<u64>, kind: Kind, service: &str, name: String) -> Span {
        let (service, began) = (service.to_owned(), exporter.runtime.now());
        Span(Some(Box::new(Part { place, parent, kind, service, name, began, ended: began, status: None })))
    }

    /// Runs `work` inside the span: calls that it makes are below it.
    pub async fn around<F: Future>(&self, work: F) -> F::Output {
        match &self.0 {
            Some(part) => HERE.scope(part.place, work).await,
            None => work.await,
        }
    }

    /// Says in `headers` that what they lead to is below this span.
    pub fn tell(&self, headers: &mut HeaderMap) {
        if let Some(part) = &self.0 {
            part.place.tell(headers);
        }
    }

    /// Ends the span with an HTTP status.
    pub fn end(mut self, status: u16) {
        if let Some(part) = &mut self.0 {
            part.status = Some(status);
        }
    }
}

impl Drop for Span {
    fn drop(&mut self) {
        if let (Some(exporter), Some(mut part)) = (EXPORTER.get(), self.0.take()) {
            part.ended = exporter.runtime.now();
            // Full: this span is lost, the work goes on.
            let _ = exporter.spans.try_send(part);
        }
    }
}

/// Sends spans to the collector, for ever.
async fn export(address: String, mut spans: mpsc::Receiver<Box<Part>>, runtime: Runtime) {
    let mut failed = false;
    loop {
        let mut batch = Vec::with_capacity(BATCH);
        if spans.recv_many(&mut batch, BATCH).await == 0 {
            return;
        }
        let mut full = batch.len();
        let more = async {
            while full < BATCH && spans.recv_many(&mut batch, BATCH - full).await > 0 {
                full = batch.len();
            }
        };
        let _ = runtime.timeout(EVERY, more).await;
        let sent = runtime.timeout(5 * EVERY, post(&address, &batch)).await;
        let result = sent.unwrap_or_else(|| Err(Fault::msg("it takes too long")));
        match result {
            Ok(()) => failed = false,
            Err(fault) if !failed => {
                failed = true;
                tracing::warn!(address, fault = format!("{fault:#}"), "the collector takes no traces");
            }
            Err(_) => {}
        }
    }
}

async fn post(address: &str, batch: &[Box<Part>]) -> Result<(), Fault> {
    let cannot = |e| Fault::new("cannot reach it", e);
    let stream = tokio::net::TcpStream::connect(address).await.map_err(cannot)?;
    let handshake = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await;
    let (mut sender, connection) = handshake.map_err(|e| Fault::new("it does not speak HTTP", e))?;
    let body = Full::new(Bytes::from(document(batch).to_string()));
    let request = axum::http::Request::post("/v1/traces")
        .header("host", address)
        .header("content-type", "application/json")
        .body(body)
        .map_err(|e| Fault::new("a request is valid", e))?;
    let answer = async {
        let response = sender.send_request(request).await.map_err(|e| Fault::new("it does not answer", e))?;
        drop(sender);
        Ok(response.status())
    };
    let (status, _) = tokio::join!(answer, connection);
    let status = status?;
    if status.is_success() { Ok(()) } else { Err(Fault::msg(format!("it answers {status}"))) }
}

/// The spans as an OTLP `ExportTraceServiceRequest` in JSON (OTLP 1.x: ids in hexadecimal digits, 64-bit numbers as strings).
fn document(batch: &[Box<Part>]) -> Value {
    let mut services: Vec<(&str, Vec<Value>)> = Vec::new();
    for part in batch {
        let span = json!({
            "traceId": format!("{:032x}", part.place.request),
            "spanId": format!("{:016x}", part.place.span),
            "parentSpanId": part.parent.map(|parent| format!("{parent:016x}")).unwrap_or_default(),
            "name": part.name,
            "kind": part.kind as i32,
            "startTimeUnixNano": format!("{}000", part.began.as_micros()),
            "endTimeUnixNano": format!("{}000", part.ended.as_micros()),
            "attributes": part.status.map(|status| json!({
                "key": "http.response.status_code", "value": {"intValue": status.to_string()}
            })).into_iter().collect::<Vec<_>>(),
            "status": {"code": if part.status.is_some_and(|status| status >= 500) { 2 } else { 0 }},
        });
        match services.iter_mut().find(|(service, _)| *service == part.service) {
            Some((_, spans)) => spans.push(span),
            None => services.push((&part.service, vec![span])),
        }
    }
    let services: Vec<Value> = services
        .into_iter()
        .map(|(service, spans)| {
            json!({
                "resource": {"attributes": [{"key": "service.name", "value": {"stringValue": service}}]},
                "scopeSpans": [{"scope": {"name": "backroom"}, "spans": spans}],
            })
        })
        .collect();
    json!({"resourceSpans": services})
}
