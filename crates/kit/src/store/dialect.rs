//! The one place that knows how the two databases' SQL differs. Everything else is one text for both.
//!
//! A statement is written with `$1`, `$2`, …; `each($1)` stands for the texts of a JSON array in a parameter.
//! Tables are created with `blob` columns and may end in `without rowid`, which only SQLite knows; `bytes_of[text]` in a
//! migration stands for the bytes of a text.

/// `sql` for SQLite. `$n` becomes `?n`, because SQLite numbers `$n` by first appearance and not by `n`.
pub(super) fn sqlite(sql: &str) -> String {
    each(sql, |n| format!("(select packed_id(value) from json_each(${n}))")).replace('$', "?")
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
        assert_eq!(sqlite("select $2, $1"), "select ?2, ?1");
    }

    #[test]
    fn a_list_is_one_parameter_on_both() {
        let sql = "select a from t where b in each($1) and c = $2";
        assert_eq!(sqlite(sql), "select a from t where b in (select packed_id(value) from json_each(?1)) and c = ?2");
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
    fn a_table_without_rowid_is_a_plain_table_on_postgres() {
        let sql = "create table t (id text primary key, body blob not null) without rowid";
        assert_eq!(postgres_schema(sql), "create table t (id text collate \"C\" primary key, body bytea not null)");
    }
}
