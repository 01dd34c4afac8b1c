//! The figures for managers: counted from facts, by day and agent. Sums and rates only; nothing here knows a clock.

use kit::money::{Currency, Money};
use serde::Serialize;
use utoipa::ToSchema;

use crate::call::Outcome;
use crate::store::Ended;

/// How the work went.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, ToSchema)]
pub(crate) struct Figures {
    /// Calls that ended.
    pub(crate) ended: i64,
    /// Of them: the customer agreed.
    pub(crate) confirmed: i64,
    /// Of them: the order was cancelled.
    pub(crate) cancelled: i64,
    /// Of them: what was in the way is settled.
    pub(crate) resolved: i64,
    /// Of them: something else happened.
    pub(crate) overtaken: i64,
    /// Confirmed of confirmed and cancelled, in basis points.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) confirmation_bp: Option<i64>,
    /// Attempts to reach customers.
    pub(crate) attempts: i64,
    /// Attempts that an ended call took on average, in thousandths.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) attempts_per_call_milli: Option<i64>,
    /// Seconds from a call's opening to the first attempt, on average.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) first_attempt_s: Option<i64>,
    /// Seconds from a call's opening to its confirmation, on average.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) confirmed_s: Option<i64>,
    /// Ended calls in which something was sold in addition.
    pub(crate) upsold_calls: i64,
    /// Lines sold in addition.
    pub(crate) upsold_lines: i64,
    /// What they come to, with tax; absent when there are none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) upsold: Option<Money>,
}

/// What the figures are made of.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Sums {
    figures: Figures,
    attempts_of_ended: i64,
    worked: i64,
    first_attempts: i64,
    waited_us: i64,
    confirmed_us: i64,
    upsold_minor: i64,
    currency: Option<Currency>,
}

impl Sums {
    /// Adds calls that ended.
    pub(crate) fn add_ended(&mut self, ended: &Ended) {
        let figures = &mut self.figures;
        figures.ended += ended.calls;
        match ended.outcome {
            Outcome::Confirmed => {
                figures.confirmed += ended.calls;
                self.confirmed_us += ended.lived_us;
            }
            Outcome::Cancelled => figures.cancelled += ended.calls,
            Outcome::Resolved => figures.resolved += ended.calls,
            Outcome::Overtaken => figures.overtaken += ended.calls,
        }
        if ended.outcome != Outcome::Overtaken {
            self.worked += ended.calls;
            self.attempts_of_ended += ended.attempts;
            figures.upsold_calls += ended.upsold_calls;
            figures.upsold_lines += ended.upsold_lines;
            self.upsold_minor += ended.upsold_minor;
            self.currency = self.currency.or(ended.currency);
        }
    }

    /// Adds first attempts, and how long their calls had waited for them.
    pub(crate) fn add_first(&mut self, calls: i64, waited_us: i64) {
        self.first_attempts += calls;
        self.waited_us += waited_us;
    }

    /// Adds attempts.
    pub(crate) fn add_attempts(&mut self, attempts: i64) {
        self.figures.attempts += attempts;
    }

    /// Adds what `other` is made of.
    pub(crate) fn add(&mut self, other: &Sums) {
        let (figures, more) = (&mut self.figures, &other.figures);
        figures.ended += more.ended;
        figures.confirmed += more.confirmed;
        figures.cancelled += more.cancelled;
        figures.resolved += more.resolved;
        figures.overtaken += more.overtaken;
        figures.attempts += more.attempts;
        figures.upsold_calls += more.upsold_calls;
        figures.upsold_lines += more.upsold_lines;
        self.attempts_of_ended += other.attempts_of_ended;
        self.worked += other.worked;
        self.first_attempts += other.first_attempts;
        self.waited_us += other.waited_us;
        self.confirmed_us += other.confirmed_us;
        self.upsold_minor += other.upsold_minor;
        self.currency = self.currency.or(other.currency);
    }

    /// The figures, with their rates and averages.
    pub(crate) fn figures(&self) -> Figures {
        const US: i64 = 1_000_000;
        let figures = self.figures.clone();
        let share = |part: i64, scale: i64, whole: i64| (whole > 0).then(|| part.saturating_mul(scale) / whole);
        let decided = figures.confirmed + figures.cancelled;
        Figures {
            confirmation_bp: share(figures.confirmed, 10_000, decided),
            attempts_per_call_milli: share(self.attempts_of_ended, 1_000, self.worked),
            first_attempt_s: share(self.waited_us, 1, self.first_attempts).map(|us| us / US),
            confirmed_s: share(self.confirmed_us, 1, figures.confirmed).map(|us| us / US),
            upsold: self.currency.filter(|_| figures.upsold_lines > 0).map(|c| Money::new(self.upsold_minor, c)),
            ..figures
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ended(outcome: Outcome, calls: i64, attempts: i64, lived_s: i64) -> Ended {
        Ended {
            agent: None,
            outcome,
            calls,
            lived_us: lived_s * 1_000_000,
            attempts,
            upsold_calls: 1,
            upsold_lines: 2,
            upsold_minor: 500,
            currency: Some(Currency::EUR),
        }
    }

    #[test]
    fn rates_and_averages_are_of_what_they_say() {
        let mut sums = Sums::default();
        assert_eq!(sums.figures(), Figures::default());
        sums.add_ended(&ended(Outcome::Confirmed, 3, 4, 90));
        sums.add_ended(&ended(Outcome::Cancelled, 1, 4, 900));
        sums.add_ended(&ended(Outcome::Overtaken, 5, 9, 900));
        sums.add_first(2, 30_000_000);
        sums.add_attempts(8);
        let mut both = Sums::default();
        both.add(&sums);
        let figures = both.figures();
        assert_eq!((figures.ended, figures.overtaken, figures.confirmation_bp), (9, 5, Some(7_500)));
        assert_eq!((figures.attempts, figures.attempts_per_call_milli), (8, Some(2_000)));
        assert_eq!((figures.first_attempt_s, figures.confirmed_s), (Some(15), Some(30)));
        assert_eq!((figures.upsold_calls, figures.upsold), (2, Some(Money::new(1_000, Currency::EUR))));
    }
}
