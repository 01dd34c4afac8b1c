//! Who bought what, by kinds: which kinds the same baskets and the same households hold.

use super::features::{Kinds, Sparse};
use super::products::Line;

/// Counts below this say little: added to the observed and to the expected count.
const DAMP_BASKETS: f32 = 1.0;
/// The same for households, of which there are fewer.
const DAMP_HOUSEHOLDS: f32 = 3.0;

/// Buyers (baskets or households) by kinds, and back.
pub(crate) struct Bought {
    kinds_of: Sparse,
    buyers_of: Sparse,
    /// How many buyers a kind has.
    buyers: Vec<f32>,
    damp: f32,
    scale: f32,
}

impl Bought {
    /// Kinds in the same basket.
    pub(crate) fn by_basket(lines: &[Line], place: &[u32], kinds: &Kinds) -> Self {
        Self::new(lines.iter().map(|line| (line.basket, line.product)), place, kinds, DAMP_BASKETS)
    }

    /// Kinds in the same household's baskets; anonymous baskets are left out.
    pub(crate) fn by_household(lines: &[Line], place: &[u32], kinds: &Kinds) -> Self {
        let known = lines.iter().filter_map(|line| line.household.map(|household| (household, line.product)));
        Self::new(known, place, kinds, DAMP_HOUSEHOLDS)
    }

    fn new(pairs: impl Iterator<Item = (u32, u32)>, place: &[u32], kinds: &Kinds, damp: f32) -> Self {
        let mut pairs: Vec<(u32, u32)> = pairs
            .filter_map(|(buyer, product)| Some((buyer, kinds.of[*place.get(product as usize)? as usize])))
            .collect();
        pairs.sort_unstable();
        pairs.dedup();
        // Numbers of buyers may have gaps.
        let mut buyers = 0;
        let mut last = None;
        let entries = pairs.iter().map(|&(buyer, kind)| {
            if last != Some(buyer) {
                last = Some(buyer);
                buyers += 1;
            }
            (buyers - 1, kind, 1.0)
        });
        let entries: Vec<_> = entries.collect();
        let kinds_of = Sparse::new(buyers as usize, entries, false);
        let buyers_of = kinds_of.transposed(kinds.count);
        let buyers = (0..kinds.count).map(|kind| buyers_of.columns_of(kind).len() as f32).collect();
        Self { kinds_of, buyers_of, buyers, damp, scale: 1.0 / (kinds.of.len().max(2) as f32).ln() }
    }

    /// How many buyers there are.
    pub(crate) fn count(&self) -> usize {
        self.kinds_of.rows()
    }

    /// Moves on to `kind`; kinds have to come in order. `later` says for each buyer how many of its kinds have come.
    pub(crate) fn step(&self, kind: usize, later: &mut [u32]) {
        for buyer in self.buyers_of.columns_of(kind) {
            later[*buyer as usize] += 1;
        }
    }

    /// Calls `at` for each kind still to come that a buyer of `kind` also bought, once for each such buyer.
    #[inline]
    pub(crate) fn after(&self, kind: usize, later: &[u32], mut at: impl FnMut(u32)) {
        for buyer in self.buyers_of.columns_of(kind) {
            for other in &self.kinds_of.columns_of(*buyer as usize)[later[*buyer as usize] as usize..] {
                at(*other);
            }
        }
    }

    /// The fewest buyers in common that can be `times` more than expected.
    pub(crate) fn least_notable(&self, times: f32) -> u32 {
        ((times - 1.0) * self.damp).ceil().max(1.0) as u32
    }

    /// Whether `both` buyers of two kinds are `times` more than expected, the damp counted on either side.
    pub(crate) fn is_notable(&self, kind: usize, other: usize, both: u32, times: f32) -> bool {
        both as f32 + self.damp >= times * (self.expected(kind, other) + self.damp)
    }

    /// The logarithm of observed against expected buyers of both kinds, by that of the number of products: some ±1 at most.
    pub(crate) fn lift(&self, kind: usize, other: usize, both: u32) -> f32 {
        ((both as f32 + self.damp) / (self.expected(kind, other) + self.damp)).ln() * self.scale
    }

    /// The most that [`Self::lift`] can be for so many buyers of both.
    pub(crate) fn most_lift(&self, both: u32) -> f32 {
        ((both as f32 + self.damp) / self.damp).ln() * self.scale * 1.001
    }

    fn expected(&self, kind: usize, other: usize) -> f32 {
        self.buyers[kind] * self.buyers[other] / (self.kinds_of.rows().max(1) as f32)
    }
}
