//! The requests that make the accounts' todos and that the load consists of.

use prost_types::FieldMask;
use todo_proto::todo::v1::{
    BatchCreateTodosRequest, CreateTodoRequest, ListTodosRequest, NewTodo, Todo, TodoOrder,
    UpdateTodosRequest,
};
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

/// Todos that one call makes.
pub(crate) const BATCH: u32 = 1_000;

/// A new todo under a new request id.
pub(crate) fn new_todo(index: u32) -> CreateTodoRequest {
    CreateTodoRequest {
        todo: Some(todo(index)),
        todo_id: String::new(),
        request_id: request_id(),
        group_id: String::new(),
    }
}

/// As many new todos in one call.
pub(crate) fn batch_of_new_todos(count: u32, index: u32) -> BatchCreateTodosRequest {
    let todos = (0..count).map(|n| NewTodo { todo: Some(todo(index * count + n)), ..Default::default() });
    BatchCreateTodosRequest { todos: todos.collect(), request_id: request_id(), ..Default::default() }
}

/// Another title of the todos.
pub(crate) fn new_title(ids: Vec<String>, index: u32) -> UpdateTodosRequest {
    UpdateTodosRequest {
        ids,
        todo: Some(todo(index)),
        update_mask: Some(FieldMask { paths: vec!["title".into()] }),
        request_id: request_id(),
        ..Default::default()
    }
}

fn todo(index: u32) -> Todo {
    Todo { title: format!("Water the plants on the balcony, number {index}"), ..Default::default() }
}

/// As the SDK makes them.
#[expect(clippy::disallowed_methods, reason = "an id made here is unique, never compared with a clock")]
pub(crate) fn request_id() -> String {
    Uuid::now_v7().to_string()
}
