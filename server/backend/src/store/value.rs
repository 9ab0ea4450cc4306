//! What a column holds, for statements whose columns are known only when they run.

use sqlx::query::Query;
use uuid::Uuid;

/// What a row holds in a column; NULL is a value of each kind.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Value {
    Id(Option<Uuid>),
    Text(Option<String>),
    Number(Option<i64>),
    Bool(Option<bool>),
    Bytes(Option<Vec<u8>>),
}

impl Value {
    /// Whether it is NULL or an empty text.
    pub(crate) fn is_empty(&self) -> bool {
        match self {
            Self::Text(text) => text.as_ref().is_none_or(String::is_empty),
            Self::Id(id) => id.is_none(),
            Self::Number(number) => number.is_none(),
            Self::Bool(value) => value.is_none(),
            Self::Bytes(bytes) => bytes.is_none(),
        }
    }
}

/// Binds a value to the next placeholder.
pub(crate) fn bind<'q, D>(
    query: Query<'q, D, <D as sqlx::Database>::Arguments>,
    value: Value,
) -> Query<'q, D, <D as sqlx::Database>::Arguments>
where
    D: sqlx::Database,
    Option<Uuid>: sqlx::Encode<'q, D> + sqlx::Type<D> + 'q,
    Option<String>: sqlx::Encode<'q, D> + sqlx::Type<D> + 'q,
    Option<i64>: sqlx::Encode<'q, D> + sqlx::Type<D> + 'q,
    Option<bool>: sqlx::Encode<'q, D> + sqlx::Type<D> + 'q,
    Option<Vec<u8>>: sqlx::Encode<'q, D> + sqlx::Type<D> + 'q,
{
    match value {
        Value::Id(value) => query.bind(value),
        Value::Text(value) => query.bind(value),
        Value::Number(value) => query.bind(value),
        Value::Bool(value) => query.bind(value),
        Value::Bytes(value) => query.bind(value),
    }
}
