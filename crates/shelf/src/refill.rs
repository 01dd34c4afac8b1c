//! Rooms that are filled exactly: for every product of a room, what the others make of each width that it leaves them; for every product
//! elsewhere, what comes of its taking that place. Widths count as changes from how the room is filled now, within a window.

use crate::fill::Prices;
use crate::task::{NOWHERE, Task, Way};
use crate::trial::tried;

/// mm by which a room's products together may get wider or narrower at a time.
const WINDOW: i32 = 448;
const SIDE: usize = 2 * WINDOW as usize + 1;
/// Units that a load is measured by where it is scarcer than width.
const UNITS: i64 = 1500;
/// Products of a room that are tried out completely where load binds.
const HEAVY: usize = 14;

/// A product goes to a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Step {
    pub(crate) product: u32,
    pub(crate) room: u16,
}

/// A way: what it takes of what is scarcest in its room, and what is left of its value when all else is paid.
#[derive(Debug, Clone, Copy)]
struct Choice {
    way: u32,
    size: i32,
    pay: f64,
}

/// A filled shelf, and what every exchange of products would bring.
pub(crate) struct Shelf<'a> {
    task: &'a Task,
    prices: &'a Prices,
    /// The way of each product.
    pub(crate) chosen: Vec<u32>,
    /// The ways of each product in each room.
    choices: Vec<Choice>,
    starts: Vec<u32>,
    /// The way of not being listed.
    unlisted: Vec<Option<Choice>>,
    pay: Vec<f64>,
    members: Vec<Vec<u32>>,
    free: Vec<i32>,
    spare: Vec<i64>,
    /// What the others of a product's room gain by each mm of change, at most so many.
    without: Vec<f32>,
    /// The same for all of a room.
    whole: Vec<f32>,
    replace: Vec<f32>,
    enter: Vec<f32>,
    leave: Vec<f32>,
    /// Room for dynamic programmes.
    layers: Vec<f32>,
    /// The grams of a unit where load is scarcer than width; else 0, and a unit is a mm.
    unit: Vec<i32>,
    /// The units of each room that are not taken; rounding may make them negative.
    left: Vec<i32>,
    /// What a unit is worth.
    price: Vec<f64>,
    /// Whether width and load are both scarce.
    is_mixed: Vec<bool>,
}

impl<'a> Shelf<'a> {
    /// The shelf as `chosen` fills it; none where that overdraws something.
    pub(crate) fn new(task: &'a Task, prices: &'a Prices, reach: f64, chosen: &[u32]) -> Option<Shelf<'a>> {
        let (products, rooms) = (task.products(), task.rooms.len());
        let mut shelf = Shelf {
            task,
            prices,
            chosen: chosen.to_vec(),
            choices: Vec::new(),
            starts: Vec::with_capacity(products * rooms + 1),
            unlisted: vec![None; products],
            pay: vec![0.0; products],
            members: vec![Vec::new(); rooms],
            free: task.rooms.clone(),
            spare: task.loads.clone(),
            without: vec![0.0; products * SIDE],
            whole: vec![0.0; rooms * SIDE],
            replace: vec![f32::NEG_INFINITY; products * products],
            enter: vec![f32::NEG_INFINITY; products * rooms],
            leave: vec![0.0; products],
            layers: Vec::new(),
            unit: vec![0; rooms],
            left: task.rooms.clone(),
            price: prices.rooms.clone(),
            is_mixed: vec![false; rooms],
        };
        shelf.measure();
        let reach = reach * task.scale();
        for (product, taken) in chosen.iter().enumerate() {
            let nets: Vec<(usize, f64)> = task.of(product).map(|way| (way, prices.net(task, way))).collect();
            let best = nets.iter().map(|net| net.1).fold(f64::NEG_INFINITY, f64::max);
            let mut near: Vec<u32> = nets
                .iter()
                .filter(|(way, net)| *net >= best - reach || *way == *taken as usize)
                .map(|(way, _)| *way as u32)
                .filter(|way| task.ways[*way as usize].room != NOWHERE)
                .collect();
            near.sort_by_key(|way| task.ways[*way as usize].room);
            let mut next = near.iter().peekable();
            for room in 0..rooms as u16 {
                shelf.starts.push(shelf.choices.len() as u32);
                while let Some(way) = next.next_if(|way| task.ways[**way as usize].room == room) {
                    shelf.choices.push(shelf.choice(*way));
                }
            }
            let nowhere = task.of(product).find(|way| task.ways[*way].room == NOWHERE);
            shelf.unlisted[product] = nowhere.map(|way| shelf.choice(way as u32));
            shelf.pay[product] = shelf.choice(*taken).pay;
            let way = &task.ways[*taken as usize];
            if way.room != NOWHERE {
                shelf.members[usize::from(way.room)].push(product as u32);
                shelf.free[usize::from(way.room)] -= way.width;
                shelf.spare[usize::from(way.level)] -= i64::from(way.grams);
                shelf.left[usize::from(way.room)] -= shelf.size(way);
            }
        }
        shelf.starts.push(shelf.choices.len() as u32);
        if shelf.free.iter().any(|free| *free < 0) || shelf.spare.iter().any(|spare| *spare < 0) {
            return None;
        }
        (0..rooms).for_each(|room| shelf.look(room));
        Some(shelf)
    }

    /// Finds what is scarcest in each room.
    fn measure(&mut self) {
        let mut levels = vec![NOWHERE; self.free.len()];
        for way in self.task.ways.iter().filter(|way| way.room != NOWHERE) {
            levels[usize::from(way.room)] = way.level;
        }
        for (room, level) in levels.iter().enumerate().filter(|(_, level)| **level != NOWHERE) {
            let is_shared = levels.iter().enumerate().any(|(other, own)| other != room && own == level);
            let level = usize::from(*level);
            let width = self.prices.rooms[room] * f64::from(self.task.rooms[room]);
            let load = self.prices.loads[level] * self.task.loads[level] as f64;
            self.is_mixed[room] = width.min(load) > 0.02 * width.max(load);
            if load > width && !is_shared {
                let unit = (self.task.loads[level] / UNITS).max(1);
                self.unit[room] = unit as i32;
                self.left[room] = (self.task.loads[level] / unit) as i32;
                self.price[room] = self.prices.loads[level] * unit as f64;
            }
        }
    }

    /// What a way takes of what is scarcest.
    #[inline]
    fn size(&self, way: &Way) -> i32 {
        match self.unit[usize::from(way.room)] {
            0 => way.width,
            unit => (way.grams + unit / 2) / unit,
        }
    }

    pub(crate) fn products(&self) -> usize {
        self.chosen.len()
    }

    pub(crate) fn rooms(&self) -> usize {
        self.free.len()
    }

    /// What the shelf brings.
    pub(crate) fn total(&self) -> f64 {
        self.chosen.iter().map(|way| self.task.ways[*way as usize].value).sum()
    }

    #[inline]
    pub(crate) fn room_of(&self, product: usize) -> u16 {
        self.task.ways[self.chosen[product] as usize].room
    }

    /// What a product brings now, load paid.
    #[inline]
    pub(crate) fn pay_of(&self, product: usize) -> f32 {
        self.pay[product] as f32
    }

    /// What a product's place is worth, at the price of what is scarcest there.
    #[inline]
    pub(crate) fn rent(&self, product: usize) -> f32 {
        let way = &self.task.ways[self.chosen[product] as usize];
        if way.room == NOWHERE { 0.0 } else { (self.price[usize::from(way.room)] * f64::from(self.size(way))) as f32 }
    }

    /// What the others of its room gain when a product leaves.
    #[inline]
    pub(crate) fn leave(&self, product: usize) -> f32 {
        self.leave[product]
    }

    /// What `product` brings in `room`, and its products gain, when it comes in addition.
    #[inline]
    pub(crate) fn enter(&self, room: u16, product: usize) -> f32 {
        self.enter[usize::from(room) * self.chosen.len() + product]
    }

    /// What `product` brings, and the others of the room gain, when it comes instead of `gone`.
    #[inline]
    pub(crate) fn replace(&self, gone: usize, product: usize) -> f32 {
        self.replace[gone * self.chosen.len() + product]
    }

    /// What a product brings when it is not listed.
    #[inline]
    pub(crate) fn drop(&self, product: usize) -> f32 {
        self.unlisted[product].map_or(f32::NEG_INFINITY, |choice| choice.pay as f32)
    }

    fn choice(&self, way: u32) -> Choice {
        let own = &self.task.ways[way as usize];
        if own.room == NOWHERE {
            return Choice { way, size: 0, pay: own.value };
        }
        let other = match self.unit[usize::from(own.room)] {
            0 => self.prices.loads[usize::from(own.level)] * f64::from(own.grams),
            _ => self.prices.rooms[usize::from(own.room)] * f64::from(own.width),
        };
        Choice { way, size: self.size(own), pay: own.value - other }
    }

    fn choices(&self, product: u32, room: usize) -> &[Choice] {
        let at = product as usize * self.free.len() + room;
        &self.choices[self.starts[at] as usize..self.starts[at + 1] as usize]
    }

    /// Products go where `steps` say and the rooms they leave and enter are filled again, unless that gains less than `least`.
    pub(crate) fn apply(&mut self, steps: &[Step], least: f64) -> bool {
        let mut touched: Vec<usize> = Vec::with_capacity(6);
        let mut before: Vec<(u32, u32)> = Vec::with_capacity(64);
        for step in steps {
            let from = self.room_of(step.product as usize);
            touched.extend([from, step.room].into_iter().filter(|room| *room != NOWHERE).map(usize::from));
            before.push((step.product, self.chosen[step.product as usize]));
        }
        touched.sort_unstable();
        touched.dedup();
        for room in &touched {
            before.extend(self.members[*room].iter().map(|product| (*product, self.chosen[*product as usize])));
        }
        before.sort_unstable();
        before.dedup();
        let total: f64 = before.iter().map(|(_, way)| self.task.ways[*way as usize].value).sum();
        for step in steps {
            self.put(step.product, u32::MAX);
        }
        let mut fits = true;
        for step in steps.iter().filter(|step| step.room == NOWHERE) {
            match self.unlisted[step.product as usize] {
                Some(choice) => self.put(step.product, choice.way),
                None => fits = false,
            }
        }
        for room in &touched {
            let comes = steps.iter().filter(|step| usize::from(step.room) == *room).map(|step| step.product);
            let all: Vec<u32> = self.members[*room].iter().copied().chain(comes).collect();
            fits = fits && self.fill(*room, &all);
        }
        let now = |it: &Self| -> f64 {
            before.iter().map(|(product, _)| it.task.ways[it.chosen[*product as usize] as usize].value).sum()
        };
        if !fits || now(self) - total < least {
            before.iter().for_each(|(product, _)| self.put(*product, u32::MAX));
            before.iter().for_each(|(product, way)| self.put(*product, *way));
            return false;
        }
        touched.iter().for_each(|room| self.look(*room));
        true
    }

    /// Takes up another filling.
    pub(crate) fn restore(&mut self, chosen: &[u32]) {
        let mut touched = vec![false; self.free.len()];
        for (product, next) in chosen.iter().enumerate() {
            let now = self.chosen[product];
            if now != *next {
                for way in [now, *next] {
                    let room = self.task.ways[way as usize].room;
                    if room != NOWHERE {
                        touched[usize::from(room)] = true;
                    }
                }
                self.put(product as u32, *next);
            }
        }
        (0..touched.len()).filter(|room| touched[*room]).for_each(|room| self.look(room));
    }

    /// A product takes a way; `u32::MAX` is none.
    fn put(&mut self, product: u32, way: u32) {
        for (own, sign) in [(self.chosen[product as usize], -1), (way, 1)] {
            let Some(it) = self.task.ways.get(own as usize).filter(|it| it.room != NOWHERE) else { continue };
            let room = usize::from(it.room);
            self.free[room] -= sign * it.width;
            self.left[room] -= sign * self.size(it);
            self.spare[usize::from(it.level)] -= i64::from(sign) * i64::from(it.grams);
            if sign > 0 {
                self.members[room].push(product);
            } else {
                self.members[room].retain(|member| *member != product);
            }
        }
        self.chosen[product as usize] = way;
        if way != u32::MAX {
            self.pay[product as usize] = self.choice(way).pay;
        }
    }

    /// Fills `room` with `products`, of which some may leave the shelf, as well as can be; false where that cannot be.
    fn fill(&mut self, room: usize, products: &[u32]) -> bool {
        let level = products
            .iter()
            .find_map(|product| self.choices(*product, room).first())
            .map(|choice| usize::from(self.task.ways[choice.way as usize].level));
        let Some(level) = level else { return products.is_empty() };
        // Begins with how the room is filled, and newcomers' best way after rent.
        let price = self.price[room];
        let net = |choice: &Choice| choice.pay - price * f64::from(choice.size);
        let base = |product: &u32| match self.chosen[*product as usize] {
            u32::MAX => self.choices(*product, room).iter().max_by(|a, b| net(a).total_cmp(&net(b))).copied(),
            way => Some(self.choice(way)),
        };
        let Some(base) = products.iter().map(base).collect::<Option<Vec<Choice>>>() else { return false };
        products.iter().for_each(|product| self.put(*product, u32::MAX));
        let Some(mut found) = self.units(room, products, &base) else { return false };
        let takes = found.iter().map(|way| &self.task.ways[*way as usize]);
        let (width, grams) = takes.fold((0, 0), |sum, way| (sum.0 + way.width, sum.1 + i64::from(way.grams)));
        let is_kept = width <= self.free[room] && grams <= self.spare[level];
        if !is_kept && products.len() > HEAVY {
            return false;
        }
        if !is_kept || (self.is_mixed[room] && products.len() <= HEAVY) {
            let Some(better) = self.heavy(room, level, products, is_kept.then_some(found)) else { return false };
            found = better;
        }
        for (product, way) in products.iter().zip(found) {
            self.put(*product, way);
        }
        true
    }

    /// The ways of `products` that bring most in `room` as far as what is scarcest goes.
    fn units(&mut self, room: usize, products: &[u32], base: &[Choice]) -> Option<Vec<u32>> {
        let at = self.left[room] - base.iter().map(|choice| choice.size).sum::<i32>() + WINDOW;
        let mut at = usize::try_from(at).ok()?.min(SIDE - 1);
        let mut layers = std::mem::take(&mut self.layers);
        layers.clear();
        layers.resize((products.len() + 1) * SIDE, f32::NEG_INFINITY);
        layers[WINDOW as usize..SIDE].fill(0.0);
        for (number, product) in products.iter().enumerate() {
            let (before, after) = layers.split_at_mut((number + 1) * SIDE);
            self.insert(&before[number * SIDE..], &mut after[..SIDE], *product, room, base[number]);
        }
        let mut found = vec![u32::MAX; products.len()];
        for number in (0..products.len()).rev() {
            let (before, now) = (&layers[number * SIDE..(number + 1) * SIDE], layers[(number + 1) * SIDE + at]);
            if now == f32::NEG_INFINITY {
                break;
            }
            let own = self.choices(products[number], room).iter().chain(&self.unlisted[products[number] as usize]);
            for choice in own {
                let by = at as i64 - i64::from(choice.size - base[number].size);
                let gain = (choice.pay - base[number].pay) as f32;
                if by >= 0 && before[(by as usize).min(SIDE - 1)] + gain == now {
                    found[number] = choice.way;
                    at = (by as usize).min(SIDE - 1);
                    break;
                }
            }
        }
        self.layers = layers;
        (!found.contains(&u32::MAX)).then_some(found)
    }

    /// The ways of `products` that bring most in `room` and are not too heavy, as far as some looks tell.
    fn heavy(&self, room: usize, level: usize, products: &[u32], known: Option<Vec<u32>>) -> Option<Vec<u32>> {
        let options = |product: &u32| {
            let own = self.choices(*product, room).iter().chain(&self.unlisted[*product as usize]);
            let mut own: Vec<(u32, f64)> =
                own.map(|choice| (choice.way, self.prices.net(self.task, choice.way as usize))).collect();
            own.sort_by(|a, b| b.1.total_cmp(&a.1));
            own
        };
        let options: Vec<Vec<(u32, f64)>> = products.iter().map(options).collect();
        let (free, spare) = (self.free[room], self.spare[level]);
        let rent = self.prices.rooms[room] * f64::from(free) + self.prices.loads[level] * spare as f64;
        tried(self.task, &options, (free, spare, rent), known)
    }

    /// Everything about a room that exchanges need.
    fn look(&mut self, room: usize) {
        let members = std::mem::take(&mut self.members[room]);
        let mut first = vec![f32::NEG_INFINITY; SIDE];
        first[WINDOW as usize..].fill(0.0);
        self.leave_out(room, &members, &first);
        let all = match members.first() {
            Some(product) => {
                let mut all = vec![f32::NEG_INFINITY; SIDE];
                let without = &self.without[*product as usize * SIDE..(*product as usize + 1) * SIDE];
                self.insert(without, &mut all, *product, room, self.choice(self.chosen[*product as usize]));
                all
            }
            None => first,
        };
        self.whole[room * SIDE..(room + 1) * SIDE].copy_from_slice(&all);
        let count = self.chosen.len();
        let place = |table: &[f32], left: i32| table[((left + WINDOW).max(0) as usize).min(SIDE - 1)];
        // What the room would gain if nothing but what is scarcest counted is not to be had by any change either.
        let vain = place(&all, self.left[room].max(0)).max(0.0);
        for member in &members {
            let member = *member as usize;
            let table = &self.without[member * SIDE..(member + 1) * SIDE];
            let left = self.left[room].max(0) + self.size(&self.task.ways[self.chosen[member] as usize]);
            self.leave[member] = place(table, left) - vain;
            for product in 0..count {
                let own = self.choices(product as u32, room);
                let worth = best_place(table, own, left);
                self.replace[member * count + product] = worth - vain;
            }
        }
        for product in 0..count {
            let table = &self.whole[room * SIDE..(room + 1) * SIDE];
            self.enter[room * count + product] =
                best_place(table, self.choices(product as u32, room), self.left[room].max(0)) - vain;
        }
        for product in 0..count {
            if self.room_of(product) == NOWHERE {
                self.leave[product] = 0.0;
            }
        }
        self.members[room] = members;
    }

    /// For each of `products` what those beside it make of each width, all others being in `table` already; by halves.
    fn leave_out(&mut self, room: usize, products: &[u32], table: &[f32]) {
        match products {
            [] => (),
            [product] => {
                self.without[*product as usize * SIDE..(*product as usize + 1) * SIDE].copy_from_slice(table);
            }
            _ => {
                let (one, other) = products.split_at(products.len() / 2);
                for (stay, go) in [(one, other), (other, one)] {
                    let mut from = table.to_vec();
                    let mut to = vec![f32::NEG_INFINITY; SIDE];
                    for product in go {
                        self.insert(&from, &mut to, *product, room, self.choice(self.chosen[*product as usize]));
                        std::mem::swap(&mut from, &mut to);
                    }
                    self.leave_out(room, stay, &from);
                }
            }
        }
    }

    /// What all bring at each change of width when `product` chooses too, from `base` on.
    fn insert(&self, from: &[f32], to: &mut [f32], product: u32, room: usize, base: Choice) {
        to.fill(f32::NEG_INFINITY);
        let own = self.choices(product, room).iter().chain(&self.unlisted[product as usize]);
        for choice in own {
            let by = choice.size - base.size;
            let gain = (choice.pay - base.pay) as f32;
            let shift = by.unsigned_abs() as usize;
            if shift >= SIDE {
                continue;
            }
            let (into, out) = if by >= 0 { (&mut to[shift..], from) } else { (&mut to[..], &from[shift..]) };
            for (now, before) in into.iter_mut().zip(out) {
                // Written so that it becomes one instruction for several widths.
                *now = if before + gain > *now { before + gain } else { *now };
            }
            if by < 0 {
                let most = from[SIDE - 1] + gain;
                to[SIDE - shift..].iter_mut().for_each(|now| *now = if most > *now { most } else { *now });
            }
        }
    }
}

/// The most that one of `choices` brings together with what is left to the others.
#[inline]
fn best_place(table: &[f32], choices: &[Choice], free: i32) -> f32 {
    let mut best = f32::NEG_INFINITY;
    for choice in choices {
        let at = free - choice.size + WINDOW;
        if at >= 0 {
            let worth = table[(at as usize).min(SIDE - 1)] + choice.pay as f32;
            best = if worth > best { worth } else { best };
        }
    }
    best
}
