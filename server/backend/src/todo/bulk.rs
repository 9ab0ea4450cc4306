//! CompleteTodos, ReopenTodos, DeleteTodos and RestoreTodos: many todos at once, each moved to a state.

use super::{
    find,
    mutation::{Change, Effect, Request, Step},
};
use crate::{
    error::{Error, Result},
    ids::TodoId,
    store::{conn::Conn, projects, todo_accounts::TodoAccount, todos::Todo},
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
    async fn decide(&self, request: &Request, _: &mut TodoAccount, conn: &mut Conn<'_>) -> Result<Effect> {
        let mut effect = Effect::default();
        for before in find::todos(conn, request.owner, &self.ids).await? {
            let mut after = before.clone();
            self.move_to_state(&mut after, request)?;
            effect.todos.push(Step::change(before, after));
        }
        Ok(effect)
    }
}

impl SetTodoState {
    fn move_to_state(&self, todo: &mut Todo, request: &Request) -> Result<()> {
        match self.state {
            // What is in the trash is neither done nor open.
            State::Completed | State::NeedsAction if todo.trash_time().is_some() => {
                return Err(Error::NotFound);
            }
            State::Completed => todo.complete_time = todo.complete_time.or(Some(request.now)),
            State::NeedsAction => todo.complete_time = None,
            State::Deleted if todo.trash_time().is_none() => todo.delete_time = Some(request.now),
            State::Deleted => {}
            State::Restored => {
                todo.delete_time = None;
                if todo.project_delete_time.take().is_some() {
                    // It cannot come back into a project that is gone.
                    todo.project_id = projects::inbox_of(request.owner);
                }
            }
        }
        Ok(())
    }
}
