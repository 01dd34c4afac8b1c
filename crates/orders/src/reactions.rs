//! What orders do when others speak: payments that changed are noted, and wake a checkout that waits for them; what the catalog
//! and pricing say of products becomes offers.

use std::time::Duration;

use contracts::catalog::ProductsChanged;
use contracts::customers::{CustomerErased, CustomerMerged, OrderLinked};
use contracts::delivery::{
    DeliveryMethodsChanged, DeliveryZonesChanged, MethodTerms, ShipmentDelivered, ShipmentTakenBack,
};
use contracts::orders::{OrderId, OrderState};
use contracts::payments::{PaymentChanged, PaymentState};
use contracts::pricing::PricesChanged;
use contracts::shared::{CustomerId, ProductId};
use contracts::staff::{SiteKind, SiteView, SitesChanged};
use kit::bus::{Heard, Reactions};
use kit::problem::Problem;
use kit::store::Tx;

use crate::checkout::SETTLE;
use crate::checkout::payment::note;
use crate::events::OrderEvent;
use crate::order;
use crate::price::{self, DeliveryMethod, Goods, Halves, PricePart};
use crate::release::RELEASE;
use crate::sourcing::Place;
use crate::store;

/// A checkout that is younger is still in the shopper's own hands.
const HANDS_OFF: Duration = Duration::from_secs(12);

/// Links in one event, at most.
const LINKS: usize = 500;

/// The service's reactions.
pub fn reactions() -> Reactions {
    Reactions::new()
        .on::<PaymentChanged>(|tx, event, _| payment_changed(tx, &event))
        .on::<ProductsChanged>(|tx, event, heard| {
            let goods = event.products.into_iter().map(|of| Goods {
                product: of.id,
                name: of.name,
                unit: of.unit,
                sold: of.sold,
                weight_g: of.weight_g,
            });
            offers_follow(tx, heard, Halves { goods: goods.collect(), prices: Vec::new() })
        })
        .on::<PricesChanged>(|tx, event, heard| {
            let prices =
                event.prices.into_iter().map(|of| PricePart { product: of.product, price: of.price, tax: of.tax });
            offers_follow(tx, heard, Halves { goods: Vec::new(), prices: prices.collect() })?;
            if !event.gone.is_empty() {
                tx.record(entity("offers-ended", heard), 0, OrderEvent::OffersEnded { products: event.gone })?;
            }
            Ok(())
        })
        .on::<DeliveryMethodsChanged>(methods_follow)
        .on::<DeliveryZonesChanged>(|tx, event, heard| {
            tx.record(entity("zones", heard), 0, OrderEvent::ZonesHeard { zones: event.zones })?;
            Ok(())
        })
        .on::<ShipmentDelivered>(|tx, event, _| shipment_delivered(tx, &event))
        .on::<ShipmentTakenBack>(|tx, event, _| shipment_taken_back(tx, &event))
        .on::<SitesChanged>(sites_follow)
        .jointly::<OrderLinked>(|tx, events, heard| {
            linked(tx, events.into_iter().map(|event| (event.order, event.customer)).collect(), "link", &heard[0])
        })
        .on::<CustomerMerged>(|tx, event, heard| {
            store::give_carts(tx, event.customer, event.into)?;
            linked(tx, event.orders.iter().map(|order| (*order, event.into)).collect(), "merge", heard)
        })
        .on::<CustomerErased>(|tx, event, _| customer_erased(tx, &event))
}

fn payment_changed(tx: &mut Tx<'_>, event: &PaymentChanged) -> Result<(), Problem> {
    // Payments are also made for things that are no orders.
    let Ok(id) = event.payment.reference.parse::<OrderId>() else { return Ok(()) };
    let mut order = match store::order_without_lines(tx, id) {
        Ok(order) => order,
        Err(problem) if problem.status == 404 => return Ok(()),
        Err(problem) => return Err(problem),
    };
    let Some(known) = order.payments.iter().find(|payment| payment.id == event.payment.id) else { return Ok(()) };
    if order.state == OrderState::AwaitingPayment && known.state == PaymentState::Authorising {
        if tx.now().since(known.asked_at) > HANDS_OFF {
            tx.schedule(SETTLE, &id.to_string(), tx.now(), "")?;
        }
        return Ok(());
    }
    note(tx, &mut order, &event.payment)?;
    // At the counter the clerk's own request goes on; the job comes when that has ended.
    if order.state == OrderState::Releasing && !order.delivery.pick_up {
        tx.schedule(RELEASE, &id.to_string(), tx.now(), "")?;
    }
    Ok(())
}

/// It is known whose orders are; `what` and the first that was heard of it name the document that says so.
fn linked(tx: &mut Tx<'_>, mut links: Vec<(OrderId, CustomerId)>, what: &str, heard: &Heard) -> Result<(), Problem> {
    let orders: Vec<OrderId> = links.iter().map(|(order, _)| *order).collect();
    let mut known = store::customers_of(tx, &orders)?;
    links.retain(|(order, customer)| known.get_mut(order).is_some_and(|of| of.replace(*customer) != Some(*customer)));
    for (n, links) in links.chunks(LINKS).enumerate() {
        let what = if n == 0 { what.to_owned() } else { format!("{what}-{n}") };
        tx.record(entity(&what, heard), 0, OrderEvent::CustomersLinked { links: links.to_vec() })?;
    }
    Ok(())
}

/// Forgets who the orders of an erased customer were for, and what was in their carts.
fn customer_erased(tx: &mut Tx<'_>, event: &CustomerErased) -> Result<(), Problem> {
    store::forget_carts_of(tx, event.customer)?;
    for id in &event.orders {
        let order = match store::order_without_lines(tx, *id) {
            Ok(order) => order,
            Err(problem) if problem.status == 404 => continue,
            Err(problem) => return Err(problem),
        };
        if store::contact(tx, *id)?.is_some() {
            tx.record(id, order.version, OrderEvent::ContactErased {})?;
            tx.forget(&id.to_string())?;
        }
    }
    Ok(())
}

/// Offers as they are after `news`; halves wait for the other one. The documents are named after the event that was heard.
fn offers_follow(tx: &mut Tx<'_>, heard: &Heard, news: Halves) -> Result<(), Problem> {
    let products: Vec<ProductId> =
        news.goods.iter().map(|half| half.product).chain(news.prices.iter().map(|half| half.product)).collect();
    let offers = store::offers(tx, &products)?;
    let known = store::offer_halves(tx, &products)?;
    let (changed, waiting) = price::with_news(news, &offers, &known);
    if !changed.is_empty() {
        tx.record(entity("offers", heard), 0, OrderEvent::OffersSet { offers: changed })?;
    }
    if !waiting.goods.is_empty() || !waiting.prices.is_empty() {
        let Halves { goods, prices } = waiting;
        let event = OrderEvent::OfferHalvesHeard { goods, prices };
        tx.record(entity("halves", heard), 0, event)?;
    }
    Ok(())
}

/// The name of the document that an event which was heard becomes.
fn entity(what: &str, heard: &Heard) -> String {
    format!("{what}:{}-{}", heard.source, heard.seq)
}

fn methods_follow(tx: &mut Tx<'_>, event: DeliveryMethodsChanged, heard: &Heard) -> Result<(), Problem> {
    let method = |of: MethodTerms| DeliveryMethod {
        code: of.code,
        name: of.name,
        names: of.names.into_iter().map(|each| (each.language, each.name)).collect(),
        fee: of.fee,
        tax: of.tax,
        pick_up: of.pick_up,
        offered: of.offered,
    };
    let methods = event.methods.into_iter().map(method).collect();
    tx.record(entity("delivery-methods", heard), 0, OrderEvent::DeliveryMethodsSet { methods, ordered: true })?;
    Ok(())
}

fn sites_follow(tx: &mut Tx<'_>, event: SitesChanged, heard: &Heard) -> Result<(), Problem> {
    let place = |site: SiteView| Place {
        site: site.id,
        is_store: site.kind == SiteKind::Store,
        region: site.region,
        open: site.open,
    };
    let sites = event.sites.into_iter().map(place).collect();
    tx.record(entity("sites", heard), 0, OrderEvent::SitesHeard { sites })?;
    Ok(())
}

/// The customer has the goods. Whatever else an order may have become, it is no fault of delivery's.
fn shipment_delivered(tx: &mut Tx<'_>, event: &ShipmentDelivered) -> Result<(), Problem> {
    let order = match store::order_without_lines(tx, event.order) {
        Ok(order) => order,
        Err(problem) if problem.status == 404 => return Ok(()),
        Err(problem) => return Err(problem),
    };
    if order.state == OrderState::Released {
        tx.record(order.id, order.version, order::deliver(&order)?)?;
    }
    Ok(())
}

/// Nobody wanted the goods, and they are on their way back.
fn shipment_taken_back(tx: &mut Tx<'_>, event: &ShipmentTakenBack) -> Result<(), Problem> {
    let order = match store::order_without_lines(tx, event.order) {
        Ok(order) => order,
        Err(problem) if problem.status == 404 => return Ok(()),
        Err(problem) => return Err(problem),
    };
    if matches!(order.state, OrderState::Released | OrderState::Delivered) {
        tx.record(order.id, order.version, order::take_back(&order, event.site, &event.reason)?)?;
    }
    Ok(())
}
