//! The fields of a project that changes are made of: what operations record, and what undo restores.

use super::{projects::Project, value::Value};
use crate::{
    error::{Error, Result},
    time::Time,
};

/// A field of a project. Its number is stored with operations and means the same for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum ProjectField {
    Name = 1,
    DeleteTime = 2,
}

impl ProjectField {
    pub(crate) const ALL: [Self; 2] = [Self::Name, Self::DeleteTime];

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
            Self::Name => "name",
            Self::DeleteTime => "delete_time",
        }
    }

    /// Its value.
    pub(crate) fn get(self, project: &Project) -> Value {
        match self {
            Self::Name => Value::Text(Some(project.name.clone())),
            Self::DeleteTime => Value::Number(project.delete_time.map(Time::as_micros)),
        }
    }

    /// Gives it a value.
    ///
    /// # Errors
    /// INTERNAL for a value that the field cannot have.
    pub(crate) fn set(self, project: &mut Project, value: Value) -> Result<()> {
        match (self, value) {
            (Self::Name, Value::Text(Some(name))) => project.name = name,
            (Self::DeleteTime, Value::Number(micros)) => {
                project.delete_time = micros.map(Time::from_micros);
            }
            (field, value) => {
                return Err(Error::internal(format!("{value:?} as the value of {}", field.name())));
            }
        }
        Ok(())
    }
}
