//! [`TodoRef`]: what names a todo.

use std::{fmt, str::FromStr};

use crate::{Error, Result, Todo, TodoId};

/// What names a todo: its id, or its number, which is what people type. Neither needs a look-up.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # use todo_sdk::TodoRef;
/// # let directory = tempfile::tempdir()?;
/// # let backend = todo_backend::embedded::open(directory.path(), "UTC").await?;
/// # let client = todo_sdk::Client::from_service(backend.service());
/// let milk = client.create_todo("Buy milk").await?.into_inner();
/// assert_eq!(client.get_todo(milk.id).await?, milk);
/// assert_eq!(client.get_todo(milk.number).await?, milk);
///
/// let typed: TodoRef = "#1".parse()?;
/// client.complete_todos([typed]).await?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TodoRef {
    /// Its id.
    Id(TodoId),
    /// Its number within the account.
    Number(u64),
}

/// As the contract writes it: the UUID, or the digits.
impl fmt::Display for TodoRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id(id) => fmt::Display::fmt(id, f),
            Self::Number(number) => fmt::Display::fmt(number, f),
        }
    }
}

/// Reads a UUID, or a number with or without a `#` in front.
impl FromStr for TodoRef {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let number = text.strip_prefix('#').unwrap_or(text);
        // `+12` is a number to Rust, and to nobody else.
        if number.starts_with(|first: char| first.is_ascii_digit())
            && let Ok(number @ 1..) = number.parse()
        {
            return Ok(Self::Number(number));
        }
        text.parse().map(Self::Id).map_err(|source| {
            Error::invalid("This does not name a todo: it is neither a number nor a UUID.")
                .with_source(source)
        })
    }
}

impl From<TodoId> for TodoRef {
    fn from(id: TodoId) -> Self {
        Self::Id(id)
    }
}

/// A number.
impl From<u64> for TodoRef {
    fn from(number: u64) -> Self {
        Self::Number(number)
    }
}

/// By its id.
impl From<&Todo> for TodoRef {
    fn from(todo: &Todo) -> Self {
        Self::Id(todo.id)
    }
}

/// For what takes a todo or none, such as [`TodoUpdate::parent`](crate::TodoUpdate::parent).
impl From<TodoId> for Option<TodoRef> {
    fn from(id: TodoId) -> Self {
        Some(id.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_uuids_are_read_and_written_back() {
        let id = "0198f1c2-6a3e-7c55-9d3b-0a6b8f4e2d11";
        for (text, read) in [
            ("12", TodoRef::Number(12)),
            ("#12", TodoRef::Number(12)),
            (id, TodoRef::Id(id.parse().unwrap())),
        ] {
            assert_eq!(text.parse::<TodoRef>().unwrap(), read);
            assert_eq!(read.to_string(), text.trim_start_matches('#'));
        }
        for text in ["", "0", "#", "+12", "-1", "1.5", "milk", "#0198f1c2-6a3e-7c55-9d3b-0a6b8f4e2d11"] {
            assert!(text.parse::<TodoRef>().unwrap_err().is_invalid_argument(), "{text}");
        }
    }
}
