//! The objects that a request names, as a change finds them.

use std::collections::{HashMap, HashSet};

use todo_model::{grammar, limits};

use super::{
    filter,
    mutation::Request,
    names::{Selection, TodoName},
};
use crate::{
    error::{Error, ResourceKind, Result},
    ids::{AccountId, ProjectId, TodoId},
    store::{
        conn::Conn,
        projects::{self, Project},
        todo_accounts::TodoAccount,
        todo_list, todo_tree,
        todos::{self, EncodedTodo, Todo},
    },
};

impl Selection {
    /// Returns the todos, each once and in the order of the request. NOT_FOUND, naming it, if one is missing.
    pub(super) async fn find(&self, account: &TodoAccount, conn: &mut Conn<'_>) -> Result<Vec<Todo>> {
        match self {
            Self::Names { names, allow_missing } => {
                todos(conn, account.account_id, names, *allow_missing).await
            }
            Self::Filter(filter) => matching(conn, account.account_id, filter).await,
        }
    }

    /// What the request calls the todos: where one cannot be changed, the answer says which.
    pub(super) fn is_one(&self) -> bool {
        match self {
            Self::Names { names, .. } => names.len() == 1,
            Self::Filter(_) => false,
        }
    }
}

/// The error for a todo that is not where a change can reach it, by the name that the request has for it.
pub(super) fn not_found(selection: &Selection, todo: &Todo) -> Error {
    let names = match selection {
        Selection::Names { names, .. } => &names[..],
        Selection::Filter(_) => &[],
    };
    let is_it = |name: &&TodoName| matches!(name, TodoName::Number(number) if *number == todo.number);
    match names.iter().find(is_it) {
        Some(name) => Error::missing(ResourceKind::Todo, name),
        None => Error::missing(ResourceKind::Todo, todo.id),
    }
}

/// Returns the todos that match, by number. INVALID_ARGUMENT if there are too many.
async fn matching(conn: &mut Conn<'_>, owner: AccountId, filter: &grammar::Filter) -> Result<Vec<Todo>> {
    let filter = filter::in_zone(conn, owner, filter).await?;
    let limit = i64::try_from(limits::IDS).unwrap_or(i64::MAX);
    let ids = todo_list::matching(conn, owner, &filter, limit + 1).await?;
    if ids.len() > limits::IDS {
        let count = todo_list::count(conn, owner, &filter, COUNTED + 1).await?;
        let many = if count > COUNTED { format!("more than {COUNTED}") } else { count.to_string() };
        let error = format!("Matches {many} todos, where one call changes at most {limit}.");
        return Err(Error::invalid("filter", error));
    }
    by_ids(conn, owner, &ids).await
}

/// Todos that are counted where a filter matches too many.
const COUNTED: i64 = 100_000;

async fn todos(
    conn: &mut Conn<'_>,
    owner: AccountId,
    names: &[TodoName],
    allow_missing: bool,
) -> Result<Vec<Todo>> {
    if let [TodoName::Id(id)] = names
        && !allow_missing
    {
        let found = todos::find(conn, owner, *id).await?;
        return Ok(vec![found.ok_or_else(|| Error::missing(ResourceKind::Todo, id))?]);
    }
    let ids: Vec<_> =
        names.iter().filter_map(|name| if let TodoName::Id(id) = name { Some(*id) } else { None }).collect();
    let numbers: Vec<_> = names
        .iter()
        .filter_map(|name| if let TodoName::Number(number) = name { Some(*number) } else { None })
        .collect();
    let mut rows = todos::find_all(conn, owner, &ids).await?;
    rows.extend(todos::find_by_numbers(conn, owner, &numbers).await?);
    let ids_by_number: HashMap<_, _> = rows.iter().map(|todo| (todo.number, todo.id)).collect();
    let mut rows: HashMap<_, _> = rows.into_iter().map(|todo| (todo.id, todo)).collect();
    let mut seen = HashSet::with_capacity(names.len());
    let mut found = Vec::with_capacity(names.len());
    for name in names {
        let id = match name {
            TodoName::Id(id) => Some(*id),
            TodoName::Number(number) => ids_by_number.get(number).copied(),
        };
        match id.and_then(|id| rows.remove(&id)) {
            Some(todo) => {
                seen.insert(todo.id);
                found.push(todo);
            }
            // Named by its id and its number.
            None if id.is_some_and(|id| seen.contains(&id)) => {}
            None if allow_missing => {}
            None => return Err(Error::missing(ResourceKind::Todo, name)),
        }
    }
    Ok(found)
}

/// Returns the todo of this name, in the trash or not.
pub(super) async fn todo(conn: &mut Conn<'_>, owner: AccountId, name: TodoName) -> Result<Option<Todo>> {
    match name {
        TodoName::Id(id) => todos::find(conn, owner, id).await,
        TodoName::Number(number) => Ok(todos::find_by_numbers(conn, owner, &[number]).await?.pop()),
    }
}

/// Returns the todo of this name, likewise, as it is encoded.
pub(super) async fn encoded(
    conn: &mut Conn<'_>,
    owner: AccountId,
    name: TodoName,
) -> Result<Option<EncodedTodo>> {
    match name {
        TodoName::Id(id) => todos::find_encoded(conn, owner, id).await,
        TodoName::Number(number) => todos::find_encoded_by_number(conn, owner, number).await,
    }
}

/// Returns the named todos, each once and in that order. NOT_FOUND, naming it, if one is missing.
pub(super) async fn named(conn: &mut Conn<'_>, owner: AccountId, names: &[TodoName]) -> Result<Vec<Todo>> {
    todos(conn, owner, names, false).await
}

/// Returns the todos of these ids, in that order.
pub(super) async fn by_ids(conn: &mut Conn<'_>, owner: AccountId, ids: &[TodoId]) -> Result<Vec<Todo>> {
    let names: Vec<_> = ids.iter().copied().map(TodoName::Id).collect();
    named(conn, owner, &names).await
}

/// Adds the parts of the todos at any depth behind them. INVALID_ARGUMENT if they are too many then.
pub(super) async fn add_parts(conn: &mut Conn<'_>, request: &Request, todos: &mut Vec<Todo>) -> Result<()> {
    let owner = request.owner;
    let roots: Vec<TodoId> = todos.iter().filter(|todo| todo.has_parts).map(|todo| todo.id).collect();
    let known: HashSet<TodoId> = todos.iter().map(|todo| todo.id).collect();
    let parts = todo_tree::parts(conn, owner, &roots, limits::IDS + 1).await?;
    todos.extend(parts.into_iter().filter(|part| !known.contains(&part.id)));
    if todos.len() > limits::IDS { Err(too_many_with_parts(request)) } else { Ok(()) }
}

/// The error for todos that are too many with the parts that change along with them.
pub(super) fn too_many_with_parts(request: &Request) -> Error {
    Error::invalid(request.subject, "More than 1,000 todos would change with all their parts.")
}

/// Returns a project that is not deleted. INVALID_ARGUMENT, naming the field, if there is none.
pub(super) async fn live_project(
    conn: &mut Conn<'_>,
    owner: AccountId,
    field: &str,
    id: ProjectId,
) -> Result<Project> {
    let project = projects::find(conn, owner, id).await?;
    project
        .filter(|project| project.delete_time.is_none())
        .ok_or_else(|| Error::invalid(field, "There is no such project."))
}
