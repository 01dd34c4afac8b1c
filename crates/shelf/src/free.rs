//! Products anywhere: the bound's prices say which ways are worth trying, and the search fills the rooms from there.

use crate::beam::beam;
use crate::compile::{Coarse, finer, task};
use crate::dual::{self, Blocks, Bound};
use crate::exchange::exchange;
use crate::fill::{Cooling, Filler, Prices};
use crate::layout::{Arranged, Piece};
use crate::mend::mend;
use crate::model::{Placement, Solution};
use crate::prove::prove;
use crate::random::Random;
use crate::rooms::begin;
use crate::search::{Found, Search};
use crate::task::{NOWHERE, Task};
use crate::tight;
use crate::time::Time;

/// More products than that do not change places: to know what each exchange brings would take too long.
const MOST: f64 = 1000.0;
/// So few products are worth a closer look.
const FEW: f64 = 40.0;

/// Fills rooms that do not depend on each other.
pub(crate) fn search(search: &Search<'_>, random: &mut Random) -> Found {
    let (instance, table) = (search.instance, &search.table);
    let coarse = Coarse::of(instance, table);
    let task = task(instance, table, coarse.rooms.clone(), &|_, level| coarse.room(level));
    let early = search.time.part(0.3);
    let mut bound = dual::rooms(&task, 2000, &mut || early.is_over());
    let (pieces, pinned) = coarse.pieces(instance, table);
    let best = if pieces.len() > usize::from(NOWHERE) - 1 {
        None
    } else if pieces.len() == coarse.rooms.len() && pinned.is_empty() {
        let prices = bound.prices.clone();
        plain(search, &task, &prices, &mut bound, &pieces, random)
    } else {
        let (fine, prices) = finer(&task, &bound.prices, 0.1, &pieces, &pinned);
        plain(search, &fine, &prices, &mut bound, &pieces, random)
    };
    Found { best, bound, task }
}

/// Fills rooms: by chance first, then by products that change places. Where rooms are few, small and as the bound sees them, that only begins,
/// and the rest of the time makes the bound tighter and is for a proof among the ways that something better can take, and for mending.
fn plain(
    search: &Search<'_>,
    task: &Task,
    prices: &Prices,
    bound: &mut Bound,
    pieces: &[Piece],
    random: &mut Random,
) -> Option<Arranged> {
    let time = search.time;
    let width = task.rooms.first().copied().unwrap_or(0);
    let shape = Blocks { levels: task.rooms.len(), width: f64::from(width) };
    let products = task.products() as f64;
    let left = time.end - time.now();
    if !task.shares.is_empty()
        || task.rooms.len() < 2
        || !(1.0..=MOST).contains(&products)
        || 1e-4 * products * products > left
    {
        return fill(search, task, prices, bound, pieces, time, random);
    }
    let is_whole = search.instance.pins.is_empty() && task.rooms.iter().all(|room| *room == width);
    // Of few products most ways are soon left out.
    let (share, first, second) = if products <= FEW { (0.15, 0.06, 0.08) } else { (0.04, 0.1, 0.2) };
    let tightens = is_whole && tight::look_ms(task.ways.len(), shape) <= share * left;
    // Where the rest is found by proof, chance has only to begin; where it finds nothing, it goes on.
    let parts = if tightens { [first, 0.3, 1.0] } else { [0.25, 0.5, 1.0] };
    let mut best = parts.iter().find_map(|part| fill(search, task, prices, bound, pieces, time.part(*part), random))?;
    let tightens = tightens && tight::look_ms(open_ways(task, prices, bound.value - best.total), shape) <= 0.04 * left;
    let mut chosen = ways_taken(task, &best)?;
    let mut reach = if products <= FEW { 0.3 } else { 0.05 };
    if is_whole {
        // Who loses more than that cannot be part of anything better.
        reach = ((bound.value - best.total) / task.scale()).clamp(0.0, reach);
    }
    let part = if tightens { time.part(second) } else { time };
    exchange(task, prices, reach, &mut chosen, random, part, &mut |ways, total| {
        best = arrange(task, pieces, ways, total);
        search.report(&best, bound)
    });
    if tightens && !time.is_over() {
        let known = (chosen, best.total);
        let (chosen, total) = proven(task, shape, prices, bound, known, random, time, &mut |ways, total, bound| {
            search.report(&arrange(task, pieces, ways, total), bound)
        });
        best = arrange(task, pieces, &chosen, total);
    }
    Some(best)
}

/// How many ways lose no more than `slack` at these prices.
fn open_ways(task: &Task, prices: &Prices, slack: f64) -> usize {
    let of = |product: usize| {
        let nets = task.of(product).map(|way| prices.net(task, way));
        let best = nets.clone().fold(f64::MIN, f64::max);
        nets.filter(|net| best - net <= slack).count()
    };
    (0..task.products()).map(of).sum()
}

/// Something better than what is known, ways and what they bring, by a tighter bound: among the ways that it leaves, with a proof if the time
/// allows. `tell` hears of what is found on the way.
#[expect(clippy::too_many_arguments, reason = "what is known, and where to look")]
fn proven(
    task: &Task,
    shape: Blocks,
    prices: &Prices,
    bound: &mut Bound,
    (mut chosen, mut total): (Vec<u32>, f64),
    random: &mut Random,
    time: Time<'_>,
    tell: &mut dyn FnMut(&[u32], f64, &Bound) -> bool,
) -> (Vec<u32>, f64) {
    let Some(mut rooms) = begin(task, shape, bound, total, time.part(0.2)) else { return (chosen, total) };
    // What is found early leaves out ways before they are looked at closely.
    let for_bound = if task.products() as f64 <= FEW { 0.12 } else { 0.4 };
    for (for_beam, for_bound) in [(0.1, for_bound), (0.5, 0.0)] {
        if let Some(better) = beam(task, &rooms, &chosen, total, time.part(for_beam)) {
            (chosen, total) = better;
            tell(&chosen, total, bound);
        }
        if for_bound > 0.0 {
            rooms.tighten(bound, total, time.part(for_bound));
        }
    }
    let proof = prove(task, &rooms, &chosen, total, time.part(0.8));
    bound.value = bound.value.min(proof.bound);
    if let Some(better) = proof.better {
        total = better.iter().map(|way| task.ways[*way as usize].value).sum();
        chosen = better;
        tell(&chosen, total, bound);
    }
    if bound.value <= total {
        return (chosen, total);
    }
    let mut is_open = vec![false; task.ways.len()];
    rooms.open_ways().chain(chosen.iter().copied()).for_each(|way| is_open[way as usize] = true);
    let mut fewer = Task { rooms: task.rooms.clone(), loads: task.loads.clone(), ..Task::default() };
    let mut numbers = Vec::new();
    let mut taken = Vec::with_capacity(chosen.len());
    for (product, way) in chosen.iter().enumerate() {
        fewer.starts.push(fewer.ways.len() as u32);
        for number in task.of(product).filter(|number| is_open[*number] || task.ways[*number].room == NOWHERE) {
            if number == *way as usize {
                taken.push(numbers.len() as u32);
            }
            numbers.push(number as u32);
            fewer.ways.push(task.ways[number]);
        }
    }
    fewer.starts.push(fewer.ways.len() as u32);
    mend(&fewer, prices, &mut taken, random, time);
    let mended = taken.iter().map(|way| fewer.ways[*way as usize].value).sum();
    if mended > total {
        total = mended;
        chosen = taken.iter().map(|way| numbers[*way as usize]).collect();
        tell(&chosen, total, bound);
    }
    (chosen, total)
}

/// The ways of `task` that an arrangement takes.
fn ways_taken(task: &Task, arranged: &Arranged) -> Option<Vec<u32>> {
    let taken = |product: usize| {
        let own = |number: &usize| {
            let way = &task.ways[*number];
            match arranged.chosen[product] {
                Some((choice, piece)) => way.room as usize == piece && way.choice == choice,
                None => way.room == NOWHERE,
            }
        };
        task.of(product).find(own).map(|number| number as u32)
    };
    (0..task.products()).map(taken).collect()
}

/// Anneals in cycles: the first looks closely around the prices' choice, later ones farther.
fn fill(
    search: &Search<'_>,
    task: &Task,
    prices: &Prices,
    bound: &Bound,
    pieces: &[Piece],
    time: Time<'_>,
    random: &mut Random,
) -> Option<Arranged> {
    let mut best: Option<(f64, Vec<u32>)> = None;
    let start = search.limits.start.and_then(|start| ways_of(search, task, pieces, start));
    // A product takes some twenty microseconds until a cycle has found its best.
    let cycles = ((time.end - time.now()) / (0.1 * task.products().max(1) as f64)).clamp(2.0, 12.0) as usize;
    for cycle in 0..cycles {
        let part = time.part(1.0 / (cycles - cycle) as f64);
        // Few products leave large gaps to the prices' ideal: then everything is worth trying.
        let reach = if task.products() <= 12 { 10.0 } else { [0.02, 0.05, 0.03, 0.1][cycle % 4] };
        let mut filler = Filler::new(task, prices, reach);
        let from = match (&best, &start) {
            (None, Some(start)) => {
                filler.restore(start);
                0.001
            }
            (Some((_, known)), _) if cycle % 3 == 2 => {
                filler.restore(known);
                0.002
            }
            _ => [0.003, 0.008, 0.003, 0.005][cycle % 4],
        };
        let cooling = Cooling { from, to: 0.0003, over: (4.0, 500.0) };
        anneal(&mut filler, random, &cooling, part);
        if !filler.is_sound() && best.is_none() && 2 * cycle + 2 >= cycles {
            // Nothing but what has to be keeps nothing out: all ways, and a slower end.
            filler = Filler::new(task, prices, 10.0);
            anneal(&mut filler, random, &Cooling { from: 0.02, to: 0.001, over: (10.0, 1000.0) }, time.part(0.8));
        }
        if filler.is_sound() && best.as_ref().is_none_or(|(known, _)| filler.total > *known) {
            best = Some((filler.total, filler.chosen.clone()));
            if !search.report(&arrange(task, pieces, &filler.chosen, filler.total), bound) {
                break;
            }
        }
        if time.is_over() {
            break;
        }
    }
    best.map(|(total, chosen)| arrange(task, pieces, &chosen, total))
}

pub(crate) fn anneal(filler: &mut Filler<'_>, random: &mut Random, cooling: &Cooling, time: Time<'_>) {
    let begin = time.now();
    if begin >= time.end {
        return;
    }
    filler.anneal(random, cooling, &mut || (time.now() - begin) / (time.end - begin), &mut |_| {});
}

pub(crate) fn arrange(task: &Task, pieces: &[Piece], chosen: &[u32], total: f64) -> Arranged {
    let place = |way: &u32| {
        let way = task.ways.get(*way as usize)?;
        (way.room != NOWHERE).then_some((way.choice, way.room as usize))
    };
    Arranged { pieces: pieces.to_vec(), chosen: chosen.iter().map(place).collect(), blocks: Vec::new(), total }
}

/// The ways that a filling of another time takes in `task`; none where a product stands in a way that it no longer may.
pub(crate) fn ways_of(search: &Search<'_>, task: &Task, pieces: &[Piece], solution: &Solution) -> Option<Vec<u32>> {
    let mut placed: Vec<Option<&Placement>> = vec![None; task.products()];
    for placement in &solution.placements {
        if let Some(product) = search.number(placement.product) {
            placed[product] = Some(placement);
        }
    }
    for pin in &search.instance.pins {
        // A pinned product stands where it is pinned, wherever it stood.
        if let Some(product) = search.number(pin.product) {
            placed[product] = None;
        }
    }
    let mut ways = Vec::with_capacity(task.products());
    for (product, placement) in placed.iter().enumerate() {
        let fits = |number: &usize| {
            let way = &task.ways[*number];
            let Some(placement) = placement else { return true };
            if way.room == NOWHERE {
                return false;
            }
            let choice = &search.table.choices[way.choice as usize];
            let piece = pieces.get(way.room as usize);
            search.table.places[choice.level as usize] == (placement.run, placement.level)
                && choice.orientation == placement.orientation
                && i64::from(choice.facings) == placement.facings
                && piece.is_none_or(|piece| placement.x >= piece.from as f64 - 0.5 && placement.x < piece.to as f64)
        };
        ways.push(task.of(product).find(fits)? as u32);
    }
    Some(ways)
}
