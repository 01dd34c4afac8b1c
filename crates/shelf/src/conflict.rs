//! Which rules stand against each other: rules are dropped as long as the rest still cannot be kept (deletion filter, in halves first), so
//! that without any one of those left the others can.

use std::cell::Cell;

use crate::model::{Instance, Mode};
use crate::optimise::{Attempt, attempt};
use crate::time::{Limits, Time};
use crate::validate::words;

/// A rule that could be given up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rule {
    Listed(usize),
    Supply(usize),
    Pin(usize),
    Load(usize, usize),
    Share(usize),
    Apart(usize),
    Blocks,
    SubBlocks,
    Uprights,
    Zones,
}

/// The rules of a smallest set in conflict, in words; the shelf's width is always part of it.
pub(crate) fn smallest(instance: &Instance, limits: &Limits<'_>, time: Time<'_>) -> Vec<String> {
    let mut kept = rules(instance);
    let all = kept.clone();
    // Rules of many products first, in halves; single rules last.
    let mut size = kept.len().div_ceil(2).max(1);
    let mut probes = 0;
    'sizes: loop {
        let mut at = 0;
        while at < kept.len() {
            if time.is_over() || probes > 400 {
                break 'sizes;
            }
            probes += 1;
            let until = (at + size).min(kept.len());
            let fewer: Vec<Rule> = kept[..at].iter().chain(&kept[until..]).copied().collect();
            if is_in_conflict(instance, &all, &fewer, limits, time) {
                kept = fewer;
            } else {
                at = until;
            }
        }
        if size == 1 {
            break;
        }
        size = size.div_ceil(2);
    }
    let mut reasons: Vec<String> = in_words(instance, &kept);
    let runs = instance.all_runs();
    let widths: Vec<String> = runs.iter().map(|run| format!("{} mm × {}", run.width, run.levels.len())).collect();
    reasons.push(format!("the shelf offers {} shelves, no more", widths.join(" and ")));
    reasons
}

fn rules(instance: &Instance) -> Vec<Rule> {
    let mut rules = Vec::new();
    let products = 0..instance.products.len();
    rules.extend(products.clone().filter(|at| instance.products[*at].min_days > 0.0).map(Rule::Supply));
    rules.extend(products.filter(|at| instance.products[*at].min_facings > 0).map(Rule::Listed));
    rules.extend((0..instance.pins.len()).map(Rule::Pin));
    for (run, view) in instance.all_runs().iter().enumerate() {
        rules.extend((0..view.levels.len()).map(|level| Rule::Load(run, level)));
    }
    rules.extend((0..instance.shares.len()).map(Rule::Share));
    rules.extend((0..instance.apart.len()).map(Rule::Apart));
    if instance.mode != Mode::Free {
        rules.push(Rule::Blocks);
    }
    if instance.sub_blocks {
        rules.push(Rule::SubBlocks);
    }
    if instance.all_runs().iter().any(|run| !run.straddle && run.bay_width > 0) {
        rules.push(Rule::Uprights);
    }
    if !instance.zones.is_empty() {
        rules.push(Rule::Zones);
    }
    rules
}

/// The instance without the rules of `all` that are not in `kept`.
fn relaxed(instance: &Instance, all: &[Rule], kept: &[Rule]) -> Instance {
    let mut loose = instance.clone();
    let mut pins = vec![true; loose.pins.len()];
    let mut shares = vec![true; loose.shares.len()];
    let mut apart = vec![true; loose.apart.len()];
    for rule in all.iter().filter(|rule| !kept.contains(rule)) {
        match *rule {
            Rule::Listed(at) => loose.products[at].min_facings = 0,
            Rule::Supply(at) => loose.products[at].min_days = 0.0,
            Rule::Pin(at) => pins[at] = false,
            Rule::Load(0, level) => loose.levels[level].max_weight = 1_000_000_000_000,
            Rule::Load(run, level) => loose.runs[run - 1].levels[level].max_weight = 1_000_000_000_000,
            Rule::Share(at) => shares[at] = false,
            Rule::Apart(at) => apart[at] = false,
            Rule::Blocks => {
                loose.mode = Mode::Free;
                loose.pins.iter_mut().for_each(|pin| pin.x = None);
            }
            Rule::SubBlocks => loose.sub_blocks = false,
            Rule::Uprights => {
                loose.straddle = true;
                loose.runs.iter_mut().for_each(|run| run.straddle = true);
            }
            Rule::Zones => loose.zones.clear(),
        }
    }
    let mut keep = pins.into_iter();
    loose.pins.retain(|_| keep.next().unwrap_or(true));
    let mut keep = shares.into_iter();
    loose.shares.retain(|_| keep.next().unwrap_or(true));
    let mut keep = apart.into_iter();
    loose.apart.retain(|_| keep.next().unwrap_or(true));
    loose
}

fn is_in_conflict(instance: &Instance, all: &[Rule], kept: &[Rule], limits: &Limits<'_>, time: Time<'_>) -> bool {
    let loose = relaxed(instance, all, kept);
    let begin = time.now();
    let clock = || time.now() - begin;
    // A tenth of a millisecond a product is enough to see whether there is a way; a first one is all that is asked.
    let ms = (0.1 * instance.products.len() as f64).clamp(2.0, 200.0).min((time.end - begin).max(0.5));
    let enough = |_: &crate::time::Progress| false;
    let quick = Limits { ms, clock: &clock, seed: limits.seed, start: None, progress: Some(&enough) };
    !matches!(attempt(&loose, &quick, &Cell::new(false)), Attempt::Filled(_))
}

fn in_words(instance: &Instance, kept: &[Rule]) -> Vec<String> {
    let mut words_of = Vec::new();
    let list = |picked: Vec<i64>| {
        let shown: Vec<String> = picked.iter().take(8).map(ToString::to_string).collect();
        let more = if picked.len() > 8 { format!(" and {} more", picked.len() - 8) } else { String::new() };
        format!("{}{more}", shown.join(", "))
    };
    let listed: Vec<i64> = kept.iter().filter_map(|rule| product(instance, rule, true)).collect();
    if !listed.is_empty() {
        words_of.push(format!("these products have to be listed: {}", list(listed)));
    }
    let supplied: Vec<i64> = kept.iter().filter_map(|rule| product(instance, rule, false)).collect();
    if !supplied.is_empty() {
        words_of.push(format!("these products need their days of supply: {}", list(supplied)));
    }
    for rule in kept {
        words_of.extend(match *rule {
            Rule::Listed(_) | Rule::Supply(_) => None,
            Rule::Pin(at) => {
                let pin = &instance.pins[at];
                Some(format!("product {} is pinned to shelf {} with {} facings", pin.product, pin.level, pin.facings))
            }
            Rule::Load(run, level) => {
                let most = instance.all_runs()[run].levels[level].max_weight;
                Some(format!("shelf {level} of run {run} carries at most {most} g"))
            }
            Rule::Share(at) => {
                let share = &instance.shares[at];
                let (least, most) = (share.at_least * 100.0, share.at_most * 100.0);
                Some(format!(
                    "share \"{}\": {} take {least:.1} to {most:.1} % of the width",
                    share.name,
                    words(&share.which)
                ))
            }
            Rule::Apart(at) => {
                let apart = &instance.apart[at];
                Some(format!("{} and {} must not be neighbours", words(&apart.one), words(&apart.other)))
            }
            Rule::Blocks => Some("families stand as blocks".to_owned()),
            Rule::SubBlocks => Some("makers stand as blocks within their family".to_owned()),
            Rule::Uprights => Some("products do not stand across uprights".to_owned()),
            Rule::Zones => Some("products do not stand across the edges of stretches".to_owned()),
        });
    }
    words_of
}

fn product(instance: &Instance, rule: &Rule, listed: bool) -> Option<i64> {
    match *rule {
        Rule::Listed(at) if listed => Some(instance.products[at].id),
        Rule::Supply(at) if !listed => Some(instance.products[at].id),
        _ => None,
    }
}
