//! How lines and payments stand in the journal: short, because every order writes them and they are kept for ever.
//! Amounts are minor units of the currency beside them; what is nothing is left out.

use contracts::payments::{PaymentId, PaymentMethod, PaymentState};
use contracts::shared::{ProductId, SiteId};
use kit::money::{Currency, Money, Rate, TaxLine};
use kit::quantity::{Quantity, QuantityError, Unit};
use kit::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Line, Payment};
use crate::price::PricedLine;

/// A line: product, site, name, thousandths of the unit, unit, currency, unit price, tax in basis points, net, tax, gross.
#[derive(Serialize, Deserialize)]
pub struct LineRecord(ProductId, SiteId, String, i64, Unit, Currency, i64, i64, i64, i64, i64);

impl From<Line> for LineRecord {
    fn from(line: Line) -> LineRecord {
        let PricedLine { product, name, quantity, unit_price, amounts } = line.priced;
        LineRecord(
            product,
            line.site,
            name,
            quantity.milli,
            quantity.unit,
            unit_price.currency,
            unit_price.minor,
            amounts.rate.0,
            amounts.net.minor,
            amounts.tax.minor,
            amounts.gross.minor,
        )
    }
}

impl TryFrom<LineRecord> for Line {
    type Error = QuantityError;

    fn try_from(record: LineRecord) -> Result<Line, QuantityError> {
        let LineRecord(product, site, name, milli, unit, currency, price, rate, net, tax, gross) = record;
        let money = |minor| Money::new(minor, currency);
        let amounts = TaxLine { rate: Rate(rate), net: money(net), tax: money(tax), gross: money(gross) };
        let quantity = Quantity::new(milli, unit)?;
        Ok(Line { site, priced: PricedLine { product, name, quantity, unit_price: money(price), amounts } })
    }
}

/// A payment.
#[derive(Serialize, Deserialize)]
pub struct PaymentRecord {
    id: PaymentId,
    method: PaymentMethod,
    state: PaymentState,
    currency: Currency,
    amount: i64,
    #[serde(default, skip_serializing_if = "is_nothing")]
    authorised: i64,
    #[serde(default, skip_serializing_if = "is_nothing")]
    captured: i64,
    #[serde(default, skip_serializing_if = "is_nothing")]
    refunded: i64,
    #[serde(default, skip_serializing_if = "is_nothing")]
    returning: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    decline: Option<String>,
    version: i64,
    asked_at_us: i64,
}

#[allow(clippy::trivially_copy_pass_by_ref)] // serde asks by reference
fn is_nothing(amount: &i64) -> bool {
    *amount == 0
}

impl From<Payment> for PaymentRecord {
    fn from(payment: Payment) -> PaymentRecord {
        PaymentRecord {
            id: payment.id,
            method: payment.method,
            state: payment.state,
            currency: payment.amount.currency,
            amount: payment.amount.minor,
            authorised: payment.authorised.minor,
            captured: payment.captured.minor,
            refunded: payment.refunded.minor,
            returning: payment.returning.minor,
            decline: payment.decline,
            version: payment.version,
            asked_at_us: payment.asked_at.as_micros(),
        }
    }
}

impl From<PaymentRecord> for Payment {
    fn from(record: PaymentRecord) -> Payment {
        let money = |minor| Money::new(minor, record.currency);
        Payment {
            id: record.id,
            method: record.method,
            state: record.state,
            amount: money(record.amount),
            authorised: money(record.authorised),
            captured: money(record.captured),
            refunded: money(record.refunded),
            returning: money(record.returning),
            decline: record.decline,
            version: record.version,
            asked_at: Timestamp::from_micros(record.asked_at_us),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::price::at_price;

    #[test]
    fn a_line_and_a_payment_come_back_as_they_were() {
        let price = Money::new(199, Currency::EUR);
        let priced = at_price(ProductId::from_u128(5), "Tea", Quantity::pieces(3), price, Rate(2000)).unwrap();
        let line = Line { site: SiteId::from_u128(9), priced };
        let text = serde_json::to_string(&line).unwrap();
        assert!(text.len() < 140, "{text}");
        assert_eq!(serde_json::from_str::<Line>(&text).unwrap(), line);
        let order = contracts::orders::OrderId::from_u128(1);
        let payment = super::super::asked(order, 1, PaymentMethod::Card, price, Timestamp::from_micros(7));
        let text = serde_json::to_string(&payment).unwrap();
        assert_eq!(serde_json::from_str::<Payment>(&text).unwrap(), payment);
    }
}
