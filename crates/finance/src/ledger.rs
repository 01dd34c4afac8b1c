//! The double-entry ledger. Pure.
//!
//! Invariant: the entries of every posting come to zero, so all accounts together always do.

use contracts::payments::{PaymentMethod, Tender};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// An account of the small chart. What it is owed or has grows by debits, above zero; what it owes or earned by credits, below.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Account {
    /// Money that came by bank transfer.
    Bank,
    /// Money that card providers have taken and will pay out.
    CardClearing,
    /// Notes and coins that drivers and counters took and have not banked yet. Also what was taken and nobody said how.
    /// Journals from before the two were told apart call it `delivery_cash`.
    #[serde(alias = "delivery_cash")]
    CashInHand,
    /// What was taken by card at counters and doors and the terminals' bank will pay out.
    CardReceivables,
    /// What customers owe; below zero what they have paid ahead.
    Receivables,
    /// Tax that is owed to the state.
    OutputTax,
    /// Earned by goods, without tax.
    GoodsRevenue,
    /// Earned by bringing them, without tax.
    DeliveryRevenue,
}

impl Account {
    /// The chart, by number.
    pub(crate) const ALL: [Account; 8] = [
        Account::Bank,
        Account::CardClearing,
        Account::CashInHand,
        Account::CardReceivables,
        Account::Receivables,
        Account::OutputTax,
        Account::GoodsRevenue,
        Account::DeliveryRevenue,
    ];

    /// Its number in the chart: also its name in tables and in the journal.
    #[must_use]
    pub(crate) const fn number(self) -> &'static str {
        match self {
            Account::Bank => "1000",
            Account::CardClearing => "1100",
            Account::CashInHand => "1110",
            Account::CardReceivables => "1120",
            Account::Receivables => "1200",
            Account::OutputTax => "2200",
            Account::GoodsRevenue => "4000",
            Account::DeliveryRevenue => "4010",
        }
    }

    /// The account with this number.
    #[must_use]
    pub(crate) fn from_number(number: &str) -> Option<Account> {
        Account::ALL.into_iter().find(|account| account.number() == number)
    }

    /// Where the money of a payment lies.
    #[must_use]
    pub(crate) const fn of_money(method: PaymentMethod, tender: Option<Tender>) -> Account {
        match (method, tender) {
            (PaymentMethod::Card | PaymentMethod::CardNow, _) => Account::CardClearing,
            (PaymentMethod::OnDelivery, Some(Tender::Card)) => Account::CardReceivables,
            (PaymentMethod::OnDelivery, Some(Tender::Cash) | None) => Account::CashInHand,
            (PaymentMethod::OnAccount, _) => Account::Bank,
        }
    }
}

/// An amount on an account in minor units: a debit above zero, a credit below.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Entry(pub(crate) Account, pub(crate) i64);

/// What an invoice books: the customer owes its total, which is revenue and tax. A credit note books the negative.
#[must_use]
pub(crate) fn of_invoice(goods_net: i64, delivery_net: i64, tax: i64) -> Vec<Entry> {
    let entries = [
        Entry(Account::Receivables, goods_net + delivery_net + tax),
        Entry(Account::GoodsRevenue, -goods_net),
        Entry(Account::DeliveryRevenue, -delivery_net),
        Entry(Account::OutputTax, -tax),
    ];
    entries.into_iter().filter(|entry| entry.1 != 0).collect()
}

/// What money books that came in; money that went back books the negative.
#[must_use]
pub(crate) fn of_money(method: PaymentMethod, tender: Option<Tender>, minor: i64) -> Vec<Entry> {
    vec![Entry(Account::of_money(method, tender), minor), Entry(Account::Receivables, -minor)]
}

/// What is left of `entries`: zero, always.
#[cfg(test)]
pub(crate) fn rest(entries: &[Entry]) -> i64 {
    entries.iter().map(|entry| entry.1).sum()
}
