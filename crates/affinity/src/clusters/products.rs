//! Product clusters: from attributes, from substitution (the same household, another basket) and from co-purchase.
//! The labels are a partition; they depend on keys and seed, not on the order of the input.

use std::collections::BTreeSet;
use std::fmt;

use super::communities::{FREE, Graph, Sums, renumber};
use super::evidence::Bought;
use super::features::{Features, Kinds};
use super::naming;
use super::nearest::Evidence;
use super::partition::{apart, gather_loose, partition};
use super::words::Lexicon;

/// A product; an empty text is an unknown attribute.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Product<'a> {
    /// What it is known by; unique.
    pub key: &'a str,
    /// Where a hierarchy already puts it.
    pub category: &'a str,
    /// Words: a type or a name. Products with the same words are never parted, unless by a pin.
    pub text: &'a str,
    /// The brand.
    pub brand: &'a str,
    /// The maker.
    pub maker: &'a str,
    /// The size as the label gives it: `16 OZ`, `750 ml`.
    pub size: &'a str,
}

/// A product in a basket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line {
    /// The basket's number.
    pub basket: u32,
    /// The household's number, where it is known.
    pub household: Option<u32>,
    /// The product's place in the input.
    pub product: u32,
}

/// How much each kind of evidence counts; 0 leaves it out.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Weights {
    /// The known category.
    pub category: f32,
    /// Common words of the text, rare ones more.
    pub text: f32,
    /// The same brand.
    pub brand: f32,
    /// The same maker.
    pub maker: f32,
    /// The same size; the same unit.
    pub size: f32,
    /// Bought by the same households, less what the same basket explains.
    pub substitution: f32,
    /// Bought in the same basket.
    pub purchase: f32,
}

impl Default for Weights {
    fn default() -> Self {
        Self { category: 1.0, text: 0.5, brand: 0.3, maker: 0.5, size: 0.3, substitution: 1.0, purchase: 0.8 }
    }
}

/// A product that a person put into a cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pin {
    /// The product's place in the input.
    pub product: u32,
    /// The cluster's lasting name.
    pub cluster: String,
}

/// How to cluster.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// What counts.
    pub weights: Weights,
    /// How many clusters; 2 √products when absent.
    pub clusters: Option<usize>,
    /// How many neighbours each product keeps; 0.4 √(different texts, or products without text), 8 to 30, when absent.
    pub neighbours: Option<usize>,
    /// Where chance begins.
    pub seed: u64,
    /// A person's memberships: products pinned to the same cluster stay together, those pinned to different ones apart.
    pub pins: Vec<Pin>,
}

impl Default for Settings {
    fn default() -> Self {
        Self { weights: Weights::default(), clusters: None, neighbours: None, seed: 1, pins: Vec::new() }
    }
}

/// Why there are no clusters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refused {
    /// Two products have the same key.
    KeyTwice(String),
    /// A pin or a line names a product that is not there.
    NoSuchProduct(u32),
    /// A product is pinned to two clusters.
    PinnedTwice(u32),
    /// No cluster at all was asked for.
    NoClusters,
}

impl fmt::Display for Refused {
    fn fmt(&self, out: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Refused::KeyTwice(key) => write!(out, "two products have the key {key}"),
            Refused::NoSuchProduct(place) => write!(out, "there is no product number {place}"),
            Refused::PinnedTwice(place) => write!(out, "product number {place} is pinned to two clusters"),
            Refused::NoClusters => write!(out, "at least one cluster must be asked for"),
        }
    }
}

impl std::error::Error for Refused {}

/// A partition of the products.
#[derive(Debug, Clone, PartialEq)]
pub struct Clusters {
    /// Each product's cluster, in the order of the input.
    pub labels: Vec<u32>,
    /// Each product's share of evidence inside its cluster, 0 to 1: low is a doubtful member.
    pub strength: Vec<f32>,
    /// The clusters, largest first.
    pub clusters: Vec<Cluster>,
}

/// What a cluster is.
#[derive(Debug, Clone, PartialEq)]
pub struct Cluster {
    /// From its terms, unlike any other's; the lasting name when members are pinned.
    pub name: String,
    /// What its products have in common and others lack, most telling first, each with the share of the products that have it.
    pub terms: Vec<(String, f32)>,
    /// How many products it has.
    pub products: usize,
    /// Whether products are pinned to it.
    pub is_pinned: bool,
    /// The share of its products' evidence that stays inside, 0 to 1.
    pub cohesion: f32,
    /// The cluster that most of the remaining evidence leads to.
    pub nearest: Option<u32>,
}

/// Clusters the products.
///
/// # Errors
/// Keys twice, products that are not there, pins that contradict each other, no clusters asked for.
pub fn cluster(products: &[Product], lines: &[Line], settings: &Settings) -> Result<Clusters, Refused> {
    let order = canonical(products)?;
    let mut place = vec![0_u32; products.len()];
    for (at, &product) in order.iter().enumerate() {
        place[product] = at as u32;
    }
    if let Some(line) = lines.iter().find(|line| line.product as usize >= products.len()) {
        return Err(Refused::NoSuchProduct(line.product));
    }
    let (pins, pinned) = pins(settings, &place)?;
    let parts = match settings.clusters {
        Some(0) => return Err(Refused::NoClusters),
        Some(parts) => parts.max(pinned.len()),
        None => ((2.0 * (products.len() as f64).sqrt()).round() as usize).max(pinned.len()).max(1),
    };
    let sorted: Vec<Product> = order.iter().map(|at| products[*at]).collect();
    let weights = settings.weights;
    let with_text = weights.text > 0.0 && sorted.iter().any(|product| !product.text.is_empty());
    let kinds = Kinds::new(&sorted, &pins, with_text);
    let lexicon = Lexicon::new(sorted.iter().map(|product| product.text));
    let evidence = Evidence {
        features: Features::new(&sorted, &kinds, &lexicon, &weights),
        baskets: (weights.purchase > 0.0 || weights.substitution > 0.0)
            .then(|| Bought::by_basket(lines, &place, &kinds)),
        households: (weights.substitution > 0.0 && lines.iter().any(|line| line.household.is_some()))
            .then(|| Bought::by_household(lines, &place, &kinds)),
        kinds: &kinds,
        weights,
    };
    let usual = (0.4 * (kinds.count as f64).sqrt()).round().clamp(8.0, 30.0) as usize;
    let edges = evidence.nearest(settings.neighbours.unwrap_or(usual).max(1));
    let graph = Graph::new(kinds.marks.clone(), &edges);
    let mut labels = partition(&graph, &apart(&graph, &kinds, parts), parts, settings.seed);
    gather_loose(&graph, &kinds, &sorted, &mut labels, parts);
    Ok(describe(&sorted, &order, &lexicon, &kinds, &graph, labels, &pinned))
}

/// Products by key.
pub(super) fn canonical(products: &[Product]) -> Result<Vec<usize>, Refused> {
    let mut order: Vec<usize> = (0..products.len()).collect();
    order.sort_unstable_by_key(|at| products[*at].key);
    let twice = order.windows(2).find(|pair| products[pair[0]].key == products[pair[1]].key);
    twice.map_or(Ok(()), |pair| Err(Refused::KeyTwice(products[pair[0]].key.to_owned())))?;
    Ok(order)
}

/// The pinned cluster of each product in canonical order, and the pinned clusters' names, sorted.
fn pins(settings: &Settings, place: &[u32]) -> Result<(Vec<u32>, Vec<String>), Refused> {
    let names: BTreeSet<&str> = settings.pins.iter().map(|pin| pin.cluster.as_str()).collect();
    let names: Vec<String> = names.into_iter().map(str::to_owned).collect();
    let mut pins = vec![FREE; place.len()];
    for pin in &settings.pins {
        let at = *place.get(pin.product as usize).ok_or(Refused::NoSuchProduct(pin.product))? as usize;
        let mark = names.binary_search(&pin.cluster).map_or(FREE, |at| at as u32);
        if pins[at] != FREE && pins[at] != mark {
            return Err(Refused::PinnedTwice(pin.product));
        }
        pins[at] = mark;
    }
    Ok((pins, names))
}

/// Numbers the clusters by size, names them, and says how firm each membership is.
fn describe(
    products: &[Product],
    order: &[usize],
    lexicon: &Lexicon,
    kinds: &Kinds,
    graph: &Graph,
    mut of_kind: Vec<u32>,
    pinned: &[String],
) -> Clusters {
    let count = renumber(&mut of_kind);
    let mut sizes = vec![0_usize; count];
    let mut marks = vec![FREE; count];
    for kind in &kinds.of {
        sizes[of_kind[*kind as usize] as usize] += 1;
    }
    for (kind, label) in of_kind.iter().enumerate() {
        if graph.mark(kind) != FREE {
            marks[*label as usize] = graph.mark(kind);
        }
    }
    let mut rank: Vec<usize> = (0..count).collect();
    rank.sort_by_key(|label| (std::cmp::Reverse(sizes[*label]), *label));
    let mut number = vec![0_u32; count];
    for (at, label) in rank.iter().enumerate() {
        number[*label] = at as u32;
    }
    for label in &mut of_kind {
        *label = number[*label as usize];
    }
    let sorted: Vec<u32> = kinds.of.iter().map(|kind| of_kind[*kind as usize]).collect();
    let (strength, flows) = flows(graph, &of_kind, count);
    let names: Vec<Option<String>> = rank.iter().map(|label| pinned.get(marks[*label] as usize).cloned()).collect();
    let named = naming::names(products, lexicon, &sorted, &names);
    let clusters = named.into_iter().zip(&rank).zip(flows).map(|(((name, terms), label), flow)| Cluster {
        name,
        terms,
        products: sizes[*label],
        is_pinned: marks[*label] != FREE,
        cohesion: flow.0,
        nearest: flow.1,
    });
    let clusters = clusters.collect();
    let mut answer = Clusters { labels: vec![0; products.len()], strength: vec![0.0; products.len()], clusters };
    for (at, product) in order.iter().enumerate() {
        answer.labels[*product] = sorted[at];
        answer.strength[*product] = strength[kinds.of[at] as usize];
    }
    answer
}

/// Each kind's share of evidence inside its cluster; each cluster's, and where most of the rest leads.
fn flows(graph: &Graph, labels: &[u32], count: usize) -> (Vec<f32>, Vec<(f32, Option<u32>)>) {
    let mut strength = vec![1.0; graph.nodes()];
    let mut sums = Sums::new(count);
    let mut members = vec![Vec::new(); count];
    for (kind, label) in labels.iter().enumerate() {
        members[*label as usize].push(kind);
    }
    let flows = members.iter().enumerate().map(|(own, kinds)| {
        for &kind in kinds {
            let (mut inside, mut all) = (0.0, 0.0);
            for (other, weight) in graph.neighbours(kind) {
                sums.add(labels[other], weight);
                all += weight;
                inside += if labels[other] as usize == own { weight } else { 0.0 };
            }
            if all > 0.0 {
                strength[kind] = (inside / all) as f32;
            }
        }
        let all: f64 = sums.touched.iter().map(|label| sums.value[*label as usize]).sum();
        let cohesion = if all > 0.0 { (sums.value[own] / all) as f32 } else { 1.0 };
        let nearest = sums.touched.iter().copied().filter(|label| *label as usize != own);
        let nearest = nearest.max_by(|a, b| sums.value[*a as usize].total_cmp(&sums.value[*b as usize]).then(b.cmp(a)));
        sums.clear();
        (cohesion, nearest)
    });
    let flows = flows.collect();
    (strength, flows)
}
