//! What messages say: shipped texts per language, replaceable, with placeholders that are checked before a text is taken. Pure.

use std::time::Duration;

use kit::problem::{Problem, Refusal};
use kit::quantity::{Quantity, Unit};
use minijinja::value::Serde;
use minijinja::{Environment, ErrorKind, UndefinedBehavior};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Steps that rendering one part may take: a text that loops for ever is refused.
const FUEL: u64 = 100_000;
/// The longest part of a template, in bytes.
pub(crate) const MAX_PART: usize = 20_000;
/// The longest part of a message, in bytes.
const MAX_RENDERED: usize = 200_000;
/// How long after which attempt the next one follows; after the last there is none.
const DELAYS_S: [u64; 7] = [60, 300, 900, 3_600, 3 * 3_600, 6 * 3_600, 12 * 3_600];

/// What a message is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Key {
    /// The order is placed and secured.
    OrderPlaced,
    /// The goods wait in the store.
    ReadyForPickUp,
    /// The goods have left.
    OnItsWay,
    /// The order will not be carried out.
    OrderCancelled,
    /// The invoice was issued.
    Invoice,
    /// Nobody took the goods, and they come back.
    OrderReturned,
    /// What the customer was told they could fetch is packed anew.
    NotReadyYet,
}

impl Key {
    /// Every one.
    pub(crate) const ALL: [Key; 7] = [
        Key::OrderPlaced,
        Key::ReadyForPickUp,
        Key::OnItsWay,
        Key::OrderCancelled,
        Key::Invoice,
        Key::OrderReturned,
        Key::NotReadyYet,
    ];

    /// Its name in tables and on the wire.
    #[must_use]
    pub(crate) const fn code(self) -> &'static str {
        match self {
            Key::OrderPlaced => "order_placed",
            Key::ReadyForPickUp => "ready_for_pick_up",
            Key::OnItsWay => "on_its_way",
            Key::OrderCancelled => "order_cancelled",
            Key::Invoice => "invoice",
            Key::OrderReturned => "order_returned",
            Key::NotReadyYet => "not_ready_yet",
        }
    }

    /// The key with this name.
    #[must_use]
    pub(crate) fn from_code(code: &str) -> Option<Key> {
        Key::ALL.into_iter().find(|key| key.code() == code)
    }
}

/// A language that messages are written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// English.
    En,
    /// Ukrainian.
    Uk,
}

impl Language {
    /// Every one.
    pub(crate) const ALL: [Language; 2] = [Language::En, Language::Uk];

    /// Its ISO 639 code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Language::En => "en",
            Language::Uk => "uk",
        }
    }

    /// `quantity` as people write it in this language: `3 pcs`, `1,25 кг`.
    #[must_use]
    pub(crate) fn quantity(self, quantity: Quantity) -> String {
        let written = quantity.to_string();
        let unit = match (self, quantity.unit) {
            (Language::En, _) => return written,
            (Language::Uk, Unit::Piece) => "шт",
            (Language::Uk, Unit::Kilogram) => "кг",
            (Language::Uk, Unit::Litre) => "л",
            (Language::Uk, Unit::Metre) => "м",
        };
        let number = written.split(' ').next().unwrap_or_default().replace('.', ",");
        format!("{number} {unit}")
    }

    /// The language with this code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Language> {
        Language::ALL.into_iter().find(|language| language.code() == code)
    }
}

/// The three parts of a message, before or after placeholders are filled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Parts {
    /// One line.
    pub(crate) subject: String,
    /// For mail programs without HTML.
    pub(crate) text: String,
    /// A page; what is filled in is escaped.
    pub(crate) html: String,
}

/// What placeholders stand for. Amounts and quantities are texts as people read them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Facts {
    /// Who writes.
    pub(crate) shop: String,
    /// To whom.
    pub(crate) name: String,
    /// The order's number.
    pub(crate) number: String,
    /// What the order comes to.
    pub(crate) total: String,
    /// What delivery costs; empty where nothing.
    pub(crate) delivery_fee: String,
    /// What was ordered.
    pub(crate) lines: Vec<FactLine>,
    /// Whether the customer fetches it.
    pub(crate) pick_up: bool,
    /// Where it goes, in lines.
    pub(crate) address: Vec<String>,
    /// The site that serves it.
    pub(crate) site: FactSite,
    /// The invoice, in messages about one.
    pub(crate) invoice: FactInvoice,
}

/// A line of an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct FactLine {
    /// The product's name.
    pub(crate) name: String,
    /// How much.
    pub(crate) quantity: String,
    /// What it comes to.
    pub(crate) total: String,
}

/// A site.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub(crate) struct FactSite {
    /// Its name.
    pub(crate) name: String,
    /// Its address in lines.
    pub(crate) address: Vec<String>,
}

/// An invoice.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub(crate) struct FactInvoice {
    /// Its number.
    pub(crate) number: String,
    /// What it comes to.
    pub(crate) total: String,
}

impl Facts {
    /// An obviously invented order, to look at a template without a real one.
    #[must_use]
    pub(crate) fn example() -> Facts {
        let line = |name: &str, total: &str| FactLine {
            name: name.to_owned(),
            quantity: "2 pcs".to_owned(),
            total: total.to_owned(),
        };
        Facts {
            shop: "Demo Shop".to_owned(),
            name: "Demo Shopper".to_owned(),
            number: "D-1".to_owned(),
            total: "52.00 EUR".to_owned(),
            delivery_fee: "5.00 EUR".to_owned(),
            lines: vec![line("Demo product", "36.00 EUR"), line("Salt & <Pepper>", "11.00 EUR")],
            pick_up: false,
            address: vec!["1 Example Street".to_owned(), "00000 Exampleton".to_owned()],
            site: FactSite { name: "Demo Store".to_owned(), address: vec!["2 Example Street".to_owned()] },
            invoice: FactInvoice { number: "INV-2026-000001".to_owned(), total: "52.00 EUR".to_owned() },
        }
    }
}

/// A template that cannot be rendered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{part}{}: {reason}", line.map(|line| format!(", line {line}")).unwrap_or_default())]
pub(crate) struct BadTemplate {
    /// `subject`, `text` or `html`.
    pub(crate) part: &'static str,
    /// Where, where that is known.
    pub(crate) line: Option<usize>,
    /// Why.
    pub(crate) reason: String,
}

impl Refusal for BadTemplate {
    fn problem(&self) -> Problem {
        let problem = Problem::new(422, "notices/bad-template", "The template cannot be used").detail(self.to_string());
        problem.with("part", self.part).with("line", self.line.unwrap_or(0)).with("reason", self.reason.clone())
    }
}

/// Fills `facts` into `parts`.
///
/// # Errors
/// The part that cannot be rendered, with the line.
pub(crate) fn render(parts: &Parts, facts: &Facts) -> Result<Parts, BadTemplate> {
    let one = |part: &'static str, name: &str, source: &str| {
        if source.len() > MAX_PART {
            return Err(BadTemplate { part, line: None, reason: format!("longer than {MAX_PART} bytes") });
        }
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_fuel(Some(FUEL));
        let mut text = Bounded(Vec::new());
        let rendered = environment
            .template_from_named_str(name, source)
            .and_then(|template| template.render_captured_to(Serde(facts), &mut text).map(drop));
        let rendered = rendered
            .and_then(|()| String::from_utf8(text.0).map_err(|_| minijinja::Error::from(ErrorKind::BadSerialization)));
        rendered.map_err(|e| {
            let reason = match (e.kind(), e.detail()) {
                (ErrorKind::UndefinedError, _) => "a placeholder that messages do not know".to_owned(),
                (kind, Some(detail)) => format!("{kind}: {detail}"),
                (kind, None) => kind.to_string(),
            };
            BadTemplate { part, line: e.line(), reason }
        })
    };
    let subject = one("subject", "subject.txt", &parts.subject)?;
    if subject.trim().is_empty() || subject.trim().contains(['\n', '\r']) {
        return Err(BadTemplate { part: "subject", line: None, reason: "a subject is one line".to_owned() });
    }
    Ok(Parts {
        subject: subject.trim().to_owned(),
        text: one("text", "text.txt", &parts.text)?,
        html: one("html", "page.html", &parts.html)?,
    })
}

/// Takes as much text as a part may become, and no more: a loop over a long text is short to write.
struct Bounded(Vec<u8>);

impl std::io::Write for Bounded {
    fn write(&mut self, more: &[u8]) -> std::io::Result<usize> {
        if self.0.len() + more.len() > MAX_RENDERED {
            return Err(std::io::Error::other("the text becomes too long"));
        }
        self.0.extend_from_slice(more);
        Ok(more.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// When the next attempt follows attempt `attempts` (from 1); never after the last.
#[must_use]
pub(crate) fn delay(attempts: i64) -> Option<Duration> {
    let n = usize::try_from(attempts - 1).unwrap_or(0);
    DELAYS_S.get(n).map(|seconds| Duration::from_secs(*seconds))
}

/// The text that a release ships for `key` in `language`.
#[must_use]
pub(crate) fn shipped(key: Key, language: Language) -> Parts {
    macro_rules! files {
        ($name:literal) => {
            (
                include_str!(concat!("../templates/", $name, ".txt")),
                include_str!(concat!("../templates/", $name, ".html")),
            )
        };
    }
    let (text, html) = match (key, language) {
        (Key::OrderPlaced, Language::En) => files!("order_placed.en"),
        (Key::OrderPlaced, Language::Uk) => files!("order_placed.uk"),
        (Key::ReadyForPickUp, Language::En) => files!("ready_for_pick_up.en"),
        (Key::ReadyForPickUp, Language::Uk) => files!("ready_for_pick_up.uk"),
        (Key::OnItsWay, Language::En) => files!("on_its_way.en"),
        (Key::OnItsWay, Language::Uk) => files!("on_its_way.uk"),
        (Key::OrderCancelled, Language::En) => files!("order_cancelled.en"),
        (Key::OrderCancelled, Language::Uk) => files!("order_cancelled.uk"),
        (Key::Invoice, Language::En) => files!("invoice.en"),
        (Key::Invoice, Language::Uk) => files!("invoice.uk"),
        (Key::OrderReturned, Language::En) => files!("order_returned.en"),
        (Key::OrderReturned, Language::Uk) => files!("order_returned.uk"),
        (Key::NotReadyYet, Language::En) => files!("not_ready_yet.en"),
        (Key::NotReadyYet, Language::Uk) => files!("not_ready_yet.uk"),
    };
    let (subject, text) = text.split_once("\n\n").expect("a shipped text begins with its subject");
    Parts { subject: subject.to_owned(), text: text.to_owned(), html: html.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_are_written_in_the_language_of_the_message() {
        let said = |milli, unit, language: Language| language.quantity(Quantity { milli, unit });
        assert_eq!(said(3_000, Unit::Piece, Language::En), "3 pcs");
        assert_eq!(said(3_000, Unit::Piece, Language::Uk), "3 шт");
        assert_eq!(said(1_250, Unit::Kilogram, Language::Uk), "1,25 кг");
    }

    #[test]
    fn every_shipped_text_can_be_sent_and_what_is_filled_in_is_escaped() {
        for key in Key::ALL {
            for language in Language::ALL {
                let parts = render(&shipped(key, language), &Facts::example()).unwrap();
                assert!(parts.subject.contains("D-1"), "{}", parts.subject);
                assert!(!parts.html.contains("<Pepper>") && !parts.text.contains("&lt;"), "{}", parts.html);
            }
        }
        let placed = render(&shipped(Key::OrderPlaced, Language::En), &Facts::example()).unwrap();
        assert!(placed.text.contains("2 pcs  Salt & <Pepper>  11.00 EUR\n"), "{}", placed.text);
        assert!(placed.text.contains("Delivery: 5.00 EUR\nTotal: 52.00 EUR\n"), "{}", placed.text);
    }

    #[test]
    fn a_wrong_template_is_refused_with_its_place() {
        let good = shipped(Key::Invoice, Language::En);
        let refused = |parts: Parts| render(&parts, &Facts::example()).unwrap_err();
        let unknown = refused(Parts { text: "a\n{{ nobody }}".to_owned(), ..good.clone() });
        assert_eq!((unknown.part, unknown.line), ("text", Some(2)));
        assert_eq!(refused(Parts { html: "{% for x in %}".to_owned(), ..good.clone() }).part, "html");
        assert_eq!(refused(Parts { subject: "a\nb".to_owned(), ..good.clone() }).part, "subject");
        let endless = "{% for a in range(9999) %}{% for b in range(9999) %}x{% endfor %}{% endfor %}";
        assert_eq!(refused(Parts { text: endless.to_owned(), ..good.clone() }).part, "text");
        let long = "{% for a in range(999) %}{{ 'x' * 1000000 }}{% endfor %}";
        assert_eq!(refused(Parts { text: long.to_owned(), ..good }).part, "text");
    }

    #[test]
    fn attempts_come_ever_later_and_end() {
        assert_eq!(delay(1), Some(Duration::from_secs(60)));
        assert!((1..7).all(|n| delay(n) < delay(n + 1)));
        assert_eq!(delay(8), None);
    }
}
