//! Words and sizes as labels write them: abbreviations fall together with what they abbreviate, `16OZ` with `16 oz`.

/// The words of a text in capitals: runs of letters and digits.
pub(crate) fn words(text: &str) -> Vec<String> {
    text.split(|letter: char| !letter.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_uppercase)
        .collect()
}

/// What remains of a word when it is abbreviated the way labels do it: the first letter and the consonants, no doubles, no plural.
/// `DRINKS` and `DRNK` become `DRNK`, `SOFT` and `SFT` become `SFT`. A number has none.
pub(crate) fn stem(word: &str) -> Option<String> {
    if word.chars().all(|letter| letter.is_ascii_digit()) {
        return None;
    }
    let mut stem = String::with_capacity(word.len());
    for (at, letter) in word.chars().enumerate() {
        let is_vowel = matches!(letter, 'A' | 'E' | 'I' | 'O' | 'U' | 'Y');
        if at == 0 || (!is_vowel && !stem.ends_with(letter)) {
            stem.push(letter);
        }
    }
    if stem.chars().count() > 2 && stem.ends_with('S') {
        stem.pop();
    }
    Some(stem)
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
    fn an_abbreviation_has_the_stem_of_its_word() {
        for (short, long) in
            [("SFT", "SOFT"), ("DRNK", "DRINKS"), ("FRZN", "FROZEN"), ("DNR", "DINNER"), ("JCE", "JUICE")]
        {
            assert_eq!(stem(short), stem(long), "{short} {long}");
        }
        assert_eq!(stem("100"), None);
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
