//! What a forecast is made from: many series of counts over the same periods, who belongs together, what is planned.

/// How many promotion mechanics a plan can name: one bit each.
pub const MECHANICS: usize = 4;
/// How many kinds of holiday a calendar can name.
pub const HOLIDAYS: usize = 6;

/// The length of a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rhythm {
    /// A period is a week.
    Weekly,
    /// A period is a day; period 0 is this weekday (0 = Monday to 6 = Sunday).
    Daily {
        /// The weekday of period 0, 0 = Monday.
        first_weekday: u8,
    },
}

impl Rhythm {
    /// The weekday of a period, 0 = Monday; 0 for weeks.
    pub fn weekday(self, period: usize) -> usize {
        match self {
            Rhythm::Weekly => 0,
            Rhythm::Daily { first_weekday } => (first_weekday as usize + period) % 7,
        }
    }

    /// Periods in a year of whole weeks (52 weeks).
    pub fn year(self) -> usize {
        self.week() * 52
    }

    /// Periods in a week.
    pub fn week(self) -> usize {
        match self {
            Rhythm::Weekly => 1,
            Rhythm::Daily { .. } => 7,
        }
    }
}

/// A day (or week) on which demand is known to differ.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Holiday {
    /// The period, counted from the first of the history; may lie in the horizon.
    pub period: u32,
    /// The kind of holiday, below [`HOLIDAYS`]; the same kind shares one learned effect.
    pub kind: u8,
    /// What it multiplies demand by as far as anybody knows beforehand (1 = no opinion); learning starts there.
    pub prior: f32,
}

/// The input of [`crate::model::fit`] and [`crate::model::forecast`]. All slices are series-major and borrowed.
#[derive(Debug, Clone, Copy)]
pub struct Panel<'a> {
    /// The length of a period.
    pub rhythm: Rhythm,
    /// Periods of history.
    pub periods: usize,
    /// Periods to forecast.
    pub horizon: usize,
    /// Units sold: `series × periods`, not negative.
    pub sales: &'a [f32],
    /// The product or category of each series: shares trend, promotion lift and weekday profile. Dense from 0.
    pub group: &'a [u32],
    /// The store of each series. Dense from 0.
    pub site: &'a [u32],
    /// Promotions, past and planned: `series × (periods + horizon)`, bit m = mechanic m; empty without promotions.
    pub plan: &'a [u8],
    /// Holidays, past and coming.
    pub holidays: &'a [Holiday],
}

/// Why a panel cannot be forecast.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PanelError {
    /// There are no series, no periods or no horizon.
    Empty,
    /// A slice does not have one entry for each series (and period).
    Length {
        /// The slice.
        what: &'static str,
        /// Entries that it should have.
        expected: usize,
        /// Entries that it has.
        found: usize,
    },
    /// A sale is negative or not a number.
    Sale {
        /// The series, from 0.
        series: usize,
        /// The period, from 0.
        period: usize,
    },
    /// A holiday's kind or prior is out of range.
    Holiday {
        /// The entry in the calendar, from 0.
        entry: usize,
    },
}

impl std::fmt::Display for PanelError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            PanelError::Empty => write!(f, "there are no series, no periods or no horizon"),
            PanelError::Length { what, expected, found } => write!(f, "{what}: {found} entries instead of {expected}"),
            PanelError::Sale { series, period } => write!(f, "series {series}, period {period}: not a count of units"),
            PanelError::Holiday { entry } => {
                write!(f, "holiday {entry}: unknown kind, or a prior that is not positive")
            }
        }
    }
}

impl std::error::Error for PanelError {}

impl<'a> Panel<'a> {
    /// How many series there are.
    pub fn series(&self) -> usize {
        self.group.len()
    }

    /// Units sold of one series.
    pub fn row(&self, series: usize) -> &'a [f32] {
        &self.sales[series * self.periods..(series + 1) * self.periods]
    }

    /// The plan of one series through the horizon; empty without promotions.
    pub fn plan_row(&self, series: usize) -> &'a [u8] {
        let length = self.periods + self.horizon;
        if self.plan.is_empty() { &[] } else { &self.plan[series * length..(series + 1) * length] }
    }

    /// The mechanics of one series in one period.
    pub fn promotion(&self, series: usize, period: usize) -> u8 {
        let row = self.plan_row(series);
        if row.is_empty() { 0 } else { row[period] }
    }

    /// Looks whether all slices fit together and all values are in range.
    pub fn check(&self) -> Result<(), PanelError> {
        let (series, periods) = (self.series(), self.periods);
        if series == 0 || periods == 0 || self.horizon == 0 {
            return Err(PanelError::Empty);
        }
        let length = |what, expected, found| {
            if expected == found { Ok(()) } else { Err(PanelError::Length { what, expected, found }) }
        };
        length("sales", series * periods, self.sales.len())?;
        length("site", series, self.site.len())?;
        if !self.plan.is_empty() {
            length("plan", series * (periods + self.horizon), self.plan.len())?;
        }
        if let Some(at) = self.sales.iter().position(|units| !(0.0..1e9).contains(units)) {
            return Err(PanelError::Sale { series: at / periods, period: at % periods });
        }
        let good = |one: &Holiday| (one.kind as usize) < HOLIDAYS && one.prior > 0.0 && one.prior.is_finite();
        match self.holidays.iter().position(|one| !good(one)) {
            Some(entry) => Err(PanelError::Holiday { entry }),
            None => Ok(()),
        }
    }

    /// Groups and sites: one more than the highest number in use.
    pub fn pools(&self) -> (usize, usize) {
        let top = |of: &[u32]| of.iter().max().map_or(0, |last| *last as usize + 1);
        (top(self.group), top(self.site))
    }
}
