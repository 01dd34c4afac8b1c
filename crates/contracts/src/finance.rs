//! What `finance` answers and tells: invoices.

use kit::bus::PublicEvent;
use kit::call::Request;
use kit::id::{Id, Kind};
use kit::money::Money;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::orders::OrderId;

/// Kind of [`InvoiceId`].
pub enum Invoice {}
impl Kind for Invoice {
    const PREFIX: &'static str = "inv";
}
/// An invoice.
pub type InvoiceId = Id<Invoice>;

/// Writes the invoice of a released order. Written before: the same invoice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct IssueInvoice {
    /// The order.
    pub order: OrderId,
}

/// An invoice in short.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct InvoiceIssued {
    /// The invoice.
    pub invoice: InvoiceId,
    /// Its number; numbers of a series have no gaps.
    pub number: String,
    /// The order.
    pub order: OrderId,
    /// What it comes to, with tax.
    pub total: Money,
}

impl Request for IssueInvoice {
    const SERVICE: &'static str = "finance";
    const PATH: &'static str = "/api/finance/invoices/issue";
    type Reply = InvoiceIssued;
}

impl PublicEvent for InvoiceIssued {
    const SOURCE: &'static str = "finance";
    const KIND: &'static str = "invoice_issued";
}
