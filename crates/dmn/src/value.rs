//! Between JSON and FEEL's values.

use std::fmt;

use dsntk_feel::context::FeelContext;
use dsntk_feel::values::Value as Feel;
use dsntk_feel::{FeelNumber, Name};
use serde_json::{Map, Number, Value};

use crate::Refusal;

/// The type of an input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Type {
    /// A number.
    Number,
    /// A text.
    Text,
    /// Yes or no.
    Boolean,
    /// A day, as a text `2026-11-22`.
    Date,
    /// A time of day, as a text `08:30:00`.
    Time,
    /// A day and a time, as a text `2026-11-22T08:30:00`.
    DateTime,
    /// A duration, as a text `P3D` or `PT8H`.
    Duration,
    /// Anything.
    Any,
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Type::Number => "number",
            Type::Text => "text",
            Type::Boolean => "boolean (true or false)",
            Type::Date => "date (2026-11-22)",
            Type::Time => "time (08:30:00)",
            Type::DateTime => "date and time (2026-11-22T08:30:00)",
            Type::Duration => "duration (P3D, PT8H)",
            Type::Any => "value",
        })
    }
}

impl Type {
    /// The type that DMN calls `name`; `None` when it is none of the standard's own.
    pub(crate) fn named(name: &str) -> Option<Type> {
        let name = name.rsplit(':').next().unwrap_or(name);
        Some(match name {
            "number" => Type::Number,
            "string" => Type::Text,
            "boolean" => Type::Boolean,
            "date" => Type::Date,
            "time" => Type::Time,
            "dateTime" | "date and time" => Type::DateTime,
            "dayTimeDuration" | "days and time duration" | "yearMonthDuration" | "years and months duration" => {
                Type::Duration
            }
            "Any" => Type::Any,
            _ => return None,
        })
    }

    /// Whether `value` is of this type, where that shows without reading it.
    pub(crate) fn is_of(self, value: &Value) -> bool {
        matches!(
            (self, value),
            (Type::Number, Value::Number(_)) | (Type::Text, Value::String(_)) | (Type::Boolean, Value::Bool(_))
        )
    }

    /// `value` as a value of this type; `None` when it is of another.
    pub(crate) fn read(self, value: &Value) -> Option<Feel> {
        match (self, value) {
            (Type::Number, Value::Number(_)) | (Type::Text, Value::String(_)) | (Type::Boolean, Value::Bool(_)) => {
                anything(value)
            }
            (Type::Date, Value::String(text)) => Feel::try_from_xsd_date(text).ok(),
            (Type::Time, Value::String(text)) => Feel::try_from_xsd_time(text).ok(),
            (Type::DateTime, Value::String(text)) => Feel::try_from_xsd_date_time(text).ok(),
            (Type::Duration, Value::String(text)) => Feel::try_from_xsd_duration(text).ok(),
            (Type::Any, value) => anything(value),
            _ => None,
        }
    }
}

fn anything(value: &Value) -> Option<Feel> {
    Some(match value {
        Value::Null => Feel::Null(None),
        Value::Bool(value) => Feel::Boolean(*value),
        Value::Number(number) => Feel::Number(number.to_string().parse::<FeelNumber>().ok()?),
        Value::String(text) => Feel::String(text.clone()),
        Value::Array(values) => Feel::List(values.iter().map(anything).collect::<Option<_>>()?),
        Value::Object(members) => {
            let mut context = FeelContext::default();
            for (name, value) in members {
                context.set_entry(&Name::from(name), anything(value)?);
            }
            Feel::Context(context)
        }
    })
}

/// What `value` is, for people.
pub(crate) fn describe(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "an object".to_owned(),
        short => short.to_string().chars().take(60).collect(),
    }
}

/// `value`, which is the output `name` or a part of it, as JSON.
pub(crate) fn write(name: &str, value: &Feel) -> Result<Value, Refusal> {
    Ok(match value {
        Feel::Null(None) => Value::Null,
        Feel::Null(Some(reason)) => {
            return Err(Refusal::NoValue { output: name.to_owned(), reason: reason.clone() });
        }
        Feel::Boolean(value) => Value::Bool(*value),
        // Neither infinite nor undefined: the engine cannot even say them.
        Feel::Number(value) if value.partial_cmp(value).is_none() || value.abs() == FeelNumber::infinite() => {
            return Err(Refusal::NoValue { output: name.to_owned(), reason: "it is no finite number".to_owned() });
        }
        Feel::Number(value) => number(value),
        Feel::String(text) => Value::String(text.clone()),
        Feel::List(values) => Value::Array(values.iter().map(|value| write(name, value)).collect::<Result<_, _>>()?),
        Feel::Context(context) => {
            let mut members = Map::new();
            for (member, value) in context.iter() {
                members.insert(member.to_string(), write(name, value)?);
            }
            Value::Object(members)
        }
        Feel::Date(_)
        | Feel::Time(_)
        | Feel::DateTime(_)
        | Feel::DaysAndTimeDuration(_)
        | Feel::YearsAndMonthsDuration(_) => Value::String(value.to_string()),
        other => {
            return Err(Refusal::NoValue { output: name.to_owned(), reason: format!("{other} is no value") });
        }
    })
}

/// What a decision's result says by the names of its outputs; `name` is for a result that has none of its own.
pub(crate) fn outputs(name: &str, result: &Feel) -> Result<Map<String, Value>, Refusal> {
    match result {
        Feel::Context(context) => {
            context.iter().map(|(name, value)| Ok((name.to_string(), write(name.as_str(), value)?))).collect()
        }
        other => Ok(Map::from_iter([(name.to_owned(), write(name, other)?)])),
    }
}

/// Whole numbers as such, others as the nearest binary fraction, which reads back as the same decimal up to 15 digits.
fn number(value: &FeelNumber) -> Value {
    if let Ok(whole) = i64::try_from(*value)
        && value.is_integer()
    {
        return Value::Number(whole.into());
    }
    let text = value.to_string();
    let nearest = text.parse::<f64>().ok().and_then(Number::from_f64);
    nearest.map_or(Value::String(text), Value::Number)
}
