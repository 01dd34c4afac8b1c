//! Event to SQL: the only code that writes the fact tables of orders.

use contracts::delivery::ZoneTerms;
use contracts::orders::{OrderId, OrderState};
use contracts::shared::{CustomerId, Fields, ProductId};
use kit::journal::Recorded;
use kit::money::Money;
use kit::private::Private;
use kit::problem::Fault;
use kit::store::{Tx, Value};

use crate::cart::Contact;
use crate::events::{OrderEvent, Placed};
use crate::order::{Line, Payment, Redirection};
use crate::price::{Goods, PricePart};
use crate::search;
use crate::sourcing::Place;

/// Writes `recorded` to the tables.
pub fn apply(tx: &mut Tx<'_>, recorded: &Recorded<OrderEvent>) -> Result<(), Fault> {
    match &recorded.event {
        OrderEvent::OffersEnded { products } => offers_ended(tx, products),
        OrderEvent::OffersSet { offers } => {
            for offer in offers {
                tx.put(
                    "insert into orders_offers (product, name, unit, price_minor, currency, tax_bp, sold, name_folded, weight_g)
                     values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
                     on conflict (product) do update set name = excluded.name, unit = excluded.unit,
                       price_minor = excluded.price_minor, currency = excluded.currency, tax_bp = excluded.tax_bp,
                       sold = excluded.sold, name_folded = excluded.name_folded,
                       weight_g = excluded.weight_g",
                    &[
                        offer.product.into(),
                        (&offer.name).into(),
                        offer.unit.code().into(),
                        offer.price.minor.into(),
                        offer.price.currency.as_str().into(),
                        offer.tax.0.into(),
                        offer.sold.into(),
                        search::folded(&offer.name).into(),
                        offer.weight_g.into(),
                    ],
                )?;
            }
            Ok(())
        }
        OrderEvent::OfferHalvesHeard { goods, prices } => offer_halves(tx, goods, prices),
        OrderEvent::SitesHeard { sites } => sites_heard(tx, sites),
        OrderEvent::ZonesHeard { zones } => zones_heard(tx, zones),
        OrderEvent::DeliveryMethodsSet { methods, ordered } => {
            for (place, method) in (1_i64..).zip(methods) {
                let position = if *ordered { place } else { 0 };
                let names = serde_json::to_string(&method.names).map_err(|e| Fault::new("names are JSON", e))?;
                tx.put(
                    "insert into orders_delivery_methods (code, name, fee_minor, currency, tax_bp, pick_up, offered, names, position)
                     values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
                     on conflict (code) do update set name = excluded.name, fee_minor = excluded.fee_minor,
                       currency = excluded.currency, tax_bp = excluded.tax_bp, pick_up = excluded.pick_up,
                       offered = excluded.offered, names = excluded.names, position = excluded.position",
                    &[
                        (&method.code).into(),
                        (&method.name).into(),
                        method.fee.minor.into(),
                        method.fee.currency.as_str().into(),
                        method.tax.0.into(),
                        method.pick_up.into(),
                        method.offered.into(),
                        names.into(),
                        position.into(),
                    ],
                )?;
            }
            Ok(())
        }
        OrderEvent::OrderPlaced(placed) => order_placed(tx, recorded, placed),
        OrderEvent::OrderSecured { payment } => {
            if let Some(payment) = payment {
                put_payment(tx, payment)?;
            }
            put_state(tx, recorded, OrderState::Placed)
        }
        OrderEvent::PaymentAsked { payment } => {
            insert_payment(tx, &recorded.entity, recorded.version, payment)?;
            put_version(tx, recorded)
        }
        OrderEvent::PaymentNoted { payment } | OrderEvent::GiveBackAsked { payment } => {
            put_payment(tx, payment)?;
            put_version(tx, recorded)
        }
        OrderEvent::CustomersLinked { links } => {
            links.iter().try_for_each(|(order, customer)| link(tx, *order, *customer))
        }
        OrderEvent::CustomerLinked { order, customer } => link(tx, *order, *customer),
        OrderEvent::FieldsSet { person, fields } => {
            put_fields(tx, &recorded.entity, person, fields)?;
            put_version(tx, recorded)
        }
        OrderEvent::ContactErased {} => contact_erased(tx, recorded),
        OrderEvent::OrderConfirmed {} => put_state(tx, recorded, OrderState::Confirmed),
        OrderEvent::EditStarted { amendment } => {
            let text = serde_json::to_string(amendment).map_err(|e| Fault::new("an amendment is JSON", e))?;
            tx.put(
                "update orders_orders set version = $2, amendment = $3, editing = $4 where id = $1",
                &[(&recorded.entity).into(), recorded.version.into(), amendment.number.into(), text.into()],
            )
        }
        OrderEvent::EditRefused { .. } => tx.put(
            "update orders_orders set version = $2, editing = null where id = $1",
            &[(&recorded.entity).into(), recorded.version.into()],
        ),
        OrderEvent::OrderEdited { amendment } => {
            tx.put(
                "update orders_orders set version = $2, editing = null, amendment = $3, goods_minor = $4, total_minor = $5
                 where id = $1",
                &[
                    (&recorded.entity).into(),
                    recorded.version.into(),
                    amendment.number.into(),
                    amendment.goods.minor.into(),
                    amendment.total.minor.into(),
                ],
            )?;
            if let Some(redirection) = &amendment.redirection {
                redirected(tx, &recorded.entity, redirection)?;
            }
            tx.put("delete from orders_lines where order_id = $1", &[(&recorded.entity).into()])?;
            insert_lines(tx, &recorded.entity, &amendment.lines)
        }
        OrderEvent::ReleaseStarted {} => put_state(tx, recorded, OrderState::Releasing),
        OrderEvent::ReleaseFailed { .. } | OrderEvent::ReleaseLate {} => put_state(tx, recorded, OrderState::Confirmed),
        OrderEvent::OrderReleased { .. } => put_state(tx, recorded, OrderState::Released),
        OrderEvent::OrderDelivered {} => put_state(tx, recorded, OrderState::Delivered),
        OrderEvent::OrderReturned { reason, .. } => tx.put(
            "update orders_orders set version = $2, state = $3, reason = $4 where id = $1",
            &[(&recorded.entity).into(), recorded.version.into(), OrderState::Returned.code().into(), reason.into()],
        ),
        OrderEvent::OrderCancelled { reason, .. } => tx.put(
            "update orders_orders set version = $2, state = $3, reason = $4, editing = null where id = $1",
            &[(&recorded.entity).into(), recorded.version.into(), OrderState::Cancelled.code().into(), reason.into()],
        ),
    }
}

/// Whoever is forgotten stays so.
fn link(tx: &mut Tx<'_>, order: OrderId, customer: CustomerId) -> Result<(), Fault> {
    tx.put(
        "update orders_orders set customer = $2 where id = $1 and name is not null",
        &[order.into(), customer.into()],
    )
}

fn sites_heard(tx: &mut Tx<'_>, sites: &[Place]) -> Result<(), Fault> {
    for place in sites {
        tx.put(
            "insert into orders_sites (site, is_store, region, open) values ($1, $2, $3, $4)
             on conflict (site) do update set is_store = excluded.is_store, region = excluded.region, open = excluded.open",
            &[place.site.into(), place.is_store.into(), (&place.region).into(), place.open.into()],
        )?;
    }
    Ok(())
}

fn zones_heard(tx: &mut Tx<'_>, zones: &[ZoneTerms]) -> Result<(), Fault> {
    tx.put("delete from orders_zones", &[])?;
    for zone in zones {
        tx.put(
            "insert into orders_zones (country, prefix, region) values ($1, $2, $3)",
            &[(&zone.country).into(), (&zone.prefix).into(), (&zone.region).into()],
        )?;
    }
    Ok(())
}

fn offer_halves(tx: &mut Tx<'_>, goods: &[Goods], prices: &[PricePart]) -> Result<(), Fault> {
    for half in goods {
        tx.put(
            "insert into orders_offer_goods (product, name, unit, sold, weight_g) values ($1, $2, $3, $4, $5)
             on conflict (product) do update set name = excluded.name, unit = excluded.unit, sold = excluded.sold,
               weight_g = excluded.weight_g",
            &[
                half.product.into(),
                (&half.name).into(),
                half.unit.code().into(),
                half.sold.into(),
                half.weight_g.into(),
            ],
        )?;
    }
    for half in prices {
        tx.put(
            "insert into orders_offer_prices (product, price_minor, currency, tax_bp) values ($1, $2, $3, $4)
             on conflict (product) do update set price_minor = excluded.price_minor, currency = excluded.currency,
               tax_bp = excluded.tax_bp",
            &[half.product.into(), half.price.minor.into(), half.price.currency.as_str().into(), half.tax.0.into()],
        )?;
    }
    Ok(())
}

/// What the catalog said of the products waits for a price again.
fn offers_ended(tx: &mut Tx<'_>, products: &[ProductId]) -> Result<(), Fault> {
    for product in products {
        tx.put(
            "insert into orders_offer_goods (product, name, unit, sold, weight_g)
             select product, name, unit, sold, weight_g from orders_offers where product = $1
             on conflict (product) do nothing",
            &[(*product).into()],
        )?;
        tx.put("delete from orders_offers where product = $1", &[(*product).into()])?;
        tx.put("delete from orders_offer_prices where product = $1", &[(*product).into()])?;
    }
    Ok(())
}

fn order_placed(tx: &mut Tx<'_>, recorded: &Recorded<OrderEvent>, placed: &Placed) -> Result<(), Fault> {
    let contact: Option<Contact> = tx.open(&placed.person, &placed.contact)?;
    let of = |read: fn(&Contact) -> Option<String>| -> Value<'static> { contact.as_ref().and_then(read).into() };
    let amount = |money: Money| -> Value<'static> { money.minor.into() };
    tx.put(
        "insert into orders_orders (id, version, number, state, site, currency, goods_minor, delivery_minor, total_minor,
           delivery_method, delivery_tax_bp, pick_up, payment_method, reservation, placed_at, pay_until, amendment, person,
           channel, customer, name, phone, email, address, city, postcode, country, language)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, 0, $17, $18, $19, $20, $21, $22, $23,
           $24, $25, $26, $27)",
        &[
            (&recorded.entity).into(),
            recorded.version.into(),
            (&placed.number).into(),
            OrderState::AwaitingPayment.code().into(),
            placed.site.into(),
            placed.currency.as_str().into(),
            amount(placed.goods),
            amount(placed.delivery.fee),
            amount(placed.total),
            (&placed.delivery.method).into(),
            placed.delivery.tax.0.into(),
            placed.delivery.pick_up.into(),
            word(&placed.method)?.into(),
            placed.reservation.into(),
            recorded.at.into(),
            placed.pay_until.into(),
            (&placed.person).into(),
            placed.channel.code().into(),
            contact.as_ref().and(placed.customer).into(),
            of(|contact| Some(contact.name.clone())),
            of(|contact| contact.phone.clone()),
            of(|contact| contact.email.clone()),
            of(|contact| Some(contact.address.join("\n"))),
            of(|contact| contact.city.clone()),
            of(|contact| contact.postcode.clone()),
            of(|contact| contact.country.clone()),
            of(|contact| contact.language.clone()),
        ],
    )?;
    if let Some(contact) = &contact {
        insert_terms(tx, &recorded.entity, contact)?;
    }
    if let Some(fields) = &placed.fields {
        put_fields(tx, &recorded.entity, &placed.person, fields)?;
    }
    tx.put(
        "insert into orders_numbers (series, last) values ($1, $2) on conflict (series) do update set last = excluded.last",
        &[(&placed.series).into(), placed.ordinal.into()],
    )?;
    insert_lines(tx, &recorded.entity, &placed.lines)?;
    match &placed.payment {
        Some(payment) => insert_payment(tx, &recorded.entity, 1, payment),
        None => Ok(()),
    }
}

/// Forgotten meanwhile: the column stays blank.
fn put_fields(tx: &mut Tx<'_>, order: &str, person: &str, sealed: &Private<Fields>) -> Result<(), Fault> {
    let fields = tx.open::<Fields>(person, sealed)?.filter(|fields| !fields.is_empty());
    let text = fields.map(|fields| serde_json::to_string(&fields)).transpose();
    let text = text.map_err(|e| Fault::new("fields are JSON", e))?;
    tx.put("update orders_orders set fields = $2 where id = $1", &[order.into(), text.into()])
}

/// Another way of delivery, another store, somebody else who gets the goods.
fn redirected(tx: &mut Tx<'_>, order: &str, redirection: &Redirection) -> Result<(), Fault> {
    let terms = &redirection.terms;
    tx.put(
        "update orders_orders set delivery_method = $2, delivery_minor = $3, delivery_tax_bp = $4, pick_up = $5, site = $6
         where id = $1",
        &[
            order.into(),
            (&terms.method).into(),
            terms.fee.minor.into(),
            terms.tax.0.into(),
            terms.pick_up.into(),
            redirection.site.into(),
        ],
    )?;
    let Some(sealed) = &redirection.contact else { return Ok(()) };
    // Forgotten meanwhile: the columns stay blank.
    let Some(contact) = tx.open::<Contact>(&redirection.person, sealed)? else { return Ok(()) };
    let id = order.parse().map_err(|e| Fault::new("the entity of an order's event is an order", e))?;
    if let Some(before) = super::contact(tx, id)? {
        delete_terms(tx, order, &before)?;
    }
    insert_terms(tx, order, &contact)?;
    tx.put(
        "update orders_orders set name = $2, phone = $3, email = $4, address = $5, city = $6, postcode = $7, country = $8,
           language = $9 where id = $1",
        &[
            order.into(),
            contact.name.into(),
            contact.phone.into(),
            contact.email.into(),
            contact.address.join("\n").into(),
            contact.city.into(),
            contact.postcode.into(),
            contact.country.into(),
            contact.language.into(),
        ],
    )
}

/// By what people look an order up.
fn insert_terms(tx: &mut Tx<'_>, order: &str, contact: &Contact) -> Result<(), Fault> {
    for term in search::terms(contact) {
        tx.put("insert into orders_terms (term, order_id) values ($1, $2)", &[term.into(), order.into()])?;
    }
    Ok(())
}

fn delete_terms(tx: &mut Tx<'_>, order: &str, contact: &Contact) -> Result<(), Fault> {
    for term in search::terms(contact) {
        tx.put("delete from orders_terms where term = $1 and order_id = $2", &[term.into(), order.into()])?;
    }
    Ok(())
}

/// Blanks who gets the goods; the key is destroyed beside it. A rebuild finds no key and writes blanks from the start.
fn contact_erased(tx: &mut Tx<'_>, recorded: &Recorded<OrderEvent>) -> Result<(), Fault> {
    let id = recorded.entity.parse().map_err(|e| Fault::new("the entity of an order's event is an order", e))?;
    if let Some(contact) = super::contact(tx, id)? {
        delete_terms(tx, &recorded.entity, &contact)?;
    }
    tx.put(
        "update orders_orders set version = $2, customer = null, name = null, phone = null, email = null, address = null,
           city = null, postcode = null, country = null, language = null, fields = null where id = $1",
        &[(&recorded.entity).into(), recorded.version.into()],
    )
}

fn insert_lines(tx: &mut Tx<'_>, order: &str, lines: &[Line]) -> Result<(), Fault> {
    for (position, line) in (1_i64..).zip(lines) {
        let priced = &line.priced;
        tx.put(
            "insert into orders_lines (order_id, position, product, site, name, unit, quantity_milli, unit_price_minor, tax_bp,
               net_minor, tax_minor, gross_minor)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
            &[
                order.into(),
                position.into(),
                priced.product.into(),
                line.site.into(),
                (&priced.name).into(),
                priced.quantity.unit.code().into(),
                priced.quantity.milli.into(),
                priced.unit_price.minor.into(),
                priced.amounts.rate.0.into(),
                priced.amounts.net.minor.into(),
                priced.amounts.tax.minor.into(),
                priced.amounts.gross.minor.into(),
            ],
        )?;
    }
    Ok(())
}

/// `position` orders an order's payments: the version of the event that asked for it.
fn insert_payment(tx: &mut Tx<'_>, order: &str, position: i64, payment: &Payment) -> Result<(), Fault> {
    tx.put(
        "insert into orders_payments (payment, order_id, position, method, state, amount_minor, authorised_minor,
           captured_minor, refunded_minor, returning_minor, decline, payment_version, asked_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        &[
            payment.id.into(),
            order.into(),
            position.into(),
            word(&payment.method)?.into(),
            word(&payment.state)?.into(),
            payment.amount.minor.into(),
            payment.authorised.minor.into(),
            payment.captured.minor.into(),
            payment.refunded.minor.into(),
            payment.returning.minor.into(),
            payment.decline.as_deref().into(),
            payment.version.into(),
            payment.asked_at.into(),
        ],
    )
}

fn put_payment(tx: &mut Tx<'_>, payment: &Payment) -> Result<(), Fault> {
    tx.put(
        "update orders_payments set state = $2, authorised_minor = $3, captured_minor = $4, refunded_minor = $5, decline = $7,
           payment_version = $8, returning_minor = $6
         where payment = $1",
        &[
            payment.id.into(),
            word(&payment.state)?.into(),
            payment.authorised.minor.into(),
            payment.captured.minor.into(),
            payment.refunded.minor.into(),
            payment.returning.minor.into(),
            payment.decline.as_deref().into(),
            payment.version.into(),
        ],
    )
}

fn put_state(tx: &mut Tx<'_>, recorded: &Recorded<OrderEvent>, state: OrderState) -> Result<(), Fault> {
    tx.put(
        "update orders_orders set version = $2, state = $3 where id = $1",
        &[(&recorded.entity).into(), recorded.version.into(), state.code().into()],
    )
}

fn put_version(tx: &mut Tx<'_>, recorded: &Recorded<OrderEvent>) -> Result<(), Fault> {
    tx.put("update orders_orders set version = $2 where id = $1", &[(&recorded.entity).into(), recorded.version.into()])
}

/// A unit variant's name as the wire has it.
pub(super) fn word(value: &impl serde::Serialize) -> Result<String, Fault> {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(text)) => Ok(text),
        _ => Err(Fault::msg("a state is one word")),
    }
}
