//! Two customers who are one and the same become one. Pure decisions: what is known of both together, and whether that may be.

use contracts::shared::{CustomerId, MOST_FIELDS};
use kit::problem::{Problem, Refusal};
use kit::time::Timestamp;

use crate::customer::{ADVERTISING, ChangeError, Customer, MOST_ADDRESSES, MOST_ALSO, MOST_REFS, MOST_TAGS, Profile};
use crate::store::Consent;

/// Notes, and consents, that a customer who is merged may have: each is written anew.
pub(crate) const MOST_MOVED: usize = 200;

/// Why two customers do not become one.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum MergeError {
    #[error("a customer cannot be merged into the same one")]
    Same,
    #[error("together they have more {what} than one customer may")]
    TooMuch { what: &'static str },
    #[error(transparent)]
    Change(#[from] ChangeError),
}

impl Refusal for MergeError {
    fn problem(&self) -> Problem {
        match self {
            MergeError::Same => Problem::unfit("same", self.to_string()),
            MergeError::TooMuch { what } => {
                Problem::conflict("customers/too-much-to-merge", "Together they have too much.")
                    .detail(self.to_string())
                    .with("what", *what)
            }
            MergeError::Change(error) => error.problem(),
        }
    }
}

/// What is known of `stays` when all of `goes` is theirs too. Where both say something, `stays` is right; no way to reach
/// them is lost.
pub(crate) fn together(stays: &Customer, goes: &Customer) -> Result<Profile, MergeError> {
    if stays.id == goes.id {
        return Err(MergeError::Same);
    }
    stays.known()?;
    goes.known()?;
    let mut profile = stays.profile.clone();
    let Profile { phone, email, addresses, refs, tags, fields, also_at, .. } = goes.profile.clone();
    let mut also = also_at;
    also.extend(if profile.phone.is_some() { phone.clone() } else { None });
    also.extend(if profile.email.is_some() { email.clone() } else { None });
    profile.phone = profile.phone.or(phone);
    profile.email = profile.email.or(email);
    profile.also_at.extend(also);
    profile.also_at.retain(|reach| Some(reach) != profile.phone.as_ref() && Some(reach) != profile.email.as_ref());
    profile.also_at.sort();
    profile.also_at.dedup();
    profile.addresses.extend(addresses);
    let mut seen = Vec::new();
    profile.addresses.retain(|address| {
        let is_new = !seen.contains(address);
        seen.push(address.clone());
        is_new
    });
    profile.refs.extend(refs);
    profile.refs.sort();
    profile.refs.dedup();
    profile.tags.extend(tags);
    profile.tags.sort();
    profile.tags.dedup();
    for (name, value) in fields {
        profile.fields.entry(name).or_insert(value);
    }
    let counts = [
        (profile.also_at.len(), MOST_ALSO, "telephone numbers and e-mail addresses"),
        (profile.addresses.len(), MOST_ADDRESSES, "addresses"),
        (profile.refs.len(), MOST_REFS, "foreign ids"),
        (profile.tags.len(), MOST_TAGS, "tags"),
        (profile.fields.len(), MOST_FIELDS, "fields"),
    ];
    match counts.into_iter().find(|(count, most, _)| count > most) {
        Some((_, _, what)) => Err(MergeError::TooMuch { what }),
        None => Ok(profile),
    }
}

/// Whether marketing messages are welcome at one who is both: what was said last counts; where nothing was said of it, both
/// have to welcome them.
pub(crate) fn may_advertise(stays: &Customer, goes: &Customer, said: &[Consent]) -> bool {
    let about = said.iter().filter(|consent| consent.purpose == ADVERTISING);
    let last: Option<(Timestamp, bool)> = about.map(|consent| (consent.at, consent.given)).max();
    last.map_or(stays.may_advertise && goes.may_advertise, |(_, given)| given)
}

/// Refuses when there is more of `what` than can be moved at once.
pub(crate) fn movable(count: usize, what: &'static str) -> Result<(), MergeError> {
    if count > MOST_MOVED { Err(MergeError::TooMuch { what }) } else { Ok(()) }
}

/// Who a customer is now: themselves, or the one they were merged into.
pub(crate) fn now(customer: &Customer) -> CustomerId {
    customer.merged_into.unwrap_or(customer.id)
}

#[cfg(test)]
mod tests {
    use kit::time::Timestamp;

    use super::*;
    use crate::customer::Status;

    fn customer(n: u128, phone: Option<&str>, email: Option<&str>) -> Customer {
        let profile = Profile {
            name: format!("Customer {n}"),
            phone: phone.map(str::to_owned),
            email: email.map(str::to_owned),
            tags: vec![format!("tag-{n}"), "both".to_owned()],
            ..Profile::default()
        };
        let at = Timestamp::from_micros(1);
        Customer {
            id: CustomerId::from_u128(n),
            version: 1,
            status: Status::Active,
            profile,
            may_advertise: n == 1,
            orders: 0,
            made_at: at,
            changed_at: at,
            merged_into: None,
        }
    }

    #[test]
    fn the_one_who_stays_is_right_and_no_number_is_lost() {
        let (one, two) = (customer(1, Some("+1111111"), None), customer(2, Some("+2222222"), Some("a@example.com")));
        let both = together(&one, &two).unwrap();
        assert_eq!((both.name.as_str(), both.phone.as_deref()), ("Customer 1", Some("+1111111")));
        assert_eq!((both.email.as_deref(), both.also_at), (Some("a@example.com"), vec!["+2222222".to_owned()]));
        assert_eq!(both.tags, ["both", "tag-1", "tag-2"]);
        assert_eq!(together(&one, &one), Err(MergeError::Same));
    }

    #[test]
    fn what_was_said_last_of_advertising_counts() {
        let (one, two) = (customer(1, None, None), customer(2, None, None));
        let said = |at, given| Consent {
            purpose: ADVERTISING.to_owned(),
            given,
            at: Timestamp::from_micros(at),
            how: String::new(),
            by: String::new(),
        };
        assert!(!may_advertise(&one, &two, &[]));
        assert!(may_advertise(&one, &two, &[said(2, true), said(1, false)]));
        assert!(!may_advertise(&one, &two, &[said(2, true), said(3, false)]));
    }
}
