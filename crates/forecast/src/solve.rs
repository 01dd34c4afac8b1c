//! Fits log-linear models: counts by Newton steps on the Poisson likelihood with a ridge, and the spread around them.

/// Rows of equal width, their counts and offsets.
#[derive(Debug, Default)]
pub(crate) struct Lesson {
    pub(crate) width: usize,
    pub(crate) rows: Vec<f32>,
    pub(crate) sold: Vec<f32>,
    pub(crate) offset: Vec<f32>,
    /// How much a row counts in the fit of the mean.
    pub(crate) weight: Vec<f32>,
    /// How many rows it stands for.
    pub(crate) inverse: Vec<f32>,
    /// How erratic its series had been: logarithm of variance over mean.
    pub(crate) erratic: Vec<f32>,
}

/// Expected counts stay within e^-8 and e^9.
pub(crate) fn expected(log: f32) -> f32 {
    log.clamp(-8.0, 9.0).exp()
}

impl Lesson {
    pub(crate) fn len(&self) -> usize {
        self.sold.len()
    }

    fn row(&self, at: usize) -> &[f32] {
        &self.rows[at * self.width..(at + 1) * self.width]
    }

    /// Coefficients of the first column (a constant one) and the others; `ridge` holds back the others in units of rows.
    pub(crate) fn poisson(&self, ridge: f64) -> Vec<f32> {
        let width = self.width;
        let (means, scales) = self.scales();
        let padded = width.div_ceil(4) * 4;
        let mut scaled = vec![0.0f32; self.len() * padded];
        for (out, row) in scaled.chunks_exact_mut(padded).zip(self.rows.chunks_exact(width)) {
            for ((out, value), (mean, scale)) in out.iter_mut().zip(row).zip(means.iter().zip(&scales)) {
                *out = (value - mean) * scale;
            }
        }
        let weighted =
            |of: &[f32]| of.iter().zip(&self.weight).map(|(value, weight)| f64::from(value * weight)).sum::<f64>();
        let (sold, offset) = (weighted(&self.sold), weighted(&self.offset));
        let count = self.weight.iter().map(|weight| f64::from(*weight)).sum::<f64>().max(1e-9);
        let mut beta = vec![0.0f64; width];
        beta[0] = ((sold + 1e-3) / count).ln() - offset / count;
        if width > 1 && scales[1] > 0.0 {
            // Start from "as much as usual": Newton's steps are few from there.
            beta[1] = 1.0 / f64::from(scales[1]);
            let usual = |(at, weight): (usize, &f32)| {
                let log = scaled[at * padded + 1] / scales[1] + self.offset[at];
                f64::from(weight * expected(log))
            };
            let sum: f64 = self.weight.iter().enumerate().map(usual).sum();
            beta[0] = ((sold + 1e-3) / sum.max(1e-9)).ln();
        }
        // The first steps need a direction only: a part of the rows gives it.
        beta = self.climb(&scaled, padded, beta, ridge, 4, 4);
        beta = self.climb(&scaled, padded, beta, ridge, 1, 6);
        let mut out: Vec<f32> =
            beta.iter().zip(&scales).map(|(beta, scale)| (*beta * f64::from(*scale)) as f32).collect();
        let shift: f64 =
            beta.iter().zip(&means).zip(&scales).skip(1).map(|((b, m), s)| b * f64::from(*m) * f64::from(*s)).sum();
        out[0] = (beta[0] - shift) as f32;
        out
    }

    /// Newton's steps on every `stride`-th row; a step that made things worse is halved, and only steps that were tried count.
    fn climb(
        &self,
        scaled: &[f32],
        padded: usize,
        start: Vec<f64>,
        ridge: f64,
        stride: usize,
        steps: usize,
    ) -> Vec<f64> {
        let (mut good, mut best) = (start.clone(), f64::MIN);
        let (mut beta, mut step) = (start, vec![0.0f64; self.width]);
        for _ in 0..steps {
            let (next, gain) = self.newton(scaled, padded, &beta, ridge, stride);
            if gain > best {
                (good, best, step) = (beta.clone(), gain, next);
            } else {
                step.iter_mut().for_each(|step| *step *= 0.25);
            }
            beta = good.iter().zip(&step).map(|(beta, step)| beta + step).collect();
            if step.iter().all(|one| one.abs() < 0.01) {
                break;
            }
        }
        if step.iter().all(|one| one.abs() < 0.05) { beta } else { good }
    }

    /// Column means and reciprocal deviations; the constant column is left as it is, an unused one is switched off.
    fn scales(&self) -> (Vec<f32>, Vec<f32>) {
        let count = self.len().max(1) as f64;
        let (mut sums, mut squares) = (vec![0.0f64; self.width], vec![0.0f64; self.width]);
        for row in self.rows.chunks_exact(self.width) {
            for ((sum, square), value) in sums.iter_mut().zip(&mut squares).zip(row) {
                *sum += f64::from(*value);
                *square += f64::from(*value) * f64::from(*value);
            }
        }
        let mut means: Vec<f32> = sums.iter().map(|sum| (sum / count) as f32).collect();
        let scale = |(sum, square): (&f64, &f64)| {
            let variance = square / count - (sum / count) * (sum / count);
            // Columns are logarithms and flags: what hardly varies gets no leverage from that.
            if variance > 1e-9 { (1.0 / variance.sqrt().max(0.2)) as f32 } else { 0.0 }
        };
        let mut scales: Vec<f32> = sums.iter().zip(&squares).map(scale).collect();
        (means[0], scales[0]) = (0.0, 1.0);
        (means, scales)
    }

    /// One step, and the penalised likelihood before it.
    fn newton(&self, scaled: &[f32], padded: usize, beta: &[f64], ridge: f64, stride: usize) -> (Vec<f64>, f64) {
        let width = self.width;
        let short: Vec<f32> = beta.iter().map(|beta| *beta as f32).collect();
        let mut gradient = vec![0.0f64; width];
        let mut curve = vec![0.0f64; width * padded];
        let mut block = vec![0.0f32; width * padded];
        let (mut since, mut gain) = (0, 0.0f64);
        for at in (0..self.len()).step_by(stride) {
            let row = &scaled[at * padded..(at + 1) * padded];
            let log: f32 = row.iter().zip(&short).map(|(value, beta)| value * beta).sum();
            let mean = expected(log + self.offset[at]);
            gain += f64::from(self.weight[at] * (self.sold[at] * log - mean));
            let (error, mean) = ((self.sold[at] - mean) * self.weight[at], mean * self.weight[at]);
            for (gradient, value) in gradient.iter_mut().zip(row) {
                *gradient += f64::from(error * value);
            }
            for (first, line) in block.chunks_exact_mut(padded).enumerate() {
                let from = first / 4 * 4;
                let weight = mean * row[first];
                for (sum, value) in line[from..].iter_mut().zip(&row[from..]) {
                    *sum += weight * value;
                }
            }
            since += 1;
            if since == 512 {
                since = 0;
                fold(&mut curve, &mut block);
            }
        }
        fold(&mut curve, &mut block);
        let share = stride as f64;
        let mut square = vec![0.0f64; width * width];
        for first in 0..width {
            for second in first..width {
                let value = curve[first * padded + second] * share;
                square[first * width + second] = value;
                square[second * width + first] = value;
            }
            gradient[first] *= share;
            let hold = if first == 0 { 1e-6 } else { ridge };
            square[first * width + first] += hold + 1e-9;
            if first > 0 {
                gradient[first] -= hold * beta[first];
                gain -= hold / share * beta[first] * beta[first] / 2.0;
            }
        }
        (cholesky(square, gradient), gain)
    }

    /// Coefficients of the logarithm of the variance-to-mean ratio: `of(row)` gives its columns, `means` the expectations.
    pub(crate) fn spread<const N: usize>(&self, means: &[f32], of: impl Fn(&[f32], f32, f32) -> [f32; N]) -> [f32; N] {
        let mut gamma = [0.0f32; N];
        for _ in 0..8 {
            let mut square = vec![0.0f64; N * N];
            let mut gradient = vec![0.0f64; N];
            for (at, mean) in means.iter().enumerate() {
                let columns = of(self.row(at), self.erratic[at], *mean);
                let ratio = ratio(&columns, &gamma).exp();
                let error = self.sold[at] - mean;
                let surprise = (error * error / mean / ratio - 1.0).min(20.0);
                let trust = mean.min(1.0) * self.inverse[at];
                for first in 0..N {
                    let weight = f64::from(trust * columns[first]);
                    gradient[first] += weight * f64::from(surprise);
                    for second in 0..N {
                        square[first * N + second] += weight * f64::from(columns[second]);
                    }
                }
            }
            (0..N).for_each(|at| square[at * N + at] += 5.0);
            let step = cholesky(square, gradient);
            let longest = step.iter().fold(0.0f64, |longest, one| longest.max(one.abs()));
            gamma.iter_mut().zip(&step).for_each(|(gamma, step)| *gamma += step.clamp(-1.0, 1.0) as f32);
            if longest < 0.01 {
                break;
            }
        }
        gamma
    }
}

/// The logarithm of the variance-to-mean ratio.
pub(crate) fn ratio<const N: usize>(columns: &[f32; N], gamma: &[f32; N]) -> f32 {
    columns.iter().zip(gamma).map(|(value, gamma)| value * gamma).sum::<f32>().clamp(-3.0, 4.0)
}

fn fold(curve: &mut [f64], block: &mut [f32]) {
    for (sum, part) in curve.iter_mut().zip(block) {
        *sum += f64::from(*part);
        *part = 0.0;
    }
}

/// Solves a symmetric positive system of equations; a direction without curvature stays at zero.
pub(crate) fn cholesky(mut square: Vec<f64>, mut right: Vec<f64>) -> Vec<f64> {
    let width = right.len();
    for row in 0..width {
        for column in 0..=row {
            let mut sum = square[row * width + column];
            for at in 0..column {
                sum -= square[row * width + at] * square[column * width + at];
            }
            square[row * width + column] = if row == column {
                if sum > 1e-12 { sum.sqrt() } else { 1e30 }
            } else {
                sum / square[column * width + column]
            };
        }
    }
    for row in 0..width {
        let done: f64 = (0..row).map(|at| square[row * width + at] * right[at]).sum();
        right[row] = (right[row] - done) / square[row * width + row];
    }
    for row in (0..width).rev() {
        let done: f64 = (row + 1..width).map(|at| square[at * width + row] * right[at]).sum();
        right[row] = (right[row] - done) / square[row * width + row];
    }
    right
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_factor_of_two_is_found() {
        let mut lesson = Lesson { width: 3, ..Lesson::default() };
        for at in 0..4000 {
            let flag = (at % 2) as f32;
            lesson.rows.extend([1.0, flag, 7.0]);
            lesson.sold.push(if flag > 0.0 { 4.0 } else { 2.0 });
            lesson.offset.push(0.0);
            lesson.weight.push(1.0);
        }
        let beta = lesson.poisson(0.01);
        assert!((beta[0] - 2.0f32.ln()).abs() < 1e-2 && (beta[1] - 2.0f32.ln()).abs() < 1e-2, "{beta:?}");
        assert_eq!(beta[2], 0.0);
    }
}
