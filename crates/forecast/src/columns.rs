//! What the model looks at: columns of a row, made from a series' state, its pools and the plan for the period forecast.
//!
//! A row has a head, the same for all periods of the horizon, and a tail. Everything is a logarithm or a flag, so that a
//! coefficient is a factor on demand and an explanation multiplies.

use crate::panel::{HOLIDAYS, MECHANICS, Panel};
use crate::pools::{Pool, Pools};
use crate::state::State;

/// The most columns a row can have.
pub const WIDTH: usize = 64;

/// What a column speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// How much is usually sold.
    Level,
    /// Where it is going: recent against older sales, of the series, its product and its store.
    Trend,
    /// The weekday.
    Profile,
    /// The time of year, from last year.
    Season,
    /// Promotions, planned for the period.
    Promotion,
    /// A holiday.
    Holiday,
    /// What the crowd of series says about this one: pulls thin data towards what is usual.
    Shrinkage,
}

/// Which columns there are for a panel.
#[derive(Debug, Clone, PartialEq)]
pub struct Layout {
    pub(crate) parts: Vec<Part>,
    pub(crate) head: usize,
    pub(crate) mechanics: usize,
    daily: bool,
    season: bool,
    holidays: [bool; HOLIDAYS],
}

/// One series at one moment, as the columns need it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Seen<'a> {
    pub(crate) state: &'a State,
    pub(crate) group: Pool,
    pub(crate) site: Pool,
    pub(crate) members: f32,
}

/// Logarithms that the tail needs from the head.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Kept {
    pub(crate) level: f32,
    drift: f32,
    lift: f32,
    own: f32,
    group: f32,
}

/// The period to be forecast.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Target {
    /// 1 for the period after the last known one.
    pub(crate) step: usize,
    /// Counted from the first of the history.
    pub(crate) period: usize,
    pub(crate) mechanics: u8,
    pub(crate) weekday: usize,
}

/// Room for one row.
pub(crate) type Row = [f32; WIDTH];

struct Pen<'a> {
    row: &'a mut Row,
    at: usize,
}

impl Pen<'_> {
    fn put(&mut self, value: f32) {
        self.row[self.at] = value;
        self.at += 1;
    }
}

const SMALL: f32 = 0.04;

fn ln(value: f32) -> f32 {
    (value + SMALL).ln()
}

impl Layout {
    /// The columns that make sense for a panel.
    pub(crate) fn new(panel: &Panel, pools: &Pools) -> Self {
        use Part::{Holiday, Level, Profile, Promotion, Season, Shrinkage, Trend};
        let used = panel.plan.iter().fold(0u8, |all, bits| all | bits);
        let mechanics = (8 - used.leading_zeros() as usize).min(MECHANICS);
        let daily = panel.rhythm.week() == 7;
        let season = pools.has_season();
        let mut holidays = [false; HOLIDAYS];
        panel.holidays.iter().for_each(|one| holidays[one.kind as usize] = true);
        let mut parts = vec![
            Level, Level, Trend, Trend, Trend, Level, Level, Level, Shrinkage, Trend, Shrinkage, Level, // own
            Shrinkage, Shrinkage, Trend, Trend, Shrinkage, Shrinkage, // pools
        ];
        if mechanics > 0 {
            parts.extend([Shrinkage; 8]);
            parts.extend((0..mechanics).map(|_| Shrinkage));
        }
        let head = parts.len();
        parts.extend([Trend, Trend]);
        if mechanics > 0 {
            parts.extend([Promotion; 5]);
            parts.extend((0..mechanics).map(|_| Promotion));
        }
        if daily {
            parts.extend([Profile; 4]);
        }
        if season {
            parts.extend([Season; 2]);
        }
        parts.extend(holidays.iter().filter(|used| **used).map(|_| Holiday));
        Self { parts, head, mechanics, daily, season, holidays }
    }

    /// How many columns there are.
    pub(crate) fn width(&self) -> usize {
        self.parts.len()
    }

    /// Writes the head and keeps what the tail needs.
    pub(crate) fn head(&self, seen: &Seen, row: &mut Row) -> Kept {
        let (state, group, site) = (seen.state, seen.group, seen.site);
        let age = state.age.max(1.0);
        let level = ln(state.means[1]);
        let mean = state.units / age;
        let drift = ln(state.means[2]) - level;
        let mut pen = Pen { row, at: 0 };
        pen.put(1.0);
        pen.put(level);
        pen.put(ln(state.means[0]) - level);
        pen.put(drift);
        pen.put((state.means[3] + 0.1).ln() - (state.means[1] + 0.1).ln());
        // Each against its nearest relative, so that no two columns say nearly the same.
        pen.put(ln(mean) - ln(state.means[0]));
        pen.put(ln(state.active) - level);
        pen.put(ln(state.root) - ln(state.active));
        pen.put(level * level * 0.1);
        pen.put((1.0 + state.idle).ln());
        pen.put((age - state.waited + 1.0).ln());
        pen.put((state.units / state.sold_in.max(1.0) + 0.5).ln());
        let peers = if seen.members > 1.0 { 1.0 } else { 0.0 };
        pen.put(peers);
        pen.put(peers * ((group.slow / seen.members + 0.1).ln() - (mean + 0.1).ln()));
        pen.put(peers * ((group.fast + 0.5).ln() - (group.slow + 0.5).ln()));
        pen.put(((site.fast + 0.5) / (site.slow + 0.5)).clamp(0.3, 3.0).ln());
        pen.put((group.slow + 0.5).ln() * 0.1);
        pen.put((site.slow + 0.5).ln() * 0.1);
        let mut kept = Kept { level, drift, ..Kept::default() };
        if self.mechanics > 0 {
            let plain = state.means[1] - state.with;
            let with = state.with / state.any.max(0.001);
            let without = plain / (1.0 - state.any).max(0.001);
            let prior = 0.3 * state.means[1] + 0.1;
            kept.lift = ((with + prior) / (without + prior)).ln();
            let prior = 2.0 * mean + 0.1;
            let with = (state.units_with + prior) / (state.periods_with + 2.2);
            let without = (state.units - state.units_with + prior) / (age - state.periods_with + 2.2);
            kept.own = (with / without).ln();
            kept.group = group.lift;
            pen.put(state.any);
            pen.put(kept.lift);
            pen.put(state.any * kept.lift);
            pen.put(kept.group);
            pen.put(state.any * kept.group);
            pen.put(kept.own);
            pen.put(state.any * kept.own);
            pen.put(state.last_with);
            state.promoted[..self.mechanics].iter().for_each(|share| pen.put(*share));
        }
        debug_assert_eq!(pen.at, self.head);
        kept
    }

    /// Writes the tail for one period.
    pub(crate) fn tail(
        &self,
        pools: &Pools,
        place: (usize, usize, usize),
        seen: &Seen,
        kept: &Kept,
        target: Target,
        row: &mut Row,
    ) {
        let (group, site, known) = place;
        let mut pen = Pen { row, at: self.head };
        let step = (target.step as f32).ln();
        pen.put(step);
        pen.put(step * kept.drift);
        if self.mechanics > 0 {
            let any = if target.mechanics == 0 { 0.0 } else { 1.0 };
            pen.put(any * kept.lift);
            pen.put(any * kept.group);
            pen.put(any * kept.own);
            pen.put(any * kept.level);
            pen.put(if target.mechanics.count_ones() > 1 { 1.0 } else { 0.0 });
            (0..self.mechanics).for_each(|bit| pen.put(f32::from(target.mechanics >> bit & 1)));
        }
        if self.daily {
            let weekday = pools.weekday(group, site, known, target.weekday);
            let share = weekday.expected.exp() / 7.0;
            let own = (seen.state.weekdays[target.weekday] + 30.0 * share) / (seen.state.units + 30.0);
            pen.put(weekday.all);
            pen.put(weekday.group);
            pen.put(weekday.site);
            pen.put((own / share).ln());
        }
        if self.season {
            let (group, all) = pools.season(group, known, target.period);
            pen.put(group);
            pen.put(all);
        }
        for _ in self.holidays.iter().filter(|used| **used) {
            pen.put(0.0);
        }
        debug_assert_eq!(pen.at, self.width());
    }

    /// Marks holidays on a row; gives the logarithm of their priors.
    pub(crate) fn holiday(&self, panel: &Panel, period: usize, row: &mut Row) -> f32 {
        let mut offset = 0.0;
        for one in panel.holidays.iter().filter(|one| one.period as usize == period) {
            let before = self.holidays[..one.kind as usize].iter().filter(|used| **used).count();
            let all = self.holidays.iter().filter(|used| **used).count();
            row[self.width() - all + before] = 1.0;
            offset += one.prior.ln();
        }
        offset
    }
}
