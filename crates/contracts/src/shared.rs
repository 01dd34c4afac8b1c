//! Ids that several services speak of, and names in languages.

use std::collections::BTreeMap;

use kit::id::{Id, Kind};
use kit::journal::{Event, Recorded};
use kit::money::Money;
use kit::quantity::Quantity;
use kit::time::Timestamp;
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

/// The value of a custom field: what the retailer keeps beside, of an order or a customer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(untagged)]
pub enum FieldValue {
    /// Yes or no.
    Flag(bool),
    /// A whole number from -9,007,199,254,740,991 to 9,007,199,254,740,991, which every client reads to the unit.
    Number(i64),
    /// A text of up to 500 characters, in lines.
    Text(String),
}

/// Custom fields by their names of 1 to 40 characters, at most [`MOST_FIELDS`].
pub type Fields = BTreeMap<String, FieldValue>;

/// Custom fields that one thing may have.
pub const MOST_FIELDS: usize = 50;

/// Bytes of the names and texts of one thing's custom fields together: many such things fit into one answer.
pub const MOST_FIELD_BYTES: usize = 16 * 1024;

/// The largest number of a custom field: up to there a binary fraction of 64 bits, as browsers have them, tells all whole numbers apart.
const LARGEST: u64 = (1 << 53) - 1;

/// What is wrong with custom fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnfitFields {
    /// The word for it in `kit/invalid`.
    pub field: &'static str,
    /// What is wanted.
    pub what: &'static str,
}

/// Checks custom fields.
///
/// # Errors
/// When there are too many, they are too long together, a name or text has too many characters, none or such as cannot be shown, or a
/// number is too large.
pub fn check_fields(fields: &Fields) -> Result<(), UnfitFields> {
    let unfit = |field, what| Err(UnfitFields { field, what });
    if fields.len() > MOST_FIELDS {
        return unfit("too-many", "at most 50 fields are kept");
    }
    if fields.keys().any(|name| !(1..=40).contains(&name.trim().chars().count())) {
        return unfit("text", "a field's name has 1 to 40 characters");
    }
    let is_large = |value: &FieldValue| matches!(value, FieldValue::Number(number) if number.unsigned_abs() > LARGEST);
    if fields.values().any(is_large) {
        return unfit("whole-number", "a field's number is at most 9,007,199,254,740,991");
    }
    let is_long = |value: &FieldValue| matches!(value, FieldValue::Text(text) if text.trim().chars().count() > 500);
    if fields.values().any(is_long) {
        return unfit("text", "a field's text has at most 500 characters");
    }
    fn text(value: &FieldValue) -> &str {
        if let FieldValue::Text(text) = value { text } else { "" }
    }
    let is_odd = |text: &str| text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t'));
    if fields.iter().any(|(name, value)| name.chars().any(char::is_control) || is_odd(text(value))) {
        return unfit("text", "a field's name and text have no control characters but ends of lines and tabs");
    }
    let bytes = |(name, value): (&String, &FieldValue)| name.len() + text(value).len();
    if fields.iter().map(bytes).sum::<usize>() > MOST_FIELD_BYTES {
        return unfit("too-long", "the names and texts of all fields have at most 16,384 bytes together");
    }
    Ok(())
}

/// Something that one service knows to have happened to an order, as it stands in the order's timeline. Who may ask, each service
/// decides about what is its own.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Happening {
    /// What, as the service's journal names it: `attempt_made`, `pick_packed`, …
    pub kind: String,
    /// To which thing of the service: a call, a pick, a shipment, a document, a payment.
    pub entity: String,
    /// Which of the entity's versions it made; several have one moment.
    pub version: i64,
    /// When.
    pub at: Timestamp,
    /// Who did it: `guest`, `person:…`, `key:…` or `service:…`.
    pub actor: String,
    /// How it went, or why, as a code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What somebody noted with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// A number on paper.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// To when something is put off.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    /// How much money.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount: Option<Money>,
    /// How many parcels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parcels: Option<i64>,
    /// Where.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub site: Option<SiteId>,
    /// Which goods.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub goods: Vec<HappenedGoods>,
}

/// Goods to which something happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct HappenedGoods {
    /// The product.
    pub product: ProductId,
    /// How much of it.
    pub quantity: Quantity,
}

/// What a service knows to have happened to an order, the oldest first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Happenings {
    /// All of it.
    pub entries: Vec<Happening>,
}

impl Happening {
    /// What a journal's row says of itself: what, to which thing, when and by whom.
    #[must_use]
    pub fn of<E: Event>(recorded: &Recorded<E>) -> Happening {
        Happening {
            kind: recorded.event.kind().to_owned(),
            entity: recorded.entity.clone(),
            version: recorded.version,
            at: recorded.at,
            actor: recorded.actor.clone(),
            reason: None,
            note: None,
            number: None,
            until: None,
            amount: None,
            parcels: None,
            site: None,
            goods: Vec::new(),
        }
    }
}

impl Happenings {
    /// These in the order of time.
    #[must_use]
    pub fn sorted(mut entries: Vec<Happening>) -> Happenings {
        entries.sort_by(|a, b| (a.at, &a.entity, a.version).cmp(&(b.at, &b.entity, b.version)));
        Happenings { entries }
    }
}
