//! A member of the staff: added, changed, blocked, forgotten. Pure decisions.

use contracts::shared::PersonId;
use kit::auth::Actor;
use kit::problem::{Problem, Refusal};
use kit::time::Timestamp;
use serde::{Deserialize, Serialize};

use crate::role::{self, RoleAt};

/// A person as they stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Person {
    pub(crate) id: PersonId,
    pub(crate) version: i64,
    /// What they sign in with; empty when forgotten.
    pub(crate) login: String,
    /// Their name for people; empty when forgotten.
    pub(crate) name: String,
    /// What is kept of the password; nothing when forgotten.
    pub(crate) password: Option<String>,
    pub(crate) roles: Vec<RoleAt>,
    pub(crate) active: bool,
    pub(crate) erased: bool,
    pub(crate) added_at: Timestamp,
    pub(crate) signed_in_at: Option<Timestamp>,
}

/// What the journal seals of a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Details {
    pub(crate) login: String,
    pub(crate) name: String,
}

/// Why somebody is not added or changed.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum PersonError {
    /// The login is no e-mail address.
    #[error("a login is an e-mail address of at most 200 characters")]
    Login,
    /// The name is empty or too long.
    #[error("a name has 1 to 100 characters")]
    Name,
    /// Somebody else signs in so.
    #[error("somebody signs in with this already")]
    LoginTaken,
    /// They are forgotten.
    #[error("this person has been forgotten")]
    Erased,
    /// The actor would be the person.
    #[error("nobody does this to themselves: ask somebody else")]
    Yourself,
    /// The person may, or would, do what the actor may not.
    #[error("the person's permissions are more than your own")]
    MoreThanOwn,
}

impl Refusal for PersonError {
    fn problem(&self) -> Problem {
        let problem = match self {
            PersonError::Login => return Problem::unfit("login", self.to_string()),
            PersonError::Name => return Problem::unfit("name", self.to_string()),
            PersonError::LoginTaken => Problem::conflict("staff/login-taken", "The login is taken"),
            PersonError::Erased => Problem::conflict("staff/erased", "The person is forgotten"),
            PersonError::Yourself => Problem::conflict("staff/yourself", "Not to yourself"),
            PersonError::MoreThanOwn => Problem::new(403, "staff/more-than-own", "More than your own permissions"),
        };
        problem.detail(self.to_string())
    }
}

/// Login and name as they are kept.
///
/// # Errors
/// `Login` or `Name`.
pub(crate) fn details(login: &str, name: &str) -> Result<Details, PersonError> {
    let login = login.trim().to_lowercase();
    let parts = login.split_once('@').filter(|(user, host)| !user.is_empty() && host.len() > 2 && !host.contains('@'));
    let is_plain = login.chars().all(|c| !c.is_whitespace() && !c.is_control());
    if parts.is_none() || !is_plain || login.chars().count() > 200 {
        return Err(PersonError::Login);
    }
    let name = name.trim();
    if !(1..=100).contains(&name.chars().count()) {
        return Err(PersonError::Name);
    }
    Ok(Details { login, name: name.to_owned() })
}

/// Whether `actor` may give somebody these roles, or change somebody who has them.
///
/// # Errors
/// `MoreThanOwn`.
pub(crate) fn within(actor: &Actor, roles: &[RoleAt]) -> Result<(), PersonError> {
    if actor.has_all(&role::grants(roles)) { Ok(()) } else { Err(PersonError::MoreThanOwn) }
}

/// Whether `actor` may change `person` at all.
///
/// # Errors
/// `Erased` or `MoreThanOwn`.
pub(crate) fn changeable(actor: &Actor, person: &Person) -> Result<(), PersonError> {
    if person.erased {
        return Err(PersonError::Erased);
    }
    within(actor, &person.roles)
}

/// Whether `actor` may take `person`'s access away or give them another.
///
/// # Errors
/// `Yourself`, `Erased` or `MoreThanOwn`.
pub(crate) fn governable(actor: &Actor, person: &Person) -> Result<(), PersonError> {
    if actor.name == actor_name(person.id) {
        return Err(PersonError::Yourself);
    }
    changeable(actor, person)
}

/// A person as an actor is named.
pub(crate) fn actor_name(id: PersonId) -> String {
    format!("person:{id}")
}

/// The person that an actor is, if one.
pub(crate) fn of_actor(actor: &Actor) -> Option<PersonId> {
    actor.name.strip_prefix("person:")?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logins_are_e_mail_addresses_in_lower_case() {
        let kept = details(" Anna@Example.ORG ", " Anna ").unwrap();
        assert_eq!((kept.login.as_str(), kept.name.as_str()), ("anna@example.org", "Anna"));
        for wrong in ["", "anna", "@example.org", "anna@", "an na@example.org", "a@b@example.org"] {
            assert_eq!(details(wrong, "Anna"), Err(PersonError::Login), "{wrong}");
        }
        assert_eq!(details("a@example.org", " "), Err(PersonError::Name));
    }
}
