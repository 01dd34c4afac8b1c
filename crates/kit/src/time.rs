//! Instants in microseconds, and what a site makes of them: its zone, its business date, its civil cut-offs. Nothing here
//! reads a clock.

use std::{
    fmt,
    hash::{Hash, Hasher},
    ops::{Add, Sub},
    str::FromStr,
    time::Duration,
};

use jiff::{SignedDuration, civil, tz::TimeZone};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        RefOr,
        schema::{KnownFormat, Schema, SchemaFormat},
    },
};

use crate::text;

const MINUTES_PER_DAY: u16 = 24 * 60;
const EPOCH: civil::Date = civil::date(1970, 1, 1);

/// Text that is no instant, date or zone.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TimeError {
    /// Not RFC 3339 with an offset.
    #[error("{0:?} is not an RFC 3339 instant such as 2026-03-29T09:30:00Z")]
    Instant(String),
    /// Not an ISO 8601 calendar date.
    #[error("{0:?} is not a date such as 2026-03-29")]
    Date(String),
    /// Not in the IANA time zone database.
    #[error("{0:?} is not an IANA time zone such as Europe/Kyiv")]
    Zone(String),
}

/// An instant: microseconds since 1970-01-01T00:00:00Z, within the years −9999 to 9999. On the wire RFC 3339 with `Z`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The start of 1970 in UTC.
    pub const EPOCH: Timestamp = Timestamp(0);
    /// The earliest instant that can be written down.
    pub const MIN: Timestamp = Timestamp(-377_705_023_201_000_000);
    /// The latest instant that can be written down.
    pub const MAX: Timestamp = Timestamp(253_402_207_200_000_000);

    /// The instant so many microseconds after the epoch; beyond `MIN` and `MAX` it is the nearest of them.
    pub const fn from_micros(micros: i64) -> Timestamp {
        if micros < Timestamp::MIN.0 {
            Timestamp::MIN
        } else if micros > Timestamp::MAX.0 {
            Timestamp::MAX
        } else {
            Timestamp(micros)
        }
    }

    /// Microseconds since the epoch, negative before it.
    pub const fn as_micros(self) -> i64 {
        self.0
    }

    /// The time passed since `earlier`; zero when `earlier` is in fact later.
    pub fn since(self, earlier: Timestamp) -> Duration {
        Duration::from_micros(u64::try_from(self.0 - earlier.0).unwrap_or(0))
    }

    fn jiff(self) -> jiff::Timestamp {
        jiff::Timestamp::from_microsecond(self.0).expect("MIN and MAX are the limits of jiff")
    }
}

impl Add<Duration> for Timestamp {
    type Output = Timestamp;

    /// Later by `duration` in whole microseconds, at most `MAX`.
    fn add(self, duration: Duration) -> Timestamp {
        let micros = i64::try_from(duration.as_micros()).unwrap_or(i64::MAX);
        Timestamp::from_micros(self.0.saturating_add(micros))
    }
}

impl Sub<Duration> for Timestamp {
    type Output = Timestamp;

    /// Earlier by `duration` in whole microseconds, at least `MIN`.
    fn sub(self, duration: Duration) -> Timestamp {
        let micros = i64::try_from(duration.as_micros()).unwrap_or(i64::MAX);
        Timestamp::from_micros(self.0.saturating_sub(micros))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.jiff(), f)
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Timestamp {
    type Err = TimeError;

    /// Takes any offset; digits beyond the microsecond are dropped.
    fn from_str(text: &str) -> Result<Timestamp, TimeError> {
        let instant: jiff::Timestamp = text.parse().map_err(|_| TimeError::Instant(text.to_owned()))?;
        Ok(Timestamp::from_micros(instant.as_microsecond()))
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
        text::deserialize(deserializer)
    }
}

impl ToSchema for Timestamp {}

impl PartialSchema for Timestamp {
    fn schema() -> RefOr<Schema> {
        let format = SchemaFormat::KnownFormat(KnownFormat::DateTime);
        text::schema("An instant in UTC, to the microsecond.", Some(format), "2026-03-29T09:30:00Z")
    }
}

/// The calendar date a site's books carry. A night shift's sales after midnight belong to the date it began on.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BusinessDate(civil::Date);

impl BusinessDate {
    /// The date itself.
    pub const fn new(date: civil::Date) -> BusinessDate {
        BusinessDate(date)
    }

    /// The calendar date, for questions about months and weekdays.
    pub const fn date(self) -> civil::Date {
        self.0
    }

    /// Days since 1970-01-01, negative before it.
    pub fn to_days(self) -> i64 {
        self.0.duration_since(EPOCH).as_hours() / 24
    }

    /// The date so many days after 1970-01-01; beyond the years −9999 to 9999 it is the nearest date within.
    pub fn from_days(days: i64) -> BusinessDate {
        let hours = days.clamp(-10_000_000, 10_000_000) * 24;
        BusinessDate(EPOCH.saturating_add(SignedDuration::from_hours(hours)))
    }

    /// The date `days` later, or earlier when negative.
    pub fn plus_days(self, days: i64) -> BusinessDate {
        BusinessDate::from_days(self.to_days().saturating_add(days))
    }
}

impl fmt::Display for BusinessDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Debug for BusinessDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl FromStr for BusinessDate {
    type Err = TimeError;

    /// Takes `YYYY-MM-DD` alone, not the other spellings of ISO 8601.
    fn from_str(text: &str) -> Result<BusinessDate, TimeError> {
        let refused = || TimeError::Date(text.to_owned());
        let date: civil::Date = text.parse().map_err(|_| refused())?;
        if date.to_string() == text { Ok(BusinessDate(date)) } else { Err(refused()) }
    }
}

impl Serialize for BusinessDate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for BusinessDate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<BusinessDate, D::Error> {
        text::deserialize(deserializer)
    }
}

impl ToSchema for BusinessDate {}

impl PartialSchema for BusinessDate {
    fn schema() -> RefOr<Schema> {
        let format = SchemaFormat::KnownFormat(KnownFormat::Date);
        text::schema("A business date of a site.", Some(format), "2026-03-29")
    }
}

/// A time zone of the IANA database, by name.
#[derive(Clone)]
pub struct Zone(TimeZone);

impl Zone {
    /// Coordinated universal time.
    pub const UTC: Zone = Zone(TimeZone::UTC);

    /// The name in the database's own spelling, such as `Europe/Kyiv`.
    pub fn name(&self) -> &str {
        self.0.iana_name().expect("a zone is only made from its name")
    }

    /// What the clocks on the wall show.
    pub fn civil(&self, at: Timestamp) -> civil::DateTime {
        self.0.to_datetime(at.jiff())
    }

    /// When the clocks on the wall show `at`. A time skipped in spring is the later instant (clocks have moved by then), a
    /// time that comes twice in autumn the first.
    pub fn instant(&self, at: civil::DateTime) -> Timestamp {
        let limit = if at.year() < 0 { Timestamp::MIN } else { Timestamp::MAX };
        self.0
            .to_ambiguous_timestamp(at)
            .compatible()
            .map_or(limit, |instant| Timestamp::from_micros(instant.as_microsecond()))
    }
}

impl PartialEq for Zone {
    fn eq(&self, other: &Zone) -> bool {
        self.name() == other.name()
    }
}

impl Eq for Zone {}

impl Hash for Zone {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name().hash(state);
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Debug for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Zone {
    type Err = TimeError;

    fn from_str(name: &str) -> Result<Zone, TimeError> {
        TimeZone::get(name)
            .ok()
            .filter(|zone| !zone.is_unknown() && zone.iana_name().is_some())
            .map(Zone)
            .ok_or_else(|| TimeError::Zone(name.to_owned()))
    }
}

impl Serialize for Zone {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for Zone {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Zone, D::Error> {
        text::deserialize(deserializer)
    }
}

impl ToSchema for Zone {}

impl PartialSchema for Zone {
    fn schema() -> RefOr<Schema> {
        text::schema("A time zone by its IANA name.", None, "Europe/Kyiv")
    }
}

/// How a site keeps time.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
pub struct SiteTime {
    /// The zone of the clocks on the wall.
    pub zone: Zone,
    /// When the business day begins, in civil minutes after midnight (0–1439).
    #[schema(example = 300, maximum = 1439)]
    pub day_start: u16,
}

impl SiteTime {
    /// The business date an instant belongs to: that of the latest day start which is not after it.
    pub fn business_date(&self, at: Timestamp) -> BusinessDate {
        // Compared as instants: on the night the clocks go back the civil time passes the day start twice, the date only once.
        let civil_date = BusinessDate(self.zone.civil(at).date());
        if at < self.start_of(civil_date) { civil_date.plus_days(-1) } else { civil_date }
    }

    /// The first instant of a business date.
    pub fn start_of(&self, date: BusinessDate) -> Timestamp {
        self.instant(date, self.day_start)
    }

    /// A civil cut-off: `minutes` after midnight of this calendar date; 1440 and more is the night that follows it. A time
    /// skipped in spring is the later instant, a time that comes twice in autumn the first.
    pub fn instant(&self, date: BusinessDate, minutes: u16) -> Timestamp {
        let date = date.plus_days(i64::from(minutes / MINUTES_PER_DAY));
        let minutes = i64::from(minutes % MINUTES_PER_DAY);
        let time = civil::Time::midnight().wrapping_add(SignedDuration::from_mins(minutes));
        self.zone.instant(date.0.to_datetime(time))
    }
}

#[cfg(test)]
mod tests;
