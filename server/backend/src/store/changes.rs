//! What the change feed reads: the newest state of everything that changed behind a revision, in the order of the changes.

use super::{
    projects::{self, Project},
    todos::{Todo, columns, more_columns},
};
use crate::{
    error::Result,
    ids::AccountId,
    store::conn::{Conn, on_engine},
};

/// A part of the feed: behind a place in it, up to a revision.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Span {
    /// Revision and number of the last todo that was read.
    pub(crate) after: (i64, i64),
    /// The newest revision to read.
    pub(crate) upto: i64,
}

/// Returns todos that changed.
pub(crate) async fn todos(
    conn: &mut Conn<'_>,
    owner: AccountId,
    span: Span,
    limit: i64,
) -> Result<Vec<Todo>> {
    const SQL: &str = concat!(
        "SELECT ",
        columns!(),
        ", ",
        more_columns!(),
        " FROM todos WHERE account_id = $1 AND (revision, number) > ($2, $3) AND revision <= $4 ",
        "ORDER BY revision, number LIMIT $5"
    );
    Ok(on_engine!(conn, c => sqlx::query_as(SQL)
        .bind(owner)
        .bind(span.after.0)
        .bind(span.after.1)
        .bind(span.upto)
        .bind(limit)
        .fetch_all(c)
        .await)?)
}

/// Returns projects that changed.
pub(crate) async fn projects(
    conn: &mut Conn<'_>,
    owner: AccountId,
    after: i64,
    upto: i64,
) -> Result<Vec<Project>> {
    const SQL: &str = concat!(
        "SELECT ",
        projects::columns!(),
        " FROM projects WHERE account_id = $1 AND revision > $2 AND revision <= $3 ORDER BY revision, id"
    );
    Ok(on_engine!(conn, c => sqlx::query_as(SQL).bind(owner).bind(after).bind(upto).fetch_all(c).await)?)
}
