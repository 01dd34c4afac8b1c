//! How the rankers learn: recent baskets lose a fifth of their products, and the model is asked for them as if it had
//! never seen the basket.
//!
//! That takes no second fit. Taking a basket x of weight w out of the gram matrix changes its inverse by one rank
//! (Sherman–Morrison): with u = P x and α = w / (1 − w x·u), P becomes P + α u uᵀ. So the evidence for j from the query q is
//! −(P q + α (q·u) u)_j / (P_jj + α u_j²), exactly as if the basket had been left out.

use super::baskets::{Baskets, scramble};
use super::candidates::{Candidate, Scratch, Wanted};
use super::fit::Settings;
use super::habits::{Habits, in_order};
use super::items::{Head, Items, TAIL};
use super::logistic;
use super::ranker::{KNOWN, Rankers, STRANGER, Setting};
use super::rows::Rows;

/// Baskets of fewer products teach nothing: one is hidden, and the rest must speak.
const SMALLEST: usize = 4;
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
    pub(super) settings: &'a Settings,
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
            let refreshed = self.refreshed(day);
            while known_until < at && self.baskets.day_of(order[known_until] as usize) < refreshed {
                self.remember(&mut habits, order[known_until]);
                known_until += 1;
            }
            if next.peek() == Some(&basket) {
                next.next();
                self.look(*basket, refreshed, &habits, &mut scratch, &mut seen);
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

    /// The day up to which habits are known on a day.
    fn refreshed(&self, day: f32) -> f32 {
        let every = self.settings.habits_every_days;
        if every > 0.0 { (day / every).floor() * every } else { day }
    }

    fn remember(&self, habits: &mut Habits, basket: u32) {
        if let Some(household) = self.baskets.household_of(basket as usize) {
            habits.bought(household, self.baskets.day_of(basket as usize), self.rows.row(basket as usize).0);
        }
    }

    /// Baskets to learn from, evenly spread over the last third, in order of time.
    fn teachers(&self, order: &[u32]) -> Vec<u32> {
        let fit: Vec<u32> = order[order.len() - order.len() / 3..]
            .iter()
            .copied()
            .filter(|basket| self.rows.row(*basket as usize).0.len() >= SMALLEST)
            .collect();
        let wanted = self.settings.teachers.min(fit.len());
        (0..wanted).map(|at| fit[at * fit.len() / wanted]).collect()
    }

    /// Hides a fifth of a basket and notes what the candidates looked like.
    fn look(&self, basket: u32, now: f32, habits: &Habits, scratch: &mut Scratch, seen: &mut Seen) {
        let mut query: Vec<u32> = self.rows.row(basket as usize).0.to_vec();
        query.sort_by_key(|product| scramble(u64::from(basket) << 32 | u64::from(*product)));
        let hidden = query.split_off(query.len() - (query.len() / 5).max(1));
        scratch.evidence.clear();
        scratch.evidence.extend_from_slice(&self.items.background);
        self.without(basket, &query, &mut scratch.evidence);
        let habit = self.baskets.household_of(basket as usize).and_then(|household| habits.of(household));
        let mut candidates: Vec<Candidate> = Vec::new();
        let wanted = Wanted { most: CANDIDATES, ..Wanted::default() };
        let kept = scratch.evidence.clone();
        scratch.usual.clear();
        scratch.choose(&query, &wanted, &mut candidates);
        let setting = Setting::new(query.len(), 0.0);
        for candidate in &candidates {
            seen.stranger.push(setting.stranger(candidate.evidence));
            seen.stranger_outcomes.push(hidden.contains(&candidate.product));
        }
        let Some(habit) = habit else { return };
        scratch.evidence = kept;
        let in_head = |product: u32| self.head.place[product as usize] != TAIL;
        scratch.usual.extend(habit.usual(now).filter(|usual| in_head(usual.product)));
        scratch.choose(&query, &wanted, &mut candidates);
        let setting = Setting::new(query.len(), habit.baskets());
        for candidate in &candidates {
            let usual = candidate.usual.map(|at| &scratch.usual[at as usize]);
            let share = self.items.share[candidate.product as usize].max(1e-9).ln();
            seen.known.push(setting.known(candidate.evidence, share, usual));
            seen.known_outcomes.push(hidden.contains(&candidate.product));
        }
    }

    /// Adds the evidence of the query for every head product with the basket left out of the fit.
    fn without(&self, basket: u32, query: &[u32], evidence: &mut [f32]) {
        let (inverse, size) = (&self.head.inverse, self.head.products.len());
        let inside: Vec<usize> = self.places(self.rows.row(basket as usize).0);
        let asked: Vec<usize> = self.places(query);
        let (mut whole, mut part) = (vec![0.0_f32; size], vec![0.0_f32; size]);
        for at in &inside {
            let asked = asked.contains(at);
            let row = inverse.row(*at);
            whole.iter_mut().zip(row).for_each(|(sum, cell)| *sum += cell);
            if asked {
                part.iter_mut().zip(row).for_each(|(sum, cell)| *sum += cell);
            }
        }
        let own: f32 = inside.iter().map(|at| whole[*at]).sum();
        let reached: f32 = asked.iter().map(|at| whole[*at]).sum();
        // In the household's window the basket counts a second time.
        let window = self.window_of.get(basket as usize).copied().flatten();
        let weight = self.rows.weight(basket as usize) + window.map_or(0.0, |row| self.windows.weight(row as usize));
        let factor = weight / (1.0 - weight * own).max(0.05);
        for (at, product) in self.head.products.iter().enumerate() {
            let changed = part[at] + factor * reached * whole[at];
            let own = inverse.row(at)[at] + factor * whole[at] * whole[at];
            evidence[*product as usize] -= changed / own * self.head.scale[*product as usize];
        }
    }

    fn places(&self, products: &[u32]) -> Vec<usize> {
        let places = products.iter().map(|product| self.head.place[*product as usize]);
        places.filter(|place| *place != TAIL).map(|place| place as usize).collect()
    }
}
