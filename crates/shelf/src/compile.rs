//! From an instance to a task: which rooms there are in each mode, and what every way takes from what is scarce.

use std::collections::HashMap;

use crate::fill::Prices;
use crate::geometry::Table;
use crate::layout::Piece;
use crate::model::{Instance, Mode, Pin};
use crate::task::{NOWHERE, Share, Task, Way};

/// The task of `table`, its rooms found by `room` for product and level, with the factor of value there.
pub(crate) fn task(
    instance: &Instance,
    table: &Table,
    rooms: Vec<i32>,
    room: &dyn Fn(usize, usize) -> Vec<(usize, f64)>,
) -> Task {
    let mut task = Task { rooms, ..Task::default() };
    let runs = instance.all_runs();
    task.loads = table.places.iter().map(|(run, level)| runs[*run].levels[*level].max_weight).collect();
    task.shares = instance.shares.iter().map(|rule| share(instance, rule)).collect();
    let mut cached: HashMap<(u16, usize), Vec<(usize, f64)>> = HashMap::new();
    for product in 0..table.products() {
        task.starts.push(task.ways.len() as u32);
        if let Some(value) = table.unlisted[product] {
            let choice = u32::MAX;
            task.ways.push(Way { value, width: 0, grams: 0, room: NOWHERE, level: NOWHERE, shares: 0, choice });
        }
        let counted: Vec<u32> = (0..table.levels).map(|level| shares_of(instance, table, product, level)).collect();
        for at in table.of(product) {
            let choice = &table.choices[at];
            let level = choice.level as usize;
            let known = cached.entry((table.block[product], level)).or_insert_with(|| room(product, level));
            for (room, factor) in known.iter() {
                task.ways.push(Way {
                    value: choice.value * factor,
                    width: choice.width,
                    grams: choice.grams as i32,
                    room: *room as u16,
                    level: choice.level,
                    shares: counted[level],
                    choice: at as u32,
                });
            }
        }
    }
    task.starts.push(task.ways.len() as u32);
    task
}

fn share(instance: &Instance, rule: &crate::model::ShareRule) -> Share {
    let mut whole = 0;
    for run in instance.all_runs() {
        let on = |level: &usize| rule.levels.is_empty() || rule.levels.contains(level);
        whole += run.width * (0..run.levels.len()).filter(on).count() as i64;
    }
    let whole = whole as f64;
    Share {
        least: (rule.at_least.max(0.0) * whole - 1e-6).ceil() as i64,
        most: (rule.at_most * whole + 1e-6).floor() as i64,
    }
}

fn shares_of(instance: &Instance, table: &Table, product: usize, level: usize) -> u32 {
    let (_, shelf) = table.places[level];
    let mut bits = 0;
    for (number, rule) in instance.shares.iter().enumerate() {
        let counts =
            rule.which.has(&instance.products[product]) && (rule.levels.is_empty() || rule.levels.contains(&shelf));
        bits |= u32::from(counts) << number;
    }
    bits
}

/// The rooms of mode free as the bound sees them: on each level one for each factor of value there.
pub(crate) struct Coarse {
    pub(crate) rooms: Vec<i32>,
    /// Level and factor of each room.
    pub(crate) keys: Vec<(usize, f64)>,
}

impl Coarse {
    pub(crate) fn of(instance: &Instance, table: &Table) -> Coarse {
        let mut coarse = Coarse { rooms: Vec::new(), keys: Vec::new() };
        for (level, (run, _)) in table.places.iter().enumerate() {
            for (from, to, factor) in instance.stretches(*run) {
                match coarse.keys.iter().position(|key| *key == (level, factor)) {
                    Some(room) => coarse.rooms[room] += (to - from) as i32,
                    None => {
                        coarse.keys.push((level, factor));
                        coarse.rooms.push((to - from) as i32);
                    }
                }
            }
        }
        coarse
    }

    pub(crate) fn room(&self, level: usize) -> Vec<(usize, f64)> {
        let rooms = self.keys.iter().enumerate().filter(|(_, key)| key.0 == level);
        rooms.map(|(room, key)| (room, key.1)).collect()
    }

    /// The stretches as they are, pinned products cut out; and the piece of each pinned product.
    pub(crate) fn pieces(&self, instance: &Instance, table: &Table) -> (Vec<Piece>, HashMap<usize, usize>) {
        let mut pieces = Vec::new();
        let mut pinned = HashMap::new();
        for (level, place) in table.places.iter().enumerate() {
            let mut taken: Vec<(i64, i64, usize)> = Vec::new();
            for pin in instance.pins.iter().filter(|pin| (pin.run, pin.level) == *place) {
                if let Some((from, product)) = fixed(instance, pin)
                    && let Some(choice) = table.of(product).next()
                {
                    taken.push((from, from + i64::from(table.choices[choice].width), product));
                }
            }
            taken.sort_unstable();
            for (from, to, factor) in instance.stretches(place.0) {
                let Some(parent) = self.keys.iter().position(|key| *key == (level, factor)) else { continue };
                let mut left = from;
                for (start, end, product) in &taken {
                    if *start >= left && *end <= to {
                        if *start > left {
                            pieces.push(Piece { level, from: left, to: *start, parent, factor: 1.0 });
                        }
                        pinned.insert(*product, pieces.len());
                        pieces.push(Piece { level, from: *start, to: *end, parent, factor: 1.0 });
                        left = *end;
                    }
                }
                if left < to {
                    pieces.push(Piece { level, from: left, to, parent, factor: 1.0 });
                }
            }
        }
        (pieces, pinned)
    }
}

/// Left edge and number of a product that is pinned to a place.
fn fixed(instance: &Instance, pin: &Pin) -> Option<(i64, usize)> {
    let x = pin.x.filter(|_| instance.mode == Mode::Free)?;
    let product = instance.products.iter().position(|product| product.id == pin.product)?;
    Some((x.round() as i64, product))
}

/// The finer task in which rooms are `pieces`: of each product the ways within `reach` of its best at `prices`, and its narrowest ones.
/// A pinned product has its own piece, which nobody else may use.
pub(crate) fn finer(
    task: &Task,
    prices: &Prices,
    reach: f64,
    pieces: &[Piece],
    pinned: &HashMap<usize, usize>,
) -> (Task, Prices) {
    let mut fine = Task { loads: task.loads.clone(), shares: task.shares.clone(), ..Task::default() };
    fine.rooms = pieces.iter().map(|piece| (piece.to - piece.from) as i32).collect();
    let mut parts: Vec<Vec<u16>> = vec![Vec::new(); task.rooms.len()];
    for (number, piece) in pieces.iter().enumerate() {
        if !pinned.values().any(|own| *own == number) {
            parts[piece.parent].push(number as u16);
        }
    }
    let reach = reach * task.scale();
    for product in 0..task.products() {
        fine.starts.push(fine.ways.len() as u32);
        let best = task.of(product).map(|way| prices.net(task, way)).fold(f64::NEG_INFINITY, f64::max);
        let narrowest: HashMap<u16, i32> = task.of(product).fold(HashMap::new(), |mut widths, way| {
            let way = &task.ways[way];
            let width = widths.entry(way.room).or_insert(i32::MAX);
            *width = way.width.min(*width);
            widths
        });
        for number in task.of(product) {
            let way = task.ways[number];
            if way.room == NOWHERE {
                fine.ways.push(way);
                continue;
            }
            if let Some(piece) = pinned.get(&product) {
                if pieces[*piece].parent == way.room as usize {
                    fine.ways.push(Way { room: *piece as u16, ..way });
                }
                continue;
            }
            if prices.net(task, number) < best - reach && narrowest[&way.room] < way.width {
                continue;
            }
            for piece in &parts[way.room as usize] {
                let it = &pieces[*piece as usize];
                if i64::from(way.width) <= it.to - it.from {
                    fine.ways.push(Way { room: *piece, value: way.value * it.factor, ..way });
                }
            }
        }
    }
    fine.starts.push(fine.ways.len() as u32);
    let rooms = pieces.iter().map(|piece| prices.rooms[piece.parent]).collect();
    (fine, Prices { rooms, loads: prices.loads.clone(), shares: prices.shares.clone() })
}
