//! Many todos at once: create, get, update, move.

use std::collections::HashMap;

use todo_proto::todo::v1 as proto;

use crate::{
    BatchChange, BatchOptions, Client, Error, NewTodo, Place, Result, Todo, TodoId, TodoRef, TodoSelection,
    TodoUpdate,
    client::todo,
    convert::{move_todos, new_todo, read_batch, read_results, update_todos, write_refs, write_view},
    retry::Idempotency,
};

/// What applies to changes that have nothing to do with parts or the trash.
const SUPPORTED: BatchOptions =
    BatchOptions { with_parts: false, with_todos: true, validate_only: true, allow_missing: false };

/// Many todos at once.
impl Client {
    /// Creates 1 to 1,000 todos in this order, all or none, as one operation. The way in for imports.
    ///
    /// Fails as [`create_todo`](Self::create_todo) does; [`violations`](Error::violations) names the bad one, as in
    /// `todos[7].todo.title`.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let directory = tempfile::tempdir()?;
    /// # let backend = todo_backend::embedded::open(directory.path(), "UTC").await?;
    /// # let client = todo_sdk::Client::from_service(backend.service());
    /// let change = client.create_todos(["Buy milk", "Buy bread"]).await?;
    /// assert_eq!(change.results[1].title, "Buy bread");
    /// client.undo_last().await?; // takes both back
    /// # Ok(())
    /// # }
    /// ```
    pub async fn create_todos(
        &self,
        todos: impl IntoIterator<Item = impl Into<NewTodo>>,
    ) -> Result<BatchChange> {
        self.create_todos_with(todos, BatchOptions::new()).await
    }

    /// As [`create_todos`](Self::create_todos), with options.
    ///
    /// ```
    /// # use todo_sdk::BatchOptions;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let directory = tempfile::tempdir()?;
    /// # let backend = todo_backend::embedded::open(directory.path(), "UTC").await?;
    /// # let client = todo_sdk::Client::from_service(backend.service());
    /// let options = BatchOptions::new().validate_only();
    /// let error = client.create_todos_with(["Buy milk", ""], options).await.unwrap_err();
    /// println!("{error}"); // nothing was created, and nothing would have been
    /// # Ok(())
    /// # }
    /// ```
    pub async fn create_todos_with(
        &self,
        todos: impl IntoIterator<Item = impl Into<NewTodo>>,
        options: BatchOptions,
    ) -> Result<BatchChange> {
        let todos = todos.into_iter().map(|todo| new_todo(todo.into())).collect();
        self.batch_create(todos, options).await
    }

    pub(super) async fn batch_create(
        &self,
        todos: Vec<proto::NewTodo>,
        options: BatchOptions,
    ) -> Result<BatchChange> {
        options.check(SUPPORTED)?;
        let request = proto::BatchCreateTodosRequest {
            todos,
            validate_only: options.validate_only,
            view: write_view(options.with_todos).into(),
            request_id: self.request_id(),
            group_id: self.group_id(),
        };
        let response = self
            .call(Idempotency::Idempotent, request, |transport, request| async move {
                todo(transport).batch_create_todos(request).await
            })
            .await?;
        read_batch(response.results, &response.operation_id)
    }

    /// Returns 1 to 1,000 todos, in the trash or not, each once, in the order asked for.
    ///
    /// Fails with [`is_not_found`](Error::is_not_found) if one is missing; [`resource`](Error::resource) says which.
    /// Todos that do not fit into one answer are asked for again.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let directory = tempfile::tempdir()?;
    /// # let backend = todo_backend::embedded::open(directory.path(), "UTC").await?;
    /// # let client = todo_sdk::Client::from_service(backend.service());
    /// client.create_todos(["Buy milk", "Buy bread"]).await?;
    /// let todos = client.get_todos([1, 2]).await?;
    /// assert_eq!(todos[0].title, "Buy milk");
    /// # Ok(())
    /// # }
    /// ```
    pub async fn get_todos(&self, todos: impl IntoIterator<Item = impl Into<TodoRef>>) -> Result<Vec<Todo>> {
        let mut wanted = write_refs(todos);
        let mut order: Vec<TodoId> = Vec::new();
        let mut found = HashMap::new();
        loop {
            let request = proto::BatchGetTodosRequest { ids: wanted, view: proto::TodoView::Full.into() };
            let response = self
                .call(Idempotency::Idempotent, request, |transport, request| async move {
                    todo(transport).batch_get_todos(request).await
                })
                .await?;
            let results = read_results(response.results)?;
            if order.is_empty() {
                order = results.iter().map(|result| result.id).collect();
            }
            let known = found.len();
            wanted = results
                .iter()
                .filter(|result| result.todo.is_none())
                .map(|result| result.id.to_string())
                .collect();
            found.extend(results.into_iter().filter_map(|result| Some((result.id, result.todo?))));
            if wanted.is_empty() {
                return Ok(order.iter().filter_map(|id| found.remove(id)).collect());
            }
            if found.len() == known {
                return Err(Error::unreadable("not one of the todos is there"));
            }
        }
    }

    /// Changes the fields that `update` sets of 1 to 1,000 todos outside the trash, all or none.
    ///
    /// ```
    /// # use todo_sdk::TodoUpdate;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let directory = tempfile::tempdir()?;
    /// # let backend = todo_backend::embedded::open(directory.path(), "UTC").await?;
    /// # let client = todo_sdk::Client::from_service(backend.service());
    /// client.create_todos(["Buy milk", "Buy bread"]).await?;
    /// let change = client.update_todos([1, 2], TodoUpdate::new().add_tags(["errand"])).await?;
    /// assert!(change.results.iter().all(|result| !result.unchanged));
    /// # Ok(())
    /// # }
    /// ```
    pub async fn update_todos(
        &self,
        todos: impl Into<TodoSelection>,
        update: TodoUpdate,
    ) -> Result<BatchChange> {
        self.update_todos_with(todos, update, BatchOptions::new()).await
    }

    /// As [`update_todos`](Self::update_todos), with options.
    ///
    /// ```
    /// # use todo_sdk::{BatchOptions, Priority, TodoUpdate};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let directory = tempfile::tempdir()?;
    /// # let backend = todo_backend::embedded::open(directory.path(), "UTC").await?;
    /// # let client = todo_sdk::Client::from_service(backend.service());
    /// # client.create_todo("Buy milk").await?;
    /// let urgent = TodoUpdate::new().priority(Priority::P1);
    /// let change = client.update_todos_with([1], urgent, BatchOptions::new().with_todos()).await?;
    /// assert_eq!(change.results[0].todo.as_ref().unwrap().priority, Some(Priority::P1));
    /// # Ok(())
    /// # }
    /// ```
    pub async fn update_todos_with(
        &self,
        todos: impl Into<TodoSelection>,
        update: TodoUpdate,
        options: BatchOptions,
    ) -> Result<BatchChange> {
        options.check(SUPPORTED)?;
        let request = update_todos(todos.into().write()?, update, options, self.ids());
        let response = self
            .call(Idempotency::Idempotent, request, |transport, request| async move {
                todo(transport).update_todos(request).await
            })
            .await?;
        read_batch(response.results, &response.operation_id)
    }

    /// Moves 1 to 1,000 todos to a place in the manual order of a project, in the order given here; those that match a
    /// filter, by number. Others keep theirs.
    ///
    /// ```
    /// # use todo_sdk::Place;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let directory = tempfile::tempdir()?;
    /// # let backend = todo_backend::embedded::open(directory.path(), "UTC").await?;
    /// # let client = todo_sdk::Client::from_service(backend.service());
    /// client.create_todos(["Buy milk", "Buy bread", "Pay rent"]).await?;
    /// client.move_todos([3], Place::Before(1.into())).await?;
    /// let (rent, milk) = (client.get_todo(3).await?, client.get_todo(1).await?);
    /// assert!(rent.position < milk.position);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn move_todos(&self, todos: impl Into<TodoSelection>, place: Place) -> Result<BatchChange> {
        self.move_todos_with(todos, place, BatchOptions::new()).await
    }

    /// As [`move_todos`](Self::move_todos), with options.
    ///
    /// ```
    /// # use todo_sdk::{BatchOptions, Place};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let directory = tempfile::tempdir()?;
    /// # let backend = todo_backend::embedded::open(directory.path(), "UTC").await?;
    /// # let client = todo_sdk::Client::from_service(backend.service());
    /// # client.create_todos(["Buy milk", "Buy bread"]).await?;
    /// let inbox = client.get_todo(1).await?.project_id;
    /// let options = BatchOptions::new().with_todos();
    /// let change = client.move_todos_with([2], Place::FirstIn(inbox), options).await?;
    /// println!("It is at {:?}.", change.results[0].todo.as_ref().map(|todo| &todo.position));
    /// # Ok(())
    /// # }
    /// ```
    pub async fn move_todos_with(
        &self,
        todos: impl Into<TodoSelection>,
        place: Place,
        options: BatchOptions,
    ) -> Result<BatchChange> {
        options.check(SUPPORTED)?;
        let request = move_todos(todos.into().write_unordered()?, place, options, self.ids());
        let response = self
            .call(Idempotency::Idempotent, request, |transport, request| async move {
                todo(transport).move_todos(request).await
            })
            .await?;
        read_batch(response.results, &response.operation_id)
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::ScriptedServer;

    /// The server answers two of them whole at a time.
    #[tokio::test]
    async fn todos_that_do_not_fit_are_asked_for_again() {
        let server = ScriptedServer::new([]);
        let todos = server.client().get_todos([3, 1, 4, 5, 2]).await.unwrap();
        assert_eq!(todos.iter().map(|todo| todo.number).collect::<Vec<_>>(), [3, 1, 4, 5, 2]);
        assert_eq!(server.calls().len(), 3);
        assert_eq!(server.calls()[0].key, "3 1 4 5 2");
    }
}
