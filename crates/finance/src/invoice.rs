//! Invoices and credit notes. Pure.
//!
//! Invariants: what was issued never changes; the sums are those of the lines (EN 16931 BR-CO-10, BR-CO-13, BR-CO-14,
//! BR-CO-15); credit notes together never credit more of a line than the invoice has.

use contracts::finance::InvoiceId;
use contracts::orders::{OrderId, OrderSheet, OrderState};
use contracts::payments::PaymentMethod;
use contracts::shared::{CompanyId, ProductId, SiteId};
use kit::money::{Currency, Money, Rate, Rounding, TaxLine, tax_from_gross};
use kit::problem::{Fault, Problem, Refusal};
use kit::quantity::Quantity;
use kit::time::{BusinessDate, SiteTime};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::ledger::{self, Entry};

/// The longest reason of a credit note, in characters.
pub(crate) const MAX_REASON: usize = 200;

/// What kind of document it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum DocumentKind {
    /// EN 16931 type code 380.
    Invoice,
    /// EN 16931 type code 381; its amounts are above zero and mean the opposite.
    CreditNote,
}

impl DocumentKind {
    /// Its name in tables and on the wire.
    #[must_use]
    pub(crate) const fn code(self) -> &'static str {
        match self {
            DocumentKind::Invoice => "invoice",
            DocumentKind::CreditNote => "credit_note",
        }
    }

    /// The kind with this name.
    #[must_use]
    pub(crate) fn from_code(code: &str) -> Option<DocumentKind> {
        [DocumentKind::Invoice, DocumentKind::CreditNote].into_iter().find(|kind| kind.code() == code)
    }

    /// Its number on paper: the `place`-th of the series of a `year`.
    #[must_use]
    pub(crate) fn number(self, year: i64, place: i64) -> String {
        match self {
            DocumentKind::Invoice => format!("INV-{year}-{place:06}"),
            DocumentKind::CreditNote => format!("CRN-{year}-{place:06}"),
        }
    }

    /// 1 for what the customer owes, −1 for what they get back.
    #[must_use]
    pub(crate) const fn sign(self) -> i64 {
        match self {
            DocumentKind::Invoice => 1,
            DocumentKind::CreditNote => -1,
        }
    }
}

/// Who sells, as it stands on paper.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Seller {
    /// The name, 1 to 200 characters (BR-06).
    pub(crate) name: String,
    /// The address in 1 to 6 lines (BR-08).
    pub(crate) address: Vec<String>,
    /// The tax number (BR-S-02 wants it where there is tax).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) tax_number: Option<String>,
    /// The number in the register of companies.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) registration: Option<String>,
    /// The account for transfers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) iban: Option<String>,
    /// Within how many days orders on account are due, 0 to 365.
    #[serde(default = "payment_days")]
    pub(crate) payment_days: i64,
}

/// The days within which orders on account are due where nobody says otherwise.
pub(crate) const PAYMENT_DAYS: i64 = 14;

const fn payment_days() -> i64 {
    PAYMENT_DAYS
}

/// Who buys. Personal data, which the law wants kept with the document.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct Buyer {
    /// The name; empty where the document's time is over and the person was forgotten.
    pub(crate) name: String,
    /// The address in lines; none for goods that were fetched.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) address: Vec<String>,
    /// The country as two capital letters (BR-11 where it is known).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) country: Option<String>,
    /// The e-mail address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) email: Option<String>,
    /// The telephone number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) phone: Option<String>,
}

/// A line of a document. Its number on paper is its place, from 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Line {
    /// The product; none for delivery.
    pub(crate) product: Option<ProductId>,
    /// What the customer ordered it as; the code of the way of delivery.
    pub(crate) name: String,
    /// How much.
    pub(crate) quantity: Quantity,
    /// The price of one unit, with tax.
    pub(crate) unit_price: Money,
    /// Net, tax and gross, as locked when ordered.
    pub(crate) amounts: TaxLine,
}

impl Line {
    /// Puts another line of the same product and price to this one.
    fn add(&mut self, other: &Line) {
        self.quantity.milli += other.quantity.milli;
        self.amounts.net.minor += other.amounts.net.minor;
        self.amounts.tax.minor += other.amounts.tax.minor;
        self.amounts.gross.minor += other.amounts.gross.minor;
    }
}

/// What comes under one tax rate (BR-S-08: the taxable amount is the sum of the lines' net amounts).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct TaxSum {
    /// The rate.
    pub(crate) rate: Rate,
    /// Without tax.
    pub(crate) net: Money,
    /// The tax: the sum of the lines' tax. Prices contain tax, so it may differ by the lines' rounding from the rate of `net`
    /// (BR-CO-17 within the tolerance of validators).
    pub(crate) tax: Money,
}

/// Where a document's number stands in its series.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    /// Whose series.
    pub(crate) company: CompanyId,
    /// The year of the business date.
    pub(crate) year: i64,
    /// The how-manieth, from 1, without gaps.
    pub(crate) place: i64,
}

/// What a document says beside its lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Head {
    /// The order.
    pub(crate) order: OrderId,
    /// Its number on paper.
    pub(crate) order_number: String,
    /// The site that served it.
    pub(crate) site: SiteId,
    /// Where and when its day begins and ends.
    pub(crate) time: SiteTime,
    /// The business date of issue (BR-03).
    pub(crate) date: BusinessDate,
    /// When it is due (BR-CO-25).
    pub(crate) due_date: BusinessDate,
    /// Of all amounts (BR-05).
    pub(crate) currency: Currency,
    /// How the order is paid.
    pub(crate) payment_method: PaymentMethod,
    /// Who sells.
    pub(crate) seller: Seller,
}

/// An issued document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Document {
    /// Its id.
    pub(crate) id: InvoiceId,
    /// What kind it is.
    pub(crate) kind: DocumentKind,
    /// Where its number stands.
    pub(crate) place: Place,
    /// What it says.
    pub(crate) head: Head,
    /// The invoice that a credit note credits (BG-3).
    pub(crate) credits: Option<InvoiceId>,
    /// Why it is credited.
    pub(crate) reason: Option<String>,
    /// Who buys.
    pub(crate) buyer: Buyer,
    /// What it lists (BR-16: at least one).
    pub(crate) lines: Vec<Line>,
    /// When it was issued.
    pub(crate) issued_at: kit::time::Timestamp,
    /// By whom.
    pub(crate) issued_by: String,
}

/// Sums of a document, in minor units.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Sums {
    /// Goods without tax.
    pub(crate) goods_net: i64,
    /// Delivery without tax.
    pub(crate) delivery_net: i64,
    /// The tax (BR-CO-14: the sum over the rates).
    pub(crate) tax: i64,
}

impl Sums {
    /// BR-CO-10, BR-CO-13: the sum of the lines' net amounts; there are no allowances or charges beside the lines.
    #[must_use]
    pub(crate) const fn net(self) -> i64 {
        self.goods_net + self.delivery_net
    }

    /// BR-CO-15: with tax.
    #[must_use]
    pub(crate) const fn total(self) -> i64 {
        self.net() + self.tax
    }

    /// What the document books.
    #[must_use]
    pub(crate) fn entries(self, kind: DocumentKind) -> Vec<Entry> {
        let sign = kind.sign();
        ledger::of_invoice(sign * self.goods_net, sign * self.delivery_net, sign * self.tax)
    }
}

/// The sums of `lines`.
#[must_use]
pub(crate) fn sums(lines: &[Line]) -> Sums {
    let mut sums = Sums::default();
    for line in lines {
        let net = if line.product.is_some() { &mut sums.goods_net } else { &mut sums.delivery_net };
        *net += line.amounts.net.minor;
        sums.tax += line.amounts.tax.minor;
    }
    sums
}

/// The tax of `lines` by rate, the highest first.
#[must_use]
pub(crate) fn taxes(lines: &[Line], currency: Currency) -> Vec<TaxSum> {
    let mut rates: Vec<Rate> = lines.iter().map(|line| line.amounts.rate).collect();
    rates.sort_unstable_by(|a, b| b.cmp(a));
    rates.dedup();
    let of = |rate: Rate, amount: fn(&TaxLine) -> i64| {
        let minor = lines.iter().filter(|line| line.amounts.rate == rate).map(|line| amount(&line.amounts)).sum();
        Money::new(minor, currency)
    };
    let sum = |rate| TaxSum { rate, net: of(rate, |line| line.net.minor), tax: of(rate, |line| line.tax.minor) };
    rates.into_iter().map(sum).collect()
}

/// Why no document is issued.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum InvoiceRefused {
    /// The goods have not left.
    #[error("the order is {}; it is invoiced when it is released", state.code())]
    NotReleased {
        /// Where the order stands.
        state: OrderState,
    },
    /// Nobody has said who sells.
    #[error("nobody has said who sells: neither the company nor the seller on paper is set")]
    SellerMissing,
    /// Only invoices are credited.
    #[error("a credit note is not credited")]
    NotAnInvoice,
    /// All of it was credited before.
    #[error("nothing of the invoice is left to credit")]
    NothingLeft,
    /// A line that the invoice does not have, or not that much is left of.
    #[error("line {number} has {left} left to credit")]
    NotThatMuch {
        /// The line.
        number: i64,
        /// What is left of it.
        left: String,
    },
}

impl Refusal for InvoiceRefused {
    fn problem(&self) -> Problem {
        let problem = match self {
            InvoiceRefused::NotReleased { state } => {
                Problem::conflict("finance/not-released", "The order has not left").with("state", state.code())
            }
            InvoiceRefused::SellerMissing => Problem::conflict("finance/seller-missing", "Nobody has said who sells"),
            InvoiceRefused::NotAnInvoice => Problem::conflict("finance/not-an-invoice", "Not an invoice"),
            InvoiceRefused::NothingLeft => Problem::conflict("finance/nothing-left", "Credited already"),
            InvoiceRefused::NotThatMuch { number, left } => {
                Problem::conflict("finance/not-that-much", "Not that much is left to credit")
                    .with("line", *number)
                    .with("left", left.clone())
            }
        };
        problem.detail(self.to_string())
    }
}

/// The lines of an order's invoice: its goods, and delivery where it costs something.
///
/// # Errors
/// When the goods have not left, or a fault when the sheet disagrees with itself.
pub(crate) fn lines_of(sheet: &OrderSheet) -> Result<Vec<Line>, Problem> {
    match sheet.state {
        // Nobody took it: the invoice is credited as soon as it is there.
        OrderState::Released | OrderState::Delivered | OrderState::Returned => {}
        OrderState::AwaitingPayment
        | OrderState::Placed
        | OrderState::Confirmed
        | OrderState::Releasing
        | OrderState::Cancelled => return Err(InvoiceRefused::NotReleased { state: sheet.state }.into()),
    }
    let mut lines: Vec<Line> = Vec::new();
    for line in &sheet.lines {
        let next = Line {
            product: Some(line.product),
            name: line.name.clone(),
            quantity: line.quantity,
            unit_price: line.unit_price,
            amounts: line.amounts,
        };
        // A product that several sites serve is one line on paper.
        match lines.iter_mut().find(|known| known.product == next.product && known.amounts.rate == next.amounts.rate) {
            Some(known) => known.add(&next),
            None => lines.push(next),
        }
    }
    if sheet.delivery_fee.is_positive() {
        let amounts = tax_from_gross(sheet.delivery_fee, sheet.delivery_tax, Rounding::HalfUp)
            .map_err(|e| Fault::new("the delivery's tax can be told", e))?;
        lines.push(Line {
            product: None,
            name: sheet.delivery_method.clone(),
            quantity: Quantity::pieces(1),
            unit_price: sheet.delivery_fee,
            amounts,
        });
    }
    let total = sums(&lines).total();
    let one_currency = lines.iter().all(|line| line.amounts.gross.currency == sheet.total.currency);
    if total != sheet.total.minor || !one_currency {
        return Err(Fault::msg(format!("order {} comes to {}, its lines to {total}", sheet.id, sheet.total)).into());
    }
    Ok(lines)
}

/// How much of a line of an invoice is to be credited; lines are numbered from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct CreditWish {
    /// The line.
    pub(crate) number: i64,
    /// How much of it.
    pub(crate) quantity: Quantity,
}

/// How much of the invoice's `line` can still be credited, after credit notes with the lines `before`.
pub(crate) fn left<'a>(line: &Line, before: impl IntoIterator<Item = &'a Line>) -> Quantity {
    let gone: i64 = before.into_iter().filter(|other| is_same(line, other)).map(|other| other.quantity.milli).sum();
    Quantity { milli: line.quantity.milli - gone, unit: line.quantity.unit }
}

/// The lines of a credit note: `wishes` of the invoice's `lines`, or all that `before` (earlier credit notes' lines, with the
/// number of the invoice's line each) has left. Amounts are cumulative shares, so credit notes for all of a line come to its amount
/// exactly, however it was cut.
///
/// # Errors
/// When nothing, or not that much, is left.
pub(crate) fn credit(lines: &[Line], before: &[Line], wishes: &[CreditWish]) -> Result<Vec<Line>, InvoiceRefused> {
    let mut credited = Vec::new();
    for (number, line) in (1..).zip(lines) {
        let earlier: Vec<&Line> = before.iter().filter(|other| is_same(line, other)).collect();
        let gone: i64 = earlier.iter().map(|other| other.quantity.milli).sum();
        let left = line.quantity.milli - gone;
        let asked = match wishes.iter().find(|wish| wish.number == number) {
            Some(wish) => wish.quantity,
            None if wishes.is_empty() => Quantity { milli: left, unit: line.quantity.unit },
            None => continue,
        };
        if asked.unit != line.quantity.unit || asked.milli > left || (asked.milli <= 0 && !wishes.is_empty()) {
            let left = Quantity { milli: left, unit: line.quantity.unit }.to_string();
            return Err(InvoiceRefused::NotThatMuch { number, left });
        }
        if asked.milli == 0 {
            continue;
        }
        let share = |whole: Money, amount: fn(&TaxLine) -> i64| {
            let past: i64 = earlier.iter().map(|other| amount(&other.amounts)).sum();
            let upto = portion(whole.minor, gone + asked.milli, line.quantity.milli);
            Money::new(upto - past, whole.currency)
        };
        let gross = share(line.amounts.gross, |amounts| amounts.gross.minor);
        let tax = share(line.amounts.tax, |amounts| amounts.tax.minor);
        let net = Money::new(gross.minor - tax.minor, gross.currency);
        let amounts = TaxLine { rate: line.amounts.rate, net, tax, gross };
        credited.push(Line { quantity: asked, amounts, ..line.clone() });
    }
    if let Some(wish) = wishes.iter().find(|wish| !(1..=lines.len() as i64).contains(&wish.number)) {
        return Err(InvoiceRefused::NotThatMuch { number: wish.number, left: "0".to_owned() });
    }
    if credited.is_empty() { Err(InvoiceRefused::NothingLeft) } else { Ok(credited) }
}

/// Whether a credit note's line is about the invoice's: products stand once on an order, delivery too.
fn is_same(line: &Line, other: &Line) -> bool {
    (line.product, line.name.as_str()) == (other.product, other.name.as_str())
}

/// `part / whole` of `minor`, a half away from zero.
fn portion(minor: i64, part: i64, whole: i64) -> i64 {
    let (minor, part, whole) = (i128::from(minor), i128::from(part), i128::from(whole));
    let doubled = minor * part * 2 + whole * minor.signum();
    i64::try_from(doubled / (whole * 2)).expect("a part is not more than the whole")
}

#[cfg(test)]
mod tests;
