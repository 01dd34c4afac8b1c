//! The door: a shelf in; a filled shelf, its bound and its reasons out, as good as the time allows.

use std::cell::Cell;
use std::collections::HashSet;

use crate::check::check;
use crate::conflict;
use crate::dual::Blocks;
use crate::exact;
use crate::explain::{Explanation, explain};
use crate::layout::Arranged;
use crate::model::{Instance, Mode, Solution};
use crate::random::Random;
use crate::search::{Found, Search};
use crate::time::{Limits, Time};
use crate::validate::nonsense;
use crate::{free, partition, tight, vertical};

/// A filled shelf.
#[derive(Debug, Clone)]
pub struct Answer {
    /// What stands where.
    pub solution: Solution,
    /// What it brings, in profit a day.
    pub objective: f64,
    /// What no filled shelf can pass.
    pub bound: f64,
    /// What is scarce, and why products stand where they do.
    pub explanation: Explanation,
}

/// Why nothing was found that keeps all rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Infeasible {
    /// The rules that stand against each other, in words: without any one of them the rest can be kept.
    pub reasons: Vec<String>,
    /// Whether it is proven that there is no way; else none was found in the time given.
    pub is_proven: bool,
}

impl std::fmt::Display for Infeasible {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.reasons.join("; "))
    }
}

impl std::error::Error for Infeasible {}

/// The part of the time that a bound may take which needs time; makers within families are many blocks.
const FOR_BOUND: f64 = 0.25;
const FOR_MANY: f64 = 0.35;

/// Milliseconds for the places and reasons of a product.
const LAST: f64 = 0.008;

/// Fills the shelf.
///
/// # Errors
/// [`Infeasible`] with the smallest set of rules found to stand against each other, when not all can be kept: that search may take as long
/// again as the limits say.
pub fn optimise(instance: &Instance, limits: &Limits<'_>) -> Result<Answer, Infeasible> {
    let reasons = nonsense(instance);
    if !reasons.is_empty() {
        return Err(Infeasible { reasons, is_proven: true });
    }
    let stopped = Cell::new(false);
    match attempt(instance, limits, &stopped) {
        Attempt::Filled(answer) => Ok(*answer),
        Attempt::Misfits(reasons) => Err(Infeasible { reasons, is_proven: true }),
        Attempt::Nothing { is_proven } => {
            let time = Time { clock: limits.clock, end: (limits.clock)() + limits.ms.max(1.0), stopped: &stopped };
            Err(Infeasible { reasons: conflict::smallest(instance, limits, time), is_proven })
        }
    }
}

/// What came of trying.
pub(crate) enum Attempt {
    Filled(Box<Answer>),
    Misfits(Vec<String>),
    Nothing { is_proven: bool },
}

/// Fills the shelf, or says how that ended.
pub(crate) fn attempt(instance: &Instance, limits: &Limits<'_>, stopped: &Cell<bool>) -> Attempt {
    // The end is for places and reasons.
    let last = (LAST * instance.products.len() as f64).min(0.2 * limits.ms);
    let whole = Time { clock: limits.clock, end: limits.ms * 0.97 - last, stopped };
    let mut random = Random::new(limits.seed);
    let mut banned = HashSet::new();
    // Neighbours that cannot be parted within a shelf are parted by shelves.
    let rounds = if instance.apart.is_empty() { 1 } else { 6 };
    let mut first_bound = None;
    for round in 0..rounds {
        let is_small = round == 0 && exact::is_small(instance);
        // Blocks part them themselves.
        let time = if rounds == 1 || is_small || instance.mode != Mode::Free { whole } else { whole.part(0.5) };
        let mut search = Search::new(instance, instance, &banned, limits, time);
        let reasons = search.misfits();
        if !reasons.is_empty() {
            return if round == 0 { Attempt::Misfits(reasons) } else { Attempt::Nothing { is_proven: false } };
        }
        if search.table.blocks * search.table.levels > 60_000 {
            return Attempt::Misfits(vec!["there are more than 60,000 parts of shelves".to_owned()]);
        }
        let shape = Blocks { levels: search.table.levels, width: instance.width as f64 };
        // Where blocks are few and small, a part of the time goes into the bound.
        let for_bound = if instance.sub_blocks { FOR_MANY } else { FOR_BOUND };
        let tightens = instance.mode == Mode::Vblock
            && instance.runs.is_empty()
            && instance.stretches(0).iter().all(|stretch| stretch.2 == 1.0)
            && tight::look_ms(search.table.choices.len(), shape) < 0.04 * for_bound * limits.ms;
        if is_small {
            search.time = time.part(0.3);
        } else if tightens {
            search.time = time.part(1.0 - for_bound);
        }
        let mut found = match instance.mode {
            Mode::Free => free::search(&search, &mut random),
            Mode::Vblock if instance.runs.is_empty() => vertical::search(&mut search, &mut random),
            Mode::Vblock | Mode::Hblock => partition::search(&search, &mut random),
        };
        // What is banned later is banned by trial: no bound follows from it.
        found.bound.value = *first_bound.get_or_insert(found.bound.value);
        let least: f64 = (0..found.task.products()).map(|product| least_value(&found, product)).sum();
        let is_proven = found.bound.value < least - 1e-6 * least.abs().max(1.0);
        let (mut known, stuck) = match &found.best {
            Some(best) => laid_out(&search, best),
            None => (None, None),
        };
        let mut proven = f64::INFINITY;
        if is_small && !stopped.get() {
            let worth = known.as_ref().map(|known| known.1);
            let tried = exact::search(&search, worth, time);
            known = tried.better.or(known);
            proven = match &known {
                Some((_, objective)) if tried.is_complete => *objective,
                None if tried.is_complete => return Attempt::Nothing { is_proven: true },
                _ => tried.bound,
            };
            first_bound = Some(found.bound.value.min(proven));
        }
        if known.is_none() {
            let Some((product, level)) = stuck else { return Attempt::Nothing { is_proven } };
            banned.insert((product, level));
            continue;
        }
        let is_open = known.as_ref().is_none_or(|known| proven > known.1);
        if let Some(best) = &found.best
            && tightens
            && round == 0
            && is_open
        {
            tight::tighten(&found.task, shape, &mut found.bound, best.total, time);
        }
        found.bound.value = found.bound.value.min(proven);
        let Some(answer) = answer(&search, &found, known) else { break };
        return Attempt::Filled(Box::new(answer));
    }
    Attempt::Nothing { is_proven: false }
}

/// The places of an arrangement and what it brings; else a product and its level that stand in the way.
type LaidOut = (Option<(Solution, f64)>, Option<(usize, usize)>);

fn laid_out(search: &Search<'_>, best: &Arranged) -> LaidOut {
    let (solution, stuck) = search.lay_out(best);
    let Some(&(one, other)) = stuck.first() else {
        let checked = check(search.instance, &solution);
        return (checked.violations.is_empty().then_some((solution, checked.objective)), None);
    };
    let product = if search.table.of(one).len() > search.table.of(other).len() { one } else { other };
    let level = |(choice, _): (u32, usize)| search.table.choices[choice as usize].level as usize;
    (None, best.chosen[product].map(|chosen| (product, level(chosen))))
}

/// The better of what was found and what was there before, with its reasons; none where it breaks a rule.
fn answer(search: &Search<'_>, found: &Found, known: Option<(Solution, f64)>) -> Option<Answer> {
    let (instance, limits) = (search.instance, search.limits);
    let (solution, _) = known?;
    let checked = check(instance, &solution);
    if !checked.violations.is_empty() {
        return None;
    }
    let (solution, objective) = match limits.start.map(|start| (start, check(instance, start))) {
        // What was there before stays where it is better.
        Some((start, known)) if known.violations.is_empty() && known.objective > checked.objective => {
            (start.clone(), known.objective)
        }
        _ => (solution, checked.objective),
    };
    let explanation = explain(search, found, &solution);
    // Two sums of the same numbers in another order.
    let is_same = (found.bound.value - objective).abs() < 1e-9 * objective.abs();
    let bound = if is_same { objective } else { found.bound.value };
    Some(Answer { solution, objective, bound, explanation })
}

fn least_value(found: &Found, product: usize) -> f64 {
    found.task.ways[found.task.of(product)].iter().map(|way| way.value).fold(f64::INFINITY, f64::min)
}
