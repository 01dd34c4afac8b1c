//! Answers for a basket: which products, how likely, worth how much, and why.

use super::baskets::ProductSet;
use super::candidates::{Candidate, Scratch, Wanted};
use super::habits::{Habit, Usual};
use super::items::Items;
use super::ranker::{Rankers, Setting};

/// Products looked at closely: at least so many, and four times as many as are asked for.
const CANDIDATES: usize = 100;

/// What goes with a basket.
#[derive(Debug, Clone)]
pub struct Suggester {
    items: Items,
    rankers: Rankers,
    /// Logarithm of each product's share of baskets.
    log_share: Vec<f32>,
}

/// A basket that something is to be suggested for.
#[derive(Debug, Clone, Copy, Default)]
pub struct Question<'a> {
    /// What is in the basket already.
    pub basket: &'a [u32],
    /// The household's habits and today, in the days that the habits were made with; none for a stranger.
    pub household: Option<(&'a Habit, f32)>,
    /// What may be suggested; everything when absent.
    pub available: Option<&'a ProductSet>,
    /// The margin of each product in any unit of money: ranks by expected margin instead of probability.
    pub margins: Option<&'a [f32]>,
    /// How many suggestions are wanted.
    pub count: usize,
}

/// A product that goes with the basket.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Suggestion {
    /// The product.
    pub product: u32,
    /// How likely the basket's buyer takes it too: among what is still missing when four fifths of the basket are there.
    pub probability: f32,
    /// Probability × margin; the probability when margins are not given.
    pub value: f32,
}

/// Why a question has no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum QuestionError {
    /// A number that is no product of the catalogue.
    Product(u32),
    /// There is not one margin for each product.
    Margins {
        /// Products in the catalogue.
        expected: usize,
        /// Margins given.
        found: usize,
    },
    /// A margin, or today, is no finite number.
    NotFinite,
}

impl std::fmt::Display for QuestionError {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        match self {
            QuestionError::Product(product) => write!(f, "{product} is no product's number"),
            QuestionError::Margins { expected, found } => write!(f, "{found} margins for {expected} products"),
            QuestionError::NotFinite => write!(f, "a margin or the day is no finite number"),
        }
    }
}

impl std::error::Error for QuestionError {}

/// Why a product is suggested.
#[derive(Debug, Clone, PartialEq)]
pub struct Explanation {
    /// How likely the basket's buyer takes it too.
    pub probability: f32,
    /// For each product of the basket, the largest first: by how much the probability would be smaller without its word.
    pub basket: Vec<(u32, f32)>,
    /// The household's habit with it, and by how much the probability would be smaller (or larger) had it never bought it.
    pub habit: Option<(Usual, f32)>,
    /// The same for each of the household's strongest habits, because products go with each other: the largest first.
    pub usual_companions: Vec<(u32, f32)>,
    /// Share of all baskets that have it.
    pub share: f32,
}

impl Suggester {
    pub(super) fn new(items: Items, rankers: Rankers) -> Self {
        let log_share = items.share.iter().map(|share| share.max(1e-9).ln()).collect();
        Self { items, rankers, log_share }
    }

    /// Products of the catalogue.
    pub fn products(&self) -> usize {
        self.items.len()
    }

    /// Weights between products that are kept.
    pub fn weights(&self) -> usize {
        self.items.kept()
    }

    /// The best products for a basket, the best first; equals by number. Never what is in the basket or unavailable.
    pub fn suggest(&self, question: &Question, scratch: &mut Scratch) -> Result<Vec<Suggestion>, QuestionError> {
        let basket = self.check(question)?;
        if question.count == 0 {
            return Ok(Vec::new());
        }
        self.prepare(&basket, question, scratch);
        let most = CANDIDATES.max(4 * question.count);
        let wanted = Wanted { available: question.available, margins: question.margins, most };
        let mut candidates = Vec::new();
        scratch.choose(&basket, &wanted, &mut candidates);
        let setting = setting(&basket, question);
        let mut suggestions: Vec<Suggestion> = candidates
            .iter()
            .map(|candidate| {
                let usual = candidate.usual.map(|at| &scratch.usual[at as usize]);
                let probability = self.probability(question, &setting, candidate, usual);
                let margin = question.margins.map_or(1.0, |margins| margins[candidate.product as usize]);
                Suggestion { product: candidate.product, probability, value: probability * margin }
            })
            .collect();
        suggestions
            .sort_unstable_by(|one, other| other.value.total_cmp(&one.value).then(one.product.cmp(&other.product)));
        suggestions.truncate(question.count);
        Ok(suggestions)
    }

    /// Why (or how little) a product goes with a basket.
    pub fn explain(
        &self,
        question: &Question,
        product: u32,
        scratch: &mut Scratch,
    ) -> Result<Explanation, QuestionError> {
        let basket = self.check(question)?;
        if product as usize >= self.products() {
            return Err(QuestionError::Product(product));
        }
        self.prepare(&basket, question, scratch);
        let setting = setting(&basket, question);
        let usual = scratch.usual.iter().find(|usual| usual.product == product).copied();
        let evidence = scratch.evidence[product as usize];
        let companions = scratch.companions.get(product as usize).copied().unwrap_or(0.0);
        let chance = |evidence: f32, companions: f32, usual: Option<&Usual>| {
            self.probability(question, &setting, &Candidate { product, evidence, companions, usual: None }, usual)
        };
        let probability = chance(evidence, companions, usual.as_ref());
        let weight = |one: u32| {
            self.items.neighbours(one).iter().find(|(other, _)| *other == product).map_or(0.0, |(_, weight)| *weight)
        };
        let less = |one: u32| (one, probability - chance(evidence - weight(one), companions, usual.as_ref()));
        let less_habit = |(one, rate): &(u32, f32)| {
            (*one, probability - chance(evidence, companions - rate * weight(*one), usual.as_ref()))
        };
        Ok(Explanation {
            probability,
            basket: largest_first(basket.iter().map(|one| less(*one)).collect()),
            habit: usual.map(|usual| (usual, probability - chance(evidence, companions, None))),
            usual_companions: largest_first(scratch.strongest.iter().map(less_habit).collect()),
            share: self.items.share[product as usize],
        })
    }

    /// The basket without repetitions, if the question can be answered.
    fn check(&self, question: &Question) -> Result<Vec<u32>, QuestionError> {
        if let Some(product) = question.basket.iter().find(|product| **product as usize >= self.products()) {
            return Err(QuestionError::Product(*product));
        }
        if let Some(margins) = question.margins {
            if margins.len() != self.products() {
                return Err(QuestionError::Margins { expected: self.products(), found: margins.len() });
            }
            if margins.iter().any(|margin| !margin.is_finite()) {
                return Err(QuestionError::NotFinite);
            }
        }
        if question.household.is_some_and(|(_, now)| !now.is_finite()) {
            return Err(QuestionError::NotFinite);
        }
        let mut basket = question.basket.to_vec();
        basket.sort_unstable();
        basket.dedup();
        Ok(basket)
    }

    fn prepare(&self, basket: &[u32], question: &Question, scratch: &mut Scratch) {
        scratch.weigh(&self.items, basket);
        scratch.forget_household();
        if let Some((habit, now)) = question.household {
            scratch.recall(habit, now, self.products());
            scratch.weigh_companions(&self.items);
        }
    }

    fn probability(&self, question: &Question, setting: &Setting, candidate: &Candidate, usual: Option<&Usual>) -> f32 {
        if question.household.is_some() {
            let share = self.log_share[candidate.product as usize];
            self.rankers.of_known(&setting.known(candidate.evidence, candidate.companions, share, usual))
        } else {
            self.rankers.of_stranger(&setting.stranger(candidate.evidence))
        }
    }
}

fn setting(basket: &[u32], question: &Question) -> Setting {
    Setting::new(basket.len(), question.household.map_or(0.0, |(habit, _)| habit.baskets()))
}

fn largest_first(mut reasons: Vec<(u32, f32)>) -> Vec<(u32, f32)> {
    reasons.sort_unstable_by(|one, other| other.1.total_cmp(&one.1).then(one.0.cmp(&other.0)));
    reasons
}
