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
    /// Each kind's `neighbours` nearest, as edges given once.
    ///
    /// Evidence is the same in both directions, so each pair is looked at once, from the kind that comes first, and offered to both.
    pub(crate) fn nearest(&self, neighbours: usize) -> Vec<(u32, u32, f32)> {
        let text = Postings::new(&self.features.text, self.features.roots);
        let attributes = Postings::new(&self.features.attributes, self.features.weight.len());
        let count = self.kinds.count;
        let mut nearest = Nearest::new(count, neighbours);
        let mut scratch = Scratch::new(count);
        let mut later = Later::new(self, &text, &attributes);
        let mut dense = (vec![0.0_f32; self.features.roots], vec![0.0_f32; self.features.weight.len()]);
        let bounds = Bounds::new(self);
        for kind in 0..count {
            self.gather(kind, (&text, &attributes), &mut later, &mut scratch);
            for (root, value) in text.common.row(kind) {
                dense.0[root as usize] = value;
            }
            for (at, share) in attributes.common.row(kind) {
                dense.1[at as usize] = share;
            }
            // A candidate need not be compared closely when the most it can reach is less than enough others have.
            let common = self.most_in_common(kind, &text, &attributes);
            for are_bought in [true, false] {
                for &other in &scratch.touched {
                    let at = other as usize;
                    if (scratch.baskets[at] > 0 || scratch.households[at] > 0) != are_bought {
                        continue;
                    }
                    let most = scratch.strength[at] + common + bounds.most(scratch.baskets[at], scratch.households[at]);
                    if most < nearest.least[kind] && most < nearest.least[at] {
                        continue;
                    }
                    let strength = self.strength(kind, other, &scratch, (&text, &attributes), (&dense.0, &dense.1));
                    nearest.offer(kind, other, strength);
                    nearest.offer(at, kind as u32, strength);
                }
            }
            scratch.clear();
            for (bought, later, counts) in [
                (&self.baskets, &later.baskets, &mut scratch.baskets),
                (&self.households, &later.households, &mut scratch.households),
            ] {
                // To count back is cheaper than to remember each that was met.
                if let Some(bought) = bought {
                    bought.after(kind, later, |other| counts[other as usize] = 0);
                }
            }
            for (root, _) in text.common.row(kind) {
                dense.0[root as usize] = 0.0;
            }
            for (at, _) in attributes.common.row(kind) {
                dense.1[at as usize] = 0.0;
            }
        }
        nearest.edges()
    }

    /// Candidates after `kind`: who shares a rare enough feature, and who is notably bought with the kind.
    fn gather(
        &self,
        kind: usize,
        (text, attributes): (&Postings, &Postings),
        later: &mut Later,
        scratch: &mut Scratch,
    ) {
        for (root, value) in self.features.text.row(kind).filter(|(root, _)| text.is_searched[*root as usize]) {
            later.roots[root as usize] += 1;
            for (other, theirs) in text.kinds.row_from(root as usize, later.roots[root as usize]) {
                scratch.add(other, value * theirs);
            }
        }
        for (at, share) in self.features.attributes.row(kind).filter(|(at, _)| attributes.is_searched[*at as usize]) {
            let weight = self.features.weight[at as usize];
            later.shares[at as usize] += 1;
            for (other, theirs) in attributes.kinds.row_from(at as usize, later.shares[at as usize]) {
                scratch.add(other, share.min(theirs) * weight);
            }
        }
        for (bought, later, counts) in [
            (&self.baskets, &mut later.baskets, &mut scratch.baskets),
            (&self.households, &mut later.households, &mut scratch.households),
        ] {
            let Some(bought) = bought else { continue };
            bought.step(kind, later);
            let least = bought.least_notable(NOTABLE);
            scratch.met.clear();
            bought.after(kind, later, |other| {
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

/// The nearest found so far of each kind.
struct Nearest {
    /// How many each kind keeps.
    neighbours: usize,
    /// Each kind's candidates, in as many places as [`Nearest::room`] says.
    found: Vec<(f32, u32)>,
    filled: Vec<u32>,
    /// What a candidate has to reach.
    least: Vec<f32>,
}

impl Nearest {
    fn new(kinds: usize, neighbours: usize) -> Self {
        let neighbours = neighbours.min(kinds.max(1));
        let found = vec![(0.0, 0); kinds * Self::room(neighbours)];
        Self { neighbours, found, filled: vec![0; kinds], least: vec![0.0; kinds] }
    }

    /// Candidates that wait together until the nearest of them are kept.
    fn room(neighbours: usize) -> usize {
        2 * neighbours + 8
    }

    #[inline]
    fn offer(&mut self, kind: usize, other: u32, strength: f32) {
        if strength > 0.0 && strength >= self.least[kind] {
            let room = Self::room(self.neighbours);
            self.found[kind * room + self.filled[kind] as usize] = (strength, other);
            self.filled[kind] += 1;
            if self.filled[kind] as usize == room {
                self.keep(kind);
            }
        }
    }

    /// Keeps the nearest of a kind, the first of those that are as near.
    fn keep(&mut self, kind: usize) {
        let begin = kind * Self::room(self.neighbours);
        let found = &mut self.found[begin..begin + self.filled[kind] as usize];
        if found.len() >= self.neighbours {
            let order = |a: &(f32, u32), b: &(f32, u32)| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1));
            let (_, last, _) = found.select_nth_unstable_by(self.neighbours - 1, order);
            self.least[kind] = last.0;
            self.filled[kind] = self.neighbours as u32;
        }
    }

    fn edges(mut self) -> Vec<(u32, u32, f32)> {
        let mut edges = Vec::with_capacity(self.filled.len() * self.neighbours);
        for kind in 0..self.filled.len() {
            self.keep(kind);
            let begin = kind * Self::room(self.neighbours);
            for &(strength, other) in &self.found[begin..begin + self.filled[kind] as usize] {
                edges.push(((kind as u32).min(other), (kind as u32).max(other), strength));
            }
        }
        edges.sort_unstable_by_key(|edge| (edge.0, edge.1));
        edges.dedup_by_key(|edge| (edge.0, edge.1));
        edges
    }
}

/// Where in each feature's and each buyer's kinds those begin that are still to come.
struct Later {
    roots: Vec<u32>,
    shares: Vec<u32>,
    baskets: Vec<u32>,
    households: Vec<u32>,
}

impl Later {
    fn new(evidence: &Evidence, text: &Postings, attributes: &Postings) -> Self {
        let buyers = |bought: &Option<Bought>| vec![0; bought.as_ref().map_or(0, Bought::count)];
        Self {
            roots: vec![0; text.is_searched.len()],
            shares: vec![0; attributes.is_searched.len()],
            baskets: buyers(&evidence.baskets),
            households: buyers(&evidence.households),
        }
    }
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
