//! Conditions on flows: a small part of FEEL that always has an answer.
//!
//! `total > 100 and not(channel = "web") or confirm.outcome in ("confirmed", "changed")`: names with dots into objects, numbers,
//! texts in double quotes, `true`, `false`, `null`; `=`, `!=`, `<`, `<=`, `>`, `>=`, `in (…)`; `and`, `or`, `not(…)`, brackets.
//! What is not there is `null`; comparing the order of things that have none is false; a name alone holds when it is `true`.

use std::cmp::Ordering;

use serde_json::Value;

/// A condition, parsed.
#[derive(Debug, Clone, PartialEq)]
pub enum Condition {
    /// All hold.
    All(Vec<Condition>),
    /// One holds.
    Any(Vec<Condition>),
    /// It does not hold.
    Not(Box<Condition>),
    /// The two stand in this relation.
    Compare(Operand, Relation, Operand),
    /// The first equals one of the others.
    In(Operand, Vec<Operand>),
    /// It is `true`.
    Is(Operand),
}

/// What is compared.
#[derive(Debug, Clone, PartialEq)]
pub enum Operand {
    /// A variable, with the way into it.
    Name(Vec<String>),
    /// A value written in the condition.
    Literal(Value),
}

/// How two things are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Relation {
    /// `=`
    Equal,
    /// `!=`
    Unequal,
    /// `<`
    Less,
    /// `<=`
    AtMost,
    /// `>`
    More,
    /// `>=`
    AtLeast,
}

/// Why a text is no condition.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("at character {at}: {expected} is expected")]
pub struct ConditionError {
    /// The place, from 1.
    pub at: usize,
    /// What should be there.
    pub expected: &'static str,
}

impl Condition {
    /// Reads a condition; a leading `=` is passed over, as other tools write one.
    ///
    /// # Errors
    /// Where it cannot be understood.
    pub fn parse(text: &str) -> Result<Condition, ConditionError> {
        let trimmed = text.trim_start();
        let skipped = text.len() - trimmed.len();
        let at = if trimmed.starts_with('=') { skipped + 1 } else { skipped };
        let mut parser = Parser { text, at, depth: 0 };
        let condition = parser.any()?;
        parser.skip();
        if parser.at == text.len() { Ok(condition) } else { Err(parser.expected("the end, `and` or `or`")) }
    }

    /// Whether it holds where names mean what `value_of` says.
    pub fn holds(&self, value_of: &impl Fn(&str) -> Option<Value>) -> bool {
        match self {
            Condition::All(parts) => parts.iter().all(|part| part.holds(value_of)),
            Condition::Any(parts) => parts.iter().any(|part| part.holds(value_of)),
            Condition::Not(part) => !part.holds(value_of),
            Condition::Is(operand) => operand.value(value_of) == Value::Bool(true),
            Condition::In(operand, list) => {
                let value = operand.value(value_of);
                list.iter().any(|one| equal(&value, &one.value(value_of)))
            }
            Condition::Compare(left, relation, right) => {
                let (left, right) = (left.value(value_of), right.value(value_of));
                match relation {
                    Relation::Equal => equal(&left, &right),
                    Relation::Unequal => !equal(&left, &right),
                    Relation::Less => order(&left, &right) == Some(Ordering::Less),
                    Relation::AtMost => order(&left, &right).is_some_and(Ordering::is_le),
                    Relation::More => order(&left, &right) == Some(Ordering::Greater),
                    Relation::AtLeast => order(&left, &right).is_some_and(Ordering::is_ge),
                }
            }
        }
    }
}

impl Operand {
    fn value(&self, value_of: &impl Fn(&str) -> Option<Value>) -> Value {
        match self {
            Operand::Literal(value) => value.clone(),
            Operand::Name(path) => {
                let (first, rest) = path.split_first().expect("a name has at least one part");
                let value = value_of(first).unwrap_or(Value::Null);
                rest.iter().fold(value, |value, part| value.get(part).cloned().unwrap_or(Value::Null))
            }
        }
    }
}

fn equal(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(_), Value::Number(_)) => order(left, right) == Some(Ordering::Equal),
        _ => left == right,
    }
}

/// The order of two numbers or two texts; other things have none.
fn order(left: &Value, right: &Value) -> Option<Ordering> {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => match (left.as_i64(), right.as_i64()) {
            (Some(left), Some(right)) => Some(left.cmp(&right)),
            _ => left.as_f64()?.partial_cmp(&right.as_f64()?),
        },
        (Value::String(left), Value::String(right)) => Some(left.cmp(right)),
        _ => None,
    }
}

/// Brackets within brackets beyond which a condition is refused.
const DEEPEST: u32 = 32;

struct Parser<'a> {
    text: &'a str,
    at: usize,
    depth: u32,
}

impl<'a> Parser<'a> {
    fn any(&mut self) -> Result<Condition, ConditionError> {
        let first = self.all()?;
        let mut parts = vec![first];
        while self.word("or") {
            parts.push(self.all()?);
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { Condition::Any(parts) })
    }

    fn all(&mut self) -> Result<Condition, ConditionError> {
        let first = self.one()?;
        let mut parts = vec![first];
        while self.word("and") {
            parts.push(self.one()?);
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { Condition::All(parts) })
    }

    fn one(&mut self) -> Result<Condition, ConditionError> {
        let is_not = self.word("not");
        if is_not || self.rest().starts_with('(') {
            self.sign("(", "`(`")?;
            self.depth += 1;
            if self.depth > DEEPEST {
                return Err(self.expected("fewer brackets"));
            }
            let inner = self.any()?;
            self.sign(")", "`)`")?;
            self.depth -= 1;
            return Ok(if is_not { Condition::Not(Box::new(inner)) } else { inner });
        }
        let left = self.operand()?;
        if self.word("in") {
            self.sign("(", "`(`")?;
            let mut list = vec![self.operand()?];
            while self.try_sign(",") {
                list.push(self.operand()?);
            }
            self.sign(")", "`,` or `)`")?;
            return Ok(Condition::In(left, list));
        }
        const RELATIONS: [(&str, Relation); 6] = [
            ("!=", Relation::Unequal),
            ("<=", Relation::AtMost),
            (">=", Relation::AtLeast),
            ("=", Relation::Equal),
            ("<", Relation::Less),
            (">", Relation::More),
        ];
        for (sign, relation) in RELATIONS {
            if self.try_sign(sign) {
                return Ok(Condition::Compare(left, relation, self.operand()?));
            }
        }
        Ok(Condition::Is(left))
    }

    fn operand(&mut self) -> Result<Operand, ConditionError> {
        self.skip();
        let rest = self.rest();
        let Some(first) = rest.chars().next() else { return Err(self.expected("a name or a value")) };
        if first == '"' {
            let Some(end) = rest[1..].find('"') else { return Err(self.expected("a closing quote")) };
            let text = rest[1..=end].to_owned();
            self.at += end + 2;
            return Ok(Operand::Literal(Value::String(text)));
        }
        if first.is_ascii_digit() || first == '-' {
            let end = rest[1..].find(|c: char| !c.is_ascii_digit() && c != '.').map_or(rest.len(), |end| end + 1);
            let number = rest[..end].parse::<i64>().map(Value::from);
            let number = number.or_else(|_| rest[..end].parse::<f64>().map(Value::from));
            let Ok(number) = number else { return Err(self.expected("a number")) };
            self.at += end;
            return Ok(Operand::Literal(number));
        }
        let end = rest.find(|c: char| !is_name(c) && c != '.').unwrap_or(rest.len());
        let word = &rest[..end];
        let path: Vec<String> = word.split('.').map(str::to_owned).collect();
        if path.iter().any(String::is_empty) {
            return Err(self.expected("a name or a value"));
        }
        self.at += end;
        Ok(match word {
            "true" => Operand::Literal(Value::Bool(true)),
            "false" => Operand::Literal(Value::Bool(false)),
            "null" => Operand::Literal(Value::Null),
            _ => Operand::Name(path),
        })
    }

    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn skip(&mut self) {
        self.at += self.rest().len() - self.rest().trim_start().len();
    }

    /// Passes over `word` when it is next, and no longer word begins so.
    fn word(&mut self, word: &str) -> bool {
        self.skip();
        let found = self.rest().strip_prefix(word).is_some_and(|rest| !rest.starts_with(|c| is_name(c) || c == '.'));
        if found {
            self.at += word.len();
        }
        self.skip();
        found
    }

    fn try_sign(&mut self, sign: &str) -> bool {
        self.skip();
        let found = self.rest().starts_with(sign);
        if found {
            self.at += sign.len();
        }
        found
    }

    fn sign(&mut self, sign: &str, expected: &'static str) -> Result<(), ConditionError> {
        if self.try_sign(sign) { Ok(()) } else { Err(self.expected(expected)) }
    }

    fn expected(&self, expected: &'static str) -> ConditionError {
        ConditionError { at: self.text[..self.at].chars().count() + 1, expected }
    }
}

fn is_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn conditions_hold_as_they_read() {
        let table = [
            ("total > 100", true),
            ("total >= 150.5 and total <= 150.5", true),
            ("= channel = \"phone\" or false", true),
            ("channel in (\"web\", \"phone\")", true),
            ("not(confirm.needed)", false),
            ("confirm.needed = true", true),
            ("confirm.reason != null", true),
            ("confirm.nothing.deeper = null", true),
            ("nothing > 3 or nothing < 3", false),
            ("channel > \"a\" and (pieces = 3.0 or nothing)", true),
            ("pieces < -1", false),
            ("ordinal = 1", false),
            ("orange", true),
        ];
        let variables = json!({"total": 150.5, "channel": "phone", "pieces": 3, "orange": true,
            "confirm": {"needed": true, "reason": "new customer"}});
        for (text, expected) in table {
            let condition = Condition::parse(text).unwrap_or_else(|e| panic!("{text}: {e}"));
            assert_eq!(condition.holds(&|name| variables.get(name).cloned()), expected, "{text}");
        }
    }

    #[test]
    fn what_is_not_understood_is_shown_where() {
        let table = [
            ("", 1),
            ("total >", 8),
            ("total > 100 und", 13),
            ("(a = 1", 7),
            ("a = \"open", 5),
            ("a..b", 1),
            ("a in 3", 6),
            ("a = 1.2.3", 5),
        ];
        for (text, at) in table {
            assert_eq!(Condition::parse(text).unwrap_err().at, at, "{text}");
        }
        assert!(Condition::parse(&"(".repeat(100)).is_err());
    }
}
