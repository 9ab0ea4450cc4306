//! The values that requests give to the fields of todos, checked by the rules of todo-model.

use std::collections::HashSet;

use todo_model::{
    Due, limits,
    text::{self, folded},
};
use todo_proto::todo::v1;

use super::{
    convert::{self, NO_PRIORITY, stored_tags},
    due,
    names::TodoName,
    validate::{self, Violations, unknown_path},
};
use crate::{
    error::{Error, Result},
    ids::{ProjectId, TodoId},
    store::{due_keys::NEVER, todos::Todo},
    time::Time,
    validation::{in_field, optional_uuid},
};

/// The values that a request gives to the fields of a todo. `None` leaves a field as it is.
#[expect(clippy::option_option, reason = "leaving a field alone and clearing it are different wishes")]
#[derive(Clone, Debug, Default)]
pub(crate) struct Patch {
    /// The caller sees to it that it is there, and moves the parts along.
    pub(crate) project_id: Option<ProjectId>,
    title: Option<String>,
    description: Option<String>,
    priority: Option<i64>,
    due: Option<Option<Due>>,
    tags: Option<Vec<String>>,
    /// The caller finds it, and keeps the tree one.
    pub(crate) parent: Option<Option<TodoName>>,
}

impl Patch {
    /// Every path that an `update_mask` may name.
    pub(crate) const PATHS: [&str; 7] =
        ["project_id", "title", "description", "priority", "due", "tags", "parent_id"];

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
                "tags" => patch.tags = violations.keep(tags("todo.tags", &todo.tags)),
                "parent_id" => {
                    patch.parent =
                        violations.keep(validate::optional_todo_name("todo.parent_id", &todo.parent_id));
                }
                _ => {
                    violations.keep::<()>(Err(unknown_path(path, &Self::PATHS)));
                }
            }
        }
        violations.or(patch)
    }

    /// Reads the values of a new todo: all of them, and its project if the request names one.
    pub(crate) fn read_new(todo: &v1::Todo, inbox: ProjectId) -> Result<Self> {
        let paths =
            Self::PATHS.into_iter().filter(|path| *path != "project_id" || !todo.project_id.is_empty());
        Self::read(todo, paths, inbox)
    }

    /// Writes the values into a row, but for project and parent.
    pub(crate) fn apply(&self, row: &mut Todo) -> Result<()> {
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
            annotations: None,
            extras: None,
            has_parts: false,
        };
        self.apply(&mut row)?;
        Ok(row)
    }
}

/// Adds tags to those that a row has, and takes others out: both are compared without case.
///
/// INVALID_ARGUMENT if there would be too many.
pub(crate) fn change_tags(row: &mut Todo, add: &[String], remove: &[String]) -> Result<()> {
    let has = |list: &[String], tag: &str| list.iter().any(|other| folded(other) == folded(tag));
    let mut tags: Vec<String> =
        convert::tags(&row.tags).filter(|tag| !has(remove, tag)).map(String::from).collect();
    let new: Vec<_> = add.iter().filter(|tag| !has(&tags, tag)).cloned().collect();
    tags.extend(new);
    if tags.len() > limits::TAGS {
        return Err(Error::invalid("add_tags", format!("Todo {} would have more than 50 tags.", row.number)));
    }
    row.tags = stored_tags(&tags);
    Ok(())
}

fn project(id: &str, inbox: ProjectId) -> Result<ProjectId> {
    Ok(optional_uuid("todo.project_id", id)?.map_or(inbox, ProjectId::from_uuid))
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

/// Reads tags, each once.
pub(crate) fn tags(field: &str, tags: &[String]) -> Result<Vec<String>> {
    let mut violations = Violations::default();
    let mut seen = HashSet::new();
    let tags: Vec<String> = tags
        .iter()
        .enumerate()
        .filter_map(|(index, text)| {
            let tag = violations.keep(in_field(&format!("{field}[{index}]"), text::tag(text)))?;
            seen.insert(folded(tag)).then(|| tag.to_owned())
        })
        .collect();
    if tags.len() > limits::TAGS {
        violations.keep::<()>(Err(Error::invalid(field, "Must be at most 50 tags.")));
    }
    violations.or(tags)
}

#[cfg(test)]
mod tests {
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
        let read = |list: &[&str]| tags("tags", &list.iter().map(ToString::to_string).collect::<Vec<_>>());
        assert_eq!(read(&["Home", "home", " ÉTÉ ", "été"]).unwrap(), ["Home", "ÉTÉ"]);
        for bad in ["", "a\nb", "two words", "a,b", "\"a\"", &"x".repeat(65)] {
            assert!(read(&[bad]).is_err(), "{bad:?}");
        }
        let many: Vec<String> = (0..51).map(|n| format!("t{n}")).collect();
        assert!(tags("tags", &many).is_err());
        assert!(tags("tags", &many[..50]).is_ok());
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
}
