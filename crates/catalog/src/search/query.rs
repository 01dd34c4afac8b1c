//! Asking the index. Every word is needed; a word that nobody has is read as its nearest; when even so nothing is found, the
//! products with the most of the words are. Exact counts more than a beginning, and that more than a near word.

use std::cmp::Ordering;
use std::collections::{BTreeMap, HashMap};

use contracts::shared::{CategoryId, ProductId};
use kit::quantity::Unit;

use super::index::{Document, Field, Index};
use super::spelling::Pattern;
use super::text::{self, Word};

/// The most words of a question that are looked at.
const MOST_WORDS: usize = 12;
/// Brands that are counted for a question.
const BRANDS: usize = 20;
/// What a product counts whose number or code was asked for.
const EXACT: f32 = 1_000.0;

/// A question.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// What the shopper wrote; everything, by name, when it is empty.
    pub text: String,
    /// The product whose number or code this is: the first hit.
    pub exact: Option<ProductId>,
    /// Only in this category and below.
    pub category: Option<CategoryId>,
    /// Only of this brand.
    pub brand: Option<String>,
    /// Whether products that are not sold are shown.
    pub blocked: bool,
    /// How many hits are left out, with a text.
    pub offset: usize,
    /// After which product, without one.
    pub after: Option<ProductId>,
    /// At most so many hits.
    pub limit: usize,
}

/// What was found.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Found {
    /// How many products there are.
    pub total: usize,
    /// Some of them, the best first.
    pub hits: Vec<Hit>,
    /// How many there are in each category below the one asked for, the most first.
    pub categories: Vec<CategoryCount>,
    /// How many there are of each brand, the most first.
    pub brands: Vec<BrandCount>,
    /// Whether no product has all the words.
    pub relaxed: bool,
    /// Whether there are more hits after these.
    pub more: bool,
}

/// A product that was found.
#[derive(Debug, Clone, PartialEq)]
pub struct Hit {
    /// The product.
    pub id: ProductId,
    /// Its article number.
    pub number: String,
    /// Its name.
    pub name: String,
    /// Its name in other languages.
    pub names: BTreeMap<String, String>,
    /// Its brand.
    pub brand: String,
    /// Its category.
    pub category: CategoryId,
    /// The names of its categories from the top down.
    pub path: Vec<String>,
    /// The unit it is sold by.
    pub unit: Unit,
    /// Whether it is sold.
    pub sold: bool,
}

/// How many products of a category were found.
#[derive(Debug, Clone, PartialEq)]
pub struct CategoryCount {
    /// The category.
    pub id: CategoryId,
    /// Its name.
    pub name: String,
    /// Its name in other languages.
    pub names: BTreeMap<String, String>,
    /// How many.
    pub count: usize,
}

/// How many products of a brand were found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrandCount {
    /// The brand.
    pub name: String,
    /// How many.
    pub count: usize,
}

/// Words of the index that a word of the question may stand for, with how well they fit, the best first.
type Readings = Vec<(u32, f32)>;

/// How far a word of the question may be from one of the index.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Leniency {
    /// The word, or one that begins with it.
    Strict,
    /// Within the errors that people make in words of its length.
    Near,
    /// One error more.
    Far,
}

impl Index {
    /// Answers a question. Nothing is found in a category, of a brand or after a product that does not exist.
    #[must_use]
    pub fn search(&self, wanted: &Wanted) -> Found {
        self.answer(wanted).unwrap_or_default()
    }

    fn answer(&self, wanted: &Wanted) -> Option<Found> {
        let category = known(wanted.category, |id| self.category(id))?;
        let brand = known(wanted.brand.as_deref(), |name| self.brand(name))?;
        let fits = |document: &Document| {
            document.is_present
                && (document.is_sold || wanted.blocked)
                && brand.is_none_or(|brand| document.brand == brand)
                && category.is_none_or(|category| self.upwards(document.category).any(|above| above == category))
        };
        let words = text::words(&wanted.text);
        if words.is_empty() {
            return self.browse(wanted, category, fits);
        }
        let (mut hits, relaxed) = self.matches(words);
        hits.retain(|(at, _)| fits(&self.documents[*at as usize]));
        if let Some(at) = wanted.exact.and_then(|id| self.place(id)).filter(|at| fits(&self.documents[*at as usize])) {
            match hits.iter_mut().find(|(other, _)| *other == at) {
                Some((_, score)) => *score += EXACT,
                None => hits.push((at, EXACT)),
            }
        }
        let mut found = self.counted(hits.iter().map(|(at, _)| *at), category);
        found.relaxed = relaxed && !hits.is_empty();
        let by_score = |a: &(u32, f32), b: &(u32, f32)| b.1.total_cmp(&a.1).then_with(|| self.by_name(a.0, b.0));
        let end = (wanted.offset + wanted.limit).min(hits.len());
        if end < hits.len() {
            hits.select_nth_unstable_by(end, by_score);
            hits.truncate(end);
        }
        hits.sort_unstable_by(by_score);
        found.more = end < found.total;
        found.hits = hits.iter().skip(wanted.offset).map(|(at, _)| self.hit(*at)).collect();
        Some(found)
    }

    /// Everything that `fits`, by name.
    fn browse(&self, wanted: &Wanted, category: Option<u32>, fits: impl Fn(&Document) -> bool) -> Option<Found> {
        let after = known(wanted.after, |id| self.place(id))?;
        let all: Vec<u32> =
            (0_u32..).zip(&self.documents).filter(|(_, document)| fits(document)).map(|(at, _)| at).collect();
        let mut found = self.counted(all.iter().copied(), category);
        let mut rest = all;
        if let Some(after) = after {
            rest.retain(|at| self.by_name(*at, after).is_gt());
        }
        let by_name = |a: &u32, b: &u32| self.by_name(*a, *b);
        found.more = rest.len() > wanted.limit;
        if found.more {
            rest.select_nth_unstable_by(wanted.limit, by_name);
            rest.truncate(wanted.limit);
        }
        rest.sort_unstable_by(by_name);
        found.hits = rest.into_iter().map(|at| self.hit(at)).collect();
        Some(found)
    }

    /// Documents with `words`, each with what it counts, and whether words had to be left out.
    fn matches(&self, mut words: Vec<Word>) -> (Vec<(u32, f32)>, bool) {
        words.truncate(MOST_WORDS);
        let words = self.joined(words);
        let hits = self.having_all(&words, Leniency::Strict);
        if !hits.is_empty() {
            return (hits, false);
        }
        if let Some(parted) = self.parted(&words) {
            let hits = self.having_all(&parted, Leniency::Strict);
            if !hits.is_empty() {
                return (hits, false);
            }
        }
        for leniency in [Leniency::Near, Leniency::Far] {
            let hits = self.having_all(&words, leniency);
            if !hits.is_empty() {
                return (hits, false);
            }
        }
        let readings = self.readings_of_all(&words, Leniency::Far);
        let mut fewer = (1..words.len()).rev().map(|needed| self.scored(&readings, needed));
        (fewer.find(|hits| !hits.is_empty()).unwrap_or_default(), true)
    }

    /// Documents that have all `words`, where a word that nobody has is read at least as its nearest.
    fn having_all(&self, words: &[Word], leniency: Leniency) -> Vec<(u32, f32)> {
        self.scored(&self.readings_of_all(words, leniency), words.len())
    }

    fn readings_of_all(&self, words: &[Word], leniency: Leniency) -> Vec<Readings> {
        let last = words.len() - 1;
        let read = |(n, word): (usize, &Word)| {
            let readings = self.readings(word, n == last, leniency);
            let nearest = leniency.max(Leniency::Near);
            if readings.is_empty() { self.readings(word, n == last, nearest) } else { readings }
        };
        words.iter().enumerate().map(read).collect()
    }

    /// Documents that have at least `needed` of the words.
    fn scored(&self, readings: &[Readings], needed: usize) -> Vec<(u32, f32)> {
        let mut scores = vec![0.0_f32; self.documents.len()];
        let mut counts = vec![0_u8; self.documents.len()];
        let mut best = vec![0.0_f32; self.documents.len()];
        let mut seen: Vec<u32> = Vec::new();
        let spare = readings.len() - needed;
        let all = self.len().max(2) as f32;
        for (n, readings) in readings.iter().enumerate() {
            seen.clear();
            for (term, fit) in readings {
                for posting in &self.terms[*term as usize].postings {
                    let at = (posting >> 2) as usize;
                    if n - usize::from(counts[at]) > spare {
                        continue; // it has missed too many words already
                    }
                    if best[at] == 0.0 {
                        seen.push(posting >> 2);
                    }
                    best[at] = best[at].max(fit * Field::ALL[(posting & 3) as usize].weight());
                }
            }
            // A rare word says more.
            let weight = 0.5 + 0.5 * (all / (seen.len() as f32 + 1.0)).ln().max(0.0) / all.ln();
            for at in seen.iter().map(|at| *at as usize) {
                scores[at] += std::mem::take(&mut best[at]) * weight;
                counts[at] += 1;
            }
        }
        let firsts: HashMap<u32, f32> = readings.first().into_iter().flatten().copied().collect();
        let enough = (0_u32..).zip(counts).filter(|(_, count)| usize::from(*count) >= needed);
        let worth = |(at, count): (u32, u8)| {
            let document = &self.documents[at as usize];
            let covered = f32::from(count) / f32::from(document.name_words.max(count));
            let begins = firsts.get(&document.first).copied().unwrap_or_default();
            (at, scores[at as usize] + 0.3 * covered + 0.15 * begins)
        };
        enough.map(worth).collect()
    }

    /// The words of the index that `word` may stand for.
    fn readings(&self, word: &Word, is_last: bool, leniency: Leniency) -> Readings {
        let is_number = text::is_number(word);
        let from = if is_number { 4 } else { 3 };
        let beginnings = is_last || word.len() >= from;
        let most = match (leniency, word.len()) {
            (Leniency::Strict, _) | (_, 0..=2) => 0,
            _ if is_number => 0,
            (Leniency::Near, 3..=5) | (Leniency::Far, 3) => 1,
            (Leniency::Near, _) | (Leniency::Far, 4..=5) => 2,
            (Leniency::Far, _) => 3,
        };
        let pattern = Pattern::new(word);
        let mut readings = Readings::new();
        for (n, letters) in self.letters.iter().enumerate() {
            let length = usize::from(self.lengths[n]);
            if !pattern.may_match(*letters, length, most, beginnings) {
                continue;
            }
            let other = &self.terms[n].word;
            if let Some(fit) = fit(word, other, &pattern, most, beginnings) {
                readings.push((n as u32, fit));
            }
        }
        if readings.is_empty() && leniency > Leniency::Strict {
            let typed = text::other_layout(word);
            if typed != *word {
                readings = self.readings(&typed, is_last, Leniency::Strict);
                readings.iter_mut().for_each(|(_, fit)| *fit *= 0.9);
            }
        }
        readings.sort_by(|a, b| b.1.total_cmp(&a.1));
        readings
    }

    /// `words` with those put together that only together are words.
    fn joined(&self, words: Vec<Word>) -> Vec<Word> {
        let mut joined: Vec<Word> = Vec::new();
        for word in words {
            if let Some(before) = joined.last_mut()
                && !(self.by_word.contains_key(before) && self.by_word.contains_key(&word))
                && !text::is_number(before)
                && !text::is_number(&word)
            {
                let both: Word = [&**before, &*word].concat().into();
                if self.by_word.contains_key(&both) {
                    *before = both;
                    continue;
                }
            }
            joined.push(word);
        }
        joined
    }

    /// `words` with those parted that nobody has but whose parts are words; `None` when there are none.
    fn parted(&self, words: &[Word]) -> Option<Vec<Word>> {
        let found_in = |part: &[u8]| self.by_word.get(part).map(|term| self.terms[*term as usize].postings.len());
        let mut parted = Vec::new();
        for word in words {
            let splits = (2..word.len().saturating_sub(1)).filter_map(|at| {
                let (left, right) = word.split_at(at);
                Some((found_in(left)?.min(found_in(right)?), left, right))
            });
            let best = splits.max_by_key(|(found, ..)| *found).filter(|_| found_in(word).is_none());
            match best {
                Some((_, left, right)) => parted.extend([Word::from(left), Word::from(right)]),
                None => parted.push(word.clone()),
            }
        }
        (parted.len() > words.len()).then_some(parted)
    }

    fn by_name(&self, a: u32, b: u32) -> Ordering {
        let of = |at: u32| {
            let document = &self.documents[at as usize];
            (&document.key, document.id)
        };
        of(a).cmp(&of(b))
    }

    /// How many of `documents` there are, of each brand, and in each category right below `category`.
    fn counted(&self, documents: impl Iterator<Item = u32>, category: Option<u32>) -> Found {
        let mut brands = vec![0_usize; self.brands.len()];
        let mut categories = vec![0_usize; self.categories.len()];
        let mut total = 0;
        for at in documents {
            let document = &self.documents[at as usize];
            total += 1;
            brands[document.brand as usize] += 1;
            let below =
                self.upwards(document.category).find(|place| self.categories[*place as usize].parent == category);
            if let Some(place) = below {
                categories[place as usize] += 1;
            }
        }
        let named = brands.into_iter().zip(&self.brands).filter(|(count, name)| *count > 0 && !name.is_empty());
        let mut brands: Vec<BrandCount> =
            named.map(|(count, name)| BrandCount { name: name.to_string(), count }).collect();
        brands.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.name.cmp(&b.name)));
        brands.truncate(BRANDS);
        let counted = categories.into_iter().zip(&self.categories).filter(|(count, _)| *count > 0);
        let mut categories: Vec<CategoryCount> = counted
            .map(|(count, node)| CategoryCount {
                id: node.id,
                name: node.name.clone(),
                names: node.names.clone(),
                count,
            })
            .collect();
        categories.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.name.cmp(&b.name)));
        Found { total, brands, categories, ..Found::default() }
    }

    fn hit(&self, at: u32) -> Hit {
        let document = &self.documents[at as usize];
        Hit {
            id: document.id,
            number: document.number.to_string(),
            name: document.name.to_string(),
            names: document.names.clone(),
            brand: self.brands[document.brand as usize].to_string(),
            category: self.categories[document.category as usize].id,
            path: self.path(document.category),
            unit: document.unit,
            sold: document.is_sold,
        }
    }
}

/// Where what is asked for is; `None` when something is asked for that is not known.
fn known<T>(asked: Option<T>, place: impl Fn(T) -> Option<u32>) -> Option<Option<u32>> {
    match asked {
        Some(asked) => place(asked).map(Some),
        None => Some(None),
    }
}

/// How well `other` fits `word`, 0 to 1; `None` when it is more than `most` errors away.
fn fit(word: &[u8], other: &[u8], pattern: &Pattern, most: u32, beginnings: bool) -> Option<f32> {
    if word == other {
        return Some(1.0);
    }
    if beginnings && other.starts_with(word) {
        return Some(0.7 + 0.2 * word.len() as f32 / other.len() as f32);
    }
    if most == 0 {
        return None;
    }
    let (whole, beginning) = pattern.distances(other);
    let same_start = if word[0] == other[0] { 0.05 } else { 0.0 };
    if whole <= most {
        return Some(0.75 - 0.12 * whole as f32 + same_start);
    }
    (beginnings && beginning <= most).then_some(0.6 - 0.12 * beginning as f32 + same_start)
}
