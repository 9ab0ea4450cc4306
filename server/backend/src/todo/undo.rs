//! UndoOperation: takes an operation back by restoring what it changed, if nothing newer has touched that since.
//!
//! "Nothing newer" is a question of what is there now, not of how often it changed: where a newer change was taken
//! back itself, everything is as the older one left it, and that can be taken back next.

use todo_proto::todo::v1::{self, OperationKind};
use uuid::Uuid;

use super::{
    bulk, convert, locking,
    operations::{self as recorded, Answer, Change, Effect, Image, Request},
    projects as project_changes, update,
    validate::Patch,
};
use crate::{
    error::{Error, Result},
    ids::{AccountId, OperationId, ProjectId, TodoId},
    store::{
        conn::Conn,
        operations::{self, Operation},
        projects,
        todos::{self, Todo},
    },
    time::Time,
};

/// An operation to be taken back.
pub(crate) struct UndoOperation {
    /// `None`: the newest one that can be.
    pub(crate) operation_id: Option<OperationId>,
}

impl Change for UndoOperation {
    async fn apply(&self, request: &Request, conn: &mut Conn<'_>) -> Result<Effect> {
        let operation = match self.operation_id {
            Some(id) => {
                operations::find(conn, request.owner, id).await?.filter(|operation| operation.changed)
            }
            None => operations::newest_undoable(conn, request.owner).await?,
        }
        .ok_or(Error::NotFound)?;
        if operation.undoes.is_some() {
            return Err(Error::invalid("operation_id", "Is an undo itself. Make the change again instead."));
        }
        if operation.undone_by.is_some() {
            return Err(Error::Aborted("The operation was undone already.".into()));
        }
        let before: Image = recorded::decode(&operation.before_image)?;
        let after: Answer = recorded::decode(&operation.after_image)?;
        let kind = i32::try_from(operation.kind).ok().and_then(|kind| OperationKind::try_from(kind).ok());
        let (was, answer) = match kind {
            Some(OperationKind::CreateTodo) => undo_todos(conn, request, &after, Restore::Trash).await?,
            Some(OperationKind::UpdateTodo) => {
                undo_todos(conn, request, &after, Restore::Fields(&before)).await?
            }
            Some(
                OperationKind::CompleteTodos
                | OperationKind::ReopenTodos
                | OperationKind::DeleteTodos
                | OperationKind::RestoreTodos,
            ) => undo_todos(conn, request, &after, Restore::State(&before)).await?,
            Some(
                OperationKind::CreateProject | OperationKind::UpdateProject | OperationKind::DeleteProject,
            ) => undo_project(conn, request, &before, &after).await?,
            Some(OperationKind::Unspecified | OperationKind::UndoOperation) | None => {
                return Err(Error::internal("an operation of a kind that is never recorded"));
            }
        };
        operations::mark_undone(conn, request.owner, operation.id, request.id).await?;
        let undone = Operation { undone_by: Some(request.id), ..operation };
        Ok(Effect {
            before: was,
            answer: Answer { undone: Some(recorded::to_proto(&undone)?), ..answer },
            changed: true,
            undoes: Some(undone.id),
        })
    }
}

/// How todos are brought back to what they were.
enum Restore<'i> {
    /// They did not exist: to the trash, so that nothing is ever lost.
    Trash,
    /// All their fields.
    Fields(&'i Image),
    /// Completion, trash and project.
    State(&'i Image),
}

async fn undo_todos(
    conn: &mut Conn<'_>,
    request: &Request,
    after: &Answer,
    restore: Restore<'_>,
) -> Result<(Image, Answer)> {
    let left: Vec<_> = after.todos.iter().filter(|todo| !after.unchanged_ids.contains(&todo.id)).collect();
    let ids = left.iter().map(|todo| todo_id(&todo.id)).collect::<Result<Vec<_>>>()?;
    // What the trash has forgotten cannot be brought back.
    let current = locking::lock_todos(conn, request.owner, &ids).await.map_err(overtaken_if_missing)?;
    if !current.iter().zip(left).all(|(current, left)| is_as_left(current, left, &restore)) {
        return Err(overtaken());
    }
    let mut restored = current.clone();
    match restore {
        Restore::Trash => {
            for todo in &mut restored {
                todo.delete_time = Some(request.now);
            }
            bulk::write_states(conn, request, &current, &mut restored).await?;
        }
        Restore::State(before) => {
            for todo in &mut restored {
                let before = image_of(before, todo)?;
                todo.project_id = ProjectId::from_uuid(stored_uuid(&before.project_id)?);
                todo.complete_time = before.complete_time.as_ref().map(stored_time);
                todo.delete_time = before.delete_time.as_ref().map(stored_time);
            }
            for project in locking::projects_of(restored.iter().filter(|todo| todo.delete_time.is_none())) {
                check_project(conn, request.owner, project).await?;
            }
            bulk::write_states(conn, request, &current, &mut restored).await?;
        }
        Restore::Fields(before) => {
            let zone = update::zone_of(conn, request.owner).await?;
            for (current, todo) in current.iter().zip(&mut restored) {
                let before = image_of(before, todo)?;
                let inbox = projects::inbox_of(request.owner);
                Patch::read(before, Patch::PATHS, inbox)?.apply(todo, &zone);
                check_project(conn, request.owner, todo.project_id).await?;
                update::write(conn, request, current, todo).await?;
            }
        }
    }
    let was = Image { todos: current.into_iter().map(convert::todo).collect(), ..Image::default() };
    let answer = Answer { todos: restored.into_iter().map(convert::todo).collect(), ..Answer::default() };
    Ok((was, answer))
}

/// Nothing comes back into a project that is gone.
async fn check_project(conn: &mut Conn<'_>, owner: AccountId, id: ProjectId) -> Result<()> {
    match project_changes::lock(conn, owner, id).await?.delete_time {
        None => Ok(()),
        Some(_) => Err(Error::Aborted("The project it was in is gone.".into())),
    }
}

async fn undo_project(
    conn: &mut Conn<'_>,
    request: &Request,
    before: &Image,
    after: &Answer,
) -> Result<(Image, Answer)> {
    let after = after.projects.first().ok_or_else(|| Error::internal("a project's operation without it"))?;
    let id = ProjectId::from_uuid(stored_uuid(&after.id)?);
    let current = project_changes::lock(conn, request.owner, id).await.map_err(overtaken_if_missing)?;
    let own_fields = (&current.name, current.delete_time.map(Time::to_proto));
    if own_fields != (&after.name, after.delete_time) {
        return Err(overtaken());
    }
    let mut restored = current.clone();
    match before.projects.first() {
        Some(before) => {
            restored.name.clone_from(&before.name);
            restored.delete_time = None;
        }
        // It did not exist, and whatever was put into it since has to go first.
        None if todos::is_any_in(conn, request.owner, id).await? => return Err(overtaken()),
        None => restored.delete_time = Some(request.now),
    }
    project_changes::write(conn, request, &mut restored).await.map_err(|error| match error {
        Error::AlreadyExists(_) => Error::Aborted("Another project has taken its name since.".into()),
        other => other,
    })?;
    if current.delete_time.is_some() {
        let (trashed, revision) = (after.revision, restored.revision);
        todos::restore_project(conn, request.owner, id, trashed, revision, request.now).await?;
    }
    Ok((
        Image { projects: vec![convert::project(current)], ..Image::default() },
        Answer { projects: vec![convert::project(restored)], ..Answer::default() },
    ))
}

/// Whether a todo is what the operation left behind, however often it changed in between.
fn is_as_left(current: &Todo, left: &v1::Todo, restore: &Restore<'_>) -> bool {
    let mut current = convert::todo(current.clone());
    current.revision = left.revision;
    current.update_time = left.update_time;
    if let Restore::State(_) = restore {
        // Not recorded, and left alone when it is taken back.
        current.description.clear();
    }
    current == *left
}

fn image_of<'i>(image: &'i Image, todo: &Todo) -> Result<&'i v1::Todo> {
    let id = todo.id.to_string();
    let found = image.todos.iter().find(|before| before.id == id);
    found.ok_or_else(|| Error::internal("an operation without the image of a todo it changed"))
}

fn todo_id(text: &str) -> Result<TodoId> {
    stored_uuid(text).map(TodoId::from_uuid)
}

fn stored_uuid(text: &str) -> Result<Uuid> {
    Uuid::parse_str(text).map_err(Error::internal)
}

fn stored_time(time: &prost_types::Timestamp) -> Time {
    Time::from_micros(time.seconds * 1_000_000 + i64::from(time.nanos) / 1_000)
}

fn overtaken() -> Error {
    Error::Aborted("Something newer has changed it since, so it cannot be undone.".into())
}

fn overtaken_if_missing(error: Error) -> Error {
    match error {
        Error::NotFound => overtaken(),
        other => other,
    }
}
