//! The one error of the SDK: opaque, with predicates.
//!
//! | file | what |
//! |---|---|
//! | `error.rs` | [`Error`], what it says, and the errors that the SDK itself makes |
//! | `error/predicates.rs` | what kind of error it is |
//! | `error/resource.rs` | [`Resource`]: which object an error is about |
//! | `error/status.rs` | the errors of calls: what a server answered, how a connection failed |
//! | `error/cause.rs` | what a transport said, as text |
//!
//! Each says what failed and why; [`Error::hint`] says what to do next, where there is something to do.

mod cause;
mod predicates;
mod resource;
mod status;

use std::{error::Error as StdError, fmt, time::Duration};

use todo_model::status_code;
use tonic::Code;

pub use resource::{Resource, ResourceKind};

use cause::Cause;

/// A result whose error is [`Error`] unless said otherwise.
///
/// ```
/// fn number(text: &str) -> todo_sdk::Result<u64, std::num::ParseIntError> {
///     text.parse()
/// }
/// assert!(number("12").is_ok());
/// ```
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What went wrong in a call, or before it could be made.
///
/// Ask the predicates what kind it is; show it with `Display` and its [`source`](StdError::source)s.
///
/// ```
/// let error = todo_sdk::Client::builder().endpoint("example.com").connect_lazy().unwrap_err();
///
/// assert!(error.is_invalid_argument());
/// assert_eq!(error.code(), "INVALID_ARGUMENT");
/// assert!(error.hint().is_some());
/// ```
pub struct Error(Box<Inner>);

struct Inner {
    code: Code,
    message: String,
    hint: Option<String>,
    violations: Vec<FieldViolation>,
    retry_after: Option<Duration>,
    correlation_id: Option<String>,
    reason: Option<String>,
    resource: Option<Resource>,
    origin: Origin,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

/// How far the call got: what may be tried again depends on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    /// The SDK refused before anything was sent.
    Local,
    /// No connection could be made: the server has seen nothing.
    NotConnected,
    /// The server had said on the connection that it takes no more calls: it has not begun this one.
    Unsent,
    /// The connection broke, or time ran out: the server may have done it or not.
    Unknown,
    /// The server answered.
    Server,
}

/// One field of a request that the server refused, and why.
///
/// ```
/// fn show(error: &todo_sdk::Error) -> Vec<String> {
///     error.violations().iter().map(|bad| format!("{}: {}", bad.field, bad.description)).collect()
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct FieldViolation {
    /// Path of the field in the request, such as `todo.title`.
    pub field: String,
    /// What is wrong with it.
    pub description: String,
}

impl Error {
    fn new(code: Code, origin: Origin, message: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            code,
            message: message.into(),
            hint: None,
            violations: Vec::new(),
            retry_after: None,
            correlation_id: None,
            reason: None,
            resource: None,
            origin,
            source: None,
        }))
    }

    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::new(Code::InvalidArgument, Origin::Local, message)
    }

    pub(crate) fn unauthenticated(message: impl Into<String>) -> Self {
        Self::new(Code::Unauthenticated, Origin::Local, message)
    }

    /// Something on this machine is not as it must be: a file, the environment.
    pub(crate) fn precondition(message: impl Into<String>) -> Self {
        Self::new(Code::FailedPrecondition, Origin::Local, message)
    }

    /// An answer that breaks the contract: a server of another kind, or a bug in it.
    pub(crate) fn unreadable(what: impl fmt::Display) -> Self {
        Self::new(
            Code::Internal,
            Origin::Server,
            format!("The server sent an answer that makes no sense: {what}."),
        )
        .with_hint("Check that the server and this program are of versions that belong together.")
    }

    pub(crate) fn not_connected(server: &str, cause: &(dyn StdError + 'static)) -> Self {
        Self::new(
            Code::Unavailable,
            Origin::NotConnected,
            format!("{} could not be reached.", sentence_start(server)),
        )
        .with_hint("Check that it is running and that its address is right.")
        .with_source(Cause::of(cause))
    }

    pub(crate) fn deadline(server: &str, timeout: Duration) -> Self {
        Self::new(
            Code::DeadlineExceeded,
            Origin::Unknown,
            format!("{} did not answer within {timeout:?}.", sentence_start(server)),
        )
        .with_hint("It may be overloaded, or the network slow. Try again, or allow more time.")
    }

    pub(crate) fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.0.hint = Some(hint.into());
        self
    }

    pub(crate) fn with_source(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    pub(crate) fn origin(&self) -> Origin {
        self.0.origin
    }

    /// Returns the kind of the error in the words of gRPC, such as `NOT_FOUND`: stable, for machines and logs.
    ///
    /// ```
    /// let error = "12".parse::<todo_sdk::TodoId>().unwrap_err();
    /// assert_eq!(error.code(), "INVALID_ARGUMENT");
    /// ```
    #[must_use]
    pub fn code(&self) -> &'static str {
        status_code::name(self.0.code.into())
    }

    /// Returns the server's own name for the error, such as `LOGIN_NOT_VALID`: finer than [`code`](Self::code), stable.
    ///
    /// ```
    /// fn wrong_login(error: &todo_sdk::Error) -> bool {
    ///     error.reason() == Some("LOGIN_NOT_VALID")
    /// }
    /// ```
    #[must_use]
    pub fn reason(&self) -> Option<&str> {
        self.0.reason.as_deref()
    }

    /// Returns the fields that the server refused. Empty unless it is [`is_invalid_argument`](Self::is_invalid_argument).
    ///
    /// ```
    /// fn title_is_bad(error: &todo_sdk::Error) -> bool {
    ///     error.violations().iter().any(|bad| bad.field == "todo.title")
    /// }
    /// ```
    #[must_use]
    pub fn violations(&self) -> &[FieldViolation] {
        &self.0.violations
    }

    /// Returns the object that is missing or in the way, if the server named one.
    ///
    /// ```
    /// # use todo_sdk::ResourceKind;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let directory = tempfile::tempdir()?;
    /// # let backend = todo_backend::embedded::open(directory.path(), "UTC").await?;
    /// # let client = todo_sdk::Client::from_service(backend.service());
    /// let error = client.complete_todos([12]).await.unwrap_err();
    /// let missing = error.resource().unwrap();
    /// assert_eq!((missing.kind, missing.name.as_str()), (ResourceKind::Todo, "12"));
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn resource(&self) -> Option<&Resource> {
        self.0.resource.as_ref()
    }

    /// Returns how long the server asks to wait before the next try. `None` where waiting does not help.
    ///
    /// ```
    /// fn worth_waiting(error: &todo_sdk::Error) -> bool {
    ///     error.retry_after().is_some_and(|wait| wait.as_secs() < 60)
    /// }
    /// ```
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// Returns the id under which the server's log speaks of the call, if the server answered: its header `x-request-id`.
    ///
    /// ```
    /// fn report(error: &todo_sdk::Error) -> String {
    ///     format!("{error} (in the log: {})", error.correlation_id().unwrap_or("nothing"))
    /// }
    /// ```
    #[must_use]
    pub fn correlation_id(&self) -> Option<&str> {
        self.0.correlation_id.as_deref()
    }

    /// Returns what the person at the keyboard can do about it, as a sentence.
    ///
    /// ```
    /// let error = todo_sdk::Client::builder().endpoint("example.com").connect_lazy().unwrap_err();
    /// assert!(error.hint().unwrap().contains("https://example.com"));
    /// ```
    #[must_use]
    pub fn hint(&self) -> Option<&str> {
        self.0.hint.as_deref()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)?;
        for bad in self.0.violations.iter().filter(|bad| !self.0.message.contains(&bad.description)) {
            write!(f, " {}: {}", bad.field, bad.description)?;
        }
        if let Some(id) = &self.0.correlation_id
            && self.is_internal()
            && !self.0.message.contains(id.as_str())
        {
            write!(f, " Correlation id: {id}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = &*self.0;
        let mut shown = f.debug_struct("Error");
        shown.field("code", &self.code()).field("message", &inner.message);
        if !inner.violations.is_empty() {
            shown.field("violations", &inner.violations);
        }
        if let Some(resource) = &inner.resource {
            shown.field("resource", resource);
        }
        if let Some(after) = &inner.retry_after {
            shown.field("retry_after", after);
        }
        if let Some(id) = &inner.correlation_id {
            shown.field("correlation_id", id);
        }
        if let Some(hint) = &inner.hint {
            shown.field("hint", hint);
        }
        if let Some(source) = &inner.source {
            shown.field("source", &source.to_string());
        }
        shown.finish()
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}

fn sentence_start(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}
