//! What requests call todos and operations by.

use std::fmt;

use todo_model::grammar;
use uuid::Uuid;

use crate::ids::{OperationId, TodoId};

/// What a todo is called by: its id, or its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum TodoName {
    Id(TodoId),
    Number(i64),
}

impl fmt::Display for TodoName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id(id) => id.fmt(f),
            Self::Number(number) => number.fmt(f),
        }
    }
}

/// The todos that a request is about.
#[derive(Clone, Debug)]
pub(crate) enum Selection {
    /// These, each name once.
    Names {
        names: Vec<TodoName>,
        /// Whether those that do not exist are left out.
        allow_missing: bool,
    },
    /// All that match.
    Filter(grammar::Filter),
}

/// The operation that an undo takes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    Operation(OperationId),
    /// The newest of a group that is in effect.
    Group(Uuid),
    /// The caller's newest that is in effect and no undo.
    OwnNewest,
    /// The caller's newest undo that is in effect, if it is newer than what [`Target::OwnNewest`] would be.
    OwnNewestUndo,
}
