//! The values of a todo's fields: what requests make of them, and what undo and the log compare.

use prost_types::Timestamp;
use todo_proto::todo::v1::{Annotation, Todo};

/// A field that the log tells of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field {
    ProjectId,
    ParentId,
    Title,
    Description,
    Priority,
    Due,
    Tags,
    Position,
    CompleteTime,
    DeleteTime,
    Annotations,
    Extras,
}

impl Field {
    pub(super) const ALL: [Self; 12] = [
        Self::ProjectId,
        Self::ParentId,
        Self::Title,
        Self::Description,
        Self::Priority,
        Self::Due,
        Self::Tags,
        Self::Position,
        Self::CompleteTime,
        Self::DeleteTime,
        Self::Annotations,
        Self::Extras,
    ];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::ProjectId => "project_id",
            Self::ParentId => "parent_id",
            Self::Title => "title",
            Self::Description => "description",
            Self::Priority => "priority",
            Self::Due => "due",
            Self::Tags => "tags",
            Self::Position => "position",
            Self::CompleteTime => "complete_time",
            Self::DeleteTime => "delete_time",
            Self::Annotations => "annotations",
            Self::Extras => "extras",
        }
    }

    /// Gives a todo the value that another one has.
    pub(super) fn copy(self, from: &Todo, to: &mut Todo) {
        match self {
            Self::ProjectId => to.project_id.clone_from(&from.project_id),
            Self::ParentId => to.parent_id.clone_from(&from.parent_id),
            Self::Title => to.title.clone_from(&from.title),
            Self::Description => to.description.clone_from(&from.description),
            Self::Priority => to.priority = from.priority,
            Self::Due => to.due.clone_from(&from.due),
            Self::Tags => to.tags.clone_from(&from.tags),
            Self::Position => to.position.clone_from(&from.position),
            Self::CompleteTime => (to.status, to.complete_time) = (from.status, from.complete_time),
            Self::DeleteTime => to.delete_time = from.delete_time,
            Self::Annotations => to.annotations.clone_from(&from.annotations),
            Self::Extras => {
                to.extras.clone_from(&from.extras);
                to.references.clone_from(&from.references);
            }
        }
    }

    pub(super) fn is_same(self, one: &Todo, other: &Todo) -> bool {
        let mut copy = one.clone();
        self.copy(other, &mut copy);
        copy == *one
    }
}

/// Gives a todo the values of the fields that a mask names, but for project and parent.
pub(super) fn apply(paths: &[String], values: &Todo, todo: &mut Todo) {
    for path in paths {
        match path.as_str() {
            "title" => values.title.trim().clone_into(&mut todo.title),
            "description" => todo.description = values.description.replace("\r\n", "\n"),
            "priority" => todo.priority = values.priority,
            "due" => todo.due.clone_from(&values.due),
            "tags" => todo.tags = distinct(&values.tags),
            _ => {}
        }
    }
}

fn distinct(tags: &[String]) -> Vec<String> {
    let mut kept = Vec::new();
    for tag in tags {
        if !has(&kept, tag) {
            kept.push(tag.clone());
        }
    }
    kept
}

fn has(tags: &[String], tag: &str) -> bool {
    tags.iter().any(|other| other.to_lowercase() == tag.to_lowercase())
}

pub(super) fn change_tags(todo: &mut Todo, add: &[String], remove: &[String]) {
    todo.tags.retain(|tag| !has(remove, tag));
    todo.tags.extend(add.iter().cloned());
    todo.tags = distinct(&todo.tags);
}

/// New annotations have no id until the server's is known.
pub(super) fn change_annotations(todo: &mut Todo, add: &[String], remove: &[String], now: Timestamp) {
    todo.annotations.retain(|note| !remove.contains(&note.id));
    let new = add.iter().map(|text| Annotation {
        id: String::new(),
        text: text.trim().to_owned(),
        create_time: Some(now),
    });
    todo.annotations.extend(new);
}

/// The order in which annotations are shown; those of one moment are in that of their ids.
pub(super) fn sort_annotations(notes: &mut [Annotation]) {
    notes.sort_by_cached_key(|note| {
        let time = note.create_time.unwrap_or_default();
        (time.seconds, time.nanos, note.id.clone())
    });
}

/// The tags without those that a change added and with those that it removed. `None` if that is not how they are left.
pub(super) fn undo_tags(current: &[String], before: &[String], after: &[String]) -> Option<Vec<String>> {
    let mut tags = current.to_vec();
    for added in after.iter().filter(|tag| !has(before, tag)) {
        let len = tags.len();
        tags.retain(|tag| tag.to_lowercase() != added.to_lowercase());
        if tags.len() == len {
            return None;
        }
    }
    for removed in before.iter().filter(|tag| !has(after, tag)) {
        if has(&tags, removed) {
            return None;
        }
        tags.push(removed.clone());
    }
    // As they were, where nothing else has come between.
    let is_same = tags.len() == before.len() && before.iter().all(|tag| has(&tags, tag));
    Some(if is_same { before.to_vec() } else { tags })
}

/// The same for annotations.
pub(super) fn undo_annotations(
    current: &[Annotation],
    before: &[Annotation],
    after: &[Annotation],
) -> Option<Vec<Annotation>> {
    let mut notes = current.to_vec();
    for added in after.iter().filter(|note| !before.contains(note)) {
        let at = notes.iter().position(|note| note == added)?;
        notes.remove(at);
    }
    for removed in before.iter().filter(|note| !after.contains(note)) {
        if notes.contains(removed) {
            return None;
        }
        notes.push(removed.clone());
    }
    sort_annotations(&mut notes);
    Some(notes)
}
