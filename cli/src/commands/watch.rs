//! `todo watch`: what is open, and then each change as it happens, until Ctrl-C or until nobody reads any more.

use std::collections::BTreeMap;

use jiff::ZonedDateTime;
use todo_sdk::{Event, Project, ProjectId, Todo, TodoId};

use super::context::Context;
use crate::clock;
use crate::error::Error;
use crate::styled::{Line, Style};
use crate::ui::OutputState;
use crate::view::{ProjectNames, Report, TodoList, WatchEvent, WatchLine, is_done};

/// The word for what was there when the watch began.
const PRESENT: &str = "present";

/// Show changes as they happen, from here and from everywhere else
#[derive(Debug, clap::Args)]
pub(crate) struct Args {}

/// `todo watch`
pub(super) async fn run(_: &Args, cx: &Context<'_>) -> Result<Report, Error> {
    let client = cx.client().await?;
    let mut watch = client.watch_changes();
    let mut state = WatchState::default();
    while let Some(event) = watch.next().await {
        let before = !state.synced;
        let Some(event) = state.apply(event?) else { continue };
        // The snapshot is printed as events in JSON, and as a list otherwise.
        if before && !cx.ui.is_json() {
            if state.synced {
                if cx.ui.print(&state.open(cx.now()))? == OutputState::Closed {
                    break;
                }
                cx.ui.note(&Line::prose(Style::Dim, "Watching for changes. Ctrl-C ends it."));
            }
            continue;
        }
        // `cx.now()` is the time at which the command began.
        let at = clock::now();
        if cx.ui.print_next(&WatchLine { event, at, names: state.names() })? == OutputState::Closed {
            break;
        }
    }
    Ok(Report::default())
}

/// What the events so far add up to, to describe what the next one changes.
#[derive(Default)]
struct WatchState {
    todos: BTreeMap<TodoId, Todo>,
    projects: BTreeMap<ProjectId, Project>,
    synced: bool,
}

impl WatchState {
    /// Applies an event. `None` if there is nothing to print about it.
    fn apply(&mut self, event: Event) -> Option<WatchEvent> {
        match event {
            Event::Todo { todo, operation, .. } => {
                let before = self.todos.insert(todo.id, todo.clone());
                let word = if self.synced { todo_change(before.as_ref(), &todo) } else { PRESENT };
                Some(WatchEvent::Todo(word, Box::new(todo), operation))
            }
            Event::Project { project, operation, .. } => {
                let before = self.projects.insert(project.id, project.clone());
                let word = if self.synced { project_change(before.as_ref(), &project)? } else { PRESENT };
                Some(WatchEvent::Project(word, project, operation))
            }
            Event::PurgedTodo { id, number, .. } => {
                self.todos.remove(&id);
                Some(WatchEvent::PurgedTodo(number))
            }
            Event::PurgedProject { id, .. } => self.projects.remove(&id).map(WatchEvent::PurgedProject),
            Event::Synced => (!std::mem::replace(&mut self.synced, true)).then_some(WatchEvent::Synced),
            // After a resync, the events that follow are compared with this state.
            _ => None,
        }
    }

    fn names(&self) -> ProjectNames {
        self.projects.values().filter(|project| project.delete_time.is_none()).collect()
    }

    fn open(&self, now: &ZonedDateTime) -> TodoList {
        let open = |todo: &&Todo| !is_done(todo) && todo.delete_time.is_none();
        let mut todos: Vec<Todo> = self.todos.values().filter(open).cloned().collect();
        todos.sort_by_key(|todo| todo.number);
        TodoList { todos, names: self.names(), now: now.clone(), more: false }
    }
}

/// What happened to a todo, in one word.
fn todo_change(before: Option<&Todo>, after: &Todo) -> &'static str {
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

/// What happened to a project itself, in one word. `None` if only its revision changed, which its todos change, too.
fn project_change(before: Option<&Project>, after: &Project) -> Option<&'static str> {
    match (before, after.delete_time.is_some()) {
        (None, false) => Some("added"),
        (Some(before), true) if before.delete_time.is_none() => Some("deleted"),
        (Some(before), false) if before.delete_time.is_some() => Some("restored"),
        (Some(before), _) if before.name != after.name => Some("renamed"),
        _ => None,
    }
}
