//! What the link in a shopper's mail leads to: how far the order is, and cancelling it. Whoever knows the order's id may look; to
//! cancel it takes the telephone number or the e-mail address that it was ordered with.

use contracts::orders::{OrderId, OrderState};
use contracts::shared::{ProductId, SiteId};
use kit::auth::Actor;
use kit::http::{App, Json, Path, Reply};
use kit::journal;
use kit::money::Money;
use kit::problem::{Problem, Refusal};
use kit::quantity::Quantity;
use kit::time::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::cart::{Contact, Totals};
use crate::events::OrderEvent;
use crate::history;
use crate::order::{Line, Order, Step, next};
use crate::{cancel, store};

/// A telephone number is recognised by so many of its last digits: the country's code may be missing.
const TELLING_DIGITS: usize = 9;

/// How far an order is, without anything personal.
#[derive(Debug, Serialize, ToSchema)]
pub struct OrderProgress {
    /// The order.
    pub order: OrderId,
    /// The number on paper.
    pub number: String,
    /// Where it stands.
    pub state: OrderState,
    /// Whether the customer comes to a store for it.
    pub pick_up: bool,
    /// The site that serves it; of a pick-up order the store where it is fetched.
    pub site: SiteId,
    /// What was ordered.
    pub lines: Vec<ProgressLine>,
    /// What it comes to.
    pub totals: Totals,
    /// What happened so far, oldest first.
    pub steps: Vec<ProgressStep>,
    /// Whether it can be cancelled still.
    pub cancellable: bool,
}

/// Something that was ordered.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProgressLine {
    /// The product.
    pub product: ProductId,
    /// Its name.
    pub name: String,
    /// How much.
    pub quantity: Quantity,
    /// What it comes to, with tax.
    pub total: Money,
}

/// A state that an order came to.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProgressStep {
    /// Which; the first is `awaiting_payment`, when it was placed.
    pub state: OrderState,
    /// When.
    pub at: Timestamp,
}

/// Cancels an order as its customer.
#[derive(Debug, Deserialize, ToSchema)]
pub struct WithdrawOrder {
    /// The telephone number or the e-mail address that it was ordered with.
    pub reach: String,
}

/// Why somebody may not cancel an order as its customer.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("this is neither the telephone number nor the e-mail address of the order")]
struct NotTheirs;

impl Refusal for NotTheirs {
    fn problem(&self) -> Problem {
        Problem::new(403, "orders/contact-mismatch", "The order was placed with another number or address.")
    }
}

/// Shows how far an order is. Anybody who knows the order's id may ask.
#[utoipa::path(get, path = "/api/orders/{id}/progress", tag = "orders", params(("id" = String, Path)),
    responses((status = 200, body = OrderProgress), (status = "default", body = Problem)))]
pub async fn order_progress(app: App, _: Actor, Path(id): Path<OrderId>) -> Reply<OrderProgress> {
    let (order, rows) = app
        .read(move |reader| Ok((store::order(reader, id)?, journal::history(reader, &id.to_string(), 0, 1000)?)))
        .await?;
    let events: Result<_, _> = rows.into_iter().map(journal::JournalRow::event::<OrderEvent>).collect();
    let mut steps: Vec<ProgressStep> = Vec::new();
    for entry in history::told(events?) {
        if steps.last().is_none_or(|last| last.state != entry.state) {
            steps.push(ProgressStep { state: entry.state, at: entry.at });
        }
    }
    Ok(Json(OrderProgress::of(&order, steps)))
}

/// Cancels an order as its customer, who has no account: with the number or the address that it was ordered with.
#[utoipa::path(post, path = "/api/orders/{id}/withdraw", tag = "orders", params(("id" = String, Path)),
    request_body = WithdrawOrder, responses((status = 200, body = OrderProgress), (status = "default", body = Problem)))]
pub async fn order_withdraw(
    app: App,
    actor: Actor,
    Path(id): Path<OrderId>,
    Json(body): Json<WithdrawOrder>,
) -> Reply<OrderProgress> {
    let contact = app
        .read(move |reader| {
            store::order_without_lines(reader, id)?;
            Ok(store::contact(reader, id)?)
        })
        .await?;
    if !contact.is_some_and(|contact| is_theirs(&contact, &body.reach)) {
        return Err(NotTheirs.into());
    }
    cancel::cancelled(&app, &actor, id, "customer").await?;
    order_progress(app, actor, Path(id)).await
}

fn is_theirs(contact: &Contact, reach: &str) -> bool {
    let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
    let typed = digits(reach);
    let end = |all: &str| all.chars().rev().take(TELLING_DIGITS).collect::<String>();
    let same_phone = |phone: &String| {
        let known = digits(phone);
        !reach.contains('@')
            && typed.len() >= known.len().min(TELLING_DIGITS)
            && !known.is_empty()
            && end(&typed) == end(&known)
    };
    let same_email = |email: &String| email.trim().to_lowercase() == reach.trim().to_lowercase();
    contact.phone.as_ref().is_some_and(same_phone) || contact.email.as_ref().is_some_and(same_email)
}

impl OrderProgress {
    fn of(order: &Order, steps: Vec<ProgressStep>) -> OrderProgress {
        let line = |line: &Line| ProgressLine {
            product: line.priced.product,
            name: line.priced.name.clone(),
            quantity: line.priced.quantity,
            total: line.priced.amounts.gross,
        };
        OrderProgress {
            order: order.id,
            number: order.number.clone(),
            state: order.state,
            pick_up: order.delivery.pick_up,
            site: order.site,
            lines: order.lines.iter().map(line).collect(),
            totals: Totals { goods: order.goods, delivery: order.delivery.fee, total: order.total },
            steps,
            cancellable: next(order.state, Step::Cancel).is_some(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_knows_the_number_or_the_address_is_the_customer() {
        let contact = Contact {
            phone: Some("+380 67 123-45-67".to_owned()),
            email: Some("Olena@example.com".to_owned()),
            ..Contact::default()
        };
        for theirs in ["067 123 45 67", "+380671234567", "olena@EXAMPLE.com "] {
            assert!(is_theirs(&contact, theirs), "{theirs}");
        }
        for other in ["", "67", "4567", "067 123 45 68", "petro@example.com", "671234567@example.com"] {
            assert!(!is_theirs(&contact, other), "{other}");
        }
        assert!(!is_theirs(&Contact::default(), ""));
    }
}
