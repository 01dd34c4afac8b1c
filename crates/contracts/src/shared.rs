//! Ids that several services speak of, and names in languages.

use kit::id::{Id, Kind};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Kind of [`CompanyId`].
pub enum Company {}
impl Kind for Company {
    const PREFIX: &'static str = "com";
}
/// A legal entity that owns stock and issues invoices.
pub type CompanyId = Id<Company>;

/// Kind of [`ProductId`].
pub enum Product {}
impl Kind for Product {
    const PREFIX: &'static str = "prd";
}
/// A product that can be stocked and sold.
pub type ProductId = Id<Product>;

/// Kind of [`CustomerId`].
pub enum Customer {}
impl Kind for Customer {
    const PREFIX: &'static str = "cus";
}
/// A customer over all channels.
pub type CustomerId = Id<Customer>;

/// A store or a warehouse: where stock lies and where people work.
pub type SiteId = kit::auth::SiteId;

/// Kind of [`CategoryId`].
pub enum Category {}
impl Kind for Category {
    const PREFIX: &'static str = "cat";
}
/// A node of the tree of products.
pub type CategoryId = Id<Category>;

/// Kind of [`PersonId`].
pub enum Person {}
impl Kind for Person {
    const PREFIX: &'static str = "psn";
}
/// A member of the staff. As an actor they are named `person:psn_…`.
pub type PersonId = Id<Person>;

/// A name in a language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct NameIn {
    /// The language's code, e.g. `uk`.
    pub language: String,
    /// The name.
    pub name: String,
}
