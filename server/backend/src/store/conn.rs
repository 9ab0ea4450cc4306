//! A connection of either engine, and what a change is to the store. With [`migrations`](super::migrations) and the files of
//! the two engines, this is all in which SQLite and PostgreSQL differ.

#[cfg(feature = "postgres")]
use sqlx::postgres::PgConnection;
use sqlx::sqlite::SqliteConnection;

#[cfg(feature = "postgres")]
use crate::error::Error;
use crate::{error::Result, ids::AccountId};

/// A connection of either engine, for the length of a call.
pub(crate) enum Conn<'c> {
    /// To the file.
    Sqlite(&'c mut SqliteConnection),
    /// To the server.
    #[cfg(feature = "postgres")]
    Postgres(&'c mut PgConnection),
}

/// Runs one body on whichever engine the connection is of: `on_engine!(conn, c => query.fetch_all(c).await)`.
/// The body is compiled once per engine, so the SQL in it is written once.
macro_rules! on_engine {
    ($conn:expr, $c:ident => $body:expr) => {
        match $conn {
            $crate::store::conn::Conn::Sqlite(connection) => {
                let $c = &mut **connection;
                $body
            }
            #[cfg(feature = "postgres")]
            $crate::store::conn::Conn::Postgres(connection) => {
                let $c = &mut **connection;
                $body
            }
        }
    };
}
pub(crate) use on_engine;

/// Binds each of some values to a query: what the [`placeholders`] of an `IN` stand for.
macro_rules! bind_each {
    ($query:expr, $values:expr) => {
        $values.iter().fold($query, |query, value| query.bind(value))
    };
}
pub(crate) use bind_each;

/// A change that is applied whole or not at all.
///
/// It may be applied more than once before it counts: PostgreSQL asks for transactions to be repeated. So it holds
/// what it needs and changes nothing but the database.
pub(crate) trait Write: Send + Sync + 'static {
    /// What the change answers.
    type Output: Send + 'static;

    /// The account whose row the change locks, if it does: those of one account wait for each other.
    #[cfg_attr(not(feature = "postgres"), expect(dead_code, reason = "SQLite has one writer for all"))]
    fn account(&self) -> Option<AccountId> {
        None
    }

    /// Applies the change inside a transaction. An error rolls it back.
    fn apply(&self, conn: &mut Conn<'_>) -> impl Future<Output = Result<Self::Output>> + Send;
}

/// Changes of one kind that share their statements when several are waiting.
pub(crate) trait GroupWrite: Sized + Send + Sync + 'static {
    /// What each change answers.
    type Output: Send + 'static;

    /// The account whose row the change locks.
    #[cfg_attr(not(feature = "postgres"), expect(dead_code, reason = "SQLite has one writer for all"))]
    fn account(&self) -> AccountId;

    /// Applies the changes inside one transaction and returns as many answers, in the same order. A change that
    /// answers with an error must have written nothing; an error of the whole rolls all of them back.
    fn apply_all(
        writes: &[&Self],
        conn: &mut Conn<'_>,
    ) -> impl Future<Output = Result<Vec<Result<Self::Output>>>> + Send;
}

/// A [`GroupWrite`] that is applied by itself, on the engine without groups.
#[cfg(feature = "postgres")]
pub(super) struct GroupOfOne<W>(pub(super) W);

#[cfg(feature = "postgres")]
impl<W: GroupWrite> Write for GroupOfOne<W> {
    type Output = W::Output;

    fn account(&self) -> Option<AccountId> {
        Some(self.0.account())
    }

    async fn apply(&self, conn: &mut Conn<'_>) -> Result<W::Output> {
        let mut results = W::apply_all(&[&self.0], conn).await?;
        results.pop().unwrap_or_else(|| Err(Error::internal("a group of one without a result")))
    }
}

impl Conn<'_> {
    /// What to append to a `SELECT` so that it locks the rows it returns until the end of the transaction.
    pub(crate) fn for_update(&self) -> &'static str {
        match self {
            Self::Sqlite(_) => "",
            #[cfg(feature = "postgres")]
            Self::Postgres(_) => " FOR UPDATE",
        }
    }

    /// What to put before a column of an `ORDER BY`, so that no index is chosen for its order. PostgreSQL knows how many rows there
    /// are of what, and needs no advice.
    pub(crate) fn by_no_index(&self) -> &'static str {
        match self {
            Self::Sqlite(_) => "+",
            #[cfg(feature = "postgres")]
            Self::Postgres(_) => "",
        }
    }

    /// The placeholder of this index, in a statement with very many: SQLite looks numbers up one by one, and takes values
    /// in the order of their placeholders instead. So all of the statement must be made by this or by
    /// [`placeholder_rows`](Self::placeholder_rows), and stand in the order of their indexes.
    #[cfg_attr(not(feature = "postgres"), expect(unused_variables, reason = "SQLite does not number"))]
    pub(crate) fn placeholder(&self, index: usize) -> String {
        match self {
            Self::Sqlite(_) => "?".into(),
            #[cfg(feature = "postgres")]
            Self::Postgres(_) => format!("${index}"),
        }
    }

    /// `($1, $2), ($3, $4)`: the [`placeholder`](Self::placeholder)s of as many rows, from this index on.
    pub(crate) fn placeholder_rows(&self, first: usize, rows: usize, width: usize) -> String {
        let row = |row: usize| {
            let start = first + row * width;
            let row: Vec<_> = (start..start + width).map(|index| self.placeholder(index)).collect();
            format!("({})", row.join(", "))
        };
        (0..rows).map(row).collect::<Vec<_>>().join(", ")
    }
}

/// `$3, $4, $5`: as many placeholders, from the first one on.
pub(crate) fn placeholders(first: usize, count: usize) -> String {
    (first..first + count).map(|index| format!("${index}")).collect::<Vec<_>>().join(", ")
}
