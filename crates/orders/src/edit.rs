//! Changing a placed order: its lines, where they go, and how. Untouched lines and more of the same keep their locked price; new
//! products get today's. The fee changes with the way of delivery or the region, by the decision, and never else.
//!
//! The change is written first, then stock is asked for it, then it holds or is refused; cut off anywhere, [`resume`] goes on.

mod draft;
pub mod surplus;

use contracts::inventory::AmendReservation;
use contracts::orders::{LineWish, OrderId};
use contracts::shared::{ProductId, SiteId};
use kit::auth::Actor;
use kit::call::is_unknown;
use kit::http::{App, IfMatch};
use kit::problem::{Problem, Refusal};
use kit::store::Tx;

use self::draft::draft;
use self::surplus::watch_surplus;
use crate::cart::{CartError, Contact};
use crate::checkout::{Means, PlaceError, payment};
use crate::events::OrderEvent;
use crate::order::{self, Amendment, Line, Order};
use crate::price::PriceError;
use crate::store;

/// The job that carries a cut-off edit to its end.
pub const EDIT: &str = "edit";
const FIRST_LOOK_S: u64 = 15;
/// After an unknown outcome it is asked again after this.
const AGAIN: std::time::Duration = std::time::Duration::from_secs(20);

/// A change wished for.
#[derive(Debug, Clone, Default)]
pub struct Wishes {
    /// Products in other quantities; those not named stay.
    pub lines: Vec<LineWish>,
    /// The code of another way of delivery.
    pub method: Option<String>,
    /// The store where the goods are fetched instead.
    pub site: Option<SiteId>,
    /// Who gets the goods and where instead.
    pub contact: Option<Contact>,
    /// Whether goods that a clerk did not find are there all the same.
    pub on_shelf: bool,
}

/// A change worked out: what the order would be, and, not sealed yet, who gets it.
#[derive(Debug, Clone)]
pub struct Draft {
    /// The order as it is.
    pub order: Order,
    /// What it would be.
    pub amendment: Amendment,
    /// Who would get it, where that changes.
    pub contact: Option<Contact>,
}

/// Why an order was not changed.
#[derive(Debug, thiserror::Error)]
pub enum EditError {
    #[error("an order keeps at least one line; cancel it instead")]
    Empty,
    #[error("nothing would change")]
    Nothing,
    #[error("who gets the goods was forgotten at the customer's wish")]
    Erased,
    #[error("choose a way of delivery by which customers fetch their goods, or no store")]
    NoPickUp,
    #[error("the order has another quantity of {product} by now")]
    Changed { product: ProductId },
    #[error(transparent)]
    Price(#[from] PriceError),
    #[error(transparent)]
    Cart(#[from] CartError),
}

impl Refusal for EditError {
    fn problem(&self) -> Problem {
        match self {
            EditError::Empty | EditError::Nothing => {
                Problem::conflict("orders/edit-empty", "This change leaves nothing to do or nothing to deliver.")
                    .detail(self.to_string())
            }
            EditError::Erased => Problem::conflict("orders/contact-erased", "The customer has been forgotten."),
            EditError::Changed { product } => {
                Problem::conflict("orders/changed-meanwhile", "Somebody has changed the order meanwhile.")
                    .with("product", product.to_string())
            }
            EditError::NoPickUp => Problem::unfit("site", self.to_string()),
            EditError::Price(error) => error.problem(),
            EditError::Cart(error) => error.problem(),
        }
    }
}

/// What the order would be with `wishes`: nothing is changed.
pub async fn preview(app: &App, actor: &Actor, id: OrderId, wishes: Wishes) -> Result<Draft, Problem> {
    draft(app, actor, id, wishes).await
}

/// Changes the order as `wishes` want, if stock allows.
pub async fn edit(app: &App, actor: &Actor, id: OrderId, at: IfMatch, wishes: Wishes) -> Result<Order, Problem> {
    let draft = draft(app, actor, id, wishes).await?;
    at.check(draft.order.version)?;
    begin(app, actor, at, draft).await
}

/// The same for lines alone and for those who do not know the order's version and may ask again: what is as wished already is no
/// refusal.
pub async fn edited(app: &App, actor: &Actor, id: OrderId, lines: Vec<LineWish>) -> Result<Order, Problem> {
    let order = app.glance(move |reader| store::order(reader, id)).await?;
    let line = |wish: &LineWish| order.lines.iter().find(|line| line.priced.product == wish.product);
    if lines.iter().all(|wish| line(wish).map(|line| line.priced.quantity) == wish.quantity) {
        return Ok(order);
    }
    let draft = draft(app, actor, id, Wishes { lines, ..Wishes::default() }).await?;
    let at = IfMatch(draft.order.version);
    begin(app, actor, at, draft).await
}

async fn begin(app: &App, actor: &Actor, at: IfMatch, draft: Draft) -> Result<Order, Problem> {
    let order = started(app, actor, at, draft).await?;
    let order = finish(app, actor, order).await?;
    promised(app, actor, order).await
}

async fn started(app: &App, actor: &Actor, at: IfMatch, draft: Draft) -> Result<Order, Problem> {
    let id = draft.order.id;
    app.write(actor, move |tx| {
        let mut order = store::order(tx, id)?;
        at.check(order.version)?;
        order::editable(&order)?;
        // The order is the one that the amendment was worked out from: its version was checked.
        let mut amendment = draft.amendment.clone();
        if let (Some(to), Some(contact)) = (&mut amendment.redirection, &draft.contact) {
            to.contact = Some(tx.seal(&to.person, contact)?);
        }
        if order::same_stock(&order::stock_lines(&amendment.lines), &order::stock_lines(&order.lines)) {
            hold(tx, &mut order, amendment)?;
            return Ok(order);
        }
        order.version = tx.record(id, order.version, OrderEvent::EditStarted { amendment: amendment.clone() })?;
        order.amendment = amendment.number;
        order.editing = Some(amendment);
        tx.schedule(EDIT, &id.to_string(), tx.now() + std::time::Duration::from_secs(FIRST_LOOK_S), "")?;
        Ok(order)
    })
    .await
}

/// Who pays at the door or on account promises what an edit made dearer, too: nobody has to be asked for a card. When it is not known
/// whether that went well, the job `settle` asks again.
async fn promised(app: &App, actor: &Actor, order: Order) -> Result<Order, Problem> {
    let Some(open) = order.open_payment().filter(|open| payment::is_promise(open.method)) else { return Ok(order) };
    let means = Means { method: open.method, token: String::new() };
    payment::authorise(app, actor, order, Some(means)).await
}

/// The amendment holds: the order is as it says from now on.
fn hold(tx: &mut Tx<'_>, order: &mut Order, amendment: Amendment) -> Result<(), Problem> {
    order.version = tx.record(order.id, order.version, OrderEvent::OrderEdited { amendment: amendment.clone() })?;
    order.amendment = amendment.number;
    (order.lines, order.goods, order.total) = (amendment.lines, amendment.goods, amendment.total);
    if let Some(to) = amendment.redirection {
        (order.delivery, order.site) = (to.terms, to.site);
    }
    let method = order.paid_by();
    if payment::is_promise(method) && order.due()?.is_positive() && order.open_payment().is_none() {
        payment::ask(tx, order, method)?;
    }
    watch_surplus(tx, order)
}

/// Goes on with an edit that was cut off.
pub async fn resume(app: &App, id: OrderId) -> Result<(), Problem> {
    let me = app.itself();
    let order = app.glance(move |reader| store::order(reader, id)).await?;
    if order.editing.is_none() {
        return app.write(&me, move |tx| Ok(tx.unschedule(EDIT, &id.to_string())?)).await;
    }
    match finish(app, &me, order).await {
        Err(problem) if is_unknown(&problem) => again(app, &me, EDIT, id).await,
        Ok(order) if order.editing.is_some() => again(app, &me, EDIT, id).await,
        Ok(order) => promised(app, &me, order).await.map(drop),
        Err(_) => Ok(()),
    }
}

/// Looks again soon, however often it was looked before: people wait for it.
pub async fn again(app: &App, me: &Actor, job: &'static str, id: OrderId) -> Result<(), Problem> {
    app.write(me, move |tx| Ok(tx.schedule(job, &id.to_string(), tx.now() + AGAIN, "")?)).await
}

async fn finish(app: &App, actor: &Actor, order: Order) -> Result<Order, Problem> {
    let Some(amendment) = order.editing.clone() else { return Ok(order) };
    let lines = order::stock_lines(&amendment.lines);
    let Amendment { number, on_shelf, .. } = amendment;
    let request = AmendReservation { reservation: order.reservation, amendment: number, lines, on_shelf };
    let id = order.id;
    match app.call(actor, &request).await {
        Ok(view) if !order::same_stock(&view.lines, &request.lines) => {
            refused(app, actor, id, number).await?;
            Err(PlaceError::OutOfStock { products: asked_more(&order.lines, &amendment.lines) }.into())
        }
        Ok(_) => {
            app.write(actor, move |tx| {
                let mut order = store::order(tx, id)?;
                let Some(amendment) = order.editing.take_if(|editing| editing.number == number) else {
                    return Ok(order);
                };
                hold(tx, &mut order, amendment)?;
                tx.unschedule(EDIT, &id.to_string())?;
                Ok(order)
            })
            .await
        }
        // Not known: the order shows that its change is under way, and the job goes on.
        Err(problem) if is_unknown(&problem) => Ok(order),
        Err(problem) => {
            refused(app, actor, id, number).await?;
            Err(problem)
        }
    }
}

/// The products of which `after` takes more at a site than `before`: only of those there can be too little.
fn asked_more(before: &[Line], after: &[Line]) -> Vec<ProductId> {
    let had = |line: &Line| {
        let same = before.iter().find(|had| (had.site, had.priced.product) == (line.site, line.priced.product));
        same.map_or(0, |had| had.priced.quantity.milli)
    };
    let more = after.iter().filter(|line| line.priced.quantity.milli > had(line));
    more.map(|line| line.priced.product).collect()
}

/// The amendment got no stock: the order stays as it was.
async fn refused(app: &App, actor: &Actor, id: OrderId, number: i64) -> Result<(), Problem> {
    app.write(actor, move |tx| {
        let order = store::order(tx, id)?;
        if order.editing.as_ref().is_some_and(|editing| editing.number == number) {
            tx.record(id, order.version, OrderEvent::EditRefused { amendment: number })?;
            tx.unschedule(EDIT, &id.to_string())?;
        }
        Ok(())
    })
    .await
}

#[cfg(test)]
mod tests;
