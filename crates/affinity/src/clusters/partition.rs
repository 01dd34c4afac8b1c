//! A partition with as many parts as asked for: the resolution is searched, what no evidence joins is gathered.

use std::collections::{BTreeMap, BTreeSet};

use super::chance::Chance;
use super::communities::{FREE, Graph, renumber};
use super::features::Kinds;
use super::products::Product;

/// Kinds above which the partition is sought among small communities instead.
const DIRECT: usize = 20_000;

/// Which kinds stand in components too small to be clusters of their own: a tenth of the mean cluster, unless pinned.
pub(crate) fn apart(graph: &Graph, kinds: &Kinds, parts: usize) -> Vec<bool> {
    let (component, count) = graph.components();
    let mut size = vec![0_usize; count];
    for kind in &kinds.of {
        size[component[*kind as usize] as usize] += 1;
    }
    for (kind, at) in component.iter().enumerate() {
        if graph.mark(kind) != FREE {
            size[*at as usize] = kinds.of.len();
        }
    }
    component.iter().map(|at| size[*at as usize] * 10 * parts < kinds.of.len()).collect()
}

/// As many communities as asked for, where the graph has that many: the resolution is found by bisection, the last few are joined.
/// Kinds that stand `apart` are not counted.
pub(crate) fn partition(graph: &Graph, apart: &[bool], parts: usize, seed: u64) -> Vec<u32> {
    if graph.nodes() <= DIRECT {
        return bisect(graph, apart, parts, seed);
    }
    let (small, count) = small(graph, parts, seed);
    let mut small_apart = vec![false; count];
    for (label, apart) in small.iter().zip(apart) {
        small_apart[*label as usize] = *apart;
    }
    let above = bisect(&graph.aggregate(&small, count), &small_apart, parts, seed);
    small.iter().map(|label| above[*label as usize]).collect()
}

/// Communities several times as many as the parts, and several times fewer than the nodes.
fn small(graph: &Graph, parts: usize, seed: u64) -> (Vec<u32>, usize) {
    let mut resolution = 64.0;
    let mut answer = (Vec::new(), 0);
    for _ in 0..6 {
        let mut labels = graph.leiden(resolution, &mut Chance::new(seed), 1);
        let count = renumber(&mut labels);
        answer = (labels, count);
        if count < 4 * parts {
            resolution *= 3.0;
        } else if count > graph.nodes() / 4 && count > 16 * parts {
            resolution /= 3.0;
        } else {
            break;
        }
    }
    answer
}

fn bisect(graph: &Graph, apart: &[bool], parts: usize, seed: u64) -> Vec<u32> {
    let run = |resolution: f64| {
        let labels = graph.leiden(resolution, &mut Chance::new(seed), 2);
        let mut counted: Vec<u32> = labels.iter().zip(apart).filter(|(_, apart)| !**apart).map(|(at, _)| *at).collect();
        let count = renumber(&mut counted);
        (labels, count)
    };
    let (mut low, mut high) = (1e-3_f64, (graph.nodes() as f64).max(2.0));
    let mut best: Option<(Vec<u32>, usize, f64)> = None;
    for _ in 0..12 {
        let middle = (low * high).sqrt();
        let (labels, count) = run(middle);
        if count >= parts && best.as_ref().is_none_or(|best| count <= best.1) {
            best = Some((labels, count, middle));
        }
        if count == parts {
            break;
        }
        if count > parts {
            high = middle;
        } else {
            low = middle;
        }
    }
    let (mut labels, count, resolution) = best.unwrap_or_else(|| {
        let (labels, count) = run(high);
        (labels, count, high)
    });
    let all = renumber(&mut labels);
    graph.join(&mut labels, resolution, all.saturating_sub(count.saturating_sub(parts)).max(1));
    labels
}

/// Communities that no evidence joins to others: the smallest go where most of their attributes are, until `parts` are left.
pub(crate) fn gather_loose(graph: &Graph, kinds: &Kinds, products: &[Product], labels: &mut [u32], parts: usize) {
    let count = renumber(labels);
    if count <= parts {
        return;
    }
    let mut size = vec![0_usize; count];
    let mut mark = vec![FREE; count];
    for (product, kind) in kinds.of.iter().enumerate() {
        let label = labels[*kind as usize] as usize;
        size[label] += usize::from(product < products.len());
        if graph.mark(*kind as usize) != FREE {
            mark[label] = graph.mark(*kind as usize);
        }
    }
    let mut order: Vec<usize> = (0..count).collect();
    order.sort_by_key(|label| (mark[*label] == FREE, std::cmp::Reverse(size[*label]), *label));
    let (kept, loose) = order.split_at(parts);
    let attributes = |product: &Product| {
        [product.category, product.text, product.maker, product.size, product.brand].map(str::to_owned)
    };
    let mut votes: BTreeMap<(usize, String), BTreeMap<u32, usize>> = BTreeMap::new();
    let kept_labels: BTreeSet<u32> = kept.iter().map(|label| *label as u32).collect();
    for (product, kind) in products.iter().zip(&kinds.of) {
        let label = labels[*kind as usize];
        if kept_labels.contains(&label) {
            for (view, value) in attributes(product).into_iter().enumerate().filter(|(_, value)| !value.is_empty()) {
                *votes.entry((view, value)).or_default().entry(label).or_default() += 1;
            }
        }
    }
    let mut target: BTreeMap<u32, BTreeMap<u32, f64>> =
        loose.iter().map(|label| (*label as u32, BTreeMap::new())).collect();
    for (product, kind) in products.iter().zip(&kinds.of) {
        let Some(sums) = target.get_mut(&labels[*kind as usize]) else { continue };
        for key in attributes(product).into_iter().enumerate() {
            let Some(found) = votes.get(&key) else { continue };
            let all: usize = found.values().sum();
            for (label, count) in found {
                *sums.entry(*label).or_default() += *count as f64 / all as f64;
            }
        }
    }
    let last = kept.last().map_or(0, |label| *label as u32);
    let moved: BTreeMap<u32, u32> = target
        .into_iter()
        .map(|(label, sums)| {
            let best = sums.into_iter().max_by(|a, b| a.1.total_cmp(&b.1).then(b.0.cmp(&a.0)));
            (label, best.map_or(last, |(label, _)| label))
        })
        .collect();
    for label in labels {
        if let Some(to) = moved.get(label) {
            *label = *to;
        }
    }
}
