//! Barcodes: GTINs of every length with their check digit, and codes of other kinds.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::product::PackLevel;

/// A code that a scanner reads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Barcode {
    /// The code as printed, 1 to 48 visible ASCII characters; a GTIN has 8, 12, 13 or 14 digits.
    pub code: String,
    /// What kind of code it is.
    #[serde(default)]
    pub kind: CodeKind,
    /// What it stands on.
    #[serde(default)]
    pub pack: PackLevel,
}

/// What kind of code it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CodeKind {
    /// A Global Trade Item Number, whose last digit checks the others.
    #[default]
    Gtin,
    /// Any other.
    Other,
}

impl Barcode {
    /// What tells it from others: all forms of a GTIN are the same 14 digits.
    #[must_use]
    pub fn key(&self) -> String {
        match self.kind {
            CodeKind::Gtin => gtin14(&self.code),
            CodeKind::Other => self.code.clone(),
        }
    }
}

/// Why a code cannot be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BarcodeError {
    /// It is empty, too long, or holds something else than visible ASCII characters.
    #[error("the code {0:?} is not 1 to 48 visible ASCII characters")]
    Unreadable(String),
    /// It has another length than GTINs have, or something else than digits.
    #[error("the code {0} is no GTIN: those have 8, 12, 13 or 14 digits")]
    NoGtin(String),
    /// Its last digit does not check the others.
    #[error("the check digit of {code} would be {expected}")]
    CheckDigit {
        /// The code.
        code: String,
        /// What the last digit would have to be.
        expected: u8,
    },
}

impl BarcodeError {
    /// The code that cannot be.
    #[must_use]
    pub fn code(&self) -> &str {
        match self {
            BarcodeError::Unreadable(code) | BarcodeError::NoGtin(code) | BarcodeError::CheckDigit { code, .. } => code,
        }
    }
}

/// Refuses a code that cannot be.
///
/// # Errors
/// See [`BarcodeError`].
pub fn check(barcode: &Barcode) -> Result<(), BarcodeError> {
    let code = &barcode.code;
    if !(1..=48).contains(&code.len()) || !code.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(BarcodeError::Unreadable(code.clone()));
    }
    match barcode.kind {
        CodeKind::Other => Ok(()),
        CodeKind::Gtin if !looks_like_gtin(code) => Err(BarcodeError::NoGtin(code.clone())),
        CodeKind::Gtin => {
            let (body, last) = code.split_at(code.len() - 1);
            let expected = check_digit(body);
            if last.as_bytes()[0] - b'0' == expected {
                Ok(())
            } else {
                Err(BarcodeError::CheckDigit { code: code.clone(), expected })
            }
        }
    }
}

/// The digit that checks `digits`. GS1 General Specifications 7.9: weights 3 and 1 from the right.
#[must_use]
pub fn check_digit(digits: &str) -> u8 {
    let weighed = digits.bytes().rev().zip([3, 1].into_iter().cycle());
    let sum: u32 = weighed.map(|(digit, weight)| u32::from(digit.wrapping_sub(b'0')) * weight).sum();
    u8::try_from((10 - sum % 10) % 10).expect("a digit is below ten")
}

/// Whether `code` has a GTIN's length and only digits.
#[must_use]
pub fn looks_like_gtin(code: &str) -> bool {
    matches!(code.len(), 8 | 12 | 13 | 14) && code.bytes().all(|byte| byte.is_ascii_digit())
}

/// `code` as 14 digits.
#[must_use]
pub fn gtin14(code: &str) -> String {
    format!("{code:0>14}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gtin(code: &str) -> Barcode {
        Barcode { code: code.to_owned(), kind: CodeKind::Gtin, pack: PackLevel::Each }
    }

    #[test]
    fn the_last_digit_checks_the_others() {
        for right in ["96385074", "036000291452", "4006381333931", "10614141000415"] {
            assert_eq!(check(&gtin(right)), Ok(()), "{right}");
        }
        let wrong = BarcodeError::CheckDigit { code: "4006381333932".to_owned(), expected: 1 };
        assert_eq!(check(&gtin("4006381333932")), Err(wrong));
        assert_eq!(check(&gtin("40063813339")), Err(BarcodeError::NoGtin("40063813339".to_owned())));
        assert_eq!(check(&Barcode { kind: CodeKind::Other, ..gtin("SHELF-7") }), Ok(()));
        assert!(check(&Barcode { kind: CodeKind::Other, ..gtin("") }).is_err());
    }

    #[test]
    fn every_form_of_a_gtin_is_the_same() {
        assert_eq!(gtin("036000291452").key(), gtin("0036000291452").key());
    }
}
