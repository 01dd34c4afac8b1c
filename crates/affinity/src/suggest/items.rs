//! The item model: how much each product in a basket speaks for every other product.
//!
//! Ridge regression of every product on all others (EASE: Steck, "Embarrassingly Shallow Autoencoders for Sparse Data",
//! 2019): with P = (G + Λ)⁻¹ of the gram matrix G, the weight from i to j is −P_ij / P_jj. The most bought products, the
//! head, are solved exactly. For each tail product t the block inverse is used with its own row only: y = P G_·t,
//! s = G_tt + λ − G_t· y, so head → t is y, t → head j is y_j / (P_jj s), and t → tail product j is the co-purchase
//! that the head does not explain, divided by s. Of each product's weights only the largest are kept.

use super::dense::Symmetric;
use super::fit::Settings;
use super::rows::Rows;

/// Baskets at which a product's ridge is the plain one and its scale is one.
const REFERENCE: f32 = 100.0;
/// How much of a product's share of baskets is evidence for it in any basket: decides ties, fills up short lists.
const BACKGROUND: f32 = 0.01;
/// Head products by which a tail product is remembered.
const TAIL_WEIGHTS: usize = 64;

/// A tail product keeps this part of the weights that a head product keeps.
const TAIL_SHARE: usize = 4;
/// The least part of its ridge that stays unexplained of a tail product.
pub(super) const LEAST_REST: f32 = 0.5;

/// No head product.
pub(super) const TAIL: u32 = u32::MAX;

/// The weights, product by product.
#[derive(Debug, Clone)]
pub(super) struct Items {
    /// Share of the baskets that have the product.
    pub(super) share: Vec<f32>,
    /// Evidence for each product in any basket.
    pub(super) background: Vec<f32>,
    starts: Vec<u32>,
    entries: Vec<(u32, f32)>,
}

/// The exactly solved part, needed while the rankers learn.
pub(super) struct Head {
    /// (G + Λ)⁻¹.
    pub(super) inverse: Symmetric,
    /// The products solved exactly, the most bought first.
    pub(super) products: Vec<u32>,
    /// Where a product stands among them, or [`TAIL`].
    pub(super) place: Vec<u32>,
    /// What evidence for a product is multiplied by: popular products need a little more of it.
    pub(super) scale: Vec<f32>,
    /// What the head leaves unexplained of each tail product (s above); zero for head products.
    pub(super) rest: Vec<f32>,
}

impl Items {
    /// Fits the model to baskets (rows of ones) and windows. None if the matrix is not positive definite.
    pub(super) fn fit(products: usize, baskets: &Rows, windows: &Rows, settings: &Settings) -> Option<(Self, Head)> {
        let mut times = vec![0_u32; products];
        for row in 0..baskets.len() {
            baskets.row(row).0.iter().for_each(|product| times[*product as usize] += 1);
        }
        let total = baskets.len().max(1) as f32;
        let share: Vec<f32> = times.iter().map(|times| *times as f32 / total).collect();
        let popularity: Vec<f32> = times.iter().map(|times| (*times).max(1) as f32 / REFERENCE).collect();
        let scale: Vec<f32> = popularity.iter().map(|one| one.powf(-settings.popularity_power)).collect();
        let mut diagonal = baskets.diagonal(products);
        diagonal.iter_mut().zip(windows.diagonal(products)).for_each(|(sum, more)| *sum += more);
        let bought: f64 = times.iter().map(|times| f64::from(*times)).sum();
        let mean_weight = (diagonal.iter().sum::<f64>() / bought.max(1.0)).max(1e-6) as f32;
        let ridge: Vec<f32> =
            popularity.iter().map(|one| settings.ridge * mean_weight * one.powf(settings.ridge_power)).collect();

        let mut order: Vec<u32> = (0..products as u32).collect();
        order.sort_by_key(|product| (std::cmp::Reverse(times[*product as usize]), *product));
        order.truncate(settings.head.max(1));
        let mut place = vec![TAIL; products];
        order.iter().enumerate().for_each(|(at, product)| place[*product as usize] = at as u32);

        let mut inverse = Symmetric::zeros(order.len());
        for (at, product) in order.iter().enumerate() {
            inverse.add(at, at, ridge[*product as usize]);
        }
        for rows in [baskets, windows] {
            add_gram(&mut inverse, rows, &place);
        }
        if !inverse.invert() {
            return None;
        }
        inverse.mirror();
        let mut head = Head { inverse, products: order, place, scale, rest: vec![0.0; products] };
        let mut kept = Kept::new(products, settings.neighbours);
        keep_head(&mut kept, &head);
        if products > head.products.len() {
            keep_tail(&mut kept, &mut head, [baskets, windows], &ridge);
        }
        let background = share.iter().map(|share| share * BACKGROUND).collect();
        let (starts, entries) = kept.columns(&head.scale);
        Some((Self { share, background, starts, entries }, head))
    }

    /// Products of the catalogue.
    pub(super) fn len(&self) -> usize {
        self.share.len()
    }

    /// What a product speaks for, and how much: the largest weights first.
    pub(super) fn neighbours(&self, product: u32) -> &[(u32, f32)] {
        &self.entries[self.starts[product as usize] as usize..self.starts[product as usize + 1] as usize]
    }

    /// Weights kept.
    pub(super) fn kept(&self) -> usize {
        self.entries.len()
    }
}

/// Adds Σ weight × v vᵀ over the rows' head products.
fn add_gram(gram: &mut Symmetric, rows: &Rows, place: &[u32]) {
    let mut inside: Vec<(u32, f32)> = Vec::new();
    for row in 0..rows.len() {
        let (products, values) = rows.row(row);
        inside.clear();
        inside.extend(
            products
                .iter()
                .zip(values)
                .map(|(product, value)| (place[*product as usize], *value))
                .filter(|one| one.0 != TAIL),
        );
        inside.sort_unstable_by_key(|one| one.0);
        for (at, (one, value)) in inside.iter().enumerate() {
            for (other, also) in &inside[..=at] {
                gram.add(*one as usize, *other as usize, rows.weight(row) * value * also);
            }
        }
    }
}

/// The largest weights from each product.
struct Kept {
    most: usize,
    lists: Vec<Vec<(u32, f32)>>,
}

impl Kept {
    fn new(products: usize, most: usize) -> Self {
        Self { most: most.max(TAIL_SHARE), lists: vec![Vec::new(); products] }
    }

    /// Adds an entry to a product's list, which is cut down before it grows to twice its size.
    fn add(&mut self, product: u32, entry: (u32, f32)) {
        let list = &mut self.lists[product as usize];
        list.push(entry);
        if list.len() >= 2 * self.most {
            largest(list, self.most);
        }
    }

    /// Starts and entries of all lists, weights times the scale of the product they speak for.
    fn columns(mut self, scale: &[f32]) -> (Vec<u32>, Vec<(u32, f32)>) {
        let (mut starts, mut entries) = (vec![0], Vec::new());
        for list in &mut self.lists {
            list.iter_mut().for_each(|entry| entry.1 *= scale[entry.0 as usize]);
            largest(list, self.most);
            list.sort_unstable_by(larger);
            entries.extend_from_slice(list);
            starts.push(entries.len() as u32);
            *list = Vec::new();
        }
        (starts, entries)
    }
}

/// Cuts the list down to its entries of largest size; among equals the smaller product stays.
fn largest(list: &mut Vec<(u32, f32)>, most: usize) {
    list.retain(|entry| entry.1 != 0.0);
    if list.len() > most {
        list.select_nth_unstable_by(most - 1, larger);
        list.truncate(most);
    }
}

/// Larger sizes first, equals by number.
fn larger(one: &(u32, f32), other: &(u32, f32)) -> std::cmp::Ordering {
    other.1.abs().total_cmp(&one.1.abs()).then(one.0.cmp(&other.0))
}

fn keep_head(kept: &mut Kept, head: &Head) {
    let own: Vec<f32> = (0..head.products.len()).map(|at| -1.0 / head.inverse.row(at)[at]).collect();
    for (at, product) in head.products.iter().enumerate() {
        let mut list: Vec<(u32, f32)> = Vec::with_capacity(head.products.len());
        for (other, value) in head.inverse.row(at).iter().enumerate() {
            if other != at {
                list.push((head.products[other], value * own[other]));
            }
        }
        largest(&mut list, kept.most);
        kept.lists[*product as usize] = list;
    }
}

/// Weights from and to the products outside the head.
fn keep_tail(kept: &mut Kept, head: &mut Head, rows: [&Rows; 2], ridge: &[f32]) {
    let products = kept.lists.len();
    let found = rows.map(|rows| Found::new(products, rows));
    let tail: Vec<u32> = (0..products as u32).filter(|product| head.place[*product as usize] == TAIL).collect();
    let mut gram = Column { cells: vec![0.0; products], touched: Vec::new() };
    // By which head products each tail product is explained.
    let mut explained: Vec<Vec<(u32, f32)>> = Vec::with_capacity(tail.len());
    let mut answer = vec![0.0; head.products.len()];
    let (mut list, mut outward) = (Vec::new(), Vec::new());
    let diagonal: Vec<f32> = (0..answer.len()).map(|at| head.inverse.row(at)[at]).collect();
    for product in &tail {
        gram.fill(*product as usize, &rows, &found);
        let touched = gram.touched.iter().map(|other| (*other, gram.cells[*other as usize]));
        let inside: Vec<(usize, f32)> = head.places(touched).collect();
        head.solve(&inside, &mut answer);
        let own = gram.cells[*product as usize] + ridge[*product as usize];
        let left = own - inside.iter().map(|(at, value)| value * answer[*at]).sum::<f32>();
        let rest = left.max(ridge[*product as usize] * LEAST_REST);
        head.rest[*product as usize] = rest;
        outward.clear();
        outward.extend(
            answer
                .iter()
                .zip(&diagonal)
                .zip(&head.products)
                .map(|((value, own), other)| (*other, value / (own * rest))),
        );
        largest(&mut outward, kept.most / TAIL_SHARE);
        kept.lists[*product as usize] = outward.clone();
        list.clear();
        list.extend(answer.iter().enumerate().map(|(at, value)| (at as u32, *value)));
        largest(&mut list, TAIL_WEIGHTS);
        for (at, value) in &list {
            kept.add(head.products[*at as usize], (*product, *value));
        }
        explained.push(list.iter().map(|(at, value)| (head.products[*at as usize], *value)).collect());
    }
    let mut order = vec![TAIL; products];
    tail.iter().enumerate().for_each(|(at, product)| order[*product as usize] = at as u32);
    for product in &tail {
        gram.fill(*product as usize, &rows, &found);
        let rest = head.rest[*product as usize];
        for other in gram.touched.iter().filter(|other| *other != product && order[**other as usize] != TAIL) {
            let by_head = explained[order[*other as usize] as usize].iter();
            let by_head: f32 = by_head.map(|(head, value)| gram.cells[*head as usize] * value).sum();
            kept.lists[*product as usize].push((*other, (gram.cells[*other as usize] - by_head) / rest));
        }
        largest(&mut kept.lists[*product as usize], kept.most / TAIL_SHARE);
    }
}

impl Head {
    /// The head products among some, by their places, with their values.
    pub(super) fn places(&self, products: impl Iterator<Item = (u32, f32)>) -> impl Iterator<Item = (usize, f32)> {
        let places = products.map(|(product, value)| (self.place[product as usize], value));
        places.filter(|(at, _)| *at != TAIL).map(|(at, value)| (at as usize, value))
    }

    /// P × a sparse vector, four rows of P at a time: the sums are read and written less often.
    fn solve(&self, inside: &[(usize, f32)], answer: &mut [f32]) {
        answer.fill(0.0);
        let (fours, rest) = inside.as_chunks::<4>();
        for four in fours {
            let [one, two, three, four] = four.map(|(at, value)| (self.inverse.row(at), value));
            let rows = one.0.iter().zip(two.0).zip(three.0).zip(four.0);
            for (sum, (((first, second), third), fourth)) in answer.iter_mut().zip(rows) {
                *sum += (one.1 * first + two.1 * second) + (three.1 * third + four.1 * fourth);
            }
        }
        for (at, value) in rest {
            answer.iter_mut().zip(self.inverse.row(*at)).for_each(|(sum, cell)| *sum += value * cell);
        }
    }
}

/// A column of the gram matrix over all products.
struct Column {
    cells: Vec<f32>,
    touched: Vec<u32>,
}

impl Column {
    /// The column of a product in place of the one before.
    fn fill(&mut self, product: usize, rows: &[&Rows; 2], found: &[Found; 2]) {
        self.touched.drain(..).for_each(|other| self.cells[other as usize] = 0.0);
        for (rows, found) in rows.iter().zip(found) {
            for (row, value) in found.of(product) {
                let (products, values) = rows.row(*row as usize);
                let weight = rows.weight(*row as usize) * value;
                for (other, also) in products.iter().zip(values) {
                    let cell = &mut self.cells[*other as usize];
                    if *cell == 0.0 {
                        self.touched.push(*other);
                    }
                    *cell += weight * also;
                }
            }
        }
    }
}

/// In which rows a product is found, with its value there.
struct Found {
    starts: Vec<u32>,
    rows: Vec<(u32, f32)>,
}

impl Found {
    fn new(products: usize, rows: &Rows) -> Self {
        let mut starts = vec![0_u32; products + 1];
        for row in 0..rows.len() {
            rows.row(row).0.iter().for_each(|product| starts[*product as usize + 1] += 1);
        }
        for product in 0..products {
            starts[product + 1] += starts[product];
        }
        let mut next = starts.clone();
        let mut found = vec![(0, 0.0); starts[products] as usize];
        for row in 0..rows.len() {
            let (products, values) = rows.row(row);
            for (product, value) in products.iter().zip(values) {
                let at = &mut next[*product as usize];
                found[*at as usize] = (row as u32, *value);
                *at += 1;
            }
        }
        Self { starts, rows: found }
    }

    fn of(&self, product: usize) -> &[(u32, f32)] {
        &self.rows[self.starts[product] as usize..self.starts[product + 1] as usize]
    }
}
