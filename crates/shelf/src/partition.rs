//! Blocks that have to choose a place: one of several runs, or one of the bands of shelves that horizontal blocks lie on. Each place is a run
//! of its own with vertical blocks; which families go where is searched with the bounds of the places as their value.

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::compile::{Coarse, task};
use crate::dual::{self, Blocks};
use crate::geometry::Table;
use crate::layout::Arranged;
use crate::model::{Instance, Mode, Pin, Zone};
use crate::random::Random;
use crate::search::{Found, Search};
use crate::shape::{self, Shape};
use crate::shaper;
use crate::time::{Limits, Time};
use crate::vertical;

/// Shelves of a run that belong together: the first and the last one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Band {
    run: usize,
    low: usize,
    high: usize,
}

/// Families by band.
#[derive(Debug, Clone)]
struct Plan {
    bands: Vec<Band>,
    /// The band of each family.
    home: Vec<usize>,
}

/// Fills several runs with vertical blocks, or runs with horizontal ones.
pub(crate) fn search(search: &Search<'_>, random: &mut Random) -> Found {
    let (instance, table) = (search.instance, &search.table);
    let coarse = Coarse::of(instance, table);
    let task = task(instance, table, coarse.rooms.clone(), &|_, level| coarse.room(level));
    let early = search.time.part(0.15);
    let bound = dual::rooms(&task, 1000, &mut || early.is_over());
    let mut families: Vec<&str> = instance.products.iter().map(|product| product.family.as_str()).collect();
    families.sort_unstable();
    families.dedup();
    let mut planner = Planner { search, families, known: HashMap::new() };
    let plan = planner.plan(random);
    let is_plain = instance.shares.is_empty() && (0..=instance.runs.len()).all(|run| instance.stretches(run).len() < 2);
    let known = planner.fill(&plan, search.time.part(0.4), random);
    let shape = planner.shape(&plan, known.as_ref());
    let best = shaper::improve(search, shape, known, is_plain, &bound, random);
    Found { best, bound, task }
}

struct Planner<'a, 'b> {
    search: &'b Search<'a>,
    families: Vec<&'b str>,
    known: HashMap<(Band, Vec<usize>), f64>,
}

impl Planner<'_, '_> {
    /// Families over bands by local search, a third of the time.
    fn plan(&mut self, random: &mut Random) -> Plan {
        let time = self.search.time.part(0.35);
        let horizontal = self.search.instance.mode == Mode::Hblock;
        let runs = self.search.instance.all_runs();
        let mut bands = Vec::new();
        for (run, view) in runs.iter().enumerate() {
            let last = view.levels.len().saturating_sub(1);
            if horizontal {
                bands.extend((0..=last).map(|level| Band { run, low: level, high: level }));
            } else {
                bands.push(Band { run, low: 0, high: last });
            }
        }
        let mut plan = Plan { home: (0..self.families.len()).map(|family| family % bands.len()).collect(), bands };
        let mut value = self.value(&plan);
        let mut tries = 0_u32;
        let mut idle = 0_u32;
        while !time.is_over() && idle < 60 * (self.families.len() + plan.bands.len()) as u32 {
            tries += 1;
            idle += 1;
            let Some(next) = self.neighbour(&plan, horizontal && tries.is_multiple_of(4), random) else { continue };
            let candidate = self.value(&next);
            if candidate >= value {
                if candidate > value {
                    idle = 0;
                }
                value = candidate;
                plan = next;
            }
        }
        plan
    }

    fn neighbour(&self, plan: &Plan, reshape: bool, random: &mut Random) -> Option<Plan> {
        let mut next = plan.clone();
        if reshape {
            let at = random.below(next.bands.len());
            let band = next.bands[at];
            let above = next.bands.iter().position(|it| it.run == band.run && it.low == band.high + 1);
            match above {
                // The band takes the next shelf from the one above, or all of it.
                Some(above) if next.bands[above].low == next.bands[above].high => {
                    next.bands[at].high += 1;
                    for home in &mut next.home {
                        if *home == above {
                            *home = at;
                        }
                        *home -= usize::from(*home > above);
                    }
                    next.bands.remove(above);
                }
                Some(above) if random.below(2) == 0 => {
                    next.bands[at].high += 1;
                    next.bands[above].low += 1;
                }
                _ if band.low < band.high => {
                    let low = band.low + 1 + random.below(band.high - band.low);
                    next.bands[at].high = low - 1;
                    next.bands.push(Band { low, ..band });
                    let new = next.bands.len() - 1;
                    for home in &mut next.home {
                        if *home == at && random.below(2) == 0 {
                            *home = new;
                        }
                    }
                }
                _ => return None,
            }
            return Some(next);
        }
        let family = random.below(next.home.len().max(1));
        let other = random.below(next.home.len().max(1));
        if random.below(2) == 0 && next.home.get(family)? != next.home.get(other)? {
            next.home.swap(family, other);
        } else {
            *next.home.get_mut(family)? = random.below(next.bands.len());
        }
        Some(next)
    }

    fn value(&mut self, plan: &Plan) -> f64 {
        (0..plan.bands.len()).map(|band| self.value_of(plan, band)).sum()
    }

    fn members(plan: &Plan, band: usize) -> Vec<usize> {
        (0..plan.home.len()).filter(|family| plan.home[*family] == band).collect()
    }

    /// The bound of a band with its families: near what it brings; far below zero where they do not fit.
    fn value_of(&mut self, plan: &Plan, band: usize) -> f64 {
        let members = Self::members(plan, band);
        if members.is_empty() {
            return 0.0;
        }
        let key = (plan.bands[band], members);
        if let Some(value) = self.known.get(&key) {
            return *value;
        }
        let (part, _) = self.part(&key.0, &key.1);
        let table = Table::new(&part, self.search.instance, &HashSet::new());
        let lost = (0..table.products()).filter(|at| table.unlisted[*at].is_none() && table.of(*at).is_empty()).count();
        let levels = table.levels;
        let rooms = vec![part.width as i32; levels * table.blocks];
        let task =
            task(&part, &table, rooms, &|product, level| vec![(table.block[product] as usize * levels + level, 1.0)]);
        let shape = Blocks { levels, width: part.width as f64 };
        let time = self.search.time;
        let all = task.scale() * task.products() as f64;
        let bound = dual::blocks(&task, shape, 60, &mut || time.is_over()).value - 10.0 * all * lost as f64;
        let value = bound.max(-1e3 * all);
        self.known.insert(key, value);
        value
    }

    /// The part of the instance that a band with its families is.
    fn part(&self, band: &Band, members: &[usize]) -> (Instance, Vec<usize>) {
        let whole = self.search.instance;
        let runs = whole.all_runs();
        let run = runs[band.run];
        let has = |family: &str| members.iter().any(|member| self.families[*member] == family);
        let numbers: Vec<usize> = (0..whole.products.len()).filter(|at| has(&whole.products[*at].family)).collect();
        let products: Vec<_> = numbers.iter().map(|at| whole.products[*at].clone()).collect();
        let pins = whole.pins.iter().filter(|pin| products.iter().any(|product| product.id == pin.product));
        // A pin to another run or shelf cannot be kept here: it points to no shelf of this part.
        let level = |pin: &Pin| {
            if pin.run == band.run { pin.level.checked_sub(band.low).unwrap_or(usize::MAX) } else { usize::MAX }
        };
        let part = Instance {
            name: String::new(),
            mode: Mode::Vblock,
            width: run.width,
            bay_width: run.bay_width,
            straddle: run.straddle,
            levels: run.levels[band.low..=band.high].to_vec(),
            runs: Vec::new(),
            finger_gap: whole.finger_gap,
            transfer: whole.transfer,
            families: members.iter().map(|member| self.families[*member].to_owned()).collect(),
            pins: pins.map(|pin| Pin { run: 0, level: level(pin), ..pin.clone() }).collect(),
            shares: Vec::new(),
            apart: Vec::new(),
            zones: whole
                .zones
                .iter()
                .filter(|zone| zone.run == band.run)
                .map(|zone| Zone { run: 0, ..zone.clone() })
                .collect(),
            sub_blocks: whole.sub_blocks,
            products,
        };
        (part, numbers)
    }

    /// The plan's shelves with the widths of what it was filled with.
    fn shape(&self, plan: &Plan, known: Option<&Arranged>) -> Shape {
        let table = &self.search.table;
        let level = |place: (usize, usize)| table.places.iter().position(|it| *it == place).unwrap_or(0);
        let of_known: Shape = known.map_or(Vec::new(), |known| shape::of(self.search, known));
        let mut all = Shape::new();
        for (at, band) in plan.bands.iter().enumerate() {
            let (low, high) = (level((band.run, band.low)), level((band.run, band.high)));
            if let Some(strip) = of_known.iter().find(|strip| (strip.low, strip.high) == (low, high)) {
                all.push(strip.clone());
                continue;
            }
            let families: Vec<&str> = Self::members(plan, at).iter().map(|family| self.families[*family]).collect();
            let wants = |block: u16| {
                let products = self.search.instance.products.iter().zip(&table.block);
                let own =
                    products.filter(|(product, own)| **own == block && families.contains(&product.family.as_str()));
                // What has to be listed counts twice.
                let widths = own.map(|(product, _)| product.width * if product.min_facings > 0 { 2 } else { 1 });
                widths.reduce(|sum, width| sum + width).map_or(-1.0, |sum| sum as f64)
            };
            all.push(shape::shared_out(self.search, (band.run, low, high), &wants));
        }
        all
    }

    /// Fills all bands, each in its part of the time, as if there were no uprights and no shares.
    fn fill(&self, plan: &Plan, time: Time<'_>, random: &mut Random) -> Option<Arranged> {
        let mut whole = Arranged {
            pieces: Vec::new(),
            chosen: vec![None; self.search.table.products()],
            blocks: Vec::new(),
            total: 0.0,
        };
        let levels: BTreeMap<(usize, usize), usize> =
            self.search.table.places.iter().enumerate().map(|(level, place)| (*place, level)).collect();
        let mut left: usize = self.search.table.products();
        for (at, band) in plan.bands.iter().enumerate() {
            let members = Self::members(plan, at);
            if members.is_empty() {
                continue;
            }
            let (part, numbers) = self.part(band, &members);
            let time = time.part(numbers.len() as f64 / left.max(1) as f64);
            left -= numbers.len();
            let limits = Limits { start: None, progress: None, ..*self.search.limits };
            let inner = Search::new(&part, self.search.instance, &HashSet::new(), &limits, time);
            if !inner.misfits().is_empty() {
                return None;
            }
            let found = vertical::side(&inner, random).best?;
            let first = whole.pieces.len();
            for piece in &found.pieces {
                let (_, shelf) = inner.table.places[piece.level];
                let level = levels[&(band.run, shelf + band.low)];
                whole.pieces.push(crate::layout::Piece { level, ..*piece });
            }
            for (inner_number, chosen) in found.chosen.iter().enumerate() {
                let Some((choice, piece)) = chosen else { continue };
                let number = numbers[inner_number];
                let choice = self.same_choice(
                    &inner.table,
                    *choice,
                    number,
                    levels[&(
                        band.run,
                        inner.table.places[inner.table.choices[*choice as usize].level as usize].1 + band.low,
                    )],
                )?;
                whole.chosen[number] = Some((choice, first + piece));
            }
            let horizontal = self.search.instance.mode == Mode::Hblock;
            whole.blocks.extend(found.blocks.into_iter().map(|block| crate::model::Block {
                run: band.run,
                levels: horizontal.then_some((band.low, band.high)),
                ..block
            }));
            whole.total += found.total;
        }
        Some(whole)
    }

    /// The choice of the whole table that a part's choice is.
    fn same_choice(&self, inner: &Table, choice: u32, product: usize, level: usize) -> Option<u32> {
        let choice = &inner.choices[choice as usize];
        let table = &self.search.table;
        let same = |at: &usize| {
            let known = &table.choices[*at];
            known.level as usize == level && known.orientation == choice.orientation && known.facings == choice.facings
        };
        table.of(product).find(same).map(|at| at as u32)
    }
}
