//! The few products worth a closer look, found in one pass over the evidence for all of them.

use super::baskets::ProductSet;
use super::habits::{Habit, Usual};
use super::items::Items;
use super::ranker::HABIT;

/// Habits of a household that speak for other products.
const STRONGEST: usize = 40;
/// The largest weights of a habit, which are enough.
const COMPANIONS: usize = 200;

/// Space that answers are computed in; keep one per thread.
#[derive(Debug, Default)]
pub struct Scratch {
    /// Evidence for each product.
    pub(super) evidence: Vec<f32>,
    /// What the household usually buys, by product.
    pub(super) usual: Vec<Usual>,
    /// Its strongest habits, with their slow rates.
    pub(super) strongest: Vec<(u32, f32)>,
    /// Evidence of those habits for each product; empty without any.
    pub(super) companions: Vec<f32>,
    /// Value and product of those found.
    best: Vec<(f32, u32)>,
}

/// A product worth a closer look.
#[derive(Debug, Clone, Copy)]
pub(super) struct Candidate {
    pub(super) product: u32,
    /// The sum of the basket's weights for it.
    pub(super) evidence: f32,
    /// The sum of the weights of the household's strongest habits for it.
    pub(super) companions: f32,
    /// Where it stands in [`Scratch::usual`].
    pub(super) usual: Option<u32>,
}

/// What may be chosen, and how it is valued.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Wanted<'a> {
    pub(super) available: Option<&'a ProductSet>,
    pub(super) margins: Option<&'a [f32]>,
    pub(super) most: usize,
}

impl Scratch {
    /// Adds up what the products of a basket speak for; without any the products' shares of baskets are the evidence.
    pub(super) fn weigh(&mut self, items: &Items, basket: &[u32]) {
        self.evidence.clear();
        if basket.iter().all(|product| items.share[*product as usize] == 0.0) {
            self.evidence.extend_from_slice(&items.share);
            return;
        }
        self.evidence.extend_from_slice(&items.background);
        for product in basket {
            for (other, weight) in items.neighbours(*product) {
                self.evidence[*other as usize] += weight;
            }
        }
    }

    /// Nobody is known.
    pub(super) fn forget_household(&mut self) {
        self.usual.clear();
        self.strongest.clear();
        self.companions.clear();
    }

    /// Recalls what a household usually buys among the products of the catalogue, as of today.
    pub(super) fn recall(&mut self, habit: &Habit, now: f32, products: usize) {
        self.forget_household();
        self.usual.extend(habit.usual(now).filter(|usual| (usual.product as usize) < products));
        self.strongest.extend(self.usual.iter().map(|usual| (usual.product, usual.rates[2])));
        if self.strongest.len() > STRONGEST {
            self.strongest.select_nth_unstable_by(STRONGEST - 1, |one, other| {
                other.1.total_cmp(&one.1).then(one.0.cmp(&other.0))
            });
            self.strongest.truncate(STRONGEST);
        }
        self.strongest.sort_unstable_by_key(|(product, _)| *product);
    }

    /// Adds up what the household's strongest habits speak for.
    pub(super) fn weigh_companions(&mut self, items: &Items) {
        self.companions.clear();
        self.companions.resize(items.len(), 0.0);
        for (product, rate) in &self.strongest {
            for (other, weight) in items.neighbours(*product).iter().take(COMPANIONS) {
                self.companions[*other as usize] += rate * weight;
            }
        }
    }

    /// The best products outside the basket by evidence and habit (times margin, if given), in no order.
    /// Leaves `evidence` changed.
    pub(super) fn choose(&mut self, basket: &[u32], wanted: &Wanted, into: &mut Vec<Candidate>) {
        for usual in &self.usual {
            self.evidence[usual.product as usize] += HABIT * usual.rates[1];
        }
        for product in basket {
            self.evidence[*product as usize] = f32::NEG_INFINITY;
        }
        let most = wanted.most.max(1);
        self.best.clear();
        let mut least = f32::NEG_INFINITY;
        for (product, evidence) in self.evidence.iter().enumerate() {
            let value = match wanted.margins {
                Some(margins) => evidence.max(1e-6) * margins[product],
                None => *evidence,
            };
            if value > least
                && *evidence > f32::NEG_INFINITY
                && wanted.available.is_none_or(|available| available.contains(product as u32))
            {
                self.best.push((value, product as u32));
                if self.best.len() == 4 * most {
                    least = cut(&mut self.best, most);
                }
            }
        }
        cut(&mut self.best, most);
        into.clear();
        for (_, product) in &self.best {
            let usual = self.usual.binary_search_by_key(product, |usual| usual.product).ok();
            let habit = usual.map_or(0.0, |at| HABIT * self.usual[at].rates[1]);
            into.push(Candidate {
                product: *product,
                evidence: self.evidence[*product as usize] - habit,
                companions: self.companions.get(*product as usize).copied().unwrap_or(0.0),
                usual: usual.map(|at| at as u32),
            });
        }
    }
}

/// Keeps the `most` best, equals by number; returns the least value kept.
fn cut(best: &mut Vec<(f32, u32)>, most: usize) -> f32 {
    if best.len() < most {
        return f32::NEG_INFINITY;
    }
    let (_, least, _) =
        best.select_nth_unstable_by(most - 1, |one, other| other.0.total_cmp(&one.0).then(one.1.cmp(&other.1)));
    let least = least.0;
    best.truncate(most);
    least
}
