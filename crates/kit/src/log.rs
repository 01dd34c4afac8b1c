//! The log of a process: lines for people or JSON for machines, on standard error. What is logged comes from an environment-like
//! filter (`info,kit=debug`).

use std::str::FromStr;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::problem::Fault;

/// How the log looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Format {
    /// Lines for people.
    #[default]
    Human,
    /// One JSON object a line.
    Json,
}

impl FromStr for Format {
    type Err = String;

    fn from_str(text: &str) -> Result<Format, String> {
        match text {
            "human" => Ok(Format::Human),
            "json" => Ok(Format::Json),
            _ => Err(format!("{text} is no log format: human, json")),
        }
    }
}

/// Begins the process's log. `filter` says what is logged, e.g. `info` or `warn,gateway=debug`.
///
/// # Errors
/// A fault when `filter` cannot be read, or when the log has begun before.
pub fn start(format: Format, filter: &str) -> Result<(), Fault> {
    let filter = EnvFilter::try_new(filter).map_err(|e| Fault::new(format!("{filter} is no log filter"), e))?;
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    let registry = tracing_subscriber::registry().with(filter);
    let started = match format {
        Format::Human => registry.with(lines.compact()).try_init(),
        Format::Json => registry.with(lines.json().flatten_event(true)).try_init(),
    };
    started.map_err(|e| Fault::new("the log has begun before", e))
}
