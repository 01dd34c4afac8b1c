//! What `catalog` answers and tells: what a product is.

use kit::bus::PublicEvent;
use kit::call::Request;
use kit::quantity::Unit;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::shared::{CategoryId, NameIn, ProductId};

/// What others need to know of a product.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ProductSummary {
    /// The product.
    pub id: ProductId,
    /// The article number, unique, 1 to 40 characters.
    pub number: String,
    /// Its name for people, 1 to 200 characters.
    pub name: String,
    /// Its place in the tree.
    pub category: CategoryId,
    /// The names of its categories from the top down.
    pub path: Vec<String>,
    /// The brand; empty where unknown.
    #[serde(default)]
    pub brand: String,
    /// The unit it is sold by.
    pub unit: Unit,
    /// Its tax class, e.g. `standard` or `reduced`; the rate is a matter of `pricing`.
    pub tax_class: String,
    /// The weight of one unit with its packing, in grams; 0 where unknown.
    #[serde(default)]
    pub weight_g: i64,
    /// GTINs and other codes of the unit.
    #[serde(default)]
    pub barcodes: Vec<String>,
    /// Whether it is sold at present.
    pub sold: bool,
}

/// Asks for products.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AskProducts {
    /// At most 500; unknown ones are left out of the reply.
    pub products: Vec<ProductId>,
}

/// The answer to [`AskProducts`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ProductList {
    /// In the order of their ids.
    pub products: Vec<ProductSummary>,
}

impl Request for AskProducts {
    const SERVICE: &'static str = "catalog";
    const PATH: &'static str = "/api/catalog/products/ask";
    type Reply = ProductList;
}

/// Asks what products are called in other languages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AskProductNames {
    /// At most 500; unknown ones are left out of the reply.
    pub products: Vec<ProductId>,
}

/// What a product is called in other languages than that of its main name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ProductNames {
    /// The product.
    pub id: ProductId,
    /// Each language once; empty where there is the main name alone.
    pub names: Vec<NameIn>,
}

/// The answer to [`AskProductNames`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ProductNameList {
    /// In the order of their ids.
    pub products: Vec<ProductNames>,
}

impl Request for AskProductNames {
    const SERVICE: &'static str = "catalog";
    const PATH: &'static str = "/api/catalog/products/names/ask";
    type Reply = ProductNameList;
}

/// Products are new or are something else from now on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ProductsChanged {
    /// At most 500.
    pub products: Vec<ProductSummary>,
}

impl PublicEvent for ProductsChanged {
    const SOURCE: &'static str = "catalog";
    const KIND: &'static str = "products_changed";
}
