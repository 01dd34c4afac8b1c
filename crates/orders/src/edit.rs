//! Changing the lines of a placed order. Untouched lines and more of the same keep their locked price; new products get today's.
//!
//! The change is written first, then stock is asked for it, then it holds or is refused; cut off anywhere, [`resume`] goes on.

use contracts::inventory::{AmendReservation, StockLine};
use contracts::orders::{OrderId, OrderState};
use contracts::payments::{PaymentMethod, Refund, RefundId};
use contracts::shared::ProductId;
use kit::auth::{Actor, SiteId};
use kit::call::is_unknown;
use kit::http::{App, IfMatch};
use kit::problem::{Problem, Refusal};
use kit::quantity::Quantity;
use kit::store::Tx;

use crate::checkout::PlaceError;
use crate::checkout::payment::note;
use crate::events::OrderEvent;
use crate::order::{self, Amendment, Line, Order, Payment};
use crate::price::{self, Offer, PriceError};
use crate::sourcing::source;
use crate::store;

/// The job that carries a cut-off edit to its end.
pub const EDIT: &str = "edit";
/// The job that gives back what was taken above an order's total.
pub const GIVE_BACK: &str = "give_back";
const FIRST_LOOK_S: u64 = 15;
/// After an unknown outcome it is asked again after this.
const AGAIN: std::time::Duration = std::time::Duration::from_secs(20);

/// A change wished for: this product in this quantity, none of it when absent.
#[derive(Debug, Clone)]
pub struct Wish {
    pub product: ProductId,
    pub quantity: Option<Quantity>,
}

/// Why the lines of an order were not changed.
#[derive(Debug, thiserror::Error)]
pub enum EditError {
    #[error("an order keeps at least one line; cancel it instead")]
    Empty,
    #[error("nothing would change")]
    Nothing,
    #[error(transparent)]
    Price(#[from] PriceError),
}

impl Refusal for EditError {
    fn problem(&self) -> Problem {
        match self {
            EditError::Empty | EditError::Nothing => {
                Problem::conflict("orders/edit-empty", "This change leaves nothing to do or nothing to deliver.")
                    .detail(self.to_string())
            }
            EditError::Price(error) => error.problem(),
        }
    }
}

/// The order's lines as `wishes` want them, at locked prices where there are such. `sites` serves products not in the order yet.
pub fn amended(
    order: &Order,
    wishes: &[Wish],
    offers: &[Offer],
    sites: impl Fn(ProductId) -> Option<SiteId>,
) -> Result<Amendment, EditError> {
    let mut lines = order.lines.clone();
    for wish in wishes {
        let known = lines.iter().position(|line| line.priced.product == wish.product);
        match (known, wish.quantity) {
            (Some(position), None) => drop(lines.remove(position)),
            (None, None) => {}
            (Some(position), Some(quantity)) => {
                let line = &lines[position].priced;
                if quantity.unit != line.quantity.unit {
                    return Err(PriceError::OtherUnit {
                        product: wish.product,
                        unit: line.quantity.unit,
                        asked: quantity.unit,
                    }
                    .into());
                }
                lines[position].priced =
                    price::at_price(line.product, &line.name, quantity, line.unit_price, line.amounts.rate)?;
            }
            (None, Some(quantity)) => {
                let offer = offers.iter().find(|offer| offer.product == wish.product);
                let offer = offer.ok_or(PriceError::NotSold { product: wish.product })?;
                let site = sites(wish.product).unwrap_or(order.site);
                lines.push(Line { site, priced: price::price(offer, quantity)? });
            }
        }
    }
    if lines.is_empty() {
        return Err(EditError::Empty);
    }
    if lines == order.lines {
        return Err(EditError::Nothing);
    }
    let goods = price::goods(order.currency, lines.iter().map(|line| &line.priced))?;
    let total = goods.add(order.delivery.fee).map_err(PriceError::from)?;
    Ok(Amendment { number: order.amendment + 1, lines, goods, total })
}

/// What the order would come to with `wishes`: nothing is changed.
pub async fn preview(app: &App, actor: &Actor, id: OrderId, wishes: Vec<Wish>) -> Result<(Order, Amendment), Problem> {
    let (order, offers) = read(app, id, &wishes).await?;
    order::editable(&order)?;
    let sites = new_sites(app, actor, &order, &wishes, &offers).await?;
    let amendment = amended(&order, &wishes, &offers, |product| site_of(&sites, product))?;
    Ok((order, amendment))
}

/// Changes the order's lines as `wishes` want, if stock allows.
pub async fn edit(app: &App, actor: &Actor, id: OrderId, at: IfMatch, wishes: Vec<Wish>) -> Result<Order, Problem> {
    let (order, amendment) = preview(app, actor, id, wishes).await?;
    at.check(order.version)?;
    begin(app, actor, id, at, amendment).await
}

/// The same for those who do not know the order's version and may ask again: what is as wished already is no refusal.
pub async fn edited(app: &App, actor: &Actor, id: OrderId, wishes: Vec<Wish>) -> Result<Order, Problem> {
    let (order, offers) = read(app, id, &wishes).await?;
    if is_so(&order, &wishes) {
        return Ok(order);
    }
    order::editable(&order)?;
    let sites = new_sites(app, actor, &order, &wishes, &offers).await?;
    let amendment = amended(&order, &wishes, &offers, |product| site_of(&sites, product))?;
    begin(app, actor, id, IfMatch(order.version), amendment).await
}

fn is_so(order: &Order, wishes: &[Wish]) -> bool {
    let quantity = |product| order.lines.iter().find(|line| line.priced.product == product);
    wishes.iter().all(|wish| quantity(wish.product).map(|line| line.priced.quantity) == wish.quantity)
}

async fn begin(app: &App, actor: &Actor, id: OrderId, at: IfMatch, amendment: Amendment) -> Result<Order, Problem> {
    let order = app
        .write(actor, move |tx| {
            let mut order = store::order(tx, id)?;
            at.check(order.version)?;
            order::editable(&order)?;
            // The order is the one that the amendment was worked out from: its version was checked.
            order.version = tx.record(id, order.version, OrderEvent::EditStarted { amendment: amendment.clone() })?;
            order.amendment = amendment.number;
            order.editing = Some(amendment.clone());
            tx.schedule(EDIT, &id.to_string(), tx.now() + std::time::Duration::from_secs(FIRST_LOOK_S), "")?;
            Ok(order)
        })
        .await?;
    finish(app, actor, order).await
}

/// Goes on with an edit that was cut off.
pub async fn resume(app: &App, id: OrderId) -> Result<(), Problem> {
    let me = app.itself();
    let order = app.read(move |reader| store::order(reader, id)).await?;
    if order.editing.is_none() {
        return app.write(&me, move |tx| Ok(tx.unschedule(EDIT, &id.to_string())?)).await;
    }
    match finish(app, &me, order).await {
        Err(problem) if is_unknown(&problem) => again(app, &me, EDIT, id).await,
        Ok(order) if order.editing.is_some() => again(app, &me, EDIT, id).await,
        Ok(_) | Err(_) => Ok(()),
    }
}

/// Looks again soon, however often it was looked before: people wait for it.
pub async fn again(app: &App, me: &Actor, job: &'static str, id: OrderId) -> Result<(), Problem> {
    app.write(me, move |tx| Ok(tx.schedule(job, &id.to_string(), tx.now() + AGAIN, "")?)).await
}

async fn finish(app: &App, actor: &Actor, order: Order) -> Result<Order, Problem> {
    let Some(amendment) = order.editing.clone() else { return Ok(order) };
    let lines = order::stock_lines(&amendment.lines);
    let request = AmendReservation { reservation: order.reservation, amendment: amendment.number, lines };
    let (id, number) = (order.id, amendment.number);
    match app.call(actor, &request).await {
        Ok(view) if !same_stock(&view.lines, &request.lines) => {
            refused(app, actor, id, number).await?;
            let products = amendment.lines.iter().map(|line| line.priced.product).collect();
            Err(PlaceError::OutOfStock { products }.into())
        }
        Ok(_) => {
            app.write(actor, move |tx| {
                let mut order = store::order(tx, id)?;
                let Some(amendment) = order.editing.take_if(|editing| editing.number == number) else {
                    return Ok(order);
                };
                order.version =
                    tx.record(id, order.version, OrderEvent::OrderEdited { amendment: amendment.clone() })?;
                (order.lines, order.goods, order.total) = (amendment.lines, amendment.goods, amendment.total);
                tx.unschedule(EDIT, &id.to_string())?;
                watch_surplus(tx, &order)?;
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

fn same_stock(a: &[StockLine], b: &[StockLine]) -> bool {
    let sorted = |lines: &[StockLine]| {
        let mut lines = lines.to_vec();
        lines.sort_by_key(|line| (line.product, line.site));
        lines
    };
    sorted(a) == sorted(b)
}

/// Sees to it that money above the order's total is given back, whenever it came.
pub fn watch_surplus(tx: &mut Tx<'_>, order: &Order) -> Result<(), Problem> {
    if over(order)?.is_some() {
        tx.schedule(GIVE_BACK, &order.id.to_string(), tx.now(), "")?;
    }
    Ok(())
}

/// What was taken above the total, and from which payment: one refund at a time.
pub fn over(order: &Order) -> Result<Option<(usize, kit::money::Money)>, Problem> {
    let over = order.captured()?.sub(order.total).map_err(order::StepError::from)?;
    if !over.is_positive() || matches!(order.state, OrderState::Cancelled | OrderState::AwaitingPayment) {
        return Ok(None);
    }
    for (position, payment) in order.payments.iter().enumerate().rev() {
        let left = payment.captured.sub(payment.refunded).map_err(order::StepError::from)?;
        let by_card = matches!(payment.method, PaymentMethod::Card | PaymentMethod::CardNow);
        if by_card && left.is_positive() {
            return Ok(Some((position, if left.minor < over.minor { left } else { over })));
        }
    }
    Ok(None)
}

/// Gives back what was taken above the order's total. It is written first and no longer counted on from then: else an order
/// that is made larger again meanwhile would leave unpaid.
pub async fn give_back(app: &App, id: OrderId) -> Result<(), Problem> {
    let me = app.itself();
    let order = app
        .write(&me, move |tx| {
            let mut order = store::order(tx, id)?;
            if returning(&order).is_none()
                && let Some((position, amount)) = over(&order)?
            {
                let payment = Payment { returning: amount, ..order.payments[position].clone() };
                order.version = tx.record(id, order.version, OrderEvent::GiveBackAsked { payment: payment.clone() })?;
                order.payments[position] = payment;
            }
            Ok(order)
        })
        .await?;
    if let Some(payment) = returning(&order) {
        // Named after what had been given back before: the same refund however often this is asked.
        let refund: RefundId = payment.id.derived("give-back", payment.refunded.minor.unsigned_abs());
        let reason = "order-edited".to_owned();
        let view = app.call(&me, &Refund { refund, payment: payment.id, amount: payment.returning, reason }).await?;
        app.write(&me, move |tx| {
            let mut order = store::order(tx, id)?;
            note(tx, &mut order, &view)
        })
        .await?;
    }
    app.write(&me, move |tx| {
        let order = store::order(tx, id)?;
        if returning(&order).is_none() && over(&order)?.is_none() {
            tx.unschedule(GIVE_BACK, &id.to_string())?;
        }
        Ok(())
    })
    .await
}

/// The payment that money is being given back of. Of a cancelled order, `payments` gives back everything by itself.
fn returning(order: &Order) -> Option<&Payment> {
    let is_live = order.state != OrderState::Cancelled;
    order.payments.iter().find(|payment| is_live && payment.returning.is_positive())
}

async fn read(app: &App, id: OrderId, wishes: &[Wish]) -> Result<(Order, Vec<Offer>), Problem> {
    let products: Vec<ProductId> = wishes.iter().map(|wish| wish.product).collect();
    app.read(move |reader| Ok((store::order(reader, id)?, store::offers(reader, &products)?))).await
}

async fn new_sites(
    app: &App,
    actor: &Actor,
    order: &Order,
    wishes: &[Wish],
    offers: &[Offer],
) -> Result<Vec<(ProductId, SiteId)>, Problem> {
    let mut lines = Vec::new();
    for wish in wishes {
        let new = !order.lines.iter().any(|line| line.priced.product == wish.product);
        if let (true, Some(quantity)) = (new, wish.quantity) {
            let offer = offers.iter().find(|offer| offer.product == wish.product);
            let offer = offer.ok_or(PriceError::NotSold { product: wish.product })?;
            lines.push(price::price(offer, quantity)?);
        }
    }
    if lines.is_empty() {
        return Ok(Vec::new());
    }
    let preferred = order.delivery.pick_up.then_some(order.site);
    let sites = source(app, actor, &lines, preferred).await?;
    Ok(lines.iter().map(|line| line.product).zip(sites).collect())
}

fn site_of(sites: &[(ProductId, SiteId)], product: ProductId) -> Option<SiteId> {
    sites.iter().find(|(known, _)| *known == product).map(|(_, site)| *site)
}
