//! Pairs of products: which are found in one basket (neighbours for the shelf), and which replace each other (where demand
//! goes when one is missing). Counts as they are, shrunk where they are few.

use super::baskets::{BasketError, Baskets};
use super::habits::in_order;

/// Pairs seen so often count half.
const FEW: f32 = 10.0;

/// Past baskets, ready to be asked about pairs.
#[derive(Debug, Clone)]
pub struct Pairs {
    category: Vec<u32>,
    /// Baskets in order of time, each with ascending products, and where each starts.
    products: Vec<u32>,
    starts: Vec<u32>,
    /// Baskets (by their place in time) of each product, and where each product's start.
    found: Vec<u32>,
    found_starts: Vec<u32>,
    /// Purchases of known households, by household, category and time.
    purchases: Vec<Purchase>,
    /// Where the purchases of each product stand; sorted by product.
    places: Vec<(u32, u32)>,
    /// Purchases in each category.
    in_category: Vec<u32>,
}

/// A product in a basket of a known household.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Purchase {
    household: u32,
    category: u32,
    basket: u32,
    product: u32,
}

/// A product that is found in the same baskets.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Adjacent {
    /// The product.
    pub product: u32,
    /// Baskets with both.
    pub together: u32,
    /// How many times more than if the two were bought independently.
    pub lift: f32,
    /// Logarithm of the lift (pointwise mutual information), shrunk where the pair is rare; above 0.
    pub score: f32,
}

/// A product of the same category that households take instead.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Substitute {
    /// The product.
    pub product: u32,
    /// How often a household took one of the two, and the other at its next purchase in the category, or the reverse;
    /// a purchase of several products counts in parts.
    pub switches: f32,
    /// The part of all switches from and to the product.
    pub share: f32,
    /// Baskets with both.
    pub together: u32,
    /// The share beyond what its popularity explains, less the more often both are bought together; above 0.
    pub score: f32,
}

/// Why there are no pairs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PairsError {
    /// The baskets cannot be used.
    Baskets(BasketError),
    /// There is not one category for each product.
    Categories {
        /// Products in the catalogue.
        expected: usize,
        /// Categories given.
        found: usize,
    },
    /// A category's number that is not below the number of products.
    Category(u32),
}

impl std::fmt::Display for PairsError {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        match self {
            PairsError::Baskets(error) => error.fmt(f),
            PairsError::Categories { expected, found } => write!(f, "{found} categories for {expected} products"),
            PairsError::Category(number) => write!(f, "{number} is no category's number: they count from 0"),
        }
    }
}

impl std::error::Error for PairsError {}

impl Pairs {
    /// Takes in past baskets and the category of each product.
    pub fn new(baskets: &Baskets, category: &[u32]) -> Result<Self, PairsError> {
        baskets.check().map_err(PairsError::Baskets)?;
        if category.len() != baskets.products {
            return Err(PairsError::Categories { expected: baskets.products, found: category.len() });
        }
        if let Some(number) = category.iter().find(|number| **number as usize >= baskets.products) {
            return Err(PairsError::Category(*number));
        }
        let mut pairs = Pairs {
            category: category.to_vec(),
            products: Vec::with_capacity(baskets.lines.len()),
            starts: vec![0],
            found: Vec::new(),
            found_starts: vec![0; baskets.products + 1],
            purchases: Vec::new(),
            places: Vec::new(),
            in_category: vec![0; baskets.products],
        };
        let mut sorted = Vec::new();
        for (at, basket) in in_order(baskets).into_iter().enumerate() {
            sorted.clear();
            sorted.extend_from_slice(baskets.lines_of(basket as usize));
            sorted.sort_unstable();
            sorted.dedup();
            for product in &sorted {
                pairs.found_starts[*product as usize + 1] += 1;
                if let Some(household) = baskets.household_of(basket as usize) {
                    let category = category[*product as usize];
                    pairs.in_category[category as usize] += 1;
                    pairs.purchases.push(Purchase { household, category, basket: at as u32, product: *product });
                }
            }
            pairs.products.extend_from_slice(&sorted);
            pairs.starts.push(pairs.products.len() as u32);
        }
        pairs.index();
        Ok(pairs)
    }

    fn index(&mut self) {
        for product in 1..self.found_starts.len() {
            self.found_starts[product] += self.found_starts[product - 1];
        }
        let mut next = self.found_starts.clone();
        self.found = vec![0; self.products.len()];
        for basket in 0..self.starts.len() - 1 {
            for product in &self.products[self.starts[basket] as usize..self.starts[basket + 1] as usize] {
                let at = &mut next[*product as usize];
                self.found[*at as usize] = basket as u32;
                *at += 1;
            }
        }
        self.purchases.sort_unstable();
        self.places = self.purchases.iter().enumerate().map(|(at, one)| (one.product, at as u32)).collect();
        self.places.sort_unstable();
    }

    /// Products found in the same baskets more often than by chance, the best first. None for an unknown number.
    pub fn adjacency(&self, product: u32, count: usize) -> Vec<Adjacent> {
        let own = self.baskets_of(product).len() as f32;
        let baskets = (self.starts.len() - 1) as f32;
        let mut adjacent: Vec<Adjacent> = self
            .together(product)
            .into_iter()
            .map(|(other, together)| {
                let lift = together as f32 * baskets / (own * self.baskets_of(other).len() as f32);
                let score = lift.ln() * together as f32 / (together as f32 + FEW);
                Adjacent { product: other, together, lift, score }
            })
            .filter(|one| one.score > 0.0)
            .collect();
        adjacent.sort_unstable_by(|one, other| other.score.total_cmp(&one.score).then(one.product.cmp(&other.product)));
        adjacent.truncate(count);
        adjacent
    }

    /// Products of the category that households take instead, the best first. None for an unknown number.
    pub fn substitutes(&self, product: u32, count: usize) -> Vec<Substitute> {
        let switches = self.switches(product);
        let all: f32 = switches.iter().map(|(_, times)| times).sum();
        let together = self.together(product);
        let Some(category) = self.category.get(product as usize) else { return Vec::new() };
        let rest = (self.in_category[*category as usize] as usize).saturating_sub(self.purchases_of(product).len());
        let mut substitutes: Vec<Substitute> = switches
            .into_iter()
            .map(|(other, times)| {
                let expected = all * self.purchases_of(other).len() as f32 / rest.max(1) as f32;
                let both = together.binary_search_by_key(&other, |one| one.0).map_or(0, |at| together[at].1);
                let apart = times / (times + both as f32);
                let score = apart * (times - expected) / (all + FEW);
                Substitute { product: other, switches: times, share: times / all, together: both, score }
            })
            .filter(|one| one.score > 0.0)
            .collect();
        substitutes
            .sort_unstable_by(|one, other| other.score.total_cmp(&one.score).then(one.product.cmp(&other.product)));
        substitutes.truncate(count);
        substitutes
    }

    /// How often each other product of the category came instead, by product.
    fn switches(&self, product: u32) -> Vec<(u32, f32)> {
        let mut switches: Vec<(u32, f32)> = Vec::new();
        for (_, place) in self.purchases_of(product) {
            let bought = self.purchases[*place as usize];
            let same = |other: &&Purchase| (other.household, other.category) == (bought.household, bought.category);
            let (before, after) = self.purchases.split_at(*place as usize);
            let later = after.iter().take_while(same).find(|other| other.basket > bought.basket);
            let earlier = before.iter().rev().take_while(same).find(|other| other.basket < bought.basket);
            for basket in [later, earlier].into_iter().flatten().map(|one| one.basket) {
                let instead: Vec<u32> = self
                    .basket(basket)
                    .iter()
                    .copied()
                    .filter(|other| self.category[*other as usize] == bought.category)
                    .collect();
                if !instead.contains(&product) {
                    let part = 1.0 / instead.len() as f32;
                    let ours = self.basket(bought.basket);
                    let new = instead.iter().filter(|other| ours.binary_search(other).is_err());
                    switches.extend(new.map(|other| (*other, part)));
                }
            }
        }
        switches.sort_unstable_by(|one, other| one.0.cmp(&other.0).then(one.1.total_cmp(&other.1)));
        let sums = switches.chunk_by(|one, other| one.0 == other.0);
        sums.map(|same| (same[0].0, same.iter().map(|one| one.1).sum())).collect()
    }

    /// How many baskets have each other product beside this one, by product.
    fn together(&self, product: u32) -> Vec<(u32, u32)> {
        let mut others: Vec<u32> =
            self.baskets_of(product).iter().flat_map(|basket| self.basket(*basket)).copied().collect();
        others.retain(|other| *other != product);
        others.sort_unstable();
        others.chunk_by(|one, other| one == other).map(|same| (same[0], same.len() as u32)).collect()
    }

    fn basket(&self, basket: u32) -> &[u32] {
        &self.products[self.starts[basket as usize] as usize..self.starts[basket as usize + 1] as usize]
    }

    fn baskets_of(&self, product: u32) -> &[u32] {
        match self.found_starts.get(product as usize..(product as usize).saturating_add(2)) {
            Some([from, to]) => &self.found[*from as usize..*to as usize],
            _ => &[],
        }
    }

    fn purchases_of(&self, product: u32) -> &[(u32, u32)] {
        let from = self.places.partition_point(|place| place.0 < product);
        let to = self.places.partition_point(|place| place.0 <= product);
        &self.places[from..to]
    }
}
