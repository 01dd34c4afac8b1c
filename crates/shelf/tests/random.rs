//! Random shelves, also impossible ones: never a violation, never a panic, never silent.
#![allow(clippy::unwrap_used)]

use std::cell::Cell;

use proptest::prelude::*;
use shelf::{
    Answer, Apart, Infeasible, Instance, Level, Limits, Mode, Orientation, Pin, Product, Progress, Run, ShareRule,
    Tray, Which, Zone, check, optimise,
};

/// A clock that counts how often it was asked: answers are the same every time.
fn solve(instance: &Instance, ms: f64) -> Result<Answer, Infeasible> {
    let asked = Cell::new(0.0);
    let clock = || {
        asked.set(asked.get() + 0.05);
        asked.get()
    };
    optimise(instance, &Limits { ms, clock: &clock, seed: 7, start: None, progress: None })
}

fn product() -> impl Strategy<Value = Product> {
    let sizes = (20..200_i64, 20..300_i64, 20..300_i64, 10..3000_i64);
    let numbers = (0.0..5.0, -0.2..3.0, 0.0..0.5, 0..3_i64, 0..6_i64, 0.0..4.0);
    let rest = (1..4_i64, any::<bool>(), any::<bool>(), 0..4_i64, 0..4_i64, prop::option::of(1..12_i64));
    (sizes, numbers, rest).prop_map(|(sizes, numbers, rest)| {
        let (width, height, depth, weight) = sizes;
        let (demand, margin, elasticity, min_facings, more, min_days) = numbers;
        let (max_stack, capping, turns, family, manufacturer, tray) = rest;
        Product {
            id: 0,
            family: format!("f{family}"),
            manufacturer,
            private: manufacturer == 0,
            tray: tray.filter(|units| *units > 8).map(|units| Tray {
                width: width * 2,
                height: height + 5,
                depth,
                units,
            }),
            width,
            height,
            depth,
            weight,
            demand,
            margin,
            elasticity,
            min_facings: if min_facings == 2 { 1 } else { 0 },
            max_facings: 1 + more,
            min_days,
            max_stack,
            capping,
            orientations: if turns { vec![Orientation::Front, Orientation::Side] } else { vec![Orientation::Front] },
        }
    })
}

fn levels(most: usize) -> impl Strategy<Value = Vec<Level>> {
    let level = (100..500_i64, 200..600_i64, 1000..200_000_i64, 0.5..1.5)
        .prop_map(|(height, depth, max_weight, attract)| Level { height, depth, max_weight, attract });
    prop::collection::vec(level, 1..=most)
}

fn instance() -> impl Strategy<Value = Instance> {
    let mode = prop_oneof![Just(Mode::Free), Just(Mode::Vblock), Just(Mode::Hblock)];
    let shelf = (mode, 300..3000_i64, levels(4), prop::option::of((300..2000_i64, levels(3))), any::<bool>());
    let rules = (0..4_u8, 0..4_u8, 0..4_u8, 0..4_u8, any::<bool>());
    (shelf, prop::collection::vec(product(), 0..14), rules).prop_map(|(shelf, mut products, rules)| {
        let (mode, width, levels, second, straddle) = shelf;
        let (shares, apart, pins, zones, sub_blocks) = rules;
        products.iter_mut().enumerate().for_each(|(at, product)| product.id = at as i64 * 3 + 1);
        let pin = |product: &Product| Pin {
            product: product.id,
            run: 0,
            level: 0,
            orientation: Orientation::Front,
            facings: 1,
            x: (zones == 2).then_some(10.0),
        };
        let maker = |maker| Which { manufacturer: Some(maker), ..Which::default() };
        let rule = ShareRule {
            name: "first".to_owned(),
            which: maker(1),
            levels: if sub_blocks { vec![0] } else { Vec::new() },
            at_least: 0.05 * f64::from(shares),
            at_most: 0.6,
        };
        Instance {
            name: String::new(),
            mode,
            width,
            bay_width: 700,
            straddle,
            levels,
            runs: second
                .map(|(width, levels)| Run { width, bay_width: 0, straddle: true, levels })
                .into_iter()
                .collect(),
            finger_gap: 10,
            transfer: 0.5,
            families: Vec::new(),
            pins: products.first().filter(|_| pins == 1).map(pin).into_iter().collect(),
            shares: (shares == 1).then_some(rule).into_iter().collect(),
            apart: (apart == 1).then(|| Apart { one: maker(0), other: maker(1) }).into_iter().collect(),
            zones: (zones == 1).then_some(Zone { run: 0, from: 100, to: 250, factor: 1.2 }).into_iter().collect(),
            sub_blocks,
            products,
        }
    })
}

/// The best of all ways to fill a shelf of mode free without extras, by trying all; none where there is no way.
fn best_of_all(instance: &Instance) -> Option<f64> {
    let mut options: Vec<Vec<shelf::Solution>> = Vec::new();
    for product in &instance.products {
        let mut own = Vec::new();
        if product.min_facings == 0 {
            own.push(shelf::Solution::default());
        }
        for level in 0..instance.levels.len() {
            for orientation in &product.orientations {
                for facings in 1..=product.max_facings {
                    let (run, orientation) = (0, *orientation);
                    let placed = shelf::Placement { product: product.id, run, level, orientation, facings, x: 0.0 };
                    own.push(shelf::Solution { blocks: Vec::new(), placements: vec![placed] });
                }
            }
        }
        options.push(own);
    }
    let mut best: Option<f64> = None;
    let mut at = vec![0; options.len()];
    loop {
        let mut ends = vec![0.0; instance.levels.len()];
        let mut solution = shelf::Solution::default();
        for (product, (choice, own)) in instance.products.iter().zip(at.iter().zip(&options)) {
            for placed in own.get(*choice).map(|own| own.placements.clone()).unwrap_or_default() {
                let width = if placed.orientation == Orientation::Front { product.width } else { product.depth };
                let x = ends[placed.level];
                ends[placed.level] += (width * placed.facings) as f64;
                solution.placements.push(shelf::Placement { x, ..placed });
            }
        }
        let checked = check(instance, &solution);
        if checked.violations.is_empty() && best.is_none_or(|best| checked.objective > best) {
            best = Some(checked.objective);
        }
        let Some(next) = (0..at.len()).find(|product| at[*product] + 1 < options[*product].len()) else { return best };
        at[next] += 1;
        at[..next].fill(0);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 120, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_answer_breaks_a_rule_and_no_refusal_is_silent(instance in instance()) {
        match solve(&instance, 10.0) {
            Ok(answer) => {
                let checked = check(&instance, &answer.solution);
                prop_assert!(checked.violations.is_empty(), "{:?}", checked.violations);
                prop_assert!((checked.objective - answer.objective).abs() < 1e-6);
                prop_assert!(answer.objective <= answer.bound + 1e-6 * answer.bound.abs().max(1.0));
                prop_assert_eq!(answer.explanation.products.len(), instance.products.len());
            }
            Err(refused) => prop_assert!(!refused.reasons.is_empty()),
        }
    }

    #[test]
    fn small_shelves_are_filled_as_well_as_by_trying_all(mut instance in instance()) {
        instance.mode = Mode::Free;
        instance.products.truncate(3);
        instance.levels.truncate(2);
        instance.runs.clear();
        instance.straddle = true;
        (instance.pins, instance.shares, instance.apart, instance.zones) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for product in &mut instance.products {
            product.tray = None;
            product.max_facings = product.max_facings.min(3);
        }
        match (best_of_all(&instance), solve(&instance, 20.0)) {
            (Some(best), Ok(answer)) => {
                prop_assert!(answer.bound >= best - 1e-6 * best.abs().max(1.0), "bound {} of {best}", answer.bound);
                prop_assert!(answer.objective >= best - 0.01 * best.abs().max(0.01), "{} of {best}", answer.objective);
            }
            (None, Err(refused)) => prop_assert!(!refused.reasons.is_empty()),
            (best, answer) => prop_assert!(false, "{best:?} {answer:?}"),
        }
    }
}

fn plain(products: Vec<(i64, i64, i64)>) -> Instance {
    let product = |(id, width, min_facings): (i64, i64, i64)| Product {
        id,
        family: "f".to_owned(),
        manufacturer: id,
        private: false,
        tray: None,
        width,
        height: 100,
        depth: 100,
        weight: 1000,
        demand: 1.0,
        margin: 1.0,
        elasticity: 0.2,
        min_facings,
        max_facings: 4,
        min_days: 0.0,
        max_stack: 1,
        capping: false,
        orientations: vec![Orientation::Front],
    };
    Instance {
        name: String::new(),
        mode: Mode::Free,
        width: 1000,
        bay_width: 0,
        straddle: true,
        levels: vec![Level { height: 200, depth: 300, max_weight: 1_000_000, attract: 1.0 }],
        runs: Vec::new(),
        finger_gap: 10,
        transfer: 0.5,
        families: Vec::new(),
        products: products.into_iter().map(product).collect(),
        sub_blocks: false,
        pins: Vec::new(),
        shares: Vec::new(),
        apart: Vec::new(),
        zones: Vec::new(),
    }
}

#[test]
fn a_conflict_names_the_rules_that_make_it_and_no_others() {
    let mut instance = plain(vec![(1, 600, 1), (2, 600, 1), (3, 100, 1), (4, 100, 0)]);
    instance.products[2].min_days = 1.0;
    let refused = solve(&instance, 20.0).unwrap_err();
    assert!(refused.is_proven);
    assert_eq!(
        refused.reasons,
        ["these products have to be listed: 1, 2", "the shelf offers 1000 mm × 1 shelves, no more"]
    );
}

#[test]
fn neighbours_that_must_not_be_are_parted_by_a_third() {
    let mut instance = plain(vec![(1, 100, 1), (2, 100, 1), (3, 100, 1)]);
    let only = |id| Which { products: vec![id], ..Which::default() };
    instance.apart = vec![Apart { one: only(1), other: only(2) }];
    let answer = solve(&instance, 20.0).unwrap();
    assert_eq!(check(&instance, &answer.solution).violations, Vec::<String>::new());
    assert_eq!(answer.solution.placements[1].product, 3);
}

#[test]
fn a_pinned_product_stands_where_it_was_put() {
    let mut instance = plain(vec![(1, 100, 1), (2, 100, 0), (3, 100, 0)]);
    let orientation = Orientation::Front;
    instance.pins = vec![Pin { product: 1, run: 0, level: 0, orientation, facings: 2, x: Some(400.0) }];
    let answer = solve(&instance, 20.0).unwrap();
    assert_eq!(check(&instance, &answer.solution).violations, Vec::<String>::new());
    let placed = answer.solution.placements.iter().find(|placed| placed.product == 1).unwrap();
    assert_eq!((placed.x, placed.facings), (400.0, 2));
}

#[test]
fn whoever_hears_of_progress_may_stop() {
    let instance = plain(vec![(1, 100, 1), (2, 100, 0), (3, 100, 0)]);
    let asked = Cell::new(0.0);
    let clock = || {
        asked.set(asked.get() + 0.05);
        asked.get()
    };
    let heard = Cell::new(0);
    let progress = |now: &Progress| {
        heard.set(heard.get() + 1);
        now.objective < 0.0
    };
    let limits = Limits { ms: 1e9, clock: &clock, seed: 1, start: None, progress: Some(&progress) };
    // The time of a whole life, and the first answer is enough.
    let first = Limits { ms: 50.0, ..limits };
    let answer = optimise(&instance, &first).unwrap();
    assert_eq!(heard.get(), 1);
    assert!(answer.objective <= answer.bound + 1e-9);
}

#[test]
fn the_same_question_has_the_same_answer() {
    let instance = plain((1..20).map(|id| (id, 37 + id * 7 % 60, id % 2)).collect());
    let (one, other) = (solve(&instance, 10.0).unwrap(), solve(&instance, 10.0).unwrap());
    assert_eq!(one.solution, other.solution);
}
