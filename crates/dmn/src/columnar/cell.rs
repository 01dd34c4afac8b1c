//! A cell as a set of values: its expression is evaluated once by the engine, and what that says is turned into a set.

use std::borrow::Borrow;

use dsntk_feel::values::Value as Feel;
use dsntk_feel::{FeelNumber, FeelScope};
use dsntk_feel_parser::AstNode;

use super::set::{Cut, Key, Kind, Set};

/// Functions that make constants of constants.
const LITERALS: &[&str] = &["date", "time", "duration", "number", "string"];

/// The most digits of a number that a binary fraction holds without loss.
const DIGITS: usize = 15;

/// Whether an expression says the same whatever the inputs are.
pub(super) fn is_constant(node: &AstNode) -> bool {
    use AstNode::*;
    match node {
        Irrelevant | Null | Boolean(_) | String(_) | Numeric(..) | At(_) => true,
        Neg(a)
        | UnaryLt(a)
        | UnaryLe(a)
        | UnaryGt(a)
        | UnaryGe(a)
        | UnaryEq(a)
        | UnaryNe(a)
        | IntervalStart(a, _)
        | IntervalEnd(a, _) => is_constant(a),
        Add(a, b) | Sub(a, b) | Mul(a, b) | Div(a, b) | Range(a, b) | ContextEntry(a, b) => {
            is_constant(a) && is_constant(b)
        }
        ContextEntryKey(_) => true,
        List(items)
        | ExpressionList(items)
        | CommaList(items)
        | NegatedList(items)
        | PositionalParameters(items)
        | Context(items) => items.iter().all(is_constant),
        FunctionInvocation(function, arguments) => match function.as_ref() {
            Name(name) => LITERALS.contains(&name.as_str()) && is_constant(arguments),
            _ => false,
        },
        _ => false,
    }
}

/// The value of a constant expression.
pub(super) fn constant(node: &AstNode) -> Option<Feel> {
    is_constant(node).then(|| dsntk_feel_evaluator::evaluate(&FeelScope::default(), node))
}

/// The kinds of the values that a cell's expression speaks of.
pub(super) fn kinds(value: &Feel, found: &mut Vec<Kind>) {
    match value {
        Feel::ExpressionList(items) | Feel::NegatedCommaList(items) | Feel::List(items) => {
            items.iter().for_each(|item| kinds(item, found));
        }
        Feel::UnaryLess(inner)
        | Feel::UnaryLessOrEqual(inner)
        | Feel::UnaryGreater(inner)
        | Feel::UnaryGreaterOrEqual(inner)
        | Feel::UnaryEqual(inner)
        | Feel::UnaryNotEqual(inner) => kinds(inner, found),
        Feel::Range(from, _, to, _) => {
            kinds(from, found);
            kinds(to, found);
        }
        other => found.extend(kind_of(other)),
    }
}

fn kind_of(value: &Feel) -> Option<Kind> {
    Some(match value {
        Feel::Number(_) => Kind::Number,
        Feel::String(_) => Kind::Text,
        Feel::Boolean(_) => Kind::Boolean,
        Feel::Date(_) => Kind::Date,
        Feel::Time(_) => Kind::Time,
        Feel::YearsAndMonthsDuration(_) => Kind::Months,
        Feel::DaysAndTimeDuration(_) => Kind::Seconds,
        _ => return None,
    })
}

/// A value as one of `kind`; `None` when it is of another, or not exact in this form.
pub(super) fn key(kind: Kind, value: &Feel) -> Option<Key> {
    Some(match (kind, value) {
        (Kind::Number, Feel::Number(number)) => Key::At(exact(*number)?),
        (Kind::Text, Feel::String(text)) => Key::Text(text.clone()),
        (Kind::Boolean, Feel::Boolean(flag)) => Key::Flag(*flag),
        (Kind::Date, Feel::Date(date)) => Key::At(f64::from(days(date.year(), date.month(), date.day()))),
        (Kind::Time, Feel::Time(time)) => {
            if time.nanos() != 0 || !time.zone().to_string().is_empty() {
                return None;
            }
            Key::At(f64::from(
                u32::from(time.hour()) * 3_600 + u32::from(time.minute()) * 60 + u32::from(time.second()),
            ))
        }
        (Kind::Months, Feel::YearsAndMonthsDuration(duration)) => Key::At(whole(duration.as_months())?),
        (Kind::Seconds, Feel::DaysAndTimeDuration(duration)) => {
            let nanos = duration.as_nanos();
            if nanos % 1_000_000_000 != 0 {
                return None;
            }
            Key::At(whole(nanos / 1_000_000_000)?)
        }
        _ => return None,
    })
}

/// Days since 1970-01-01 in the Gregorian calendar (years of 400 years begin on 1 March).
fn days(year: i32, month: u32, day: u32) -> i32 {
    let (month, day) = (i64::from(month), i64::from(day));
    let year = i64::from(year) - i64::from(month <= 2);
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5 + day - 1;
    let days = era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468;
    i32::try_from(days).unwrap_or(i32::MAX)
}

/// The day that lies `days` after 1970-01-01, as FEEL writes it.
pub(super) fn date_text(days: f64) -> String {
    let days = days as i64 + 719_468;
    let (era, of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}

fn whole(value: i64) -> Option<f64> {
    (value.unsigned_abs() < 1 << 53).then_some(value as f64)
}

/// The number as the one binary fraction that is read as it; `None` for more than 15 digits.
pub(super) fn exact(number: FeelNumber) -> Option<f64> {
    let text = number.to_string();
    let digits = text.chars().filter(char::is_ascii_digit).collect::<String>();
    if digits.trim_start_matches('0').trim_end_matches('0').len() > DIGITS {
        return None;
    }
    text.parse::<f64>().ok().filter(|value| value.is_finite() && (*value == 0.0 || value.abs() > 1e-250))
}

/// The set of a cell whose expression said `value`, over a column of `kind` without null; `None` when it says no set of these.
///
/// As `in` of FEEL has it (DMN 1.4, 10.3.2.7 and table 54): a value of another kind is equal to none.
pub(super) fn set(kind: Kind, value: &Feel) -> Option<Set> {
    match value {
        Feel::Irrelevant => Some(Set::whole(kind, true)),
        Feel::ExpressionList(items) | Feel::List(items) => list(kind, items),
        Feel::NegatedCommaList(items) => list(kind, items).map(Set::complement),
        // Alone it is false for another kind, in a list true.
        Feel::UnaryNotEqual(inner) => match kind_of(inner) {
            Some(other) if other != kind => Some(Set::whole(kind, false)),
            _ => Some(equal(kind, inner)?.complement()),
        },
        single => item(kind, single),
    }
}

fn list(kind: Kind, items: &[Feel]) -> Option<Set> {
    let (mut found, mut unequal) = (Set::whole(kind, false), None::<Set>);
    for value in items {
        match value {
            Feel::UnaryNotEqual(inner) => {
                let others = equal(kind, inner)?.complement();
                unequal = Some(unequal.map_or(others.clone(), |set| set.intersection(&others)));
            }
            Feel::List(inner) => found = found.union(&list(kind, inner)?),
            other => found = found.union(&item(kind, other)?),
        }
    }
    Some(unequal.map_or(found.clone(), |set| found.union(&set)))
}

fn item(kind: Kind, value: &Feel) -> Option<Set> {
    match value {
        Feel::UnaryEqual(inner) => equal(kind, inner),
        Feel::UnaryLess(inner) => below(kind, inner, false),
        Feel::UnaryLessOrEqual(inner) => below(kind, inner, true),
        Feel::UnaryGreater(inner) => above(kind, inner, true),
        Feel::UnaryGreaterOrEqual(inner) => above(kind, inner, false),
        Feel::Range(from, from_kind, to, to_kind) => {
            if kind == Kind::Text || from_kind.undefined() || to_kind.undefined() {
                return None;
            }
            if kind_of(from)? != kind || kind_of(to)? != kind || kind == Kind::Boolean {
                return Some(Set::whole(kind, false));
            }
            let (Key::At(from), Key::At(to)) = (key(kind, from)?, key(kind, to)?) else { return None };
            let from = Cut { at: from, after: !from_kind.closed() };
            Some(Set::span(Some(from), Some(Cut { at: to, after: to_kind.closed() })))
        }
        other => equal(kind, other),
    }
}

/// What equals a constant. Null equals nothing that is there.
fn equal(kind: Kind, value: &Feel) -> Option<Set> {
    match (value, kind_of(value)) {
        (Feel::Null(None), _) => Some(Set::whole(kind, false)),
        (_, Some(other)) if other != kind => Some(Set::whole(kind, false)),
        (_, Some(_)) => Some(Set::one(&key(kind, value)?)),
        (_, None) => None,
    }
}

fn below(kind: Kind, value: &impl Borrow<Feel>, after: bool) -> Option<Set> {
    let at = bound(kind, value.borrow())?;
    Some(at.map_or(Set::whole(kind, false), |at| Set::span(None, Some(Cut { at, after }))))
}

fn above(kind: Kind, value: &impl Borrow<Feel>, after: bool) -> Option<Set> {
    let at = bound(kind, value.borrow())?;
    Some(at.map_or(Set::whole(kind, false), |at| Set::span(Some(Cut { at, after }), None)))
}

/// Where a comparison cuts; inner `None` when it can never hold.
fn bound(kind: Kind, value: &Feel) -> Option<Option<f64>> {
    if kind_of(value)? != kind || kind == Kind::Boolean {
        return Some(None);
    }
    match key(kind, value)? {
        Key::At(at) => Some(Some(at)),
        Key::Text(_) | Key::Flag(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(cell: &str) -> Feel {
        let node = dsntk_feel_parser::parse_unary_tests(&FeelScope::default(), cell, false).unwrap();
        constant(&node).unwrap()
    }

    #[test]
    fn a_cell_holds_for_the_values_for_which_the_engine_says_so() {
        let cells = [
            "-",
            "5",
            "\"a\"",
            "< 5",
            ">= 2.5",
            "[2..5)",
            "(2..5]",
            "not(5)",
            "not(< 2, 7)",
            "1, 3, > 6",
            "!= 4",
            "not(\"a\")",
            "1, \"a\"",
            "null",
            "not(null)",
            "true",
            "< \"a\"",
            "2 + 3",
            "-1",
            "[\"a\"..\"c\"]",
            "(3)",
            "[1, 2]",
            "\"a\", \"b\"",
        ];
        for cell in cells {
            let tests = dsntk_feel_parser::parse_unary_tests(&FeelScope::default(), cell, false).unwrap();
            for value in ["-1", "0", "2", "2.5", "3", "4", "5", "7", "\"a\"", "\"b\"", "true", "false"] {
                let tested = dsntk_feel_parser::parse_expression(&FeelScope::default(), value, false).unwrap();
                let given = constant(&tested).unwrap();
                let kind = kind_of(&given).unwrap();
                let node = AstNode::In(Box::new(tested), Box::new(tests.clone()));
                let engine = dsntk_feel_evaluator::evaluate(&FeelScope::default(), &node).is_true();
                if let Some(set) = set(kind, &said(cell)) {
                    assert_eq!(set.contains(&key(kind, &given).unwrap()), engine, "{value} in ({cell})");
                } else {
                    assert!(cell.contains(['<', '.']) && kind == Kind::Text, "{cell} over {kind:?}");
                }
            }
        }
    }

    #[test]
    fn days_and_their_texts_agree() {
        for (text, day) in [("1970-01-01", 0), ("2000-02-29", 11_016), ("1969-12-31", -1), ("2026-11-22", 20_779)] {
            let mut parts = text.split('-').map(|part| part.parse::<u32>().unwrap());
            let (year, month, of_month) = (parts.next().unwrap(), parts.next().unwrap(), parts.next().unwrap());
            assert_eq!(days(year as i32, month, of_month), day);
            assert_eq!(date_text(f64::from(day)), text);
        }
    }

    #[test]
    fn what_depends_on_an_input_is_no_constant() {
        for cell in ["> x", "? > 3", "matches(?, \"a\")", "count(x)"] {
            let node = dsntk_feel_parser::parse_unary_tests(&FeelScope::default(), cell, false).unwrap();
            assert!(!is_constant(&node), "{cell}");
        }
    }
}
