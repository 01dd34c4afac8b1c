//! The weighted rows that the item model is fitted to: every basket, and with little weight all that a household bought
//! within a few weeks, which tells what belongs to one way of living even when it is not bought together.

use super::baskets::Baskets;
use super::fit::Settings;

/// Rows of products with values, each row with a weight.
#[derive(Debug, Default)]
pub(super) struct Rows {
    starts: Vec<u32>,
    products: Vec<u32>,
    values: Vec<f32>,
    weights: Vec<f32>,
}

impl Rows {
    /// Every basket once; `weight = size^-size_power`, because a line of a large basket says less, halved with
    /// every half-life of age.
    pub(super) fn baskets(baskets: &Baskets, settings: &Settings) -> Self {
        let mut rows = Rows { starts: vec![0], ..Rows::default() };
        let mut sorted = Vec::new();
        let today = baskets.day.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        for basket in 0..baskets.len() {
            let age = if baskets.day.is_empty() { 0.0 } else { today - baskets.day_of(basket) };
            sorted.clear();
            sorted.extend_from_slice(baskets.lines_of(basket));
            sorted.sort_unstable();
            sorted.dedup();
            rows.products.extend_from_slice(&sorted);
            rows.values.resize(rows.products.len(), 1.0);
            rows.close(
                (sorted.len().max(1) as f32).powf(-settings.size_power) * (-age / settings.half_life_days).exp2(),
            );
        }
        rows
    }

    /// What each household bought within a window of days: values are roots of counts, weights `size^-½`, fading with age.
    /// Returns also the number of the window of each basket.
    pub(super) fn windows(baskets: &Baskets, baskets_once: &Rows, settings: &Settings) -> (Self, Vec<Option<u32>>) {
        let mut rows = Rows { starts: vec![0], ..Rows::default() };
        let mut window_of = vec![None; baskets.len()];
        let mut keyed: Vec<(u32, i64, u32)> = (0..baskets.len())
            .filter_map(|basket| {
                let window = (baskets.day_of(basket) / settings.window_days).floor() as i64;
                Some((baskets.household_of(basket)?, window, basket as u32))
            })
            .collect();
        keyed.sort_unstable();
        let mut bought = Vec::new();
        let today = baskets.day.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        for group in keyed.chunk_by(|one, other| (one.0, one.1) == (other.0, other.1)) {
            bought.clear();
            for (_, _, basket) in group {
                window_of[*basket as usize] = Some(rows.weights.len() as u32);
                bought.extend_from_slice(baskets_once.row(*basket as usize).0);
            }
            bought.sort_unstable();
            let before = rows.products.len();
            for times in bought.chunk_by(|one, other| one == other) {
                rows.products.push(times[0]);
                rows.values.push((times.len() as f32).sqrt());
            }
            let fading = (-(today - baskets.day_of(group[0].2 as usize)) / settings.half_life_days).exp2();
            rows.close(((rows.products.len() - before).max(1) as f32).powf(-0.5) * fading);
        }
        (rows, window_of)
    }

    fn close(&mut self, weight: f32) {
        self.starts.push(self.products.len() as u32);
        self.weights.push(weight);
    }

    /// How many rows there are.
    pub(super) fn len(&self) -> usize {
        self.weights.len()
    }

    /// A row's products, ascending, with their values.
    pub(super) fn row(&self, row: usize) -> (&[u32], &[f32]) {
        let range = self.starts[row] as usize..self.starts[row + 1] as usize;
        (&self.products[range.clone()], &self.values[range])
    }

    /// A row's weight.
    pub(super) fn weight(&self, row: usize) -> f32 {
        self.weights[row]
    }

    /// Multiplies all weights.
    pub(super) fn scale(&mut self, factor: f32) {
        self.weights.iter_mut().for_each(|weight| *weight *= factor);
    }

    /// Σ weight × value² of each product: the diagonal of the gram matrix.
    pub(super) fn diagonal(&self, products: usize) -> Vec<f64> {
        let mut sums = vec![0.0; products];
        for row in 0..self.len() {
            let (products, values) = self.row(row);
            for (product, value) in products.iter().zip(values) {
                sums[*product as usize] += f64::from(self.weights[row] * value * value);
            }
        }
        sums
    }
}
