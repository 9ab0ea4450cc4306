//! UndoOperation: restores what an operation changed, field by field and tag by tag, where that is still as the operation
//! left it. An undo is an operation like any other, so undoing it is the redo.

use std::collections::HashMap;

use todo_proto::todo::v1::OperationKind;

use super::{
    mutation::{Change, Effect, Request, Step, Undo},
    names::Target,
    projects as project_changes,
    undo_conflicts::Conflicts,
    undo_lists, undo_places,
};
use crate::{
    error::{Error, Result},
    ids::{AccountId, OperationId},
    store::{
        conn::Conn,
        operations::{self, Operation},
        project_fields::ProjectField,
        projects::{self, Project},
        recorded_changes::Changed,
        todo_accounts::TodoAccount,
        todo_fields::TodoField,
        todos::{self, Todo},
        value::Value,
    },
};

/// An operation to be taken back.
pub(crate) struct UndoOperation {
    pub(crate) target: Target,
    /// Whether what has changed since stays as it is, instead of all.
    pub(crate) force: bool,
}

impl Change for UndoOperation {
    async fn decide(&self, request: &Request, _: &mut TodoAccount, conn: &mut Conn<'_>) -> Result<Effect> {
        let owner = request.owner;
        let operation = match self.target {
            Target::Operation(id) => operations::find(conn, owner, id).await?.filter(Operation::is_change),
            Target::Group(id) => operations::newest_of_group(conn, owner, id).await?,
            Target::OwnNewest => own_newest(request, conn).await?,
            Target::OwnNewestUndo => own_newest_undo(request, conn).await?,
        }
        .ok_or(Error::NotFound)?;
        if !operation.is_undoable() {
            return Err(Error::Aborted("What was deleted for good cannot be brought back.".into()));
        }
        if operation.undone_by.is_some() {
            return Err(Error::Aborted("The operation was undone already.".into()));
        }
        let undone = state_of_chain(&operation, request, conn).await?;
        let changes = operation.changes()?;
        let mut conflicts = Conflicts { force: self.force, found: Vec::new() };
        let mut effect = Effect {
            projects: undo_projects(request, &changes.projects, &mut conflicts, conn).await?,
            todos: undo_todos(request, &changes.todos, &mut conflicts, conn).await?,
            ..Effect::default()
        };
        undo_places::check(&operation, request, &mut effect, &mut conflicts, conn).await?;
        let is_change =
            effect.todos.iter().any(Step::is_change) || effect.projects.iter().any(Step::is_change);
        // Of what was purged nothing will ever be undone: a group goes on behind it.
        if !is_change && !conflicts.are_final() {
            return Err(Error::Aborted(
                "All that it changed has changed since: nothing can be undone.".into(),
            ));
        }
        let is_redo = operation.kind == UNDO;
        let operation = Operation { undone_by: Some(request.id), ..operation };
        effect.undo = Some(Undo { operation, is_redo, undone, conflicts: conflicts.found });
        Ok(effect)
    }
}

/// `todo.v1.OperationKind` of an undo that is no redo.
const UNDO: i64 = OperationKind::UndoOperation as i64;
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

/// Returns the caller's newest operation that satisfies the predicate, unless `stop` says so of a newer one.
async fn own(
    request: &Request,
    conn: &mut Conn<'_>,
    is_wanted: impl Fn(&Operation) -> bool,
    stop: impl Fn(&Operation) -> bool,
) -> Result<Option<Operation>> {
    let mut before = i64::MAX;
    loop {
        let portion = operations::list(conn, request.owner, before, PORTION).await?;
        let Some(last) = portion.last() else { return Ok(None) };
        before = last.revision;
        for operation in portion.into_iter().filter(|operation| operation.actor_id == request.actor_id) {
            if is_wanted(&operation) {
                return Ok(Some(operation));
            }
            if stop(&operation) {
                return Ok(None);
            }
        }
    }
}

/// Whether it is an undo or a redo.
fn is_undo(operation: &Operation) -> bool {
    operation.undoes.is_some()
}

async fn own_newest(request: &Request, conn: &mut Conn<'_>) -> Result<Option<Operation>> {
    let is_in_effect = |operation: &Operation| {
        !is_undo(operation) && operation.undone_by.is_none() && operation.is_undoable()
    };
    own(request, conn, is_in_effect, |_| false).await
}

async fn own_newest_undo(request: &Request, conn: &mut Conn<'_>) -> Result<Option<Operation>> {
    let is_wanted = |operation: &Operation| operation.kind == UNDO && operation.undone_by.is_none();
    let is_new_change = |operation: &Operation| !is_undo(operation) && operation.undone_by.is_none();
    own(request, conn, is_wanted, is_new_change).await
}

async fn undo_todos(
    request: &Request,
    changed: &[Changed],
    conflicts: &mut Conflicts,
    conn: &mut Conn<'_>,
) -> Result<Vec<Step<Todo>>> {
    let ids = changed.iter().map(Changed::todo_id).collect::<Result<Vec<_>>>()?;
    let current: HashMap<_, _> =
        todos::find_all(conn, request.owner, &ids).await?.into_iter().map(|todo| (todo.id, todo)).collect();
    let mut steps = Vec::with_capacity(changed.len());
    for (id, changed) in ids.iter().zip(changed) {
        let Some(before) = current.get(id).cloned() else {
            conflicts.purged(changed)?;
            continue;
        };
        let mut after = before.clone();
        if changed.created {
            // To the trash, whatever has changed since, so that nothing is ever lost.
            after.delete_time = after.delete_time.or(Some(request.now));
        } else {
            undo_fields(&mut after, changed, conflicts)?;
        }
        steps.push(Step::change(before, after));
    }
    Ok(steps)
}

fn undo_fields(todo: &mut Todo, changed: &Changed, conflicts: &mut Conflicts) -> Result<()> {
    for recorded in &changed.fields {
        let Some(field) = recorded.todo_field() else {
            return Err(Error::Aborted("A newer version of Todo made the change. Undo it with that.".into()));
        };
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
            ) => undo_lists::tags(&current, &before, &after).map(|tags| Value::Text(Some(tags))),
            (TodoField::Annotations, Value::Bytes(current), Value::Bytes(removed), Value::Bytes(added)) => {
                undo_lists::annotations(current.as_deref(), removed.as_deref(), added.as_deref())?
            }
            (_, current, before, after) => (current == after).then_some(before),
        };
        match value {
            Some(value) => field.set(todo, value)?,
            None => conflicts.todo(todo, field)?,
        }
    }
    Ok(())
}

/// Leaves projects as they are whose names others have by now. Answers whether there was one.
async fn keep_taken_names(
    owner: AccountId,
    steps: &mut [Step<Project>],
    conflicts: &mut Conflicts,
    conn: &mut Conn<'_>,
) -> Result<bool> {
    let mut kept = false;
    for index in 0..steps.len() {
        let Step { before: Some(before), after } = &steps[index] else { continue };
        if before == after || !project_changes::is_name_taken(conn, owner, steps, after).await? {
            continue;
        }
        let name = &after.name;
        let why = format!(
            "There is another project \u{201c}{name}\u{201d} by now, so the change cannot be undone."
        );
        conflicts.project(before, ProjectField::Name, &why)?;
        steps[index].after = before.clone();
        kept = true;
    }
    Ok(kept)
}

async fn undo_projects(
    request: &Request,
    changed: &[Changed],
    conflicts: &mut Conflicts,
    conn: &mut Conn<'_>,
) -> Result<Vec<Step<Project>>> {
    const IN_USE: &str = "There are todos in the project by now, so its creation cannot be undone.";
    const CHANGED: &str = "The project has changed since, so the change cannot be undone.";
    let mut steps = Vec::with_capacity(changed.len());
    for changed in changed {
        let id = changed.project_id()?;
        let Some(before) = projects::find(conn, request.owner, id).await? else {
            conflicts.purged(changed)?;
            continue;
        };
        let mut after = before.clone();
        if !changed.created {
            for recorded in &changed.fields {
                let field = ProjectField::of_number(recorded.field);
                let (Some(field), Some(value)) = (field, recorded.before()?) else {
                    return Err(Error::internal("a change of a project that cannot be read"));
                };
                if field.get(&before) == recorded.after()? {
                    field.set(&mut after, value)?;
                } else {
                    conflicts.project(&before, field, CHANGED)?;
                }
            }
        } else if todos::count_in(conn, request.owner, id).await? > 0 {
            conflicts.project(&before, ProjectField::DeleteTime, IN_USE)?;
        } else {
            after.delete_time = after.delete_time.or(Some(request.now));
        }
        steps.push(Step::change(before, after));
    }
    // Each one that stays as it is may be in the way of others.
    while keep_taken_names(request.owner, &mut steps, conflicts, conn).await? {}
    let comes_back = |step: &&Step<Project>| {
        step.after.delete_time.is_none()
            && step.before.as_ref().is_some_and(|before| before.delete_time.is_some())
    };
    project_changes::check_count(conn, request.owner, steps.iter().filter(comes_back).count()).await?;
    Ok(steps)
}
