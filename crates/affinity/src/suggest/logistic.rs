//! Logistic regression by Newton's method with a ridge that pulls towards given weights: without data they stay.

/// Rounds at most; it settles in about six.
const ROUNDS: usize = 12;

/// The weights of `SIZE` features that make the outcomes likeliest, pulled by `ridge` (in rows, per spread of a feature)
/// towards `prior`.
pub(super) fn fit<const SIZE: usize>(
    rows: &[[f32; SIZE]],
    outcomes: &[bool],
    prior: &[f64; SIZE],
    ridge: f64,
) -> [f64; SIZE] {
    let pull = spread(rows).map(|variance| ridge * (variance + 1e-9));
    let mut weights = *prior;
    for _ in 0..ROUNDS {
        let mut slope = [0.0; SIZE];
        let mut bend = [[0.0; SIZE]; SIZE];
        for at in 0..SIZE {
            slope[at] = pull[at] * (weights[at] - prior[at]);
            bend[at][at] = pull[at] + 1e-9;
        }
        for (row, outcome) in rows.iter().zip(outcomes) {
            let row = row.map(f64::from);
            let share = probability(&row, &weights);
            let miss = share - f64::from(u8::from(*outcome));
            let weight = share * (1.0 - share);
            for at in 0..SIZE {
                slope[at] += miss * row[at];
                let scaled = weight * row[at];
                for (cell, value) in bend[at][..=at].iter_mut().zip(&row) {
                    *cell += scaled * value;
                }
            }
        }
        let step = solve(&mut bend, slope);
        weights.iter_mut().zip(&step).for_each(|(weight, step)| *weight -= step);
        if step.iter().zip(&pull).all(|(step, pull)| step * step * pull < 1e-8 * ridge) {
            break;
        }
    }
    weights
}

/// The chance of the outcome.
pub(super) fn probability<const SIZE: usize>(row: &[f64; SIZE], weights: &[f64; SIZE]) -> f64 {
    let sum: f64 = row.iter().zip(weights).map(|(value, weight)| value * weight).sum();
    1.0 / (1.0 + (-sum.clamp(-30.0, 30.0)).exp())
}

/// Each feature's mean square around its mean; of constants their square.
fn spread<const SIZE: usize>(rows: &[[f32; SIZE]]) -> [f64; SIZE] {
    let count = rows.len().max(1) as f64;
    let (mut sums, mut squares) = ([0.0; SIZE], [0.0; SIZE]);
    for row in rows {
        for at in 0..SIZE {
            sums[at] += f64::from(row[at]);
            squares[at] += f64::from(row[at]) * f64::from(row[at]);
        }
    }
    std::array::from_fn(|at| {
        let (mean, square) = (sums[at] / count, squares[at] / count);
        let variance = square - mean * mean;
        if variance > 1e-9 * square { variance } else { square }
    })
}

/// Solves a symmetric positive definite system given by its lower triangle (Cholesky).
fn solve<const SIZE: usize>(lower: &mut [[f64; SIZE]; SIZE], mut right: [f64; SIZE]) -> [f64; SIZE] {
    for row in 0..SIZE {
        for column in 0..=row {
            let done: f64 = lower[row][..column].iter().zip(&lower[column]).map(|(one, other)| one * other).sum();
            let sum = lower[row][column] - done;
            lower[row][column] = if row == column { sum.max(1e-12).sqrt() } else { sum / lower[column][column] };
        }
    }
    for row in 0..SIZE {
        for at in 0..row {
            right[row] -= lower[row][at] * right[at];
        }
        right[row] /= lower[row][row];
    }
    for row in (0..SIZE).rev() {
        for at in row + 1..SIZE {
            right[row] -= lower[at][row] * right[at];
        }
        right[row] /= lower[row][row];
    }
    right
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_rows_the_prior_stays() {
        assert_eq!(fit::<2>(&[], &[], &[0.5, -1.0], 1.0), [0.5, -1.0]);
    }

    #[test]
    fn shares_are_found() {
        let rows: Vec<[f32; 2]> = (0..1000_u16).map(|at| [1.0, f32::from(at % 2)]).collect();
        let outcomes: Vec<bool> = (0..1000).map(|at| if at % 2 == 0 { at % 10 == 0 } else { at % 10 < 4 }).collect();
        let weights = fit(&rows, &outcomes, &[0.0, 0.0], 0.01);
        assert!((probability(&[1.0, 0.0], &weights) - 0.2).abs() < 0.01);
        assert!((probability(&[1.0, 1.0], &weights) - 0.4).abs() < 0.01);
    }
}
