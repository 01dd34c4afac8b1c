//! Sessions and the guessing of passwords: how long each lasts. A session's secret is in its cookie only; its SHA-256 is kept.

use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use contracts::shared::PersonId;
use kit::id::{Id, Kind};
use kit::problem::{Problem, Refusal};
use kit::time::Timestamp;
use sha2::{Digest, Sha256};

/// Kind of [`SessionId`].
pub(crate) enum SessionKind {}
impl Kind for SessionKind {
    const PREFIX: &'static str = "ses";
}
/// What the journal calls a session; it says nothing about the secret.
pub(crate) type SessionId = Id<SessionKind>;

/// A session that nobody uses ends after this.
pub(crate) const IDLE: Duration = Duration::from_secs(12 * 3600);
/// Every session ends after this.
pub(crate) const LONGEST: Duration = Duration::from_secs(7 * 24 * 3600);
/// That a session is used is written down no more often than this.
const NOTED: Duration = Duration::from_secs(300);

/// Failures are kept no longer than this.
pub(crate) const FORGIVEN: Duration = Duration::from_secs(24 * 3600);
/// After so many further failures that cost waiting it is written down again.
const TOLD_EVERY: i64 = 25;

/// How much guessing is borne.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Patience {
    /// Failures that cost no waiting.
    free: i64,
    /// The longest wait between two attempts.
    longest: Duration,
    /// Failures are forgotten after so long without any.
    forgiven: Duration,
}

/// Under one login, from wherever.
pub(crate) const LOGIN: Patience = Patience { free: 5, longest: Duration::from_secs(900), forgiven: FORGIVEN };
/// From one address, under whatever login: a whole store may sit behind it, where people mistype and cannot wait long.
pub(crate) const ADDRESS: Patience =
    Patience { free: 30, longest: Duration::from_secs(60), forgiven: Duration::from_secs(3600) };

/// Attempts that are counted together: those under a login, or those from an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Tried {
    /// The hash of the login or of the address.
    pub(crate) key: String,
    /// The address, if it is one.
    pub(crate) address: Option<String>,
    /// Whose login it is, if anybody's.
    pub(crate) person: Option<PersonId>,
}

impl Tried {
    /// Those under `login`, which is `person`'s.
    pub(crate) fn under(login: &str, person: Option<PersonId>) -> Tried {
        Tried { key: hash(login), address: None, person }
    }

    /// Those from `address`.
    pub(crate) fn from(address: &str) -> Tried {
        Tried { key: hash(&format!("address {address}")), address: Some(address.to_owned()), person: None }
    }

    /// How much of it is borne.
    pub(crate) fn patience(&self) -> Patience {
        if self.address.is_some() { ADDRESS } else { LOGIN }
    }
}

/// A session as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Session {
    pub(crate) person: PersonId,
    pub(crate) began_at: Timestamp,
    pub(crate) seen_at: Timestamp,
}

/// Attempts to sign in under one login that failed, one under way counted too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Attempts {
    pub(crate) failures: i64,
    pub(crate) at: Timestamp,
}

/// Too many attempts, at this login or from this address.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("too many attempts; the next one counts in {retry_after_s} seconds")]
pub(crate) struct TooManyError {
    pub(crate) retry_after_s: u64,
}

impl Refusal for TooManyError {
    fn problem(&self) -> Problem {
        Problem::new(429, "staff/too-many-attempts", "Too many attempts").with("retry_after_s", self.retry_after_s)
    }
}

impl Session {
    /// Whether it holds at `now`.
    pub(crate) fn holds(&self, now: Timestamp) -> bool {
        now < self.seen_at + IDLE && now < self.began_at + LONGEST
    }

    /// Whether it is time to write down that it is used.
    pub(crate) fn is_to_be_noted(&self, now: Timestamp) -> bool {
        now >= self.seen_at + NOTED
    }
}

/// What attempts there are when one more is made at `now`.
///
/// # Errors
/// [`TooManyError`] when it is too soon.
pub(crate) fn attempt(before: Option<Attempts>, patience: Patience, now: Timestamp) -> Result<Attempts, TooManyError> {
    let before = before.filter(|before| now < before.at + patience.forgiven);
    let Some(before) = before else { return Ok(Attempts { failures: 1, at: now }) };
    let next = next_at(before, patience);
    if now < next {
        return Err(TooManyError { retry_after_s: next.since(now).as_secs() + 1 });
    }
    Ok(Attempts { failures: before.failures + 1, at: now })
}

/// When the next attempt counts: the wait doubles with each failure.
pub(crate) fn next_at(before: Attempts, patience: Patience) -> Timestamp {
    match u32::try_from(before.failures - patience.free) {
        Ok(more) => before.at + Duration::from_secs(1_u64 << more.min(10)).min(patience.longest),
        Err(_) => before.at,
    }
}

/// Whether this failure is the one after which attempts wait, or one of many more: those are written down.
pub(crate) fn is_told(failures: i64, patience: Patience) -> bool {
    let beyond = failures - patience.free;
    beyond >= 0 && beyond % TOLD_EVERY == 0
}

/// The secret made of 256 random bits.
pub(crate) fn secret(random: [u8; 32]) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(random)
}

/// What is kept of a secret, or of a login that is tried: 64 hexadecimal digits.
pub(crate) fn hash(text: &str) -> String {
    use std::fmt::Write;
    Sha256::digest(text).iter().fold(String::with_capacity(64), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_secs(3600);

    #[test]
    fn a_session_slides_and_ends_after_a_week_at_the_latest() {
        let began_at = Timestamp::from_micros(1_767_225_600_000_000);
        let session = |used: Duration| Session { person: PersonId::from_u128(1), began_at, seen_at: began_at + used };
        assert!(session(Duration::ZERO).holds(began_at + 11 * HOUR));
        assert!(!session(Duration::ZERO).holds(began_at + 12 * HOUR));
        assert!(session(11 * HOUR).holds(began_at + 22 * HOUR));
        assert!(!session(167 * HOUR).holds(began_at + 168 * HOUR));
        assert!(!session(HOUR).is_to_be_noted(began_at + HOUR + Duration::from_secs(299)));
        assert!(session(HOUR).is_to_be_noted(began_at + HOUR + Duration::from_secs(300)));
    }

    #[test]
    fn who_guesses_waits_longer_each_time() {
        let mut now = Timestamp::from_micros(1_767_225_600_000_000);
        let mut attempts = None;
        let mut waits = Vec::new();
        for _ in 0..20 {
            if let Err(TooManyError { retry_after_s }) = attempt(attempts, LOGIN, now) {
                waits.push(retry_after_s - 1);
                now = now + Duration::from_secs(retry_after_s);
            }
            attempts = Some(attempt(attempts, LOGIN, now).unwrap());
        }
        let told: Vec<i64> = (0..60).filter(|failures| is_told(*failures, LOGIN)).collect();
        assert_eq!(told, [5, 30, 55]);
        let at = now;
        assert_eq!(next_at(Attempts { failures: 29, at }, ADDRESS), at, "one address, many people");
        assert_eq!(next_at(Attempts { failures: 99, at }, ADDRESS), at + Duration::from_secs(60));
        assert_eq!(waits, [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900, 900, 900]);
        assert_eq!(attempt(attempts, LOGIN, now + FORGIVEN).unwrap().failures, 1);
    }
}
