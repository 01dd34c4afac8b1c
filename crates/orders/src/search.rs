//! What people look orders up by, in one spelling: small letters, no punctuation. A word is found by its beginning.

use crate::cart::Contact;

/// Words of a name that are kept, and of a question that are asked.
const MOST_WORDS: usize = 4;
/// A word is cut after so many letters.
const LONGEST: usize = 40;
/// Digits of a telephone number without its country and area prefix: people leave those out.
const NATIONAL: usize = 9;

/// `text` in small letters, its words set apart by one space each, with one in front.
pub fn folded(text: &str) -> String {
    let mut folded = String::with_capacity(text.len() + 1);
    for word in words(text) {
        folded.push(' ');
        folded.push_str(&word);
    }
    folded
}

/// Everything an order is found by through its contact, each once. An e-mail address that was typed in this spelling already is found
/// where it stands.
pub fn terms(contact: &Contact) -> Vec<String> {
    let mut terms: Vec<String> =
        words(&contact.name).filter(|word| word.chars().count() > 1).take(MOST_WORDS).collect();
    if let Some(phone) = &contact.phone {
        let digits = digits(phone);
        if digits.len() > NATIONAL {
            terms.push(digits[digits.len() - NATIONAL..].to_owned());
        }
        terms.push(digits);
    }
    terms.extend(contact.email.as_deref().filter(|typed| !stands(typed)).map(email));
    terms.sort_unstable();
    terms.dedup();
    terms.retain(|term| !term.is_empty());
    terms
}

/// What a question looks for: each of these must be the beginning of something that the order is found by.
pub fn asked(question: &str) -> Vec<String> {
    let question = question.trim();
    let is_phone = question.chars().all(|letter| letter.is_ascii_digit() || "+-() ".contains(letter));
    if is_phone {
        let digits = digits(question);
        let national = digits.strip_prefix('0').unwrap_or(&digits).to_owned();
        return if national.is_empty() { Vec::new() } else { vec![national] };
    }
    if question.contains('@') {
        return vec![email(question)];
    }
    words(question).take(MOST_WORDS).collect()
}

fn words(text: &str) -> impl Iterator<Item = String> + '_ {
    let word = |word: &str| word.chars().flat_map(char::to_lowercase).take(LONGEST).collect::<String>();
    text.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty()).map(word)
}

fn digits(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).take(LONGEST).collect()
}

fn stands(typed: &str) -> bool {
    typed.contains('@') && email(typed) == typed
}

fn email(text: &str) -> String {
    text.trim().chars().flat_map(char::to_lowercase).take(100).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_is_found_by_name_telephone_and_email_however_they_are_spelt() {
        let contact = Contact {
            name: "Öksana  Demo-Shopper".to_owned(),
            phone: Some("+380 (67) 000-00-01".to_owned()),
            email: Some("Demo@Example.com".to_owned()),
            ..Contact::default()
        };
        let terms = terms(&contact);
        assert_eq!(terms, ["380670000001", "670000001", "demo", "demo@example.com", "shopper", "öksana"]);
        for question in ["öks", "SHOPPER demo", "067 000", "+380 67 0000001", "demo@EX"] {
            let asked = asked(question);
            assert!(
                !asked.is_empty() && asked.iter().all(|word| terms.iter().any(|term| term.starts_with(word))),
                "{question}"
            );
        }
        assert!(super::asked(" - ").is_empty());
    }

    #[test]
    fn a_product_name_is_folded_word_by_word() {
        assert_eq!(folded("Green-Tea  (100 g)"), " green tea 100 g");
    }
}
