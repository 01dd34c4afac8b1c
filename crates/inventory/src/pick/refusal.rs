//! Why work on a pick is refused, with what whoever holds the phone needs to know.

use contracts::shared::{ProductId, SiteId};
use kit::problem::{Problem, Refusal};
use kit::quantity::Quantity;
use kit::time::Timestamp;

use super::{MAX_PARCELS, State};
use crate::stock::Malformed;

/// Why work on a pick is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum PickRefused {
    /// Somebody else works on it.
    #[error("{by} works on it until {until}")]
    Taken {
        /// Who.
        by: String,
        /// Until when, unless they go on.
        until: Timestamp,
    },
    /// It stands elsewhere.
    #[error("the pick is {}", state.code())]
    WrongState {
        /// Where.
        state: State,
    },
    /// The pick does not want this product.
    #[error("{product} is not wanted here")]
    NotOnPick {
        /// Which.
        product: ProductId,
    },
    /// More than is wanted.
    #[error("only {asked} of {product} is wanted")]
    Enough {
        /// Which.
        product: ProductId,
        /// What is wanted.
        asked: Quantity,
    },
    /// Fewer are still to be found.
    #[error("{left} of {product} is still to be found")]
    NotThatShort {
        /// Which.
        product: ProductId,
        /// What is still to be found.
        left: Quantity,
    },
    /// Goods are still to be taken, or to be put back.
    #[error("{} products are not as wanted yet", products.len())]
    Incomplete {
        /// Which.
        products: Vec<ProductId>,
    },
    /// Other goods of the order are not packed.
    #[error("goods are still to be packed at {} sites", sites.len())]
    NotPacked {
        /// Where.
        sites: Vec<SiteId>,
    },
    /// The paper is another order's.
    #[error("these are the goods of {expected}")]
    WrongOrder {
        /// The pick's order.
        expected: String,
    },
    /// The payment refused while the order was being released.
    #[error("the order could not be released: its payment is missing")]
    NotReleased,
    /// A substitute without the product, or the same product.
    #[error("a substitute is another product")]
    Substitute,
    /// Too few or too many parcels.
    #[error("1 to {MAX_PARCELS} parcels are possible")]
    Parcels,
    /// A quantity that cannot be meant.
    #[error(transparent)]
    Malformed(Malformed),
}

impl Refusal for PickRefused {
    fn problem(&self) -> Problem {
        let problem = match self {
            PickRefused::Taken { by, until } => {
                Problem::conflict("inventory/pick-taken", "Somebody else is picking it")
                    .with("by", by.clone())
                    .with("until", until.to_string())
            }
            PickRefused::WrongState { state } => {
                Problem::conflict("inventory/pick-wrong-state", "Not possible with this pick now")
                    .with("state", state.code())
            }
            PickRefused::NotOnPick { product } => {
                Problem::conflict("inventory/not-on-pick", "Not wanted here").with("product", product.to_string())
            }
            PickRefused::Enough { product, asked } => Problem::conflict("inventory/picked-enough", "Enough already")
                .with("product", product.to_string())
                .with("asked", serde_json::json!(asked)),
            PickRefused::NotThatShort { product, left } => {
                Problem::conflict("inventory/not-that-short", "Not that much is missing")
                    .with("product", product.to_string())
                    .with("left", serde_json::json!(left))
            }
            PickRefused::Incomplete { products } => Problem::conflict("inventory/pick-incomplete", "Not all is picked")
                .with("products", serde_json::json!(products)),
            PickRefused::NotPacked { sites } => {
                Problem::conflict("inventory/order-not-packed", "The order is not packed everywhere")
                    .with("sites", serde_json::json!(sites))
            }
            PickRefused::WrongOrder { expected } => {
                Problem::conflict("inventory/wrong-order", "Another order's goods").with("expected", expected.clone())
            }
            PickRefused::NotReleased => Problem::conflict("inventory/not-released", "The goods may not leave yet"),
            PickRefused::Substitute => return Problem::unfit("substitute", self.to_string()),
            PickRefused::Parcels => return Problem::unfit("parcels", self.to_string()),
            PickRefused::Malformed(malformed) => return malformed.problem(),
        };
        problem.detail(self.to_string())
    }
}
