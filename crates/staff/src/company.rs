//! The company and its sites: what they may be. Pure decisions.

use contracts::shared::{CompanyId, SiteId};
use contracts::staff::{SiteKind, SiteView};
use kit::money::Currency;
use kit::problem::{Problem, Refusal};
use kit::time::Zone;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Lines of an address.
const LINES: usize = 6;

/// The latest start of a business day: noon. A day that begins later would mostly be the next one.
const LATEST_START: u16 = 12 * 60;

/// The legal entity whose shops these are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Company {
    /// Its name on documents.
    pub(crate) name: String,
    /// Its address in lines.
    pub(crate) address: Vec<String>,
    /// Its number with the tax office.
    pub(crate) tax_number: String,
    /// The currency of its books.
    pub(crate) currency: Currency,
    /// The time zone of what belongs to no site.
    pub(crate) zone: Zone,
    /// Where it is at home, as two capital letters; absent where nobody has said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) country: Option<String>,
}

/// A site as it is to be.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SetSite {
    /// Which; a new one when absent, or when there is none with this id.
    #[serde(default)]
    pub(crate) id: Option<SiteId>,
    /// The version of the site that the change was decided on; refused when it is at another. Without, it becomes so whoever changed it.
    #[serde(default)]
    pub(crate) version: Option<i64>,
    /// A short code, unique, 1 to 20 characters.
    pub(crate) code: String,
    /// Its name for people, 1 to 100 characters.
    pub(crate) name: String,
    /// What it is for.
    pub(crate) kind: SiteKind,
    /// Its address in lines, at most 6.
    #[serde(default)]
    pub(crate) address: Vec<String>,
    /// Its region, for sourcing and delivery.
    #[serde(default)]
    pub(crate) region: String,
    /// Its time zone; the company's when absent.
    #[serde(default)]
    pub(crate) zone: Option<Zone>,
    /// When its business day begins, in civil minutes after midnight, at most 720: what is sold before belongs to the day before.
    #[serde(default)]
    #[schema(maximum = 720)]
    pub(crate) day_start: u16,
    /// Whether customers can fetch orders here.
    #[serde(default)]
    pub(crate) pick_up: bool,
    /// Whether it is in use; it is when absent.
    #[serde(default = "yes")]
    pub(crate) open: bool,
}

fn yes() -> bool {
    true
}

/// Why a company or a site cannot be so.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum PlaceError {
    /// A text is empty or too long.
    #[error("{what} has {least} to {most} characters")]
    Length { what: &'static str, least: usize, most: usize },
    /// The address is too long.
    #[error("an address has at most {LINES} lines of 1 to 100 characters")]
    Address,
    /// The business day would begin in the afternoon.
    #[error("a business day begins 0 to {LATEST_START} minutes after midnight")]
    DayStart,
    /// No country is written so.
    #[error("a country is two capital letters such as UA")]
    Country,
    /// Customers cannot come to a warehouse.
    #[error("customers fetch orders in stores only")]
    PickUp,
}

impl Refusal for PlaceError {
    fn problem(&self) -> Problem {
        let field = match self {
            PlaceError::Length { .. } => "text",
            PlaceError::Address => "address",
            PlaceError::DayStart => "day-start",
            PlaceError::Country => "country",
            PlaceError::PickUp => "pick-up",
        };
        Problem::unfit(field, self.to_string())
    }
}

/// Whether a company may be so.
///
/// # Errors
/// See [`PlaceError`].
pub(crate) fn check(company: &Company) -> Result<(), PlaceError> {
    length("a company's name", &company.name, 1, 100)?;
    length("a tax number", &company.tax_number, 0, 40)?;
    let is_country = |code: &str| code.len() == 2 && code.bytes().all(|byte| byte.is_ascii_uppercase());
    if !company.country.as_deref().is_none_or(is_country) {
        return Err(PlaceError::Country);
    }
    address(&company.address)
}

/// The site `id` of the company as `set` says.
///
/// # Errors
/// See [`PlaceError`].
pub(crate) fn site(set: &SetSite, id: SiteId, company: CompanyId, zone: &Zone) -> Result<SiteView, PlaceError> {
    length("a site's code", &set.code, 1, 20)?;
    length("a site's name", &set.name, 1, 100)?;
    length("a region", &set.region, 0, 60)?;
    address(&set.address)?;
    if set.day_start > LATEST_START {
        return Err(PlaceError::DayStart);
    }
    if set.pick_up && set.kind == SiteKind::Warehouse {
        return Err(PlaceError::PickUp);
    }
    Ok(SiteView {
        id,
        company,
        code: set.code.trim().to_owned(),
        name: set.name.trim().to_owned(),
        kind: set.kind,
        address: set.address.clone(),
        region: set.region.trim().to_owned(),
        zone: set.zone.as_ref().unwrap_or(zone).to_string(),
        day_start: set.day_start,
        pick_up: set.pick_up,
        open: set.open,
    })
}

fn address(lines: &[String]) -> Result<(), PlaceError> {
    let fits = lines.len() <= LINES && lines.iter().all(|line| (1..=100).contains(&line.trim().chars().count()));
    if fits { Ok(()) } else { Err(PlaceError::Address) }
}

pub(crate) fn length(what: &'static str, text: &str, least: usize, most: usize) -> Result<(), PlaceError> {
    let fits = (least..=most).contains(&text.trim().chars().count());
    if fits { Ok(()) } else { Err(PlaceError::Length { what, least, most }) }
}
