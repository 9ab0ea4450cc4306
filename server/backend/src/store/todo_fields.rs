//! The fields of a todo that changes are made of: what operations record, what undo restores, and what is written back.
//!
//! To add one: a variant with the next number here, which every match then asks for.

use todo_model::text::folded;

use super::{due_keys, todos::Todo, value::Value};
use crate::{
    error::{Error, Result},
    ids::{ProjectId, TodoId},
    time::Time,
};

/// A field of a todo. Its number is stored with operations and means the same for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum TodoField {
    ProjectId = 1,
    ParentId = 2,
    Title = 3,
    Description = 4,
    Priority = 5,
    Due = 6,
    Tags = 7,
    Position = 8,
    CompleteTime = 9,
    DeleteTime = 10,
}

impl TodoField {
    pub(crate) const ALL: [Self; 10] = [
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
    ];

    /// The number by which it is stored.
    pub(crate) fn number(self) -> u32 {
        self as u32
    }

    /// The field that is stored by this number.
    pub(crate) fn of_number(number: u32) -> Option<Self> {
        Self::ALL.into_iter().find(|field| field.number() == number)
    }

    /// What messages call it.
    pub(crate) fn name(self) -> &'static str {
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
        }
    }

    /// Its value.
    pub(crate) fn get(self, todo: &Todo) -> Value {
        let time = |time: Option<Time>| Value::Number(time.map(Time::as_micros));
        match self {
            Self::ProjectId => Value::Id(Some(todo.project_id.as_uuid())),
            Self::ParentId => Value::Id(todo.parent_id.map(TodoId::as_uuid)),
            Self::Title => Value::Text(Some(todo.title.clone())),
            Self::Description => Value::Text(Some(todo.description.clone())),
            Self::Priority => Value::Number(Some(todo.priority)),
            Self::Due => Value::Text(todo.due.clone()),
            Self::Tags => Value::Text(Some(todo.tags.clone())),
            Self::Position => Value::Text(Some(todo.position.clone())),
            Self::CompleteTime => time(todo.complete_time),
            Self::DeleteTime => time(todo.delete_time),
        }
    }

    /// Gives it a value.
    ///
    /// # Errors
    /// INTERNAL for a value that the field cannot have.
    pub(crate) fn set(self, todo: &mut Todo, value: Value) -> Result<()> {
        let time = |micros: Option<i64>| micros.map(Time::from_micros);
        match (self, value) {
            (Self::ProjectId, Value::Id(Some(id))) => todo.project_id = ProjectId::from_uuid(id),
            (Self::ParentId, Value::Id(id)) => todo.parent_id = id.map(TodoId::from_uuid),
            (Self::Title, Value::Text(Some(text))) => todo.title = text,
            (Self::Description, Value::Text(Some(text))) => todo.description = text,
            (Self::Priority, Value::Number(Some(priority))) => todo.priority = priority,
            (Self::Due, Value::Text(text)) => todo.set_due(text)?,
            (Self::Tags, Value::Text(Some(text))) => todo.tags = text,
            (Self::Position, Value::Text(Some(text))) => todo.position = text,
            (Self::CompleteTime, Value::Number(micros)) => todo.complete_time = time(micros),
            (Self::DeleteTime, Value::Number(micros)) => todo.delete_time = time(micros),
            (field, value) => {
                return Err(Error::internal(format!("{value:?} as the value of {}", field.name())));
            }
        }
        Ok(())
    }

    /// The columns that hold it and what is derived from it, with their values.
    pub(super) fn columns(self, todo: &Todo) -> Vec<(&'static str, Value)> {
        let mut columns = vec![(self.name(), self.get(todo))];
        match self {
            Self::Title | Self::Description => {
                columns.push(("search_key", Value::Text(Some(todo.search_key()))));
            }
            Self::Due => {
                columns.push(("due_zoned", Value::Bool(Some(todo.due_zoned))));
                columns.push(("due_at", Value::Number(Some(todo.due_at))));
            }
            Self::Tags => columns.push(("tags_key", Value::Text(Some(todo.tags_key())))),
            Self::ProjectId
            | Self::ParentId
            | Self::Priority
            | Self::Position
            | Self::CompleteTime
            | Self::DeleteTime => {}
        }
        columns
    }
}

impl Todo {
    /// What a search for text looks at.
    pub(super) fn search_key(&self) -> String {
        folded(&format!("{}\n{}", self.title, self.description))
    }

    /// What a search for a tag looks at.
    pub(super) fn tags_key(&self) -> String {
        folded(&self.tags)
    }

    /// Makes it due at a time in the notation of [`Due::to_stored`](todo_model::Due::to_stored), or never.
    pub(crate) fn set_due(&mut self, due: Option<String>) -> Result<()> {
        let (due_zoned, due_at) = due_keys::of_stored(due.as_deref())?;
        (self.due, self.due_zoned, self.due_at) = (due, due_zoned, due_at);
        Ok(())
    }
}
