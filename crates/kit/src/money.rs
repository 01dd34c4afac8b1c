//! Money in minor units of a currency, with checked arithmetic: mixing currencies and overflow are error values. Rounding is
//! named at the call and always mirrors at zero, so that a refund rounds as its sale did.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{RefOr, schema::Schema},
};

use crate::{quantity::Quantity, text};

/// Basis points in one: a rate of 10 000 is 100 %.
const WHOLE: i128 = 10_000;

/// Why an amount cannot be computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// Two currencies in one sum.
    #[error("{left} and {right} cannot be reckoned together")]
    CurrencyMismatch {
        /// The currency reckoned with.
        left: Currency,
        /// The one that was put to it.
        right: Currency,
    },
    /// The result needs more than 64 bits of minor units.
    #[error("the amount is too large")]
    Overflow,
    /// A split over no shares at all.
    #[error("an amount cannot be split over nothing")]
    NoShares,
    /// A tax rate below zero.
    #[error("a tax rate of {0} is below zero")]
    NegativeRate(Rate),
}

/// A text that is no currency code.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not an ISO 4217 code of three capital letters")]
pub struct CurrencyError(String);

/// A currency by its ISO 4217 code.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency([u8; 3]);

impl Currency {
    /// The euro.
    pub const EUR: Currency = Currency(*b"EUR");
    /// The Ukrainian hryvnia.
    pub const UAH: Currency = Currency(*b"UAH");
    /// The United States dollar.
    pub const USD: Currency = Currency(*b"USD");
    /// No currency, which ISO 4217 codes as three X: that of nothing at all.
    pub const NONE: Currency = Currency([b'X'; 3]);

    /// The code.
    pub fn as_str(&self) -> &str {
        str::from_utf8(&self.0).expect("a code is three capital letters")
    }

    /// How many decimal digits of the major unit the minor unit is (ISO 4217); 2 for codes not known here.
    pub const fn minor_digits(self) -> u32 {
        match &self.0 {
            b"BIF" | b"CLP" | b"DJF" | b"GNF" | b"ISK" | b"JPY" | b"KMF" | b"KRW" | b"PYG" | b"RWF" | b"UGX"
            | b"UYI" | b"VND" | b"VUV" | b"XAF" | b"XOF" | b"XPF" => 0,
            b"BHD" | b"IQD" | b"JOD" | b"KWD" | b"LYD" | b"OMR" | b"TND" => 3,
            b"CLF" | b"UYW" => 4,
            _ => 2,
        }
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Currency {
    type Err = CurrencyError;

    /// Takes any three capital letters, because currencies come and go.
    fn from_str(code: &str) -> Result<Currency, CurrencyError> {
        <[u8; 3]>::try_from(code.as_bytes())
            .ok()
            .filter(|letters| letters.iter().all(u8::is_ascii_uppercase))
            .map(Currency)
            .ok_or_else(|| CurrencyError(code.to_owned()))
    }
}

impl Serialize for Currency {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Currency, D::Error> {
        text::deserialize(deserializer)
    }
}

impl ToSchema for Currency {}

impl PartialSchema for Currency {
    fn schema() -> RefOr<Schema> {
        text::schema("A currency by its ISO 4217 code.", None, "EUR")
    }
}

/// What happens to the part of a minor unit that cannot be paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Rounding {
    /// To the nearest, a half away from zero: what invoices expect.
    HalfUp,
    /// To the nearest, a half to the even neighbour: without drift over many amounts.
    HalfEven,
    /// Towards zero.
    Down,
    /// Away from zero.
    Up,
}

impl Rounding {
    /// `dividend / divisor`, rounded; `divisor` is above zero.
    fn divide(self, dividend: i128, divisor: i128) -> i128 {
        let (quotient, rest) = (dividend / divisor, dividend % divisor);
        let half = (rest.abs()).cmp(&(divisor - rest.abs()));
        let away = match self {
            Rounding::HalfUp => half.is_ge(),
            Rounding::HalfEven => half.is_gt() || (half.is_eq() && quotient % 2 != 0),
            Rounding::Down => false,
            Rounding::Up => rest != 0,
        };
        if away { quotient + dividend.signum() } else { quotient }
    }
}

/// A share in basis points (1/100 %): 2000 is 20 %.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[schema(example = 2000)]
pub struct Rate(pub i64);

impl fmt::Display for Rate {
    /// As a percentage without needless digits: `20 %`, `7.5 %`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = decimal(self.0, 2);
        let text = text.trim_end_matches('0').trim_end_matches('.');
        write!(f, "{text} %")
    }
}

/// An amount of money.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
pub struct Money {
    /// In minor units: cents, kopiykas, yen.
    #[schema(example = 1234)]
    pub minor: i64,
    /// Of this currency.
    pub currency: Currency,
}

impl Money {
    /// So many minor units.
    pub const fn new(minor: i64, currency: Currency) -> Money {
        Money { minor, currency }
    }

    /// Nothing, but in a currency.
    pub const fn zero(currency: Currency) -> Money {
        Money::new(0, currency)
    }

    /// All amounts together; zero when there are none.
    pub fn sum(currency: Currency, amounts: impl IntoIterator<Item = Money>) -> Result<Money, MoneyError> {
        amounts.into_iter().try_fold(Money::zero(currency), Money::add)
    }

    /// Is it zero?
    pub const fn is_zero(self) -> bool {
        self.minor == 0
    }

    /// Is it above zero?
    pub const fn is_positive(self) -> bool {
        self.minor > 0
    }

    /// Is it below zero?
    pub const fn is_negative(self) -> bool {
        self.minor < 0
    }

    /// This and `other` together.
    #[expect(clippy::should_implement_trait, reason = "`a + b` should not look infallible")]
    pub fn add(self, other: Money) -> Result<Money, MoneyError> {
        self.same_currency(other.currency)?;
        self.with(self.minor.checked_add(other.minor))
    }

    /// This less `other`.
    #[expect(clippy::should_implement_trait, reason = "`a - b` should not look infallible")]
    pub fn sub(self, other: Money) -> Result<Money, MoneyError> {
        self.same_currency(other.currency)?;
        self.with(self.minor.checked_sub(other.minor))
    }

    /// The same amount the other way.
    pub fn negate(self) -> Result<Money, MoneyError> {
        self.with(self.minor.checked_neg())
    }

    /// So many times this.
    pub fn times(self, factor: i64) -> Result<Money, MoneyError> {
        self.with(self.minor.checked_mul(factor))
    }

    /// Which is more; an error when the currencies differ.
    pub fn compare(self, other: Money) -> Result<std::cmp::Ordering, MoneyError> {
        self.same_currency(other.currency)?;
        Ok(self.minor.cmp(&other.minor))
    }

    /// A share of this.
    pub fn percent(self, rate: Rate, rounding: Rounding) -> Result<Money, MoneyError> {
        self.with_wide(rounding.divide(i128::from(self.minor) * i128::from(rate.0), WHOLE))
    }

    /// To a multiple of `step_minor`: 5 where the smallest coin is five cents. A step of 1 or less changes nothing.
    pub fn round_to(self, step_minor: i64, rounding: Rounding) -> Result<Money, MoneyError> {
        let step = i128::from(step_minor.max(1));
        self.with_wide(rounding.divide(i128::from(self.minor), step) * step)
    }

    /// Divides this in proportion to the weights, in their order; the shares sum back exactly. The minor units left over go to
    /// the largest remainders, the first of equals first. When all weights are zero the shares are equal.
    pub fn split(&self, weights: &[u64]) -> Result<Vec<Money>, MoneyError> {
        if weights.is_empty() {
            return Err(MoneyError::NoShares);
        }
        let equal = weights.iter().all(|weight| *weight == 0);
        let weights = weights.iter().map(|weight| if equal { 1 } else { u128::from(*weight) });
        let total: u128 = weights.clone().sum();
        let amount = u128::from(self.minor.unsigned_abs());
        let mut shares: Vec<u128> = weights.clone().map(|weight| amount * weight / total).collect();
        let remainders: Vec<u128> = weights.map(|weight| amount * weight % total).collect();
        let mut by_remainder: Vec<usize> = (0..shares.len()).collect();
        by_remainder.sort_by_key(|share| std::cmp::Reverse(remainders[*share])); // stable: equals keep their order
        let left_over = amount - shares.iter().sum::<u128>();
        for share in by_remainder.into_iter().take(left_over as usize) {
            shares[share] += 1;
        }
        let sign = i128::from(self.minor.signum());
        shares.into_iter().map(|share| self.with_wide(sign * share as i128)).collect()
    }

    fn same_currency(self, right: Currency) -> Result<(), MoneyError> {
        let left = self.currency;
        if left == right { Ok(()) } else { Err(MoneyError::CurrencyMismatch { left, right }) }
    }

    fn with(self, minor: Option<i64>) -> Result<Money, MoneyError> {
        minor.map(|minor| Money { minor, ..self }).ok_or(MoneyError::Overflow)
    }

    fn with_wide(self, minor: i128) -> Result<Money, MoneyError> {
        self.with(i64::try_from(minor).ok())
    }
}

impl fmt::Display for Money {
    /// For people who read no particular language: `-1234.50 EUR`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", decimal(self.minor, self.currency.minor_digits()), self.currency)
    }
}

/// A price of one unit (a piece, a kilogram …) with four digits more than the minor unit has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
pub struct UnitPrice {
    /// In ten-thousandths of the minor unit: 0.0199 EUR are 19 900.
    #[schema(example = 19900)]
    pub minor_e4: i64,
    /// Of this currency.
    pub currency: Currency,
}

impl UnitPrice {
    /// Ten-thousandths in a minor unit.
    const SCALE: i64 = 10_000;

    /// So many ten-thousandths of the minor unit.
    pub const fn new(minor_e4: i64, currency: Currency) -> UnitPrice {
        UnitPrice { minor_e4, currency }
    }

    /// The price that is a whole number of minor units.
    pub fn from_money(money: Money) -> Result<UnitPrice, MoneyError> {
        let minor_e4 = money.minor.checked_mul(UnitPrice::SCALE).ok_or(MoneyError::Overflow)?;
        Ok(UnitPrice::new(minor_e4, money.currency))
    }

    /// What so much of it costs, rounded once at the end.
    pub fn times(self, quantity: Quantity, rounding: Rounding) -> Result<Money, MoneyError> {
        let exact = i128::from(self.minor_e4) * i128::from(quantity.milli);
        Money::zero(self.currency).with_wide(rounding.divide(exact, i128::from(UnitPrice::SCALE) * 1000))
    }
}

impl fmt::Display for UnitPrice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", decimal(self.minor_e4, self.currency.minor_digits() + 4), self.currency)
    }
}

/// An amount with its tax, as it stands on a receipt: `net + tax = gross`. Stored, never recomputed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
pub struct TaxLine {
    /// The tax rate, on the net amount.
    pub rate: Rate,
    /// Without tax.
    pub net: Money,
    /// The tax.
    pub tax: Money,
    /// With tax.
    pub gross: Money,
}

/// Takes the tax out of a price that contains it; `rate` is at least zero.
pub fn tax_from_gross(gross: Money, rate: Rate, rounding: Rounding) -> Result<TaxLine, MoneyError> {
    let points = tax_points(rate)?;
    let tax = gross.with_wide(rounding.divide(i128::from(gross.minor) * points, WHOLE + points))?;
    Ok(TaxLine { rate, net: gross.sub(tax)?, tax, gross })
}

/// Puts the tax on a price without it; `rate` is at least zero.
pub fn tax_from_net(net: Money, rate: Rate, rounding: Rounding) -> Result<TaxLine, MoneyError> {
    let points = tax_points(rate)?;
    let tax = net.with_wide(rounding.divide(i128::from(net.minor) * points, WHOLE))?;
    Ok(TaxLine { rate, net, tax, gross: net.add(tax)? })
}

fn tax_points(rate: Rate) -> Result<i128, MoneyError> {
    if rate.0 < 0 { Err(MoneyError::NegativeRate(rate)) } else { Ok(i128::from(rate.0)) }
}

/// `value / 10^digits` with all its digits.
pub(crate) fn decimal(value: i64, digits: u32) -> String {
    let scale = 10_u64.pow(digits);
    let (whole, rest) = (value.unsigned_abs() / scale, value.unsigned_abs() % scale);
    let sign = if value < 0 { "-" } else { "" };
    if digits == 0 {
        return format!("{sign}{whole}");
    }
    format!("{sign}{whole}.{rest:0width$}", width = digits as usize)
}

#[cfg(test)]
mod tests;
