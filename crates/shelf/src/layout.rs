//! From rooms to places: x coordinates, products of one maker beside each other, and those apart that must not be neighbours.

use crate::geometry::Table;
use crate::model::{Block, Instance, Placement, Solution};
use crate::random::Random;

/// Changes of a level's order that are tried to part neighbours.
const TRIES: usize = 400;

/// A stretch of a level that products fill from left to right.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Piece {
    /// The level among all runs' levels.
    pub(crate) level: usize,
    pub(crate) from: i64,
    pub(crate) to: i64,
    /// The room of the coarser task that it is part of.
    pub(crate) parent: usize,
    /// How well products sell there, beside what the coarser task knows.
    pub(crate) factor: f64,
}

/// A filling with its places still open: for each product its choice and its piece.
#[derive(Debug, Clone)]
pub(crate) struct Arranged {
    pub(crate) pieces: Vec<Piece>,
    /// Choice and piece of each product that is listed.
    pub(crate) chosen: Vec<Option<(u32, usize)>>,
    pub(crate) blocks: Vec<Block>,
    pub(crate) total: f64,
}

/// The places; and the pairs of products that stay neighbours though they must not.
pub(crate) fn lay_out(instance: &Instance, table: &Table, arranged: &Arranged) -> (Solution, Vec<(usize, usize)>) {
    let mut levels: Vec<Vec<(usize, Vec<usize>)>> = vec![Vec::new(); table.levels];
    let mut order: Vec<usize> = (0..arranged.pieces.len()).collect();
    order.sort_by_key(|piece| arranged.pieces[*piece].from);
    let mut members: Vec<Vec<usize>> = vec![Vec::new(); arranged.pieces.len()];
    for (product, chosen) in arranged.chosen.iter().enumerate() {
        if let Some((_, piece)) = chosen {
            members[*piece].push(product);
        }
    }
    for piece in order {
        let mut row = std::mem::take(&mut members[piece]);
        row.sort_by_key(|product| {
            let it = &instance.products[*product];
            (table.block[*product], it.manufacturer, it.id)
        });
        levels[arranged.pieces[piece].level].push((piece, row));
    }
    let mut solution = Solution { blocks: arranged.blocks.clone(), placements: Vec::new() };
    let mut stuck = Vec::new();
    for (level, rows) in levels.iter_mut().enumerate() {
        if !instance.apart.is_empty() {
            stuck.extend(separate(instance, rows));
        }
        let (run, shelf) = table.places[level];
        for (piece, row) in rows {
            let mut x = arranged.pieces[*piece].from;
            for product in row {
                let Some((choice, _)) = arranged.chosen[*product] else { continue };
                let choice = &table.choices[choice as usize];
                solution.placements.push(Placement {
                    product: instance.products[*product].id,
                    run,
                    level: shelf,
                    orientation: choice.orientation,
                    facings: i64::from(choice.facings),
                    x: x as f64,
                });
                x += i64::from(choice.width);
            }
        }
    }
    (solution, stuck)
}

/// Reorders a level until nobody has a neighbour that must not be: makers change places within their stretch, products within their maker, and
/// where that does not do, any two of a stretch. Those that stay neighbours.
fn separate(instance: &Instance, rows: &mut [(usize, Vec<usize>)]) -> Vec<(usize, usize)> {
    let mut random = Random::new(rows.len() as u64);
    let mut found = clashes(instance, rows);
    let tries = if rows.iter().any(|row| row.1.len() > 1) { TRIES } else { 0 };
    for number in 0..tries {
        if found.is_empty() {
            break;
        }
        let at = random.below(rows.len());
        if rows[at].1.len() < 2 {
            continue;
        }
        let before = rows[at].1.clone();
        if number < TRIES * 2 / 3 {
            shuffle_one(instance, &mut rows[at].1, &mut random);
        } else {
            let length = before.len();
            rows[at].1.swap(random.below(length), random.below(length));
        }
        let next = clashes(instance, rows);
        if next.len() <= found.len() {
            found = next;
        } else {
            rows[at].1 = before;
        }
    }
    found
}

/// Two makers of a row change places, or two products of a maker.
fn shuffle_one(instance: &Instance, row: &mut Vec<usize>, random: &mut Random) {
    if row.len() < 2 {
        return;
    }
    let maker = |product: usize| instance.products[product].manufacturer;
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for product in row.iter() {
        match groups.last_mut().filter(|group| maker(group[0]) == maker(*product)) {
            Some(group) => group.push(*product),
            None => groups.push(vec![*product]),
        }
    }
    let at = random.below(groups.len());
    if groups.len() > 1 && random.below(2) == 0 {
        let other = random.below(groups.len());
        groups.swap(at, other);
    } else {
        let length = groups[at].len();
        let (a, b) = (random.below(length), random.below(length));
        groups[at].swap(a, b);
    }
    *row = groups.concat();
}

fn clashes(instance: &Instance, rows: &[(usize, Vec<usize>)]) -> Vec<(usize, usize)> {
    let level: Vec<usize> = rows.iter().flat_map(|(_, row)| row.iter().copied()).collect();
    let clash = |pair: &[usize]| {
        let (a, b) = (&instance.products[pair[0]], &instance.products[pair[1]]);
        let against = |apart: &crate::model::Apart| {
            apart.one.has(a) && apart.other.has(b) || apart.one.has(b) && apart.other.has(a)
        };
        instance.apart.iter().any(against)
    };
    level.windows(2).filter(|pair| clash(pair)).map(|pair| (pair[0], pair[1])).collect()
}
