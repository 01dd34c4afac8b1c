//! An order's documents as they were issued, for the order's timeline. Money is in the timeline of the payments.

use contracts::orders::OrderId;
use contracts::shared::{Happening, Happenings};
use kit::auth::Actor;
use kit::http::{App, Json, Path, Reply};
use kit::journal;
use kit::money::Money;
use kit::problem::Problem;

use super::READ;
use crate::events::{FinanceEvent, Issued};
use crate::store;

/// Shows who issued an order's invoices and credit notes, and why.
#[utoipa::path(get, path = "/api/finance/orders/{id}/history", operation_id = "finance_history", tag = "finance",
    params(("id" = OrderId, Path)), responses((status = 200, body = Happenings), (status = "default", body = Problem)))]
pub(super) async fn finance_history(app: App, actor: Actor, Path(id): Path<OrderId>) -> Reply<Happenings> {
    app.read(move |reader| {
        let documents = store::of_order(reader, id)?;
        actor.may(READ, documents.first().map(|document| document.head.site))?;
        let mut entries = Vec::new();
        for document in &documents {
            for row in journal::history(reader, &document.id.to_string(), 0, 10)? {
                let recorded = row.event::<FinanceEvent>()?;
                let happened = Happening::of(&recorded);
                match recorded.event {
                    FinanceEvent::InvoiceIssued(issued) => entries.push(with(happened, *issued)),
                    FinanceEvent::CreditNoteIssued { reason, document, .. } => {
                        entries.push(Happening { note: Some(reason), ..with(happened, *document) });
                    }
                    FinanceEvent::MoneyPosted(_) | FinanceEvent::SellerSet { .. } => {}
                }
            }
        }
        Ok(Json(Happenings::sorted(entries)))
    })
    .await
}

fn with(happened: Happening, issued: Issued) -> Happening {
    let amount = Money::new(issued.net + issued.tax, issued.currency);
    Happening { number: Some(issued.number), amount: Some(amount), ..happened }
}
