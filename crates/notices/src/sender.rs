//! What runs beside: takes messages that are due, asks for what they tell, and hands them to the mail server.
//!
//! A mail server may take a message whose answer is lost: it is sent again with the same `Message-ID`, by which mail programs
//! show it once.

use std::collections::{BTreeSet, HashMap};
use std::time::{Duration, UNIX_EPOCH};

use contracts::catalog::{AskProductNames, ProductNames};
use contracts::customers::AskCustomers;
use contracts::orders::{AskOrders, OrderId, OrderSheet};
use contracts::shared::{CustomerId, NameIn, ProductId, SiteId};
use contracts::staff::AskSites;
use kit::http::App;
use kit::problem::{Fault, Problem};
use lettre::message::{Mailbox, MultiPart};
use lettre::transport::smtp::AsyncSmtpTransport;
use lettre::{AsyncTransport, Message, Tokio1Executor};

use crate::events::{Letter, NoticeEvent};
use crate::store::{self, Notice};
use crate::template::{self, FactInvoice, FactLine, FactSite, Facts, Key, Language, Parts};

/// Messages taken in one go.
const BATCH: i64 = 32;
/// Products whose names are asked for at once.
const MOST_PRODUCTS: usize = 500;
/// How long taken messages are this process's.
const CLAIM: Duration = Duration::from_secs(120);
/// How long to wait when nothing is due, at most.
const REST: Duration = Duration::from_secs(2);
/// How long a mail server may take.
const DEADLINE: Duration = Duration::from_secs(20);

/// The mail server, and who writes: given to the process.
pub struct Mail {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    language: Language,
}

impl Mail {
    /// Mail by the server at `smtp`: `host:port`, or `smtp://user:password@host:port?tls=required`, or `smtps://…`; `from` is an address,
    /// perhaps with a name: `Demo Shop <shop@example.com>`. Customers whose language nobody knows get `language`.
    ///
    /// # Errors
    /// What is wrong with the settings.
    pub fn new(smtp: &str, from: &str, language: Language) -> Result<Mail, Fault> {
        let url = if smtp.contains("://") { smtp.to_owned() } else { format!("smtp://{smtp}") };
        let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(&url)
            .map_err(|e| Fault::new("the mail server's address is one", e))?
            .timeout(Some(DEADLINE))
            .build();
        let from = from.parse().map_err(|e| Fault::new(format!("{from:?} is a mail address"), e))?;
        Ok(Mail { transport, from, language })
    }
}

/// Sends what is due, for ever; without a mail server nothing is sent and messages wait.
pub(crate) async fn run(app: App) {
    let Some(mail) = app.part::<Mail>() else { return };
    let mut committed = app.store().committed();
    loop {
        committed.mark_unchanged();
        match send_due(&app, &mail).await {
            Ok(0) => {
                let _ = app.runtime().timeout(REST, committed.changed()).await;
            }
            Ok(_) => {}
            Err(problem) => {
                tracing::warn!(%problem, "messages cannot be sent now");
                app.runtime().sleep(REST).await;
            }
        }
    }
}

/// Sends at most one batch; returns how many messages were taken.
async fn send_due(app: &App, mail: &Mail) -> Result<usize, Problem> {
    let now = app.runtime().now();
    let next = app.read(|reader| Ok(store::next_due(reader)?)).await?;
    if next.is_none_or(|next| next > now) {
        return Ok(0);
    }
    let me = app.itself();
    let until = now + CLAIM;
    let taken = app.write(&me, move |tx| Ok(store::claim(tx, until, BATCH)?)).await?;
    if taken.is_empty() {
        return Ok(0);
    }
    let count = taken.len();
    let all = match Known::ask(app, &taken).await {
        Ok(known) => Some(known),
        // What these orders tell does not fit into one answer: each is asked for alone.
        Err(problem) if problem.code == "kit/too-large" => None,
        Err(problem) => {
            settle(app, Vec::new(), taken).await?;
            return Err(problem);
        }
    };
    let mut outcomes = Vec::new();
    let mut rest = taken.into_iter();
    // A message is begun only while it is surely this process's.
    while app.runtime().now() + DEADLINE * 2 < until
        && let Some(notice) = rest.next()
    {
        let outcome = one(app, mail, all.as_ref(), &notice).await;
        outcomes.push((notice, outcome));
    }
    settle(app, outcomes, rest.collect()).await?;
    Ok(count)
}

/// Writes what became of messages, and lets go of those that were taken for nothing.
async fn settle(app: &App, outcomes: Vec<(Notice, Outcome)>, rest: Vec<Notice>) -> Result<(), Problem> {
    app.write(&app.itself(), move |tx| {
        for (notice, outcome) in &outcomes {
            let event = match outcome {
                Outcome::Sent { letter, message_id } => {
                    let person = notice.order.to_string();
                    let letter = tx.seal(&person, letter)?;
                    NoticeEvent::MessageSent { person, letter, message_id: message_id.clone() }
                }
                Outcome::Failed { reason, after } => {
                    NoticeEvent::MessageFailed { reason: reason.clone(), next_at: after.map(|after| tx.now() + after) }
                }
                Outcome::Skipped(reason) => NoticeEvent::MessageSkipped { reason: (*reason).to_owned() },
            };
            store::settle(tx, notice.id, notice.version, event)?;
        }
        rest.iter().try_for_each(|notice| store::let_go(tx, notice.id))?;
        Ok(())
    })
    .await
}

/// What becomes of one message; what breaks on the way concerns no other.
async fn one(app: &App, mail: &Mail, all: Option<&Known>, notice: &Notice) -> Outcome {
    let done = match all {
        Some(known) => outcome(app, mail, known, notice).await,
        None => match Known::ask(app, std::slice::from_ref(notice)).await {
            Ok(known) => outcome(app, mail, &known, notice).await,
            Err(problem) => Err(problem),
        },
    };
    done.unwrap_or_else(|problem| {
        tracing::error!(message = %notice.id, ?problem, "a message cannot be written");
        Outcome::Failed { reason: problem.code.to_string(), after: template::delay(notice.attempts + 1) }
    })
}

/// What became of a message.
enum Outcome {
    Sent { letter: Letter, message_id: String },
    Failed { reason: String, after: Option<Duration> },
    Skipped(&'static str),
}

/// What messages tell, asked for a batch at once.
struct Known {
    orders: HashMap<OrderId, OrderSheet>,
    sites: HashMap<SiteId, FactSite>,
    languages: HashMap<CustomerId, Language>,
    /// What products are called, by product and language.
    names: HashMap<(ProductId, Language), String>,
}

impl Known {
    async fn ask(app: &App, notices: &[Notice]) -> Result<Known, Problem> {
        let me = app.itself();
        let orders = notices.iter().map(|notice| notice.order).collect();
        let sheets = app.call(&me, &AskOrders::about(orders)).await?.orders;
        let mut customers: Vec<CustomerId> = sheets.iter().filter_map(|sheet| sheet.customer).collect();
        customers.dedup();
        let mut known =
            Known { orders: HashMap::new(), sites: HashMap::new(), languages: HashMap::new(), names: HashMap::new() };
        if !customers.is_empty()
            && let Some(list) = present(app.call(&me, &AskCustomers { customers }).await)?
        {
            let spoken = |language: &str| Language::from_code(language);
            known.languages =
                list.customers.iter().filter_map(|sheet| Some((sheet.id, spoken(&sheet.language)?))).collect();
        }
        if let Some(list) = present(app.call(&me, &AskSites {}).await)? {
            let site =
                |site: contracts::staff::SiteView| (site.id, FactSite { name: site.name, address: site.address });
            known.sites = list.sites.into_iter().map(site).collect();
        }
        let products: BTreeSet<ProductId> =
            sheets.iter().flat_map(|sheet| sheet.lines.iter().map(|line| line.product)).collect();
        let products: Vec<ProductId> = products.into_iter().collect();
        for part in products.chunks(MOST_PRODUCTS) {
            let asked = AskProductNames { products: part.to_vec() };
            let Some(list) = present(app.call(&me, &asked).await)? else { break };
            for ProductNames { id, names } in list.products {
                let spoken = |each: NameIn| Some(((id, Language::from_code(&each.language)?), each.name));
                known.names.extend(names.into_iter().filter_map(spoken));
            }
        }
        known.orders = sheets.into_iter().map(|sheet| (sheet.id, sheet)).collect();
        Ok(known)
    }
}

/// What a service answered; nothing where the retailer runs without it.
fn present<T>(answer: Result<T, Problem>) -> Result<Option<T>, Problem> {
    match answer {
        Ok(value) => Ok(Some(value)),
        Err(problem) if problem.code == "kit/no-such-service" => Ok(None),
        Err(problem) => Err(problem),
    }
}

async fn outcome(app: &App, mail: &Mail, known: &Known, notice: &Notice) -> Result<Outcome, Problem> {
    let Some(sheet) = known.orders.get(&notice.order) else { return Ok(Outcome::Skipped("no-such-order")) };
    match notice.template {
        Key::ReadyForPickUp | Key::NotReadyYet if !sheet.pick_up => return Ok(Outcome::Skipped("brought")),
        Key::OnItsWay if sheet.pick_up => return Ok(Outcome::Skipped("fetched")),
        _ => {}
    }
    let contact = sheet.contact.as_ref();
    let Some(address) = contact.and_then(|contact| contact.email.clone()) else {
        return Ok(Outcome::Skipped("no-address"));
    };
    let Ok(to) = address.parse::<lettre::Address>() else { return Ok(Outcome::Skipped("bad-address")) };
    // As the order was written, else as the customer is known.
    let written = contact.and_then(|contact| Language::from_code(contact.language.as_deref()?));
    let theirs = sheet.customer.and_then(|id| known.languages.get(&id)).copied();
    let language = written.or(theirs).unwrap_or(mail.language);
    let facts = facts(mail, known, notice, sheet, language);
    let key = notice.template;
    let (set, _) = app.read(move |reader| Ok(store::template(reader, key, language)?)).await?;
    let parts = set.unwrap_or_else(|| template::shipped(key, language));
    let parts = match template::render(&parts, &facts) {
        Ok(parts) => parts,
        // Templates are checked when they are set: the shipped one says it too.
        Err(refused) => {
            tracing::error!(template = key.code(), %refused, "a template that was taken cannot be rendered");
            template::render(&template::shipped(key, language), &facts)
                .map_err(|e| Fault::msg(format!("a shipped template cannot be rendered: {e}")))?
        }
    };
    let message_id = format!("<{}.{}@{}>", notice.id, notice.round, mail.from.email.domain());
    let message = letter(mail, to, &message_id, &parts, notice)?;
    let after = template::delay(notice.attempts + 1);
    Ok(match app.runtime().timeout(DEADLINE, mail.transport.send(message)).await {
        Some(Ok(_)) => {
            let Parts { subject, text, .. } = parts;
            Outcome::Sent { letter: Letter { to: address, language, subject, text }, message_id }
        }
        // Said for good: the address is not one of theirs, or the like.
        Some(Err(e)) if is_about_the_customer(&e) => Outcome::Failed { reason: short(&e.to_string()), after: None },
        Some(Err(e)) => Outcome::Failed { reason: short(&e.to_string()), after },
        None => Outcome::Failed { reason: "the mail server did not answer in time".to_owned(), after },
    })
}

fn letter(
    mail: &Mail,
    to: lettre::Address,
    message_id: &str,
    parts: &Parts,
    notice: &Notice,
) -> Result<Message, Fault> {
    let written = UNIX_EPOCH + notice.created_at.since(kit::time::Timestamp::EPOCH);
    Message::builder()
        .from(mail.from.clone())
        .to(Mailbox::new(None, to))
        .subject(parts.subject.clone())
        .date(written)
        .message_id(Some(message_id.to_owned()))
        .multipart(MultiPart::alternative_plain_html(parts.text.clone(), parts.html.clone()))
        .map_err(|e| Fault::new("a message can be put together", e))
}

fn facts(mail: &Mail, known: &Known, notice: &Notice, sheet: &OrderSheet, language: Language) -> Facts {
    let contact = sheet.contact.as_ref();
    let mut address = contact.map(|contact| contact.address.clone()).unwrap_or_default();
    let town = contact.into_iter().flat_map(|contact| [&contact.postcode, &contact.city]).flatten();
    let town: Vec<&str> = town.map(String::as_str).collect();
    if !town.is_empty() && !sheet.pick_up {
        address.push(town.join(" "));
    }
    let email = &mail.from.email;
    let lines = sheet.lines.iter().map(|line| FactLine {
        name: known.names.get(&(line.product, language)).unwrap_or(&line.name).clone(),
        quantity: language.quantity(line.quantity),
        total: line.amounts.gross.to_string(),
    });
    Facts {
        shop: mail.from.name.clone().unwrap_or_else(|| email.to_string()),
        name: contact.map(|contact| contact.name.clone()).unwrap_or_default(),
        number: sheet.number.clone(),
        total: sheet.total.to_string(),
        delivery_fee: if sheet.delivery_fee.is_zero() { String::new() } else { sheet.delivery_fee.to_string() },
        lines: lines.collect(),
        pick_up: sheet.pick_up,
        address,
        site: known.sites.get(&sheet.site).cloned().unwrap_or_default(),
        invoice: notice.about.as_ref().map_or_else(FactInvoice::default, |about| FactInvoice {
            number: about.number.clone(),
            total: about.total.to_string(),
        }),
    }
}

/// Whether the mail server refuses the message for good. With 53x it refuses us: who and with which password, or whether encrypted.
fn is_about_the_customer(error: &lettre::transport::smtp::Error) -> bool {
    error.is_permanent() && error.status().is_some_and(|code| !code.to_string().starts_with("53"))
}

/// The first line of a mail server's answer, without the addresses in it: it is kept in plain.
fn short(text: &str) -> String {
    let words = text.lines().next().unwrap_or_default().split_whitespace();
    let words: Vec<&str> = words.map(|word| if word.contains('@') { "(address)" } else { word }).collect();
    words.join(" ").chars().take(200).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_address_is_kept_of_what_a_mail_server_says() {
        let said = "permanent error (550): 5.1.1 <shopper@example.com>: user unknown\nmore";
        assert_eq!(short(said), "permanent error (550): 5.1.1 (address) user unknown");
    }
}
