//! PurgeTodos: what is in the trash is deleted for good, and its values are erased from the operations that hold them.

use std::collections::HashSet;

use prost::Message as _;
use todo_proto::todo::v1;

use super::{
    mutation::{Change, Effect, Request},
    names::Selection,
    validate,
};
use crate::{
    error::{Error, Result},
    ids::{AccountId, TodoId},
    store::{
        conn::{Conn, Write},
        operations,
        todo_accounts::{self, TodoAccount},
        tombstones, usage,
    },
};

/// Todos to be deleted for good.
pub(crate) struct PurgeTodos {
    selection: Selection,
}

impl PurgeTodos {
    /// Reads a request.
    pub(crate) fn read(request: &v1::PurgeTodosRequest) -> Result<Self> {
        Ok(Self { selection: validate::selection(request)? })
    }
}

impl Change for PurgeTodos {
    async fn decide(
        &self,
        request: &Request,
        account: &mut TodoAccount,
        conn: &mut Conn<'_>,
    ) -> Result<Effect> {
        let purged = self.selection.find(account, conn).await?;
        if let Some(todo) = purged.iter().find(|todo| todo.trash_time().is_none()) {
            return Err(Error::invalid(
                request.subject,
                format!("Todo {} is not in the trash. Delete it first.", todo.number),
            ));
        }
        Ok(Effect { purged, ..Effect::default() })
    }
}

/// Operations that one transaction looks at: nobody waits long for it.
const PORTION: i64 = 200;

/// Erases the values of purged todos from a portion of the operations that may hold them, the newest first. Answers whether
/// there may be more.
pub(crate) struct EraseValues {
    pub(crate) owner: AccountId,
}

impl Write for EraseValues {
    type Output = bool;

    fn account(&self) -> Option<AccountId> {
        Some(self.owner)
    }

    async fn apply(&self, conn: &mut Conn<'_>) -> Result<bool> {
        let owner = self.owner;
        let Some(mut account) = todo_accounts::lock(conn, owner).await? else { return Ok(false) };
        let purged = tombstones::to_erase(conn, owner).await?;
        let Some(from) = purged.first().map(|purged| purged.erase_from) else { return Ok(false) };
        let ids: HashSet<TodoId> = purged.iter().map(|purged| purged.id).collect();
        let portion = operations::list(conn, owner, from.saturating_add(1), PORTION).await?;
        for operation in &portion {
            let mut changes = operation.changes()?;
            let mut is_changed = false;
            for todo in &mut changes.todos {
                if ids.contains(&todo.todo_id()?) {
                    todo.erase();
                    is_changed = true;
                }
            }
            if is_changed {
                account.used_bytes += usage::as_bytes(changes.encoded_len());
                account.used_bytes -= usage::as_bytes(operation.changes.len());
                operations::set_changes(conn, owner, operation.revision, &changes).await?;
            }
        }
        let next = portion.last().map(|last| last.revision - 1);
        tombstones::move_erasing(conn, owner, from, next).await?;
        todo_accounts::update_all(conn, &[&account]).await?;
        Ok(true)
    }
}
