//! People's overrides, and what they were worth once the sales are known.

/// A person's number in place of the forecast.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Override {
    /// The series, from 0.
    pub series: usize,
    /// The period, counted from the first of the history.
    pub period: usize,
    /// What the forecast was then, units.
    pub forecast: f32,
    /// What the person said, units.
    pub units: f32,
}

/// What overrides were worth.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Worth {
    /// Overrides whose period has passed.
    pub judged: usize,
    /// Of them, closer to the sales than the forecast.
    pub better: usize,
    /// Units of absolute error taken away; negative: added.
    pub saved: f32,
    /// Sum of (override − sales) in units: above zero, people promise too much.
    pub over: f32,
}

/// Forecast value added: errors of the forecasts minus errors of the overrides; `sold` gives what was sold, if known.
pub fn worth(overrides: &[Override], sold: impl Fn(usize, usize) -> Option<f32>) -> Worth {
    let mut worth = Worth::default();
    for one in overrides {
        let Some(sold) = sold(one.series, one.period) else { continue };
        let saved = (one.forecast - sold).abs() - (one.units - sold).abs();
        worth.judged += 1;
        worth.better += usize::from(saved > 0.0);
        worth.saved += saved;
        worth.over += one.units - sold;
    }
    worth
}
