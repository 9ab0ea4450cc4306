//! UndoOperation: restores what an operation changed, field by field and tag by tag, where that is still as the operation
//! left it. An undo is an operation like any other, so undoing it is the redo.

use std::collections::HashMap;

use todo_model::text::folded;
use todo_proto::todo::v1::OperationKind;

use super::{
    convert, find,
    mutation::{Change, Effect, Request, Step, Undo},
    projects as project_changes, tree,
};
use crate::{
    error::{Error, Result},
    ids::{AccountId, OperationId},
    store::{
        conn::Conn,
        operations::{self, Changed, Operation},
        project_fields::ProjectField,
        projects::{self, Project},
        todo_accounts::TodoAccount,
        todo_fields::TodoField,
        todos::{self, Todo},
        value::Value,
    },
};

/// An operation to be taken back.
pub(crate) struct UndoOperation {
    /// `None`: the caller's newest one that is no undo and not undone.
    pub(crate) operation_id: Option<OperationId>,
}

impl Change for UndoOperation {
    async fn decide(
        &self,
        request: &Request,
        _: &mut TodoAccount,
        conn: &mut Conn<'_>,
    ) -> Result<Effect> {
        let operation = match self.operation_id {
            Some(id) => operations::find(conn, request.owner, id).await?.filter(Operation::is_change),
            None => newest_of_caller(request, conn).await?,
        }
        .ok_or(Error::NotFound)?;
        if operation.undone_by.is_some() {
            return Err(Error::Aborted("The operation was undone already.".into()));
        }
        let undone = state_of_chain(&operation, request, conn).await?;
        let changes = operation.changes()?;
        let mut effect = Effect {
            todos: undo_todos(request, &changes.todos, conn).await?,
            projects: undo_projects(request, &changes.projects, conn).await?,
            undo: Some(Undo { operation: operation.id, undone }),
            ..Effect::default()
        };
        check_places(request, &mut effect, conn).await?;
        Ok(effect)
    }
}

/// How many undos of undos of undos there may be.
const MAX_CHAIN: usize = 100;

/// Which operations are undone, or in effect again, once this one is taken back: where it is an undo, what it took back is
/// in effect again, and so on.
async fn state_of_chain(
    operation: &Operation,
    request: &Request,
    conn: &mut Conn<'_>,
) -> Result<Vec<(OperationId, Option<OperationId>)>> {
    let mut undone = vec![(operation.id, Some(request.id))];
    let mut next = operation.undoes;
    while let Some(id) = next {
        if undone.len() > MAX_CHAIN {
            return Err(Error::Aborted("It was undone too many times over. Make the change again.".into()));
        }
        let is_undone = undone.len().is_multiple_of(2);
        undone.push((id, is_undone.then_some(request.id)));
        // Forgotten by now: then nobody asks for its state any more.
        next = operations::find(conn, request.owner, id).await?.and_then(|operation| operation.undoes);
    }
    Ok(undone)
}

/// Operations of the account that are read in one go.
const PORTION: i64 = 100;

async fn newest_of_caller(request: &Request, conn: &mut Conn<'_>) -> Result<Option<Operation>> {
    let undo = i64::from(i32::from(OperationKind::UndoOperation));
    let mut before = i64::MAX;
    loop {
        let portion = operations::list(conn, request.owner, before, PORTION).await?;
        let Some(last) = portion.last() else { return Ok(None) };
        before = last.revision;
        let is_wanted = |operation: &Operation| {
            operation.actor_id == request.actor_id && operation.kind != undo && operation.undone_by.is_none()
        };
        if let Some(found) = portion.into_iter().find(is_wanted) {
            return Ok(Some(found));
        }
    }
}

async fn undo_todos(
    request: &Request,
    changed: &[Changed],
    conn: &mut Conn<'_>,
) -> Result<Vec<Step<Todo>>> {
    let ids = changed.iter().map(Changed::todo_id).collect::<Result<Vec<_>>>()?;
    // What was purged cannot be brought back.
    let current = find::todos(conn, request.owner, &ids).await.map_err(overtaken_if_missing)?;
    let mut steps = Vec::with_capacity(changed.len());
    for (before, changed) in current.into_iter().zip(changed) {
        let mut after = before.clone();
        if changed.created {
            // To the trash, whatever has changed since, so that nothing is ever lost.
            after.delete_time = after.delete_time.or(Some(request.now));
        } else {
            undo_fields(&mut after, changed)?;
        }
        steps.push(Step::change(before, after));
    }
    Ok(steps)
}

fn undo_fields(todo: &mut Todo, changed: &Changed) -> Result<()> {
    for recorded in &changed.fields {
        // Of a newer version of Todo.
        let Some(field) = recorded.todo_field() else { return Err(overtaken()) };
        let Some(before) = recorded.before()? else {
            return Err(Error::internal("a change without the value before"));
        };
        let (current, after) = (field.get(todo), recorded.after()?);
        let value = match (field, current, before, after) {
            (
                TodoField::Tags,
                Value::Text(Some(current)),
                Value::Text(Some(before)),
                Value::Text(Some(after)),
            ) => Value::Text(Some(undo_tags(&current, &before, &after).ok_or_else(overtaken)?)),
            (_, current, before, after) if current == after => before,
            _ => return Err(overtaken()),
        };
        field.set(todo, value)?;
    }
    Ok(())
}

/// The tags without those that were added and with those that were removed. `None` if somebody else has done either since.
fn undo_tags(current: &str, before: &str, after: &str) -> Option<String> {
    let list = |stored| convert::tags(stored).map(String::from).collect::<Vec<_>>();
    let key = |tag: &String| folded(tag);
    let (mut tags, before, after) = (list(current), list(before), list(after));
    let has = |tags: &[String], tag: &String| tags.iter().any(|other| key(other) == key(tag));
    for added in after.iter().filter(|tag| !has(&before, tag)) {
        let at = tags.iter().position(|tag| key(tag) == key(added))?;
        tags.remove(at);
    }
    for removed in before.iter().filter(|tag| !has(&after, tag)) {
        if has(&tags, removed) {
            return None;
        }
        tags.push(removed.clone());
    }
    // As they were, where nothing else has come between.
    let same = tags.len() == before.len() && before.iter().all(|tag| has(&tags, tag));
    Some(convert::stored_tags(if same { &before } else { &tags }))
}

async fn undo_projects(
    request: &Request,
    changed: &[Changed],
    conn: &mut Conn<'_>,
) -> Result<Vec<Step<Project>>> {
    let mut steps = Vec::with_capacity(changed.len());
    for changed in changed {
        let id = changed.project_id()?;
        let before = projects::find(conn, request.owner, id).await?.ok_or_else(overtaken)?;
        let mut after = before.clone();
        if changed.created {
            // Whatever was put into it since has to go first.
            if todos::count_in(conn, request.owner, id).await? > 0 {
                return Err(overtaken());
            }
            after.delete_time = after.delete_time.or(Some(request.now));
        } else {
            for recorded in &changed.fields {
                let field = ProjectField::of_number(recorded.field).ok_or_else(overtaken)?;
                let value = recorded.before()?.filter(|_| recorded.after().ok() == Some(field.get(&before)));
                field.set(&mut after, value.ok_or_else(overtaken)?)?;
            }
        }
        if after.delete_time.is_none() {
            project_changes::check_name(conn, request.owner, id, &after.name)
                .await
                .map_err(|_| Error::Aborted("Another project has taken its name since.".into()))?;
        }
        steps.push(Step::change(before, after));
    }
    Ok(steps)
}

/// Todos come back only into projects that are there, and under parents that can have them.
async fn check_places(request: &Request, effect: &mut Effect, conn: &mut Conn<'_>) -> Result<()> {
    let mut deleted = HashMap::new();
    for Step { before, after } in &mut effect.todos {
        let Some(before) = before else { continue };
        if before.project_id == after.project_id && before.delete_time == after.delete_time {
            continue;
        }
        let project = after.project_id;
        if let std::collections::hash_map::Entry::Vacant(entry) = deleted.entry(project) {
            let project = projects::find(conn, request.owner, project).await?.ok_or_else(overtaken)?;
            entry.insert(project.delete_time);
        }
        after.project_delete_time = deleted.get(&project).copied().flatten();
        if after.delete_time.is_none() && after.project_delete_time.is_some() {
            return Err(Error::Aborted("The project it was in is gone.".into()));
        }
    }
    check_parents(request.owner, &effect.todos, conn).await
}

async fn check_parents(owner: AccountId, steps: &[Step<Todo>], conn: &mut Conn<'_>) -> Result<()> {
    let is_moved = |step: &&Step<Todo>| {
        step.before.as_ref().is_some_and(|before| before.parent_id != step.after.parent_id)
    };
    for step in steps.iter().filter(is_moved) {
        if let Some(parent) = step.after.parent_id {
            tree::check_parent(conn, owner, step.after.id, parent)
                .await
                .map_err(|_| Error::Aborted("It cannot be a part of what it was a part of any more.".into()))?;
        }
    }
    Ok(())
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
