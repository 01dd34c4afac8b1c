//! Whose order is it? Found by telephone number, then by e-mail address; else a customer is made. One call asks for many orders.

use std::collections::HashMap;

use contracts::orders::{AskOrders, OrderContact, OrderId, OrderPlaced, OrderSheet};
use contracts::shared::CustomerId;
use kit::http::App;
use kit::problem::Problem;
use kit::store::Tx;

use crate::customer::{self, Address, Profile, Status};
use crate::events::{CustomerEvent, Known};
use crate::settings::Settings;
use crate::{phone, search, store};

/// The job that finds the customers of orders that an earlier release put on a list; its entity is always [`ALL`].
pub(crate) const LINK: &str = "link";
/// The one row of the job.
const ALL: &str = "orders";
/// Orders linked in one write.
const BATCH: i64 = 40;

/// What orders answered about those whose customers are to be found.
pub(crate) struct Asked {
    sheets: HashMap<OrderId, OrderSheet>,
    settings: Settings,
}

impl Asked {
    /// Asks about the orders that were placed.
    pub(crate) async fn of(app: &App, placed: &[OrderPlaced]) -> Result<Asked, Problem> {
        Asked::about(app, placed.iter().map(|placed| placed.order).collect()).await
    }

    async fn about(app: &App, orders: Vec<OrderId>) -> Result<Asked, Problem> {
        let answers = app.call_about(&app.itself(), orders, AskOrders::about).await?;
        let sheets = answers.into_iter().flat_map(|answer| answer.orders).map(|sheet| (sheet.id, sheet)).collect();
        Ok(Asked { sheets, settings: Settings::of(app) })
    }
}

/// Finds or makes the customer of an order, unless that is known; `said` is who the caller said it was.
pub(crate) fn link(tx: &mut Tx<'_>, order: OrderId, said: Option<CustomerId>, asked: &Asked) -> Result<(), Problem> {
    if store::linked_customer(tx, order)?.is_some() {
        return Ok(());
    }
    match whose(tx, said, asked.sheets.get(&order), &asked.settings)? {
        Whose::Theirs(customer) => {
            tx.record(order, 0, CustomerEvent::OrderLinked { customer })?;
        }
        Whose::New(profile) => {
            let id: CustomerId = tx.new_id();
            let known = tx.seal_first(&id.to_string(), &Known { terms: search::terms(&profile), profile: *profile })?;
            tx.record(id, 0, CustomerEvent::CustomerCame { known, order })?;
        }
        Whose::Nobodys => {}
    }
    Ok(())
}

/// Whose an order is.
enum Whose {
    /// A customer's who is known.
    Theirs(CustomerId),
    /// Somebody's who is new, of whom this is known.
    New(Box<Profile>),
    /// Nobody can say any more.
    Nobodys,
}

/// Works off the list, and comes back at once when there are more.
pub(crate) async fn work_off(app: &App) -> Result<(), Problem> {
    let open = app.read(|reader| Ok(store::unlinked(reader, BATCH)?)).await?;
    let asked = Asked::about(app, open.iter().map(|(order, _)| *order).collect()).await?;
    app.write(&app.itself(), move |tx| {
        for (order, said) in &open {
            if store::taken_up(tx, *order)? {
                link(tx, *order, *said, &asked)?;
            }
        }
        if store::unlinked(tx, 1)?.is_empty() {
            tx.unschedule(LINK, ALL)?;
        } else {
            tx.schedule(LINK, ALL, tx.now(), "")?;
        }
        Ok(())
    })
    .await
}

/// Whose the order is.
fn whose(
    tx: &mut Tx<'_>,
    said: Option<CustomerId>,
    sheet: Option<&OrderSheet>,
    settings: &Settings,
) -> Result<Whose, Problem> {
    for id in said.into_iter().chain(sheet.and_then(|sheet| sheet.customer)) {
        let said = store::customers(tx, &[id])?.pop();
        let into = said.as_ref().and_then(|customer| customer.merged_into);
        let now = into.map_or(Ok(said), |into| store::customers(tx, &[into]).map(|mut found| found.pop()))?;
        if let Some(customer) = now.filter(|customer| customer.known().is_ok()) {
            return Ok(Whose::Theirs(customer.id));
        }
    }
    let Some(contact) = sheet.and_then(|sheet| sheet.contact.as_ref()) else { return Ok(Whose::Nobodys) };
    let learnt = profile(contact, settings);
    let by_phone = learnt.phone.as_deref().map(|phone| store::by_reach(tx, phone)).transpose()?.unwrap_or_default();
    let by_email = learnt.email.as_deref().map(|email| store::by_reach(tx, email)).transpose()?.unwrap_or_default();
    let both = by_phone.iter().find(|id| by_email.contains(id));
    let Some(id) = both.or(by_phone.first()).or(by_email.first()) else {
        return Ok(Whose::New(Box::new(learnt)));
    };
    let customer = store::customer(tx, *id)?;
    if let Some(profile) = filled(&customer.profile, &learnt, by_phone.is_empty(), by_email.is_empty()) {
        record(tx, customer.id, customer.version, customer.status, profile)?;
    }
    Ok(Whose::Theirs(*id))
}

/// What an order tells of its customer. Telephone numbers and addresses that are none are left out: the shop takes what was typed.
fn profile(contact: &OrderContact, settings: &Settings) -> Profile {
    let cut = |text: &str, most: usize| text.trim().chars().take(most).collect::<String>();
    let lines: Vec<String> =
        contact.address.iter().map(|line| cut(line, 200)).filter(|line| !line.is_empty()).collect();
    let part = |text: &Option<String>, most: usize| text.as_deref().map(|text| cut(text, most)).unwrap_or_default();
    let address = Address {
        lines: lines.into_iter().take(6).collect(),
        city: part(&contact.city, 100),
        postcode: part(&contact.postcode, 20),
        country: part(&contact.country, 2),
        ..Address::default()
    };
    let is_known = !address.lines.is_empty() || !address.city.is_empty();
    Profile {
        name: cut(&contact.name, 200),
        phone: contact.phone.as_deref().and_then(|phone| phone::normalised(phone, &settings.country_code)),
        email: contact.email.as_deref().and_then(customer::email_kept),
        language: contact.language.clone().unwrap_or_else(|| settings.language.clone()),
        addresses: is_known.then_some(address).into_iter().collect(),
        ..Profile::default()
    }
}

/// What was not known of a customer and an order tells, unless somebody else has that number or address; `None` when nothing is new.
fn filled(known: &Profile, learnt: &Profile, phone_is_free: bool, email_is_free: bool) -> Option<Profile> {
    let mut new = known.clone();
    if new.phone.is_none() && phone_is_free {
        new.phone.clone_from(&learnt.phone);
    }
    if new.email.is_none() && email_is_free {
        new.email.clone_from(&learnt.email);
    }
    if new.addresses.is_empty() {
        new.addresses.clone_from(&learnt.addresses);
    }
    (new != *known).then_some(new)
}

/// Writes what is known of a customer from now on.
pub(crate) fn record(
    tx: &mut Tx<'_>,
    id: CustomerId,
    version: i64,
    status: Status,
    profile: Profile,
) -> Result<(), Problem> {
    let person = id.to_string();
    let known = Known { terms: search::terms(&profile), profile };
    let known = if version == 0 { tx.seal_first(&person, &known)? } else { tx.seal(&person, &known)? };
    tx.record(id, version, CustomerEvent::CustomerSet { status, known })?;
    Ok(())
}
