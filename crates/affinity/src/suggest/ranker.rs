//! From evidence and habit to a probability: logistic in logarithms, one ranker for strangers and one for known households.

use super::habits::Usual;
use super::logistic;

/// Evidence below which logarithms stop falling.
const LEAST: f32 = 0.002;
/// Weight of a household's habit beside the basket's evidence when candidates are chosen.
pub(super) const HABIT: f32 = 0.6;
/// Features of a stranger's basket.
pub(super) const STRANGER: usize = 5;
/// Features with a known household.
pub(super) const KNOWN: usize = 27;

/// Where evidence and habit become probabilities.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Rankers {
    pub(super) stranger: [f64; STRANGER],
    pub(super) known: [f64; KNOWN],
}

/// What is the same for all candidates of a basket.
#[derive(Debug, Clone, Copy)]
pub(super) struct Setting {
    /// Logarithm of the basket's size.
    size: f32,
    /// Logarithm of the household's baskets.
    baskets: f32,
}

impl Setting {
    /// For a basket of some products and a household of so many (faded) baskets.
    pub(super) fn new(size: usize, baskets: f32) -> Self {
        Self { size: (size.max(1) as f32).ln(), baskets: (baskets + 1.0).ln() }
    }

    /// Features of a candidate in a stranger's basket; `evidence` is the sum of the basket's weights for it.
    pub(super) fn stranger(&self, evidence: f32) -> [f32; STRANGER] {
        let log = (evidence.max(1e-4) + LEAST).ln();
        [1.0, log, log * log, self.size, self.size * log]
    }

    /// Features of a candidate in a known household's basket; `companions` is the evidence of what the household usually
    /// buys, `share` the logarithm of the candidate's share of baskets.
    pub(super) fn known(&self, evidence: f32, companions: f32, share: f32, usual: Option<&Usual>) -> [f32; KNOWN] {
        let Setting { size, baskets } = *self;
        let evidence = evidence.max(1e-4);
        let log = (evidence + LEAST).ln();
        let (has, [fast, middle, slow]) = usual.map_or((0.0, [0.0; 3]), |usual| (1.0, usual.rates));
        let slow_log = (slow + 0.01).ln();
        [
            1.0,
            log,
            share,
            size,
            evidence,
            log * size,
            share * size,
            log * share,
            log * log,
            share * share,
            (fast + 0.01).ln(),
            (middle + 0.01).ln(),
            slow_log,
            has,
            fast,
            middle,
            slow,
            (evidence + HABIT * middle + 0.003).ln(),
            baskets,
            baskets * has,
            baskets * slow_log,
            baskets * log,
            has * log,
            has * share,
            slow_log * log,
            slow_log * size,
            (companions.max(0.0) + 0.003).ln(),
        ]
    }
}

impl Rankers {
    /// What holds before anything is learned: the evidence is the probability.
    pub(super) fn prior() -> Self {
        let (mut stranger, mut known) = ([0.0; STRANGER], [0.0; KNOWN]);
        stranger[1] = 1.0;
        known[17] = 1.0;
        Self { stranger, known }
    }

    /// The probability for a stranger's basket.
    pub(super) fn of_stranger(&self, features: &[f32; STRANGER]) -> f32 {
        logistic::probability(&features.map(f64::from), &self.stranger) as f32
    }

    /// The probability for a known household's basket.
    pub(super) fn of_known(&self, features: &[f32; KNOWN]) -> f32 {
        logistic::probability(&features.map(f64::from), &self.known) as f32
    }
}
