//! A customer: what is known of them, and when that may change. Pure decisions; whoever calls them records what they return.

use contracts::shared::{CustomerId, Fields, check_fields};
use kit::id::ExternalRef;
use kit::problem::{Problem, Refusal};
use kit::time::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::phone;
use crate::settings::Settings;

/// Addresses that a customer may have.
pub(crate) const MOST_ADDRESSES: usize = 10;
/// Tags that a customer may have.
pub(crate) const MOST_TAGS: usize = 30;
/// Foreign ids that a customer may have.
pub(crate) const MOST_REFS: usize = 20;
/// Telephone numbers and e-mail addresses that a customer may have beside the first ones.
pub(crate) const MOST_ALSO: usize = 20;
/// The purpose that decides whether marketing messages are welcome.
pub(crate) const ADVERTISING: &str = "advertising";

/// Whether one may deal with a customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = CustomerStatus)]
pub(crate) enum Status {
    /// As with anybody.
    #[default]
    Active,
    /// Nobody should sell to them.
    Blocked,
    /// Nothing is known of them any more.
    Erased,
    /// They are another customer, who has all that was known of them.
    Merged,
}

impl Status {
    /// As the tables have it.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Status::Active => "active",
            Status::Blocked => "blocked",
            Status::Erased => "erased",
            Status::Merged => "merged",
        }
    }
}

/// A postal address.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[schema(as = CustomerAddress)]
pub(crate) struct Address {
    /// What the customer calls it, e.g. home; up to 40 characters.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) label: String,
    /// Street, house, flat: up to 6 lines of up to 200 characters.
    pub(crate) lines: Vec<String>,
    /// Town or village.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) city: String,
    /// Postal code.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) postcode: String,
    /// Region or oblast.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) region: String,
    /// Country, as two capital letters of ISO 3166-1; empty for the company's own.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) country: String,
}

/// What is known of a customer. Personal data.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct Profile {
    pub(crate) name: String,
    pub(crate) phone: Option<String>,
    pub(crate) email: Option<String>,
    pub(crate) language: String,
    pub(crate) addresses: Vec<Address>,
    pub(crate) refs: Vec<ExternalRef>,
    pub(crate) tags: Vec<String>,
    pub(crate) fields: Fields,
    /// Telephone numbers and e-mail addresses beside the first ones, as those are kept; orders given under them are this customer's.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) also_at: Vec<String>,
}

/// A customer as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Customer {
    pub(crate) id: CustomerId,
    /// Counts changes, from 1.
    pub(crate) version: i64,
    pub(crate) status: Status,
    pub(crate) profile: Profile,
    pub(crate) may_advertise: bool,
    /// How many of their orders were not cancelled.
    pub(crate) orders: i64,
    pub(crate) made_at: Timestamp,
    pub(crate) changed_at: Timestamp,
    /// Who has all that was known of them, when they are merged.
    pub(crate) merged_into: Option<CustomerId>,
}

/// Why a customer cannot be changed.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ChangeError {
    #[error("nothing is known of this customer any more")]
    Erased,
    #[error("a customer is erased and merged by the requests for that")]
    NotSet,
    #[error("this customer is {into} now")]
    Merged { into: CustomerId },
    #[error("{what}")]
    Invalid { field: &'static str, what: String },
    #[error("{} {} belongs to another customer", reference.system, reference.id)]
    ReferenceTaken { reference: ExternalRef, by: CustomerId },
    #[error("their orders {} are neither delivered nor cancelled", numbers.join(", "))]
    OpenOrders { numbers: Vec<String> },
}

impl Refusal for ChangeError {
    fn problem(&self) -> Problem {
        match self {
            ChangeError::Erased => Problem::conflict("customers/erased", "The customer was erased."),
            ChangeError::NotSet => Problem::invalid(self.to_string()),
            ChangeError::Invalid { field, what } => Problem::unfit(field, what.clone()),
            ChangeError::OpenOrders { numbers } => {
                Problem::conflict("customers/open-orders", "The customer has open orders")
                    .detail(self.to_string())
                    .with("orders", numbers.clone())
            }
            ChangeError::Merged { into } => {
                Problem::conflict("customers/merged", "The customer was merged into another one.")
                    .detail(self.to_string())
                    .with("customer", into.to_string())
            }
            ChangeError::ReferenceTaken { reference, by } => {
                Problem::conflict("customers/reference-taken", "Another customer has this reference.")
                    .detail(self.to_string())
                    .with("system", reference.system.clone())
                    .with("id", reference.id.clone())
                    .with("customer", by.to_string())
            }
        }
    }
}

fn invalid(field: &'static str, what: impl Into<String>) -> ChangeError {
    ChangeError::Invalid { field, what: what.into() }
}

/// `typed` as it is kept: trimmed, the telephone number with its country, the e-mail address in small letters, tags in order.
pub(crate) fn checked(typed: Profile, settings: &Settings) -> Result<Profile, ChangeError> {
    let name = text("the name", &typed.name, 1, 200)?;
    let phone = match typed.phone.filter(|phone| !phone.trim().is_empty()) {
        Some(phone) => Some(phone::normalised(&phone, &settings.country_code).ok_or_else(|| {
            invalid(
                "phone",
                format!(
                    "{phone:?} is no telephone number: 7 to 15 digits are needed, with the country's code after a +"
                ),
            )
        })?),
        None => None,
    };
    let email = match typed.email.filter(|email| !email.trim().is_empty()) {
        Some(email) => {
            Some(email_kept(&email).ok_or_else(|| invalid("email", format!("{email:?} is no e-mail address")))?)
        }
        None => None,
    };
    let language = if typed.language.is_empty() { settings.language.clone() } else { typed.language };
    if !(2..=8).contains(&language.len()) || !language.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    {
        return Err(invalid("language", "the language is a code such as en or uk"));
    }
    if typed.addresses.len() > MOST_ADDRESSES {
        return Err(invalid("too-many", format!("a customer has at most {MOST_ADDRESSES} addresses")));
    }
    let addresses = typed.addresses.into_iter().map(address).collect::<Result<_, _>>()?;
    let mut refs = Vec::with_capacity(typed.refs.len());
    for reference in typed.refs {
        let (system, id) = (text("a system", &reference.system, 1, 40)?, text("a foreign id", &reference.id, 1, 100)?);
        refs.push(ExternalRef { system, id });
    }
    refs.sort();
    refs.dedup();
    if refs.len() > MOST_REFS || typed.tags.len() > MOST_TAGS {
        let what = format!("a customer has at most {MOST_REFS} foreign ids and {MOST_TAGS} tags");
        return Err(invalid("too-many", what));
    }
    let mut tags = typed.tags.iter().map(|tag| text("a tag", tag, 1, 40)).collect::<Result<Vec<_>, _>>()?;
    tags.sort();
    tags.dedup();
    check_fields(&typed.fields).map_err(|unfit| invalid(unfit.field, unfit.what))?;
    if typed.also_at.len() > MOST_ALSO {
        return Err(invalid("too-many", format!("a customer has at most {MOST_ALSO} further numbers and addresses")));
    }
    let mut also_at = Vec::with_capacity(typed.also_at.len());
    for reach in &typed.also_at {
        let kept =
            if reach.contains('@') { email_kept(reach) } else { phone::normalised(reach, &settings.country_code) };
        also_at.push(kept.ok_or_else(|| {
            invalid("reach-wrong", format!("{reach:?} is neither a telephone number nor an e-mail address"))
        })?);
    }
    also_at.retain(|reach| Some(reach) != phone.as_ref() && Some(reach) != email.as_ref());
    also_at.sort();
    also_at.dedup();
    Ok(Profile { name, phone, email, language, addresses, refs, tags, fields: typed.fields, also_at })
}

/// An e-mail address in small letters; `None` when it is none.
pub(crate) fn email_kept(typed: &str) -> Option<String> {
    let email = typed.trim().to_lowercase();
    let (local, domain) = email.rsplit_once('@')?;
    let fits = !local.is_empty()
        && domain.len() >= 3
        && domain.contains('.')
        && !domain.starts_with('.')
        && !domain.ends_with('.')
        && email.chars().count() <= 200
        && !email.chars().any(|c| c.is_whitespace() || c.is_control() || "<>,;\"".contains(c))
        && !local.contains('@');
    fits.then_some(email)
}

fn address(address: Address) -> Result<Address, ChangeError> {
    if address.lines.len() > 6 || address.lines.is_empty() && address.city.trim().is_empty() {
        return Err(invalid("place", "an address has a town or 1 to 6 lines"));
    }
    let country = address.country.trim().to_uppercase();
    let is_code = country.len() == 2 && country.bytes().all(|byte| byte.is_ascii_uppercase());
    if !(country.is_empty() || is_code) {
        return Err(invalid("country", "a country is two letters such as UA"));
    }
    let lines = address.lines.iter().map(|line| text("a line of an address", line, 0, 200));
    Ok(Address {
        label: text("an address's name", &address.label, 0, 40)?,
        lines: lines
            .filter(|line| line.as_ref().is_ok_and(|line| !line.is_empty()) || line.is_err())
            .collect::<Result<_, _>>()?,
        city: text("a town", &address.city, 0, 100)?,
        postcode: text("a postal code", &address.postcode, 0, 20)?,
        region: text("a region", &address.region, 0, 100)?,
        country,
    })
}

/// `value` trimmed, when it has `least` to `most` characters; `what` is a noun with its article.
pub(crate) fn text(what: &str, value: &str, least: usize, most: usize) -> Result<String, ChangeError> {
    let value = value.trim();
    if (least..=most).contains(&value.chars().count()) {
        Ok(value.to_owned())
    } else {
        Err(invalid("text", format!("{what} has {least} to {most} characters")))
    }
}

impl Customer {
    /// Refuses when nothing is known of the customer any more.
    pub(crate) fn known(&self) -> Result<(), ChangeError> {
        match self.status {
            Status::Active | Status::Blocked => Ok(()),
            Status::Erased => Err(ChangeError::Erased),
            Status::Merged => Err(self.merged_into.map_or(ChangeError::Erased, |into| ChangeError::Merged { into })),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(name: &str) -> Profile {
        Profile { name: name.to_owned(), ..Profile::default() }
    }

    #[test]
    fn a_profile_is_kept_in_one_form() {
        let typed = Profile {
            phone: Some("067 123 45 67".to_owned()),
            email: Some(" Olena@Example.COM ".to_owned()),
            tags: vec!["vip".to_owned(), " early ".to_owned(), "vip".to_owned()],
            ..named("  Olena ")
        };
        let kept = checked(typed, &Settings::default()).unwrap();
        assert_eq!((kept.name.as_str(), kept.language.as_str()), ("Olena", "uk"));
        assert_eq!((kept.phone.as_deref(), kept.email.as_deref()), (Some("+380671234567"), Some("olena@example.com")));
        assert_eq!(kept.tags, ["early", "vip"]);
    }

    #[test]
    fn what_cannot_be_is_refused() {
        let with = |change: fn(&mut Profile)| {
            let mut profile = named("Olena");
            change(&mut profile);
            checked(profile, &Settings::default()).unwrap_err().to_string()
        };
        assert!(checked(named(" "), &Settings::default()).is_err());
        assert!(with(|p| p.phone = Some("12".to_owned())).contains("telephone"));
        assert!(with(|p| p.email = Some("olena@home".to_owned())).contains("e-mail"));
        assert!(with(|p| p.language = "українська".to_owned()).contains("language"));
        assert!(with(|p| p.addresses = vec![Address::default()]).contains("address"));
        assert!(with(|p| p.addresses = vec![Address::default(); 11]).contains("at most 10"));
        assert!(with(|p| p.tags = vec![String::new()]).contains("a tag"));
    }
}
