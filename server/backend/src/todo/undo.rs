//! UndoOperation: restores what an operation changed, field by field and tag by tag, where that is still as the operation
//! left it. An undo is an operation like any other, so undoing it is the redo.

use std::collections::{HashMap, hash_map::Entry};

use todo_model::text::folded;
use todo_proto::todo::v1::OperationKind;
use uuid::Uuid;

use super::{
    convert,
    mutation::{Change, Conflict, Effect, Request, Step, Undo},
    projects as project_changes, tree,
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

/// Which operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    Operation(OperationId),
    /// The newest of a group that is in effect.
    Group(Uuid),
    /// The caller's newest that is in effect and no undo.
    OwnNewest,
    /// The caller's newest undo that is in effect, if it is newer than what [`Target::OwnNewest`] would be.
    OwnNewestUndo,
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
        check_places(&operation, owner, &mut effect, &mut conflicts, conn).await?;
        let is_change =
            effect.todos.iter().any(Step::is_change) || effect.projects.iter().any(Step::is_change);
        if !is_change && !conflicts.found.is_empty() {
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

/// What has changed since the operation.
struct Conflicts {
    /// Whether the rest is undone all the same.
    force: bool,
    found: Vec<Conflict>,
}

impl Conflicts {
    fn todo(&mut self, todo: &Todo, field: TodoField) -> Result<()> {
        self.add_todo(
            todo,
            field,
            match field {
                TodoField::ProjectId => "is in another project by now",
                TodoField::ParentId => "is a part of something else by now",
                TodoField::Title => "has another title by now",
                TodoField::Description => "has another description by now",
                TodoField::Priority => "has another priority by now",
                TodoField::Due => "has another due date by now",
                TodoField::Tags => "has other tags by now",
                TodoField::Position => "is in another place by now",
                TodoField::CompleteTime => "was completed or reopened since",
                TodoField::DeleteTime => "was deleted or restored since",
            },
        )
    }

    fn add_todo(&mut self, todo: &Todo, field: TodoField, why: &str) -> Result<()> {
        let conflict = Conflict { id: todo.id.to_string(), number: todo.number, field: field.name().into() };
        self.add(conflict, || format!("Todo {} {why}, so the change cannot be undone.", todo.number))
    }

    fn project(&mut self, project: &Project, field: ProjectField, why: &str) -> Result<()> {
        let conflict = Conflict { id: project.id.to_string(), number: 0, field: field.name().into() };
        self.add(conflict, || why.to_owned())
    }

    fn purged(&mut self, changed: &Changed) -> Result<()> {
        let id = changed.todo_id()?.to_string();
        let conflict = Conflict { id, number: changed.number, field: String::new() };
        self.add(conflict, || {
            format!("\u{201c}{}\u{201d} was deleted for good, so the change cannot be undone.", changed.name)
        })
    }

    fn add(&mut self, conflict: Conflict, sentence: impl FnOnce() -> String) -> Result<()> {
        if !self.force {
            return Err(Error::Aborted(sentence().into()));
        }
        self.found.push(conflict);
        Ok(())
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
    let is_in_effect = |operation: &Operation| !is_undo(operation) && operation.undone_by.is_none();
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
            ) => undo_tags(&current, &before, &after).map(|tags| Value::Text(Some(tags))),
            (_, current, before, after) => (current == after).then_some(before),
        };
        match value {
            Some(value) => field.set(todo, value)?,
            None => conflicts.todo(todo, field)?,
        }
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
    conflicts: &mut Conflicts,
    conn: &mut Conn<'_>,
) -> Result<Vec<Step<Project>>> {
    const IN_USE: &str = "There are todos in the project by now, so its creation cannot be undone.";
    const CHANGED: &str = "The project has changed since, so the change cannot be undone.";
    const NAME_TAKEN: &str = "Another project has taken its name since.";
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
        if after.delete_time.is_none()
            && project_changes::check_name(conn, request.owner, id, &after.name).await.is_err()
        {
            conflicts.project(&before, ProjectField::Name, NAME_TAKEN)?;
            after = before.clone();
        }
        steps.push(Step::change(before, after));
    }
    Ok(steps)
}

/// Todos come back only into projects that are there, or were not there before the operation either, and under parents
/// that can have them.
async fn check_places(
    operation: &Operation,
    owner: AccountId,
    effect: &mut Effect,
    conflicts: &mut Conflicts,
    conn: &mut Conn<'_>,
) -> Result<()> {
    let Effect { todos, projects, .. } = effect;
    let mut places: HashMap<_, _> =
        projects.iter().map(|step| (step.after.id, Some(step.after.clone()))).collect();
    for Step { before, after } in todos {
        let Some(before) = before else { continue };
        if before.project_id != after.project_id || before.delete_time != after.delete_time {
            if let Entry::Vacant(place) = places.entry(after.project_id) {
                place.insert(projects::find(conn, owner, after.project_id).await?);
            }
            let project = places.get(&after.project_id).and_then(Option::as_ref);
            after.project_delete_time = project.and_then(|project| project.delete_time);
            let is_gone_since = project
                .is_none_or(|project| project.delete_time.is_some() && project.revision > operation.revision);
            if after.delete_time.is_none() && is_gone_since {
                conflicts.add_todo(before, TodoField::ProjectId, "cannot come back: its project is gone")?;
                after.clone_from(before);
            }
        }
        if let Some(parent) = after.parent_id.filter(|_| before.parent_id != after.parent_id)
            && tree::check_parent(conn, owner, after.id, parent).await.is_err()
        {
            conflicts.add_todo(before, TodoField::ParentId, "cannot be a part of what it was a part of")?;
            after.parent_id = before.parent_id;
        }
    }
    Ok(())
}
