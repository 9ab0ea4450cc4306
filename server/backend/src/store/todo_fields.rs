//! The fields of a todo that changes are made of: what operations record, what undo restores, and what is written back.
//!
//! To add one: a variant with the next number here, which every match then asks for.

use std::collections::BTreeMap;

use sqlx::AssertSqlSafe;

use super::{
    annotations,
    conn::{Conn, on_engine},
    encoded_todo,
    todos::Todo,
    value::{Value, bind},
};
use crate::{
    error::{Error, Result},
    ids::{AccountId, ProjectId, TodoId},
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
    Annotations = 11,
    Extras = 12,
}

impl TodoField {
    pub(crate) const ALL: [Self; 12] = [
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
            Self::Annotations => "annotations",
            Self::Extras => "extras",
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
            Self::Annotations => Value::Bytes(todo.annotations.clone()),
            Self::Extras => Value::Bytes(todo.extras.clone()),
        }
    }

    /// What an operation records of it: the value before, if there was one, and after. Of annotations only those that were
    /// removed and those that were added, so that a log of many does not hold all of them each time.
    pub(crate) fn recorded(self, before: Option<&Todo>, after: &Todo) -> Result<(Option<Value>, Value)> {
        let Some(before) = before else { return Ok((None, self.get(after))) };
        if self != Self::Annotations || before.annotations == after.annotations {
            return Ok((Some(self.get(before)), self.get(after)));
        }
        let (mut removed, mut added) = (
            annotations::decode(before.annotations.as_deref())?,
            annotations::decode(after.annotations.as_deref())?,
        );
        let kept: Vec<_> = removed.iter().filter(|note| added.contains(note)).cloned().collect();
        removed.retain(|note| !kept.contains(note));
        added.retain(|note| !kept.contains(note));
        let value = |list| Value::Bytes(annotations::encode(list));
        Ok((Some(value(removed)), value(added)))
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
            (Self::Annotations, Value::Bytes(stored)) => todo.annotations = stored,
            (Self::Extras, Value::Bytes(stored)) => todo.extras = stored,
            (field, value) => {
                return Err(Error::internal(format!("{value:?} as the value of {}", field.name())));
            }
        }
        Ok(())
    }

    /// The columns that hold it and what is derived from it, with their values.
    fn columns(self, todo: &Todo) -> Vec<(&'static str, Value)> {
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
            | Self::DeleteTime
            | Self::Annotations
            | Self::Extras => {}
        }
        columns
    }
}

/// Writes back the fields in which todos differ from before, with their revision and update time, and what is derived from
/// all of them. Those that differ in the same way share a statement.
pub(crate) async fn update_all(
    conn: &mut Conn<'_>,
    owner: AccountId,
    changes: &[(&Todo, &Todo)],
) -> Result<()> {
    let mut statements = BTreeMap::<Vec<(&'static str, Value)>, Vec<&Todo>>::new();
    for (before, after) in changes {
        let fields = TodoField::ALL.into_iter().filter(|field| field.get(before) != field.get(after));
        let mut columns: Vec<_> = fields.flat_map(|field| field.columns(after)).collect();
        // Title and description share a key.
        columns.sort_unstable();
        columns.dedup();
        columns.push(("revision", Value::Number(Some(after.revision))));
        columns.push(("update_time", Value::Number(Some(after.update_time.as_micros()))));
        statements.entry(columns).or_default().push(after);
    }
    for (columns, todos) in statements {
        let set: Vec<_> = columns
            .iter()
            .zip(1..)
            .map(|((column, _), index)| format!("{column} = {}", conn.placeholder(index)))
            .collect();
        let first = columns.len() + 1;
        let sql = format!(
            "UPDATE todos SET {}, encoded = changed.column2 FROM (VALUES {}) AS changed \
             WHERE account_id = {} AND id = changed.column1",
            set.join(", "),
            conn.placeholder_rows(first, todos.len(), 2),
            conn.placeholder(first + 2 * todos.len()),
        );
        on_engine!(&mut *conn, c => {
            let mut query = sqlx::query(AssertSqlSafe(sql));
            for (_, value) in columns {
                query = bind(query, value);
            }
            for todo in todos {
                query = query.bind(todo.id).bind(encoded_todo::encode(todo));
            }
            query.bind(owner).execute(c).await.map(drop)
        })?;
    }
    Ok(())
}
