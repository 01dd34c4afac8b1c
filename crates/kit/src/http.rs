//! What handlers are made of: the service's `App`, who asks, request keys, versions, and JSON that refuses with a problem.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, RawPathParams, Request as HttpRequest};
use axum::http::header::{ETAG, HeaderValue, IF_MATCH};
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde::de::DeserializeOwned;
use utoipa::IntoParams;
use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::{ObjectBuilder, Required, Type};

use crate::auth::{ACTOR_HEADER, Actor, REQUEST_ID_HEADER};
use crate::call::{Caller, Request};
use crate::metrics::Metrics;
use crate::problem::{Fault, Problem};
use crate::runtime::Runtime;
use crate::store::{Reader, Store, Tx};

/// The header of the key under which a creating request has its effect once.
pub const KEY_HEADER: &str = "idempotency-key";

/// A service as its handlers, reactions and jobs see it. Clones share it.
#[derive(Clone)]
pub struct App(Arc<Inner>);

struct Inner {
    store: Store,
    caller: Caller,
    runtime: Runtime,
    metrics: Metrics,
    providers: Providers,
    memory: Mutex<HashMap<TypeId, Arc<dyn Any + Send + Sync>>>,
}

type Part = Arc<dyn Any + Send + Sync>;

/// What a service is given beside its store: configuration, providers. By type. Clones share what is held.
#[derive(Clone, Default)]
pub struct Providers {
    parts: HashMap<TypeId, Part>,
    held: Arc<Mutex<HashMap<TypeId, Part>>>,
}

impl Providers {
    /// The same parts, and nothing held yet: what a process starts with.
    #[must_use]
    pub(crate) fn afresh(&self) -> Providers {
        Providers { parts: self.parts.clone(), held: Arc::default() }
    }

    /// With `part` added, replacing one of the same type.
    #[must_use]
    pub fn with<T: Send + Sync + 'static>(mut self, part: Arc<T>) -> Self {
        self.parts.insert(TypeId::of::<T>(), part);
        self
    }
}

/// What a handler returns: a view as JSON, or a problem.
pub type Reply<T> = Result<Json<T>, Problem>;

impl App {
    /// A service's surroundings.
    #[must_use]
    pub fn new(store: Store, caller: Caller, runtime: Runtime, metrics: Metrics, providers: Providers) -> App {
        App(Arc::new(Inner { store, caller, runtime, metrics, providers, memory: Mutex::default() }))
    }

    /// The service's database.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.0.store
    }

    /// Time and randomness.
    #[must_use]
    pub fn runtime(&self) -> &Runtime {
        &self.0.runtime
    }

    /// The process's metrics.
    #[must_use]
    pub fn metrics(&self) -> &Metrics {
        &self.0.metrics
    }

    /// The calls to other services.
    #[must_use]
    pub fn caller(&self) -> &Caller {
        &self.0.caller
    }

    /// The part of type `T` that the process was started with, e.g. a payment provider.
    #[must_use]
    pub fn part<T: Send + Sync + 'static>(&self) -> Option<Arc<T>> {
        self.0.providers.parts.get(&TypeId::of::<T>()).cloned().and_then(|part| part.downcast().ok())
    }

    /// The process's own `T`, shared by its services, made when first asked for and gone with the process: a cache.
    #[must_use]
    pub fn held<T: Default + Send + Sync + 'static>(&self) -> Arc<T> {
        let mut held = self.0.providers.held.lock().unwrap_or_else(PoisonError::into_inner);
        let part = held.entry(TypeId::of::<T>()).or_insert_with(|| Arc::new(T::default()));
        Arc::clone(part).downcast().unwrap_or_default()
    }

    /// What this process holds in memory for the service, one value of each type, empty at first: scratch made of its tables,
    /// e.g. a search index.
    #[must_use]
    pub fn memory<T: Default + Send + Sync + 'static>(&self) -> Arc<T> {
        let mut memory = self.0.memory.lock().unwrap_or_else(PoisonError::into_inner);
        let part = memory.entry(TypeId::of::<T>()).or_insert_with(|| Arc::new(T::default()));
        Arc::clone(part).downcast().expect("a part is kept under its own type")
    }

    /// The service acting by itself: for jobs and reactions that call others.
    #[must_use]
    pub fn itself(&self) -> Actor {
        Actor::service(self.0.store.service(), format!("{:016x}", self.0.runtime.random_u64()))
    }

    /// Writes as `actor`; see [`Store::write`].
    ///
    /// # Errors
    /// See [`Store::write`].
    pub async fn write<T: Send + 'static>(
        &self,
        actor: &Actor,
        f: impl Fn(&mut Tx<'_>) -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        self.0.store.write(&actor.origin(), f).await
    }

    /// Writes once per request key; see [`Store::once`]. The outcome is stored: ids and verdicts, no personal data.
    ///
    /// # Errors
    /// See [`Store::once`].
    pub async fn once<T>(
        &self,
        actor: &Actor,
        key: &RequestKey,
        f: impl Fn(&mut Tx<'_>) -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem>
    where
        T: Serialize + DeserializeOwned + Send + 'static,
    {
        self.0.store.once(&actor.origin(), key.key.clone(), key.digest, f).await
    }

    /// Reads; see [`Store::read`].
    ///
    /// # Errors
    /// See [`Store::read`].
    pub async fn read<T: Send + 'static>(
        &self,
        f: impl FnOnce(&mut Reader<'_>) -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        self.0.store.read(f).await
    }

    /// Reads by one question, or by several whose answers need not fit together; see [`Store::glance`].
    ///
    /// # Errors
    /// See [`Store::glance`].
    pub async fn glance<T: Send + 'static>(
        &self,
        f: impl FnOnce(&mut Reader<'_>) -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        self.0.store.glance(f).await
    }

    /// Calls another service as this one, in the request of `actor`.
    ///
    /// # Errors
    /// See [`Caller::call`].
    pub async fn call<R: Request>(&self, actor: &Actor, request: &R) -> Result<R::Reply, Problem> {
        let me = Actor::service(self.0.store.service(), actor.request_id.clone());
        self.0.caller.call(&me, request).await
    }

    /// Asks another service about many things: in one call, and in halves where the answer would not fit into one.
    ///
    /// # Errors
    /// See [`Caller::call`].
    pub async fn call_about<T: Clone + Send, R: Request>(
        &self,
        actor: &Actor,
        about: Vec<T>,
        request: impl Fn(Vec<T>) -> R + Send,
    ) -> Result<Vec<R::Reply>, Problem> {
        let mut answers = Vec::new();
        let mut parts = vec![about];
        while let Some(mut part) = parts.pop() {
            if part.is_empty() {
                continue;
            }
            match self.call(actor, &request(part.clone())).await {
                Ok(answer) => answers.push(answer),
                Err(problem) if problem.code == "kit/too-large" && part.len() > 1 => {
                    let rest = part.split_off(part.len() / 2);
                    parts.extend([rest, part]);
                }
                Err(problem) => return Err(problem),
            }
        }
        Ok(answers)
    }
}

impl FromRequestParts<App> for App {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(_: &mut Parts, app: &App) -> Result<App, Self::Rejection> {
        Ok(app.clone())
    }
}

impl FromRequestParts<App> for Actor {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Actor, Problem> {
        let request_id = match parts.headers.get(REQUEST_ID_HEADER).and_then(|value| value.to_str().ok()) {
            Some(id) => id.to_owned(),
            None => format!("{:016x}", app.runtime().random_u64()),
        };
        let header = parts.headers.get(ACTOR_HEADER).and_then(|value| value.to_str().ok());
        let header = header.ok_or_else(Problem::unauthenticated)?;
        Ok(Actor::from_header(header, request_id)?)
    }
}

/// The key under which a creating request has its effect once, with a digest of the request.
#[derive(Debug, Clone)]
pub struct RequestKey {
    key: String,
    digest: i64,
}

impl RequestKey {
    /// The key `key` of `actor` for `operation`; `content` tells this request from others.
    #[must_use]
    pub fn new(actor: &Actor, operation: &str, key: &str, content: &[u8]) -> RequestKey {
        RequestKey { key: format!("{}:{operation}:{key}", actor.name), digest: digest(content) }
    }
}

impl IntoParams for RequestKey {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let told = "1 to 100 visible ASCII characters, new for each new request and the same for its repetitions.";
        vec![header("Idempotency-Key", told)]
    }
}

/// A header that a request must have, as the API's description tells it.
fn header(name: &str, told: &str) -> Parameter {
    let text = ObjectBuilder::new().schema_type(Type::String);
    let header = ParameterBuilder::new().name(name).parameter_in(ParameterIn::Header).required(Required::True);
    header.description(Some(told)).schema(Some(text)).build()
}

fn digest(content: &[u8]) -> i64 {
    use sha2::Digest;
    let hash = sha2::Sha256::digest(content);
    i64::from_be_bytes(hash[..8].try_into().expect("a SHA-256 has 32 bytes"))
}

/// A creating request: its JSON body and the `Idempotency-Key` header, 1 to 100 visible ASCII characters.
#[derive(Debug, Clone)]
pub struct Keyed<T> {
    /// The header.
    pub key: String,
    /// The body.
    pub body: T,
    content: Bytes,
}

impl<T> Keyed<T> {
    /// The request key of this request of `actor` for `operation`.
    #[must_use]
    pub fn request_key(&self, actor: &Actor, operation: &str) -> RequestKey {
        RequestKey::new(actor, operation, &self.key, &self.content)
    }
}

impl<T: DeserializeOwned> FromRequest<App> for Keyed<T> {
    type Rejection = Problem;

    async fn from_request(request: HttpRequest, app: &App) -> Result<Keyed<T>, Problem> {
        let key = request.headers().get(KEY_HEADER).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let key = key.filter(|key| (1..=100).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic()));
        let key = key.ok_or_else(|| {
            Problem::new(400, "kit/request-key-missing", "A request key is missing").detail(
                "This request needs an Idempotency-Key header: 1 to 100 visible ASCII characters, new for each new request and the same for its repetitions.",
            )
        })?;
        let content = Bytes::from_request(request, app).await.map_err(|e| Problem::invalid(e.body_text()))?;
        let body = parse(&content)?;
        Ok(Keyed { key, body, content })
    }
}

/// A JSON body, in and out.
#[derive(Debug, Clone)]
pub struct Json<T>(pub T);

impl<T: DeserializeOwned> FromRequest<App> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: HttpRequest, app: &App) -> Result<Json<T>, Problem> {
        let content = Bytes::from_request(request, app).await.map_err(|e| Problem::invalid(e.body_text()))?;
        parse(&content).map(Json)
    }
}

fn parse<T: DeserializeOwned>(content: &[u8]) -> Result<T, Problem> {
    let content = if content.is_empty() { b"null" } else { content };
    if holds_nul(content) {
        return Err(Problem::invalid("a text holds the character NUL, which cannot be stored"));
    }
    serde_json::from_slice(content).map_err(|e| {
        if e.is_data() {
            Problem::invalid(e.to_string())
        } else {
            Problem::malformed(format!("It is not valid JSON: {e}"))
        }
    })
}

/// Whether a string of the JSON text `content` holds `\u0000`: PostgreSQL cannot store it.
fn holds_nul(content: &[u8]) -> bool {
    const NUL: &[u8] = b"u0000";
    content.windows(NUL.len()).enumerate().any(|(at, window)| {
        // Counted only there: before every byte, a body of nothing but backslashes takes half a minute.
        window == NUL && content[..at].iter().rev().take_while(|byte| **byte == b'\\').count() % 2 == 1
    })
}

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        match serde_json::to_vec(&self.0) {
            Ok(body) => {
                let mut response = Response::new(body.into());
                response
                    .headers_mut()
                    .insert(axum::http::header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
                response
            }
            Err(e) => Problem::from(Fault::new("an answer is JSON", e)).into_response(),
        }
    }
}

/// A view with the version of what it shows, in the `ETag` header.
#[derive(Debug, Clone)]
pub struct Versioned<T>(pub i64, pub T);

impl<T: Serialize> IntoResponse for Versioned<T> {
    fn into_response(self) -> Response {
        let mut response = Json(self.1).into_response();
        if let Ok(tag) = HeaderValue::from_str(&format!("\"{}\"", self.0)) {
            response.headers_mut().insert(ETAG, tag);
        }
        response
    }
}

/// The version that a change was decided on, from the `If-Match` header: `"7"`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IfMatch(pub i64);

impl FromRequestParts<App> for IfMatch {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<IfMatch, Problem> {
        let text = parts.headers.get(IF_MATCH).and_then(|value| value.to_str().ok());
        let version = text.and_then(|text| text.trim().trim_start_matches("W/").trim_matches('"').parse().ok());
        version.map(IfMatch).ok_or_else(|| {
            Problem::new(428, "kit/version-missing", "The version is missing")
                .detail("This change needs an If-Match header: the version (ETag) of what you saw, so that nobody's change is overwritten unseen.")
        })
    }
}

impl IntoParams for IfMatch {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        vec![header("If-Match", "The version (ETag) of what was seen, in quotes: `\"7\"`.")]
    }
}

impl IfMatch {
    /// Refuses unless `version` is the one that was meant.
    ///
    /// # Errors
    /// `kit/stale`.
    pub fn check(self, version: i64) -> Result<(), Problem> {
        if self.0 == version { Ok(()) } else { Err(Problem::stale(self.0, version)) }
    }
}

/// The variable part of the path, a single one.
#[derive(Debug, Clone)]
pub struct Path<T>(pub T);

impl<T> FromRequestParts<App> for Path<T>
where
    T: std::str::FromStr + Send,
    T::Err: std::fmt::Display,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Path<T>, Problem> {
        let params = RawPathParams::from_request_parts(parts, app)
            .await
            .map_err(|e| Problem::from(Fault::new("the route has a variable part", e)))?;
        let (_, text) = params.iter().next().ok_or_else(|| Fault::msg("the route has a variable part"))?;
        text.parse().map(Path).map_err(|e: T::Err| {
            Problem::new(404, "kit/not-found", "Not found").detail(format!("{text} is not an id here: {e}"))
        })
    }
}

/// The query string.
#[derive(Debug, Clone)]
pub struct Query<T>(pub T);

impl<T: DeserializeOwned> FromRequestParts<App> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Query<T>, Problem> {
        if parts.uri.query().is_some_and(|query| query.contains("%00")) {
            return Err(Problem::invalid("the query holds the character NUL"));
        }
        let query = axum::extract::Query::try_from_uri(&parts.uri).map_err(|e| Problem::invalid(e.body_text()))?;
        Ok(Query(query.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nul_in_a_text_is_found_and_a_written_out_one_is_not() {
        assert!(holds_nul(br#"{"name":"a\u0000b"}"#));
        assert!(holds_nul(br#"{"name":"\\\u0000"}"#));
        assert!(!holds_nul(br#"{"name":"a\\u0000b"}"#));
        assert!(!holds_nul(br#"{"name":"u0000"}"#));
    }

    #[test]
    fn the_longest_body_of_backslashes_is_searched_in_one_pass() {
        let runtime = Runtime::real();
        let began = runtime.monotonic();
        assert!(!holds_nul(&[b'\\'; crate::call::MAX_BODY]));
        assert!(!holds_nul(&b"\\\\u0000".repeat(crate::call::MAX_BODY / 7)));
        // In one pass it takes milliseconds, counted anew before each byte minutes.
        let took = runtime.monotonic() - began;
        assert!(took < std::time::Duration::from_secs(5), "{took:?}");
    }
}
