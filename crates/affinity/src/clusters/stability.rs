//! How far product clusters would be found again from fewer products and fewer purchases.

use std::collections::BTreeMap;

use super::agreement::adjusted_rand;
use super::chance::Chance;
use super::products::{Clusters, Line, Pin, Product, Refused, Settings, canonical, cluster};

/// How far a partition would be found again.
#[derive(Debug, Clone, PartialEq)]
pub struct Stability {
    /// The mean adjusted Rand index of the partition and those found again, over the products that both hold.
    pub overall: f64,
    /// For each cluster the mean of its best overlap (Jaccard) with a cluster found again (Hennig 2007): from 0.75 on a cluster is
    /// firm, below 0.5 it dissolves.
    pub clusters: Vec<f64>,
}

/// Clusters again `rounds` times, each time four fifths of the products by the purchases of half of the buyers, and compares.
///
/// # Errors
/// As [`cluster`].
pub fn stability(
    products: &[Product],
    lines: &[Line],
    settings: &Settings,
    found: &Clusters,
    rounds: usize,
) -> Result<Stability, Refused> {
    let mut answer = Stability { overall: 0.0, clusters: vec![0.0; found.clusters.len()] };
    let order = canonical(products)?;
    for round in 0..rounds {
        let seed = settings.seed.wrapping_add(round as u64 + 1);
        let mut chance = Chance::new(seed);
        let mut place = vec![None; products.len()];
        let mut kept = Vec::new();
        for &product in &order {
            if chance.unit() < 0.8 {
                place[product] = Some(kept.len() as u32);
                kept.push(product);
            }
        }
        let some: Vec<Product> = kept.iter().map(|product| products[*product]).collect();
        let chosen = lines.iter().filter_map(|line| {
            let buyer = line.household.map_or(u64::from(line.basket) | 1 << 40, u64::from);
            let is_chosen = Chance::new(seed ^ buyer.wrapping_mul(0x2545_f491_4f6c_dd1d)).bits() & 1 == 0;
            let product = (*place.get(line.product as usize)?)?;
            is_chosen.then_some(Line { product, ..*line })
        });
        let chosen: Vec<Line> = chosen.collect();
        let pins = settings.pins.iter().filter_map(|pin| {
            let product = (*place.get(pin.product as usize)?)?;
            Some(Pin { product, cluster: pin.cluster.clone() })
        });
        let clusters = Some(settings.clusters.unwrap_or(found.clusters.len()).clamp(1, some.len().max(1)));
        let again = cluster(&some, &chosen, &Settings { pins: pins.collect(), clusters, seed, ..settings.clone() })?;
        let before: Vec<u32> = kept.iter().map(|product| found.labels[*product]).collect();
        answer.overall += adjusted_rand(&before, &again.labels) / rounds as f64;
        for (cluster, overlap) in overlaps(&before, &again.labels, found.clusters.len()).into_iter().enumerate() {
            answer.clusters[cluster] += overlap / rounds as f64;
        }
    }
    Ok(answer)
}

/// The best Jaccard overlap of each cluster.
fn overlaps(before: &[u32], after: &[u32], clusters: usize) -> Vec<f64> {
    let mut both: BTreeMap<(u32, u32), f64> = BTreeMap::new();
    let mut sizes: BTreeMap<u32, f64> = BTreeMap::new();
    let mut own = vec![0.0; clusters];
    for (&a, &b) in before.iter().zip(after) {
        *both.entry((a, b)).or_default() += 1.0;
        *sizes.entry(b).or_default() += 1.0;
        own[a as usize] += 1.0;
    }
    let mut best = vec![0.0_f64; clusters];
    for ((a, b), shared) in both {
        let at = a as usize;
        best[at] = best[at].max(shared / (own[at] + sizes[&b] - shared));
    }
    best
}
