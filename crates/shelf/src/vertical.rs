//! Families as vertical blocks of one run: widths by the blocks' search, then x coordinates; where their order and edges
//! matter too, the search for a shape goes on from there.

use crate::blocks::{Filled, Row};
use crate::compile::{Coarse, task};
use crate::dual::{self, Blocks};
use crate::free::{arrange, ways_of};
use crate::layout::{Arranged, Piece};
use crate::model::Block;
use crate::random::Random;
use crate::search::{Found, Search};
use crate::task::{NOWHERE, Task};
use crate::time::Time;
use crate::{shape, shaper};

/// Fills the blocks of a single run.
pub(crate) fn search(search: &mut Search<'_>, random: &mut Random) -> Found {
    let instance = search.instance;
    let is_cut = instance.stretches(0).len() > 1;
    if !is_cut && instance.shares.is_empty() && instance.apart.is_empty() {
        return side(search, random);
    }
    let whole = search.time;
    search.time = whole.part(0.4);
    let mut found = side(search, random);
    search.time = Time { end: whole.end.max(search.time.now() + 0.4 * (whole.end - search.time.end)), ..whole };
    let known = found.best.take();
    let shape = match &known {
        Some(known) => shape::of(search, known),
        None => {
            let mean = |part: &[f64]| part.iter().sum::<f64>() / part.len().max(1) as f64;
            let wanted: Vec<f64> = found.bound.used.chunks(search.table.levels).map(mean).collect();
            vec![shape::shared_out(search, (0, 0, search.table.levels - 1), &|block| wanted[block as usize])]
        }
    };
    found.best = shaper::improve(search, shape, known, !is_cut, &found.bound, random);
    found
}

/// Fills blocks side by side, wherever uprights and the edges of stretches are.
pub(crate) fn side(search: &Search<'_>, random: &mut Random) -> Found {
    let (instance, table) = (search.instance, &search.table);
    let (levels, blocks) = (table.levels, table.blocks);
    let rooms = vec![instance.width as i32; levels * blocks];
    let stretches = instance.stretches(0);
    let room =
        |product: usize, level: usize, factor: f64| vec![(table.block[product] as usize * levels + level, factor)];
    let plain = task(instance, table, rooms.clone(), &|product, level| room(product, level, 1.0));
    let shape = Blocks { levels, width: instance.width as f64 };
    let early = search.time.part(0.25);
    let mut bound = dual::blocks(&plain, shape, 1000, &mut || early.is_over());
    let highest = stretches.iter().map(|stretch| stretch.2).fold(0.0, f64::max);
    if stretches.iter().any(|stretch| stretch.2 != 1.0) {
        // Nothing sells better than everywhere in the best stretch, nor than where blocks need not be.
        let high = task(instance, table, rooms, &|product, level| room(product, level, highest));
        let later = search.time.part(0.2);
        let coarse = Coarse::of(instance, table);
        let anywhere = task(instance, table, coarse.rooms.clone(), &|_, level| coarse.room(level));
        let loose = dual::rooms(&anywhere, 1000, &mut || later.is_over()).value;
        bound.value = dual::blocks(&high, shape, 1000, &mut || later.is_over()).value.min(loose);
    }
    let mut members = vec![Vec::new(); blocks];
    for (product, block) in table.block.iter().enumerate() {
        members[*block as usize].push(product as u32);
    }
    let start = search.limits.start.and_then(|start| ways_of(search, &plain, &[], start));
    let is_cut = stretches.len() > 1;
    let mut row = Row::new(&plain, &bound, &members, levels, instance.width as i32);
    let tell = |filled: &Filled| is_cut || search.report(&side_by_side(search, &plain, filled), &bound);
    let time = search.time;
    let part = |part: f64| time.part(part).end;
    // Where edges matter too, the search for a shape goes on from whatever is found, however late.
    let give_up = if is_cut { time.end } else { part(0.45) };
    let mut filled = row.fill(start.as_deref(), (time, give_up), random, &tell);
    let mut dear = bound.clone();
    for attempt in 0..3 {
        if filled.is_some() || is_cut || time.is_over() {
            break;
        }
        // Blocks that fit beside each other and are too heavy together: kilograms get dearer.
        dear.prices.loads.iter_mut().for_each(|price| *price = *price * 1.15 + 1e-9);
        let mut row = Row::new(&plain, &dear, &members, levels, instance.width as i32);
        let own = Time { end: part([0.5, 0.6, 1.0][attempt]), ..time };
        filled = row.fill(None, (own, own.end), random, &tell);
    }
    if let Some(found) = filled.take() {
        // What was found with dearer kilograms is where the search goes on at their price.
        let better = if time.is_over() { None } else { row.fill(Some(&found.chosen), (time, time.end), random, &tell) };
        filled = better.filter(|better| better.total > found.total).or(Some(found));
    }
    let best = filled.map(|filled| side_by_side(search, &plain, &filled));
    Found { best, bound, task: plain }
}

/// The mm that each block needs.
fn widths(task: &Task, levels: usize, filled: &Filled) -> Vec<i64> {
    let mut used = vec![0_i64; task.rooms.len()];
    for way in &filled.chosen {
        let way = &task.ways[*way as usize];
        if way.room != NOWHERE {
            used[way.room as usize] += i64::from(way.width);
        }
    }
    used.chunks(levels.max(1)).map(|levels| levels.iter().copied().max().unwrap_or(0)).collect()
}

/// Blocks from the left to the right, each as wide as `widths` says.
fn blocks_at(search: &Search<'_>, widths: &[i64]) -> Vec<Block> {
    let mut left = 0;
    let mut blocks = Vec::with_capacity(widths.len());
    for (number, width) in widths.iter().enumerate() {
        let Some(product) = search.table.block.iter().position(|block| *block as usize == number) else { continue };
        let product = &search.instance.products[product];
        blocks.push(Block {
            family: product.family.clone(),
            manufacturer: search.instance.sub_blocks.then_some(product.manufacturer),
            run: 0,
            levels: None,
            x: left as f64,
            width: *width as f64,
        });
        left += width;
    }
    blocks
}

fn side_by_side(search: &Search<'_>, task: &Task, filled: &Filled) -> Arranged {
    let levels = search.table.levels;
    let widths = widths(task, levels, filled);
    let blocks = blocks_at(search, &widths);
    let pieces: Vec<Piece> = blocks
        .iter()
        .enumerate()
        .flat_map(|(block, it)| {
            let (from, to) = (it.x as i64, (it.x + it.width) as i64);
            (0..levels).map(move |level| Piece { level, from, to, parent: block * levels + level, factor: 1.0 })
        })
        .collect();
    Arranged { blocks, ..arrange(task, &pieces, &filled.chosen, filled.total) }
}
