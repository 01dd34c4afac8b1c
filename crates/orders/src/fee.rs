//! What delivery costs: what the decision `delivery-fee` says, or the method's own fee where it says nothing.

use contracts::rules::DecisionRecord;
use kit::http::App;
use kit::money::{Currency, Money};
use kit::quantity::Unit;
use serde_json::{Value, json};

use crate::price::{DeliveryMethod, Offer, PricedLine};

/// What the fee depends on.
#[derive(Debug, Clone)]
pub struct Question {
    /// The way of delivery with its own fee.
    pub method: DeliveryMethod,
    /// What the goods come to, with tax.
    pub goods: Money,
    /// What the goods weigh, in grams.
    pub weight_g: i64,
    /// The region that the goods go to; empty where nobody knows.
    pub region: String,
}

/// What delivery costs, with tax, and what the decision said to that.
pub async fn asked(app: &App, question: &Question) -> (Money, Option<DecisionRecord>) {
    let method = &question.method;
    let currency = question.goods.currency;
    let inputs = json!({
        "method": method.code,
        "pick_up": method.pick_up,
        "goods": major(question.goods),
        "weight_kg": thousandths(question.weight_g),
        "region": question.region,
    });
    match decisions::ask(app, "delivery-fee", inputs).await {
        Ok(record) => match fee(&record.outputs, currency) {
            Some(fee) => (fee, Some(record)),
            None => (method.fee, None),
        },
        Err(problem) => {
            tracing::info!(%problem, "the decision delivery-fee says nothing");
            (method.fee, None)
        }
    }
}

/// What `lines` weigh, in grams; what nobody weighed weighs nothing, what is sold by weight weighs what it is.
pub fn weight_g<'a>(lines: impl IntoIterator<Item = &'a PricedLine>, offers: &[Offer]) -> i64 {
    let of = |line: &PricedLine| match line.quantity.unit {
        Unit::Kilogram => line.quantity.milli,
        _ => {
            let each = offers.iter().find(|offer| offer.product == line.product).map_or(0, |offer| offer.weight_g);
            each.saturating_mul(line.quantity.milli) / 1000
        }
    };
    lines.into_iter().map(of).fold(0, i64::saturating_add)
}

/// An amount in major units as decisions count: 12.5 for 12.50 EUR.
#[allow(clippy::cast_precision_loss)] // an amount beyond 2^53 minor units is no order's
pub fn major(money: Money) -> Value {
    json!(money.minor as f64 / 10_f64.powi(money.currency.minor_digits() as i32))
}

#[allow(clippy::cast_precision_loss)] // see above
fn thousandths(value: i64) -> Value {
    json!(value as f64 / 1000.0)
}

/// The fee that the decision's outputs name, rounded half up to the minor unit; none where they name none.
#[allow(clippy::cast_possible_truncation)] // checked
fn fee(outputs: &Value, currency: Currency) -> Option<Money> {
    let minor = number(&outputs["fee"])? * 10_f64.powi(currency.minor_digits() as i32);
    ((0.0..1e12).contains(&minor)).then(|| Money::new((minor + 0.5).floor() as i64, currency))
}

/// A decision's number, however it is written.
pub fn number(value: &Value) -> Option<f64> {
    value.as_f64().or_else(|| value.as_str()?.parse().ok()).filter(|number| number.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fee_is_rounded_to_the_minor_unit_and_never_below_nothing() {
        let fee = |value: Value| fee(&json!({"fee": value}), Currency::EUR).map(|fee| fee.minor);
        assert_eq!(fee(json!(4.9)), Some(490));
        assert_eq!(fee(json!("4.905")), Some(491));
        assert_eq!(fee(json!(0)), Some(0));
        assert_eq!(fee(json!(-1)), None);
        assert_eq!(fee(json!(null)), None);
        assert_eq!(major(Money::new(12_50, Currency::EUR)), json!(12.5));
    }
}
