//! Todos that are parts of others: a tree, of a bounded depth, in one project.

use std::collections::{HashMap, HashSet};

use todo_model::limits;

use super::{
    find,
    mutation::{Request, Step},
    names::TodoName,
};
use crate::{
    error::{Error, Result},
    ids::{AccountId, ProjectId, TodoId},
    store::{
        conn::Conn,
        todo_tree::{self, InTree},
        todos::Todo,
    },
};

/// One more than the depth of a tree may be: what is longer need not be followed.
const TOO_DEEP: i64 = limits::TREE_DEPTH + 1;
/// One more than the parts that may go along.
const MAX_PARTS: usize = limits::IDS + 1;
/// The field that says what a todo is to be a part of.
const PARENT: &str = "todo.parent_id";

/// Finds the todo that others are to be parts of. INVALID_ARGUMENT if it cannot have parts.
pub(super) async fn find_parent(
    conn: &mut Conn<'_>,
    owner: AccountId,
    field: &str,
    name: TodoName,
) -> Result<Todo> {
    let found = find::todo(conn, owner, name).await?;
    let parent = found.ok_or_else(|| Error::invalid(field, "There is no such todo."))?;
    if parent.trash_time().is_some() {
        return Err(Error::invalid(field, "Is in the trash. Restore it first."));
    }
    Ok(parent)
}

/// The trees as a change leaves them: what is in its steps is where they put it, and the rest where the store has it.
pub(super) struct Forest {
    owner: AccountId,
    known: HashMap<TodoId, InTree>,
    /// Of those that get another parent, or none, and have parts: how many levels there are from them down to the next of
    /// those, or to the end.
    levels: HashMap<TodoId, i64>,
}

impl Forest {
    pub(super) async fn new(owner: AccountId, steps: &[Step<Todo>], conn: &mut Conn<'_>) -> Result<Self> {
        let is_moved = |step: &&Step<Todo>| {
            step.before.as_ref().is_some_and(|before| before.parent_id != step.after.parent_id)
        };
        let moved: Vec<_> = steps.iter().filter(is_moved).map(|step| step.after.id).collect();
        let has_parts = |step: &Step<Todo>| step.before.as_ref().is_some_and(|before| before.has_parts);
        let levels = if steps.iter().filter(is_moved).any(has_parts) {
            todo_tree::levels_of_parts(conn, owner, &moved, TOO_DEEP).await?
        } else {
            Vec::new()
        };
        let known = HashMap::with_capacity(steps.len());
        let mut forest = Self { owner, known, levels: levels.into_iter().collect() };
        for step in steps {
            forest.put(&step.after);
        }
        Ok(forest)
    }

    /// Has a todo be where this row has it.
    pub(super) fn put(&mut self, todo: &Todo) {
        let place = InTree { id: todo.id, parent_id: todo.parent_id, project_id: todo.project_id };
        self.known.insert(todo.id, place);
    }

    /// Returns the project of the tree that a todo is in then. INVALID_ARGUMENT if it cannot be there with its parts.
    ///
    /// Whoever asks this of each todo that gets another parent knows that all is a tree, and not too deep: of the todos on
    /// the way from the top of it to its deepest part, the last one that is moved has been asked about, and from there on
    /// down all is as it was.
    pub(super) async fn check(&mut self, step: &Step<Todo>, conn: &mut Conn<'_>) -> Result<ProjectId> {
        let id = step.after.id;
        let mut depth = 0;
        let mut next = Some(id);
        let mut project = step.after.project_id;
        while let Some(above) = next.filter(|_| depth < TOO_DEEP) {
            if depth > 0 && above == id {
                return Err(Error::invalid(PARENT, "A todo cannot be a part of itself or of its own parts."));
            }
            let place = self.find(above, conn).await?;
            let place = place.ok_or_else(|| Error::invalid(PARENT, "There is no such todo."))?;
            (next, project, depth) = (place.parent_id, place.project_id, depth + 1);
        }
        depth += self.levels.get(&id).map_or(0, |levels| levels - 1);
        if depth >= TOO_DEEP {
            return Err(Error::invalid(PARENT, "Todos can be parts of each other 16 levels deep at most."));
        }
        Ok(project)
    }

    async fn find(&mut self, id: TodoId, conn: &mut Conn<'_>) -> Result<Option<InTree>> {
        if !self.known.contains_key(&id) {
            for place in todo_tree::line_of_parents(conn, self.owner, id, TOO_DEEP).await? {
                self.known.entry(place.id).or_insert(place);
            }
        }
        Ok(self.known.get(&id).copied())
    }
}

/// Checks that todos that become parts of others can be that.
pub(super) async fn check_parents(conn: &mut Conn<'_>, owner: AccountId, steps: &[Step<Todo>]) -> Result<()> {
    let mut forest = Forest::new(owner, steps, conn).await?;
    for step in steps.iter().filter(|step| step.after.parent_id.is_some()) {
        if step.before.as_ref().is_none_or(|before| before.parent_id != step.after.parent_id) {
            forest.check(step, conn).await?;
        }
    }
    Ok(())
}

/// Returns the ids of the todos and of their parts at any depth: of all that goes along with them.
pub(super) async fn with_parts(
    conn: &mut Conn<'_>,
    owner: AccountId,
    todos: impl Iterator<Item = &Todo>,
) -> Result<HashSet<TodoId>> {
    let (mut ids, mut roots) = (HashSet::new(), Vec::new());
    for todo in todos {
        ids.insert(todo.id);
        if todo.has_parts {
            roots.push(todo.id);
        }
    }
    ids.extend(todo_tree::parts(conn, owner, &roots, MAX_PARTS).await?.into_iter().map(|part| part.id));
    Ok(ids)
}

/// Whether a todo goes to another project, and has parts that go along.
pub(super) fn takes_parts_along(step: &Step<Todo>) -> bool {
    step.before.as_ref().is_some_and(|before| before.has_parts && before.project_id != step.after.project_id)
}

/// Has the parts of todos whose project changes go along. INVALID_ARGUMENT if that makes too many.
pub(super) async fn move_parts_along(
    conn: &mut Conn<'_>,
    request: &Request,
    steps: &mut Vec<Step<Todo>>,
) -> Result<()> {
    let roots: Vec<_> =
        steps.iter().filter(|step| takes_parts_along(step)).map(|step| step.after.id).collect();
    let parts = todo_tree::parts(conn, request.owner, &roots, MAX_PARTS).await?;
    let mut indices: HashMap<_, _> =
        steps.iter().enumerate().map(|(index, step)| (step.after.id, index)).collect();
    let named = steps.len();
    // The nearest first: the place of what it is a part of is known by then.
    for part in parts {
        let index = *indices.entry(part.id).or_insert(steps.len());
        if index == steps.len() {
            steps.push(Step::change(part.clone(), part));
        }
        let parent = steps[index].after.parent_id.and_then(|parent| indices.get(&parent));
        let Some(place) = parent.map(|parent| &steps[*parent].after) else { continue };
        let (project, delete_time) = (place.project_id, place.project_delete_time);
        let step = &mut steps[index];
        // Unless the change itself has it go somewhere.
        if step.before.as_ref().is_some_and(|before| before.project_id == step.after.project_id) {
            (step.after.project_id, step.after.project_delete_time) = (project, delete_time);
        }
    }
    if steps.len() > named && steps.len() > limits::IDS {
        return Err(find::too_many_with_parts(request));
    }
    Ok(())
}
