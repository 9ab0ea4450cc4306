//! Many todos at once: complete, reopen, delete, restore, purge.

use todo_proto::todo::v1 as proto;

use crate::{
    BatchChange, BatchOptions, Client, PurgedTodo, Result, TodoSelection,
    client::todo,
    convert::{read_batch, read_purged_todo, write_view},
    retry::Idempotency,
};

/// What applies to todos that are there.
const SUPPORTED: BatchOptions =
    BatchOptions { with_parts: true, with_todos: true, validate_only: true, allow_missing: false };

/// What applies to todos on their way to the trash.
const DELETING: BatchOptions = BatchOptions { allow_missing: true, ..SUPPORTED };

/// What applies to todos on their way out of the trash for good.
const PURGING: BatchOptions = BatchOptions { with_parts: false, with_todos: false, ..DELETING };

/// Calls a method that brings todos into a state. Their requests differ in name, and in what deleting adds.
macro_rules! set_state {
    ($client:expr, $todos:expr, $options:expr, $method:ident($request:ident { $($more:tt)* })) => {{
        let (ids, filter) = $todos.into().write()?;
        let request = proto::$request {
            ids,
            filter,
            with_parts: $options.with_parts,
            validate_only: $options.validate_only,
            view: write_view($options.with_todos).into(),
            request_id: $client.request_id(),
            group_id: $client.group_id(),
            $($more)*
        };
        let response = $client
            .call(Idempotency::Idempotent, request, |transport, request| async move {
                todo(transport).$method(request).await
            })
            .await?;
        read_batch(response.results, &response.operation_id)
    }};
}

/// From open to done, to the trash and back.
impl Client {
    /// Completes 1 to 1,000 todos outside the trash, all or none. One that is completed already stays as it is, and their
    /// parts stay as they are: [`open_parts`](crate::TodoResult::open_parts) says how many are open.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let directory = tempfile::tempdir()?;
    /// # let backend = todo_backend::embedded::open(directory.path(), "UTC").await?;
    /// # let client = todo_sdk::Client::from_service(backend.service());
    /// client.create_todos(["Buy milk", "Buy bread"]).await?;
    /// let change = client.complete_todos([1, 2]).await?;
    /// println!("{} completed", change.results.iter().filter(|result| !result.unchanged).count());
    /// # Ok(())
    /// # }
    /// ```
    pub async fn complete_todos(&self, todos: impl Into<TodoSelection>) -> Result<BatchChange> {
        self.complete_todos_with(todos, BatchOptions::new()).await
    }

    /// As [`complete_todos`](Self::complete_todos), with options.
    ///
    /// ```
    /// # use todo_sdk::{BatchOptions, NewTodo};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let directory = tempfile::tempdir()?;
    /// # let backend = todo_backend::embedded::open(directory.path(), "UTC").await?;
    /// # let client = todo_sdk::Client::from_service(backend.service());
    /// # client.create_todo("Birthday party").await?;
    /// # client.create_todo(NewTodo::new("Bake a cake").parent(1)).await?;
    /// let change = client.complete_todos_with([1], BatchOptions::new().with_parts()).await?;
    /// assert_eq!(change.results[0].open_parts, 0);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn complete_todos_with(
        &self,
        todos: impl Into<TodoSelection>,
        options: BatchOptions,
    ) -> Result<BatchChange> {
        options.check(SUPPORTED)?;
        set_state!(self, todos, options, complete_todos(CompleteTodosRequest {}))
    }

    /// Reopens 1 to 1,000 todos outside the trash, all or none. One that is open already stays as it is.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let directory = tempfile::tempdir()?;
    /// # let backend = todo_backend::embedded::open(directory.path(), "UTC").await?;
    /// # let client = todo_sdk::Client::from_service(backend.service());
    /// # client.create_todo("Buy milk").await?;
    /// client.complete_todos([1]).await?;
    /// client.reopen_todos([1]).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn reopen_todos(&self, todos: impl Into<TodoSelection>) -> Result<BatchChange> {
        self.reopen_todos_with(todos, BatchOptions::new()).await
    }

    /// As [`reopen_todos`](Self::reopen_todos), with options.
    ///
    /// ```
    /// # use todo_sdk::BatchOptions;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let directory = tempfile::tempdir()?;
    /// # let backend = todo_backend::embedded::open(directory.path(), "UTC").await?;
    /// # let client = todo_sdk::Client::from_service(backend.service());
    /// # client.create_todo("Buy milk").await?;
    /// let change = client.reopen_todos_with([1], BatchOptions::new().validate_only()).await?;
    /// assert!(change.results[0].unchanged);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn reopen_todos_with(
        &self,
        todos: impl Into<TodoSelection>,
        options: BatchOptions,
    ) -> Result<BatchChange> {
        options.check(SUPPORTED)?;
        set_state!(self, todos, options, reopen_todos(ReopenTodosRequest {}))
    }

    /// Moves 1 to 1,000 todos to the trash, all or none. They can be restored for 30 days. Their parts stay where they are.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let directory = tempfile::tempdir()?;
    /// # let backend = todo_backend::embedded::open(directory.path(), "UTC").await?;
    /// # let client = todo_sdk::Client::from_service(backend.service());
    /// # client.create_todo("Buy milk").await?;
    /// client.delete_todos([1]).await?;
    /// assert!(client.get_todo(1).await?.delete_time.is_some());
    /// # Ok(())
    /// # }
    /// ```
    pub async fn delete_todos(&self, todos: impl Into<TodoSelection>) -> Result<BatchChange> {
        self.delete_todos_with(todos, BatchOptions::new()).await
    }

    /// As [`delete_todos`](Self::delete_todos), with options, such as [`BatchOptions::allow_missing`].
    ///
    /// ```
    /// # use todo_sdk::BatchOptions;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let directory = tempfile::tempdir()?;
    /// # let backend = todo_backend::embedded::open(directory.path(), "UTC").await?;
    /// # let client = todo_sdk::Client::from_service(backend.service());
    /// # client.create_todo("Buy milk").await?;
    /// let options = BatchOptions::new().with_parts().allow_missing();
    /// let change = client.delete_todos_with([1, 999], options).await?;
    /// assert_eq!(change.results.len(), 1);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn delete_todos_with(
        &self,
        todos: impl Into<TodoSelection>,
        options: BatchOptions,
    ) -> Result<BatchChange> {
        options.check(DELETING)?;
        set_state!(
            self,
            todos,
            options,
            delete_todos(DeleteTodosRequest { allow_missing: options.allow_missing })
        )
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
    /// # client.create_todo("Buy milk").await?;
    /// # client.delete_todos([1]).await?;
    /// let trash = client.list_todos(TodoFilter::default().trash(Trash::Only)).try_collect().await?;
    /// client.restore_todos(&trash).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn restore_todos(&self, todos: impl Into<TodoSelection>) -> Result<BatchChange> {
        self.restore_todos_with(todos, BatchOptions::new()).await
    }

    /// As [`restore_todos`](Self::restore_todos), with options.
    ///
    /// ```
    /// # use todo_sdk::BatchOptions;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let directory = tempfile::tempdir()?;
    /// # let backend = todo_backend::embedded::open(directory.path(), "UTC").await?;
    /// # let client = todo_sdk::Client::from_service(backend.service());
    /// # client.create_todo("Buy milk").await?;
    /// # client.delete_todos([1]).await?;
    /// let change = client.restore_todos_with([1], BatchOptions::new().with_todos()).await?;
    /// assert!(change.results[0].todo.as_ref().unwrap().delete_time.is_none());
    /// # Ok(())
    /// # }
    /// ```
    pub async fn restore_todos_with(
        &self,
        todos: impl Into<TodoSelection>,
        options: BatchOptions,
    ) -> Result<BatchChange> {
        options.check(SUPPORTED)?;
        set_state!(self, todos, options, restore_todos(RestoreTodosRequest {}))
    }

    /// Deletes 1 to 1,000 todos in the trash for good, all or none, and erases their values from the log. The one change
    /// that cannot be undone.
    ///
    /// Fails with [`is_invalid_argument`](crate::Error::is_invalid_argument) if one is not in the trash.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let directory = tempfile::tempdir()?;
    /// # let backend = todo_backend::embedded::open(directory.path(), "UTC").await?;
    /// # let client = todo_sdk::Client::from_service(backend.service());
    /// # client.create_todo("Buy milk").await?;
    /// client.delete_todos([1]).await?;
    /// client.purge_todos([1]).await?;
    /// assert!(client.get_todo(1).await.unwrap_err().is_not_found());
    /// # Ok(())
    /// # }
    /// ```
    pub async fn purge_todos(&self, todos: impl Into<TodoSelection>) -> Result<Vec<PurgedTodo>> {
        self.purge_todos_with(todos, BatchOptions::new()).await
    }

    /// As [`purge_todos`](Self::purge_todos), with options.
    ///
    /// ```
    /// # use todo_sdk::BatchOptions;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let directory = tempfile::tempdir()?;
    /// # let backend = todo_backend::embedded::open(directory.path(), "UTC").await?;
    /// # let client = todo_sdk::Client::from_service(backend.service());
    /// # client.create_todo("Buy milk").await?;
    /// # client.delete_todos([1]).await?;
    /// let gone = client.purge_todos_with([1, 999], BatchOptions::new().allow_missing()).await?;
    /// assert_eq!(gone.len(), 1);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn purge_todos_with(
        &self,
        todos: impl Into<TodoSelection>,
        options: BatchOptions,
    ) -> Result<Vec<PurgedTodo>> {
        options.check(PURGING)?;
        let (ids, filter) = todos.into().write()?;
        let request = proto::PurgeTodosRequest {
            ids,
            filter,
            validate_only: options.validate_only,
            request_id: self.request_id(),
            group_id: self.group_id(),
            allow_missing: options.allow_missing,
        };
        let response = self
            .call(Idempotency::Idempotent, request, |transport, request| async move {
                todo(transport).purge_todos(request).await
            })
            .await?;
        response.todos.iter().map(read_purged_todo).collect()
    }
}
