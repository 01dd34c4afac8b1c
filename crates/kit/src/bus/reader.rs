//! A reader of one source: takes its events in order, each once, and stands still before one that cannot be taken until that goes,
//! or a person leaves it out. Readers of other sources go on.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use super::{Answer, Heard, Reaction, Source};
use crate::call;
use crate::http::App;
use crate::problem::{Fault, Problem};
use crate::store::{Origin, Tx};
use crate::trace;
use crate::trouble::{self, PATIENCE, Stuck, Wake};

/// A reader that met a fault tries again after this; when it has failed often, the pauses double up to `PAUSE`.
const RETRY: Duration = Duration::from_millis(500);
const PAUSE: Duration = Duration::from_secs(30);
/// After events were taken, those of the next moments are taken together: a busy shop's readers write a tenth as often for that.
const GATHER: Duration = Duration::from_millis(10);
/// Events without effect that may pass before the cursor is written nevertheless.
const IDLE: i64 = 1_000;

pub(super) struct EventReader {
    pub(super) app: App,
    pub(super) source: Arc<dyn Source>,
    pub(super) name: &'static str,
    pub(super) kinds: Vec<&'static str>,
    pub(super) reactions: Vec<Reaction>,
}

impl EventReader {
    pub(super) async fn serve(self) {
        let mut position = None;
        // What a process before this one may have told is ended by the first success.
        let mut stuck = Stuck { source: self.name, ..Stuck::default() };
        let mut is_told = None;
        // After a failure the events up to here are taken one by one, so that the one at fault is known.
        let mut singly_until = 0;
        loop {
            match self.step(position, &mut is_told, singly_until).await {
                Ok(step) => {
                    let seq = match step {
                        Step::Moved(seq) | Step::Took(seq) | Step::Nothing(seq) => seq,
                    };
                    position = Some(seq);
                    if stuck.seq <= seq && (stuck.attempts > 0 || is_told == Some(true)) {
                        is_told = Some(self.still_told(is_told).await);
                        stuck.attempts = 0;
                    }
                    match step {
                        Step::Nothing(seq) => self.source.wait(seq, self.app.runtime().poll()).await,
                        Step::Took(_) => self.rest().await,
                        Step::Moved(_) => {}
                    }
                }
                Err(Failed { until: Some(until), .. }) => (position, singly_until) = (None, until),
                Err(Failed { problem, at, until: None }) => {
                    position = None;
                    self.failed(&problem, at, &mut stuck, &mut is_told).await;
                }
            }
        }
    }

    /// Notes a failed attempt, tells people of the tenth, and waits before the next.
    async fn failed(
        &self,
        problem: &Problem,
        at: Option<(i64, String)>,
        stuck: &mut Stuck,
        is_told: &mut Option<bool>,
    ) {
        let (service, source) = (self.app.store().service(), self.name);
        if at.is_none() && problem.fault.is_none() && call::is_unknown(problem) && !call::is_fault(problem) {
            tracing::warn!(service, source, %problem, "the source of events cannot be asked");
            return self.app.runtime().sleep(RETRY).await;
        }
        let (seq, kind) = at.unwrap_or_default();
        if stuck.attempts == 0 || stuck.seq != seq {
            *stuck = Stuck { source, kind, seq, ..Stuck::default() };
        }
        stuck.attempts += 1;
        stuck.error = problem.told();
        self.app.metrics().failed(service);
        if problem.fault.is_none() && call::is_unknown(problem) {
            tracing::warn!(service, source, seq, attempts = stuck.attempts, %problem, "others cannot be asked about events");
        } else if stuck.attempts == 1 || stuck.attempts == PATIENCE {
            tracing::error!(service, source, seq, attempts = stuck.attempts, ?problem, "a reader is stuck");
        }
        if stuck.attempts >= PATIENCE {
            match trouble::tell(self.app.store(), stuck).await {
                Ok(()) => *is_told = Some(true),
                Err(problem) => tracing::warn!(service, source, ?problem, "a stuck reader cannot be told of"),
            }
        }
        let doubled = u32::try_from((stuck.attempts - PATIENCE).clamp(0, 6)).unwrap_or(0);
        let pause = (RETRY * 2_u32.pow(doubled)).min(PAUSE);
        let wake = self.app.memory::<Wake>();
        let _ = self.app.runtime().timeout(pause, wake.0.notified()).await;
    }

    /// Ends what was told of this reader's trouble; whether it still stands there.
    async fn still_told(&self, is_told: Option<bool>) -> bool {
        if is_told != Some(true) {
            return false;
        }
        match trouble::untell(self.app.store(), self.name).await {
            Ok(()) => false,
            Err(problem) => {
                tracing::warn!(source = self.name, ?problem, "a reader goes on, but is told of as stuck");
                true
            }
        }
    }

    /// Takes the next events after `position` (the cursor when unknown), up to `singly_until` one by one.
    async fn step(&self, position: Option<i64>, is_told: &mut Option<bool>, singly_until: i64) -> Result<Step, Failed> {
        let position = match position {
            Some(position) => position,
            None => {
                let (seq, told) = self.cursor().await?;
                is_told.get_or_insert(told);
                seq
            }
        };
        let slice = self.source.after(position, &self.kinds).await?;
        let mut upto = slice.upto;
        let mut events: Vec<Heard> =
            slice.events.into_iter().filter(|heard| self.kinds.iter().any(|kind| *kind == heard.kind)).collect();
        if let Some(first) = events.first().map(|heard| heard.seq).filter(|first| *first <= singly_until) {
            events.truncate(1);
            upto = first;
        }
        if upto == position {
            return Ok(Step::Nothing(position));
        }
        if events.is_empty() && upto / IDLE == position / IDLE {
            return Ok(Step::Moved(upto));
        }
        let count = events.len() as u64;
        let several = events.last().filter(|_| count > 1).map(|last| last.seq);
        let reactions = self.asked(&events).await.map_err(|failed| Failed { until: several, ..failed })?;
        let name = self.name;
        let epoch = self.source.epoch().await?;
        let cause = events.first().map(|heard| heard.cause.clone()).unwrap_or_default();
        let origin = Origin { actor: format!("service:{}", self.app.store().service()), cause };
        let spans: Vec<trace::Span> = events
            .iter()
            .filter_map(|heard| {
                let name = || format!("hear {}.{}", heard.source, heard.kind);
                trace::begin(trace::Kind::Consumer, self.app.store().service(), None, &heard.cause, name)
            })
            .collect();
        // The number of the event that is being handled, from 1; 0 before and after.
        let at = Arc::new(AtomicUsize::new(0));
        let events = Arc::new(events);
        let (taking, taken) = (Arc::clone(&at), Arc::clone(&events));
        let stands = self
            .app
            .store()
            .write(&origin, move |tx| {
                if let Some((_, seq)) = cursor(tx, name)?.filter(|(_, seq)| *seq > position) {
                    // Another process of this service was faster, but perhaps not as far: go on from where it stands.
                    return Ok(seq);
                }
                let mut n = 0;
                while let Some(heard) = events.get(n) {
                    taking.store(n + 1, Ordering::Relaxed);
                    let mine = || reactions.iter().filter(|(reaction, _)| reaction.kind == heard.kind);
                    let rest = &events[n..];
                    let run = match mine().all(|(reaction, _)| reaction.is_joint) {
                        true => rest.iter().take_while(|next| next.kind == heard.kind).count(),
                        false => 1,
                    };
                    for (reaction, answer) in mine() {
                        let taken = (reaction.handle)(tx, &rest[..run], answer.as_ref());
                        taken.map_err(|problem| poison(heard, problem))?;
                    }
                    n += run;
                }
                tx.write_waiting()?;
                taking.store(0, Ordering::Relaxed);
                let sql = tx.kit_sql().cursor_put;
                tx.put(sql, &[name.into(), (&epoch).into(), upto.into()])?;
                Ok(upto)
            })
            .await;
        let stands = stands.map_err(|problem| {
            let at = at.load(Ordering::Relaxed).checked_sub(1).and_then(|n| taken.get(n));
            Failed { problem, at: at.map(|heard| (heard.seq, heard.kind.clone())), until: several }
        })?;
        drop(spans);
        self.app.metrics().heard(self.app.store().service(), count);
        Ok(if count > 0 { Step::Took(stands) } else { Step::Moved(stands) })
    }

    /// The reactions, each with what others answered about the `events` that it takes.
    async fn asked(&self, events: &[Heard]) -> Result<Vec<(Reaction, Option<Answer>)>, Failed> {
        let mut asked = Vec::with_capacity(self.reactions.len());
        for reaction in &self.reactions {
            let mine = || events.iter().filter(|heard| heard.kind == reaction.kind);
            let answer = match (&reaction.ask, mine().next()) {
                (Some(ask), Some(first)) => {
                    let answer = ask(self.app.clone(), mine().cloned().collect()).await;
                    Some(answer.map_err(|problem| Failed {
                        problem,
                        at: Some((first.seq, first.kind.clone())),
                        until: None,
                    })?)
                }
                _ => None,
            };
            asked.push((reaction.clone(), answer));
        }
        Ok(asked)
    }

    /// Lets events gather. In a simulation a reader is now and then far behind.
    async fn rest(&self) {
        let runtime = self.app.runtime();
        #[cfg(feature = "sim")]
        if runtime.is_sim() {
            return runtime.sleep(GATHER * (1 << (runtime.random_u64() % 6))).await;
        }
        runtime.sleep(GATHER).await;
    }

    /// Where this service stands in the source's journal, and whether it was told of as stuck. Refuses to go on in another history.
    async fn cursor(&self) -> Result<(i64, bool), Problem> {
        let name = self.name;
        let (cursor, told) = self
            .app
            .read(move |reader| {
                let sql = reader.kit_sql().cursor_get;
                let cursor = reader.one(sql, &[name.into()], |row| Ok((row.get::<String>(0)?, row.get::<i64>(1)?)))?;
                Ok((cursor, trouble::is_told(reader, name)?))
            })
            .await?;
        let Some((epoch, seq)) = cursor else { return Ok((0, told)) };
        if epoch.is_empty() {
            // The first event of all was left out: nothing was taken yet, of whatever history.
            return Ok((seq, told));
        }
        let present = self.source.epoch().await?;
        if epoch != present {
            return Err(Fault::msg(format!(
                "{name} has another history (epoch {present}) than the one read so far ({epoch}, up to {seq})"
            ))
            .into());
        }
        Ok((seq, told))
    }
}

/// An attempt that failed, with the place and kind of the event that could not be taken, if it was one.
struct Failed {
    problem: Problem,
    at: Option<(i64, String)>,
    /// The last of several events that were taken together: one of them is at fault, or none.
    until: Option<i64>,
}

impl From<Problem> for Failed {
    fn from(problem: Problem) -> Failed {
        Failed { problem, at: None, until: None }
    }
}

enum Step {
    /// Past events that are nothing to it.
    Moved(i64),
    /// With events taken.
    Took(i64),
    /// There is nothing new.
    Nothing(i64),
}

fn cursor(tx: &mut Tx<'_>, source: &'static str) -> Result<Option<(String, i64)>, Fault> {
    let sql = tx.kit_sql().cursor_get;
    tx.one(sql, &[source.into()], |row| Ok((row.get(0)?, row.get(1)?)))
}

fn poison(heard: &Heard, problem: Problem) -> Problem {
    if problem.fault.is_some() {
        return problem;
    }
    Fault::msg(format!("{} {} of {} was refused: {problem}", heard.kind, heard.seq, heard.source)).into()
}
