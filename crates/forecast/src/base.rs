//! The fast tier: one pass over each series, nothing learned but a few pooled factors. A microsecond a series.

use crate::model::Forecasts;
use crate::panel::{Panel, PanelError};
use crate::quantile::Quantiles;

/// Series that the pooled factors are learned from.
const SAMPLE: usize = 400;

/// The blend of slow, middle and fast means, as weights of past periods, oldest first; they sum to one.
fn weights(periods: usize, week: usize) -> Vec<f32> {
    let rates: [(f32, f32); 3] =
        if week == 1 { [(0.4, 0.03), (0.3, 0.08), (0.3, 0.2)] } else { [(0.5, 0.005), (0.3, 0.015), (0.2, 0.04)] };
    let mut weights = vec![0.0f32; periods];
    for (share, rate) in rates {
        let whole = 1.0 - (1.0 - rate).powi(periods as i32);
        let mut weight = share * rate / whole;
        for slot in weights.iter_mut().rev() {
            *slot += weight;
            weight *= 1.0 - rate;
        }
    }
    weights
}

/// Sums that vector instructions can make: eight lanes.
#[allow(clippy::needless_range_loop)] // four slices in step
fn blend(weights: &[f32], sales: &[f32]) -> (f32, f32) {
    let (mut means, mut squares) = ([0.0f32; 8], [0.0f32; 8]);
    for (weights, sales) in weights.chunks_exact(8).zip(sales.chunks_exact(8)) {
        for lane in 0..8 {
            let part = weights[lane] * sales[lane];
            means[lane] += part;
            squares[lane] += part * sales[lane];
        }
    }
    let done = sales.len() / 8 * 8;
    let (mut mean, mut square) = (means.iter().sum::<f32>(), squares.iter().sum::<f32>());
    for (weight, units) in weights[done..].iter().zip(&sales[done..]) {
        mean += weight * units;
        square += weight * units * units;
    }
    (mean, square)
}

/// What a promotion (by its mechanics) multiplies sales by, over a sample of series.
fn lifts(panel: &Panel, stride: usize) -> [f32; 16] {
    let (mut sold, mut usual) = ([0.0f32; 16], [0.0f32; 16]);
    for series in (0..panel.series()).step_by(stride) {
        let row = panel.row(series);
        let mean = row.iter().sum::<f32>() / row.len() as f32;
        for (units, mechanics) in row.iter().zip(panel.plan_row(series)) {
            sold[(mechanics & 15) as usize] += units.min(8.0 * mean + 2.0);
            usual[(mechanics & 15) as usize] += mean;
        }
    }
    let plain = (sold[0] + 1.0) / (usual[0] + 1.0);
    let mut lifts = [1.0f32; 16];
    for (lift, (sold, usual)) in lifts.iter_mut().zip(sold.iter().zip(&usual)).skip(1) {
        *lift = ((sold + 30.0 * plain) / (usual + 30.0) / plain).clamp(1.0, 8.0);
    }
    lifts
}

/// Forecasts every series from its blended level, pooled promotion lifts and a pooled weekday profile.
pub fn forecast(panel: &Panel, quantiles: &Quantiles) -> Result<Forecasts, PanelError> {
    if panel.series() == 0 || panel.periods == 0 || panel.horizon == 0 {
        return Err(PanelError::Empty);
    }
    let (periods, horizon, levels) = (panel.periods, panel.horizon, quantiles.levels().len());
    let stride = (panel.series() / SAMPLE).max(1);
    let week = panel.rhythm.week();
    let promoted = !panel.plan.is_empty();
    let lifts = if promoted { lifts(panel, stride) } else { [1.0; 16] };
    let mut profile = [1.0f32; 7];
    if week == 7 {
        let mut sums = [1.0f32; 7];
        for series in (0..panel.series()).step_by(stride) {
            panel.row(series).iter().enumerate().for_each(|(at, units)| sums[panel.rhythm.weekday(at)] += units);
        }
        let whole: f32 = sums.iter().sum();
        profile = sums.map(|sum| sum / whole * 7.0);
    }
    let all = weights(periods, week);
    let survival = survival(panel, &lifts, &profile, stride);
    let series = panel.series();
    let mut out = Forecasts::room(series, horizon, levels);
    let profile: Vec<f32> = (0..horizon).map(|step| profile[panel.rhythm.weekday(periods + step)] * survival).collect();
    let profile_ln: Vec<f32> = profile.iter().map(|factor| factor.max(1e-6).ln()).collect();
    let lifts_ln = lifts.map(f32::ln);
    for series in 0..series {
        let (mean, square) = blend(&all, panel.row(series));
        if mean <= 0.0 {
            continue;
        }
        let plan = panel.plan_row(series);
        let usual: f32 = if promoted {
            all.iter().zip(plan).map(|(weight, bits)| weight * lifts[(bits & 15) as usize]).sum()
        } else {
            1.0
        };
        let level = mean / usual;
        let level_ln = level.ln();
        let ratio = ((square - mean * mean) / mean).max(1.0);
        let ratio_ln = ratio.ln();
        for step in 0..horizon {
            let bits = if promoted { (plan[periods + step] & 15) as usize } else { 0 };
            let at = series * horizon + step;
            let mean = level * lifts[bits] * profile[step];
            out.means[at] = mean;
            out.ratios[at] = ratio;
            let to = &mut out.quantiles[at * levels..(at + 1) * levels];
            quantiles.write_ln(mean, level_ln + lifts_ln[bits] + profile_ln[step], ratio_ln, to);
        }
    }
    Ok(out)
}

/// How much of a level is still there in the horizon: what a sample sold in the last one over what was forecast for it.
fn survival(panel: &Panel, lifts: &[f32; 16], profile: &[f32; 7], stride: usize) -> f32 {
    let known = panel.periods.saturating_sub(panel.horizon);
    if known < 3 * panel.horizon {
        return 1.0;
    }
    let weights = weights(known, panel.rhythm.week());
    let (mut promised, mut sold) = (50.0f32, 50.0f32);
    for series in (0..panel.series()).step_by(stride) {
        let (row, plan) = (panel.row(series), panel.plan_row(series));
        let (mean, _) = blend(&weights, &row[..known]);
        let lift = |at: usize| plan.get(at).map_or(1.0, |bits| lifts[(bits & 15) as usize]);
        let usual: f32 = weights.iter().enumerate().map(|(at, weight)| weight * lift(at)).sum();
        for (at, units) in row.iter().enumerate().skip(known) {
            let expected = mean / usual * lift(at) * profile[panel.rhythm.weekday(at)];
            promised += expected;
            sold += units.min(8.0 * expected + 4.0);
        }
    }
    (sold / promised).clamp(0.75, 1.1)
}
