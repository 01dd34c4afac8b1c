//! Values that go into SQL statements and columns that come out, one meaning on both databases.
//!
//! SQLite keeps ids packed and documents compressed; whoever reads a text gets the text.

use std::borrow::Cow;
use std::str::FromStr;

use bytes::BytesMut;
use rusqlite::types::{ToSqlOutput, ValueRef};
use tokio_postgres::types::{IsNull, ToSql, Type};

use super::codec::Codec;
use super::packed;
use super::wire::PostgresRow;
use crate::id::{self, Id, Kind};
use crate::problem::Fault;
use crate::time::Timestamp;

/// One parameter of a statement. The common subset of both databases knows text, bigint, boolean and blob.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Value<'a> {
    /// SQL null.
    Null,
    /// A bigint.
    Int(i64),
    /// A boolean (0 / 1 on SQLite).
    Bool(bool),
    /// A text.
    Text(Cow<'a, str>),
    /// An id: the prefix of its kind, and its bits. The same as its text.
    Id(&'static str, u128),
    /// A text that is read only as a whole and that nothing is compared with, e.g. JSON: SQLite keeps it compressed.
    Document(Cow<'a, str>),
    /// Bytes.
    Blob(Cow<'a, [u8]>),
}

impl<'a> Value<'a> {
    /// See [`Value::Document`].
    pub fn document(text: impl Into<Cow<'a, str>>) -> Value<'a> {
        Value::Document(text.into())
    }

    /// The same value without parts of its own.
    pub(super) fn borrowed(&self) -> Value<'_> {
        match self {
            Value::Null => Value::Null,
            Value::Int(v) => Value::Int(*v),
            Value::Bool(v) => Value::Bool(*v),
            Value::Text(v) => Value::Text(Cow::Borrowed(v)),
            Value::Id(prefix, bits) => Value::Id(prefix, *bits),
            Value::Document(v) => Value::Document(Cow::Borrowed(v)),
            Value::Blob(v) => Value::Blob(Cow::Borrowed(v)),
        }
    }

    /// The same value without borrowed parts.
    #[must_use]
    pub fn into_owned(self) -> Value<'static> {
        match self {
            Value::Null => Value::Null,
            Value::Int(v) => Value::Int(v),
            Value::Bool(v) => Value::Bool(v),
            Value::Text(v) => Value::Text(Cow::Owned(v.into_owned())),
            Value::Id(prefix, bits) => Value::Id(prefix, bits),
            Value::Document(v) => Value::Document(Cow::Owned(v.into_owned())),
            Value::Blob(v) => Value::Blob(Cow::Owned(v.into_owned())),
        }
    }
}

impl From<i64> for Value<'_> {
    fn from(v: i64) -> Self {
        Value::Int(v)
    }
}

impl From<bool> for Value<'_> {
    fn from(v: bool) -> Self {
        Value::Bool(v)
    }
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(v: &'a str) -> Self {
        Value::Text(Cow::Borrowed(v))
    }
}

impl<'a> From<&'a String> for Value<'a> {
    fn from(v: &'a String) -> Self {
        Value::Text(Cow::Borrowed(v))
    }
}

impl From<String> for Value<'_> {
    fn from(v: String) -> Self {
        Value::Text(Cow::Owned(v))
    }
}

impl<'a> From<&'a [u8]> for Value<'a> {
    fn from(v: &'a [u8]) -> Self {
        Value::Blob(Cow::Borrowed(v))
    }
}

impl From<Vec<u8>> for Value<'_> {
    fn from(v: Vec<u8>) -> Self {
        Value::Blob(Cow::Owned(v))
    }
}

impl From<Timestamp> for Value<'_> {
    fn from(v: Timestamp) -> Self {
        Value::Int(v.as_micros())
    }
}

impl<K: Kind> From<Id<K>> for Value<'_> {
    fn from(v: Id<K>) -> Self {
        Value::Id(K::PREFIX, v.as_u128())
    }
}

impl<'a, T: Into<Value<'a>>> From<Option<T>> for Value<'a> {
    fn from(v: Option<T>) -> Self {
        v.map_or(Value::Null, Into::into)
    }
}

/// A parameter of a statement on SQLite.
pub(super) struct Bound<'a>(pub(super) &'a Value<'a>, pub(super) &'static Codec);

impl rusqlite::ToSql for Bound<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        let kept = |bytes: Vec<u8>| ToSqlOutput::Owned(rusqlite::types::Value::Blob(bytes));
        Ok(ToSqlOutput::Borrowed(match self.0 {
            Value::Null => ValueRef::Null,
            Value::Int(v) => ValueRef::Integer(*v),
            Value::Bool(v) => ValueRef::Integer(i64::from(*v)),
            Value::Text(v) => match packed::pack(v) {
                Some(id) => return Ok(kept(id)),
                None => ValueRef::Text(v.as_bytes()),
            },
            Value::Id(prefix, bits) => return Ok(kept(packed::packed(prefix, *bits))),
            Value::Document(v) => return Ok(kept(self.1.encode(v))),
            Value::Blob(v) => ValueRef::Blob(v),
        }))
    }
}

/// The text that SQLite keeps as `kept`.
fn text_of(kept: &[u8], codec: &Codec) -> Result<String, Fault> {
    if Codec::is_kept(kept) {
        codec.decode(kept)
    } else {
        packed::unpack(kept).ok_or_else(|| Fault::msg("bytes and no text"))
    }
}

impl ToSql for Value<'_> {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        match self {
            Value::Null => Ok(IsNull::Yes),
            Value::Int(v) if *ty == Type::INT4 => i32::try_from(*v)?.to_sql(ty, out),
            Value::Int(v) => v.to_sql(ty, out),
            Value::Bool(v) => v.to_sql(ty, out),
            // `in each($1)`: the texts of a JSON array.
            Value::Text(v) if *ty == Type::TEXT_ARRAY => serde_json::from_str::<Vec<Cow<'_, str>>>(v)?.to_sql(ty, out),
            Value::Text(v) | Value::Document(v) => v.as_ref().to_sql(ty, out),
            Value::Id(prefix, bits) => {
                out.extend_from_slice(prefix.as_bytes());
                out.extend_from_slice(b"_");
                out.extend_from_slice(&id::digits(*bits));
                Ok(IsNull::No)
            }
            Value::Blob(v) => v.as_ref().to_sql(ty, out),
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    fn to_sql_checked(
        &self,
        ty: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        let fits = match self {
            Value::Null => true,
            Value::Int(_) => *ty == Type::INT8 || *ty == Type::INT4,
            Value::Bool(_) => *ty == Type::BOOL,
            Value::Text(_) if *ty == Type::TEXT_ARRAY => true,
            Value::Text(_) | Value::Id(..) | Value::Document(_) => {
                [Type::TEXT, Type::VARCHAR, Type::UNKNOWN].contains(ty)
            }
            Value::Blob(_) => *ty == Type::BYTEA,
        };
        if !fits {
            return Err(format!("{self:?} does not fit a parameter of type {ty}").into());
        }
        ToSql::to_sql(self, ty, out)
    }
}

/// One row of a result, on either database.
pub struct Row<'a>(pub(super) RowRef<'a>);

pub(super) enum RowRef<'a> {
    Sqlite(&'a rusqlite::Row<'a>, &'static Codec),
    Postgres(&'a PostgresRow<'a>),
}

impl Row<'_> {
    /// The column at `index` (from 0).
    ///
    /// # Errors
    /// A fault when the column does not hold a `T`: the statement and the code disagree.
    pub fn get<T: Column>(&self, index: usize) -> Result<T, Fault> {
        T::read(self, index)
    }

    /// The text column at `index`, parsed.
    ///
    /// # Errors
    /// A fault when the text does not parse.
    pub fn parse<T>(&self, index: usize) -> Result<T, Fault>
    where
        T: FromStr,
        T::Err: std::error::Error + Send + Sync + 'static,
    {
        let text: String = self.get(index)?;
        text.parse().map_err(|e| Fault::new(format!("column {index} holds {text:?}"), e))
    }

    /// The text column at `index`, read as JSON.
    ///
    /// # Errors
    /// A fault when the text is not a `T`.
    pub fn json<T: serde::de::DeserializeOwned>(&self, index: usize) -> Result<T, Fault> {
        let text: String = self.get(index)?;
        serde_json::from_str(&text).map_err(|e| Fault::new(format!("column {index} is not the expected JSON"), e))
    }
}

impl Row<'_> {
    /// All columns as text, the same on both databases, for comparing rows of tables that are known by name only.
    ///
    /// # Errors
    /// A fault when a column cannot be read.
    pub fn text(&self) -> Result<String, Fault> {
        let columns: Result<Vec<String>, Fault> = match self.0 {
            RowRef::Sqlite(row, codec) => (0..row.as_ref().column_count())
                .map(|n| match row.get_ref(n).map_err(|e| Fault::new(format!("column {n}"), e))? {
                    ValueRef::Null => Ok("null".to_owned()),
                    ValueRef::Integer(value) => Ok(value.to_string()),
                    ValueRef::Real(value) => Ok(value.to_string()),
                    ValueRef::Text(value) => Ok(format!("{:?}", String::from_utf8_lossy(value))),
                    ValueRef::Blob(value) => {
                        // Also bytes that are none of the kit's texts, however they begin.
                        Ok(text_of(value, codec).map_or_else(|_| format!("{value:?}"), |text| format!("{text:?}")))
                    }
                })
                .collect(),
            RowRef::Postgres(row) => (row.columns.iter().enumerate())
                .map(|(n, column)| match *column {
                    _ if self.get::<Option<AnyColumn>>(n)?.is_none() => Ok("null".to_owned()),
                    Type::BOOL => self.get(n).map(|value: bool| i64::from(value).to_string()),
                    Type::TEXT => self.get(n).map(|value: String| format!("{value:?}")),
                    Type::BYTEA => self.get(n).map(|value: Vec<u8>| format!("{value:?}")),
                    _ => self.get(n).map(|value: i64| value.to_string()),
                })
                .collect(),
        };
        Ok(columns?.join(", "))
    }
}

/// A type that a column can hold.
pub trait Column: Sized {
    /// Reads the column at `index` of `row`.
    ///
    /// # Errors
    /// A fault when the column holds something else.
    fn read(row: &Row<'_>, index: usize) -> Result<Self, Fault>;
}

fn native<T>(row: &Row<'_>, index: usize) -> Result<T, Fault>
where
    T: rusqlite::types::FromSql + for<'r> tokio_postgres::types::FromSql<'r>,
{
    match row.0 {
        RowRef::Sqlite(r, _) => r.get(index).map_err(|e| Fault::new(format!("column {index}"), e)),
        RowRef::Postgres(r) => r.try_get(index).map_err(|e| Fault::new(format!("column {index}"), e)),
    }
}

impl Column for i64 {
    fn read(row: &Row<'_>, index: usize) -> Result<Self, Fault> {
        native(row, index)
    }
}

impl Column for bool {
    fn read(row: &Row<'_>, index: usize) -> Result<Self, Fault> {
        native(row, index)
    }
}

impl Column for String {
    fn read(row: &Row<'_>, index: usize) -> Result<Self, Fault> {
        if let RowRef::Sqlite(r, codec) = row.0
            && let ValueRef::Blob(kept) = r.get_ref(index).map_err(|e| Fault::new(format!("column {index}"), e))?
        {
            return text_of(kept, codec).map_err(|e| Fault::new(format!("column {index}"), e));
        }
        native(row, index)
    }
}

impl Column for Vec<u8> {
    fn read(row: &Row<'_>, index: usize) -> Result<Self, Fault> {
        native(row, index)
    }
}

impl Column for Timestamp {
    fn read(row: &Row<'_>, index: usize) -> Result<Self, Fault> {
        native(row, index).map(Timestamp::from_micros)
    }
}

impl<K: Kind> Column for Id<K> {
    fn read(row: &Row<'_>, index: usize) -> Result<Self, Fault> {
        if let RowRef::Sqlite(r, _) = row.0
            && let ValueRef::Blob(kept) = r.get_ref(index).map_err(|e| Fault::new(format!("column {index}"), e))?
            && let Some((prefix, bits)) = packed::parts(kept)
            && prefix == K::PREFIX
        {
            return Ok(Id::from_u128(bits));
        }
        row.parse(index)
    }
}

impl<T: Column> Column for Option<T> {
    fn read(row: &Row<'_>, index: usize) -> Result<Self, Fault> {
        let null = match row.0 {
            RowRef::Sqlite(r, _) => {
                let value = r.get_ref(index).map_err(|e| Fault::new(format!("column {index}"), e))?;
                value == ValueRef::Null
            }
            RowRef::Postgres(r) => {
                let value: Option<AnyColumn> =
                    r.try_get(index).map_err(|e| Fault::new(format!("column {index}"), e))?;
                value.is_none()
            }
        };
        if null { Ok(None) } else { T::read(row, index).map(Some) }
    }
}

/// A value of any type, only asked whether it is null.
struct AnyColumn;

impl Column for AnyColumn {
    fn read(_: &Row<'_>, _: usize) -> Result<Self, Fault> {
        Ok(AnyColumn)
    }
}

impl<'a> tokio_postgres::types::FromSql<'a> for AnyColumn {
    fn from_sql(_: &Type, _: &'a [u8]) -> Result<Self, Box<dyn std::error::Error + Sync + Send>> {
        Ok(AnyColumn)
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}
