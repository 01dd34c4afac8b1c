//! Samples of what `finance` tells and answers.

use contracts::finance::{InvoiceId, InvoiceIssued, IssueInvoice};

use crate::{ORDER, Seen, eur};

pub(crate) fn finance(seen: &mut Seen) {
    seen.sample("finance/issue_invoice", &IssueInvoice { order: ORDER });
    let number = "INV-2026-000001".to_owned();
    let issued = InvoiceIssued { invoice: InvoiceId::from_u128(40), number, order: ORDER, total: eur(2500) };
    seen.sample("finance/invoice_issued", &issued);
}
