//! How much to order now: in packs, on the days allowed, up to what fits, for the price of stock that the shop sets.
//!
//! A pack is worth ordering now if the sales it is expected to save before the next chance exceed the price of holding it
//! until then. That is the base stock at a quantile of the protection interval, with the quantile following from the days
//! between two chances and from the pack, so that every unit of stock in the chain buys the same service.

use crate::state::State;

/// What stays the same about an item in a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Item {
    /// Days from the evening of the order to the morning of its arrival, at least 1.
    pub lead_days: u8,
    /// Weekdays on which it may be ordered: bit 0 = Monday.
    pub order_days: u8,
    /// Units in a pack, at least 1.
    pub pack: u32,
    /// The least quantity of an order, units.
    pub minimum: u32,
    /// The most that may be there and on order together, units.
    pub capacity: u32,
}

/// What is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stock {
    /// On hand this evening, units.
    pub on_hand: u32,
    /// Ordered and still to come, units.
    pub on_order: u32,
}

/// What is expected to be wanted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Demand {
    /// Units on an average day.
    pub daily: f32,
    /// Factors of the weekdays, 0 = Monday; their mean is 1.
    pub weekdays: [f32; 7],
    /// Variance over mean.
    pub ratio: f32,
}

/// The shop's wishes: one knob for service against stock, one for handling.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Wish {
    /// What a unit held for a day costs, in units of lost sales (0.01: a hundred unit-days are worth one lost unit); at least 1e-6.
    pub holding: f32,
    /// What an order line costs, in unit-days of stock; 0 for the freshest stock.
    pub line: f32,
}

impl Wish {
    /// A price of stock with the price of a line that goes with it: dear stock means small and frequent orders, high
    /// service means larger ones, so that lines stay near 0.65 a week for an item that sells one a day.
    pub fn balanced(holding: f32) -> Self {
        Self { holding, line: 26.0 * (0.01 / holding.max(1e-6)).powf(0.4) }
    }
}

/// What decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// Today is not an order day.
    NoOrderDay,
    /// What is there and coming will do until the next chance.
    Enough,
    /// The expected loss before the next chance is worth an order.
    Needed,
    /// Needed, and cut to what fits.
    Capacity,
    /// Needed, but nothing more fits.
    Full,
}

/// An order and its reasons, all in units.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Decision {
    /// What to order; 0 or a number of packs not below the minimum.
    pub quantity: u32,
    /// Which rule decided.
    pub rule: Rule,
    /// Days until the order after this one could arrive.
    pub protected_days: u8,
    /// Expected demand before this order arrives.
    pub until_arrival: f32,
    /// Expected demand in all protected days.
    pub protected: f32,
    /// What an order today would leave above the expected demand.
    pub safety: f32,
    /// Sales that the order is expected to save.
    pub saved: f32,
    /// What they had to exceed: the price of holding the order until the next chance.
    pub price: f32,
}

impl Demand {
    /// What a daily state knows; `usual` are the weekday factors of everything sold (mean 1).
    pub fn of(state: &State, usual: &[f32; 7]) -> Self {
        let daily = (0.1 * state.means[0] + 0.4 * state.means[1] + 0.5 * state.means[2]).max(0.01);
        let slow = state.means[0];
        let ratio = ((state.square - slow * slow) / slow.max(1e-3)).max(1.02);
        let mut weekdays = [1.0; 7];
        for (own, (sold, usual)) in weekdays.iter_mut().zip(state.weekdays.iter().zip(usual)) {
            *own = (7.0 * sold + 200.0 * usual) / (state.units + 200.0);
        }
        Self { daily, weekdays, ratio }
    }

    /// Expected units from tomorrow over `days` days, when today is `weekday`.
    fn over(&self, weekday: usize, days: usize) -> f32 {
        (1..=days).map(|day| self.weekdays[(weekday + day) % 7]).sum::<f32>() * self.daily
    }
}

/// How much more demand than each stock level is expected: the expected loss.
struct Loss {
    mean: f32,
    start: f32,
    size: f32,
    share: f32,
    deviation: f32,
}

impl Loss {
    fn new(mean: f32, ratio: f32) -> Self {
        let ratio = ratio.max(1.02);
        let size = mean / (ratio - 1.0);
        Self {
            mean,
            start: (-size * ratio.ln()).exp(),
            size,
            share: 1.0 - 1.0 / ratio,
            deviation: (mean * ratio).sqrt(),
        }
    }

    /// Expected demand beyond `low` units that `high` units would serve: the sum of P(demand > i) for i in low..high.
    fn served(&self, low: u32, high: u32) -> f32 {
        if self.mean <= 0.0 {
            return 0.0;
        }
        if self.mean > 60.0 {
            return self.normal(low) - self.normal(high);
        }
        let (mut probability, mut below, mut sum) = (self.start, self.start, 0.0f32);
        for units in 0..high {
            let above = 1.0 - below;
            if above < 1e-5 {
                break;
            }
            if units >= low {
                sum += above;
            }
            probability *= (self.size + units as f32) * self.share / (units as f32 + 1.0);
            below += probability;
        }
        sum
    }

    /// The normal distribution's loss function, for large means.
    fn normal(&self, stock: u32) -> f32 {
        let z = f64::from((stock as f32 - self.mean) / self.deviation);
        let density = (-z * z / 2.0).exp() / (2.0 * std::f64::consts::PI).sqrt();
        self.deviation * (density - z * (1.0 - crate::quantile::normal_below(z))) as f32
    }
}

/// Days from an order day to the next one.
fn interval(order_days: u8, weekday: usize) -> usize {
    (1..=7).find(|day| order_days >> ((weekday + day) % 7) & 1 == 1).unwrap_or(7)
}

/// Decides one order on the evening of `weekday` (0 = Monday).
pub fn decide(item: &Item, stock: Stock, demand: &Demand, wish: Wish, weekday: usize) -> Decision {
    let review = interval(item.order_days, weekday);
    let lead = (item.lead_days as usize).max(1);
    let until_arrival = demand.over(weekday, lead - 1);
    let protected = until_arrival
        + (demand.daily * (0..review).map(|day| demand.weekdays[(weekday + lead + day) % 7]).sum::<f32>());
    let there = stock.on_hand + stock.on_order;
    let mut decision = Decision {
        quantity: 0,
        rule: Rule::NoOrderDay,
        protected_days: (lead - 1 + review) as u8,
        until_arrival,
        protected,
        safety: there as f32 - protected,
        saved: 0.0,
        price: 0.0,
    };
    if item.order_days >> (weekday % 7) & 1 == 0 {
        return decision;
    }
    let pack = item.pack.max(1);
    let least = item.minimum.div_ceil(pack).max(1);
    // The economic lot for the price of a line: what a line costs is worth holding so much at once.
    let lot = ((2.0 * wish.line.max(0.0) * demand.daily).sqrt() / pack as f32).round().max(1.0) as u32;
    let first = lot.max(least) * pack;
    let (all, before) = (Loss::new(protected, demand.ratio), Loss::new(until_arrival, demand.ratio));
    let saves = |low: u32, high: u32| (all.served(low, high) - before.served(low, high)).max(0.0);
    let unit_price = wish.holding.max(1e-6) * review as f32;
    decision.saved = saves(there, there + first);
    decision.price = unit_price * first as f32;
    decision.rule = Rule::Enough;
    if decision.saved < decision.price {
        return decision;
    }
    let mut quantity = first;
    let room = item.capacity.saturating_sub(there) / pack * pack;
    decision.rule = Rule::Needed;
    while quantity < room {
        let more = saves(there + quantity, there + quantity + pack);
        if more <= unit_price * pack as f32 {
            break;
        }
        decision.saved += more;
        decision.price += unit_price * pack as f32;
        quantity += pack;
    }
    if quantity > room {
        quantity = room;
        decision.rule = if room < least * pack { Rule::Full } else { Rule::Capacity };
        if room < least * pack {
            quantity = 0;
        }
    }
    decision.quantity = quantity;
    decision.safety += quantity as f32;
    decision
}

#[cfg(test)]
mod tests {
    use super::*;

    const ITEM: Item = Item { lead_days: 2, order_days: 0b001_0010, pack: 6, minimum: 6, capacity: 40 };
    const DEMAND: Demand = Demand { daily: 2.0, weekdays: [1.0; 7], ratio: 1.5 };
    const WISH: Wish = Wish { holding: 0.01, line: 0.0 };

    #[test]
    fn an_empty_shelf_orders_on_an_order_day_only() {
        let empty = Stock { on_hand: 0, on_order: 0 };
        let tuesday = decide(&ITEM, empty, &DEMAND, WISH, 1);
        assert_eq!((tuesday.rule, tuesday.quantity % 6, tuesday.protected_days), (Rule::Needed, 0, 4));
        assert!(tuesday.quantity >= 12, "{tuesday:?}");
        assert_eq!(decide(&ITEM, empty, &DEMAND, WISH, 0).rule, Rule::NoOrderDay);
    }

    #[test]
    fn a_full_shelf_orders_nothing_and_says_why() {
        let decision = decide(&ITEM, Stock { on_hand: 30, on_order: 0 }, &DEMAND, WISH, 1);
        assert_eq!((decision.rule, decision.quantity), (Rule::Enough, 0));
        let tight = Item { capacity: 8, ..ITEM };
        assert_eq!(decide(&tight, Stock { on_hand: 3, on_order: 0 }, &DEMAND, WISH, 1).rule, Rule::Full);
    }

    #[test]
    fn dearer_stock_orders_less() {
        let order = |holding| {
            decide(&ITEM, Stock { on_hand: 0, on_order: 0 }, &DEMAND, Wish { holding, line: 0.0 }, 1).quantity
        };
        assert!(order(0.001) >= order(0.01) && order(0.01) >= order(0.1));
        assert!(order(0.001) > order(0.2));
    }
}
