//! Durations as ISO 8601 writes them, down to seconds: `PT15M`, `P1DT12H`, `P2W`. Years and months have no fixed length and are refused.

/// The seconds of `text`; `None` when it is no such duration, or none at all.
#[must_use]
pub fn seconds(text: &str) -> Option<u64> {
    let rest = text.trim().strip_prefix('P')?;
    let (days, time) = match rest.split_once('T') {
        Some((days, time)) if !time.is_empty() => (days, time),
        Some(_) => return None,
        None => (rest, ""),
    };
    let total = units(days, &[('W', 7 * 86_400), ('D', 86_400)])?
        .checked_add(units(time, &[('H', 3_600), ('M', 60), ('S', 1)])?)?;
    (total > 0).then_some(total)
}

/// The sum of numbers with their letters, which come in the order of `letters`, each at most once.
fn units(text: &str, letters: &[(char, u64)]) -> Option<u64> {
    let (mut total, mut rest, mut letters) = (0_u64, text, letters);
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit())?;
        let number: u64 = rest[..end].parse().ok()?;
        let letter = rest[end..].chars().next()?;
        let place = letters.iter().position(|(known, _)| *known == letter)?;
        total = total.checked_add(number.checked_mul(letters[place].1)?)?;
        letters = &letters[place + 1..];
        rest = &rest[end + letter.len_utf8()..];
    }
    Some(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_seconds() {
        let table = [
            ("PT15M", Some(900)),
            ("P1DT12H", Some(129_600)),
            (" P2W ", Some(1_209_600)),
            ("PT1H30M5S", Some(5_405)),
            ("P1Y", None),
            ("P1M", None),
            ("PT", None),
            ("PT0S", None),
            ("PT5M1H", None),
            ("15M", None),
            ("PT99999999999999999999S", None),
        ];
        for (text, expected) in table {
            assert_eq!(seconds(text), expected, "{text}");
        }
    }
}
