//! The endpoints: invoices for the procedure and for people, the books to look at.

mod history;
mod views;

use contracts::finance::{InvoiceId, InvoiceIssued, IssueInvoice};
use contracts::orders::OrderId;
use contracts::shared::SiteId;
use kit::auth::{Actor, Permission};
use kit::http::{App, IfMatch, Json, Keyed, Path, Query, Reply, RequestKey, Versioned};
use kit::money::Money;
use kit::problem::Problem;
use kit::quantity::Quantity;
use kit::store::Reader;
use kit::time::BusinessDate;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use self::views::{
    BalanceList, BalanceView, DayList, DayView, InvoicePage, InvoiceSummary, InvoiceView, OrderBooks, PostingView,
};
use crate::events::FinanceEvent;
use crate::invoice::{CreditWish, DocumentKind, MAX_REASON, Seller};
use crate::issue;
use crate::ledger::Account;
use crate::store::{self, lists};

/// See documents and books.
pub(crate) const READ: Permission = Permission("finance.read");
/// Issue invoices and credit notes.
pub(crate) const ISSUE: Permission = Permission("finance.issue");
/// Say who sells.
pub(crate) const SELLER: Permission = Permission("finance.seller");

/// What may be granted.
pub(crate) const PERMISSIONS: &[(Permission, &str)] = &[
    (READ, "See invoices, credit notes and the books of a site's orders."),
    (ISSUE, "Issue invoices and credit notes of a site's orders."),
    (SELLER, "Say who sells, as it stands on invoices."),
];

/// The most documents of one page.
const MAX_PAGE: i64 = 200;
/// The longest stretch of days of one question.
const MAX_DAYS: i64 = 370;

/// The endpoints.
pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(invoice_issue))
        .routes(routes!(invoice_list))
        .routes(routes!(invoice_get))
        .routes(routes!(invoice_credit))
        .routes(routes!(finance_of_order))
        .routes(routes!(history::finance_history))
        .routes(routes!(finance_days))
        .routes(routes!(finance_accounts))
        .routes(routes!(seller_get, seller_set))
}

#[derive(Debug, Clone, Deserialize)]
struct InvoiceQuery {
    kind: Option<DocumentKind>,
    site: Option<SiteId>,
    from: Option<BusinessDate>,
    to: Option<BusinessDate>,
    q: Option<String>,
    paid: Option<String>,
    after: Option<InvoiceId>,
    limit: Option<i64>,
}

#[derive(Debug, Clone, Deserialize)]
struct DayQuery {
    from: BusinessDate,
    to: BusinessDate,
    site: Option<SiteId>,
}

/// A part of a line.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CreditLine {
    /// The line's number on the invoice.
    number: i64,
    /// How much of it.
    quantity: Quantity,
}

/// A credit note to be issued.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CreditInvoice {
    /// Why, 1 to 200 characters.
    reason: String,
    /// What; all that is left when there are none.
    #[serde(default)]
    lines: Vec<CreditLine>,
}

/// Issues the invoice of a released order; the same one when it was issued before.
#[utoipa::path(post, path = "/api/finance/invoices/issue", operation_id = "invoice_issue", tag = "finance",
    request_body = IssueInvoice, responses((status = 200, body = InvoiceIssued), (status = "default", body = Problem)))]
async fn invoice_issue(app: App, actor: Actor, Json(asked): Json<IssueInvoice>) -> Reply<InvoiceIssued> {
    Ok(Json(issue::invoice(&app, &actor, asked.order).await?))
}

/// Lists documents, the newest first.
#[utoipa::path(get, path = "/api/finance/invoices", operation_id = "invoice_list", tag = "finance",
    params(("kind" = Option<DocumentKind>, Query), ("site" = Option<SiteId>, Query),
        ("from" = Option<BusinessDate>, Query), ("to" = Option<BusinessDate>, Query),
        ("q" = Option<String>, Query, description = "The number of a document or of an order."),
        ("paid" = Option<String>, Query, description = "`open` or `paid`."),
        ("after" = Option<InvoiceId>, Query, description = "The cursor of the page before."),
        ("limit" = Option<i64>, Query, description = "1 to 200; 50 when absent.")),
    responses((status = 200, body = InvoicePage), (status = "default", body = Problem)))]
async fn invoice_list(app: App, actor: Actor, Query(asked): Query<InvoiceQuery>) -> Reply<InvoicePage> {
    actor.may(READ, asked.site)?;
    let owed = match asked.paid.as_deref() {
        None => 0,
        Some("open") => 1,
        Some("paid") => -1,
        Some(other) => return Err(Problem::invalid(format!("{other:?} is neither open nor paid"))),
    };
    let filter = lists::Filter {
        kind: asked.kind.map(|kind| kind.code().to_owned()).unwrap_or_default(),
        site: asked.site.map(|site| site.to_string()).unwrap_or_default(),
        days: (asked.from.map_or(i64::MIN, BusinessDate::to_days), asked.to.map_or(i64::MAX, BusinessDate::to_days)),
        number: asked.q.map(|text| text.trim().to_owned()).unwrap_or_default(),
        owed,
        before: asked.after.map_or("~".to_owned(), |id| id.to_string()),
    };
    let limit = asked.limit.unwrap_or(50).clamp(1, MAX_PAGE);
    let mut found = app.read(move |reader| Ok(lists::documents(reader, &filter, limit + 1)?)).await?;
    let more = found.len() as i64 > limit;
    found.truncate(limit as usize);
    let next = if more { found.last().map(|(document, _)| document.id) } else { None };
    let summary = |(document, owed): &(crate::invoice::Document, i64)| {
        InvoiceSummary::of(document, Money::new(*owed, document.head.currency))
    };
    Ok(Json(InvoicePage { invoices: found.iter().map(summary).collect(), next }))
}

/// Shows a document as it is printed.
#[utoipa::path(get, path = "/api/finance/invoices/{id}", operation_id = "invoice_get", tag = "finance",
    params(("id" = InvoiceId, Path)), responses((status = 200, body = InvoiceView), (status = "default", body = Problem)))]
async fn invoice_get(app: App, actor: Actor, Path(id): Path<InvoiceId>) -> Reply<InvoiceView> {
    app.read(move |reader| shown(reader, &actor, READ, id)).await.map(Json)
}

/// Credits an invoice, or lines of it.
#[utoipa::path(post, path = "/api/finance/invoices/{id}/credit", operation_id = "invoice_credit", tag = "finance",
    params(("id" = InvoiceId, Path), RequestKey), request_body = CreditInvoice,
    responses((status = 200, body = InvoiceView), (status = "default", body = Problem)))]
async fn invoice_credit(
    app: App,
    actor: Actor,
    Path(id): Path<InvoiceId>,
    asked: Keyed<CreditInvoice>,
) -> Reply<InvoiceView> {
    let key = asked.request_key(&actor, &format!("invoice_credit:{id}"));
    let CreditInvoice { reason, lines } = asked.body;
    if !(1..=MAX_REASON).contains(&reason.trim().chars().count()) {
        return Err(Problem::unfit("reason", format!("a reason has 1 to {MAX_REASON} characters")));
    }
    let wishes: Vec<CreditWish> =
        lines.into_iter().map(|CreditLine { number, quantity }| CreditWish { number, quantity }).collect();
    if wishes.iter().any(|wish| wishes.iter().filter(|other| other.number == wish.number).count() > 1) {
        return Err(Problem::invalid("a line stands more than once"));
    }
    let who = actor.clone();
    let note = app
        .once(&actor, &key, move |tx| {
            permitted(tx, &who, ISSUE, id)?;
            issue::credit(tx, id, reason.trim(), &wishes)
        })
        .await?;
    app.read(move |reader| shown(reader, &actor, ISSUE, note)).await.map(Json)
}

/// Shows an order in the books: its documents and what was booked.
#[utoipa::path(get, path = "/api/finance/orders/{id}", operation_id = "finance_of_order", tag = "finance",
    params(("id" = OrderId, Path)), responses((status = 200, body = OrderBooks), (status = "default", body = Problem)))]
async fn finance_of_order(app: App, actor: Actor, Path(id): Path<OrderId>) -> Reply<OrderBooks> {
    app.read(move |reader| {
        let documents = store::of_order(reader, id)?;
        // Before there is a document nothing says at which site it is.
        actor.may(READ, documents.first().map(|document| document.head.site))?;
        let postings = lists::postings(reader, id)?;
        let currency = postings.first().map(|posting| posting.currency);
        let owed = match currency {
            Some(currency) => Some(Money::new(lists::owed(reader, id)?, currency)),
            None => None,
        };
        let summary = |document| InvoiceSummary::of(document, owed.unwrap_or(Money::zero(document.head.currency)));
        Ok(Json(OrderBooks {
            invoices: documents.iter().map(summary).collect(),
            postings: postings.into_iter().map(PostingView::from).collect(),
            owed,
        }))
    })
    .await
}

/// Sums up days, at most a year of them.
#[utoipa::path(get, path = "/api/finance/days", operation_id = "finance_days", tag = "finance",
    params(("from" = BusinessDate, Query), ("to" = BusinessDate, Query), ("site" = Option<SiteId>, Query)),
    responses((status = 200, body = DayList), (status = "default", body = Problem)))]
async fn finance_days(app: App, actor: Actor, Query(asked): Query<DayQuery>) -> Reply<DayList> {
    actor.may(READ, asked.site)?;
    let DayQuery { from, to, site } = asked;
    if to.to_days() - from.to_days() > MAX_DAYS {
        return Err(Problem::invalid(format!("at most {MAX_DAYS} days can be summed up at once")));
    }
    let days = app.read(move |reader| Ok(lists::days(reader, site, from, to)?)).await?;
    Ok(Json(DayList { days: days.into_iter().map(DayView::from).collect() }))
}

/// Lists the accounts with their balances.
#[utoipa::path(get, path = "/api/finance/accounts", operation_id = "finance_accounts", tag = "finance",
    responses((status = 200, body = BalanceList), (status = "default", body = Problem)))]
async fn finance_accounts(app: App, actor: Actor) -> Reply<BalanceList> {
    actor.may(READ, None)?;
    let rows = app.read(|reader| Ok(lists::balances(reader)?)).await?;
    let view = |(company, number, currency, minor): (String, String, kit::money::Currency, i64)| BalanceView {
        company,
        account: Account::from_number(&number),
        number,
        balance: Money::new(minor, currency),
    };
    Ok(Json(BalanceList { accounts: rows.into_iter().map(view).collect() }))
}

/// Shows who sells where it was set here; otherwise `staff`'s company stands on invoices.
#[utoipa::path(get, path = "/api/finance/seller", operation_id = "seller_get", tag = "finance",
    responses((status = 200, body = Seller), (status = "default", body = Problem)))]
async fn seller_get(app: App, actor: Actor) -> Result<Versioned<Seller>, Problem> {
    actor.may(READ, None)?;
    let (seller, version) = app.read(|reader| Ok(store::seller(reader)?)).await?;
    let seller = seller.ok_or_else(|| Problem::not_found("seller", store::SELLER))?;
    Ok(Versioned(version, seller))
}

/// Says who sells, from the next document on. `If-Match: "0"` the first time.
#[utoipa::path(put, path = "/api/finance/seller", operation_id = "seller_set", tag = "finance",
    params(IfMatch), request_body = Seller,
    responses((status = 200, body = Seller), (status = "default", body = Problem)))]
async fn seller_set(
    app: App,
    actor: Actor,
    at: IfMatch,
    Json(seller): Json<Seller>,
) -> Result<Versioned<Seller>, Problem> {
    actor.may(SELLER, None)?;
    let short = |text: &String| (1..=200).contains(&text.trim().chars().count());
    let texts = [&seller.tax_number, &seller.registration, &seller.iban];
    if !short(&seller.name)
        || !(1..=6).contains(&seller.address.len())
        || !seller.address.iter().all(short)
        || !texts.into_iter().flatten().all(short)
        || !(0..=365).contains(&seller.payment_days)
    {
        return Err(Problem::unfit(
            "seller",
            "a seller has a name, 1 to 6 lines of address, each text 1 to 200 characters, and 0 to 365 days to pay",
        ));
    }
    app.write(&actor, move |tx| {
        let (_, version) = store::seller(tx)?;
        at.check(version)?;
        let version = tx.record(store::SELLER, version, FinanceEvent::SellerSet { seller: seller.clone() })?;
        Ok(Versioned(version, seller.clone()))
    })
    .await
}

/// The document `id`, for somebody who may.
fn permitted(
    reader: &mut Reader<'_>,
    actor: &Actor,
    permission: Permission,
    id: InvoiceId,
) -> Result<crate::invoice::Document, Problem> {
    match store::known(reader, id) {
        Ok(document) => actor.may(permission, Some(document.head.site)).map(|()| document),
        Err(problem) if problem.status == 404 => actor.may(permission, None).and(Err(problem)),
        Err(problem) => Err(problem),
    }
}

fn shown(
    reader: &mut Reader<'_>,
    actor: &Actor,
    permission: Permission,
    id: InvoiceId,
) -> Result<InvoiceView, Problem> {
    let document = permitted(reader, actor, permission, id)?;
    let all = store::of_order(reader, document.head.order)?;
    let owed = Money::new(lists::owed(reader, document.head.order)?, document.head.currency);
    Ok(InvoiceView::of(document, &all, owed))
}
