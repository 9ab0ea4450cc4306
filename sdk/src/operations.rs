//! Taking changes back, and the log of them, on [`Client`].

use todo_proto::todo::v1 as proto;

use crate::{
    Client, GroupId, Operation, OperationId, Pages, Result, TodoRef, Undo, Undone,
    client::todo,
    convert::{self, read_operation, read_undone},
    paginator::Page,
    retry::Idempotency,
};

/// Taking changes back, and the log of them.
impl Client {
    /// Takes an operation back: restores each field that it changed and that is still as it left it. What it created goes
    /// to the trash. An undo is an operation, too: undoing it is the redo.
    ///
    /// Fails with [`is_aborted`](crate::Error::is_aborted), naming todo and field, if something has changed since and
    /// [`Undo::force`] was not asked for, and with [`is_not_found`](crate::Error::is_not_found) if there is nothing to undo.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let directory = tempfile::tempdir()?;
    /// # let backend = todo_backend::embedded::open(directory.path(), "UTC").await?;
    /// # let client = todo_sdk::Client::from_service(backend.service());
    /// # let id = client.create_todo("Buy milk").await?.value.id;
    /// let change = client.delete_todos([id]).await?;
    /// if let Some(operation) = change.operation {
    ///     let undone = client.undo(operation).await?;
    ///     assert_eq!(undone.results[0].id, id);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub async fn undo(&self, undo: impl Into<Undo>) -> Result<Undone> {
        let request = convert::undo(undo.into(), self.request_id());
        let response = self
            .call(Idempotency::Idempotent, request, |transport, request| async move {
                todo(transport).undo_operation(request).await
            })
            .await?;
        read_undone(response)
    }

    /// Takes the caller's own newest change back: `undo(Undo::last())`. Never somebody else's, nor that of another session.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let directory = tempfile::tempdir()?;
    /// # let backend = todo_backend::embedded::open(directory.path(), "UTC").await?;
    /// # let client = todo_sdk::Client::from_service(backend.service());
    /// client.create_todo("Buy milk").await?;
    /// client.undo_last().await?;
    /// client.redo_last().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn undo_last(&self) -> Result<Undone> {
        self.undo(Undo::last()).await
    }

    /// Makes the change again that the caller's own newest undo took back: `undo(Undo::last_undo())`.
    ///
    /// See [`undo_last`](Self::undo_last).
    pub async fn redo_last(&self) -> Result<Undone> {
        self.undo(Undo::last_undo()).await
    }

    /// Returns one operation with all that it changed, values in full.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let directory = tempfile::tempdir()?;
    /// # let backend = todo_backend::embedded::open(directory.path(), "UTC").await?;
    /// # let client = todo_sdk::Client::from_service(backend.service());
    /// let created = client.create_todo("Buy milk").await?;
    /// let operation = client.operation(created.operation.unwrap()).await?;
    /// let title = operation.todos[0].fields.iter().find(|change| change.field == "title").unwrap();
    /// assert_eq!(title.after.to_string(), "Buy milk");
    /// # Ok(())
    /// # }
    /// ```
    pub async fn operation(&self, id: OperationId) -> Result<Operation> {
        let mut request = proto::GetOperationRequest { id: id.to_string(), ..Default::default() };
        let mut whole: Option<Operation> = None;
        loop {
            let response = self
                .call(Idempotency::Idempotent, request.clone(), |transport, request| async move {
                    todo(transport).get_operation(request).await
                })
                .await?;
            let page = read_operation(response.operation)?;
            let whole = match &mut whole {
                Some(whole) => {
                    whole.todos.extend(page.todos);
                    whole.projects.extend(page.projects);
                    whole
                }
                none => none.insert(page),
            };
            if response.next_page_token.is_empty() {
                return Ok(whole.clone());
            }
            request.page_token = response.next_page_token;
        }
    }

    /// Lists what was done in the account, the newest first.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let directory = tempfile::tempdir()?;
    /// # let backend = todo_backend::embedded::open(directory.path(), "UTC").await?;
    /// # let client = todo_sdk::Client::from_service(backend.service());
    /// if let Some(last) = client.operations().next().await.transpose()? {
    ///     println!("{:?} at {}", last.kind, last.create_time);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn operations(&self) -> Pages<Operation> {
        self.list_operations(None, None)
    }

    /// Lists what was done to one todo, the newest first.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let directory = tempfile::tempdir()?;
    /// # let backend = todo_backend::embedded::open(directory.path(), "UTC").await?;
    /// # let client = todo_sdk::Client::from_service(backend.service());
    /// # client.create_todo("Buy milk").await?;
    /// client.complete_todos([1]).await?;
    /// assert_eq!(client.operations_of(1).try_collect().await?.len(), 2);
    /// # Ok(())
    /// # }
    /// ```
    pub fn operations_of(&self, todo: impl Into<TodoRef>) -> Pages<Operation> {
        self.list_operations(Some(todo.into()), None)
    }

    /// Lists the changes of a group, the newest first.
    ///
    /// ```
    /// # use todo_sdk::GroupId;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let directory = tempfile::tempdir()?;
    /// # let backend = todo_backend::embedded::open(directory.path(), "UTC").await?;
    /// # let client = todo_sdk::Client::from_service(backend.service());
    /// let group = GroupId::generate();
    /// client.with_group(group).create_todos(["Buy milk", "Buy bread"]).await?;
    /// assert_eq!(client.operations_of_group(group).try_collect().await?.len(), 1);
    /// # Ok(())
    /// # }
    /// ```
    pub fn operations_of_group(&self, group: GroupId) -> Pages<Operation> {
        self.list_operations(None, Some(group))
    }

    fn list_operations(&self, todo_ref: Option<TodoRef>, group: Option<GroupId>) -> Pages<Operation> {
        let client = self.clone();
        Pages::new(move |page| {
            let client = client.clone();
            let request = proto::ListOperationsRequest {
                page_size: page.page_size,
                page_token: page.page_token,
                todo_id: todo_ref.map(|todo| todo.to_string()).unwrap_or_default(),
                group_id: group.map(|id| id.to_string()).unwrap_or_default(),
            };
            async move {
                let response = client
                    .call(Idempotency::Idempotent, request, |transport, request| async move {
                        todo(transport).list_operations(request).await
                    })
                    .await?;
                Ok(Page {
                    items: response
                        .operations
                        .into_iter()
                        .map(|operation| read_operation(Some(operation)))
                        .collect::<Result<_>>()?,
                    next_page_token: response.next_page_token,
                })
            }
        })
    }
}
