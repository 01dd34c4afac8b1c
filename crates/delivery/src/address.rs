//! Addresses in parts, in one spelling, and the region that a postal code lies in.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// An address in parts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct Address {
    /// Street, house, flat: 1 to 200 characters.
    pub(crate) line: String,
    /// The city, 1 to 100 characters.
    pub(crate) city: String,
    /// The postal code as its country writes it.
    pub(crate) postcode: String,
    /// The country as two capital letters.
    pub(crate) country: String,
}

/// A part of an address that cannot be right.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct Flaw {
    /// Which part: `line`, `city`, `postcode`, `country`.
    pub(crate) field: &'static str,
    /// What is wrong: `missing`, `too_long`, `malformed`.
    pub(crate) code: &'static str,
}

/// A zone: postal codes that begin alike lie in one region.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = DeliveryZone)]
pub(crate) struct Zone {
    /// The country as two capital letters.
    pub(crate) country: String,
    /// What the postal codes begin with, without spaces and dashes; empty for the whole country.
    pub(crate) prefix: String,
    /// The region, 1 to 60 characters.
    pub(crate) region: String,
}

/// How postal codes are written: `9` stands for a digit, `A` for a letter, everything else for itself.
const SHAPES: [(&str, &[&str]); 18] = [
    ("AT", &["9999"]),
    ("BE", &["9999"]),
    ("BG", &["9999"]),
    ("CH", &["9999"]),
    ("CZ", &["999 99"]),
    ("DE", &["99999"]),
    ("DK", &["9999"]),
    ("ES", &["99999"]),
    ("FR", &["99999"]),
    ("HU", &["9999"]),
    ("IT", &["99999"]),
    ("LT", &["99999"]),
    ("NL", &["9999 AA"]),
    ("PL", &["99-999"]),
    ("PT", &["9999-999"]),
    ("RO", &["999999"]),
    ("SK", &["999 99"]),
    ("UA", &["99999"]),
];

/// The address in one spelling, and what cannot be right in it.
pub(crate) fn checked(address: &Address) -> (Address, Vec<Flaw>) {
    let country = tidy(&address.country).to_uppercase();
    let (postcode, fits) = postcode(&country, &address.postcode);
    let address = Address { line: tidy(&address.line), city: tidy(&address.city), postcode, country };
    let mut flaws = Vec::new();
    for (field, text, most) in [("line", &address.line, 200), ("city", &address.city, 100)] {
        match text.chars().count() {
            0 => flaws.push(Flaw { field, code: "missing" }),
            length if length > most => flaws.push(Flaw { field, code: "too_long" }),
            _ => {}
        }
    }
    if address.postcode.is_empty() {
        flaws.push(Flaw { field: "postcode", code: "missing" });
    } else if !fits {
        flaws.push(Flaw { field: "postcode", code: "malformed" });
    }
    if !is_country(&address.country) {
        let code = if address.country.is_empty() { "missing" } else { "malformed" };
        flaws.push(Flaw { field: "country", code });
    }
    (address, flaws)
}

/// Whether `code` is two capital letters.
pub(crate) fn is_country(code: &str) -> bool {
    code.len() == 2 && code.bytes().all(|byte| byte.is_ascii_uppercase())
}

/// The region of a postal code: that of the zone with the longest fitting prefix.
pub(crate) fn region<'a>(zones: &'a [Zone], country: &str, postcode: &str) -> Option<&'a str> {
    let code = bare(postcode);
    let fitting = zones.iter().filter(|zone| zone.country == country && code.starts_with(&zone.prefix));
    fitting.max_by_key(|zone| zone.prefix.len()).map(|zone| zone.region.as_str())
}

/// A postal code's letters and digits alone, in capitals.
pub(crate) fn bare(postcode: &str) -> String {
    postcode.chars().filter(char::is_ascii_alphanumeric).map(|letter| letter.to_ascii_uppercase()).collect()
}

/// One space between words, none around.
fn tidy(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The postal code as its country writes it, and whether it can be one.
fn postcode(country: &str, text: &str) -> (String, bool) {
    let code = bare(text);
    let Some((_, shapes)) = SHAPES.iter().find(|(known, _)| *known == country) else {
        let tidy = tidy(text).to_uppercase();
        let fits = (2..=10).contains(&code.len());
        return (tidy, fits);
    };
    match shapes.iter().find_map(|shape| written(shape, &code)) {
        Some(written) => (written, true),
        None => (tidy(text).to_uppercase(), false),
    }
}

/// `code` in the form of `shape`, where it fits.
fn written(shape: &str, code: &str) -> Option<String> {
    let mut letters = code.chars();
    let mut out = String::with_capacity(shape.len());
    for place in shape.chars() {
        match place {
            '9' => out.push(letters.next().filter(char::is_ascii_digit)?),
            'A' => out.push(letters.next().filter(char::is_ascii_alphabetic)?),
            other => out.push(other),
        }
    }
    letters.next().is_none().then_some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(postcode: &str, country: &str) -> Address {
        Address {
            line: "  1  Example Street ".to_owned(),
            city: "Exampleton".to_owned(),
            postcode: postcode.to_owned(),
            country: country.to_owned(),
        }
    }

    #[test]
    fn an_address_is_written_in_one_spelling() {
        for (postcode, country, written) in [
            ("01001", "ua", "01001"),
            ("12 345", "PL", "12-345"),
            ("1012ab", "NL", "1012 AB"),
            ("sw1a 1aa", "GB", "SW1A 1AA"),
        ] {
            let (address, flaws) = checked(&address(postcode, country));
            assert_eq!((address.postcode.as_str(), flaws), (written, vec![]), "{postcode}");
            assert_eq!(address.line, "1 Example Street");
        }
    }

    #[test]
    fn what_cannot_be_right_is_named() {
        let flaw = |field, code| Flaw { field, code };
        assert_eq!(checked(&address("0100", "UA")).1, [flaw("postcode", "malformed")]);
        let empty = Address { line: " ".to_owned(), city: "x".repeat(101), ..address("", "UKR") };
        let expected = [
            flaw("line", "missing"),
            flaw("city", "too_long"),
            flaw("postcode", "missing"),
            flaw("country", "malformed"),
        ];
        assert_eq!(checked(&empty).1, expected);
    }

    #[test]
    fn the_longest_prefix_names_the_region() {
        let zone = |prefix: &str, region: &str| Zone {
            country: "UA".to_owned(),
            prefix: prefix.to_owned(),
            region: region.to_owned(),
        };
        let zones = [zone("", "country"), zone("0", "north"), zone("01", "capital")];
        assert_eq!(region(&zones, "UA", "01-001"), Some("capital"));
        assert_eq!(region(&zones, "UA", "08000"), Some("north"));
        assert_eq!(region(&zones, "PL", "01001"), None);
    }
}
