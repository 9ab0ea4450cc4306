//! What `todo add --dry-run` would add.

use jiff::ZonedDateTime;
use serde_json::{Value, json};
use todo_model::grammar::{QuickAddField, Understood};
use todo_sdk::{Due, Priority};

use super::report::View;
use super::todo::{due_json, number, priority};
use crate::due_format;
use crate::styled::{Line, Screen, Style};

/// A todo that is not added yet.
pub(crate) struct Draft {
    pub(crate) title: String,
    pub(crate) due: Option<Due>,
    pub(crate) priority: Option<Priority>,
    /// Its name; `None` for the Inbox.
    pub(crate) project: Option<String>,
    pub(crate) tags: Vec<String>,
    /// Which words mean what.
    pub(crate) understood: Vec<Understood>,
}

/// What would be added.
pub(crate) struct Drafts {
    pub(crate) drafts: Vec<Draft>,
    /// Against which "today" is told.
    pub(crate) now: ZonedDateTime,
}

impl View for Drafts {
    fn lines(&self, _: Screen) -> Vec<Line> {
        let mut lines = Vec::new();
        for draft in &self.drafts {
            lines.push(
                Line::new().with(Style::Good, "Would create").with(Style::Plain, format!(" {}", draft.title)),
            );
            let project = draft.project.as_deref();
            lines.extend(understood(draft.due.as_ref(), draft.priority, project, &draft.tags, &self.now));
        }
        lines
    }

    fn json(&self) -> Value {
        json!({ "action": "dry_run", "todos": self.drafts.iter().map(draft_json).collect::<Vec<_>>() })
    }

    fn ids(&self) -> Vec<String> {
        Vec::new()
    }
}

fn draft_json(draft: &Draft) -> Value {
    let understood = draft.understood.iter().map(|part| {
        json!({ "start": part.span.start, "end": part.span.end, "field": field(part.field), "value": part.value })
    });
    json!({
        "title": draft.title,
        "due": draft.due.as_ref().map(due_json),
        "priority": draft.priority.map(number),
        "project": draft.project,
        "tags": draft.tags,
        "understood": understood.collect::<Vec<_>>(),
    })
}

fn field(field: QuickAddField) -> &'static str {
    match field {
        QuickAddField::Due => "due",
        QuickAddField::Start => "start",
        QuickAddField::Priority => "priority",
        QuickAddField::Project => "project",
        QuickAddField::Tag => "tag",
        // A field that this program is too old for.
        _ => "other",
    }
}

/// What a todo has beside its title: `due Fri 17 Jul · p1 · Home · @money`.
pub(crate) fn understood(
    due: Option<&Due>,
    of_priority: Option<Priority>,
    project: Option<&str>,
    tags: &[String],
    now: &ZonedDateTime,
) -> Option<Line> {
    let mut parts = Vec::new();
    if let Some(due) = due {
        let words = due_format::due(due, now, true);
        let exact =
            due_format::in_full(due, &words.text).map_or_else(String::new, |full| format!(" ({full})"));
        let prefix = if words.style == Style::Alarm { "" } else { "due " };
        parts.push(words.style.span(format!("{prefix}{}{exact}", words.text)));
    }
    if of_priority.is_some() {
        parts.push(priority(of_priority));
    }
    if let Some(project) = project {
        parts.push(Style::Name.span(project));
    }
    if !tags.is_empty() {
        let tags: Vec<String> = tags.iter().map(|tag| format!("@{tag}")).collect();
        parts.push(Style::Dim.span(tags.join(" ")));
    }
    let mut line = Line::plain("  ");
    let empty = parts.is_empty();
    for (at, part) in parts.into_iter().enumerate() {
        if at > 0 {
            line.push(Style::Dim.span(" · "));
        }
        line.push(part);
    }
    (!empty).then_some(line)
}
