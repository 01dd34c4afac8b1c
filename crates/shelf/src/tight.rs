//! A better bound for blocks of few products: not the width but "stands once" gets a price, a product's own, so that every level is a
//! knapsack of whole facings, solved exactly for all widths at once. Each set of prices bounds the block's value at each width.

use crate::task::{NOWHERE, Task};
use crate::time::Time;

/// What bounds a block: at each width from 0, no filling of at most that width is worth more.
pub(crate) struct Ceiling {
    /// Up to the width looked at closely.
    near: Vec<f64>,
    /// Value at no width and rise by mm, from prices of width; everywhere.
    base: f64,
    rise: f64,
}

impl Ceiling {
    /// The ceiling that prices of the levels' width (summing to `rise`) prove.
    pub(crate) fn of_prices(task: &Task, prices: &[f64], most: usize) -> (Ceiling, Vec<f64>) {
        let best = |product: usize| {
            let net = |way: &crate::task::Way| {
                if way.room == NOWHERE { way.value } else { way.value - prices[way.room as usize] * f64::from(way.width) }
            };
            task.ways[task.of(product)].iter().map(net).fold(f64::NEG_INFINITY, f64::max)
        };
        let own: Vec<f64> = (0..task.products()).map(best).collect();
        let (base, rise) = (own.iter().sum::<f64>(), prices.iter().sum::<f64>());
        let near = (0..=most).map(|width| base + rise * width as f64).collect();
        (Ceiling { near, base, rise }, own)
    }

    pub(crate) fn base(&self) -> f64 {
        self.base
    }

    /// The most that a block of at most `width` mm is worth after paying `price` for each of its mm.
    pub(crate) fn best_net(&self, price: f64, width: usize) -> f64 {
        let near = self.near.iter().enumerate().take(width + 1).map(|(at, value)| value - price * at as f64);
        let far = (self.near.len() <= width).then(|| {
            let at = if self.rise > price { width } else { self.near.len() } as f64;
            self.base + (self.rise - price) * at
        });
        near.chain(far).fold(f64::NEG_INFINITY, f64::max)
    }

    /// Lowers the ceiling around `width` by moving the products' prices `own`; `known` is what a filling of that width is worth.
    pub(crate) fn lower(&mut self, task: &Task, own: &mut [f64], width: usize, known: f64, rounds: usize, time: Time<'_>) {
        let most = self.near.len() - 1;
        let width = width.min(most);
        let spare: Vec<f64> = (0..task.products())
            .map(|product| {
                let free = |way: &&crate::task::Way| way.room == NOWHERE;
                task.ways[task.of(product)].iter().find(free).map_or(f64::NEG_INFINITY, |way| way.value)
            })
            .collect();
        let mut pace = 1.0;
        let mut least = f64::INFINITY;
        for _ in 0..rounds {
            if time.is_over() {
                return;
            }
            for (price, spare) in own.iter_mut().zip(&spare) {
                *price = price.max(*spare);
            }
            let mut ceiling = vec![own.iter().sum::<f64>(); most + 1];
            let mut stands = vec![0_u32; task.products()];
            for level in 0..task.rooms.len() {
                knapsack(task, own, level, width, &mut ceiling, &mut stands);
            }
            for (known, now) in self.near.iter_mut().zip(&ceiling) {
                *known = known.min(*now);
            }
            pace = if ceiling[width] < least - 1e-9 * least.abs() { pace } else { pace * 0.8 };
            least = least.min(ceiling[width]);
            let slope: Vec<f64> = stands.iter().map(|count| 1.0 - f64::from(*count)).collect();
            let norm: f64 = slope.iter().map(|slope| slope * slope).sum();
            let over = ceiling[width] - known;
            if norm < 0.5 || over <= 0.0 {
                return;
            }
            for (price, slope) in own.iter_mut().zip(&slope) {
                *price -= pace * over / norm * slope;
            }
        }
    }
}

/// Adds to `ceiling` what the level is worth at each width after the products' prices, and counts who stands there at `width`.
fn knapsack(task: &Task, own: &[f64], level: usize, width: usize, ceiling: &mut [f64], stands: &mut [u32]) {
    let mut value = vec![0.0_f64; ceiling.len()];
    let mut picks: Vec<(usize, Vec<u16>)> = Vec::new();
    for (product, price) in own.iter().enumerate() {
        let range = task.of(product);
        let first = range.start;
        let mut next = value.clone();
        let mut pick = vec![0_u16; value.len()];
        let mut any = false;
        for at in range {
            let way = &task.ways[at];
            let gain = way.value - price;
            if way.room as usize != level || way.room == NOWHERE || gain <= 0.0 || way.width as usize >= value.len() {
                continue;
            }
            any = true;
            let by = way.width as usize;
            for ((slot, pick), before) in next[by..].iter_mut().zip(&mut pick[by..]).zip(&value) {
                if before + gain > *slot {
                    *slot = before + gain;
                    *pick = (at - first + 1) as u16;
                }
            }
        }
        if any {
            value = next;
            picks.push((product, pick));
        }
    }
    let mut left = width;
    for (product, pick) in picks.iter().rev() {
        if pick[left] > 0 {
            stands[*product] += 1;
            left -= task.ways[task.of(*product).start + pick[left] as usize - 1].width as usize;
        }
    }
    for (sum, value) in ceiling.iter_mut().zip(&value) {
        *sum += value;
    }
}
