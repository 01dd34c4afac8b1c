//! Does what the tables say hold together?

use contracts::orders::{OrderId, OrderState};
use contracts::payments::PaymentState;
use kit::http::App;
use kit::money::Money;
use kit::problem::Problem;

use crate::order::Order;

/// What is wrong with the orders' tables, in words; empty when nothing is.
///
/// # Errors
/// A fault of the database.
pub async fn check(app: &App) -> Result<Vec<String>, Problem> {
    let mut wrong = Vec::new();
    let mut after = String::new();
    loop {
        let from = after.clone();
        let orders = app
            .read(move |reader| {
                let ids: Vec<OrderId> = reader.all(
                    "select id from orders_orders where id > $1 order by id limit 100",
                    &[from.into()],
                    |row| row.get(0),
                )?;
                Ok(super::orders(reader, &ids)?)
            })
            .await?;
        let Some((last, ..)) = orders.last() else { return Ok(wrong) };
        after = last.id.to_string();
        for (order, ..) in orders {
            wrong.extend(faults(&order).into_iter().map(|fault| format!("{}: {fault}", order.id)));
        }
    }
}

/// What is wrong with one order, in words.
pub fn faults(order: &Order) -> Vec<String> {
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
        .map(crate::order::Payment::held)
        .chain(order.payments.iter().map(|payment| payment.captured));
    let covered = Money::sum(order.currency, by_card_taken).is_ok_and(|sum| sum.minor >= order.total.minor);
    if matches!(order.state, OrderState::Released | OrderState::Delivered) && !covered {
        faults.push("it was released without the payment that its method demands".to_owned());
    }
    faults
}
