//! Who catches a message now, and whether anybody still might: for messages that come before they are waited for.

use std::collections::BTreeSet;

use crate::marking::{Marking, Scope, Wait};
use crate::model::{Kind, Model, Trigger};

/// What catches an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Catcher {
    /// The token waits for it, at this node or in front of it.
    Token(u32, usize),
    /// This boundary event of the token's activity.
    Boundary(u32, usize),
    /// This event sub-process of the scope.
    Event(u32, usize),
}

/// Whether somebody waits for the message `name` now.
#[must_use]
pub fn catches(model: &Model, marking: &Marking, name: &str) -> bool {
    catcher(model, marking, name).is_some()
}

/// Who catches the message `name` now: a token that waits for it, else a boundary event, else an event sub-process; the oldest
/// token, the innermost scope.
pub(super) fn catcher(model: &Model, marking: &Marking, name: &str) -> Option<Catcher> {
    let hears = |node: usize| matches!(&model.nodes[node].kind, Kind::Receive { message } if message == name);
    for token in &marking.tokens {
        let at = model.index(&token.element)?;
        match token.wait {
            Wait::Message if hears(at) => return Some(Catcher::Token(token.id, at)),
            Wait::Choice => {
                if let Some(next) = model.next(at).find(|next| hears(*next)) {
                    return Some(Catcher::Token(token.id, next));
                }
            }
            _ => {}
        }
    }
    for token in marking.tokens.iter().filter(|token| !token.is_round) {
        let at = model.index(&token.element)?;
        for boundary in &model.nodes[at].boundary {
            if let Kind::Boundary { trigger: Trigger::Message(heard), .. } = &model.nodes[*boundary].kind
                && heard == name
            {
                return Some(Catcher::Boundary(token.id, *boundary));
            }
        }
    }
    for scope in marking.scopes.iter().rev().filter(|scope| !scope.interrupted) {
        let Some(body) = body_of(model, scope) else { continue };
        for event in &model.bodies[body].events {
            if let Kind::EventSubProcess { trigger: Trigger::Message(heard), .. } = &model.nodes[*event].kind
                && heard == name
            {
                return Some(Catcher::Event(scope.id, *event));
            }
        }
    }
    None
}

/// The body that is under way in a scope; none for a round of something repeated.
pub(super) fn body_of(model: &Model, scope: &Scope) -> Option<usize> {
    match &scope.element {
        Some(element) => match model.node(element)?.kind {
            Kind::SubProcess { body } | Kind::EventSubProcess { body, .. } => Some(body),
            _ => None,
        },
        None => scope.host.is_none().then_some(0),
    }
}

/// Whether the procedure, from `marking`, may come to wait for the message `name`, or does so now. What it says is worth keeping then.
#[must_use]
pub fn may_need(model: &Model, marking: &Marking, name: &str) -> bool {
    if catches(model, marking, name) {
        return true;
    }
    let mut seen = BTreeSet::new();
    let mut open: Vec<usize> = Vec::new();
    for token in &marking.tokens {
        let Some(at) = model.index(&token.element) else { continue };
        open.extend(model.next(at));
        // A further round, or a body that is begun again, is another token at the same place.
        if token.rounds.is_some() {
            open.push(at);
        }
    }
    for scope in marking.scopes.iter().filter(|scope| !scope.interrupted) {
        open.extend(body_of(model, scope).into_iter().flat_map(|body| model.bodies[body].events.iter().copied()));
    }
    while let Some(at) = open.pop() {
        if !seen.insert(at) {
            continue;
        }
        let node = &model.nodes[at];
        let hears = match &node.kind {
            Kind::Receive { message } => message == name,
            Kind::Boundary { trigger: Trigger::Message(heard), .. }
            | Kind::EventSubProcess { trigger: Trigger::Message(heard), .. } => heard == name,
            _ => false,
        };
        if hears {
            return true;
        }
        open.extend(model.next(at));
        if let Kind::SubProcess { body } | Kind::EventSubProcess { body, .. } = node.kind {
            open.extend(&model.bodies[body].starts);
            open.extend(&model.bodies[body].events);
        }
    }
    false
}
