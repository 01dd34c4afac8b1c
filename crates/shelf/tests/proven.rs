//! Shelves without blocks that are too large for trying everything in the engine, against trying everything here: what is said to be proven is
//! the best there is, with loads that bind and without.
#![allow(clippy::unwrap_used)]

mod shop;

use std::cell::Cell;

use shelf::{Instance, Limits, check, optimise};

use shop::{Dice, Goods};

const PRODUCTS: usize = 13;
/// Units behind a facing: 300 mm of depth for products of 80 mm.
const DEEP: i64 = 3;

/// The most that each set of products brings on a level.
fn level(instance: &Instance, number: usize) -> Vec<f64> {
    let level = &instance.levels[number];
    let mut most = vec![f64::NEG_INFINITY; 1 << PRODUCTS];
    let mut open = vec![(0, 0_usize, instance.width, level.max_weight, 0.0_f64)];
    while let Some((at, set, width, load, worth)) = open.pop() {
        let Some(product) = instance.products.get(at) else {
            most[set] = worth.max(most[set]);
            continue;
        };
        for facings in 0..=product.max_facings {
            let left = (width - facings * product.width, load - facings * DEEP * product.weight);
            if left.0 >= 0 && left.1 >= 0 {
                let gain = product.margin * product.demand * level.attract * (facings as f64).powf(product.elasticity);
                let (set, gain) = if facings == 0 { (set, 0.0) } else { (set | 1 << at, gain) };
                open.push((at + 1, set, left.0, left.1, worth + gain));
            }
        }
    }
    most
}

/// The most that all levels bring together; none where what has to be listed does not fit.
fn best_of_all(instance: &Instance) -> Option<f64> {
    let must: usize = (0..PRODUCTS).filter(|at| instance.products[*at].min_facings > 0).map(|at| 1 << at).sum();
    let join = |one: Vec<f64>, other: Vec<f64>| -> Vec<f64> {
        let most = |set: usize| {
            let (mut part, mut most) = (set, f64::NEG_INFINITY);
            loop {
                most = most.max(one[part] + other[set & !part]);
                if part == 0 {
                    return most;
                }
                part = (part - 1) & set;
            }
        };
        (0..one.len()).map(most).collect()
    };
    let all = (0..instance.levels.len()).map(|number| level(instance, number)).reduce(join).unwrap();
    let best = (0..all.len()).filter(|set| set & must == must).map(|set| all[set]).fold(f64::NEG_INFINITY, f64::max);
    (best > f64::NEG_INFINITY).then_some(best)
}

#[test]
fn what_is_proven_is_the_best_there_is() {
    let mut proven = 0;
    for round in 0..6 {
        let mut dice = Dice(round * 31 + 5);
        let goods = Goods {
            products: PRODUCTS as i64,
            families: &["tea", "jam"],
            makers: 3,
            own: 3,
            width: (50, 70),
            elasticity: 40,
            facings: |_| 2,
            must: |id, _| id % 3 == 0,
        };
        let load = if round % 2 == 0 { 60_000 } else { 9_000 };
        let mut instance = shop::shop(&mut dice, &goods, 420, &[0.9, 1.15, 1.0], load);
        instance.transfer = 0.0;
        let best = best_of_all(&instance).unwrap();
        let asked = Cell::new(0.0);
        let clock = || {
            asked.set(asked.get() + 0.05);
            asked.get()
        };
        let limits = Limits { ms: 200.0, clock: &clock, seed: round, start: None, progress: None };
        let answer = optimise(&instance, &limits).unwrap();
        assert!(check(&instance, &answer.solution).violations.is_empty());
        assert!(answer.objective <= best + 1e-9 && best <= answer.bound + 1e-9, "{best} {answer:?}");
        if answer.bound <= answer.objective {
            proven += 1;
            assert!(answer.objective >= best - 1e-9, "{best} {}", answer.objective);
        }
    }
    assert!(proven >= 4, "{proven}");
}
