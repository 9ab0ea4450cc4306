//! Rows of `projects`.

use todo_model::text::folded;

use crate::{
    error::{Error, Result},
    ids::{AccountId, ProjectId},
    store::conn::{Conn, on_engine},
    time::Time,
};

/// A project, live or deleted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Project {
    pub(crate) id: ProjectId,
    pub(crate) name: String,
    pub(crate) inbox: bool,
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

/// Where a project's feed stands.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Head {
    pub(crate) id: ProjectId,
    /// The newest revision.
    pub(crate) revision: i64,
    /// The revision at which the project's own fields last changed.
    pub(crate) own_revision: i64,
    /// The revision up to which purged todos are forgotten.
    pub(crate) horizon: i64,
}

crate::rows::row!(Head { id, revision, own_revision, horizon });

/// The key by which names are compared.
pub(crate) fn name_key(name: &str) -> String {
    folded(name)
}

/// The id of an account's Inbox. It is the account's own, so that nobody has to look it up.
pub(crate) fn inbox_of(owner: AccountId) -> ProjectId {
    ProjectId::from_uuid(owner.as_uuid())
}

/// Creates the Inbox of a new account.
pub(crate) async fn create_inbox(conn: &mut Conn<'_>, owner: AccountId, now: Time) -> Result<()> {
    let inbox = Project {
        id: inbox_of(owner),
        name: "Inbox".into(),
        inbox: true,
        revision: 1,
        create_time: now,
        update_time: now,
        delete_time: None,
    };
    insert(conn, owner, &inbox).await
}

/// Inserts a project. ALREADY_EXISTS if its id or name is in use.
pub(crate) async fn insert(conn: &mut Conn<'_>, owner: AccountId, project: &Project) -> Result<()> {
    const SQL: &str = "INSERT INTO projects (account_id, id, name, name_key, inbox, revision, own_revision, horizon, \
         create_time, update_time, delete_time) VALUES ($1, $2, $3, $4, $5, $6, $6, 0, $7, $8, $9)";
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
        .map(drop))
    .map_err(name_taken)
}

/// Writes back a project's own fields and its revision. ALREADY_EXISTS if the name is in use.
pub(crate) async fn update(conn: &mut Conn<'_>, owner: AccountId, project: &Project) -> Result<()> {
    const SQL: &str = "UPDATE projects SET name = $3, name_key = $4, revision = $5, own_revision = $5, update_time = $6, \
         delete_time = $7 WHERE account_id = $1 AND id = $2";
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
        .map(drop))
    .map_err(name_taken)
}

fn name_taken(error: sqlx::Error) -> Error {
    if error.as_database_error().is_some_and(sqlx::error::DatabaseError::is_unique_violation) {
        return Error::AlreadyExists("There is a project of this name or id already.".into());
    }
    error.into()
}

/// Returns a project, live or deleted.
pub(crate) async fn find(conn: &mut Conn<'_>, owner: AccountId, id: ProjectId) -> Result<Option<Project>> {
    const SQL: &str = concat!("SELECT ", columns!(), " FROM projects WHERE account_id = $1 AND id = $2");
    Ok(on_engine!(conn, c => sqlx::query_as(SQL).bind(owner).bind(id).fetch_optional(c).await)?)
}

/// Locks the projects until the end of the transaction, in an order that all transactions keep to, so that their
/// todos hold still and no two wait for each other.
pub(crate) async fn lock(conn: &mut Conn<'_>, owner: AccountId, ids: &[ProjectId]) -> Result<()> {
    if !conn.has_concurrent_writers() {
        return Ok(());
    }
    let mut ids = ids.to_vec();
    ids.sort_unstable();
    ids.dedup();
    for id in ids {
        let sql = format!("SELECT id FROM projects WHERE account_id = $1 AND id = $2{}", conn.for_update());
        on_engine!(conn, c => sqlx::query(sqlx::AssertSqlSafe(sql)).bind(owner).bind(id).execute(c).await.map(drop))?;
    }
    Ok(())
}

/// Counts one more change of the project and returns its new revision, or `None` if there is no such project.
pub(crate) async fn bump(conn: &mut Conn<'_>, owner: AccountId, id: ProjectId) -> Result<Option<i64>> {
    const SQL: &str =
        "UPDATE projects SET revision = revision + 1 WHERE account_id = $1 AND id = $2 RETURNING revision";
    Ok(on_engine!(conn, c => sqlx::query_scalar(SQL).bind(owner).bind(id).fetch_optional(c).await)?)
}

/// Counts as many more changes of each live project and returns the new revisions; what is missing is not there.
pub(crate) async fn bump_live(
    conn: &mut Conn<'_>,
    counts: &[(AccountId, ProjectId, i64)],
) -> Result<Vec<(AccountId, ProjectId, i64)>> {
    const SQL: &str = "UPDATE projects SET revision = revision + $3 \
         WHERE account_id = $1 AND id = $2 AND delete_time IS NULL RETURNING account_id, id, revision";
    let mut revisions = Vec::with_capacity(counts.len());
    for (owner, id, count) in counts {
        let row: Option<(AccountId, ProjectId, i64)> = on_engine!(conn, c => sqlx::query_as(SQL).bind(owner).bind(id).bind(count).fetch_optional(c).await)?;
        revisions.extend(row);
    }
    Ok(revisions)
}

/// Sets the project's revision, which must be higher than the present one.
pub(crate) async fn set_revision(
    conn: &mut Conn<'_>,
    owner: AccountId,
    id: ProjectId,
    revision: i64,
) -> Result<()> {
    const SQL: &str = "UPDATE projects SET revision = $3 WHERE account_id = $1 AND id = $2";
    on_engine!(conn, c => sqlx::query(SQL).bind(owner).bind(id).bind(revision).execute(c).await.map(drop))?;
    Ok(())
}

/// Returns live projects, the Inbox first, then by name, from behind the given name.
pub(crate) async fn list(
    conn: &mut Conn<'_>,
    owner: AccountId,
    after: Option<(bool, &str)>,
    limit: i64,
) -> Result<Vec<Project>> {
    // The Inbox comes first by not being "not the Inbox"; names are unique among the others.
    const FIRST: &str = concat!(
        "SELECT ",
        columns!(),
        " FROM projects WHERE account_id = $1 AND delete_time IS NULL ORDER BY NOT inbox, name_key LIMIT $2"
    );
    const NEXT: &str = concat!(
        "SELECT ",
        columns!(),
        " FROM projects WHERE account_id = $1 AND delete_time IS NULL AND (NOT inbox, name_key) > (NOT $3, $4) ",
        "ORDER BY NOT inbox, name_key LIMIT $2"
    );
    Ok(match after {
        None => on_engine!(conn, c => sqlx::query_as(FIRST).bind(owner).bind(limit).fetch_all(c).await)?,
        Some((inbox, name_key)) => on_engine!(conn, c => sqlx::query_as(NEXT)
            .bind(owner)
            .bind(limit)
            .bind(inbox)
            .bind(name_key)
            .fetch_all(c)
            .await)?,
    })
}

/// Returns how many live projects the account has.
pub(crate) async fn count(conn: &mut Conn<'_>, owner: AccountId) -> Result<usize> {
    const SQL: &str = "SELECT count(*) FROM projects WHERE account_id = $1 AND delete_time IS NULL";
    let count: i64 = on_engine!(conn, c => sqlx::query_scalar(SQL).bind(owner).fetch_one(c).await)?;
    usize::try_from(count).map_err(Error::internal)
}

/// Returns where the feed of each project stands, live or deleted.
pub(crate) async fn heads(conn: &mut Conn<'_>, owner: AccountId) -> Result<Vec<Head>> {
    const SQL: &str =
        "SELECT id, revision, own_revision, horizon FROM projects WHERE account_id = $1 ORDER BY id";
    Ok(on_engine!(conn, c => sqlx::query_as(SQL).bind(owner).fetch_all(c).await)?)
}
