//! How a shape changes: edges move, families change places or shelves, shelves change owner.

use std::collections::HashSet;

use crate::random::Random;
use crate::shape::{Shape, Strip};

/// What changes have to know.
pub(crate) struct Moves {
    /// The family of each block.
    pub(crate) family: Vec<String>,
    /// The width of each run, and its stretches: left and right edge, and the factor of value there.
    pub(crate) widths: Vec<i64>,
    pub(crate) stretches: Vec<Vec<(i64, i64, f64)>>,
    pub(crate) is_hblock: bool,
}

impl Moves {
    /// Changes something, with smaller steps the more of the time is gone; none where the change makes no sense.
    pub(crate) fn change(&self, shape: &mut Shape, gone: f64, random: &mut Random) -> Option<()> {
        let at = random.below(shape.len());
        match random.below(20) {
            9..=12 => self.swap(&mut shape[at], random),
            13..=15 if shape.len() > 1 => self.relocate(shape, at, random),
            16..=17 if self.is_hblock => self.reshape(shape, at, random),
            _ => self.shift(&mut shape[at], gone, random),
        }
    }

    /// The edge between two neighbours moves, by chance onto an upright.
    fn shift(&self, strip: &mut Strip, gone: f64, random: &mut Random) -> Option<()> {
        let count = strip.blocks.len();
        if count < 2 {
            return None;
        }
        let mut one = random.below(count);
        let mut other = random.below(count);
        if one == other {
            return None;
        }
        let stretches = &self.stretches[strip.run];
        let by = if stretches.len() > 1 && random.below(3) == 0 {
            (one, other) = (one.min(count - 2), one.min(count - 2) + 1);
            let edge: i64 = strip.blocks[..=one].iter().map(|block| block.1).sum();
            let goal = stretches[random.below(stretches.len())].1;
            edge - goal
        } else {
            let far = 0.15 * (1.0 - gone) + 0.01;
            (self.widths[strip.run] as f64 * far * random.unit().powi(2)) as i64 + 1
        };
        let (from, to) = if by >= 0 { (one, other) } else { (other, one) };
        if strip.blocks[from].1 <= by.abs() {
            return None;
        }
        strip.blocks[from].1 -= by.abs();
        strip.blocks[to].1 += by.abs();
        Some(())
    }

    /// Families change places, or makers of a family.
    fn swap(&self, strip: &mut Strip, random: &mut Random) -> Option<()> {
        let count = strip.blocks.len();
        if count < 2 {
            return None;
        }
        let (one, other) = (random.below(count), random.below(count));
        let family = |at: usize| &self.family[strip.blocks[at].0 as usize];
        if family(one) == family(other) {
            strip.blocks.swap(one, other);
            return Some(());
        }
        let same = |a: &(u16, i64), b: &(u16, i64)| self.family[a.0 as usize] == self.family[b.0 as usize];
        let mut groups: Vec<Vec<(u16, i64)>> = strip.blocks.chunk_by(same).map(<[(u16, i64)]>::to_vec).collect();
        let number = |at: usize| groups.iter().position(|group| group.contains(&strip.blocks[at]));
        let (one, other) = (number(one)?, number(other)?);
        groups.swap(one, other);
        strip.blocks = groups.concat();
        Some(())
    }

    /// A family goes to other shelves, or changes places with one there.
    fn relocate(&self, shape: &mut Shape, from: usize, random: &mut Random) -> Option<()> {
        let to = random.below(shape.len());
        if to == from || shape[from].blocks.is_empty() {
            return None;
        }
        let at = random.below(shape[from].blocks.len());
        let moved = self.take_out(&mut shape[from], at);
        let back = (random.below(2) == 0 && !shape[to].blocks.is_empty()).then(|| {
            let at = random.below(shape[to].blocks.len());
            self.take_out(&mut shape[to], at)
        });
        let ratio = |a: &Strip, b: &Strip| (a.high - a.low + 1) as f64 / (b.high - b.low + 1) as f64;
        let (there, here) = (ratio(&shape[from], &shape[to]), ratio(&shape[to], &shape[from]));
        self.put_in(&mut shape[to], moved, there, random);
        if let Some(back) = back {
            self.put_in(&mut shape[from], back, here, random);
        }
        Some(())
    }

    /// Takes a family's blocks out; the others get their room.
    fn take_out(&self, strip: &mut Strip, at: usize) -> Vec<(u16, i64)> {
        let family = &self.family[strip.blocks[at].0 as usize];
        let (gone, left) = strip.blocks.iter().partition(|block| self.family[block.0 as usize] == *family);
        strip.blocks = left;
        self.scale(strip);
        gone
    }

    fn put_in(&self, strip: &mut Strip, mut blocks: Vec<(u16, i64)>, ratio: f64, random: &mut Random) {
        for block in &mut blocks {
            block.1 = ((block.1 as f64 * ratio) as i64).max(1);
        }
        // Between families.
        let places: Vec<usize> = (0..=strip.blocks.len())
            .filter(|at| {
                let family = |at: usize| strip.blocks.get(at).map(|block| &self.family[block.0 as usize]);
                *at == 0 || family(*at - 1) != family(*at)
            })
            .collect();
        let at = places[random.below(places.len())];
        strip.blocks.splice(at..at, blocks);
        self.scale(strip);
    }

    /// All blocks together get the whole width.
    fn scale(&self, strip: &mut Strip) {
        let sum: i64 = strip.blocks.iter().map(|block| block.1).sum();
        let width = self.widths[strip.run];
        for block in &mut strip.blocks {
            block.1 = (block.1 * width / sum.max(1)).max(1);
        }
        let rest = width - strip.blocks.iter().map(|block| block.1).sum::<i64>();
        if let Some(widest) = strip.blocks.iter_mut().max_by_key(|block| block.1) {
            widest.1 += rest;
        }
    }

    /// Shelves change owner: one shelf, or all of a strip, which others share or divide.
    fn reshape(&self, shape: &mut Shape, at: usize, random: &mut Random) -> Option<()> {
        let run = shape[at].run;
        let above = shape.iter().position(|strip| strip.run == run && strip.low == shape[at].high + 1);
        match (random.below(4), above) {
            (0, Some(above)) => {
                let mut upper = shape[above].clone();
                shape[at].high = upper.high;
                shape[at].blocks.append(&mut upper.blocks);
                self.scale(&mut shape[at]);
                shape.remove(above);
            }
            (1, Some(above)) if shape[above].low < shape[above].high => {
                shape[at].high += 1;
                shape[above].low += 1;
            }
            (2, Some(above)) if shape[at].low < shape[at].high => {
                shape[at].high -= 1;
                shape[above].low -= 1;
            }
            (3, _) if shape[at].low < shape[at].high => {
                let (low, high) = (shape[at].low, shape[at].high);
                let split = low + 1 + random.below(high - low);
                let mut upper = Strip { low: split, blocks: Vec::new(), ..shape[at].clone() };
                shape[at].high = split - 1;
                let families: HashSet<&String> =
                    shape[at].blocks.iter().map(|block| &self.family[block.0 as usize]).collect();
                let mut families: Vec<&String> = families.into_iter().collect();
                families.sort_unstable();
                families.retain(|_| random.below(2) == 0);
                let goes = |block: &(u16, i64)| families.contains(&&self.family[block.0 as usize]);
                (upper.blocks, shape[at].blocks) = shape[at].blocks.iter().partition(|block| goes(block));
                self.scale(&mut upper);
                self.scale(&mut shape[at]);
                shape.push(upper);
            }
            _ => return None,
        }
        Some(())
    }
}
