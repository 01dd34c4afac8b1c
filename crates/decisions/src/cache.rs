//! The tables of a process: which version counts, when that was asked last, and what was answered lately.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use contracts::rules::{AskDecision, DecisionText};
use dmn::{Decision, Fault, Outcome, Refusal};
use kit::call;
use kit::http::App;
use kit::problem::Problem;
use serde_json::Value;

use crate::shipped;

/// A version known for less long is not asked about again.
const FRESH: Duration = Duration::from_secs(1);
/// A version known for less long is used while it is asked about beside; an older one is asked about first.
const STALE: Duration = Duration::from_secs(5);
/// How long a caller waits for `rules` before it goes on with what is known.
const PATIENCE: Duration = Duration::from_millis(250);
/// Answers remembered per table.
const REMEMBERED: usize = 2_048;

/// The decisions of a process by key.
#[derive(Default)]
struct Cache {
    by_key: Mutex<HashMap<String, Arc<Known>>>,
}

/// What is known of a decision.
#[derive(Default)]
struct Known {
    state: Mutex<State>,
    /// Held by whoever asks `rules`; others wait for the answer, or go on with the table there is.
    asking: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct State {
    table: Option<Arc<Table>>,
    /// When `rules` was last asked, by the process's clock.
    asked: Option<Duration>,
    /// Whether it answered.
    answered: bool,
}

/// A version of a decision that can be asked.
pub(crate) struct Table {
    /// Its number; 0 for the shipped default.
    pub version: i64,
    decision: Decision,
    answers: Mutex<HashMap<String, Result<Outcome, Refusal>>>,
}

impl Table {
    fn new(version: i64, xml: &str) -> Result<Table, Vec<Fault>> {
        Ok(Table { version, decision: Decision::parse(xml)?, answers: Mutex::default() })
    }

    /// What it says to `inputs`, from memory where it was asked the same lately.
    pub(crate) fn ask(&self, inputs: &Value) -> Result<Outcome, Refusal> {
        let question = inputs.to_string();
        if let Some(answer) = lock(&self.answers).get(&question) {
            return answer.clone();
        }
        let answer = self.decision.evaluate(inputs);
        let mut answers = lock(&self.answers);
        if answers.len() >= REMEMBERED {
            answers.clear();
        }
        answers.insert(question, answer.clone());
        answer
    }
}

/// The version of `key` that counts now, as far as can be known in [`PATIENCE`].
pub(crate) async fn table(app: &App, key: &str) -> Result<Arc<Table>, Problem> {
    let known = Arc::clone(lock(&app.held::<Cache>().by_key).entry(key.to_owned()).or_default());
    let now = app.runtime().monotonic();
    let (table, age, answered) = known.look(now);
    match (table, age) {
        (Some(table), Some(age)) if age < FRESH => return Ok(table),
        (Some(table), Some(age)) if age < STALE || !answered => {
            if let Ok(asking) = known.asking.try_lock() {
                drop(asking);
                let (app, key, known) = (app.clone(), key.to_owned(), Arc::clone(&known));
                // It ends by itself; nobody waits for it.
                let _ = app.runtime().clone().spawn(async move { known.refresh(&app, &key, call::DEADLINE).await });
            }
            return Ok(table);
        }
        _ => {}
    }
    known.refresh(app, key, PATIENCE).await;
    let (table, _, _) = known.look(now);
    match table {
        Some(table) => Ok(table),
        None => known.shipped(key),
    }
}

impl Known {
    fn look(&self, now: Duration) -> (Option<Arc<Table>>, Option<Duration>, bool) {
        let state = lock(&self.state);
        (state.table.clone(), state.asked.map(|asked| now.saturating_sub(asked)), state.answered)
    }

    /// Asks `rules` which version counts, at most for `patience`, unless somebody else just has.
    async fn refresh(&self, app: &App, key: &str, patience: Duration) {
        let Some(_asking) = app.runtime().timeout(patience, self.asking.lock()).await else { return };
        let now = app.runtime().monotonic();
        let known = match self.look(now) {
            (Some(_), Some(age), _) if age < FRESH => return,
            (table, _, _) => table.map_or(0, |table| table.version),
        };
        let question = AskDecision { key: key.to_owned(), known };
        let actor = app.itself();
        let answer = app.runtime().timeout(patience, app.call(&actor, &question)).await;
        let mut state = lock(&self.state);
        state.asked = Some(app.runtime().monotonic());
        state.answered = matches!(answer, Some(Ok(_)));
        match answer {
            Some(Ok(DecisionText { version, xml: Some(xml), .. })) if version != known => {
                match Table::new(version, &xml) {
                    Ok(table) => state.table = Some(Arc::new(table)),
                    Err(faults) => tracing::error!(key, version, ?faults, "the version in force is not readable"),
                }
            }
            Some(Err(problem)) if problem.status != 404 && !call::is_unknown(&problem) => {
                tracing::warn!(key, %problem, "rules does not say which version is in force");
            }
            Some(_) | None => {}
        }
    }

    /// The shipped default, kept as what is known.
    fn shipped(&self, key: &str) -> Result<Arc<Table>, Problem> {
        let shipped = shipped::find(key).ok_or_else(|| {
            Problem::new(404, "rules/no-such-decision", "There is no such decision")
                .detail(format!("There is no decision {key}."))
                .with("decision", key)
        })?;
        let table = Arc::new(Table::new(0, shipped.xml).expect("a test reads every shipped decision"));
        lock(&self.state).table.get_or_insert_with(|| Arc::clone(&table));
        Ok(table)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
