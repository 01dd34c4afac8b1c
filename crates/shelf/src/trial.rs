//! A room's products tried out completely where width and load both bind (branch and bound, as far as some looks go).

use crate::task::Task;

/// Looks after which what was found will do; four times as many where nothing was.
const LOOKS: u32 = 2_000;

/// The ways that bring most within mm and g, of each product's `options`: ways with what they bring after rent, the best first. `rent` is what
/// the mm and g are worth; `known` are ways that fit.
pub(crate) fn tried(
    task: &Task,
    options: &[Vec<(u32, f64)>],
    (free, spare, rent): (i32, i64, f64),
    known: Option<Vec<u32>>,
) -> Option<Vec<u32>> {
    let value = |ways: &[u32]| ways.iter().map(|way| task.ways[*way as usize].value).sum::<f64>();
    let mut order: Vec<usize> = (0..options.len()).collect();
    order.sort_by_key(|at| options[*at].len());
    let mut rest = vec![0.0; options.len() + 1];
    for (depth, at) in order.iter().enumerate().rev() {
        rest[depth] = rest[depth + 1] + options[*at].first()?.1;
    }
    let mut trial = Trial {
        task,
        options,
        order: &order,
        rest: &rest,
        now: vec![u32::MAX; options.len()],
        best: known.as_deref().map_or(f64::NEG_INFINITY, value),
        found: known,
        looks: 0,
    };
    trial.go(0, (free, spare), 0.0, rent);
    trial.found
}

struct Trial<'a> {
    task: &'a Task,
    options: &'a [Vec<(u32, f64)>],
    order: &'a [usize],
    /// The most after rent from each product on.
    rest: &'a [f64],
    now: Vec<u32>,
    best: f64,
    found: Option<Vec<u32>>,
    looks: u32,
}

impl Trial<'_> {
    fn go(&mut self, depth: usize, (free, spare): (i32, i64), value: f64, bound: f64) {
        self.looks += 1;
        let Some(at) = self.order.get(depth).copied() else {
            if value > self.best {
                self.best = value;
                self.found = Some(self.now.clone());
            }
            return;
        };
        for number in 0..self.options[at].len() {
            let (option, net) = self.options[at][number];
            let is_enough = self.looks > if self.found.is_some() { LOOKS } else { 4 * LOOKS };
            if is_enough || bound + net + self.rest[depth + 1] <= self.best + 1e-9 {
                return;
            }
            let way = &self.task.ways[option as usize];
            if free >= way.width && spare >= i64::from(way.grams) {
                self.now[at] = option;
                let left = (free - way.width, spare - i64::from(way.grams));
                self.go(depth + 1, left, value + way.value, bound + net);
            }
        }
    }
}
