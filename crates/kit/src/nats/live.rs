//! What has changed, from the processes that commit it to those that have screens connected. Nothing is kept on the bus: after
//! a lost connection everybody reads again.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;
use std::time::Duration;

use async_nats::Subscriber;
use futures_util::StreamExt;

use super::Nats;
use crate::live::{Change, Heard, Hub};
use crate::problem::Fault;
use crate::runtime::Task;

/// Commits of so long are told together.
const GATHER: Duration = Duration::from_millis(50);
/// Changes in one message.
const MOST: usize = 500;
/// The connection is looked at this often when nothing is told.
const LOOK: Duration = Duration::from_secs(2);

/// Tells what is committed to the store of `service`, which is `heard`.
pub(super) async fn tell(nats: Nats, service: &'static str, mut heard: Heard) {
    let subject = nats.live_subject(service);
    loop {
        let mut things: BTreeMap<String, i64> = BTreeMap::new();
        let mut is_complete = gather(&mut things, heard.next().await.as_deref());
        let until = nats.runtime.monotonic() + GATHER;
        while things.len() < MOST
            && let rest = until.saturating_sub(nats.runtime.monotonic())
            && let Some(more) = nats.runtime.timeout(rest, heard.next()).await
        {
            is_complete &= gather(&mut things, more.as_deref());
        }
        let changes: Vec<Change> = things.into_iter().map(|(entity, version)| Change { entity, version }).collect();
        // No changes in a message means that some are not named.
        let parts = if is_complete { changes.chunks(MOST).collect() } else { vec![&changes[..0]] };
        for part in parts {
            let Ok(payload) = serde_json::to_vec(part) else { continue };
            // Lost with the connection; whoever loses it as well reads again.
            let _ = nats.client.publish(subject.clone(), payload.into()).await;
        }
    }
}

/// Adds what was committed; false when it is not known.
fn gather(things: &mut BTreeMap<String, i64>, changes: Option<&[Change]>) -> bool {
    for Change { entity, version } in changes.unwrap_or_default() {
        let known = things.entry(entity.clone()).or_insert(*version);
        *known = (*known).max(*version);
    }
    changes.is_some()
}

/// A hub that hears all services.
pub(super) async fn hear(nats: &Nats) -> Result<(Hub, Task), Fault> {
    let subscription = nats.client.subscribe(nats.live_subject("*")).await;
    let subscription = subscription.map_err(|e| Fault::new("cannot hear what changes", e))?;
    nats.flush().await?;
    let hub = Hub::new();
    let task = nats.runtime.spawn(pass_on(nats.clone(), subscription, hub.clone()));
    Ok((hub, task))
}

async fn pass_on(nats: Nats, mut subscription: Subscriber, hub: Hub) {
    let start = nats.live_subject("");
    let connects = || nats.client.statistics().connects.load(Ordering::Relaxed);
    let mut known = connects();
    loop {
        let message = nats.runtime.timeout(LOOK, subscription.next()).await;
        let now = connects();
        if now != known {
            known = now;
            hub.missed_all();
        }
        match message {
            Some(Some(message)) => {
                let Some(service) = message.subject.as_str().strip_prefix(&start) else { continue };
                match serde_json::from_slice::<Vec<Change>>(&message.payload) {
                    Ok(changes) if !changes.is_empty() => hub.tell(service, &changes),
                    _ => hub.missed(service),
                }
            }
            Some(None) => return,
            None => {}
        }
    }
}
