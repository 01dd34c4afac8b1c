//! Zones, shares and neighbours together in blocks, where a way is known to be: it is found, or another one.
#![allow(clippy::unwrap_used)]

use std::cell::Cell;

use shelf::{
    Answer, Apart, Infeasible, Instance, Level, Limits, Mode, Orientation, Product, ShareRule, Which, Zone, check,
    optimise,
};

struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: i64) -> i64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) % limit as u64) as i64
    }
}

/// Five families of eight products and nine makers, half of which have to be listed, on four shelves with a better stretch.
fn shop(dice: &mut Dice) -> Instance {
    let product = |id: i64, dice: &mut Dice| Product {
        id,
        family: format!("family {}", id % 5),
        manufacturer: id % 9,
        private: id % 4 == 0,
        tray: None,
        width: 50 + dice.below(60),
        height: 80 + dice.below(60),
        depth: 80,
        weight: 100 + dice.below(900),
        demand: 0.5 + dice.below(100) as f64 / 40.0,
        margin: 0.5 + dice.below(100) as f64 / 80.0,
        elasticity: 0.1 + dice.below(20) as f64 / 100.0,
        min_facings: i64::from(dice.below(2) == 0),
        max_facings: 6,
        min_days: 0.0,
        max_stack: 1,
        capping: false,
        orientations: vec![Orientation::Front],
    };
    let level = |attract| Level { height: 160, depth: 300, max_weight: 100_000, attract };
    Instance {
        name: String::new(),
        mode: Mode::Vblock,
        width: 1500,
        bay_width: 0,
        straddle: true,
        levels: vec![level(0.85), level(1.0), level(1.15), level(0.95)],
        runs: Vec::new(),
        finger_gap: 10,
        transfer: 0.5,
        families: Vec::new(),
        products: (0..40).map(|id| product(id, dice)).collect(),
        sub_blocks: false,
        pins: Vec::new(),
        shares: Vec::new(),
        apart: Vec::new(),
        zones: vec![Zone { run: 0, from: 500, to: 1000, factor: 1.2 }],
    }
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
    for seed in 0..3 {
        let mut instance = shop(&mut Dice(seed * 977 + 5));
        let planted = solve(&instance).unwrap().solution;
        // The shares that the planted shelf has, nearly, and two makers that are no neighbours there.
        let part = |which: &Which, level: Option<usize>| {
            let has = |id: i64| instance.products.iter().find(|product| product.id == id && which.has(product));
            let placed = planted.placements.iter().filter(|placed| level.is_none_or(|level| placed.level == level));
            let width: i64 = placed.filter_map(|placed| has(placed.product).map(|it| it.width * placed.facings)).sum();
            width as f64 / (1500.0 * if level.is_some() { 1.0 } else { 4.0 })
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
