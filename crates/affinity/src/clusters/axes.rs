//! The main axes of a table of points, and k-means along them: deterministic by seed.

use super::chance::Chance;

/// Directions of the greatest variance around the mean, as unit vectors, greatest first.
#[derive(Debug, Clone)]
pub(crate) struct Axes {
    mean: Vec<f64>,
    pub(crate) directions: Vec<Vec<f64>>,
    /// Share of the variance along each.
    pub(crate) shares: Vec<f64>,
}

/// Rounds of the subspace iteration: two axes whose variances differ by 2 % are apart by e^-4 squared.
const ROUNDS: usize = 200;

impl Axes {
    /// At most `count` axes by subspace iteration; axes without variance are left out.
    pub(crate) fn new(points: &[Vec<f64>], count: usize) -> Self {
        let width = points.first().map_or(0, Vec::len);
        let n = points.len().max(1) as f64;
        let mut mean = vec![0.0; width];
        for point in points {
            for (sum, value) in mean.iter_mut().zip(point) {
                *sum += value / n;
            }
        }
        let centred: Vec<Vec<f64>> =
            points.iter().map(|point| point.iter().zip(&mean).map(|(value, mean)| value - mean).collect()).collect();
        let all: f64 = centred.iter().flatten().map(|value| value * value).sum();
        let mut chance = Chance::new(7);
        // Two more than asked for: they speed up the others.
        let wide = (count + 2).min(width);
        let mut basis: Vec<Vec<f64>> = (0..wide).map(|_| (0..width).map(|_| chance.unit() - 0.5).collect()).collect();
        orthonormalise(&mut basis);
        for _ in 0..ROUNDS {
            basis = basis.iter().map(|direction| spread(&centred, direction)).collect();
            orthonormalise(&mut basis);
        }
        let variance = |direction: &[f64]| centred.iter().map(|point| dot(point, direction).powi(2)).sum::<f64>();
        let mut found: Vec<(f64, Vec<f64>)> =
            basis.into_iter().map(|direction| (variance(&direction), direction)).collect();
        found.retain(|(variance, _)| *variance > all * 1e-9 && *variance > 0.0);
        found.sort_by(|a, b| b.0.total_cmp(&a.0));
        found.truncate(count);
        for (_, direction) in &mut found {
            let tip = direction.iter().copied().max_by(|a, b| a.abs().total_cmp(&b.abs())).unwrap_or(1.0);
            direction.iter_mut().for_each(|value| *value *= tip.signum());
        }
        let shares = found.iter().map(|(variance, _)| variance / all).collect();
        Self { mean, directions: found.into_iter().map(|(_, direction)| direction).collect(), shares }
    }

    /// Where points lie along the axes.
    pub(crate) fn project(&self, points: &[Vec<f64>]) -> Vec<Vec<f64>> {
        let along = |point: &Vec<f64>| {
            let centred: Vec<f64> = point.iter().zip(&self.mean).map(|(value, mean)| value - mean).collect();
            self.directions.iter().map(|direction| dot(&centred, direction)).collect()
        };
        points.iter().map(along).collect()
    }
}

/// Σ points × (points · direction).
fn spread(points: &[Vec<f64>], direction: &[f64]) -> Vec<f64> {
    let mut sum = vec![0.0; direction.len()];
    for point in points {
        let along = dot(point, direction);
        for (sum, value) in sum.iter_mut().zip(point) {
            *sum += along * value;
        }
    }
    sum
}

/// Gram and Schmidt; a vector that depends on those before becomes zero.
fn orthonormalise(basis: &mut [Vec<f64>]) {
    for at in 0..basis.len() {
        let (before, rest) = basis.split_at_mut(at);
        let own = &mut rest[0];
        let length = dot(own, own).sqrt();
        for other in before {
            let along = dot(own, other);
            own.iter_mut().zip(other).for_each(|(value, other)| *value -= along * *other);
        }
        let left = dot(own, own).sqrt();
        let factor = if left > length * 1e-10 && left > 0.0 { 1.0 / left } else { 0.0 };
        own.iter_mut().for_each(|value| *value *= factor);
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

/// The best of `restarts` runs of k-means with k-means++ starts. Labels are numbered by the first coordinate of their centres.
pub(crate) fn k_means(points: &[Vec<f64>], k: usize, restarts: usize, seed: u64) -> Vec<u32> {
    let mut chance = Chance::new(seed);
    let mut best: Option<(f64, Vec<u32>, Vec<Vec<f64>>)> = None;
    for _ in 0..restarts.max(1) {
        let run = lloyd(points, start(points, k, &mut chance));
        if best.as_ref().is_none_or(|best| run.0 < best.0) {
            best = Some(run);
        }
    }
    let Some((_, labels, centres)) = best else { return vec![0; points.len()] };
    let mut order: Vec<usize> = (0..centres.len()).collect();
    order.sort_by(|a, b| {
        centres[*a].iter().zip(&centres[*b]).map(|(x, y)| x.total_cmp(y)).find(|o| o.is_ne()).unwrap_or(a.cmp(b))
    });
    let mut number = vec![0; centres.len()];
    for (at, centre) in order.into_iter().enumerate() {
        number[centre] = at as u32;
    }
    labels.into_iter().map(|label| number[label as usize]).collect()
}

fn start(points: &[Vec<f64>], k: usize, chance: &mut Chance) -> Vec<Vec<f64>> {
    let mut centres: Vec<Vec<f64>> = Vec::new();
    let mut nearest = vec![f64::INFINITY; points.len()];
    while centres.len() < k.min(points.len()) {
        let total: f64 = if centres.is_empty() { 0.0 } else { nearest.iter().sum() };
        let at = if total > 0.0 {
            let mut left = chance.unit() * total;
            nearest.iter().position(|distance| {
                left -= distance;
                left < 0.0
            })
        } else {
            None
        };
        let at = at.unwrap_or_else(|| chance.below(points.len()));
        centres.push(points[at].clone());
        for (nearest, point) in nearest.iter_mut().zip(points) {
            *nearest = nearest.min(square(point, &points[at]));
        }
    }
    centres
}

/// Sum of squares, labels, centres.
fn lloyd(points: &[Vec<f64>], mut centres: Vec<Vec<f64>>) -> (f64, Vec<u32>, Vec<Vec<f64>>) {
    let mut labels = vec![u32::MAX; points.len()];
    let mut sum = 0.0;
    for _ in 0..100 {
        let before = labels.clone();
        sum = 0.0;
        for (label, point) in labels.iter_mut().zip(points) {
            let near = centres.iter().enumerate().map(|(at, centre)| (square(point, centre), at));
            let (distance, at) = near.min_by(|a, b| a.0.total_cmp(&b.0)).unwrap_or((0.0, 0));
            *label = at as u32;
            sum += distance;
        }
        if labels == before {
            break;
        }
        for (at, centre) in centres.iter_mut().enumerate() {
            let own: Vec<&Vec<f64>> = points
                .iter()
                .zip(&labels)
                .filter(|(_, label)| **label as usize == at)
                .map(|(point, _)| point)
                .collect();
            if !own.is_empty() {
                for (axis, value) in centre.iter_mut().enumerate() {
                    *value = own.iter().map(|point| point[axis]).sum::<f64>() / own.len() as f64;
                }
            }
        }
    }
    (sum, labels, centres)
}

fn square(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| (x - y) * (x - y)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axes_lie_along_the_variance() {
        let points: Vec<Vec<f64>> = (0..40)
            .map(|at| {
                let t = f64::from(at) - 19.5;
                vec![3.0 * t, 4.0 * t, (t * 7.0).sin()]
            })
            .collect();
        let axes = Axes::new(&points, 2);
        assert!((axes.directions[0][0] - 0.6).abs() < 1e-3 && (axes.directions[0][1] - 0.8).abs() < 1e-3);
        assert!(axes.shares[0] > 0.99);
        assert!(Axes::new(&[vec![1.0, 2.0], vec![1.0, 2.0]], 2).directions.is_empty());
    }

    #[test]
    fn groups_apart_are_found() {
        let points: Vec<Vec<f64>> =
            (0..30).map(|at| vec![f64::from(at / 10) * 9.0 + f64::from(at % 10) * 0.1]).collect();
        let labels = k_means(&points, 3, 5, 1);
        assert_eq!(labels, (0..30).map(|at| at / 10).collect::<Vec<u32>>());
        assert_eq!(k_means(&points[..2], 5, 2, 1).len(), 2);
        assert!(k_means(&[], 2, 2, 1).is_empty());
    }
}
