//! What documents, postings and days look like on the wire.

use contracts::finance::InvoiceId;
use contracts::orders::OrderId;
use contracts::payments::PaymentMethod;
use contracts::shared::{CompanyId, ProductId, SiteId};
use kit::money::{Money, TaxLine};
use kit::quantity::Quantity;
use kit::time::{BusinessDate, Timestamp};
use serde::Serialize;
use utoipa::ToSchema;

use crate::invoice::{self, Buyer, Document, DocumentKind, Seller, TaxSum};
use crate::ledger::Account;
use crate::store::lists::{DayRow, PostingRow};

/// Where a document stands, as its order's money says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum DocumentState {
    /// The customer owes something.
    Open,
    /// Nothing is owed.
    Paid,
    /// It was credited whole, or is a credit note.
    Credited,
}

/// A document in short.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct InvoiceSummary {
    /// Its id.
    id: InvoiceId,
    /// What it is.
    kind: DocumentKind,
    /// Its number on paper.
    number: String,
    /// Whose it is.
    company: CompanyId,
    /// The order.
    order: OrderId,
    /// The order's number on paper.
    order_number: String,
    /// The site that served it.
    site: SiteId,
    /// The business date.
    date: BusinessDate,
    /// When it is due.
    due_date: BusinessDate,
    /// Who buys.
    buyer_name: String,
    /// Without tax.
    net: Money,
    /// The tax.
    tax: Money,
    /// With tax; of a credit note what is given back.
    total: Money,
    /// What the order's customer still owes, all its documents and payments counted; below zero what they have paid ahead.
    owed: Money,
    /// Where it stands.
    state: DocumentState,
}

impl InvoiceSummary {
    /// `document` with what its order's customer `owed`.
    pub(super) fn of(document: &Document, owed: Money) -> InvoiceSummary {
        let sums = invoice::sums(&document.lines);
        let head = &document.head;
        let money = |minor| Money::new(minor, head.currency);
        let state = match (document.kind, owed.is_positive()) {
            (DocumentKind::CreditNote, _) => DocumentState::Credited,
            (DocumentKind::Invoice, true) => DocumentState::Open,
            (DocumentKind::Invoice, false) => DocumentState::Paid,
        };
        InvoiceSummary {
            id: document.id,
            kind: document.kind,
            number: document.kind.number(document.place.year, document.place.place),
            company: document.place.company,
            order: head.order,
            order_number: head.order_number.clone(),
            site: head.site,
            date: head.date,
            due_date: head.due_date,
            buyer_name: document.buyer.name.clone(),
            net: money(sums.net()),
            tax: money(sums.tax),
            total: money(sums.total()),
            owed,
            state,
        }
    }
}

/// What a line is.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum LineKind {
    /// A product.
    Goods,
    /// Bringing them.
    Delivery,
}

/// A line of a document.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct InvoiceLineView {
    /// Its number, from 1.
    number: i64,
    /// What it is.
    kind: LineKind,
    /// The product.
    #[serde(skip_serializing_if = "Option::is_none")]
    product: Option<ProductId>,
    /// What it was ordered as; the code of the way of delivery.
    name: String,
    /// How much.
    quantity: Quantity,
    /// How much of it can still be credited; absent in a credit note.
    #[serde(skip_serializing_if = "Option::is_none")]
    left: Option<Quantity>,
    /// The price of one unit, with tax.
    unit_price: Money,
    /// Net, tax and gross.
    amounts: TaxLine,
}

/// A document as it is printed.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct InvoiceView {
    /// What it comes to.
    #[serde(flatten)]
    summary: InvoiceSummary,
    /// Who sells.
    seller: Seller,
    /// Who buys.
    buyer: Buyer,
    /// How the order is paid.
    payment_method: PaymentMethod,
    /// What it lists.
    lines: Vec<InvoiceLineView>,
    /// The tax by rate.
    taxes: Vec<TaxSum>,
    /// When it was issued.
    issued_at: Timestamp,
    /// By whom.
    issued_by: String,
    /// The invoice that a credit note credits.
    #[serde(skip_serializing_if = "Option::is_none")]
    credits: Option<InvoiceId>,
    /// Why it is credited.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// The credit notes of an invoice.
    credit_notes: Vec<InvoiceId>,
}

impl InvoiceView {
    /// `document` among all documents of its order, with what its customer `owed`.
    pub(super) fn of(document: Document, all: &[Document], owed: Money) -> InvoiceView {
        let mut summary = InvoiceSummary::of(&document, owed);
        let notes: Vec<&Document> = all.iter().filter(|other| other.credits == Some(document.id)).collect();
        let credited: i64 = notes.iter().map(|note| invoice::sums(&note.lines).total()).sum();
        if credited == summary.total.minor {
            summary.state = DocumentState::Credited;
        }
        let lines = (1..).zip(&document.lines).map(|(number, line)| InvoiceLineView {
            number,
            kind: if line.product.is_some() { LineKind::Goods } else { LineKind::Delivery },
            product: line.product,
            name: line.name.clone(),
            quantity: line.quantity,
            left: document.credits.is_none().then(|| invoice::left(line, notes.iter().flat_map(|note| &note.lines))),
            unit_price: line.unit_price,
            amounts: line.amounts,
        });
        InvoiceView {
            summary,
            lines: lines.collect(),
            taxes: invoice::taxes(&document.lines, document.head.currency),
            seller: document.head.seller,
            buyer: document.buyer,
            payment_method: document.head.payment_method,
            issued_at: document.issued_at,
            issued_by: document.issued_by,
            credits: document.credits,
            reason: document.reason,
            credit_notes: notes.iter().map(|note| note.id).collect(),
        }
    }
}

/// A page of documents.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct InvoicePage {
    /// The newest first.
    pub(super) invoices: Vec<InvoiceSummary>,
    /// The cursor of the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) next: Option<InvoiceId>,
}

/// An amount on an account.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = PostingEntry)]
pub(super) struct EntryView {
    /// The account's number.
    number: String,
    /// The account.
    #[serde(skip_serializing_if = "Option::is_none")]
    account: Option<Account>,
    /// Above zero a debit, below a credit.
    amount: Money,
}

/// A posting: its entries come to zero.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct PostingView {
    /// Its place in the books.
    id: i64,
    /// When it was booked.
    at: Timestamp,
    /// On which business date.
    date: BusinessDate,
    /// `invoice`, `credit_note`, `payment` or `refund`.
    kind: String,
    /// The document or payment.
    document: String,
    /// What it books.
    entries: Vec<EntryView>,
}

impl From<PostingRow> for PostingView {
    fn from(row: PostingRow) -> PostingView {
        let PostingRow { id, at, date, kind, document, currency, entries } = row;
        let entries = entries.into_iter().map(|(number, minor)| EntryView {
            account: Account::from_number(&number),
            amount: Money::new(minor, currency),
            number,
        });
        PostingView { id, at, date, kind, document, entries: entries.collect() }
    }
}

/// An order in the books.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct OrderBooks {
    /// Its documents, the invoice first.
    pub(super) invoices: Vec<InvoiceSummary>,
    /// What was booked.
    pub(super) postings: Vec<PostingView>,
    /// What the customer still owes; absent before anything was booked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) owed: Option<Money>,
}

/// A day's sums in one currency.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = InvoiceDay)]
pub(super) struct DayView {
    /// The business date.
    date: BusinessDate,
    /// Invoices issued.
    invoices: i64,
    /// Credit notes issued.
    credit_notes: i64,
    /// Invoiced less credited, without tax.
    net: Money,
    /// The tax of it.
    tax: Money,
    /// With tax.
    total: Money,
    /// Money that came in.
    captured: Money,
    /// Money that went back.
    refunded: Money,
}

impl From<DayRow> for DayView {
    fn from((date, currency, sums): DayRow) -> DayView {
        let [invoices, credit_notes, net, tax, total, captured, refunded] = sums;
        let money = |minor| Money::new(minor, currency);
        DayView {
            date,
            invoices,
            credit_notes,
            net: money(net),
            tax: money(tax),
            total: money(total),
            captured: money(captured),
            refunded: money(refunded),
        }
    }
}

/// Days.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct DayList {
    /// By date; days without anything are left out.
    pub(super) days: Vec<DayView>,
}

/// An account with its balance.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct BalanceView {
    /// Whose.
    pub(super) company: String,
    /// The account's number.
    pub(super) number: String,
    /// The account.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) account: Option<Account>,
    /// Above zero a debit, below a credit.
    pub(super) balance: Money,
}

/// All accounts; their balances come to zero.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct BalanceList {
    /// By company and number.
    pub(super) accounts: Vec<BalanceView>,
}
