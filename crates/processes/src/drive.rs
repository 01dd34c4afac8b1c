//! Carrying a procedure on: the calls are made between the steps, outside the lane; what came of it is written once.
//!
//! Invariant: nothing is lost by a crash anywhere here. What caused it (message, timer, task) stays until the write that takes it, and
//! each call can be made again.

use std::sync::PoisonError;

use bpmn::marking::{Marking, Token, Variables};
use bpmn::step::{Command, Refusal};
use contracts::processes::InstanceId;
use kit::auth::Actor;
use kit::http::App;
use kit::problem::{Fault, Problem};
use serde_json::Value;

use crate::beginning::Known;
use crate::calls::Facts;
use crate::definition::{self, Decided};
use crate::going::{Ask, Going, is_final, refused};
use crate::instance::{IncidentId, Instance, WishError};
use crate::store::{self, Beginning};
use crate::{Settings, calls, rules, write};

/// How often a command is decided anew because something else moved the procedure meanwhile.
const TRIES: u32 = 8;
/// Calls and messages of one command beyond which a procedure is not believed.
const MOST: u32 = 200;

/// What moves a procedure.
#[derive(Debug, Clone)]
pub(crate) enum Wish {
    /// Go on where calls or messages wait; begin, if it has not.
    GoOn,
    /// A timer has fired.
    Timer { owner: u32, element: String },
    /// A person has done a task.
    TaskDone { token: u32, outcome: String },
    /// A person has looked at an incident.
    Resolve { incident: IncidentId, token: u32, how: Resolution },
    /// A person ends it.
    Cancel,
}

/// Who carries a procedure on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum By {
    /// Somebody who waits, and is told when the first call fails.
    Person,
    /// A job.
    Job,
    /// The job that begins many together: it makes no calls.
    Beginning,
}

/// What a person does about an incident.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Resolution {
    /// The call is made again.
    Retry,
    /// The procedure goes on without it.
    Skip,
    /// The procedure ends.
    End,
}

impl Resolution {
    fn code(self) -> &'static str {
        match self {
            Resolution::Retry => "retry",
            Resolution::Skip => "skip",
            Resolution::End => "end",
        }
    }
}

/// Carries the procedure `id` on; returns it as it stands then, `None` when there is none and none is to begin.
///
/// A person's wish is refused with the problem of the first call that fails, before any other was answered: nothing has changed then.
pub(crate) async fn carry_on(
    app: &App,
    actor: &Actor,
    id: InstanceId,
    wish: Wish,
) -> Result<Option<Instance>, Problem> {
    let settings = app.part::<Settings>().map(|settings| (*settings).clone()).unwrap_or_default();
    let mut has_called = false;
    for _ in 0..TRIES {
        let going = match app.glance(move |reader| store::going(reader, id)).await? {
            Some(going) => Some(going),
            None => match begin(app, actor, id).await? {
                Some(going) => Some(going),
                // Between the two looks a job may have begun it.
                None => app.glance(move |reader| store::going(reader, id)).await?,
            },
        };
        let Some(mut going) = going else {
            app.write(actor, move |tx| crate::jobs::nothing_to_do(tx, id)).await?;
            return Ok(None);
        };
        let by = match told(&mut going, &wish) {
            Ok(by) => by,
            // What this wish has called for has moved the procedure by itself.
            Err(_) if has_called => return Ok(Some(going.instance)),
            Err(problem) => return Err(problem),
        };
        drive(app, actor, &mut going, by).await?;
        has_called |= going.answered > 0;
        let jitter = app.runtime().random_u64();
        let settings = settings.clone();
        match app.write(actor, move |tx| write::write(tx, &going, &settings, jitter)).await {
            Ok(instance) => return Ok(Some(instance)),
            Err(problem) if problem.code == "kit/stale" => {}
            Err(problem) => return Err(problem),
        }
    }
    Err(Problem::busy(1))
}

/// Tells the procedure what is wished; returns who waits for the answer.
fn told(going: &mut Going, wish: &Wish) -> Result<By, Problem> {
    match wish {
        Wish::GoOn => Ok(By::Job),
        Wish::Timer { owner, element } => {
            match going.tell(Command::TimerFired { owner: *owner, element: element.clone() }) {
                // It was dropped while it fired.
                Ok(()) | Err(Refusal::NotWaiting { .. } | Refusal::NotOpen) => Ok(By::Job),
                Err(other) => Err(refused(other)),
            }
        }
        Wish::TaskDone { token, outcome } => {
            let done = Command::TaskDone { token: *token, outcome: outcome.clone() };
            going.tell(done).map_err(refused)?;
            Ok(By::Person)
        }
        Wish::Resolve { incident, token, how } => {
            match how {
                Resolution::Retry => drop(going.resting.remove(token)),
                Resolution::Skip => going.tell(Command::Skip { token: *token }).map_err(refused)?,
                Resolution::End => going.tell(Command::Cancel).map_err(refused)?,
            }
            going.resolving = Some((*incident, how.code()));
            Ok(By::Person)
        }
        Wish::Cancel => {
            going.tell(Command::Cancel).map_err(refused)?;
            Ok(By::Person)
        }
    }
}

/// A procedure that is to begin, as far as its start event; `None` when none is.
async fn begin(app: &App, actor: &Actor, id: InstanceId) -> Result<Option<Going>, Problem> {
    let Some(beginning) = app.glance(move |reader| Ok(store::beginning(reader, id)?)).await? else { return Ok(None) };
    let known = app.memory::<Known>().0.lock().unwrap_or_else(PoisonError::into_inner).remove(&beginning.key);
    let known = match known {
        Some(facts) => Some(facts),
        None => calls::facts(app, actor, vec![beginning.key.clone()]).await?.remove(&beginning.key),
    };
    let Some(facts) = known else {
        tracing::error!(instance = %id, "a procedure is to begin about an order that nobody knows");
        app.write(actor, move |tx| Ok(store::forget_inbox(tx, id)?)).await?;
        return Ok(None);
    };
    begun(app, id, beginning, facts).await.map(Some)
}

/// A procedure as far as its start event, with what it begins with.
pub(crate) async fn begun(
    app: &App,
    id: InstanceId,
    beginning: Beginning,
    (variables, site): Facts,
) -> Result<Going, Problem> {
    let Beginning { process, key, message, number, kept, .. } = beginning;
    let wanted = process.clone();
    let (version, model) = app
        .glance(move |reader| {
            let latest = store::latest(reader, &wanted)?.ok_or_else(|| Problem::not_found("definition", &wanted))?;
            Ok((latest.number, definition::model_of(reader, &wanted, latest.number, latest.digest)?))
        })
        .await?;
    let now = app.runtime().now();
    let instance = Instance {
        id,
        version: 0,
        process,
        number: version,
        key,
        site,
        marking: Marking::default(),
        variables: Variables::new(),
        started_at: now,
        ended_at: None,
    };
    let mut going = Going::new(instance, model);
    going.kept = kept;
    going.taken.push(number);
    going.tell(Command::Start { message, variables }).map_err(refused)?;
    going.knows_more = true;
    Ok(going)
}

/// Makes the calls that the procedure waits for and takes the messages that were kept for it, until nothing moves any more.
pub(crate) async fn drive(app: &App, actor: &Actor, going: &mut Going, by: By) -> Result<(), Problem> {
    for _ in 0..MOST {
        let Some((token, ask)) = going.next_call() else {
            if going.take_kept().map_err(refused)? {
                continue;
            }
            return Ok(());
        };
        if by == By::Beginning && matches!(ask, Ask::Call(_)) {
            return Ok(());
        }
        let failed = match answer(app, actor, going, &token, &ask).await {
            Ok(result) => {
                going.answered += 1;
                match going.tell(Command::ServiceDone { token: token.id, result }) {
                    Ok(()) => continue,
                    Err(refusal) => refused(refusal),
                }
            }
            Err(problem) => {
                let code = problem.code.to_string();
                if is_final(&problem) && going.tell(Command::ServiceFailed { token: token.id, code }).is_ok() {
                    continue;
                }
                problem
            }
        };
        if by == By::Person && going.answered == 0 {
            return Err(failed);
        }
        tracing::info!(instance = %going.instance.id, element = token.element, problem = %failed, "a call has failed");
        going.fail(&token, &failed);
    }
    Err(Fault::msg(format!("{} makes more calls than a procedure should", going.instance.id)).into())
}

async fn answer(app: &App, actor: &Actor, going: &mut Going, token: &Token, ask: &Ask) -> Result<Value, Problem> {
    match ask {
        Ask::Call(name) => calls::make(app, actor, name, &going.instance.key).await,
        Ask::Decision(key) => {
            let record = rules::ask(app, key, &going.instance.variables).await?;
            let result = record.outputs.clone();
            going.decisions.push(Decided { element: token.element.clone(), record });
            Ok(result)
        }
    }
}

/// The problem of a wish about a procedure that is gone.
pub(crate) fn ended() -> Problem {
    WishError::Ended.into()
}
