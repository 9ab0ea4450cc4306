//! `todo watch`: what is open, and then each change as it happens, until Ctrl-C or until nobody reads any more.

use std::collections::BTreeMap;

use jiff::Zoned;
use todo_sdk::{Event, Project, ProjectId, Todo, TodoId};

use super::Context;
use crate::error::Error;
use crate::ui::{Line, Reader, Style};
use crate::view::{Happened, News, ProjectNames, Report, TodoList, is_done};

/// `todo watch`
pub(super) async fn run(cx: &Context<'_>) -> Result<Report, Error> {
    let client = cx.client().await?;
    let mut watch = client.watch_todos();
    let mut known = Known::default();
    while let Some(event) = watch.next().await {
        let happened = known.learn(event?);
        if let Some(Happened::Synced) = happened
            && !cx.ui.is_json()
        {
            if cx.ui.print(&known.open(cx.now()))? == Reader::Gone {
                break;
            }
            cx.ui.note(&Line::prose(Style::Dim, "Watching for changes. Ctrl-C ends it."));
            continue;
        }
        let Some(happened) = happened else { continue };
        // Not the time of the command, which may be long ago.
        #[expect(clippy::disallowed_methods, reason = "a watch tells the time of each change as it comes")]
        let at = Zoned::now();
        if cx.ui.print_next(&News { happened, at, names: known.names() })? == Reader::Gone {
            break;
        }
    }
    Ok(Report::default())
}

/// What the watch has told so far, to tell what is new about the next event.
#[derive(Default)]
struct Known {
    todos: BTreeMap<TodoId, Todo>,
    projects: BTreeMap<ProjectId, Project>,
    synced: bool,
}

impl Known {
    /// Takes note of an event. `None` if there is nothing to tell: it belongs to what was there before.
    fn learn(&mut self, event: Event) -> Option<Happened> {
        match event {
            Event::Todo(todo) => {
                let word = todo_word(self.todos.get(&todo.id), &todo);
                self.todos.insert(todo.id, todo.clone());
                self.synced.then(|| Happened::Todo(word, Box::new(todo)))
            }
            Event::Project(project) => {
                let word = project_word(self.projects.get(&project.id), &project);
                self.projects.insert(project.id, project.clone());
                // A project's revision moves with its todos; that alone is no news.
                self.synced.then_some(()).and(word).map(|word| Happened::Project(word, project))
            }
            Event::Purged { id, number } => {
                self.todos.remove(&id);
                self.synced.then_some(Happened::Purged(number))
            }
            Event::Synced => (!std::mem::replace(&mut self.synced, true)).then_some(Happened::Synced),
            _ => None,
        }
    }

    fn names(&self) -> ProjectNames {
        self.projects.values().filter(|project| project.delete_time.is_none()).collect()
    }

    fn open(&self, now: &Zoned) -> TodoList {
        let open = |todo: &&Todo| !is_done(todo) && todo.delete_time.is_none();
        let mut todos: Vec<Todo> = self.todos.values().filter(open).cloned().collect();
        todos.sort_by_key(|todo| todo.number);
        TodoList { todos, names: self.names(), now: now.clone(), more: false }
    }
}

/// What happened to a todo, in one word.
fn todo_word(before: Option<&Todo>, after: &Todo) -> &'static str {
    let deleted = |todo: &Todo| todo.delete_time.is_some();
    match before {
        None if deleted(after) => "deleted",
        None => "added",
        Some(before) => match ((deleted(before), deleted(after)), (is_done(before), is_done(after))) {
            ((false, true), _) => "deleted",
            ((true, false), _) => "restored",
            (_, (false, true)) => "completed",
            (_, (true, false)) => "reopened",
            _ => "changed",
        },
    }
}

/// What happened to a project itself, in one word.
fn project_word(before: Option<&Project>, after: &Project) -> Option<&'static str> {
    match (before, after.delete_time.is_some()) {
        (None, false) => Some("added"),
        (Some(before), true) if before.delete_time.is_none() => Some("deleted"),
        (Some(before), false) if before.delete_time.is_some() => Some("restored"),
        (Some(before), _) if before.name != after.name => Some("renamed"),
        _ => None,
    }
}
