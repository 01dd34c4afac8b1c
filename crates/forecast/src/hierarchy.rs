//! Sums of forecasts over a chain: what the parts say and what the whole says is the same number.

use crate::model::Forecasts;
use crate::quantile::Quantiles;

/// Adds series up to their parents (`parent` per series, dense from 0). Means add exactly. Variances add with
/// `together` (0 = parts vary on their own, 1 = all at once; stores share weather and leaflets: 0.02 is usual).
pub fn sums(parts: &Forecasts, parent: &[u32], together: f32, quantiles: &Quantiles) -> Forecasts {
    let count = parent.iter().max().map_or(0, |last| *last as usize + 1);
    let (horizon, levels) = (parts.horizon, quantiles.levels().len());
    let mut out = Forecasts::room(count, horizon, levels);
    let mut variances = vec![0.0f64; count * horizon];
    let mut deviations = vec![0.0f64; count * horizon];
    let mut means = vec![0.0f64; count * horizon];
    for (series, parent) in parent.iter().enumerate() {
        for step in 0..horizon {
            let (from, to) = (series * horizon + step, *parent as usize * horizon + step);
            let variance = f64::from(parts.means[from] * parts.ratios[from]);
            means[to] += f64::from(parts.means[from]);
            variances[to] += variance;
            deviations[to] += variance.sqrt();
        }
    }
    let together = f64::from(together.clamp(0.0, 1.0));
    for at in 0..means.len() {
        let variance = (1.0 - together) * variances[at] + together * deviations[at] * deviations[at];
        out.means[at] = means[at] as f32;
        out.ratios[at] = (variance / means[at].max(1e-9)).max(1.0) as f32;
        if means[at] > 0.0 {
            quantiles.write(out.means[at], out.ratios[at], &mut out.quantiles[at * levels..(at + 1) * levels]);
        }
    }
    out
}

/// Carries a decided total of a parent down: its parts keep their proportions and then add up to it. A parent without
/// any expectation spreads the total evenly.
pub fn settle(parts: &mut Forecasts, members: &[usize], step: usize, total: f32, quantiles: &Quantiles) {
    let at = |series: usize| series * parts.horizon + step;
    let sum: f32 = members.iter().map(|series| parts.means[at(*series)]).sum();
    let places: Vec<usize> = members.iter().map(|series| at(*series)).collect();
    let even = total / members.len().max(1) as f32;
    for place in places {
        parts.means[place] = if sum > 0.0 { parts.means[place] * total / sum } else { even };
        let to = &mut parts.quantiles[place * parts.levels..(place + 1) * parts.levels];
        quantiles.write(parts.means[place], parts.ratios[place], to);
    }
}
