//! How the rankers learn: recent baskets lose a fifth of their products, and the model is asked for them as if it had
//! never seen the basket, with the habits that the household had by then.

use super::baskets::{Baskets, scramble};
use super::candidates::{Candidate, Scratch, Wanted};
use super::habits::{Habits, in_order};
use super::items::{Head, Items};
use super::left_out::LeftOut;
use super::logistic;
use super::ranker::{KNOWN, Rankers, STRANGER, Setting};
use super::rows::Rows;

/// Baskets of fewer products teach nothing: one is hidden, and the rest must speak.
const SMALLEST: usize = 4;
/// Learning looks at one of so many baskets, the latest.
const RECENT: usize = 6;
/// Candidates looked at per basket.
const CANDIDATES: usize = 100;
/// How strongly the rankers are pulled to their prior.
const RIDGE: f64 = 1.0;

/// All that learning reads.
pub(super) struct Lesson<'a> {
    pub(super) baskets: &'a Baskets<'a>,
    pub(super) rows: &'a Rows,
    pub(super) windows: &'a Rows,
    pub(super) window_of: &'a [Option<u32>],
    pub(super) items: &'a Items,
    pub(super) head: &'a Head,
    pub(super) teachers: usize,
}

/// What was seen.
#[derive(Default)]
struct Seen {
    stranger: Vec<[f32; STRANGER]>,
    stranger_outcomes: Vec<bool>,
    known: Vec<[f32; KNOWN]>,
    known_outcomes: Vec<bool>,
}

impl Lesson<'_> {
    /// The rankers, and the habits after all baskets.
    pub(super) fn learn(&self) -> (Rankers, Habits) {
        let order = in_order(self.baskets);
        let teachers = self.teachers(&order);
        let mut next = teachers.iter().peekable();
        let mut habits = Habits::default();
        let mut seen = Seen::default();
        let mut scratch = Scratch::default();
        let mut known_until = 0;
        for (at, basket) in order.iter().enumerate() {
            let day = self.baskets.day_of(*basket as usize);
            while known_until < at && self.baskets.day_of(order[known_until] as usize) < day {
                self.remember(&mut habits, order[known_until]);
                known_until += 1;
            }
            if next.peek() == Some(&basket) {
                next.next();
                self.look(*basket, day, &habits, &mut scratch, &mut seen);
            }
        }
        order[known_until..].iter().for_each(|basket| self.remember(&mut habits, *basket));
        let prior = Rankers::prior();
        let rankers = Rankers {
            stranger: logistic::fit(&seen.stranger, &seen.stranger_outcomes, &prior.stranger, RIDGE),
            known: logistic::fit(&seen.known, &seen.known_outcomes, &prior.known, RIDGE),
        };
        (rankers, habits)
    }

    fn remember(&self, habits: &mut Habits, basket: u32) {
        if let Some(household) = self.baskets.household_of(basket as usize) {
            habits.bought(household, self.baskets.day_of(basket as usize), self.rows.row(basket as usize).0);
        }
    }

    /// Baskets to learn from, evenly spread over the last sixth, in order of time.
    fn teachers(&self, order: &[u32]) -> Vec<u32> {
        let fit: Vec<u32> = order[order.len() - order.len() / RECENT..]
            .iter()
            .copied()
            .filter(|basket| self.rows.row(*basket as usize).0.len() >= SMALLEST)
            .collect();
        let wanted = self.teachers.min(fit.len());
        (0..wanted).map(|at| fit[at * fit.len() / wanted]).collect()
    }

    /// Hides a fifth of a basket and notes what the candidates looked like.
    fn look(&self, basket: u32, now: f32, habits: &Habits, scratch: &mut Scratch, seen: &mut Seen) {
        let all = self.rows.row(basket as usize).0;
        let mut query: Vec<u32> = all.to_vec();
        query.sort_by_key(|product| scramble(u64::from(basket) << 32 | u64::from(*product)));
        let hidden = query.split_off(query.len() - (query.len() / 5).max(1));
        // In the household's window the basket counts a second time.
        let window = self.window_of.get(basket as usize).copied().flatten();
        let weight = self.rows.weight(basket as usize) + window.map_or(0.0, |row| self.windows.weight(row as usize));
        let left_out = LeftOut::new(self.items, self.head, all, weight);
        let asked: Vec<(u32, f32)> = query.iter().map(|product| (*product, 1.0)).collect();
        scratch.evidence.clear();
        scratch.evidence.extend_from_slice(&self.items.background);
        left_out.evidence(&asked, &mut scratch.evidence);
        let evidence = scratch.evidence.clone();
        let mut candidates: Vec<Candidate> = Vec::new();
        let wanted = Wanted { most: CANDIDATES, ..Wanted::default() };
        scratch.forget_household();
        scratch.choose(&query, &wanted, &mut candidates);
        let setting = Setting::new(query.len(), 0.0);
        for candidate in &candidates {
            seen.stranger.push(setting.stranger(candidate.evidence));
            seen.stranger_outcomes.push(hidden.contains(&candidate.product));
        }
        let household = self.baskets.household_of(basket as usize);
        let Some(habit) = household.and_then(|household| habits.of(household)) else { return };
        scratch.recall(habit, now, self.items.len());
        scratch.evidence = evidence;
        scratch.companions.clear();
        scratch.companions.resize(self.items.len(), 0.0);
        left_out.evidence(&scratch.strongest, &mut scratch.companions);
        scratch.choose(&query, &wanted, &mut candidates);
        let setting = Setting::new(query.len(), habit.baskets());
        for candidate in &candidates {
            let usual = candidate.usual.map(|at| &scratch.usual[at as usize]);
            let share = self.items.share[candidate.product as usize].max(1e-9).ln();
            seen.known.push(setting.known(candidate.evidence, candidate.companions, share, usual));
            seen.known_outcomes.push(hidden.contains(&candidate.product));
        }
    }
}
