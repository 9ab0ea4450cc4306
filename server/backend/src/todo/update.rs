//! UpdateTodo.

use super::{
    find,
    mutation::{Change, Effect, Request, Step},
    tree,
    validate::Patch,
};
use crate::{
    error::{Error, Result},
    ids::TodoId,
    store::{conn::Conn, todo_accounts::TodoAccount},
};

/// A todo to be changed.
pub(crate) struct UpdateTodo {
    pub(crate) id: TodoId,
    pub(crate) patch: Patch,
    /// The revision that the todo must have, if that matters.
    pub(crate) expected_revision: Option<i64>,
}

impl Change for UpdateTodo {
    async fn decide(&self, request: &Request, _: &mut TodoAccount, conn: &mut Conn<'_>) -> Result<Effect> {
        let owner = request.owner;
        let before = find::todos(conn, owner, &[self.id]).await?.pop().ok_or(Error::NotFound)?;
        if before.trash_time().is_some() {
            return Err(Error::NotFound);
        }
        if self.expected_revision.is_some_and(|expected| expected != before.revision) {
            return Err(Error::Aborted("The todo has changed since you read it. Read it again.".into()));
        }
        if let Some(project) = self.patch.project_id.filter(|project| *project != before.project_id) {
            find::live_project(conn, owner, project).await?;
        }
        if let Some(parent) =
            self.patch.parent_id.flatten().filter(|parent| before.parent_id != Some(*parent))
        {
            tree::check_parent(conn, owner, self.id, parent).await?;
        }
        let mut after = before.clone();
        self.patch.apply(&mut after)?;
        Ok(Effect { todos: vec![Step::change(before, after)], ..Effect::default() })
    }
}
