//! Where a procedure stands: its tokens, in the scopes of the process and of the sub-processes under way. Small and serialisable.
//!
//! Invariant: between two steps every token waits for something, and a procedure without scopes has ended.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What a procedure knows, by name.
pub type Variables = BTreeMap<String, Value>;

/// Where a procedure stands. The empty one has not begun, or has ended.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Marking {
    /// The number that the next token or scope gets; never used again.
    #[serde(rename = "n")]
    pub next: u32,
    /// What is under way, the process itself first.
    #[serde(rename = "s", default, skip_serializing_if = "Vec::is_empty")]
    pub scopes: Vec<Scope>,
    /// Where it waits.
    #[serde(rename = "t", default, skip_serializing_if = "Vec::is_empty")]
    pub tokens: Vec<Token>,
    /// How often each element was entered, by id.
    #[serde(rename = "v", default, skip_serializing_if = "BTreeMap::is_empty")]
    pub visits: BTreeMap<String, u32>,
}

/// The process, a sub-process, or one round of something repeated, under way.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Scope {
    /// Its number.
    pub id: u32,
    /// The token, in another scope, that waits for it; none for the process itself.
    #[serde(rename = "h", default, skip_serializing_if = "Option::is_none")]
    pub host: Option<u32>,
    /// The sub-process; none for the process itself and for a round.
    #[serde(rename = "e", default, skip_serializing_if = "Option::is_none")]
    pub element: Option<String>,
    /// Variables that only hold inside.
    #[serde(rename = "l", default, skip_serializing_if = "BTreeMap::is_empty")]
    pub locals: Variables,
    /// Event sub-processes whose timer has fired here.
    #[serde(rename = "f", default, skip_serializing_if = "Vec::is_empty")]
    pub fired: Vec<String>,
    /// Whether an event sub-process has ended everything else here: no other begins any more.
    #[serde(rename = "i", default, skip_serializing_if = "std::ops::Not::not")]
    pub interrupted: bool,
}

/// One place where a procedure waits.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Token {
    /// Its number.
    pub id: u32,
    /// The scope that it is in.
    #[serde(rename = "s")]
    pub scope: u32,
    /// The element in which it waits.
    #[serde(rename = "e")]
    pub element: String,
    /// The how manieth visit of the element this is, from 1.
    #[serde(rename = "v")]
    pub visit: u32,
    /// What it waits for.
    #[serde(rename = "w")]
    pub wait: Wait,
    /// Whether it is one round of something repeated.
    #[serde(rename = "r", default, skip_serializing_if = "std::ops::Not::not")]
    pub is_round: bool,
    /// Boundary events whose timer has fired.
    #[serde(rename = "f", default, skip_serializing_if = "Vec::is_empty")]
    pub fired: Vec<String>,
    /// Rounds begun and rounds to do, while something is repeated.
    #[serde(rename = "m", default, skip_serializing_if = "Option::is_none")]
    pub rounds: Option<(u32, u32)>,
}

/// What a token waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Wait {
    /// A person.
    Task,
    /// A service's or a decision's answer.
    Call,
    /// A message.
    Message,
    /// A moment.
    Timer,
    /// The first of several events.
    Choice,
    /// The other ways into a parallel gateway.
    Join,
    /// What is under way inside.
    Scope,
}

impl Marking {
    /// Whether it has begun and nothing is left to do.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        self.next > 0 && self.scopes.is_empty()
    }

    /// Whether it has begun and not ended.
    #[must_use]
    pub fn is_open(&self) -> bool {
        !self.scopes.is_empty()
    }

    /// The token numbered `id`.
    #[must_use]
    pub fn token(&self, id: u32) -> Option<&Token> {
        self.tokens.iter().find(|token| token.id == id)
    }

    /// The scope numbered `id`.
    #[must_use]
    pub fn scope(&self, id: u32) -> Option<&Scope> {
        self.scopes.iter().find(|scope| scope.id == id)
    }

    /// The elements in which it waits, sorted, each once; sub-processes and repeated things around them included.
    #[must_use]
    pub fn waiting(&self) -> Vec<String> {
        let mut waiting: Vec<String> = self.tokens.iter().map(|token| token.element.clone()).collect();
        waiting.sort_unstable();
        waiting.dedup();
        waiting
    }

    pub(crate) fn number(&mut self) -> u32 {
        self.next += 1;
        self.next
    }

    /// Takes the token `id` away with all that is under way inside it.
    pub(crate) fn remove(&mut self, id: u32) {
        self.tokens.retain(|token| token.id != id);
        let inside: Vec<u32> =
            self.scopes.iter().filter(|scope| scope.host == Some(id)).map(|scope| scope.id).collect();
        for scope in inside {
            self.clear(scope);
            self.scopes.retain(|present| present.id != scope);
        }
    }

    /// Takes away all tokens of a scope.
    pub(crate) fn clear(&mut self, scope: u32) {
        let tokens: Vec<u32> = self.tokens.iter().filter(|token| token.scope == scope).map(|token| token.id).collect();
        for token in tokens {
            self.remove(token);
        }
    }

    /// The variables as the scope numbered `scope` sees them, innermost first.
    pub(crate) fn local(&self, scope: u32, name: &str) -> Option<&Value> {
        let mut at = self.scope(scope);
        while let Some(scope) = at {
            if let Some(value) = scope.locals.get(name) {
                return Some(value);
            }
            at = scope.host.and_then(|host| self.token(host)).and_then(|token| self.scope(token.scope));
        }
        None
    }
}
