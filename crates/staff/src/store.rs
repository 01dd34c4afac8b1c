//! The questions asked of the tables of people, sites and sessions; what writes the fact tables is in [`apply`].

mod apply;

use contracts::shared::{CompanyId, PersonId, SiteId};
use contracts::staff::{PersonName, SiteKind, SiteView};
use kit::problem::{Fault, Problem};
use kit::store::{Reader, Row, Tx};
use kit::time::Timestamp;

pub(crate) use self::apply::{FACT_TABLES, apply, kind_code};
use crate::company::Company;
use crate::person::Person;
use crate::session::{Attempts, FORGIVEN, IDLE, Session, Tried};

/// The company, with its id and version, once it is set.
pub(crate) fn company(reader: &mut Reader<'_>) -> Result<Option<(CompanyId, i64, Company)>, Fault> {
    reader.one(
        "select id, version, name, address, tax_number, currency, zone, country from staff_companies order by id limit 1",
        &[],
        |row| {
            let company = Company {
                name: row.get(2)?,
                address: row.json(3)?,
                tax_number: row.get(4)?,
                currency: row.parse(5)?,
                zone: row.parse(6)?,
                country: row.get(7)?,
            };
            Ok((row.get(0)?, row.get(1)?, company))
        },
    )
}

/// Every site with its version, by name.
pub(crate) fn sites(reader: &mut Reader<'_>) -> Result<Vec<(i64, SiteView)>, Fault> {
    reader.all(
        "select id, version, company, code, name, kind, address, region, zone, day_start, pick_up, open from staff_sites
         order by name, id limit 2000",
        &[],
        read_site,
    )
}

/// The site, with its version.
pub(crate) fn site(reader: &mut Reader<'_>, id: SiteId) -> Result<Option<(i64, SiteView)>, Fault> {
    reader.one(
        "select id, version, company, code, name, kind, address, region, zone, day_start, pick_up, open from staff_sites where id = $1",
        &[id.into()],
        read_site,
    )
}

/// The site that has this code.
pub(crate) fn site_of_code(reader: &mut Reader<'_>, code: &str) -> Result<Option<SiteId>, Fault> {
    reader.one("select id from staff_sites where code = $1", &[code.into()], |row| row.get(0))
}

fn read_site(row: &Row<'_>) -> Result<(i64, SiteView), Fault> {
    let kind: String = row.get(5)?;
    let kind = [SiteKind::Store, SiteKind::Warehouse].into_iter().find(|known| kind_code(*known) == kind);
    let site = SiteView {
        id: row.get(0)?,
        company: row.get(2)?,
        code: row.get(3)?,
        name: row.get(4)?,
        kind: kind.ok_or_else(|| Fault::msg("a stored kind of site is one"))?,
        address: row.json(6)?,
        region: row.get(7)?,
        zone: row.get(8)?,
        day_start: u16::try_from(row.get::<i64>(9)?).map_err(|e| Fault::new("a stored day start is minutes", e))?,
        pick_up: row.get(10)?,
        open: row.get(11)?,
    };
    Ok((row.get(1)?, site))
}

/// The person, or a problem that says there is none.
pub(crate) fn person(reader: &mut Reader<'_>, id: PersonId) -> Result<Person, Problem> {
    let found = reader.one(
        "select id, version, coalesce(login, ''), name, password, roles, active, erased, added_at, signed_in_at
         from staff_people where id = $1",
        &[id.into()],
        read_person,
    )?;
    found.ok_or_else(|| Problem::not_found("person", id))
}

/// Who signs in so.
pub(crate) fn person_of_login(reader: &mut Reader<'_>, login: &str) -> Result<Option<Person>, Fault> {
    reader.one(
        "select id, version, coalesce(login, ''), name, password, roles, active, erased, added_at, signed_in_at
         from staff_people where login = $1",
        &[login.into()],
        read_person,
    )
}

/// People after the one with id `after`, by id.
pub(crate) fn people(reader: &mut Reader<'_>, after: &str, limit: i64) -> Result<Vec<Person>, Fault> {
    reader.all(
        "select id, version, coalesce(login, ''), name, password, roles, active, erased, added_at, signed_in_at
         from staff_people where id > $1 order by id limit $2",
        &[after.into(), limit.into()],
        read_person,
    )
}

/// What those of `people` that there are are called.
pub(crate) fn names(reader: &mut Reader<'_>, people: &[PersonId]) -> Result<Vec<PersonName>, Fault> {
    let ids = serde_json::to_string(people).map_err(|e| Fault::new("ids are JSON", e))?;
    reader.all("select id, name from staff_people where id in each($1) order by id limit 500", &[ids.into()], |row| {
        Ok(PersonName { id: row.get(0)?, name: row.get(1)? })
    })
}

fn read_person(row: &Row<'_>) -> Result<Person, Fault> {
    Ok(Person {
        id: row.get(0)?,
        version: row.get(1)?,
        login: row.get(2)?,
        name: row.get(3)?,
        password: row.get(4)?,
        roles: row.json(5)?,
        active: row.get(6)?,
        erased: row.get(7)?,
        added_at: row.get(8)?,
        signed_in_at: row.get(9)?,
    })
}

/// The session whose secret has this hash, over or not.
pub(crate) fn session(reader: &mut Reader<'_>, hash: &str) -> Result<Option<Session>, Fault> {
    reader.one("select person, began_at, seen_at from staff_sessions where hash = $1", &[hash.into()], |row| {
        Ok(Session { person: row.get(0)?, began_at: row.get(1)?, seen_at: row.get(2)? })
    })
}

/// Begins a session, and throws away those that nobody has used for long.
pub(crate) fn begin_session(tx: &mut Tx<'_>, hash: &str, person: PersonId) -> Result<(), Fault> {
    let now = tx.now();
    tx.put("delete from staff_sessions where seen_at < $1", &[(now - IDLE).into()])?;
    tx.put(
        "insert into staff_sessions (hash, person, began_at, seen_at) values ($1, $2, $3, $3)",
        &[hash.into(), person.into(), now.into()],
    )
}

/// Notes that a session is used.
pub(crate) fn touch_session(tx: &mut Tx<'_>, hash: &str) -> Result<(), Fault> {
    let now = tx.now();
    tx.put("update staff_sessions set seen_at = $2 where hash = $1", &[hash.into(), now.into()])
}

/// Ends a session, if there is one; its person's open screens are told.
pub(crate) fn end_session(tx: &mut Tx<'_>, hash: &str) -> Result<(), Fault> {
    let Some(session) = session(tx, hash)? else { return Ok(()) };
    tx.tell(session.person);
    tx.put("delete from staff_sessions where hash = $1", &[hash.into()])
}

/// Ends every session of `person` but the one with hash `kept`.
pub(crate) fn end_sessions(tx: &mut Tx<'_>, person: PersonId, kept: &str) -> Result<(), Fault> {
    tx.put("delete from staff_sessions where person = $1 and hash <> $2", &[person.into(), kept.into()])
}

/// Attempts to sign in that are counted together; `key` is the hash of a login or of an address.
pub(crate) fn attempts(reader: &mut Reader<'_>, key: &str) -> Result<Option<Attempts>, Fault> {
    reader.one("select failures, at from staff_attempts where key = $1", &[key.into()], |row| {
        Ok(Attempts { failures: row.get(0)?, at: row.get::<Timestamp>(1)? })
    })
}

/// Remembers attempts, and forgets old ones.
pub(crate) fn note_attempts(tx: &mut Tx<'_>, tried: &Tried, attempts: Attempts) -> Result<(), Fault> {
    let old = tx.now() - FORGIVEN;
    tx.put("delete from staff_attempts where at < $1", &[old.into()])?;
    tx.put(
        "insert into staff_attempts (key, address, person, failures, at) values ($1, $2, $3, $4, $5)
         on conflict (key) do update set failures = excluded.failures, at = excluded.at, person = excluded.person",
        &[
            (&tried.key).into(),
            tried.address.as_ref().into(),
            tried.person.into(),
            attempts.failures.into(),
            attempts.at.into(),
        ],
    )
}

/// Forgets the attempts with this key.
pub(crate) fn forget_attempts(tx: &mut Tx<'_>, key: &str) -> Result<(), Fault> {
    tx.put("delete from staff_attempts where key = $1", &[key.into()])
}

/// An attempt from an address was right after all: it is no failure.
pub(crate) fn forgive_attempt(tx: &mut Tx<'_>, key: &str) -> Result<(), Fault> {
    tx.put("update staff_attempts set failures = failures - 1 where key = $1 and failures > 0", &[key.into()])
}

/// What was tried in vain, the latest first, at most 200.
pub(crate) fn tried(reader: &mut Reader<'_>) -> Result<Vec<(Tried, Attempts)>, Fault> {
    reader.all(
        "select key, address, person, failures, at from staff_attempts where failures > 0 order by at desc, key limit 200",
        &[],
        |row| {
            let tried = Tried { key: row.get(0)?, address: row.get(1)?, person: row.get(2)? };
            Ok((tried, Attempts { failures: row.get(3)?, at: row.get(4)? }))
        },
    )
}

/// A line of the list of sign-ins.
pub(crate) struct SignInRow {
    pub(crate) id: String,
    pub(crate) at: Timestamp,
    pub(crate) what: String,
    pub(crate) person: Option<PersonId>,
    pub(crate) by_address: bool,
    pub(crate) failures: i64,
    pub(crate) actor: String,
}

/// Sign-ins and what was done about guessing before `before` (moment and id), the latest first.
pub(crate) fn sign_ins(
    reader: &mut Reader<'_>,
    before: (Timestamp, &str),
    limit: i64,
) -> Result<Vec<SignInRow>, Fault> {
    reader.all(
        "select id, at, what, person, by_address, failures, actor from staff_sign_ins
         where at <= $1 and (at < $1 or id < $2) order by at desc, id desc limit $3",
        &[before.0.into(), before.1.into(), limit.into()],
        |row| {
            Ok(SignInRow {
                id: row.get(0)?,
                at: row.get(1)?,
                what: row.get(2)?,
                person: row.get(3)?,
                by_address: row.get(4)?,
                failures: row.get(5)?,
                actor: row.get(6)?,
            })
        },
    )
}
