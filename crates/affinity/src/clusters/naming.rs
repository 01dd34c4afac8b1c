//! Names for clusters: the words and attributes that their products share and others lack.

use std::collections::{BTreeMap, BTreeSet};

use super::products::Product;
use super::words::{self, Lexicon};

/// A term of a cluster with the share of the products that have it.
type Terms = Vec<(String, f32)>;

/// How many terms tell a cluster.
const TERMS: usize = 5;

/// The name and terms of each cluster; given names stay, the others differ from each other and from those.
pub(crate) fn names(
    products: &[Product],
    lexicon: &Lexicon,
    labels: &[u32],
    given: &[Option<String>],
) -> Vec<(String, Terms)> {
    let count = given.len();
    let mut sizes = vec![0.0_f32; count];
    let mut inside: BTreeMap<(u32, Term), Seen> = BTreeMap::new();
    let mut outside: BTreeMap<Term, f32> = BTreeMap::new();
    for (product, label) in products.iter().zip(labels) {
        sizes[*label as usize] += 1.0;
        for (term, place) in terms(product, lexicon) {
            *outside.entry(term.clone()).or_default() += 1.0;
            let seen = inside.entry((*label, term)).or_default();
            seen.hits += 1.0;
            seen.places += place as f32;
        }
    }
    let total = products.len().max(1) as f32;
    let mut ranked: Vec<Vec<Ranked>> = (0..count).map(|_| Vec::new()).collect();
    for ((label, term), seen) in inside {
        let share = seen.hits / sizes[label as usize];
        let everywhere = outside[&term] / total;
        let place = seen.places / seen.hits;
        // What many products share counts more than what only these have, and the head of a text more than its tail.
        let score = term.view.weight() * share * (share / everywhere).ln() / (1.0 + 0.2 * place);
        let shown = if term.view == View::Word { lexicon.shown(&term.text).to_owned() } else { term.text.clone() };
        ranked[label as usize].push(Ranked { score, is_word: term.view == View::Word, shown, share, place });
    }
    let mut taken: BTreeSet<String> = given.iter().flatten().cloned().collect();
    let told = ranked.into_iter().zip(given).map(|(mut terms, given)| {
        terms.sort_by(|a, b| b.score.total_cmp(&a.score).then_with(|| a.shown.cmp(&b.shown)));
        let best: Terms = terms.iter().take(TERMS).map(|term| (term.shown.clone(), term.share)).collect();
        let name = given.clone().unwrap_or_else(|| free_name(&terms, &mut taken));
        (name, best)
    });
    told.collect()
}

/// How often a cluster's products have a term, and where in their texts.
#[derive(Default)]
struct Seen {
    hits: f32,
    places: f32,
}

/// A term of one cluster.
struct Ranked {
    score: f32,
    is_word: bool,
    shown: String,
    share: f32,
    place: f32,
}

/// The shortest run of a cluster's best terms that no other cluster is called by: words as a phrase in the order of the texts,
/// other terms behind commas.
fn free_name(terms: &[Ranked], taken: &mut BTreeSet<String>) -> String {
    let mut telling: Vec<&Ranked> = terms.iter().filter(|term| term.share >= 0.2).collect();
    if telling.is_empty() {
        telling = terms.iter().take(1).collect();
    }
    let phrase = |length: usize| {
        let (mut words, others): (Vec<&Ranked>, Vec<&Ranked>) = telling[..length].iter().partition(|term| term.is_word);
        words.sort_by(|a, b| a.place.total_cmp(&b.place).then_with(|| a.shown.cmp(&b.shown)));
        let words: Vec<&str> = words.iter().map(|term| term.shown.as_str()).collect();
        let mut parts = vec![capital(&words.join(" "))];
        parts.extend(others.iter().map(|term| term.shown.clone()));
        parts.retain(|part| !part.is_empty());
        parts.join(", ")
    };
    for length in 2.min(telling.len())..=telling.len() {
        let name = phrase(length);
        if !name.is_empty() && taken.insert(name.clone()) {
            return name;
        }
    }
    let stem = if telling.is_empty() { "Various".to_owned() } else { phrase(telling.len().min(2)) };
    let mut numbered = (1..).map(|number| if number == 1 { stem.clone() } else { format!("{stem} {number}") });
    let name = numbered.find(|name| !taken.contains(name)).unwrap_or_default();
    taken.insert(name.clone());
    name
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().to_string() + letters.as_str())
}

/// What can stand in a name, most telling first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum View {
    Word,
    Category,
    Maker,
    Brand,
    Size,
}

impl View {
    fn weight(self) -> f32 {
        match self {
            View::Word | View::Category => 1.0,
            View::Maker => 0.4,
            View::Brand | View::Size => 0.2,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Term {
    view: View,
    text: String,
}

/// A product's terms, each once, with the word's place in the text; words stand as roots.
fn terms(product: &Product, lexicon: &Lexicon) -> BTreeMap<Term, usize> {
    let mut terms = BTreeMap::new();
    for (place, word) in words::words(product.text).into_iter().enumerate() {
        if let Some(root) = lexicon.root(&word).filter(|root| root.len() > 1) {
            terms.entry(Term { view: View::Word, text: root.to_owned() }).or_insert(place);
        }
    }
    let views = [
        (View::Category, product.category),
        (View::Maker, product.maker),
        (View::Brand, product.brand),
        (View::Size, product.size),
    ];
    for (view, text) in views.into_iter().filter(|(_, text)| !text.trim().is_empty()) {
        terms.insert(Term { view, text: text.trim().to_owned() }, 0);
    }
    terms
}
