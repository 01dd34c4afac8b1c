//! Learning from past baskets: the item model, then the rankers on baskets left out of it.

use super::answer::Suggester;
use super::baskets::{BasketError, Baskets};
use super::habits::Habits;
use super::items::Items;
use super::learn::Lesson;
use super::rows::Rows;

/// What learning may be told. The defaults were chosen on grocery baskets (see the README).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Settings {
    /// The most bought products are solved exactly; time grows with the cube of their number, memory with its square.
    pub head: usize,
    /// Ridge of a product in 100 baskets, in baskets.
    pub ridge: f32,
    /// The ridge grows with this power of the baskets that have the product.
    pub ridge_power: f32,
    /// A basket's weight is its size to minus this power.
    pub size_power: f32,
    /// Evidence for a product is multiplied by its baskets to minus this power.
    pub popularity_power: f32,
    /// Days after which a basket counts half.
    pub half_life_days: f32,
    /// Days of a household's window.
    pub window_days: f32,
    /// Share of all windows' weight in that of all baskets.
    pub window_share: f32,
    /// Weights kept from each product.
    pub neighbours: usize,
    /// Baskets the rankers learn from.
    pub teachers: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            head: 5000,
            ridge: 85.0,
            ridge_power: 0.25,
            size_power: 0.35,
            popularity_power: 0.07,
            half_life_days: 300.0,
            window_days: 28.0,
            window_share: 0.1,
            neighbours: 600,
            teachers: 4000,
        }
    }
}

/// Why nothing was learned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FitError {
    /// The baskets cannot be used.
    Baskets(BasketError),
    /// A setting is out of its range.
    Setting(&'static str),
    /// The arithmetic failed: a ridge too small for the baskets.
    Ridge,
}

impl std::fmt::Display for FitError {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        match self {
            FitError::Baskets(error) => error.fmt(f),
            FitError::Setting(name) => write!(f, "the setting {name} is out of range"),
            FitError::Ridge => write!(f, "the ridge is too small for these baskets"),
        }
    }
}

impl std::error::Error for FitError {}

impl From<BasketError> for FitError {
    fn from(error: BasketError) -> Self {
        FitError::Baskets(error)
    }
}

impl Settings {
    fn check(&self) -> Result<(), FitError> {
        let ranges = [
            ("ridge", self.ridge, 1e-3, 1e9),
            ("ridge_power", self.ridge_power, 0.0, 1.0),
            ("size_power", self.size_power, 0.0, 2.0),
            ("popularity_power", self.popularity_power, -1.0, 1.0),
            ("half_life_days", self.half_life_days, 1e-3, 1e9),
            ("window_days", self.window_days, 1e-3, 1e6),
            ("window_share", self.window_share, 0.0, 10.0),
        ];
        match ranges.iter().find(|(_, value, least, most)| !(least..=most).contains(&value)) {
            Some((name, ..)) => Err(FitError::Setting(name)),
            None => Ok(()),
        }
    }
}

/// Learns what goes with what, and returns it with the habits of all households after the last basket.
pub fn fit(baskets: &Baskets, settings: &Settings) -> Result<(Suggester, Habits), FitError> {
    baskets.check()?;
    settings.check()?;
    let rows = Rows::baskets(baskets, settings);
    let (mut windows, window_of) = if settings.window_share > 0.0 && !baskets.day.is_empty() {
        Rows::windows(baskets, &rows, settings)
    } else {
        (Rows::default(), Vec::new())
    };
    let mass = |rows: &Rows| rows.diagonal(baskets.products).iter().sum::<f64>();
    windows.scale((f64::from(settings.window_share) * mass(&rows) / mass(&windows).max(1e-9)) as f32);
    let (items, head) = Items::fit(baskets.products, &rows, &windows, settings).ok_or(FitError::Ridge)?;
    let lesson = Lesson {
        baskets,
        rows: &rows,
        windows: &windows,
        window_of: &window_of,
        items: &items,
        head: &head,
        teachers: settings.teachers,
    };
    let (rankers, habits) = lesson.learn();
    Ok((Suggester::new(items, rankers), habits))
}
