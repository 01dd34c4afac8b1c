//! Blocks that share the width of a run: what each block brings at each width is searched for a range of widths at once (every filling that
//! the search passes is one for the width it happens to need), the widths are shared out exactly, and the search goes on around them.

use std::collections::HashMap;

use crate::dual::Bound;
use crate::fill::{Cooling, Filler, Prices};
use crate::random::Random;
use crate::task::{NOWHERE, Task, Way};
use crate::time::Time;

/// How often blocks that lack room get some from the others.
const WIDENED: usize = 4;

/// A block on its own.
struct Part {
    task: Task,
    prices: Prices,
    /// The product and the way of the whole task for each of its own.
    products: Vec<u32>,
    origin: Vec<u32>,
    /// The worth of the best filling known at each width, and the filling.
    worth: Vec<f64>,
    fillings: HashMap<u32, Vec<u32>>,
    /// Ways that lose more mean profits than this are not tried.
    reach: f64,
    /// The ways chosen last.
    last: Option<Vec<u32>>,
}

/// Blocks beside each other.
pub(crate) struct Row<'a> {
    task: &'a Task,
    levels: usize,
    width: i32,
    bound: &'a Bound,
    parts: Vec<Part>,
}

/// A filling: the way of each product, and what it brings.
#[derive(Debug, Clone)]
pub(crate) struct Filled {
    pub(crate) chosen: Vec<u32>,
    pub(crate) total: f64,
}

impl<'a> Row<'a> {
    /// Blocks of `members`, whose rooms are `levels` each, one block's after the other's.
    pub(crate) fn new(task: &'a Task, bound: &'a Bound, members: &[Vec<u32>], levels: usize, width: i32) -> Row<'a> {
        let parts = members
            .iter()
            .enumerate()
            .map(|(block, products)| Part::new(task, bound, products, block * levels, levels, width))
            .collect();
        Row { task, levels, width, bound, parts }
    }

    /// The best filling found until the time is over; none where nothing sound was found.
    /// `tell` hears of every better one and says whether to go on. Where there is nothing by `give_up`, that is all.
    pub(crate) fn fill(
        &mut self,
        start: Option<&[u32]>,
        (time, give_up): (Time<'_>, f64),
        random: &mut Random,
        tell: &dyn Fn(&Filled) -> bool,
    ) -> Option<Filled> {
        let begin = time.now();
        let mut best: Option<Filled> = None;
        let mut wanted = self.wanted();
        if let Some(start) = start {
            self.learn(start);
        }
        if start.is_none() || self.share_out().is_none() {
            self.sweep(&wanted, begin + 0.4 * (time.end - begin), time, random);
        }
        let mut round = 0;
        loop {
            let Some(widths) = self.share_out() else {
                // Even the narrowest fillings do not stand side by side: look for narrower ones.
                if round >= 12 || time.is_over() {
                    break;
                }
                wanted.iter_mut().for_each(|want| *want = (*want * 85 / 100).max(20));
                self.parts.iter_mut().for_each(|part| part.reach *= 3.0);
                let until = time.now() + 0.2 * (time.end - begin);
                self.sweep(&wanted, until, time, random);
                round += 1;
                continue;
            };
            let last = time.end - time.now() < 0.12 * (time.end - begin);
            // The first one may take longer.
            let part = if best.is_none() { 0.06 } else { 0.03 };
            let until = if last { time.end } else { time.now() + part * (time.end - begin) };
            if let Some(found) = self.together(&widths, until, best.is_some(), time, random)
                && best.as_ref().is_none_or(|known| found.total > known.total)
            {
                self.learn(&found.chosen);
                let go_on = tell(&found);
                best = Some(found);
                if !go_on {
                    break;
                }
            }
            if last || time.is_over() || (best.is_none() && time.now() >= give_up) {
                break;
            }
            self.refine(&widths, round, begin, time, random);
            round += 1;
        }
        best
    }

    /// What the blocks want at the prices, in mm, scaled to fill the run.
    fn wanted(&self) -> Vec<i32> {
        let mut wanted: Vec<f64> =
            self.bound.used.chunks(self.levels).map(|part| part.iter().sum::<f64>() / part.len() as f64).collect();
        for (want, part) in wanted.iter_mut().zip(&self.parts) {
            *want = want.max(part.least() * 1.05);
        }
        let sum: f64 = wanted.iter().sum();
        let scale = if sum > 0.0 { f64::from(self.width) / sum } else { 1.0 };
        wanted.iter().map(|want| ((want * scale) as i32).clamp(20, self.width)).collect()
    }

    /// Takes over what a filling of the whole says about each block.
    fn learn(&mut self, chosen: &[u32]) {
        for part in &mut self.parts {
            let Some(local) = part.local(chosen) else { continue };
            let mut filler = Filler::new(&part.task, &part.prices, 0.0);
            filler.restore(&local);
            note(&mut part.worth, &mut part.fillings, &part.task.rooms, &filler);
            part.last = Some(local);
        }
    }

    /// Fillings of every block at widths around `wanted`, from wide to narrow.
    fn sweep(&mut self, wanted: &[i32], until: f64, time: Time<'_>, random: &mut Random) {
        let begin = time.now();
        let products: usize = self.parts.iter().map(|part| part.products.len()).sum();
        let mut gone = begin;
        for (part, wanted) in self.parts.iter_mut().zip(wanted) {
            let share = (until - begin).max(0.0) * part.products.len() as f64 / products.max(1) as f64;
            // Few products may bring most at quite another width than the prices say.
            let steps: [i32; 12] = if part.products.len() <= 6 {
                [220, 180, 150, 130, 115, 104, 95, 85, 74, 62, 50, 38]
            } else {
                [130, 120, 113, 108, 104, 100, 97, 94, 90, 85, 79, 72]
            };
            for (number, step) in steps.iter().enumerate() {
                let width = (wanted * step / 100).clamp(20, self.width);
                let from = if number == 0 { 0.03 } else { 0.01 };
                let cooling = Cooling { from, to: 0.001, over: (2.0, 20.0) };
                gone += share * if number == 0 { 0.12 } else { 0.08 };
                part.search(width, None, &cooling, gone, time, random);
            }
        }
    }

    /// Looks harder at the chosen widths and close to them.
    fn refine(&mut self, widths: &[u32], round: usize, begin: f64, time: Time<'_>, random: &mut Random) {
        let now = time.now();
        let span = (0.3 * (time.end - now)).max(0.1 * (time.end - begin)).min(time.end - now);
        let reach = [24, 12, 6, 3][round.min(3)];
        let products: usize = self.parts.iter().map(|part| part.products.len()).sum();
        let mut gone = now;
        for (part, chosen) in self.parts.iter_mut().zip(widths) {
            let share = span * part.products.len() as f64 / products.max(1) as f64;
            let start = part.fillings.get(chosen).cloned();
            let near = [0, reach, -reach, 2 * reach + random.below(9) as i32, -2 * reach - random.below(9) as i32];
            for by in near {
                let width = (*chosen as i32 + by).clamp(20, self.width);
                let cooling = Cooling { from: 0.015, to: 0.001, over: (2.0, 20.0) };
                gone += share / near.len() as f64;
                part.search(width, start.clone(), &cooling, gone, time, random);
            }
        }
    }

    /// The widths that bring most together: exact over the fillings worth considering.
    fn share_out(&self) -> Option<Vec<u32>> {
        let price = self.bound.width.max(1e-12);
        let scale = self.task.scale();
        [0.5, 4.0, f64::INFINITY].iter().find_map(|reach| self.share_out_within(price, reach * scale))
    }

    fn share_out_within(&self, price: f64, reach: f64) -> Option<Vec<u32>> {
        let mut points: Vec<Vec<(u32, f64)>> = Vec::with_capacity(self.parts.len());
        for part in &self.parts {
            let mut widths: Vec<u32> = part.fillings.keys().copied().collect();
            widths.sort_unstable();
            let net = |width: u32| part.worth[width as usize] - price * f64::from(width);
            let best = widths.iter().map(|width| net(*width)).fold(f64::NEG_INFINITY, f64::max);
            let mut rising: Vec<(u32, f64)> = Vec::new();
            for width in widths {
                let worth = part.worth[width as usize];
                if net(width) >= best - reach && rising.last().is_none_or(|last| worth > last.1) {
                    rising.push((width, worth));
                }
            }
            if rising.is_empty() {
                return None;
            }
            points.push(rising);
        }
        let least: i64 = points.iter().map(|points| i64::from(points[0].0)).sum();
        let room = i64::from(self.width) - least;
        if room < 0 {
            return None;
        }
        let most: i64 = points.iter().map(|points| i64::from(points[points.len() - 1].0 - points[0].0)).sum();
        let room = room.min(most) as usize;
        // value[r]: the most that blocks so far bring with r mm more than their least.
        let mut value = vec![0.0_f64; 1];
        let mut picks: Vec<Vec<u16>> = Vec::with_capacity(points.len());
        for points in &points {
            let first = points[0].0;
            let span = (points[points.len() - 1].0 - first) as usize;
            let length = (value.len() + span).min(room + 1);
            let mut next = vec![f64::NEG_INFINITY; length];
            let mut pick = vec![u16::MAX; length];
            for (number, (width, worth)) in points.iter().enumerate() {
                let by = (width - first) as usize;
                if by >= length {
                    break;
                }
                for (at, before) in value.iter().enumerate().take(length - by) {
                    let candidate = before + worth;
                    if candidate > next[at + by] {
                        next[at + by] = candidate;
                        pick[at + by] = number as u16;
                    }
                }
            }
            value = next;
            picks.push(pick);
        }
        let mut at = (0..value.len()).max_by(|a, b| value[*a].total_cmp(&value[*b]))?;
        let mut widths = vec![0; points.len()];
        for (block, pick) in picks.iter().enumerate().rev() {
            let (width, _) = points[block][pick[at] as usize];
            widths[block] = width;
            at -= (width - points[block][0].0) as usize;
        }
        Some(widths)
    }

    /// All blocks side by side at `widths`, loads, shares and all.
    fn together(
        &self,
        widths: &[u32],
        until: f64,
        is_known: bool,
        time: Time<'_>,
        random: &mut Random,
    ) -> Option<Filled> {
        let mut task = self.task.clone();
        let slack = self.width - widths.iter().sum::<u32>() as i32;
        let widest = (0..widths.len()).max_by_key(|block| widths[*block]).unwrap_or(0);
        for (block, width) in widths.iter().enumerate() {
            let width = *width as i32 + if block == widest { slack } else { 0 };
            task.rooms[block * self.levels..(block + 1) * self.levels].fill(width);
        }
        let mut filler = Filler::new(&task, &self.bound.prices, 0.05);
        for (part, width) in self.parts.iter().zip(widths) {
            for (product, way) in part.products.iter().zip(part.fillings.get(width)?) {
                filler.set(*product, part.origin[*way as usize]);
            }
        }
        let begin = time.now();
        if until > begin {
            let cooling = Cooling { from: 0.003, to: 0.0005, over: (3.0, 300.0) };
            let start = filler.is_sound().then(|| Filled { chosen: filler.chosen.clone(), total: filler.total });
            filler.anneal(random, &cooling, &mut || (time.now() - begin) / (until - begin), &mut |_| {});
            if let Some(start) = start
                && !(filler.is_sound() && filler.total >= start.total)
            {
                return Some(start);
            }
        }
        if filler.is_sound() {
            return Some(Filled { chosen: filler.chosen.clone(), total: filler.total });
        }
        let (free, chosen) = (filler.free.clone(), filler.chosen.clone());
        let span = if is_known { (until - begin).min(time.end - until) } else { until - begin };
        self.widened(task, (free, chosen), span.max(0.0), time, random)
    }

    /// Where loads move products, a block may lack a few mm that the others can spare: they are given to it as long as that helps.
    fn widened(
        &self,
        mut task: Task,
        (mut free, mut chosen): (Vec<i32>, Vec<u32>),
        span: f64,
        time: Time<'_>,
        random: &mut Random,
    ) -> Option<Filled> {
        let mut extra = 0;
        for _ in 0..WIDENED {
            if time.is_over() {
                return None;
            }
            let spare = |block: usize| free[block * self.levels..(block + 1) * self.levels].iter().min().copied();
            let mut spares: Vec<i32> = (0..self.parts.len()).map(|block| spare(block).unwrap_or(0)).collect();
            // A little more each time, for the neighbours that have to answer.
            let missing: i32 = spares.iter().filter(|spare| **spare < 0).map(|spare| extra - spare).sum();
            let giving: i64 = (0..spares.len())
                .filter(|block| spares[*block] >= 0)
                .map(|block| i64::from(task.rooms[block * self.levels]))
                .sum();
            if missing == 0 || giving <= i64::from(missing) {
                return None;
            }
            let mut left = missing;
            for (block, spare) in spares.iter_mut().enumerate() {
                if *spare < 0 {
                    *spare -= extra;
                    continue;
                }
                let width = i64::from(task.rooms[block * self.levels]);
                *spare = ((i64::from(missing) * width).div_euclid(giving) as i32 + 1).min(left);
                left -= *spare;
            }
            for (block, by) in spares.iter().enumerate() {
                task.rooms[block * self.levels..(block + 1) * self.levels].iter_mut().for_each(|room| *room -= by);
            }
            let mut filler = Filler::new(&task, &self.bound.prices, 0.05);
            filler.restore(&chosen);
            let begin = time.now();
            let cooling = Cooling { from: 0.002, to: 0.0005, over: (6.0, 400.0) };
            filler.anneal(random, &cooling, &mut || (time.now() - begin) / span.max(1e-3), &mut |_| {});
            if filler.is_sound() {
                return Some(Filled { chosen: filler.chosen.clone(), total: filler.total });
            }
            (free, chosen) = (filler.free.clone(), filler.chosen.clone());
            extra += 2;
        }
        None
    }
}

impl Part {
    fn new(task: &Task, bound: &Bound, products: &[u32], first: usize, levels: usize, width: i32) -> Part {
        let mut own =
            Task { rooms: vec![width; levels], loads: vec![i64::MAX / 4; task.loads.len()], ..Task::default() };
        let mut origin = Vec::new();
        for product in products {
            own.starts.push(own.ways.len() as u32);
            for number in task.of(*product as usize) {
                let way = task.ways[number];
                origin.push(number as u32);
                if way.room == NOWHERE {
                    own.ways.push(way);
                    continue;
                }
                // What the weight and the shares cost is part of the worth; the width is what the block is about.
                let net = bound.prices.net(task, number) + bound.prices.rooms[way.room as usize] * f64::from(way.width);
                own.ways.push(Way { value: net, room: way.room - first as u16, shares: 0, ..way });
            }
        }
        own.starts.push(own.ways.len() as u32);
        let prices = Prices {
            rooms: bound.prices.rooms[first..first + levels].to_vec(),
            loads: vec![0.0; task.loads.len()],
            shares: Vec::new(),
        };
        let widest = |product: usize| own.ways[own.of(product)].iter().map(|way| way.width).max().unwrap_or(0);
        let most = (0..own.products()).map(|product| i64::from(widest(product))).sum::<i64>().min(i64::from(width));
        // Few products leave large gaps to the prices' ideal: then everything is worth trying.
        let reach = if products.len() <= 4 { 10.0 } else { 0.1 * (10.0 / products.len() as f64).max(1.0) };
        Part {
            reach,
            worth: vec![f64::NEG_INFINITY; most as usize + 1],
            task: own,
            prices,
            products: products.to_vec(),
            origin,
            fillings: HashMap::new(),
            last: None,
        }
    }

    /// mm that have to be there for what has to be listed.
    fn least(&self) -> f64 {
        let narrowest = |product: usize| self.task.ways[self.task.of(product)].iter().map(|way| way.width).min();
        let widths: Vec<i32> = (0..self.task.products()).filter_map(narrowest).collect();
        let share = f64::from(widths.iter().sum::<i32>()) / self.task.rooms.len().max(1) as f64;
        share.max(f64::from(widths.iter().copied().max().unwrap_or(0)))
    }

    /// This block's part of a filling of the whole.
    fn local(&self, chosen: &[u32]) -> Option<Vec<u32>> {
        let find = |product: &u32| self.origin.binary_search(&chosen[*product as usize]).ok().map(|way| way as u32);
        self.products.iter().map(find).collect()
    }

    /// Searches at `width`, from `start` or from where it stopped last.
    fn search(
        &mut self,
        width: i32,
        start: Option<Vec<u32>>,
        cooling: &Cooling,
        until: f64,
        time: Time<'_>,
        random: &mut Random,
    ) {
        let begin = time.now();
        if begin >= until {
            return;
        }
        self.task.rooms.fill(width);
        let mut filler = Filler::new(&self.task, &self.prices, self.reach);
        if let Some(start) = start.or_else(|| self.last.take()) {
            filler.restore(&start);
        }
        let (worth, fillings, rooms) = (&mut self.worth, &mut self.fillings, &self.task.rooms);
        filler.anneal(random, cooling, &mut || (time.now() - begin) / (until - begin), &mut |now| {
            note(worth, fillings, rooms, now);
        });
        note(worth, fillings, rooms, &filler);
        self.last = Some(filler.chosen.clone());
    }
}

#[inline]
fn note(worth: &mut [f64], fillings: &mut HashMap<u32, Vec<u32>>, rooms: &[i32], filler: &Filler<'_>) {
    let used = rooms.iter().zip(&filler.free).map(|(room, free)| room - free).max().unwrap_or(0);
    if let Some(known) = worth.get_mut(used as usize)
        && filler.total > *known + 1e-9
    {
        *known = filler.total;
        fillings.entry(used as u32).or_default().clone_from(&filler.chosen);
    }
}
