//! What is kept of a series: a small value of fixed size that takes one period after the other and forgets the rest.

use crate::panel::{MECHANICS, Rhythm};

/// Periods after which a smoothing rate no longer depends on the age.
const AGES: usize = 512;

/// Smoothing rates by age: as if the weights of the past were always scaled to one, so a young series is a plain mean.
#[derive(Debug, Clone)]
pub struct Rates {
    by_age: Vec<[f32; 4]>,
}

impl Rates {
    /// The rates for a rhythm: slow, level, fast, latest.
    pub fn new(rhythm: Rhythm) -> Self {
        let rates: [f64; 4] = match rhythm {
            Rhythm::Weekly => [0.03, 0.08, 0.2, 0.5],
            Rhythm::Daily { .. } => [0.005, 0.015, 0.04, 0.12],
        };
        let at = |age: usize| rates.map(|rate| (rate / (1.0 - (1.0 - rate).powi(age as i32 + 1))) as f32);
        Self { by_age: (0..AGES).map(at).collect() }
    }

    fn at(&self, age: f32) -> &[f32; 4] {
        &self.by_age[(age as usize).min(AGES - 1)]
    }
}

/// The memory of one series. Means are in units a period; all fields start at zero.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct State {
    /// Smoothed sales: slow, level, fast, latest.
    pub means: [f32; 4],
    /// Smoothed share of periods with a sale.
    pub active: f32,
    /// Smoothed square root of sales: what is left of the level when bulk purchases count less.
    pub root: f32,
    /// Smoothed square of sales (slow).
    pub square: f32,
    /// Units since the series began.
    pub units: f32,
    /// Periods with a sale since the series began.
    pub sold_in: f32,
    /// Periods since the last sale.
    pub idle: f32,
    /// Periods since the first one.
    pub age: f32,
    /// Periods before the first sale.
    pub waited: f32,
    /// Smoothed share of periods with each mechanic.
    pub promoted: [f32; MECHANICS],
    /// Smoothed share of periods with any mechanic.
    pub any: f32,
    /// Smoothed sales in promoted periods (others count as zero).
    pub with: f32,
    /// Units in promoted periods.
    pub units_with: f32,
    /// Promoted periods.
    pub periods_with: f32,
    /// Whether the last period was promoted, 0 or 1.
    pub last_with: f32,
    /// Units by weekday, 0 = Monday; nothing for weeks.
    pub weekdays: [f32; 7],
}

impl State {
    /// Takes one period in: units sold, the mechanics that ran, and the weekday (any number for weeks).
    pub fn push(&mut self, rates: &Rates, units: f32, mechanics: u8, weekday: usize) {
        let rate = rates.at(self.age);
        for (mean, rate) in self.means.iter_mut().zip(rate) {
            *mean += rate * (units - *mean);
        }
        let (slow, level) = (rate[0], rate[1]);
        let sold = if units > 0.0 { 1.0 } else { 0.0 };
        self.active += level * (sold - self.active);
        self.root += level * (units.sqrt() - self.root);
        self.square += slow * (units * units - self.square);
        for (mechanic, share) in self.promoted.iter_mut().enumerate() {
            *share += level * (f32::from(mechanics >> mechanic & 1) - *share);
        }
        let any = if mechanics == 0 { 0.0 } else { 1.0 };
        self.any += level * (any - self.any);
        self.with += level * (any * units - self.with);
        self.units_with += any * units;
        self.periods_with += any;
        self.last_with = any;
        self.units += units;
        self.sold_in += sold;
        self.idle = (self.idle + 1.0) * (1.0 - sold);
        self.age += 1.0;
        if self.sold_in == 0.0 {
            self.waited += 1.0;
        }
        self.weekdays[weekday % 7] += units;
    }
}

/// Takes one period of many series in: `sales` and `mechanics` one entry a series (`mechanics` may be empty).
pub fn arrive(states: &mut [State], rates: &Rates, sales: &[f32], mechanics: &[u8], weekday: usize) {
    for (at, (state, units)) in states.iter_mut().zip(sales).enumerate() {
        state.push(rates, *units, mechanics.get(at).copied().unwrap_or(0), weekday);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_constant_series_has_its_level_at_every_age() {
        let rates = Rates::new(Rhythm::Weekly);
        let mut state = State::default();
        for _ in 0..700 {
            state.push(&rates, 3.0, 0, 0);
            assert!(state.means.iter().all(|mean| (mean - 3.0).abs() < 1e-4), "{state:?}");
        }
        assert_eq!((state.age, state.sold_in, state.units), (700.0, 700.0, 2100.0));
    }

    #[test]
    fn ten_million_states_fit_into_two_gigabytes_with_their_day() {
        assert!(size_of::<State>() <= 128);
    }
}
