//! The public events of a service in another process: from JetStream as long as nothing is missing there, else from the
//! service's journal by a call.
//!
//! A message names a position before it up to which nothing was left out; it is taken only if the reader stands there or later.

use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use async_nats::jetstream::consumer::DeliverPolicy;
use async_nats::jetstream::consumer::pull::{Ordered, OrderedConfig};
use async_nats::jetstream::{self, Context};
use axum::http::Request;
use bytes::Bytes;
use futures_util::{FutureExt, StreamExt};
use tokio::sync::Mutex;

use super::Nats;
use crate::auth::{ACTOR_HEADER, REQUEST_ID_HEADER};
use crate::bus::{Heard, Page, Slice, Source};
use crate::call::{self, Caller, DEADLINE};
use crate::problem::{Fault, Problem};

/// Events in one slice, and messages kept for the next.
const BATCH: usize = 64;
/// A source that could not be asked is asked again after this.
const RETRY: Duration = Duration::from_millis(500);

pub(super) struct NatsSource {
    nats: Nats,
    jetstream: Context,
    service: &'static str,
    caller: Caller,
    state: Mutex<State>,
}

struct State {
    /// JetStream's messages; none before the first wait and after a failure.
    feed: Option<Ordered>,
    /// Messages that have arrived and were not taken yet.
    arrived: VecDeque<Heard>,
    /// The history that the source had when last asked.
    epoch: Option<String>,
    /// Whether the journal is to be asked although no gap is known.
    ask: bool,
    /// Whether the source could not be asked the last time.
    failed: bool,
}

impl NatsSource {
    pub(super) fn new(nats: Nats, service: &'static str, caller: Caller) -> NatsSource {
        let jetstream = jetstream::new(nats.client.clone());
        let state = State { feed: None, arrived: VecDeque::new(), epoch: None, ask: true, failed: false };
        NatsSource { nats, jetstream, service, caller, state: Mutex::new(state) }
    }

    /// Asks the source for what its journal has after `seq`.
    async fn page(&self, seq: i64) -> Result<Page, Problem> {
        let request = Request::get(format!("/api/{}/events?after={seq}", self.service))
            .header(ACTOR_HEADER, "service:reader")
            .header(REQUEST_ID_HEADER, format!("events-{}-{seq}", self.service))
            .body(Bytes::new())
            .map_err(|e| Fault::new("a call's head is valid", e))?;
        let reply = self.caller.send(self.service, request, DEADLINE).await?;
        call::read_reply(&reply)
    }

    async fn slice(&self, seq: i64) -> Result<Slice, Problem> {
        let mut state = self.state.lock().await;
        state.take_in();
        let slice = state.following(seq);
        if !slice.events.is_empty() {
            return Ok(slice);
        }
        if !state.ask && state.arrived.is_empty() {
            return Ok(slice);
        }
        let page = match self.page(seq).await {
            Ok(page) => page,
            // What breaks while the journal is read breaks again: that is told, as it is where both run in one process.
            Err(problem) if call::is_unknown(&problem) && !call::is_fault(&problem) => {
                tracing::debug!(source = self.service, %problem, "the source of events cannot be asked");
                state.failed = true;
                return Ok(slice);
            }
            Err(problem) => return Err(problem),
        };
        state.failed = false;
        state.ask = page.slice.upto > seq;
        let known = state.epoch.replace(page.epoch.clone());
        if known.is_some_and(|known| known != page.epoch) {
            state.forget();
            return Err(Fault::msg(format!("{} has another history now", self.service)).into());
        }
        Ok(page.slice)
    }

    async fn arrival(&self, seq: i64, limit: Duration) {
        let mut state = self.state.lock().await;
        if std::mem::take(&mut state.failed) {
            self.nats.runtime.sleep(RETRY.min(limit)).await;
            return;
        }
        if state.feed.is_none() {
            match self.open(seq).await {
                Ok(feed) => state.feed = Some(feed),
                Err(fault) => {
                    tracing::debug!(source = self.service, fault = format!("{fault:#}"), "no events from JetStream");
                }
            }
            // Something may have been missed meanwhile.
            state.ask = true;
        }
        let Some(feed) = &mut state.feed else { return self.nats.runtime.sleep(RETRY.min(limit)).await };
        match self.nats.runtime.timeout(limit, feed.next()).await {
            Some(message) => state.received(message),
            None => state.ask = true,
        }
    }

    /// Begins to receive what JetStream has after the event at `seq`.
    async fn open(&self, seq: i64) -> Result<Ordered, Fault> {
        let cannot = |what: &str| format!("{what} the events of {}", self.service);
        let stream = self.jetstream.get_stream(self.nats.stream_name(self.service)).await;
        let stream = stream.map_err(|e| Fault::new(cannot("no stream has"), e))?;
        let state = &stream.cached_info().state;
        let subject = self.nats.event_subject(self.service);
        let (mut low, mut high) = (state.first_sequence.max(1), state.last_sequence + 1);
        while low < high {
            let middle = low + (high - low) / 2;
            match stream.get_first_raw_message_by_subject(&subject, middle).await {
                Ok(message) => match serde_json::from_slice::<Heard>(&message.payload) {
                    Ok(heard) if heard.seq <= seq => low = message.sequence + 1,
                    _ => high = middle,
                },
                Err(_) => high = middle,
            }
        }
        let config = OrderedConfig {
            deliver_policy: DeliverPolicy::ByStartSequence { start_sequence: low },
            max_batch: 256,
            ..OrderedConfig::default()
        };
        let consumer: PullOrdered =
            stream.create_consumer(config).await.map_err(|e| Fault::new(cannot("cannot receive"), e))?;
        consumer.messages().await.map_err(|e| Fault::new(cannot("cannot receive"), e))
    }
}

type PullOrdered = jetstream::consumer::Consumer<OrderedConfig>;

impl State {
    /// Takes in what has arrived, without waiting.
    fn take_in(&mut self) {
        while self.arrived.len() < BATCH
            && let Some(feed) = &mut self.feed
            && let Some(message) = feed.next().now_or_never()
        {
            self.received(message);
        }
    }

    fn received<E: std::fmt::Display>(&mut self, message: Option<Result<jetstream::Message, E>>) {
        let message = match message {
            Some(Ok(message)) => message,
            Some(Err(error)) => {
                tracing::debug!(%error, "JetStream's messages have stopped");
                self.feed = None;
                return;
            }
            None => {
                self.feed = None;
                return;
            }
        };
        match serde_json::from_slice::<Heard>(&message.payload) {
            Ok(heard) if self.epoch.as_ref().is_none_or(|known| *known == heard.epoch) => self.arrived.push_back(heard),
            // Of another history, or not ours at all: the journal knows.
            _ => self.ask = true,
        }
    }

    /// The events after `seq` that follow without a gap.
    fn following(&mut self, seq: i64) -> Slice {
        let mut slice = Slice { events: Vec::new(), upto: seq };
        while slice.events.len() < BATCH
            && let Some(heard) = self.arrived.pop_front()
        {
            if heard.seq <= slice.upto {
                continue;
            }
            if heard.previous > slice.upto {
                self.arrived.push_front(heard);
                break;
            }
            slice.upto = heard.seq;
            slice.events.push(heard);
        }
        slice
    }

    fn forget(&mut self) {
        self.epoch = None;
        self.feed = None;
        self.arrived.clear();
        self.ask = true;
    }
}

impl Source for NatsSource {
    fn epoch(&self) -> Pin<Box<dyn Future<Output = Result<String, Problem>> + Send + '_>> {
        Box::pin(async {
            let mut state = self.state.lock().await;
            if let Some(epoch) = &state.epoch {
                return Ok(epoch.clone());
            }
            let page = self.page(0).await?;
            state.epoch = Some(page.epoch.clone());
            Ok(page.epoch)
        })
    }

    fn after<'a>(
        &'a self,
        seq: i64,
        _: &'a [&'static str],
    ) -> Pin<Box<dyn Future<Output = Result<Slice, Problem>> + Send + 'a>> {
        Box::pin(self.slice(seq))
    }

    fn wait(&self, seq: i64, limit: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(self.arrival(seq, limit))
    }
}
