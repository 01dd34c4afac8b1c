//! Issuing documents and booking money: what is asked of other services first, then one write.

use std::collections::HashMap;

use contracts::finance::{InvoiceId, InvoiceIssued};
use contracts::orders::{AskOrders, OrderContact, OrderId, OrderSheet, OrderState};
use contracts::payments::{AskPayments, PaymentChanged, PaymentId, PaymentView};
use contracts::shared::{CompanyId, SiteId};
use contracts::staff::{AskSites, SiteView};
use kit::auth::{ACTOR_HEADER, Actor, REQUEST_ID_HEADER};
use kit::call::DEADLINE;
use kit::http::App;
use kit::money::Money;
use kit::problem::{Fault, Problem};
use kit::store::Tx;
use kit::time::{BusinessDate, SiteTime, Timestamp, Zone};
use serde::Deserialize;

use crate::events::{FinanceEvent, Issued, Posted};
use crate::http::ISSUE;
use crate::invoice::{self, Buyer, CreditWish, Document, DocumentKind, Head, InvoiceRefused, Line, Seller};
use crate::ledger;
use crate::store;

/// The job that books what a payment took or gave back.
pub(crate) const BOOK: &str = "book_payment";

/// The job that credits the invoice of an order that came back while it was being issued.
pub(crate) const CREDIT: &str = "credit_returned";

/// A site, whose books it belongs to and where its day begins.
pub(crate) struct Place {
    site: SiteId,
    company: CompanyId,
    time: SiteTime,
}

/// The places of orders.
pub(crate) type Places = HashMap<OrderId, Place>;

impl Place {
    /// The business date of an instant at the site.
    fn date(&self, at: Timestamp) -> BusinessDate {
        self.time.business_date(at)
    }
}

/// What `staff` says of the company.
#[derive(Debug, Clone, Deserialize)]
struct Company {
    id: CompanyId,
    name: String,
    address: Vec<String>,
    #[serde(default)]
    tax_number: String,
    zone: Zone,
}

/// Issues the invoice of an order; the same one when it was issued before.
///
/// # Errors
/// When the order is unknown, has not left, or nobody has said who sells.
pub(crate) async fn invoice(app: &App, actor: &Actor, order: OrderId) -> Result<InvoiceIssued, Problem> {
    let (known, set) = app
        .read(move |reader| Ok((store::of_order(reader, order)?.into_iter().next(), store::seller(reader)?.0)))
        .await?;
    if let Some(document) = known {
        actor.may(ISSUE, Some(document.head.site))?;
        return Ok(in_short(&document));
    }
    if actor.grants.is_empty() {
        // Nobody is told whether there is such an order.
        actor.may(ISSUE, None)?;
    }
    let sheet = sheet(app, actor, order).await?;
    actor.may(ISSUE, Some(sheet.site))?;
    let lines = invoice::lines_of(&sheet)?;
    let company = company(app, actor).await?;
    let place = place(&sites(app, actor).await?, sheet.site, company.as_ref())?;
    let seller = set.or(company.map(seller_of)).ok_or(InvoiceRefused::SellerMissing)?;
    let buyer = sheet.contact.clone().map(buyer_of).unwrap_or_default();
    app.write(actor, move |tx| {
        if let Some(document) = store::of_order(tx, order)?.into_iter().next() {
            return Ok(in_short(&document));
        }
        let date = place.date(tx.now());
        let head = Head {
            order,
            order_number: sheet.number.clone(),
            site: sheet.site,
            time: place.time.clone(),
            date,
            due_date: due(date, &sheet, &seller),
            currency: sheet.total.currency,
            payment_method: sheet.payment_method,
            seller: seller.clone(),
        };
        let id: InvoiceId = tx.new_id();
        let issued = issued(tx, id, DocumentKind::Invoice, place.company, &head, &buyer, &lines)?;
        let told = InvoiceIssued {
            invoice: id,
            number: issued.number.clone(),
            order,
            total: Money::new(issued.net + issued.tax, issued.currency),
        };
        tx.record(id, 0, FinanceEvent::InvoiceIssued(Box::new(issued)))?;
        // That the goods come back may have been heard since orders was asked.
        let heard = tx.due(CREDIT, &order.to_string())?;
        if sheet.state == OrderState::Returned || heard.is_some() {
            let reason = heard.as_ref().map(|due| due.body.as_str()).or(sheet.reason.as_deref());
            credit(tx, id, reason.unwrap_or("other"), &[])?;
            tx.unschedule(CREDIT, &order.to_string())?;
        }
        Ok(told)
    })
    .await
}

/// Credits `wishes` of an invoice, or all that is left of it; returns the credit note.
///
/// # Errors
/// When it is no invoice, or not that much is left of it.
pub(crate) fn credit(
    tx: &mut Tx<'_>,
    id: InvoiceId,
    reason: &str,
    wishes: &[CreditWish],
) -> Result<InvoiceId, Problem> {
    let document = store::known(tx, id)?;
    if document.kind != DocumentKind::Invoice {
        return Err(InvoiceRefused::NotAnInvoice.into());
    }
    let before: Vec<Line> = store::of_order(tx, document.head.order)?
        .into_iter()
        .filter(|other| other.credits == Some(id))
        .flat_map(|note| note.lines)
        .collect();
    let lines = invoice::credit(&document.lines, &before, wishes)?;
    let date = document.head.time.business_date(tx.now());
    let head = Head { date, due_date: date, ..document.head };
    let note: InvoiceId = tx.new_id();
    let issued = issued(tx, note, DocumentKind::CreditNote, document.place.company, &head, &document.buyer, &lines)?;
    let event = FinanceEvent::CreditNoteIssued { credits: id, reason: reason.to_owned(), document: Box::new(issued) };
    tx.record(note, 0, event)?;
    Ok(note)
}

/// Credits all that is left of an order's invoice; says whether there is one.
///
/// # Errors
/// A fault of the database.
pub(crate) fn credit_all(tx: &mut Tx<'_>, order: OrderId, reason: &str) -> Result<bool, Problem> {
    let documents = store::of_order(tx, order)?;
    let Some(invoice) = documents.iter().find(|document| document.kind == DocumentKind::Invoice) else {
        return Ok(false);
    };
    match credit(tx, invoice.id, reason, &[]) {
        // People were faster.
        Err(problem) if problem.code == "finance/nothing-left" => Ok(true),
        other => other.map(|_| true),
    }
}

/// A new document with the next number of its series. The number is taken in the lane, so there are no gaps.
fn issued(
    tx: &mut Tx<'_>,
    id: InvoiceId,
    kind: DocumentKind,
    company: CompanyId,
    head: &Head,
    buyer: &Buyer,
    lines: &[Line],
) -> Result<Issued, Problem> {
    let year = i64::from(head.date.date().year());
    let place = store::last_place(tx, company, kind, year)? + 1;
    let person = id.to_string();
    let sealed = tx.seal_first(&person, buyer)?;
    let sums = invoice::sums(lines);
    Ok(Issued {
        company,
        year,
        place,
        number: kind.number(year, place),
        order: head.order,
        order_number: head.order_number.clone(),
        site: head.site,
        zone: head.time.zone.clone(),
        day_start: head.time.day_start,
        date: head.date,
        due_date: head.due_date,
        payment_method: head.payment_method,
        currency: head.currency,
        person,
        buyer: sealed,
        seller: head.seller.clone(),
        lines: lines.to_vec(),
        net: sums.net(),
        tax: sums.tax,
        entries: sums.entries(kind),
    })
}

/// The order for which a payment has taken money or given it back. Payments are also made for things that are no orders.
pub(crate) fn to_book(view: &PaymentView) -> Option<OrderId> {
    let has_moved = !view.captured.is_zero() || !view.refunded.is_zero();
    has_moved.then(|| view.reference.parse().ok()).flatten()
}

/// The places of the orders for which money moved; those that nobody knows are left out.
///
/// # Errors
/// When orders or staff cannot be asked now.
pub(crate) async fn places(app: &App, events: &[PaymentChanged]) -> Result<Places, Problem> {
    let mut orders: Vec<OrderId> = events.iter().filter_map(|event| to_book(&event.payment)).collect();
    orders.sort_unstable();
    orders.dedup();
    if orders.is_empty() {
        return Ok(Places::new());
    }
    let me = app.itself();
    let sheets = app.call_about(&me, orders, AskOrders::about).await?;
    let (company, sites) = (company(app, &me).await?, sites(app, &me).await?);
    let sheets = sheets.into_iter().flat_map(|answer| answer.orders);
    sheets.map(|sheet| Ok((sheet.id, place(&sites, sheet.site, company.as_ref())?))).collect()
}

/// Books what a payment has taken or given back since it was last booked.
///
/// # Errors
/// A fault of the database.
pub(crate) fn post(tx: &mut Tx<'_>, view: &PaymentView, order: OrderId, place: &Place) -> Result<(), Problem> {
    let (captured, refunded, version) = store::posted(tx, view.id)?;
    let (more_in, more_out) = (view.captured.minor - captured, view.refunded.minor - refunded);
    // What was taken or given back only grows: a look that knows less is older than what is booked.
    if more_in < 0 || more_out < 0 || more_in + more_out == 0 {
        return Ok(());
    }
    let books = |minor: i64| if minor == 0 { Vec::new() } else { ledger::of_money(view.method, view.tender, minor) };
    let posted = Posted {
        order,
        site: place.site,
        company: place.company,
        date: place.date(tx.now()),
        currency: view.amount.currency,
        captured: more_in,
        captured_in_all: view.captured.minor,
        refunded: more_out,
        refunded_in_all: view.refunded.minor,
        payment: books(more_in),
        refund: books(-more_out),
    };
    tx.record(view.id, version, FinanceEvent::MoneyPosted(Box::new(posted)))?;
    Ok(())
}

/// Books what a payment for an order that was not known has taken or given back, and takes the due row `row` away.
///
/// # Errors
/// When payments or orders cannot be asked now, or still do not know it.
pub(crate) async fn book(app: &App, payment: PaymentId, row: &str) -> Result<(), Problem> {
    let me = app.itself();
    let views = app.call(&me, &AskPayments { payments: vec![payment] }).await?.payments;
    let view = views.into_iter().next().ok_or_else(|| Fault::msg(format!("payments does not know {payment}")))?;
    let order: OrderId = view.reference.parse().map_err(|e| Fault::new("an order's payment names it", e))?;
    let sheet = sheet(app, &me, order).await?;
    let company = company(app, &me).await?;
    let place = place(&sites(app, &me).await?, sheet.site, company.as_ref())?;
    let row = row.to_owned();
    app.write(&me, move |tx| {
        post(tx, &view, order, &place)?;
        Ok(tx.unschedule(BOOK, &row)?)
    })
    .await
}

async fn sheet(app: &App, actor: &Actor, order: OrderId) -> Result<OrderSheet, Problem> {
    let sheets = app.call(actor, &AskOrders::about(vec![order])).await?;
    sheets.orders.into_iter().next().ok_or_else(|| Problem::not_found("order", order))
}

/// What `staff` says of the company; nothing where it is not set or `staff` does not run.
async fn company(app: &App, actor: &Actor) -> Result<Option<Company>, Problem> {
    let me = Actor::service("finance", actor.request_id.clone());
    let request = axum::http::Request::get("/api/staff/company")
        .header(ACTOR_HEADER, me.header())
        .header(REQUEST_ID_HEADER, &actor.request_id)
        .body(axum::body::Bytes::new())
        .map_err(|e| Fault::new("a question's head is valid", e))?;
    let asked = match app.caller().send("staff", request, DEADLINE).await {
        Ok(reply) if reply.status().as_u16() == 200 => {
            return Ok(serde_json::from_slice(reply.body()).map_err(|e| Fault::new("the company is readable", e))?);
        }
        Ok(reply) if reply.status().as_u16() == 404 => return Ok(None),
        Ok(reply) => serde_json::from_slice::<Problem>(reply.body())
            .map_err(|e| Fault::new(format!("staff answered {} when asked for the company", reply.status()), e))?,
        Err(problem) => problem,
    };
    if is_absent(app, &asked).await? { Ok(None) } else { Err(asked) }
}

/// The sites that `staff` knows; none where it does not run.
async fn sites(app: &App, actor: &Actor) -> Result<Vec<SiteView>, Problem> {
    match app.call(actor, &AskSites {}).await {
        Ok(list) => Ok(list.sites),
        Err(problem) if is_absent(app, &problem).await? => Ok(Vec::new()),
        Err(problem) => Err(problem),
    }
}

fn place(sites: &[SiteView], site: SiteId, company: Option<&Company>) -> Result<Place, Problem> {
    if let Some(known) = sites.iter().find(|known| known.id == site) {
        let zone = known.zone.parse().map_err(|e| Fault::new("a site's zone is one", e))?;
        let time = SiteTime { zone, day_start: known.day_start };
        return Ok(Place { site, company: known.company, time });
    }
    let zone = company.map_or(Zone::UTC, |company| company.zone.clone());
    Ok(Place {
        site,
        company: company.map_or(CompanyId::from_u128(0), |company| company.id),
        time: SiteTime { zone, day_start: 0 },
    })
}

/// A retailer may run finance without `staff`: then the seller is the one set here, and days are those of UTC. Where anything was
/// booked for a company that `staff` named, it is only away for the moment: nothing goes into other books meanwhile.
async fn is_absent(app: &App, problem: &Problem) -> Result<bool, Problem> {
    if problem.code != "kit/no-such-service" {
        return Ok(false);
    }
    let nobody = CompanyId::from_u128(0);
    Ok(!app.read(move |reader| Ok(store::has_other_company(reader, nobody)?)).await?)
}

fn seller_of(company: Company) -> Seller {
    Seller {
        name: company.name,
        address: company.address,
        tax_number: Some(company.tax_number).filter(|number| !number.is_empty()),
        payment_days: invoice::PAYMENT_DAYS,
        ..Seller::default()
    }
}

fn buyer_of(contact: OrderContact) -> Buyer {
    let OrderContact { name, phone, email, mut address, city, postcode, country, .. } = contact;
    let town: Vec<String> = [postcode, city].into_iter().flatten().collect();
    if !town.is_empty() {
        address.push(town.join(" "));
    }
    Buyer { name, address, country, email, phone }
}

fn due(date: BusinessDate, sheet: &OrderSheet, seller: &Seller) -> BusinessDate {
    match sheet.payment_method {
        contracts::payments::PaymentMethod::OnAccount => date.plus_days(seller.payment_days),
        _ => date,
    }
}

fn in_short(document: &Document) -> InvoiceIssued {
    InvoiceIssued {
        invoice: document.id,
        number: document.kind.number(document.place.year, document.place.place),
        order: document.head.order,
        total: Money::new(invoice::sums(&document.lines).total(), document.head.currency),
    }
}
