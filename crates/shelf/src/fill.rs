//! The search: a product changes its way, another one answers as suits best, and what is worse is accepted less and less often (simulated
//! annealing). Rooms, loads and shares may be overdrawn on the way, at a price above the one that the bound found for them; only what
//! overdraws nothing is kept.

use crate::random::Random;
use crate::task::{NOWHERE, Task};

/// Prices of what is scarce, in profit a day for a mm or a g.
#[derive(Debug, Clone)]
pub(crate) struct Prices {
    pub(crate) rooms: Vec<f64>,
    pub(crate) loads: Vec<f64>,
    pub(crate) shares: Vec<f64>,
}

/// How a search cools, relative to a product's mean profit.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cooling {
    pub(crate) from: f64,
    pub(crate) to: f64,
    /// What overdrawing costs, as a multiple of its price, at the beginning and at the end.
    pub(crate) over: (f64, f64),
}

/// A shelf being filled.
#[derive(Debug, Clone)]
pub(crate) struct Filler<'a> {
    task: &'a Task,
    /// The ways worth trying of each product.
    promising: Vec<u32>,
    starts: Vec<u32>,
    /// Products with more than one promising way.
    movable: Vec<u32>,
    /// The way of each product.
    pub(crate) chosen: Vec<u32>,
    /// Free mm of each room, free g of each level, width counted for each share.
    pub(crate) free: Vec<i32>,
    spare: Vec<i64>,
    counted: Vec<i64>,
    /// What overdrawing a mm or g costs now.
    over: Prices,
    base: Prices,
    members: Vec<Vec<u32>>,
    place: Vec<u32>,
    /// How many rooms, loads and shares are overdrawn.
    overdrawn: usize,
    /// Products that cannot stand anywhere.
    stranded: usize,
    pub(crate) total: f64,
    scale: f64,
}

#[inline]
fn cost(free: i32, price: f64) -> f64 {
    if free < 0 { f64::from(-free) * price } else { 0.0 }
}

#[inline]
fn heavy(spare: i64, price: f64) -> f64 {
    if spare < 0 { -spare as f64 * price } else { 0.0 }
}

impl<'a> Filler<'a> {
    /// A filler in which every product stands in its first way worth trying at `prices`; ways that lose more than `reach` (in mean profits)
    /// against the best at these prices are left out.
    pub(crate) fn new(task: &'a Task, prices: &Prices, reach: f64) -> Filler<'a> {
        let products = task.products();
        let scale = task.scale();
        let mut filler = Filler {
            task,
            promising: Vec::new(),
            starts: Vec::with_capacity(products + 1),
            movable: Vec::new(),
            chosen: vec![u32::MAX; products],
            free: task.rooms.clone(),
            spare: task.loads.clone(),
            counted: vec![0; task.shares.len()],
            over: prices.clone(),
            base: prices.clone(),
            members: vec![Vec::new(); task.rooms.len()],
            place: vec![0; products],
            overdrawn: 0,
            stranded: 0,
            total: 0.0,
            scale,
        };
        filler.floor_prices();
        let mut nets: Vec<(f64, u32)> = Vec::new();
        for product in 0..products {
            filler.starts.push(filler.promising.len() as u32);
            nets.clear();
            nets.extend(task.of(product).map(|way| (prices.net(task, way), way as u32)));
            nets.sort_by(|a, b| b.0.total_cmp(&a.0));
            let Some(best) = nets.first().map(|(net, _)| *net) else {
                filler.stranded += 1;
                continue;
            };
            let near = nets.iter().filter(|(net, _)| *net >= best - reach * scale).map(|(_, way)| *way);
            filler.promising.extend(near);
            if filler.promising.len() > filler.starts[product] as usize + 1 {
                filler.movable.push(product as u32);
            }
        }
        filler.starts.push(filler.promising.len() as u32);
        filler.overdrawn = filler.count_overdrawn();
        for product in 0..products as u32 {
            // Of ways that are as good, the one in the emptiest room.
            let room = |way: u32| task.ways[way as usize].room;
            let free = |way: &&u32| if room(**way) == NOWHERE { 0 } else { filler.free[room(**way) as usize] };
            let options = filler.options(product);
            let Some(best) = options.first().map(|way| prices.net(task, *way as usize)) else { continue };
            let as_good = options.iter().filter(|way| prices.net(task, **way as usize) >= best - 1e-9 * scale);
            if let Some(way) = as_good.max_by_key(free).copied() {
                filler.set(product, way);
            }
        }
        filler
    }

    /// Nothing is free to overdraw.
    fn floor_prices(&mut self) {
        let mean = |prices: &[f64]| prices.iter().sum::<f64>() / prices.len().max(1) as f64;
        let width: f64 = self.task.rooms.iter().map(|room| f64::from(*room)).sum();
        let all = self.scale * self.task.products() as f64;
        let least = (mean(&self.base.rooms) * 0.3).max(1e-3 * all / width.max(1.0));
        self.base.rooms.iter_mut().for_each(|price| *price = price.max(least));
        let grams: f64 = self.task.loads.iter().map(|load| *load as f64).sum();
        let least = (mean(&self.base.loads) * 0.3).max(0.03 * all / grams.max(1.0));
        self.base.loads.iter_mut().for_each(|price| *price = price.max(least));
        let least = mean(&self.base.rooms);
        self.base.shares.iter_mut().for_each(|price| *price = price.abs().max(least));
    }

    fn count_overdrawn(&self) -> usize {
        self.free.iter().filter(|free| **free < 0).count()
            + self.spare.iter().filter(|spare| **spare < 0).count()
            + (0..self.counted.len()).filter(|share| self.missed(*share, self.counted[*share]) > 0).count()
    }

    /// mm by which a share is missed.
    #[inline]
    fn missed(&self, share: usize, counted: i64) -> i64 {
        let bounds = self.task.shares[share];
        (bounds.least - counted).max(counted - bounds.most).max(0)
    }

    /// The share that lacks most, and the mm it lacks.
    pub(crate) fn lacking(&self) -> Option<(usize, i64)> {
        let lacks = |share: usize| (share, self.task.shares[share].least - self.counted[share]);
        (0..self.counted.len()).map(lacks).filter(|share| share.1 > 0).max_by_key(|share| share.1)
    }

    /// Whether everybody stands somewhere and nothing is overdrawn.
    pub(crate) fn is_sound(&self) -> bool {
        self.overdrawn == 0 && self.stranded == 0
    }

    /// What is overdrawn, at the prices it has at least; products that stand nowhere count as much as all the others.
    pub(crate) fn owed(&self) -> f64 {
        let rooms = self.free.iter().zip(&self.base.rooms).map(|(free, price)| cost(*free, *price));
        let loads = self.spare.iter().zip(&self.base.loads).map(|(spare, price)| heavy(*spare, *price));
        let missed = |share: usize| self.missed(share, self.counted[share]) as f64 * self.base.shares[share];
        let shares = (0..self.counted.len()).map(missed);
        let stranded = self.stranded as f64 * self.scale * self.task.products() as f64;
        rooms.sum::<f64>() + loads.sum::<f64>() + shares.sum::<f64>() + stranded
    }

    /// Takes part of the bookkeeping: width and weight, but not who stands where.
    #[inline]
    fn take(&mut self, way: u32, sign: i32) {
        let way = &self.task.ways[way as usize];
        if way.room == NOWHERE {
            return;
        }
        self.free[way.room as usize] -= sign * way.width;
        self.spare[way.level as usize] -= i64::from(sign) * i64::from(way.grams);
        let mut left = way.shares;
        while left != 0 {
            let share = left.trailing_zeros() as usize;
            self.counted[share] += i64::from(sign) * i64::from(way.width);
            left &= left - 1;
        }
    }

    /// Lets `product` stand in `way`.
    pub(crate) fn set(&mut self, product: u32, way: u32) {
        let before = self.chosen[product as usize];
        if before == way {
            return;
        }
        let ways = &self.task.ways;
        let mut touched = [NOWHERE; 4];
        let mut count = 0;
        for at in [before, way] {
            if at != u32::MAX && ways[at as usize].room != NOWHERE {
                touched[count] = ways[at as usize].room;
                touched[count + 1] = ways[at as usize].level;
                count += 2;
            }
        }
        if count == 4 && touched[0] == touched[2] {
            touched[2] = NOWHERE;
        }
        if count == 4 && touched[1] == touched[3] {
            touched[3] = NOWHERE;
        }
        let bad = |it: &Self| {
            let mut bad = 0;
            for (at, index) in touched.iter().enumerate() {
                if *index != NOWHERE {
                    let over = if at % 2 == 0 { it.free[*index as usize] < 0 } else { it.spare[*index as usize] < 0 };
                    bad += usize::from(over);
                }
            }
            for share in 0..it.counted.len() {
                bad += usize::from(it.missed(share, it.counted[share]) > 0);
            }
            bad
        };
        self.overdrawn -= bad(self);
        if before != u32::MAX {
            self.take(before, -1);
            self.total -= self.task.ways[before as usize].value;
            let room = self.task.ways[before as usize].room;
            if room != NOWHERE {
                let place = self.place[product as usize] as usize;
                let members = &mut self.members[room as usize];
                members.swap_remove(place);
                if let Some(moved) = members.get(place) {
                    self.place[*moved as usize] = place as u32;
                }
            }
        }
        if way != u32::MAX {
            self.take(way, 1);
            self.total += self.task.ways[way as usize].value;
            let room = self.task.ways[way as usize].room;
            if room != NOWHERE {
                self.place[product as usize] = self.members[room as usize].len() as u32;
                self.members[room as usize].push(product);
            }
        }
        self.chosen[product as usize] = way;
        self.overdrawn += bad(self);
    }

    /// What going from one way to another gains, overdrawing paid.
    #[inline]
    fn gain(&self, from: u32, to: u32) -> f64 {
        let (a, b) = (&self.task.ways[from as usize], &self.task.ways[to as usize]);
        let mut gain = b.value - a.value;
        if a.room == b.room {
            if a.room != NOWHERE {
                let (free, price) = (self.free[a.room as usize], self.over.rooms[a.room as usize]);
                gain -= cost(free + a.width - b.width, price) - cost(free, price);
                let (spare, price) = (self.spare[a.level as usize], self.over.loads[a.level as usize]);
                gain -= heavy(spare + i64::from(a.grams - b.grams), price) - heavy(spare, price);
            }
        } else {
            if a.room != NOWHERE {
                let (free, price) = (self.free[a.room as usize], self.over.rooms[a.room as usize]);
                gain -= cost(free + a.width, price) - cost(free, price);
            }
            if b.room != NOWHERE {
                let (free, price) = (self.free[b.room as usize], self.over.rooms[b.room as usize]);
                gain -= cost(free - b.width, price) - cost(free, price);
            }
            if a.level == b.level {
                let (spare, price) = (self.spare[a.level as usize], self.over.loads[a.level as usize]);
                gain -= heavy(spare + i64::from(a.grams - b.grams), price) - heavy(spare, price);
            } else {
                if a.level != NOWHERE {
                    let (spare, price) = (self.spare[a.level as usize], self.over.loads[a.level as usize]);
                    gain -= heavy(spare + i64::from(a.grams), price) - heavy(spare, price);
                }
                if b.level != NOWHERE {
                    let (spare, price) = (self.spare[b.level as usize], self.over.loads[b.level as usize]);
                    gain -= heavy(spare - i64::from(b.grams), price) - heavy(spare, price);
                }
            }
        }
        if a.shares | b.shares != 0 {
            gain -= self.share_cost(a.shares, a.width, b.shares, b.width);
        }
        gain
    }

    fn share_cost(&self, out: u32, width_out: i32, into: u32, width_in: i32) -> f64 {
        let mut sum = 0.0;
        let mut left = out | into;
        while left != 0 {
            let share = left.trailing_zeros() as usize;
            left &= left - 1;
            let now = self.counted[share];
            let less = if out >> share & 1 == 1 { width_out } else { 0 };
            let more = if into >> share & 1 == 1 { width_in } else { 0 };
            let next = now + i64::from(more) - i64::from(less);
            sum += (self.missed(share, next) - self.missed(share, now)) as f64 * self.over.shares[share];
        }
        sum
    }

    /// The promising ways of `product`.
    #[inline]
    fn options(&self, product: u32) -> &[u32] {
        &self.promising[self.starts[product as usize] as usize..self.starts[product as usize + 1] as usize]
    }

    /// The way that suits `product` best as things are, and what it gains.
    #[inline]
    fn answer(&self, product: u32) -> (f64, u32) {
        let now = self.chosen[product as usize];
        let mut best = (0.0, now);
        for way in self.options(product) {
            if *way != now {
                let gain = self.gain(now, *way);
                if gain > best.0 {
                    best = (gain, *way);
                }
            }
        }
        best
    }

    /// Tries moves until `gone` says 1; ends with the best sound filling that was seen, if any. `gone` tells the part of the time that is
    /// over; `seen` hears of every step, sound or not.
    pub(crate) fn anneal(
        &mut self,
        random: &mut Random,
        cooling: &Cooling,
        gone: &mut dyn FnMut() -> f64,
        seen: &mut dyn FnMut(&Filler<'_>),
    ) {
        if self.movable.is_empty() {
            return;
        }
        let mut best = f64::NEG_INFINITY;
        let mut kept: Vec<u32> = Vec::new();
        let mut temperature = cooling.from * self.scale;
        let ratio = (cooling.to / cooling.from).ln();
        let mut tried = 0_u32;
        loop {
            if tried.is_multiple_of(512) {
                let part = gone();
                if part >= 1.0 {
                    break;
                }
                temperature = cooling.from * self.scale * (ratio * part).exp();
                let over = cooling.over.0 * ((cooling.over.1 / cooling.over.0).ln() * part).exp();
                for (price, base) in self.over.rooms.iter_mut().zip(&self.base.rooms) {
                    *price = base * over;
                }
                for (price, base) in self.over.loads.iter_mut().zip(&self.base.loads) {
                    *price = base * over;
                }
                for (price, base) in self.over.shares.iter_mut().zip(&self.base.shares) {
                    *price = base * over;
                }
            }
            tried = tried.wrapping_add(1);
            let product = self.movable[random.below(self.movable.len())];
            let options = self.options(product);
            let way = options[random.below(options.len())];
            let now = self.chosen[product as usize];
            if way == now {
                continue;
            }
            let mut gain = self.gain(now, way);
            self.take(now, -1);
            self.take(way, 1);
            let (old, new) = (self.task.ways[now as usize].room, self.task.ways[way as usize].room);
            let crowded = new != NOWHERE && self.free[new as usize] < 0;
            let room = if crowded || old == NOWHERE { new } else { old };
            let mut reply = (0.0, u32::MAX, 0);
            if room != NOWHERE && !self.members[room as usize].is_empty() {
                let members = &self.members[room as usize];
                let other = members[random.below(members.len())];
                if other != product {
                    let (more, answer) = self.answer(other);
                    reply = (more, other, answer);
                    gain += more;
                }
            }
            let mut third = (u32::MAX, 0);
            if reply.1 != u32::MAX && tried & 1 == 0 {
                // What the two left may suit somebody else.
                let was = self.chosen[reply.1 as usize];
                let left = self.task.ways[was as usize].room;
                let room = if reply.2 != was && left != NOWHERE && left != room {
                    left
                } else if room == new {
                    old
                } else {
                    new
                };
                if room != NOWHERE && !self.members[room as usize].is_empty() {
                    let members = &self.members[room as usize];
                    let other = members[random.below(members.len())];
                    if other != product && other != reply.1 {
                        self.take(was, -1);
                        self.take(reply.2, 1);
                        let (more, answer) = self.answer(other);
                        third = (other, answer);
                        gain += more;
                        self.take(reply.2, -1);
                        self.take(was, 1);
                    }
                }
            }
            self.take(way, -1);
            self.take(now, 1);
            if gain >= 0.0 || random.unit() < (gain / temperature).exp() {
                if self.overdrawn == 0 && self.total > best + 1e-9 {
                    best = self.total;
                    kept.clear();
                    kept.extend_from_slice(&self.chosen);
                }
                self.set(product, way);
                if reply.1 != u32::MAX {
                    self.set(reply.1, reply.2);
                }
                if third.0 != u32::MAX {
                    self.set(third.0, third.1);
                }
                seen(self);
            }
        }
        if best > f64::NEG_INFINITY && !(self.overdrawn == 0 && self.total > best) {
            self.restore(&kept);
        }
    }

    /// Takes over the ways of another time.
    pub(crate) fn restore(&mut self, chosen: &[u32]) {
        for (product, way) in chosen.iter().enumerate() {
            self.set(product as u32, *way);
        }
        self.total =
            self.chosen.iter().filter(|way| **way != u32::MAX).map(|way| self.task.ways[*way as usize].value).sum();
    }
}

impl Prices {
    /// What a way brings after paying for room, load and shares.
    #[inline]
    pub(crate) fn net(&self, task: &Task, way: usize) -> f64 {
        let way = &task.ways[way];
        if way.room == NOWHERE {
            return way.value;
        }
        let mut price = self.rooms[way.room as usize];
        let mut left = way.shares;
        while left != 0 {
            price += self.shares[left.trailing_zeros() as usize];
            left &= left - 1;
        }
        way.value - price * f64::from(way.width) - self.loads[way.level as usize] * f64::from(way.grams)
    }
}
