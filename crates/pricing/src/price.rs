//! What a product costs at a moment, and how that came about. Pure.

use contracts::pricing::ProductPrice;
use contracts::shared::{CompanyId, ProductId};
use kit::money::{Currency, Money, MoneyError, Rate, Rounding, TaxLine, UnitPrice, tax_from_gross, tax_from_net};
use kit::problem::{Problem, Refusal};
use kit::quantity::Quantity;
use kit::time::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A price list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct List {
    /// Its code, 1 to 40 characters.
    pub code: String,
    /// How often it has changed, from 1.
    pub version: i64,
    /// What people call it, 1 to 100 characters.
    pub name: String,
    /// Whose it is; everybody's when there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub company: Option<CompanyId>,
    /// What its prices are in.
    pub currency: Currency,
    /// Whether its prices contain the tax.
    pub with_tax: bool,
    /// Whether it is the list by which shoppers buy; one list is.
    pub standard: bool,
    /// From when on it gives prices; always when there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_from: Option<Timestamp>,
    /// Until when it gives prices, that moment not included; for ever when there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_until: Option<Timestamp>,
}

/// A rate of a tax class from a moment on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaxRate {
    /// The class, 1 to 40 characters, e.g. `standard`.
    pub class: String,
    /// What people call it, 1 to 100 characters.
    pub name: String,
    /// From when on.
    pub valid_from: Timestamp,
    /// The rate.
    pub rate: Rate,
}

/// A price in a list from a moment on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The product.
    pub product: ProductId,
    /// From when on.
    pub valid_from: Timestamp,
    /// The price of one unit, in minor units of the list's currency.
    pub price_minor: i64,
}

/// A lower price for a time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reduction {
    /// The product.
    pub product: ProductId,
    /// From when on.
    pub from: Timestamp,
    /// Until when, that moment not included.
    pub until: Timestamp,
    /// The reduced price of one unit, in minor units of the list's currency; `None` withdraws it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price_minor: Option<i64>,
}

/// All that decides what a product costs.
#[derive(Debug, Clone, Default)]
pub struct Terms {
    /// Its prices in the list.
    pub entries: Vec<Entry>,
    /// Its reductions in the list.
    pub reductions: Vec<Reduction>,
    /// Its tax class, if it is known.
    pub tax_class: Option<String>,
    /// The rates of that class.
    pub rates: Vec<TaxRate>,
}

/// What one unit of a product costs at a moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Effective {
    /// With tax.
    pub price: Money,
    /// The price before a reduction, with tax.
    pub was: Option<Money>,
    /// The tax rate.
    pub tax: Rate,
    /// How it came about.
    pub why: Vec<Step>,
}

/// A step on the way to a price.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(tag = "step", rename_all = "snake_case")]
pub enum Step {
    /// The list's price that is valid at the moment.
    ListPrice {
        /// Which list.
        list: String,
        /// Since when.
        valid_from: Timestamp,
        /// The price as the list has it.
        price: Money,
        /// Whether it contains the tax.
        with_tax: bool,
    },
    /// A reduction that is lower.
    Reduction {
        /// Since when.
        from: Timestamp,
        /// Until when.
        until: Timestamp,
        /// The price as the list has it.
        price: Money,
    },
    /// The tax that the price contains.
    Tax {
        /// The product's class.
        class: String,
        /// The rate that is valid at the moment.
        rate: Rate,
        /// Since when.
        valid_from: Timestamp,
    },
    /// The price of one unit times the quantity, rounded half up.
    Quantity {
        /// How much.
        quantity: Quantity,
        /// The price of one unit, with tax.
        unit_price: Money,
    },
}

/// Why there is no price.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PriceError {
    /// Nothing, or more than a million.
    #[error("a quantity is more than nothing and at most a million")]
    Quantity,
    /// Amounts too large.
    #[error(transparent)]
    Money(#[from] MoneyError),
}

impl Refusal for PriceError {
    fn problem(&self) -> Problem {
        match self {
            PriceError::Quantity => Problem::unfit("quantity", self.to_string()),
            PriceError::Money(_) => Problem::invalid(self.to_string()),
        }
    }
}

impl List {
    /// Whether it gives prices `at` a moment.
    #[must_use]
    pub fn is_valid(&self, at: Timestamp) -> bool {
        self.valid_from.is_none_or(|from| from <= at) && self.valid_until.is_none_or(|until| at < until)
    }
}

/// What one unit costs `at` a moment; `None` when the list is not valid then, or it has no price or no tax rate.
///
/// # Errors
/// When amounts are too large.
pub fn effective(list: &List, terms: &Terms, at: Timestamp) -> Result<Option<Effective>, PriceError> {
    if !list.is_valid(at) {
        return Ok(None);
    }
    let entry = terms.entries.iter().filter(|entry| entry.valid_from <= at).max_by_key(|entry| entry.valid_from);
    let rate = terms.rates.iter().filter(|rate| rate.valid_from <= at).max_by_key(|rate| rate.valid_from);
    let (Some(entry), Some(rate)) = (entry, rate) else { return Ok(None) };
    let money = |minor| Money::new(minor, list.currency);
    let with_tax = |minor| -> Result<Money, PriceError> {
        let price = money(minor);
        Ok(if list.with_tax { price } else { tax_from_net(price, rate.rate, Rounding::HalfUp)?.gross })
    };
    let mut why = vec![Step::ListPrice {
        list: list.code.clone(),
        valid_from: entry.valid_from,
        price: money(entry.price_minor),
        with_tax: list.with_tax,
    }];
    let running = terms.reductions.iter().filter(|one| one.from <= at && at < one.until);
    let lower = running.filter_map(|one| Some((one.price_minor.filter(|minor| *minor < entry.price_minor)?, one)));
    let mut price = with_tax(entry.price_minor)?;
    let mut was = None;
    if let Some((minor, reduction)) = lower.min_by_key(|(minor, _)| *minor) {
        why.push(Step::Reduction { from: reduction.from, until: reduction.until, price: money(minor) });
        was = Some(std::mem::replace(&mut price, with_tax(minor)?));
    }
    why.push(Step::Tax { class: rate.class.clone(), rate: rate.rate, valid_from: rate.valid_from });
    Ok(Some(Effective { price, was, tax: rate.rate, why }))
}

/// What `quantity` costs at the price of one unit.
///
/// # Errors
/// See [`PriceError`].
pub fn amounts(effective: &Effective, quantity: Quantity) -> Result<TaxLine, PriceError> {
    if !quantity.is_positive() || quantity.milli > 1_000_000_000 {
        return Err(PriceError::Quantity);
    }
    let gross = UnitPrice::from_money(effective.price)?.times(quantity, Rounding::HalfUp)?;
    Ok(tax_from_gross(gross, effective.tax, Rounding::HalfUp)?)
}

impl Effective {
    /// The price as others hear it.
    #[must_use]
    pub fn told(&self, product: ProductId) -> ProductPrice {
        ProductPrice { product, price: self.price, tax: self.tax, was: self.was }
    }
}

/// The tax lines of one rate each, in the order of their rates, and all together.
///
/// # Errors
/// When amounts are too large.
pub fn totals(currency: Currency, lines: &[TaxLine]) -> Result<(Vec<TaxLine>, Money), PriceError> {
    let mut taxes: Vec<TaxLine> = Vec::new();
    for line in lines {
        match taxes.iter_mut().find(|sum| sum.rate == line.rate) {
            Some(sum) => {
                (sum.net, sum.tax) = (sum.net.add(line.net)?, sum.tax.add(line.tax)?);
                sum.gross = sum.gross.add(line.gross)?;
            }
            None => taxes.push(*line),
        }
    }
    taxes.sort_by_key(|sum| sum.rate);
    let total = Money::sum(currency, lines.iter().map(|line| line.gross))?;
    Ok((taxes, total))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEA: ProductId = ProductId::from_u128(1);

    fn at(hour: i64) -> Timestamp {
        Timestamp::from_micros(hour * 3_600_000_000)
    }

    fn list(with_tax: bool) -> List {
        let (code, name) = ("shop".to_owned(), "Shop".to_owned());
        let (currency, valid_from, valid_until) = (Currency::EUR, None, None);
        List { code, version: 1, name, company: None, currency, with_tax, standard: true, valid_from, valid_until }
    }

    fn terms() -> Terms {
        let entry = |hour, price_minor| Entry { product: TEA, valid_from: at(hour), price_minor };
        let rate = |hour, rate| TaxRate {
            class: "standard".to_owned(),
            name: "Standard".to_owned(),
            valid_from: at(hour),
            rate: Rate(rate),
        };
        Terms {
            entries: vec![entry(1, 500), entry(10, 600)],
            reductions: vec![
                Reduction { product: TEA, from: at(5), until: at(7), price_minor: Some(400) },
                Reduction { product: TEA, from: at(6), until: at(8), price_minor: Some(700) },
            ],
            tax_class: Some("standard".to_owned()),
            rates: vec![rate(0, 2000), rate(20, 1900)],
        }
    }

    fn price(hour: i64) -> Option<(i64, Option<i64>, i64)> {
        let effective = effective(&list(true), &terms(), at(hour)).unwrap()?;
        Some((effective.price.minor, effective.was.map(|was| was.minor), effective.tax.0))
    }

    #[test]
    fn a_price_is_valid_from_its_moment_and_reduced_while_the_reduction_runs() {
        for (hour, expected) in [
            (0, None),
            (1, Some((500, None, 2000))),
            (5, Some((400, Some(500), 2000))),
            (6, Some((400, Some(500), 2000))),
            (7, Some((500, None, 2000))),
            (10, Some((600, None, 2000))),
            (20, Some((600, None, 1900))),
        ] {
            assert_eq!(price(hour), expected, "at {hour}");
        }
    }

    #[test]
    fn a_list_gives_prices_while_it_is_valid() {
        let season = List { valid_from: Some(at(5)), valid_until: Some(at(7)), ..list(true) };
        for (hour, is_priced) in [(4, false), (5, true), (6, true), (7, false)] {
            assert_eq!(effective(&season, &terms(), at(hour)).unwrap().is_some(), is_priced, "at {hour}");
        }
    }

    #[test]
    fn without_a_tax_rate_there_is_no_price() {
        let unknown = Terms { rates: Vec::new(), ..terms() };
        assert_eq!(effective(&list(true), &unknown, at(2)), Ok(None));
    }

    #[test]
    fn a_list_without_tax_gets_it_put_on() {
        let net = effective(&list(false), &terms(), at(5)).unwrap().unwrap();
        assert_eq!((net.price.minor, net.was.map(|was| was.minor)), (480, Some(600)));
        assert_eq!(net.why.len(), 3);
        let line = amounts(&net, Quantity::pieces(3)).unwrap();
        assert_eq!((line.net.minor, line.tax.minor, line.gross.minor), (1200, 240, 1440));
        assert_eq!(amounts(&net, Quantity::pieces(0)), Err(PriceError::Quantity));
    }
}
