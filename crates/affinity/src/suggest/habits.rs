//! What each household keeps buying: decayed counts at three rates, updated a basket at a time.

use std::collections::HashMap;

use super::baskets::{Baskets, NOBODY};

/// Half-lives of the three memories, in days: four, ten and thirty weeks.
pub const HALF_LIVES: [f32; 3] = [28.0, 70.0, 210.0];
/// A product whose longest memory has faded below this is forgotten.
const FORGOTTEN: f32 = 0.02;

/// The habits of all households.
#[derive(Debug, Clone, Default)]
pub struct Habits {
    households: HashMap<u32, Habit>,
}

/// The habits of one household.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Habit {
    /// The day of the last basket; all memories are as of it.
    day: f32,
    /// Decayed baskets at the three rates.
    baskets: [f32; 3],
    products: Vec<Bought>,
}

/// A product in a household's habits.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Bought {
    product: u32,
    times: u32,
    last: f32,
    memory: [f32; 3],
}

/// How a household buys a product, as of a day.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Usual {
    /// The product.
    pub product: u32,
    /// Baskets that had it.
    pub times: u32,
    /// Days since the last of them.
    pub days_ago: f32,
    /// Decayed share of the household's baskets that had it, at the three half-lives; one more basket without it counted.
    pub rates: [f32; 3],
}

impl Habits {
    /// The habits after all the baskets, in order of time.
    pub fn new(baskets: &Baskets) -> Self {
        let mut habits = Self::default();
        for basket in in_order(baskets) {
            if let Some(household) = baskets.household_of(basket as usize) {
                habits.bought(household, baskets.day_of(basket as usize), baskets.lines_of(basket as usize));
            }
        }
        habits
    }

    /// Takes in a basket; one of nobody is passed over. A day before the household's last one, or no finite day, counts as
    /// that one.
    pub fn bought(&mut self, household: u32, day: f32, products: &[u32]) {
        if household != NOBODY {
            self.households.entry(household).or_default().bought(day, products);
        }
    }

    /// A household's habits; none if it has never bought.
    pub fn of(&self, household: u32) -> Option<&Habit> {
        self.households.get(&household)
    }

    /// Forgets a household (its right to be forgotten).
    pub fn forget(&mut self, household: u32) {
        self.households.remove(&household);
    }
}

impl Habit {
    /// Takes in a basket of this household.
    pub fn bought(&mut self, day: f32, products: &[u32]) {
        let day = match (day.is_finite(), self.baskets[2] > 0.0) {
            (true, false) => day,
            (true, true) => day.max(self.day),
            (false, _) => self.day,
        };
        let fading = fading(day - self.day);
        if self.baskets[2] > 0.0 {
            scale(&mut self.baskets, &fading);
            self.products.iter_mut().for_each(|bought| scale(&mut bought.memory, &fading));
            self.products.retain(|bought| bought.memory[2] >= FORGOTTEN);
        }
        self.day = day;
        self.baskets.iter_mut().for_each(|count| *count += 1.0);
        let mut sorted = products.to_vec();
        sorted.sort_unstable();
        sorted.dedup();
        for product in sorted {
            match self.products.binary_search_by_key(&product, |bought| bought.product) {
                Ok(at) => {
                    let bought = &mut self.products[at];
                    bought.times += 1;
                    bought.last = day;
                    bought.memory.iter_mut().for_each(|count| *count += 1.0);
                }
                Err(at) => self.products.insert(at, Bought { product, times: 1, last: day, memory: [1.0; 3] }),
            }
        }
    }

    /// Baskets taken in, faded at the longest half-life.
    pub fn baskets(&self) -> f32 {
        self.baskets[2]
    }

    /// The products it remembers as of a day, by ascending number.
    pub fn usual(&self, now: f32) -> impl Iterator<Item = Usual> + '_ {
        let fading = fading((now - self.day).max(0.0));
        let mut shares = fading;
        for (share, count) in shares.iter_mut().zip(self.baskets) {
            *share /= count * *share + 1.0;
        }
        self.products.iter().map(move |bought| {
            let mut rates = bought.memory;
            scale(&mut rates, &shares);
            Usual { product: bought.product, times: bought.times, days_ago: (now - bought.last).max(0.0), rates }
        })
    }
}

/// The baskets in order of time; those of one day as given.
pub(super) fn in_order(baskets: &Baskets) -> Vec<u32> {
    let mut order: Vec<u32> = (0..baskets.len() as u32).collect();
    order.sort_by(|one, other| baskets.day_of(*one as usize).total_cmp(&baskets.day_of(*other as usize)));
    order
}

/// What is left of each memory after some days.
fn fading(days: f32) -> [f32; 3] {
    HALF_LIVES.map(|half_life| (-days / half_life).exp2())
}

fn scale(values: &mut [f32; 3], factors: &[f32; 3]) {
    values.iter_mut().zip(factors).for_each(|(value, factor)| *value *= factor);
}
