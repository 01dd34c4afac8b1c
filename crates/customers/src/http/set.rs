//! Making and changing customers, one by one and many at a time; notes and consents.

use std::collections::BTreeMap;

use contracts::shared::{CustomerId, FieldValue};
use kit::auth::Actor;
use kit::http::{App, IfMatch, Json, Keyed, Path, Reply, RequestKey, Versioned};
use kit::id::ExternalRef;
use kit::problem::Problem;
use kit::store::Tx;
use kit::time::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::views::CustomerView;
use super::{EDIT, shown};
use crate::customer::{self, ADVERTISING, Address, ChangeError, Profile, Status};
use crate::events::CustomerEvent;
use crate::link;
use crate::settings::Settings;
use crate::store;

/// Customers that may be imported in one request.
const MOST_IMPORTED: usize = 500;
/// Customers imported in one write, so that others get their turn.
const IMPORTED_AT_ONCE: usize = 50;

/// All that is known of a customer from now on.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub(crate) struct SetCustomer {
    /// The name, 1 to 200 characters.
    name: String,
    /// The telephone number as it is typed; without a country's code it belongs to the company's own.
    #[serde(default)]
    phone: Option<String>,
    /// The e-mail address.
    #[serde(default)]
    email: Option<String>,
    /// The language for messages, e.g. `en` or `uk`; the company's own when absent.
    #[serde(default)]
    language: String,
    /// Where they live; at most 10.
    #[serde(default)]
    addresses: Vec<Address>,
    /// What other systems call them; at most 20, each nobody else's.
    #[serde(default)]
    refs: Vec<ExternalRef>,
    /// Words to group them by; at most 30 of up to 40 characters.
    #[serde(default)]
    tags: Vec<String>,
    /// The retailer's own fields; at most 50.
    #[serde(default)]
    fields: BTreeMap<String, FieldValue>,
    /// Telephone numbers and e-mail addresses beside the first ones, at most 20; as before when absent.
    #[serde(default)]
    also_at: Option<Vec<String>>,
    /// `active` or `blocked`.
    #[serde(default)]
    status: Status,
}

impl SetCustomer {
    fn checked(self, settings: &Settings) -> Result<Set, ChangeError> {
        if matches!(self.status, Status::Erased | Status::Merged) {
            return Err(ChangeError::NotSet);
        }
        let SetCustomer { name, phone, email, language, addresses, refs, tags, fields, also_at, status } = self;
        let keeps_also = also_at.is_none();
        let also_at = also_at.unwrap_or_default();
        let profile = Profile { name, phone, email, language, addresses, refs, tags, fields, also_at };
        Ok(Set { status, profile: customer::checked(profile, settings)?, keeps_also })
    }
}

/// What is set, in the form in which it is kept.
#[derive(Debug, Clone)]
struct Set {
    status: Status,
    profile: Profile,
    /// The further numbers and addresses stay as they are.
    keeps_also: bool,
}

impl Set {
    /// What is known from now on of somebody of whom `before` was known.
    fn over(&self, before: &Profile) -> Profile {
        let mut profile = self.profile.clone();
        if self.keeps_also {
            let first = [&profile.phone, &profile.email];
            profile.also_at =
                before.also_at.iter().filter(|reach| !first.contains(&&Some((*reach).clone()))).cloned().collect();
        }
        profile
    }
}

/// Customers of another system.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub(crate) struct ImportCustomers {
    /// 1 to 500.
    customers: Vec<ImportedCustomer>,
}

/// A customer of another system. Known already by `ref`: it is changed.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub(crate) struct ImportedCustomer {
    /// What the other system calls them.
    #[serde(rename = "ref")]
    reference: ExternalRef,
    #[serde(flatten)]
    customer: SetCustomer,
    /// Whether marketing messages are welcome, where the other system knows.
    #[serde(default)]
    advertising: Option<ImportedConsent>,
}

/// An agreement that another system knows of.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub(crate) struct ImportedConsent {
    /// Whether they agreed.
    given: bool,
    /// How, 1 to 200 characters.
    how: String,
    /// When; now when absent.
    #[serde(default)]
    at: Option<Timestamp>,
}

/// The customers imported.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CustomersImported {
    /// In the order of the request.
    customers: Vec<CustomerId>,
}

/// A note about a customer.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub(crate) struct AddNote {
    /// 1 to 2,000 characters.
    text: String,
}

/// An agreement, or its end.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub(crate) struct NoteConsent {
    /// To what, 1 to 40 characters; `advertising` decides whether marketing messages are welcome.
    purpose: String,
    /// Whether they agree.
    given: bool,
    /// How they said so, 1 to 200 characters.
    how: String,
}

/// Makes a customer.
#[utoipa::path(post, path = "/api/customers", tag = "customers", request_body = SetCustomer,
    params(RequestKey),
    responses((status = 200, body = CustomerView), (status = "default", body = Problem)))]
pub(crate) async fn customer_make(
    app: App,
    actor: Actor,
    request: Keyed<SetCustomer>,
) -> Result<Versioned<CustomerView>, Problem> {
    actor.may(EDIT, None)?;
    let key = request.request_key(&actor, "customer_make");
    let Set { status, profile, .. } = request.body.checked(&Settings::of(&app))?;
    let id = app
        .once(&actor, &key, move |tx| {
            let id: CustomerId = tx.new_id();
            refs_are_free(tx, id, &profile)?;
            link::record(tx, id, 0, status, profile.clone())?;
            Ok(id)
        })
        .await?;
    shown(&app, id).await
}

/// Changes what is known of a customer.
#[utoipa::path(put, path = "/api/customers/{id}", tag = "customers", request_body = SetCustomer,
    params(("id" = String, Path), IfMatch),
    responses((status = 200, body = CustomerView), (status = "default", body = Problem)))]
pub(crate) async fn customer_change(
    app: App,
    actor: Actor,
    Path(id): Path<CustomerId>,
    at: IfMatch,
    Json(body): Json<SetCustomer>,
) -> Result<Versioned<CustomerView>, Problem> {
    actor.may(EDIT, None)?;
    let set = body.checked(&Settings::of(&app))?;
    app.write(&actor, move |tx| {
        let customer = store::customer(tx, id)?;
        at.check(customer.version)?;
        customer.known()?;
        let profile = set.over(&customer.profile);
        refs_are_free(tx, id, &profile)?;
        if (customer.status, &customer.profile) == (set.status, &profile) {
            return Ok(());
        }
        link::record(tx, id, customer.version, set.status, profile)
    })
    .await?;
    shown(&app, id).await
}

/// Makes or changes many customers, found by what another system calls them. Safe to repeat: what is the same already stays.
#[utoipa::path(post, path = "/api/customers/import", tag = "customers", request_body = ImportCustomers,
    responses((status = 200, body = CustomersImported), (status = "default", body = Problem)))]
pub(crate) async fn customer_import(
    app: App,
    actor: Actor,
    Json(body): Json<ImportCustomers>,
) -> Reply<CustomersImported> {
    actor.may(EDIT, None)?;
    if !(1..=MOST_IMPORTED).contains(&body.customers.len()) {
        return Err(Problem::invalid(format!("1 to {MOST_IMPORTED} customers can be imported at a time")));
    }
    let settings = Settings::of(&app);
    let mut checked = Vec::with_capacity(body.customers.len());
    for (n, mut imported) in body.customers.into_iter().enumerate() {
        imported.customer.refs.push(imported.reference.clone());
        let wrong = |error: ChangeError| Problem::invalid(format!("customer {n}: {error}"));
        if let Some(consent) = &imported.advertising {
            customer::text("how", &consent.how, 1, 200).map_err(wrong)?;
        }
        let set = imported.customer.checked(&settings).map_err(wrong)?;
        checked.push((imported.reference, set, imported.advertising));
    }
    let mut customers = Vec::with_capacity(checked.len());
    for some in checked.chunks(IMPORTED_AT_ONCE) {
        let some = some.to_vec();
        let ids = app
            .write(&actor, move |tx| {
                some.iter()
                    .map(|(reference, set, consent)| import(tx, reference, set, consent.as_ref()))
                    .collect::<Result<Vec<_>, _>>()
            })
            .await?;
        customers.extend(ids);
    }
    Ok(Json(CustomersImported { customers }))
}

fn import(
    tx: &mut Tx<'_>,
    reference: &ExternalRef,
    set: &Set,
    consent: Option<&ImportedConsent>,
) -> Result<CustomerId, Problem> {
    let known = store::by_ref(tx, reference)?;
    let id = known.unwrap_or_else(|| tx.new_id());
    refs_are_free(tx, id, &set.profile)?;
    let mut may_advertise = None;
    let mut version = 0;
    if known.is_some() {
        let customer = store::customer(tx, id)?;
        (may_advertise, version) = (Some(customer.may_advertise), customer.version);
        let profile = set.over(&customer.profile);
        if (customer.status, &customer.profile) != (set.status, &profile) {
            link::record(tx, id, version, set.status, profile)?;
            version += 1;
        }
    } else {
        link::record(tx, id, 0, set.status, set.profile.clone())?;
        version += 1;
    }
    if let Some(consent) = consent.filter(|consent| may_advertise != Some(consent.given)) {
        let how = tx.seal(&id.to_string(), &consent.how.trim().to_owned())?;
        let at = consent.at.unwrap_or(tx.now());
        let (purpose, given) = (ADVERTISING.to_owned(), consent.given);
        tx.record(
            id,
            version,
            CustomerEvent::ConsentNoted { purpose, given, may_advertise: given, at, how, by: None },
        )?;
    }
    Ok(id)
}

/// Refuses when somebody else has one of the foreign ids.
fn refs_are_free(tx: &mut Tx<'_>, id: CustomerId, profile: &Profile) -> Result<(), Problem> {
    for reference in &profile.refs {
        if let Some(by) = store::by_ref(tx, reference)?.filter(|by| *by != id) {
            return Err(ChangeError::ReferenceTaken { reference: reference.clone(), by }.into());
        }
    }
    Ok(())
}

/// Notes something about a customer. A note is never changed.
#[utoipa::path(post, path = "/api/customers/{id}/notes", tag = "customers", request_body = AddNote,
    params(("id" = String, Path), RequestKey),
    responses((status = 200, body = CustomerView), (status = "default", body = Problem)))]
pub(crate) async fn note_add(
    app: App,
    actor: Actor,
    Path(id): Path<CustomerId>,
    request: Keyed<AddNote>,
) -> Result<Versioned<CustomerView>, Problem> {
    actor.may(EDIT, None)?;
    let key = request.request_key(&actor, &format!("note_add:{id}"));
    let text = customer::text("a note", &request.body.text, 1, 2_000)?;
    app.once(&actor, &key, move |tx| {
        let customer = store::customer(tx, id)?;
        customer.known()?;
        let text = tx.seal(&id.to_string(), &text)?;
        tx.record(id, customer.version, CustomerEvent::NoteAdded { text, noted: None })?;
        Ok(())
    })
    .await?;
    shown(&app, id).await
}

/// Notes that a customer agreed to something, or took that back.
#[utoipa::path(post, path = "/api/customers/{id}/consents", tag = "customers", request_body = NoteConsent,
    params(("id" = String, Path), RequestKey),
    responses((status = 200, body = CustomerView), (status = "default", body = Problem)))]
pub(crate) async fn consent_note(
    app: App,
    actor: Actor,
    Path(id): Path<CustomerId>,
    request: Keyed<NoteConsent>,
) -> Result<Versioned<CustomerView>, Problem> {
    actor.may(EDIT, None)?;
    let key = request.request_key(&actor, &format!("consent_note:{id}"));
    let purpose = customer::text("a purpose", &request.body.purpose, 1, 40)?;
    let how = customer::text("how", &request.body.how, 1, 200)?;
    let given = request.body.given;
    app.once(&actor, &key, move |tx| {
        let customer = store::customer(tx, id)?;
        customer.known()?;
        let may_advertise = if purpose == ADVERTISING { given } else { customer.may_advertise };
        let (purpose, at) = (purpose.clone(), tx.now());
        let how = tx.seal(&id.to_string(), &how)?;
        tx.record(
            id,
            customer.version,
            CustomerEvent::ConsentNoted { purpose, given, may_advertise, at, how, by: None },
        )?;
        Ok(())
    })
    .await?;
    shown(&app, id).await
}
