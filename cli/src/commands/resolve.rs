//! From what people type to what there is. `selection.rs` looks up only what the server would not understand.

use std::fmt::Write as _;

use futures_util::future::try_join_all;
use todo_model::{limits, text::folded};
use todo_sdk::{Client, Project, Todo, TodoFilter, Trash};

use crate::error::Error;
use crate::prompt;
use crate::todo_ref::{self, TodoRef, TodoRefs};
use crate::view::{ProjectNames, label};

/// How many candidates are listed for an ambiguous name.
const MAX_CANDIDATES: usize = 10;

/// Ranges of numbers of any size that fit into one filter.
const RANGES_OF_A_FILTER: usize = 40;

/// The todos of these names, each once, in the order in which they were named; in the trash or not.
///
/// Not found, naming all that are missing; usage if a prefix fits several.
pub(super) async fn find(client: &Client, names: &[TodoRef]) -> Result<Vec<Todo>, Error> {
    let mut numbers: Vec<u64> = names
        .iter()
        .filter_map(|name| if let TodoRef::Number(number) = name { Some(*number) } else { None })
        .collect();
    let prefixes = names.iter().filter_map(|name| match name {
        TodoRef::Id(id) => Some(id.to_string()),
        TodoRef::Prefix(prefix) => Some(prefix.clone()),
        TodoRef::Number(_) | TodoRef::Stdin => None,
    });
    numbers.sort_unstable();
    numbers.dedup();
    let ranges: Vec<&[u64]> = numbers.chunk_by(|number, next| number.checked_add(1) == Some(*next)).collect();
    let by_number = try_join_all(
        ranges
            .chunks(RANGES_OF_A_FILTER)
            .map(|ranges| fetch(client, TodoFilter::default().numbers(ranges.concat()))),
    );
    let by_prefix =
        try_join_all(prefixes.map(|prefix| fetch(client, TodoFilter::default().id_prefix(prefix))));
    let (by_number, by_prefix) = futures_util::try_join!(by_number, by_prefix)?;
    match_refs(names, &by_number.concat(), by_prefix)
}

/// The one todo that this argument names.
pub(crate) async fn todo(client: &Client, arg: &TodoRefs) -> Result<Todo, Error> {
    let mut todos = find(client, &expand_stdin(std::slice::from_ref(arg)).await?).await?;
    match (todos.pop(), todos.is_empty()) {
        (Some(todo), true) => Ok(todo),
        _ => Err(Error::usage("Several todos are named where one is needed.")),
    }
}

/// The names in the arguments, with those on standard input in place of `-`.
pub(super) async fn expand_stdin(args: &[TodoRefs]) -> Result<Vec<TodoRef>, Error> {
    let mut names = Vec::new();
    let mut stdin = false;
    for name in args.iter().flat_map(|arg| &arg.0) {
        if *name != TodoRef::Stdin {
            names.push(name.clone());
        } else if !std::mem::replace(&mut stdin, true) {
            names.extend(todo_ref::parse_words(&prompt::stdin().await?)?);
        }
    }
    if names.is_empty() {
        return Err(Error::usage("Standard input names no todo."));
    }
    if names.len() > limits::IDS {
        return Err(todo_ref::too_many());
    }
    Ok(names)
}

async fn fetch(client: &Client, filter: TodoFilter) -> Result<Vec<Todo>, Error> {
    Ok(client.list_todos(filter.trash(Trash::Include)).page_size(limits::MAX_PAGE_SIZE).try_collect().await?)
}

/// Puts names and todos together. `by_prefix` has an entry for each id and prefix, in their order.
fn match_refs(names: &[TodoRef], by_number: &[Todo], by_prefix: Vec<Vec<Todo>>) -> Result<Vec<Todo>, Error> {
    let mut by_prefix = by_prefix.into_iter();
    let mut found: Vec<Todo> = Vec::new();
    let mut missing: Vec<String> = Vec::new();
    for name in names {
        let candidates = match name {
            TodoRef::Number(number) => {
                by_number.iter().filter(|todo| todo.number == *number).cloned().collect()
            }
            _ => by_prefix.next().unwrap_or_default(),
        };
        match candidates.as_slice() {
            [] => missing.push(name.to_string()),
            [todo] => {
                if found.iter().all(|other| other.id != todo.id) {
                    found.push(todo.clone());
                }
            }
            several => return Err(ambiguous(name, several)),
        }
    }
    if missing.is_empty() { Ok(found) } else { Err(unknown(&missing)) }
}

fn ambiguous(name: &TodoRef, candidates: &[Todo]) -> Error {
    let mut hint = "Name one of them:".to_owned();
    for todo in candidates.iter().take(MAX_CANDIDATES) {
        // Writing to a String does not fail.
        write!(hint, " `{}` ({}),", todo.number, todo.title).unwrap_or_default();
    }
    let hint = match candidates.len().saturating_sub(MAX_CANDIDATES) {
        0 => format!("{}.", hint.trim_end_matches(',')),
        more => format!("{hint} or one of {more} more."),
    };
    Error::usage(format!("The ids of {} todos begin with {name} here.", candidates.len())).hint(hint)
}

fn unknown(missing: &[String]) -> Error {
    let message = match missing {
        [one] => format!("There is no todo {one} here."),
        several => format!("There are no todos {} here.", several.join(", ")),
    };
    Error::not_found(message).hint(Error::LIST_TODOS)
}

/// Fails if one of the todos is in the trash, where it cannot be changed.
pub(crate) fn none_in_trash(todos: &[Todo]) -> Result<(), Error> {
    let trashed: Vec<&Todo> = todos.iter().filter(|todo| todo.delete_time.is_some()).collect();
    if trashed.is_empty() {
        return Ok(());
    }
    let labels: Vec<String> = trashed.iter().map(|todo| label(todo)).collect();
    let numbers = todo_ref::ranges(trashed.iter().map(|todo| todo.number));
    Err(Error::not_found(format!("In the trash: {}.", labels.join(", ")))
        .hint(format!("`todo restore {numbers}` brings them back.")))
}

/// All projects, the Inbox first.
pub(crate) async fn projects(client: &Client) -> Result<Vec<Project>, Error> {
    Ok(client.list_projects().page_size(limits::MAX_PAGE_SIZE).try_collect().await?)
}

/// What the projects are called.
pub(crate) async fn project_names(client: &Client) -> Result<ProjectNames, Error> {
    Ok(projects(client).await?.iter().collect())
}

/// The project of this name, compared without case, or of this id.
pub(crate) async fn project(client: &Client, name: &str) -> Result<Project, Error> {
    let projects = projects(client).await?;
    find_project(&projects, name).cloned()
}

/// As [`project`], among projects that are known already.
pub(crate) fn find_project<'a>(projects: &'a [Project], name: &str) -> Result<&'a Project, Error> {
    let wanted = folded(name.trim());
    let named = projects.iter().find(|project| folded(&project.name) == wanted);
    let found = named.or_else(|| projects.iter().find(|project| project.id.to_string() == wanted));
    found.ok_or_else(|| {
        let known: Vec<&str> =
            projects.iter().map(|project| project.name.as_str()).take(MAX_CANDIDATES).collect();
        let name = name.trim();
        let word =
            if name.contains(|c: char| !c.is_alphanumeric()) { format!("'{name}'") } else { name.to_owned() };
        Error::not_found(format!("There is no project `{name}`."))
            .hint(format!("`todo project add {word}` creates it. There are: {}.", known.join(", ")))
    })
}
