//! A tighter bound for few small rooms without blocks: each is filled exactly, and only that a product stands once has a price (`tight.rs`).
//! The prices are found in coarse units first; ways with which nothing better can be are left out on the way.

use crate::dual::{Blocks, Bound};
use crate::task::{NOWHERE, Task};
use crate::tight::{Curve, PATIENCE, Place, ROUNDED_UP, ROUNDS, beside, curves};
use crate::time::Time;

/// Units of a room in which prices are found first.
const COARSE: f64 = 400.0;

/// Rooms on their own, as tightened: what they can bring at most, and whose products they are.
pub(crate) struct Rooms {
    pub(crate) curve: Curve,
    /// The product of the task of each of the curve's products.
    pub(crate) products: Vec<u32>,
    /// What can be brought at most, all included.
    pub(crate) value: f64,
    /// What does not stand in the rooms, and what loads are worth that have no price there.
    beside: f64,
}

impl Rooms {
    /// The ways with which something better can be.
    pub(crate) fn open_ways(&self) -> impl Iterator<Item = u32> + '_ {
        self.curve.rooms.iter().flatten().map(|place| place.way)
    }
}

/// Lowers `bound` somewhat where all rooms are as wide as the one block: what they can bring at most, and with which ways, at prices found in
/// coarse units. `least` is what a filling is known to bring.
pub(crate) fn begin(task: &Task, blocks: Blocks, bound: &mut Bound, least: f64, time: Time<'_>) -> Option<Rooms> {
    let order = by_regret(task, bound);
    // Ways are left out by what they lose at the prices that prove this bound.
    let linear = bound.clone();
    let coarse = (blocks.width / COARSE).round().max(1.0) as i64;
    let mut found: Option<Curve> = None;
    if coarse > 1 {
        let mut rough = curves(task, blocks, &linear, least, (&order, coarse)).0.pop()?;
        if !rough.measures.is_empty() {
            rough.settle(time);
            found = Some(rough);
        }
    }
    let (mut curves, nowhere) = curves(task, blocks, &linear, least, (&order, 1));
    let mut curve = curves.pop()?;
    curve.span.0 = curve.span.1;
    // What has a price in the block does not stand beside it.
    let beside = nowhere + beside(task, &linear, curve.measures.is_empty());
    if let Some(rough) = found {
        (curve.prices, curve.descent) = (rough.prices, rough.descent);
    }
    let value = curve.narrow(least - beside) + beside;
    bound.value = bound.value.min(value).max(least);
    let products = order.into_iter().filter(|product| task.of(*product).any(|way| task.ways[way].room != NOWHERE));
    let products = products.map(|product| product as u32).collect();
    Some(Rooms { curve, products, value, beside })
}

impl Rooms {
    /// Lowers `bound` as far as the time allows.
    pub(crate) fn tighten(&mut self, bound: &mut Bound, least: f64, time: Time<'_>) {
        self.value = self.curve.descend(bound, least, self.beside, time);
    }
}

/// Products, those last that lose most when they do not stand in the room that suits them best.
fn by_regret(task: &Task, bound: &Bound) -> Vec<usize> {
    let regret = |product: usize| {
        let mut best = vec![f64::NEG_INFINITY; task.rooms.len() + 1];
        for number in task.of(product) {
            let room = &mut best[usize::from(task.ways[number].room).min(task.rooms.len())];
            *room = bound.prices.net(task, number).max(*room);
        }
        best.sort_by(|a, b| b.total_cmp(a));
        best.first().zip(best.get(1)).map_or(0.0, |(first, second)| first - second)
    };
    let mut order: Vec<(f64, usize)> = (0..task.products()).map(|product| (regret(product), product)).collect();
    order.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    order.into_iter().map(|(_, product)| product).collect()
}

impl Curve {
    /// Lowers what the block can bring at most at its greatest width, and leaves out what cannot be part of anything better.
    fn descend(&mut self, bound: &mut Bound, least: f64, beside: f64, time: Time<'_>) -> f64 {
        let small = 2e-6 * bound.value.abs();
        let width = self.span.1;
        let mut gap = f64::INFINITY;
        while self.vain[width] < PATIENCE && bound.value > least && !time.is_over() {
            let gained = self.lower(width, ROUNDS, time);
            self.vain[width] = if gained < small { self.vain[width] + 1 } else { 0 };
            let value = self.most[width] + beside;
            bound.value = bound.value.min(value).max(least);
            if value - least < 0.7 * gap && gained >= small {
                gap = value - least;
                self.narrow(least - beside);
            }
        }
        let mut value = self.look(width, &mut vec![0.0; self.prices.len()]) + beside;
        if value - least < 0.9 * gap {
            value = value.min(self.narrow(least - beside) + beside);
        }
        bound.value = bound.value.min(value).max(least);
        value
    }

    /// Finds prices in units that are too coarse for a bound.
    fn settle(&mut self, time: Time<'_>) {
        let width = self.span.1;
        self.span.0 = width;
        let mut vain = 0;
        while vain < 2 && !time.is_over() {
            let gained = self.lower(width, ROUNDS, time);
            vain = if gained < 2e-5 * self.most[width].abs() { vain + 1 } else { 0 };
        }
    }

    /// Leaves out the ways with which the block cannot bring `least` at its greatest width; what it can bring.
    fn narrow(&mut self, least: f64) -> f64 {
        let most = self.look(self.span.1, &mut vec![0.0; self.prices.len()]);
        let brought: f64 = self.layers.iter().filter_map(|layers| layers.last()).map(|most| f64::from(*most)).sum();
        let least = least - 1e-5 * (least.abs() + brought);
        for room in 0..self.rooms.len() {
            let length = self.length(room);
            let whole = f64::from(self.layers[room][self.layers[room].len() - 1]);
            let mut open: Vec<Place> = Vec::with_capacity(self.rooms[room].len());
            // What the products after the present one bring, the greatest width first.
            let mut after = vec![0.0_f32; length];
            let mut layers = self.layers[room].rchunks(length).skip(1);
            for ways in self.rooms[room].chunk_by(|a, b| a.product == b.product).rev() {
                let Some(before) = layers.next() else { break };
                let mut next = after.clone();
                for place in ways.iter().rev() {
                    let (gain, by) = (self.net(room, place), place.size as usize);
                    // Beside it the others bring at most what all bring.
                    if by >= length || most + f64::from(gain) * ROUNDED_UP < least {
                        continue;
                    }
                    let best = most_together(before, &after[by..]);
                    if most + (f64::from(best + gain) - whole) * ROUNDED_UP < least {
                        continue;
                    }
                    open.push(*place);
                    for (next, after) in next.iter_mut().zip(&after[by..]) {
                        *next = if after + gain > *next { after + gain } else { *next };
                    }
                }
                after = next;
            }
            open.reverse();
            self.rooms[room] = open;
        }
        self.look(self.span.1, &mut vec![0.0; self.prices.len()]).min(most)
    }
}

/// The greatest sum of two numbers that stand at the same place.
fn most_together(one: &[f32], other: &[f32]) -> f32 {
    let (ones, ones_left) = one[..one.len().min(other.len())].as_chunks::<16>();
    let (others, others_left) = other[..one.len().min(other.len())].as_chunks::<16>();
    let mut most = [f32::MIN; 16];
    for (one, other) in ones.iter().zip(others) {
        for at in 0..16 {
            // Written so that it becomes one instruction for several numbers.
            let sum = one[at] + other[at];
            most[at] = if sum > most[at] { sum } else { most[at] };
        }
    }
    let rest = ones_left.iter().zip(others_left).map(|(one, other)| one + other);
    most.into_iter().chain(rest).fold(f32::MIN, f32::max)
}
