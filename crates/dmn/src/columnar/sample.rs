//! Inputs at which a compiled table could be wrong: on and between the breakpoints, one column out of a row, all texts named.

use serde_json::{Map, Number, Value};

use super::set::{Key, Kind, Set};
use super::{Source, Table, cell};
use crate::{Input, Type};

/// Numbers that look random and are the same every time (xorshift, Marsaglia 2003).
#[derive(Debug, Clone)]
pub struct Dice(u64);

impl Dice {
    /// Dice that fall as `seed` says.
    #[must_use]
    pub fn new(seed: u64) -> Dice {
        Dice(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    /// A number below `n`, which is not 0.
    pub fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        ((self.0 >> 11) % n as u64) as usize
    }
}

impl Table {
    /// About `count` inputs: inside rows, one column beside rows, and anywhere.
    pub(super) fn samples(&self, inputs: &[Input], count: usize, dice: &mut Dice) -> Vec<Value> {
        let rows = self.order.len();
        (0..count)
            .map(|at| {
                let row = if at < rows { at } else { dice.below(rows) };
                match at % 4 {
                    3 => self.sample(inputs, None, None, dice),
                    2 => self.sample(inputs, Some(row), Some(dice.below(self.columns.len().max(1))), dice),
                    _ => self.sample(inputs, Some(row), None, dice),
                }
            })
            .collect()
    }

    /// Inputs that fit `row` in every column but `beside`.
    fn sample(&self, inputs: &[Input], row: Option<usize>, beside: Option<usize>, dice: &mut Dice) -> Value {
        let mut given = Map::new();
        for input in inputs {
            given.insert(input.name.clone(), self.any_value(input, dice));
        }
        for (at, source) in self.sources.iter().enumerate() {
            let Source::Input { name, .. } = source else { continue };
            let class = match row {
                Some(row) if beside != Some(at) => self.class_in(at, &self.sets[at][row], dice),
                _ => dice.below(self.columns[at].classes()),
            };
            let key = self.representative(at, class, dice);
            given.insert(name.clone(), json(self.columns[at].kind, &key));
        }
        Value::Object(given)
    }

    /// Some class of a column that lies in `set`; any where none does.
    fn class_in(&self, at: usize, set: &Set, dice: &mut Dice) -> usize {
        let ranges = self.columns[at].ranges(set);
        let Some(range) = (!ranges.is_empty()).then(|| &ranges[dice.below(ranges.len())]) else {
            return dice.below(self.columns[at].classes());
        };
        range.start + dice.below(range.len())
    }

    /// A value of a class.
    pub(super) fn representative(&self, at: usize, class: usize, dice: &mut Dice) -> Key {
        let column = &self.columns[at];
        match column.kind {
            Kind::Boolean => Key::Flag(class == 1),
            Kind::Text => {
                let named = column.texts.iter().find(|(_, known)| **known as usize == class);
                Key::Text(named.map_or_else(|| unknown(&column.texts), |(text, _)| text.clone()))
            }
            kind => Key::At(between(kind, &column.breaks, class, dice)),
        }
    }

    fn any_value(&self, input: &Input, dice: &mut Dice) -> Value {
        let fits = |value: &&Value| match input.kind {
            Type::Number => value.is_number(),
            Type::Text => value.is_string(),
            _ => false,
        };
        let named: Vec<&Value> = self.literals.iter().filter(fits).collect();
        if !named.is_empty() && dice.below(4) > 0 {
            return named[dice.below(named.len())].clone();
        }
        let choose = |texts: &[&str], dice: &mut Dice| Value::from(texts[dice.below(texts.len())]);
        match input.kind {
            Type::Number => Value::from([0, 1, 2, 3, 10, -1, 100][dice.below(7)]),
            Type::Boolean => Value::from(dice.below(2) == 1),
            Type::Date => choose(&["2026-11-22", "2024-02-29", "1999-12-31"], dice),
            Type::Time => choose(&["00:00:00", "08:30:00", "23:59:59"], dice),
            Type::DateTime => choose(&["2026-11-22T08:30:00", "1999-12-31T23:59:59"], dice),
            Type::Duration => choose(&["P3D", "PT8H", "P1Y2M"], dice),
            Type::Text | Type::Any => choose(&["", "a", "something else"], dice),
        }
    }
}

/// A text that no cell names.
fn unknown(named: &std::collections::HashMap<String, u32>) -> String {
    let mut text = "something else".to_owned();
    while named.contains_key(&text) {
        text.push('!');
    }
    text
}

/// A value of a class of a line, short in decimals; where no whole value lies between two breakpoints, one of them.
fn between(kind: Kind, breaks: &[f64], class: usize, dice: &mut Dice) -> f64 {
    if class % 2 == 1 {
        return breaks[class / 2];
    }
    let step = if kind == Kind::Number { [0.01, 0.5, 1.0, 100.0][dice.below(4)] } else { 1.0 };
    let (left, right) = (class.checked_sub(2).map(|at| breaks[at / 2]), breaks.get(class / 2).copied());
    let rounded = |value: f64| (value * 1_000.0).round() / 1_000.0;
    match (left, right) {
        (None, None) => 0.0,
        (Some(left), None) => rounded(left + step),
        (None, Some(right)) => rounded(right - step),
        (Some(left), Some(right)) => {
            let middle = if kind == Kind::Number {
                rounded((left + right) / 2.0)
            } else {
                left + ((right - left) / 2.0).floor()
            };
            let near = rounded(left + step);
            if near < right && dice.below(2) == 0 { near } else { middle }
        }
    }
}

/// A value as an input.
pub(super) fn json(kind: Kind, key: &Key) -> Value {
    match (kind, key) {
        (_, Key::Flag(flag)) => Value::from(*flag),
        (_, Key::Text(text)) => Value::from(text.as_str()),
        (Kind::Number, Key::At(at)) if at.fract() == 0.0 && at.abs() < 1e15 => Value::from(*at as i64),
        (Kind::Number, Key::At(at)) => Number::from_f64(*at).map_or(Value::Null, Value::Number),
        (kind, Key::At(at)) => Value::from(text(kind, *at)),
    }
}

/// A value of a line other than a number, as FEEL's texts have it.
pub(super) fn text(kind: Kind, at: f64) -> String {
    let (sign, whole) = (if at < 0.0 { "-" } else { "" }, at.abs() as i64);
    match kind {
        Kind::Date => cell::date_text(at),
        Kind::Time => {
            let at = whole.clamp(0, 86_399);
            format!("{:02}:{:02}:{:02}", at / 3_600, at / 60 % 60, at % 60)
        }
        Kind::Months => format!("{sign}P{whole}M"),
        Kind::Seconds => match whole {
            whole if whole % 86_400 == 0 => format!("{sign}P{}D", whole / 86_400),
            whole if whole % 3_600 == 0 => format!("{sign}PT{}H", whole / 3_600),
            whole if whole % 60 == 0 => format!("{sign}PT{}M", whole / 60),
            whole => format!("{sign}PT{whole}S"),
        },
        Kind::Number | Kind::Text | Kind::Boolean => at.to_string(),
    }
}
