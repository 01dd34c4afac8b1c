//! What is known of products for searching. A changed product is a new document; the old one is dropped, and swept out when
//! many are.

use std::collections::{BTreeMap, HashMap};

use contracts::shared::{CategoryId, ProductId};
use kit::quantity::Unit;

use super::spelling::letters;
use super::text::{self, Word};
use crate::category::{Category, DEEPEST};
use crate::product::{AttributeValue, Product, Status};

/// Where in a product a word stands; the lower, the more it counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Field {
    Name,
    Brand,
    Category,
    Other,
}

impl Field {
    pub(super) const ALL: [Field; 4] = [Field::Name, Field::Brand, Field::Category, Field::Other];

    /// What a word found there counts.
    pub(super) const fn weight(self) -> f32 {
        match self {
            Field::Name => 1.0,
            Field::Brand => 0.9,
            Field::Category => 0.6,
            Field::Other => 0.5,
        }
    }
}

/// A word of some product.
pub(super) struct Term {
    pub(super) word: Word,
    /// Document and field, by document: `document << 2 | field`.
    pub(super) postings: Vec<u32>,
}

/// A product as it is found and shown.
pub(super) struct Document {
    pub(super) id: ProductId,
    pub(super) number: Box<str>,
    pub(super) name: Box<str>,
    pub(super) names: BTreeMap<String, String>,
    /// What it is sorted by.
    pub(super) key: Box<str>,
    pub(super) brand: u32,
    pub(super) category: u32,
    pub(super) unit: Unit,
    pub(super) is_sold: bool,
    /// Whether it is the product as it is now.
    pub(super) is_present: bool,
    /// Words in its name.
    pub(super) name_words: u8,
    /// The first of them.
    pub(super) first: u32,
}

/// A category as the index knows it.
pub struct CategoryNode {
    /// Its id.
    pub id: CategoryId,
    /// Its parent's place in the index.
    pub(super) parent: Option<u32>,
    /// Its name.
    pub name: String,
    /// Its name in other languages.
    pub names: BTreeMap<String, String>,
    /// Its place among its siblings.
    pub position: i64,
    /// Products that are sold, in itself.
    pub(super) products: i64,
}

/// A category in its place: itself, the one it belongs to, how many categories are right below it, and how many products are sold in it
/// and below.
pub type Below<'a> = (&'a CategoryNode, Option<CategoryId>, i64, i64);

/// All products for searching.
#[derive(Default)]
pub struct Index {
    pub(super) terms: Vec<Term>,
    pub(super) letters: Vec<u64>,
    pub(super) lengths: Vec<u8>,
    pub(super) by_word: HashMap<Word, u32>,
    pub(super) documents: Vec<Document>,
    by_id: HashMap<ProductId, u32>,
    pub(super) brands: Vec<Box<str>>,
    by_brand: HashMap<Box<str>, u32>,
    pub(super) categories: Vec<CategoryNode>,
    by_category: HashMap<CategoryId, u32>,
    dropped: usize,
}

impl Index {
    /// Takes a category in, or what has changed of it.
    pub fn put_category(&mut self, category: &Category) {
        let parent = category.parent.map(|parent| self.category_place(parent));
        let place = self.category_place(category.id);
        let node = &mut self.categories[place as usize];
        node.parent = parent;
        node.name.clone_from(&category.name);
        node.names.clone_from(&category.names);
        node.position = category.position;
    }

    /// Takes a product in, or what has changed of it.
    pub fn put(&mut self, product: &Product) {
        if let Some(old) = self.by_id.get(&product.id).copied() {
            self.drop_document(old);
        }
        let at = u32::try_from(self.documents.len()).expect("fewer than a thousand million products");
        let category = self.category_place(product.category);
        let name = text::words(&product.name);
        let first = name.first().map_or(u32::MAX, |word| self.term(word));
        let name_words = u8::try_from(name.len()).unwrap_or(u8::MAX);
        for (field, words) in self.words(product, name, category) {
            for word in words {
                let term = self.term(&word);
                self.post(term, at, field);
            }
        }
        let brand = self.brand_place(&product.brand);
        let is_sold = product.status == Status::Active;
        self.categories[category as usize].products += i64::from(is_sold);
        let names = &product.details.names;
        self.documents.push(Document {
            id: product.id,
            number: product.number.as_str().into(),
            name: product.name.as_str().into(),
            names: names.clone(),
            key: text::sort_key(&product.name),
            brand,
            category,
            unit: product.unit,
            is_sold,
            is_present: true,
            name_words,
            first,
        });
        self.by_id.insert(product.id, at);
        if self.dropped > 1_000 && self.dropped * 4 > self.documents.len() {
            self.sweep();
        }
    }

    /// How many products there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.by_id.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.by_id.is_empty()
    }

    /// The memory that it takes, in bytes, about: the tables of the allocator and of the maps not counted to the byte.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let words: usize = self.terms.iter().map(|term| 2 * term.word.len() + 4 * term.postings.capacity()).sum();
        let texts = |document: &Document| {
            let names = document.names.iter();
            document.number.len()
                + document.name.len()
                + document.key.len()
                + names.map(|(code, name)| code.len() + name.len() + 2 * size_of::<String>()).sum::<usize>()
        };
        let documents: usize = self.documents.iter().map(texts).sum();
        let tables = self.terms.capacity() * (size_of::<Term>() + size_of::<u64>() + 1)
            + self.by_word.capacity() * (size_of::<(Word, u32)>() + 1)
            + self.documents.capacity() * size_of::<Document>()
            + self.by_id.capacity() * (size_of::<(ProductId, u32)>() + 1);
        words + documents + tables
    }

    /// The place of the document of the product `id`.
    pub(super) fn place(&self, id: ProductId) -> Option<u32> {
        self.by_id.get(&id).copied()
    }

    /// The place of the brand `name`.
    pub(super) fn brand(&self, name: &str) -> Option<u32> {
        self.by_brand.get(name).copied()
    }

    /// The place of the category `id`.
    pub(super) fn category(&self, id: CategoryId) -> Option<u32> {
        self.by_category.get(&id).copied()
    }

    /// The places of `category` and those above it, from below.
    pub(super) fn upwards(&self, category: u32) -> impl Iterator<Item = u32> + '_ {
        std::iter::successors(Some(category), |place| self.categories[*place as usize].parent).take(DEEPEST)
    }

    /// The names from the top down to `category`.
    pub(super) fn path(&self, category: u32) -> Vec<String> {
        let mut path: Vec<String> =
            self.upwards(category).map(|place| self.categories[place as usize].name.clone()).collect();
        path.reverse();
        path
    }

    /// The categories below `parent` (or at the top), `depth` levels of them, those above before those below, with the number
    /// of their sub-categories and of the products that are sold in them and below; at most `limit`. `None` when there is no such parent.
    #[must_use]
    pub fn below(&self, parent: Option<CategoryId>, depth: usize, limit: usize) -> Option<Vec<Below<'_>>> {
        let parent = match parent {
            Some(id) => Some(self.category(id)?),
            None => None,
        };
        let mut products = vec![0_i64; self.categories.len()];
        let mut children: HashMap<Option<u32>, Vec<u32>> = HashMap::new();
        for (place, node) in (0_u32..).zip(&self.categories) {
            children.entry(node.parent).or_default().push(place);
            self.upwards(place).for_each(|above| products[above as usize] += node.products);
        }
        for siblings in children.values_mut() {
            siblings.sort_by_key(|place| {
                let node = &self.categories[*place as usize];
                (node.position, &node.name)
            });
        }
        let (mut found, mut level) = (Vec::new(), vec![parent]);
        for _ in 0..depth {
            let next: Vec<u32> =
                level.iter().flat_map(|above| children.get(above).into_iter().flatten().copied()).collect();
            for place in &next {
                let node = &self.categories[*place as usize];
                let above = node.parent.map(|above| self.categories[above as usize].id);
                let count = children.get(&Some(*place)).map_or(0, Vec::len);
                found.push((node, above, count as i64, products[*place as usize]));
            }
            level = next.into_iter().map(Some).collect();
        }
        found.truncate(limit);
        Some(found)
    }

    /// All words of a product, by the place where they count most.
    fn words(&self, product: &Product, name: Vec<Word>, category: u32) -> [(Field, Vec<Word>); 4] {
        let of = |texts: &mut dyn Iterator<Item = &str>| texts.flat_map(text::words).collect::<Vec<Word>>();
        let mut names = name;
        names.extend(of(&mut product.details.names.values().map(String::as_str)));
        let above = |place: u32| &self.categories[place as usize];
        let mut tree = self
            .upwards(category)
            .flat_map(|place| std::iter::once(&above(place).name).chain(above(place).names.values()))
            .map(String::as_str);
        let texts = product.details.attributes.values().filter_map(|value| match value {
            AttributeValue::Text(text) => Some(text.as_str()),
            AttributeValue::Number(_) | AttributeValue::YesNo(_) => None,
        });
        let mut other = texts.chain([product.details.maker.as_str(), product.number.as_str()]);
        [
            (Field::Name, names),
            (Field::Brand, of(&mut std::iter::once(product.brand.as_str()))),
            (Field::Category, of(&mut tree)),
            (Field::Other, of(&mut other)),
        ]
    }

    fn term(&mut self, word: &Word) -> u32 {
        if let Some(term) = self.by_word.get(word) {
            return *term;
        }
        let term = u32::try_from(self.terms.len()).expect("fewer than four thousand million words");
        self.by_word.insert(word.clone(), term);
        self.letters.push(letters(word));
        self.lengths.push(u8::try_from(word.len()).unwrap_or(u8::MAX));
        self.terms.push(Term { word: word.clone(), postings: Vec::new() });
        term
    }

    /// Notes that `document` has the word in `field`; fields come in the order in which they count.
    fn post(&mut self, term: u32, document: u32, field: Field) {
        let postings = &mut self.terms[term as usize].postings;
        if postings.last().is_none_or(|last| last >> 2 != document) {
            postings.push(document << 2 | field as u32);
        }
    }

    fn drop_document(&mut self, at: u32) {
        let document = &mut self.documents[at as usize];
        document.is_present = false;
        self.categories[document.category as usize].products -= i64::from(document.is_sold);
        self.dropped += 1;
    }

    /// Sweeps dropped documents out.
    fn sweep(&mut self) {
        let mut places = vec![u32::MAX; self.documents.len()];
        let mut next = 0;
        for (place, document) in places.iter_mut().zip(&self.documents) {
            if document.is_present {
                *place = next;
                next += 1;
            }
        }
        for term in &mut self.terms {
            term.postings.retain_mut(|posting| {
                let place = places[(*posting >> 2) as usize];
                *posting = place << 2 | (*posting & 3);
                place != u32::MAX
            });
        }
        self.documents.retain(|document| document.is_present);
        self.by_id = (0_u32..).zip(&self.documents).map(|(at, document)| (document.id, at)).collect();
        self.dropped = 0;
    }

    fn brand_place(&mut self, brand: &str) -> u32 {
        if let Some(place) = self.by_brand.get(brand) {
            return *place;
        }
        let place = u32::try_from(self.brands.len()).expect("fewer than four thousand million brands");
        self.brands.push(brand.into());
        self.by_brand.insert(brand.into(), place);
        place
    }

    fn category_place(&mut self, id: CategoryId) -> u32 {
        if let Some(place) = self.by_category.get(&id) {
            return *place;
        }
        let place = u32::try_from(self.categories.len()).expect("fewer than four thousand million categories");
        let (names, name) = (BTreeMap::new(), String::new());
        self.categories.push(CategoryNode { id, parent: None, name, names, position: 0, products: 0 });
        self.by_category.insert(id, place);
        place
    }
}
