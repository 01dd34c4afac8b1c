//! The payment provider's bad days.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use kit::runtime::Runtime;
use payments::provider::Operation;
use payments::provider::test::{Faults, Mishap};

/// What goes wrong at the provider, drawn from the seed.
pub struct Moods {
    runtime: Runtime,
    is_bad: AtomicBool,
}

impl Moods {
    pub fn new(runtime: &Runtime) -> Moods {
        Moods { runtime: runtime.clone(), is_bad: AtomicBool::new(false) }
    }

    pub fn set_bad(&self, is_bad: bool) {
        self.is_bad.store(is_bad, Ordering::Relaxed);
    }
}

impl Faults for Moods {
    fn draw(&self, operation: Option<Operation>, _: &str) -> Mishap {
        let mut mishap = Mishap::default();
        if !self.is_bad.load(Ordering::Relaxed) {
            return mishap;
        }
        let below = |below| self.runtime.random_below(below);
        let longest_ms = [200, 200, 200, 5_000, 40_000][usize::try_from(below(5)).expect("a few")];
        mishap.delay = Duration::from_millis(below(longest_ms));
        match below(20) {
            0 => mishap.is_question_lost = true,
            1 | 2 => mishap.is_answer_lost = true,
            3 => mishap.is_doubled = true,
            4 if operation.is_some() => mishap.decline = Some("bad_day".to_owned()),
            _ => {}
        }
        mishap
    }
}
