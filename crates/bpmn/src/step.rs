//! `step`: one command, and the procedure goes on until every token waits. Pure: the same values in, the same values out.
//!
//! What is to be done outside (tasks, timers, calls) is the difference between the markings before and after, so it always agrees with them.

mod effects;
mod reach;
mod run;

use serde_json::Value;

pub use self::effects::{Effect, Event, timers};
pub use self::reach::{catches, may_need};
use self::run::Run;
use crate::marking::{Marking, Variables, Wait};
use crate::model::{Kind, Model, Trigger};

/// What is told to a procedure.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// Begin, at the start event of `message`, or at the first other one.
    Start {
        /// The message that starts it.
        message: Option<String>,
        /// The variables that it begins with.
        variables: Variables,
    },
    /// A person has done the task of a token.
    TaskDone {
        /// The token.
        token: u32,
        /// How it ended.
        outcome: String,
    },
    /// A message is heard.
    Message {
        /// Its name.
        name: String,
        /// What it says; kept where the catching element names a variable for it.
        payload: Value,
    },
    /// A timer of [`timers`] has fired.
    TimerFired {
        /// The token or scope that it belongs to.
        owner: u32,
        /// The element.
        element: String,
    },
    /// The call or decision of a token was answered.
    ServiceDone {
        /// The token.
        token: u32,
        /// What is kept of the answer, where the element names a variable for it (a rule task always does: its id).
        result: Value,
    },
    /// The call or decision of a token has failed for good with a code that a boundary event may catch.
    ServiceFailed {
        /// The token.
        token: u32,
        /// The code.
        code: String,
    },
    /// Go on behind the call or decision of a token without its answer: a person has decided so.
    Skip {
        /// The token.
        token: u32,
    },
    /// End everything.
    Cancel,
}

/// What a step led to.
#[derive(Debug, Clone, PartialEq)]
pub struct Stepped {
    /// Where the procedure stands now.
    pub marking: Marking,
    /// What it knows now.
    pub variables: Variables,
    /// What is to be done outside.
    pub effects: Vec<Effect>,
    /// What happened, in order.
    pub events: Vec<Event>,
}

/// Why a command changes nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It has begun before.
    #[error("the procedure has begun before")]
    Begun,
    /// It has not begun, or has ended.
    #[error("the procedure is not under way")]
    NotOpen,
    /// There is no such way to begin.
    #[error("the procedure has no such start")]
    NoSuchStart,
    /// The diagram names the ways in which the task may end, and this is none.
    #[error("{element} cannot end as {outcome}")]
    NoSuchOutcome {
        /// The task.
        element: String,
        /// How it was to end.
        outcome: String,
    },
    /// The token waits for something else, or is gone.
    #[error("token {token} does not wait for this")]
    NotWaiting {
        /// The token, or the timer's owner.
        token: u32,
    },
    /// Nobody waits for the message.
    #[error("nobody waits for the message {name}")]
    NotWaited {
        /// The message.
        name: String,
    },
    /// No boundary event catches the failure.
    #[error("nobody catches {code}")]
    NotCaught {
        /// The failure's code.
        code: String,
    },
    /// What is repeated for each item of a list has no list.
    #[error("{element} is to be repeated, but {list} is neither a list nor a number")]
    NotCountable {
        /// The element.
        element: String,
        /// The variable.
        list: String,
    },
    /// It runs in a circle, or does more at once than a procedure should.
    #[error("the procedure does not come to rest at {element}")]
    Restless {
        /// Where it was given up.
        element: String,
    },
}

/// Carries `command` out on a procedure that stands at `marking` and knows `variables`.
///
/// # Errors
/// Why nothing has changed.
pub fn step(model: &Model, marking: &Marking, variables: &Variables, command: Command) -> Result<Stepped, Refusal> {
    if !marking.is_open() && !matches!(command, Command::Start { .. }) {
        return Err(Refusal::NotOpen);
    }
    let mut run = Run::new(model, marking.clone(), variables.clone());
    match command {
        Command::Start { message, variables } => {
            if marking.next > 0 {
                return Err(Refusal::Begun);
            }
            let wanted = |start: &&usize| match &model.nodes[**start].kind {
                Kind::Start(Trigger::Message(name)) => message.as_ref() == Some(name),
                _ => message.is_none(),
            };
            let start = model.bodies[0].starts.iter().find(wanted).ok_or(Refusal::NoSuchStart)?;
            run.variables.extend(variables);
            let scope = run.open(None, None, Variables::new());
            run.queue(scope, *start);
        }
        Command::TaskDone { token, outcome } => {
            let element = run.waiting(token, Wait::Task)?;
            let node = run.node(&element);
            if let Kind::User { outcomes, .. } = &node.kind
                && !outcomes.is_empty()
                && !outcomes.contains(&outcome)
            {
                return Err(Refusal::NoSuchOutcome { element, outcome });
            }
            let name = node.result.clone().unwrap_or(element.clone());
            run.variables.insert(name, serde_json::json!({ "outcome": outcome }));
            run.events.push(Event::Done { element, outcome: Some(outcome.clone()) });
            run.outcome = Some((token, outcome));
            run.leave(token);
        }
        Command::ServiceDone { token, result } => {
            let element = run.waiting(token, Wait::Call)?;
            let node = run.node(&element);
            let is_rule = matches!(node.kind, Kind::Rule { .. });
            if let Some(name) = node.result.clone().or_else(|| is_rule.then(|| element.clone())) {
                run.variables.insert(name, result);
            }
            run.events.push(Event::Done { element, outcome: None });
            run.leave(token);
        }
        Command::Skip { token } => {
            let element = run.waiting(token, Wait::Call)?;
            run.events.push(Event::Skipped { element });
            run.leave(token);
        }
        Command::ServiceFailed { token, code } => {
            let element = run.waiting(token, Wait::Call)?;
            run.events.push(Event::Failed { element, code: code.clone() });
            if !run.raise(Some(token), &code) {
                return Err(Refusal::NotCaught { code });
            }
        }
        Command::Message { name, payload } => {
            let catcher = reach::catcher(model, marking, &name).ok_or(Refusal::NotWaited { name })?;
            run.caught(catcher, Some(payload));
        }
        Command::TimerFired { owner, element } => {
            let armed =
                timers(model, marking).into_iter().find(|timer| timer.owner == owner && timer.element == element);
            let armed = armed.ok_or(Refusal::NotWaiting { token: owner })?;
            run.caught(armed.catcher, None);
        }
        Command::Cancel => {
            run.marking.tokens.clear();
            run.marking.scopes.clear();
            run.events.push(Event::Cancelled);
        }
    }
    run.settle()?;
    Ok(run.stepped(marking))
}
