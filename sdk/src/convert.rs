//! Between the contract's generated types and the model, in both directions. Only here.
//!
//! To the contract: `From` and small functions, which cannot fail. From the contract: `read_*`, which fail with an error
//! that names the field if the server's answer breaks the contract. A value that only a newer server knows is refused
//! where guessing would mislead (a todo's status) and passed on as "other" where it only is shown (an operation's kind).

use jiff::{
    Timestamp,
    civil::{Date, DateTime},
};
use prost_types::FieldMask;
use todo_proto::{auth::v1 as auth, todo::v1 as proto};
use uuid::Uuid;

use crate::{
    Account, AccountUpdate, BatchChange, Changed, DeletedProject, Due, Error, Login, NewProject, NewTodo,
    Operation, OperationId, OperationKind, OperationTarget, Order, Priority, Project, Result, Session,
    Status, Todo, TodoFilter, TodoUpdate, Trash, Undone, pages::PageRequest,
};

// To the contract.

pub(crate) fn new_todo(todo: NewTodo, request_id: String) -> proto::CreateTodoRequest {
    let NewTodo { id, title, project, description, priority, due, tags, parent } = todo;
    proto::CreateTodoRequest {
        todo: Some(proto::Todo {
            project_id: optional(project),
            title,
            description,
            priority: write_priority(priority).into(),
            due: due.map(Into::into),
            tags,
            parent_id: optional(parent),
            ..Default::default()
        }),
        todo_id: optional(id),
        request_id,
    }
}

pub(crate) fn todo_update(id: String, update: TodoUpdate, request_id: String) -> proto::UpdateTodoRequest {
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
        todo.due = due.map(Into::into);
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

pub(crate) fn new_project(project: NewProject, request_id: String) -> proto::CreateProjectRequest {
    let NewProject { id, name } = project;
    proto::CreateProjectRequest {
        project: Some(proto::Project { name, ..Default::default() }),
        project_id: optional(id),
        request_id,
    }
}

pub(crate) fn project_name(id: String, name: String, request_id: String) -> proto::UpdateProjectRequest {
    proto::UpdateProjectRequest {
        project: Some(proto::Project { id, name, ..Default::default() }),
        update_mask: Some(FieldMask { paths: vec!["name".to_owned()] }),
        expected_revision: 0,
        request_id,
    }
}

impl From<Due> for proto::Due {
    fn from(due: Due) -> Self {
        let kind = match due {
            Due::Date(date) => proto::due::Kind::Date(date.to_string()),
            Due::Local(time) => proto::due::Kind::Local(time.to_string()),
            Due::Zoned { date_time, time_zone } => {
                proto::due::Kind::Zoned(proto::ZonedDateTime { date_time: date_time.to_string(), time_zone })
            }
        };
        Self { kind: Some(kind) }
    }
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

// From the contract.

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
    })
}

fn read_due(due: proto::Due) -> Result<Due> {
    let time = |text: &str| {
        text.parse::<DateTime>().map_err(|_| Error::unreadable("todo.due is not a date and time"))
    };
    match due.kind {
        Some(proto::due::Kind::Date(text)) => {
            text.parse::<Date>().map(Due::Date).map_err(|_| Error::unreadable("todo.due is not a date"))
        }
        Some(proto::due::Kind::Local(text)) => time(&text).map(Due::Local),
        Some(proto::due::Kind::Zoned(zoned)) => {
            Ok(Due::Zoned { date_time: time(&zoned.date_time)?, time_zone: zoned.time_zone })
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
        revision: read_number(project.revision, "project.revision")?,
    })
}

pub(crate) fn read_operation(operation: Option<proto::Operation>) -> Result<Operation> {
    let operation = operation.ok_or_else(|| Error::unreadable("the operation is missing"))?;
    Ok(Operation {
        id: read_id(&operation.id, "operation.id")?,
        kind: match operation.kind() {
            proto::OperationKind::Unspecified => OperationKind::Other,
            proto::OperationKind::CreateTodo => OperationKind::CreateTodo,
            proto::OperationKind::UpdateTodo => OperationKind::UpdateTodo,
            proto::OperationKind::CompleteTodos => OperationKind::CompleteTodos,
            proto::OperationKind::ReopenTodos => OperationKind::ReopenTodos,
            proto::OperationKind::DeleteTodos => OperationKind::DeleteTodos,
            proto::OperationKind::RestoreTodos => OperationKind::RestoreTodos,
            proto::OperationKind::CreateProject => OperationKind::CreateProject,
            proto::OperationKind::UpdateProject => OperationKind::UpdateProject,
            proto::OperationKind::DeleteProject => OperationKind::DeleteProject,
            proto::OperationKind::UndoOperation => OperationKind::Undo,
        },
        create_time: read_time(operation.create_time, "operation.create_time")?,
        todos: operation.todos.into_iter().map(read_target).collect::<Result<_>>()?,
        projects: operation.projects.into_iter().map(read_target).collect::<Result<_>>()?,
        undone_by: read_operation_id(&operation.undone_by)?,
        undoes: read_operation_id(&operation.undoes)?,
    })
}

fn read_target(target: proto::OperationTarget) -> Result<OperationTarget> {
    let number = read_number(target.number, "operation.todos.number")?;
    Ok(OperationTarget {
        id: read_id::<Uuid>(&target.id, "operation.todos.id")?,
        number: (number != 0).then_some(number),
        name: target.name,
    })
}

pub(crate) fn read_changed<T>(value: T, operation_id: &str) -> Result<Changed<T>> {
    Ok(Changed { value, operation: read_operation_id(operation_id)? })
}

pub(crate) fn read_batch(
    todos: Vec<proto::Todo>,
    unchanged_ids: &[String],
    operation_id: &str,
) -> Result<BatchChange> {
    Ok(BatchChange {
        todos: read_todos(todos)?,
        unchanged: unchanged_ids.iter().map(|id| read_id(id, "unchanged_ids")).collect::<Result<_>>()?,
        operation: read_operation_id(operation_id)?,
    })
}

pub(crate) fn read_undone(response: proto::UndoOperationResponse) -> Result<Undone> {
    Ok(Undone {
        operation: read_operation(response.operation)?,
        todos: read_todos(response.todos)?,
        projects: response
            .projects
            .into_iter()
            .map(|project| read_project(Some(project)))
            .collect::<Result<_>>()?,
    })
}

pub(crate) fn read_deleted_project(response: proto::DeleteProjectResponse) -> Result<DeletedProject> {
    Ok(DeletedProject {
        project: read_project(response.project)?,
        deleted_todos: read_number(response.deleted_todos, "deleted_todos")?,
        operation: read_operation_id(&response.operation_id)?,
    })
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
    })
}

/// Also of ids of a purged todo, which come alone.
pub(crate) fn read_id<T: From<Uuid>>(text: &str, field: &str) -> Result<T> {
    Uuid::try_parse(text).map(T::from).map_err(|_| Error::unreadable(format_args!("{field} is not a UUID")))
}

fn read_optional_id<T: From<Uuid>>(text: &str, field: &str) -> Result<Option<T>> {
    if text.is_empty() { Ok(None) } else { read_id(text, field).map(Some) }
}

fn read_operation_id(text: &str) -> Result<Option<OperationId>> {
    read_optional_id(text, "operation_id")
}

pub(crate) fn read_number(number: i64, field: &str) -> Result<u64> {
    u64::try_from(number).map_err(|_| Error::unreadable(format_args!("{field} is negative")))
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ProjectId, TodoId, testing};

    #[test]
    fn only_what_is_set_goes_into_the_mask() {
        let paths = |update| todo_update(String::new(), update, String::new()).update_mask.unwrap().paths;
        let update = TodoUpdate::new;
        assert!(paths(update()).is_empty());
        assert_eq!(paths(update().due(None).priority(None).parent(None)), ["priority", "due", "parent_id"]);
        let all = update()
            .project(ProjectId::generate())
            .title("t")
            .description("d")
            .priority(Priority::P1)
            .due(Due::Date(jiff::civil::date(2026, 7, 15)))
            .tags(["a"])
            .parent(TodoId::generate());
        assert_eq!(
            paths(all),
            ["project_id", "title", "description", "priority", "due", "tags", "parent_id"]
        );
    }

    #[test]
    fn what_is_cleared_is_sent_empty() {
        let request = todo_update(
            "x".into(),
            TodoUpdate::new().due(None).priority(None).expected_revision(7),
            "r".into(),
        );
        let todo = request.todo.unwrap();
        assert_eq!((todo.due, todo.priority), (None, 0));
        assert_eq!((request.expected_revision, request.request_id.as_str()), (7, "r"));
    }

    #[test]
    fn every_kind_of_due_comes_back() {
        let time = jiff::civil::date(2026, 7, 15).at(18, 0, 0, 0);
        for due in [
            Due::Date(time.date()),
            Due::Local(time),
            Due::Zoned { date_time: time, time_zone: "America/New_York".into() },
        ] {
            let sent = proto::Todo { due: Some(due.clone().into()), ..testing::todo(1) };
            assert_eq!(read_todo(Some(sent)).unwrap().due, Some(due));
        }
    }

    #[test]
    fn an_answer_that_breaks_the_contract_names_the_field() {
        let good = || testing::todo(1);
        let bad_time = Some(prost_types::Timestamp { seconds: 0, nanos: -1 });
        for (field, todo) in [
            ("todo.id", proto::Todo { id: "7".into(), ..good() }),
            ("todo.number", proto::Todo { number: -1, ..good() }),
            ("todo.project_id", proto::Todo { project_id: String::new(), ..good() }),
            ("todo.status", proto::Todo { status: 99, ..good() }),
            ("todo.due", proto::Todo { due: Some(proto::Due { kind: None }), ..good() }),
            ("todo.create_time", proto::Todo { create_time: None, ..good() }),
            ("todo.update_time", proto::Todo { update_time: bad_time, ..good() }),
        ] {
            let error = read_todo(Some(todo)).unwrap_err();
            assert!(error.is_internal());
            assert!(error.to_string().contains(field), "{error}");
        }
        assert!(read_todo(None).unwrap_err().is_internal());
    }

    #[test]
    fn what_only_a_newer_server_knows_is_passed_on_where_that_misleads_nobody() {
        let todo = proto::Todo { priority: 99, ..testing::todo(1) };
        assert_eq!(read_todo(Some(todo)).unwrap().priority, None);
        let operation = proto::Operation {
            id: Uuid::nil().to_string(),
            kind: 99,
            create_time: Some(prost_types::Timestamp::default()),
            ..Default::default()
        };
        assert_eq!(read_operation(Some(operation)).unwrap().kind, OperationKind::Other);
    }
}
