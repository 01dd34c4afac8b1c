//! A filling made better exactly, a few products at a time: those of three rooms, and one of elsewhere, choose again together, as far as the
//! prices say that it can pay (branch and bound). What chance does not find is a filling of the last millimetres.

use crate::fill::Prices;
use crate::random::Random;
use crate::task::{NOWHERE, Task};
use crate::time::Time;

/// Products that choose again together.
const TOGETHER: usize = 11;
/// Looks after which the best choice so far will do.
const LOOKS: u32 = 4_000;

/// Makes `chosen` better until the time is over. Shares are none of its business: there must be none.
pub(crate) fn mend(task: &Task, prices: &Prices, chosen: &mut [u32], random: &mut Random, time: Time<'_>) {
    let rooms = task.rooms.len();
    if rooms < 2 || task.products() == 0 {
        return;
    }
    let mut mender = Mender {
        task,
        prices,
        free: task.rooms.clone(),
        spare: task.loads.clone(),
        group: Vec::new(),
        options: Vec::new(),
        rest: Vec::new(),
        now: Vec::new(),
        best: Vec::new(),
        worth: 0.0,
        looks: 0,
    };
    chosen.iter().for_each(|way| mender.take(*way, 1));
    let mut tries = 0_u32;
    while !tries.is_multiple_of(4) || !time.is_over() {
        tries += 1;
        let one = random.below(rooms) as u16;
        let other = random.below(rooms) as u16;
        let third = random.below(rooms) as u16;
        let elsewhere = random.below(task.products());
        let mut near: Vec<usize> = (0..task.products())
            .filter(|product| {
                let room = task.ways[chosen[*product] as usize].room;
                room == one || room == other || room == third || *product == elsewhere
            })
            .collect();
        while near.len() > TOGETHER {
            near.swap_remove(random.below(near.len()));
        }
        mender.choose(&near, chosen, [one, other, third]);
    }
}

struct Mender<'a> {
    task: &'a Task,
    prices: &'a Prices,
    free: Vec<i32>,
    spare: Vec<i64>,
    group: Vec<usize>,
    /// The ways of each of the group, the best after rent first, and what is left of them then.
    options: Vec<Vec<(u32, f64)>>,
    /// The most after rent from each of the group on.
    rest: Vec<f64>,
    now: Vec<u32>,
    best: Vec<u32>,
    worth: f64,
    looks: u32,
}

impl Mender<'_> {
    fn take(&mut self, way: u32, sign: i32) {
        let way = &self.task.ways[way as usize];
        if way.room != NOWHERE {
            self.free[way.room as usize] -= sign * way.width;
            self.spare[way.level as usize] -= i64::from(sign) * i64::from(way.grams);
        }
    }

    /// The products of `near` choose again among ways in three rooms, and where each of them stands.
    fn choose(&mut self, near: &[usize], chosen: &mut [u32], rooms: [u16; 3]) {
        self.group.clear();
        self.group.extend_from_slice(near);
        let mut value = 0.0;
        for product in near {
            self.take(chosen[*product], -1);
            value += self.task.ways[chosen[*product] as usize].value;
        }
        // Who has most to lose chooses first.
        let options = |product: usize| {
            let is_there = |number: &usize| {
                let room = self.task.ways[*number].room;
                room == NOWHERE || rooms.contains(&room) || *number == chosen[product] as usize
            };
            let net = |number: usize| (number as u32, self.prices.net(self.task, number));
            let mut own: Vec<(u32, f64)> = self.task.of(product).filter(is_there).map(net).collect();
            own.sort_by(|a, b| b.1.total_cmp(&a.1));
            own
        };
        self.options = near.iter().map(|product| options(*product)).collect();
        self.rest.clear();
        self.rest.resize(near.len() + 1, 0.0);
        for at in (0..near.len()).rev() {
            self.rest[at] = self.rest[at + 1] + self.options[at].first().map_or(0.0, |option| option.1);
        }
        let touched: Vec<u16> = {
            let room = |product: &usize| self.task.ways[chosen[*product] as usize].room;
            let mut all: Vec<u16> = near.iter().map(room).chain(rooms).filter(|it| *it != NOWHERE).collect();
            all.sort_unstable();
            all.dedup();
            all
        };
        let rent: f64 = touched
            .iter()
            .map(|room| f64::from(self.free[*room as usize]) * self.prices.rooms[*room as usize])
            .sum::<f64>()
            + self.spare.iter().zip(&self.prices.loads).map(|(spare, price)| *spare as f64 * price).sum::<f64>();
        self.worth = value + 1e-9;
        self.now.clear();
        self.best.clear();
        self.looks = 0;
        self.go(0, 0.0, rent);
        let best = std::mem::take(&mut self.best);
        for (at, product) in near.iter().enumerate() {
            if let Some(way) = best.get(at) {
                chosen[*product] = *way;
            }
            self.take(chosen[*product], 1);
        }
        self.best = best;
    }

    /// One after the other chooses; `bound` is what is left of the bound: rent of all that is free, and what was gained after rent.
    fn go(&mut self, depth: usize, value: f64, bound: f64) {
        self.looks += 1;
        if depth == self.group.len() {
            if value > self.worth {
                self.worth = value;
                self.best.clone_from(&self.now);
            }
            return;
        }
        for at in 0..self.options[depth].len() {
            let (number, net) = self.options[depth][at];
            if bound + net + self.rest[depth + 1] <= self.worth || self.looks > LOOKS {
                return;
            }
            let way = &self.task.ways[number as usize];
            let fits = way.room == NOWHERE
                || self.free[way.room as usize] >= way.width && self.spare[way.level as usize] >= i64::from(way.grams);
            if !fits {
                continue;
            }
            self.take(number, 1);
            self.now.push(number);
            self.go(depth + 1, value + way.value, bound + net);
            self.now.pop();
            self.take(number, -1);
        }
    }
}
