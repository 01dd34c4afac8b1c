//! Store clusters from sales by category: what a cluster sells more and less of than the chain, how clear and how lasting that is,
//! and a refusal in words when the sales say too little.

use std::collections::BTreeSet;
use std::fmt;

use super::agreement::{adjusted_rand, silhouette, silhouettes};
use super::axes::{Axes, k_means};

/// Sales of a category in a store in one of two periods.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sale<'a> {
    /// The store.
    pub store: &'a str,
    /// The category.
    pub category: &'a str,
    /// The period: false for the first, true for the second.
    pub is_later: bool,
    /// Money or pieces; what is not positive counts nothing.
    pub sales: f64,
}

/// How to cluster stores.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StoreSettings {
    /// How many clusters; chosen by stability when absent.
    pub clusters: Option<usize>,
    /// Along how many main axes stores are compared; more say more and repeat less.
    pub axes: usize,
    /// Below this agreement of both periods (adjusted Rand index) a partition is refused.
    pub least_stability: f64,
    /// Where chance begins.
    pub seed: u64,
}

impl Default for StoreSettings {
    fn default() -> Self {
        Self { clusters: None, axes: 2, least_stability: 0.4, seed: 1 }
    }
}

/// Stores below this share of the median store's sales in either period are left out: their mix is chance.
const LEAST_SALES: f64 = 0.25;
/// A share is smoothed towards the chain's by this share of the median store's sales.
const DAMP: f64 = 0.01;
/// Fewer stores a cluster are no cluster.
const STORES_A_CLUSTER: usize = 5;
/// Most clusters that are looked at when the number is free.
const MOST: usize = 8;
/// A free number of clusters is raised as long as the partition is this stable and this clear; else it is the most stable.
const FIRM: (f64, f64) = (0.65, 0.35);
const RESTARTS: usize = 50;

/// Why there are no store clusters.
#[derive(Debug, Clone, PartialEq)]
pub enum Thin {
    /// Too few stores sell enough in both periods.
    Stores {
        /// Stores that sell enough.
        usable: usize,
        /// All stores.
        all: usize,
        /// How many it takes.
        needed: usize,
    },
    /// All stores sell the same mix.
    NoDifference,
    /// The periods disagree.
    Unstable {
        /// The number of clusters.
        clusters: usize,
        /// How far the periods agree.
        stability: f64,
        /// What would be needed.
        needed: f64,
    },
}

impl fmt::Display for Thin {
    fn fmt(&self, out: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Thin::Stores { usable, all, needed } => write!(
                out,
                "{usable} of {all} stores sell enough in both periods to be compared; it takes {needed}. Take longer periods or fewer \
                 clusters."
            ),
            Thin::NoDifference => write!(out, "all stores sell the same mix of categories: one cluster says it all"),
            Thin::Unstable { clusters, stability, needed } => write!(
                out,
                "{clusters} clusters found in the first period agree with those of the second by {stability:.2} only ({needed:.2} is \
                 needed, 1 is the same, 0 is chance): they would change by themselves. Take longer periods or fewer clusters."
            ),
        }
    }
}

impl std::error::Error for Thin {}

/// Clusters of stores.
#[derive(Debug, Clone, PartialEq)]
pub struct StoreClusters {
    /// The stores, sorted.
    pub stores: Vec<StoreLabel>,
    /// The clusters.
    pub clusters: Vec<StoreCluster>,
    /// The mean silhouette along the axes, -1 to 1.
    pub silhouette: f64,
    /// Adjusted Rand index between the clusters found in each period by itself, along the axes of both.
    pub stability: f64,
    /// What other numbers of clusters would give.
    pub tried: Vec<Tried>,
    /// What stores differ by.
    pub axes: Vec<StoreAxis>,
}

/// A store's place.
#[derive(Debug, Clone, PartialEq)]
pub struct StoreLabel {
    /// The store.
    pub store: String,
    /// Its cluster; `None` when it sells too little to say.
    pub cluster: Option<u32>,
    /// The cluster by the first period alone.
    pub first: Option<u32>,
    /// The cluster by the second period alone. Numbers of the periods are those of the whole that most of their stores have.
    pub second: Option<u32>,
    /// How clearly it belongs there rather than to the next: its silhouette, -1 to 1.
    pub clarity: f64,
}

/// What a cluster is.
#[derive(Debug, Clone, PartialEq)]
pub struct StoreCluster {
    /// From the categories it stands out by.
    pub name: String,
    /// How many stores.
    pub stores: usize,
    /// Categories it sells more of than the chain, most telling first.
    pub more: Vec<Index>,
    /// Categories it sells less of.
    pub less: Vec<Index>,
}

/// A category in a cluster against the chain.
#[derive(Debug, Clone, PartialEq)]
pub struct Index {
    /// The category.
    pub category: String,
    /// The cluster's share of sales by the chain's: 1.3 is 30 % more.
    pub index: f64,
    /// The category's share of the chain's sales.
    pub share: f64,
    /// The share of the cluster's stores that deviate to the same side.
    pub stores: f64,
}

/// A number of clusters that was tried.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tried {
    /// How many.
    pub clusters: usize,
    /// The mean silhouette.
    pub silhouette: f64,
    /// The agreement of both periods.
    pub stability: f64,
}

/// A main axis along which stores differ.
#[derive(Debug, Clone, PartialEq)]
pub struct StoreAxis {
    /// Categories sold more at its upper end.
    pub up: Vec<String>,
    /// Categories sold more at its lower end.
    pub down: Vec<String>,
    /// Share of the differences along it.
    pub share: f64,
    /// Correlation of the stores' places in both periods, 0 to 1.
    pub reliability: f64,
}

/// Sales by store and category, both sorted.
struct Mix<'a> {
    stores: Vec<&'a str>,
    categories: Vec<&'a str>,
    periods: [Vec<Vec<f64>>; 2],
}

impl<'a> Mix<'a> {
    fn new(sales: &[Sale<'a>]) -> Self {
        let stores: Vec<&str> = sales.iter().map(|sale| sale.store).collect::<BTreeSet<_>>().into_iter().collect();
        let categories: Vec<&str> =
            sales.iter().map(|sale| sale.category).collect::<BTreeSet<_>>().into_iter().collect();
        let empty = vec![vec![0.0; categories.len()]; stores.len()];
        let mut periods = [empty.clone(), empty];
        for sale in sales.iter().filter(|sale| sale.sales > 0.0 && sale.sales.is_finite()) {
            if let (Ok(store), Ok(category)) =
                (stores.binary_search(&sale.store), categories.binary_search(&sale.category))
            {
                periods[usize::from(sale.is_later)][store][category] += sale.sales;
            }
        }
        Self { stores, categories, periods }
    }

    fn total(&self, period: usize, store: usize) -> f64 {
        self.periods[period][store].iter().sum()
    }

    /// Stores that sell enough in both periods.
    fn usable(&self) -> Vec<usize> {
        let least = [0, 1].map(|period| {
            let mut totals: Vec<f64> = (0..self.stores.len()).map(|store| self.total(period, store)).collect();
            totals.retain(|total| *total > 0.0);
            totals.sort_by(f64::total_cmp);
            totals.get(totals.len() / 2).copied().unwrap_or(0.0) * LEAST_SALES
        });
        let enough = |store: &usize| (0..2).all(|period| self.total(period, *store) > least[period]);
        (0..self.stores.len()).filter(enough).collect()
    }
}

/// Log-ratios of smoothed shares to the chain's, times the root of the chain's share: for each period and for both.
struct Ratios {
    share: Vec<f64>,
    periods: [Vec<Vec<f64>>; 2],
    both: Vec<Vec<f64>>,
}

impl Ratios {
    fn new(mix: &Mix, usable: &[usize]) -> Self {
        let width = mix.categories.len();
        let sum = |store: usize| -> Vec<f64> {
            mix.periods[0][store].iter().zip(&mix.periods[1][store]).map(|(a, b)| a + b).collect()
        };
        let whole: Vec<Vec<f64>> = usable.iter().map(|store| sum(*store)).collect();
        let mut share = vec![0.0; width];
        for row in &whole {
            for (share, sales) in share.iter_mut().zip(row) {
                *share += sales;
            }
        }
        let all: f64 = share.iter().sum::<f64>().max(f64::MIN_POSITIVE);
        share.iter_mut().for_each(|share| *share /= all);
        let mut totals: Vec<f64> = whole.iter().map(|row| row.iter().sum()).collect();
        totals.sort_by(f64::total_cmp);
        let damp = DAMP * totals.get(totals.len() / 2).copied().unwrap_or(0.0);
        let ratio = |row: &Vec<f64>| -> Vec<f64> {
            let total = row.iter().sum::<f64>() + damp;
            let one = |(sales, share): (&f64, &f64)| {
                if *share > 0.0 { ((sales + share * damp) / (total * share)).ln() * share.sqrt() } else { 0.0 }
            };
            row.iter().zip(&share).map(one).collect()
        };
        let periods =
            [0, 1].map(|period: usize| usable.iter().map(|store| ratio(&mix.periods[period][*store])).collect());
        let both = whole.iter().map(ratio).collect();
        Self { share, periods, both }
    }
}

/// Clusters the stores.
///
/// # Errors
/// When the sales are too thin to say: see [`Thin`].
pub fn cluster(sales: &[Sale], settings: &StoreSettings) -> Result<StoreClusters, Thin> {
    let mix = Mix::new(sales);
    let usable = mix.usable();
    let needed = settings.clusters.unwrap_or(2).max(2) * STORES_A_CLUSTER;
    if usable.len() < needed {
        return Err(Thin::Stores { usable: usable.len(), all: mix.stores.len(), needed });
    }
    let ratios = Ratios::new(&mix, &usable);
    let axes = Axes::new(&ratios.both, settings.axes.max(1));
    if axes.directions.is_empty() {
        return Err(Thin::NoDifference);
    }
    let mut places = [&ratios.both, &ratios.periods[0], &ratios.periods[1]].map(|points| axes.project(points));
    // An axis counts by how far a store's place in one period tells its place in the other.
    let reliability: Vec<f64> =
        (0..axes.directions.len()).map(|axis| correlation(&places[1], &places[2], axis).max(0.0)).collect();
    for point in places.iter_mut().flatten() {
        point.iter_mut().zip(&reliability).for_each(|(value, reliability)| *value *= reliability);
    }
    let most = (usable.len() / STORES_A_CLUSTER).min(MOST);
    let range = settings.clusters.map_or(2..=most, |clusters| clusters.max(2)..=clusters.max(2));
    let found: Vec<(Tried, [Vec<u32>; 3])> = range.map(|clusters| attempt(&places, clusters, settings.seed)).collect();
    let tried: Vec<Tried> = found.iter().map(|(tried, _)| *tried).collect();
    let firm = found.iter().take_while(|(tried, _)| tried.stability >= FIRM.0 && tried.silhouette >= FIRM.1).last();
    let best =
        found.iter().max_by(|a, b| a.0.stability.total_cmp(&b.0.stability).then(b.0.clusters.cmp(&a.0.clusters)));
    let Some((chosen, labels)) = firm.or(best) else { return Err(Thin::NoDifference) };
    if chosen.stability < settings.least_stability {
        let (clusters, stability) = (chosen.clusters, chosen.stability);
        return Err(Thin::Unstable { clusters, stability, needed: settings.least_stability });
    }
    let clarity = silhouettes(&places[0], &labels[0]).unwrap_or_default();
    let label = |at: usize| StoreLabel {
        store: mix.stores[at].to_owned(),
        cluster: usable.binary_search(&at).ok().map(|place| labels[0][place]),
        first: usable.binary_search(&at).ok().map(|place| labels[1][place]),
        second: usable.binary_search(&at).ok().map(|place| labels[2][place]),
        clarity: usable.binary_search(&at).ok().and_then(|place| clarity.get(place)).copied().unwrap_or(0.0),
    };
    Ok(StoreClusters {
        stores: (0..mix.stores.len()).map(label).collect(),
        clusters: explain(&mix, &usable, &ratios.share, &labels[0], chosen.clusters),
        silhouette: chosen.silhouette,
        stability: chosen.stability,
        tried,
        axes: tell_axes(&axes, &mix.categories, &reliability),
    })
}

/// Labels for both periods together, the first and the second, with what they are worth.
fn attempt(places: &[Vec<Vec<f64>>; 3], clusters: usize, seed: u64) -> (Tried, [Vec<u32>; 3]) {
    let [whole, first, second] = [0, 1, 2].map(|at| k_means(&places[at], clusters, RESTARTS, seed));
    let tried = Tried {
        clusters,
        silhouette: silhouette(&places[0], &whole).unwrap_or(0.0),
        stability: adjusted_rand(&first, &second),
    };
    let (first, second) = (renamed(&first, &whole, clusters), renamed(&second, &whole, clusters));
    (tried, [whole, first, second])
}

/// A partition under the numbers of another that it overlaps most with, each number once.
fn renamed(labels: &[u32], like: &[u32], clusters: usize) -> Vec<u32> {
    let mut pairs: Vec<(usize, usize, usize)> = Vec::new();
    for own in 0..clusters {
        for other in 0..clusters {
            let both = labels.iter().zip(like).filter(|(a, b)| **a as usize == own && **b as usize == other).count();
            pairs.push((both, own, other));
        }
    }
    pairs.sort_by_key(|(both, own, other)| (std::cmp::Reverse(*both), *own, *other));
    let mut number = vec![None; clusters];
    let mut taken = vec![false; clusters];
    for (_, own, other) in pairs {
        if number[own].is_none() && !taken[other] {
            number[own] = Some(other as u32);
            taken[other] = true;
        }
    }
    labels.iter().map(|label| number[*label as usize].unwrap_or(*label)).collect()
}

fn correlation(a: &[Vec<f64>], b: &[Vec<f64>], axis: usize) -> f64 {
    let n = a.len().max(1) as f64;
    let mean = |points: &[Vec<f64>]| points.iter().map(|point| point[axis]).sum::<f64>() / n;
    let (mean_a, mean_b) = (mean(a), mean(b));
    let (mut both, mut left, mut right) = (0.0, 0.0, 0.0);
    for (x, y) in a.iter().zip(b) {
        let (x, y) = (x[axis] - mean_a, y[axis] - mean_b);
        both += x * y;
        left += x * x;
        right += y * y;
    }
    if left * right > 0.0 { both / (left * right).sqrt() } else { 0.0 }
}

/// How many categories tell a cluster, to either side.
const TOLD: usize = 6;
/// Categories below this share of the chain's sales are no explanation.
const LEAST_SHARE: f64 = 0.002;

fn explain(mix: &Mix, usable: &[usize], share: &[f64], labels: &[u32], clusters: usize) -> Vec<StoreCluster> {
    let mut names = BTreeSet::new();
    let explained = (0..clusters).map(|cluster| {
        let members: Vec<usize> = usable
            .iter()
            .zip(labels)
            .filter(|(_, label)| **label as usize == cluster)
            .map(|(store, _)| *store)
            .collect();
        let sales = |store: usize, category: usize| mix.periods[0][store][category] + mix.periods[1][store][category];
        let total = |store: usize| mix.total(0, store) + mix.total(1, store);
        let all: f64 = members.iter().map(|store| total(*store)).sum::<f64>().max(f64::MIN_POSITIVE);
        let mut told: Vec<(f64, Index)> = Vec::new();
        for category in (0..share.len()).filter(|category| share[*category] >= LEAST_SHARE) {
            let index = members.iter().map(|store| sales(*store, category)).sum::<f64>() / all / share[category];
            let same = members.iter().filter(|store| {
                let own = sales(**store, category) / total(**store).max(f64::MIN_POSITIVE) / share[category];
                (own > 1.0) == (index > 1.0)
            });
            let stores = same.count() as f64 / members.len().max(1) as f64;
            // What many stores share in large categories tells more than one store's oddity.
            let weight = index.max(0.01).ln() * share[category].sqrt() * (2.0 * stores - 1.0).max(0.0);
            let category_name = mix.categories[category].to_owned();
            told.push((weight, Index { category: category_name, index, share: share[category], stores }));
        }
        told.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.category.cmp(&b.1.category)));
        let more: Vec<Index> =
            told.iter().take_while(|(weight, _)| *weight > 0.0).take(TOLD).map(|(_, index)| index.clone()).collect();
        let less = told.iter().rev().take_while(|(weight, _)| *weight < 0.0).take(TOLD).map(|(_, index)| index.clone());
        let less: Vec<Index> = less.collect();
        StoreCluster { name: name(&more, &less, &mut names), stores: members.len(), more, less }
    });
    explained.collect()
}

/// `More Wine, Flowers`, unlike the names before.
fn name(more: &[Index], less: &[Index], taken: &mut BTreeSet<String>) -> String {
    let list = |word: &str, told: &[Index]| {
        let told: Vec<&str> = told.iter().take(3).map(|index| index.category.as_str()).collect();
        if told.is_empty() { String::new() } else { format!("{word} {}", told.join(", ")) }
    };
    let (more, less) = (list("More", more), list("Less", less));
    let choices = [more.clone(), [more, less.clone()].join("; "), less];
    let free = choices.into_iter().find(|name| name.len() > 2 && !taken.contains(name));
    let name = free.unwrap_or_else(|| format!("Like the chain {}", taken.len() + 1));
    taken.insert(name.clone());
    name
}

fn tell_axes(axes: &Axes, categories: &[&str], reliability: &[f64]) -> Vec<StoreAxis> {
    let told = axes.directions.iter().zip(&axes.shares).zip(reliability).map(|((direction, share), reliability)| {
        let mut order: Vec<usize> = (0..direction.len()).collect();
        order.sort_by(|a, b| direction[*b].total_cmp(&direction[*a]));
        let named = |at: &usize| categories[*at].to_owned();
        StoreAxis {
            up: order.iter().take(TOLD).filter(|at| direction[**at] > 0.0).map(named).collect(),
            down: order.iter().rev().take(TOLD).filter(|at| direction[**at] < 0.0).map(named).collect(),
            share: *share,
            reliability: *reliability,
        }
    });
    told.collect()
}
