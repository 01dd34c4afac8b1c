//! A shape says which blocks lie on which shelves, in which order and how wide.

use crate::layout::Arranged;
use crate::model::Block;
use crate::random::Random;
use crate::search::Search;

/// Shelves that are filled with blocks from the left to the right: levels among all runs' levels, blocks with their mm.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Strip {
    pub(crate) run: usize,
    pub(crate) low: usize,
    pub(crate) high: usize,
    pub(crate) blocks: Vec<(u16, i64)>,
}

/// All blocks' places.
pub(crate) type Shape = Vec<Strip>;

/// Shelves of a run, from the lowest to the highest, whose width all blocks share that want any of it.
pub(crate) fn shared_out(
    search: &Search<'_>,
    (run, low, high): (usize, usize, usize),
    wants: &dyn Fn(u16) -> f64,
) -> Strip {
    let width = search.instance.all_runs()[run].width;
    let blocks = 0..search.table.blocks as u16;
    let wanted: Vec<(u16, f64)> = blocks.map(|block| (block, wants(block))).filter(|block| block.1 >= 0.0).collect();
    // Everybody gets something.
    let least = 0.3 * wanted.iter().map(|block| block.1).sum::<f64>() / wanted.len().max(1) as f64;
    let sum: f64 = wanted.iter().map(|block| block.1 + least).sum();
    let part = |want: f64| ((want + least) / sum.max(1e-9) * width as f64) as i64;
    let mut blocks: Vec<(u16, i64)> = wanted.iter().map(|block| (block.0, part(block.1).max(1))).collect();
    let rest = width - blocks.iter().map(|block| block.1).sum::<i64>();
    if let Some(widest) = blocks.iter_mut().max_by_key(|block| block.1) {
        widest.1 += rest;
    }
    Strip { run, low, high, blocks }
}

/// A block that lacks room gets it from another one.
pub(crate) fn widen(shape: &mut Shape, block: u16, lacks: i64, random: &mut Random) -> Option<()> {
    let strip = shape.iter_mut().find(|strip| strip.blocks.iter().any(|own| own.0 == block))?;
    let to = strip.blocks.iter().position(|own| own.0 == block)?;
    let by = 1 + (lacks as f64 * (0.5 + random.unit())) as i64;
    let can = |at: &usize| *at != to && strip.blocks[*at].1 > by;
    let wide: Vec<usize> = (0..strip.blocks.len()).filter(can).collect();
    let from = *wide.get(random.below(wide.len().max(1)))?;
    strip.blocks[from].1 -= by;
    strip.blocks[to].1 += by;
    Some(())
}

/// The shape of a filling; blocks take the gaps to their right.
pub(crate) fn of(search: &Search<'_>, arranged: &Arranged) -> Shape {
    let (instance, table) = (search.instance, &search.table);
    let number = |block: &Block| {
        let own = instance.products.iter().position(|product| {
            product.family == block.family && block.manufacturer.is_none_or(|maker| maker == product.manufacturer)
        });
        own.map_or(0, |product| table.block[product])
    };
    let level = |run: usize, shelf: usize| table.places.iter().position(|place| *place == (run, shelf)).unwrap_or(0);
    let runs = instance.all_runs();
    let mut shape: Shape = Vec::new();
    let mut blocks: Vec<&Block> = arranged.blocks.iter().collect();
    blocks.sort_by(|a, b| (a.run, a.levels).cmp(&(b.run, b.levels)).then(a.x.total_cmp(&b.x)));
    for same in blocks.chunk_by(|a, b| (a.run, a.levels) == (b.run, b.levels)) {
        let run = same[0].run;
        let (low, high) = same[0].levels.unwrap_or((0, runs[run].levels.len().saturating_sub(1)));
        let end = |at: usize| same.get(at + 1).map_or(runs[run].width, |next| next.x as i64);
        let begin = |at: usize| if at == 0 { 0 } else { same[at].x as i64 };
        let blocks = (0..same.len()).map(|at| (number(same[at]), end(at) - begin(at))).collect();
        shape.push(Strip { run, low: level(run, low), high: level(run, high), blocks });
    }
    shape
}
