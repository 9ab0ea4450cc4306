//! All there is to know about one todo.

use jiff::{Timestamp, ZonedDateTime};
use serde_json::{Value, json};
use todo_sdk::{Annotation, ExternalReference, Extra, Todo};

use super::report::View;
use super::todo::{ProjectNames, is_done, label, number, tags, todo_json};
use crate::styled::{Line, Screen, Span, Style};
use crate::{due_format, text};

/// Columns for the names of the fields.
const LABEL_WIDTH: usize = 10;

/// Todos with everything about them, as `todo show` shows them.
pub(crate) struct Details {
    /// One for each todo.
    pub(crate) todos: Vec<Detail>,
    /// What their projects are called.
    pub(crate) names: ProjectNames,
    /// Against which "today" and "overdue" are told.
    pub(crate) now: ZonedDateTime,
}

/// One todo with those it belongs together with.
pub(crate) struct Detail {
    /// The todo.
    pub(crate) todo: Todo,
    /// What it is a part of, unless that is gone.
    pub(crate) parent: Option<Todo>,
    /// Its parts, by number.
    pub(crate) parts: Vec<Todo>,
}

impl Details {
    fn time(&self, time: Timestamp) -> String {
        due_format::minute(&time.to_zoned_datetime(self.now.time_zone().clone()))
    }

    fn todo_lines(&self, detail: &Detail, screen: Screen) -> Vec<Line> {
        let todo = &detail.todo;
        let title = if screen.width.is_some() { Style::Strong } else { Style::Plain };
        let mut lines =
            vec![Line::new().with(Style::Dim, format!("#{} ", todo.number)).with(title, &todo.title)];
        let mut field = |name: &str, values: Vec<Span>| {
            let padding = " ".repeat(LABEL_WIDTH.saturating_sub(text::width(name)));
            let mut line = Line::new().with(Style::Dim, format!("  {name}{padding}"));
            line.0.extend(values);
            lines.push(line);
        };
        let plain = |value: &str| vec![Style::Plain.span(value)];

        field(
            "Status",
            match (todo.complete_time, is_done(todo)) {
                (Some(time), true) => {
                    vec![Style::Good.span("done"), Style::Plain.span(format!(" {}", self.time(time)))]
                }
                (None, true) => vec![Style::Good.span("done")],
                _ => plain("open"),
            },
        );
        if let Some(priority) = todo.priority {
            let meaning = ["the highest", "high", "medium", "the lowest"][usize::from(number(priority)) - 1];
            field("Priority", plain(&format!("{} ({meaning})", number(priority))));
        }
        if let Some(due) = &todo.due {
            let words = due_format::due(due, &self.now, !is_done(todo));
            let full = due_format::in_full(due, &words.text);
            let mut values = vec![words];
            values.extend(full.map(|full| Style::Dim.span(format!(" ({full})"))));
            field("Due", values);
        }
        field("Project", vec![Style::Name.span(self.names.get(todo.project_id).unwrap_or("(deleted)"))]);
        if !todo.tags.is_empty() {
            field("Tags", plain(&tags(todo)));
        }
        if let Some(parent) = &detail.parent {
            field("Part of", plain(&label(parent)));
        }
        for (at, part) in detail.parts.iter().enumerate() {
            let mark = if is_done(part) { Style::Good.span("✓ ") } else { Style::Plain.span("  ") };
            field(if at == 0 { "Parts" } else { "" }, vec![mark, Style::Plain.span(label(part))]);
        }
        for (at, note) in todo.annotations.iter().enumerate() {
            let mut lines = note.text.lines();
            let time = Style::Dim.span(format!("{} {} ", at + 1, self.time(note.create_time)));
            let text = Style::Plain.span(lines.next().unwrap_or_default());
            field(if at == 0 { "Notes" } else { "" }, vec![time, text]);
            lines.for_each(|line| field("", plain(&format!("  {line}"))));
        }
        for (at, reference) in todo.references.iter().enumerate() {
            let name = if at == 0 { "Also" } else { "" };
            field(name, plain(&format!("{} in {}", reference.external_id, reference.source)));
        }
        field("Created", plain(&self.time(todo.create_time)));
        if todo.update_time != todo.create_time {
            field("Changed", plain(&self.time(todo.update_time)));
        }
        if let Some(time) = todo.delete_time {
            let until =
                todo.purge_time.map_or_else(String::new, |time| format!(", kept until {}", self.time(time)));
            field("Deleted", vec![Style::Warn.span(self.time(time)), Style::Plain.span(until)]);
        }
        field("Id", vec![Style::Dim.span(todo.id.to_string())]);
        lines.extend(description(&todo.description, screen));
        lines
    }
}

/// The description below an empty line, indented and wrapped; nothing if there is none.
fn description(text: &str, screen: Screen) -> Vec<Line> {
    if text.is_empty() {
        return Vec::new();
    }
    let safe = text::block(text);
    let width = screen.width.map_or(usize::MAX, |width| width.saturating_sub(2));
    // Tab stops are counted from the edge of the terminal, not from the indent.
    let spaced = safe.replace('\t', "    ");
    let lines = text::wrap(&spaced, width);
    std::iter::once(Line::new()).chain(lines.iter().map(|line| Line::plain(format!("  {line}")))).collect()
}

impl View for Details {
    fn lines(&self, screen: Screen) -> Vec<Line> {
        let all: Vec<Vec<Line>> = self.todos.iter().map(|detail| self.todo_lines(detail, screen)).collect();
        all.join(&Line::new())
    }

    fn json(&self) -> Value {
        let todos: Vec<Value> = self
            .todos
            .iter()
            .map(|detail| {
                let todo = &detail.todo;
                let mut document = todo_json(todo, &self.names);
                document["annotations"] = todo.annotations.iter().map(annotation_json).collect();
                document["references"] = todo.references.iter().map(reference_json).collect();
                document["extras"] = todo.extras.iter().map(extra_json).collect();
                document["parts"] = detail.parts.iter().map(|part| part.number).collect();
                document
            })
            .collect();
        json!({ "todos": todos })
    }

    fn ids(&self) -> Vec<String> {
        self.todos.iter().map(|detail| detail.todo.number.to_string()).collect()
    }
}

fn annotation_json(note: &Annotation) -> Value {
    json!({ "id": note.id.to_string(), "text": note.text, "create_time": note.create_time.to_string() })
}

fn reference_json(reference: &ExternalReference) -> Value {
    json!({ "source": reference.source, "external_id": reference.external_id })
}

fn extra_json(extra: &Extra) -> Value {
    json!({ "source": extra.source, "key": extra.key, "value": extra.value })
}
