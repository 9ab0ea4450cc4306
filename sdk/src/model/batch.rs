//! Changes of many todos: [`BatchOptions`], [`Place`], and what they return.

use crate::{Error, OperationId, ProjectId, Result, Todo, TodoId, TodoRef};

/// How to change many todos, for the methods that end in `_with`.
///
/// An option that a method has no use for makes it fail with
/// [`is_invalid_argument`](crate::Error::is_invalid_argument) before anything is sent.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # use todo_sdk::{BatchOptions, NewTodo};
/// # let directory = tempfile::tempdir()?;
/// # let backend = todo_backend::embedded::open(directory.path(), "UTC").await?;
/// # let client = todo_sdk::Client::from_service(backend.service());
/// let party = client.create_todo("Birthday party").await?.into_inner();
/// client.create_todo(NewTodo::new("Bake a cake").parent(party.id)).await?;
///
/// let change = client.complete_todos_with([party.id], BatchOptions::new().with_parts()).await?;
/// assert_eq!(change.results[0].open_parts, 0);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[must_use]
#[expect(clippy::struct_excessive_bools, reason = "each is one option, set by the method of its name")]
pub struct BatchOptions {
    pub(crate) with_parts: bool,
    pub(crate) with_todos: bool,
    pub(crate) validate_only: bool,
    pub(crate) allow_missing: bool,
}

impl BatchOptions {
    /// Starts with none of them.
    ///
    /// ```
    /// let options = todo_sdk::BatchOptions::new();
    /// # let _ = options;
    /// ```
    pub fn new() -> Self {
        Self::default()
    }

    /// Changes the parts of the todos as well, at any depth: at most 1,000 todos in all. For completing, reopening,
    /// deleting and restoring.
    ///
    /// ```
    /// # use todo_sdk::BatchOptions;
    /// let options = BatchOptions::new().with_parts();
    /// # let _ = options;
    /// ```
    pub fn with_parts(self) -> Self {
        Self { with_parts: true, ..self }
    }

    /// Returns each todo as it is now, in [`TodoResult::todo`], for as long as the answer stays within 2 MiB. For all but
    /// purging.
    ///
    /// ```
    /// # use todo_sdk::BatchOptions;
    /// let options = BatchOptions::new().with_todos();
    /// # let _ = options;
    /// ```
    pub fn with_todos(self) -> Self {
        Self { with_todos: true, ..self }
    }

    /// Returns what would change, and changes nothing. For all.
    ///
    /// ```
    /// # use todo_sdk::BatchOptions;
    /// let options = BatchOptions::new().validate_only();
    /// # let _ = options;
    /// ```
    pub fn validate_only(self) -> Self {
        Self { validate_only: true, ..self }
    }

    /// Skips todos that do not exist. For deleting and purging.
    ///
    /// ```
    /// # use todo_sdk::BatchOptions;
    /// let options = BatchOptions::new().allow_missing();
    /// # let _ = options;
    /// ```
    pub fn allow_missing(self) -> Self {
        Self { allow_missing: true, ..self }
    }

    /// Fails if an option is set that is not set in `supported`.
    pub(crate) fn check(self, supported: Self) -> Result<()> {
        for (name, asked, supported) in [
            ("with_parts", self.with_parts, supported.with_parts),
            ("with_todos", self.with_todos, supported.with_todos),
            ("validate_only", self.validate_only, supported.validate_only),
            ("allow_missing", self.allow_missing, supported.allow_missing),
        ] {
            if asked && !supported {
                return Err(Error::invalid(format!("This change has no use for the option `{name}`.")));
            }
        }
        Ok(())
    }
}

/// What a change of many todos returns.
///
/// ```
/// fn report(change: &todo_sdk::BatchChange) -> String {
///     let unchanged = change.results.iter().filter(|result| result.unchanged).count();
///     format!("{} changed, {unchanged} were so already", change.results.len() - unchanged)
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct BatchChange {
    /// All the todos, each once, in the order asked for.
    pub results: Vec<TodoResult>,
    /// What to give to [`Client::undo`](crate::Client::undo). `None` if nothing had to change.
    pub operation: Option<OperationId>,
}

/// What became of one of the todos that a change was about.
///
/// ```
/// fn line(result: &todo_sdk::TodoResult) -> String {
///     let verb = if result.unchanged { "done already" } else { "completed" };
///     format!("#{} {}: {verb}, {} parts open", result.number, result.title, result.open_parts)
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct TodoResult {
    /// Its id.
    pub id: TodoId,
    /// Its number.
    pub number: u64,
    /// Its title as it is now. Text from others: escape it before a terminal or a page shows it.
    pub title: String,
    /// Its revision as it is now.
    pub revision: u64,
    /// Whether it was as asked already.
    pub unchanged: bool,
    /// How many of its parts, at any depth, are still open; where it was deleted, how many are not in the trash.
    pub open_parts: u32,
    /// The todo as it is now, where [`BatchOptions::with_todos`] or [`Undo::with_todos`](crate::Undo::with_todos) asked
    /// for it. `None` if the answer would have been too long: [`Client::get_todos`](crate::Client::get_todos) gets it.
    pub todo: Option<Todo>,
}

/// Where [`Client::move_todos`](crate::Client::move_todos) moves todos to.
///
/// ```
/// use todo_sdk::{Place, ProjectId};
///
/// # let garden = ProjectId::generate();
/// let places = [Place::Before(7.into()), Place::LastIn(garden)];
/// # let _ = places;
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Place {
    /// Directly before this todo, in its project.
    Before(TodoRef),
    /// Directly behind this todo, in its project.
    After(TodoRef),
    /// To the beginning of this project.
    FirstIn(ProjectId),
    /// To the end of this project.
    LastIn(ProjectId),
}

/// A todo that is gone for good: what [`Client::purge_todos`](crate::Client::purge_todos) returns.
///
/// ```
/// fn line(purged: &todo_sdk::PurgedTodo) -> String {
///     format!("#{} is gone for good", purged.number)
/// }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct PurgedTodo {
    /// Its id, which is never free again.
    pub id: TodoId,
    /// Its number, which is never used again.
    pub number: u64,
}
