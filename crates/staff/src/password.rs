//! Passwords: argon2id, computed beside the lane and beside the threads that answer requests, few at once, because each takes
//! 19 MB and tens of milliseconds.

use std::time::Duration;

use argon2::password_hash::{PasswordHash, PasswordHasher, PasswordVerifier, SaltString};
use argon2::{Algorithm, Argon2, Params, Version};
use kit::problem::{Fault, Problem, Refusal};
use kit::runtime::Runtime;
use tokio::sync::Semaphore;

/// Passwords worked on at once in this process.
static AT_ONCE: Semaphore = Semaphore::const_new(2);
/// Who waits longer than this for their turn is told to come back.
const PATIENCE: Duration = Duration::from_secs(5);
/// The fewest characters of a password that people choose.
const FEWEST: usize = 10;
/// The most characters of any password.
const MOST: usize = 200;
/// A hash that no password has: who is not known is refused in the same time as who is.
const NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5LXdpdGgtdGhpcw$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// Why a password is not taken.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum WeakError {
    /// Too short or too long.
    #[error("A password has {FEWEST} to {MOST} characters.")]
    Length,
    /// It is the login.
    #[error("A password is something else than the login.")]
    Login,
}

impl Refusal for WeakError {
    fn problem(&self) -> Problem {
        let field = match self {
            WeakError::Length => "length",
            WeakError::Login => "login",
        };
        Problem::new(422, "staff/weak-password", "The password is too weak")
            .detail(self.to_string())
            .with("field", field)
            .with("least", FEWEST)
            .with("most", MOST)
    }
}

/// Whether `password` is one for `login`. `is_demo` allows short ones, which everybody knows anyway.
///
/// # Errors
/// See [`WeakError`].
pub(crate) fn check(password: &str, login: &str, is_demo: bool) -> Result<(), WeakError> {
    let fewest = if is_demo { 1 } else { FEWEST };
    if !(fewest..=MOST).contains(&password.chars().count()) {
        return Err(WeakError::Length);
    }
    if password.to_lowercase() == login { Err(WeakError::Login) } else { Ok(()) }
}

/// What is kept of `password`.
///
/// # Errors
/// `kit/busy` when too many wait, or a fault.
pub(crate) async fn hash(runtime: &Runtime, password: String) -> Result<String, Problem> {
    let salt: [u8; 16] = runtime.random_bytes();
    let hashed = work(runtime, move || {
        let salt = SaltString::encode_b64(&salt).map_err(|e| Fault::msg(format!("a salt has 16 bytes: {e}")))?;
        let hash = hasher()?.hash_password(password.as_bytes(), &salt);
        Ok(hash.map_err(|e| Fault::msg(format!("a password cannot be hashed: {e}")))?.to_string())
    });
    hashed.await
}

/// Whether `password` is the one that `hash` was made of; without a hash it takes as long and is not.
///
/// # Errors
/// `kit/busy` when too many wait, or a fault.
pub(crate) async fn is(runtime: &Runtime, password: String, hash: Option<String>) -> Result<bool, Problem> {
    let checked = work(runtime, move || {
        let text = hash.as_deref().unwrap_or(NOBODY);
        let parsed = PasswordHash::new(text).map_err(|e| Fault::msg(format!("a stored hash is one: {e}")))?;
        // Nobody has a longer one, and a megabyte to hash would be work for nothing.
        let fits = password.len() <= MOST * 4;
        let same = hasher()?.verify_password(if fits { password.as_bytes() } else { b"" }, &parsed).is_ok();
        Ok(same && fits && hash.is_some())
    });
    checked.await
}

async fn work<T: Send + 'static>(
    runtime: &Runtime,
    work: impl FnOnce() -> Result<T, Fault> + Send + 'static,
) -> Result<T, Problem> {
    let turn = runtime.timeout(PATIENCE, AT_ONCE.acquire()).await.ok_or_else(|| Problem::busy(2))?;
    let turn = turn.map_err(|e| Fault::new("the turn of passwords is never closed", e))?;
    let done = runtime.blocking(work).await?;
    drop(turn);
    Ok(done?)
}

/// What OWASP asks of argon2id at least: 19 MiB, two passes, one lane.
fn hasher() -> Result<Argon2<'static>, Fault> {
    let params = Params::new(19_456, 2, 1, None).map_err(|e| Fault::msg(format!("these are parameters: {e}")))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_the_password_fits_its_hash_and_nothing_fits_nobody() {
        let runtime = Runtime::real();
        let hash = hash(&runtime, "correct horse".to_owned()).await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        let try_it = async |password: &str, hash: Option<&String>| {
            is(&runtime, password.to_owned(), hash.cloned()).await.unwrap()
        };
        assert!(try_it("correct horse", Some(&hash)).await);
        assert!(!try_it("correct horsf", Some(&hash)).await);
        assert!(!try_it("correct horse", None).await);
        assert!(!try_it(&"x".repeat(100_000), Some(&hash)).await);
    }

    #[test]
    fn a_password_is_long_and_not_the_login() {
        let login = "anna@example.org";
        assert_eq!(check("short", login, false), Err(WeakError::Length));
        assert_eq!(check("Anna@Example.org", login, false), Err(WeakError::Login));
        assert_eq!(check("long enough", login, false), Ok(()));
        assert_eq!(check("demo", login, true), Ok(()));
    }
}
