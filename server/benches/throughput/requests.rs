//! The requests that make the accounts' todos and that the load consists of.

use todo_proto::todo::v1::{CreateTodoRequest, ListTodosRequest, Todo, TodoOrder};
use uuid::Uuid;

/// The first todos, as many.
pub(crate) fn first(page_size: i32) -> ListTodosRequest {
    ListTodosRequest { page_size, filter: "is:any".into(), ..Default::default() }
}

/// The first 20 open todos by due time: what `todo` shows.
pub(crate) fn open_20_by_due() -> ListTodosRequest {
    ListTodosRequest {
        page_size: 20,
        filter: "is:open".into(),
        order_by: TodoOrder::Due.into(),
        ..Default::default()
    }
}

/// A new todo under a new request id.
pub(crate) fn new_todo(index: u32) -> CreateTodoRequest {
    let title = format!("Water the plants on the balcony, number {index}");
    CreateTodoRequest {
        todo: Some(Todo { title, ..Default::default() }),
        todo_id: String::new(),
        request_id: request_id(),
        group_id: String::new(),
    }
}

/// As the SDK makes them.
#[expect(clippy::disallowed_methods, reason = "an id made here is unique, never compared with a clock")]
fn request_id() -> String {
    Uuid::now_v7().to_string()
}
