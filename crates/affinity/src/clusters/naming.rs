//! Names for clusters: the words and attributes that their products share and others lack.

use std::collections::{BTreeMap, BTreeSet};

use super::products::Product;
use super::words;

/// A term of a cluster with the share of the products that have it.
type Terms = Vec<(String, f32)>;

/// How many terms tell a cluster.
const TERMS: usize = 5;

/// The name and terms of each cluster; given names stay, the others differ from each other and from those.
pub(crate) fn names(products: &[Product], labels: &[u32], given: &[Option<String>]) -> Vec<(String, Terms)> {
    let count = given.len();
    let mut sizes = vec![0.0_f32; count];
    // Terms by view: words tell more than category, maker, brand and size.
    let mut inside: BTreeMap<(u32, Term), f32> = BTreeMap::new();
    let mut outside: BTreeMap<Term, f32> = BTreeMap::new();
    for (product, label) in products.iter().zip(labels) {
        sizes[*label as usize] += 1.0;
        for term in terms(product) {
            *outside.entry(term.clone()).or_default() += 1.0;
            *inside.entry((*label, term)).or_default() += 1.0;
        }
    }
    let total = products.len().max(1) as f32;
    let mut ranked: Vec<Vec<(f32, Term, f32)>> = vec![Vec::new(); count];
    for ((label, term), hits) in inside {
        let share = hits / sizes[label as usize];
        let everywhere = outside[&term] / total;
        let score = term.view.weight() * share * (share / everywhere).ln();
        ranked[label as usize].push((score, term, share));
    }
    let mut taken: BTreeSet<String> = given.iter().flatten().cloned().collect();
    let told = ranked.into_iter().zip(given).map(|(mut terms, given)| {
        terms.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
        let best: Terms = terms.iter().take(TERMS).map(|(_, term, share)| (term.shown(), *share)).collect();
        let name = given.clone().unwrap_or_else(|| free_name(&terms, &mut taken));
        (name, best)
    });
    told.collect()
}

/// The shortest run of a cluster's best terms that no other cluster is called by.
fn free_name(terms: &[(f32, Term, f32)], taken: &mut BTreeSet<String>) -> String {
    let telling: Vec<&Term> = terms.iter().filter(|(_, _, share)| *share >= 0.2).map(|(_, term, _)| term).collect();
    let telling = if telling.is_empty() { terms.iter().take(1).map(|(_, term, _)| term).collect() } else { telling };
    let shown: Vec<String> = telling.iter().map(|term| term.shown()).collect();
    for length in 2.min(shown.len())..=shown.len() {
        let name = shown[..length].join(", ");
        if !name.is_empty() && taken.insert(name.clone()) {
            return name;
        }
    }
    let stem = if shown.is_empty() { "Various".to_owned() } else { shown[..shown.len().min(2)].join(", ") };
    let name = (1..).map(|number| if number == 1 { stem.clone() } else { format!("{stem} {number}") });
    let mut name = name.filter(|name| !taken.contains(name));
    let name = name.next().unwrap_or_default();
    taken.insert(name.clone());
    name
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

impl Term {
    fn shown(&self) -> String {
        if self.view == View::Word {
            let mut letters = self.text.chars();
            letters.next().map_or(String::new(), |first| first.to_string() + &letters.as_str().to_lowercase())
        } else {
            self.text.clone()
        }
    }
}

/// A product's terms, each once.
fn terms(product: &Product) -> BTreeSet<Term> {
    let told = words::words(product.text).into_iter().filter(|word| words::stem(word).is_some_and(|stem| stem.len() > 1));
    let told = told.map(|text| Term { view: View::Word, text });
    let views = [
        (View::Category, product.category),
        (View::Maker, product.maker),
        (View::Brand, product.brand),
        (View::Size, product.size),
    ];
    let known = views.into_iter().filter(|(_, text)| !text.trim().is_empty());
    told.chain(known.map(|(view, text)| Term { view, text: text.trim().to_owned() })).collect()
}
