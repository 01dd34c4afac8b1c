//! API keys: how programs say who they are. The secret is shown once, when the key is made; only its hash is kept.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use kit::auth::{Actor, Grant};
use kit::id::{Id, Kind};
use kit::problem::{Fault, Problem, Refusal};
use kit::store::{Reader, Tx};
use kit::time::Timestamp;
use sha2::{Digest, Sha256};

use crate::{KEYS, events, store};

/// Kind of [`KeyId`].
pub enum ApiKeyKind {}
impl Kind for ApiKeyKind {
    const PREFIX: &'static str = "key";
}
/// An API key.
pub type KeyId = Id<ApiKeyKind>;

/// What every secret begins with, so that a leaked one is recognised.
const PREFIX: &str = "brk_";
/// The most permissions of one key; they travel with every request.
const GRANTS: usize = 64;

/// An API key, without its secret.
#[derive(Debug, Clone, PartialEq)]
pub struct ApiKey {
    /// Its id.
    pub id: KeyId,
    /// Its version: 1, or 2 when revoked.
    pub version: i64,
    /// What it is for, as people call it.
    pub name: String,
    /// What it allows.
    pub grants: Vec<Grant>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was revoked, if it was.
    pub revoked_at: Option<Timestamp>,
    /// Who made it: an actor's name; empty where nobody noted it yet.
    pub made_by: String,
    /// From when on it is refused; never when absent.
    pub expires_at: Option<Timestamp>,
}

/// A key just made, with the secret that is shown this once.
#[derive(Debug, Clone, PartialEq)]
pub struct NewKey {
    /// The key.
    pub id: KeyId,
    /// What to send as `Authorization: Bearer …`.
    pub secret: String,
}

/// Why a key is not made.
#[derive(Debug, PartialEq, thiserror::Error)]
pub enum IssueError {
    /// The name is empty or too long.
    #[error("A key's name has 1 to 100 characters.")]
    Name,
    /// No permission at all, or too many.
    #[error("A key has 1 to {GRANTS} permissions.")]
    GrantCount,
    /// A permission that cannot be written.
    #[error("{permission:?} is no permission: `*`, `orders.*` or `orders.cancel`, in lower case.")]
    NoPermission {
        /// As it was asked for.
        permission: String,
    },
    /// An end that has come already.
    #[error("A key ends in the future, or never.")]
    Expiry,
    /// The key would be valid for longer than the one that makes it.
    #[error("A key that ends makes no key that ends later, or never.")]
    Outlives,
    /// The maker lacks what the key would have.
    #[error("Who makes a key can give it no more than they have themselves, and {permission} is more.")]
    MoreThanMaker {
        /// What is too much.
        permission: String,
    },
}

impl Refusal for IssueError {
    fn problem(&self) -> Problem {
        match self {
            IssueError::MoreThanMaker { permission } => {
                Problem::new(403, "gateway/more-than-own", "More than your own permissions")
                    .detail(self.to_string())
                    .with("permission", permission.clone())
            }
            IssueError::Name => Problem::unfit("name", self.to_string()),
            IssueError::GrantCount | IssueError::NoPermission { .. } => Problem::unfit("grants", self.to_string()),
            IssueError::Expiry | IssueError::Outlives => Problem::unfit("expiry", self.to_string()),
        }
    }
}

/// The secret made of 256 random bits.
#[must_use]
pub fn secret(random: [u8; 32]) -> String {
    format!("{PREFIX}{}", BASE64_URL_SAFE_NO_PAD.encode(random))
}

/// What is kept of a secret.
pub(crate) fn hash(secret: impl AsRef<[u8]>) -> [u8; 32] {
    Sha256::digest(secret).into()
}

/// Whether a key of this name with these grants may be made by `maker`.
fn check(maker: &Actor, name: &str, grants: &[Grant]) -> Result<(), IssueError> {
    if !(1..=100).contains(&name.trim().chars().count()) {
        return Err(IssueError::Name);
    }
    if !(1..=GRANTS).contains(&grants.len()) {
        return Err(IssueError::GrantCount);
    }
    for grant in grants {
        let permission = grant.permission.clone();
        if !is_permission(&permission) {
            return Err(IssueError::NoPermission { permission });
        }
        if !maker.has_all([grant]) {
            return Err(IssueError::MoreThanMaker { permission });
        }
    }
    Ok(())
}

fn is_permission(text: &str) -> bool {
    let word = |word: &str| {
        !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-_.".contains(&b))
    };
    match text.strip_suffix('*') {
        Some("") => true,
        Some(service) => service.strip_suffix('.').is_some_and(word),
        None => word(text),
    }
}

/// Makes a key called `name` with `grants`, which is refused from `expires_at` on, if at all.
///
/// # Errors
/// [`IssueError`] as a problem, or a fault of the database.
pub fn issue(
    tx: &mut Tx<'_>,
    maker: &Actor,
    name: &str,
    grants: &[Grant],
    expires_at: Option<Timestamp>,
) -> Result<NewKey, Problem> {
    maker.may(KEYS, None)?;
    check(maker, name, grants)?;
    if expires_at.is_some_and(|end| end <= tx.now()) {
        return Err(IssueError::Expiry.into());
    }
    // A key that ends makes none that outlives it.
    if let Some(own) = maker.name.strip_prefix("key:").and_then(|id| id.parse::<KeyId>().ok()) {
        let end = store::key(tx, own)?.and_then(|key| key.expires_at);
        if end.is_some_and(|end| expires_at.is_none_or(|asked| asked > end)) {
            return Err(IssueError::Outlives.into());
        }
    }
    let id: KeyId = tx.new_id();
    let secret = secret(tx.random());
    let (name, hash) = (name.trim().to_owned(), hex(&hash(&secret)));
    let event = events::KeyIssued { name, hash, grants: grants.to_vec(), expires_at };
    tx.record(id, 0, events::GatewayEvent::KeyIssued(event))?;
    Ok(NewKey { id, secret })
}

/// The first 10,000 keys, revoked ones too, oldest first.
///
/// # Errors
/// A fault of the database.
pub fn list(reader: &mut Reader<'_>) -> Result<Vec<ApiKey>, Fault> {
    store::keys(reader, "", 10_000)
}

/// Revokes a key; once is enough.
///
/// # Errors
/// `kit/not-found`, `kit/forbidden`, or a fault of the database.
pub fn revoke(tx: &mut Tx<'_>, actor: &Actor, id: KeyId) -> Result<ApiKey, Problem> {
    actor.may(KEYS, None)?;
    let key = store::key(tx, id)?.ok_or_else(|| Problem::not_found("API key", id))?;
    if key.revoked_at.is_none() {
        tx.record(id, key.version, events::GatewayEvent::KeyRevoked {})?;
    }
    store::key(tx, id)?.ok_or_else(|| Problem::not_found("API key", id))
}

/// What [`hex`] was made of, when it was 32 bytes.
pub(crate) fn unhex(text: &[u8]) -> Option<[u8; 32]> {
    let text = std::str::from_utf8(text).ok()?;
    let bytes: Option<Vec<u8>> = (0..32).map(|n| u8::from_str_radix(text.get(n * 2..n * 2 + 2)?, 16).ok()).collect();
    bytes?.try_into().ok()
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use kit::auth::SiteId;

    use super::*;

    fn grant(text: &str) -> Grant {
        match text.split_once('@') {
            Some((permission, site)) => {
                Grant { permission: permission.to_owned(), site: Some(SiteId::from_u128(site.parse().unwrap())) }
            }
            None => Grant { permission: text.to_owned(), site: None },
        }
    }

    #[test]
    fn nobody_gives_more_than_they_have() {
        for (own, wanted, fits) in [
            ("*", "*", true),
            ("*", "orders.cancel@1", true),
            ("orders.*", "orders.cancel", true),
            ("orders.*", "orders.*@1", true),
            ("orders.*", "*", false),
            ("orders.*", "ordersx.cancel", false),
            ("orders.cancel", "orders.*", false),
            ("orders.*@1", "orders.cancel@1", true),
            ("orders.*@1", "orders.cancel@2", false),
            ("*@1", "orders.cancel", false),
        ] {
            let maker = Actor { name: "key:x".to_owned(), grants: Arc::new([grant(own)]), request_id: String::new() };
            assert_eq!(check(&maker, "till", &[grant(wanted)]).is_ok(), fits, "{own} gives {wanted}");
        }
    }

    #[test]
    fn permissions_are_lower_case_words_with_dots() {
        for (text, fits) in [
            ("*", true),
            ("orders.*", true),
            ("orders.cancel", true),
            ("", false),
            ("Orders", false),
            ("o*", false),
            ("a.\n", false),
            (".*", false),
        ] {
            assert_eq!(is_permission(text), fits, "{text:?}");
        }
    }
}
