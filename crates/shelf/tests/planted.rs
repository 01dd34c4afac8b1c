//! Zones, shares and neighbours together in blocks, where a way is known to be: it is found, or another one.
#![allow(clippy::unwrap_used)]

mod shop;

use std::cell::Cell;

use shelf::{Answer, Apart, Infeasible, Instance, Limits, Mode, ShareRule, Which, Zone, check, optimise};

use shop::{Dice, Goods};

/// Products of five families and nine makers, half of which have to be listed, on four shelves with a better stretch.
fn shop(dice: &mut Dice, products: i64, width: i64) -> Instance {
    let goods = Goods {
        products,
        families: &["family 0", "family 1", "family 2", "family 3", "family 4"],
        makers: 9,
        own: 4,
        width: (50, 60),
        elasticity: 20,
        facings: |_| 6,
        must: |_, dice| dice.below(2) == 0,
    };
    let mut shop = shop::shop(dice, &goods, width, &[0.85, 1.0, 1.15, 0.95], 100_000);
    shop.mode = Mode::Vblock;
    shop.zones = vec![Zone { run: 0, from: width / 3, to: 2 * width / 3, factor: 1.2 }];
    shop
}

fn solve(instance: &Instance) -> Result<Answer, Infeasible> {
    let asked = Cell::new(0.0);
    let clock = || {
        asked.set(asked.get() + 0.05);
        asked.get()
    };
    optimise(instance, &Limits { ms: 400.0, clock: &clock, seed: 1, start: None, progress: None })
}

#[test]
fn zones_shares_and_neighbours_together_are_kept_where_that_is_possible() {
    let mut missed = Vec::new();
    for (seed, products, width) in [(0, 40, 1500), (1, 40, 1500), (2, 40, 1500), (3, 100, 3600)] {
        let mut instance = shop(&mut Dice(seed * 977 + 5), products, width);
        let planted = solve(&instance).unwrap().solution;
        // The shares that the planted shelf has, nearly, and two makers that are no neighbours there.
        let part = |which: &Which, level: Option<usize>| {
            let has = |id: i64| instance.products.iter().find(|product| product.id == id && which.has(product));
            let placed = planted.placements.iter().filter(|placed| level.is_none_or(|level| placed.level == level));
            let width: i64 = placed.filter_map(|placed| has(placed.product).map(|it| it.width * placed.facings)).sum();
            width as f64 / (instance.width as f64 * if level.is_some() { 1.0 } else { 4.0 })
        };
        let own = Which { private: Some(true), ..Which::default() };
        let family = Which { family: Some("family 2".to_owned()), ..Which::default() };
        let rule = |name: &str, which: &Which, levels: Vec<usize>, part: f64| ShareRule {
            name: name.to_owned(),
            which: which.clone(),
            levels,
            at_least: 0.97 * part,
            at_most: (1.1 * part + 0.02).min(1.0),
        };
        let shares = vec![
            rule("own", &own, Vec::new(), part(&own, None)),
            rule("eye", &family, vec![2], part(&family, Some(2))),
        ];
        instance.shares = shares;
        let maker = |manufacturer| Which { manufacturer: Some(manufacturer), ..Which::default() };
        let pairs = (0..9).flat_map(|one| (0..one).map(move |other| (one, other)));
        for (one, other) in pairs {
            let apart = Apart { one: maker(one), other: maker(other) };
            instance.apart = vec![apart];
            if check(&instance, &planted).violations.is_empty() {
                break;
            }
            instance.apart.clear();
        }
        assert!(check(&instance, &planted).violations.is_empty(), "seed {seed}: the planted shelf is right");
        match solve(&instance) {
            Ok(answer) => assert!(check(&instance, &answer.solution).violations.is_empty(), "seed {seed}"),
            Err(refused) => missed.push(format!("{seed}: {refused}")),
        }
    }
    assert!(missed.is_empty(), "{missed:?}");
}
