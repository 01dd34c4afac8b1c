//! What series share: how their product and store trend, how the product answers to promotions, the weekday profile.

use crate::panel::{Panel, Rhythm};

/// Profiles are kept at this many moments of the history, so that learning never looks ahead.
const MOMENTS: usize = 8;
/// Units that a group or site must have sold before its own weekday profile counts half.
const PROFILE_PRIOR: f32 = 200.0;

/// A group or site as known after a number of periods.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Pool {
    /// Smoothed units a period: about the last two periods (weeks) or ten (days).
    pub fast: f32,
    /// Smoothed units a period: about the last twelve (weeks) or fifty (days).
    pub slow: f32,
    /// Logarithm of sales a period with promotion over without, shrunk to nothing.
    pub lift: f32,
}

/// Pools of a panel after each period of its history, and its weekday profiles.
#[derive(Debug, Clone)]
pub struct Pools {
    periods: usize,
    groups: Vec<Pool>,
    sites: Vec<Pool>,
    /// Series in each group.
    pub members: Vec<f32>,
    profiles: Vec<Profile>,
    units: Vec<f32>,
    total: Vec<f32>,
    year: usize,
}

/// Logarithms of weekday factors (mean 1 over a week).
#[derive(Debug, Clone)]
struct Profile {
    all: [f32; 7],
    groups: Vec<[f32; 7]>,
    sites: Vec<[f32; 7]>,
}

/// The weekday factors of one series on one day, as logarithms.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Weekday {
    /// Of all series.
    pub all: f32,
    /// Of the group.
    pub group: f32,
    /// Of the site.
    pub site: f32,
    /// What the three together expect.
    pub expected: f32,
}

impl Pools {
    /// Sums a panel up.
    pub fn new(panel: &Panel) -> Self {
        let (groups, sites) = panel.pools();
        let periods = panel.periods;
        let mut units = vec![0.0f32; groups * periods];
        let mut site_units = vec![0.0f32; sites * periods];
        let mut total = vec![0.0f32; periods];
        let mut with = if panel.plan.is_empty() { Vec::new() } else { vec![[0.0f32; 2]; groups * periods] };
        let mut members = vec![0.0f32; groups];
        for series in 0..panel.series() {
            let (group, site) = (panel.group[series] as usize, panel.site[series] as usize);
            members[group] += 1.0;
            let row = panel.row(series);
            let group_row = &mut units[group * periods..(group + 1) * periods];
            let site_row = &mut site_units[site * periods..(site + 1) * periods];
            for (at, sold) in row.iter().enumerate() {
                group_row[at] += sold;
                site_row[at] += sold;
                total[at] += sold;
            }
            if !with.is_empty() {
                let promoted = &mut with[group * periods..(group + 1) * periods];
                for ((sum, sold), mechanics) in promoted.iter_mut().zip(row).zip(panel.plan_row(series)) {
                    if *mechanics != 0 {
                        sum[0] += sold;
                        sum[1] += 1.0;
                    }
                }
            }
        }
        let (fast, slow) = match panel.rhythm {
            Rhythm::Weekly => (0.4, 0.08),
            Rhythm::Daily { .. } => (0.1, 0.02),
        };
        let mut views = smoothed(&units, periods, fast, slow);
        if !with.is_empty() {
            lifts(&mut views, &units, &with, &members, periods);
        }
        let sites = smoothed(&site_units, periods, fast, slow);
        let profiles = match panel.rhythm {
            Rhythm::Weekly => Vec::new(),
            Rhythm::Daily { .. } => (0..=MOMENTS)
                .map(|moment| Profile::new(panel.rhythm, &units, &site_units, periods, moment * periods / MOMENTS))
                .collect(),
        };
        let year = panel.rhythm.year();
        if periods < year + year / 4 {
            units = Vec::new();
        }
        Self { periods, groups: views, sites, members, profiles, units, total, year }
    }

    /// The group as known after `known` periods.
    pub fn group(&self, group: usize, known: usize) -> Pool {
        self.groups[group * (self.periods + 1) + known]
    }

    /// The site as known after `known` periods.
    pub fn site(&self, site: usize, known: usize) -> Pool {
        self.sites[site * (self.periods + 1) + known]
    }

    /// Weekday factors as known after `known` periods; nothing for weeks.
    pub fn weekday(&self, group: usize, site: usize, known: usize, weekday: usize) -> Weekday {
        let Some(profile) = self.profiles.get(known * MOMENTS / self.periods) else { return Weekday::default() };
        let (all, group, site) = (profile.all[weekday], profile.groups[group][weekday], profile.sites[site][weekday]);
        Weekday { all, group, site, expected: group + site - all }
    }

    /// Whether a year and a quarter is known, so that last year says something of this one.
    pub fn has_season(&self) -> bool {
        !self.units.is_empty()
    }

    /// How much more than in the last quarter was sold a year ago than a year before that quarter: logarithms for the
    /// group and for everything. Looks only at periods before `known`.
    pub fn season(&self, group: usize, known: usize, target: usize) -> (f32, f32) {
        if !self.has_season() || known < self.year + self.year / 4 || target < self.year {
            return (0.0, 0.0);
        }
        let (week, centre) = (self.year / 52, target - self.year);
        let near = (centre.saturating_sub(week), (centre + week + 1).min(known));
        let past = (known - self.year - 12 * week, known - self.year);
        let mean = |of: &[f32], range: (usize, usize)| {
            of[range.0..range.1].iter().sum::<f32>() / (range.1 - range.0).max(1) as f32
        };
        let row = &self.units[group * self.periods..(group + 1) * self.periods];
        let everything = (mean(&self.total, near) + 0.5).ln() - (mean(&self.total, past) + 0.5).ln();
        let week = week as f32;
        let own = (mean(row, near) + 4.0 / week).ln() - (mean(row, past) + 4.0 / week).ln();
        (own, everything)
    }
}

/// Two exponential means of every row, after 0, 1, … `periods` periods, scaled as if the past were complete.
fn smoothed(units: &[f32], periods: usize, fast: f32, slow: f32) -> Vec<Pool> {
    let mut out = Vec::with_capacity(units.len() / periods * (periods + 1));
    for row in units.chunks_exact(periods) {
        let mut pool = Pool::default();
        let (mut left_fast, mut left_slow) = (1.0f32, 1.0f32);
        out.push(pool);
        for sold in row {
            left_fast *= 1.0 - fast;
            left_slow *= 1.0 - slow;
            pool.fast += fast / (1.0 - left_fast) * (sold - pool.fast);
            pool.slow += slow / (1.0 - left_slow) * (sold - pool.slow);
            out.push(pool);
        }
    }
    out
}

/// Promotion lift of each group after each period: ratio of means, shrunk by three promoted and three plain periods.
fn lifts(views: &mut [Pool], units: &[f32], with: &[[f32; 2]], members: &[f32], periods: usize) {
    for (group, members) in members.iter().enumerate() {
        let (mut sold, mut sold_with, mut count_with) = (0.0f32, 0.0f32, 0.0f32);
        for at in 0..periods {
            sold += units[group * periods + at];
            sold_with += with[group * periods + at][0];
            count_with += with[group * periods + at][1];
            let count = (at + 1) as f32 * members;
            let rate = sold / count + 0.02;
            let promoted = (sold_with + 4.5 * rate) / (count_with + 3.0);
            let plain = (sold - sold_with + 3.0 * rate) / (count - count_with + 3.0);
            views[group * (periods + 1) + at + 1].lift = (promoted / plain).ln();
        }
    }
}

impl Profile {
    fn new(rhythm: Rhythm, units: &[f32], site_units: &[f32], periods: usize, known: usize) -> Self {
        let by_weekday = |row: &[f32]| {
            let mut sums = [0.0f32; 7];
            for (at, sold) in row[..known].iter().enumerate() {
                sums[rhythm.weekday(at)] += sold;
            }
            sums
        };
        let group_sums: Vec<[f32; 7]> = units.chunks_exact(periods).map(by_weekday).collect();
        let site_sums: Vec<[f32; 7]> = site_units.chunks_exact(periods).map(by_weekday).collect();
        let mut all = [1.0f32; 7];
        for sums in &site_sums {
            all.iter_mut().zip(sums).for_each(|(all, sum)| *all += sum);
        }
        let whole: f32 = all.iter().sum();
        let all = all.map(|sum| sum / whole);
        let shrunk = |sums: &[f32; 7]| {
            let whole: f32 = sums.iter().sum::<f32>() + PROFILE_PRIOR;
            let mut factors = [0.0f32; 7];
            for (factor, (sum, all)) in factors.iter_mut().zip(sums.iter().zip(&all)) {
                *factor = ((sum + PROFILE_PRIOR * all) / whole * 7.0).ln();
            }
            factors
        };
        Self {
            groups: group_sums.iter().map(shrunk).collect(),
            sites: site_sums.iter().map(shrunk).collect(),
            all: all.map(|share| (share * 7.0).ln()),
        }
    }
}
