//! What requests that change something have in common, whatever they change.

use prost::Message;
use todo_proto::todo::v1::{self, OperationKind};

/// A request that is applied once, under the id that its client made.
pub(crate) trait ChangeRequest: Message {
    /// What is recorded as having been asked for.
    const KIND: OperationKind;

    /// Takes out the ids of request and group: the rest is what a repeat of the request has in common with it.
    fn take_ids(&mut self) -> (String, String);

    /// Whether it asks what would change, and nothing is to be applied.
    fn validate_only(&self) -> bool {
        false
    }

    /// How much of each todo to answer, a value of `TodoView`.
    fn view(&self) -> i32 {
        v1::TodoView::Unspecified.into()
    }
}

/// A request about one or many todos: those that it names, or those that match a filter.
pub(crate) trait SelectionRequest {
    fn ids(&self) -> &[String];
    fn filter(&self) -> &str;
    fn with_parts(&self) -> bool {
        false
    }
    fn allow_missing(&self) -> bool {
        false
    }
}

/// `Message => Kind, field, field`: with the fields that the request has beside the ids of request and group.
macro_rules! change_requests {
    ($($message:ident => $kind:ident $(, $field:ident)*;)*) => {$(
        impl ChangeRequest for v1::$message {
            const KIND: OperationKind = OperationKind::$kind;

            fn take_ids(&mut self) -> (String, String) {
                (std::mem::take(&mut self.request_id), std::mem::take(&mut self.group_id))
            }

            $(field!($field);)*
        }
    )*};
}

macro_rules! selection_requests {
    ($($message:ident $(, $field:ident)*;)*) => {$(
        impl SelectionRequest for v1::$message {
            fn ids(&self) -> &[String] {
                &self.ids
            }

            fn filter(&self) -> &str {
                &self.filter
            }

            $(field!($field);)*
        }
    )*};
}

macro_rules! field {
    (view) => {
        fn view(&self) -> i32 {
            self.view
        }
    };
    ($name:ident) => {
        fn $name(&self) -> bool {
            self.$name
        }
    };
}

change_requests! {
    CreateTodoRequest => CreateTodos;
    BatchCreateTodosRequest => CreateTodos, validate_only, view;
    UpdateTodosRequest => UpdateTodos, validate_only, view;
    CompleteTodosRequest => CompleteTodos, validate_only, view;
    ReopenTodosRequest => ReopenTodos, validate_only, view;
    DeleteTodosRequest => DeleteTodos, validate_only, view;
    RestoreTodosRequest => RestoreTodos, validate_only, view;
    PurgeTodosRequest => PurgeTodos, validate_only;
    MoveTodosRequest => MoveTodos, validate_only, view;
    CreateProjectRequest => CreateProject;
    UpdateProjectRequest => UpdateProject;
    DeleteProjectRequest => DeleteProject;
    UndeleteProjectRequest => UndeleteProject;
}

selection_requests! {
    UpdateTodosRequest;
    CompleteTodosRequest, with_parts;
    ReopenTodosRequest, with_parts;
    DeleteTodosRequest, with_parts, allow_missing;
    RestoreTodosRequest, with_parts;
    PurgeTodosRequest, allow_missing;
    MoveTodosRequest;
}

impl ChangeRequest for v1::UndoOperationRequest {
    const KIND: OperationKind = OperationKind::UndoOperation;

    // Its `group_id` says what to undo, and is no group of its own.
    fn take_ids(&mut self) -> (String, String) {
        (std::mem::take(&mut self.request_id), String::new())
    }

    field!(view);
}
