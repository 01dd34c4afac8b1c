//! Telephone numbers as they are kept: `+`, the country, the number (ITU-T E.164), whatever was typed between the digits.

/// Fewest digits of a number with its country.
const SHORTEST: usize = 7;
/// Most digits of a number with its country (E.164).
const LONGEST: usize = 15;

/// `typed` as `+` and digits; a number without a country belongs to `country_code`. `None` when it is no telephone number.
pub(crate) fn normalised(typed: &str, country_code: &str) -> Option<String> {
    let typed = typed.trim();
    if typed.chars().any(|c| !(c.is_ascii_digit() || "+-./() \u{a0}".contains(c)))
        || typed.rfind('+').is_some_and(|at| at > 0)
    {
        return None;
    }
    let digits = digits(typed);
    let whole = match digits.strip_prefix("00") {
        _ if typed.starts_with('+') => digits,
        Some(international) => international.to_owned(),
        None => match digits.strip_prefix('0') {
            Some(national) => format!("{country_code}{national}"),
            None if digits.starts_with(country_code) && digits.len() > SHORTEST + country_code.len() => digits,
            None => format!("{country_code}{digits}"),
        },
    };
    (SHORTEST..=LONGEST).contains(&whole.len()).then(|| format!("+{whole}"))
}

/// The ways in which the number that begins with `typed` may be kept, as beginnings of its digits.
pub(crate) fn beginnings(typed: &str, country_code: &str) -> Vec<String> {
    let digits = digits(typed);
    if typed.trim_start().starts_with('+') {
        return vec![digits];
    }
    let mut found = match digits.strip_prefix("00").filter(|rest| !rest.is_empty()) {
        Some(international) => vec![international.to_owned()],
        None => vec![format!("{country_code}{}", digits.strip_prefix('0').unwrap_or(&digits)), digits],
    };
    found.dedup();
    found
}

fn digits(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_kept_with_its_country_however_it_was_typed() {
        for typed in
            ["+380 67 123-45-67", "067 123 45 67", "(067) 1234567", "00380671234567", "380671234567", "67/123.45.67"]
        {
            assert_eq!(normalised(typed, "380").as_deref(), Some("+380671234567"), "{typed}");
        }
        assert_eq!(normalised("+49 30 1234567", "380").as_deref(), Some("+49301234567"));
    }

    #[test]
    fn what_is_no_number_is_refused() {
        for typed in ["", "no", "12", "+12345", "+1234567890123456", "12+345678901", "06712345ext7"] {
            assert_eq!(normalised(typed, "380"), None, "{typed}");
        }
    }

    #[test]
    fn a_beginning_is_looked_for_with_and_without_its_country() {
        assert_eq!(beginnings("067", "380"), ["38067", "067"]);
        assert_eq!(beginnings("+3806", "380"), ["3806"]);
        assert_eq!(beginnings("0049", "380"), ["49"]);
        assert_eq!(beginnings("3806", "380"), ["3803806", "3806"]);
    }
}
