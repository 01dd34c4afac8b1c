//! The shelf as a search sees it: products, the ways each may stand, and what is scarce (rooms, loads, shares). A room is a stretch of a
//! level that products fill from left to right; which stretches there are depends on how families have to stand.

/// The room and level of a product that is not listed: nothing is scarce there.
pub(crate) const NOWHERE: u16 = u16::MAX;

/// One way in which a product may stand; not to be listed is a way too.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Way {
    /// Profit a day.
    pub(crate) value: f64,
    /// The width taken, in mm.
    pub(crate) width: i32,
    /// The weight on the level, in g.
    pub(crate) grams: i32,
    /// The room it takes width from.
    pub(crate) room: u16,
    /// The level it loads.
    pub(crate) level: u16,
    /// The shares its width counts for, a bit each.
    pub(crate) shares: u32,
    /// Its number in the table of choices; `u32::MAX` where the product is not listed.
    pub(crate) choice: u32,
}

/// What the width of some products on some levels has to come to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Share {
    /// mm at least.
    pub(crate) least: i64,
    /// mm at most.
    pub(crate) most: i64,
}

/// A filling task.
#[derive(Debug, Clone, Default)]
pub(crate) struct Task {
    pub(crate) ways: Vec<Way>,
    /// Where each product's ways begin; one more at the end.
    pub(crate) starts: Vec<u32>,
    /// mm of each room.
    pub(crate) rooms: Vec<i32>,
    /// g that each level carries.
    pub(crate) loads: Vec<i64>,
    pub(crate) shares: Vec<Share>,
}

impl Task {
    pub(crate) fn products(&self) -> usize {
        self.starts.len().saturating_sub(1)
    }

    /// The ways of `product`.
    #[inline]
    pub(crate) fn of(&self, product: usize) -> std::ops::Range<usize> {
        self.starts[product] as usize..self.starts[product + 1] as usize
    }

    /// Mean profit of a product at its best: what temperatures and tolerances are measured by.
    pub(crate) fn scale(&self) -> f64 {
        let best = |product| self.ways[self.of(product)].iter().map(|way| way.value).fold(f64::MIN, f64::max);
        let sum: f64 = (0..self.products()).map(best).filter(|value| *value > f64::MIN).map(f64::abs).sum();
        (sum / self.products().max(1) as f64).max(1e-9)
    }
}
