//! What an evaluation costs, in batches: `cargo run --release -p dmn --example columnar 4096`.
#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::disallowed_methods)]

use dmn::batch::Answers;
use dmn::trial::Trial;
use dmn::{Decision, Dice, Policy};

fn main() {
    let batch: usize = std::env::args().nth(1).unwrap().parse().unwrap();
    for (name, trial) in [
        ("unique", Trial::partition(7, Policy::Unique, 30)),
        ("first", Trial::partition(7, Policy::First, 30)),
        ("first overlapping", Trial::overlapping(7, Policy::First, 30)),
        ("sum", Trial::overlapping(7, Policy::Sum, 30)),
    ] {
        let decision = Decision::parse(&trial.xml()).unwrap();
        let kernel = decision.table().unwrap().kernel().unwrap();
        let dice = &mut Dice::new(1);
        let inputs: Vec<_> = (0..batch).map(|_| trial.inputs(dice)).collect();
        let columns = trial.columns(&kernel, &inputs);
        let mut answers = Answers::default();
        kernel.evaluate(&columns, &mut answers);
        let differences = trial.differences(&kernel, &inputs, &answers);
        let best = (0..400)
            .map(|_| {
                let begun = std::time::Instant::now();
                kernel.evaluate(&columns, &mut answers);
                begun.elapsed().as_nanos() as f64 / inputs.len() as f64
            })
            .fold(f64::MAX, f64::min);
        let begun = std::time::Instant::now();
        let mut rows = 0;
        for inputs in inputs.iter().cycle().take(20_000) {
            rows += decision.evaluate(inputs).map_or(0, |outcome| outcome.rows.len());
        }
        let json = begun.elapsed().as_nanos() / 20_000;
        println!("{name}: {best:.2} ns, {differences} differences; from JSON to JSON {json} ns ({rows})");
    }
    let trial = Trial::overlapping(3, Policy::First, 10_000);
    let begun = std::time::Instant::now();
    let decision = Decision::parse(&trial.xml()).unwrap();
    println!("10,000 rows read, compiled and proven in {:?}: {:?}", begun.elapsed(), decision.table().is_ok());
    let dice = &mut Dice::new(1);
    let mut times: Vec<u128> = (0..20_000)
        .map(|_| {
            let inputs = trial.inputs(dice);
            let begun = std::time::Instant::now();
            let said = decision.evaluate(&inputs);
            let time = begun.elapsed().as_nanos();
            assert!(said.is_ok() || said == Err(dmn::Refusal::NoRow));
            time
        })
        .collect();
    times.sort_unstable();
    println!("p50 {} ns, p99 {} ns", times[10_000], times[19_800]);
}
