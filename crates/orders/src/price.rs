//! What is sold at which price, and what a line costs. Prices are with tax; tax lines are stored, not recomputed.

use std::collections::BTreeMap;

use contracts::shared::ProductId;
use kit::money::{Currency, Money, MoneyError, Rate, Rounding, TaxLine, UnitPrice, tax_from_gross};
use kit::problem::{Problem, Refusal};
use kit::quantity::{Quantity, Unit};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A product as it is sold now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Offer {
    /// The product.
    pub product: ProductId,
    /// Its name for people, 1 to 200 characters.
    pub name: String,
    /// The unit that `price` is for.
    pub unit: Unit,
    /// The price of one unit, with tax.
    pub price: Money,
    /// The tax that the price includes.
    pub tax: Rate,
    /// Whether it is sold at present.
    pub sold: bool,
    /// What one unit weighs, in grams; 0 where nobody weighed it.
    #[serde(default, skip_serializing_if = "is_nothing")]
    pub weight_g: i64,
}

#[allow(clippy::trivially_copy_pass_by_ref)] // serde asks by reference
fn is_nothing(weight_g: &i64) -> bool {
    *weight_g == 0
}

/// What the catalog says of a product: half of an offer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Goods {
    /// The product.
    pub product: ProductId,
    /// Its name for people.
    pub name: String,
    /// The unit it is sold by.
    pub unit: Unit,
    /// Whether it is sold at present.
    pub sold: bool,
    /// What one unit weighs, in grams; 0 where nobody weighed it.
    #[serde(default, skip_serializing_if = "is_nothing")]
    pub weight_g: i64,
}

/// What pricing says of a product: the other half.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PricePart {
    /// The product.
    pub product: ProductId,
    /// The price of one unit, with tax.
    pub price: Money,
    /// The tax that the price includes.
    pub tax: Rate,
}

/// The halves of offers that are known of some products.
#[derive(Debug, Clone, Default)]
pub struct Halves {
    /// What the catalog said.
    pub goods: Vec<Goods>,
    /// What pricing said.
    pub prices: Vec<PricePart>,
}

/// What follows from news about products: the offers that change, and the halves that still wait for the other one.
/// `offers` and `known` are what is there for the same products.
pub fn with_news(news: Halves, offers: &[Offer], known: &Halves) -> (Vec<Offer>, Halves) {
    let (mut changed, mut waiting) = (Vec::new(), Halves::default());
    let offered = |product| offers.iter().find(|offer| offer.product == product);
    for goods in news.goods {
        let price = match offered(goods.product) {
            Some(offer) => Some((offer.price, offer.tax)),
            None => known.prices.iter().find(|half| half.product == goods.product).map(|half| (half.price, half.tax)),
        };
        match price {
            Some((price, tax)) => changed.push(offer(goods, price, tax)),
            None => waiting.goods.push(goods),
        }
    }
    for half in news.prices {
        let goods = match offered(half.product) {
            Some(Offer { product, name, unit, sold, weight_g, .. }) => {
                let name = name.clone();
                Some(Goods { product: *product, name, unit: *unit, sold: *sold, weight_g: *weight_g })
            }
            None => known.goods.iter().find(|goods| goods.product == half.product).cloned(),
        };
        match goods {
            Some(goods) => changed.push(offer(goods, half.price, half.tax)),
            None => waiting.prices.push(half),
        }
    }
    changed.retain(|offer| offered(offer.product) != Some(offer));
    (changed, waiting)
}

fn offer(goods: Goods, price: Money, tax: Rate) -> Offer {
    let Goods { product, name, unit, sold, weight_g } = goods;
    Offer { product, name, unit, price, tax, sold, weight_g }
}

/// A way for goods to reach the customer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DeliveryMethod {
    /// Its code, 1 to 40 characters.
    pub code: String,
    /// Its name for people.
    pub name: String,
    /// Its names in other languages, by language code.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub names: BTreeMap<String, String>,
    /// What it costs, with tax.
    pub fee: Money,
    /// The tax that the fee includes.
    pub tax: Rate,
    /// Whether the customer comes to a store: then no address is needed.
    pub pick_up: bool,
    /// Whether it is offered at present.
    pub offered: bool,
}

/// A quantity of a product at a locked price.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PricedLine {
    /// The product.
    pub product: ProductId,
    /// Its name when the price was locked.
    pub name: String,
    /// How much.
    pub quantity: Quantity,
    /// The locked price of one unit, with tax.
    pub unit_price: Money,
    /// The line's net, tax and gross amounts.
    pub amounts: TaxLine,
}

/// Why a line has no price.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PriceError {
    /// Nobody sells it.
    #[error("product {product} is not sold")]
    NotSold {
        /// Which.
        product: ProductId,
    },
    /// Sold by another unit.
    #[error("product {product} is sold by {unit}, not by {asked}")]
    OtherUnit {
        /// Which.
        product: ProductId,
        /// The unit it is sold by.
        unit: Unit,
        /// The unit asked for.
        asked: Unit,
    },
    /// Nothing or less than nothing.
    #[error("a quantity is more than nothing and at most a million")]
    Quantity,
    /// Amounts too large, or of another currency.
    #[error(transparent)]
    Money(#[from] MoneyError),
}

impl Refusal for PriceError {
    fn problem(&self) -> Problem {
        match self {
            PriceError::NotSold { product } => {
                Problem::conflict("orders/not-sold", "This product is not sold at present.")
                    .with("product", product.to_string())
            }
            PriceError::OtherUnit { .. } => Problem::unfit("unit", self.to_string()),
            PriceError::Quantity => Problem::unfit("quantity", self.to_string()),
            PriceError::Money(_) => Problem::invalid(self.to_string()),
        }
    }
}

/// The largest quantity of a line, in thousandths of the unit.
const MOST: i64 = 1_000_000_000;

/// What `quantity` of an offer costs now.
pub fn price(offer: &Offer, quantity: Quantity) -> Result<PricedLine, PriceError> {
    if !offer.sold {
        return Err(PriceError::NotSold { product: offer.product });
    }
    if quantity.unit != offer.unit {
        return Err(PriceError::OtherUnit { product: offer.product, unit: offer.unit, asked: quantity.unit });
    }
    at_price(offer.product, &offer.name, quantity, offer.price, offer.tax)
}

/// What `quantity` costs at a price that was locked earlier.
pub fn at_price(
    product: ProductId,
    name: &str,
    quantity: Quantity,
    unit_price: Money,
    tax: Rate,
) -> Result<PricedLine, PriceError> {
    if !quantity.is_positive() || quantity.milli > MOST {
        return Err(PriceError::Quantity);
    }
    let gross = UnitPrice::from_money(unit_price)?.times(quantity, Rounding::HalfUp)?;
    let amounts = tax_from_gross(gross, tax, Rounding::HalfUp)?;
    Ok(PricedLine { product, name: name.to_owned(), quantity, unit_price, amounts })
}

/// The sum of the lines' gross amounts.
pub fn goods<'a>(currency: Currency, lines: impl IntoIterator<Item = &'a PricedLine>) -> Result<Money, PriceError> {
    Ok(Money::sum(currency, lines.into_iter().map(|line| line.amounts.gross))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offer() -> Offer {
        Offer {
            product: ProductId::from_u128(1),
            name: "Tea".to_owned(),
            unit: Unit::Piece,
            price: Money::new(1_20, Currency::EUR),
            tax: Rate(20_00),
            sold: true,
            weight_g: 0,
        }
    }

    #[test]
    fn a_line_costs_price_times_quantity_and_shows_its_tax() {
        let line = price(&offer(), Quantity::pieces(3)).unwrap();
        assert_eq!(line.amounts.gross, Money::new(3_60, Currency::EUR));
        assert_eq!(line.amounts.tax, Money::new(60, Currency::EUR));
        assert_eq!(line.amounts.net, Money::new(3_00, Currency::EUR));
    }

    #[test]
    fn an_offer_needs_a_product_and_a_price_whichever_comes_first() {
        let full = offer();
        let goods = || Halves {
            goods: vec![Goods {
                product: full.product,
                name: full.name.clone(),
                unit: full.unit,
                sold: true,
                weight_g: 0,
            }],
            prices: Vec::new(),
        };
        let price = |minor| Halves {
            goods: Vec::new(),
            prices: vec![PricePart { product: full.product, price: Money::new(minor, Currency::EUR), tax: full.tax }],
        };
        let (changed, waiting) = with_news(goods(), &[], &Halves::default());
        assert_eq!((changed.len(), waiting.goods.len()), (0, 1));
        assert_eq!(with_news(price(1_20), &[], &waiting).0, [offer()]);
        let (changed, waiting) = with_news(price(1_20), &[], &Halves::default());
        assert_eq!((changed.len(), waiting.prices.len()), (0, 1));
        assert_eq!(with_news(goods(), &[], &waiting).0, [offer()]);
        assert_eq!(with_news(goods(), &[offer()], &Halves::default()).0, []);
        let dearer = with_news(price(1_50), &[offer()], &Halves::default()).0;
        assert_eq!(dearer, [Offer { price: Money::new(1_50, Currency::EUR), ..offer() }]);
    }

    #[test]
    fn what_is_not_sold_has_no_price() {
        let gone = Offer { sold: false, ..offer() };
        assert_eq!(price(&gone, Quantity::pieces(1)), Err(PriceError::NotSold { product: gone.product }));
        assert_eq!(price(&offer(), Quantity::pieces(0)), Err(PriceError::Quantity));
        assert!(matches!(
            price(&offer(), Quantity::new(500, Unit::Kilogram).unwrap()),
            Err(PriceError::OtherUnit { .. })
        ));
    }
}
