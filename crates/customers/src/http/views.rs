//! What customers show.

use std::collections::BTreeMap;

use contracts::customers::{CustomerNote, CustomerOrder, CustomerSheet, OrderLinked};
use contracts::orders::OrderSheet;
use contracts::shared::{CustomerId, FieldValue};
use kit::bus::PublicEvent;
use kit::id::ExternalRef;
use kit::journal::JournalRow;
use kit::time::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::customer::{Address, Customer, Status};
use crate::store::Consent;

/// A customer as it stands.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CustomerView {
    /// Their id.
    pub(crate) id: CustomerId,
    /// Counts changes; the `ETag`.
    pub(crate) version: i64,
    /// Whether one may deal with them.
    status: Status,
    /// The name; empty once erased.
    name: String,
    /// The telephone number, as `+` and digits.
    #[serde(skip_serializing_if = "Option::is_none")]
    phone: Option<String>,
    /// The e-mail address in small letters.
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<String>,
    /// The language for messages; empty once erased.
    language: String,
    /// Telephone numbers and e-mail addresses beside the first ones.
    also_at: Vec<String>,
    /// Who has all that was known of them, when they are merged.
    #[serde(skip_serializing_if = "Option::is_none")]
    merged_into: Option<CustomerId>,
    /// Where they live.
    addresses: Vec<Address>,
    /// Whether marketing messages are welcome.
    may_advertise: bool,
    /// What they agreed to or no longer agree to, the newest first.
    consents: Vec<ConsentView>,
    /// What the staff noted, the newest first.
    notes: Vec<CustomerNote>,
    /// What other systems call them.
    refs: Vec<ExternalRef>,
    /// Words to group them by.
    tags: Vec<String>,
    /// The retailer's own fields.
    fields: BTreeMap<String, FieldValue>,
    /// How many of their orders were not cancelled.
    orders: i64,
    /// When they became known.
    made_at: Timestamp,
    /// When what is known of them last changed.
    changed_at: Timestamp,
}

/// An agreement, or its end.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ConsentView {
    /// To what, e.g. `advertising`.
    purpose: String,
    /// Whether they agreed.
    given: bool,
    /// When they said so.
    at: Timestamp,
    /// How, in words.
    how: String,
    /// Who noted it, as an actor's name.
    by: String,
}

/// A customer in a list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CustomerRow {
    /// Their id.
    id: CustomerId,
    /// Counts changes.
    version: i64,
    /// Whether one may deal with them.
    status: Status,
    /// The name; empty once erased.
    name: String,
    /// The telephone number, as `+` and digits.
    #[serde(skip_serializing_if = "Option::is_none")]
    phone: Option<String>,
    /// The e-mail address in small letters.
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<String>,
    /// Words to group them by.
    tags: Vec<String>,
    /// How many of their orders were not cancelled.
    orders: i64,
}

/// Customers.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CustomerList {
    /// A page of them, or what a search found, the best first.
    pub(crate) customers: Vec<CustomerRow>,
    /// Ask for those after this id to go on; absent on the last page and after a search.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) next: Option<String>,
}

/// A customer's orders.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CustomerOrders {
    /// A page of them, the newest first.
    pub(crate) orders: Vec<CustomerOrder>,
    /// Ask for those after this id to go on; absent on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) next: Option<String>,
}

/// All that is known of a customer but for the orders, which are handed out by pages.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CustomerExport {
    /// The customer, with all notes and consents.
    pub(crate) customer: CustomerView,
    /// What was done with these data, oldest first; at most 1,000 entries.
    pub(crate) history: Vec<CustomerHistoryEntry>,
    /// When this was written.
    pub(crate) made_at: Timestamp,
}

/// All that is known of a customer's orders.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ExportedOrders {
    /// A page of them, the newest first.
    pub(crate) orders: Vec<CustomerOrder>,
    /// The same orders, as `orders` knows them: what was in them, to whom and where they went, their custom fields.
    pub(crate) sheets: Vec<OrderSheet>,
    /// Ask for those after this id to go on; absent on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) next: Option<String>,
}

/// What was done with what is known of a customer.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CustomerHistory {
    /// Oldest first; at most 1,000 entries.
    pub(crate) entries: Vec<CustomerHistoryEntry>,
}

/// Customers who may be one and the same.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Duplicates {
    /// The likeliest first; at most 20.
    pub(crate) duplicates: Vec<Duplicate>,
}

/// A customer who may be another one.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Duplicate {
    /// Who.
    pub(crate) customer: CustomerRow,
    /// What both have, the strongest first.
    pub(crate) shared: Vec<SharedTrait>,
}

/// Customers all of whom have the same telephone number or e-mail address.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DuplicateGroups {
    /// At most 50 groups of each kind.
    pub(crate) groups: Vec<DuplicateGroup>,
}

/// Customers who may be one and the same, because all have this.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DuplicateGroup {
    /// What they share.
    pub(crate) shared: SharedTrait,
    /// Its value.
    pub(crate) value: String,
    /// Who; two to ten, the oldest first.
    pub(crate) customers: Vec<CustomerRow>,
}

/// Something that customers who are one and the same have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum SharedTrait {
    /// A telephone number.
    Phone,
    /// An e-mail address.
    Email,
    /// The whole name.
    Name,
}

/// Something that happened to what is known of a customer.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CustomerHistoryEntry {
    /// What, as the journal names it.
    kind: String,
    /// The version that it made.
    version: i64,
    /// When.
    at: Timestamp,
    /// Who did it.
    by: String,
}

impl CustomerView {
    /// The view of `customer`.
    pub(crate) fn of(customer: Customer, notes: Vec<CustomerNote>, consents: Vec<Consent>) -> CustomerView {
        let Customer { id, version, status, profile, may_advertise, orders, made_at, changed_at, merged_into } =
            customer;
        let consents = consents
            .into_iter()
            .map(|Consent { purpose, given, at, how, by }| ConsentView { purpose, given, at, how, by })
            .collect();
        CustomerView {
            id,
            version,
            status,
            name: profile.name,
            phone: profile.phone,
            email: profile.email,
            language: profile.language,
            also_at: profile.also_at,
            merged_into,
            addresses: profile.addresses,
            may_advertise,
            consents,
            notes,
            refs: profile.refs,
            tags: profile.tags,
            fields: profile.fields,
            orders,
            made_at,
            changed_at,
        }
    }
}

impl CustomerRow {
    /// The row of `customer`.
    pub(crate) fn of(customer: Customer) -> CustomerRow {
        let Customer { id, version, status, profile, orders, .. } = customer;
        CustomerRow {
            id,
            version,
            status,
            name: profile.name,
            phone: profile.phone,
            email: profile.email,
            tags: profile.tags,
            orders,
        }
    }
}

impl CustomerHistoryEntry {
    /// What a journal row says of it.
    pub(crate) fn of(row: JournalRow) -> CustomerHistoryEntry {
        // Whoever came with an order was made all the same.
        let kind = if row.kind == OrderLinked::KIND { "customer_set".to_owned() } else { row.kind.into_owned() };
        CustomerHistoryEntry { kind, version: row.version, at: row.at, by: row.actor }
    }
}

/// `customer` as other services are told.
pub(crate) fn sheet(customer: Customer) -> CustomerSheet {
    CustomerSheet {
        id: customer.id,
        name: customer.profile.name,
        phone: customer.profile.phone,
        email: customer.profile.email,
        language: customer.profile.language,
        may_advertise: customer.may_advertise,
        orders: customer.orders,
        version: customer.version,
    }
}
