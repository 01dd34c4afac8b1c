//! Ways of delivery, and until when an order leaves on the same day.

use std::collections::BTreeMap;

use contracts::delivery::MethodTerms;
use contracts::shared::NameIn;
use kit::money::{Money, Rate};
use kit::problem::{Problem, Refusal};
use kit::time::{BusinessDate, SiteTime, Timestamp, Zone};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The most methods that there can be.
pub(crate) const MOST: usize = 100;

/// A way for goods to reach the customer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct Method {
    /// Its code, 1 to 40 characters: small letters, digits, dashes.
    pub(crate) code: String,
    /// Its name for people, 1 to 100 characters.
    pub(crate) name: String,
    /// Its names in other languages, 1 to 100 characters each, by language code.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) names: BTreeMap<String, String>,
    /// What it costs before the decision `delivery-fee` is asked, with tax.
    pub(crate) fee: Money,
    /// The tax that the fee includes.
    pub(crate) tax: Rate,
    /// Whether the customer comes to a store.
    pub(crate) pick_up: bool,
    /// Whether it is offered at present.
    pub(crate) offered: bool,
    /// Until when an order leaves on the same day; absent where nobody promises that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) cut_off: Option<CutOff>,
}

/// A civil time of every day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct CutOff {
    /// Minutes after midnight, 0 to 1439.
    pub(crate) minutes: u16,
    /// The zone of the clocks on the wall.
    pub(crate) zone: Zone,
}

/// Why methods cannot be set.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum MethodError {
    #[error("1 to {MOST} methods can be set at a time")]
    Count,
    #[error("{0}: a code has 1 to 40 small letters, digits and dashes")]
    Code(String),
    #[error("{0} is named twice")]
    Twice(String),
    #[error(
        "{0}: a name of 1 to 100 characters, a fee of nothing or more and a tax of 0 to 10,000 basis points are needed"
    )]
    Terms(String),
    #[error("{0}: names in other languages are 1 to 100 characters by a language code")]
    Names(String),
    #[error("{0}: a cut-off is 0 to 1,439 minutes after midnight")]
    CutOff(String),
}

impl Refusal for MethodError {
    fn problem(&self) -> Problem {
        let field = match self {
            MethodError::Count => "too-many",
            MethodError::Code(_) => "code",
            MethodError::Twice(_) => "twice",
            MethodError::Terms(_) | MethodError::Names(_) => "name",
            MethodError::CutOff(_) => "moment",
        };
        Problem::unfit(field, self.to_string())
    }
}

fn is_name(name: &str) -> bool {
    (1..=100).contains(&name.trim().chars().count())
}

/// Refuses methods that nobody could use.
pub(crate) fn check(methods: &[Method]) -> Result<(), MethodError> {
    if methods.is_empty() || methods.len() > MOST {
        return Err(MethodError::Count);
    }
    for (at, method) in methods.iter().enumerate() {
        let code = method.code.clone();
        let is_code = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-' || byte == b'_';
        if !(1..=40).contains(&code.len()) || !code.bytes().all(is_code) {
            return Err(MethodError::Code(code));
        }
        if methods[..at].iter().any(|other| other.code == code) {
            return Err(MethodError::Twice(code));
        }
        if !is_name(&method.name) || method.fee.is_negative() || !(0..=10_000).contains(&method.tax.0) {
            return Err(MethodError::Terms(code));
        }
        let is_language = |code: &str| {
            (2..=8).contains(&code.len()) && code.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-')
        };
        if method.names.len() > 20 || !method.names.iter().all(|(code, name)| is_language(code) && is_name(name)) {
            return Err(MethodError::Names(code));
        }
        if method.cut_off.as_ref().is_some_and(|cut_off| cut_off.minutes > 1439) {
            return Err(MethodError::CutOff(code));
        }
    }
    Ok(())
}

impl Method {
    /// Its terms as others hear of them.
    pub(crate) fn terms(&self) -> MethodTerms {
        let name_in = |(language, name): (&String, &String)| NameIn { language: language.clone(), name: name.clone() };
        MethodTerms {
            code: self.code.clone(),
            name: self.name.clone(),
            names: self.names.iter().map(name_in).collect(),
            fee: self.fee,
            tax: self.tax,
            pick_up: self.pick_up,
            offered: self.offered,
        }
    }

    /// Whether an order placed at `now` leaves on the same day, by the clock of the cut-off, where that is promised.
    pub(crate) fn leaves_today(&self, now: Timestamp) -> Option<bool> {
        let today = BusinessDate::new(self.cut_off.as_ref()?.zone.civil(now).date());
        Some(self.leaves_on(now)? == today)
    }

    /// The day on which an order placed at `now` leaves, where that is promised.
    pub(crate) fn leaves_on(&self, now: Timestamp) -> Option<BusinessDate> {
        let cut_off = self.cut_off.as_ref()?;
        let today = BusinessDate::new(cut_off.zone.civil(now).date());
        let until = SiteTime { zone: cut_off.zone.clone(), day_start: 0 }.instant(today, cut_off.minutes);
        Some(if now < until { today } else { today.plus_days(1) })
    }
}

#[cfg(test)]
mod tests {
    use kit::money::Currency;

    use super::*;

    fn courier() -> Method {
        Method {
            code: "courier".to_owned(),
            name: "Courier".to_owned(),
            names: BTreeMap::new(),
            fee: Money::new(490, Currency::EUR),
            tax: Rate(2000),
            pick_up: false,
            offered: true,
            cut_off: Some(CutOff { minutes: 16 * 60, zone: "Europe/Kyiv".parse().unwrap() }),
        }
    }

    #[test]
    fn an_order_leaves_today_before_the_cut_off_and_tomorrow_after_it() {
        for (now, day) in [("2026-07-01T12:59:59Z", "2026-07-01"), ("2026-07-01T13:00:00Z", "2026-07-02")] {
            assert_eq!(courier().leaves_on(now.parse().unwrap()).unwrap().to_string(), day, "{now}");
            assert_eq!(courier().leaves_today(now.parse().unwrap()), Some(day == "2026-07-01"), "{now}");
        }
    }

    #[test]
    fn a_method_needs_a_code_a_name_and_a_fee() {
        assert_eq!(check(&[courier()]), Ok(()));
        assert_eq!(check(&[]), Err(MethodError::Count));
        assert_eq!(check(&[courier(), courier()]), Err(MethodError::Twice("courier".to_owned())));
        let spaced = Method { code: "by car".to_owned(), ..courier() };
        assert_eq!(check(&[spaced]), Err(MethodError::Code("by car".to_owned())));
        let nameless = Method { names: [("uk".to_owned(), " ".to_owned())].into(), ..courier() };
        assert_eq!(check(&[nameless]), Err(MethodError::Names("courier".to_owned())));
        let negative = Method { fee: Money::new(-1, Currency::EUR), ..courier() };
        assert_eq!(check(&[negative]), Err(MethodError::Terms("courier".to_owned())));
    }
}
