//! CreateTodo.

use super::{
    find,
    mutation::{Change, Effect, Request, Step},
    position, tree,
    validate::Patch,
};
use crate::{
    error::{Error, Result},
    ids::TodoId,
    store::{conn::Conn, projects, todo_accounts::TodoAccount, todos, tombstones},
};

/// A todo to be created.
pub(crate) struct CreateTodo {
    pub(crate) id: TodoId,
    /// Whether the client chose the id, so that it may be in use.
    pub(crate) is_chosen: bool,
    /// Values for all the fields.
    pub(crate) patch: Patch,
}

impl Change for CreateTodo {
    fn reads(&self, request: &Request) -> bool {
        let inbox = projects::inbox_of(request.owner);
        let is_elsewhere = self.patch.project_id.is_some_and(|project| project != inbox);
        self.is_chosen || is_elsewhere || self.patch.parent_id.flatten().is_some()
    }

    async fn decide(
        &self,
        request: &Request,
        account: &mut TodoAccount,
        conn: &mut Conn<'_>,
    ) -> Result<Effect> {
        let owner = request.owner;
        if self.is_chosen {
            check_unused(conn, request, self.id).await?;
        }
        let inbox = projects::inbox_of(owner);
        let project = self.patch.project_id.unwrap_or(inbox);
        if project != inbox {
            find::live_project(conn, owner, project).await?;
        }
        if let Some(parent) = self.patch.parent_id.flatten() {
            tree::check_new_part(conn, owner, parent).await?;
        }
        let mut todo = self.patch.new_row(self.id, project, request.now)?;
        todo.number = account.next_number;
        todo.position = position::of_number(todo.number);
        account.next_number += 1;
        Ok(Effect { todos: vec![Step::create(todo)], ..Effect::default() })
    }
}

/// An id is used up for ever, also when what it named was purged.
async fn check_unused(conn: &mut Conn<'_>, request: &Request, id: TodoId) -> Result<()> {
    let is_used = todos::find(conn, request.owner, id).await?.is_some()
        || tombstones::exists(conn, request.owner, id.as_uuid()).await?;
    if is_used {
        return Err(Error::AlreadyExists("There is a todo of this id already.".into()));
    }
    Ok(())
}
