//! Where blocks stand when more than their widths matters: uprights, stretches that sell better, several runs, shelves of their own, neighbours,
//! shares. Every change of a shape is filled again from the filling before it, for a moment, and kept when it brings more (or little less, early
//! on); a block that lacks room gets it first.

use std::collections::{HashMap, HashSet};

use crate::compile::{Coarse, task};
use crate::construct::{Needs, apart, construct, stretches};
use crate::dual::Bound;
use crate::fill::{Cooling, Filler, Prices};
use crate::layout::{Arranged, Piece};
use crate::model::{Block, Mode};
use crate::moves::Moves;
use crate::random::Random;
use crate::search::Search;
use crate::shape::{Shape, widen};
use crate::task::{NOWHERE, Task, Way};

/// What a mm or g too much costs, as a multiple of its price.
const DEAR: f64 = 20.0;

/// A shape and how it is filled: choice and stretch of each listed product.
#[derive(Clone)]
struct State {
    shape: Shape,
    chosen: Vec<Option<(u32, i64)>>,
    worth: f64,
    is_sound: bool,
    /// The block that lacks most mm on some level, and these mm.
    short: Option<(u16, i64)>,
}

/// A way that is worth trying: its choice and value, the room of the coarse task that it takes width from, its width.
#[derive(Clone, Copy)]
struct Candidate {
    way: Way,
    room: u16,
}

/// The pieces of each block and room of the coarse task.
type ByRoom = HashMap<(u16, u16), Vec<u16>>;

/// The search for a better shape.
struct Shaper<'a, 'b> {
    search: &'b Search<'a>,
    coarse: Coarse,
    task: Task,
    prices: Prices,
    candidates: Vec<Vec<Candidate>>,
    moves: Moves,
    /// Products that stand badly on some levels: beside those they must not.
    avoided: HashSet<(usize, usize)>,
}

/// The best filling of `shape` and of what it can be changed to, until the time is over; at least `known`, where that keeps all rules.
pub(crate) fn improve(
    search: &Search<'_>,
    shape: Shape,
    known: Option<Arranged>,
    is_sound: bool,
    bound: &Bound,
    random: &mut Random,
) -> Option<Arranged> {
    if shape.is_empty() {
        return known;
    }
    let mut shaper = Shaper::new(search);
    let time = search.time;
    let chosen = vec![None; search.table.products()];
    let mut now = State { shape, chosen, worth: f64::NEG_INFINITY, is_sound: false, short: None };
    shaper.adopt(&mut now, known.as_ref());
    let mut best = known.filter(|known| is_sound && search.lay_out(known).1.is_empty());
    let begin = time.now();
    let first = shaper.fill(&now, 6, random);
    keep(search, &mut best, &first, &shaper, bound);
    now = first;
    let needs = Needs::of(&shaper.task, &search.table.block, apart(search.instance, &search.table.block));
    let mut constructed = 0;
    let scale = shaper.task.scale();
    let mut lead = now.clone();
    while !time.is_over() {
        let gone = ((time.now() - begin) / (time.end - begin)).clamp(0.0, 1.0);
        if best.is_none() && gone >= 0.33 * f64::from(constructed) && !now.is_sound {
            // Nothing to begin with, or no way from there: where is there room for everything?
            constructed += 1;
            let part = time.part(0.1);
            let shape = construct(&needs, &now.shape, &shaper.moves, &shaper.coarse, random, part);
            shaper.avoided.clear();
            now = shaper.fill(&State { shape, ..now }, 6, random);
            keep(search, &mut best, &now, &shaper, bound);
            lead = now.clone();
        }
        let Some(next) = shaper.neighbour(&now, gone, random) else {
            if shaper.is_fixed(&now.shape) && gone > 0.3 {
                break;
            }
            now = shaper.fill(&now, 2, random);
            keep(search, &mut best, &now, &shaper, bound);
            continue;
        };
        if random.below(4) == 0 {
            shaper.avoided.clear();
        }
        let next = shaper.fill(&State { shape: next, ..now.clone() }, 1, random);
        let heat = 0.05 * scale * (1.0 - gone).powi(2);
        if next.worth >= now.worth || random.unit() < ((next.worth - now.worth) / heat.max(1e-9)).exp() {
            if !keep(search, &mut best, &next, &shaper, bound) {
                break;
            }
            now = next;
            if now.worth > lead.worth {
                lead = now.clone();
            }
        }
        if random.below(100) == 0 {
            now = lead.clone();
        }
    }
    best
}

/// Takes over what is better; says whether the caller wants more.
fn keep(
    search: &Search<'_>,
    best: &mut Option<Arranged>,
    state: &State,
    shaper: &Shaper<'_, '_>,
    bound: &Bound,
) -> bool {
    if !state.is_sound || best.as_ref().is_some_and(|best| best.total >= state.worth) {
        return true;
    }
    let found = shaper.arranged(state);
    let go_on = search.report(&found, bound);
    *best = Some(found);
    go_on
}

impl<'a, 'b> Shaper<'a, 'b> {
    fn new(search: &'b Search<'a>) -> Shaper<'a, 'b> {
        let (instance, table) = (search.instance, &search.table);
        let coarse = Coarse::of(instance, table);
        let task = task(instance, table, coarse.rooms.clone(), &|_, level| coarse.room(level));
        let early = search.time.part(0.1);
        let prices = crate::dual::rooms(&task, 300, &mut || early.is_over()).prices;
        let mut family = vec![String::new(); table.blocks];
        for (product, block) in instance.products.iter().zip(&table.block) {
            family[*block as usize].clone_from(&product.family);
        }
        let runs = instance.all_runs();
        let mut shaper = Shaper {
            search,
            candidates: Vec::new(),
            moves: Moves {
                family,
                widths: runs.iter().map(|run| run.width).collect(),
                stretches: (0..runs.len()).map(|run| instance.stretches(run)).collect(),
                is_hblock: instance.mode == Mode::Hblock,
            },
            coarse,
            task,
            prices,
            avoided: HashSet::new(),
        };
        shaper.candidates = (0..shaper.task.products()).map(|product| shaper.candidates_of(product)).collect();
        shaper
    }

    /// The ways near the best at the prices, and the narrowest and the best of each room.
    fn candidates_of(&self, product: usize) -> Vec<Candidate> {
        let task = &self.task;
        let net = |number: usize| self.prices.net(task, number);
        let best = task.of(product).map(net).fold(f64::NEG_INFINITY, f64::max);
        // What counts for a share is wanted wider than it is worth.
        let is_shared = task.ways[task.of(product)].iter().any(|way| way.shares != 0);
        let few = if is_shared || task.products() <= 40 { 0.4 } else { 0.2 };
        let reach = few * task.scale();
        let mut ends: HashMap<u16, (usize, usize)> = HashMap::new();
        for number in task.of(product) {
            let end = ends.entry(task.ways[number].room).or_insert((number, number));
            if task.ways[number].width < task.ways[end.0].width {
                end.0 = number;
            }
            if net(number) > net(end.1) {
                end.1 = number;
            }
        }
        let has = |number: &usize| {
            let end = ends[&task.ways[*number].room];
            net(*number) >= best - reach || end.0 == *number || end.1 == *number
        };
        let candidate = |number: usize| Candidate { way: task.ways[number], room: task.ways[number].room };
        task.of(product).filter(has).map(candidate).collect()
    }

    /// Begins with the filling that is known.
    fn adopt(&self, state: &mut State, known: Option<&Arranged>) {
        let Some(known) = known else { return };
        for (own, chosen) in state.chosen.iter_mut().zip(&known.chosen) {
            *own = chosen.map(|(choice, piece)| (choice, known.pieces[piece].from));
        }
    }

    /// The stretches of blocks, and for each block and room of the coarse task those there.
    fn pieces(&self, shape: &Shape) -> (Vec<Piece>, ByRoom) {
        let mut by_room = ByRoom::new();
        let mut pieces = Vec::new();
        for (block, piece) in stretches(shape, &self.moves, &self.coarse) {
            by_room.entry((block, piece.parent as u16)).or_default().push(pieces.len() as u16);
            pieces.push(piece);
        }
        (pieces, by_room)
    }

    /// Fills a shape from the filling it brings along, for `effort` moments.
    fn fill(&mut self, state: &State, effort: usize, random: &mut Random) -> State {
        let (pieces, by_room) = self.pieces(&state.shape);
        let mut filled = state.clone();
        for _ in 0..4 {
            filled = self.fill_once(&filled, &pieces, &by_room, effort, random);
            if self.search.instance.apart.is_empty() || !filled.is_sound {
                break;
            }
            let arranged = self.arranged(&filled);
            let stuck = self.search.lay_out(&arranged).1;
            if stuck.is_empty() {
                break;
            }
            // Who cannot be parted within the shelf is parted by shelves.
            let ways = |product: usize| self.search.table.of(product).len();
            for (one, other) in &stuck {
                let product = if ways(*one) > ways(*other) { *one } else { *other };
                if let Some((choice, _)) = filled.chosen[product] {
                    self.avoided.insert((product, self.search.table.choices[choice as usize].level as usize));
                }
            }
            filled.is_sound = false;
            filled.worth -= self.task.scale() * stuck.len() as f64;
        }
        filled
    }

    fn fill_once(
        &self,
        state: &State,
        pieces: &[Piece],
        by_room: &ByRoom,
        effort: usize,
        random: &mut Random,
    ) -> State {
        let table = &self.search.table;
        let mut fine = Task { loads: self.task.loads.clone(), shares: self.task.shares.clone(), ..Task::default() };
        fine.rooms = pieces.iter().map(|piece| (piece.to - piece.from) as i32).collect();
        let mut from = Vec::with_capacity(self.candidates.len());
        for (product, candidates) in self.candidates.iter().enumerate() {
            let first = fine.ways.len();
            fine.starts.push(first as u32);
            let mut start = (u32::MAX, i64::MAX);
            for candidate in candidates {
                if candidate.way.room == NOWHERE {
                    if start.1 == i64::MAX {
                        start = (fine.ways.len() as u32, i64::MAX - 1);
                    }
                    fine.ways.push(candidate.way);
                    continue;
                }
                if self.avoided.contains(&(product, candidate.way.level as usize)) {
                    continue;
                }
                let Some(rooms) = by_room.get(&(table.block[product], candidate.room)) else { continue };
                for room in rooms {
                    let piece = &pieces[*room as usize];
                    if i64::from(candidate.way.width) > piece.to - piece.from {
                        continue;
                    }
                    if let Some((choice, x)) = state.chosen[product]
                        && choice == candidate.way.choice
                        && (piece.from - x).abs() < start.1
                    {
                        start = (fine.ways.len() as u32, (piece.from - x).abs());
                    }
                    fine.ways.push(Way { room: *room, ..candidate.way });
                }
            }
            from.push(start.0);
        }
        fine.starts.push(fine.ways.len() as u32);
        let rooms = pieces.iter().map(|piece| self.prices.rooms[piece.parent]).collect();
        let prices = Prices { rooms, loads: self.prices.loads.clone(), shares: self.prices.shares.clone() };
        // Where it does not fit yet, ways that lose much may be needed.
        let few = (20.0 / fine.products().max(1) as f64).clamp(0.2, 2.0);
        let reach = few * if state.is_sound { 0.1 } else { 0.3 };
        let mut filler = Filler::new(&fine, &prices, reach);
        for (product, way) in from.iter().enumerate().filter(|(_, way)| **way != u32::MAX) {
            filler.set(product as u32, *way);
        }
        // Some forty tries a product.
        let batches = (effort * (fine.products() * 40).div_ceil(512)).max(2) as f64;
        let mut calls = -1.0;
        let time = self.search.time;
        let cooling = Cooling { from: 0.01, to: 0.0005, over: (6.0, 300.0) };
        let mut gone = || {
            calls += 1.0;
            if time.is_over() { 1.0 } else { calls / batches }
        };
        filler.anneal(random, &cooling, &mut gone, &mut |_| {});
        let place = |way: &u32| {
            let way = fine.ways.get(*way as usize)?;
            (way.room != NOWHERE).then(|| (way.choice, pieces[way.room as usize].from))
        };
        let is_sound = filler.is_sound();
        let lacking = (0..pieces.len()).min_by_key(|piece| filler.free[*piece]).filter(|piece| filler.free[*piece] < 0);
        let short = lacking.and_then(|piece| {
            let product = filler
                .chosen
                .iter()
                .position(|way| fine.ways.get(*way as usize).is_some_and(|way| way.room as usize == piece))?;
            Some((table.block[product], i64::from(-filler.free[piece])))
        });
        // A block whose products have to take more of the width may be too narrow for that.
        let shared = filler.lacking().filter(|_| short.is_none() || random.below(2) == 0).and_then(|(share, lacks)| {
            let counts = |product: &usize| fine.ways[fine.of(*product)].iter().any(|way| way.shares >> share & 1 == 1);
            let counted: Vec<usize> = (0..fine.products()).filter(counts).collect();
            let levels = &self.search.instance.shares[share].levels;
            let over = if levels.is_empty() { table.levels } else { levels.len() };
            let product = counted.get(random.below(counted.len().max(1)))?;
            Some((table.block[*product], 1 + lacks / over as i64))
        });
        let short = self.stranded(&fine, pieces, by_room, random).or(shared).or(short);
        State {
            shape: state.shape.clone(),
            chosen: filler.chosen.iter().map(place).collect(),
            worth: filler.total - if is_sound { 0.0 } else { DEAR * filler.owed() },
            is_sound,
            short,
        }
    }

    /// A block in which one of its products cannot stand, and the mm that its widest stretch lacks for that.
    fn stranded(&self, fine: &Task, pieces: &[Piece], by_room: &ByRoom, random: &mut Random) -> Option<(u16, i64)> {
        let none: Vec<usize> = (0..fine.products()).filter(|product| fine.of(*product).is_empty()).collect();
        let product = *none.get(random.below(none.len().max(1)))?;
        let block = self.search.table.block[product];
        let need = self.candidates[product].iter().map(|candidate| i64::from(candidate.way.width)).min()?;
        let own = by_room.iter().filter(|entry| entry.0.0 == block).flat_map(|entry| entry.1);
        let widest = own.map(|room| pieces[*room as usize].to - pieces[*room as usize].from).max().unwrap_or(0);
        Some((block, (need - widest).max(1)))
    }

    /// Another shape, near `shape`; none where the change makes no sense.
    fn neighbour(&self, state: &State, gone: f64, random: &mut Random) -> Option<Shape> {
        let shape = &state.shape;
        let mut next = shape.clone();
        if let Some((block, lacks)) = state.short
            && random.below(2) == 0
        {
            widen(&mut next, block, lacks, random)?;
            return Some(next);
        }
        self.moves.change(&mut next, gone, random)?;
        (next != *shape).then_some(next)
    }

    /// Whether nothing about a shape can be changed.
    fn is_fixed(&self, shape: &Shape) -> bool {
        shape.len() == 1 && shape[0].blocks.len() < 2 && self.search.instance.mode != Mode::Hblock
    }

    fn arranged(&self, state: &State) -> Arranged {
        let (instance, table) = (self.search.instance, &self.search.table);
        let (pieces, by_room) = self.pieces(&state.shape);
        let mut chosen = vec![None; table.products()];
        for (product, own) in state.chosen.iter().enumerate() {
            let Some((choice, from)) = own else { continue };
            let level = table.choices[*choice as usize].level as usize;
            let here = |room: &&u16| pieces[**room as usize].level == level && pieces[**room as usize].from == *from;
            let rooms = by_room.iter().filter(|entry| entry.0.0 == table.block[product]);
            chosen[product] = rooms.flat_map(|entry| entry.1).find(here).map(|room| (*choice, *room as usize));
        }
        let mut blocks = Vec::new();
        for strip in &state.shape {
            let mut left = 0;
            for (block, width) in &strip.blocks {
                let Some(product) = table.block.iter().position(|own| own == block) else { continue };
                let product = &instance.products[product];
                let levels = (table.places[strip.low].1, table.places[strip.high].1);
                blocks.push(Block {
                    family: product.family.clone(),
                    manufacturer: instance.sub_blocks.then_some(product.manufacturer),
                    run: strip.run,
                    levels: (instance.mode == Mode::Hblock).then_some(levels),
                    x: left as f64,
                    width: *width as f64,
                });
                left += width;
            }
        }
        Arranged { pieces, chosen, blocks, total: state.worth }
    }
}
