//! The manual order of the open todos of a project.

use sqlx::AssertSqlSafe;

use crate::{
    error::{Error, Result},
    ids::{AccountId, ProjectId, TodoId},
    store::conn::{Conn, bind_each, on_engine, placeholders},
};

/// A todo with its place in the order.
#[derive(Clone, Debug)]
pub(crate) struct Neighbor {
    pub(crate) id: TodoId,
    pub(crate) number: i64,
    pub(crate) position: String,
}

crate::rows::row!(Neighbor { id, number, position });

impl Neighbor {
    /// What the order compares: the number where positions are the same.
    pub(crate) fn place(&self) -> (&str, i64) {
        (&self.position, self.number)
    }
}

/// Which of the todos around a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    Before,
    After,
}

/// Returns those before or behind a todo, the nearest first; of the whole project from its end or its beginning, if it is
/// `None`. Without some.
pub(crate) async fn next_to(
    conn: &mut Conn<'_>,
    owner: AccountId,
    project: ProjectId,
    direction: Direction,
    place: Option<&Neighbor>,
    without: &[TodoId],
    limit: usize,
) -> Result<Vec<Neighbor>> {
    let (comparison, direction) = match direction {
        Direction::Before => ("<", "DESC"),
        Direction::After => (">", "ASC"),
    };
    let from = place.map_or_else(String::new, |_| format!(" AND (position, number) {comparison} ($4, $5)"));
    let first = if place.is_some() { 6 } else { 4 };
    let others = match without {
        [] => String::new(),
        ids => format!(" AND id NOT IN ({})", placeholders(first, ids.len())),
    };
    let sql = format!(
        "SELECT id, number, position FROM todos WHERE account_id = $1 AND project_id = $2 AND complete_time IS NULL \
         AND delete_time IS NULL{from}{others} ORDER BY position {direction}, number {direction} LIMIT $3"
    );
    let limit = i64::try_from(limit).map_err(Error::internal)?;
    Ok(on_engine!(conn, c => {
        let mut query = sqlx::query_as(AssertSqlSafe(sql)).bind(owner).bind(project).bind(limit);
        if let Some(Neighbor { position, number, .. }) = place {
            query = query.bind(position).bind(number);
        }
        bind_each!(query, without).fetch_all(c).await
    })?)
}
