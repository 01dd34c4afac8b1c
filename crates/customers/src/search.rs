//! What a customer is found by: beginnings of the words of the name, of the telephone number's digits, of the e-mail address, and
//! of the ids that other systems give them.

use crate::customer::Profile;
use crate::phone;

/// Words of a name that are looked at.
const WORDS: usize = 10;
/// A text of so many characters is the longest that is looked for.
const LONGEST: usize = 80;

/// The texts whose beginnings find a customer, each once, beside their telephone number and e-mail address, which are found where they
/// stand. Earlier releases wrote those here too.
pub(crate) fn terms(profile: &Profile) -> Vec<String> {
    let mut terms: Vec<String> = words(&profile.name).take(WORDS).collect();
    terms.extend(profile.also_at.iter().map(|reach| term(reach)));
    terms.extend(profile.refs.iter().map(|reference| cut(&reference.id.to_lowercase())));
    terms.sort();
    terms.dedup();
    terms
}

/// The term of a telephone number or an e-mail address.
pub(crate) fn term(reach: &str) -> String {
    reach.trim_start_matches('+').to_owned()
}

/// What a query asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// One text begins with one of these.
    Any(Vec<String>),
    /// Texts begin with each of these; one to three.
    All(Vec<String>),
}

/// Reads a query; `None` when nothing in it can be looked for.
pub(crate) fn wanted(query: &str, country_code: &str) -> Option<Wanted> {
    let query = query.trim();
    let digits = query.chars().filter(char::is_ascii_digit).count();
    if digits > 0 && query.chars().all(|c| c.is_ascii_digit() || "+-/.() ".contains(c)) {
        return Some(Wanted::Any(phone::beginnings(query, country_code)));
    }
    if query.contains('@') {
        return Some(Wanted::Any(vec![cut(&query.to_lowercase())]));
    }
    let mut all: Vec<String> = words(query).collect();
    // The longest is the one that says most.
    all.sort_by_key(|word| std::cmp::Reverse(word.chars().count()));
    all.truncate(3);
    (!all.is_empty()).then_some(Wanted::All(all))
}

/// The end of the texts that begin with `beginning`: nothing sorts behind the last character there is.
pub(crate) fn end(beginning: &str) -> String {
    format!("{beginning}\u{10ffff}")
}

fn words(text: &str) -> impl Iterator<Item = String> + '_ {
    text.split(|c: char| !(c.is_alphanumeric() || c == '_' || c == '-'))
        .filter(|word| !word.is_empty())
        .map(|word| cut(&word.to_lowercase()))
}

fn cut(text: &str) -> String {
    text.chars().take(LONGEST).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_customer_is_found_by_words_other_numbers_and_foreign_id() {
        let profile = Profile {
            name: "Олена Бойко-Лис".to_owned(),
            phone: Some("+380671234567".to_owned()),
            email: Some("olena@example.com".to_owned()),
            refs: vec![kit::id::ExternalRef { system: "crm".to_owned(), id: "H-12".to_owned() }],
            also_at: vec!["+380501234567".to_owned()],
            ..Profile::default()
        };
        assert_eq!(terms(&profile), ["380501234567", "h-12", "бойко-лис", "олена"]);
    }

    #[test]
    fn a_query_is_digits_or_an_address_or_words() {
        let any = |texts: &[&str]| Some(Wanted::Any(texts.iter().map(|text| (*text).to_owned()).collect()));
        assert_eq!(wanted("067 12", "380"), any(&["3806712", "06712"]));
        assert_eq!(wanted(" Olena@", "380"), any(&["olena@"]));
        let all = Wanted::All(vec!["олена".to_owned(), "бо".to_owned()]);
        assert_eq!(wanted("Бо Олена", "380"), Some(all));
        assert_eq!(wanted(" ,; ", "380"), None);
    }
}
