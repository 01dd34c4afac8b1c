//! The nearest kinds of each kind, by all evidence together, as a graph.

use super::evidence::Bought;
use super::features::{Features, Kinds, Sparse};
use super::products::Weights;

/// Steps that looking through common features may cost; rarer features first, the others only add to what is found.
const STEPS: usize = 40_000_000;
/// Pairs bought together less than this above chance are no candidates by themselves.
const NOTABLE: f32 = 1.5;

/// Evidence of one catalogue.
pub(crate) struct Evidence<'a> {
    pub(crate) kinds: &'a Kinds,
    pub(crate) features: Features,
    pub(crate) baskets: Option<Bought>,
    pub(crate) households: Option<Bought>,
    pub(crate) weights: Weights,
}

impl Evidence<'_> {
    /// Each kind's `neighbours` nearest, as edges given once, the stronger direction counting.
    pub(crate) fn nearest(&self, neighbours: usize) -> Vec<(u32, u32, f32)> {
        let text = Postings::new(&self.features.text, self.features.roots);
        let attributes = Postings::new(&self.features.attributes, self.features.weight.len());
        let count = self.kinds.count;
        let mut edges = Vec::with_capacity(count * neighbours);
        let mut scratch = Scratch::new(count);
        let mut dense = (vec![0.0_f32; self.features.roots], vec![0.0_f32; self.features.weight.len()]);
        let mut found: Vec<(f32, u32)> = Vec::new();
        let bounds = Bounds::new(self);
        for kind in 0..count {
            self.gather(kind, &text, &attributes, &mut scratch);
            for (root, value) in text.common.row(kind) {
                dense.0[root as usize] = value;
            }
            for (at, share) in attributes.common.row(kind) {
                dense.1[at as usize] = share;
            }
            // A candidate need not be compared closely when the most it can reach is less than enough others have.
            let common = self.most_in_common(kind, &text, &attributes);
            let mut least = 0.0;
            for are_bought in [true, false] {
                for &other in &scratch.touched {
                    let at = other as usize;
                    if (scratch.baskets[at] > 0 || scratch.households[at] > 0) != are_bought || at == kind {
                        continue;
                    }
                    let most = scratch.strength[at] + common + bounds.most(scratch.baskets[at], scratch.households[at]);
                    if most < least {
                        continue;
                    }
                    let strength = self.strength(kind, other, &scratch, (&text, &attributes), (&dense.0, &dense.1));
                    if strength > 0.0 && strength >= least {
                        found.push((strength, other));
                    }
                    if found.len() > 8 * neighbours {
                        least = keep(&mut found, neighbours);
                    }
                }
                least = keep(&mut found, neighbours);
            }
            for (strength, other) in found.drain(..) {
                let (low, high) = ((kind as u32).min(other), (kind as u32).max(other));
                edges.push((low, high, strength));
            }
            scratch.clear();
            for (bought, counts) in [(&self.baskets, &mut scratch.baskets), (&self.households, &mut scratch.households)]
            {
                // To count back is cheaper than to remember each that was met.
                if let Some(bought) = bought {
                    bought.with(kind, |other| counts[other as usize] = 0);
                }
            }
            for (root, _) in text.common.row(kind) {
                dense.0[root as usize] = 0.0;
            }
            for (at, _) in attributes.common.row(kind) {
                dense.1[at as usize] = 0.0;
            }
        }
        edges.sort_unstable_by(|a, b| (a.0, a.1).cmp(&(b.0, b.1)).then(b.2.total_cmp(&a.2)));
        edges.dedup_by_key(|edge| (edge.0, edge.1));
        edges
    }

    /// Candidates: who shares a rare enough feature, and who is notably bought with the kind.
    fn gather(&self, kind: usize, text: &Postings, attributes: &Postings, scratch: &mut Scratch) {
        for (root, value) in self.features.text.row(kind).filter(|(root, _)| text.is_searched[*root as usize]) {
            for (other, theirs) in text.kinds.row(root as usize) {
                scratch.add(other, value * theirs);
            }
        }
        for (at, share) in self.features.attributes.row(kind).filter(|(at, _)| attributes.is_searched[*at as usize]) {
            let weight = self.features.weight[at as usize];
            for (other, theirs) in attributes.kinds.row(at as usize) {
                scratch.add(other, share.min(theirs) * weight);
            }
        }
        for (bought, by_household) in [(&self.baskets, false), (&self.households, true)] {
            let Some(bought) = bought else { continue };
            let counts = if by_household { &mut scratch.households } else { &mut scratch.baskets };
            let least = bought.least_notable(NOTABLE);
            scratch.met.clear();
            bought.with(kind, |other| {
                let both = &mut counts[other as usize];
                *both += 1;
                if *both == least {
                    scratch.met.push(other);
                }
            });
            for &other in &scratch.met {
                let at = other as usize;
                if !scratch.seen[at] && bought.is_notable(kind, at, counts[at], NOTABLE) {
                    scratch.seen[at] = true;
                    scratch.touched.push(other);
                }
            }
        }
    }

    /// The most that features which are not searched can add.
    fn most_in_common(&self, kind: usize, text: &Postings, attributes: &Postings) -> f32 {
        let roots = text.common.row(kind).map(|(_, value)| value * self.weights.text.sqrt());
        let shares = attributes.common.row(kind).map(|(at, share)| share * self.features.weight[at as usize]);
        roots.sum::<f32>() + shares.sum::<f32>()
    }

    fn strength(
        &self,
        kind: usize,
        other: u32,
        scratch: &Scratch,
        (text, attributes): (&Postings, &Postings),
        (roots, shares): (&[f32], &[f32]),
    ) -> f32 {
        let at = other as usize;
        let mut strength = scratch.strength[at];
        strength += text.common.row(at).map(|(root, value)| roots[root as usize] * value).sum::<f32>();
        let weight = |at: u32| self.features.weight[at as usize];
        strength +=
            attributes.common.row(at).map(|(at, share)| shares[at as usize].min(share) * weight(at)).sum::<f32>();
        // Bought by the same household is half explained by being bought in the same basket: the rest is substitution.
        let baskets = self.baskets.as_ref().map_or(0.0, |bought| bought.lift(kind, at, scratch.baskets[at]));
        let households = self.households.as_ref().map_or(0.0, |bought| bought.lift(kind, at, scratch.households[at]));
        let substitution = if self.households.is_some() { households - 0.5 * baskets } else { 0.0 };
        strength + self.weights.substitution * substitution + self.weights.purchase * baskets
    }
}

/// The most that buyers in common can add, whatever is expected.
struct Bounds {
    baskets: Vec<f32>,
    households: Vec<f32>,
}

/// Counts from here on have no bound.
const BOUNDED: u32 = 64;

impl Bounds {
    fn new(evidence: &Evidence) -> Self {
        let Weights { substitution, purchase, .. } = evidence.weights;
        let table = |bought: &Option<Bought>, weight: f32| -> Vec<f32> {
            let Some(bought) = bought else { return vec![0.0; BOUNDED as usize] };
            // A negative weight makes unexpected absence count: there is no bound then.
            (0..BOUNDED)
                .map(|both| if weight >= 0.0 { weight * bought.most_lift(both) } else { f32::INFINITY })
                .collect()
        };
        let is_known = evidence.households.is_some();
        Self {
            baskets: table(&evidence.baskets, if is_known { purchase - 0.5 * substitution } else { purchase }),
            households: table(&evidence.households, substitution),
        }
    }

    fn most(&self, baskets: u32, households: u32) -> f32 {
        let of = |table: &[f32], both: u32| table.get(both as usize).copied().unwrap_or(f32::INFINITY);
        of(&self.baskets, baskets) + of(&self.households, households)
    }
}

/// Keeps the `count` nearest; the strength of the last of them, 0 when there are fewer.
fn keep(found: &mut Vec<(f32, u32)>, count: usize) -> f32 {
    if found.len() < count {
        return 0.0;
    }
    let (_, last, _) = found.select_nth_unstable_by(count - 1, |a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    let least = last.0;
    found.truncate(count);
    least
}

/// Features by kinds, and which of them are rare enough to be searched through.
struct Postings {
    kinds: Sparse,
    is_searched: Vec<bool>,
    /// The other features, kinds by features.
    common: Sparse,
}

impl Postings {
    fn new(rows: &Sparse, columns: usize) -> Self {
        let kinds = rows.transposed(columns);
        let mut order: Vec<usize> = (0..columns).collect();
        order.sort_by_key(|column| (kinds.columns_of(*column).len(), *column));
        let mut is_searched = vec![false; columns];
        let mut steps = 0;
        for column in order {
            steps += kinds.columns_of(column).len().pow(2);
            if steps > STEPS {
                break;
            }
            is_searched[column] = true;
        }
        let common = rows.only(|column| !is_searched[column]);
        Self { kinds, is_searched, common }
    }
}

/// One kind's candidates.
struct Scratch {
    strength: Vec<f32>,
    seen: Vec<bool>,
    touched: Vec<u32>,
    baskets: Vec<u32>,
    households: Vec<u32>,
    met: Vec<u32>,
}

impl Scratch {
    fn new(kinds: usize) -> Self {
        Self {
            strength: vec![0.0; kinds],
            seen: vec![false; kinds],
            touched: Vec::new(),
            baskets: vec![0; kinds],
            households: vec![0; kinds],
            met: Vec::new(),
        }
    }

    fn add(&mut self, other: u32, strength: f32) {
        let at = other as usize;
        if !self.seen[at] {
            self.seen[at] = true;
            self.touched.push(other);
        }
        self.strength[at] += strength;
    }

    fn clear(&mut self) {
        for other in self.touched.drain(..) {
            self.strength[other as usize] = 0.0;
            self.seen[other as usize] = false;
        }
    }
}
