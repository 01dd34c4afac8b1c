//! Merging customers who are one and the same, and finding them.

use std::collections::BTreeMap;

use contracts::shared::CustomerId;
use kit::auth::Actor;
use kit::http::{App, IfMatch, Json, Path, Reply, Versioned};
use kit::problem::Problem;
use kit::store::{Reader, Tx};
use serde::Deserialize;
use utoipa::ToSchema;

use super::views::{CustomerRow, CustomerView, Duplicate, DuplicateGroup, DuplicateGroups, Duplicates, SharedTrait};
use super::{MERGE, READ, shown};
use crate::customer::Profile;
use crate::events::{CustomerEvent, Noted};
use crate::merge::{self, MOST_MOVED};
use crate::search::{self, Wanted};
use crate::settings::Settings;
use crate::{link, store};

/// Orders told in one event.
const AT_ONCE: usize = 500;
/// Customers with the same name that are looked at.
const NAMESAKES: i64 = 50;
/// Groups of each kind.
const GROUPS: i64 = 50;
/// Likely duplicates of one customer.
const MOST: usize = 20;

/// Merges another customer into one.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub(crate) struct MergeCustomer {
    /// Who becomes the one in the path: orders, notes, consents and all that is known move there.
    other: CustomerId,
    /// The version of the other that was looked at.
    other_version: i64,
}

/// Merges another customer into this one: both are the same person. It cannot be undone.
#[utoipa::path(post, path = "/api/customers/{id}/merge", tag = "customers", request_body = MergeCustomer,
    params(("id" = String, Path), IfMatch),
    responses((status = 200, body = CustomerView), (status = "default", body = Problem)))]
pub(crate) async fn customer_merge(
    app: App,
    actor: Actor,
    Path(id): Path<CustomerId>,
    at: IfMatch,
    Json(body): Json<MergeCustomer>,
) -> Result<Versioned<CustomerView>, Problem> {
    actor.may(MERGE, None)?;
    app.write(&actor, move |tx| merged(tx, id, at, &body)).await?;
    shown(&app, id).await
}

fn merged(tx: &mut Tx<'_>, id: CustomerId, at: IfMatch, body: &MergeCustomer) -> Result<(), Problem> {
    let (stays, goes) = (store::customer(tx, id)?, store::customer(tx, body.other)?);
    if merge::now(&goes) == id && goes.merged_into.is_some() {
        // Asked again: it is done.
        return Ok(());
    }
    let profile = merge::together(&stays, &goes)?;
    at.check(stays.version)?;
    IfMatch(body.other_version).check(goes.version)?;
    let most = MOST_MOVED as i64 + 1;
    let notes = store::notes(tx, goes.id, most)?;
    merge::movable(notes.len(), "notes")?;
    let consents = store::consents(tx, goes.id, most)?;
    merge::movable(consents.len(), "consents")?;
    let mut said = store::consents(tx, stays.id, most)?;
    said.extend(consents.iter().cloned());
    let may_advertise = merge::may_advertise(&stays, &goes, &said);
    let orders = store::linked_orders(tx, goes.id)?;
    let mut version = goes.version;
    let mut parts = orders.chunks(AT_ONCE).map(<[_]>::to_vec).collect::<Vec<_>>();
    if parts.is_empty() {
        parts.push(Vec::new());
    }
    for orders in parts {
        version = tx.record(goes.id, version, CustomerEvent::CustomerMerged { into: id, orders })?;
    }
    tx.forget(&goes.id.to_string())?;

    let person = id.to_string();
    let mut version = stays.version;
    if profile != stays.profile {
        link::record(tx, id, version, stays.status, profile)?;
        version += 1;
    }
    for note in notes.into_iter().rev() {
        let text = tx.seal(&person, &note.text)?;
        let noted = Some(Noted { at: note.at, by: note.by });
        version = tx.record(id, version, CustomerEvent::NoteAdded { text, noted })?;
    }
    for consent in consents.into_iter().rev() {
        let how = tx.seal(&person, &consent.how)?;
        let store::Consent { purpose, given, at, by, .. } = consent;
        let event = CustomerEvent::ConsentNoted { purpose, given, may_advertise, at, how, by: Some(by) };
        version = tx.record(id, version, event)?;
    }
    Ok(())
}

/// Finds customers who may be this one: the same telephone number, e-mail address or whole name.
#[utoipa::path(get, path = "/api/customers/{id}/duplicates", tag = "customers", params(("id" = String, Path)),
    responses((status = 200, body = Duplicates), (status = "default", body = Problem)))]
pub(crate) async fn customer_duplicates(app: App, actor: Actor, Path(id): Path<CustomerId>) -> Reply<Duplicates> {
    actor.may(READ, None)?;
    let country_code = Settings::of(&app).country_code;
    app.read(move |reader| Ok(Json(Duplicates { duplicates: duplicates(reader, id, &country_code)? }))).await
}

fn duplicates(reader: &mut Reader<'_>, id: CustomerId, country_code: &str) -> Result<Vec<Duplicate>, Problem> {
    let customer = store::customer(reader, id)?;
    let mut shared: BTreeMap<CustomerId, Vec<SharedTrait>> = BTreeMap::new();
    let known = &customer.profile;
    for reach in known.phone.iter().chain(&known.email).chain(&known.also_at) {
        let how = if reach.contains('@') { SharedTrait::Email } else { SharedTrait::Phone };
        for other in store::by_reach(reader, reach)? {
            shared.entry(other).or_default().push(how);
        }
    }
    if let Some(wanted @ Wanted::All(_)) = search::wanted(&known.name, country_code) {
        let namesakes = store::search(reader, &wanted, NAMESAKES)?;
        for other in store::same_name(reader, &namesakes, &known.name)? {
            shared.entry(other).or_default().push(SharedTrait::Name);
        }
    }
    shared.remove(&id);
    let ids: Vec<CustomerId> = shared.keys().copied().collect();
    let mut found: Vec<Duplicate> = Vec::new();
    for customer in store::customers(reader, &ids)? {
        let mut traits = shared.remove(&customer.id).unwrap_or_default();
        traits.sort_unstable();
        traits.dedup();
        if traits != [SharedTrait::Name] || !differ(known, &customer.profile) {
            found.push(Duplicate { customer: CustomerRow::of(customer), shared: traits });
        }
    }
    found.sort_by(|a, b| b.shared.len().cmp(&a.shared.len()).then_with(|| a.shared.cmp(&b.shared)));
    found.truncate(MOST);
    Ok(found)
}

/// Whether two have telephone numbers and e-mail addresses that are not the same: then an equal name says little.
fn differ(one: &Profile, other: &Profile) -> bool {
    [(&one.phone, &other.phone), (&one.email, &other.email)].iter().all(|(one, other)| one.is_some() && other.is_some())
}

/// Finds customers who share a telephone number or an e-mail address.
#[utoipa::path(get, path = "/api/customers/duplicates", tag = "customers",
    responses((status = 200, body = DuplicateGroups), (status = "default", body = Problem)))]
pub(crate) async fn duplicate_groups(app: App, actor: Actor) -> Reply<DuplicateGroups> {
    actor.may(READ, None)?;
    app.read(|reader| {
        let [phones, emails] = store::shared(reader, GROUPS)?;
        let phones = phones.into_iter().map(|group| (SharedTrait::Phone, group));
        let all = phones.chain(emails.into_iter().map(|group| (SharedTrait::Email, group)));
        let mut groups: Vec<DuplicateGroup> = Vec::new();
        for (shared, (value, ids)) in all {
            let customers = store::customers(reader, &ids)?.into_iter().map(CustomerRow::of).collect();
            groups.push(DuplicateGroup { shared, value, customers });
        }
        Ok(Json(DuplicateGroups { groups }))
    })
    .await
}
