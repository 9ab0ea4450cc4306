//! Many todos: a table on a terminal, lines with tabs elsewhere.

use jiff::ZonedDateTime;
use serde_json::{Value, json};
use todo_sdk::Todo;

use super::report::View;
use super::todo::{ProjectNames, is_done, is_overdue, number, priority, status, tags, todo_json};
use crate::due_format;
use crate::styled::{Line, Screen, Style};
use crate::table::{Column, Table};

/// Todos, as `todo list` shows them.
pub(crate) struct TodoList {
    /// In the order to show.
    pub(crate) todos: Vec<Todo>,
    /// What their projects are called.
    pub(crate) names: ProjectNames,
    /// Against which "today" and "overdue" are told.
    pub(crate) now: ZonedDateTime,
    /// Whether there are more than these.
    pub(crate) more: bool,
}

impl TodoList {
    /// How many of them are open and overdue.
    pub(crate) fn overdue(&self) -> usize {
        self.todos.iter().filter(|todo| is_overdue(todo, &self.now)).count()
    }

    fn table(&self) -> Table {
        let mut table = Table::new([
            Column::new("#").right(),
            Column::new("P").drop(3),
            Column::new("TITLE").elastic(),
            Column::new("DUE"),
            Column::new("DONE").drop(2),
            Column::new("KEPT UNTIL").drop(2),
            Column::new("PROJECT").drop(4).max_width(20),
            Column::new("TAGS").drop(5).max_width(30),
        ]);
        // The column is left out if all todos are in the Inbox.
        let one_project = self.todos.iter().all(|todo| self.names.get(todo.project_id) == Some("Inbox"));
        for todo in &self.todos {
            let done = is_done(todo);
            let title = if done || todo.delete_time.is_some() { Style::Dim } else { Style::Plain };
            let project = if one_project { None } else { self.names.get(todo.project_id) };
            let day = |time: jiff::Timestamp| {
                due_format::day(&time.to_zoned_datetime(self.now.time_zone().clone()), &self.now)
            };
            table.row([
                Style::Strong.span(todo.number.to_string()),
                if done { Style::Dim.span(priority(todo.priority).text) } else { priority(todo.priority) },
                title.span(&todo.title),
                todo.due
                    .as_ref()
                    .map_or_else(|| Style::Plain.span(""), |due| due_format::due(due, &self.now, !done)),
                Style::Good
                    .span(todo.complete_time.map_or_else(String::new, |time| format!("✓ {}", day(time)))),
                Style::Dim.span(todo.purge_time.map_or_else(String::new, day)),
                Style::Name.span(project.unwrap_or_default()),
                Style::Dim.span(tags(todo)),
            ]);
        }
        table
    }

    /// Number, status, priority, due, project, tags and title with tabs between them: the same columns in every
    /// version, nothing cut. No field holds a tab of its own, as it would be escaped.
    fn tabbed(&self, todo: &Todo) -> Line {
        let due = todo.due.as_ref().map(ToString::to_string).unwrap_or_default();
        let late = if is_overdue(todo, &self.now) { Style::Alarm } else { Style::Plain };
        let state = if todo.delete_time.is_some() { "deleted" } else { status(todo) };
        let fields = [
            Style::Strong.span(todo.number.to_string()),
            Style::Plain.span(state),
            Style::Plain.span(todo.priority.map_or_else(String::new, |p| number(p).to_string())),
            late.span(due),
            Style::Name.span(self.names.get(todo.project_id).unwrap_or_default()),
            Style::Dim.span(todo.tags.join(",")),
            Style::Plain.span(&todo.title),
        ];
        Line::tabbed(fields)
    }
}

impl View for TodoList {
    fn lines(&self, screen: Screen) -> Vec<Line> {
        match screen.width {
            Some(_) if self.todos.is_empty() => Vec::new(),
            Some(width) => self.table().lines(width),
            None => self.todos.iter().map(|todo| self.tabbed(todo)).collect(),
        }
    }

    fn json(&self) -> Value {
        let todos: Vec<Value> = self.todos.iter().map(|todo| todo_json(todo, &self.names)).collect();
        json!({ "todos": todos, "more": self.more })
    }

    fn ids(&self) -> Vec<String> {
        self.todos.iter().map(|todo| todo.number.to_string()).collect()
    }
}
