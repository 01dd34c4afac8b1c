//! Quantities in thousandths of a unit, with checked arithmetic. Pieces are whole.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::money::decimal;

/// Thousandths in a unit.
const WHOLE: i64 = 1000;

/// Why a quantity cannot be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum QuantityError {
    /// Two units in one sum.
    #[error("{left} and {right} cannot be reckoned together")]
    UnitMismatch {
        /// The unit reckoned with.
        left: Unit,
        /// The one that was put to it.
        right: Unit,
    },
    /// The result needs more than 64 bits of thousandths.
    #[error("the quantity is too large")]
    Overflow,
    /// Half a piece.
    #[error("{milli} thousandths are not a whole number of pieces")]
    FractionOfPiece {
        /// What was asked for, in thousandths.
        milli: i64,
    },
}

/// A text that is no unit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a unit: pcs, kg, l or m")]
pub struct UnitError(String);

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
pub enum Unit {
    /// Single things, sold whole.
    #[serde(rename = "pcs")]
    Piece,
    /// Weight.
    #[serde(rename = "kg")]
    Kilogram,
    /// Volume.
    #[serde(rename = "l")]
    Litre,
    /// Length.
    #[serde(rename = "m")]
    Metre,
}

impl Unit {
    /// Every unit.
    pub const ALL: [Unit; 4] = [Unit::Piece, Unit::Kilogram, Unit::Litre, Unit::Metre];

    /// Its code in tables and on the wire.
    pub const fn code(self) -> &'static str {
        match self {
            Unit::Piece => "pcs",
            Unit::Kilogram => "kg",
            Unit::Litre => "l",
            Unit::Metre => "m",
        }
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl FromStr for Unit {
    type Err = UnitError;

    fn from_str(code: &str) -> Result<Unit, UnitError> {
        Unit::ALL.into_iter().find(|unit| unit.code() == code).ok_or_else(|| UnitError(code.to_owned()))
    }
}

/// So much of something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(try_from = "Unchecked")]
pub struct Quantity {
    /// In thousandths of the unit; whole thousands for pieces.
    #[schema(example = 3000)]
    pub milli: i64,
    /// The unit.
    pub unit: Unit,
}

/// A quantity as it comes over the wire.
#[derive(Deserialize)]
struct Unchecked {
    milli: i64,
    unit: Unit,
}

impl TryFrom<Unchecked> for Quantity {
    type Error = QuantityError;

    fn try_from(wire: Unchecked) -> Result<Quantity, QuantityError> {
        Quantity::new(wire.milli, wire.unit)
    }
}

impl Quantity {
    /// So many thousandths of the unit; a fraction of a piece is refused.
    pub const fn new(milli: i64, unit: Unit) -> Result<Quantity, QuantityError> {
        let quantity = Quantity { milli, unit };
        match unit {
            Unit::Piece if !quantity.is_whole() => Err(QuantityError::FractionOfPiece { milli }),
            Unit::Piece | Unit::Kilogram | Unit::Litre | Unit::Metre => Ok(quantity),
        }
    }

    /// So many pieces.
    pub const fn pieces(count: i32) -> Quantity {
        Quantity { milli: count as i64 * WHOLE, unit: Unit::Piece }
    }

    /// None of it.
    pub const fn zero(unit: Unit) -> Quantity {
        Quantity { milli: 0, unit }
    }

    /// All quantities together; zero when there are none.
    pub fn sum(unit: Unit, parts: impl IntoIterator<Item = Quantity>) -> Result<Quantity, QuantityError> {
        parts.into_iter().try_fold(Quantity::zero(unit), Quantity::add)
    }

    /// Is it a whole number of its unit?
    pub const fn is_whole(self) -> bool {
        self.milli % WHOLE == 0
    }

    /// Is it zero?
    pub const fn is_zero(self) -> bool {
        self.milli == 0
    }

    /// Is it above zero?
    pub const fn is_positive(self) -> bool {
        self.milli > 0
    }

    /// Is it below zero?
    pub const fn is_negative(self) -> bool {
        self.milli < 0
    }

    /// This and `other` together.
    #[expect(clippy::should_implement_trait, reason = "`a + b` should not look infallible")]
    pub fn add(self, other: Quantity) -> Result<Quantity, QuantityError> {
        self.same_unit(other.unit)?;
        self.with(self.milli.checked_add(other.milli))
    }

    /// This less `other`.
    #[expect(clippy::should_implement_trait, reason = "`a - b` should not look infallible")]
    pub fn sub(self, other: Quantity) -> Result<Quantity, QuantityError> {
        self.same_unit(other.unit)?;
        self.with(self.milli.checked_sub(other.milli))
    }

    /// The same quantity the other way.
    pub fn negate(self) -> Result<Quantity, QuantityError> {
        self.with(self.milli.checked_neg())
    }

    /// So many times this.
    pub fn times(self, factor: i64) -> Result<Quantity, QuantityError> {
        self.with(self.milli.checked_mul(factor))
    }

    /// Which is more; an error when the units differ.
    pub fn compare(self, other: Quantity) -> Result<std::cmp::Ordering, QuantityError> {
        self.same_unit(other.unit)?;
        Ok(self.milli.cmp(&other.milli))
    }

    fn same_unit(self, right: Unit) -> Result<(), QuantityError> {
        let left = self.unit;
        if left == right { Ok(()) } else { Err(QuantityError::UnitMismatch { left, right }) }
    }

    fn with(self, milli: Option<i64>) -> Result<Quantity, QuantityError> {
        milli.map(|milli| Quantity { milli, ..self }).ok_or(QuantityError::Overflow)
    }
}

impl fmt::Display for Quantity {
    /// Without needless digits: `3 pcs`, `1.25 kg`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = decimal(self.milli, 3);
        let number = number.trim_end_matches('0').trim_end_matches('.');
        write!(f, "{number} {}", self.unit)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn pieces_are_whole() {
        assert_eq!(Quantity::new(2000, Unit::Piece), Ok(Quantity::pieces(2)));
        assert_eq!(Quantity::new(500, Unit::Piece), Err(QuantityError::FractionOfPiece { milli: 500 }));
        assert!(!Quantity::new(500, Unit::Kilogram).unwrap().is_whole());
        assert!(serde_json::from_str::<Quantity>(r#"{"milli":1,"unit":"pcs"}"#).is_err());
        assert!(serde_json::from_str::<Quantity>(r#"{"milli":1,"unit":"kg"}"#).is_ok());
        assert!(Quantity::pieces(i32::MIN).is_whole());
    }

    #[test]
    fn units_do_not_mix_and_nothing_wraps_around() {
        let litre = Quantity::new(1000, Unit::Litre).unwrap();
        let mismatch = QuantityError::UnitMismatch { left: Unit::Piece, right: Unit::Litre };
        assert_eq!(Quantity::pieces(1).add(litre), Err(mismatch));
        assert_eq!(Quantity::sum(Unit::Piece, [Quantity::pieces(1), litre]), Err(mismatch));
        assert_eq!(litre.times(i64::MAX), Err(QuantityError::Overflow));
    }

    #[test]
    fn people_read_units() {
        for (milli, unit, text) in [
            (3000, Unit::Piece, "3 pcs"),
            (1250, Unit::Kilogram, "1.25 kg"),
            (-500, Unit::Litre, "-0.5 l"),
            (0, Unit::Metre, "0 m"),
            (100_000, Unit::Metre, "100 m"),
        ] {
            assert_eq!(Quantity::new(milli, unit).unwrap().to_string(), text);
        }
    }

    #[test]
    fn a_unit_is_one_code_everywhere() {
        for unit in Unit::ALL {
            assert_eq!(unit.code().parse::<Unit>(), Ok(unit));
            assert_eq!(serde_json::to_value(unit).unwrap(), unit.code());
        }
        assert!("PCS".parse::<Unit>().is_err());
    }

    proptest! {
        #[test]
        fn what_is_added_can_be_taken_away(a in any::<i64>(), b in any::<i64>()) {
            let [a, b] = [a, b].map(|milli| Quantity::new(milli, Unit::Kilogram).unwrap());
            match a.add(b) {
                Ok(sum) => prop_assert_eq!(sum.sub(b), Ok(a)),
                Err(error) => prop_assert_eq!((error, a.milli.checked_add(b.milli)), (QuantityError::Overflow, None)),
            }
        }

        #[test]
        fn pieces_stay_whole(a in any::<i32>(), b in any::<i32>(), factor in -1000..1000_i64) {
            let sum = Quantity::pieces(a).add(Quantity::pieces(b)).unwrap().times(factor).unwrap();
            prop_assert_eq!(Quantity::new(sum.milli, Unit::Piece), Ok(sum));
        }
    }
}
