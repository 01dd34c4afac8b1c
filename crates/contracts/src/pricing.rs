//! What `pricing` answers and tells: what a product costs.

use kit::bus::PublicEvent;
use kit::call::Request;
use kit::money::{Money, Rate};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::shared::ProductId;

/// The present price of a product.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ProductPrice {
    /// The product.
    pub product: ProductId,
    /// The price of one unit, with tax.
    pub price: Money,
    /// The tax that the price includes.
    pub tax: Rate,
    /// The price before a reduction, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub was: Option<Money>,
}

/// Asks for present prices.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AskPrices {
    /// At most 500; those without a price are left out of the reply.
    pub products: Vec<ProductId>,
}

/// The answer to [`AskPrices`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PriceList {
    /// In the order of their products.
    pub prices: Vec<ProductPrice>,
}

impl Request for AskPrices {
    const SERVICE: &'static str = "pricing";
    const PATH: &'static str = "/api/pricing/prices/ask";
    type Reply = PriceList;
}

/// Products cost something else from now on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PricesChanged {
    /// At most 500.
    pub prices: Vec<ProductPrice>,
    /// Products that have no price any more and are not sold until they have one, at most 500.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gone: Vec<ProductId>,
}

impl PublicEvent for PricesChanged {
    const SOURCE: &'static str = "pricing";
    const KIND: &'static str = "prices_changed";
}
