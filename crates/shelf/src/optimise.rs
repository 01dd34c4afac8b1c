//! The door: a run of shelving in, a filled shelf and its bound out, as good as the time allows.

use crate::dual;
use crate::fill::{Cooling, Filler};
use crate::geometry::Table;
use crate::layout::lay_out;
use crate::model::{Instance, Mode, Solution};
use crate::random::Random;
use crate::task::{NOWHERE, Task, Way};

/// How long to look, and how to know.
pub struct Limits<'a> {
    /// Milliseconds of work.
    pub ms: f64,
    /// Tells how many milliseconds have gone since the work began.
    pub clock: &'a dyn Fn() -> f64,
    /// Where chance begins.
    pub seed: u64,
}

/// A filled shelf.
#[derive(Debug, Clone)]
pub struct Answer {
    /// What stands where.
    pub solution: Solution,
    /// What it brings, in profit a day.
    pub objective: f64,
    /// What no filled shelf can pass.
    pub bound: f64,
}

/// Why nothing was found that keeps all rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Infeasible {
    /// What stands against each other, in words.
    pub reasons: Vec<String>,
}

impl std::fmt::Display for Infeasible {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.reasons.join("; "))
    }
}

impl std::error::Error for Infeasible {}

pub(crate) fn env(name: &str, or: f64) -> f64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(or)
}

/// Fills the shelf.
///
/// # Errors
/// [`Infeasible`] when not everything that has to be listed finds its place.
pub fn optimise(instance: &Instance, limits: &Limits<'_>) -> Result<Answer, Infeasible> {
    let table = Table::new(instance);
    let mut random = Random::new(limits.seed);
    let by_family = instance.mode == Mode::Vblock;
    let mut task = Task::default();
    for product in 0..table.products() {
        task.starts.push(task.ways.len() as u32);
        if let Some(value) = table.unlisted[product] {
            task.ways.push(Way { value, width: 0, grams: 0, room: NOWHERE, level: NOWHERE, shares: 0, choice: u32::MAX });
        }
        for at in table.of(product) {
            let choice = &table.choices[at];
            let room = if by_family { table.family[product] as usize * table.levels } else { 0 } + choice.level as usize;
            task.ways.push(Way {
                value: choice.value,
                width: choice.width,
                grams: choice.grams as i32,
                room: room as u16,
                level: choice.level,
                shares: 0,
                choice: at as u32,
            });
        }
    }
    task.starts.push(task.ways.len() as u32);
    task.loads = instance.levels.iter().map(|level| level.max_weight).collect();
    if by_family {
        task.rooms = vec![instance.width as i32; table.levels * table.families];
        let bound = dual::blocks(&task, dual::Blocks { levels: table.levels, width: instance.width as f64 }, 1000, &mut || (limits.clock)() > limits.ms * env("DUAL", 0.2));
        let t1 = (limits.clock)();
        let mut members = vec![Vec::new(); table.families];
        for (product, family) in table.family.iter().enumerate() { members[*family as usize].push(product as u32); }
        let mut row = crate::blocks::Row::new(&task, &bound, &members, table.levels, instance.width as i32);
        let filled = row.fill(None, crate::blocks::Time { clock: limits.clock, end: limits.ms * 0.97 }, &mut random);
        if env("V", 0.0) > 0.0 { eprintln!("dual {t1:.1}  bound {}", bound.value); }
        let Some(filled) = filled else { return Err(Infeasible { reasons: vec!["nothing sound".into()] }); };
        let chosen: Vec<u32> = filled.chosen.iter().map(|way| task.ways[*way as usize].choice).collect();
        return Ok(Answer { solution: lay_out(instance, &table, &chosen), objective: filled.total, bound: bound.value });
    }
    task.rooms = vec![instance.width as i32; table.levels];
    let t0 = (limits.clock)();
    let bound = dual::rooms(&task, 2000, &mut || (limits.clock)() > limits.ms * env("DUAL", 0.3));
    let t1 = (limits.clock)();
    let mut filler = Filler::new(&task, &bound.prices, env("REACH", 0.02));
    let begin = (limits.clock)();
    let until = limits.ms * 0.97;
    let cooling = Cooling { from: env("T0", 0.003), to: env("T1", 0.0003), over: (env("O0", 4.0), env("O1", 500.0)) };
    filler.anneal(&mut random, &cooling, &mut || ((limits.clock)() - begin) / (until - begin), &mut |_| {});
    let t2 = (limits.clock)();
    if env("V", 0.0) > 0.0 { eprintln!("table {t0:.1} dual {t1:.1} end {t2:.1} bound {}", bound.value); }
    if !filler.is_sound() { return Err(Infeasible { reasons: vec!["nothing sound".into()] }); }
    let chosen: Vec<u32> = filler.chosen.iter().map(|way| task.ways[*way as usize].choice).collect();
    Ok(Answer { solution: lay_out(instance, &table, &chosen), objective: filler.total, bound: bound.value })
}
