//! The edge: who may do what to a payment, and what is answered. What is asked of the provider is recorded before it is asked.

mod history;

use contracts::payments::{
    AskPayments, Authorise, Capture, PaymentId, PaymentList, PaymentMethod, PaymentView, Refund, Tender, Void,
};
use kit::auth::{Actor, Permission};
use kit::http::{App, Json, Path, Query, Reply, Versioned};
use kit::money::Money;
use kit::problem::Problem;
use kit::store::{Reader, Tx};
use kit::time::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::jobs::settle;
use crate::payment::refund;
use crate::payment::step::Step;
use crate::payment::{self, Account, Change, Payment, Question};
use crate::settings::Settings;
use crate::store;

/// Begin payments.
pub(crate) const AUTHORISE: Permission = Permission("payments.authorise");
/// Take the money of authorised payments.
pub(crate) const CAPTURE: Permission = Permission("payments.capture");
/// Undo payments that were not captured.
pub(crate) const VOID: Permission = Permission("payments.void");
/// Give money back.
pub(crate) const REFUND: Permission = Permission("payments.refund");
/// Record money collected at the door.
pub(crate) const COLLECT: Permission = Permission("payments.collect");
/// See payments and their ledger.
pub(crate) const READ: Permission = Permission("payments.read");

/// Records that the customer paid at the door.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct CollectPayment {
    /// What was collected, positive, at most the payment's amount.
    amount: Money,
    /// How.
    #[serde(default)]
    tender: Option<Tender>,
}

/// Which payments.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct PaymentQuery {
    /// What they pay for, e.g. an order's id.
    reference: String,
}

/// The movements of a payment's money.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct LedgerView {
    /// In order; the entries of one version sum to zero.
    entries: Vec<LedgerEntryView>,
}

/// One movement.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct LedgerEntryView {
    /// The payment's version that moved it.
    version: i64,
    /// `customer`, `held`, `taken` or `returned`.
    account: AccountView,
    /// How much more, or less when below zero.
    amount: Money,
    /// When.
    at: Timestamp,
}

/// An account of a payment's ledger.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum AccountView {
    /// The other side: what the customer is out of pocket or has promised, below zero.
    Customer,
    /// Set aside.
    Held,
    /// Taken.
    Taken,
    /// Given back, below zero.
    Returned,
}

/// The endpoints.
pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(payment_authorise, payment_list))
        .routes(routes!(payment_capture))
        .routes(routes!(payment_void))
        .routes(routes!(payment_refund))
        .routes(routes!(payment_ask))
        .routes(routes!(payment_get))
        .routes(routes!(payment_collect))
        .routes(routes!(payment_ledger))
        .routes(routes!(history::payment_history))
}

/// Authorises a payment, and captures it at once when it is by card now.
#[utoipa::path(
    post, path = "/api/payments", operation_id = "payment_authorise", tag = "payments", request_body = Authorise,
    responses(
        (status = 200, description = "The payment: authorised, captured, declined, or authorising when not known yet.", body = PaymentView),
        (status = 409, description = "`payments/voided`, `payments/payment-differs`.", body = Problem),
    ),
)]
async fn payment_authorise(app: App, actor: Actor, Json(body): Json<Authorise>) -> Reply<PaymentView> {
    actor.may(AUTHORISE, None)?;
    text("reference", &body.reference, 1, 64)?;
    text("token", &body.token, 0, 200)?;
    text("account", payment::account_of(&body), 1, 64)?;
    let limit_minor = Settings::of(&app).account_limit_minor;
    carry_out(app, actor, move |tx| {
        let present = store::payment(tx, body.payment)?;
        let owed_minor = match body.method {
            PaymentMethod::OnAccount => store::owed_on_account(tx, payment::account_of(&body))?,
            PaymentMethod::Card | PaymentMethod::CardNow | PaymentMethod::OnDelivery => 0,
        };
        let change = payment::authorise(present.as_ref(), &body, owed_minor, limit_minor)?;
        Ok((present, change))
    })
    .await
}

/// Takes up to the authorised amount, once; the rest is released.
#[utoipa::path(
    post, path = "/api/payments/capture", operation_id = "payment_capture", tag = "payments", request_body = Capture,
    responses(
        (status = 200, description = "The payment: captured, or capturing when not known yet.", body = PaymentView),
        (status = 409, description = "`payments/not-authorised`, `payments/already-captured`, `payments/capture-too-large`, `payments/collect-instead`.", body = Problem),
    ),
)]
async fn payment_capture(app: App, actor: Actor, Json(body): Json<Capture>) -> Reply<PaymentView> {
    actor.may(CAPTURE, None)?;
    carry_out(app, actor, move |tx| {
        let payment = known(tx, body.payment)?;
        let change = payment::capture(&payment, body.amount)?;
        Ok((Some(payment), change))
    })
    .await
}

/// Undoes a payment that was not captured; notes one that nobody asked for yet. A promise ends with its order only.
#[utoipa::path(
    post, path = "/api/payments/void", operation_id = "payment_void", tag = "payments", request_body = Void,
    responses(
        (status = 200, description = "The payment: voided, declined, or voiding when not known yet.", body = PaymentView),
        (status = 409, description = "`payments/already-captured`, `payments/promised`.", body = Problem),
    ),
)]
async fn payment_void(app: App, actor: Actor, Json(body): Json<Void>) -> Reply<PaymentView> {
    actor.may(VOID, None)?;
    carry_out(app, actor, move |tx| {
        let present = store::payment(tx, body.payment)?;
        let change = payment::void(present.as_ref(), body.payment)?;
        Ok((present, change))
    })
    .await
}

/// Gives back part of what was captured.
#[utoipa::path(
    post, path = "/api/payments/refunds", operation_id = "payment_refund", tag = "payments", request_body = Refund,
    responses(
        (status = 200, description = "The payment; its refunded amount grows when the provider has answered.", body = PaymentView),
        (status = 409, description = "`payments/not-captured`, `payments/refund-too-large`, `payments/refund-differs`.", body = Problem),
    ),
)]
async fn payment_refund(app: App, actor: Actor, Json(body): Json<Refund>) -> Reply<PaymentView> {
    actor.may(REFUND, None)?;
    text("reason", &body.reason, 0, 200)?;
    carry_out(app, actor, move |tx| {
        let payment = known(tx, body.payment)?;
        let refund = store::refund(tx, body.refund)?;
        let change = refund::refund(&payment, refund.as_ref(), &body)?;
        Ok((Some(payment), change))
    })
    .await
}

/// Records that a payment on delivery was collected; the rest is released.
#[utoipa::path(
    post, path = "/api/payments/{id}/collect", operation_id = "payment_collect", tag = "payments",
    params(("id" = String, Path, description = "The payment.")), request_body = CollectPayment,
    responses(
        (status = 200, description = "The payment, captured.", body = PaymentView),
        (status = 409, description = "`payments/not-authorised`, `payments/already-captured`, `payments/capture-too-large`, `payments/not-collectable`.", body = Problem),
    ),
)]
async fn payment_collect(
    app: App,
    actor: Actor,
    Path(id): Path<PaymentId>,
    Json(body): Json<CollectPayment>,
) -> Reply<PaymentView> {
    actor.may(COLLECT, None)?;
    carry_out(app, actor, move |tx| {
        let payment = known(tx, id)?;
        let change = payment::collect(&payment, body.amount, body.tender)?;
        Ok((Some(payment), change))
    })
    .await
}

/// The present state of payments.
#[utoipa::path(
    post, path = "/api/payments/ask", operation_id = "payment_ask", tag = "payments", request_body = AskPayments,
    responses((status = 200, description = "Those that are known, by id.", body = PaymentList)),
)]
async fn payment_ask(app: App, actor: Actor, Json(body): Json<AskPayments>) -> Reply<PaymentList> {
    actor.may(READ, None)?;
    if body.payments.len() > store::PAGE {
        return Err(Problem::invalid(format!("At most {} payments at once.", store::PAGE)));
    }
    let payments = app.glance(move |reader| Ok(store::payments(reader, &body.payments)?)).await?;
    Ok(Json(list(&payments)))
}

/// The payments for one reference.
#[utoipa::path(
    get, path = "/api/payments", operation_id = "payment_list", tag = "payments", params(PaymentQuery),
    responses((status = 200, description = "By id, at most 500.", body = PaymentList)),
)]
async fn payment_list(app: App, actor: Actor, Query(query): Query<PaymentQuery>) -> Reply<PaymentList> {
    actor.may(READ, None)?;
    let payments = app.read(move |reader| Ok(store::payments_for(reader, &query.reference)?)).await?;
    Ok(Json(list(&payments)))
}

/// One payment.
#[utoipa::path(
    get, path = "/api/payments/{id}", operation_id = "payment_get", tag = "payments",
    params(("id" = String, Path, description = "The payment.")),
    responses(
        (status = 200, description = "The payment.", body = PaymentView),
        (status = 404, description = "`kit/not-found`.", body = Problem),
    ),
)]
async fn payment_get(app: App, actor: Actor, Path(id): Path<PaymentId>) -> Result<Versioned<PaymentView>, Problem> {
    actor.may(READ, None)?;
    let payment = app.read(move |reader| known(reader, id)).await?;
    Ok(Versioned(payment.version, payment.view()))
}

/// The ledger of one payment.
#[utoipa::path(
    get, path = "/api/payments/{id}/ledger", operation_id = "payment_ledger", tag = "payments",
    params(("id" = String, Path, description = "The payment.")),
    responses(
        (status = 200, description = "Its movements in order.", body = LedgerView),
        (status = 404, description = "`kit/not-found`.", body = Problem),
    ),
)]
async fn payment_ledger(app: App, actor: Actor, Path(id): Path<PaymentId>) -> Reply<LedgerView> {
    actor.may(READ, None)?;
    let view = app
        .read(move |reader| {
            let currency = known(reader, id)?.amount.currency;
            let entries = store::ledger(reader, id)?.into_iter().map(|row| LedgerEntryView {
                version: row.version,
                account: AccountView::from(row.account),
                amount: Money::new(row.minor, currency),
                at: row.at,
            });
            Ok(LedgerView { entries: entries.collect() })
        })
        .await?;
    Ok(Json(view))
}

/// Records what `decide` decides, then asks the provider what follows from it, if anything.
async fn carry_out(
    app: App,
    actor: Actor,
    decide: impl Fn(&mut Tx<'_>) -> Result<(Option<Payment>, Option<Change>), Problem> + Send + 'static,
) -> Reply<PaymentView> {
    let ask_again_after = Settings::of(&app).ask_again_after;
    let (view, question) = app
        .write(&actor, move |tx| {
            let (present, change) = decide(tx)?;
            let Some(change) = change else {
                // Asked before: whoever asked first, or the job, records the outcome.
                let present = present.expect("nothing is to be done only to a payment that is there");
                return Ok((present.view(), None));
            };
            let question = intend(tx, &change, ask_again_after)?;
            Ok((change.after.view(), question))
        })
        .await?;
    let Some(question) = question else { return Ok(Json(view)) };
    let settled = settle(&app, &actor, question, false).await?;
    Ok(Json(settled.unwrap_or(view)))
}

/// Records `change`; returns the question that it opens and that nobody is asking yet.
fn intend(tx: &mut Tx<'_>, change: &Change, ask_again_after: std::time::Duration) -> Result<Option<Question>, Problem> {
    let now = tx.now();
    if change.step == Step::UndoWanted {
        store::record(tx, change, now)?;
        return Ok(None);
    }
    Ok(store::record(tx, change, now + ask_again_after)?)
}

fn known(reader: &mut Reader<'_>, id: PaymentId) -> Result<Payment, Problem> {
    store::payment(reader, id)?.ok_or_else(|| Problem::not_found("payment", id))
}

fn list(payments: &[Payment]) -> PaymentList {
    PaymentList { payments: payments.iter().map(Payment::view).collect() }
}

fn text(name: &str, value: &str, least: usize, most: usize) -> Result<(), Problem> {
    if (least..=most).contains(&value.chars().count()) {
        return Ok(());
    }
    Err(Problem::invalid(format!("{name} has {least} to {most} characters.")))
}

impl From<Account> for AccountView {
    fn from(account: Account) -> AccountView {
        match account {
            Account::Customer => AccountView::Customer,
            Account::Held => AccountView::Held,
            Account::Taken => AccountView::Taken,
            Account::Returned => AccountView::Returned,
        }
    }
}
