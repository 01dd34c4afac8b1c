//! The one place that knows how the two databases' SQL differs. Everything else is one text for both.
//!
//! A statement is written with `$1`, `$2`, …; `each($1)` stands for the texts of a JSON array in a parameter. SQLite gets a short array's texts
//! one by one: it takes JSON apart slowly, and finds a row by one text as quickly as by `=`.
//! Tables are created with `blob` columns and may end in `without rowid`, which only SQLite knows; `bytes_of[text]` in a
//! migration stands for the bytes of a text.

use super::value::Value;

/// How many texts each short list of a statement has: four bits for each parameter, the first one's the lowest; 0 for what is no short list.
pub(super) type Sizes = usize;

/// Texts that a short list has at most: each number of them is a statement of its own.
const SHORT: usize = 4;

/// `sql` for SQLite, which has `count` parameters. `$n` becomes `?n`, because SQLite numbers `$n` by first appearance and not by `n`. A short
/// list becomes one parameter for each text: the first is the list's own, the others follow behind all others.
pub(super) fn sqlite(sql: &str, sizes: Sizes, count: usize) -> String {
    let written = each(sql, |n| {
        let at = n.parse().unwrap_or(0);
        if size(sizes, at) == 0 {
            return format!("(select packed_id(value) from json_each(${n}))");
        }
        let behind = count + (1..at).map(|other| size(sizes, other).saturating_sub(1)).sum::<usize>();
        let more: String = (1..size(sizes, at)).map(|next| format!(", ${}", behind + next)).collect();
        format!("(${n}{more})")
    });
    written.replace('$', "?")
}

/// The short lists among `params` that `sql` only looks for things in, and all parameters with their texts, where there is such a list.
pub(super) fn spread<'a>(sql: &str, params: &'a [Value<'_>]) -> (Sizes, Option<Vec<Value<'a>>>) {
    let mut sizes = 0;
    let (mut first, mut behind) = (Vec::new(), Vec::new());
    for (at, param) in params.iter().enumerate().take(Sizes::BITS as usize / 4) {
        let Some(texts) = texts(param).filter(|_| is_looked_in(sql, at + 1)) else { continue };
        let count = texts.clone().count();
        if count > SHORT {
            continue;
        }
        if first.is_empty() {
            first = params.iter().map(Value::borrowed).collect();
        }
        sizes |= count << (at * 4);
        let mut texts = texts.map(Value::from);
        first[at] = texts.next().expect("a list that is split has a part");
        behind.extend(texts);
    }
    if sizes == 0 {
        return (0, None);
    }
    first.append(&mut behind);
    (sizes, Some(first))
}

fn size(sizes: Sizes, at: usize) -> usize {
    at.checked_sub(1).map_or(0, |at| (sizes >> (at * 4)) & 0b1111)
}

/// The texts of a JSON array as `serde_json` writes one, at least one text and none that it would escape.
fn texts<'a>(param: &'a Value<'_>) -> Option<impl Iterator<Item = &'a str> + Clone> {
    let Value::Text(list) = param else { return None };
    let inner = list.strip_prefix("[\"")?.strip_suffix("\"]")?;
    let texts = inner.split("\",\"");
    let is_plain = !inner.contains('\\') && texts.clone().all(|text| !text.contains('"'));
    is_plain.then_some(texts)
}

/// Whether `sql` has the parameter `n` in `in each($n)` and nowhere else.
fn is_looked_in(sql: &str, n: usize) -> bool {
    let mut parts = sql.split('$');
    let mut before = parts.next().unwrap_or_default();
    let mut is_found = false;
    for part in parts {
        let digits = part.bytes().take_while(u8::is_ascii_digit).count();
        if part[..digits].parse() == Ok(n) {
            if !before.ends_with("in each(") {
                return false;
            }
            is_found = true;
        }
        before = part;
    }
    is_found
}

/// `sql` for PostgreSQL. `in each($1)` becomes a comparison with an array, because that alone is an index condition in every
/// plan: a semi-join planned on an empty table scans the whole index for ever. A parameter that has no other use is the array itself
/// (`Value` makes it of the JSON), otherwise the server takes the JSON apart.
pub(super) fn postgres(sql: &str) -> String {
    let sql = replaced(sql, "in each($", |n| {
        let parameter = format!("${n}");
        let uses = sql
            .match_indices(&parameter)
            .filter(|(at, found)| !sql[at + found.len()..].starts_with(|next: char| next.is_ascii_digit()));
        if uses.count() == 1 { format!("= any(${n})") } else { format!("= any(array({}))", elements(n)) }
    });
    each(&sql, |n| format!("({})", elements(n)))
}

fn elements(n: &str) -> String {
    format!("select jsonb_array_elements_text(${n}::text::jsonb)")
}

/// A migration's text for SQLite, where only an `integer primary key` is the row id itself.
pub(super) fn sqlite_schema(sql: &str) -> String {
    bytes_of(&sql.replace("bigint primary key", "integer primary key"), "cast(", " as blob)")
}

/// A migration's text for PostgreSQL. Texts sort by code point, as on SQLite.
pub(super) fn postgres_schema(sql: &str) -> String {
    let sql = sql.replace(" without rowid", "").replace(" blob", " bytea").replace(" text", " text collate \"C\"");
    bytes_of(&sql, "convert_to(", ", 'UTF8')")
}

/// `bytes_of[text]` stands for the bytes of a text.
fn bytes_of(sql: &str, open: &str, close: &str) -> String {
    if sql.contains("bytes_of[") { sql.replace("bytes_of[", open).replace(']', close) } else { sql.to_owned() }
}

fn each(sql: &str, write: impl Fn(&str) -> String) -> String {
    replaced(sql, "each($", write)
}

/// `sql` with every `start`, number and `)` written anew.
fn replaced(sql: &str, start: &str, write: impl Fn(&str) -> String) -> String {
    let mut out = String::with_capacity(sql.len() + 32);
    let mut rest = sql;
    while let Some(at) = rest.find(start) {
        let after = &rest[at + start.len()..];
        let Some(end) = after.find(')') else { break };
        out.push_str(&rest[..at]);
        out.push_str(&write(&after[..end]));
        rest = &after[end + 1..];
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_numbered_not_named_on_sqlite() {
        assert_eq!(sqlite("select $2, $1", 0, 2), "select ?2, ?1");
    }

    #[test]
    fn a_list_is_one_parameter_on_both() {
        let sql = "select a from t where b in each($1) and c = $2";
        let json = "select a from t where b in (select packed_id(value) from json_each(?1)) and c = ?2";
        assert_eq!(sqlite(sql, 0, 2), json);
        assert_eq!(postgres(sql), "select a from t where b = any($1) and c = $2");
        assert_eq!(
            postgres("select a from t where b in each($1) or c in each($1)"),
            "select a from t where b = any(array(select jsonb_array_elements_text($1::text::jsonb))) \
             or c = any(array(select jsonb_array_elements_text($1::text::jsonb)))"
        );
        assert_eq!(
            postgres("insert into t (a) select value from each($1) where $10 = 1"),
            "insert into t (a) select value from (select jsonb_array_elements_text($1::text::jsonb)) where $10 = 1"
        );
    }

    #[test]
    fn a_short_list_that_is_only_looked_in_is_written_out_on_sqlite() {
        let sql = "select a from t where b in each($2) and (c = $1 or d in each($2)) and e in each($3) limit $10";
        let params = |second: &'static str, third: &'static str| -> Vec<Value<'static>> {
            let mut params = vec![Value::Int(7); 10];
            (params[0], params[1], params[2]) = (r#"["x"]"#.into(), second.into(), third.into());
            params
        };
        let spread = |second, third| {
            let params = params(second, third);
            let (sizes, spread) = spread(sql, &params);
            (sqlite(sql, sizes, 10), spread.map(|spread| spread.into_iter().map(Value::into_owned).collect::<Vec<_>>()))
        };
        let (text, spread_out) = spread(r#"["m","n"]"#, r#"["p","","q"]"#);
        assert_eq!(
            text,
            "select a from t where b in (?2, ?11) and (c = ?1 or d in (?2, ?11)) and e in (?3, ?12, ?13) limit ?10"
        );
        let mut expected = params("m", "p");
        expected.extend(["n", "", "q"].map(Value::from));
        assert_eq!(spread_out, Some(expected));
        let (text, _) = spread(r#"["m"]"#, "[]");
        assert!(text.contains("b in (?2) and") && text.contains("e in (select packed_id(value) from json_each(?3))"));
        for other in [r#"["a","b","c","d","e"]"#, r#"["a\"b"]"#, r#"["a"b"]"#, "[1]", "[]", "a", r#"["a", "b"]"#] {
            assert_eq!(spread(other, "[]").1, None, "{other}");
        }
        assert!(!is_looked_in("select value from each($1)", 1) && !is_looked_in("a in each($10)", 1));
        assert!(!is_looked_in("a in each($1) and b = $1", 1));
    }

    #[test]
    fn a_table_without_rowid_is_a_plain_table_on_postgres() {
        let sql = "create table t (id text primary key, body blob not null) without rowid";
        assert_eq!(postgres_schema(sql), "create table t (id text collate \"C\" primary key, body bytea not null)");
    }
}
