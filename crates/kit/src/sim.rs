//! Simulation by seed: one thread, a clock that jumps to the next event, and faults that replay exactly.

mod faults;

use std::future::Future;

pub use self::faults::Faults;

use crate::runtime::Runtime;

/// Runs a simulation to its end. The same seed and the same `simulation` take the same course.
/// When it panics, the seed is printed.
///
/// # Panics
/// When `simulation` does, or when called inside an asynchronous runtime.
pub fn run<F: Future>(seed: u64, simulation: impl FnOnce(Runtime) -> F) -> F::Output {
    let tokio = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime without input and output needs nothing of the system");
    let told = TellSeed(seed);
    let output = tokio.block_on(async { simulation(Runtime::sim(seed)).await });
    drop(tokio);
    std::mem::forget(told);
    output
}

struct TellSeed(u64);

impl Drop for TellSeed {
    fn drop(&mut self) {
        eprintln!("the simulation failed with seed {}", self.0);
    }
}
