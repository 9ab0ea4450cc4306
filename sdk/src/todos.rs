//! Todos on [`Client`].

use todo_proto::todo::v1 as proto;

use crate::{
    BatchChange, Changed, Client, NewTodo, Pages, Result, Todo, TodoFilter, TodoId, TodoUpdate,
    client::todo,
    convert::{list_todos, new_todo, read_batch, read_changed, read_todo, read_todos, todo_update},
    paginator::Page,
    retry::Idempotency,
};

/// Todos.
impl Client {
    /// Creates a todo.
    ///
    /// Fails with [`is_invalid_argument`](crate::Error::is_invalid_argument) for a bad field, with
    /// [`is_not_found`](crate::Error::is_not_found) for an unknown project or parent, and with
    /// [`is_already_exists`](crate::Error::is_already_exists) if a chosen id is in use.
    ///
    /// ```
    /// # use todo_sdk::{NewTodo, Priority};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let directory = tempfile::tempdir()?;
    /// # let backend = todo_backend::embedded::open(directory.path(), "UTC").await?;
    /// # let client = todo_sdk::Client::from_service(backend.service());
    /// let milk = client.create_todo("Buy milk").await?.into_inner();
    /// let rent = client.create_todo(NewTodo::new("Pay rent").priority(Priority::P1)).await?.into_inner();
    /// assert_eq!(rent.number, milk.number + 1);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn create_todo(&self, new: impl Into<NewTodo>) -> Result<Changed<Todo>> {
        let request = new_todo(new.into(), self.ids());
        let response = self
            .call(Idempotency::Idempotent, request, |transport, request| async move {
                todo(transport).create_todo(request).await
            })
            .await?;
        read_changed(read_todo(response.todo)?, &response.operation_id)
    }

    /// Returns one todo, in the trash or not.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let directory = tempfile::tempdir()?;
    /// # let backend = todo_backend::embedded::open(directory.path(), "UTC").await?;
    /// # let client = todo_sdk::Client::from_service(backend.service());
    /// # let id = client.create_todo("Buy milk").await?.value.id;
    /// println!("{}", client.get_todo(id).await?.title);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn get_todo(&self, id: TodoId) -> Result<Todo> {
        let request = proto::GetTodoRequest { id: id.to_string() };
        let response = self
            .call(Idempotency::Idempotent, request, |transport, request| async move {
                todo(transport).get_todo(request).await
            })
            .await?;
        read_todo(response.todo)
    }

    /// Lists the todos that match a filter.
    ///
    /// ```
    /// # use todo_sdk::{Order, Status, TodoFilter};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let directory = tempfile::tempdir()?;
    /// # let backend = todo_backend::embedded::open(directory.path(), "UTC").await?;
    /// # let client = todo_sdk::Client::from_service(backend.service());
    /// let mut open = client.list_todos(TodoFilter::default().status(Status::NeedsAction).order(Order::Due));
    /// while let Some(todo) = open.next().await.transpose()? {
    ///     println!("#{} {}", todo.number, todo.title);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn list_todos(&self, filter: TodoFilter) -> Pages<Todo> {
        let client = self.clone();
        Pages::new(move |page| {
            let client = client.clone();
            let request = list_todos(filter.clone(), page);
            async move {
                let response = client
                    .call(Idempotency::Idempotent, request, |transport, request| async move {
                        todo(transport).list_todos(request).await
                    })
                    .await?;
                Ok(Page { items: read_todos(response.todos)?, next_page_token: response.next_page_token })
            }
        })
    }

    /// Changes the fields of one todo that `update` sets.
    ///
    /// Fails with [`is_aborted`](crate::Error::is_aborted) if the todo no longer has the expected revision.
    ///
    /// ```
    /// # use todo_sdk::TodoUpdate;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let directory = tempfile::tempdir()?;
    /// # let backend = todo_backend::embedded::open(directory.path(), "UTC").await?;
    /// # let client = todo_sdk::Client::from_service(backend.service());
    /// # let id = client.create_todo("Buy milk").await?.value.id;
    /// let todo = client.update_todo(id, TodoUpdate::new().title("Buy oat milk")).await?.into_inner();
    /// assert_eq!(todo.title, "Buy oat milk");
    /// # Ok(())
    /// # }
    /// ```
    pub async fn update_todo(&self, id: TodoId, update: TodoUpdate) -> Result<Changed<Todo>> {
        let request = todo_update(id.to_string(), update, self.ids());
        let response = self
            .call(Idempotency::Idempotent, request, |transport, request| async move {
                todo(transport).update_todo(request).await
            })
            .await?;
        read_changed(read_todo(response.todo)?, &response.operation_id)
    }

    /// Completes 1 to 1,000 todos outside the trash, all or none. One that is completed already stays as it is.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let directory = tempfile::tempdir()?;
    /// # let backend = todo_backend::embedded::open(directory.path(), "UTC").await?;
    /// # let client = todo_sdk::Client::from_service(backend.service());
    /// # let id = client.create_todo("Buy milk").await?.value.id;
    /// let change = client.complete_todos([id]).await?;
    /// println!("{} completed", change.todos.len() - change.unchanged.len());
    /// # Ok(())
    /// # }
    /// ```
    pub async fn complete_todos(&self, ids: impl IntoIterator<Item = TodoId>) -> Result<BatchChange> {
        let request = proto::CompleteTodosRequest {
            ids: texts(ids),
            request_id: self.request_id(),
            group_id: self.group_id(),
        };
        let response = self
            .call(Idempotency::Idempotent, request, |transport, request| async move {
                todo(transport).complete_todos(request).await
            })
            .await?;
        read_batch(response.todos, &response.unchanged_ids, &response.operation_id)
    }

    /// Reopens 1 to 1,000 todos outside the trash, all or none. One that is open already stays as it is.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let directory = tempfile::tempdir()?;
    /// # let backend = todo_backend::embedded::open(directory.path(), "UTC").await?;
    /// # let client = todo_sdk::Client::from_service(backend.service());
    /// # let id = client.create_todo("Buy milk").await?.value.id;
    /// client.reopen_todos([id]).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn reopen_todos(&self, ids: impl IntoIterator<Item = TodoId>) -> Result<BatchChange> {
        let request = proto::ReopenTodosRequest {
            ids: texts(ids),
            request_id: self.request_id(),
            group_id: self.group_id(),
        };
        let response = self
            .call(Idempotency::Idempotent, request, |transport, request| async move {
                todo(transport).reopen_todos(request).await
            })
            .await?;
        read_batch(response.todos, &response.unchanged_ids, &response.operation_id)
    }

    /// Moves 1 to 1,000 todos to the trash, all or none. They can be restored for 30 days.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let directory = tempfile::tempdir()?;
    /// # let backend = todo_backend::embedded::open(directory.path(), "UTC").await?;
    /// # let client = todo_sdk::Client::from_service(backend.service());
    /// # let id = client.create_todo("Buy milk").await?.value.id;
    /// let change = client.delete_todos([id]).await?;
    /// assert!(change.todos[0].delete_time.is_some());
    /// # Ok(())
    /// # }
    /// ```
    pub async fn delete_todos(&self, ids: impl IntoIterator<Item = TodoId>) -> Result<BatchChange> {
        let request = proto::DeleteTodosRequest {
            ids: texts(ids),
            request_id: self.request_id(),
            group_id: self.group_id(),
        };
        let response = self
            .call(Idempotency::Idempotent, request, |transport, request| async move {
                todo(transport).delete_todos(request).await
            })
            .await?;
        read_batch(response.todos, &response.unchanged_ids, &response.operation_id)
    }

    /// Takes 1 to 1,000 todos out of the trash, all or none. One whose project is gone comes back in the Inbox.
    ///
    /// ```
    /// # use todo_sdk::{TodoFilter, Trash};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let directory = tempfile::tempdir()?;
    /// # let backend = todo_backend::embedded::open(directory.path(), "UTC").await?;
    /// # let client = todo_sdk::Client::from_service(backend.service());
    /// # let id = client.create_todo("Buy milk").await?.value.id;
    /// # client.delete_todos([id]).await?;
    /// let trash = client.list_todos(TodoFilter::default().trash(Trash::Only)).try_collect().await?;
    /// client.restore_todos(trash.iter().map(|todo| todo.id)).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn restore_todos(&self, ids: impl IntoIterator<Item = TodoId>) -> Result<BatchChange> {
        let request = proto::RestoreTodosRequest {
            ids: texts(ids),
            request_id: self.request_id(),
            group_id: self.group_id(),
        };
        let response = self
            .call(Idempotency::Idempotent, request, |transport, request| async move {
                todo(transport).restore_todos(request).await
            })
            .await?;
        read_batch(response.todos, &response.unchanged_ids, &response.operation_id)
    }
}

fn texts(ids: impl IntoIterator<Item = TodoId>) -> Vec<String> {
    ids.into_iter().map(|id| id.to_string()).collect()
}
