//! Arithmetic over what is available where: the set of sites with the best score that has everything.
//!
//! A set's score is the mean of its sites' points over the lines they serve, less the split weight for each site after the first.
//! Where no set within the limits has everything, the limits give way before the customer does.

use std::collections::HashMap;

use contracts::inventory::Availability;
use contracts::shared::{ProductId, SiteId};
use kit::quantity::Quantity;
use serde_json::Value;

use super::{Place, Wanted};
use crate::checkout::PlaceError;
use crate::fee;

/// Sets of more sites than this are put together step by step, not compared.
const COMPARED: usize = 3;
/// Sites that are compared in sets: those that serve most lines.
const MOST_CANDIDATES: usize = 48;
/// Other good sets that a plan names.
const MOST_OTHERS: usize = 3;

/// What the decision `sourcing` says. Points are thousandths.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Weights {
    /// The most sites that may serve one order.
    pub max_sites: usize,
    /// Points less for each site after the first.
    pub split: i64,
    /// Points for a warehouse.
    pub warehouse: i64,
    /// Points for a site in the customer's region.
    pub same_region: i64,
    /// Thousandths of each product that stay in a store for those who come.
    pub keep_in_store: i64,
}

/// Where an order's goods come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// For each line the site that serves it.
    pub sites: Vec<SiteId>,
    /// The site that serves most of it.
    pub main: SiteId,
    /// The set's points.
    pub score: i64,
    /// Whether the limits had to give way.
    pub relaxed: bool,
    /// Other good sets, the best first.
    pub others: Vec<Candidate>,
}

/// A set of sites that has everything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// Its sites, the one that serves most first.
    pub sites: Vec<SiteId>,
    /// Its points.
    pub score: i64,
}

/// Products of which no site has enough.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Short(pub Vec<ProductId>);

impl From<Short> for PlaceError {
    fn from(short: Short) -> PlaceError {
        PlaceError::OutOfStock { products: short.0 }
    }
}

impl Default for Weights {
    fn default() -> Weights {
        Weights { max_sites: COMPARED, split: 50_000, warehouse: 30_000, same_region: 20_000, keep_in_store: 0 }
    }
}

impl Weights {
    /// The weights in a decision's outputs; what they do not say is as by default.
    #[allow(clippy::cast_possible_truncation)] // clamped
    pub fn of(outputs: &Value) -> Weights {
        let default = Weights::default();
        let points = |name: &str, default: i64| {
            fee::number(&outputs[name]).map_or(default, |number| (number.clamp(-1e6, 1e6) * 1000.0).round() as i64)
        };
        let max_sites = points("max_sites", 1000 * COMPARED as i64) / 1000;
        Weights {
            max_sites: usize::try_from(max_sites).unwrap_or(1).max(1),
            split: points("split_weight", default.split),
            warehouse: points("warehouse_weight", default.warehouse),
            same_region: points("same_region_weight", default.same_region),
            keep_in_store: points("keep_in_store", default.keep_in_store).max(0),
        }
    }
}

/// A site with the lines it can serve, a bit for each.
#[derive(Debug, Clone)]
struct Source {
    site: SiteId,
    points: i64,
    serves: Bits,
}

type Bits = [u64; 4];

fn union(a: Bits, b: Bits) -> Bits {
    std::array::from_fn(|n| a[n] | b[n])
}

fn count(bits: Bits) -> u32 {
    bits.iter().map(|word| word.count_ones()).sum()
}

fn has(bits: Bits, line: usize) -> bool {
    bits[line / 64] & (1 << (line % 64)) != 0
}

/// The plan for `lines`, at most 256, of what is `known` to be where.
pub fn planned(
    lines: &[Wanted],
    known: &[Availability],
    places: &[Place],
    weights: &Weights,
    region: &str,
) -> Result<Plan, Short> {
    assert!(lines.len() <= 256, "an order has at most 200 lines");
    let strict = sources(lines, known, places, weights, region);
    if let Some(plan) = best(lines.len(), &strict, weights) {
        return Ok(plan);
    }
    let loose = Weights { keep_in_store: 0, ..*weights };
    let sources = sources(lines, known, places, &loose, region);
    let plan = best(lines.len(), &sources, &loose).or_else(|| step_by_step(lines.len(), &sources, &loose));
    plan.map(|plan| Plan { relaxed: true, ..plan }).ok_or_else(|| {
        let nobody = |line: &usize| !sources.iter().any(|source| has(source.serves, *line));
        Short((0..lines.len()).filter(nobody).map(|line| lines[line].0).collect())
    })
}

/// The sites that serve at least one line, without those that another one serves better in every respect.
fn sources(lines: &[Wanted], known: &[Availability], places: &[Place], weights: &Weights, region: &str) -> Vec<Source> {
    let mut wanted: HashMap<ProductId, Vec<(usize, Quantity)>> = HashMap::new();
    for (n, (product, quantity)) in lines.iter().enumerate() {
        wanted.entry(*product).or_default().push((n, *quantity));
    }
    let places: HashMap<SiteId, &Place> = places.iter().map(|place| (place.site, place)).collect();
    let mut at: HashMap<SiteId, usize> = HashMap::new();
    let mut sources: Vec<Source> = Vec::new();
    for availability in known {
        let place = places.get(&availability.site);
        if place.is_some_and(|place| !place.open) {
            continue;
        }
        let kept = if place.is_some_and(|place| place.is_store) { weights.keep_in_store } else { 0 };
        for (line, quantity) in wanted.get(&availability.product).into_iter().flatten() {
            let there = availability.available;
            if there.unit != quantity.unit || there.milli - kept < quantity.milli {
                continue;
            }
            let n = *at.entry(availability.site).or_insert_with(|| {
                let warehouse = place.map_or(0, |place| if place.is_store { 0 } else { weights.warehouse });
                let near = place.is_some_and(|place| !region.is_empty() && place.region == region);
                let points = warehouse + if near { weights.same_region } else { 0 };
                sources.push(Source { site: availability.site, points, serves: Bits::default() });
                sources.len() - 1
            });
            sources[n].serves[line / 64] |= 1 << (line % 64);
        }
    }
    sources.sort_by_key(|source| (std::cmp::Reverse((count(source.serves), source.points)), source.site));
    let mut kept: Vec<Source> = Vec::new();
    for source in sources {
        let is_worse =
            |other: &Source| other.points >= source.points && union(other.serves, source.serves) == other.serves;
        if !kept.iter().any(is_worse) {
            kept.push(source);
        }
    }
    kept
}

/// The best of all sets within the limits that are small enough to compare.
fn best(lines: usize, sources: &[Source], weights: &Weights) -> Option<Plan> {
    let mut sets: Vec<(i64, Vec<usize>)> = Vec::new();
    let sources = &sources[..sources.len().min(MOST_CANDIDATES)];
    let all = full(lines);
    let mut consider = |set: &[usize]| {
        let covered = set.iter().fold(Bits::default(), |bits, n| union(bits, sources[*n].serves));
        if covered == all {
            let score = score(lines, sources, set, weights);
            let place = sets.partition_point(|(other, _)| *other >= score);
            if place <= MOST_OTHERS {
                sets.insert(place, (score, set.to_vec()));
                sets.truncate(MOST_OTHERS + 1);
            }
        }
    };
    for a in 0..sources.len() {
        consider(&[a]);
    }
    for a in 0..if weights.max_sites >= 2 { sources.len() } else { 0 } {
        for b in a + 1..sources.len() {
            consider(&[a, b]);
            for c in b + 1..if weights.max_sites >= COMPARED { sources.len() } else { 0 } {
                consider(&[a, b, c]);
            }
        }
    }
    let mut sets = sets.into_iter();
    let (_, set) = sets.next()?;
    let mut plan = plan(lines, sources, &set, weights);
    let candidate = |(score, set): (i64, Vec<usize>)| Candidate {
        sites: set.into_iter().map(|n| sources[n].site).collect(),
        score,
    };
    plan.others = sets.map(candidate).collect();
    Some(plan)
}

/// Always the site that serves most of what is left; none where something is left in the end.
fn step_by_step(lines: usize, sources: &[Source], weights: &Weights) -> Option<Plan> {
    let (mut set, mut covered) = (Vec::new(), Bits::default());
    while covered != full(lines) {
        let gain = |n: &usize| (count(union(covered, sources[*n].serves)), sources[*n].points, std::cmp::Reverse(*n));
        let next = (0..sources.len()).max_by_key(gain)?;
        let with = union(covered, sources[next].serves);
        if with == covered {
            return None;
        }
        covered = with;
        set.push(next);
    }
    Some(plan(lines, sources, &set, weights))
}

fn full(lines: usize) -> Bits {
    let mut bits = Bits::default();
    for line in 0..lines {
        bits[line / 64] |= 1 << (line % 64);
    }
    bits
}

/// The site of the set that serves a line: the one with most points, then the one that serves most.
fn serving(sources: &[Source], set: &[usize], line: usize) -> Option<usize> {
    set.iter().copied().filter(|n| has(sources[*n].serves, line)).min_by_key(|n| (-sources[*n].points, *n))
}

fn score(lines: usize, sources: &[Source], set: &[usize], weights: &Weights) -> i64 {
    let points: i64 = (0..lines).filter_map(|line| serving(sources, set, line)).map(|n| sources[n].points).sum();
    let splits = i64::try_from(set.len() - 1).unwrap_or(i64::MAX);
    points / i64::try_from(lines.max(1)).unwrap_or(1) - weights.split.saturating_mul(splits)
}

fn plan(lines: usize, sources: &[Source], set: &[usize], weights: &Weights) -> Plan {
    let serving: Vec<usize> = (0..lines).filter_map(|line| serving(sources, set, line)).collect();
    let share = |n: &usize| serving.iter().filter(|other| *other == n).count();
    let main = set.iter().copied().max_by_key(|n| (share(n), sources[*n].points, std::cmp::Reverse(*n)));
    Plan {
        sites: serving.iter().map(|n| sources[*n].site).collect(),
        main: sources[main.expect("a set has a site")].site,
        score: score(lines, sources, set, weights),
        relaxed: false,
        others: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(product: u128, pieces: i32) -> Wanted {
        (ProductId::from_u128(product), Quantity::pieces(pieces))
    }

    fn at(product: u128, site: u128, pieces: i32) -> Availability {
        Availability {
            product: ProductId::from_u128(product),
            site: SiteId::from_u128(site),
            on_hand: Quantity::pieces(pieces),
            reserved: Quantity::pieces(0),
            available: Quantity::pieces(pieces),
        }
    }

    fn place(site: u128, is_store: bool, region: &str) -> Place {
        Place { site: SiteId::from_u128(site), is_store, region: region.to_owned(), open: true }
    }

    fn sites(lines: &[Wanted], known: &[Availability], places: &[Place], weights: Weights) -> Vec<u128> {
        let plan = planned(lines, known, places, &weights, "north").unwrap();
        plan.sites.iter().map(|site| (1..200).find(|n| SiteId::from_u128(*n) == *site).unwrap()).collect()
    }

    #[test]
    fn one_site_that_has_everything_serves_everything() {
        let known = [at(1, 1, 5), at(1, 2, 5), at(2, 2, 5)];
        assert_eq!(sites(&[wanted(1, 2), wanted(2, 2)], &known, &[], Weights::default()), [2, 2]);
    }

    #[test]
    fn else_each_line_comes_from_where_it_is() {
        let known = [at(1, 1, 5), at(2, 2, 5)];
        assert_eq!(sites(&[wanted(1, 2), wanted(2, 2)], &known, &[], Weights::default()), [1, 2]);
    }

    #[test]
    fn what_nobody_has_is_named() {
        let short = planned(&[wanted(1, 2), wanted(2, 6)], &[at(1, 1, 5), at(2, 2, 5)], &[], &Weights::default(), "");
        assert_eq!(short, Err(Short(vec![ProductId::from_u128(2)])));
    }

    #[test]
    fn a_warehouse_goes_before_a_store_and_what_is_near_before_what_is_far() {
        let known = [at(1, 1, 5), at(1, 2, 5), at(1, 3, 5)];
        let places = [place(1, true, "north"), place(2, false, "south"), place(3, true, "south")];
        assert_eq!(sites(&[wanted(1, 1)], &known, &places, Weights::default()), [2]);
        let near = Weights { same_region: 40_000, ..Weights::default() };
        assert_eq!(sites(&[wanted(1, 1)], &known, &places, near), [1]);
        let closed = [Place { open: false, ..places[0].clone() }, places[1].clone(), places[2].clone()];
        assert_eq!(sites(&[wanted(1, 1)], &known, &closed, near), [2]);
    }

    #[test]
    fn a_split_has_to_be_worth_it() {
        let known = [at(1, 1, 5), at(2, 1, 5), at(1, 2, 5)];
        let places = [place(1, true, "south"), place(2, false, "south")];
        let lines = [wanted(1, 1), wanted(2, 1)];
        assert_eq!(sites(&lines, &known, &places, Weights::default()), [1, 1]);
        assert_eq!(sites(&lines, &known, &places, Weights { split: 10_000, ..Weights::default() }), [2, 1]);
    }

    #[test]
    fn a_store_keeps_something_for_those_who_come_unless_there_is_nothing_else() {
        let known = [at(1, 1, 3), at(1, 2, 3)];
        let keep = Weights { keep_in_store: 2_000, warehouse: -1, ..Weights::default() };
        let places = [place(1, true, ""), place(2, false, "")];
        assert_eq!(sites(&[wanted(1, 2)], &known, &places, keep), [2]);
        let plan = planned(&[wanted(1, 2)], &known[..1], &places, &keep, "").unwrap();
        assert!(plan.relaxed && plan.main == SiteId::from_u128(1));
    }

    #[test]
    fn the_limit_of_sites_gives_way_before_the_customer_does() {
        let known = [at(1, 1, 1), at(2, 2, 1), at(3, 3, 1)];
        let lines = [wanted(1, 1), wanted(2, 1), wanted(3, 1)];
        let plan = planned(&lines, &known, &[], &Weights { max_sites: 2, ..Weights::default() }, "").unwrap();
        assert!(plan.relaxed);
        assert_eq!(plan.sites.len(), 3);
    }

    #[test]
    fn twenty_lines_over_a_hundred_and_twelve_sites_are_planned() {
        let lines: Vec<Wanted> = (1..=20).map(|n| wanted(n, 1)).collect();
        let mut known = Vec::new();
        for site in 1..=112_u128 {
            for product in (1..=20).filter(|product| (site * 7 + product * 13) % 5 != 0) {
                known.push(at(product, site, 3));
            }
        }
        let places: Vec<Place> =
            (1..=112).map(|n| place(n, n > 3, if n % 4 == 0 { "north" } else { "south" })).collect();
        let plan = planned(&lines, &known, &places, &Weights::default(), "north").unwrap();
        assert!(!plan.relaxed && plan.others.len() == MOST_OTHERS);
        for (line, site) in lines.iter().zip(&plan.sites) {
            assert!(known.iter().any(|at| at.product == line.0 && at.site == *site));
        }
    }
}
