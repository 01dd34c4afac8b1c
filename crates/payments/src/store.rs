//! All the SQL: `apply`, the only writer of the payments, their ledger and refunds, and the questions.
//!
//! Amounts are sums of the ledger, nowhere stored a second time; a payment with its amounts is one question.

use contracts::payments::{PaymentId, PaymentMethod, PaymentState, RefundId, Tender};
use kit::journal::Recorded;
use kit::money::Money;
use kit::problem::Fault;
use kit::store::{Reader, Row, Tx, Value};
use kit::time::Timestamp;

use crate::events::PaymentEvent;
use crate::payment::refund::{RefundRow, RefundState};
use crate::payment::step::Step;
use crate::payment::{Account, Change, Payment, Question};
use crate::provider::Operation;

/// Tables that a rebuild fills again.
pub const FACT_TABLES: &[&str] = &["payments_payments", "payments_ledger", "payments_refunds"];
/// Kind of the job that asks the provider about a payment again; its entity is the payment.
pub(crate) const ASK: &str = "ask";
/// Kind of the job that asks the provider about a refund again; its entity is the refund.
pub(crate) const ASK_REFUND: &str = "ask_refund";
/// Payments in one answer, at most.
pub(crate) const PAGE: usize = 500;

/// A payment and its amounts, for the condition that follows.
macro_rules! payments {
    ($condition:literal) => {
        concat!(
            "select p.id, p.reference, p.method, p.state, p.currency, p.amount, p.decline, p.asked, p.asked_minor,
               p.attempt, p.undo_wanted, p.provider_ref, p.version, p.tender, p.account,
               cast(coalesce(sum(l.held), 0) as bigint), cast(coalesce(sum(l.taken), 0) as bigint),
               cast(coalesce(-sum(l.returned), 0) as bigint),
               (select cast(coalesce(sum(r.minor), 0) as bigint) from payments_refunds r
                 where r.payment = p.id and r.state = 'pending')
             from payments_payments p left join payments_ledger l on l.payment = p.id ",
            $condition
        )
    };
}

/// An entry of the ledger as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LedgerRow {
    /// The payment's version that wrote it; entries of one version sum to zero.
    pub(crate) version: i64,
    /// Where.
    pub(crate) account: Account,
    /// How much, in minor units.
    pub(crate) minor: i64,
    /// When.
    pub(crate) at: Timestamp,
}

/// Writes what an event says.
///
/// # Errors
/// A fault of the database.
pub(crate) fn apply(tx: &mut Tx<'_>, recorded: &Recorded<PaymentEvent>) -> Result<(), Fault> {
    put_payment(tx, recorded)?;
    if !recorded.event.entries.is_empty() {
        put_moves(tx, recorded)?;
    }
    put_refund(tx, recorded)
}

fn put_payment(tx: &mut Tx<'_>, recorded: &Recorded<PaymentEvent>) -> Result<(), Fault> {
    let after = &recorded.event.after;
    let own = (after.method == PaymentMethod::OnAccount).then_some(&after.reference);
    let account = after.account.as_ref().or(own);
    tx.put(
        "insert into payments_payments (id, reference, method, state, currency, amount, decline, asked, asked_minor,
           attempt, undo_wanted, provider_ref, version, created_at, changed_at, tender, account)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $14, $15, $16)
         on conflict (id) do update set state = excluded.state, decline = excluded.decline, asked = excluded.asked,
           asked_minor = excluded.asked_minor, attempt = excluded.attempt,
           undo_wanted = excluded.undo_wanted, provider_ref = excluded.provider_ref, version = excluded.version,
           changed_at = excluded.changed_at, tender = excluded.tender",
        &[
            after.id.into(),
            (&after.reference).into(),
            method_code(after.method).into(),
            state_code(after.state).into(),
            after.currency.as_str().into(),
            after.amount.into(),
            after.decline.as_deref().into(),
            after.asked.map(|(operation, _)| operation_code(operation)).into(),
            after.asked.map_or(0, |(_, minor)| minor).into(),
            after.attempt.into(),
            after.undo_wanted.into(),
            after.provider_ref.as_deref().into(),
            recorded.version.into(),
            recorded.at.into(),
            after.tender.map(tender_code).into(),
            account.into(),
        ],
    )
}

/// What a step moves is one row: the database itself sees that it sums to zero.
fn put_moves(tx: &mut Tx<'_>, recorded: &Recorded<PaymentEvent>) -> Result<(), Fault> {
    let entries = &recorded.event.entries;
    let of = |account: Account| -> Value<'static> {
        entries.iter().filter(|entry| entry.account == account).map(|entry| entry.minor).sum::<i64>().into()
    };
    tx.put(
        "insert into payments_ledger (payment, version, at, customer, held, taken, returned)
         values ($1, $2, $3, $4, $5, $6, $7)",
        &[
            recorded.event.after.id.into(),
            recorded.version.into(),
            recorded.at.into(),
            of(Account::Customer),
            of(Account::Held),
            of(Account::Taken),
            of(Account::Returned),
        ],
    )
}

fn put_refund(tx: &mut Tx<'_>, recorded: &Recorded<PaymentEvent>) -> Result<(), Fault> {
    let Some(refund) = &recorded.event.refund else { return Ok(()) };
    tx.put(
        "insert into payments_refunds (id, payment, minor, reason, state, decline, attempt, at)
         values ($1, $2, $3, $4, $5, $6, $7, $8)
         on conflict (id) do update set minor = excluded.minor, reason = excluded.reason, state = excluded.state,
           decline = excluded.decline, attempt = excluded.attempt",
        &[
            refund.id.into(),
            recorded.event.after.id.into(),
            refund.minor.into(),
            (&refund.reason).into(),
            refund_code(refund.state).into(),
            refund.decline.as_deref().into(),
            refund.attempt.into(),
            recorded.at.into(),
        ],
    )
}

/// What the due row of a question holds: scratch that is there as long as the question is open.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) struct Asking {
    /// How often the job asked and did not hear.
    pub(crate) times: i64,
    /// The customer's means of payment; only to authorise. It stands nowhere else.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) token: String,
}

impl Asking {
    /// From the body of a due row.
    ///
    /// # Errors
    /// A fault when it is something else.
    pub(crate) fn read(body: &str) -> Result<Asking, Fault> {
        serde_json::from_str(body).map_err(|e| Fault::new("a question's due row holds something else", e))
    }

    /// The body of a due row.
    ///
    /// # Errors
    /// A fault, never in practice.
    pub(crate) fn body(&self) -> Result<String, Fault> {
        serde_json::to_string(self).map_err(|e| Fault::new("a question's due row is JSON", e))
    }
}

/// Records `change`, schedules the question that it opens for `due_at` and forgets the one that it closes. Returns the open question.
///
/// # Errors
/// A fault of the database.
pub(crate) fn record(tx: &mut Tx<'_>, change: &Change, due_at: Timestamp) -> Result<Option<Question>, Fault> {
    let after = &change.after;
    tx.record(after.id, after.version - 1, PaymentEvent::of(change))?;
    let (kind, entity, open) = match &change.refund {
        Some(refund) => (ASK_REFUND, refund.id.to_string(), after.refund_question(refund)),
        None => (ASK, after.id.to_string(), after.question()),
    };
    let Some(question) = open else {
        if change.step.is_heard() {
            tx.unschedule(kind, &entity)?;
        }
        return Ok(None);
    };
    // A wish changes nothing about the open question: its row stays, with the token that is needed to ask again.
    if change.step != Step::UndoWanted || !tx.hasten(kind, &entity, due_at)? {
        let asking = Asking { times: 0, token: change.token.clone() };
        tx.schedule(kind, &entity, due_at, &asking.body()?)?;
    }
    Ok(Some(Question { token: change.token.clone(), ..question }))
}

/// The payment `id`.
///
/// # Errors
/// A fault of the database.
pub(crate) fn payment(reader: &mut Reader<'_>, id: PaymentId) -> Result<Option<Payment>, Fault> {
    reader.one(payments!("where p.id = $1 group by p.id"), &[id.into()], read_payment)
}

/// Those of `ids` that are known, by id.
///
/// # Errors
/// A fault of the database.
pub(crate) fn payments(reader: &mut Reader<'_>, ids: &[PaymentId]) -> Result<Vec<Payment>, Fault> {
    let ids = serde_json::to_string(ids).map_err(|e| Fault::new("ids are JSON", e))?;
    reader.all(payments!("where p.id in each($1) group by p.id order by p.id"), &[ids.into()], read_payment)
}

/// The payments for `reference`, by id, at most [`PAGE`].
///
/// # Errors
/// A fault of the database.
pub(crate) fn payments_for(reader: &mut Reader<'_>, reference: &str) -> Result<Vec<Payment>, Fault> {
    let sql = payments!("where p.reference = $1 group by p.id order by p.id limit 500");
    reader.all(sql, &[reference.into()], read_payment)
}

/// Payments after `id` (empty for the first), by id, at most [`PAGE`].
///
/// # Errors
/// A fault of the database.
pub(crate) fn payments_after(reader: &mut Reader<'_>, id: &str) -> Result<Vec<Payment>, Fault> {
    reader.all(payments!("where p.id > $1 group by p.id order by p.id limit 500"), &[id.into()], read_payment)
}

/// The refund `id`.
///
/// # Errors
/// A fault of the database.
pub(crate) fn refund(reader: &mut Reader<'_>, id: RefundId) -> Result<Option<RefundRow>, Fault> {
    reader.one(
        "select id, payment, minor, reason, state, decline, attempt from payments_refunds where id = $1",
        &[id.into()],
        |row| {
            Ok(RefundRow {
                id: row.get(0)?,
                payment: row.get(1)?,
                minor: row.get(2)?,
                reason: row.get(3)?,
                state: decode(&row.get::<String>(4)?, &REFUND_STATES)?,
                decline: row.get(5)?,
                attempt: row.get(6)?,
            })
        },
    )
}

/// What `account` owes: promised on account and not paid yet, in minor units over its currency.
///
/// # Errors
/// A fault of the database.
pub(crate) fn owed_on_account(reader: &mut Reader<'_>, account: &str) -> Result<i64, Fault> {
    let owed = reader.one(
        "select cast(coalesce(sum(l.held), 0) as bigint) from payments_payments p
         join payments_ledger l on l.payment = p.id
         where p.account = $1 and p.state = 'authorised'",
        &[account.into()],
        |row| row.get(0),
    )?;
    Ok(owed.unwrap_or(0))
}

/// The entries of a payment's ledger in order.
///
/// # Errors
/// A fault of the database.
pub(crate) fn ledger(reader: &mut Reader<'_>, id: PaymentId) -> Result<Vec<LedgerRow>, Fault> {
    let moves = reader.all(
        "select version, at, customer, held, taken, returned from payments_ledger where payment = $1
         order by version limit 1000",
        &[id.into()],
        |row| {
            let (version, at) = (row.get(0)?, row.get(1)?);
            let minor = |(n, account)| Ok(LedgerRow { version, account, minor: row.get(n)?, at });
            (2..).zip(ACCOUNTS).map(minor).collect::<Result<Vec<LedgerRow>, Fault>>()
        },
    )?;
    Ok(moves.into_iter().flatten().filter(|entry| entry.minor != 0).collect())
}

/// Steps whose entries do not sum to zero: none, always. At most 100, with payment and version.
///
/// # Errors
/// A fault of the database.
pub(crate) fn unbalanced(reader: &mut Reader<'_>) -> Result<Vec<(String, i64)>, Fault> {
    reader.all(
        "select payment, version from payments_ledger where customer + held + taken + returned <> 0
         order by payment, version limit 100",
        &[],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )
}

fn read_payment(row: &Row<'_>) -> Result<Payment, Fault> {
    let asked: Option<String> = row.get(7)?;
    let asked = asked.map(|code| decode(&code, &OPERATIONS)).transpose()?;
    let asked_minor: i64 = row.get(8)?;
    let tender: Option<String> = row.get(13)?;
    Ok(Payment {
        id: row.get(0)?,
        reference: row.get(1)?,
        method: decode(&row.get::<String>(2)?, &METHODS)?,
        state: decode(&row.get::<String>(3)?, &STATES)?,
        amount: Money::new(row.get(5)?, row.parse(4)?),
        decline: row.get(6)?,
        asked: asked.map(|operation| (operation, asked_minor)),
        attempt: row.get(9)?,
        undo_wanted: row.get(10)?,
        provider_ref: row.get(11)?,
        version: row.get(12)?,
        tender: tender.map(|code| decode(&code, &TENDERS)).transpose()?,
        account: row.get(14)?,
        held: row.get(15)?,
        taken: row.get(16)?,
        returned: row.get(17)?,
        returning: row.get(18)?,
    })
}

const METHODS: [(PaymentMethod, &str); 4] = [
    (PaymentMethod::Card, "card"),
    (PaymentMethod::CardNow, "card_now"),
    (PaymentMethod::OnDelivery, "on_delivery"),
    (PaymentMethod::OnAccount, "on_account"),
];

const STATES: [(PaymentState, &str); 7] = [
    (PaymentState::Authorising, "authorising"),
    (PaymentState::Authorised, "authorised"),
    (PaymentState::Capturing, "capturing"),
    (PaymentState::Captured, "captured"),
    (PaymentState::Voiding, "voiding"),
    (PaymentState::Voided, "voided"),
    (PaymentState::Declined, "declined"),
];

const OPERATIONS: [(Operation, &str); 5] = [
    (Operation::Authorise, "authorise"),
    (Operation::Sale, "sale"),
    (Operation::Capture, "capture"),
    (Operation::Void, "void"),
    (Operation::Refund, "refund"),
];

/// The accounts in the order of their columns.
const ACCOUNTS: [Account; 4] = [Account::Customer, Account::Held, Account::Taken, Account::Returned];

const REFUND_STATES: [(RefundState, &str); 3] =
    [(RefundState::Pending, "pending"), (RefundState::Done, "done"), (RefundState::Declined, "declined")];

const TENDERS: [(Tender, &str); 2] = [(Tender::Cash, "cash"), (Tender::Card, "card")];

fn decode<T: Copy>(code: &str, codes: &[(T, &str)]) -> Result<T, Fault> {
    let found = codes.iter().find(|(_, known)| *known == code);
    found.map(|(value, _)| *value).ok_or_else(|| Fault::msg(format!("a column holds {code:?}")))
}

fn encode<T: PartialEq>(value: &T, codes: &[(T, &'static str)]) -> &'static str {
    let found = codes.iter().find(|(known, _)| known == value);
    found.map(|(_, code)| *code).expect("every value has its code")
}

fn method_code(method: PaymentMethod) -> &'static str {
    encode(&method, &METHODS)
}

fn tender_code(tender: Tender) -> &'static str {
    encode(&tender, &TENDERS)
}

fn state_code(state: PaymentState) -> &'static str {
    encode(&state, &STATES)
}

fn operation_code(operation: Operation) -> &'static str {
    encode(&operation, &OPERATIONS)
}

fn refund_code(state: RefundState) -> &'static str {
    encode(&state, &REFUND_STATES)
}
