//! Event to SQL: the only code that writes the fact tables of staff. What was sealed about a person who is forgotten becomes blank.

use contracts::staff::{SiteKind, SiteView};
use kit::journal::Recorded;
use kit::problem::Fault;
use kit::store::Tx;
use serde::Serialize;

use crate::company::Company;
use crate::events::StaffEvent;
use crate::person::Details;

/// The tables that [`apply`] writes, and nobody else.
pub(crate) const FACT_TABLES: &[&str] = &["staff_companies", "staff_sites", "staff_people", "staff_sign_ins"];

/// Writes an event to the tables.
pub(crate) fn apply(tx: &mut Tx<'_>, recorded: &Recorded<StaffEvent>) -> Result<(), Fault> {
    let (id, version) = (&recorded.entity, recorded.version);
    match &recorded.event {
        StaffEvent::CompanySet(company) => company_set(tx, recorded, company),
        StaffEvent::SitesChanged { site } => site_set(tx, recorded, site),
        StaffEvent::PersonAdded { details, password, roles } => {
            let details: Option<Details> = tx.open(id, details)?;
            let password = tx.open(id, password)?;
            tx.put(
                "insert into staff_people (id, version, login, name, password, roles, active, erased, added_at)
                 values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
                &[
                    id.into(),
                    version.into(),
                    details.as_ref().map(|details| &details.login).into(),
                    details.as_ref().map_or("", |details| &details.name).into(),
                    password.into(),
                    json(roles)?.into(),
                    true.into(),
                    false.into(),
                    recorded.at.into(),
                ],
            )
        }
        StaffEvent::PersonChanged { details } => {
            let details: Option<Details> = tx.open(id, details)?;
            tx.put(
                "update staff_people set version = $2, login = $3, name = $4 where id = $1",
                &[
                    id.into(),
                    version.into(),
                    details.as_ref().map(|details| &details.login).into(),
                    details.as_ref().map_or("", |details| &details.name).into(),
                ],
            )
        }
        StaffEvent::RolesSet { roles } => tx.put(
            "update staff_people set version = $2, roles = $3 where id = $1",
            &[id.into(), version.into(), json(roles)?.into()],
        ),
        StaffEvent::PasswordSet { password } => {
            let password = tx.open(id, password)?;
            tx.put(
                "update staff_people set version = $2, password = $3 where id = $1",
                &[id.into(), version.into(), password.into()],
            )
        }
        StaffEvent::PersonBlocked {} => active(tx, recorded, false),
        StaffEvent::PersonUnblocked {} => active(tx, recorded, true),
        StaffEvent::PersonErased {} => tx.put(
            "update staff_people set version = $2, login = null, name = '', password = null, active = $3, erased = $4
             where id = $1",
            &[id.into(), version.into(), false.into(), true.into()],
        ),
        StaffEvent::SignedIn { person } => {
            tx.put("update staff_people set signed_in_at = $2 where id = $1", &[person.into(), recorded.at.into()])?;
            sign_in(tx, recorded, "signed_in", (Some(person), false, 0))
        }
        StaffEvent::SignInsSlowed { person, by_address, failures } => {
            sign_in(tx, recorded, "slowed", (person.as_ref(), *by_address, *failures))
        }
        StaffEvent::SignInsFreed { person, by_address, failures } => {
            sign_in(tx, recorded, "freed", (person.as_ref(), *by_address, *failures))
        }
    }
}

fn sign_in(
    tx: &mut Tx<'_>,
    recorded: &Recorded<StaffEvent>,
    what: &'static str,
    (person, by_address, failures): (Option<&String>, bool, i64),
) -> Result<(), Fault> {
    tx.put(
        "insert into staff_sign_ins (id, at, what, person, by_address, failures, actor) values ($1, $2, $3, $4, $5, $6, $7)",
        &[
            (&recorded.entity).into(),
            recorded.at.into(),
            what.into(),
            person.into(),
            by_address.into(),
            failures.into(),
            (&recorded.actor).into(),
        ],
    )
}

fn company_set(tx: &mut Tx<'_>, recorded: &Recorded<StaffEvent>, company: &Company) -> Result<(), Fault> {
    tx.put(
        "insert into staff_companies (id, version, name, address, tax_number, currency, zone, country)
         values ($1, $2, $3, $4, $5, $6, $7, $8)
         on conflict (id) do update set version = excluded.version, name = excluded.name, address = excluded.address,
           tax_number = excluded.tax_number, currency = excluded.currency, zone = excluded.zone,
           country = excluded.country",
        &[
            (&recorded.entity).into(),
            recorded.version.into(),
            (&company.name).into(),
            json(&company.address)?.into(),
            (&company.tax_number).into(),
            company.currency.as_str().into(),
            company.zone.to_string().into(),
            company.country.as_deref().into(),
        ],
    )
}

fn site_set(tx: &mut Tx<'_>, recorded: &Recorded<StaffEvent>, site: &SiteView) -> Result<(), Fault> {
    tx.put(
        "insert into staff_sites (id, version, company, code, name, kind, address, region, zone, day_start, pick_up, open)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
         on conflict (id) do update set version = excluded.version, company = excluded.company, code = excluded.code,
           name = excluded.name, kind = excluded.kind, address = excluded.address, region = excluded.region,
           zone = excluded.zone, day_start = excluded.day_start, pick_up = excluded.pick_up, open = excluded.open",
        &[
            (&recorded.entity).into(),
            recorded.version.into(),
            site.company.into(),
            (&site.code).into(),
            (&site.name).into(),
            kind_code(site.kind).into(),
            json(&site.address)?.into(),
            (&site.region).into(),
            (&site.zone).into(),
            i64::from(site.day_start).into(),
            site.pick_up.into(),
            site.open.into(),
        ],
    )
}

fn active(tx: &mut Tx<'_>, recorded: &Recorded<StaffEvent>, active: bool) -> Result<(), Fault> {
    tx.put(
        "update staff_people set version = $2, active = $3 where id = $1",
        &[(&recorded.entity).into(), recorded.version.into(), active.into()],
    )
}

/// A kind of site as the table has it.
pub(crate) fn kind_code(kind: SiteKind) -> &'static str {
    match kind {
        SiteKind::Store => "store",
        SiteKind::Warehouse => "warehouse",
    }
}

fn json(value: &impl Serialize) -> Result<String, Fault> {
    serde_json::to_string(value).map_err(|e| Fault::new("what is stored is JSON", e))
}
