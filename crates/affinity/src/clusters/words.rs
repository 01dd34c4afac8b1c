//! Words and sizes as labels write them: abbreviations fall together with what they abbreviate, `16OZ` with `16 oz`.

use std::collections::BTreeMap;

/// The words of a text in capitals: runs of letters and digits.
pub(crate) fn words(text: &str) -> Vec<String> {
    text.split(|letter: char| !letter.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_uppercase)
        .collect()
}

/// The words of a catalogue: which abbreviate which.
pub(crate) struct Lexicon {
    roots: BTreeMap<String, String>,
    shown: BTreeMap<String, String>,
}

impl Lexicon {
    /// From the texts of all products.
    pub(crate) fn new<'a>(texts: impl Iterator<Item = &'a str>) -> Self {
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        for word in texts.flat_map(words).filter(|word| !is_number(word)) {
            *counts.entry(word).or_default() += 1;
        }
        let mut groups: BTreeMap<String, BTreeMap<String, usize>> = BTreeMap::new();
        for (word, count) in &counts {
            let one = singular(word);
            *groups.entry(skeleton(&one)).or_default().entry(one).or_default() += count;
        }
        let mut spelled: BTreeMap<String, String> = BTreeMap::new();
        for group in groups.values() {
            for word in group.keys() {
                let longer = group.iter().filter(|(other, _)| abbreviates(word, other));
                let best = longer.max_by_key(|(other, count)| (**count, other.len(), *other));
                spelled.insert(word.clone(), best.map_or(word, |(other, _)| other).clone());
            }
        }
        let mut roots = BTreeMap::new();
        let mut best: BTreeMap<String, (usize, String)> = BTreeMap::new();
        for (word, count) in counts {
            let one = singular(&word);
            let mut root = &one;
            // An abbreviation of an abbreviation: each is longer than the one before.
            while let Some(next) = spelled.get(root).filter(|next| *next != root) {
                root = next;
            }
            if *root == one && best.get(root).is_none_or(|best| count > best.0) {
                best.insert(root.clone(), (count, word.to_lowercase()));
            }
            let root = root.clone();
            roots.insert(word, root);
        }
        Self { roots, shown: best.into_iter().map(|(root, (_, word))| (root, word)).collect() }
    }

    /// The spelled-out singular of a word of the catalogue; none for numbers and strange words.
    pub(crate) fn root(&self, word: &str) -> Option<&str> {
        self.roots.get(word).map(String::as_str)
    }

    /// How a root is mostly written.
    pub(crate) fn shown<'a>(&'a self, root: &'a str) -> &'a str {
        self.shown.get(root).map_or(root, String::as_str)
    }
}

fn is_number(word: &str) -> bool {
    word.chars().all(|letter| letter.is_ascii_digit())
}

fn is_vowel(letter: char) -> bool {
    matches!(letter, 'A' | 'E' | 'I' | 'O' | 'U' | 'Y')
}

fn singular(word: &str) -> String {
    for (end, one) in [("IES", "Y"), ("OES", "O")] {
        if let Some(stem) = word.strip_suffix(end).filter(|stem| stem.len() > 2) {
            return format!("{stem}{one}");
        }
    }
    let stem = word.strip_suffix('S').filter(|stem| stem.len() > 2 && !stem.ends_with('S'));
    stem.unwrap_or(word).to_owned()
}

/// What remains of a word when it is abbreviated the way labels do it: the first letter and the consonants, double letters once.
fn skeleton(word: &str) -> String {
    let mut bones = String::with_capacity(word.len());
    let mut last = None;
    for letter in word.chars() {
        if last.is_none() || (!is_vowel(letter) && last != Some(letter)) {
            bones.push(letter);
        }
        last = Some(letter);
    }
    bones
}

/// Whether a word is a longer one, of the same skeleton and end, with letters left out. `DRY` is no short `DAIRY`: who writes the last
/// vowel `Y` and no other leaves none out.
fn abbreviates(word: &str, longer: &str) -> bool {
    let is_whole = word.ends_with('Y') && word.chars().filter(|letter| is_vowel(*letter)).count() == 1;
    let same_end = word.chars().next_back() == longer.chars().next_back();
    let mut letters = longer.chars();
    word.len() < longer.len()
        && same_end
        && !is_whole
        && word.chars().all(|letter| letters.any(|other| other == letter))
}

/// An amount and its unit, both as the label gives them.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Size {
    /// The amount in the unit's base (g, ml, m, pieces) where the unit is known.
    pub(crate) amount: f64,
    /// The unit's base, or the label's own word.
    pub(crate) unit: String,
    /// The label's own unit word.
    pub(crate) word: String,
}

/// The first number of a size text and the unit that follows it; `None` when there is no positive number.
pub(crate) fn size(text: &str) -> Option<Size> {
    let text = text.trim();
    let begin = text.find(|letter: char| letter.is_ascii_digit() || letter == '.')?;
    let rest = &text[begin..];
    let end = rest.find(|letter: char| !letter.is_ascii_digit() && letter != '.').unwrap_or(rest.len());
    let number: f64 = rest[..end].trim_end_matches('.').parse().ok().filter(|number| *number > 0.0)?;
    let word: String = rest[end..].trim().to_uppercase();
    let word = word.trim_end_matches('.').to_owned();
    let (factor, unit) = base(&word);
    Some(Size { amount: number * factor, unit: unit.to_owned(), word })
}

/// A unit word's factor and base.
fn base(word: &str) -> (f64, &str) {
    match word {
        "OZ" | "OZS" => (28.349_523, "G"),
        "LB" | "LBS" => (453.592_37, "G"),
        "KG" => (1000.0, "G"),
        "FL OZ" => (29.573_53, "ML"),
        "PT" => (473.176_473, "ML"),
        "QT" => (946.352_946, "ML"),
        "GA" | "GAL" => (3_785.411_784, "ML"),
        "L" | "LT" | "LTR" => (1000.0, "ML"),
        "CL" => (10.0, "ML"),
        "CT" | "PK" | "PC" | "EA" | "PCS" => (1.0, "CT"),
        "DZ" | "DOZ" => (12.0, "CT"),
        other => (1.0, other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_abbreviation_has_the_root_of_its_word() {
        let text = "SFT DRNK, soft drinks, FRZN frozen dnr dinners jce juice candy canned dry dairy tomatoes tomato berries berry pint pinto \
                    bread breaded 7";
        let lexicon = Lexicon::new([text].into_iter());
        for (short, long) in [
            ("SFT", "SOFT"),
            ("DRNK", "DRINKS"),
            ("FRZN", "FROZEN"),
            ("DNR", "DINNERS"),
            ("JCE", "JUICE"),
            ("TOMATO", "TOMATOES"),
            ("BERRY", "BERRIES"),
        ] {
            assert_eq!(lexicon.root(short), lexicon.root(long), "{short} {long}");
        }
        for (one, other) in [("CANDY", "CANNED"), ("DRY", "DAIRY"), ("PINT", "PINTO"), ("BREAD", "BREADED")] {
            assert_ne!(lexicon.root(one), lexicon.root(other), "{one} {other}");
        }
        assert_eq!(lexicon.root("7"), None);
        assert_eq!(lexicon.root("DRNK").map(|root| lexicon.shown(root)), Some("drinks"));
        assert_eq!(words("Pizza/Economy (12-oz)"), ["PIZZA", "ECONOMY", "12", "OZ"]);
    }

    #[test]
    fn a_size_is_an_amount_in_a_base_unit() {
        let size = |text| size(text).map(|size| (size.amount.round(), size.unit));
        assert_eq!(size("16 OZ"), Some((454.0, "G".to_owned())));
        assert_eq!(size("750ml"), Some((750.0, "ML".to_owned())));
        assert_eq!(size("1 DZ"), Some((12.0, "CT".to_owned())));
        assert_eq!(size(".5 LB"), Some((227.0, "G".to_owned())));
        assert_eq!(size("each"), None);
        assert_eq!(size("0 OZ"), None);
    }
}
