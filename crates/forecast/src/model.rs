//! One model for all series: fitted on a sample of moments of the past, it forecasts every series with quantiles.
//!
//! A forecast is exp(coefficients · columns); see [`crate::columns`]. The variance-to-mean ratio is log-linear too.

use crate::columns::{Kept, Layout, Row, Seen, Target, WIDTH};
use crate::panel::{Panel, PanelError};
use crate::pools::Pools;
use crate::quantile::Quantiles;
use crate::solve::{Lesson, expected, ratio};
use crate::state::{Rates, State};

/// Columns of the spread.
const SPREAD: usize = 9;

/// How much the model may look at.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Effort {
    /// Moments of the past to learn from, at most about.
    pub moments: usize,
    /// How strongly coefficients are held back (in moments).
    pub ridge: f64,
}

impl Default for Effort {
    fn default() -> Self {
        Self { moments: 120_000, ridge: 20.0 }
    }
}

/// A fitted model: coefficients only, a kilobyte.
#[derive(Debug, Clone, PartialEq)]
pub struct Model {
    pub(crate) layout: Layout,
    pub(crate) beta: Vec<f32>,
    pub(crate) gamma: [f32; SPREAD],
    /// How many moments it was learned from.
    pub moments: usize,
}

/// Means and quantiles, series-major.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Forecasts {
    /// Periods for each series.
    pub horizon: usize,
    /// Quantiles for each period.
    pub levels: usize,
    /// Expected units: `series × horizon`.
    pub means: Vec<f32>,
    /// Variance over mean, at least 1: `series × horizon`.
    pub ratios: Vec<f32>,
    /// Units: `series × horizon × levels`.
    pub quantiles: Vec<f32>,
}

impl Forecasts {
    /// Zeros for so many series.
    pub(crate) fn room(series: usize, horizon: usize, levels: usize) -> Self {
        let periods = series * horizon;
        Self {
            horizon,
            levels,
            means: vec![0.0; periods],
            ratios: vec![1.0; periods],
            quantiles: vec![0.0; periods * levels],
        }
    }
}

/// Numbers that look random and follow from their argument.
fn scatter(mut value: u64) -> u64 {
    value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

/// How many active periods a series must have had to be in the panel at all.
///
/// Panels are chosen by past sales. A moment of a series that had not yet sold so often is in the panel only because it sold
/// well afterwards; learning from it would promise every series such a future (bias +13 % on our yardstick).
fn admission(panel: &Panel) -> f32 {
    let sold_in = |series| panel.row(series).iter().filter(|units| **units > 0.0).count();
    let least = (0..panel.series()).map(sold_in).min().unwrap_or(0);
    least.min(panel.periods / 4) as f32
}

/// Learns from the past of a panel.
pub fn fit(panel: &Panel, pools: &Pools, effort: Effort) -> Result<Model, PanelError> {
    panel.check()?;
    let layout = Layout::new(panel, pools);
    let lesson = lesson(panel, pools, &layout, effort.moments);
    let moments = lesson.len();
    if moments < 200 {
        // Too little to learn from: a level that is believed as it is.
        let mut beta = vec![0.0; layout.width()];
        beta[1] = 1.0;
        return Ok(Model { layout, beta, gamma: [0.0; SPREAD], moments });
    }
    let beta = lesson.poisson(effort.ridge);
    let log = |(row, offset): (&[f32], &f32)| dot(row, &beta) + offset;
    let means: Vec<f32> = lesson.rows.chunks_exact(lesson.width).zip(&lesson.offset).map(log).map(expected).collect();
    let (head, mechanics) = (layout.head, layout.mechanics);
    let gamma = lesson.spread(&means, |row, erratic, mean| spread_columns(row, erratic, mean, head, mechanics));
    Ok(Model { layout, beta, gamma, moments })
}

fn dot(row: &[f32], beta: &[f32]) -> f32 {
    row.iter().zip(beta).map(|(value, beta)| value * beta).sum()
}

/// The series' own variance over mean, as a logarithm.
fn erratic(state: &State) -> f32 {
    let mean = state.means[0].max(0.01);
    ((state.square - mean * mean) / mean).max(0.5).ln()
}

/// What the spread depends on: the mean, how erratic sales have been, how much is bought at once, the plan.
fn spread_columns(row: &[f32], erratic: f32, mean: f32, head: usize, mechanics: usize) -> [f32; SPREAD] {
    let log = (mean + 0.02).ln();
    let promoted = mechanics > 0 && row[head + 7..].iter().take(mechanics).any(|flag| *flag > 0.0);
    let any = if promoted { 1.0 } else { 0.0 };
    [1.0, log, log * log, row[11], row[6], row[7], row[9], any, erratic]
}

/// A sample of (series, moment, step) with what was sold then.
fn lesson(panel: &Panel, pools: &Pools, layout: &Layout, wanted: usize) -> Lesson {
    let rates = Rates::new(panel.rhythm);
    let (periods, width) = (panel.periods, layout.width());
    let first = (12 * panel.rhythm.week()).min(periods / 2).max(1);
    let admission = admission(panel);
    let moments = panel.series() as u64 * (periods - first.min(periods)) as u64;
    let share = wanted as f32 / moments.max(1) as f32;
    let mut lesson = Lesson { width, ..Lesson::default() };
    let mut row: Row = [0.0; WIDTH];
    for series in 0..panel.series() {
        let (group, site) = (panel.group[series] as usize, panel.site[series] as usize);
        let (sales, plan) = (panel.row(series), panel.plan_row(series));
        let mut state = State::default();
        for (known, units) in sales.iter().enumerate() {
            let draw = scatter((series * periods + known) as u64 ^ 0x5eed_0000_0000);
            let step = 1 + (draw >> 32) as usize % panel.horizon;
            let period = known + step - 1;
            // Moments that tell more are drawn more often, and weighed back.
            let keep = (share * (state.means[1] + 0.25).sqrt()).min(1.0);
            let drawn = (draw & 0xffff) as f32 / 65536.0 < keep;
            if drawn && known >= first && period < periods && state.sold_in >= admission.max(1.0) {
                // Erratic series say less about the mean: one over their own variance-to-mean ratio.
                let calm = 2.0 * (state.means[0] + 0.1) / (state.square + 0.1);
                lesson.weight.push(calm / keep);
                lesson.inverse.push(1.0 / keep);
                lesson.erratic.push(erratic(&state));
                let seen = Seen {
                    state: &state,
                    group: pools.group(group, known),
                    site: pools.site(site, known),
                    members: pools.members[group],
                };
                let kept = layout.head(&seen, &mut row);
                let mechanics = plan.get(period).copied().unwrap_or(0);
                let target = Target { step, period, mechanics, weekday: panel.rhythm.weekday(period) };
                layout.tail(pools, (group, site, known), &seen, &kept, target, &mut row);
                let offset = layout.holiday(panel, period, &mut row);
                lesson.rows.extend_from_slice(&row[..width]);
                lesson.sold.push(sales[period]);
                lesson.offset.push(offset);
            }
            state.push(&rates, *units, plan.get(known).copied().unwrap_or(0), panel.rhythm.weekday(known));
        }
    }
    lesson
}

/// The state of every series at the end of its history.
pub fn states(panel: &Panel) -> Vec<State> {
    let rates = Rates::new(panel.rhythm);
    let state = |series| {
        let plan = panel.plan_row(series);
        let mut state = State::default();
        for (at, units) in panel.row(series).iter().enumerate() {
            state.push(&rates, *units, plan.get(at).copied().unwrap_or(0), panel.rhythm.weekday(at));
        }
        state
    };
    (0..panel.series()).map(state).collect()
}

impl Model {
    /// The logarithm of the expectation of one period, from a row whose head is filled; fills the tail.
    pub(crate) fn log(
        &self,
        panel: &Panel,
        pools: &Pools,
        series: usize,
        (seen, kept): (&Seen, &Kept),
        step: usize,
        row: &mut Row,
    ) -> f32 {
        let period = panel.periods + step - 1;
        let mechanics = panel.promotion(series, period);
        let target = Target { step, period, mechanics, weekday: panel.rhythm.weekday(period) };
        let place = (panel.group[series] as usize, panel.site[series] as usize, panel.periods);
        self.layout.tail(pools, place, seen, kept, target, row);
        let offset = if panel.holidays.is_empty() { 0.0 } else { self.layout.holiday(panel, period, row) };
        let (head, width) = (self.layout.head, self.layout.width());
        dot(&row[head..width], &self.beta[head..]) + offset
    }

    pub(crate) fn seen<'s>(panel: &Panel, pools: &Pools, series: usize, state: &'s State) -> Seen<'s> {
        let (group, site) = (panel.group[series] as usize, panel.site[series] as usize);
        Seen {
            state,
            group: pools.group(group, panel.periods),
            site: pools.site(site, panel.periods),
            members: pools.members[group],
        }
    }

    /// Forecasts every series of a panel from its state at the end of the history.
    pub fn forecast(&self, panel: &Panel, pools: &Pools, states: &[State], quantiles: &Quantiles) -> Forecasts {
        let (horizon, levels) = (panel.horizon, quantiles.levels().len());
        let series = panel.series();
        let mut out = Forecasts::room(series, horizon, levels);
        let mut row: Row = [0.0; WIDTH];
        let head = self.layout.head;
        for (series, state) in states.iter().enumerate() {
            let seen = Self::seen(panel, pools, series, state);
            let kept = self.layout.head(&seen, &mut row);
            let base = dot(&row[..head], &self.beta[..head]);
            let erratic = erratic(state);
            for step in 1..=horizon {
                let log = base + self.log(panel, pools, series, (&seen, &kept), step, &mut row);
                let mean = if state.units > 0.0 { expected(log) } else { 0.0 };
                let spread = spread_columns(&row, erratic, mean, head, self.layout.mechanics);
                let at = series * horizon + step - 1;
                out.means[at] = mean;
                if mean > 0.0 {
                    let to = &mut out.quantiles[at * levels..(at + 1) * levels];
                    let ratio_ln = ratio(&spread, &self.gamma).max(0.0);
                    quantiles.write_ln(mean, log, ratio_ln, to);
                    out.ratios[at] = ratio_ln.exp();
                }
            }
        }
        out
    }
}
