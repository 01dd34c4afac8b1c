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
    let mut best = dual.uniform(task.rooms.iter().map(|room| f64::from(*room)).sum(), stop);
    let sizes = Sizes::of(task);
    let start = sizes.pack(&best.prices);
    descend(start, rounds, stop, &mut |x, slope| (dual.at(&sizes, task, x, slope, &mut best), best.value));
    dual.take(&best.prices);
    best.used.clone_from(&dual.taken.width);
    best
}

/// Looks at a point: fills in the slope there, and tells the value there and the least value found so far.
pub(crate) type Look<'a> = dyn FnMut(&mut [f64], &mut [f64]) -> (f64, f64) + 'a;

/// Shor's r-algorithm: goes downhill while space is dilated along differences of subgradients. What it has learnt serves for a similar
/// descent later.
#[derive(Debug, Clone)]
pub(crate) struct Descent {
    /// Space as it is dilated, row by row; empty where dilating would cost more than it saves: plain steps that get shorter have to do.
    base: Vec<f64>,
    step: f64,
}

impl Descent {
    /// Space as it is, and a first step.
    pub(crate) fn new(dims: usize, step: f64) -> Descent {
        let side = if dims <= 700 { dims } else { 0 };
        let mut base = vec![0.0; side * side];
        for row in 0..side {
            base[row * dims + row] = 1.0;
        }
        Descent { base, step }
    }

    /// Goes on from `x`, at most `rounds` steps.
    pub(crate) fn run(&mut self, x: &mut [f64], rounds: usize, stop: &mut dyn FnMut() -> bool, at: &mut Look<'_>) {
        let dims = x.len();
        let dilates = !self.base.is_empty();
        let mut slope = vec![0.0; dims];
        let (mut last, mut tilt, mut path) = (vec![0.0; dims], vec![0.0; dims], vec![0.0; dims]);
        let (_, mut reference) = at(x, &mut slope);
        for round in 0..rounds {
            if round > 0 && stop() {
                break;
            }
            if dilates {
                transposed(&self.base, &slope, &mut tilt);
            } else {
                tilt.copy_from_slice(&slope);
            }
            let norm = length(&tilt);
            if norm < 1e-12 || !norm.is_finite() {
                break;
            }
            tilt.iter_mut().for_each(|part| *part /= norm);
            if dilates {
                times(&self.base, &tilt, &mut path);
            } else {
                path.copy_from_slice(&tilt);
            }
            last.copy_from_slice(&slope);
            let least = self.walk(x, &path, &mut slope, at);
            if round % 40 == 39 {
                if reference - least < 1e-7 * least.abs() {
                    break;
                }
                reference = least;
            }
            if dilates {
                self.dilate(&slope, &last, &mut tilt, &mut path);
            }
        }
    }

    /// Steps along `path` until it leads uphill; the least value found so far.
    fn walk(&mut self, x: &mut [f64], path: &[f64], slope: &mut [f64], at: &mut Look<'_>) -> f64 {
        let mut steps = 0;
        loop {
            for (at, part) in x.iter_mut().zip(path) {
                *at -= self.step * part;
            }
            let (_, least) = at(x, slope);
            steps += 1;
            let uphill = slope.iter().zip(path).map(|(s, p)| s * p).sum::<f64>() <= 0.0;
            if steps > 2 {
                self.step *= 1.15;
            }
            if uphill || steps >= 12 {
                if steps == 1 {
                    self.step *= 0.92;
                }
                return least;
            }
        }
    }

    fn dilate(&mut self, slope: &[f64], last: &[f64], tilt: &mut [f64], path: &mut [f64]) {
        let change: Vec<f64> = slope.iter().zip(last).map(|(now, before)| now - before).collect();
        transposed(&self.base, &change, tilt);
        let norm = length(tilt);
        if norm > 1e-12 {
            tilt.iter_mut().for_each(|part| *part /= norm);
            times(&self.base, tilt, path);
            for (row, along) in self.base.chunks_mut(slope.len()).zip(path.iter()) {
                for (cell, across) in row.iter_mut().zip(tilt.iter()) {
                    *cell += (1.0 / 2.5 - 1.0) * along * across;
                }
            }
        }
    }
}

/// Goes downhill from `x`, with a first step that fits the value there.
fn descend(mut x: Vec<f64>, rounds: usize, stop: &mut dyn FnMut() -> bool, at: &mut Look<'_>) {
    let dims = x.len();
    let (first, _) = at(&mut x, &mut vec![0.0; dims]);
    // To ask the time costs as much as such a step.
    let mut steps = 0_u32;
    let mut stop = || {
        steps += 1;
        steps.is_multiple_of(4) && stop()
    };
    Descent::new(dims, 0.005 * first.abs() / (dims as f64).sqrt().max(1.0)).run(&mut x, rounds, &mut stop, at);
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
        value += self.scarce(task, sizes, x, &prices, slope);
        if value < best.value {
            best.value = value;
            best.prices = prices;
        }
        for (at, slope) in slope[..rooms].iter_mut().enumerate() {
            if x[at] < 0.0 {
                *slope = -slope.abs().max(1.0);
            }
        }
        value
    }

    /// What loads and shares at `prices` add to the bound, and their slope.
    fn scarce(&self, task: &Task, sizes: &Sizes, x: &[f64], prices: &Prices, slope: &mut [f64]) -> f64 {
        let mut value = 0.0;
        let mut at = task.rooms.len();
        for (number, load) in task.loads.iter().enumerate() {
            value += prices.loads[number] * *load as f64;
            slope[at] = 1.0 - self.taken.grams[number] / sizes.0[at];
            if x[at] < 0.0 {
                slope[at] = -slope[at].abs().max(1.0);
            }
            at += 1;
        }
        for (number, share) in task.shares.iter().enumerate() {
            // A negative price pays for width that has to be there.
            let limit = if prices.shares[number] >= 0.0 { share.most } else { share.least } as f64;
            value += prices.shares[number] * limit;
            slope[at] = (limit - self.taken.shares[number]) / sizes.0[at];
            at += 1;
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
///
/// The prices of a block's levels come to the price of the run: of whatever prices the descent proposes, the nearest such are taken.
pub(crate) fn blocks(task: &Task, blocks: Blocks, rounds: usize, stop: &mut dyn FnMut() -> bool) -> Bound {
    let mut dual = Dual::new(task);
    let levels = blocks.levels;
    let mut best = dual.uniform(blocks.width * levels as f64, stop);
    let (rooms, loads) = (task.rooms.len(), task.loads.len());
    // Blocks are narrower than the run: their prices are measured by a block's mean width.
    let part = (blocks.width * levels as f64 / rooms.max(1) as f64).max(1.0);
    let mut sizes = Sizes::of(task);
    sizes.0[..rooms].fill(part);
    sizes.0.push(blocks.width.max(1.0));
    let mut start = sizes.pack(&best.prices);
    start.push(best.width * levels as f64 * blocks.width);
    descend(start, rounds, stop, &mut |x, slope| {
        let total = (x[x.len() - 1] / blocks.width).max(0.0);
        let price = |at: usize| x[at] / sizes.0[at];
        let mut prices = Prices {
            rooms: (0..rooms).map(price).collect(),
            loads: (rooms..rooms + loads).map(|at| price(at).max(0.0)).collect(),
            shares: (rooms + loads..x.len() - 1).map(price).collect(),
        };
        let raw = prices.rooms.clone();
        let mut dearest = 0.0_f64;
        for (block, part) in prices.rooms.chunks_mut(levels).enumerate() {
            onto_simplex(part, total);
            dearest = dearest.max(part.iter().sum());
            // A block's prices may all rise together without any effect: that is taken back.
            for (level, price) in part.iter().enumerate() {
                let at = block * levels + level;
                if *price > 0.0 {
                    x[at] = price * sizes.0[at];
                } else {
                    x[at] = x[at].min(0.0).max(-0.2 * total * sizes.0[at]);
                }
            }
        }
        dual.take(&prices);
        let mut value = dual.taken.sum + dearest * blocks.width;
        let mut wanted = 0.0;
        for block in 0..rooms / levels {
            let range = block * levels..(block + 1) * levels;
            // What moves with the block's part: prices above 0, and those at 0 that were proposed above 0.
            let moves = |at: usize| prices.rooms[at] > 0.0 || raw[at] > 0.0;
            let count = range.clone().filter(|at| moves(*at)).count().max(1) as f64;
            let mean = range.clone().filter(|at| moves(*at)).map(|at| dual.taken.width[at]).sum::<f64>() / count;
            wanted += mean;
            for at in range {
                let over = dual.taken.width[at] - mean;
                slope[at] = if moves(at) || over > 0.0 { -over / sizes.0[at] } else { 0.0 };
            }
        }
        let last = x.len() - 1;
        slope[last] = 1.0 - wanted / blocks.width;
        if x[last] <= 0.0 {
            slope[last] = slope[last].min(-1.0);
        }
        value += dual.scarce(task, &sizes, x, &prices, slope);
        if value < best.value {
            best.value = value;
            best.prices = prices;
            best.width = total;
        }
        (value, best.value)
    });
    dual.take(&best.prices);
    best.used.clone_from(&dual.taken.width);
    best
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
