//! Texts that end in an id as SQLite keeps them: what precedes the id's characters, and the sixteen bytes of its number instead
//! of 26 characters. `ord_…` and `person:psn_…` are such.
//!
//! Packed texts with one beginning sort as the texts do, and nothing else is ever taken for one: what is packed is of SQLite's
//! type blob, begins with a lower-case letter and ends in the number.

use crate::id;

/// Characters of the longest beginning that is packed, without the underscore.
const LONGEST: usize = 40;
/// Bytes of the number.
const NUMBER: usize = 16;
/// Characters of the number.
const DIGITS: usize = 26;

/// What a text ends in that sorts behind all ids with its beginning, `ord_~`, or behind all there are, `~`: lists go down from it.
const BEHIND: &str = "~";
/// What it is packed as: no number is greater, and no id is as long.
const LAST: [u8; NUMBER + 1] = {
    let mut last = [0xff; NUMBER + 1];
    last[NUMBER] = BEHIND.as_bytes()[0];
    last
};

/// `text` as it is kept, if it ends in exactly what an id's `Display` writes, or behind all of them.
pub(super) fn pack(text: &str) -> Option<Vec<u8>> {
    if let Some(head) = text.strip_suffix(BEHIND) {
        let head =
            if head.is_empty() { head } else { head.strip_suffix('_').filter(|head| is_head(head.as_bytes()))? };
        return Some([head.as_bytes(), &LAST].concat());
    }
    let (head, digits) = text.split_at_checked(text.len().checked_sub(DIGITS)?)?;
    let head = head.strip_suffix('_').filter(|head| is_head(head.as_bytes()))?;
    Some(packed(head, id::read_digits(digits).ok()?))
}

/// `head`, an underscore and the characters of `bits`, packed.
pub(super) fn packed(head: &str, bits: u128) -> Vec<u8> {
    let mut out = Vec::with_capacity(head.len() + NUMBER);
    out.extend_from_slice(head.as_bytes());
    out.extend_from_slice(&bits.to_be_bytes());
    out
}

/// The beginning and the number of what [`packed`] made; `None` for any other bytes.
pub(super) fn parts(kept: &[u8]) -> Option<(&str, u128)> {
    let (head, number) = kept.split_at_checked(kept.len().checked_sub(NUMBER)?)?;
    is_head(head).then_some(())?;
    Some((str::from_utf8(head).ok()?, u128::from_be_bytes(number.try_into().ok()?)))
}

/// The text that was packed as `kept`.
pub(super) fn unpack(kept: &[u8]) -> Option<String> {
    if let Some(head) = kept.strip_suffix(&LAST) {
        let head = str::from_utf8(head).ok()?;
        return Some(if head.is_empty() { BEHIND.to_owned() } else { format!("{head}_{BEHIND}") });
    }
    let (head, bits) = parts(kept)?;
    let mut text = String::with_capacity(head.len() + 1 + DIGITS);
    text.push_str(head);
    text.push('_');
    text.push_str(str::from_utf8(&id::digits(bits)).ok()?);
    Some(text)
}

fn is_head(head: &[u8]) -> bool {
    head.len() <= LONGEST
        && head.first().is_some_and(u8::is_ascii_lowercase)
        && head.iter().all(|byte| byte.is_ascii_lowercase() || b"_:-".contains(byte))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn only_what_ends_in_an_id_is_packed() {
        let number = "00000000000000000000000001";
        for text in ["", "_", "ord_", "guest", "service:orders", number, &number[1..]] {
            assert_eq!(pack(text), None, "{text}");
        }
        for head in ["", "Ord", "1ord", ":ord", "ord ", "ö"] {
            assert_eq!(pack(&format!("{head}_{number}")), None, "{head}");
        }
        assert_eq!(pack("ord_80000000000000000000000000"), None, "more than 128 bits");
        assert_eq!(pack("ord_0000000000000000000000000A"), None);
        for head in ["ord", "person:psn", "job:pay-until:ord", "give_up:ord"] {
            let kept = pack(&format!("{head}_{number}")).unwrap();
            assert_eq!(kept, [head.as_bytes(), &[0; 15], &[1]].concat());
        }
    }

    proptest! {
        #[test]
        fn what_was_packed_comes_back(head in "[a-z][a-z:_-]{0,39}", bits in any::<u128>()) {
            let text = unpack(&packed(&head, bits)).unwrap();
            prop_assert_eq!(pack(&text).unwrap(), packed(&head, bits));
        }

        #[test]
        fn packed_ids_sort_as_their_texts(a in any::<u128>(), b in any::<u128>()) {
            let [x, y] = [a, b].map(|bits| packed("ord", bits));
            prop_assert_eq!(x.cmp(&y), unpack(&x).unwrap().cmp(&unpack(&y).unwrap()));
            prop_assert!(x < pack("ord_~").unwrap() && pack("ord_~") < pack("~"));
        }

        #[test]
        fn any_text_that_is_packed_is_the_same_afterwards(text in "[a-z:]{0,9}_?[0-9a-z]{24,27}|[a-z]{0,2}_?~|\\PC{0,40}") {
            if let Some(kept) = pack(&text) {
                prop_assert_eq!(unpack(&kept).unwrap(), text);
            }
        }
    }
}
