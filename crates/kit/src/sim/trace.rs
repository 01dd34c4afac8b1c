//! What happened in a simulation, as lines: their digest tells two courses apart, the last of them are printed on failure.

use std::collections::VecDeque;
use std::fmt::Display;
use std::sync::{Arc, Mutex, PoisonError};

use crate::runtime::Runtime;

/// Lines that are kept to be printed.
const KEPT: usize = 400;

/// The course of a simulation. Clones share it. Dropped by a panic, it prints its last lines; with `BACKROOM_SIM_TRACE`
/// set, every line is printed at once.
#[derive(Clone)]
pub struct Trace(Arc<Lines>);

struct Lines {
    runtime: Runtime,
    aloud: bool,
    state: Mutex<State>,
}

struct State {
    digest: u64,
    kept: VecDeque<String>,
}

impl Trace {
    /// No lines yet; `runtime` gives their times.
    #[must_use]
    pub fn new(runtime: &Runtime) -> Trace {
        let state = Mutex::new(State { digest: 0xcbf2_9ce4_8422_2325, kept: VecDeque::new() });
        let aloud = std::env::var_os("BACKROOM_SIM_TRACE").is_some();
        Trace(Arc::new(Lines { runtime: runtime.clone(), aloud, state }))
    }

    /// Adds a line.
    pub fn note(&self, line: impl Display) {
        let line = format!("{:>14.6} {line}", self.0.runtime.monotonic().as_secs_f64());
        if self.0.aloud {
            eprintln!("{line}");
        }
        let mut state = self.0.state.lock().unwrap_or_else(PoisonError::into_inner);
        for byte in line.bytes() {
            state.digest = (state.digest ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
        if state.kept.len() == KEPT {
            state.kept.pop_front();
        }
        state.kept.push_back(line);
    }

    /// A number that two different courses do not share.
    #[must_use]
    pub fn digest(&self) -> u64 {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner).digest
    }
}

impl Drop for Lines {
    fn drop(&mut self) {
        if (std::thread::panicking() || self.runtime.has_panicked()) && !self.aloud {
            for line in &self.state.lock().unwrap_or_else(PoisonError::into_inner).kept {
                eprintln!("{line}");
            }
        }
    }
}
