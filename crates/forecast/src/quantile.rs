//! Quantiles of counts: negative binomial with a mean and a variance-to-mean ratio, read from a table made once.

/// Table steps for each e-fold of the mean.
const PER_MEAN: f32 = 48.0;
/// Table steps for each e-fold of the ratio.
const PER_RATIO: f32 = 12.0;
const LOWEST_MEAN: f32 = 0.002;
const HIGHEST_MEAN: f32 = 160.0;
const HIGHEST_RATIO: f32 = 60.0;
/// At most this many levels in one table.
pub const LEVELS: usize = 8;

/// Quantiles at fixed levels for any mean and ratio; build once, use for millions.
#[derive(Debug, Clone)]
pub struct Quantiles {
    levels: Vec<f32>,
    normal: Vec<f32>,
    means: usize,
    table: Vec<[u16; LEVELS]>,
}

impl Quantiles {
    /// A table for `levels` (each strictly between 0 and 1, at most [`LEVELS`]; others are left out).
    pub fn new(levels: &[f32]) -> Self {
        let good = |level: &&f32| **level > 0.0 && **level < 1.0;
        let levels: Vec<f32> = levels.iter().filter(good).take(LEVELS).copied().collect();
        let means = ((HIGHEST_MEAN / LOWEST_MEAN).ln() * PER_MEAN).ceil() as usize + 1;
        let ratios = (HIGHEST_RATIO.ln() * PER_RATIO).ceil() as usize + 1;
        let mut table = Vec::with_capacity(means * ratios);
        for ratio in 0..ratios {
            let ratio = f64::from((ratio as f32 / PER_RATIO).exp());
            for mean in 0..means {
                let mean = f64::from(LOWEST_MEAN * (mean as f32 / PER_MEAN).exp());
                table.push(walk(mean, ratio, &levels));
            }
        }
        let normal = levels.iter().map(|level| normal_quantile(f64::from(*level)) as f32).collect();
        Self { levels, normal, means, table }
    }

    /// The levels, in the order of the answers.
    pub fn levels(&self) -> &[f32] {
        &self.levels
    }

    /// Writes the quantile at each level: the least count that is not exceeded with that probability.
    pub fn write(&self, mean: f32, ratio: f32, out: &mut [f32]) {
        self.write_ln(mean, mean.max(LOWEST_MEAN).ln(), ratio.max(1.0).ln(), out);
    }

    /// As [`Self::write`], from logarithms that the caller has already.
    pub(crate) fn write_ln(&self, mean: f32, ln_mean: f32, ln_ratio: f32, out: &mut [f32]) {
        let column = (ln_mean - LOWEST_MEAN.ln()) * PER_MEAN + 0.5;
        if column < self.means as f32 - 0.5 {
            let row = (ln_ratio.clamp(0.0, HIGHEST_RATIO.ln()) * PER_RATIO + 0.5) as usize;
            let entry = &self.table[row * self.means + column.max(0.0) as usize];
            for (out, units) in out.iter_mut().zip(entry) {
                *out = f32::from(*units);
            }
            return;
        }
        // Cornish and Fisher's second-order expansion: exact to a unit where the table ends.
        let ratio = ln_ratio.max(0.0).exp();
        let deviation = (mean * ratio).sqrt();
        let skew = (2.0 * ratio - 1.0) / deviation;
        for (out, z) in out.iter_mut().zip(&self.normal) {
            *out = (mean + deviation * (z + skew * (z * z - 1.0) / 6.0) - 0.5).ceil().max(0.0);
        }
    }
}

/// Walks the negative binomial's probabilities (n = mean / (ratio - 1), p = 1 / ratio) until each level is reached.
fn walk(mean: f64, ratio: f64, levels: &[f32]) -> [u16; LEVELS] {
    let ratio = ratio.max(1.000_001);
    let size = mean / (ratio - 1.0);
    let mut probability = (-size * ratio.ln()).exp();
    let mut below = probability;
    let mut units = 0u16;
    let mut order: Vec<usize> = (0..levels.len()).collect();
    order.sort_by(|a, b| levels[*a].total_cmp(&levels[*b]));
    let mut out = [0u16; LEVELS];
    for level in order {
        while below < f64::from(levels[level]) && units < 60_000 {
            probability *= (size + f64::from(units)) / (f64::from(units) + 1.0) * (1.0 - 1.0 / ratio);
            below += probability;
            units += 1;
        }
        out[level] = units;
    }
    out
}

/// The standard normal's quantile: bisection on the error function's integral, exact enough for tables.
fn normal_quantile(level: f64) -> f64 {
    let (mut low, mut high) = (-9.0_f64, 9.0_f64);
    for _ in 0..60 {
        let middle = (low + high) / 2.0;
        if normal_below(middle) < level { low = middle } else { high = middle }
    }
    (low + high) / 2.0
}

/// The share of the standard normal below `z` (Abramowitz and Stegun 26.2.17, error below 1e-7).
pub(crate) fn normal_below(z: f64) -> f64 {
    let t = 1.0 / (1.0 + 0.231_641_9 * z.abs());
    let poly =
        t * (0.319_381_530 + t * (-0.356_563_782 + t * (1.781_477_937 + t * (-1.821_255_978 + t * 1.330_274_429))));
    let tail = (-z * z / 2.0).exp() / (2.0 * std::f64::consts::PI).sqrt() * poly;
    if z >= 0.0 { 1.0 - tail } else { tail }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_poisson_of_one_has_the_known_quantiles() {
        let table = Quantiles::new(&[0.5, 0.8, 0.9, 0.95, 0.99]);
        let mut out = [0.0; 5];
        table.write(1.0, 1.0, &mut out);
        assert_eq!(out, [1.0, 2.0, 2.0, 3.0, 4.0]);
    }

    #[test]
    fn quantiles_rise_with_mean_and_level_also_where_the_table_ends() {
        let table = Quantiles::new(&[0.5, 0.8, 0.9, 0.95, 0.99]);
        let mut before = [0.0; 5];
        for step in 0..400 {
            let mean = 0.01 * (step as f32 / 35.0).exp();
            let mut out = [0.0; 5];
            table.write(mean, 3.0, &mut out);
            assert!(out.windows(2).all(|pair| pair[0] <= pair[1]), "{mean}: {out:?}");
            assert!(out.iter().zip(&before).all(|(now, then)| now + 1.0 >= *then), "{mean}: {out:?} after {before:?}");
            before = out;
        }
    }
}
