//! Personal data sealed under a key per person. Whatever keeps a `Private` for ever (journals, stored replies, process variables)
//! keeps ciphertext only, so that destroying the person's key erases the person.

use std::{fmt, marker::PhantomData, str::FromStr};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chacha20poly1305::{AeadInPlace, ChaCha20Poly1305, KeyInit, Nonce, Tag};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::DeserializeOwned};
use zeroize::Zeroizing;

use crate::text;

const NONCE: usize = 12;
const TAG: usize = 16;

/// A `T` about a person, readable only with that person's key. On the wire one URL-safe base 64 string.
pub struct Private<T> {
    /// Nonce, ciphertext of the JSON, tag.
    sealed: Vec<u8>,
    of: PhantomData<fn() -> T>,
}

/// The key of one person; it leaves memory when dropped and is never printed.
#[derive(Clone)]
pub struct PersonKey(Zeroizing<[u8; 32]>);

/// Why sealed data cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// The key is another one, or the bytes were changed or cut.
    #[error("the sealed data does not fit its key")]
    WrongKey,
    /// The key fits, but what was sealed is of another type.
    #[error("the sealed data is not of the expected type")]
    WrongType,
}

/// A text that no sealed data was ever written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is not sealed data")]
pub struct SealedTextError;

impl<T> Private<T> {
    /// Seals a value. `nonce` is random and never used twice with one key.
    ///
    /// # Panics
    /// When `T` has no JSON form, as a map with structs for keys.
    pub fn seal(key: &PersonKey, value: &T, nonce: [u8; NONCE]) -> Private<T>
    where
        T: Serialize,
    {
        let json =
            Zeroizing::new(serde_json::to_vec(value).expect("personal data is plain structs, which have a JSON form"));
        Private { sealed: seal(&key.0, &json, nonce), of: PhantomData }
    }

    /// Reads the value.
    pub fn open(&self, key: &PersonKey) -> Result<T, OpenError>
    where
        T: DeserializeOwned,
    {
        let json = open(&key.0, &self.sealed)?;
        serde_json::from_slice(&json).map_err(|_| OpenError::WrongType)
    }
}

impl<T> Clone for Private<T> {
    fn clone(&self) -> Private<T> {
        Private { sealed: self.sealed.clone(), of: PhantomData }
    }
}

impl<T> PartialEq for Private<T> {
    /// The same ciphertext; the same value sealed twice is not equal.
    fn eq(&self, other: &Private<T>) -> bool {
        self.sealed == other.sealed
    }
}

impl<T> Eq for Private<T> {}

impl<T> fmt::Debug for Private<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Private(…)")
    }
}

impl<T> FromStr for Private<T> {
    type Err = SealedTextError;

    fn from_str(text: &str) -> Result<Private<T>, SealedTextError> {
        let sealed = URL_SAFE_NO_PAD.decode(text).map_err(|_| SealedTextError)?;
        if sealed.len() < NONCE + TAG {
            return Err(SealedTextError);
        }
        Ok(Private { sealed, of: PhantomData })
    }
}

impl<T> Serialize for Private<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&URL_SAFE_NO_PAD.encode(&self.sealed))
    }
}

impl<'de, T> Deserialize<'de> for Private<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Private<T>, D::Error> {
        text::deserialize(deserializer)
    }
}

impl PersonKey {
    /// The key with these random bytes.
    pub fn from_random(random: [u8; 32]) -> PersonKey {
        PersonKey(Zeroizing::new(random))
    }
}

/// Nonce, ciphertext, tag.
fn seal(key: &[u8; 32], plain: &[u8], nonce: [u8; NONCE]) -> Vec<u8> {
    let mut sealed = Vec::with_capacity(NONCE + plain.len() + TAG);
    sealed.extend_from_slice(&nonce);
    sealed.extend_from_slice(plain);
    let tag = ChaCha20Poly1305::new(key.into())
        .encrypt_in_place_detached(&nonce.into(), b"", &mut sealed[NONCE..])
        .expect("only 256 GB and more cannot be sealed");
    sealed.extend_from_slice(&tag);
    sealed
}

fn open(key: &[u8; 32], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, OpenError> {
    let (nonce, rest) = sealed.split_at_checked(NONCE).ok_or(OpenError::WrongKey)?;
    let (cipher, tag) = rest.split_at_checked(rest.len().wrapping_sub(TAG)).ok_or(OpenError::WrongKey)?;
    let mut plain = Zeroizing::new(cipher.to_vec());
    ChaCha20Poly1305::new(key.into())
        .decrypt_in_place_detached(Nonce::from_slice(nonce), b"", &mut plain, Tag::from_slice(tag))
        .map_err(|_| OpenError::WrongKey)?;
    Ok(plain)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
    struct Contact {
        name: String,
        phone: Option<String>,
    }

    fn contact() -> Contact {
        Contact { name: "Demo Shopper".into(), phone: Some("+380 00 000 0000".into()) }
    }

    #[test]
    fn only_the_persons_key_opens() {
        let key = PersonKey::from_random([1; 32]);
        let sealed = Private::seal(&key, &contact(), [7; 12]);
        assert_eq!(sealed.open(&key), Ok(contact()));
        assert_eq!(sealed.open(&PersonKey::from_random([2; 32])), Err(OpenError::WrongKey));
        assert_eq!(format!("{sealed:?}"), "Private(…)");
        let text = serde_json::to_string(&sealed).unwrap();
        assert!(!text.contains("Demo") && !text.contains("380"));
        let other: Private<Vec<u8>> = serde_json::from_str(&text).unwrap();
        assert_eq!(other.open(&key), Err(OpenError::WrongType));
    }

    #[test]
    fn what_was_never_sealed_is_refused() {
        for wrong in ["", "AAAA", "not base 64!", &"A".repeat(36)] {
            assert_eq!(wrong.parse::<Private<Contact>>(), Err(SealedTextError), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn every_value_comes_back(text in "\\PC*", key in any::<[u8; 32]>(), nonce in any::<[u8; 12]>()) {
            let key = PersonKey::from_random(key);
            let sealed = Private::seal(&key, &text, nonce);
            let sent: Private<String> = serde_json::from_str(&serde_json::to_string(&sealed).unwrap()).unwrap();
            prop_assert_eq!(&sent, &sealed);
            prop_assert_eq!(sent.open(&key), Ok(text));
        }

        #[test]
        fn a_changed_bit_is_noticed(text in ".{0,40}", at in any::<prop::sample::Index>(), bit in 0_u8..8) {
            let key = PersonKey::from_random([5; 32]);
            let mut sealed = Private::seal(&key, &text, [6; 12]);
            let at = at.index(sealed.sealed.len());
            sealed.sealed[at] ^= 1_u8 << bit;
            prop_assert_eq!(sealed.open(&key), Err(OpenError::WrongKey));
        }
    }
}
