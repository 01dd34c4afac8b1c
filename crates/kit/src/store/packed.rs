//! Ids as SQLite keeps them: the prefix and the sixteen bytes of the number instead of 26 characters.
//!
//! Packed ids of one kind sort as their texts do, and no text is ever taken for one: what is packed is of SQLite's type blob.

use crate::id;

/// Letters of the longest prefix that is packed.
const LONGEST: usize = 8;
/// Bytes of the number.
const NUMBER: usize = 16;

/// How long the texts are that are looked at.
const LENGTHS: std::ops::RangeInclusive<usize> = 28..=LONGEST + 27;

/// `text` as it is kept if it is exactly what an id's `Display` writes, whatever it names.
pub(super) fn pack(text: &str) -> Option<Vec<u8>> {
    (LENGTHS.contains(&text.len())).then_some(())?;
    let (prefix, digits) = text.split_once('_')?;
    is_prefix(prefix.as_bytes()).then_some(())?;
    Some(packed(prefix, id::read_digits(digits).ok()?))
}

/// The id `bits` of the kind that `prefix` names.
pub(super) fn packed(prefix: &str, bits: u128) -> Vec<u8> {
    let mut out = Vec::with_capacity(LONGEST + NUMBER);
    out.extend_from_slice(prefix.as_bytes());
    out.extend_from_slice(&bits.to_be_bytes());
    out
}

/// The prefix and the number of what [`packed`] made; `None` for any other bytes.
pub(super) fn parts(kept: &[u8]) -> Option<(&str, u128)> {
    let (prefix, number) = kept.split_at_checked(kept.len().checked_sub(NUMBER)?)?;
    is_prefix(prefix).then_some(())?;
    Some((str::from_utf8(prefix).ok()?, u128::from_be_bytes(number.try_into().ok()?)))
}

/// The text of a packed id.
pub(super) fn unpack(kept: &[u8]) -> Option<String> {
    let (prefix, bits) = parts(kept)?;
    let mut text = String::with_capacity(prefix.len() + 27);
    text.push_str(prefix);
    text.push('_');
    text.push_str(str::from_utf8(&id::digits(bits)).ok()?);
    Some(text)
}

fn is_prefix(prefix: &[u8]) -> bool {
    (1..=LONGEST).contains(&prefix.len()) && prefix.iter().all(u8::is_ascii_lowercase)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn only_ids_are_packed() {
        for text in ["", "_", "ord_", "guest", "service:orders", "ord_0000000000000000000000000", "job:ord_00000000000000000000000000"] {
            assert_eq!(pack(text), None, "{text}");
        }
        assert_eq!(pack("ord_80000000000000000000000000"), None, "more than 128 bits");
        assert_eq!(pack("Ord_00000000000000000000000000"), None);
        assert_eq!(pack("ord_0000000000000000000000000A"), None);
        assert_eq!(pack("ord_00000000000000000000000001").unwrap(), [&b"ord"[..], &[0; 15], &[1]].concat());
    }

    proptest! {
        #[test]
        fn an_id_comes_back(prefix in "[a-z]{1,8}", bits in any::<u128>()) {
            let text = unpack(&packed(&prefix, bits)).unwrap();
            prop_assert_eq!(pack(&text).unwrap(), packed(&prefix, bits));
        }

        #[test]
        fn packed_ids_sort_as_their_texts(a in any::<u128>(), b in any::<u128>()) {
            let [x, y] = [a, b].map(|bits| packed("ord", bits));
            prop_assert_eq!(x.cmp(&y), unpack(&x).unwrap().cmp(&unpack(&y).unwrap()));
        }

        #[test]
        fn what_is_unpacked_is_what_was_packed(text in "[a-z]{0,9}_?[0-9a-z]{24,27}") {
            if let Some(kept) = pack(&text) {
                prop_assert_eq!(unpack(&kept).unwrap(), text);
            }
        }
    }
}
