//! What an operation changed, as it is stored: for each object the fields with their values before and after.
//!
//! The format is the store's own, so that a field that todos get later makes no operation of before unreadable.

use prost::Message;
use uuid::Uuid;

use super::{todo_fields::TodoField, value::Value};
use crate::{
    error::{Error, Result},
    ids::{ProjectId, TodoId},
};

/// The objects that an operation changed.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct Changes {
    #[prost(message, repeated, tag = "1")]
    pub(crate) todos: Vec<Changed>,
    #[prost(message, repeated, tag = "2")]
    pub(crate) projects: Vec<Changed>,
}

/// What an operation changed about one todo or project.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct Changed {
    #[prost(bytes = "vec", tag = "1")]
    id: Vec<u8>,
    /// The todo's number; 0 for a project.
    #[prost(int64, tag = "2")]
    pub(crate) number: i64,
    /// Title or name, as it was when the operation was done.
    #[prost(string, tag = "3")]
    pub(crate) name: String,
    /// Whether the operation created it.
    #[prost(bool, tag = "4")]
    pub(crate) created: bool,
    #[prost(message, repeated, tag = "5")]
    pub(crate) fields: Vec<ChangedField>,
}

impl Changed {
    pub(crate) fn todo(id: TodoId, number: i64, title: &str) -> Self {
        Self { id: id.as_uuid().into(), number, name: title.into(), ..Self::default() }
    }

    pub(crate) fn project(id: ProjectId, name: &str) -> Self {
        Self { id: id.as_uuid().into(), name: name.into(), ..Self::default() }
    }

    /// Adds a field if its value differs from before; of a creation, if it was given a value.
    pub(crate) fn record(&mut self, field: u32, before: Option<Value>, after: Value) -> Result<()> {
        if before.as_ref().map_or(!after.is_empty(), |before| *before != after) {
            self.fields.push(ChangedField::new(field, before, after)?);
        }
        Ok(())
    }

    /// Takes out what it says of the todo or project but for which one it was.
    pub(crate) fn erase(&mut self) {
        self.name.clear();
        self.fields.clear();
    }

    pub(crate) fn todo_id(&self) -> Result<TodoId> {
        Ok(TodoId::from_uuid(self.uuid()?))
    }

    pub(crate) fn project_id(&self) -> Result<ProjectId> {
        Ok(ProjectId::from_uuid(self.uuid()?))
    }

    fn uuid(&self) -> Result<Uuid> {
        Uuid::from_slice(&self.id).map_err(Error::internal)
    }
}

/// The value of a field before and after an operation.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct ChangedField {
    /// Of [`TodoField`], or of the fields of projects.
    #[prost(uint32, tag = "1")]
    pub(crate) field: u32,
    #[prost(message, optional, tag = "2")]
    before: Option<StoredValue>,
    #[prost(message, optional, tag = "3")]
    after: Option<StoredValue>,
}

#[derive(Clone, PartialEq, Message)]
struct StoredValue {
    #[prost(oneof = "Kind", tags = "1, 2, 3, 4, 5, 6, 7, 8")]
    kind: Option<Kind>,
}

/// The tags 4 to 6, and 8, are NULL, which is a value of each kind.
#[derive(Clone, PartialEq, prost::Oneof)]
enum Kind {
    #[prost(string, tag = "1")]
    Text(String),
    #[prost(sint64, tag = "2")]
    Number(i64),
    #[prost(bytes = "vec", tag = "3")]
    Id(Vec<u8>),
    #[prost(bool, tag = "4")]
    NoText(bool),
    #[prost(bool, tag = "5")]
    NoNumber(bool),
    #[prost(bool, tag = "6")]
    NoId(bool),
    #[prost(bytes = "vec", tag = "7")]
    Bytes(Vec<u8>),
    #[prost(bool, tag = "8")]
    NoBytes(bool),
}

impl ChangedField {
    fn new(field: u32, before: Option<Value>, after: Value) -> Result<Self> {
        let stored = |value| StoredValue::try_from(value);
        Ok(Self { field, before: before.map(stored).transpose()?, after: Some(stored(after)?) })
    }

    /// The field of a todo. `None` for one that this version does not know.
    pub(crate) fn todo_field(&self) -> Option<TodoField> {
        TodoField::of_number(self.field)
    }

    /// The value before; `None` if the operation created the object.
    pub(crate) fn before(&self) -> Result<Option<Value>> {
        self.before.clone().map(Value::try_from).transpose()
    }

    /// The value after.
    pub(crate) fn after(&self) -> Result<Value> {
        self.after.clone().unwrap_or_default().try_into()
    }
}

impl TryFrom<Value> for StoredValue {
    type Error = Error;

    fn try_from(value: Value) -> Result<Self> {
        let kind = match value {
            Value::Text(text) => text.map_or(Kind::NoText(true), Kind::Text),
            Value::Number(number) => number.map_or(Kind::NoNumber(true), Kind::Number),
            Value::Id(id) => id.map_or(Kind::NoId(true), |id| Kind::Id(id.into())),
            Value::Bytes(bytes) => bytes.map_or(Kind::NoBytes(true), Kind::Bytes),
            Value::Bool(_) => {
                return Err(Error::internal("a value of a kind that operations do not record"));
            }
        };
        Ok(Self { kind: Some(kind) })
    }
}

impl TryFrom<StoredValue> for Value {
    type Error = Error;

    fn try_from(stored: StoredValue) -> Result<Self> {
        Ok(match stored.kind {
            Some(Kind::Text(text)) => Self::Text(Some(text)),
            Some(Kind::Number(number)) => Self::Number(Some(number)),
            Some(Kind::Id(id)) => Self::Id(Some(Uuid::from_slice(&id).map_err(Error::internal)?)),
            Some(Kind::NoText(_)) => Self::Text(None),
            Some(Kind::NoNumber(_)) => Self::Number(None),
            Some(Kind::NoId(_)) => Self::Id(None),
            Some(Kind::Bytes(bytes)) => Self::Bytes(Some(bytes)),
            Some(Kind::NoBytes(_)) => Self::Bytes(None),
            None => return Err(Error::internal("an operation with a value of no kind")),
        })
    }
}
