//! Where an undo puts todos: into projects that are there, under parents that can have them, all of a tree in one project.

use std::collections::{HashMap, hash_map::Entry};

use super::{
    mutation::{Effect, Request, Step},
    tree::{self, Forest},
    undo_conflicts::Conflicts,
};
use crate::{
    error::Result,
    ids::AccountId,
    store::{
        conn::Conn, external_references, extras::Extras, operations::Operation, projects,
        todo_fields::TodoField, todos::Todo,
    },
};

/// Leaves todos where they are that cannot be where the undo would put them, as conflicts.
pub(super) async fn check(
    operation: &Operation,
    request: &Request,
    effect: &mut Effect,
    conflicts: &mut Conflicts,
    conn: &mut Conn<'_>,
) -> Result<()> {
    let owner = request.owner;
    check_projects(operation, owner, effect, conflicts, conn).await?;
    // Each one that stays where it is may be in the way of others.
    while check_trees(owner, &mut effect.todos, conflicts, conn).await? {}
    move_parts_along(request, &mut effect.todos, conflicts, conn).await?;
    check_references(owner, &mut effect.todos, conflicts, conn).await
}

/// Has the parts of todos that go back to another project go along, unless they are too many by now: then those stay.
async fn move_parts_along(
    request: &Request,
    steps: &mut Vec<Step<Todo>>,
    conflicts: &mut Conflicts,
    conn: &mut Conn<'_>,
) -> Result<()> {
    if !steps.iter().any(tree::takes_parts_along) {
        return Ok(());
    }
    let undone = steps.clone();
    match tree::move_parts_along(conn, request, steps).await {
        Err(error) if error.is_refusal() => *steps = undone,
        moved => return moved,
    }
    for step in steps.iter_mut().filter(|step| tree::takes_parts_along(step)) {
        let Some(before) = &step.before else { continue };
        conflicts.add_todo(before, TodoField::ProjectId, "has too many parts by now to go back with them")?;
        stay(before, &mut step.after);
    }
    while check_trees(request.owner, steps, conflicts, conn).await? {}
    Ok(())
}

/// Todos come back only into projects that are there, or were not there before the operation either.
async fn check_projects(
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
        if before.project_id == after.project_id && before.delete_time == after.delete_time {
            continue;
        }
        if let Entry::Vacant(place) = places.entry(after.project_id) {
            place.insert(projects::find(conn, owner, after.project_id).await?);
        }
        let project = places.get(&after.project_id).and_then(Option::as_ref);
        after.project_delete_time = project.and_then(|project| project.delete_time);
        let is_gone_since = project
            .is_none_or(|project| project.delete_time.is_some() && project.revision > operation.revision);
        if project.is_none() || (after.delete_time.is_none() && is_gone_since) {
            conflicts.add_todo(before, TodoField::ProjectId, "cannot come back: its project is gone")?;
            after.delete_time = before.delete_time;
            stay(before, after);
        }
    }
    Ok(())
}

/// Answers whether a todo stays where it is that would have been put elsewhere.
async fn check_trees(
    owner: AccountId,
    steps: &mut [Step<Todo>],
    conflicts: &mut Conflicts,
    conn: &mut Conn<'_>,
) -> Result<bool> {
    let mut forest = Forest::new(owner, steps, conn).await?;
    let mut stays = false;
    for step in steps {
        let Some(before) = &step.before else { continue };
        let is_moved = (before.parent_id, before.project_id) != (step.after.parent_id, step.after.project_id);
        if step.after.parent_id.is_none() || !is_moved {
            continue;
        }
        let why = match forest.check(step, conn).await {
            Ok(project) if project == step.after.project_id => continue,
            Ok(_) => "cannot go back: what it is a part of is elsewhere",
            Err(error) if error.is_refusal() => "cannot be a part of what it was a part of",
            Err(error) => return Err(error),
        };
        conflicts.add_todo(before, TodoField::ParentId, why)?;
        stay(before, &mut step.after);
        forest.put(&step.after);
        stays = true;
    }
    Ok(stays)
}

fn stay(before: &Todo, after: &mut Todo) {
    (after.parent_id, after.project_id) = (before.parent_id, before.project_id);
    after.project_delete_time = before.project_delete_time;
}

/// A reference names one todo: what another one is called by now, stays with that.
async fn check_references(
    owner: AccountId,
    steps: &mut [Step<Todo>],
    conflicts: &mut Conflicts,
    conn: &mut Conn<'_>,
) -> Result<()> {
    for Step { before, after } in steps {
        let Some(before) = before.as_ref().filter(|before| before.extras != after.extras) else { continue };
        let references = Extras::from_stored(after.extras.as_deref())?.references;
        let found = external_references::find_all(conn, owner, &references).await?;
        if found.iter().any(|(_, todo)| *todo != after.id) {
            conflicts.add_todo(before, TodoField::Extras, "has a reference that is another todo's by now")?;
            after.extras.clone_from(&before.extras);
        }
    }
    Ok(())
}
