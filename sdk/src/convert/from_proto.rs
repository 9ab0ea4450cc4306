//! Answers, into the model. An answer that breaks the contract is an error that names the field.
//!
//! A value that only a newer server knows is refused where guessing would mislead (a todo's status) and passed on as
//! "other" where it only is shown (an operation's kind).

use jiff::Timestamp;
use prost_types::value::Kind;
use todo_model::due::{parse_date, parse_date_time};
use todo_proto::{auth::v1 as auth, todo::v1 as proto};
use uuid::Uuid;

use crate::{
    Account, Annotation, BatchChange, Changed, DeletedProject, Due, Error, ExternalReference, Extra,
    FieldChange, FieldValue, Login, Operation, OperationId, OperationKind, OperationReference,
    OperationTarget, Priority, Project, PurgedTodo, RenamedProject, Result, Session, Status, Todo, TodoCount,
    TodoResult, UndeletedProject, UndoConflict, Undone,
};

pub(crate) fn read_todo(todo: Option<proto::Todo>) -> Result<Todo> {
    let todo = todo.ok_or_else(|| Error::unreadable("the todo is missing"))?;
    Ok(Todo {
        id: read_id(&todo.id, "todo.id")?,
        number: read_number(todo.number, "todo.number")?,
        project_id: read_id(&todo.project_id, "todo.project_id")?,
        status: match todo.status() {
            proto::TodoStatus::NeedsAction => Status::NeedsAction,
            proto::TodoStatus::Completed => Status::Completed,
            proto::TodoStatus::Unspecified => {
                return Err(Error::unreadable("todo.status has an unknown value"));
            }
        },
        priority: match todo.priority() {
            proto::Priority::Unspecified => None,
            proto::Priority::P1 => Some(Priority::P1),
            proto::Priority::P2 => Some(Priority::P2),
            proto::Priority::P3 => Some(Priority::P3),
            proto::Priority::P4 => Some(Priority::P4),
        },
        title: todo.title,
        description: todo.description,
        due: todo.due.map(read_due).transpose()?,
        tags: todo.tags,
        parent_id: read_optional_id(&todo.parent_id, "todo.parent_id")?,
        create_time: read_time(todo.create_time, "todo.create_time")?,
        update_time: read_time(todo.update_time, "todo.update_time")?,
        complete_time: read_optional_time(todo.complete_time, "todo.complete_time")?,
        delete_time: read_optional_time(todo.delete_time, "todo.delete_time")?,
        purge_time: read_optional_time(todo.purge_time, "todo.purge_time")?,
        revision: read_number(todo.revision, "todo.revision")?,
        position: todo.position,
        annotations: todo.annotations.into_iter().map(read_annotation).collect::<Result<_>>()?,
        extras: todo.extras.into_iter().map(read_extra).collect(),
        references: todo.references.into_iter().map(read_reference).collect(),
    })
}

fn read_annotation(annotation: proto::Annotation) -> Result<Annotation> {
    Ok(Annotation {
        id: read_id(&annotation.id, "todo.annotations.id")?,
        text: annotation.text,
        create_time: read_time(annotation.create_time, "todo.annotations.create_time")?,
    })
}

fn read_extra(extra: proto::Extra) -> Extra {
    Extra { source: extra.source, key: extra.key, value: extra.value }
}

fn read_reference(reference: proto::ExternalReference) -> ExternalReference {
    ExternalReference { source: reference.source, external_id: reference.external_id }
}

pub(crate) fn read_todo_count(response: proto::CountTodosResponse) -> Result<TodoCount> {
    Ok(TodoCount { count: read_number(response.count, "count")?, at_least: response.at_least })
}

fn read_due(due: proto::Due) -> Result<Due> {
    let date_time =
        |text: &str| parse_date_time(text).map_err(|_| Error::unreadable("todo.due is not a date and time"));
    match due.kind {
        Some(proto::due::Kind::Date(text)) => {
            parse_date(&text).map(Due::Date).map_err(|_| Error::unreadable("todo.due is not a date"))
        }
        Some(proto::due::Kind::Local(text)) => date_time(&text).map(Due::Local),
        // The server may know a zone that this machine does not.
        Some(proto::due::Kind::Zoned(zoned)) => {
            Ok(Due::Zoned { date_time: date_time(&zoned.date_time)?, time_zone: zoned.time_zone })
        }
        None => Err(Error::unreadable("todo.due is of an unknown kind")),
    }
}

pub(crate) fn read_project(project: Option<proto::Project>) -> Result<Project> {
    let project = project.ok_or_else(|| Error::unreadable("the project is missing"))?;
    Ok(Project {
        id: read_id(&project.id, "project.id")?,
        name: project.name,
        inbox: project.inbox,
        create_time: read_time(project.create_time, "project.create_time")?,
        update_time: read_time(project.update_time, "project.update_time")?,
        delete_time: read_optional_time(project.delete_time, "project.delete_time")?,
        purge_time: read_optional_time(project.purge_time, "project.purge_time")?,
        revision: read_number(project.revision, "project.revision")?,
    })
}

pub(crate) fn read_operation(operation: Option<proto::Operation>) -> Result<Operation> {
    let mut operation = operation.ok_or_else(|| Error::unreadable("the operation is missing"))?;
    let actor = operation.actor.take().unwrap_or_default();
    Ok(Operation {
        id: read_id(&operation.id, "operation.id")?,
        kind: read_kind(operation.kind()),
        create_time: read_time(operation.create_time, "operation.create_time")?,
        session: read_optional_id(&actor.session_id, "operation.actor.session_id")?,
        client: actor.client,
        group: read_optional_id(&operation.group_id, "operation.group_id")?,
        todos: operation.todos.into_iter().map(read_target).collect::<Result<_>>()?,
        todo_count: read_count(operation.todo_count, "operation.todo_count")?,
        projects: operation.projects.into_iter().map(read_target).collect::<Result<_>>()?,
        project_count: read_count(operation.project_count, "operation.project_count")?,
        revision: read_number(operation.revision, "operation.revision")?,
        undone_by: read_operation_id(&operation.undone_by)?,
        undoes: read_operation_id(&operation.undoes)?,
    })
}

fn read_kind(kind: proto::OperationKind) -> OperationKind {
    match kind {
        proto::OperationKind::Unspecified => OperationKind::Other,
        proto::OperationKind::CreateTodos => OperationKind::CreateTodos,
        proto::OperationKind::UpdateTodos => OperationKind::UpdateTodos,
        proto::OperationKind::CompleteTodos => OperationKind::CompleteTodos,
        proto::OperationKind::ReopenTodos => OperationKind::ReopenTodos,
        proto::OperationKind::DeleteTodos => OperationKind::DeleteTodos,
        proto::OperationKind::RestoreTodos => OperationKind::RestoreTodos,
        proto::OperationKind::PurgeTodos => OperationKind::PurgeTodos,
        proto::OperationKind::MoveTodos => OperationKind::MoveTodos,
        proto::OperationKind::CreateProject => OperationKind::CreateProject,
        proto::OperationKind::UpdateProject => OperationKind::UpdateProject,
        proto::OperationKind::DeleteProject => OperationKind::DeleteProject,
        proto::OperationKind::UndeleteProject => OperationKind::UndeleteProject,
        proto::OperationKind::UndoOperation => OperationKind::Undo,
        proto::OperationKind::RedoOperation => OperationKind::Redo,
    }
}

pub(crate) fn read_operation_reference(reference: proto::OperationReference) -> Result<OperationReference> {
    let kind = read_kind(reference.kind());
    let actor = reference.actor.unwrap_or_default();
    Ok(OperationReference {
        id: read_id(&reference.id, "operation.id")?,
        kind,
        session: read_optional_id(&actor.session_id, "operation.actor.session_id")?,
        client: actor.client,
    })
}

fn read_target(target: proto::OperationTarget) -> Result<OperationTarget> {
    let number = read_number(target.number, "operation.todos.number")?;
    Ok(OperationTarget {
        id: read_id::<Uuid>(&target.id, "operation.todos.id")?,
        number: (number != 0).then_some(number),
        name: target.name,
        created: target.created,
        fields: target.fields.into_iter().map(read_field_change).collect(),
    })
}

fn read_field_change(change: proto::FieldChange) -> FieldChange {
    FieldChange {
        field: change.field,
        before: read_field_value(change.before),
        after: read_field_value(change.after),
    }
}

/// Only shown, so a kind that only a newer server knows is no value.
fn read_field_value(value: Option<prost_types::Value>) -> FieldValue {
    let text = |value: prost_types::Value| match value.kind {
        Some(Kind::StringValue(text)) => Some(text),
        Some(Kind::NumberValue(number)) => Some(number.to_string()),
        Some(Kind::BoolValue(value)) => Some(value.to_string()),
        _ => None,
    };
    match value {
        Some(prost_types::Value { kind: Some(Kind::ListValue(list)) }) => {
            FieldValue::List(list.values.into_iter().filter_map(text).collect())
        }
        Some(value) => text(value).map_or(FieldValue::None, FieldValue::Text),
        None => FieldValue::None,
    }
}

pub(crate) fn read_changed<T>(value: T, operation_id: &str) -> Result<Changed<T>> {
    Ok(Changed { value, operation: read_operation_id(operation_id)? })
}

pub(crate) fn read_batch(results: Vec<proto::TodoResult>, operation_id: &str) -> Result<BatchChange> {
    Ok(BatchChange { results: read_results(results)?, operation: read_operation_id(operation_id)? })
}

pub(crate) fn read_results(results: Vec<proto::TodoResult>) -> Result<Vec<TodoResult>> {
    results.into_iter().map(read_result).collect()
}

fn read_result(result: proto::TodoResult) -> Result<TodoResult> {
    Ok(TodoResult {
        id: read_id(&result.id, "results.id")?,
        number: read_number(result.number, "results.number")?,
        title: result.title,
        revision: read_number(result.revision, "results.revision")?,
        unchanged: result.unchanged,
        open_parts: read_count(result.open_parts, "results.open_parts")?,
        todo: result.todo.map(|todo| read_todo(Some(todo))).transpose()?,
    })
}

/// The answer of a change of one todo that asked for it whole.
pub(crate) fn read_changed_todo(change: BatchChange) -> Result<Changed<Todo>> {
    let todo = change.results.into_iter().find_map(|result| result.todo);
    let value = todo.ok_or_else(|| Error::unreadable("the todo is missing"))?;
    Ok(Changed { value, operation: change.operation })
}

pub(crate) fn read_purged_todo(purged: &proto::PurgedTodo) -> Result<PurgedTodo> {
    Ok(PurgedTodo {
        id: read_id(&purged.id, "purged_todo.id")?,
        number: read_number(purged.number, "purged_todo.number")?,
    })
}

pub(crate) fn read_undone(response: proto::UndoOperationResponse) -> Result<Undone> {
    Ok(Undone {
        operation: read_operation(response.operation)?,
        results: read_results(response.results)?,
        projects: read_projects(response.projects)?,
        conflicts: response.conflicts.into_iter().map(read_conflict).collect::<Result<_>>()?,
        remaining: read_count(response.remaining_operations, "remaining_operations")?,
        undo: read_operation_id(&response.operation_id)?,
    })
}

fn read_conflict(conflict: proto::UndoConflict) -> Result<UndoConflict> {
    let number = read_number(conflict.number, "conflicts.number")?;
    Ok(UndoConflict {
        id: read_id::<Uuid>(&conflict.id, "conflicts.id")?,
        number: (number != 0).then_some(number),
        field: conflict.field,
    })
}

pub(crate) fn read_renamed_project(response: proto::UpdateProjectResponse) -> Result<RenamedProject> {
    Ok(RenamedProject {
        project: read_project(response.project)?,
        renamed_projects: read_projects(response.renamed_projects)?,
        operation: read_operation_id(&response.operation_id)?,
    })
}

pub(crate) fn read_deleted_project(response: proto::DeleteProjectResponse) -> Result<DeletedProject> {
    Ok(DeletedProject {
        project: read_project(response.project)?,
        deleted_projects: read_projects(response.deleted_projects)?,
        deleted_todos: read_number(response.deleted_todos, "deleted_todos")?,
        operation: read_operation_id(&response.operation_id)?,
    })
}

pub(crate) fn read_undeleted_project(response: proto::UndeleteProjectResponse) -> Result<UndeletedProject> {
    Ok(UndeletedProject {
        project: read_project(response.project)?,
        undeleted_projects: read_projects(response.undeleted_projects)?,
        undeleted_todos: read_number(response.undeleted_todos, "undeleted_todos")?,
        operation: read_operation_id(&response.operation_id)?,
    })
}

pub(crate) fn read_projects(projects: Vec<proto::Project>) -> Result<Vec<Project>> {
    projects.into_iter().map(|project| read_project(Some(project))).collect()
}

pub(crate) fn read_todos(todos: Vec<proto::Todo>) -> Result<Vec<Todo>> {
    todos.into_iter().map(|todo| read_todo(Some(todo))).collect()
}

pub(crate) fn read_account(account: Option<auth::Account>) -> Result<Account> {
    let account = account.ok_or_else(|| Error::unreadable("the account is missing"))?;
    Ok(Account {
        id: read_id(&account.id, "account.id")?,
        username: account.username,
        time_zone: account.time_zone,
        create_time: read_time(account.create_time, "account.create_time")?,
    })
}

pub(crate) fn read_session(session: Option<auth::Session>) -> Result<Session> {
    let session = session.ok_or_else(|| Error::unreadable("the session is missing"))?;
    Ok(Session {
        id: read_id(&session.id, "session.id")?,
        client: session.client,
        create_time: read_time(session.create_time, "session.create_time")?,
        last_use_time: read_time(session.last_use_time, "session.last_use_time")?,
        expire_time: read_time(session.expire_time, "session.expire_time")?,
        current: session.current,
    })
}

pub(crate) fn read_login(response: auth::LoginResponse) -> Result<Login> {
    Ok(Login {
        token: response.token.parse().map_err(|_| Error::unreadable("the token is not a token"))?,
        account: read_account(response.account)?,
        session: read_session(response.session)?,
        device_secret: response.device_secret.into(),
    })
}

/// Also of the id of a purged project, which comes alone.
pub(crate) fn read_id<T: From<Uuid>>(text: &str, field: &str) -> Result<T> {
    Uuid::try_parse(text).map(T::from).map_err(|_| Error::unreadable(format_args!("{field} is not a UUID")))
}

fn read_optional_id<T: From<Uuid>>(text: &str, field: &str) -> Result<Option<T>> {
    if text.is_empty() { Ok(None) } else { read_id(text, field).map(Some) }
}

fn read_operation_id(text: &str) -> Result<Option<OperationId>> {
    read_optional_id(text, "operation_id")
}

pub(crate) fn read_number(number: impl TryInto<u64>, field: &str) -> Result<u64> {
    number.try_into().map_err(|_| Error::unreadable(format_args!("{field} is negative")))
}

fn read_count(count: i32, field: &str) -> Result<u32> {
    u32::try_from(count).map_err(|_| Error::unreadable(format_args!("{field} is negative")))
}

fn read_time(time: Option<prost_types::Timestamp>, field: &str) -> Result<Timestamp> {
    read_optional_time(time, field)?.ok_or_else(|| Error::unreadable(format_args!("{field} is missing")))
}

fn read_optional_time(time: Option<prost_types::Timestamp>, field: &str) -> Result<Option<Timestamp>> {
    time.map(|time| {
        // Timestamp::new would take a negative fraction, which the contract excludes.
        (0..1_000_000_000)
            .contains(&time.nanos)
            .then(|| Timestamp::new(time.seconds, time.nanos).ok())
            .flatten()
            .ok_or_else(|| Error::unreadable(format_args!("{field} is not a point in time")))
    })
    .transpose()
}
