//! Few products: all ways are tried, as far as they can still beat what is known (branch and bound). A partial filling is given up when the
//! bound's prices leave too little for the rest, or when its blocks cannot stand in any order. Where the time is too short for that, the
//! best filling seen so far is the answer.

use crate::compile::{Coarse, finer, task};
use crate::dual;
use crate::layout::Piece;
use crate::model::{Block, Instance, Mode, Placement, Solution};
use crate::search::Search;
use crate::task::{NOWHERE, Task};
use crate::time::Time;

/// Products up to which everything is tried.
const FEW: usize = 12;

/// What came of trying everything.
pub(crate) struct Tried {
    /// Something better than what was known before, and what it brings.
    pub(crate) better: Option<(Solution, f64)>,
    /// Whether there is nothing better still.
    pub(crate) is_complete: bool,
    /// What no filling can pass, as the prices of the shelves' stretches prove it.
    pub(crate) bound: f64,
}

/// Whether it is worth trying everything.
pub(crate) fn is_small(instance: &Instance) -> bool {
    instance.products.len() <= FEW
}

/// Looks for something better than `known` until the time is over.
pub(crate) fn search(search: &Search<'_>, known: Option<f64>, time: Time<'_>) -> Tried {
    let (instance, table) = (search.instance, &search.table);
    let coarse = Coarse::of(instance, table);
    let whole = task(instance, table, coarse.rooms.clone(), &|_, level| coarse.room(level));
    let early = time.part(0.2);
    let bound = dual::rooms(&whole, 400, &mut || early.is_over());
    let (pieces, pinned) = coarse.pieces(instance, table);
    if pieces.len() >= usize::from(NOWHERE) {
        return Tried { better: None, is_complete: false, bound: bound.value };
    }
    let (fine, prices) = finer(&whole, &bound.prices, f64::INFINITY, &pieces, &pinned);
    let products = fine.products();
    let mut options: Vec<Vec<(u32, f64)>> = Vec::with_capacity(products);
    for product in 0..products {
        let nets: Vec<(u32, f64)> = fine.of(product).map(|way| (way as u32, prices.net(&fine, way))).collect();
        let best = nets.iter().map(|net| net.1).fold(f64::MIN, f64::max);
        let mut losses: Vec<(u32, f64)> = nets.into_iter().map(|(way, net)| (way, best - net)).collect();
        losses.sort_by(|a, b| a.1.total_cmp(&b.1));
        options.push(losses);
    }
    let most = |product: &usize| fine.ways[fine.of(*product)].iter().map(|way| way.value).fold(f64::MIN, f64::max);
    let mut order: Vec<usize> = (0..products).collect();
    order.sort_by(|a, b| most(b).total_cmp(&most(a)));
    // Pinned products and those with few ways first.
    order.sort_by_key(|product| options[*product].len().min(2));
    let mut rest = vec![0.0; products + 1];
    for at in (0..products).rev() {
        rest[at] = rest[at + 1] + most(&order[at]);
    }
    let mut widest = vec![vec![0_i64; fine.shares.len()]; products + 1];
    for at in (0..products).rev() {
        let next = widest[at + 1].clone();
        for (share, (widest, next)) in widest[at].iter_mut().zip(next).enumerate() {
            let counts = |way: &&crate::task::Way| way.shares >> share & 1 == 1;
            let own = fine.ways[fine.of(order[at])].iter().filter(counts).map(|way| i64::from(way.width)).max();
            *widest = next + own.unwrap_or(0);
        }
    }
    let mut branch = Branch {
        search,
        runs: instance.all_runs().iter().map(|run| run.width).collect(),
        free: fine.rooms.clone(),
        spare: fine.loads.clone(),
        counted: vec![0; fine.shares.len()],
        task: &fine,
        pieces: &pieces,
        options,
        order,
        rest,
        widest,
        bound: bound.value,
        chosen: vec![u32::MAX; products],
        best: known.unwrap_or(f64::NEG_INFINITY),
        better: None,
        time,
        looks: 0,
        is_over: false,
    };
    branch.go(0, 0.0, 0.0);
    Tried { is_complete: !branch.is_over, better: branch.better, bound: bound.value }
}

struct Branch<'a, 'b> {
    search: &'b Search<'a>,
    /// The width of each run.
    runs: Vec<i64>,
    task: &'b Task,
    pieces: &'b [Piece],
    /// The ways of each product and what each loses at the prices, the least first.
    options: Vec<Vec<(u32, f64)>>,
    /// The order in which products choose, what those from there on bring at most, and the width they can give to each share.
    order: Vec<usize>,
    rest: Vec<f64>,
    widest: Vec<Vec<i64>>,
    bound: f64,
    chosen: Vec<u32>,
    free: Vec<i32>,
    spare: Vec<i64>,
    counted: Vec<i64>,
    best: f64,
    better: Option<(Solution, f64)>,
    time: Time<'b>,
    looks: u32,
    is_over: bool,
}

/// A listed product as its block sees it.
#[derive(Debug, Clone, Copy)]
struct Item {
    product: usize,
    block: u16,
    run: usize,
    level: usize,
    piece: usize,
    width: i64,
    way: u32,
}

impl Branch<'_, '_> {
    /// The product at `depth` takes one way after the other.
    fn go(&mut self, depth: usize, value: f64, lost: f64) {
        self.looks = self.looks.wrapping_add(1);
        if self.is_over || (self.looks.is_multiple_of(64) && self.time.is_over()) {
            self.is_over = true;
            return;
        }
        let step = 1e-9 * self.bound.abs();
        if depth == self.order.len() {
            let enough = (0..self.counted.len()).all(|share| self.counted[share] >= self.task.shares[share].least);
            if value > self.best + step
                && enough
                && let Some(solution) = self.stand(true)
            {
                self.best = value;
                self.better = Some((solution, value));
            }
            return;
        }
        let product = self.order[depth];
        for at in 0..self.options[product].len() {
            let (number, loss) = self.options[product][at];
            let way = self.task.ways[number as usize];
            let lost = lost + loss;
            if self.bound - lost <= self.best + step {
                // Later ways lose more.
                break;
            }
            let value = value + way.value;
            if value + self.rest[depth + 1] <= self.best + step || !self.has_room(number, depth) {
                continue;
            }
            self.take(number, 1);
            self.chosen[product] = number;
            if way.room == NOWHERE || self.stand(false).is_some() {
                self.go(depth + 1, value, lost);
            }
            self.chosen[product] = u32::MAX;
            self.take(number, -1);
            if self.is_over {
                return;
            }
        }
    }

    fn has_room(&self, number: u32, depth: usize) -> bool {
        let way = &self.task.ways[number as usize];
        let fits = way.room == NOWHERE
            || self.free[way.room as usize] >= way.width && self.spare[way.level as usize] >= i64::from(way.grams);
        fits && (0..self.counted.len()).all(|share| {
            let own = if way.shares >> share & 1 == 1 { i64::from(way.width) } else { 0 };
            let now = self.counted[share] + own;
            now <= self.task.shares[share].most && now + self.widest[depth + 1][share] >= self.task.shares[share].least
        })
    }

    fn take(&mut self, number: u32, sign: i32) {
        let way = &self.task.ways[number as usize];
        if way.room == NOWHERE {
            return;
        }
        self.free[way.room as usize] -= sign * way.width;
        self.spare[way.level as usize] -= i64::from(sign) * i64::from(way.grams);
        for share in 0..self.counted.len() {
            if way.shares >> share & 1 == 1 {
                self.counted[share] += i64::from(sign) * i64::from(way.width);
            }
        }
    }

    /// Places for what is chosen, neighbours that must not be included where `is_all`; none where it cannot stand.
    fn stand(&self, is_all: bool) -> Option<Solution> {
        let table = &self.search.table;
        let mut items = Vec::with_capacity(self.chosen.len());
        for (product, number) in self.chosen.iter().enumerate().filter(|(_, number)| **number != u32::MAX) {
            let way = &self.task.ways[*number as usize];
            if way.room != NOWHERE {
                let piece = way.room as usize;
                let (run, level) = table.places[self.pieces[piece].level];
                let (block, width) = (table.block[product], i64::from(way.width));
                items.push(Item { product, block, run, level, piece, width, way: *number });
            }
        }
        if self.search.instance.mode == Mode::Free {
            return if is_all { self.rows(&items, &[]) } else { Some(Solution::default()) };
        }
        items.sort_by_key(|item| (item.block, item.level, item.piece));
        let groups: Vec<&[Item]> = items.chunk_by(|a, b| a.block == b.block).collect();
        if groups.iter().any(|group| group.iter().any(|item| item.run != group[0].run)) {
            return None;
        }
        let mut stand = Standing { branch: self, groups, order: Vec::new(), tries: 0, is_all };
        let mut skyline = vec![0; table.levels];
        stand.go(&mut skyline)
    }

    /// Every shelf's products from the left to the right: those of one stretch of one block in an order that parts who must be parted.
    fn rows(&self, items: &[Item], blocks: &[(u16, Block)]) -> Option<Solution> {
        let (instance, table) = (self.search.instance, &self.search.table);
        let begin = |item: &Item| {
            let block = blocks.iter().find(|block| block.0 == item.block).map_or(0, |block| block.1.x as i64);
            self.pieces[item.piece].from.max(block)
        };
        let mut sorted: Vec<(usize, usize, i64, i64, Item)> = items
            .iter()
            .map(|item| {
                let maker = instance.products[item.product].manufacturer;
                (item.run, item.level, begin(item), maker, *item)
            })
            .collect();
        sorted.sort_by_key(|row| (row.0, row.1, row.2, row.3));
        let mut solution =
            Solution { blocks: blocks.iter().map(|block| block.1.clone()).collect(), placements: Vec::new() };
        for row in sorted.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1)) {
            let groups: Vec<Vec<Item>> =
                row.chunk_by(|a, b| a.2 == b.2).map(|group| group.iter().map(|row| row.4).collect()).collect();
            let mut line = Vec::new();
            let mut tries = 0;
            if !part(instance, &groups, &mut vec![0; groups.len()], &mut line, &mut tries) {
                return None;
            }
            let mut x = (i64::MIN, 0);
            for item in line {
                let from = begin(&item);
                x = if x.0 == from { x } else { (from, from) };
                let choice = &table.choices[self.task.ways[item.way as usize].choice as usize];
                solution.placements.push(Placement {
                    product: instance.products[item.product].id,
                    run: item.run,
                    level: item.level,
                    orientation: choice.orientation,
                    facings: i64::from(choice.facings),
                    x: x.1 as f64,
                });
                x.1 += item.width;
            }
        }
        Some(solution)
    }
}

/// An order of each group's products in which no two neighbours must be parted; `used` tells by bits who stands in `line` already.
fn part(instance: &Instance, groups: &[Vec<Item>], used: &mut [u64], line: &mut Vec<Item>, tries: &mut u32) -> bool {
    *tries += 1;
    let Some(at) = groups.iter().zip(used.iter()).position(|(group, used)| used.count_ones() < group.len() as u32)
    else {
        return true;
    };
    for (number, item) in groups[at].iter().enumerate() {
        if used[at] >> number & 1 == 1 || *tries > 5_000 {
            continue;
        }
        let product = &instance.products[item.product];
        let clash = line.last().is_some_and(|last| {
            let before = &instance.products[last.product];
            instance.apart.iter().any(|apart| {
                apart.one.has(before) && apart.other.has(product) || apart.one.has(product) && apart.other.has(before)
            })
        });
        if clash {
            continue;
        }
        used[at] |= 1 << number;
        line.push(*item);
        if part(instance, groups, used, line, tries) {
            return true;
        }
        line.pop();
        used[at] &= !(1 << number);
    }
    false
}

/// Blocks that take their places one after the other, each as far left as it can.
struct Standing<'a, 'b, 'c> {
    branch: &'c Branch<'a, 'b>,
    groups: Vec<&'c [Item]>,
    /// Those that stand: number, left and right edge.
    order: Vec<(usize, i64, i64)>,
    tries: u32,
    is_all: bool,
}

impl Standing<'_, '_, '_> {
    fn go(&mut self, skyline: &mut [i64]) -> Option<Solution> {
        self.tries += 1;
        if self.order.len() == self.groups.len() {
            return if self.is_all { self.finish() } else { Some(Solution::default()) };
        }
        for at in 0..self.groups.len() {
            if self.tries > 5_000 || self.order.iter().any(|done| done.0 == at) || self.tears(at) {
                continue;
            }
            let (low, high) = self.span(at);
            let begin = skyline[low..=high].iter().copied().max().unwrap_or(0);
            let Some(end) = self.end(at, begin) else { continue };
            let before = skyline[low..=high].to_vec();
            skyline[low..=high].fill(end);
            self.order.push((at, begin, end));
            if let Some(solution) = self.go(skyline) {
                return Some(solution);
            }
            self.order.pop();
            skyline[low..=high].copy_from_slice(&before);
        }
        None
    }

    /// Whether a family of makers' vertical blocks would not stand together.
    fn tears(&self, at: usize) -> bool {
        let instance = self.branch.search.instance;
        if !instance.sub_blocks || instance.mode != Mode::Vblock {
            return false;
        }
        let family = |group: usize| &instance.products[self.groups[group][0].product].family;
        let run = |group: usize| self.groups[group][0].run;
        let Some(last) = self.order.iter().rev().find(|done| run(done.0) == run(at)).map(|done| done.0) else {
            return false;
        };
        let waits = |group: usize| !self.order.iter().any(|done| done.0 == group);
        family(last) != family(at) && (0..self.groups.len()).any(|group| waits(group) && family(group) == family(last))
    }

    /// The lowest and the highest level of all runs' levels that a block takes.
    fn span(&self, at: usize) -> (usize, usize) {
        let table = &self.branch.search.table;
        let group = self.groups[at];
        let level = |item: &Item| self.branch.pieces[item.piece].level;
        let levels = group.iter().map(level);
        let own = (levels.clone().min().unwrap_or(0), levels.max().unwrap_or(0));
        if self.branch.search.instance.mode == Mode::Hblock {
            return own;
        }
        let run = |place: &(usize, usize)| place.0 == group[0].run;
        let first = table.places.iter().position(run).unwrap_or(0);
        (first, table.places.iter().rposition(run).unwrap_or(first))
    }

    /// The right edge of a block that begins at `begin`; none where it does not fit.
    fn end(&self, at: usize, begin: i64) -> Option<i64> {
        let mut end = begin;
        for own in self.groups[at].chunk_by(|a, b| a.piece == b.piece) {
            let piece = &self.branch.pieces[own[0].piece];
            let to = piece.from.max(begin) + own.iter().map(|item| item.width).sum::<i64>();
            if to > piece.to {
                return None;
            }
            end = end.max(to);
        }
        (end <= self.branch.runs[self.groups[at][0].run]).then_some(end)
    }

    fn finish(&self) -> Option<Solution> {
        let (instance, table) = (self.branch.search.instance, &self.branch.search.table);
        let mut blocks: Vec<(u16, Block)> = Vec::with_capacity(self.order.len());
        for (at, begin, end) in &self.order {
            let first = &self.groups[*at][0];
            let product = &instance.products[first.product];
            let (low, high) = self.span(*at);
            let levels = (table.places[low].1, table.places[high].1);
            let block = Block {
                family: product.family.clone(),
                manufacturer: instance.sub_blocks.then_some(product.manufacturer),
                run: first.run,
                levels: (instance.mode == Mode::Hblock).then_some(levels),
                x: *begin as f64,
                width: (end - begin) as f64,
            };
            blocks.push((first.block, block));
        }
        let mut sorted: Vec<&Block> = blocks.iter().map(|block| &block.1).collect();
        sorted.sort_by(|a, b| (a.run, a.levels).cmp(&(b.run, b.levels)).then(a.x.total_cmp(&b.x)));
        let mut families: Vec<&str> = sorted.iter().map(|block| block.family.as_str()).collect();
        families.dedup();
        let count = families.len();
        families.sort_unstable();
        families.dedup();
        if families.len() < count {
            return None;
        }
        let items: Vec<Item> = self.groups.concat();
        self.branch.rows(&items, &blocks)
    }
}
