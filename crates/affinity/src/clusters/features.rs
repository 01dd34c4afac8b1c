//! What products are known by, as sparse features of *kinds*: products with the same text are one kind, others stand alone.

use std::collections::BTreeMap;

use super::products::{Product, Weights};
use super::words::{self, Lexicon};

/// Products gathered into kinds, in the order of their keys.
pub(crate) struct Kinds {
    /// The kind of each product, by the product's place in the canonical order.
    pub(crate) of: Vec<u32>,
    /// How many kinds there are.
    pub(crate) count: usize,
    /// The pinned cluster of each kind, [`super::communities::FREE`] for most.
    pub(crate) marks: Vec<u32>,
}

impl Kinds {
    /// Products with the same text are one kind when text counts; a pinned product is with those pinned to the same cluster.
    pub(crate) fn new(products: &[Product], pins: &[u32], with_text: bool) -> Self {
        let mut numbers: BTreeMap<(Vec<String>, u32), u32> = BTreeMap::new();
        let mut marks = Vec::new();
        let of = products.iter().zip(pins).map(|(product, &pin)| {
            let text =
                if with_text && pin == super::communities::FREE { words::words(product.text) } else { Vec::new() };
            let own = marks.len() as u32;
            if text.is_empty() && pin == super::communities::FREE {
                marks.push(pin);
                return own;
            }
            let number = *numbers.entry((text, pin)).or_insert(own);
            if number == own {
                marks.push(pin);
            }
            number
        });
        let of = of.collect();
        Self { of, count: marks.len(), marks }
    }
}

/// A sparse matrix by rows and by columns: kinds by features, or buyers by kinds.
pub(crate) struct Sparse {
    start: Vec<usize>,
    column: Vec<u32>,
    value: Vec<f32>,
}

impl Sparse {
    /// From entries; entries at the same place are added when `add`, and count 1 otherwise.
    pub(crate) fn new(rows: usize, mut entries: Vec<(u32, u32, f32)>, add: bool) -> Self {
        entries.sort_unstable_by_key(|(row, column, _)| (*row, *column));
        let mut sparse = Self { start: vec![0; rows + 1], column: Vec::new(), value: Vec::new() };
        let mut last = None;
        for (row, column, value) in entries {
            if last == Some((row, column)) {
                if add && let Some(sum) = sparse.value.last_mut() {
                    *sum += value;
                }
                continue;
            }
            last = Some((row, column));
            sparse.column.push(column);
            sparse.value.push(value);
            sparse.start[row as usize + 1] += 1;
        }
        for row in 0..rows {
            sparse.start[row + 1] += sparse.start[row];
        }
        sparse
    }

    pub(crate) fn rows(&self) -> usize {
        self.start.len() - 1
    }

    pub(crate) fn columns_of(&self, row: usize) -> &[u32] {
        &self.column[self.start[row]..self.start[row + 1]]
    }

    pub(crate) fn row(&self, row: usize) -> impl Iterator<Item = (u32, f32)> + '_ {
        let range = self.start[row]..self.start[row + 1];
        self.column[range.clone()].iter().copied().zip(self.value[range].iter().copied())
    }

    /// A row without its first `skipped` entries.
    pub(crate) fn row_from(&self, row: usize, skipped: u32) -> impl Iterator<Item = (u32, f32)> + '_ {
        let range = self.start[row] + skipped as usize..self.start[row + 1];
        self.column[range.clone()].iter().copied().zip(self.value[range].iter().copied())
    }

    /// Only the columns that are asked for.
    pub(crate) fn only(&self, is_wanted: impl Fn(usize) -> bool) -> Self {
        let mut entries = Vec::new();
        for row in 0..self.rows() {
            let wanted = self.row(row).filter(|(column, _)| is_wanted(*column as usize));
            entries.extend(wanted.map(|(column, value)| (row as u32, column, value)));
        }
        Self::new(self.rows(), entries, false)
    }

    pub(crate) fn transposed(&self, columns: usize) -> Self {
        let mut start = vec![0; columns + 1];
        for column in &self.column {
            start[*column as usize + 1] += 1;
        }
        for column in 0..columns {
            start[column + 1] += start[column];
        }
        let mut next = start.clone();
        let (mut column, mut value) = (vec![0; self.column.len()], vec![0.0; self.value.len()]);
        for row in 0..self.rows() {
            for (to, at) in self.row(row) {
                let place = &mut next[to as usize];
                column[*place] = row as u32;
                value[*place] = at;
                *place += 1;
            }
        }
        Self { start, column, value }
    }
}

/// Attributes: two kinds share Σ min(share, share) × weight over their features; text: Σ value × value.
pub(crate) struct Features {
    /// Kinds by attribute features; the value is the share of the kind's products that have it.
    pub(crate) attributes: Sparse,
    /// A feature's weight: the view's weight × ln(1 / its share of all products) / ln(products), so 1 at most.
    pub(crate) weight: Vec<f32>,
    /// Kinds by roots of words: unit rows of (1 + ln count) × inverse document frequency, times the root of the view's weight.
    pub(crate) text: Sparse,
    /// How many roots there are.
    pub(crate) roots: usize,
}

impl Features {
    pub(crate) fn new(products: &[Product], kinds: &Kinds, lexicon: &Lexicon, weights: &Weights) -> Self {
        let mut numbers: BTreeMap<(u8, String), u32> = BTreeMap::new();
        let mut view_of: Vec<f32> = Vec::new();
        let mut counts: Vec<f32> = Vec::new();
        let mut entries = Vec::new();
        let mut sizes = vec![0.0_f32; kinds.count];
        for (product, kind) in products.iter().zip(&kinds.of) {
            sizes[*kind as usize] += 1.0;
            let size = words::size(product.size);
            let views = [
                (weights.category, product.category.trim().to_uppercase()),
                (weights.brand, product.brand.trim().to_uppercase()),
                (weights.maker, product.maker.trim().to_uppercase()),
                (weights.size, size.as_ref().map_or(String::new(), |size| format!("{:.1} {}", size.amount, size.unit))),
                (weights.size, size.map_or(String::new(), |size| size.word)),
            ];
            for (view, (weight, value)) in views.into_iter().enumerate() {
                if weight <= 0.0 || value.is_empty() {
                    continue;
                }
                let next = view_of.len() as u32;
                let number = *numbers.entry((view as u8, value)).or_insert(next);
                if number == next {
                    view_of.push(weight);
                    counts.push(0.0);
                }
                counts[number as usize] += 1.0;
                entries.push((*kind, number, 1.0));
            }
        }
        for entry in &mut entries {
            entry.2 = 1.0 / sizes[entry.0 as usize];
        }
        let total = products.len() as f32;
        let scale = total.max(2.0).ln();
        let weight = view_of.iter().zip(&counts).map(|(view, count)| view * (total / count).ln() / scale).collect();
        let (text, roots) = text(products, kinds, lexicon, weights.text);
        Self { attributes: Sparse::new(kinds.count, entries, true), weight, text, roots }
    }
}

/// Unit rows of roots of words for each kind.
fn text(products: &[Product], kinds: &Kinds, lexicon: &Lexicon, weight: f32) -> (Sparse, usize) {
    let mut numbers: BTreeMap<&str, u32> = BTreeMap::new();
    let mut entries = Vec::new();
    let mut seen = vec![false; kinds.count];
    if weight > 0.0 {
        for (product, kind) in products.iter().zip(&kinds.of) {
            // Kinds without a mark have one text.
            if kinds.marks[*kind as usize] == super::communities::FREE
                && std::mem::replace(&mut seen[*kind as usize], true)
            {
                continue;
            }
            for root in words::words(product.text).iter().filter_map(|word| lexicon.root(word)) {
                let next = numbers.len() as u32;
                entries.push((*kind, *numbers.entry(root).or_insert(next), 1.0));
            }
        }
    }
    let mut counted = Sparse::new(kinds.count, entries, true);
    let mut documents = vec![0.0_f32; numbers.len()];
    for column in &counted.column {
        documents[*column as usize] += 1.0;
    }
    for row in 0..counted.rows() {
        let range = counted.start[row]..counted.start[row + 1];
        for at in range.clone() {
            let rarity = ((1.0 + kinds.count as f32) / (1.0 + documents[counted.column[at] as usize])).ln() + 1.0;
            counted.value[at] = (1.0 + counted.value[at].ln()) * rarity;
        }
        let length = counted.value[range.clone()].iter().map(|value| value * value).sum::<f32>().sqrt();
        for value in &mut counted.value[range] {
            *value *= weight.sqrt() / length.max(1e-9);
        }
    }
    (counted, numbers.len())
}
