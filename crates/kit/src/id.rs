//! Typed, prefixed, time-ordered ids. Their text sorts as they do, and tells a person what kind of thing it names; nothing else
//! may be read out of it. The number printed on paper is another field.

use std::{
    any::type_name,
    borrow::Cow,
    cmp::Ordering,
    fmt,
    hash::{Hash, Hasher},
    marker::PhantomData,
    str::FromStr,
};

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{RefOr, schema::Schema},
};

use crate::{text, time::Timestamp};

/// Crockford's base 32 in lower case: digits, then letters without i, l, o and u.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
/// The value of each byte that stands in the alphabet.
const VALUES: [u8; 256] = {
    let mut values = [NO_DIGIT; 256];
    let mut value = 0;
    while value < ALPHABET.len() {
        values[ALPHABET[value] as usize] = value as u8;
        value += 1;
    }
    values
};
const NO_DIGIT: u8 = 0xff;
/// Characters after the prefix: 26 × 5 bits hold 128.
const DIGITS: usize = 26;

/// What an id names.
pub trait Kind {
    /// Lower-case letters in front of the underscore, different for every kind: `ord`.
    const PREFIX: &'static str;
}

/// The id of a `K`, written `ord_` and 26 characters of lower-case Crockford base 32.
/// Wire types name it by an alias, `type OrderId = Id<Order>`: utoipa would ask a schema of `Order` itself otherwise.
pub struct Id<K>(u128, PhantomData<fn() -> K>);

/// Why a text is no id of the kind asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// It names another kind of thing, or none.
    #[error("an id that begins with {expected}_ is needed here")]
    WrongPrefix {
        /// The prefix of the kind asked for.
        expected: &'static str,
    },
    /// It is too long or too short.
    #[error("an id has 26 characters after its prefix, not {found}")]
    WrongLength {
        /// How many there were.
        found: usize,
    },
    /// A character outside lower-case Crockford base 32.
    #[error("{found:?} cannot stand in an id")]
    WrongCharacter {
        /// The first such character.
        found: char,
    },
    /// More than 128 bits.
    #[error("an id begins with 0 to 7 after its prefix")]
    Overflow,
}

impl<K> Id<K> {
    /// The id with exactly these bits.
    pub const fn from_u128(bits: u128) -> Id<K> {
        Id(bits, PhantomData)
    }

    /// All bits, for storage.
    pub const fn as_u128(self) -> u128 {
        self.0
    }

    /// The same moment and randomness under another kind: the order that a cart became.
    pub fn of<L>(self) -> Id<L> {
        Id::from_u128(self.0)
    }

    /// An id of another kind made of this one: the same moment, and randomness that only depends on this id, `purpose` and
    /// `number`. Whoever knows the new id cannot work out this one.
    pub fn derived<L>(self, purpose: &str, number: u64) -> Id<L> {
        use sha2::Digest;
        let mut hash = sha2::Sha256::new();
        hash.update(self.0.to_be_bytes());
        hash.update(number.to_be_bytes());
        hash.update(purpose.as_bytes());
        let low = u64::from_be_bytes(hash.finalize()[..8].try_into().expect("a SHA-256 has 32 bytes"));
        Id::from_u128(self.0 & !u128::from(u64::MAX) | u128::from(low))
    }

    /// A new id in the layout of UUID version 7 (RFC 9562 §5.7) from the low 64 bits of `random`. Ids of different microseconds
    /// sort by time; moments before 1970 count as 1970.
    pub fn at(now: Timestamp, random: u128) -> Id<K> {
        let micros = u128::try_from(now.as_micros()).unwrap_or(0);
        let (millis, sub_millis) = (micros / 1000, micros % 1000);
        // RFC 9562 §6.2 method 3: the microseconds within the millisecond take ten of the twelve bits of rand_a.
        let rand_a = (sub_millis << 2) | ((random >> 62) & 0b11);
        let rand_b = random & ((1 << 62) - 1);
        Id::from_u128(((millis & 0xffff_ffff_ffff) << 80) | (7 << 76) | (rand_a << 64) | (0b10 << 62) | rand_b)
    }
}

/// The characters that stand for `bits`.
pub(crate) fn digits(bits: u128) -> [u8; DIGITS] {
    let mut digits = [0; DIGITS];
    let mut rest = bits;
    for digit in digits.iter_mut().rev() {
        *digit = ALPHABET[(rest & 31) as usize];
        rest >>= 5;
    }
    digits
}

/// The bits that `digits` stand for.
pub(crate) fn read_digits(digits: &str) -> Result<u128, IdError> {
    let found = digits.chars().count();
    if found != DIGITS {
        return Err(IdError::WrongLength { found });
    }
    let mut bits: u128 = 0;
    for found in digits.chars() {
        let digit = u8::try_from(found).map_or(NO_DIGIT, |byte| VALUES[usize::from(byte)]);
        if digit == NO_DIGIT {
            return Err(IdError::WrongCharacter { found });
        }
        if bits >> 123 != 0 {
            return Err(IdError::Overflow);
        }
        bits = (bits << 5) | u128::from(digit);
    }
    Ok(bits)
}

impl<K> Clone for Id<K> {
    fn clone(&self) -> Id<K> {
        *self
    }
}

impl<K> Copy for Id<K> {}

impl<K> PartialEq for Id<K> {
    fn eq(&self, other: &Id<K>) -> bool {
        self.0 == other.0
    }
}

impl<K> Eq for Id<K> {}

impl<K> PartialOrd for Id<K> {
    fn partial_cmp(&self, other: &Id<K>) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<K> Ord for Id<K> {
    fn cmp(&self, other: &Id<K>) -> Ordering {
        self.0.cmp(&other.0)
    }
}

impl<K> Hash for Id<K> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

impl<K: Kind> fmt::Display for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(K::PREFIX)?;
        f.write_str("_")?;
        f.write_str(str::from_utf8(&digits(self.0)).expect("the alphabet is ASCII"))
    }
}

impl<K: Kind> fmt::Debug for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl<K: Kind> FromStr for Id<K> {
    type Err = IdError;

    /// Takes exactly what `Display` writes.
    fn from_str(text: &str) -> Result<Id<K>, IdError> {
        let digits = text
            .strip_prefix(K::PREFIX)
            .and_then(|rest| rest.strip_prefix('_'))
            .ok_or(IdError::WrongPrefix { expected: K::PREFIX })?;
        read_digits(digits).map(Id::from_u128)
    }
}

impl<K: Kind> Serialize for Id<K> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de, K: Kind> Deserialize<'de> for Id<K> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Id<K>, D::Error> {
        text::deserialize(deserializer)
    }
}

impl<K: Kind> ToSchema for Id<K> {
    /// `OrderId` for an `Id<Order>`.
    fn name() -> Cow<'static, str> {
        let kind = type_name::<K>();
        let kind = kind.rsplit("::").next().unwrap_or(kind);
        Cow::Owned(format!("{kind}Id"))
    }
}

impl<K: Kind> PartialSchema for Id<K> {
    fn schema() -> RefOr<Schema> {
        let example = Id::<K>::from_u128(0x019c_f3a2_b7d8_7c41_9e0f_5a6b_1c2d_3e4f);
        text::schema("An opaque id. Ids of one kind sort by the time they were made.", None, example.to_string())
    }
}

/// The name a foreign system gives to something of ours.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
pub struct ExternalRef {
    /// Which system, as the bridge is configured: `legacy-erp`.
    #[schema(example = "legacy-erp")]
    pub system: String,
    /// Its own id, taken as it comes.
    #[schema(example = "SO-2026-000417")]
    pub id: String,
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;

    use super::*;

    struct Order;
    struct Cart;

    impl Kind for Order {
        const PREFIX: &'static str = "ord";
    }

    impl Kind for Cart {
        const PREFIX: &'static str = "cart";
    }

    fn refused(text: &str) -> IdError {
        text.parse::<Id<Order>>().unwrap_err()
    }

    #[test]
    fn an_id_is_its_prefix_and_26_characters() {
        assert_eq!(Id::<Order>::from_u128(0).to_string(), "ord_00000000000000000000000000");
        assert_eq!(Id::<Order>::from_u128(u128::MAX).to_string(), "ord_7zzzzzzzzzzzzzzzzzzzzzzzzz");
        assert_eq!(format!("{:?}", Id::<Cart>::from_u128(31)), "cart_0000000000000000000000000z");
    }

    #[test]
    fn anything_else_is_refused_by_name() {
        let prefix = IdError::WrongPrefix { expected: "ord" };
        for text in ["", "ord", "ord-0", "cart_00000000000000000000000000", "00000000000000000000000000"] {
            assert_eq!(refused(text), prefix, "{text}");
        }
        assert_eq!(refused("ord_"), IdError::WrongLength { found: 0 });
        assert_eq!(refused("ord_0000000000000000000000000"), IdError::WrongLength { found: 25 });
        assert_eq!(refused("ord_000000000000000000000000000"), IdError::WrongLength { found: 27 });
        for found in ['i', 'l', 'o', 'u', 'A', '-', ' ', 'é', '_'] {
            let text = format!("ord_0{found}000000000000000000000000");
            assert_eq!(refused(&text), IdError::WrongCharacter { found });
        }
        assert_eq!(refused("ord_80000000000000000000000000"), IdError::Overflow);
    }

    #[test]
    fn an_id_is_a_uuid_of_version_7() {
        let at: Timestamp = "2022-02-22T19:22:22.000999Z".parse().unwrap();
        let id = Id::<Order>::at(at, u128::MAX).as_u128();
        assert_eq!(id, 0x017f_22e2_79b0_7f9f_bfff_ffff_ffff_ffff);
        assert_eq!(Id::<Order>::at(at, 0).as_u128(), 0x017f_22e2_79b0_7f9c_8000_0000_0000_0000);
    }

    #[test]
    fn an_order_keeps_the_moment_of_its_cart() {
        let cart = Id::<Cart>::from_u128(42);
        let order: Id<Order> = cart.of();
        assert_eq!(order.to_string(), "ord_0000000000000000000000001a");
    }

    #[test]
    fn the_schema_is_named_after_the_kind() {
        assert_eq!(Id::<Order>::name(), "OrderId");
        let schema = serde_json::to_value(Id::<Order>::schema()).unwrap();
        assert_eq!(schema["type"], "string");
        assert!(schema["examples"][0].as_str().unwrap().parse::<Id<Order>>().is_ok());
    }

    proptest! {
        #[test]
        fn text_comes_back_as_the_same_id(bits in any::<u128>()) {
            let id = Id::<Order>::from_u128(bits);
            prop_assert_eq!(id.to_string().parse::<Id<Order>>().unwrap(), id);
            let json = serde_json::to_string(&id).unwrap();
            prop_assert_eq!(serde_json::from_str::<Id<Order>>(&json).unwrap(), id);
        }

        #[test]
        fn text_sorts_as_the_ids_do(a in any::<u128>(), b in any::<u128>(), near in any::<u8>()) {
            for b in [b, a ^ u128::from(near)] {
                let (a, b) = (Id::<Order>::from_u128(a), Id::<Order>::from_u128(b));
                prop_assert_eq!(a.cmp(&b), a.to_string().cmp(&b.to_string()));
            }
        }

        #[test]
        fn a_later_microsecond_is_a_greater_id(
            micros in 0_i64..4_000_000_000_000_000, later in 1_u64..10_000, a in any::<u128>(), b in any::<u128>(),
        ) {
            let now = Timestamp::from_micros(micros);
            let then = now + Duration::from_micros(later);
            prop_assert!(Id::<Order>::at(now, a) < Id::<Order>::at(then, b));
        }

        #[test]
        fn no_text_makes_it_panic(text in "(ord_)?\\PC{0,30}") {
            if let Ok(id) = text.parse::<Id<Order>>() {
                prop_assert_eq!(id.to_string(), text);
            }
        }
    }
}
