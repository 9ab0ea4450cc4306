//! The forms of a todo's page: that of its fields, and that of a new note.

use serde::Deserialize;
use todo_sdk::TodoUpdate;

use super::todo_fields::{TodoFields, Typed};

/// The form of a todo's fields. What it does not have stays as it is: an edit in place has fewer fields than the page.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct EditForm {
    pub(super) id: String,
    pub(super) title: Option<String>,
    pub(super) description: Option<String>,
    pub(super) due: Option<String>,
    zone: String,
    pub(super) priority: Option<String>,
    pub(super) tags: Option<String>,
    pub(super) project: Option<String>,
    revision: String,
    pub(super) request_id: String,
    pub(super) next: String,
}

/// The form that adds a note, and the press of a button that removes one.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct AnnotationForm {
    pub(super) id: String,
    /// The text of a new one.
    pub(super) annotation: String,
    /// Which one to remove.
    pub(super) annotation_id: String,
    pub(super) request_id: String,
    pub(super) next: String,
}

impl EditForm {
    pub(super) fn typed(&self) -> Typed<'_> {
        Typed {
            due: self.due.as_deref().unwrap_or_default(),
            zone: &self.zone,
            priority: self.priority.as_deref().unwrap_or_default(),
            tags: self.tags.as_deref().unwrap_or_default(),
            project: self.project.as_deref().unwrap_or_default(),
        }
    }

    /// What the form changes: the fields it has.
    pub(super) fn update(&self, fields: TodoFields) -> TodoUpdate {
        let mut update = TodoUpdate::new();
        if let Some(title) = &self.title {
            update = update.title(title);
        }
        if let Some(description) = &self.description {
            update = update.description(unix_lines(description));
        }
        if self.due.is_some() {
            update = update.due(fields.due);
        }
        if self.priority.is_some() {
            update = update.priority(fields.priority);
        }
        if self.tags.is_some() {
            update = update.tags(fields.tags);
        }
        if let Some(project) = fields.project {
            update = update.project(project);
        }
        if let Ok(revision) = self.revision.parse() {
            update = update.expected_revision(revision);
        }
        update
    }
}

/// The text of a field of several lines, which browsers send with CR LF.
pub(super) fn unix_lines(text: &str) -> String {
    text.replace("\r\n", "\n")
}
