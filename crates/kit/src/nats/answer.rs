//! The answering side of calls over the bus: a queue group shares the calls to a service among its processes.

use std::sync::Arc;
use std::time::Duration;

use async_nats::{HeaderMap, Message, Subscriber};
use axum::Router;
use axum::http::{Method, Request, Uri};
use bytes::Bytes;
use futures_util::StreamExt;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

use super::{ANSWERED, ASKED, METHOD, Nats, PATH, STATUS, bring, carry};
use crate::call::{self, DEADLINE, Raw, RawReply};
use crate::deadline;
use crate::problem::{Fault, Problem};
use crate::runtime::Task;

/// A service that answers calls from the bus.
pub struct Answering {
    nats: Nats,
    permits: Arc<Semaphore>,
    closing: watch::Sender<bool>,
    task: Task,
}

impl Answering {
    pub(super) async fn start(nats: &Nats, service: &str, router: Router) -> Result<Answering, Fault> {
        let subscription = nats.client.queue_subscribe(nats.call_subject(service), service.to_owned()).await;
        let subscription = subscription.map_err(|e| Fault::new(format!("cannot answer for {service}"), e))?;
        // Only when the server has it may the process say that it is ready.
        nats.flush().await?;
        Answering::known(nats).await?;
        let permits = Arc::new(Semaphore::new(nats.config.in_flight));
        let closing = watch::Sender::new(false);
        let work = serve(nats.clone(), subscription, router, Arc::clone(&permits), closing.subscribe());
        Ok(Answering { nats: nats.clone(), permits, closing, task: nats.runtime.spawn(work) })
    }

    /// Waits until the server has taken note of what this connection subscribed to: it answers in order, so a message to
    /// ourselves comes back only after that. Until then callers would be told that nobody answers.
    async fn known(nats: &Nats) -> Result<(), Fault> {
        let inbox = nats.client.new_inbox();
        let mut own =
            nats.client.subscribe(inbox.clone()).await.map_err(|e| Fault::new("NATS takes no subscription", e))?;
        nats.client.publish(inbox, Bytes::new()).await.map_err(|e| Fault::new("NATS takes no message", e))?;
        nats.flush().await?;
        let came = nats.runtime.timeout(DEADLINE, own.next()).await.flatten();
        came.map(drop).ok_or_else(|| Fault::msg("NATS does not answer"))
    }

    /// Takes no more calls, and waits until those under way are answered, at most `limit`.
    pub async fn close(self, limit: Duration) {
        self.closing.send_replace(true);
        let all = u32::try_from(self.nats.config.in_flight).unwrap_or(u32::MAX);
        let ended = async {
            self.task.ended().await;
            let _ = self.permits.acquire_many(all).await;
            let _ = self.nats.flush().await;
        };
        let _ = self.nats.runtime.timeout(limit, ended).await;
    }
}

async fn serve(
    nats: Nats,
    mut subscription: Subscriber,
    router: Router,
    permits: Arc<Semaphore>,
    mut closing: watch::Receiver<bool>,
) {
    let mut is_closing = false;
    loop {
        let message = tokio::select! {
            message = subscription.next() => message,
            _ = closing.changed(), if !is_closing => {
                is_closing = true;
                if subscription.drain().await.is_err() {
                    return;
                }
                continue;
            }
        };
        let Some(message) = message else { return };
        let Some(reply_to) = message.reply.clone() else { continue };
        match Arc::clone(&permits).try_acquire_owned() {
            Ok(permit) => {
                let (nats, router) = (nats.clone(), router.clone());
                // The permit counts it.
                let _ = nats.runtime.clone().spawn(answer(nats, router, message, reply_to, permit));
            }
            Err(_) => send(&nats, reply_to, Err(Problem::busy(1))).await,
        }
    }
}

async fn answer(
    nats: Nats,
    router: Router,
    message: Message,
    reply_to: async_nats::Subject,
    permit: OwnedSemaphorePermit,
) {
    let answer = match read(message) {
        Ok(request) => {
            let wait = deadline::told(request.headers()).filter(|_| call::reads(&request));
            let run = call::run(nats.runtime.clone(), router, request);
            match wait {
                // Nobody waits for it any longer.
                Some(wait) => match nats.runtime.timeout(wait, run).await {
                    Some(answer) => answer,
                    None => return,
                },
                None => run.await,
            }
        }
        Err(problem) => Err(problem),
    };
    send(&nats, reply_to, answer).await;
    drop(permit);
}

fn read(message: Message) -> Result<Raw, Problem> {
    let headers = message.headers.unwrap_or_default();
    let text = |name: &'static str| headers.get(name).map(|value| value.as_str()).unwrap_or_default();
    let method = Method::from_bytes(text(METHOD).as_bytes()).map_err(|_| Problem::malformed("A call has a method."))?;
    let uri: Uri = text(PATH).parse().map_err(|_| Problem::malformed("A call has a path."))?;
    let mut request = Request::new(message.payload);
    *request.method_mut() = method;
    *request.uri_mut() = uri;
    bring(&ASKED, &headers, request.headers_mut());
    Ok(request)
}

async fn send(nats: &Nats, reply_to: async_nats::Subject, answer: Result<RawReply, Problem>) {
    let answer = match answer {
        Ok(answer) => answer,
        Err(problem) => {
            if let Some(fault) = &problem.fault {
                tracing::error!(fault = format!("{fault:#}"), "a call from the bus met a fault");
            }
            match call::reply(&problem) {
                Ok(answer) => answer,
                Err(_) => return,
            }
        }
    };
    let (head, body) = answer.into_parts();
    let mut headers = HeaderMap::new();
    headers.insert(STATUS, head.status.as_u16().to_string());
    carry(&ANSWERED, &head.headers, &mut headers);
    // A caller who cannot be reached learns the outcome by asking again.
    let _ = nats.client.publish_with_headers(reply_to, headers, body).await;
}
