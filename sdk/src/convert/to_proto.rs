//! Requests, from the model. They cannot fail.

use prost_types::FieldMask;
use todo_model::due::DueKind;
use todo_proto::{auth::v1 as auth, todo::v1 as proto};

use crate::{
    AccountUpdate, Due, NewProject, NewTodo, Order, Priority, Status, TodoFilter, TodoUpdate, Trash, Undo,
    model::UndoTarget, paginator::PageRequest,
};

pub(crate) fn new_todo(todo: NewTodo, (request_id, group_id): (String, String)) -> proto::CreateTodoRequest {
    let NewTodo { id, title, project, description, priority, due, tags, parent } = todo;
    proto::CreateTodoRequest {
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
        request_id,
        group_id,
    }
}

pub(crate) fn todo_update(
    id: String,
    update: TodoUpdate,
    (request_id, group_id): (String, String),
) -> proto::UpdateTodoRequest {
    let TodoUpdate { project, title, description, priority, due, tags, parent, expected_revision } = update;
    let mut todo = proto::Todo { id, ..Default::default() };
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
    proto::UpdateTodoRequest {
        todo: Some(todo),
        update_mask: Some(FieldMask { paths }),
        expected_revision: write_number(expected_revision.unwrap_or_default()),
        request_id,
        group_id,
    }
}

pub(crate) fn list_todos(filter: TodoFilter, page: PageRequest) -> proto::ListTodosRequest {
    let TodoFilter {
        project,
        status,
        trash,
        tag,
        query,
        due_from,
        due_before,
        time_zone,
        numbers,
        id_prefix,
        parent,
        order,
    } = filter;
    proto::ListTodosRequest {
        page_size: page.page_size,
        page_token: page.page_token,
        order_by: match order {
            Order::Number => proto::TodoOrder::Unspecified,
            Order::Due => proto::TodoOrder::Due,
            Order::Newest => proto::TodoOrder::Newest,
            Order::Changed => proto::TodoOrder::Changed,
        }
        .into(),
        project_id: optional(project),
        status: match status {
            None => proto::TodoStatus::Unspecified,
            Some(Status::NeedsAction) => proto::TodoStatus::NeedsAction,
            Some(Status::Completed) => proto::TodoStatus::Completed,
        }
        .into(),
        trash: match trash {
            Trash::Exclude => proto::TrashFilter::Unspecified,
            Trash::Include => proto::TrashFilter::Include,
            Trash::Only => proto::TrashFilter::Only,
        }
        .into(),
        tag: tag.unwrap_or_default(),
        query: query.unwrap_or_default(),
        due_from: optional(due_from),
        due_before: optional(due_before),
        time_zone: time_zone.unwrap_or_default(),
        numbers: numbers.into_iter().map(write_number).collect(),
        id_prefix: id_prefix.unwrap_or_default(),
        parent_id: optional(parent),
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

/// The contract writes "none" as an empty text.
fn optional(value: Option<impl ToString>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

/// No number or revision comes near the bound, and one beyond it matches nothing.
fn write_number(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
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
    proto::UndoOperationRequest { target: Some(target), request_id, force: undo.force }
}
