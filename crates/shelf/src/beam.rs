//! Something better among the ways that the bound leaves, found quickly: one product after the other takes its way as in a proof (`prove.rs`),
//! but only the fillings that lose least so far go on, all side by side (beam search; Lowerre 1976). What the others can still bring is known
//! exactly for each room, so what looks best halfway mostly is.

use crate::prove::{Choice, Choices, UNLISTED};
use crate::rooms::Rooms;
use crate::task::Task;
use crate::time::Time;

/// Fillings that go on at first.
const FIRST: usize = 32;
/// More do not pay: what the bound does not see is then for the proof to find.
const MOST: usize = 4096;
/// What too much or too little left of a second measure counts, against its price.
const AMISS: f64 = 1.5;

/// Looks for something better than `chosen`, which brings `least`: more and more fillings go on until the time is over.
pub(crate) fn beam(task: &Task, rooms: &Rooms, chosen: &[u32], least: f64, time: Time<'_>) -> Option<(Vec<u32>, f64)> {
    let choices = Choices::new(task, rooms);
    let scarce = Scarce::new(rooms, &choices);
    let mut best: Option<(Vec<u32>, f64)> = None;
    let mut known = least;
    let mut wide = FIRST;
    loop {
        let begin = time.now();
        let mut row = Row::new(task, rooms);
        let mut dropped = false;
        for own in (0..choices.products.len()).rev() {
            dropped |= row.step(rooms, &choices, &scarce, own, wide, rooms.value - known);
            if time.is_over() {
                return best;
            }
        }
        for end in 0..row.lost.len() {
            let ways = row.ways(&choices, end, chosen);
            let worth = ways.iter().map(|way| task.ways[*way as usize].value).sum();
            if worth > known + 1e-9 * known.abs() {
                known = worth;
                best = Some((ways, worth));
            }
        }
        let took = (time.now() - begin).max(1e-3);
        let left = (time.end - time.now()).max(0.0);
        let next = (wide as f64 * (0.8 * left / took).min(4.0)) as usize;
        if !dropped || next <= wide || wide == MOST {
            return best;
        }
        wide = next.min(MOST);
    }
}

/// Fillings side by side, in which the same products have their way.
struct Row {
    lost: Vec<f64>,
    /// What is left of each room, as it is measured, then its mm, then the g of each level, filling by filling.
    left: Vec<u32>,
    free: Vec<i32>,
    spare: Vec<i64>,
    mark: Vec<u64>,
    /// For each step the filling before, and the way taken.
    steps: Vec<Vec<(u32, u32)>>,
    offers: Vec<Offer>,
}

#[derive(Debug, Clone, Copy)]
struct Offer {
    /// What is lost, with what is amiss of a second measure.
    score: f64,
    lost: f64,
    /// As good as unique for what is left.
    mark: u64,
    from: u32,
    way: u32,
}

impl Row {
    fn new(task: &Task, rooms: &Rooms) -> Row {
        let count = rooms.curve.rooms.len();
        Row {
            lost: vec![0.0],
            left: (0..count).map(|room| rooms.curve.length(room) as u32 - 1).collect(),
            free: task.rooms.clone(),
            spare: task.loads.clone(),
            mark: vec![0],
            steps: Vec::new(),
            offers: Vec::new(),
        }
    }

    /// Product `own` takes its way in all fillings; the `wide` that lose least go on. Whether any others are left behind that lose less than `gap`.
    fn step(&mut self, rooms: &Rooms, choices: &Choices, scarce: &Scarce, own: usize, wide: usize, gap: f64) -> bool {
        let (count, levels) = (self.left.len() / self.lost.len().max(1), self.spare.len() / self.lost.len().max(1));
        let mut offers = std::mem::take(&mut self.offers);
        offers.clear();
        for from in 0..self.lost.len() {
            let (left, free) = (&self.left[from * count..][..count], &self.free[from * count..][..count]);
            let spare = &self.spare[from * levels..][..levels];
            let mark = self.mark[from];
            let all: f64 =
                (0..count).map(|room| scarce.missed(choices.layer(own, room), room, left[room], (free, spare))).sum();
            choices.weigh(rooms, own, (left, free, spare), self.lost[from], &mut |lost, way| {
                if lost < gap {
                    let (mut taken, mut score) = (0, lost + all);
                    if let Some(option) = choices.options.get(way as usize) {
                        let place = 0x9e37_79b9_7f4a_7c15_u64.wrapping_mul(2 * u64::from(option.room) + 1);
                        taken = (option.width as u64 ^ (option.grams as u64) << 20).wrapping_mul(place);
                        let room = usize::from(option.room);
                        score += scarce.change(choices.layer(own, room), room, left[room], (free, spare), option);
                    }
                    offers.push(Offer { score, lost, mark: mark.wrapping_add(taken), from: from as u32, way });
                }
            });
        }
        let order =
            |a: &Offer, b: &Offer| a.score.total_cmp(&b.score).then(a.from.cmp(&b.from)).then(a.way.cmp(&b.way));
        let mut dropped = offers.len() > 2 * wide;
        if offers.len() > 2 * wide {
            offers.select_nth_unstable_by(2 * wide, order);
            offers.truncate(2 * wide);
        }
        // Of fillings that leave the same, one goes on.
        offers.sort_unstable_by(|a, b| a.mark.cmp(&b.mark).then_with(|| order(a, b)));
        offers.dedup_by_key(|offer| offer.mark);
        if offers.len() > wide {
            dropped = true;
            offers.select_nth_unstable_by(wide, order);
            offers.truncate(wide);
        }
        let (mut left, mut free) = (Vec::with_capacity(offers.len() * count), Vec::with_capacity(offers.len() * count));
        let mut spare = Vec::with_capacity(offers.len() * levels);
        for (to, offer) in offers.iter().enumerate() {
            let from = offer.from as usize;
            left.extend_from_slice(&self.left[from * count..][..count]);
            free.extend_from_slice(&self.free[from * count..][..count]);
            spare.extend_from_slice(&self.spare[from * levels..][..levels]);
            if let Some(option) = choices.options.get(offer.way as usize) {
                let at = to * count + usize::from(option.room);
                left[at] -= option.size;
                free[at] -= option.width;
                spare[to * levels + usize::from(option.level)] -= option.grams;
            }
        }
        (self.left, self.free, self.spare) = (left, free, spare);
        self.lost = offers.iter().map(|offer| offer.lost).collect();
        self.mark = offers.iter().map(|offer| offer.mark).collect();
        self.steps.push(offers.iter().map(|offer| (offer.from, offer.way)).collect());
        self.offers = offers;
        dropped
    }

    /// The ways that the filling number `end` takes.
    fn ways(&self, choices: &Choices, mut end: usize, chosen: &[u32]) -> Vec<u32> {
        let mut ways = chosen.to_vec();
        for (step, product) in self.steps.iter().rev().zip(&choices.products) {
            let (from, way) = step[end];
            ways[product.product as usize] = if way == UNLISTED {
                product.unlisted.map_or(ways[product.product as usize], |unlisted| unlisted.0)
            } else {
                choices.options[way as usize].way
            };
            end = from as usize;
        }
        ways
    }
}

/// What is not filled by where it has a price: too much or too little of it is left for what is best to come.
struct Scarce {
    /// What the best fillings take of it, as the curve's layers tell what they are worth.
    taken: Vec<Vec<f32>>,
    /// For each room the level of its load where it is filled by width, what there is of the other, and its price.
    rooms: Vec<(Option<usize>, f64, f64)>,
}

impl Scarce {
    fn new(rooms: &Rooms, choices: &Choices) -> Scarce {
        let curve = &rooms.curve;
        let count = curve.rooms.len();
        let price =
            |room: usize| AMISS * curve.prices.get(curve.unlisted.len() + room).copied().unwrap_or(0.0).max(0.0);
        let measure = |room: usize| {
            let level = choices.options.iter().find(|option| usize::from(option.room) == room);
            let level = level.map(|option| usize::from(option.level));
            let measure = curve.measures.get(room);
            let all = measure.map_or(1.0, |measure| measure.other);
            (level.filter(|_| measure.is_some_and(|measure| !measure.by_weight)), all, price(room))
        };
        Scarce { taken: (0..count).map(|room| curve.others(room)).collect(), rooms: (0..count).map(measure).collect() }
    }

    /// What it counts that too much or too little is left of a room's second measure.
    fn missed(&self, layer: usize, room: usize, left: u32, (free, spare): (&[i32], &[i64])) -> f64 {
        if self.taken[room].is_empty() {
            return 0.0;
        }
        let (level, all, price) = self.rooms[room];
        let rest = level.map_or(f64::from(free[room]), |level| spare[level] as f64) / all;
        price * (rest - f64::from(self.taken[room][layer + left as usize])).abs()
    }

    /// By how much that changes with a way.
    fn change(&self, layer: usize, room: usize, left: u32, rest: (&[i32], &[i64]), option: &Choice) -> f64 {
        if self.taken[room].is_empty() {
            return 0.0;
        }
        let (level, all, price) = self.rooms[room];
        let (free, spare) = rest;
        let now =
            level.map_or(f64::from(free[room] - option.width), |level| (spare[level] - option.grams) as f64) / all;
        let then = price * (now - f64::from(self.taken[room][layer + (left - option.size) as usize])).abs();
        then - self.missed(layer, room, left, rest)
    }
}
