//! Why a forecast is what it is: factors that multiply to it, as data.

use crate::columns::{Part, Row, WIDTH};
use crate::model::Model;
use crate::panel::Panel;
use crate::pools::Pools;
use crate::solve::expected;
use crate::state::State;

/// A factor beyond a thousand either way explains nothing to anybody: what is more goes into `shrinkage`.
const TOLD: f32 = 6.907_755;

/// One forecast taken apart: `units = usual × trend × profile × season × promotion × holiday × shrinkage`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Explanation {
    /// Expected units.
    pub units: f32,
    /// The smoothed sales of the series itself, units a period.
    pub usual: f32,
    /// Recent against older sales: of the series, its product, its store; and how far ahead.
    pub trend: f32,
    /// The weekday.
    pub profile: f32,
    /// The time of year.
    pub season: f32,
    /// Promotions planned for the period, against none.
    pub promotion: f32,
    /// Holidays.
    pub holiday: f32,
    /// What is left: a thin or erratic history believed less, what all series and the other stores say, the usual
    /// sales freed of past promotions.
    pub shrinkage: f32,
}

impl Model {
    /// Takes one forecast apart; `step` is 1 for the next period.
    pub fn explain(&self, panel: &Panel, pools: &Pools, state: &State, series: usize, step: usize) -> Explanation {
        let mut row: Row = [0.0; WIDTH];
        let seen = Self::seen(panel, pools, series, state);
        let kept = self.layout.head(&seen, &mut row);
        let tail = self.log(panel, pools, series, (&seen, &kept), step, &mut row);
        let head = self.layout.head;
        let log: f32 = row[..head].iter().zip(&self.beta).map(|(value, beta)| value * beta).sum::<f32>() + tail;
        let of = |part: Part| {
            let columns = self.layout.parts.iter().zip(row.iter().zip(&self.beta));
            let log = columns.filter(|(one, _)| **one == part).map(|(_, (value, beta))| value * beta).sum::<f32>();
            log.clamp(-TOLD, TOLD).exp()
        };
        let priors: f32 = panel
            .holidays
            .iter()
            .filter(|one| one.period as usize == panel.periods + step - 1)
            .map(|one| one.prior)
            .product();
        let units = if state.units > 0.0 { expected(log) } else { 0.0 };
        let usual = state.means[1];
        let (trend, profile, season, promotion) =
            (of(Part::Trend), of(Part::Profile), of(Part::Season), of(Part::Promotion));
        let holiday = of(Part::Holiday) * priors;
        let shrinkage = units / (usual * trend * profile * season * promotion * holiday).max(f32::MIN_POSITIVE);
        Explanation { units, usual, trend, profile, season, promotion, holiday, shrinkage }
    }
}
