//! The endpoints of the company and its sites. Anybody may see them: shoppers choose where to fetch their orders.

use contracts::shared::CompanyId;
use contracts::staff::{AskSites, SiteList, SiteView};
use kit::auth::Actor;
use kit::http::{App, IfMatch, Json, Reply, Versioned};
use kit::money::Currency;
use kit::problem::Problem;
use kit::store::Tx;
use kit::time::Zone;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::COMPANY;
use crate::company::{self, Company, SetSite};
use crate::events::StaffEvent;
use crate::store;

/// Sites in one request.
const SITES: usize = 500;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(company_get, company_set))
        .routes(routes!(site_list, site_set))
        .routes(routes!(sites_ask))
}

/// The company as it is to be.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SetCompany {
    /// Its id, when it is set for the first time and another system has one for it.
    #[serde(default)]
    id: Option<CompanyId>,
    /// Its name on documents, 1 to 100 characters.
    name: String,
    /// Its address in lines, at most 6.
    address: Vec<String>,
    /// Its number with the tax office, at most 40 characters.
    tax_number: String,
    /// The currency of its books.
    currency: Currency,
    /// The time zone of what belongs to no site.
    zone: Zone,
    /// Where it is at home, as two capital letters: the country of addresses that name none.
    #[serde(default)]
    country: Option<String>,
}

/// The company.
#[derive(Debug, Serialize, ToSchema)]
struct CompanyView {
    /// Its id.
    id: CompanyId,
    /// How often it has changed.
    version: i64,
    /// Its name on documents.
    name: String,
    /// Its address in lines.
    address: Vec<String>,
    /// Its number with the tax office.
    tax_number: String,
    /// The currency of its books.
    currency: Currency,
    /// The time zone of what belongs to no site.
    zone: Zone,
    /// Where it is at home, as two capital letters; absent where nobody has said.
    #[serde(skip_serializing_if = "Option::is_none")]
    country: Option<String>,
}

/// Sites to be set.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SetSites {
    /// At most 500.
    sites: Vec<SetSite>,
}

/// All sites, or those that were set.
#[derive(Debug, Serialize, ToSchema)]
struct SitesAtVersions {
    /// By name, or as they were set.
    sites: Vec<SiteAtVersion>,
}

/// A site, with what it takes to change it.
#[derive(Debug, Serialize, ToSchema)]
struct SiteAtVersion {
    /// What it is.
    #[serde(flatten)]
    site: SiteView,
    /// How often it has changed.
    version: i64,
}

/// Shows the company.
#[utoipa::path(get, path = "/api/staff/company", operation_id = "company_get", tag = "staff",
    responses((status = 200, body = CompanyView), (status = "default", body = Problem)))]
async fn company_get(app: App, _: Actor) -> Result<Versioned<CompanyView>, Problem> {
    let found = app.glance(|reader| Ok(store::company(reader)?)).await?;
    found.map(view).ok_or_else(|| Problem::not_found("company", "yet"))
}

/// Says what the company is. The first time `If-Match` is 0.
#[utoipa::path(put, path = "/api/staff/company", operation_id = "company_set", tag = "staff", request_body = SetCompany,
    params(IfMatch),
    responses((status = 200, body = CompanyView), (status = "default", body = Problem)))]
async fn company_set(
    app: App,
    actor: Actor,
    at: IfMatch,
    Json(body): Json<SetCompany>,
) -> Result<Versioned<CompanyView>, Problem> {
    actor.may(COMPANY, None)?;
    let SetCompany { id: wanted, name, address, tax_number, currency, zone, country } = body;
    let company = Company {
        name: name.trim().to_owned(),
        address,
        tax_number: tax_number.trim().to_owned(),
        currency,
        zone,
        country,
    };
    company::check(&company)?;
    let set = app.write(&actor, move |tx| {
        let (id, version) = match store::company(tx)? {
            Some((id, version, _)) => (id, version),
            None => (wanted.unwrap_or_else(|| tx.new_id()), 0),
        };
        at.check(version)?;
        if wanted.is_some_and(|wanted| wanted != id) {
            return Err(Problem::invalid(format!("the company is {id}")));
        }
        let version = tx.record(id, version, StaffEvent::CompanySet(company.clone()))?;
        Ok((id, version, company.clone()))
    });
    set.await.map(view)
}

/// Lists all sites, by name.
#[utoipa::path(get, path = "/api/staff/sites", operation_id = "site_list", tag = "staff",
    responses((status = 200, body = SitesAtVersions), (status = "default", body = Problem)))]
async fn site_list(app: App, _: Actor) -> Reply<SitesAtVersions> {
    let sites = app.glance(|reader| Ok(store::sites(reader)?)).await?;
    let sites = sites.into_iter().map(|(version, site)| SiteAtVersion { site, version }).collect();
    Ok(Json(SitesAtVersions { sites }))
}

/// Tells all sites to other services, by name.
#[utoipa::path(post, path = "/api/staff/sites/ask", operation_id = "sites_ask", tag = "staff", request_body = AskSites,
    responses((status = 200, body = SiteList), (status = "default", body = Problem)))]
async fn sites_ask(app: App, _: Actor, Json(AskSites {}): Json<AskSites>) -> Reply<SiteList> {
    let sites = app.glance(|reader| Ok(store::sites(reader)?)).await?;
    Ok(Json(SiteList { sites: sites.into_iter().map(|(_, site)| site).collect() }))
}

/// Adds sites and changes those that there are; what is the same already changes nothing. All or none.
#[utoipa::path(post, path = "/api/staff/sites", operation_id = "site_set", tag = "staff", request_body = SetSites,
    responses((status = 200, body = SitesAtVersions), (status = "default", body = Problem)))]
async fn site_set(app: App, actor: Actor, Json(body): Json<SetSites>) -> Reply<SitesAtVersions> {
    actor.may(COMPANY, None)?;
    if !(1..=SITES).contains(&body.sites.len()) {
        return Err(Problem::invalid(format!("a request sets 1 to {SITES} sites")));
    }
    let sites = app.write(&actor, move |tx| body.sites.iter().map(|site| set(tx, site)).collect::<Result<Vec<_>, _>>());
    Ok(Json(SitesAtVersions { sites: sites.await? }))
}

fn set(tx: &mut Tx<'_>, wanted: &SetSite) -> Result<SiteAtVersion, Problem> {
    let company = store::company(tx)?;
    let (company, _, terms) = company.ok_or_else(|| {
        Problem::conflict("staff/no-company", "There is no company yet")
            .detail("Set the company first; sites belong to it.")
    })?;
    let id = wanted.id.unwrap_or_else(|| tx.new_id());
    let site = company::site(wanted, id, company, &terms.zone)?;
    if store::site_of_code(tx, &site.code)?.is_some_and(|other| other != id) {
        return Err(Problem::conflict("staff/code-taken", "The code is taken").with("code", site.code));
    }
    let (version, before) = store::site(tx, id)?.map_or((0, None), |(version, site)| (version, Some(site)));
    if before.as_ref() == Some(&site) {
        return Ok(SiteAtVersion { site, version });
    }
    wanted.version.map_or(Ok(()), |seen| IfMatch(seen).check(version))?;
    let version = tx.record(id, version, StaffEvent::SitesChanged { site: site.clone() })?;
    Ok(SiteAtVersion { site, version })
}

fn view((id, version, company): (CompanyId, i64, Company)) -> Versioned<CompanyView> {
    let Company { name, address, tax_number, currency, zone, country } = company;
    Versioned(version, CompanyView { id, version, name, address, tax_number, currency, zone, country })
}
