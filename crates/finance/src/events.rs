//! What happened to invoices and money, as the journal keeps it, and what of it others hear.

use contracts::finance::{InvoiceId, InvoiceIssued};
use contracts::orders::OrderId;
use contracts::payments::PaymentMethod;
use contracts::shared::{CompanyId, ProductId, SiteId};
use kit::bus::PublicEvent;
use kit::journal::{Event, Published, Recorded};
use kit::money::{Currency, Money, Rate, TaxLine};
use kit::private::Private;
use kit::problem::Fault;
use kit::quantity::{Quantity, Unit};
use kit::store::Tx;
use kit::time::{BusinessDate, Zone};
use serde::{Deserialize, Serialize};

use crate::invoice::{Buyer, Line, Seller};
use crate::ledger::Entry;
use crate::store;

/// A fact; the entity is the document, the payment, or the seller.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum FinanceEvent {
    /// An invoice was issued.
    InvoiceIssued(Box<Issued>),
    /// A credit note was issued.
    CreditNoteIssued {
        /// The invoice.
        credits: InvoiceId,
        /// Why.
        reason: String,
        /// The credit note.
        document: Box<Issued>,
    },
    /// Money came in or went back.
    MoneyPosted(Box<Posted>),
    /// It was said who sells.
    SellerSet {
        /// Who.
        seller: Seller,
    },
}

/// All that a document says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Issued {
    /// Whose series its number belongs to.
    pub(crate) company: CompanyId,
    /// The year of the series.
    pub(crate) year: i64,
    /// The place in the series.
    pub(crate) place: i64,
    /// The number on paper.
    pub(crate) number: String,
    /// The order.
    pub(crate) order: OrderId,
    /// The order's number on paper.
    pub(crate) order_number: String,
    /// The site that served it.
    pub(crate) site: SiteId,
    /// Where its day begins and ends.
    pub(crate) zone: Zone,
    /// When it begins there, in civil minutes after midnight.
    #[serde(default, skip_serializing_if = "is_midnight")]
    pub(crate) day_start: u16,
    /// The business date.
    pub(crate) date: BusinessDate,
    /// When it is due.
    pub(crate) due_date: BusinessDate,
    /// How the order is paid.
    pub(crate) payment_method: PaymentMethod,
    /// Of all amounts, which are in its minor units.
    pub(crate) currency: Currency,
    /// Under whose key the buyer is sealed: the document's own, because the law wants it kept.
    pub(crate) person: String,
    /// Who buys.
    pub(crate) buyer: Private<Buyer>,
    /// Who sells.
    pub(crate) seller: Seller,
    /// What it lists.
    #[serde(with = "compact")]
    pub(crate) lines: Vec<Line>,
    /// Goods and delivery without tax.
    pub(crate) net: i64,
    /// The tax.
    pub(crate) tax: i64,
    /// What it books.
    pub(crate) entries: Vec<Entry>,
}

/// Money that moved, and what it books.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Posted {
    /// The order.
    pub(crate) order: OrderId,
    /// The site that serves it.
    pub(crate) site: SiteId,
    /// Whose books.
    pub(crate) company: CompanyId,
    /// The business date.
    pub(crate) date: BusinessDate,
    /// Of all amounts, which are in its minor units.
    pub(crate) currency: Currency,
    /// What came in now.
    pub(crate) captured: i64,
    /// What came in of this payment until now.
    pub(crate) captured_in_all: i64,
    /// What went back now.
    pub(crate) refunded: i64,
    /// What went back of this payment until now.
    pub(crate) refunded_in_all: i64,
    /// What the money that came in books.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) payment: Vec<Entry>,
    /// What the money that went back books.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) refund: Vec<Entry>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_midnight(day_start: &u16) -> bool {
    *day_start == 0
}

impl Event for FinanceEvent {
    fn kind(&self) -> &'static str {
        match self {
            FinanceEvent::InvoiceIssued(_) => InvoiceIssued::KIND,
            FinanceEvent::CreditNoteIssued { .. } => "credit_note_issued",
            FinanceEvent::MoneyPosted(_) => "money_posted",
            FinanceEvent::SellerSet { .. } => "seller_set",
        }
    }

    fn apply(&self, recorded: &Recorded<Self>, tx: &mut Tx<'_>) -> Result<(), Fault> {
        store::apply(tx, recorded)
    }

    fn publish(recorded: &Recorded<Self>) -> Option<Published> {
        match &recorded.event {
            FinanceEvent::InvoiceIssued(issued) => Some(
                InvoiceIssued {
                    invoice: recorded.entity.parse().expect("the entity of an invoice's event is its id"),
                    number: issued.number.clone(),
                    order: issued.order,
                    total: Money::new(issued.net + issued.tax, issued.currency),
                }
                .published(),
            ),
            FinanceEvent::CreditNoteIssued { .. } | FinanceEvent::MoneyPosted(_) | FinanceEvent::SellerSet { .. } => {
                None
            }
        }
    }
}

/// Lines as `[product, name, milli, unit, unit price, rate, net, tax, currency]`: half the bytes that field names would make of it.
/// Also the form of the `lines` column.
pub(crate) mod compact {
    use serde::de::Error;
    use serde::{Deserializer, Serializer};

    use super::{Currency, Deserialize, Line, Money, ProductId, Quantity, Rate, TaxLine, Unit};

    type Row = (Option<ProductId>, String, i64, Unit, i64, i64, i64, i64, Currency);

    /// Writes `lines`.
    ///
    /// # Errors
    /// What the serializer says.
    pub(crate) fn serialize<S: Serializer>(lines: &[Line], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(lines.iter().map(|line| {
            (
                line.product,
                &line.name,
                line.quantity.milli,
                line.quantity.unit,
                line.unit_price.minor,
                line.amounts.rate.0,
                line.amounts.net.minor,
                line.amounts.tax.minor,
                line.amounts.gross.currency,
            )
        }))
    }

    /// Reads lines.
    ///
    /// # Errors
    /// When they are none, or hold a fraction of a piece.
    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Line>, D::Error> {
        let rows = Vec::<Row>::deserialize(deserializer)?;
        rows.into_iter()
            .map(|(product, name, milli, unit, price, rate, net, tax, currency)| {
                let quantity = Quantity::new(milli, unit).map_err(D::Error::custom)?;
                let of = |minor| Money::new(minor, currency);
                let amounts = TaxLine { rate: Rate(rate), net: of(net), tax: of(tax), gross: of(net + tax) };
                Ok(Line { product, name, quantity, unit_price: of(price), amounts })
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use kit::testing::samples;

    use super::*;

    #[test]
    fn the_sample_journal_has_every_event_as_it_is_written_today() {
        let bodies = samples::written_today::<FinanceEvent>(concat!(env!("CARGO_MANIFEST_DIR"), "/samples"));
        let names: BTreeSet<String> =
            bodies.iter().map(|body| body.as_object().unwrap().keys().next().unwrap().clone()).collect();
        assert_eq!(names, samples::variants::<FinanceEvent>());
    }
}
