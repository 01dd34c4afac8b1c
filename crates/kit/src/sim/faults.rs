//! What goes wrong in a simulation, and how often.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use tokio::sync::oneshot;

use crate::bus::{Slice, Source};
use crate::call::{self, Raw, RawReply};
use crate::problem::Problem;
use crate::runtime::Runtime;

/// Chances, in a thousand each time, that something goes wrong.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Faults {
    /// A request never arrives; its sender learns at the deadline that the outcome is unknown.
    pub lost_request: u64,
    /// A request has its effect, its answer never arrives.
    pub lost_reply: u64,
    /// A request arrives twice.
    pub doubled: u64,
    /// A request arrives late, perhaps after its sender has given up.
    pub late: u64,
    /// A sender goes away while its request is worked on, and the work stops where it waits.
    pub abandoned: u64,
    /// Events are heard late.
    pub events_late: u64,
    /// A reader gets a part of what there is.
    pub events_split: u64,
    /// Reading fails, and the reader begins again at its cursor.
    pub events_failed: u64,
}

impl Faults {
    /// A bad day: each kind of fault now and then.
    #[must_use]
    pub fn bad() -> Faults {
        Faults {
            lost_request: 15,
            lost_reply: 20,
            doubled: 20,
            late: 20,
            abandoned: 15,
            events_late: 60,
            events_split: 100,
            events_failed: 30,
        }
    }
}

enum CallFault {
    None,
    LostRequest,
    LostReply,
    Doubled,
    Late,
    Abandoned,
}

fn call_fault(runtime: &Runtime) -> CallFault {
    let faults = runtime.faults();
    let mut drawn = runtime.random_below(1_000);
    let kinds = [
        (faults.lost_request, CallFault::LostRequest),
        (faults.lost_reply, CallFault::LostReply),
        (faults.doubled, CallFault::Doubled),
        (faults.late, CallFault::Late),
        (faults.abandoned, CallFault::Abandoned),
    ];
    for (chance, fault) in kinds {
        if drawn < chance {
            return fault;
        }
        drawn -= chance;
    }
    CallFault::None
}

/// Sends `request` of the process `here` to `service`, whose `router` runs in the process `there`. What may go wrong between
/// processes goes wrong in one process too: the caller must cope with it either way.
pub(crate) async fn send(
    here: &Runtime,
    there: &Runtime,
    router: Router,
    service: &str,
    request: Raw,
    deadline: Duration,
) -> Result<RawReply, Problem> {
    let (answer, reply) = oneshot::channel();
    let wait = |below_ms: u64| Duration::from_micros(here.random_below(below_ms * 1_000));
    let mut unanswered = None;
    match call_fault(here) {
        CallFault::None => arrive(there, &router, request, Duration::ZERO, Some(answer)),
        CallFault::LostRequest => unanswered = Some(answer),
        CallFault::LostReply => {
            arrive(there, &router, request, Duration::ZERO, None);
            unanswered = Some(answer);
        }
        CallFault::Doubled => {
            let copy = request.clone();
            arrive(there, &router, request, Duration::ZERO, Some(answer));
            arrive(there, &router, copy, wait([1, 200, 60_000][pick(here, 3)]), None);
        }
        CallFault::Late => arrive(there, &router, request, wait(25_000), Some(answer)),
        CallFault::Abandoned => {
            let task = arrive_task(there, &router, request, Duration::ZERO, None);
            let stop = wait(20);
            let runtime = there.clone();
            there.spawn(async move {
                runtime.sleep(stop).await;
                task.stop();
            });
            unanswered = Some(answer);
        }
    }
    let outcome = here.timeout(deadline, reply).await;
    drop(unanswered);
    match outcome {
        Some(Ok(reply)) => reply,
        // The process that worked on it is gone. A bus may notice or not.
        Some(Err(_)) => {
            if here.random_below(2) == 0 {
                here.sleep(deadline).await;
            }
            Err(call::unknown(service))
        }
        None => Err(call::unknown(service)),
    }
}

type Answer = oneshot::Sender<Result<RawReply, Problem>>;

fn arrive(there: &Runtime, router: &Router, request: Raw, after: Duration, answer: Option<Answer>) {
    drop(arrive_task(there, router, request, after, answer));
}

fn arrive_task(
    there: &Runtime,
    router: &Router,
    request: Raw,
    after: Duration,
    answer: Option<Answer>,
) -> crate::runtime::Task {
    let (runtime, router) = (there.clone(), router.clone());
    there.spawn(async move {
        if !after.is_zero() {
            runtime.sleep(after).await;
        }
        let reply = call::run(runtime.clone(), router, request).await;
        if let Some(answer) = answer
            && !runtime.is_dead()
        {
            let _ = answer.send(reply);
        }
    })
}

fn pick(runtime: &Runtime, below: u64) -> usize {
    usize::try_from(runtime.random_below(below)).expect("a small number")
}

/// `source` with the faults of its reader's simulation.
pub(crate) fn unreliable(runtime: &Runtime, source: impl Source + 'static) -> Arc<dyn Source> {
    Arc::new(Unreliable { runtime: runtime.clone(), source })
}

struct Unreliable<S> {
    runtime: Runtime,
    source: S,
}

impl<S: Source> Source for Unreliable<S> {
    fn epoch(&self) -> Pin<Box<dyn Future<Output = Result<String, Problem>> + Send + '_>> {
        self.source.epoch()
    }

    fn after<'a>(
        &'a self,
        seq: i64,
        kinds: &'a [&'static str],
    ) -> Pin<Box<dyn Future<Output = Result<Slice, Problem>> + Send + 'a>> {
        Box::pin(async move {
            let faults = self.runtime.faults();
            if self.runtime.random_below(1_000) < faults.events_failed {
                return Err(call::unknown("events"));
            }
            if self.runtime.random_below(1_000) < faults.events_late {
                let longest = [10, 1_000, 30_000][pick(&self.runtime, 3)];
                self.runtime.sleep(Duration::from_millis(self.runtime.random_below(longest))).await;
            }
            let mut slice = self.source.after(seq, kinds).await?;
            if slice.events.len() > 1 && self.runtime.random_below(1_000) < faults.events_split {
                let some = 1 + pick(&self.runtime, slice.events.len() as u64 - 1);
                slice.events.truncate(some);
                slice.upto = slice.events[some - 1].seq;
            }
            Ok(slice)
        })
    }

    fn wait(&self, seq: i64, limit: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        self.source.wait(seq, limit)
    }
}
