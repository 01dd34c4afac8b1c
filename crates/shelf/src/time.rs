//! How long to look. The clock is the caller's; when the caller wants to stop, time is over.

use std::cell::Cell;

use crate::model::Solution;

/// What has been reached so far.
#[derive(Debug, Clone)]
pub struct Progress {
    /// The best filling so far; it keeps all rules.
    pub solution: Solution,
    /// What it brings, in profit a day.
    pub objective: f64,
    /// What no filled shelf can pass.
    pub bound: f64,
}

/// How long to look, how to know, and where to begin.
#[derive(Clone, Copy)]
pub struct Limits<'a> {
    /// Milliseconds of work.
    pub ms: f64,
    /// Tells how many milliseconds have gone since the work began.
    pub clock: &'a dyn Fn() -> f64,
    /// Where chance begins: with the same seed and a clock that counts its own calls the answer is the same.
    pub seed: u64,
    /// A filling to begin with: what stands there stays unless something better is found.
    pub start: Option<&'a Solution>,
    /// Hears of every better filling; says whether to go on.
    pub progress: Option<&'a dyn Fn(&Progress) -> bool>,
}

/// A part of the time.
#[derive(Clone, Copy)]
pub(crate) struct Time<'a> {
    pub(crate) clock: &'a dyn Fn() -> f64,
    pub(crate) end: f64,
    pub(crate) stopped: &'a Cell<bool>,
}

impl<'a> Time<'a> {
    pub(crate) fn now(&self) -> f64 {
        if self.stopped.get() { f64::INFINITY } else { (self.clock)() }
    }

    pub(crate) fn is_over(&self) -> bool {
        let now = self.now();
        now >= self.end || now.is_nan()
    }

    /// The same clock, and `part` of what is left of the time.
    pub(crate) fn part(&self, part: f64) -> Time<'a> {
        let now = self.now().min(self.end);
        Time { end: now + part * (self.end - now), ..*self }
    }
}
