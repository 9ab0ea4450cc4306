//! The todos that a command is about, as the server takes them: numbers and ids as they are typed, so that a change is one
//! call.

use todo_sdk::{Client, ResourceKind};

use super::resolve;
use crate::error::Error;
use crate::todo_ref::{TodoRef, TodoRefs};

/// The todos that a command is about.
pub(super) struct Selection {
    names: Vec<TodoRef>,
    /// What to send, in the order in which they were named.
    pub(super) refs: Vec<todo_sdk::TodoRef>,
}

impl Selection {
    /// Reads the arguments. Only beginnings of ids are looked up.
    pub(super) async fn read(client: &Client, args: &[TodoRefs]) -> Result<Self, Error> {
        let names = resolve::expand_stdin(args).await?;
        let is_known = |name: &TodoRef| matches!(name, TodoRef::Number(_) | TodoRef::Id(_));
        let refs = if names.iter().all(is_known) {
            names
                .iter()
                .filter_map(|name| match name {
                    TodoRef::Number(number) => Some(todo_sdk::TodoRef::Number(*number)),
                    TodoRef::Id(id) => Some(todo_sdk::TodoRef::Id(*id)),
                    TodoRef::Prefix(_) | TodoRef::Stdin => None,
                })
                .collect()
        } else {
            resolve::find(client, &names).await?.iter().map(Into::into).collect()
        };
        Ok(Self { names, refs })
    }

    /// Reads an argument that names one todo.
    pub(super) async fn read_one(client: &Client, arg: &TodoRefs) -> Result<Self, Error> {
        let read = Self::read(client, std::slice::from_ref(arg)).await?;
        if read.refs.len() == 1 {
            Ok(read)
        } else {
            Err(Error::usage("Several todos are named where one is needed."))
        }
    }

    /// Makes an error of a call about these todos say what people want to know: all that are missing, not only the first,
    /// and what is in the trash. Only then it looks them up.
    pub(super) async fn explain(&self, client: &Client, error: todo_sdk::Error) -> Error {
        let is_missing = error.is_not_found()
            && error.resource().is_some_and(|resource| resource.kind == ResourceKind::Todo);
        if !is_missing && !is_about_relative(&error) {
            return error.into();
        }
        let found = resolve::find(client, &self.names).await;
        match found.and_then(|todos| resolve::none_in_trash(&todos)) {
            Err(better) => better,
            // It came back just now, or another todo of the request is missing.
            Ok(()) => error.into(),
        }
    }

    /// As [`explain`](Self::explain), for a change that also names another todo: a parent, or one to be moved next to.
    pub(super) async fn explain_with(
        &self,
        relative: Option<&Self>,
        client: &Client,
        error: todo_sdk::Error,
    ) -> Error {
        match relative {
            Some(relative) if is_about_relative(&error) || relative.is_missing(&error) => {
                relative.explain(client, error).await
            }
            _ => self.explain(client, error).await,
        }
    }

    fn is_missing(&self, error: &todo_sdk::Error) -> bool {
        error.resource().is_some_and(|missing| self.refs.iter().any(|todo| todo.to_string() == missing.name))
    }
}

/// Whether it is about a todo that is named beside those that are to be changed.
fn is_about_relative(error: &todo_sdk::Error) -> bool {
    let is_relative = |field: &str| ["parent_id", "before", "after"].iter().any(|name| field.ends_with(name));
    error.violations().iter().any(|violation| is_relative(&violation.field))
}
