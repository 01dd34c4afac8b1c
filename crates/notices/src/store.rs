//! All the SQL: what events do to the tables, and the questions asked of them.

use contracts::orders::OrderId;
use kit::id::{Id, Kind};
use kit::journal::Recorded;
use kit::problem::{Fault, Problem};
use kit::store::{Reader, Row, Tx, Value};
use kit::time::Timestamp;

use crate::events::{About, Letter, NoticeEvent};
use crate::template::{Key, Language, Parts};

/// The tables that [`apply`] writes, and nobody else.
pub const FACT_TABLES: &[&str] = &["notices_messages", "notices_templates"];

/// Kind of [`MessageId`].
pub(crate) enum Message {}
impl Kind for Message {
    const PREFIX: &'static str = "msg";
}
/// A message to a customer.
pub(crate) type MessageId = Id<Message>;

/// A message as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Notice {
    /// Its id.
    pub(crate) id: MessageId,
    /// The order.
    pub(crate) order: OrderId,
    /// What it tells.
    pub(crate) template: Key,
    /// The invoice it is about.
    pub(crate) about: Option<About>,
    /// `waiting`, `sent`, `failed` or `skipped`.
    pub(crate) state: String,
    /// Attempts since it was last asked for.
    pub(crate) attempts: i64,
    /// How often it was asked for again.
    pub(crate) round: i64,
    /// When it is tried next, while waiting.
    pub(crate) next_at: Option<Timestamp>,
    /// Why it was not sent.
    pub(crate) reason: Option<String>,
    /// What was sent; absent before, and once the customer was forgotten.
    pub(crate) letter: Option<Letter>,
    /// Its `Message-ID`, once sent.
    pub(crate) message_id: Option<String>,
    /// When it was first wanted.
    pub(crate) created_at: Timestamp,
    /// When the mail server took it.
    pub(crate) sent_at: Option<Timestamp>,
    /// Counts changes, from 1.
    pub(crate) version: i64,
}

/// Writes an event to the tables.
pub(crate) fn apply(tx: &mut Tx<'_>, recorded: &Recorded<NoticeEvent>) -> Result<(), Fault> {
    let (id, version, at) = (&recorded.entity, recorded.version, recorded.at);
    match &recorded.event {
        NoticeEvent::MessageQueued { order, template, invoice } => {
            let about = match invoice {
                Some(about) => Some(serde_json::to_string(about).map_err(|e| Fault::new("an invoice is JSON", e))?),
                None => None,
            };
            tx.put(
                "insert into notices_messages (id, order_id, template, about, state, attempts, round, next_at, reason,
                   recipient, language, subject, body, message_id, created_at, sent_at, version)
                 values ($1, $2, $3, $4, 'waiting', 0, 0, $5, null, null, null, null, null, null, $5, null, $6)",
                &[id.into(), (*order).into(), template.code().into(), about.map(Value::document).into(), at.into(), version.into()],
            )
        }
        NoticeEvent::MessageSent { person, letter, message_id } => {
            let letter = tx.open(person, letter)?;
            let of = |part: fn(&Letter) -> String| letter.as_ref().map(part);
            tx.put(
                "update notices_messages set state = 'sent', attempts = attempts + 1, next_at = null, reason = null,
                   recipient = $2, language = $3, subject = $4, body = $5, message_id = $6, sent_at = $7, version = $8
                 where id = $1",
                &[
                    id.into(),
                    of(|letter| letter.to.clone()).into(),
                    of(|letter| letter.language.code().to_owned()).into(),
                    of(|letter| letter.subject.clone()).into(),
                    of(|letter| letter.text.clone()).into(),
                    message_id.into(),
                    at.into(),
                    version.into(),
                ],
            )
        }
        NoticeEvent::MessageFailed { reason, next_at } => {
            let state = if next_at.is_some() { "waiting" } else { "failed" };
            tx.put(
                "update notices_messages set state = $2, attempts = attempts + 1, next_at = $3, reason = $4, version = $5
                 where id = $1",
                &[id.into(), state.into(), (*next_at).into(), reason.into(), version.into()],
            )
        }
        NoticeEvent::MessageSkipped { reason } => tx.put(
            "update notices_messages set state = 'skipped', next_at = null, reason = $2, version = $3 where id = $1",
            &[id.into(), reason.into(), version.into()],
        ),
        NoticeEvent::MessageAskedAgain {} => tx.put(
            "update notices_messages set state = 'waiting', attempts = 0, round = round + 1, next_at = $2, reason = null,
               version = $3 where id = $1",
            &[id.into(), at.into(), version.into()],
        ),
        // What was still to be sent is not.
        NoticeEvent::MessageForgotten {} => tx.put(
            "update notices_messages set recipient = null, subject = null, body = null,
               reason = case when state = 'waiting' then 'forgotten' else reason end, next_at = null,
               state = case when state = 'waiting' then 'skipped' else state end, version = $2
             where id = $1",
            &[id.into(), version.into()],
        ),
        NoticeEvent::TemplateSet { key, language, parts } => tx.put(
            "insert into notices_templates (key, language, subject, body, html, version) values ($1, $2, $3, $4, $5, $6)
             on conflict (key, language) do update set subject = excluded.subject, body = excluded.body,
               html = excluded.html, version = excluded.version",
            &[
                key.code().into(),
                language.code().into(),
                (&parts.subject).into(),
                (&parts.text).into(),
                (&parts.html).into(),
                version.into(),
            ],
        ),
        // The row stays for its version; empty texts stand for the shipped ones.
        NoticeEvent::TemplateReset { key, language } => tx.put(
            "update notices_templates set subject = '', body = '', html = '', version = $3 where key = $1 and language = $2",
            &[key.code().into(), language.code().into(), version.into()],
        ),
    }
}

/// The id of the one message that tells `template` of an order.
#[must_use]
pub(crate) fn id_of(order: OrderId, template: Key) -> MessageId {
    order.derived(template.code(), 0)
}

/// Records that a customer is to be told something, unless it was before.
///
/// # Errors
/// A fault of the database.
pub(crate) fn queue(tx: &mut Tx<'_>, order: OrderId, template: Key, invoice: Option<About>) -> Result<(), Fault> {
    let id = id_of(order, template);
    let is_known =
        tx.one("select version from notices_messages where id = $1", &[id.into()], |row| row.get::<i64>(0))?;
    if is_known.is_none() {
        tx.record(id, 0, NoticeEvent::MessageQueued { order, template, invoice })?;
    }
    Ok(())
}

/// The one message that tells `template` of an order, if it was ever wanted.
///
/// # Errors
/// A fault of the database.
pub(crate) fn told(reader: &mut Reader<'_>, order: OrderId, template: Key) -> Result<Option<Notice>, Fault> {
    reader.one(
        "select id, order_id, template, about, state, attempts, round, next_at, reason, recipient, language, subject, body,
           message_id, created_at, sent_at, version
         from notices_messages where id = $1",
        &[id_of(order, template).into()],
        message_of,
    )
}

/// Takes at most `limit` messages that are due, the earliest first, for this process until `until`.
///
/// # Errors
/// A fault of the database.
pub(crate) fn claim(tx: &mut Tx<'_>, until: Timestamp, limit: i64) -> Result<Vec<Notice>, Fault> {
    let now = tx.now();
    let due = tx.all(
        "select id, order_id, template, about, state, attempts, round, next_at, reason, recipient, language, subject, body,
           message_id, created_at, sent_at, version
         from notices_messages where state = 'waiting' and next_at <= $1 order by next_at, id limit $2",
        &[now.into(), limit.into()],
        message_of,
    )?;
    let mut mine = Vec::new();
    for row in due {
        let claimed = tx.exec(
            "insert into notices_claims (message, until) values ($1, $2)
             on conflict (message) do update set until = excluded.until where notices_claims.until <= $3",
            &[row.id.into(), until.into(), now.into()],
        )?;
        if claimed == 1 {
            mine.push(row);
        }
    }
    Ok(mine)
}

/// When the next message is due.
///
/// # Errors
/// A fault of the database.
pub(crate) fn next_due(reader: &mut Reader<'_>) -> Result<Option<Timestamp>, Fault> {
    reader.one(
        "select m.next_at from notices_messages m left join notices_claims c on c.message = m.id and c.until > $1
         where m.state = 'waiting' and c.message is null order by m.next_at, m.id limit 1",
        &[reader.now().into()],
        |row| row.get(0),
    )
}

/// Records what became of a claimed message and lets go of it; nothing when it changed meanwhile.
///
/// # Errors
/// A fault of the database.
pub(crate) fn settle(tx: &mut Tx<'_>, id: MessageId, version: i64, event: NoticeEvent) -> Result<(), Fault> {
    tx.put("delete from notices_claims where message = $1", &[id.into()])?;
    let present =
        tx.one("select version from notices_messages where id = $1", &[id.into()], |row| row.get::<i64>(0))?;
    if present == Some(version) { tx.record(id, version, event).map(drop) } else { Ok(()) }
}

/// Lets go of a claimed message as it is.
///
/// # Errors
/// A fault of the database.
pub(crate) fn let_go(tx: &mut Tx<'_>, id: MessageId) -> Result<(), Fault> {
    tx.put("delete from notices_claims where message = $1", &[id.into()])
}

/// A message by its id.
///
/// # Errors
/// `kit/not-found`, or a fault of the database.
pub(crate) fn message(reader: &mut Reader<'_>, id: MessageId) -> Result<Notice, Problem> {
    let found = reader.one(
        "select id, order_id, template, about, state, attempts, round, next_at, reason, recipient, language, subject, body,
           message_id, created_at, sent_at, version
         from notices_messages where id = $1",
        &[id.into()],
        message_of,
    )?;
    found.ok_or_else(|| Problem::not_found("message", id))
}

/// Which messages are wanted; empty texts want all.
#[derive(Debug, Clone, Default)]
pub(crate) struct Filter {
    /// The order.
    pub(crate) order: Option<OrderId>,
    /// The state.
    pub(crate) state: String,
    /// The template's key.
    pub(crate) template: String,
    /// What the address begins with, in small letters.
    pub(crate) to: String,
    /// Messages before this id.
    pub(crate) before: String,
}

/// At most `limit` messages, those of the newest orders first.
///
/// # Errors
/// A fault of the database.
pub(crate) fn messages(reader: &mut Reader<'_>, filter: &Filter, limit: i64) -> Result<Vec<Notice>, Fault> {
    let values = [(&filter.state).into(), (&filter.template).into(), (&filter.before).into(), limit.into()];
    if !filter.to.is_empty() {
        let mut values = values.to_vec();
        // Everything that begins so stands between it and what is longer than any.
        values.extend([(&filter.to).into(), format!("{}\u{10ffff}", filter.to).into(), filter.order.into()]);
        return reader.all(
            "select id, order_id, template, about, state, attempts, round, next_at, reason, recipient, language, subject, body,
               message_id, created_at, sent_at, version
             from notices_messages where lower(recipient) >= $5 and lower(recipient) < $6
               and ($1 = '' or state = $1) and ($2 = '' or template = $2) and id < $3 and (order_id = $7 or $7 is null)
             order by id desc limit $4",
            &values,
            message_of,
        );
    }
    let Some(order) = filter.order else {
        return reader.all(
            "select id, order_id, template, about, state, attempts, round, next_at, reason, recipient, language, subject, body,
               message_id, created_at, sent_at, version
             from notices_messages where ($1 = '' or state = $1) and ($2 = '' or template = $2) and id < $3
             order by id desc limit $4",
            &values,
            message_of,
        );
    };
    // The ids follow from the order's.
    let ids = Key::ALL.map(|template| id_of(order, template));
    let ids = serde_json::to_string(&ids).map_err(|e| Fault::new("ids are JSON", e))?;
    let mut values = values.to_vec();
    values.push(ids.into());
    reader.all(
        "select id, order_id, template, about, state, attempts, round, next_at, reason, recipient, language, subject, body,
           message_id, created_at, sent_at, version
         from notices_messages where id in each($5) and ($1 = '' or state = $1) and ($2 = '' or template = $2) and id < $3
         order by id desc limit $4",
        &values,
        message_of,
    )
}

/// The text for `key` in `language` that was set here, with its version; `None` and a version where it is the shipped one.
///
/// # Errors
/// A fault of the database.
pub(crate) fn template(reader: &mut Reader<'_>, key: Key, language: Language) -> Result<(Option<Parts>, i64), Fault> {
    let found = reader.one(
        "select subject, body, html, version from notices_templates where key = $1 and language = $2",
        &[key.code().into(), language.code().into()],
        |row| {
            let parts = Parts { subject: row.get(0)?, text: row.get(1)?, html: row.get(2)? };
            Ok((Some(parts).filter(|parts| !parts.subject.is_empty()), row.get(3)?))
        },
    )?;
    Ok(found.unwrap_or((None, 0)))
}

fn message_of(row: &Row<'_>) -> Result<Notice, Fault> {
    let code: String = row.get(2)?;
    let template = Key::from_code(&code).ok_or_else(|| Fault::msg(format!("{code} is not a template")))?;
    let about: Option<String> = row.get(3)?;
    let about = about.map(|text| serde_json::from_str(&text).map_err(|e| Fault::new("an invoice is readable", e)));
    let language: Option<String> = row.get(10)?;
    let letter = match (row.get(9)?, language, row.get(11)?, row.get(12)?) {
        (Some(to), Some(code), Some(subject), Some(text)) => {
            let language = Language::from_code(&code).ok_or_else(|| Fault::msg(format!("{code} is not a language")))?;
            Some(Letter { to, language, subject, text })
        }
        _ => None,
    };
    Ok(Notice {
        id: row.parse(0)?,
        order: row.parse(1)?,
        template,
        about: about.transpose()?,
        state: row.get(4)?,
        attempts: row.get(5)?,
        round: row.get(6)?,
        next_at: row.get(7)?,
        reason: row.get(8)?,
        letter,
        message_id: row.get(13)?,
        created_at: row.get(14)?,
        sent_at: row.get(15)?,
        version: row.get(16)?,
    })
}
