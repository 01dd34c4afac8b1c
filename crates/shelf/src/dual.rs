//! A bound that no filled shelf can pass: room, load and shares get prices, every product takes the way that is best for it alone, and the
//! prices are moved until that comes to as little as it can (Lagrangian dual; every set of prices is a valid bound).

use crate::fill::Prices;
use crate::task::{NOWHERE, Task};

/// The least bound found and the prices that prove it.
#[derive(Debug, Clone)]
pub(crate) struct Bound {
    /// In profit a day.
    pub(crate) value: f64,
    pub(crate) prices: Prices,
    /// Mean mm of each room that products would take at these prices.
    pub(crate) used: Vec<f64>,
    /// The price of a mm of the whole run where blocks share it.
    pub(crate) width: f64,
}

/// Rooms that have one width together: block after block, each with so many rooms, share `width` mm.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Blocks {
    pub(crate) levels: usize,
    pub(crate) width: f64,
}

struct Taken {
    sum: f64,
    width: Vec<f64>,
    grams: Vec<f64>,
    shares: Vec<f64>,
}

struct Dual<'a> {
    task: &'a Task,
    taken: Taken,
}

/// Prices near the best for a task whose rooms have their own widths.
pub(crate) fn rooms(task: &Task, rounds: usize, stop: &mut dyn FnMut() -> bool) -> Bound {
    let mut dual = Dual::new(task);
    let start = dual.uniform(task.rooms.iter().map(|room| f64::from(*room)).sum(), stop);
    let sizes = Sizes::of(task);
    // Shor's r-algorithm: space is dilated along differences of subgradients; prices are measured in units of the whole room.
    let dims = sizes.0.len();
    let mut x: Vec<f64> = sizes.pack(&start.prices);
    let mut best = start;
    let mut base = vec![0.0; dims * dims];
    for at in 0..dims {
        base[at * dims + at] = 1.0;
    }
    let mut slope = vec![0.0; dims];
    let mut last = vec![0.0; dims];
    let (mut tilt, mut path) = (vec![0.0; dims], vec![0.0; dims]);
    let mut value = dual.at(&sizes, task, &x, &mut slope, &mut best);
    last.copy_from_slice(&slope);
    let mut step = 0.02 * best.value.abs() / (dims as f64).sqrt().max(1.0) / 4.0;
    let mut reference = best.value;
    for round in 0..rounds {
        if round % 4 == 3 && stop() {
            break;
        }
        if round % 40 == 39 {
            if reference - best.value < 1e-7 * best.value.abs() {
                break;
            }
            reference = best.value;
        }
        transposed(&base, &slope, &mut tilt);
        let norm = length(&tilt);
        if norm < 1e-12 {
            break;
        }
        tilt.iter_mut().for_each(|part| *part /= norm);
        times(&base, &tilt, &mut path);
        last.copy_from_slice(&slope);
        let mut steps = 0;
        loop {
            for (at, part) in x.iter_mut().zip(&path) {
                *at -= step * part;
            }
            let next = dual.at(&sizes, task, &x, &mut slope, &mut best);
            steps += 1;
            let uphill = slope.iter().zip(&path).map(|(s, p)| s * p).sum::<f64>() <= 0.0;
            value = next.min(value);
            if steps > 2 {
                step *= 1.15;
            }
            if uphill || steps >= 12 {
                break;
            }
        }
        if steps == 1 {
            step *= 0.92;
        }
        let change: Vec<f64> = slope.iter().zip(&last).map(|(now, before)| now - before).collect();
        transposed(&base, &change, &mut tilt);
        let norm = length(&tilt);
        if norm > 1e-12 {
            tilt.iter_mut().for_each(|part| *part /= norm);
            times(&base, &tilt, &mut path);
            for row in 0..dims {
                for column in 0..dims {
                    base[row * dims + column] += (1.0 / 2.5 - 1.0) * path[row] * tilt[column];
                }
            }
        }
    }
    dual.take(&best.prices);
    best.used.clone_from(&dual.taken.width);
    best
}

fn length(vector: &[f64]) -> f64 {
    vector.iter().map(|part| part * part).sum::<f64>().sqrt()
}

fn transposed(base: &[f64], vector: &[f64], out: &mut [f64]) {
    out.fill(0.0);
    for (row, factor) in base.chunks(vector.len()).zip(vector) {
        for (sum, part) in out.iter_mut().zip(row) {
            *sum += part * factor;
        }
    }
}

fn times(base: &[f64], vector: &[f64], out: &mut [f64]) {
    for (sum, row) in out.iter_mut().zip(base.chunks(vector.len())) {
        *sum = row.iter().zip(vector).map(|(a, b)| a * b).sum();
    }
}

/// What the prices are measured by: whole rooms, whole loads.
struct Sizes(Vec<f64>);

impl Sizes {
    fn of(task: &Task) -> Sizes {
        let rooms = task.rooms.iter().map(|room| f64::from(*room).max(1.0));
        let loads = task.loads.iter().map(|load| (*load as f64).max(1.0));
        let width: f64 = task.rooms.iter().map(|room| f64::from(*room)).sum();
        Sizes(rooms.chain(loads).chain(task.shares.iter().map(|_| (0.2 * width).max(1.0))).collect())
    }

    fn pack(&self, prices: &Prices) -> Vec<f64> {
        let all = prices.rooms.iter().chain(&prices.loads).chain(&prices.shares);
        all.zip(&self.0).map(|(price, size)| price * size).collect()
    }
}

impl Dual<'_> {
    fn new(task: &Task) -> Dual<'_> {
        let taken = Taken {
            sum: 0.0,
            width: vec![0.0; task.rooms.len()],
            grams: vec![0.0; task.loads.len()],
            shares: vec![0.0; task.shares.len()],
        };
        Dual { task, taken }
    }

    /// What all products take at these prices.
    fn take(&mut self, prices: &Prices) {
        let taken = &mut self.taken;
        taken.sum = 0.0;
        taken.width.fill(0.0);
        taken.grams.fill(0.0);
        taken.shares.fill(0.0);
        let plain = self.task.shares.is_empty();
        for product in 0..self.task.products() {
            let mut best = f64::NEG_INFINITY;
            let mut at = usize::MAX;
            for number in self.task.of(product) {
                let way = &self.task.ways[number];
                let net = if way.room == NOWHERE {
                    way.value
                } else if plain {
                    way.value
                        - prices.rooms[way.room as usize] * f64::from(way.width)
                        - prices.loads[way.level as usize] * f64::from(way.grams)
                } else {
                    prices.net(self.task, number)
                };
                if net > best {
                    best = net;
                    at = number;
                }
            }
            if at == usize::MAX {
                continue;
            }
            taken.sum += best;
            let way = &self.task.ways[at];
            if way.room != NOWHERE {
                taken.width[way.room as usize] += f64::from(way.width);
                taken.grams[way.level as usize] += f64::from(way.grams);
                let mut left = way.shares;
                while left != 0 {
                    taken.shares[left.trailing_zeros() as usize] += f64::from(way.width);
                    left &= left - 1;
                }
            }
        }
    }

    /// The bound at `x` and its slope; keeps it in `best` where it is the least.
    fn at(&mut self, sizes: &Sizes, task: &Task, x: &[f64], slope: &mut [f64], best: &mut Bound) -> f64 {
        let (rooms, loads) = (task.rooms.len(), task.loads.len());
        let price = |at: usize| x[at] / sizes.0[at];
        let prices = Prices {
            rooms: (0..rooms).map(|at| price(at).max(0.0)).collect(),
            loads: (rooms..rooms + loads).map(|at| price(at).max(0.0)).collect(),
            shares: (rooms + loads..x.len()).map(price).collect(),
        };
        self.take(&prices);
        let mut value = self.taken.sum;
        for (at, room) in task.rooms.iter().enumerate() {
            value += prices.rooms[at] * f64::from(*room);
            slope[at] = 1.0 - self.taken.width[at] / sizes.0[at];
        }
        for (at, load) in task.loads.iter().enumerate() {
            value += prices.loads[at] * *load as f64;
            slope[rooms + at] = 1.0 - self.taken.grams[at] / sizes.0[rooms + at];
        }
        for (at, share) in task.shares.iter().enumerate() {
            // A negative price pays for width that has to be there.
            let limit = if prices.shares[at] >= 0.0 { share.most } else { share.least } as f64;
            value += prices.shares[at] * limit;
            slope[rooms + loads + at] = (limit - self.taken.shares[at]) / sizes.0[rooms + loads + at];
        }
        if value < best.value {
            best.value = value;
            best.prices = prices;
        }
        for (at, slope) in slope[..rooms + loads].iter_mut().enumerate() {
            if x[at] < 0.0 {
                *slope = -slope.abs().max(1.0);
                value -= x[at];
            }
        }
        value
    }

    /// One price for all rooms and one for all loads, by bisection of what is taken.
    fn uniform(&mut self, capacity: f64, stop: &mut dyn FnMut() -> bool) -> Bound {
        let task = self.task;
        let mut prices = Prices {
            rooms: vec![0.0; task.rooms.len()],
            loads: vec![0.0; task.loads.len()],
            shares: vec![0.0; task.shares.len()],
        };
        let all = task.scale() * task.products() as f64;
        let carried: f64 = task.loads.iter().map(|load| *load as f64).sum();
        for _ in 0..4 {
            let high = bisect(8.0 * all / capacity.max(1.0), |price| {
                prices.rooms.fill(price);
                self.take(&prices);
                self.taken.width.iter().sum::<f64>() > capacity
            });
            prices.rooms.fill(high);
            let before = prices.loads.first().copied().unwrap_or(0.0);
            let heavy = bisect(8.0 * all / carried.max(1.0), |price| {
                prices.loads.fill(price);
                self.take(&prices);
                self.taken.grams.iter().sum::<f64>() > carried
            });
            prices.loads.fill(heavy);
            if (heavy - before).abs() <= 1e-3 * heavy || stop() {
                break;
            }
        }
        self.take(&prices);
        let width = prices.rooms.first().copied().unwrap_or(0.0);
        Bound { value: f64::INFINITY, prices, used: self.taken.width.clone(), width }
    }
}

/// Prices near the best for a task of blocks that share the width of a run; at most `rounds` steps.
pub(crate) fn blocks(task: &Task, blocks: Blocks, rounds: usize, stop: &mut dyn FnMut() -> bool) -> Bound {
    let mut dual = Dual::new(task);
    let levels = blocks.levels;
    let loads: Vec<f64> = task.loads.iter().map(|grams| (*grams as f64).max(1.0)).collect();
    let mut best = dual.uniform(blocks.width * levels as f64, stop);
    let mut prices = best.prices.clone();
    let mut total = best.width * levels as f64;
    // How much better than the best the next bound shall be; less when that is not reached.
    let mut hope = f64::NAN;
    let mut idle = 0;
    let mut used = vec![0.0; task.rooms.len()];
    for round in 0..rounds {
        if round % 8 == 7 && stop() {
            break;
        }
        dual.take(&prices);
        let taken = &dual.taken;
        let mut bound = taken.sum
            + total * blocks.width
            + prices.loads.iter().zip(&loads).map(|(price, grams)| price * grams).sum::<f64>();
        for (at, share) in task.shares.iter().enumerate() {
            let limit = if prices.shares[at] >= 0.0 { share.most } else { share.least } as f64;
            bound += prices.shares[at] * limit;
        }
        for (mean, now) in used.iter_mut().zip(&taken.width) {
            *mean += (2.0 / (round as f64 + 2.0)).max(0.05) * (now - *mean);
        }
        if hope.is_nan() {
            hope = 0.03 * bound.abs();
        }
        if bound < best.value {
            idle = if bound < best.value - 0.3 * hope { 0 } else { idle + 1 };
            best.value = bound;
            best.prices.clone_from(&prices);
        } else {
            idle += 1;
        }
        if idle >= 8 {
            idle = 0;
            hope *= 0.6;
            prices.clone_from(&best.prices);
            total = prices.rooms.chunks(levels).map(|part| part.iter().sum::<f64>()).fold(0.0, f64::max);
            if hope < 2e-6 * bound.abs() {
                break;
            }
            dual.take(&prices);
        }
        let short = bound - (best.value - hope);
        step_blocks(task, blocks, &mut prices, &mut total, &dual.taken, round, short);
    }
    best.used = used;
    best.width = total;
    best
}

/// Moves prices by the length that `short` of profit asks for: one step for the run's width, two for the parts of the blocks' levels.
fn step_blocks(
    task: &Task,
    blocks: Blocks,
    prices: &mut Prices,
    total: &mut f64,
    taken: &Taken,
    round: usize,
    short: f64,
) {
    let levels = blocks.levels;
    if round % 3 == 1 {
        let wanted: f64 = if *total > 0.0 {
            prices.rooms.iter().zip(&taken.width).map(|(price, width)| price / *total * width).sum()
        } else {
            blocks.width * 2.0
        };
        let over = wanted / blocks.width - 1.0;
        if over.abs() > 1e-9 {
            // No farther than a tenth at once: the blocks' parts have to follow.
            let next = (*total + short / over / blocks.width).clamp(*total * 0.9, *total * 1.1 + 1e-9);
            let scale = if *total > 0.0 { next / *total } else { 0.0 };
            prices.rooms.iter_mut().for_each(|price| *price *= scale);
            *total = next;
        }
    } else {
        let mut norm = 0.0;
        for part in taken.width.chunks(levels) {
            let mean = part.iter().sum::<f64>() / levels as f64;
            norm += part.iter().map(|width| (width - mean) * (width - mean)).sum::<f64>();
        }
        if norm > 0.0 {
            let step = short / norm;
            for (prices, widths) in prices.rooms.chunks_mut(levels).zip(taken.width.chunks(levels)) {
                for (price, width) in prices.iter_mut().zip(widths) {
                    *price += step * width;
                }
                onto_simplex(prices, *total);
            }
        }
    }
    if round % 3 != 2 {
        return;
    }
    let excess: Vec<f64> =
        taken.grams.iter().zip(&task.loads).map(|(grams, most)| grams / (*most as f64).max(1.0) - 1.0).collect();
    let norm: f64 = excess.iter().zip(&prices.loads).filter(|(e, l)| **e > 0.0 || **l > 0.0).map(|(e, _)| e * e).sum();
    if norm > 0.0 {
        for ((price, excess), most) in prices.loads.iter_mut().zip(&excess).zip(&task.loads) {
            *price = (*price + 0.5 * short / norm * excess / (*most as f64).max(1.0)).max(0.0);
        }
    }
    for (at, share) in task.shares.iter().enumerate() {
        let (counted, price) = (taken.shares[at], prices.shares[at]);
        let over = (counted - share.most as f64).max(0.0) - (share.least as f64 - counted).max(0.0);
        let over = if over != 0.0 || price == 0.0 {
            over
        } else {
            counted - if price > 0.0 { share.most } else { share.least } as f64
        };
        if over.abs() > 1e-9 {
            let next = price + (0.5 * short / over).clamp(-0.2 * *total, 0.2 * *total);
            prices.shares[at] = if price * next < 0.0 { 0.0 } else { next };
        }
    }
}

/// The least price from 0 to `most` at which not too much is taken; 0 where a price is not needed.
fn bisect(most: f64, mut too_much: impl FnMut(f64) -> bool) -> f64 {
    if !too_much(0.0) {
        return 0.0;
    }
    let (mut low, mut high) = (0.0, most);
    for _ in 0..20 {
        let middle = (low + high) / 2.0;
        if too_much(middle) { low = middle } else { high = middle }
    }
    high
}

/// The nearest prices that are not negative and come to `sum`.
fn onto_simplex(prices: &mut [f64], sum: f64) {
    let mut sorted = prices.to_vec();
    sorted.sort_by(|a, b| b.total_cmp(a));
    let mut running = 0.0;
    let mut shift = 0.0;
    for (count, price) in sorted.iter().enumerate() {
        running += price;
        let candidate = (running - sum) / (count as f64 + 1.0);
        if *price - candidate > 0.0 {
            shift = candidate;
        }
    }
    prices.iter_mut().for_each(|price| *price = (*price - shift).max(0.0));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_prices_of_a_sum_are_not_negative() {
        let mut prices = [3.0, 1.0, -2.0];
        onto_simplex(&mut prices, 2.0);
        assert_eq!(prices, [2.0, 0.0, 0.0]);
        let mut even = [1.0, 1.0];
        onto_simplex(&mut even, 4.0);
        assert_eq!(even, [2.0, 2.0]);
    }
}
