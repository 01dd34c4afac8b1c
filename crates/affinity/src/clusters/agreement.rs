//! How well two partitions agree, and how clear one is.

use std::collections::BTreeMap;

/// Pair counts of two partitions of the same things.
struct Table {
    both: BTreeMap<(u32, u32), f64>,
    left: BTreeMap<u32, f64>,
    right: BTreeMap<u32, f64>,
    things: f64,
}

impl Table {
    fn new(left: &[u32], right: &[u32]) -> Self {
        assert_eq!(left.len(), right.len(), "two partitions of the same things");
        let mut table =
            Self { both: BTreeMap::new(), left: BTreeMap::new(), right: BTreeMap::new(), things: left.len() as f64 };
        for (&a, &b) in left.iter().zip(right) {
            *table.both.entry((a, b)).or_default() += 1.0;
            *table.left.entry(a).or_default() += 1.0;
            *table.right.entry(b).or_default() += 1.0;
        }
        table
    }
}

/// The adjusted Rand index (Hubert and Arabie 1985): 1 for the same partition, about 0 for chance. 1 for fewer than two things.
///
/// # Panics
/// When the partitions have different lengths.
pub fn adjusted_rand(left: &[u32], right: &[u32]) -> f64 {
    let table = Table::new(left, right);
    let pairs = |count: f64| count * (count - 1.0) / 2.0;
    let total = pairs(table.things);
    if total < 1.0 {
        return 1.0;
    }
    let both: f64 = table.both.values().copied().map(pairs).sum();
    let a: f64 = table.left.values().copied().map(pairs).sum();
    let b: f64 = table.right.values().copied().map(pairs).sum();
    let expected = a * b / total;
    let limit = f64::midpoint(a, b);
    if (limit - expected).abs() < 1e-12 { 1.0 } else { (both - expected) / (limit - expected) }
}

/// Normalised mutual information, by the mean of both entropies: 0 to 1. 1 when both partitions have one part.
///
/// # Panics
/// When the partitions have different lengths.
pub fn mutual_information(left: &[u32], right: &[u32]) -> f64 {
    let table = Table::new(left, right);
    let n = table.things.max(1.0);
    let entropy =
        |parts: &BTreeMap<u32, f64>| -> f64 { parts.values().map(|count| -count / n * (count / n).ln()).sum() };
    let mean = f64::midpoint(entropy(&table.left), entropy(&table.right));
    if mean <= 1e-12 {
        return 1.0;
    }
    let shared: f64 =
        table.both.iter().map(|((a, b), count)| count / n * (count * n / (table.left[a] * table.right[b])).ln()).sum();
    (shared / mean).clamp(0.0, 1.0)
}

/// The mean silhouette (Rousseeuw 1987) by Euclidean distance, -1 to 1; a thing alone in its part counts 0.
/// `None` with fewer than two parts.
pub fn silhouette(points: &[Vec<f64>], labels: &[u32]) -> Option<f64> {
    let each = silhouettes(points, labels)?;
    Some(each.iter().sum::<f64>() / each.len() as f64)
}

/// The silhouette of each thing; `None` with fewer than two parts.
pub fn silhouettes(points: &[Vec<f64>], labels: &[u32]) -> Option<Vec<f64>> {
    assert_eq!(points.len(), labels.len(), "a label for each point");
    let mut sizes: BTreeMap<u32, f64> = BTreeMap::new();
    for label in labels {
        *sizes.entry(*label).or_default() += 1.0;
    }
    if sizes.len() < 2 {
        return None;
    }
    let each = points.iter().zip(labels).map(|(point, own)| {
        let mut sums: BTreeMap<u32, f64> = BTreeMap::new();
        for (other, label) in points.iter().zip(labels) {
            *sums.entry(*label).or_default() += distance(point, other);
        }
        if sizes[own] < 2.0 {
            return 0.0;
        }
        let inside = sums[own] / (sizes[own] - 1.0);
        let outside = sums
            .iter()
            .filter(|(label, _)| *label != own)
            .map(|(label, sum)| sum / sizes[label])
            .fold(f64::INFINITY, f64::min);
        let limit = inside.max(outside);
        if limit > 0.0 { (outside - inside) / limit } else { 0.0 }
    });
    Some(each.collect())
}

fn distance(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| (x - y) * (x - y)).sum::<f64>().sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    // Expected values by scikit-learn 1.9: adjusted_rand_score, normalized_mutual_info_score, silhouette_score.
    #[test]
    fn agreement_is_what_others_compute() {
        let (a, b) = ([0, 0, 1, 1, 2, 2, 2], [0, 0, 1, 2, 2, 2, 1]);
        assert!((adjusted_rand(&a, &b) - 0.2125).abs() < 1e-12, "{}", adjusted_rand(&a, &b));
        assert!((mutual_information(&a, &b) - 0.563_635_553_099_344_8).abs() < 1e-12, "{}", mutual_information(&a, &b));
        let points: Vec<Vec<f64>> = [[0.0, 0.0], [0.0, 1.0], [4.0, 4.0], [5.0, 4.0], [9.0, 0.0]].map(Vec::from).into();
        let silhouette = silhouette(&points, &[0, 0, 1, 1, 2]).unwrap();
        assert!((silhouette - 0.657_011_382_052_216_8).abs() < 1e-12, "{silhouette}");
    }

    #[test]
    fn a_partition_agrees_with_itself_under_other_numbers() {
        assert_eq!(adjusted_rand(&[0, 0, 1], &[7, 7, 3]), 1.0);
        assert!((mutual_information(&[0, 0, 1], &[7, 7, 3]) - 1.0).abs() < 1e-12);
        assert_eq!(adjusted_rand(&[], &[]), 1.0);
        assert_eq!(silhouette(&[vec![1.0]], &[0]), None);
    }
}
