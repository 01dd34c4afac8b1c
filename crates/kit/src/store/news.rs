//! Wakes those who wait for events of some kinds when this process commits such, and nobody else: a reader that looked into the
//! journal after every commit would cost more than what it reads for.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Notify;

/// What this process has committed to one journal.
#[derive(Default)]
pub(crate) struct News(Mutex<State>);

#[derive(Default)]
struct State {
    /// Between this position and `last` nothing was committed by another process.
    from: i64,
    last: i64,
    /// The last position of each kind since `from`.
    by_kind: BTreeMap<Cow<'static, str>, i64>,
    listeners: Vec<Listener>,
}

struct Listener {
    kinds: Vec<&'static str>,
    wake: Arc<Notify>,
}

impl News {
    /// The rows with `kinds`, the first at position `first`, are committed.
    pub(super) fn committed<'a>(&self, first: i64, kinds: impl Iterator<Item = &'a Cow<'static, str>>) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if first != state.last + 1 {
            state.from = first - 1;
            state.by_kind.clear();
        }
        state.last = first - 1;
        let mut woken = Vec::new();
        for kind in kinds {
            state.last += 1;
            let last = state.last;
            match state.by_kind.get_mut(kind.as_ref()) {
                Some(position) => *position = last,
                None => drop(state.by_kind.insert(kind.clone(), last)),
            }
            for (n, listener) in state.listeners.iter().enumerate() {
                if !woken.contains(&n) && listener.hears(kind) {
                    woken.push(n);
                }
            }
        }
        for n in woken {
            state.listeners[n].wake.notify_one();
        }
    }

    /// What wakes when an event of one of `kinds` (of any kind when empty) is committed.
    pub(crate) fn listen(&self, kinds: Vec<&'static str>) -> Arc<Notify> {
        let wake = Arc::new(Notify::new());
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.listeners.push(Listener { kinds, wake: Arc::clone(&wake) });
        wake
    }

    /// The position up to which nothing of `kinds` follows `position`, when this process has committed all that it knows of after
    /// that. What others have committed since, it does not know.
    pub(crate) fn nothing_until(&self, position: i64, kinds: &[&'static str]) -> Option<i64> {
        let state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = position >= state.from && position <= state.last;
        let none = kinds.iter().all(|kind| state.by_kind.get(*kind).is_none_or(|last| *last <= position));
        (known && none && !kinds.is_empty()).then_some(state.last)
    }
}

impl Listener {
    fn hears(&self, kind: &str) -> bool {
        self.kinds.is_empty() || self.kinds.contains(&kind)
    }
}
