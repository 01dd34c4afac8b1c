//! Compiled = engine = by hand, over random tables: `cargo run --release -p dmn --example differential ROUNDS QUESTIONS SEED`.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

fn main() {
    let numbers: Vec<u64> = std::env::args().skip(1).map(|it| it.parse().unwrap()).collect();
    println!("{:?}", dmn::trial::differential(numbers[2], numbers[0], numbers[1] as usize));
}
