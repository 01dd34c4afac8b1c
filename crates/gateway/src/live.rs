//! `GET /api/live?topics=orders,orders:ord_…`: what changes, as server-sent events without content. Who is told that something changed
//! reads it again, and is shown what they may see.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::http::{HeaderMap, HeaderValue, Response, Uri, header};
use bytes::Bytes;
use contracts::orders::OrderId;
use http_body_util::Full;
use hyper::body::{Body, Frame, SizeHint};
use kit::auth::Grant;
use kit::live::{News, Topic, Watch};
use kit::problem::{Fault, Problem};
use kit::runtime::Runtime;
use tokio::sync::{Notify, mpsc, watch};
use utoipa::openapi::path::{HttpMethod, OperationBuilder, ParameterBuilder, ParameterIn, PathItem, PathsBuilder};
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{ContentBuilder, OpenApi, OpenApiBuilder, Ref, Required, ResponseBuilder};

use crate::edge::Edge;
use crate::limit::{Client, Place};
use crate::session::KEEPER;
use crate::sign_in::{Visitor, Who};

/// Where open screens hear what changes.
pub(crate) const LIVE: &str = "/api/live";
/// Topics of one stream.
const TOPICS: usize = 32;
/// Between two messages of a stream, so that there are at most four a second.
const APART: Duration = Duration::from_millis(250);
/// A silent stream shows this often that it is alive.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// A client that takes nothing for so long is hung up on.
const PATIENCE: Duration = Duration::from_secs(30);
/// A stream ends after this; browsers open it anew.
const LONGEST: Duration = Duration::from_secs(600);
/// So soon it is looked at for the first time whether who opened a stream may: what was believed of their session is over then.
const FIRST_LOOK: Duration = Duration::from_secs(1);
/// What a guest may watch beside nothing: one order whose id they know, as these services tell of it.
const SHOPPERS: [&str; 3] = ["orders", "inventory", "delivery"];

/// What the gateway answers: a whole body, or one that goes on.
pub(crate) enum Answer {
    Whole(Full<Bytes>),
    Stream(mpsc::Receiver<Bytes>),
}

impl Body for Answer {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        match self.get_mut() {
            Answer::Whole(body) => Pin::new(body).poll_frame(cx),
            Answer::Stream(parts) => parts.poll_recv(cx).map(|part| part.map(|part| Ok(Frame::data(part)))),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Answer::Whole(body) => body.is_end_stream(),
            Answer::Stream(_) => false,
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Answer::Whole(body) => body.size_hint(),
            Answer::Stream(_) => SizeHint::default(),
        }
    }
}

/// A client has as many streams as it may, or there are too many in all.
pub(crate) fn too_many() -> Problem {
    Problem::new(503, "gateway/too-many-streams", "Too many live connections").with("retry_after_s", 5)
}

/// The topics that `uri` asks for, if `visitor` may have them all.
///
/// # Errors
/// `kit/invalid`, `kit/unauthenticated` or `kit/forbidden`.
pub(crate) fn topics(uri: &Uri, services: &[&'static str], visitor: &Visitor) -> Result<Vec<Topic>, Problem> {
    let given = uri.query().unwrap_or_default().split('&').find_map(|pair| pair.strip_prefix("topics="));
    let given =
        given.unwrap_or_default().replace("%2C", ",").replace("%2c", ",").replace("%3A", ":").replace("%3a", ":");
    let words: Vec<&str> = given.split(',').map(str::trim).filter(|word| !word.is_empty()).collect();
    if !(1..=TOPICS).contains(&words.len()) {
        return Err(Problem::invalid(format!(
            "`topics` names 1 to {TOPICS} of what is to be watched, with commas between"
        )));
    }
    words.into_iter().map(|word| topic(word, services, visitor)).collect()
}

fn topic(word: &str, services: &[&'static str], visitor: &Visitor) -> Result<Topic, Problem> {
    let (service, entity) = word.split_once(':').map_or((word, None), |(service, entity)| (service, Some(entity)));
    let known = services.iter().find(|known| **known == service);
    let service = *known.ok_or_else(|| Problem::invalid(format!("there is no topic {word}")))?;
    if entity.is_some_and(|entity| !(1..=100).contains(&entity.len())) {
        return Err(Problem::invalid(format!("{word} names no single thing")));
    }
    let mut own = visitor.grants.iter().filter(|grant| {
        grant.permission == "*" || grant.permission.strip_prefix(service).is_some_and(|rest| rest.starts_with('.'))
    });
    let is_capability = SHOPPERS.contains(&service) && entity.is_some_and(|entity| entity.parse::<OrderId>().is_ok());
    // `orders.sell` belongs to no site, and still nobody who has it may see the orders of all.
    let reads = if service == "contact" { "contact.work".to_owned() } else { format!("{service}.read") };
    let reads = Grant { permission: reads, site: None };
    let (may, everywhere) = (own.clone().next().is_some(), own.any(|grant| grant.contains(&reads)));
    if !may && !is_capability {
        return Err(match visitor.who {
            Who::Stranger => Problem::unauthenticated(),
            Who::Key(_) | Who::Person(_) => Problem::forbidden(format_args!("{service}.read")),
        });
    }
    // Ids are capabilities: who works at some sites only is not given those of others.
    Ok(Topic { service: service.to_owned(), entity: entity.map(str::to_owned), names_entities: everywhere })
}

/// The head of a stream, and where its messages go.
pub(crate) fn open() -> Result<(Response<Answer>, mpsc::Sender<Bytes>), Problem> {
    let (sender, parts) = mpsc::channel(1);
    let response = Response::builder()
        .header(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"))
        .header(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))
        // A proxy that gathers an answer before it passes it on would gather for ever.
        .header("x-accel-buffering", HeaderValue::from_static("no"))
        .body(Answer::Stream(parts));
    Ok((response.map_err(|e| Fault::new("a stream's head is valid", e))?, sender))
}

/// A stream at work.
pub(crate) struct Stream {
    pub(crate) runtime: Runtime,
    pub(crate) watch: Watch,
    pub(crate) sender: mpsc::Sender<Bytes>,
    pub(crate) closing: watch::Receiver<bool>,
    /// Hangs up on the connection.
    pub(crate) hang_up: Arc<Notify>,
    pub(crate) place: Place,
    /// Who listens, so that it can be looked at again whether they still may.
    pub(crate) listener: Listener,
}

/// Who opened a stream, with what, and for what.
pub(crate) struct Listener {
    pub(crate) edge: Edge,
    pub(crate) headers: HeaderMap,
    pub(crate) uri: Uri,
    pub(crate) who: Who,
}

impl Listener {
    /// What is to be watched: what was asked for, and the person who asks, who may be blocked or given other roles.
    pub(crate) fn topics(&self, mut asked: Vec<Topic>) -> Vec<Topic> {
        if let Who::Person(id) = self.who {
            asked.push(Topic { service: KEEPER.to_owned(), entity: Some(id.to_string()), names_entities: true });
        }
        asked
    }

    /// Whether `news` is of who listens.
    fn is_about_them(&self, news: Option<&News>) -> bool {
        let (Who::Person(id), Some(News::Changes(lines))) = (self.who, news) else { return false };
        let id = id.to_string();
        lines.iter().any(|line| line.topic == KEEPER && line.id.as_ref().is_none_or(|named| *named == id))
    }

    /// Whether they may still listen; `None` while nobody can say, and until then they may.
    async fn still_may(&self) -> Option<bool> {
        if matches!(self.who, Who::Stranger) {
            return Some(true);
        }
        match self.edge.whose(&self.headers).await {
            Ok(visitor) => Some(visitor.who == self.who && topics(&self.uri, self.edge.services(), &visitor).is_ok()),
            Err(problem) => (problem.status == 401).then_some(false),
        }
    }
}

impl Stream {
    /// Sends what changes until the client is gone, takes nothing, or the gateway closes.
    pub(crate) async fn serve(mut self, greeting: String) {
        let _place = self.place;
        let mut closing = self.closing;
        let look_again = self.listener.edge.look_again();
        let began = self.runtime.monotonic();
        let soon = look_again.min(FIRST_LOOK);
        let (until, mut next_look) = (began + LONGEST, began + soon);
        let mut text = greeting;
        loop {
            let sent = self.runtime.timeout(PATIENCE, self.sender.send(Bytes::from(text)));
            tokio::select! {
                sent = sent => match sent {
                    Some(Ok(())) => {}
                    Some(Err(_)) => return,
                    None => return self.hang_up.notify_one(),
                },
                _ = closing.wait_for(|closing| *closing) => return,
            }
            self.runtime.sleep(APART).await;
            let now = self.runtime.monotonic();
            if now >= next_look {
                next_look = match self.listener.still_may().await {
                    Some(true) => now + look_again,
                    Some(false) => return,
                    None => now + soon,
                };
            }
            let wait = HEARTBEAT.min(next_look.saturating_sub(now));
            let news = tokio::select! {
                news = self.runtime.timeout(wait, self.watch.next()) => news,
                () = self.sender.closed() => return,
                _ = closing.wait_for(|closing| *closing) => return,
            };
            if self.listener.is_about_them(news.as_ref()) {
                match self.listener.still_may().await {
                    Some(true) => {}
                    Some(false) => return,
                    None => next_look = next_look.min(self.runtime.monotonic() + soon),
                }
            }
            if matches!(news, Some(News::Reload)) {
                // What was missed may have been of them. All streams hear this at once, and are not to ask at once.
                let apart = Duration::from_millis(self.runtime.random_below(1 + soon.as_millis() as u64));
                next_look = next_look.min(self.runtime.monotonic() + soon + apart);
            }
            text = message(news);
            if self.runtime.monotonic() >= until {
                return;
            }
        }
    }
}

/// The first message: what is watched.
pub(crate) fn greeting(topics: &[Topic]) -> String {
    let names = topics.iter().map(|topic| match &topic.entity {
        Some(entity) => format!("{}:{entity}", topic.service),
        None => topic.service.clone(),
    });
    let names = serde_json::json!({ "topics": names.collect::<Vec<_>>() });
    format!("retry: 1000\nevent: hello\ndata: {names}\n\n")
}

fn message(news: Option<News>) -> String {
    match news {
        None => ":\n\n".to_owned(),
        Some(News::Reload) => "event: reload\ndata: {}\n\n".to_owned(),
        Some(News::Changes(lines)) => {
            let lines = serde_json::to_string(&lines).expect("names and numbers are JSON");
            format!("event: changes\ndata: {lines}\n\n")
        }
    }
}

/// The endpoint as `openapi.json` tells it; no service answers it.
pub(crate) fn described() -> OpenApi {
    let text =
        |description: &str| ObjectBuilder::new().schema_type(Type::String).description(Some(description)).build();
    let topics = ParameterBuilder::new()
        .name("topics")
        .parameter_in(ParameterIn::Query)
        .required(Required::True)
        .description(Some("1 to 32, with commas between: a service (`orders`) or one thing of it (`orders:ord_…`)."))
        .schema(Some(ObjectBuilder::new().schema_type(Type::String)))
        .build();
    let stream = text(
        "`hello` names the topics; `changes` is an array of `{topic, id?, version?}`: read again what it names, or all of the topic \
         where it names nothing; after `reload` read everything again. A person hears of changes of themselves, too. A line with a colon alone is a heartbeat.",
    );
    let stream = ContentBuilder::new().schema(Some(stream)).build();
    let problem = ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).build();
    let operation = OperationBuilder::new()
        .operation_id(Some("live"))
        .tag("gateway")
        .summary(Some(
            "Tells what changes, as server-sent events without content. Who holds an order's id may watch that order.",
        ))
        .parameter(topics)
        .response("200", ResponseBuilder::new().description("").content("text/event-stream", stream).build())
        .response("default", ResponseBuilder::new().description("").content("application/json", problem).build());
    let paths = PathsBuilder::new().path(LIVE, PathItem::new(HttpMethod::Get, operation.build())).build();
    OpenApiBuilder::new().paths(paths).build()
}

impl Visitor {
    /// As whom they are counted when they come from `address`.
    pub(crate) fn client(&self, address: std::net::IpAddr) -> Client {
        match self.who {
            Who::Stranger => Client::address(address),
            Who::Key(id) => Client::Key(id),
            Who::Person(id) => Client::Person(id),
        }
    }
}
