//! The built-in test provider: somebody else's system in small, which keeps its own books and behaves as the token says.
//!
//! | token | what happens |
//! |---|---|
//! | `tok_ok` | done |
//! | `tok_decline`, `tok_insufficient` | declined |
//! | `tok_refused_later` | authorised, then the capture is declined |
//! | `tok_slow_MS` | every operation of the charge takes that long |
//! | `tok_unknown`, `tok_unknown_N` | done, but the first (N) answers for each operation are lost |
//! | `tok_lost`, `tok_lost_N` | the first (N) questions for each operation are lost: nothing done, no answer |
//! | `tok_flaky` | each question or its answer is lost one time in four |

use std::collections::{BTreeMap, HashMap};
use std::io::{self, BufRead, Write};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use kit::money::Money;
use kit::problem::Fault;
use kit::runtime::Runtime;
use serde::{Deserialize, Serialize};

use super::{Answering, Charge, Operation, Outcome, Provider};

/// The token of a card that is authorised and then refuses the capture.
const REFUSED_LATER: &str = "tok_refused_later";
/// How the names of such charges begin.
const REFUSED: &str = "test_refused_";

/// What goes wrong with one question.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mishap {
    /// It takes this long.
    pub delay: Duration,
    /// It is declined with this code, unless it was answered before.
    pub decline: Option<String>,
    /// The question is lost: nothing is done.
    pub is_question_lost: bool,
    /// The answer is lost.
    pub is_answer_lost: bool,
    /// It arrives twice.
    pub is_doubled: bool,
}

/// Decides what goes wrong, for simulations.
pub trait Faults: Send + Sync {
    /// What goes wrong with the question `key` to do `operation`; `None` for a look-up by key.
    fn draw(&self, operation: Option<Operation>, key: &str) -> Mishap;
}

/// The test provider. Its books are in memory, or also in a file that survives the process.
pub struct TestProvider {
    runtime: Runtime,
    faults: Option<Arc<dyn Faults>>,
    books: Mutex<Books>,
}

#[derive(Default)]
struct Books {
    /// By key.
    answers: HashMap<String, Line>,
    /// By the provider's name.
    charges: BTreeMap<String, Charge>,
    /// The token of each charge.
    tokens: HashMap<String, String>,
    /// How often each key was asked.
    asked: HashMap<String, u64>,
    file: Option<std::fs::File>,
}

/// What was answered to a key, and how the charge stands since: a line of the file.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Line {
    key: String,
    operation: Operation,
    minor: i64,
    /// The charge after it; none when declined.
    charge: Option<Charge>,
    decline: Option<String>,
    token: String,
}

struct Asked<'a> {
    operation: Operation,
    key: &'a str,
    amount: Money,
    token: &'a str,
    provider_ref: &'a str,
}

impl TestProvider {
    /// A provider without charges, forgotten with the process.
    #[must_use]
    pub fn new(runtime: Runtime) -> TestProvider {
        TestProvider { runtime, faults: None, books: Mutex::default() }
    }

    /// A provider that keeps its books in the file at `path` too: what it has answered survives the process, not the machine.
    ///
    /// # Errors
    /// A fault when the file cannot be read or written.
    pub fn with_file(runtime: Runtime, path: &Path) -> Result<TestProvider, Fault> {
        let broken = |e: io::Error| Fault::new(format!("the test provider's file {}", path.display()), e);
        let mut books = Books::default();
        if path.exists() {
            for line in io::BufReader::new(std::fs::File::open(path).map_err(broken)?).lines() {
                // The last line may be torn: its effect was never answered.
                if let Ok(line) = serde_json::from_str(&line.map_err(broken)?) {
                    books.take(line);
                }
            }
        }
        let mut file = std::fs::OpenOptions::new().create(true).append(true).open(path).map_err(broken)?;
        file.write_all(b"\n").map_err(broken)?;
        books.file = Some(file);
        Ok(TestProvider { runtime, faults: None, books: Mutex::new(books) })
    }

    /// With `faults` deciding what goes wrong beside what the tokens say.
    #[must_use]
    pub fn with_faults(mut self, faults: Arc<dyn Faults>) -> TestProvider {
        self.faults = Some(faults);
        self
    }

    /// How often `key` was asked, look-ups not counted.
    #[must_use]
    pub fn times_asked(&self, key: &str) -> u64 {
        self.books().asked.get(key).copied().unwrap_or(0)
    }

    fn books(&self) -> MutexGuard<'_, Books> {
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn answer(&self, asked: Asked<'_>) -> Outcome {
        let mut mishap = self.mishap(Some(asked.operation), asked.key);
        self.misbehave(&asked, &mut mishap);
        // Half on the way there, half on the way back: who stops waiting does not know what was done.
        self.wait(mishap.delay / 2).await;
        if mishap.is_question_lost {
            return Outcome::Unknown;
        }
        let mut outcome = Outcome::Unknown;
        for _ in 0..1 + u32::from(mishap.is_doubled) {
            outcome = self.books().process(&asked, mishap.decline.as_deref());
        }
        self.wait(mishap.delay / 2).await;
        if mishap.is_answer_lost { Outcome::Unknown } else { outcome }
    }

    async fn wait(&self, time: Duration) {
        if !time.is_zero() {
            self.runtime.sleep(time).await;
        }
    }

    fn mishap(&self, operation: Option<Operation>, key: &str) -> Mishap {
        self.faults.as_ref().map(|faults| faults.draw(operation, key)).unwrap_or_default()
    }

    /// Adds what the charge's token says to `mishap`.
    fn misbehave(&self, asked: &Asked<'_>, mishap: &mut Mishap) {
        let mut books = self.books();
        let token = match books.tokens.get(asked.provider_ref) {
            Some(token) => token.clone(),
            None => asked.token.to_owned(),
        };
        let times = books.asked.entry(asked.key.to_owned()).or_insert(0);
        *times += 1;
        let times = *times;
        drop(books);
        let number = |default: u64| token.rsplit('_').next().and_then(|text| text.parse().ok()).unwrap_or(default);
        if token.starts_with("tok_slow") {
            mishap.delay += Duration::from_millis(number(1000));
        } else if token.starts_with("tok_unknown") {
            mishap.is_answer_lost |= times <= number(1);
        } else if token.starts_with("tok_lost") {
            mishap.is_question_lost |= times <= number(1);
        } else if token == "tok_flaky" {
            match self.runtime.random_below(4) {
                0 => mishap.is_question_lost = true,
                1 => mishap.is_answer_lost = true,
                _ => {}
            }
        }
    }
}

impl Books {
    fn take(&mut self, line: Line) {
        if let Some(charge) = &line.charge {
            self.charges.insert(charge.provider_ref.clone(), charge.clone());
            if !line.token.is_empty() {
                self.tokens.insert(charge.provider_ref.clone(), line.token.clone());
            }
        }
        self.answers.insert(line.key.clone(), line);
    }

    fn process(&mut self, asked: &Asked<'_>, decline: Option<&str>) -> Outcome {
        if let Some(line) = self.answers.get(asked.key) {
            assert!(
                line.operation == asked.operation && line.minor == asked.amount.minor,
                "the key {} was used for something else",
                asked.key
            );
            return line.outcome();
        }
        let done = match decline {
            Some(code) => Err(code.to_owned()),
            None => self.charge(asked).map_err(str::to_owned),
        };
        let line = Line {
            key: asked.key.to_owned(),
            operation: asked.operation,
            minor: asked.amount.minor,
            charge: done.as_ref().ok().cloned(),
            decline: done.err(),
            token: asked.token.to_owned(),
        };
        if let Some(file) = &mut self.file {
            let mut text = serde_json::to_string(&line).expect("a line is JSON");
            text.push('\n');
            if file.write_all(text.as_bytes()).is_err() {
                return Outcome::Unknown;
            }
        }
        let outcome = line.outcome();
        self.take(line);
        outcome
    }

    /// The charge after what was asked, or why not.
    fn charge(&self, asked: &Asked<'_>) -> Result<Charge, &'static str> {
        let minor = asked.amount.minor;
        if matches!(asked.operation, Operation::Authorise | Operation::Sale) {
            match asked.token {
                "tok_decline" => return Err("declined"),
                "tok_insufficient" => return Err("insufficient_funds"),
                "tok_ok" | "tok_flaky" | REFUSED_LATER => {}
                token if ["tok_slow", "tok_unknown", "tok_lost"].iter().any(|known| token.starts_with(known)) => {}
                _ => return Err("invalid_token"),
            }
            return Ok(Charge {
                key: asked.key.to_owned(),
                provider_ref: match asked.token {
                    REFUSED_LATER => format!("{REFUSED}{:06}", self.charges.len() + 1),
                    _ => format!("test_{:06}", self.charges.len() + 1),
                },
                currency: asked.amount.currency,
                authorised: minor,
                captured: if asked.operation == Operation::Sale { minor } else { 0 },
                voided: 0,
                refunded: 0,
            });
        }
        let mut charge = self.charges.get(asked.provider_ref).cloned().ok_or("no_such_charge")?;
        let held = charge.authorised - charge.captured - charge.voided;
        match asked.operation {
            Operation::Capture if charge.captured > 0 => return Err("already_captured"),
            Operation::Capture if asked.provider_ref.starts_with(REFUSED) => return Err("declined"),
            Operation::Capture if minor > held => return Err("not_held"),
            Operation::Capture => {
                charge.captured = minor;
                charge.voided = held - minor;
            }
            Operation::Void if held == 0 => return Err("nothing_held"),
            Operation::Void => charge.voided += held,
            Operation::Refund if minor > charge.captured - charge.refunded => return Err("refund_too_large"),
            Operation::Refund => charge.refunded += minor,
            Operation::Authorise | Operation::Sale => unreachable!("answered above"),
        }
        Ok(charge)
    }
}

impl Line {
    fn outcome(&self) -> Outcome {
        match (&self.charge, &self.decline) {
            (Some(charge), _) => Outcome::Approved { provider_ref: charge.provider_ref.clone() },
            (None, code) => Outcome::Declined { code: code.clone().unwrap_or_default() },
        }
    }
}

impl Provider for TestProvider {
    fn authorise<'a>(&'a self, key: &'a str, amount: Money, token: &'a str) -> Answering<'a, Outcome> {
        Box::pin(self.answer(Asked { operation: Operation::Authorise, key, amount, token, provider_ref: "" }))
    }

    fn sale<'a>(&'a self, key: &'a str, amount: Money, token: &'a str) -> Answering<'a, Outcome> {
        Box::pin(self.answer(Asked { operation: Operation::Sale, key, amount, token, provider_ref: "" }))
    }

    fn capture<'a>(&'a self, key: &'a str, provider_ref: &'a str, amount: Money) -> Answering<'a, Outcome> {
        Box::pin(self.answer(Asked { operation: Operation::Capture, key, amount, token: "", provider_ref }))
    }

    fn void<'a>(&'a self, key: &'a str, provider_ref: &'a str) -> Answering<'a, Outcome> {
        let amount = Money::zero(kit::money::Currency::EUR);
        Box::pin(self.answer(Asked { operation: Operation::Void, key, amount, token: "", provider_ref }))
    }

    fn refund<'a>(&'a self, key: &'a str, provider_ref: &'a str, amount: Money) -> Answering<'a, Outcome> {
        Box::pin(self.answer(Asked { operation: Operation::Refund, key, amount, token: "", provider_ref }))
    }

    fn find<'a>(&'a self, key: &'a str) -> Answering<'a, Option<Outcome>> {
        Box::pin(async move {
            let mishap = self.mishap(None, key);
            self.wait(mishap.delay).await;
            if mishap.is_question_lost || mishap.is_answer_lost {
                return Some(Outcome::Unknown);
            }
            self.books().answers.get(key).map(Line::outcome)
        })
    }

    fn list(&self) -> Answering<'_, Result<Vec<Charge>, Fault>> {
        Box::pin(async move {
            let mut charges: Vec<Charge> = self.books().charges.values().cloned().collect();
            charges.sort_by(|a, b| a.key.cmp(&b.key));
            Ok(charges)
        })
    }
}
