//! Passes a service's public events on to JetStream, in the journal's order.
//!
//! Each message says at which stream position it belongs, so of several processes of a service one is first and the others
//! start again behind it: nothing is reordered.

use std::time::Duration;

use async_nats::jetstream::message::PublishMessage;
use async_nats::jetstream::stream::{Config, LastRawMessageErrorKind, StorageType, Stream};
use async_nats::jetstream::{self, Context};

use super::Nats;
use crate::bus::{Heard, LocalSource, Publish, Source};
use crate::journal;
use crate::problem::{Fault, Problem};
use crate::store::Store;

/// How long JetStream keeps an event. Whoever is further behind reads the journal.
const AGE: Duration = Duration::from_secs(7 * 24 * 3600);
/// An empty stream is begun this many journal rows before the end.
const WINDOW: i64 = 10_000;
/// The journal is looked at this often even when nothing tells to: another process may have written.
const POLL: Duration = Duration::from_secs(2);
/// After a failure it is tried again after this.
const RETRY: Duration = Duration::from_millis(250);
/// JetStream has to confirm a message within this.
const CONFIRM: Duration = Duration::from_secs(5);

pub(super) struct Relay {
    nats: Nats,
    jetstream: Context,
    store: Store,
    source: LocalSource,
    /// The journal up to here has been passed on, by us or by another process of the service.
    position: i64,
    /// The last public event up to there.
    last_event: i64,
}

impl Relay {
    pub(super) fn new(nats: Nats, store: Store, publish: Publish) -> Relay {
        let mut jetstream = jetstream::new(nats.client.clone());
        jetstream.set_timeout(CONFIRM);
        let source = LocalSource::new(store.clone(), publish);
        Relay { nats, jetstream, store, source, position: 0, last_event: 0 }
    }

    pub(super) async fn serve(mut self) {
        loop {
            if let Err(problem) = self.run().await {
                let service = self.store.service();
                tracing::debug!(service, ?problem, "the relay of events begins again");
                self.nats.runtime.sleep(RETRY).await;
            }
        }
    }

    /// Passes on until something fails, e.g. another process was first.
    async fn run(&mut self) -> Result<(), Problem> {
        let mut end = self.resume().await?;
        loop {
            let slice = self.source.after(self.position, &[]).await?;
            if slice.upto == self.position {
                self.source.wait(self.position, POLL).await;
                continue;
            }
            end = self.publish(slice.events, end).await?;
            self.position = slice.upto;
        }
    }

    /// Publishes `events` after stream position `end`; returns the new end.
    async fn publish(&mut self, events: Vec<Heard>, mut end: u64) -> Result<u64, Problem> {
        let subject = self.nats.event_subject(self.store.service());
        let mut confirmations = Vec::with_capacity(events.len());
        let mut last = self.last_event;
        for (n, mut heard) in events.into_iter().enumerate() {
            heard.previous = last;
            last = heard.seq;
            let payload = serde_json::to_vec(&heard).map_err(|e| Fault::new("an event is JSON", e))?;
            let message = PublishMessage::build()
                .payload(payload.into())
                .message_id(format!("{}-{}", heard.epoch, heard.seq))
                .expected_last_sequence(end + n as u64);
            let sent = self.jetstream.send_publish(subject.clone(), message).await;
            confirmations.push((last, sent.map_err(|e| Fault::new("JetStream takes no event", e))?));
        }
        let mut is_misplaced = false;
        for (seq, confirmation) in confirmations {
            let confirmed = confirmation.await.map_err(|e| Fault::new("JetStream did not take an event", e))?;
            self.last_event = seq;
            self.position = seq;
            // One that came before and is not there any more: what follows has another place than was said.
            is_misplaced |= confirmed.duplicate;
            end = confirmed.sequence;
        }
        if is_misplaced { Err(Fault::msg("events were published before").into()) } else { Ok(end) }
    }

    /// Finds out what the stream has, making it when it is gone, and returns where it ends.
    async fn resume(&mut self) -> Result<u64, Problem> {
        let service = self.store.service();
        let stream = self.stream().await?;
        let info = stream.get_info().await.map_err(|e| Fault::new("JetStream tells nothing of a stream", e))?;
        let last = match stream.get_last_raw_message_by_subject(&self.nats.event_subject(service)).await {
            Ok(message) => Some(message),
            Err(error) if error.kind() == LastRawMessageErrorKind::NoMessageFound => None,
            Err(error) => return Err(Fault::new("JetStream does not give a message", error).into()),
        };
        let journal_end = self.store.read(|reader| Ok(journal::last(reader)?)).await?;
        let last = last.and_then(|message| serde_json::from_slice::<Heard>(&message.payload).ok());
        let reached = match last {
            Some(heard) if heard.epoch == self.store.epoch() && heard.seq <= journal_end => heard.seq,
            Some(heard) => {
                tracing::warn!(service, epoch = heard.epoch, "JetStream has events of another history; they go");
                stream.purge().await.map_err(|e| Fault::new("JetStream does not purge a stream", e))?;
                0
            }
            None => 0,
        };
        if reached > self.last_event {
            self.last_event = reached;
            self.position = self.position.max(reached);
        }
        if self.position == 0 {
            self.position = (journal_end - WINDOW).max(0);
            self.last_event = self.position;
        }
        Ok(info.state.last_sequence)
    }

    async fn stream(&self) -> Result<Stream, Fault> {
        let service = self.store.service();
        let config = Config {
            name: self.nats.stream_name(service),
            description: Some(format!("Public events of {service}")),
            subjects: vec![self.nats.event_subject(service)],
            max_age: AGE,
            storage: StorageType::File,
            num_replicas: self.nats.config.replicas,
            ..Config::default()
        };
        let stream = self.jetstream.get_or_create_stream(config).await;
        stream.map_err(|e| Fault::new(format!("JetStream has no stream for {service}"), e))
    }
}
