//! A tighter bound for blocks. Few products to a level leave gaps that the prices of `dual.rs` do not see; here each level of a block is
//! filled exactly, for every width at once, and only that a product stands once has a price (Lagrangian dual, block by block). What a
//! block can bring at most at each width falls with every set of such prices; widths are then shared out exactly among the blocks. Where there
//! is but one block, levels that bear too little are filled by weight instead of by width, and what is not filled by keeps a price that is
//! moved like the others.

use crate::dual::{Blocks, Bound, Descent};
use crate::task::{NOWHERE, Task};
use crate::time::Time;

/// Steps of sharing out that are worth their exactness.
const EXACT: usize = 6_000_000;
/// More than a few additions of small numbers can lose.
pub(crate) const ROUNDED_UP: f64 = 1.0 + 3e-6;
/// Steps of a block's descent between two sharings out.
pub(crate) const ROUNDS: usize = 6;
/// Descents in vain after which a width is left as it is.
pub(crate) const PATIENCE: u8 = 4;
/// Units that a load is measured by where a level is filled by weight.
const UNITS: i64 = 3000;

/// A way that is worth looking at: the mm or units of weight that it takes, what it takes of the other that is priced, and what it brings when
/// all else is paid.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place {
    pub(crate) way: u32,
    pub(crate) product: u32,
    pub(crate) size: u32,
    other: f64,
    gain: f64,
}

/// How a level is filled where there is one block.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Measure {
    /// Whether it is filled by weight instead of by width, and the g or mm of a unit.
    pub(crate) by_weight: bool,
    unit: i64,
    /// The units or mm there are.
    capacity: usize,
    /// What there is of the other.
    pub(crate) other: f64,
}

/// A block on its own.
pub(crate) struct Curve {
    /// The ways on each level, product by product.
    pub(crate) rooms: Vec<Vec<Place>>,
    /// What each product brings when it is not listed; it has to be listed where there is nothing.
    pub(crate) unlisted: Vec<Option<f64>>,
    /// What the block can bring at most at each width, from 0 mm on.
    pub(crate) most: Vec<f64>,
    /// The least and the greatest width at which something better than what is known can be.
    pub(crate) span: (usize, usize),
    /// How each level is filled, where that is not by width at the bound's prices of loads.
    pub(crate) measures: Vec<Measure>,
    /// The price of standing once, for each product, and what all there is of each level's other measure costs.
    pub(crate) prices: Vec<f64>,
    pub(crate) descent: Descent,
    /// How many descents gained nothing more at each width.
    pub(crate) vain: Vec<u8>,
    /// Worth by width after each product of a room.
    pub(crate) layers: Vec<Vec<f32>>,
}

/// Milliseconds that looking once at everything may take, roughly.
pub(crate) fn look_ms(ways: usize, blocks: Blocks) -> f64 {
    ways as f64 * blocks.width * 2e-7
}

/// Lowers `bound` as far as the time allows; `least` is what a filling is known to bring: nothing that brings less is looked at.
pub(crate) fn tighten(task: &Task, blocks: Blocks, bound: &mut Bound, least: f64, time: Time<'_>) {
    let (mut curves, nowhere) = curves(task, blocks, bound, least, (&[], 1));
    let beside = nowhere + beside(task, bound, true);
    let small = 2e-6 * bound.value.abs();
    for curve in &mut curves {
        curve.look(curve.span.1, &mut vec![0.0; curve.prices.len()]);
    }
    let mut round = 0;
    let mut idle = 0;
    while idle < 2 && bound.value > least && !time.is_over() {
        let (value, targets) = share_out(&mut curves, blocks.width as usize, least - beside, round % 2 == 0);
        bound.value = bound.value.min(value + beside).max(least);
        round += 1;
        idle += 1;
        for (curve, target) in curves.iter_mut().zip(targets) {
            if curve.vain[target] < PATIENCE {
                let gained = curve.lower(target, ROUNDS, time);
                curve.vain[target] = if gained < small { curve.vain[target] + 1 } else { 0 };
                idle = 0;
            }
        }
    }
}

/// What shares are worth at the bound's prices, and loads where they have no price of their own in a block.
pub(crate) fn beside(task: &Task, bound: &Bound, with_loads: bool) -> f64 {
    let loads = task.loads.iter().zip(&bound.prices.loads).map(|(load, price)| *load as f64 * price);
    let limit = |(share, price): (&crate::task::Share, &f64)| {
        price * if *price >= 0.0 { share.most } else { share.least } as f64
    };
    let shares = task.shares.iter().zip(&bound.prices.shares).map(limit);
    shares.sum::<f64>() + if with_loads { loads.sum() } else { 0.0 }
}

/// How each level of a single block is filled: by what is scarcer there, in units that are `coarse` times as large as they could be. None where
/// rooms share levels.
fn measures(task: &Task, blocks: Blocks, bound: &Bound, coarse: i64) -> Vec<Measure> {
    let width = blocks.width as usize;
    let by_width = |other| Measure { by_weight: false, unit: coarse, capacity: width / coarse as usize, other };
    let mut levels = vec![NOWHERE; task.rooms.len()];
    for way in task.ways.iter().filter(|way| way.room != NOWHERE) {
        levels[usize::from(way.room)] = way.level;
    }
    let mut seen = vec![false; task.loads.len()];
    let mut measures = Vec::with_capacity(levels.len());
    for (room, level) in levels.iter().enumerate() {
        let Some(load) = task.loads.get(usize::from(*level)) else {
            measures.push(by_width(1.0));
            continue;
        };
        if std::mem::replace(&mut seen[usize::from(*level)], true) {
            return Vec::new();
        }
        let width = bound.prices.rooms[room] * blocks.width;
        let weight = bound.prices.loads[usize::from(*level)] * *load as f64;
        measures.push(if weight > width {
            let unit = (load * coarse / UNITS).max(1);
            Measure { by_weight: true, unit, capacity: (load / unit) as usize, other: blocks.width }
        } else {
            by_width((*load as f64).max(1.0))
        });
    }
    measures
}

/// The blocks, and what products bring that fit nowhere.
pub(crate) fn curves(
    task: &Task,
    blocks: Blocks,
    bound: &Bound,
    least: f64,
    (order, coarse): (&[usize], i64),
) -> (Vec<Curve>, f64) {
    let width = blocks.width as usize;
    let count = task.rooms.len() / blocks.levels.max(1);
    let mut curves: Vec<Curve> = (0..count).map(|_| Curve::new(blocks.levels, width)).collect();
    let mut nowhere = 0.0;
    let measures = if count == 1 { measures(task, blocks, bound, coarse) } else { Vec::new() };
    let slack = (bound.value - least).max(0.0) + 1e-9 * bound.value.abs();
    for at in 0..task.products() {
        let product = order.get(at).copied().unwrap_or(at);
        let nets = || task.of(product).map(|way| (way, bound.prices.net(task, way)));
        let best = nets().map(|(_, net)| net).fold(f64::MIN, f64::max);
        let Some(room) = task.ways[task.of(product)].iter().map(|way| way.room).find(|room| *room != NOWHERE) else {
            nowhere += best.max(0.0);
            continue;
        };
        let curve = &mut curves[usize::from(room) / blocks.levels];
        let own = curve.prices.len() as u32;
        curve.prices.push(best);
        curve.unlisted.push(None);
        for (number, net) in nets() {
            let way = &task.ways[number];
            if way.room == NOWHERE {
                curve.unlisted[own as usize] = Some(way.value);
            } else if best - net <= slack {
                // Who takes a way that loses more than the bound has to give stays below what is known.
                let mut gain = net + bound.prices.rooms[usize::from(way.room)] * f64::from(way.width);
                let (mut size, mut other) = (way.width as u32, 0.0);
                if let Some(measure) = measures.get(usize::from(way.room)) {
                    gain += bound.prices.loads[usize::from(way.level)] * f64::from(way.grams);
                    let (one, two) = (i64::from(way.width), i64::from(way.grams));
                    let (by, beside) = if measure.by_weight { (two, one) } else { (one, two) };
                    size = ((by + if coarse > 1 { measure.unit / 2 } else { 0 }) / measure.unit) as u32;
                    other = beside as f64 / measure.other;
                }
                let place = Place { way: number as u32, product: own, size, other, gain };
                curve.rooms[usize::from(way.room) % blocks.levels].push(place);
            }
        }
    }
    let step = 0.002 * bound.value.abs() / (task.products().max(1) as f64).sqrt();
    if let [curve] = &mut curves[..] {
        let mut levels = vec![None; measures.len()];
        for way in task.ways.iter().filter(|way| way.room != NOWHERE && !measures.is_empty()) {
            levels[usize::from(way.room)] = Some(usize::from(way.level));
        }
        for (room, (measure, level)) in measures.iter().zip(&levels).enumerate() {
            let load = level.map_or(0.0, |level| bound.prices.loads[level] * task.loads[level] as f64);
            let width = bound.prices.rooms[room] * blocks.width;
            curve.prices.push(if measure.by_weight { width } else { load });
        }
        curve.measures = measures;
    }
    for curve in &mut curves {
        curve.descent = Descent::new(curve.prices.len(), step);
    }
    (curves, nowhere)
}

impl Curve {
    fn new(levels: usize, width: usize) -> Curve {
        Curve {
            rooms: vec![Vec::new(); levels],
            unlisted: Vec::new(),
            most: vec![f64::INFINITY; width + 1],
            span: (0, width),
            measures: Vec::new(),
            prices: Vec::new(),
            descent: Descent::new(0, 0.0),
            vain: vec![0; width + 1],
            layers: vec![Vec::new(); levels],
        }
    }

    /// Lowers what the block can bring at most at `target` mm; how far this went down.
    pub(crate) fn lower(&mut self, target: usize, rounds: usize, time: Time<'_>) -> f64 {
        let mut descent = std::mem::replace(&mut self.descent, Descent::new(0, 0.0));
        let mut x = self.prices.clone();
        let (mut first, mut best, mut best_x) = (0.0, f64::INFINITY, x.clone());
        descent.run(&mut x, rounds, &mut || time.is_over(), &mut |x, slope| {
            self.prices.copy_from_slice(x);
            let value = self.look(target, slope);
            if best == f64::INFINITY {
                first = value;
            }
            if value < best {
                best = value;
                best_x.copy_from_slice(x);
            }
            (value, best)
        });
        self.prices = best_x;
        self.descent = descent;
        first - best
    }

    /// The most that the block can bring at `target` mm by the present prices, and its slope in them; all widths learn from it.
    pub(crate) fn look(&mut self, target: usize, slope: &mut [f64]) -> f64 {
        let (narrow, wide) = self.span;
        let mut fixed = 0.0;
        for ((price, unlisted), slope) in self.prices.iter().zip(&self.unlisted).zip(slope.iter_mut()) {
            let gained = unlisted.map_or(0.0, |worth| (worth - price).max(0.0));
            fixed += price + gained;
            *slope = if gained > 0.0 { 0.0 } else { 1.0 };
        }
        let others = self.unlisted.len();
        for (price, slope) in self.prices[others..].iter().zip(&mut slope[others..]) {
            fixed += price.max(0.0);
            *slope = 1.0;
        }
        let mut sums = vec![fixed; wide + 1 - narrow];
        for room in 0..self.rooms.len() {
            let length = self.length(room);
            self.fill(room, length);
            let layers = &self.layers[room];
            let at = if self.measures.is_empty() { target.min(wide) } else { length - 1 };
            let worth = &layers[layers.len() - sums.len()..];
            sums.iter_mut().zip(worth).for_each(|(sum, worth)| *sum += f64::from(*worth) * ROUNDED_UP);
            self.count(room, length, at, slope);
        }
        for (price, slope) in self.prices[others..].iter().zip(&mut slope[others..]) {
            if *price < 0.0 {
                *slope = -slope.abs().max(1.0);
            }
        }
        for (most, sum) in self.most[narrow..].iter_mut().zip(&sums) {
            *most = most.min(*sum);
        }
        sums[target.clamp(narrow, wide) - narrow]
    }

    /// The sizes that a level is looked at for, nothing included.
    pub(crate) fn length(&self, room: usize) -> usize {
        self.measures.get(room).map_or(self.span.1, |measure| measure.capacity) + 1
    }

    /// What a way brings after the price of standing once and of what is not filled by.
    #[inline]
    pub(crate) fn net(&self, room: usize, place: &Place) -> f32 {
        let paid = self.prices.get(self.unlisted.len() + room).map_or(0.0, |price| price.max(0.0));
        (place.gain - self.prices[place.product as usize] - paid * place.other) as f32
    }

    /// The most that a room can hold at each width, after each of its products.
    fn fill(&mut self, room: usize, length: usize) {
        let mut layers = std::mem::take(&mut self.layers[room]);
        layers.clear();
        layers.resize(length, 0.0);
        for ways in self.rooms[room].chunk_by(|a, b| a.product == b.product) {
            let begin = layers.len() - length;
            layers.extend_from_within(begin..);
            let (before, now) = layers.split_at_mut(begin + length);
            for place in ways {
                let (gain, by) = (self.net(room, place), place.size as usize);
                if gain > 0.0 && by < length {
                    for (now, before) in now[by..].iter_mut().zip(&before[begin..]) {
                        // Written so that it becomes one instruction for several widths.
                        *now = if before + gain > *now { before + gain } else { *now };
                    }
                }
            }
        }
        self.layers[room] = layers;
    }

    /// What the best fillings of a room take of what is not filled by, as `layers` tells what they are worth; nothing where that costs nothing.
    pub(crate) fn others(&self, room: usize) -> Vec<f32> {
        let length = self.length(room);
        let price = self.prices.get(self.unlisted.len() + room).copied().unwrap_or(0.0);
        if price <= 0.0 {
            return Vec::new();
        }
        let worth = &self.layers[room];
        let mut taken = vec![0.0_f32; worth.len()];
        let mut begin = 0;
        for ways in self.rooms[room].chunk_by(|a, b| a.product == b.product) {
            taken.copy_within(begin..begin + length, begin + length);
            let (before, now) = (&worth[begin..begin + length], &worth[begin + length..][..length]);
            let (taken_before, taken_now) = taken[begin..begin + 2 * length].split_at_mut(length);
            for place in ways {
                let (gain, by, other) = (self.net(room, place), place.size as usize, place.other as f32);
                if gain <= 0.0 || by >= length {
                    continue;
                }
                let from = before.iter().zip(&*taken_before);
                for ((taken, now), (before, taken_before)) in taken_now[by..].iter_mut().zip(&now[by..]).zip(from) {
                    *taken = if before + gain == *now { taken_before + other } else { *taken };
                }
            }
            begin += length;
        }
        taken
    }

    /// Takes from the slope what the best filling of a room at `at` mm takes.
    fn count(&self, room: usize, length: usize, mut at: usize, slope: &mut [f64]) {
        let mut layers = self.layers[room].rchunks(length);
        let Some(mut now) = layers.next() else { return };
        for (ways, before) in self.rooms[room].chunk_by(|a, b| a.product == b.product).rev().zip(layers) {
            let product = ways[0].product as usize;
            let fits = |place: &&Place| {
                let by = place.size as usize;
                by <= at && before[at - by] + self.net(room, place) == now[at]
            };
            if now[at] != before[at]
                && let Some(place) = ways.iter().find(fits)
            {
                slope[product] -= 1.0;
                if let Some(other) = slope.get_mut(self.unlisted.len() + room) {
                    *other -= place.other;
                }
                at -= place.size as usize;
            }
            now = before;
        }
    }
}

/// The most that blocks can bring side by side, and their widths then. Widths at which less than `least` can be reached are left out for good.
fn share_out(curves: &mut [Curve], width: usize, least: f64, is_even: bool) -> (f64, Vec<usize>) {
    let (value, low, price) = priced(curves, width);
    let mut points: Vec<Vec<(usize, f64)>> = Vec::with_capacity(curves.len());
    let mut targets = Vec::with_capacity(curves.len());
    for curve in curves.iter_mut() {
        let (best, target) = curve.best(price);
        // On either side of the price there are widths that the bound rests on.
        targets.push(if is_even { curve.best(low).1 } else { target });
        let can = |at: usize| value - best + curve.most[at] - price * at as f64 >= least;
        let own: Vec<(usize, f64)> =
            (curve.span.0..=curve.span.1).filter(|at| can(*at)).map(|at| (at, curve.most[at])).collect();
        if let (Some(first), Some(last)) = (own.first(), own.last()) {
            curve.span = (first.0, last.0);
        }
        points.push(own);
    }
    let least: usize = points.iter().map(|own| own.first().map_or(0, |point| point.0)).sum();
    let count: usize = points.iter().map(Vec::len).sum();
    if least > width || points.iter().any(Vec::is_empty) || count * (width - least + 1) > EXACT {
        return (value, targets);
    }
    let (exact, widths) = exactly(&points, width - least);
    if exact < value { (exact, widths) } else { (value, targets) }
}

/// Exactly the most that one point of each block brings, with `room` mm more than the narrowest points together.
fn exactly(points: &[Vec<(usize, f64)>], room: usize) -> (f64, Vec<usize>) {
    let mut value = vec![0.0; room + 1];
    let mut picks: Vec<Vec<u32>> = Vec::with_capacity(points.len());
    for own in points {
        let mut next = vec![f64::NEG_INFINITY; room + 1];
        let mut pick = vec![0; room + 1];
        for (number, (width, most)) in own.iter().enumerate() {
            let by = width - own[0].0;
            for (at, before) in value.iter().enumerate().take((room + 1).saturating_sub(by)) {
                if before + most > next[at + by] {
                    next[at + by] = before + most;
                    pick[at + by] = number as u32;
                }
            }
        }
        value = next;
        picks.push(pick);
    }
    let mut at = room;
    let mut widths = vec![0; points.len()];
    for (block, own) in points.iter().enumerate().rev() {
        let (width, _) = own[picks[block][at] as usize];
        widths[block] = width;
        at -= width - own[0].0;
    }
    (value[room], widths)
}

/// The least that a price of a mm of the run proves; a price hardly too low, and that price.
fn priced(curves: &[Curve], width: usize) -> (f64, f64, f64) {
    let at = |price: f64| {
        let best = curves.iter().map(|curve| curve.best(price));
        best.fold((price * width as f64, 0), |sum, (value, width)| (sum.0 + value, sum.1 + width))
    };
    let mut high = 1e-6;
    while at(high).1 > width && high < 1e9 {
        high *= 4.0;
    }
    let mut low = 0.0;
    for _ in 0..24 {
        let middle = (low + high) / 2.0;
        if at(middle).1 > width { low = middle } else { high = middle }
    }
    (at(high).0, low, high)
}

impl Curve {
    /// The most after paying for the width, and the width.
    fn best(&self, price: f64) -> (f64, usize) {
        let (narrow, wide) = self.span;
        let nets = self.most[narrow..=wide]
            .iter()
            .enumerate()
            .map(|(at, most)| (most - price * (narrow + at) as f64, narrow + at));
        nets.fold((f64::NEG_INFINITY, narrow), |best, net| if net.0 > best.0 { net } else { best })
    }
}
