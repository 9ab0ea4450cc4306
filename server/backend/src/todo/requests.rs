//! What requests that change something have in common, whatever they change.

use prost::Message;
use todo_proto::todo::v1::{self, OperationKind, undo_operation_request::Target};

/// A request that is applied once, under the id that its client made.
pub(crate) trait ChangeRequest: Message {
    /// What is recorded as having been asked for.
    const KIND: OperationKind;

    /// Takes out the ids of request and group: the rest is what a repeat of the request has in common with it.
    fn take_ids(&mut self) -> (String, String);

    /// The field that says what it is about, for what is wrong with the change as a whole.
    fn subject(&self) -> &'static str;

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

/// `Message of subject => Kind, field, field`: with the fields that the request has beside the ids of request and group.
macro_rules! change_requests {
    ($($message:ident of $subject:ident => $kind:ident $(, $field:ident)*;)*) => {$(
        impl ChangeRequest for v1::$message {
            const KIND: OperationKind = OperationKind::$kind;

            fn take_ids(&mut self) -> (String, String) {
                (std::mem::take(&mut self.request_id), std::mem::take(&mut self.group_id))
            }

            subject!($subject);
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

macro_rules! subject {
    (selection) => {
        fn subject(&self) -> &'static str {
            if self.filter.is_empty() { "ids" } else { "filter" }
        }
    };
    ($name:ident) => {
        fn subject(&self) -> &'static str {
            stringify!($name)
        }
    };
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
    CreateTodoRequest of todo => CreateTodos;
    BatchCreateTodosRequest of todos => CreateTodos, validate_only, view;
    UpdateTodosRequest of selection => UpdateTodos, validate_only, view;
    CompleteTodosRequest of selection => CompleteTodos, validate_only, view;
    ReopenTodosRequest of selection => ReopenTodos, validate_only, view;
    DeleteTodosRequest of selection => DeleteTodos, validate_only, view;
    RestoreTodosRequest of selection => RestoreTodos, validate_only, view;
    PurgeTodosRequest of selection => PurgeTodos, validate_only;
    MoveTodosRequest of selection => MoveTodos, validate_only, view;
    CreateProjectRequest of project => CreateProject;
    UpdateProjectRequest of project => UpdateProject;
    DeleteProjectRequest of id => DeleteProject;
    UndeleteProjectRequest of id => UndeleteProject;
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

    fn subject(&self) -> &'static str {
        match &self.target {
            Some(Target::GroupId(_)) => "group_id",
            Some(Target::Own(_)) => "own",
            Some(Target::OperationId(_)) | None => "operation_id",
        }
    }

    field!(view);
}
