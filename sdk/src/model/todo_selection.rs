//! [`TodoSelection`]: the todos that a change is about.

use super::Order;
use crate::{Error, Result, TodoFilter, TodoRef};

/// Which todos a change such as [`Client::complete_todos`](crate::Client::complete_todos) is about: 1 to 1,000 named ones,
/// or all that match a filter. Made of either.
///
/// A filter is evaluated by the server, inside the change: nothing comes in between. One that says nothing is refused, so
/// that nobody changes all there is by mistake: `is:open` or `is:any` says so. One that matches more than 1,000 todos is
/// refused, too.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # use todo_sdk::{TodoFilter, TodoUpdate};
/// # let directory = tempfile::tempdir()?;
/// # let backend = todo_backend::embedded::open(directory.path(), "UTC").await?;
/// # let client = todo_sdk::Client::from_service(backend.service());
/// client.create_todos(["Buy milk", "Buy bread", "Pay rent"]).await?;
/// client.update_todos([1, 2], TodoUpdate::new().add_tags(["errand"])).await?;
///
/// let change = client.complete_todos(TodoFilter::parse("@errand")?).await?;
/// assert_eq!(change.results.len(), 2);
/// assert!(client.complete_todos(TodoFilter::default()).await.unwrap_err().is_invalid_argument());
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub struct TodoSelection(Selected);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Selected {
    Named(Vec<TodoRef>),
    Matching(Box<TodoFilter>),
}

impl TodoSelection {
    /// The `ids` and the `filter` of a request.
    pub(crate) fn write(self) -> Result<(Vec<String>, String)> {
        match self.0 {
            Selected::Named(todos) => {
                Ok((todos.into_iter().map(|todo| todo.to_string()).collect(), String::new()))
            }
            Selected::Matching(filter) if filter.is_empty() => Err(Error::invalid(
                "The filter is empty, so the change would be about everything. Say which todos, or `is:any` for all.",
            )),
            Selected::Matching(filter) => Ok((Vec::new(), filter.to_string())),
        }
    }

    /// Likewise, for a change that depends on the order of the todos, which a filter cannot ask for.
    pub(crate) fn write_unordered(self) -> Result<(Vec<String>, String)> {
        match &self.0 {
            Selected::Matching(filter) if filter.order != Order::default() => {
                Err(Error::invalid("Todos that match a filter are moved in the order of their numbers only."))
            }
            _ => self.write(),
        }
    }
}

/// All that match.
impl From<TodoFilter> for TodoSelection {
    fn from(filter: TodoFilter) -> Self {
        Self(Selected::Matching(Box::new(filter)))
    }
}

/// The named ones, such as `[1, 2]`, `ids` or `&todos`.
impl<I: IntoIterator<Item: Into<TodoRef>>> From<I> for TodoSelection {
    fn from(todos: I) -> Self {
        Self(Selected::Named(todos.into_iter().map(Into::into).collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Status;

    fn of(text: &str) -> TodoFilter {
        TodoFilter::parse(text).unwrap()
    }

    #[test]
    fn a_filter_that_says_nothing_selects_nothing() {
        for filter in
            [TodoFilter::default(), TodoFilter::default().order(Order::Due), of(""), of(" ").tag("")]
        {
            assert!(TodoSelection::from(filter).write().unwrap_err().is_invalid_argument());
        }
        for filter in [of("is:any"), TodoFilter::default().status(Status::NeedsAction)] {
            let text = filter.to_string();
            assert_eq!(TodoSelection::from(filter).write().unwrap(), (Vec::new(), text));
        }
        assert_eq!(
            TodoSelection::from([3, 1]).write().unwrap(),
            (vec!["3".into(), "1".into()], String::new())
        );
    }

    #[test]
    fn what_depends_on_an_order_takes_no_other() {
        let error = TodoSelection::from(of("@a").order(Order::Due)).write_unordered().unwrap_err();
        assert!(error.is_invalid_argument());
        assert!(TodoSelection::from(of("@a")).write_unordered().is_ok());
    }
}
