//! The nearest kinds of each kind, by all evidence together, as a graph.

use super::evidence::Bought;
use super::features::{Features, Kinds, Sparse};
use super::products::Weights;

/// Steps that looking through common features may cost; rarer features first, the others only add to what is found.
const STEPS: usize = 60_000_000;
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
        let text = Postings::new(&self.features.text, self.features.stems);
        let attributes = Postings::new(&self.features.attributes, self.features.weight.len());
        let count = self.kinds.count;
        let mut edges = Vec::with_capacity(count * neighbours);
        let mut scratch = Scratch::new(count);
        let mut dense = (vec![0.0_f32; self.features.stems], vec![0.0_f32; self.features.weight.len()]);
        let mut found: Vec<(f32, u32)> = Vec::new();
        for kind in 0..count {
            self.gather(kind, &text, &attributes, &mut scratch);
            for (stem, value) in self.features.text.row(kind).filter(|(stem, _)| !text.is_searched[*stem as usize]) {
                dense.0[stem as usize] = value;
            }
            for (at, share) in
                self.features.attributes.row(kind).filter(|(at, _)| !attributes.is_searched[*at as usize])
            {
                dense.1[at as usize] = share;
            }
            for &other in &scratch.touched {
                let strength = self.strength(kind, other, &scratch, (&text, &attributes), (&dense.0, &dense.1));
                if strength > 0.0 && other as usize != kind {
                    found.push((strength, other));
                }
            }
            if found.len() > neighbours {
                found.select_nth_unstable_by(neighbours - 1, |a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
                found.truncate(neighbours);
            }
            for (strength, other) in found.drain(..) {
                let (low, high) = ((kind as u32).min(other), (kind as u32).max(other));
                edges.push((low, high, strength));
            }
            scratch.clear();
            for (stem, _) in self.features.text.row(kind) {
                dense.0[stem as usize] = 0.0;
            }
            for (at, _) in self.features.attributes.row(kind) {
                dense.1[at as usize] = 0.0;
            }
        }
        edges.sort_unstable_by(|a, b| (a.0, a.1).cmp(&(b.0, b.1)).then(b.2.total_cmp(&a.2)));
        edges.dedup_by_key(|edge| (edge.0, edge.1));
        edges
    }

    /// Candidates: who shares a rare enough feature, and who is notably bought with the kind.
    fn gather(&self, kind: usize, text: &Postings, attributes: &Postings, scratch: &mut Scratch) {
        for (stem, value) in self.features.text.row(kind).filter(|(stem, _)| text.is_searched[*stem as usize]) {
            for (other, theirs) in text.kinds.row(stem as usize) {
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
            scratch.met.clear();
            bought.with(kind, |other| {
                let both = &mut counts[other as usize];
                if *both == 0 {
                    scratch.met.push(other);
                }
                *both += 1;
            });
            for &other in &scratch.met {
                if scratch.seen[other as usize] {
                    continue;
                }
                if bought.ratio(kind, other as usize, counts[other as usize]) >= NOTABLE {
                    scratch.seen[other as usize] = true;
                    scratch.touched.push(other);
                }
            }
            if by_household { &mut scratch.met_households } else { &mut scratch.met_baskets }.append(&mut scratch.met);
        }
    }

    fn strength(
        &self,
        kind: usize,
        other: u32,
        scratch: &Scratch,
        (text, attributes): (&Postings, &Postings),
        (stems, shares): (&[f32], &[f32]),
    ) -> f32 {
        let at = other as usize;
        let mut strength = scratch.strength[at];
        if text.has_common {
            strength += self.features.text.row(at).map(|(stem, value)| stems[stem as usize] * value).sum::<f32>();
        }
        if attributes.has_common {
            let row = self.features.attributes.row(at);
            strength +=
                row.map(|(at, share)| shares[at as usize].min(share) * self.features.weight[at as usize]).sum::<f32>();
        }
        // Bought by the same household is half explained by being bought in the same basket: the rest is substitution.
        let baskets = self.baskets.as_ref().map_or(0.0, |b| b.lift(b.ratio(kind, at, scratch.baskets[at])));
        let households = self.households.as_ref().map_or(0.0, |h| h.lift(h.ratio(kind, at, scratch.households[at])));
        let substitution = if self.households.is_some() { households - 0.5 * baskets } else { 0.0 };
        strength + self.weights.substitution * substitution + self.weights.purchase * baskets
    }
}

/// Features by kinds, and which of them are rare enough to be searched through.
struct Postings {
    kinds: Sparse,
    is_searched: Vec<bool>,
    has_common: bool,
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
        let has_common = is_searched.iter().any(|is_searched| !is_searched);
        Self { kinds, is_searched, has_common }
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
    met_baskets: Vec<u32>,
    met_households: Vec<u32>,
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
            met_baskets: Vec::new(),
            met_households: Vec::new(),
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
        for other in self.met_baskets.drain(..) {
            self.baskets[other as usize] = 0;
        }
        for other in self.met_households.drain(..) {
            self.households[other as usize] = 0;
        }
    }
}
