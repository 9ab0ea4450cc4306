//! CompleteTodos, ReopenTodos, DeleteTodos and RestoreTodos: many todos at once, each moved to a state.

use std::collections::{BTreeMap, HashMap};

use super::{
    convert, locking,
    operations::{Answer, Change, Effect, Image, Request},
};
use crate::{
    error::{Error, Result},
    ids::{AccountId, ProjectId, TodoId},
    store::{
        conn::Conn,
        projects,
        todos::{self, Todo},
    },
    time::Time,
};

/// The state that todos are moved to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    Completed,
    NeedsAction,
    Deleted,
    Restored,
}

/// Todos to be moved to a state.
pub(crate) struct SetTodoState {
    /// Each once.
    pub(crate) ids: Vec<TodoId>,
    pub(crate) state: State,
}

impl Change for SetTodoState {
    async fn apply(&self, request: &Request, conn: &mut Conn<'_>) -> Result<Effect> {
        let owner = request.owner;
        let before = locking::lock_todos(conn, owner, &self.ids).await?;
        let homes = match self.state {
            State::Restored => homes_of(conn, owner, &before).await?,
            _ => HashMap::new(),
        };
        let mut after = before.clone();
        for todo in &mut after {
            self.move_to_state(todo, request.now, &homes)?;
        }
        let changed: Vec<bool> = before.iter().zip(&after).map(|(before, after)| before != after).collect();
        write_states(conn, request, &before, &mut after).await?;

        let mut effect = Effect {
            before: Image::default(),
            answer: Answer::default(),
            changed: changed.contains(&true),
            undoes: None,
        };
        for ((before, after), changed) in before.into_iter().zip(after).zip(changed) {
            if changed {
                effect.before.todos.push(convert::todo(before));
            } else {
                effect.answer.unchanged_ids.push(before.id.to_string());
            }
            effect.answer.todos.push(convert::todo(after));
        }
        Ok(effect)
    }
}

impl SetTodoState {
    fn move_to_state(&self, todo: &mut Todo, now: Time, homes: &HashMap<ProjectId, ProjectId>) -> Result<()> {
        match self.state {
            // What is in the trash is neither done nor open.
            State::Completed | State::NeedsAction if todo.delete_time.is_some() => {
                return Err(Error::NotFound);
            }
            State::Completed => todo.complete_time = todo.complete_time.or(Some(now)),
            State::NeedsAction => todo.complete_time = None,
            State::Deleted => todo.delete_time = todo.delete_time.or(Some(now)),
            State::Restored if todo.delete_time.is_some() => {
                todo.delete_time = None;
                if let Some(home) = homes.get(&todo.project_id) {
                    todo.project_id = *home;
                }
            }
            State::Restored => {}
        }
        Ok(())
    }
}

/// Where todos go when they come back: into the Inbox, if their project is gone.
async fn homes_of(
    conn: &mut Conn<'_>,
    owner: AccountId,
    todos: &[Todo],
) -> Result<HashMap<ProjectId, ProjectId>> {
    let mut homes = HashMap::new();
    for id in locking::projects_of(todos) {
        let project = projects::find(conn, owner, id).await?;
        if project.is_none_or(|project| project.delete_time.is_some()) {
            homes.insert(id, projects::inbox_of(owner));
        }
    }
    Ok(homes)
}

/// Writes completion, trash and project of those todos that differ from before, and gives them their new revisions
/// and update times. Descriptions, titles and the like are not written.
pub(super) async fn write_states(
    conn: &mut Conn<'_>,
    request: &Request,
    before: &[Todo],
    after: &mut [Todo],
) -> Result<()> {
    let moves: Vec<(&Todo, &mut Todo)> =
        before.iter().zip(after).filter(|(before, after)| *before != &**after).collect();
    let owner = request.owner;
    let mut touched = locking::projects_of(moves.iter().map(|(before, _)| *before));
    touched.extend(locking::projects_of(moves.iter().map(|(_, after)| &**after)));
    touched.sort_unstable();
    touched.dedup();
    let mut revisions = locking::bump_all(conn, owner, &touched).await?;
    level_moves(conn, owner, &mut revisions, &moves).await?;

    // Todos with the same new state share a statement.
    let mut completions = BTreeMap::<_, Vec<TodoId>>::new();
    let mut deletions = BTreeMap::<_, Vec<TodoId>>::new();
    for (before, after) in moves {
        after.revision = revisions.get(&after.project_id).copied().ok_or(Error::NotFound)?;
        after.update_time = request.now;
        if before.complete_time != after.complete_time {
            completions.entry((after.revision, after.complete_time)).or_default().push(after.id);
        }
        if (before.delete_time, before.project_id) != (after.delete_time, after.project_id) {
            let state = (after.revision, after.project_id, after.delete_time);
            deletions.entry(state).or_default().push(after.id);
        }
    }
    for ((revision, complete_time), ids) in completions {
        todos::set_complete_time(conn, owner, &ids, complete_time, revision, request.now).await?;
    }
    for ((revision, project, delete_time), ids) in deletions {
        todos::set_delete_time(conn, owner, &ids, (project, delete_time), revision, request.now).await?;
    }
    Ok(())
}

/// A todo's revision only ever grows, also when it moves to a project that has seen fewer changes: then that project
/// catches up first.
async fn level_moves(
    conn: &mut Conn<'_>,
    owner: AccountId,
    revisions: &mut HashMap<ProjectId, i64>,
    moves: &[(&Todo, &mut Todo)],
) -> Result<()> {
    for (before, after) in moves.iter().filter(|(before, after)| before.project_id != after.project_id) {
        let from = revisions.get(&before.project_id).copied().unwrap_or(0);
        if let Some(to) = revisions.get_mut(&after.project_id).filter(|to| **to < from) {
            *to = from;
            projects::set_revision(conn, owner, after.project_id, from).await?;
        }
    }
    Ok(())
}
