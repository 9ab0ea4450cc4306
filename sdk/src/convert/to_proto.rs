//! Requests, from the model. They cannot fail.

use jiff::Timestamp;
use prost_types::FieldMask;
use todo_model::due::DueKind;
use todo_proto::{auth::v1 as auth, todo::v1 as proto};

use crate::{
    AccountUpdate, BatchOptions, Due, ExternalReference, Extra, NewProject, NewTodo, Order, Place, Priority,
    Status, TodoFilter, TodoImport, TodoRef, TodoUpdate, Undo, model::UndoTarget, paginator::PageRequest,
};

pub(crate) fn new_todo(todo: NewTodo) -> proto::NewTodo {
    let NewTodo { id, title, project, description, priority, due, tags, parent, import } = todo;
    proto::NewTodo {
        todo: Some(proto::Todo {
            project_id: optional(project),
            title,
            description,
            priority: write_priority(priority).into(),
            due: due.as_ref().map(write_due),
            tags,
            parent_id: optional(parent),
            ..Default::default()
        }),
        todo_id: optional(id),
        import: import.map(todo_import),
    }
}

fn todo_import(import: TodoImport) -> proto::TodoImport {
    let TodoImport {
        references,
        status,
        create_time,
        update_time,
        complete_time,
        number,
        annotations,
        extras,
    } = import;
    proto::TodoImport {
        references: references.into_iter().map(write_reference).collect(),
        status: write_status(status).into(),
        create_time: create_time.map(write_time),
        update_time: update_time.map(write_time),
        complete_time: complete_time.map(write_time),
        number: number.map(write_todo_number).unwrap_or_default(),
        annotations: annotations
            .into_iter()
            .map(|(text, time)| proto::Annotation {
                id: String::new(),
                text,
                create_time: time.map(write_time),
            })
            .collect(),
        extras: extras.into_iter().map(write_extra).collect(),
    }
}

fn write_reference(reference: ExternalReference) -> proto::ExternalReference {
    let ExternalReference { source, external_id } = reference;
    proto::ExternalReference { source, external_id }
}

fn write_extra(extra: Extra) -> proto::Extra {
    let Extra { source, key, value } = extra;
    proto::Extra { source, key, value }
}

pub(crate) fn create_todo(
    todo: proto::NewTodo,
    (request_id, group_id): (String, String),
) -> proto::CreateTodoRequest {
    let proto::NewTodo { todo, todo_id, import: _ } = todo;
    proto::CreateTodoRequest { todo, todo_id, request_id, group_id }
}

pub(crate) fn update_todos(
    (ids, filter): (Vec<String>, String),
    update: TodoUpdate,
    options: BatchOptions,
    (request_id, group_id): (String, String),
) -> proto::UpdateTodosRequest {
    let TodoUpdate {
        project,
        title,
        description,
        priority,
        due,
        tags,
        parent,
        add_tags,
        remove_tags,
        add_annotations,
        remove_annotations,
        expected_revision,
    } = update;
    let mut todo = proto::Todo::default();
    let mut paths = Vec::new();
    if let Some(project) = project {
        todo.project_id = project.to_string();
        paths.push("project_id".to_owned());
    }
    if let Some(title) = title {
        todo.title = title;
        paths.push("title".to_owned());
    }
    if let Some(description) = description {
        todo.description = description;
        paths.push("description".to_owned());
    }
    if let Some(priority) = priority {
        todo.priority = write_priority(priority).into();
        paths.push("priority".to_owned());
    }
    if let Some(due) = due {
        todo.due = due.as_ref().map(write_due);
        paths.push("due".to_owned());
    }
    if let Some(tags) = tags {
        todo.tags = tags;
        paths.push("tags".to_owned());
    }
    if let Some(parent) = parent {
        todo.parent_id = optional(parent);
        paths.push("parent_id".to_owned());
    }
    proto::UpdateTodosRequest {
        ids,
        filter,
        todo: Some(todo),
        update_mask: Some(FieldMask { paths }),
        add_tags,
        remove_tags,
        add_annotations,
        remove_annotation_ids: remove_annotations.iter().map(ToString::to_string).collect(),
        expected_revision: write_number(expected_revision.unwrap_or_default()),
        validate_only: options.validate_only,
        view: write_view(options.with_todos).into(),
        request_id,
        group_id,
    }
}

pub(crate) fn move_todos(
    (ids, filter): (Vec<String>, String),
    place: Place,
    options: BatchOptions,
    (request_id, group_id): (String, String),
) -> proto::MoveTodosRequest {
    use proto::move_todos_request::Place as Proto;
    let place = match place {
        Place::Before(todo) => Proto::Before(todo.to_string()),
        Place::After(todo) => Proto::After(todo.to_string()),
        Place::FirstIn(project) => Proto::FirstIn(project.to_string()),
        Place::LastIn(project) => Proto::LastIn(project.to_string()),
    };
    proto::MoveTodosRequest {
        ids,
        filter,
        place: Some(place),
        validate_only: options.validate_only,
        view: write_view(options.with_todos).into(),
        request_id,
        group_id,
    }
}

/// The todos that a request names.
pub(crate) fn write_refs(todos: impl IntoIterator<Item = impl Into<TodoRef>>) -> Vec<String> {
    todos.into_iter().map(|todo| todo.into().to_string()).collect()
}

pub(crate) fn list_todos(filter: &TodoFilter, page: PageRequest) -> proto::ListTodosRequest {
    proto::ListTodosRequest {
        page_size: page.page_size,
        page_token: page.page_token,
        order_by: match filter.order {
            Order::Number => proto::TodoOrder::Unspecified,
            Order::Due => proto::TodoOrder::Due,
            Order::Newest => proto::TodoOrder::Newest,
            Order::Changed => proto::TodoOrder::Changed,
            Order::Position => proto::TodoOrder::Position,
        }
        .into(),
        filter: filter.to_string(),
        view: proto::TodoView::Unspecified.into(),
    }
}

pub(crate) fn new_project(
    project: NewProject,
    (request_id, group_id): (String, String),
) -> proto::CreateProjectRequest {
    let NewProject { id, name } = project;
    proto::CreateProjectRequest {
        project: Some(proto::Project { name, ..Default::default() }),
        project_id: optional(id),
        request_id,
        group_id,
    }
}

pub(crate) fn project_name(
    id: String,
    name: String,
    (request_id, group_id): (String, String),
) -> proto::UpdateProjectRequest {
    proto::UpdateProjectRequest {
        project: Some(proto::Project { id, name, ..Default::default() }),
        update_mask: Some(FieldMask { paths: vec!["name".to_owned()] }),
        expected_revision: 0,
        request_id,
        group_id,
    }
}

pub(crate) fn write_due(due: &Due) -> proto::Due {
    let kind = match due.kind() {
        DueKind::Date(date) => proto::due::Kind::Date(date.to_string()),
        DueKind::Local(date_time) => proto::due::Kind::Local(date_time.to_string()),
        DueKind::Zoned { date_time, time_zone } => proto::due::Kind::Zoned(proto::ZonedDateTime {
            date_time: date_time.to_string(),
            time_zone: time_zone.to_owned(),
        }),
    };
    proto::Due { kind: Some(kind) }
}

fn write_priority(priority: Option<Priority>) -> proto::Priority {
    match priority {
        None => proto::Priority::Unspecified,
        Some(Priority::P1) => proto::Priority::P1,
        Some(Priority::P2) => proto::Priority::P2,
        Some(Priority::P3) => proto::Priority::P3,
        Some(Priority::P4) => proto::Priority::P4,
    }
}

fn write_status(status: Option<Status>) -> proto::TodoStatus {
    match status {
        None => proto::TodoStatus::Unspecified,
        Some(Status::NeedsAction) => proto::TodoStatus::NeedsAction,
        Some(Status::Completed) => proto::TodoStatus::Completed,
    }
}

pub(crate) fn write_view(with_todos: bool) -> proto::TodoView {
    if with_todos { proto::TodoView::Full } else { proto::TodoView::Reference }
}

fn write_time(time: Timestamp) -> prost_types::Timestamp {
    // A fraction counts forward in the contract, also before 1970.
    let nanos = time.subsec_nanosecond();
    if nanos < 0 {
        return prost_types::Timestamp { seconds: time.as_second() - 1, nanos: nanos + 1_000_000_000 };
    }
    prost_types::Timestamp { seconds: time.as_second(), nanos }
}

/// The contract writes "none" as an empty text.
fn optional(value: Option<impl ToString>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

/// No number or revision comes near the bound, and one beyond it matches nothing.
fn write_number(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// One beyond the bound is refused by the server, as any number that was never used is.
fn write_todo_number(number: u64) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}

pub(crate) fn account_update(update: AccountUpdate) -> auth::UpdateAccountRequest {
    let AccountUpdate { time_zone } = update;
    let mut account = auth::Account::default();
    let mut paths = Vec::new();
    if let Some(time_zone) = time_zone {
        account.time_zone = time_zone;
        paths.push("time_zone".to_owned());
    }
    auth::UpdateAccountRequest { account: Some(account), update_mask: Some(FieldMask { paths }) }
}

pub(crate) fn undo(undo: Undo, request_id: String) -> proto::UndoOperationRequest {
    use proto::{OwnOperation, undo_operation_request::Target};
    let target = match undo.target {
        UndoTarget::Operation(id) => Target::OperationId(id.to_string()),
        UndoTarget::Group(id) => Target::GroupId(id.to_string()),
        UndoTarget::Last => Target::Own(OwnOperation::Newest.into()),
        UndoTarget::LastUndo => Target::Own(OwnOperation::NewestUndo.into()),
    };
    proto::UndoOperationRequest {
        target: Some(target),
        request_id,
        force: undo.force,
        view: write_view(undo.with_todos).into(),
    }
}
