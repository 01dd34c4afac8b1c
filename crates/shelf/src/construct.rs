//! A shape that gives everything room which has to have some: what has to be listed is put where it fits, the rest of the room is what shares can
//! have of it, and edges move, families change places and shelves change owner until nothing lacks. No filling is tried for that.

use crate::compile::Coarse;
use crate::layout::Piece;
use crate::model::{Instance, Which};
use crate::moves::Moves;
use crate::random::Random;
use crate::shape::{Shape, Strip, widen};
use crate::task::{NOWHERE, Share, Task};
use crate::time::Time;

/// Shapes that are looked at.
const LOOKS: usize = 4000;
/// What a mm that a block has more or less than at first counts, against a mm that lacks.
const STRAY: f64 = 0.02;
/// What two blocks count that stand beside each other and must not, against the width of the run.
const CLASH: f64 = 0.1;
/// The part of a stretch that products fill, seldom more.
const FILLED: f64 = 0.98;

/// What a product takes in a room of the coarse task.
#[derive(Debug, Clone, Copy)]
struct Size {
    room: u16,
    narrowest: i64,
    widest: i64,
    shares: u32,
}

/// What all products need.
pub(crate) struct Needs {
    /// Block and sizes of each product, the widest that has to be listed first.
    products: Vec<(u16, bool, Vec<Size>)>,
    shares: Vec<Share>,
    /// For each block and share the rooms of the coarse task in which the block's products count for the share.
    counted: Vec<Vec<u16>>,
    /// Blocks of which no product may stand beside any of the other.
    apart: Vec<(u16, u16)>,
    blocks: usize,
}

/// What a shape lacks: mm altogether, and the block that lacks most.
struct Lack {
    sum: f64,
    worst: Option<(u16, i64)>,
}

/// What comes of putting everything somewhere that has to be listed: for each block the mm that lack, and by how much it should be wider; for
/// each block and share the mm that are there already, and what products could take besides.
struct Tally {
    lacks: Vec<i64>,
    narrow: Vec<i64>,
    given: Vec<i64>,
    more: Vec<i64>,
}

impl Needs {
    /// What the products of `task` need, whose blocks are `block`.
    pub(crate) fn of(task: &Task, block: &[u16], apart: Vec<(u16, u16)>) -> Needs {
        let mut products = Vec::with_capacity(task.products());
        for (product, block) in block.iter().enumerate() {
            let mut sizes: Vec<Size> = Vec::new();
            let mut must = true;
            for way in &task.ways[task.of(product)] {
                if way.room == NOWHERE {
                    must = false;
                    continue;
                }
                let width = i64::from(way.width);
                match sizes.iter_mut().find(|size| size.room == way.room) {
                    Some(size) => {
                        size.narrowest = size.narrowest.min(width);
                        size.widest = size.widest.max(width);
                    }
                    None => {
                        sizes.push(Size { room: way.room, narrowest: width, widest: width, shares: way.shares });
                    }
                }
            }
            products.push((*block, must, sizes));
        }
        let narrowest = |sizes: &[Size]| sizes.iter().map(|size| size.narrowest).min().unwrap_or(0);
        products.sort_by_key(|(_, must, sizes)| (!must, -narrowest(sizes)));
        let blocks = block.iter().map(|block| usize::from(*block) + 1).max().unwrap_or(0);
        let mut counted = vec![Vec::new(); blocks * task.shares.len()];
        for (block, _, sizes) in &products {
            for size in sizes {
                for share in (0..task.shares.len()).filter(|share| size.shares >> share & 1 == 1) {
                    let rooms: &mut Vec<u16> = &mut counted[usize::from(*block) * task.shares.len() + share];
                    if !rooms.contains(&size.room) {
                        rooms.push(size.room);
                    }
                }
            }
        }
        Needs { products, shares: task.shares.clone(), counted, apart, blocks }
    }

    /// What it counts that blocks stand beside each other which must not.
    fn clashes(&self, shape: &Shape, moves: &Moves) -> f64 {
        let meet = |pair: &[(u16, i64)]| {
            let (one, other) = (pair[0].0, pair[1].0);
            self.apart.contains(&(one, other)) || self.apart.contains(&(other, one))
        };
        let count = |strip: &Strip| {
            strip.blocks.windows(2).filter(|pair| meet(pair)).count() as f64 * CLASH * moves.widths[strip.run] as f64
        };
        shape.iter().map(count).sum()
    }

    /// What `pieces` lack; `areas` become the mm of each block.
    fn lack(&self, pieces: &[(u16, Piece)], areas: &mut Vec<f64>) -> Lack {
        let mut free: Vec<i64> = pieces.iter().map(|(_, piece)| piece.to - piece.from).collect();
        let mut own: Vec<Vec<usize>> = vec![Vec::new(); self.blocks];
        areas.clear();
        areas.resize(self.blocks, 0.0);
        for (number, (block, _)) in pieces.iter().enumerate() {
            own[usize::from(*block)].push(number);
            areas[usize::from(*block)] += free[number] as f64;
        }
        let tally = self.stand(pieces, &own, &mut free);
        let mut sum: f64 = tally.lacks.iter().sum::<i64>() as f64;
        let most = (0..self.blocks).max_by_key(|block| tally.lacks[*block]).filter(|block| tally.lacks[*block] > 0);
        let mut worst = most.map(|block| (block as u16, tally.narrow[block].max(1)));
        for share in 0..self.shares.len() {
            let (missing, widest) = self.missing(share, pieces, &own, &free, &tally);
            sum += missing;
            if let (Some(block), true, true) = (widest, worst.is_none(), missing > 0.0) {
                worst = Some((block as u16, (missing as i64 / own[block].len().max(1) as i64).max(1)));
            }
        }
        Lack { sum, worst }
    }

    /// Puts what has to be listed where it leaves least free; `own` are the pieces of each block.
    fn stand(&self, pieces: &[(u16, Piece)], own: &[Vec<usize>], free: &mut [i64]) -> Tally {
        let count = self.shares.len();
        let mut tally = Tally {
            lacks: vec![0; self.blocks],
            narrow: vec![0; self.blocks],
            given: vec![0; self.blocks * count],
            more: vec![0; self.blocks * count],
        };
        for (block, must, sizes) in &self.products {
            let at = usize::from(*block);
            let mut best: Option<(i64, usize, &Size)> = None;
            let mut widest = 0;
            for size in sizes.iter().filter(|_| *must) {
                for piece in own[at].iter().filter(|piece| pieces[**piece].1.parent == usize::from(size.room)) {
                    let it = &pieces[*piece].1;
                    widest = widest.max(it.to - it.from - size.narrowest);
                    let left = free[*piece] - size.narrowest;
                    if left >= 0 && best.is_none_or(|(least, ..)| left < least) {
                        best = Some((left, *piece, size));
                    }
                }
            }
            match best {
                Some((left, piece, _)) => free[piece] = left,
                None if *must => {
                    let need = sizes.iter().map(|size| size.narrowest).min().unwrap_or(0);
                    tally.lacks[at] += need;
                    tally.narrow[at] = tally.narrow[at].max(need.min(widest.abs()).max(need / 4));
                }
                None => (),
            }
            for share in 0..count {
                let counts = |size: &&Size| size.shares >> share & 1 == 1;
                let widest = sizes.iter().filter(counts).map(|size| size.widest).max().unwrap_or(0);
                let taken = best.filter(|(_, _, size)| counts(size)).map_or(0, |(_, _, size)| size.narrowest);
                tally.given[at * count + share] += taken;
                tally.more[at * count + share] += widest - taken;
            }
        }
        tally
    }

    /// The mm that a share misses, and the block whose products could take most of it had they more room.
    fn missing(
        &self,
        share: usize,
        pieces: &[(u16, Piece)],
        own: &[Vec<usize>],
        free: &[i64],
        tally: &Tally,
    ) -> (f64, Option<usize>) {
        let mut got = 0.0;
        let mut widest: Option<(f64, usize)> = None;
        for (block, own) in own.iter().enumerate() {
            let at = block * self.shares.len() + share;
            let counts = |piece: &&usize| self.counted[at].contains(&(pieces[**piece].1.parent as u16));
            let room = own.iter().filter(counts).map(|piece| free[*piece]).sum::<i64>() as f64;
            let most = tally.more[at] as f64;
            got += tally.given[at] as f64 + most.min(room * FILLED);
            if most > room && widest.is_none_or(|(known, _)| most - room > known) {
                widest = Some((most - room, block));
            }
        }
        ((self.shares[share].least as f64 - got).max(0.0), widest.map(|(_, block)| block))
    }
}

/// Blocks that have only products which must not stand beside any product of the other.
pub(crate) fn apart(instance: &Instance, block: &[u16]) -> Vec<(u16, u16)> {
    let count = block.iter().map(|block| block + 1).max().unwrap_or(0);
    let all = |which: &Which, own: u16| {
        instance.products.iter().zip(block).all(|(product, block)| *block != own || which.has(product))
    };
    let mut pairs = Vec::new();
    for rule in &instance.apart {
        let ones: Vec<u16> = (0..count).filter(|own| all(&rule.one, *own)).collect();
        let others: Vec<u16> = (0..count).filter(|own| all(&rule.other, *own)).collect();
        pairs.extend(ones.iter().flat_map(|one| others.iter().map(move |other| (*one, *other))));
    }
    pairs
}

/// The stretches of blocks of a shape, each with its block.
pub(crate) fn stretches(shape: &Shape, moves: &Moves, coarse: &Coarse) -> Vec<(u16, Piece)> {
    let mut pieces = Vec::new();
    for strip in shape {
        let mut left = 0;
        for (block, width) in &strip.blocks {
            let right = left + width;
            for (from, to, factor) in &moves.stretches[strip.run] {
                let (from, to) = (left.max(*from), right.min(*to));
                if from >= to {
                    continue;
                }
                for level in strip.low..=strip.high {
                    if let Some(parent) = coarse.keys.iter().position(|key| *key == (level, *factor)) {
                        pieces.push((*block, Piece { level, from, to, parent, factor: 1.0 }));
                    }
                }
            }
            left = right;
        }
    }
    pieces
}

/// A shape near `shape` in which nothing lacks, or as little as was found.
pub(crate) fn construct(
    needs: &Needs,
    shape: &Shape,
    moves: &Moves,
    coarse: &Coarse,
    random: &mut Random,
    time: Time<'_>,
) -> Shape {
    let mut areas = Vec::new();
    let mut wanted = Vec::new();
    let first = needs.lack(&stretches(shape, moves, coarse), &mut wanted);
    let sum = first.sum + needs.clashes(shape, moves);
    if sum <= 0.0 {
        return shape.clone();
    }
    let mut now = (shape.clone(), sum, first.worst);
    let mut best = (shape.clone(), sum);
    let heat = 0.05 * moves.widths.iter().copied().max().unwrap_or(0) as f64;
    for look in 0..LOOKS {
        if look.is_multiple_of(16) && time.is_over() {
            break;
        }
        let gone = look as f64 / LOOKS as f64;
        let mut next = now.0.clone();
        let changed = match now.2 {
            Some((block, lacks)) if random.below(3) == 0 => widen(&mut next, block, lacks, random),
            _ => moves.change(&mut next, gone, random),
        };
        if changed.is_none() || next == now.0 {
            continue;
        }
        let lack = needs.lack(&stretches(&next, moves, coarse), &mut areas);
        let stray: f64 = areas.iter().zip(&wanted).map(|(area, want)| (area - want).abs()).sum();
        let sum = lack.sum + STRAY * stray + needs.clashes(&next, moves);
        let heat = heat * (1.0 - gone).powi(2);
        if sum <= now.1 || random.unit() < ((now.1 - sum) / heat.max(1e-9)).exp() {
            now = (next, sum, lack.worst);
            if sum < best.1 {
                best = (now.0.clone(), sum);
            }
        }
    }
    best.0
}
