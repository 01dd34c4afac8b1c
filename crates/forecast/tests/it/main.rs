//! What holds for any panel, and what a shop manager expects of particular ones.

use forecast::model::{self, Effort};
use forecast::panel::{Holiday, Panel, PanelError, Rhythm};
use forecast::pools::Pools;
use forecast::quantile::Quantiles;
use forecast::state::{Rates, State, arrive};
use forecast::{base, hierarchy, judgement, replenish};
use proptest::prelude::*;

/// A panel that owns its data.
#[derive(Debug, Clone)]
struct Shop {
    rhythm: Rhythm,
    periods: usize,
    horizon: usize,
    sales: Vec<f32>,
    group: Vec<u32>,
    site: Vec<u32>,
    plan: Vec<u8>,
    holidays: Vec<Holiday>,
}

impl Shop {
    fn panel(&self) -> Panel<'_> {
        Panel {
            rhythm: self.rhythm,
            periods: self.periods,
            horizon: self.horizon,
            sales: &self.sales,
            group: &self.group,
            site: &self.site,
            plan: &self.plan,
            holidays: &self.holidays,
        }
    }

    /// `series` of counts around `usual`, times what `factor(series, period)` says, over six products and the rest stores.
    fn made(
        rhythm: Rhythm,
        series: usize,
        periods: usize,
        horizon: usize,
        usual: f32,
        factor: impl Fn(usize, usize) -> f32,
    ) -> Self {
        let mut draw = 12345u64;
        let mut sales = Vec::new();
        for series in 0..series {
            for period in 0..periods {
                let mean = usual * factor(series, period);
                // A Poisson count from uniform numbers.
                let (mut units, mut product) = (0.0, 1.0f32);
                loop {
                    draw = draw.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                    product *= (draw >> 40) as f32 / (1u64 << 24) as f32;
                    if product <= (-mean).exp() || units > 500.0 {
                        break;
                    }
                    units += 1.0;
                }
                sales.push(units);
            }
        }
        let group = (0..series as u32).map(|one| one % 6).collect();
        let site = (0..series as u32).map(|one| one / 6).collect();
        Self { rhythm, periods, horizon, sales, group, site, plan: Vec::new(), holidays: Vec::new() }
    }
}

const LEVELS: [f32; 5] = [0.5, 0.8, 0.9, 0.95, 0.99];

fn any_shop() -> impl Strategy<Value = Shop> {
    let size = (1usize..12, 1usize..90, 1usize..6, any::<bool>(), any::<bool>());
    size.prop_flat_map(|(series, periods, horizon, daily, promoted)| {
        let counts = prop_oneof![6 => Just(0.0f32), 3 => (1u8..5).prop_map(f32::from), 1 => (0u32..100_000).prop_map(|units| units as f32)];
        let plan = if promoted { series * (periods + horizon) } else { 0 };
        let sales = prop::collection::vec(counts, series * periods);
        (sales, prop::collection::vec(0u8..16, plan), prop::collection::vec(0u32..3, series)).prop_map(move |(sales, plan, group)| Shop {
            rhythm: if daily { Rhythm::Daily { first_weekday: 3 } } else { Rhythm::Weekly },
            periods,
            horizon,
            sales,
            site: group.iter().rev().copied().collect(),
            group,
            plan,
            holidays: vec![Holiday { period: periods as u32, kind: 2, prior: 1.5 }],
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(120))]

    #[test]
    fn any_panel_gets_finite_ordered_explained_forecasts(shop in any_shop()) {
        let (panel, quantiles) = (shop.panel(), Quantiles::new(&LEVELS));
        let pools = Pools::new(&panel);
        let model = model::fit(&panel, &pools, Effort::default()).unwrap();
        let states = model::states(&panel);
        let everything = model.forecast(&panel, &pools, &states, &quantiles);
        for forecasts in [&everything, &base::forecast(&panel, &quantiles).unwrap()] {
            prop_assert!(forecasts.means.iter().all(|mean| mean.is_finite() && *mean >= 0.0));
            prop_assert!(forecasts.quantiles.chunks(5).all(|one| one.windows(2).all(|pair| pair[0] <= pair[1])));
        }
        for (series, state) in states.iter().enumerate().filter(|(_, state)| state.units > 0.0) {
            let why = model.explain(&panel, &pools, state, series, 1);
            prop_assert!((why.units - everything.means[series * shop.horizon]).abs() <= 1e-3 * (1.0 + why.units));
            let product = why.usual * why.trend * why.profile * why.season * why.promotion * why.holiday * why.shrinkage;
            prop_assert!((product - why.units).abs() <= 1e-2 * why.units + 1e-6, "{:?}", why);
        }
    }

    #[test]
    fn days_that_arrive_one_by_one_give_the_state_of_all_at_once(shop in any_shop()) {
        let panel = shop.panel();
        let rates = Rates::new(shop.rhythm);
        let mut states = vec![State::default(); panel.series()];
        for period in 0..shop.periods {
            let day: Vec<f32> = (0..panel.series()).map(|series| panel.row(series)[period]).collect();
            let plan: Vec<u8> = (0..panel.series()).map(|series| panel.promotion(series, period)).collect();
            arrive(&mut states, &rates, &day, &plan, shop.rhythm.weekday(period));
        }
        prop_assert_eq!(states, model::states(&panel));
    }

    #[test]
    fn parents_are_the_sum_of_their_parts_and_a_settled_total_is_met(shop in any_shop(), total in 0.0f32..500.0) {
        let (panel, quantiles) = (shop.panel(), Quantiles::new(&LEVELS));
        let mut parts = base::forecast(&panel, &quantiles).unwrap();
        let all = hierarchy::sums(&parts, &vec![0; panel.series()], 0.02, &quantiles);
        let sum: f32 = parts.means.chunks(shop.horizon).map(|one| one[0]).sum();
        prop_assert!((all.means[0] - sum).abs() <= 1e-3 * sum.max(1.0));
        let members: Vec<usize> = (0..panel.series()).collect();
        hierarchy::settle(&mut parts, &members, 0, total, &quantiles);
        let sum: f32 = parts.means.chunks(shop.horizon).map(|one| one[0]).sum();
        prop_assert!((sum - total).abs() <= 1e-3 * total.max(1.0), "{} against {}", sum, total);
    }

    #[test]
    fn an_order_is_whole_packs_within_minimum_capacity_and_calendar(
        (lead_days, order_days, pack, minimum, capacity) in (1u8..9, 0u8..128, 1u32..30, 0u32..60, 0u32..400),
        (on_hand, on_order, daily, ratio) in (0u32..300, 0u32..300, 0.01f32..200.0, 1.0f32..20.0),
        (holding, line, weekday) in (0.0f32..0.2, 0.0f32..80.0, 0usize..7),
    ) {
        let item = replenish::Item { lead_days, order_days, pack, minimum, capacity };
        let demand = replenish::Demand { daily, weekdays: [1.0; 7], ratio };
        let wish = replenish::Wish { holding, line };
        let one = replenish::decide(&item, replenish::Stock { on_hand, on_order }, &demand, wish, weekday);
        prop_assert_eq!(one.quantity % pack, 0);
        prop_assert!(one.quantity == 0 || one.quantity >= minimum && on_hand + on_order + one.quantity <= capacity);
        prop_assert!(one.quantity == 0 || order_days >> weekday & 1 == 1);
        prop_assert_eq!(one.quantity > 0, matches!(one.rule, replenish::Rule::Needed | replenish::Rule::Capacity));
    }
}

#[test]
fn a_promoted_week_is_forecast_higher_and_says_so() {
    let mut shop = Shop::made(
        Rhythm::Weekly,
        240,
        40,
        4,
        2.0,
        |series, period| if (series + period) % 5 == 0 { 3.0 } else { 1.0 },
    );
    shop.plan = (0..240 * 44).map(|at| u8::from((at / 44 + at % 44) % 5 == 0)).collect();
    let (panel, quantiles) = (shop.panel(), Quantiles::new(&LEVELS));
    let pools = Pools::new(&panel);
    let model = model::fit(&panel, &pools, Effort::default()).unwrap();
    let states = model::states(&panel);
    let forecasts = model.forecast(&panel, &pools, &states, &quantiles);
    let mean = |promoted: bool| {
        let chosen = (0..240 * 4).filter(|at| (panel.promotion(at / 4, 40 + at % 4) != 0) == promoted);
        let (count, sum) = chosen.fold((0.0, 0.0), |(count, sum), at| (count + 1.0, sum + forecasts.means[at]));
        sum / count
    };
    assert!(
        (mean(true) - 6.0f32).abs() < 0.6 && (mean(false) - 2.0f32).abs() < 0.2,
        "{} and {}",
        mean(true),
        mean(false)
    );
    let series = (0..240).find(|series| panel.promotion(*series, 40) != 0).unwrap();
    assert!(model.explain(&panel, &pools, &states[series], series, 1).promotion > 1.8);
}

#[test]
fn weekdays_come_back_and_quantiles_cover_what_they_say() {
    let weekend = |_: usize, period: usize| if period % 7 >= 5 { 2.0 } else { 0.6 };
    let whole = Shop::made(Rhythm::Daily { first_weekday: 0 }, 120, 154, 14, 1.0, weekend);
    let known = Shop {
        periods: 140,
        sales: whole.sales.chunks(154).flat_map(|row| row[..140].to_vec()).collect(),
        ..whole.clone()
    };
    let (panel, quantiles) = (known.panel(), Quantiles::new(&LEVELS));
    let pools = Pools::new(&panel);
    let model = model::fit(&panel, &pools, Effort::default()).unwrap();
    let forecasts = model.forecast(&panel, &pools, &model::states(&panel), &quantiles);
    let saturday: f32 = (0..120).map(|series| forecasts.means[series * 14 + 5]).sum::<f32>() / 120.0;
    let monday: f32 = (0..120).map(|series| forecasts.means[series * 14]).sum::<f32>() / 120.0;
    assert!((saturday - 2.0).abs() < 0.25 && (monday - 0.6).abs() < 0.12, "{saturday} and {monday}");
    let covered = (0..120 * 14)
        .filter(|at| whole.sales[at / 14 * 154 + 140 + at % 14] <= forecasts.quantiles[at * 5 + 3])
        .count();
    let share = covered as f32 / (120.0 * 14.0);
    assert!((0.93..0.99).contains(&share), "{share}");
}

#[test]
fn a_panel_that_does_not_fit_together_is_refused() {
    let shop = Shop::made(Rhythm::Weekly, 6, 20, 4, 1.0, |_, _| 1.0);
    let mut panel = shop.panel();
    panel.sales = &shop.sales[1..];
    assert_eq!(panel.check(), Err(PanelError::Length { what: "sales", expected: 120, found: 119 }));
    let mut bad = shop.clone();
    bad.sales[25] = -1.0;
    assert_eq!(bad.panel().check(), Err(PanelError::Sale { series: 1, period: 5 }));
}

#[test]
fn an_override_is_judged_when_its_sales_are_known() {
    let one = judgement::Override { series: 0, period: 3, forecast: 10.0, units: 16.0 };
    let overrides = [one, judgement::Override { period: 4, ..one }, judgement::Override { period: 9, ..one }];
    let worth = judgement::worth(&overrides, |_, period| {
        [(3, 15.0), (4, 9.0)].iter().find(|(at, _)| *at == period).map(|(_, sold)| *sold)
    });
    assert_eq!(worth, judgement::Worth { judged: 2, better: 1, saved: 4.0 - 6.0, over: 8.0 });
}
