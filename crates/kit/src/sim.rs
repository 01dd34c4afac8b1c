//! Simulation by seed: one thread, a clock that jumps to the next event, and faults that replay exactly.

mod audit;
mod faults;
mod log;
mod trace;
mod world;

use std::future::Future;

pub use self::audit::audit;
pub use self::faults::Faults;
pub(crate) use self::faults::{send, unreliable};
pub use self::trace::Trace;
pub use self::world::{Crash, Process, World};

use crate::runtime::Runtime;

/// Runs a simulation to its end. The same seed and the same `simulation` take the same course.
/// When it fails, the seed is printed.
///
/// # Panics
/// When `simulation` or a task of it does, when something was logged as an error, or when called inside an asynchronous runtime.
pub fn run<F: Future>(seed: u64, simulation: impl FnOnce(Runtime) -> F) -> F::Output {
    let tokio = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime without input and output needs nothing of the system");
    let told = TellSeed(seed);
    let log = log::Errors::default();
    let listening = tracing::subscriber::set_default(log.clone());
    let output = tokio.block_on(async {
        let runtime = Runtime::sim(seed);
        let output = simulation(runtime.clone()).await;
        assert!(!runtime.has_panicked(), "a task has panicked, see above");
        output
    });
    drop(tokio);
    drop(listening);
    let errors = log.lines();
    assert!(errors.is_empty(), "something was logged as an error: {errors:#?}");
    std::mem::forget(told);
    output
}

struct TellSeed(u64);

impl Drop for TellSeed {
    fn drop(&mut self) {
        eprintln!("the simulation failed with seed {}", self.0);
    }
}
