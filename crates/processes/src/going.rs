//! A procedure being carried on, in memory: what is to be written when it has come to rest. No calls, no SQL.

use std::collections::BTreeSet;
use std::sync::Arc;

use bpmn::marking::{Token, Wait};
use bpmn::model::{Kind, Model};
use bpmn::step::{Command, Effect, Event as Happened, Refusal, step};
use kit::problem::Problem;
use serde_json::Value;

use crate::definition::Decided;
use crate::instance::{IncidentId, Instance, WishError};

/// A message that was heard and is kept until it is taken.
#[derive(Debug, Clone)]
pub(crate) struct Kept {
    /// Its place among those of the instance.
    pub(crate) number: i64,
    pub(crate) name: String,
    pub(crate) payload: Value,
}

/// A call that has failed.
#[derive(Debug, Clone)]
pub(crate) struct Failure {
    pub(crate) token: u32,
    pub(crate) element: String,
    pub(crate) code: String,
    pub(crate) message: String,
    /// Whether trying again is of no use.
    pub(crate) is_final: bool,
}

/// A procedure being carried on.
#[derive(Debug, Clone)]
pub(crate) struct Going {
    /// As it was read; marking and variables are the present ones.
    pub(crate) instance: Instance,
    pub(crate) model: Arc<Model>,
    pub(crate) steps: Vec<Happened>,
    pub(crate) effects: Vec<Effect>,
    pub(crate) decisions: Vec<Decided>,
    pub(crate) knows_more: bool,
    /// Messages that are kept for it, and those of them that were taken.
    pub(crate) kept: Vec<Kept>,
    pub(crate) taken: Vec<i64>,
    /// Tokens whose call is not to be made now: it failed before, and waits for its time or a person.
    pub(crate) resting: BTreeSet<u32>,
    pub(crate) failures: Vec<Failure>,
    /// Calls that were answered.
    pub(crate) answered: u32,
    /// The incident that a person resolves with this, and how.
    pub(crate) resolving: Option<(IncidentId, &'static str)>,
}

/// What a service task or rule task asks for.
pub(crate) enum Ask {
    Call(String),
    Decision(String),
}

impl Going {
    pub(crate) fn new(instance: Instance, model: Arc<Model>) -> Going {
        Going {
            instance,
            model,
            steps: Vec::new(),
            effects: Vec::new(),
            decisions: Vec::new(),
            knows_more: false,
            kept: Vec::new(),
            taken: Vec::new(),
            resting: BTreeSet::new(),
            failures: Vec::new(),
            answered: 0,
            resolving: None,
        }
    }

    /// Carries a command out.
    pub(crate) fn tell(&mut self, command: Command) -> Result<(), Refusal> {
        let stepped = step(&self.model, &self.instance.marking, &self.instance.variables, command)?;
        self.knows_more |= stepped.variables != self.instance.variables;
        self.instance.marking = stepped.marking;
        self.instance.variables = stepped.variables;
        self.steps.extend(stepped.events);
        self.effects.extend(stepped.effects);
        Ok(())
    }

    /// The next call that can be made now.
    pub(crate) fn next_call(&self) -> Option<(Token, Ask)> {
        let mut waiting = self.instance.marking.tokens.iter().filter(|token| {
            token.wait == Wait::Call
                && !self.resting.contains(&token.id)
                && !self.failures.iter().any(|failure| failure.token == token.id)
        });
        let token = waiting.next()?;
        let ask = match &self.model.node(&token.element)?.kind {
            Kind::Service { call } => Ask::Call(call.clone()),
            Kind::Rule { decision } => Ask::Decision(decision.clone()),
            _ => return None,
        };
        Some((token.clone(), ask))
    }

    /// Whether it waits for a call that could be made now.
    pub(crate) fn wants_call(&self) -> bool {
        self.next_call().is_some()
    }

    /// Takes the first kept message that somebody waits for; false when there is none.
    pub(crate) fn take_kept(&mut self) -> Result<bool, Refusal> {
        let waited = self.kept.iter().find(|kept| {
            !self.taken.contains(&kept.number) && bpmn::step::catches(&self.model, &self.instance.marking, &kept.name)
        });
        let Some(kept) = waited.cloned() else { return Ok(false) };
        self.tell(Command::Message { name: kept.name, payload: kept.payload })?;
        self.taken.push(kept.number);
        Ok(true)
    }

    /// Notes that the call of a token has failed.
    pub(crate) fn fail(&mut self, token: &Token, problem: &Problem) {
        let message = problem.detail.clone().unwrap_or_else(|| problem.title.to_string());
        self.failures.push(Failure {
            token: token.id,
            element: token.element.clone(),
            code: problem.code.to_string(),
            message,
            is_final: is_final(problem),
        });
    }
}

/// Whether the answer will be the same however often one asks.
pub(crate) fn is_final(problem: &Problem) -> bool {
    problem.status < 500 && problem.status != 429
}

/// The problem of a command that the diagram refuses.
pub(crate) fn refused(refusal: Refusal) -> Problem {
    match refusal {
        Refusal::NoSuchOutcome { element, outcome } => WishError::NoSuchOutcome { element, outcome }.into(),
        Refusal::NotOpen => WishError::Ended.into(),
        other => WishError::CannotBegin(other.to_string()).into(),
    }
}
