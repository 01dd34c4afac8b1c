//! Every mode of the shelf against trying all ways: always valid, the bound holds, and nearly as good as the best there is.
#![allow(clippy::unwrap_used)]

mod shop;

use std::cell::Cell;

use shelf::{
    Apart, Block, Instance, Limits, Mode, Orientation, Pin, Placement, Product, Run, ShareRule, Solution, Tray, Which,
    Zone, check, optimise,
};

use shop::{Dice, Goods};

/// The least that the engine may reach, as a share of the best.
const GOOD: f64 = 0.999;

/// A run with two shelves and some products of two families and three makers, of which the first has to be listed.
fn shop(dice: &mut Dice, products: i64) -> Instance {
    let width = 300 + dice.below(150);
    let goods = Goods {
        products,
        families: &["tea", "jam"],
        makers: 3,
        own: 3,
        width: (60, 90),
        elasticity: 30,
        facings: |dice| 1 + dice.below(3),
        must: |id, _| id == 0,
    };
    shop::shop(dice, &goods, width, &[0.9, 1.15], 20_000)
}

/// Stretches of a run that products may not stand across.
fn stretches(instance: &Instance, run: usize) -> Vec<(f64, f64)> {
    let (width, bay, straddle) = match run.checked_sub(1) {
        None => (instance.width, instance.bay_width, instance.straddle),
        Some(more) => (instance.runs[more].width, instance.runs[more].bay_width, instance.runs[more].straddle),
    };
    let mut edges = vec![0, width];
    if !straddle && bay > 0 {
        edges.extend((1..).map(|at| at * bay).take_while(|x| *x < width));
    }
    edges.extend(instance.zones.iter().filter(|zone| zone.run == run).flat_map(|zone| [zone.from, zone.to]));
    edges.retain(|x| *x <= width);
    edges.sort_unstable();
    edges.dedup();
    edges.windows(2).map(|pair| (pair[0] as f64, pair[1] as f64)).collect()
}

/// A way of one product: run, level, stretch, facings.
type Way = (usize, usize, usize, i64);

fn ways(instance: &Instance, product: &Product) -> Vec<Option<Way>> {
    let mut ways = if product.min_facings == 0 { vec![None] } else { Vec::new() };
    for run in 0..=instance.runs.len() {
        let levels = if run == 0 { instance.levels.len() } else { instance.runs[run - 1].levels.len() };
        for level in 0..levels {
            for stretch in 0..stretches(instance, run).len() {
                for facings in 1..=product.max_facings {
                    let pin = instance.pins.iter().find(|pin| pin.product == product.id);
                    if pin.is_none_or(|pin| (pin.run, pin.level, pin.facings) == (run, level, facings)) {
                        ways.push(Some((run, level, stretch, facings)));
                    }
                }
            }
        }
    }
    ways
}

/// Places for chosen ways, products and families in the order of `order`; blocks begin as far left as they can from `shift` on.
fn places(instance: &Instance, chosen: &[Option<Way>], order: &[usize], shift: usize) -> Solution {
    let width = |product: &Product| product.tray.as_ref().map_or(product.width, |tray| tray.width) as f64;
    let mut solution = Solution::default();
    let put = |product: usize, (run, level, _, facings): Way, x: f64| {
        let (product, orientation) = (instance.products[product].id, Orientation::Front);
        Placement { product, run, level, orientation, facings, x }
    };
    let edges: Vec<Vec<(f64, f64)>> = (0..=instance.runs.len()).map(|run| stretches(instance, run)).collect();
    if instance.mode == Mode::Free {
        let mut ends = std::collections::HashMap::new();
        for &product in order {
            let Some(way) = chosen[product] else { continue };
            let end = ends.entry((way.0, way.1, way.2)).or_insert(edges[way.0][way.2].0);
            solution.placements.push(put(product, way, *end));
            *end += way.3 as f64 * width(&instance.products[product]);
        }
        return solution;
    }
    let key = |product: usize| {
        let it = &instance.products[product];
        (it.family.clone(), instance.sub_blocks.then_some(it.manufacturer))
    };
    let mut blocks: Vec<(String, Option<i64>)> = Vec::new();
    for product in order.iter().filter(|product| chosen[**product].is_some()) {
        if !blocks.contains(&key(*product)) {
            blocks.push(key(*product));
        }
    }
    // Makers of a family stand together, as the families come.
    let families: Vec<String> = blocks.iter().map(|block| block.0.clone()).collect();
    blocks.sort_by_key(|block| families.iter().position(|family| *family == block.0));
    let mut skyline = std::collections::HashMap::new();
    for (number, block) in blocks.iter().enumerate() {
        let own: Vec<(usize, Way)> = order
            .iter()
            .filter(|product| key(**product) == *block)
            .filter_map(|product| chosen[*product].map(|way| (*product, way)))
            .collect();
        let (run, first) = (own[0].1.0, own[0].1.1);
        let (low, high) = own.iter().fold((first, first), |span, (_, way)| (span.0.min(way.1), span.1.max(way.1)));
        let levels = if instance.mode == Mode::Hblock { (low, high) } else { (0, 9) };
        let mut begin =
            (levels.0..=levels.1).filter_map(|level| skyline.get(&(run, level)).copied()).fold(0.0, f64::max);
        if shift >> number & 1 == 1
            && let Some(edge) = edges[run].iter().find(|edge| edge.0 > begin)
        {
            begin = edge.0;
        }
        let mut ends = std::collections::HashMap::new();
        let mut end = begin;
        for (product, way) in own {
            let from = ends.entry((way.1, way.2)).or_insert(edges[run][way.2].0.max(begin));
            solution.placements.push(put(product, way, *from));
            *from += way.3 as f64 * width(&instance.products[product]);
            end = end.max(*from);
        }
        for level in levels.0..=levels.1 {
            skyline.insert((run, level), end);
        }
        solution.blocks.push(Block {
            family: block.0.clone(),
            manufacturer: block.1,
            run,
            levels: (instance.mode == Mode::Hblock).then_some(levels),
            x: begin,
            width: end - begin,
        });
    }
    solution
}

/// Horizontal blocks of several shelves stand alone there or beside others on just these shelves.
fn are_bands(solution: &Solution) -> bool {
    let spans: Vec<(usize, (usize, usize))> =
        solution.blocks.iter().filter_map(|block| block.levels.map(|levels| (block.run, levels))).collect();
    spans.iter().all(|a| spans.iter().all(|b| a == b || a.0 != b.0 || a.1.1 < b.1.0 || b.1.1 < a.1.0))
}

fn orders(count: usize) -> Vec<Vec<usize>> {
    if count == 0 {
        return vec![Vec::new()];
    }
    let shorter = orders(count - 1);
    let put = |order: &Vec<usize>, at: usize| {
        let mut order = order.clone();
        order.insert(at, count - 1);
        order
    };
    shorter.iter().flat_map(|order| (0..count).map(move |at| put(order, at))).collect()
}

/// The best of all ways; none where there is no way. Orders and gaps are tried where they can matter.
fn best_of_all(instance: &Instance) -> Option<f64> {
    let options: Vec<Vec<Option<Way>>> = instance.products.iter().map(|product| ways(instance, product)).collect();
    let edged = (0..=instance.runs.len()).any(|run| stretches(instance, run).len() > 1);
    let is_free = instance.mode == Mode::Free;
    let all_orders = !instance.apart.is_empty() || (!is_free && edged);
    let orders = if all_orders { orders(options.len()) } else { vec![(0..options.len()).collect()] };
    let shifts = if edged && !is_free { 4 } else { 1 };
    let mut best: Option<f64> = None;
    let mut at = vec![0; options.len()];
    if options.iter().any(Vec::is_empty) {
        return None;
    }
    loop {
        let chosen: Vec<Option<Way>> = at.iter().zip(&options).map(|(choice, own)| own[*choice]).collect();
        for order in &orders {
            for shift in 0..shifts {
                let solution = places(instance, &chosen, order, shift);
                if instance.mode == Mode::Hblock && !are_bands(&solution) {
                    continue;
                }
                let checked = check(instance, &solution);
                if checked.violations.is_empty() && best.is_none_or(|best| checked.objective > best) {
                    best = Some(checked.objective);
                }
            }
        }
        let Some(next) = (0..at.len()).find(|product| at[*product] + 1 < options[*product].len()) else { return best };
        at[next] += 1;
        at[..next].fill(0);
    }
}

/// The worst share of the best that is reached in `rounds` shops that `change` makes.
fn worst(rounds: u64, products: i64, change: &dyn Fn(&mut Instance, &mut Dice)) -> f64 {
    let mut worst = 1.0_f64;
    for round in 0..rounds {
        let mut dice = Dice(round * 977 + 5);
        let mut instance = shop(&mut dice, products);
        change(&mut instance, &mut dice);
        let asked = Cell::new(0.0);
        let clock = || {
            asked.set(asked.get() + 0.02);
            asked.get()
        };
        let answer = optimise(&instance, &Limits { ms: 30.0, clock: &clock, seed: 3, start: None, progress: None });
        let best = best_of_all(&instance);
        let (Some(best), Ok(answer)) = (best, &answer) else {
            let is_missed = best.is_some() && answer.is_err();
            assert!(!is_missed, "round {round}: {best:?} is there, and the answer is {:?}", answer.err());
            continue;
        };
        let checked = check(&instance, &answer.solution);
        assert!(checked.violations.is_empty(), "round {round}: {:?}", checked.violations);
        assert!(answer.bound >= best - 1e-6 * best, "round {round}: the bound {} of {best}", answer.bound);
        worst = worst.min(answer.objective / best);
    }
    worst
}

fn maker(maker: i64) -> Which {
    Which { manufacturer: Some(maker), ..Which::default() }
}

/// What makes a shop one of some mode.
type Change = Box<dyn Fn(&mut Instance, &mut Dice)>;

#[test]
fn every_mode_keeps_its_rules_and_its_bound_and_is_as_good_as_trying_all() {
    let uprights = |instance: &mut Instance, _: &mut Dice| (instance.bay_width, instance.straddle) = (180, false);
    let runs = |instance: &mut Instance, dice: &mut Dice| {
        let (width, levels) = (160 + dice.below(100), instance.levels[..1].to_vec());
        instance.width = 250;
        instance.runs = vec![Run { width, bay_width: 0, straddle: true, levels }];
    };
    let pinned = |instance: &mut Instance, _: &mut Dice| {
        let orientation = Orientation::Front;
        instance.pins = vec![Pin { product: 1, run: 0, level: 0, orientation, facings: 1, x: None }];
    };
    let share = |levels: Vec<usize>| {
        move |instance: &mut Instance, _: &mut Dice| {
            let rule = ShareRule {
                name: "s".to_owned(),
                which: maker(1),
                levels: levels.clone(),
                at_least: 0.2,
                at_most: 0.5,
            };
            instance.shares = vec![rule];
        }
    };
    let trays = |instance: &mut Instance, dice: &mut Dice| {
        let width = 90 + dice.below(60);
        instance.products[1].tray = Some(Tray { width, height: 120, depth: 200, units: 6 });
    };
    let apart = |instance: &mut Instance, _: &mut Dice| {
        instance.apart = vec![Apart { one: maker(0), other: maker(1) }];
    };
    let zones = |instance: &mut Instance, _: &mut Dice| {
        instance.zones = vec![Zone { run: 0, from: 120, to: 260, factor: 1.3 }];
    };
    let vertical = |instance: &mut Instance| instance.mode = Mode::Vblock;
    let horizontal = |instance: &mut Instance| instance.mode = Mode::Hblock;
    let modes: Vec<(&str, i64, Change)> = vec![
        ("uprights", 4, Box::new(uprights)),
        ("several runs", 4, Box::new(runs)),
        ("trays", 4, Box::new(trays)),
        ("pinned", 4, Box::new(pinned)),
        ("share of a maker", 4, Box::new(share(Vec::new()))),
        ("share at eye level", 4, Box::new(share(vec![1]))),
        ("apart", 4, Box::new(apart)),
        ("zones", 4, Box::new(zones)),
        ("vertical", 4, Box::new(move |it, _| vertical(it))),
        (
            "vertical, makers within",
            4,
            Box::new(move |it, _| {
                vertical(it);
                it.sub_blocks = true;
            }),
        ),
        (
            "vertical, uprights",
            3,
            Box::new(move |it, dice| {
                vertical(it);
                uprights(it, dice);
            }),
        ),
        (
            "vertical, several runs",
            4,
            Box::new(move |it, dice| {
                vertical(it);
                runs(it, dice);
            }),
        ),
        (
            "vertical, zones",
            3,
            Box::new(move |it, dice| {
                vertical(it);
                zones(it, dice);
            }),
        ),
        (
            "vertical, pinned",
            4,
            Box::new(move |it, dice| {
                vertical(it);
                pinned(it, dice);
            }),
        ),
        (
            "vertical, share",
            4,
            Box::new(move |it, dice| {
                vertical(it);
                share(Vec::new())(it, dice);
            }),
        ),
        (
            "vertical, apart",
            4,
            Box::new(move |it, dice| {
                vertical(it);
                apart(it, dice);
            }),
        ),
        ("horizontal", 4, Box::new(move |it, _| horizontal(it))),
        (
            "horizontal, makers within",
            4,
            Box::new(move |it, _| {
                horizontal(it);
                it.sub_blocks = true;
            }),
        ),
        (
            "horizontal, several runs",
            4,
            Box::new(move |it, dice| {
                horizontal(it);
                runs(it, dice);
            }),
        ),
        (
            "horizontal, share",
            4,
            Box::new(move |it, dice| {
                horizontal(it);
                share(Vec::new())(it, dice);
            }),
        ),
        (
            "horizontal, pinned",
            4,
            Box::new(move |it, dice| {
                horizontal(it);
                pinned(it, dice);
            }),
        ),
        (
            "vertical, share at eye level, zones",
            3,
            Box::new(move |it, dice| {
                vertical(it);
                zones(it, dice);
                share(vec![1])(it, dice);
            }),
        ),
        (
            "vertical, makers within, apart",
            4,
            Box::new(move |it, dice| {
                vertical(it);
                it.sub_blocks = true;
                apart(it, dice);
            }),
        ),
        (
            "horizontal, zones",
            3,
            Box::new(move |it, dice| {
                horizontal(it);
                zones(it, dice);
            }),
        ),
        (
            "horizontal, apart",
            4,
            Box::new(move |it, dice| {
                horizontal(it);
                apart(it, dice);
            }),
        ),
    ];
    let mut bad = Vec::new();
    for (name, products, change) in &modes {
        let worst = worst(2, *products, change);
        if worst < GOOD {
            bad.push((*name, worst));
        }
    }
    assert!(bad.is_empty(), "{bad:?}");
}
