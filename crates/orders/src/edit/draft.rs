//! Works out what an order would be after a change: lines at locked prices, where they come from, where they go, what that costs.

use std::collections::BTreeMap;

use contracts::orders::{LineWish, OrderId};
use contracts::shared::{ProductId, SiteId};
use kit::auth::Actor;
use kit::http::App;
use kit::problem::Problem;

use super::{Draft, EditError, Wishes};
use crate::cart::{CartError, Contact, MOST_LINES, check_contact};
use crate::fee::{self, Question, weight_g};
use crate::order::{self, Amendment, DeliveryTerms, Line, Order, Redirection, stock_lines};
use crate::price::{self, DeliveryMethod, Offer, PriceError, PricedLine};
use crate::sourcing::{Circumstances, Wanted, source};
use crate::store;

/// What the order would be with `wishes`.
pub async fn draft(app: &App, actor: &Actor, id: OrderId, wishes: Wishes) -> Result<Draft, Problem> {
    let wished = wishes.lines.clone();
    let (order, contact, offers, methods) = app
        .read(move |reader| {
            let order = store::order(reader, id)?;
            let mut products: Vec<ProductId> = order.lines.iter().map(|line| line.priced.product).collect();
            products.extend(wished.iter().map(|wish| wish.product));
            let (offers, methods) = (store::offers(reader, &products)?, store::delivery_methods(reader)?);
            Ok((order, store::contact(reader, id)?, offers, methods))
        })
        .await?;
    order::editable(&order)?;
    let mut lines = wanted(&order, &wishes.lines, &offers)?;
    let goods = price::goods(order.currency, lines.iter().map(|line| &line.priced)).map_err(EditError::from)?;
    let mut redirection = None;
    if wishes.method.is_some() || wishes.site.is_some() || wishes.contact.is_some() {
        let Some(before) = contact else { return Err(EditError::Erased.into()) };
        let there = there(&order, &wishes, &methods)?;
        let after = wishes.contact.as_ref().unwrap_or(&before);
        check_contact(after, &there.method, there.pick_up).map_err(EditError::from)?;
        let priced: Vec<PricedLine> = lines.iter().map(|line| line.priced.clone()).collect();
        redirection = Some(redirected(app, &order, &there, (&before, after), goods, weight_g(&priced, &offers)).await?);
    }
    let pick_up = match &redirection {
        Some(to) => to.terms.pick_up.then_some(to.site),
        None => order.delivery.pick_up.then_some(order.site),
    };
    serve(app, actor, &order, &wishes.lines, &mut lines, pick_up, goods).await?;
    let fee = redirection.as_ref().map_or(order.delivery.fee, |to| to.terms.fee);
    let total = goods.add(fee).map_err(PriceError::from).map_err(EditError::from)?;
    let is_same = |to: &Redirection| to.terms == order.delivery && to.site == order.site && wishes.contact.is_none();
    let redirection = redirection.filter(|to| !is_same(to));
    if lines == order.lines && redirection.is_none() {
        return Err(EditError::Nothing.into());
    }
    let (number, on_shelf) = (order.amendment + 1, wishes.on_shelf);
    let amendment = Amendment { number, lines, goods, total, redirection, on_shelf };
    Ok(Draft { order, amendment, contact: wishes.contact })
}

/// The order's lines as `wishes` want them, at locked prices where there are such; new ones at the site wished, or the order's for now.
pub fn wanted(order: &Order, wishes: &[LineWish], offers: &[Offer]) -> Result<Vec<Line>, EditError> {
    let mut lines = order.lines.clone();
    for wish in wishes {
        let known = lines.iter().position(|line| line.priced.product == wish.product);
        let has = known.map(|position| lines[position].priced.quantity);
        if wish.expected.is_some_and(|expected| has.map_or(0, |has| has.milli) != expected.milli)
            && has != wish.quantity
        {
            return Err(EditError::Changed { product: wish.product });
        }
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
                if offer.price.currency != order.currency {
                    return Err(PriceError::NotSold { product: wish.product }.into());
                }
                lines.push(Line { site: wish.site.unwrap_or(order.site), priced: price::price(offer, quantity)? });
            }
        }
    }
    if lines.len() > order.lines.len().max(MOST_LINES) {
        return Err(CartError::Full.into());
    }
    if lines.is_empty() { Err(EditError::Empty) } else { Ok(lines) }
}

/// Where the goods shall go.
struct There {
    method: DeliveryMethod,
    /// The store, where the customer fetches them.
    pick_up: Option<SiteId>,
}

fn there(order: &Order, wishes: &Wishes, methods: &[DeliveryMethod]) -> Result<There, EditError> {
    let code = wishes.method.as_ref().unwrap_or(&order.delivery.method);
    let is_kept = *code == order.delivery.method;
    let method = methods.iter().find(|method| method.code == *code && (method.offered || is_kept)).cloned();
    let kept = || DeliveryMethod {
        code: code.clone(),
        name: code.clone(),
        names: BTreeMap::new(),
        fee: order.delivery.fee,
        tax: order.delivery.tax,
        pick_up: order.delivery.pick_up,
        offered: false,
    };
    let method = method.or_else(|| is_kept.then(kept)).ok_or_else(|| CartError::NoSuchMethod(code.clone()))?;
    if !method.pick_up && wishes.site.is_some() {
        return Err(EditError::NoPickUp);
    }
    let pick_up = wishes.site.or_else(|| order.delivery.pick_up.then_some(order.site)).filter(|_| method.pick_up);
    Ok(There { method, pick_up })
}

/// The new terms. The fee stays locked while way and region do.
async fn redirected(
    app: &App,
    order: &Order,
    there: &There,
    (before, after): (&Contact, &Contact),
    goods: kit::money::Money,
    weight_g: i64,
) -> Result<Redirection, Problem> {
    let (was, is) = ((before.clone(), order.delivery.pick_up.then_some(order.site)), (after.clone(), there.pick_up));
    let (region_before, region) = app
        .read(move |reader| Ok((store::region(reader, &was.0, was.1)?, store::region(reader, &is.0, is.1)?)))
        .await?;
    let site = there.pick_up.unwrap_or(order.site);
    let person = order.id.to_string();
    if there.method.code == order.delivery.method && region == region_before {
        let terms = order.delivery.clone();
        return Ok(Redirection { terms, site, person, contact: None, decisions: Vec::new() });
    }
    let (fee, rule) = fee::asked(app, &Question { method: there.method.clone(), goods, weight_g, region }).await;
    let method = &there.method;
    let terms = DeliveryTerms { method: method.code.clone(), fee, tax: method.tax, pick_up: method.pick_up };
    Ok(Redirection { terms, site, person, contact: None, decisions: rule.into_iter().collect() })
}

/// Gives the lines that need it a site: new products the one that was wished, else any that has them; all of them the store where
/// they are fetched.
async fn serve(
    app: &App,
    actor: &Actor,
    order: &Order,
    wishes: &[LineWish],
    lines: &mut [Line],
    pick_up: Option<SiteId>,
    total: kit::money::Money,
) -> Result<(), Problem> {
    let has = stock_lines(&order.lines);
    let is_served = |line: &Line| {
        let is_known = has.iter().any(|stock| stock.product == line.priced.product);
        let is_wished = |wish: &LineWish| wish.product == line.priced.product && wish.site == Some(line.site);
        (is_known || wishes.iter().any(is_wished)) && pick_up.is_none_or(|site| site == line.site)
    };
    let unserved: Vec<usize> = (0..lines.len()).filter(|n| !is_served(&lines[*n])).collect();
    if unserved.is_empty() {
        return Ok(());
    }
    let wanted: Vec<Wanted> = unserved.iter().map(|n| (lines[*n].priced.product, lines[*n].priced.quantity)).collect();
    let circumstances = Circumstances { channel: order.channel, total, region: String::new(), pick_up };
    let (plan, _) = source(app, actor, &wanted, &circumstances).await?;
    for (n, site) in unserved.into_iter().zip(plan.sites) {
        lines[n].site = site;
    }
    Ok(())
}
