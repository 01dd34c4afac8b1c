//! A proof that nothing better can be, or something better: one product after the other takes one of the ways that are left, and what the
//! others can bring at most in the room that is left is known beforehand for every width (`tight.rs`). First only little may be lost against
//! the bound, then more: where nothing is found the bound falls by what was allowed.

use crate::rooms::Rooms;
use crate::task::{NOWHERE, Task};
use crate::time::Time;

/// Parts of the gap that what may be lost is counted by.
const PARTS: usize = 256;
/// Parts that may be lost at first.
const FIRST: usize = 4;
/// What rounding can hide, against what the rooms bring.
const ROUNDING: f64 = 4e-6;

/// What the search came to: the bound, and a better filling.
pub(crate) struct Proof {
    pub(crate) bound: f64,
    pub(crate) better: Option<Vec<u32>>,
}

/// Looks for something better than `chosen`, which brings `least`, until the time is over or there is nothing more.
pub(crate) fn prove(task: &Task, rooms: &Rooms, chosen: &[u32], least: f64, time: Time<'_>) -> Proof {
    let mut deep = Deep::new(task, rooms, chosen, least, time);
    let mut proof = Proof { bound: rooms.value, better: None };
    let mut part = FIRST;
    while deep.gap > 0.0 {
        deep.limit = deep.gap.min(deep.whole_gap * part as f64 / PARTS as f64);
        deep.cut.fill(0);
        deep.looks = 0;
        deep.go(deep.choices.products.len(), 0.0);
        if deep.is_over {
            break;
        }
        if deep.limit >= deep.gap {
            proof.bound = deep.worth;
            break;
        }
        proof.bound = (rooms.value - deep.limit + deep.rounding).min(proof.bound);
        // On to where as many ways wait as were looked at.
        let mut waiting = 0;
        let next = (part..PARTS).find(|part| {
            waiting += deep.cut[*part];
            waiting > deep.looks
        });
        part = next.unwrap_or(PARTS).max(part + 1);
    }
    proof.better = deep.found.then_some(deep.best);
    proof.bound = proof.bound.max(deep.worth);
    proof
}

/// A way of a product, and what it takes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Choice {
    pub(crate) way: u32,
    pub(crate) room: u16,
    pub(crate) level: u16,
    pub(crate) size: u32,
    pub(crate) width: i32,
    pub(crate) grams: i64,
    gain: f32,
}

pub(crate) struct Product {
    pub(crate) product: u32,
    ways: std::ops::Range<usize>,
    /// Its way of not being listed, and what that loses.
    pub(crate) unlisted: Option<(u32, f64)>,
    /// What it gains in the bound by not being listed.
    spared: f64,
}

/// Instead of a way's number: not to be listed.
pub(crate) const UNLISTED: u32 = u32::MAX;

/// The ways that are left, product by product.
pub(crate) struct Choices {
    pub(crate) products: Vec<Product>,
    pub(crate) options: Vec<Choice>,
    /// Where the layer of each room begins in which products before a certain one stand.
    layers: Vec<u32>,
}

impl Choices {
    pub(crate) fn new(task: &Task, rooms: &Rooms) -> Choices {
        let curve = &rooms.curve;
        let count = curve.rooms.len();
        let mut products = Vec::with_capacity(rooms.products.len());
        let mut options = Vec::new();
        let mut layers = vec![0_u32; count];
        let mut rest: Vec<_> = curve.rooms.iter().map(|places| places.iter().peekable()).collect();
        for (own, product) in rooms.products.iter().enumerate() {
            let from = options.len();
            for (room, places) in rest.iter_mut().enumerate() {
                let begin = options.len();
                while let Some(place) = places.next_if(|place| place.product as usize == own) {
                    let way = &task.ways[place.way as usize];
                    options.push(Choice {
                        way: place.way,
                        room: room as u16,
                        level: way.level,
                        size: place.size,
                        width: way.width,
                        grams: i64::from(way.grams),
                        gain: curve.net(room, place),
                    });
                }
                let step = if options.len() > begin { curve.length(room) as u32 } else { 0 };
                layers.push(layers[layers.len() - count] + step);
            }
            let nowhere = task.of(*product as usize).find(|way| task.ways[*way].room == NOWHERE);
            let lost = curve.unlisted[own].map(|worth| worth - curve.prices[own]);
            let spared = lost.unwrap_or(0.0).max(0.0);
            let unlisted = nowhere.zip(lost).map(|(way, lost)| (way as u32, spared - lost));
            products.push(Product { product: *product, ways: from..options.len(), unlisted, spared });
        }
        Choices { products, options, layers }
    }

    /// Where the layer of `room` begins in which products before `own` stand.
    pub(crate) fn layer(&self, own: usize, room: usize) -> usize {
        let count = self.layers.len() / (self.products.len() + 1);
        self.layers[own * count + room] as usize
    }

    /// Offers each way of a product that fits into what is left of rooms (as they are measured, and in mm) and of loads, with what it loses
    /// altogether where `lost` is lost already.
    #[inline]
    pub(crate) fn weigh(
        &self,
        rooms: &Rooms,
        own: usize,
        (left, free, spare): (&[u32], &[i32], &[i64]),
        lost: f64,
        offer: &mut impl FnMut(f64, u32),
    ) {
        let count = left.len();
        let tables = &rooms.curve.layers;
        let mut gone = lost;
        for (room, table) in tables.iter().enumerate() {
            let (before, after) = (self.layers[own * count + room], self.layers[(own + 1) * count + room]);
            if before != after {
                let at = left[room];
                gone += f64::from(table[(after + at) as usize] - table[(before + at) as usize]);
            }
        }
        let product = &self.products[own];
        if let Some((_, more)) = product.unlisted {
            offer(gone + more, UNLISTED);
        }
        for number in product.ways.clone() {
            let option = &self.options[number];
            let room = usize::from(option.room);
            let left = left[room];
            if option.size > left || option.width > free[room] || option.grams > spare[usize::from(option.level)] {
                continue;
            }
            let table = &tables[room][self.layers[own * count + room] as usize..];
            let change = table[left as usize] - table[(left - option.size) as usize];
            offer(gone + product.spared + f64::from(change - option.gain), number as u32);
        }
    }
}

struct Deep<'a> {
    task: &'a Task,
    rooms: &'a Rooms,
    time: Time<'a>,
    choices: Choices,
    left: Vec<u32>,
    free: Vec<i32>,
    spare: Vec<i64>,
    now: Vec<u32>,
    best: Vec<u32>,
    worth: f64,
    found: bool,
    /// What is known to be lost at least by the best.
    gap: f64,
    whole_gap: f64,
    limit: f64,
    rounding: f64,
    looks: u64,
    /// How many ways were cut off that lose so much.
    cut: [u64; PARTS],
    /// Ways to go, with what they lose.
    stack: Vec<(f64, u32)>,
    is_over: bool,
}

impl<'a> Deep<'a> {
    fn new(task: &'a Task, rooms: &'a Rooms, chosen: &[u32], least: f64, time: Time<'a>) -> Deep<'a> {
        let curve = &rooms.curve;
        let all: f64 = curve.layers.iter().filter_map(|layers| layers.last()).map(|most| f64::from(*most)).sum();
        Deep {
            task,
            rooms,
            time,
            choices: Choices::new(task, rooms),
            left: (0..curve.rooms.len()).map(|room| curve.length(room) as u32 - 1).collect(),
            free: task.rooms.clone(),
            spare: task.loads.clone(),
            now: chosen.to_vec(),
            best: Vec::new(),
            worth: least,
            found: false,
            gap: rooms.value - least,
            whole_gap: (rooms.value - least).max(1e-12),
            limit: 0.0,
            rounding: ROUNDING * all,
            looks: 0,
            cut: [0; PARTS],
            stack: Vec::new(),
            is_over: false,
        }
    }

    /// Products from `next` on have their way; `lost` is what that loses against the bound.
    fn go(&mut self, next: usize, lost: f64) {
        self.looks += 1;
        if self.looks.is_multiple_of(256) && self.time.is_over() {
            self.is_over = true;
        }
        let Some(own) = next.checked_sub(1) else {
            self.keep();
            return;
        };
        let begin = self.stack.len();
        self.weigh(own, lost);
        self.stack[begin..].sort_by(|a, b| a.0.total_cmp(&b.0));
        for at in begin..self.stack.len() {
            let (lost, way) = self.stack[at];
            if lost > self.limit + self.rounding || self.is_over {
                break;
            }
            let product = self.choices.products[own].product as usize;
            if way == UNLISTED {
                let Some((way, _)) = self.choices.products[own].unlisted else { continue };
                self.now[product] = way;
                self.go(own, lost);
                continue;
            }
            let option = self.choices.options[way as usize];
            let (room, level) = (usize::from(option.room), usize::from(option.level));
            self.left[room] -= option.size;
            self.free[room] -= option.width;
            self.spare[level] -= option.grams;
            self.now[product] = option.way;
            self.go(own, lost);
            self.left[room] += option.size;
            self.free[room] += option.width;
            self.spare[level] += option.grams;
        }
        self.stack.truncate(begin);
    }

    /// Puts on the stack what each way of a product loses altogether.
    fn weigh(&mut self, own: usize, lost: f64) {
        let gap = self.whole_gap;
        let (limit, cut, stack) = (self.limit + self.rounding, &mut self.cut, &mut self.stack);
        self.choices.weigh(self.rooms, own, (&self.left, &self.free, &self.spare), lost, &mut |lost, way| {
            if lost <= limit {
                stack.push((lost, way));
            } else if lost < gap {
                cut[((lost / gap * PARTS as f64) as usize).min(PARTS - 1)] += 1;
            }
        });
    }

    /// All stand: better than what was known?
    fn keep(&mut self) {
        let worth: f64 = self.now.iter().map(|way| self.task.ways[*way as usize].value).sum();
        if worth > self.worth + 1e-9 * worth.abs() {
            self.worth = worth;
            self.found = true;
            self.best.clone_from(&self.now);
            self.gap = self.rooms.value - worth;
            self.limit = self.limit.min(self.gap);
        }
    }
}
