//! The fields of requests, checked by the rules of todo-model.

use std::collections::HashSet;

use prost_types::FieldMask;
use todo_model::{
    Due, limits,
    text::{self, folded},
};
use todo_proto::todo::v1;

use super::{
    convert::{NO_PRIORITY, stored_tags},
    due, undo,
};
use crate::{
    error::{Error, Result},
    ids::{OperationId, ProjectId, TodoId},
    store::{due_keys::NEVER, todos::Todo},
    time::Time,
    validation::in_field,
};

pub(crate) use crate::validation::{Violations, optional_uuid, uuid};

/// The values that a request gives to the fields of a todo. `None` leaves a field as it is.
#[expect(clippy::option_option, reason = "leaving a field alone and clearing it are different wishes")]
#[derive(Clone, Debug, Default)]
pub(crate) struct Patch {
    pub(crate) project_id: Option<ProjectId>,
    title: Option<String>,
    description: Option<String>,
    priority: Option<i64>,
    pub(crate) due: Option<Option<Due>>,
    tags: Option<Vec<String>>,
    pub(crate) parent_id: Option<Option<TodoId>>,
}

impl Patch {
    /// Reads the fields that `paths` name. An empty `project_id` means `inbox`.
    pub(crate) fn read<'p>(
        todo: &v1::Todo,
        paths: impl IntoIterator<Item = &'p str>,
        inbox: ProjectId,
    ) -> Result<Self> {
        let mut patch = Self::default();
        let mut violations = Violations::default();
        for path in paths {
            match path {
                "project_id" => patch.project_id = violations.keep(project(&todo.project_id, inbox)),
                "title" => patch.title = violations.keep(title(&todo.title)),
                "description" => patch.description = violations.keep(description(&todo.description)),
                "priority" => patch.priority = violations.keep(priority(todo.priority)),
                "due" => patch.due = violations.keep(due::from_proto(todo.due.as_ref())),
                "tags" => patch.tags = violations.keep(tags(&todo.tags)),
                "parent_id" => patch.parent_id = violations.keep(parent(&todo.parent_id)),
                _ => {
                    violations.keep::<()>(Err(unknown_path(path, &Self::PATHS)));
                }
            }
        }
        violations.or(patch)
    }

    /// Every path that an `update_mask` may name.
    pub(crate) const PATHS: [&str; 7] =
        ["project_id", "title", "description", "priority", "due", "tags", "parent_id"];

    /// Writes the values into a row.
    pub(crate) fn apply(&self, row: &mut Todo) -> Result<()> {
        if let Some(project_id) = self.project_id {
            row.project_id = project_id;
        }
        if let Some(title) = &self.title {
            row.title.clone_from(title);
        }
        if let Some(description) = &self.description {
            row.description.clone_from(description);
        }
        if let Some(priority) = self.priority {
            row.priority = priority;
        }
        if let Some(due) = &self.due {
            row.set_due(due.as_ref().map(Due::to_stored))?;
        }
        if let Some(tags) = &self.tags {
            row.tags = stored_tags(tags);
        }
        if let Some(parent_id) = self.parent_id {
            row.parent_id = parent_id;
        }
        Ok(())
    }

    /// The row of a new todo with these values.
    pub(crate) fn new_row(&self, id: TodoId, project_id: ProjectId, now: Time) -> Result<Todo> {
        let mut row = Todo {
            id,
            number: 0,
            project_id,
            title: String::new(),
            description: String::new(),
            priority: NO_PRIORITY,
            due: None,
            due_zoned: false,
            due_at: NEVER,
            tags: String::new(),
            parent_id: None,
            position: String::new(),
            revision: 0,
            create_time: now,
            update_time: now,
            complete_time: None,
            delete_time: None,
            project_delete_time: None,
        };
        self.apply(&mut row)?;
        Ok(row)
    }
}

/// Reads a project's name.
pub(crate) fn project_name(name: &str) -> Result<String> {
    in_field("project.name", text::project_name(name)).map(String::from)
}

/// Reads the id of a todo.
pub(crate) fn todo_id(field: &str, text: &str) -> Result<TodoId> {
    uuid(field, text).map(TodoId::from_uuid)
}

/// What a todo is called by: its id, or its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum TodoName {
    Id(TodoId),
    Number(i64),
}

/// Reads the id or the number of a todo.
pub(crate) fn todo_name(field: &str, text: &str) -> Result<TodoName> {
    if let Some(number) = text::todo_number(text) {
        return Ok(TodoName::Number(number));
    }
    if text.len() == 36 {
        return todo_id(field, text).map(TodoName::Id);
    }
    Err(Error::invalid(
        field,
        "Must be the number of a todo, or a UUID such as 0197f0a4-6ff7-7c4e-9d1b-3c1f6f6b2f6e.",
    ))
}

/// Reads the id or the number of a todo that may be left out.
pub(crate) fn optional_todo_name(field: &str, text: &str) -> Result<Option<TodoName>> {
    if text.is_empty() { Ok(None) } else { todo_name(field, text).map(Some) }
}

/// Reads what to take back.
pub(crate) fn undo_target(target: Option<v1::undo_operation_request::Target>) -> Result<undo::Target> {
    use v1::undo_operation_request::Target;
    let target = target.ok_or_else(|| {
        Error::invalid("operation_id", "Name what to undo: an operation, a group, or your own newest.")
    })?;
    Ok(match target {
        Target::OperationId(id) => {
            undo::Target::Operation(OperationId::from_uuid(uuid("operation_id", &id)?))
        }
        Target::GroupId(id) => undo::Target::Group(uuid("group_id", &id)?),
        Target::Own(own) => match v1::OwnOperation::try_from(own) {
            Ok(v1::OwnOperation::Newest) => undo::Target::OwnNewest,
            Ok(v1::OwnOperation::NewestUndo) => undo::Target::OwnNewestUndo,
            Ok(v1::OwnOperation::Unspecified) | Err(_) => {
                return Err(Error::invalid("own", "Must be one of the values of OwnOperation."));
            }
        },
    })
}

/// Reads 1 to 1,000 ids, each once and in the order of the request.
pub(crate) fn todo_ids(ids: &[String]) -> Result<Vec<TodoId>> {
    if ids.is_empty() || ids.len() > limits::IDS {
        return Err(Error::invalid("ids", "Must be 1 to 1,000 ids."));
    }
    let mut violations = Violations::default();
    let mut seen = HashSet::with_capacity(ids.len());
    let ids: Vec<_> = ids
        .iter()
        .enumerate()
        .filter_map(|(index, id)| violations.keep(todo_id(&format!("ids[{index}]"), id)))
        .filter(|id| seen.insert(*id))
        .collect();
    violations.or(ids)
}

/// Reads the `request_id` of a change, or makes one if the client does not care about repeats.
pub(crate) fn operation_id(text: &str, now: Time) -> Result<OperationId> {
    Ok(optional_uuid("request_id", text)?.map_or_else(|| OperationId::generate(now), OperationId::from_uuid))
}

/// Reads the `expected_revision` of a change. `None` if the client does not care.
pub(crate) fn expected_revision(revision: i64) -> Result<Option<i64>> {
    match revision {
        ..0 => Err(Error::invalid("expected_revision", "Must not be negative.")),
        0 => Ok(None),
        revision => Ok(Some(revision)),
    }
}

/// Reads the paths of an `update_mask`, of which there must be one at least.
pub(crate) fn mask_paths(mask: Option<&FieldMask>) -> Result<impl Iterator<Item = &str>> {
    let paths = mask.map_or(&[][..], |mask| &mask.paths);
    if paths.is_empty() {
        return Err(Error::invalid("update_mask", "Must name at least one field."));
    }
    Ok(paths.iter().map(String::as_str))
}

/// Says which paths an `update_mask` may name.
pub(crate) fn unknown_path(path: &str, known: &[&str]) -> Error {
    let known = known.join(", ");
    Error::invalid("update_mask", format!("Names {path:?}, which is none of {known}."))
}

fn project(id: &str, inbox: ProjectId) -> Result<ProjectId> {
    Ok(optional_uuid("todo.project_id", id)?.map_or(inbox, ProjectId::from_uuid))
}

fn parent(id: &str) -> Result<Option<TodoId>> {
    Ok(optional_uuid("todo.parent_id", id)?.map(TodoId::from_uuid))
}

fn title(text: &str) -> Result<String> {
    in_field("todo.title", text::title(text)).map(String::from)
}

fn description(text: &str) -> Result<String> {
    in_field("todo.description", text::description(text))
}

fn priority(value: i32) -> Result<i64> {
    match v1::Priority::try_from(value) {
        Ok(v1::Priority::Unspecified) => Ok(NO_PRIORITY),
        Ok(priority) => Ok(i64::from(i32::from(priority))),
        Err(_) => Err(Error::invalid("todo.priority", "Must be one of the values of Priority.")),
    }
}

fn tags(tags: &[String]) -> Result<Vec<String>> {
    let mut violations = Violations::default();
    let mut seen = HashSet::new();
    let tags: Vec<String> = tags
        .iter()
        .enumerate()
        .filter_map(|(index, text)| {
            let tag = violations.keep(in_field(&format!("todo.tags[{index}]"), text::tag(text)))?;
            seen.insert(folded(tag)).then(|| tag.to_owned())
        })
        .collect();
    if tags.len() > limits::TAGS {
        violations.keep::<()>(Err(Error::invalid("todo.tags", "Must be at most 50 tags.")));
    }
    violations.or(tags)
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn inbox() -> ProjectId {
        ProjectId::generate(Time::from_micros(0))
    }

    fn fields_of(error: Error) -> Vec<String> {
        match error {
            Error::InvalidArgument(violations) => violations.into_iter().map(|v| v.field).collect(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn duplicate_tags_are_removed_without_regard_to_case() {
        let read = |list: &[&str]| tags(&list.iter().map(ToString::to_string).collect::<Vec<_>>());
        assert_eq!(read(&["Home", "home", " ÉTÉ ", "été"]).unwrap(), ["Home", "ÉTÉ"]);
        for bad in ["", "a\nb", "two words", "a,b", "\"a\"", &"x".repeat(65)] {
            assert!(read(&[bad]).is_err(), "{bad:?}");
        }
        let many: Vec<String> = (0..51).map(|n| format!("t{n}")).collect();
        assert!(tags(&many).is_err());
        assert!(tags(&many[..50]).is_ok());
    }

    #[test]
    fn all_invalid_fields_in_the_mask_are_reported_at_once() {
        let todo = v1::Todo { priority: 9, tags: vec![String::new()], ..Default::default() };
        let read = |paths: &[&str]| Patch::read(&todo, paths.iter().copied(), inbox());
        assert_eq!(
            fields_of(read(&["title", "priority", "tags", "number"]).unwrap_err()),
            ["todo.title", "todo.priority", "todo.tags[0]", "update_mask"]
        );
        assert!(read(&["description"]).is_ok(), "fields that the mask does not name are ignored");
    }

    #[test]
    fn ids_are_kept_once_and_in_order() {
        let (a, b) = (Uuid::from_u128(1).to_string(), Uuid::from_u128(2).to_string());
        let ids = todo_ids(&[b.clone(), a.clone(), b.clone()]).unwrap();
        assert_eq!(ids.iter().map(ToString::to_string).collect::<Vec<_>>(), [b, a.clone()]);
        assert!(todo_ids(&[]).is_err());
        assert!(todo_ids(&vec![a.clone(); 1_001]).is_err());
        assert_eq!(fields_of(todo_ids(&[a, "x".into()]).unwrap_err()), ["ids[1]"]);
    }
}
