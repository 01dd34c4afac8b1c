//! What a step asks to be done outside: found by comparing the markings before and after.

use serde::{Deserialize, Serialize};

use crate::marking::{Marking, Token, Wait};
use crate::model::{Kind, Model, Trigger};
use crate::step::reach::Catcher;

/// Something to be done outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Call a service; (element, visit) is the call's key within the procedure.
    CallService {
        /// The token that waits for the answer.
        token: u32,
        /// The service task.
        element: String,
        /// The how manieth visit this is.
        visit: u32,
        /// The call's name.
        call: String,
    },
    /// Ask a decision; (element, visit) is the question's key within the procedure.
    AskDecision {
        /// The token that waits for the answer.
        token: u32,
        /// The rule task.
        element: String,
        /// The how manieth visit this is.
        visit: u32,
        /// The decision's key.
        decision: String,
    },
    /// Give a person something to do.
    OpenTask {
        /// The token that waits for the person.
        token: u32,
        /// The user task.
        element: String,
        /// The how manieth visit this is.
        visit: u32,
        /// Its name for people.
        name: String,
        /// Who does such tasks.
        group: String,
        /// Within how many seconds it should be done.
        due_s: Option<u64>,
    },
    /// A task is done (with its outcome) or overtaken (without).
    CloseTask {
        /// The token that waited.
        token: u32,
        /// How it ended.
        outcome: Option<String>,
    },
    /// A task's time has passed: tell somebody else too.
    EscalateTask {
        /// The token that waits for the person.
        token: u32,
        /// Whom to tell.
        group: String,
    },
    /// Tell the procedure when so many seconds have passed.
    SetTimer {
        /// The token or scope that it belongs to.
        owner: u32,
        /// The element.
        element: String,
        /// In how many seconds.
        after_s: u64,
    },
    /// Forget a timer.
    DropTimer {
        /// The token or scope that it belonged to.
        owner: u32,
        /// The element.
        element: String,
    },
    /// Tell a message.
    ThrowMessage {
        /// Its name.
        name: String,
        /// The element.
        element: String,
        /// The how manieth visit this is.
        visit: u32,
    },
}

/// Something that happened in a step, for people who ask how it came to this.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// An element was entered.
    Entered {
        /// Which.
        element: String,
    },
    /// An element was done.
    Done {
        /// Which.
        element: String,
        /// How, for a task.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        outcome: Option<String>,
    },
    /// An element failed, and a boundary event has caught it.
    Failed {
        /// Which.
        element: String,
        /// The failure's code.
        code: String,
    },
    /// A person has decided to go on without an element.
    Skipped {
        /// Which.
        element: String,
    },
    /// An element was ended by an event.
    Overtaken {
        /// Which.
        element: String,
    },
    /// Everything was ended from outside.
    Cancelled,
    /// The end is reached.
    Ended,
}

/// A timer that should be running.
#[derive(Debug, Clone, PartialEq)]
pub struct Timer {
    /// The token or scope that it belongs to.
    pub owner: u32,
    /// The element.
    pub element: String,
    /// In how many seconds it fires, from when it was set.
    pub after_s: u64,
    /// What catches it.
    pub(super) catcher: Catcher,
}

/// The timers that run at `marking`.
#[must_use]
pub fn timers(model: &Model, marking: &Marking) -> Vec<Timer> {
    let mut timers = Vec::new();
    for token in &marking.tokens {
        let Some(at) = model.index(&token.element) else { continue };
        let node = &model.nodes[at];
        let mut add = |element: usize, after_s: u64, catcher: Catcher| {
            timers.push(Timer { owner: token.id, element: model.nodes[element].id.clone(), after_s, catcher });
        };
        match (&node.kind, token.wait) {
            (Kind::Delay { after_s }, Wait::Timer) => add(at, *after_s, Catcher::Token(token.id, at)),
            (Kind::Choice, Wait::Choice) => {
                for next in model.next(at) {
                    if let Kind::Delay { after_s } = model.nodes[next].kind {
                        add(next, after_s, Catcher::Token(token.id, next));
                    }
                }
            }
            _ => {}
        }
        if token.is_round {
            continue;
        }
        for boundary in &node.boundary {
            if let Kind::Boundary { trigger: Trigger::Timer { after_s, .. }, .. } = &model.nodes[*boundary].kind
                && !token.fired.contains(&model.nodes[*boundary].id)
            {
                add(*boundary, *after_s, Catcher::Boundary(token.id, *boundary));
            }
        }
    }
    for scope in marking.scopes.iter().filter(|scope| !scope.interrupted) {
        let Some(body) = super::reach::body_of(model, scope) else { continue };
        for event in &model.bodies[body].events {
            let node = &model.nodes[*event];
            if let Kind::EventSubProcess { trigger: Trigger::Timer { after_s, .. }, .. } = &node.kind
                && !scope.fired.contains(&node.id)
            {
                let catcher = Catcher::Event(scope.id, *event);
                timers.push(Timer { owner: scope.id, element: node.id.clone(), after_s: *after_s, catcher });
            }
        }
    }
    timers
}

/// What makes `after` of `before`, seen from outside; `outcome` is how the task of a token ended.
pub(super) fn between(
    model: &Model,
    before: &Marking,
    after: &Marking,
    outcome: Option<&(u32, String)>,
) -> Vec<Effect> {
    let mut effects = Vec::new();
    let gone = |token: &&Token| after.token(token.id).is_none();
    for token in before.tokens.iter().filter(gone).filter(|token| token.wait == Wait::Task) {
        let outcome = outcome.filter(|(done, _)| *done == token.id).map(|(_, outcome)| outcome.clone());
        effects.push(Effect::CloseTask { token: token.id, outcome });
    }
    let (was, is) = (timers(model, before), timers(model, after));
    let among = |timers: &[Timer], timer: &Timer| {
        timers.iter().any(|other| other.owner == timer.owner && other.element == timer.element)
    };
    for timer in was.iter().filter(|timer| !among(&is, timer)) {
        effects.push(Effect::DropTimer { owner: timer.owner, element: timer.element.clone() });
    }
    for timer in is.iter().filter(|timer| !among(&was, timer)) {
        let (owner, element) = (timer.owner, timer.element.clone());
        effects.push(Effect::SetTimer { owner, element, after_s: timer.after_s });
    }
    for token in after.tokens.iter().filter(|token| before.token(token.id).is_none()) {
        let Some(node) = model.node(&token.element) else { continue };
        let (token, visit, wait, element) = (token.id, token.visit, token.wait, token.element.clone());
        match (&node.kind, wait) {
            (Kind::User { group, due_s, .. }, Wait::Task) => {
                let (name, group, due_s) = (node.name.clone(), group.clone(), *due_s);
                effects.push(Effect::OpenTask { token, element, visit, name, group, due_s });
            }
            (Kind::Service { call }, Wait::Call) => {
                effects.push(Effect::CallService { token, element, visit, call: call.clone() });
            }
            (Kind::Rule { decision }, Wait::Call) => {
                effects.push(Effect::AskDecision { token, element, visit, decision: decision.clone() });
            }
            _ => {}
        }
    }
    effects
}
