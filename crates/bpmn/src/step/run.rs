//! The engine at work: tokens move until every one waits.

use std::collections::VecDeque;

use serde_json::Value;

use crate::marking::{Marking, Scope, Token, Variables, Wait};
use crate::model::{End, Kind, Model, Node, Over, Repeat, Trigger};
use crate::step::effects::{self, Effect, Event};
use crate::step::reach::Catcher;
use crate::step::{Refusal, Stepped};

/// Moves of one step beyond which a procedure is restless.
const MOVES: u32 = 10_000;

pub(super) struct Run<'a> {
    model: &'a Model,
    pub(super) marking: Marking,
    pub(super) variables: Variables,
    pub(super) events: Vec<Event>,
    pub(super) outcome: Option<(u32, String)>,
    told: Vec<Effect>,
    /// Where tokens are about to arrive: scope, node, and whether it is one round of the node's repetition.
    arriving: VecDeque<(u32, usize, bool)>,
    moves: u32,
}

impl<'a> Run<'a> {
    pub(super) fn new(model: &'a Model, marking: Marking, variables: Variables) -> Run<'a> {
        let (events, told, arriving) = (Vec::new(), Vec::new(), VecDeque::new());
        Run { model, marking, variables, events, outcome: None, told, arriving, moves: 0 }
    }

    pub(super) fn stepped(self, before: &Marking) -> Stepped {
        let mut effects = effects::between(self.model, before, &self.marking, self.outcome.as_ref());
        effects.extend(self.told);
        Stepped { marking: self.marking, variables: self.variables, effects, events: self.events }
    }

    pub(super) fn node(&self, element: &str) -> &'a Node {
        self.model.node(element).expect("a token's element is in its model")
    }

    fn at(&self, element: &str) -> usize {
        self.model.index(element).expect("a token's element is in its model")
    }

    /// The element of the token `id`, which waits for `wait`.
    pub(super) fn waiting(&self, id: u32, wait: Wait) -> Result<String, Refusal> {
        let token = self.marking.token(id).filter(|token| token.wait == wait);
        token.map(|token| token.element.clone()).ok_or(Refusal::NotWaiting { token: id })
    }

    pub(super) fn open(&mut self, host: Option<u32>, element: Option<String>, locals: Variables) -> u32 {
        let id = self.marking.number();
        self.marking.scopes.push(Scope { id, host, element, locals, fired: Vec::new(), interrupted: false });
        id
    }

    pub(super) fn queue(&mut self, scope: u32, node: usize) {
        self.arriving.push_back((scope, node, false));
    }

    /// Carries every token to where it waits, and ends what has nothing left to do.
    pub(super) fn settle(&mut self) -> Result<(), Refusal> {
        loop {
            while let Some((scope, node, is_round)) = self.arriving.pop_front() {
                self.moves += 1;
                if self.marking.scope(scope).is_none() {
                    // Ended by an event in the same step.
                    continue;
                }
                if self.moves > MOVES {
                    return Err(Refusal::Restless { element: self.model.nodes[node].id.clone() });
                }
                self.arrive(scope, node, is_round)?;
            }
            let tokens = &self.marking.tokens;
            let done = self.marking.scopes.iter().rev();
            let mut done = done.filter(|scope| !tokens.iter().any(|token| token.scope == scope.id));
            let Some(scope) = done.next().map(|scope| scope.id) else { break };
            self.complete(scope)?;
        }
        if self.marking.scopes.is_empty() {
            self.events.push(Event::Ended);
        }
        Ok(())
    }

    fn arrive(&mut self, scope: u32, at: usize, is_round: bool) -> Result<(), Refusal> {
        let node = &self.model.nodes[at];
        if node.kind == Kind::Parallel && node.incoming.len() > 1 {
            return self.join(scope, at);
        }
        let visit = self.visit(at);
        if let (Some(repeat), false) = (&node.repeat, is_round) {
            return self.repeat(scope, at, repeat, visit);
        }
        let wait = |run: &mut Run<'_>, wait: Wait| run.put(scope, at, visit, wait, is_round);
        match &node.kind {
            Kind::User { .. } => drop(wait(self, Wait::Task)),
            Kind::Service { .. } | Kind::Rule { .. } => drop(wait(self, Wait::Call)),
            Kind::Receive { .. } => drop(wait(self, Wait::Message)),
            Kind::Delay { .. } => drop(wait(self, Wait::Timer)),
            Kind::Choice => drop(wait(self, Wait::Choice)),
            Kind::SubProcess { body } => {
                let host = wait(self, Wait::Scope);
                let inside = self.open(Some(host), Some(node.id.clone()), Variables::new());
                self.queue(inside, self.model.bodies[*body].starts[0]);
            }
            Kind::Exclusive => {
                let flow = self.choose(scope, node);
                self.queue(scope, self.model.flows[flow].target);
            }
            Kind::Throw { message } => {
                self.throw(message.as_deref(), node, visit);
                self.follow(scope, at);
            }
            Kind::Start(_) | Kind::Parallel | Kind::Boundary { .. } => self.follow(scope, at),
            Kind::End(end) => match end {
                End::None => {}
                End::Message(message) => self.throw(Some(message), node, visit),
                End::Terminate => {
                    self.overtaken(scope);
                    self.marking.clear(scope);
                    self.arriving.retain(|(other, ..)| *other != scope);
                }
                End::Error(code) => {
                    let host = self.marking.scope(scope).and_then(|scope| scope.host);
                    if !self.raise(host, code) {
                        return Err(Refusal::NotCaught { code: code.clone() });
                    }
                }
            },
            Kind::EventSubProcess { .. } => unreachable!("no flow leads to an event sub-process"),
        }
        Ok(())
    }

    fn throw(&mut self, message: Option<&str>, node: &Node, visit: u32) {
        if let Some(name) = message {
            self.told.push(Effect::ThrowMessage { name: name.to_owned(), element: node.id.clone(), visit });
        }
    }

    /// One way into a parallel gateway has come; with the last one it goes on.
    fn join(&mut self, scope: u32, at: usize) -> Result<(), Refusal> {
        let node = &self.model.nodes[at];
        let is_here = |token: &Token| token.scope == scope && token.element == node.id;
        if self.marking.tokens.iter().filter(|token| is_here(token)).count() + 1 < node.incoming.len() {
            let visit = self.marking.visits.get(&node.id).copied().unwrap_or(0) + 1;
            self.put(scope, at, visit, Wait::Join, false);
            return Ok(());
        }
        self.marking.tokens.retain(|token| !is_here(token));
        self.visit(at);
        self.follow(scope, at);
        Ok(())
    }

    /// Begins the rounds of something repeated.
    fn repeat(&mut self, scope: u32, at: usize, repeat: &Repeat, visit: u32) -> Result<(), Refusal> {
        let total = match &repeat.over {
            Over::Times(times) => *times,
            Over::Each { list, .. } => {
                let count = match self.value(scope, list) {
                    Some(Value::Array(items)) => u32::try_from(items.len()).ok(),
                    Some(Value::Number(number)) => number.as_u64().and_then(|number| u32::try_from(number).ok()),
                    _ => None,
                };
                let element = self.model.nodes[at].id.clone();
                count.ok_or(Refusal::NotCountable { element, list: list.clone() })?
            }
        };
        if total == 0 {
            self.follow(scope, at);
            return Ok(());
        }
        let host = self.put(scope, at, visit, Wait::Scope, false);
        let now = if repeat.sequential { 1 } else { total };
        for round in 0..now {
            self.round(host, at, round);
        }
        self.set_rounds(host, (now, total));
        Ok(())
    }

    fn round(&mut self, host: u32, at: usize, round: u32) {
        self.moves += 1;
        let outside = self.marking.token(host).map_or(0, |token| token.scope);
        let mut locals = Variables::new();
        locals.insert("round".to_owned(), Value::from(round + 1));
        if let Some(Repeat { over: Over::Each { list, item }, .. }) = &self.model.nodes[at].repeat {
            let value = self.value(outside, list).and_then(|list| list.get(round as usize).cloned());
            locals.insert(item.clone(), value.unwrap_or(Value::from(round + 1)));
        }
        let scope = self.open(Some(host), None, locals);
        self.arriving.push_back((scope, at, true));
    }

    fn set_rounds(&mut self, host: u32, rounds: (u32, u32)) {
        if let Some(token) = self.marking.tokens.iter_mut().find(|token| token.id == host) {
            token.rounds = Some(rounds);
        }
    }

    /// Ends a scope in which nothing is left to do.
    fn complete(&mut self, id: u32) -> Result<(), Refusal> {
        let scope = self.marking.scope(id).and_then(|scope| scope.host);
        self.marking.scopes.retain(|scope| scope.id != id);
        let Some(host) = scope.and_then(|host| self.marking.token(host)).cloned() else { return Ok(()) };
        if self.marking.scopes.iter().any(|other| other.host == Some(host.id)) {
            return Ok(());
        }
        match host.rounds {
            Some((begun, total)) if begun < total => {
                let at = self.at(&host.element);
                self.round(host.id, at, begun);
                self.set_rounds(host.id, (begun + 1, total));
            }
            _ => {
                if !host.is_round {
                    self.events.push(Event::Done { element: host.element, outcome: None });
                }
                self.leave(host.id);
            }
        }
        Ok(())
    }

    /// The token has done its part: it follows the flow, or a round is over.
    pub(super) fn leave(&mut self, id: u32) {
        let Some(token) = self.marking.token(id).cloned() else { return };
        self.marking.remove(id);
        if !token.is_round {
            let at = self.at(&token.element);
            self.follow(token.scope, at);
        }
    }

    fn follow(&mut self, scope: u32, at: usize) {
        for flow in &self.model.nodes[at].outgoing {
            self.queue(scope, self.model.flows[*flow].target);
        }
    }

    /// Lets something that was waited for happen.
    pub(super) fn caught(&mut self, catcher: Catcher, payload: Option<Value>) {
        let (Catcher::Token(_, at) | Catcher::Boundary(_, at) | Catcher::Event(_, at)) = catcher;
        let node = &self.model.nodes[at];
        if let (Some(name), Some(payload)) = (&node.result, payload) {
            self.variables.insert(name.clone(), payload);
        }
        match catcher {
            Catcher::Token(token, _) => {
                let Some(token) = self.marking.token(token).cloned() else { return };
                if token.wait == Wait::Choice {
                    self.visit(at);
                }
                self.events.push(Event::Done { element: node.id.clone(), outcome: None });
                self.marking.remove(token.id);
                if !token.is_round {
                    self.follow(token.scope, at);
                }
            }
            Catcher::Boundary(host, _) => self.boundary(host, at),
            Catcher::Event(scope, _) => self.event(scope, at),
        }
    }

    fn boundary(&mut self, host: u32, at: usize) {
        let Some(token) = self.marking.token(host).cloned() else { return };
        let node = &self.model.nodes[at];
        let Kind::Boundary { interrupting, trigger, escalate, .. } = &node.kind else { return };
        if *interrupting {
            self.events.push(Event::Overtaken { element: token.element });
            self.marking.remove(host);
        } else {
            if matches!(trigger, Trigger::Timer { .. }) {
                let host = self.marking.tokens.iter_mut().find(|token| token.id == host);
                host.expect("it was found above").fired.push(node.id.clone());
            }
            if let (Some(group), Wait::Task) = (escalate, token.wait) {
                self.told.push(Effect::EscalateTask { token: host, group: group.clone() });
            }
        }
        self.queue(token.scope, at);
    }

    fn event(&mut self, scope: u32, at: usize) {
        let node = &self.model.nodes[at];
        let Kind::EventSubProcess { body, interrupting, trigger } = &node.kind else { return };
        if *interrupting {
            self.overtaken(scope);
            self.marking.clear(scope);
        }
        if let Some(scope) = self.marking.scopes.iter_mut().find(|present| present.id == scope) {
            scope.interrupted = *interrupting;
            if matches!(trigger, Trigger::Timer { .. }) {
                scope.fired.push(node.id.clone());
            }
        }
        let visit = self.visit(at);
        let host = self.put(scope, at, visit, Wait::Scope, false);
        let inside = self.open(Some(host), Some(node.id.clone()), Variables::new());
        self.queue(inside, self.model.bodies[*body].starts[0]);
    }

    /// Notes that everything in a scope is ended.
    fn overtaken(&mut self, scope: u32) {
        let elements = self.marking.tokens.iter().filter(|token| token.scope == scope && token.wait != Wait::Join);
        let elements: Vec<String> = elements.map(|token| token.element.clone()).collect();
        self.events.extend(elements.into_iter().map(|element| Event::Overtaken { element }));
    }

    /// Lets the innermost boundary event around `token` catch `code`; false when there is none.
    pub(super) fn raise(&mut self, token: Option<u32>, code: &str) -> bool {
        let mut at = token;
        while let Some(token) = at.and_then(|id| self.marking.token(id)) {
            if !token.is_round {
                let boundaries = self.node(&token.element).boundary.iter().copied();
                let mut catching = boundaries.filter(|boundary| match &self.model.nodes[*boundary].kind {
                    Kind::Boundary { trigger: Trigger::Error(caught), .. } => {
                        caught.as_ref().is_none_or(|caught| caught == code)
                    }
                    _ => false,
                });
                if let Some(boundary) = catching.next() {
                    let id = token.id;
                    self.boundary(id, boundary);
                    return true;
                }
            }
            at = self.marking.scope(token.scope).and_then(|scope| scope.host);
        }
        false
    }

    fn put(&mut self, scope: u32, at: usize, visit: u32, wait: Wait, is_round: bool) -> u32 {
        let id = self.marking.number();
        let element = self.model.nodes[at].id.clone();
        self.marking.tokens.push(Token { id, scope, element, visit, wait, is_round, fired: Vec::new(), rounds: None });
        id
    }

    fn visit(&mut self, at: usize) -> u32 {
        let element = &self.model.nodes[at].id;
        self.events.push(Event::Entered { element: element.clone() });
        let visits = self.marking.visits.entry(element.clone()).or_insert(0);
        *visits += 1;
        *visits
    }

    /// The flow that an exclusive gateway takes.
    fn choose(&self, scope: u32, node: &Node) -> usize {
        let holds = |flow: &&usize| {
            let condition = &self.model.flows[**flow].condition;
            condition.as_ref().is_some_and(|condition| condition.holds(&|name| self.value(scope, name)))
        };
        let chosen = node.outgoing.iter().find(holds).copied().or(node.default);
        chosen.or(node.outgoing.first().copied()).expect("a gateway has a way out")
    }

    /// What a name means in a scope: what holds inside, what the procedure knows, what its diagram says.
    fn value(&self, scope: u32, name: &str) -> Option<Value> {
        let known = self.marking.local(scope, name).or_else(|| self.variables.get(name));
        known.cloned().or_else(|| self.model.parameters.get(name).map(|text| Value::from(text.as_str())))
    }
}
