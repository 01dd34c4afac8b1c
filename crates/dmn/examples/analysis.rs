//! What the analysis of random tables costs: `cargo run --release -p dmn --example analysis`.
#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::disallowed_methods)]

use dmn::trial::Trial;
use dmn::{Decision, Limits, Policy};

fn main() {
    for (policy, rows) in
        [(Policy::First, 30), (Policy::First, 120), (Policy::Unique, 120), (Policy::Sum, 120), (Policy::First, 500)]
    {
        for seed in 1..4 {
            let decision = Decision::parse(&Trial::overlapping(seed, policy, rows).xml()).unwrap();
            let table = decision.table().unwrap();
            let limits = Limits { listed: 100_000, effort: 10_000_000 };
            let best = (0..5)
                .map(|_| {
                    let begun = std::time::Instant::now();
                    let _ = table.analysis(limits);
                    begun.elapsed()
                })
                .min();
            let found = table.analysis(limits);
            println!(
                "{policy:?} {rows} rows, seed {seed}: {best:?}; {} gaps, {} overlaps, {} unreachable, {} duplicates, complete {}",
                found.gap_count,
                found.overlap_count,
                found.unreachable.len(),
                found.duplicates.len(),
                found.is_complete
            );
        }
    }
}
