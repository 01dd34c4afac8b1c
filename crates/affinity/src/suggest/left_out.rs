//! The item model as if one basket had never been in it, without fitting again.
//!
//! Taking a basket x of weight w out of the gram matrix changes its inverse by one rank (Sherman–Morrison): with u = P x and
//! α = w / (1 − w x·u), P becomes P + α u uᵀ. So the evidence for j from a query q is −(P q + α (q·u) u)_j / (P_jj + α u_j²).
//! A tail product stands in u with minus what the head leaves unexplained of it in this basket.

use super::items::{Head, Items, LEAST_REST, TAIL};

/// What leaving a basket out changes.
pub(super) struct LeftOut<'a> {
    items: &'a Items,
    head: &'a Head,
    /// u of the head products.
    whole: Vec<f32>,
    /// The diagonal of the changed P.
    diagonal: Vec<f32>,
    /// α.
    factor: f32,
    /// By product: what the head leaves unexplained of it in the basket; empty if there is no tail.
    unexplained: Vec<f32>,
}

impl<'a> LeftOut<'a> {
    /// Leaves out a basket that counts with a weight.
    pub(super) fn new(items: &'a Items, head: &'a Head, basket: &[u32], weight: f32) -> Self {
        let mut whole = vec![0.0_f32; head.products.len()];
        let inside: Vec<usize> = head.places(basket.iter().map(|product| (*product, 1.0))).map(|(at, _)| at).collect();
        for at in &inside {
            whole.iter_mut().zip(head.inverse.row(*at)).for_each(|(sum, cell)| *sum += cell);
        }
        let own: f32 = inside.iter().map(|at| whole[*at]).sum();
        let factor = weight / (1.0 - weight * own).max(0.05);
        let diagonal =
            whole.iter().enumerate().map(|(at, whole)| head.inverse.row(at)[at] + factor * whole * whole).collect();
        let mut left = Self { items, head, whole, diagonal, factor, unexplained: Vec::new() };
        if head.products.len() < items.len() {
            left.unexplained = left.unexplained(basket);
        }
        left
    }

    fn unexplained(&self, basket: &[u32]) -> Vec<f32> {
        let Head { place, scale, .. } = self.head;
        let mut unexplained = vec![0.0_f32; self.items.len()];
        for product in basket {
            if place[*product as usize] == TAIL {
                unexplained[*product as usize] += 1.0;
                continue;
            }
            let neighbours = self.items.neighbours(*product).iter();
            for (other, weight) in neighbours.filter(|(other, _)| place[*other as usize] == TAIL) {
                unexplained[*other as usize] -= weight / scale[*other as usize];
            }
        }
        unexplained
    }

    /// Adds the evidence of products with values for every other product.
    pub(super) fn evidence(&self, query: &[(u32, f32)], evidence: &mut [f32]) {
        let Head { inverse, products, scale, .. } = self.head;
        let mut part = vec![0.0_f32; products.len()];
        let mut reached = 0.0;
        for (at, value) in self.head.places(query.iter().copied()) {
            part.iter_mut().zip(inverse.row(at)).for_each(|(sum, cell)| *sum += value * cell);
            reached += value * self.whole[at];
        }
        for (at, product) in products.iter().enumerate() {
            let changed = part[at] + self.factor * reached * self.whole[at];
            evidence[*product as usize] -= changed / self.diagonal[at] * scale[*product as usize];
        }
        // No product speaks for itself.
        for (product, value) in query.iter().filter(|(product, _)| self.head.place[*product as usize] != TAIL) {
            evidence[*product as usize] += value * scale[*product as usize];
        }
        if !self.unexplained.is_empty() {
            self.head_speaks(query, reached, evidence);
            self.tail_speaks(query, evidence);
        }
    }

    /// Evidence of head products for tail products.
    fn head_speaks(&self, query: &[(u32, f32)], reached: f32, evidence: &mut [f32]) {
        let Head { place, scale, .. } = self.head;
        for (product, value) in query.iter().filter(|(product, _)| place[*product as usize] != TAIL) {
            let neighbours = self.items.neighbours(*product).iter();
            for (other, weight) in neighbours.filter(|(other, _)| place[*other as usize] == TAIL) {
                evidence[*other as usize] += value * weight;
            }
        }
        for (product, unexplained) in self.unexplained.iter().enumerate().filter(|(_, value)| **value != 0.0) {
            if place[product] == TAIL {
                evidence[product] -= self.factor * reached * unexplained * scale[product];
            }
        }
    }

    /// Evidence of tail products for all others.
    fn tail_speaks(&self, query: &[(u32, f32)], evidence: &mut [f32]) {
        let Head { place, scale, rest, inverse, .. } = self.head;
        for (product, value) in query.iter().map(|(product, value)| (*product as usize, value)) {
            if place[product] != TAIL {
                continue;
            }
            let mine = self.factor * self.unexplained[product];
            let less = (rest[product] - mine * self.unexplained[product]).max(rest[product] * LEAST_REST);
            for (other, weight) in self.items.neighbours(product as u32) {
                let other = *other as usize;
                let kept = weight / scale[other] * rest[product];
                let changed = match place[other] {
                    TAIL => kept - mine * self.unexplained[other],
                    at => {
                        let at = at as usize;
                        (kept * inverse.row(at)[at] - mine * self.whole[at]) / self.diagonal[at]
                    }
                };
                evidence[other] += value * changed / less * scale[other];
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::baskets::Baskets;
    use super::super::fit::Settings;
    use super::super::rows::Rows;
    use super::*;

    #[test]
    fn leaving_a_basket_out_equals_never_having_seen_it() {
        let lines: Vec<u32> = (0..300_u32).flat_map(|at| [at % 7, 7 + at % 5, 12 + at * at % 4]).collect();
        let starts: Vec<u32> = (0..=300).map(|at| at * 3).collect();
        let settings = Settings { ridge: 2.0, ridge_power: 0.0, popularity_power: 0.0, ..Settings::default() };
        let fitted = |count: usize| {
            let baskets = Baskets {
                products: 16,
                starts: &starts[..=count],
                lines: &lines[..count * 3],
                household: &[],
                day: &[],
            };
            let rows = Rows::baskets(&baskets, &settings);
            let weight = rows.weight(0);
            (Items::fit(16, &rows, &Rows::default(), &settings).unwrap(), weight)
        };
        let (((items, head), weight), ((before, _), _)) = (fitted(300), fitted(299));
        let last = &lines[299 * 3..];
        let query = [(last[0], 1.0), (last[1], 0.5)];
        let mut evidence = vec![0.0; 16];
        LeftOut::new(&items, &head, last, weight).evidence(&query, &mut evidence);
        for (product, value) in query {
            before.neighbours(product).iter().for_each(|(other, weight)| evidence[*other as usize] -= value * weight);
        }
        assert!(evidence.iter().all(|difference| difference.abs() < 2e-4), "{evidence:?}");
    }
}
