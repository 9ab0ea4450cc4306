//! Rows of `projects`.

use todo_model::text::folded;
use uuid::Uuid;

use crate::{
    error::{Error, Result},
    ids::{AccountId, ProjectId},
    store::conn::{Conn, bind_each, on_engine, placeholders},
    time::Time,
};

/// A project, live or deleted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Project {
    pub(crate) id: ProjectId,
    pub(crate) name: String,
    pub(crate) inbox: bool,
    /// The account's, at the last change of the project itself.
    pub(crate) revision: i64,
    pub(crate) create_time: Time,
    pub(crate) update_time: Time,
    pub(crate) delete_time: Option<Time>,
}

crate::rows::row!(Project { id, name, inbox, revision, create_time, update_time, delete_time });

macro_rules! columns {
    () => {
        "id, name, inbox, revision, create_time, update_time, delete_time"
    };
}
pub(super) use columns;

/// The key by which names are compared.
pub(crate) fn name_key(name: &str) -> String {
    folded(name)
}

/// The id of an account's Inbox. It is the account's own, so that nobody has to look it up.
pub(crate) fn inbox_of(owner: AccountId) -> ProjectId {
    ProjectId::from_uuid(owner.as_uuid())
}

/// Inserts a project.
pub(crate) async fn insert(conn: &mut Conn<'_>, owner: AccountId, project: &Project) -> Result<()> {
    const SQL: &str = "INSERT INTO projects (account_id, id, name, name_key, inbox, revision, create_time, update_time, \
         delete_time) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    on_engine!(conn, c => sqlx::query(SQL)
        .bind(owner)
        .bind(project.id)
        .bind(&project.name)
        .bind(name_key(&project.name))
        .bind(project.inbox)
        .bind(project.revision)
        .bind(project.create_time)
        .bind(project.update_time)
        .bind(project.delete_time)
        .execute(c)
        .await
        .map(drop))?;
    Ok(())
}

/// Writes back what can change about a project.
pub(crate) async fn update(conn: &mut Conn<'_>, owner: AccountId, project: &Project) -> Result<()> {
    const SQL: &str = "UPDATE projects SET name = $3, name_key = $4, revision = $5, update_time = $6, delete_time = $7 \
         WHERE account_id = $1 AND id = $2";
    on_engine!(conn, c => sqlx::query(SQL)
        .bind(owner)
        .bind(project.id)
        .bind(&project.name)
        .bind(name_key(&project.name))
        .bind(project.revision)
        .bind(project.update_time)
        .bind(project.delete_time)
        .execute(c)
        .await
        .map(drop))?;
    Ok(())
}

/// Returns a project, live or deleted.
pub(crate) async fn find(conn: &mut Conn<'_>, owner: AccountId, id: ProjectId) -> Result<Option<Project>> {
    const SQL: &str = concat!("SELECT ", columns!(), " FROM projects WHERE account_id = $1 AND id = $2");
    Ok(on_engine!(conn, c => sqlx::query_as(SQL).bind(owner).bind(id).fetch_optional(c).await)?)
}

/// Returns the live project of this name.
pub(crate) async fn find_by_name(
    conn: &mut Conn<'_>,
    owner: AccountId,
    name: &str,
) -> Result<Option<Project>> {
    const SQL: &str = concat!(
        "SELECT ",
        columns!(),
        " FROM projects WHERE account_id = $1 AND name_key = $2 AND delete_time IS NULL"
    );
    Ok(on_engine!(conn, c => sqlx::query_as(SQL).bind(owner).bind(name_key(name)).fetch_optional(c).await)?)
}

/// Returns those of the named projects that exist, in any order.
pub(crate) async fn find_all(
    conn: &mut Conn<'_>,
    owner: AccountId,
    ids: &[ProjectId],
) -> Result<Vec<Project>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let sql = format!(
        "SELECT {} FROM projects WHERE account_id = $1 AND id IN ({})",
        columns!(),
        placeholders(2, ids.len())
    );
    Ok(
        on_engine!(conn, c => bind_each!(sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(owner), ids).fetch_all(c).await)?,
    )
}

/// Where a list of projects goes on: behind a project that is deleted or not, is the Inbox or not, and has this name and id.
#[derive(Clone, Debug)]
pub(crate) struct ListPosition {
    pub(crate) deleted: bool,
    pub(crate) inbox: bool,
    pub(crate) name_key: String,
    pub(crate) id: Uuid,
}

/// Returns projects from behind a position: the Inbox, the others by name and, if `deleted` is set, then those that are
/// deleted.
pub(crate) async fn list(
    conn: &mut Conn<'_>,
    owner: AccountId,
    deleted: bool,
    after: Option<ListPosition>,
    limit: i64,
) -> Result<Vec<Project>> {
    // The Inbox comes first by not being "not the Inbox".
    const KEY: &str = "delete_time IS NOT NULL, NOT inbox, name_key, id";
    let trash = if deleted { "" } else { " AND delete_time IS NULL" };
    let behind = if after.is_some() { format!(" AND ({KEY}) > ($3, NOT $4, $5, $6)") } else { String::new() };
    let sql = format!(
        "SELECT {} FROM projects WHERE account_id = $1{trash}{behind} ORDER BY {KEY} LIMIT $2",
        columns!()
    );
    Ok(on_engine!(conn, c => {
        let mut query = sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(owner).bind(limit);
        if let Some(after) = after {
            query = query.bind(after.deleted).bind(after.inbox).bind(after.name_key).bind(after.id);
        }
        query.fetch_all(c).await
    })?)
}

/// Returns the projects below this one, live or deleted, by name.
pub(crate) async fn below(conn: &mut Conn<'_>, owner: AccountId, name: &str) -> Result<Vec<Project>> {
    const SQL: &str = concat!(
        "SELECT ",
        columns!(),
        " FROM projects WHERE account_id = $1 AND substr(name_key, 1, length($2)) = $2 ORDER BY name_key, id"
    );
    let prefix = format!("{}/", name_key(name));
    Ok(on_engine!(conn, c => sqlx::query_as(SQL).bind(owner).bind(prefix).fetch_all(c).await)?)
}

/// Returns how many live projects the account has.
pub(crate) async fn count(conn: &mut Conn<'_>, owner: AccountId) -> Result<usize> {
    const SQL: &str = "SELECT count(*) FROM projects WHERE account_id = $1 AND delete_time IS NULL";
    let count: i64 = on_engine!(conn, c => sqlx::query_scalar(SQL).bind(owner).fetch_one(c).await)?;
    usize::try_from(count).map_err(Error::internal)
}
