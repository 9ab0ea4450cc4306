//! UpdateTodo.

use jiff::tz::TimeZone;
use todo_model::limits;

use super::{
    convert, locking,
    operations::{Answer, Change, Effect, Image, Request},
    validate,
    validate::Patch,
};
use crate::{
    error::{Error, Result},
    ids::{AccountId, ProjectId, TodoId},
    store::{
        accounts,
        conn::Conn,
        projects,
        todos::{self, Todo},
    },
};

/// A todo to be changed.
pub(crate) struct UpdateTodo {
    pub(crate) id: TodoId,
    pub(crate) patch: Patch,
    /// The revision that the todo must have, if that matters.
    pub(crate) expected_revision: Option<i64>,
}

impl Change for UpdateTodo {
    async fn apply(&self, request: &Request, conn: &mut Conn<'_>) -> Result<Effect> {
        let owner = request.owner;
        let before = locking::lock_todos(conn, owner, &[self.id]).await?.pop().ok_or(Error::NotFound)?;
        if before.delete_time.is_some() {
            return Err(Error::NotFound);
        }
        if self.expected_revision.is_some_and(|expected| expected != before.revision) {
            return Err(Error::Aborted("The todo has changed since you read it. Read it again.".into()));
        }
        if let Some(project) = self.patch.project_id.filter(|project| *project != before.project_id) {
            check_project(conn, owner, project).await?;
        }
        if let Some(parent) = self.patch.parent_id.flatten() {
            check_parent(conn, owner, self.id, parent).await?;
        }
        let mut after = before.clone();
        self.patch.apply(&mut after, &zone_of(conn, owner).await?);
        let changed = before != after;
        if changed {
            write(conn, request, &before, &mut after).await?;
        }
        let image = changed.then(|| convert::todo(before));
        Ok(Effect {
            before: Image { todos: image.into_iter().collect(), ..Image::default() },
            answer: Answer { todos: vec![convert::todo(after)], ..Answer::default() },
            changed,
            undoes: None,
        })
    }
}

/// Writes every field of a todo and gives it its new revision and update time.
pub(super) async fn write(
    conn: &mut Conn<'_>,
    request: &Request,
    before: &Todo,
    after: &mut Todo,
) -> Result<()> {
    let touched = locking::projects_of([before, &*after]);
    let revisions = locking::bump_all(conn, request.owner, &touched).await?;
    // A todo's revision only ever grows, also when it moves to a project that has seen fewer changes.
    let revision = revisions.values().copied().max().ok_or(Error::NotFound)?;
    if revisions.get(&after.project_id) != Some(&revision) {
        projects::set_revision(conn, request.owner, after.project_id, revision).await?;
    }
    after.revision = revision;
    after.update_time = request.now;
    todos::update(conn, request.owner, after, &validate::keys(after)?).await
}

/// The account's time zone.
pub(super) async fn zone_of(conn: &mut Conn<'_>, owner: AccountId) -> Result<TimeZone> {
    let name = accounts::lock_time_zone(conn, owner).await?.ok_or(Error::NotFound)?;
    // A zone that this machine no longer knows must not stop anybody from writing.
    Ok(TimeZone::get(&name).unwrap_or(TimeZone::UTC))
}

async fn check_project(conn: &mut Conn<'_>, owner: AccountId, id: ProjectId) -> Result<()> {
    projects::lock(conn, owner, &[id]).await?;
    match projects::find(conn, owner, id).await? {
        Some(project) if project.delete_time.is_none() => Ok(()),
        _ => Err(Error::invalid("todo.project_id", "There is no such project.")),
    }
}

async fn check_parent(conn: &mut Conn<'_>, owner: AccountId, id: TodoId, parent: TodoId) -> Result<()> {
    let refuse = |why: &str| Err(Error::invalid("todo.parent_id", why));
    let mut ancestor = Some(parent);
    for depth in 0..limits::TREE_DEPTH {
        let Some(current) = ancestor else { return Ok(()) };
        if current == id {
            return refuse("A todo cannot be a part of itself or of its own parts.");
        }
        match todos::find(conn, owner, current).await? {
            Some(todo) if depth > 0 || todo.delete_time.is_none() => ancestor = todo.parent_id,
            // An ancestor that the trash has forgotten ends the line.
            None if depth > 0 => return Ok(()),
            _ => return refuse("There is no such todo."),
        }
    }
    refuse("Todos can be parts of each other 32 levels deep at most.")
}
