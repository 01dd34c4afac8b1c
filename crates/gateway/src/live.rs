//! `GET /api/live?topics=orders,orders:ord_…`: what changes, as server-sent events without content. Who is told that something changed
//! reads it again, and is shown what they may see.

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::http::{HeaderValue, Response, Uri, header};
use bytes::Bytes;
use contracts::orders::OrderId;
use http_body_util::Full;
use hyper::body::{Body, Frame, SizeHint};
use kit::live::{News, Topic, Watch};
use kit::problem::{Fault, Problem};
use kit::runtime::Runtime;
use tokio::sync::{Notify, mpsc, watch};

use crate::limit::Client;
use crate::sign_in::{Visitor, Who};

/// Topics of one stream.
const TOPICS: usize = 32;
/// Streams open at once, and of one client.
const STREAMS: usize = 1_000;
const STREAMS_EACH: usize = 32;
/// Between two messages of a stream, so that there are at most four a second.
const APART: Duration = Duration::from_millis(250);
/// A silent stream shows this often that it is alive.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// A client that takes nothing for so long is hung up on.
const PATIENCE: Duration = Duration::from_secs(30);
/// A stream ends after this, so that who it is for is looked at again; browsers open it anew.
const LONGEST: Duration = Duration::from_secs(600);
/// What a guest may watch beside nothing: one thing of this service, whose id they know.
const SHOPPERS: &str = "orders";

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

/// How many streams are open, and whose.
#[derive(Clone, Default)]
pub(crate) struct Streams(Arc<Mutex<HashMap<Client, usize>>>);

/// An open stream's place among [`Streams`].
pub(crate) struct Place {
    streams: Streams,
    client: Client,
}

impl Streams {
    /// A place for one more stream of `client`.
    ///
    /// # Errors
    /// `gateway/too-many-streams`.
    pub(crate) fn enter(&self, client: Client) -> Result<Place, Problem> {
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let own = open.get(&client).copied().unwrap_or_default();
        if own >= STREAMS_EACH || open.values().sum::<usize>() >= STREAMS {
            let problem = Problem::new(503, "gateway/too-many-streams", "Too many live connections");
            return Err(problem.with("retry_after_s", 5));
        }
        open.insert(client, own + 1);
        Ok(Place { streams: self.clone(), client })
    }
}

impl Streams {
    /// How many are open.
    pub(crate) fn open(&self) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).values().sum()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut open = self.streams.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(own) = open.get_mut(&self.client) {
            *own -= 1;
            if *own == 0 {
                open.remove(&self.client);
            }
        }
    }
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
    let is_capability = service == SHOPPERS && entity.is_some_and(|entity| entity.parse::<OrderId>().is_ok());
    let (may, everywhere) = (own.clone().next().is_some(), own.any(|grant| grant.site.is_none()));
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
}

impl Stream {
    /// Sends what changes until the client is gone, takes nothing, or the gateway closes.
    pub(crate) async fn serve(mut self, greeting: String) {
        let _place = self.place;
        let mut closing = self.closing;
        let until = self.runtime.monotonic() + LONGEST;
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
            tokio::select! {
                news = self.runtime.timeout(HEARTBEAT, self.watch.next()) => text = message(news),
                () = self.sender.closed() => return,
                _ = closing.wait_for(|closing| *closing) => return,
            }
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
