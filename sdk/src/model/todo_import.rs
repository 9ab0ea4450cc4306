//! [`TodoImport`]: the life of a todo before it came here.

use jiff::Timestamp;

use crate::{ExternalReference, Extra, Status};

/// What only an import may say about a new todo: the life it had before, in another program.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # use todo_sdk::{ExternalReference, NewTodo, Status, TodoImport};
/// # let directory = tempfile::tempdir()?;
/// # let backend = todo_backend::embedded::open(directory.path(), "UTC").await?;
/// # let client = todo_sdk::Client::from_service(backend.service());
/// let before = TodoImport::new()
///     .reference(ExternalReference::new("taskwarrior", "8f3a21c0"))
///     .status(Status::Completed)
///     .complete_time("2026-07-01T09:00:00Z".parse()?);
/// let change = client.create_todos([NewTodo::new("Buy milk").import(before)]).await?;
///
/// let milk = client.get_todo(change.results[0].id).await?;
/// assert_eq!(milk.status, Status::Completed);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[must_use]
pub struct TodoImport {
    pub(crate) references: Vec<ExternalReference>,
    pub(crate) status: Option<Status>,
    pub(crate) create_time: Option<Timestamp>,
    pub(crate) update_time: Option<Timestamp>,
    pub(crate) complete_time: Option<Timestamp>,
    pub(crate) number: Option<u64>,
    pub(crate) annotations: Vec<(String, Option<Timestamp>)>,
    pub(crate) extras: Vec<Extra>,
}

impl TodoImport {
    /// Starts an import that says nothing yet.
    ///
    /// ```
    /// let before = todo_sdk::TodoImport::new();
    /// # let _ = before;
    /// ```
    pub fn new() -> Self {
        Self::default()
    }

    /// Says what it is called where it comes from; up to 20 times. If a todo of the account has one of these references
    /// already, that todo is given the values of this one, and keeps its id and number: an import can be repeated.
    ///
    /// ```
    /// # use todo_sdk::{ExternalReference, TodoImport};
    /// let before = TodoImport::new().reference(ExternalReference::new("todo.txt", "line 7"));
    /// # let _ = before;
    /// ```
    pub fn reference(mut self, reference: ExternalReference) -> Self {
        self.references.push(reference);
        self
    }

    /// Says whether it is done. Without this it is open.
    ///
    /// ```
    /// # use todo_sdk::{Status, TodoImport};
    /// let before = TodoImport::new().status(Status::Completed);
    /// # let _ = before;
    /// ```
    pub fn status(mut self, status: Status) -> Self {
        self.status = Some(status);
        self
    }

    /// Says when it was created. Without this: now.
    ///
    /// ```
    /// # use todo_sdk::TodoImport;
    /// let before = TodoImport::new().create_time("2026-07-01T09:00:00Z".parse()?);
    /// # let _ = before;
    /// # Ok::<(), jiff::Error>(())
    /// ```
    pub fn create_time(mut self, time: Timestamp) -> Self {
        self.create_time = Some(time);
        self
    }

    /// Says when it last changed. Without this: now.
    ///
    /// ```
    /// # use todo_sdk::TodoImport;
    /// let before = TodoImport::new().update_time("2026-07-01T09:00:00Z".parse()?);
    /// # let _ = before;
    /// # Ok::<(), jiff::Error>(())
    /// ```
    pub fn update_time(mut self, time: Timestamp) -> Self {
        self.update_time = Some(time);
        self
    }

    /// Says when it was completed, if it is. Without this: now.
    ///
    /// ```
    /// # use todo_sdk::{Status, TodoImport};
    /// let time = "2026-07-01T09:00:00Z".parse()?;
    /// let before = TodoImport::new().status(Status::Completed).complete_time(time);
    /// # let _ = before;
    /// # Ok::<(), jiff::Error>(())
    /// ```
    pub fn complete_time(mut self, time: Timestamp) -> Self {
        self.complete_time = Some(time);
        self
    }

    /// Asks for this number. If it was ever used in the account, the todo gets the next one.
    ///
    /// ```
    /// # use todo_sdk::TodoImport;
    /// let before = TodoImport::new().number(12);
    /// # let _ = before;
    /// ```
    pub fn number(mut self, number: u64) -> Self {
        self.number = Some(number);
        self
    }

    /// Adds a note, made at this time; `None`: now. Up to 100 of them.
    ///
    /// ```
    /// # use todo_sdk::TodoImport;
    /// let before = TodoImport::new()
    ///     .annotation("The shop was closed.", Some("2026-07-01T09:00:00Z".parse()?))
    ///     .annotation("Imported.", None);
    /// # let _ = before;
    /// # Ok::<(), jiff::Error>(())
    /// ```
    pub fn annotation(mut self, text: impl Into<String>, time: Option<Timestamp>) -> Self {
        self.annotations.push((text.into(), time));
        self
    }

    /// Keeps a value that has no field here.
    ///
    /// ```
    /// # use todo_sdk::{Extra, TodoImport};
    /// let before = TodoImport::new().extra(Extra::new("taskwarrior", "urgency", "8.2"));
    /// # let _ = before;
    /// ```
    pub fn extra(mut self, extra: Extra) -> Self {
        self.extras.push(extra);
        self
    }
}
