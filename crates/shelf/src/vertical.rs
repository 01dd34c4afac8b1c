//! Families as vertical blocks of one run: widths by the blocks' search, then x coordinates; where products may not stand across uprights
//! or the edges of stretches, blocks are cut there and filled again.

use std::collections::HashMap;

use crate::blocks::{Filled, Row};
use crate::compile::{finer, task};
use crate::dual::{self, Blocks, Bound};
use crate::fill::{Cooling, Filler};
use crate::free::{anneal, arrange, ways_of};
use crate::layout::{Arranged, Piece};
use crate::model::Block;
use crate::random::Random;
use crate::search::{Found, Search};
use crate::task::{NOWHERE, Task};

/// Fills the blocks of a single run.
pub(crate) fn search(search: &Search<'_>, random: &mut Random) -> Found {
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
        // Nothing sells better than everywhere in the best stretch.
        let high = task(instance, table, rooms, &|product, level| room(product, level, highest));
        let later = search.time.part(0.2);
        bound.value = dual::blocks(&high, shape, 1000, &mut || later.is_over()).value;
    }
    let mut members = vec![Vec::new(); blocks];
    for (product, block) in table.block.iter().enumerate() {
        members[*block as usize].push(product as u32);
    }
    let start = search.limits.start.and_then(|start| ways_of(search, &plain, &[], start));
    if stretches.len() <= 1 {
        let mut row = Row::new(&plain, &bound, &members, levels, instance.width as i32);
        let tell = |filled: &Filled| search.report(&side_by_side(search, &plain, filled), &bound);
        let mut filled = row.fill(start.as_deref(), search.time, random, &tell);
        let mut dear = bound.clone();
        for _ in 0..3 {
            if filled.is_some() || search.time.stopped.get() {
                break;
            }
            // Blocks that fit beside each other and are too heavy together: kilograms get dearer.
            dear.prices.loads.iter_mut().for_each(|price| *price = *price * 1.15 + 1e-9);
            let mut row = Row::new(&plain, &dear, &members, levels, instance.width as i32);
            filled = row.fill(None, search.time.more(0.3), random, &tell);
        }
        let best = filled.map(|filled| side_by_side(search, &plain, &filled));
        return Found { best, bound, task: plain };
    }
    let best = cut(search, &plain, &bound, &members, &stretches, random);
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

/// Widths for a somewhat narrower run, then the rest of the width shared out and the blocks cut at the edges of stretches: the best of several.
fn cut(
    search: &Search<'_>,
    task: &Task,
    bound: &Bound,
    members: &[Vec<u32>],
    stretches: &[(i64, i64, f64)],
    random: &mut Random,
) -> Option<Arranged> {
    let levels = search.table.levels;
    let mut best: Option<Arranged> = None;
    let shrunk = [0.97, 0.99, 0.94, 1.0, 0.9, 0.8, 0.7];
    for (turn, part) in shrunk.iter().enumerate() {
        if turn >= 4 && best.is_some() || (turn > 0 && search.time.is_over()) {
            break;
        }
        let width = (search.instance.width as f64 * part) as i32;
        let mut row = Row::new(task, bound, members, levels, width);
        let time = search.time.part(if turn < 4 { 0.16 } else { 0.3 });
        let Some(filled) = row.fill(None, time, random, &|_| true) else { continue };
        let mut widths = widths(task, levels, &filled);
        let slack = search.instance.width - widths.iter().sum::<i64>();
        let count = widths.len().max(1) as i64;
        widths.iter_mut().for_each(|width| *width += slack / count);
        let blocks = blocks_at(search, &widths);
        let mut pieces = Vec::new();
        for (number, block) in blocks.iter().enumerate() {
            let (left, right) = (block.x as i64, (block.x + block.width) as i64);
            for level in 0..levels {
                for (from, to, factor) in stretches {
                    let (from, to) = (left.max(*from), right.min(*to));
                    if from < to {
                        pieces.push(Piece { level, from, to, parent: number * levels + level, factor: *factor });
                    }
                }
            }
        }
        if pieces.len() >= usize::from(NOWHERE) {
            return None;
        }
        let (fine, prices) = finer(task, &bound.prices, 0.1, &pieces, &HashMap::new());
        let mut filler = Filler::new(&fine, &prices, 0.06);
        let cooling = Cooling { from: 0.01, to: 0.0003, over: (4.0, 500.0) };
        anneal(&mut filler, random, &cooling, search.time.part(0.2));
        if filler.is_sound() && best.as_ref().is_none_or(|known| filler.total > known.total) {
            let found = Arranged { blocks, ..arrange(&fine, &pieces, &filler.chosen, filler.total) };
            if !search.report(&found, bound) {
                return Some(found);
            }
            best = Some(found);
        }
    }
    best
}
