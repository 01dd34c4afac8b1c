//! A decision and its versions: draft, approved by a second person, published. Pure.

use kit::blob::BlobRef;
use kit::problem::{Problem, Refusal};
use kit::time::Timestamp;

use crate::events::RulesEvent;

/// Longest key, title and note, in characters.
const LONGEST: (usize, usize, usize) = (40, 100, 500);

/// A decision as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// What callers ask it by.
    pub key: String,
    /// How often its entry has changed, from 1.
    pub version: i64,
    /// What people call it.
    pub title: String,
    /// The newest version's number.
    pub latest: i64,
    /// The version in force; 0 for none yet.
    pub in_force: i64,
    /// Since when.
    pub in_force_since: Option<Timestamp>,
    /// The version that takes effect later.
    pub scheduled: Option<Scheduled>,
}

/// A version that takes effect later.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scheduled {
    /// Its number.
    pub number: i64,
    /// When.
    pub valid_from: Timestamp,
}

/// How far a version has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Uploaded.
    Draft,
    /// A second person has agreed.
    Approved,
    /// It is or was in force.
    Published,
}

/// A version of a decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    /// Its number, from 1.
    pub number: i64,
    /// How far it has come.
    pub state: State,
    /// Why it was made.
    pub note: String,
    /// Its DMN document.
    pub text: BlobRef,
    /// Who uploaded it, as the journal names them.
    pub author: String,
    /// When.
    pub added_at: Timestamp,
    /// Who approved it.
    pub approver: Option<String>,
    /// When.
    pub approved_at: Option<Timestamp>,
    /// When it last took effect.
    pub published_at: Option<Timestamp>,
}

/// Why a version cannot be added.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddError {
    /// Not 1 to 40 small letters, digits and hyphens, or one that is a word of the API.
    #[error("a key has 1 to {} small letters, digits and hyphens, begins with a letter and is not `ask`", LONGEST.0)]
    Key,
    /// Longer than 100 characters, or empty.
    #[error("a title has 1 to {} characters", LONGEST.1)]
    Title,
    /// Longer than 500 characters.
    #[error("a note has at most {} characters", LONGEST.2)]
    Note,
}

impl Refusal for AddError {
    fn problem(&self) -> Problem {
        match self {
            AddError::Key => Problem::unfit("code", self.to_string()),
            AddError::Title => Problem::unfit("name", self.to_string()),
            AddError::Note => Problem::unfit("note", self.to_string()),
        }
    }
}

/// Why a version cannot be approved.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum ApproveError {
    /// Whoever made it does not approve it.
    #[error("it was uploaded by the same person")]
    Own,
    /// It is approved already.
    #[error("it is approved already")]
    Already,
}

impl Refusal for ApproveError {
    fn problem(&self) -> Problem {
        match self {
            ApproveError::Own => Problem::new(403, "rules/own-draft", "Somebody else must approve this")
                .detail("Whoever uploaded a version cannot approve it."),
            ApproveError::Already => Problem::conflict("rules/already-approved", "This version is approved already"),
        }
    }
}

/// Why a version cannot be published.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum PublishError {
    /// Nobody has approved it.
    #[error("version {number} is not approved")]
    NotApproved {
        /// Which.
        number: i64,
    },
    /// It is in force.
    #[error("version {number} is in force")]
    InForce {
        /// Which.
        number: i64,
    },
    /// The moment has passed, or is more than two years ahead.
    #[error("a version takes effect now or within two years, not at {at}")]
    Moment {
        /// What was asked for.
        at: Timestamp,
    },
}

impl Refusal for PublishError {
    fn problem(&self) -> Problem {
        match self {
            PublishError::NotApproved { number } => {
                Problem::conflict("rules/not-approved", "This version is not approved").with("version", *number)
            }
            PublishError::InForce { number } => {
                Problem::conflict("rules/already-in-force", "This version is in force already").with("version", *number)
            }
            PublishError::Moment { .. } => Problem::unfit("moment", self.to_string()),
        }
    }
}

/// Nothing is scheduled.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("nothing is scheduled")]
pub struct NotScheduled;

impl Refusal for NotScheduled {
    fn problem(&self) -> Problem {
        Problem::conflict("rules/not-scheduled", "No version is scheduled")
    }
}

/// Adds the next version of the decision `key`, which is `present` unless it is new.
///
/// # Errors
/// See [`AddError`].
pub(crate) fn add(
    key: &str,
    present: Option<&Decision>,
    title: Option<&str>,
    note: &str,
    text: BlobRef,
) -> Result<RulesEvent, AddError> {
    let is_key = key.starts_with(|c: char| c.is_ascii_lowercase())
        && key.len() <= LONGEST.0
        && key.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
    if !is_key || key == "ask" {
        return Err(AddError::Key);
    }
    let title = title.or(present.map(|decision| decision.title.as_str())).unwrap_or(key).trim();
    if title.is_empty() || title.chars().count() > LONGEST.1 {
        return Err(AddError::Title);
    }
    if note.chars().count() > LONGEST.2 {
        return Err(AddError::Note);
    }
    let number = present.map_or(0, |decision| decision.latest) + 1;
    Ok(RulesEvent::VersionAdded { number, title: title.to_owned(), note: note.trim().to_owned(), text })
}

/// Approves `version` as `approver`.
///
/// # Errors
/// See [`ApproveError`].
pub(crate) fn approve(version: &Version, approver: &str) -> Result<RulesEvent, ApproveError> {
    match version.state {
        State::Approved | State::Published => Err(ApproveError::Already),
        State::Draft if version.author == approver => Err(ApproveError::Own),
        State::Draft => Ok(RulesEvent::VersionApproved { number: version.number }),
    }
}

/// Publishes `version` now, or at the moment `at`.
///
/// # Errors
/// See [`PublishError`].
pub(crate) fn publish(
    decision: &Decision,
    version: &Version,
    at: Option<Timestamp>,
    now: Timestamp,
) -> Result<RulesEvent, PublishError> {
    const FURTHEST: std::time::Duration = std::time::Duration::from_secs(2 * 366 * 86_400);
    let Some(at) = at else { return take_effect(decision, version, now) };
    if at <= now || at > now + FURTHEST {
        return Err(PublishError::Moment { at });
    }
    approved(version)?;
    Ok(RulesEvent::VersionScheduled { number: version.number, valid_from: at })
}

/// `version` is in force from `at` on.
///
/// # Errors
/// See [`PublishError`].
pub(crate) fn take_effect(decision: &Decision, version: &Version, at: Timestamp) -> Result<RulesEvent, PublishError> {
    if decision.in_force == version.number && decision.scheduled.as_ref().is_none_or(|it| it.number != version.number) {
        return Err(PublishError::InForce { number: version.number });
    }
    approved(version)?;
    Ok(RulesEvent::DecisionPublished { number: version.number, at })
}

fn approved(version: &Version) -> Result<(), PublishError> {
    match version.state {
        State::Approved | State::Published => Ok(()),
        State::Draft => Err(PublishError::NotApproved { number: version.number }),
    }
}

/// Forgets what is scheduled.
///
/// # Errors
/// See [`NotScheduled`].
pub(crate) fn unschedule(decision: &Decision) -> Result<RulesEvent, NotScheduled> {
    match &decision.scheduled {
        Some(scheduled) => Ok(RulesEvent::ScheduleDropped { number: scheduled.number }),
        None => Err(NotScheduled),
    }
}
