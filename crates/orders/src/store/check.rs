//! Does what the tables say hold together?

use contracts::orders::OrderId;
use contracts::payments::PaymentState;
use kit::http::App;
use kit::money::Money;
use kit::problem::Problem;

use crate::order::{Order, State};

/// What is wrong with the orders' tables, in words; empty when nothing is.
///
/// # Errors
/// A fault of the database.
pub async fn check(app: &App) -> Result<Vec<String>, Problem> {
    let mut wrong = Vec::new();
    let mut before = "ord_~".to_owned();
    loop {
        let from = before.clone();
        let ids: Vec<OrderId> = app
            .read(move |reader| {
                Ok(super::orders_before(reader, None, &from, 100)?.iter().map(|order| order.id).collect())
            })
            .await?;
        let Some(last) = ids.last() else { return Ok(wrong) };
        before = last.to_string();
        for id in ids {
            let order = app.read(move |reader| super::order(reader, id)).await?;
            wrong.extend(faults(&order).into_iter().map(|fault| format!("{id}: {fault}")));
        }
    }
}

fn faults(order: &Order) -> Vec<String> {
    let mut faults = Vec::new();
    let lines = Money::sum(order.currency, order.lines.iter().map(|line| line.priced.amounts.gross));
    if lines != Ok(order.goods) {
        faults.push(format!("its lines come to {lines:?}, its goods to {}", order.goods));
    }
    if order.goods.add(order.delivery.fee) != Ok(order.total) {
        faults.push(format!("goods and delivery do not come to {}", order.total));
    }
    for line in &order.lines {
        if line.priced.amounts.net.add(line.priced.amounts.tax) != Ok(line.priced.amounts.gross) {
            faults.push(format!("net and tax of {} do not come to gross", line.priced.product));
        }
    }
    for payment in &order.payments {
        if payment.captured.minor > payment.amount.minor || payment.refunded.minor > payment.captured.minor {
            faults.push(format!("payment {} took or gave back too much", payment.id));
        }
    }
    let by_card_taken = order
        .payments
        .iter()
        .filter(|payment| payment.state == PaymentState::Authorised)
        .map(|payment| payment.authorised)
        .chain(order.payments.iter().map(|payment| payment.captured));
    let covered = Money::sum(order.currency, by_card_taken).is_ok_and(|sum| sum.minor >= order.total.minor);
    if matches!(order.state, State::Released | State::Delivered) && !covered {
        faults.push("it was released without the payment that its method demands".to_owned());
    }
    faults
}
