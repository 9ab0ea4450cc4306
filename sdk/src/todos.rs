//! Todos on [`Client`].
//!
//! | file | what |
//! |---|---|
//! | `todos.rs` | one todo, and lists |
//! | `todos/many.rs` | many at once: create, get, update, move |
//! | `todos/lifecycle.rs` | many at once: complete, reopen, delete, restore, purge |

mod lifecycle;
mod many;

use todo_proto::todo::v1 as proto;

use crate::{
    BatchOptions, Changed, Client, NewTodo, Pages, Result, Todo, TodoCount, TodoFilter, TodoRef, TodoUpdate,
    client::todo,
    convert::{
        create_todo, list_todos, new_todo, read_changed, read_changed_todo, read_todo, read_todo_count,
        read_todos,
    },
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
        let new = new_todo(new.into());
        if new.import.is_some() {
            // Only the call for many takes what an import says.
            return read_changed_todo(self.batch_create(vec![new], BatchOptions::new().with_todos()).await?);
        }
        let request = create_todo(new, self.ids());
        let response = self
            .call(Idempotency::Idempotent, request, |transport, request| async move {
                todo(transport).create_todo(request).await
            })
            .await?;
        read_changed(read_todo(response.todo)?, &response.operation_id)
    }

    /// Returns one todo, named by id or number, in the trash or not.
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
    pub async fn get_todo(&self, todo_ref: impl Into<TodoRef>) -> Result<Todo> {
        let request = proto::GetTodoRequest { id: todo_ref.into().to_string() };
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
            let request = list_todos(&filter, page);
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
    pub async fn update_todo(
        &self,
        todo_ref: impl Into<TodoRef>,
        update: TodoUpdate,
    ) -> Result<Changed<Todo>> {
        let (todo, options): (TodoRef, _) = (todo_ref.into(), BatchOptions::new().with_todos());
        read_changed_todo(self.update_todos_with([todo], update, options).await?)
    }

    /// Counts the todos that match a filter, up to 10,000 of them.
    ///
    /// ```
    /// # use todo_sdk::TodoFilter;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let directory = tempfile::tempdir()?;
    /// # let backend = todo_backend::embedded::open(directory.path(), "UTC").await?;
    /// # let client = todo_sdk::Client::from_service(backend.service());
    /// client.create_todo("Buy milk").await?;
    /// let found = client.count_todos(TodoFilter::parse("milk due:none")?).await?;
    /// assert_eq!((found.count, found.at_least), (1, false));
    /// # Ok(())
    /// # }
    /// ```
    pub async fn count_todos(&self, filter: TodoFilter) -> Result<TodoCount> {
        let request = proto::CountTodosRequest { filter: filter.to_string() };
        let response = self
            .call(Idempotency::Idempotent, request, |transport, request| async move {
                todo(transport).count_todos(request).await
            })
            .await?;
        read_todo_count(response)
    }
}
