//! CompleteTodos, ReopenTodos, DeleteTodos and RestoreTodos: many todos at once, each moved to a state.

use std::collections::{HashMap, HashSet};

use super::{
    find,
    mutation::{Change, Effect, Request, Step},
    names::Selection,
    requests::SelectionRequest,
    tree, validate,
};
use crate::{
    error::Result,
    ids::{AccountId, TodoId},
    store::{conn::Conn, projects, todo_accounts::TodoAccount, todo_tree, todos::Todo},
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
    selection: Selection,
    with_parts: bool,
    state: State,
}

impl SetTodoState {
    /// Reads a request.
    pub(crate) fn read(request: &impl SelectionRequest, state: State) -> Result<Self> {
        Ok(Self { selection: validate::selection(request)?, with_parts: request.with_parts(), state })
    }
}

impl Change for SetTodoState {
    async fn decide(
        &self,
        request: &Request,
        account: &mut TodoAccount,
        conn: &mut Conn<'_>,
    ) -> Result<Effect> {
        let owner = request.owner;
        let mut todos = self.selection.find(account, conn).await?;
        let is_named = todos.len();
        if self.with_parts {
            find::add_parts(conn, request, &mut todos).await?;
        }
        let mut effect = Effect::default();
        for (index, before) in todos.into_iter().enumerate() {
            // What is in the trash is neither done nor open.
            if self.is_about_open() && before.trash_time().is_some() {
                if index < is_named {
                    return Err(find::not_found(&self.selection, &before));
                }
                continue;
            }
            let mut after = before.clone();
            self.move_to_state(&mut after, request);
            effect.todos.push(Step::change(before, after));
        }
        if self.state == State::Restored {
            leave_parents_elsewhere(owner, &mut effect.todos, conn).await?;
            tree::move_parts_along(conn, request, &mut effect.todos).await?;
        }
        effect.open_parts = self.open_parts(&effect.todos, conn, owner).await?;
        Ok(effect)
    }
}

impl SetTodoState {
    fn is_about_open(&self) -> bool {
        matches!(self.state, State::Completed | State::NeedsAction)
    }

    fn move_to_state(&self, todo: &mut Todo, request: &Request) {
        match self.state {
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
    }

    /// How many parts each of the todos still has behind it.
    async fn open_parts(
        &self,
        steps: &[Step<Todo>],
        conn: &mut Conn<'_>,
        owner: AccountId,
    ) -> Result<HashMap<TodoId, i64>> {
        let open = match self.state {
            State::Completed => true,
            State::Deleted => false,
            State::NeedsAction | State::Restored => return Ok(HashMap::new()),
        };
        let changed: HashSet<_> = steps.iter().map(|step| step.after.id).collect();
        let roots: Vec<_> =
            steps.iter().filter(|step| step.after.has_parts).map(|step| step.after.id).collect();
        let mut counts = HashMap::new();
        for (root, part) in todo_tree::remaining_parts(conn, owner, &roots, open).await? {
            if !changed.contains(&part) {
                *counts.entry(root).or_default() += 1;
            }
        }
        Ok(counts)
    }
}

/// Has todos that come back into the Inbox stand alone, unless what they are parts of comes back, too.
async fn leave_parents_elsewhere(
    owner: AccountId,
    steps: &mut [Step<Todo>],
    conn: &mut Conn<'_>,
) -> Result<()> {
    let goes = |step: &Step<Todo>| {
        step.before.as_ref().is_some_and(|before| before.project_id != step.after.project_id)
    };
    let moved = steps.iter().filter(|step| goes(step)).map(|step| &step.after);
    let moved = tree::with_parts(conn, owner, moved).await?;
    for step in steps.iter_mut().filter(|step| goes(step)) {
        step.after.parent_id = step.after.parent_id.filter(|parent| moved.contains(parent));
    }
    Ok(())
}
