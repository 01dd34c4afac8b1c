//! A filling made better by products that change places between rooms: whatever the change, the rooms that it touches are filled again
//! exactly (dynamic programme over the mm by which a room's products get wider or narrower together), so that a change is judged by all that
//! can be made of it. What does not pay is tried too, less and less often; the best filling is kept.

use crate::fill::Prices;
use crate::random::Random;
use crate::refill::{Shelf, Step};
use crate::task::{NOWHERE, Task};
use crate::time::Time;

/// More products than that change places by threes no more.
const FEW: usize = 60;
/// Changes without anything better after which the best is taken up again.
const IDLE: u32 = 80;

/// A change: up to three products and the rooms they go to, and what it should gain.
#[derive(Debug, Clone, Copy)]
struct Change {
    steps: [Step; 3],
    count: usize,
    gain: f32,
}

/// Makes `chosen` better until the time is over; `reach` says how much a way may lose at the prices and still be tried. `tell` hears of every
/// better filling and says whether to go on. Shares are none of its business: there must be none.
pub(crate) fn exchange(
    task: &Task,
    prices: &Prices,
    reach: f64,
    chosen: &mut Vec<u32>,
    random: &mut Random,
    time: Time<'_>,
    tell: &mut dyn FnMut(&[u32], f64) -> bool,
) {
    let Some(shelf) = Shelf::new(task, prices, reach, chosen) else { return };
    let noise = (0..1024).map(|_| -(-(random.unit().max(1e-12)).ln()).ln() as f32).collect();
    let scale = task.scale() as f32;
    let mut search = Exchange {
        shelf,
        noise,
        at: 0,
        failed: Vec::new(),
        edges: Vec::new(),
        arrives: Vec::new(),
        goes_on: Vec::new(),
        waits: vec![0; task.products()],
        now: 0,
    };
    let begin = time.now();
    let mut best = search.shelf.total();
    let mut idle = 0;
    // A change among many products takes some ms: none is begun that may not end in time.
    let (mut last, mut longest) = (begin, 0.0_f64);
    loop {
        let now = time.now();
        longest = longest.max(now - last);
        last = now;
        if now + longest >= time.end || now.is_nan() {
            break;
        }
        let gone = ((now - begin) / (time.end - begin)).clamp(0.0, 1.0) as f32;
        let heat = scale * 0.003 * (1.0 - gone) * (1.0 - gone);
        let total = search.shelf.total();
        let Some(change) = search.pick(heat, (best - total) as f32) else {
            search.failed.clear();
            if search.waits.iter().all(|wait| *wait <= search.now) {
                break;
            }
            search.now += 4;
            continue;
        };
        search.now += 1;
        let least = f64::from(change.gain.min(0.0)) + f64::from(heat) * random.unit().max(1e-9).ln();
        let steps_taken = &change.steps[..change.count];
        if !search.shelf.apply(steps_taken, least.min(best - total + 1e-9)) {
            search.failed.push(change);
            continue;
        }
        search.failed.clear();
        let tenure = 2 + random.below(5) as u32;
        for step in steps_taken {
            search.waits[step.product as usize] = search.now + tenure;
        }
        let total = search.shelf.total();
        idle += 1;
        if total > best + 1e-9 * best.abs() {
            best = total;
            idle = 0;
            chosen.clone_from(&search.shelf.chosen);
            if !tell(chosen, best) {
                return;
            }
        } else if idle > IDLE {
            idle = 0;
            search.shelf.restore(chosen);
            search.failed.clear();
        }
    }
}

struct Exchange<'a> {
    shelf: Shelf<'a>,
    /// Numbers by which what pays less is preferred by chance (Gumbel's distribution: the choice is then as if by odds).
    noise: Vec<f32>,
    at: usize,
    /// What did not keep its promise, as long as nothing else changes.
    failed: Vec<Change>,
    /// What a product (row) gains by taking another's place, what it gains at most, and what the change gains at most that begins with it.
    edges: Vec<f32>,
    arrives: Vec<f32>,
    goes_on: Vec<f32>,
    /// When each product may move again.
    waits: Vec<u32>,
    now: u32,
}

impl Exchange<'_> {
    /// The change that promises most, chance included. Who moved of late waits, unless the best so far is surpassed: by more than `record`.
    fn pick(&mut self, heat: f32, record: f32) -> Option<Change> {
        let (products, rooms) = (self.shelf.products(), self.shelf.rooms() as u16);
        let record = record + 1e-5 * record.abs() + 1e-7;
        let stands: Vec<Stand> = (0..products).map(|product| self.stand(product)).collect();
        self.weigh(&stands);
        let mut top = Top { best: None, score: f32::NEG_INFINITY, record, failed: &self.failed };
        let mut at = (self.at + 7 * self.now as usize + 1) & 1023;
        for (one, own) in stands.iter().enumerate() {
            let first = |room: u16| Step { product: one as u32, room };
            for room in (0..rooms).filter(|room| *room != own.room) {
                at = (at + 1) & 1023;
                top.offer(
                    heat * self.noise[at],
                    own.waits,
                    self.shelf.enter(room, one) - own.net + own.leave,
                    &[first(room)],
                );
            }
            if own.room != NOWHERE {
                at = (at + 1) & 1023;
                top.offer(heat * self.noise[at], own.waits, own.drop + own.leave, &[first(NOWHERE)]);
            }
            let row = &self.edges[one * products..(one + 1) * products];
            for (other, theirs) in stands.iter().enumerate() {
                at = (at + 1) & 1023;
                let (takes, noise) = (row[other], heat * self.noise[at]);
                // Nothing that begins so can be the best.
                if takes + noise + self.goes_on[other].max(theirs.end + own.leave) <= top.score {
                    continue;
                }
                let waits = own.waits || theirs.waits;
                let there = theirs.room;
                let second = |room: u16| Step { product: other as u32, room };
                if one < other || own.room == NOWHERE {
                    let back = self.edges[other * products + one];
                    top.offer(noise, waits, takes + back, &[first(there), second(own.room)]);
                }
                let leaves = takes + own.leave;
                top.offer(noise, waits, leaves + theirs.drop, &[first(there), second(NOWHERE)]);
                if leaves + theirs.end + noise > top.score {
                    for room in (0..rooms).filter(|room| *room != own.room && *room != there) {
                        let gain = leaves + self.shelf.enter(room, other) - theirs.net;
                        top.offer(noise, waits, gain, &[first(there), second(room)]);
                    }
                }
                if products > FEW || own.room == NOWHERE {
                    continue;
                }
                let on = &self.edges[other * products..(other + 1) * products];
                for (third, last) in stands.iter().enumerate().filter(|third| third.1.room != own.room) {
                    if takes + on[third] + self.arrives[third] + noise > top.score {
                        let gain = takes + on[third] + self.edges[third * products + one];
                        let back = Step { product: third as u32, room: own.room };
                        top.offer(noise, waits || last.waits, gain, &[first(there), second(last.room), back]);
                    }
                }
            }
        }
        self.at = at;
        top.best
    }

    /// What each product's taking each other's place gains after rent, and the most that can follow on that.
    fn weigh(&mut self, stands: &[Stand]) {
        let count = stands.len();
        self.edges.resize(count * count, f32::NEG_INFINITY);
        for (one, own) in stands.iter().enumerate() {
            for (other, theirs) in stands.iter().enumerate() {
                let can = theirs.room != NOWHERE && theirs.room != own.room;
                let gain = self.shelf.replace(other, one) - own.net - theirs.rent;
                self.edges[one * count + other] = if can { gain } else { f32::NEG_INFINITY };
            }
        }
        let most =
            |row: &[f32]| row.iter().fold(f32::NEG_INFINITY, |most, gain| if *gain > most { *gain } else { most });
        self.arrives.clear();
        self.arrives.extend(self.edges.chunks(count).map(most));
        self.goes_on.clear();
        for row in self.edges.chunks(count) {
            let far = row.iter().zip(&self.arrives).fold(f32::NEG_INFINITY, |most, (gain, then)| most.max(gain + then));
            self.goes_on.push(most(row).max(if count > FEW { f32::NEG_INFINITY } else { far }));
        }
    }

    fn stand(&self, product: usize) -> Stand {
        let (room, pay) = (self.shelf.room_of(product), self.shelf.pay_of(product));
        let rent = self.shelf.rent(product);
        let net = pay - rent;
        let rooms = (0..self.shelf.rooms() as u16).filter(|other| *other != room);
        let enter = rooms.map(|room| self.shelf.enter(room, product)).fold(f32::NEG_INFINITY, f32::max) - net;
        let leave = if room == NOWHERE { 0.0 } else { self.shelf.leave(product) - rent };
        let drop = self.shelf.drop(product) - net;
        Stand { room, net, rent, leave, drop, end: enter.max(drop), waits: self.waits[product] > self.now }
    }
}

/// A product as changes see it: its room, what it brings after rent, what its leaving brings the others and saves in rent, what it gains by
/// not being listed or at most by coming to some room in addition, and whether it has to wait.
struct Stand {
    room: u16,
    net: f32,
    rent: f32,
    leave: f32,
    drop: f32,
    end: f32,
    waits: bool,
}

/// The best offer so far.
struct Top<'a> {
    best: Option<Change>,
    score: f32,
    record: f32,
    failed: &'a [Change],
}

impl Top<'_> {
    #[inline]
    fn offer(&mut self, noise: f32, waits: bool, gain: f32, steps: &[Step]) {
        if gain + noise > self.score && (!waits || gain > self.record) {
            if self.failed.iter().any(|change| change.steps[..change.count] == *steps) {
                return;
            }
            self.score = gain + noise;
            let mut change = Change { steps: [Step { product: 0, room: NOWHERE }; 3], count: steps.len(), gain };
            change.steps[..steps.len()].copy_from_slice(steps);
            self.best = Some(change);
        }
    }
}
