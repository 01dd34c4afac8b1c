//! One new day into many series: `day [SERIES]`, ten million when absent, on two threads.
#![allow(clippy::disallowed_methods)] // it measures

use std::time::Instant;

use forecast::panel::Rhythm;
use forecast::state::{Rates, State, arrive};

fn main() {
    let series: usize = std::env::args().nth(1).map_or(10_000_000, |count| count.parse().expect("a count"));
    let rates = Rates::new(Rhythm::Daily { first_weekday: 0 });
    let mut states = vec![State::default(); series];
    let sales: Vec<f32> = (0..series).map(|at| ((at * 2_654_435_761) >> 7 & 3) as f32).collect();
    for day in 0..3 {
        let started = Instant::now();
        let half = series / 2;
        let (left, right) = states.split_at_mut(half);
        std::thread::scope(|scope| {
            scope.spawn(|| arrive(left, &rates, &sales[..half], &[], day));
            arrive(right, &rates, &sales[half..], &[], day);
        });
        println!(
            "day {day}: {:.2} s for {series} series of {} bytes",
            started.elapsed().as_secs_f64(),
            size_of::<State>()
        );
    }
}
