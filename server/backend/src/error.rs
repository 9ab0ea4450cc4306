//! The crate's error and the one place where it becomes a gRPC status.
//!
//! Each variant is one row of the table of answers: its code, its text and its `google.rpc` details are decided in
//! `From<Error> for Status` in `error/status.rs` and nowhere else; what an error of the database means, in `error/database.rs`. Every status carries an `ErrorInfo` of
//! the domain [`DOMAIN`], whose reason tells programs apart what people read in the message.
//!
//! Errors are `Clone`, because one failed commit is the answer to every change that was grouped into it.

mod condition;
mod database;
mod status;

use std::{borrow::Cow, error::Error as StdError, fmt, sync::Arc, time::Duration};

/// `google.rpc.ErrorInfo.domain` of every error of these services.
pub const DOMAIN: &str = "todo";

/// What a client is told about a bug. The detail goes to the log, under the correlation id that follows it.
const INTERNAL: &str = "Something went wrong on the server.";

/// The message to a client when the database fails.
const BUSY: &str = "The database cannot be used at the moment.";

/// Text for a person: usually fixed, sometimes made for the occasion.
type Text = Cow<'static, str>;

/// The cause of an error, shared by its clones.
type Cause = Arc<dyn StdError + Send + Sync>;

/// The crate's result.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why something was not done.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// INVALID_ARGUMENT: the request says something that it may not say, field by field.
    #[error("{}", Violations(.0))]
    InvalidArgument(Vec<Violation>),
    /// UNAUTHENTICATED: nobody known is calling.
    #[error("{0}")]
    Unauthenticated(Refusal),
    /// NOT_FOUND: there is no such object, or it belongs to somebody else. One text for both, so that the answer
    /// is the same in every byte.
    #[error("Not found.")]
    NotFound,
    /// NOT_FOUND: there is no such object of those that a request names, or it belongs to somebody else.
    #[error("There is no {0}.")]
    Missing(Resource),
    /// ALREADY_EXISTS: a name is taken, or an id is in use for something else.
    #[error("{text}")]
    AlreadyExists {
        /// What is taken, as a sentence.
        text: Text,
        /// What is in the way, where the request names it.
        resource: Option<Resource>,
    },
    /// PERMISSION_DENIED: somebody known is calling, who may not do this.
    #[error("{0}")]
    PermissionDenied(Text),
    /// ABORTED: the object has changed since the caller looked.
    #[error("{0}")]
    Aborted(Text),
    /// RESOURCE_EXHAUSTED: throttled, over a quota, overloaded, or the disk is full.
    #[error("{text}")]
    ResourceExhausted {
        /// What ran out.
        text: Text,
        /// After how long a repeat may succeed. `None` where waiting alone does not help.
        retry_after: Option<Duration>,
        /// What the operator should know, for the log.
        source: Option<Cause>,
    },
    /// OUT_OF_RANGE: a resume token from before what the feed remembers.
    #[error("{0}")]
    OutOfRange(Text),
    /// UNAVAILABLE: the database cannot be reached, or the server is shutting down. A repeat may succeed.
    #[error("{text}")]
    Unavailable {
        /// What is not available.
        text: Text,
        /// What the operator should know, for the log.
        source: Option<Cause>,
    },
    /// DEADLINE_EXCEEDED: the time that the caller or the server allows for the call is over.
    #[error("The call took longer than its deadline.")]
    DeadlineExceeded,
    /// UNIMPLEMENTED: there is no such method here.
    #[error("There is no such method.")]
    Unimplemented,
    /// INTERNAL: a bug, or damaged data. The client is told a fixed sentence and a correlation id.
    #[error("{INTERNAL}")]
    Internal(#[source] Cause),
    /// The server could not start. Never the answer to a call.
    #[error("{what}")]
    Startup {
        /// What failed, as a sentence.
        what: String,
        /// Why, where a lower layer says so.
        source: Option<Cause>,
        /// What the operator can do about it, as a sentence.
        hint: String,
    },
}

impl Error {
    /// Returns INVALID_ARGUMENT about one field, named as in the `.proto` file, for example `todo.title`.
    pub fn invalid(field: impl Into<String>, description: impl Into<String>) -> Self {
        Self::InvalidArgument(vec![Violation { field: field.into(), description: description.into() }])
    }

    /// Returns NOT_FOUND about one object of a request, by the name that the request has for it.
    pub(crate) fn missing(kind: ResourceKind, name: impl fmt::Display) -> Self {
        Self::Missing(Resource { kind, name: name.to_string() })
    }

    /// Returns ALREADY_EXISTS about one object of a request.
    pub(crate) fn already_exists(text: impl Into<Text>, kind: ResourceKind, name: impl fmt::Display) -> Self {
        Self::AlreadyExists { text: text.into(), resource: Some(Resource { kind, name: name.to_string() }) }
    }

    /// Puts a path in front of the fields that are wrong.
    pub(crate) fn inside(self, path: &str) -> Self {
        match self {
            Self::InvalidArgument(violations) => Self::InvalidArgument(
                violations
                    .into_iter()
                    .map(|violation| Violation { field: format!("{path}{}", violation.field), ..violation })
                    .collect(),
            ),
            other => other,
        }
    }

    /// Returns RESOURCE_EXHAUSTED; `retry_after` says after how long a repeat may succeed, if waiting helps.
    pub fn exhausted(text: impl Into<Text>, retry_after: Option<Duration>) -> Self {
        Self::ResourceExhausted { text: text.into(), retry_after, source: None }
    }

    /// Returns UNAVAILABLE.
    pub fn unavailable(text: impl Into<Text>) -> Self {
        Self::Unavailable { text: text.into(), source: None }
    }

    /// Like [`Error::unavailable`], with the cause that goes to the log.
    pub fn unavailable_because(
        text: impl Into<Text>,
        cause: impl Into<Box<dyn StdError + Send + Sync>>,
    ) -> Self {
        Self::Unavailable { text: text.into(), source: Some(Arc::from(cause.into())) }
    }

    /// Returns INTERNAL, with the cause that goes to the log: an error, or a sentence.
    pub fn internal(cause: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self::Internal(Arc::from(cause.into()))
    }

    /// Returns the error of a server that could not start: what failed and what the operator can do about it.
    pub fn startup(what: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::Startup { what: what.into(), source: None, hint: hint.into() }
    }

    /// Like [`Error::startup`], with the error of the layer below that says why.
    pub fn startup_because(
        what: impl Into<String>,
        cause: impl Into<Box<dyn StdError + Send + Sync>>,
        hint: impl Into<String>,
    ) -> Self {
        Self::Startup { what: what.into(), source: Some(Arc::from(cause.into())), hint: hint.into() }
    }

    /// Whether a change was refused for what was asked or what is there, and not because something failed.
    pub(crate) fn is_refusal(&self) -> bool {
        matches!(
            self,
            Self::InvalidArgument(_)
                | Self::NotFound
                | Self::Missing(_)
                | Self::AlreadyExists { .. }
                | Self::Aborted(_)
                | Self::PermissionDenied(_)
                | Self::ResourceExhausted { source: None, .. }
        )
    }

    /// Whether the transaction has to be repeated from its beginning: a serialization failure, a deadlock, a row that a
    /// concurrent transaction inserted first, or a pause of this process that PostgreSQL took for its end. Violations that mean
    /// something to the caller never get here as such.
    #[cfg(feature = "postgres")]
    pub(crate) fn is_serialization_failure(&self) -> bool {
        let (Self::Internal(cause) | Self::Unavailable { source: Some(cause), .. }) = self else {
            return false;
        };
        cause
            .downcast_ref::<sqlx::Error>()
            .and_then(sqlx::Error::as_database_error)
            .and_then(sqlx::error::DatabaseError::code)
            .is_some_and(|code| matches!(&*code, "25P03" | "40001" | "40P01" | "23505"))
    }

    /// Returns what the operator can do about it, where the error knows.
    #[must_use]
    pub fn hint(&self) -> Option<&str> {
        match self {
            Self::Startup { hint, .. } => Some(hint),
            _ => None,
        }
    }
}

/// One field of a request and what is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Path of the field as in the `.proto` file, for example `todo.title`.
    pub field: String,
    /// What is wrong with it, as a sentence.
    pub description: String,
}

/// An object that a request names, by its id, its number or its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resource {
    /// What it is.
    pub kind: ResourceKind,
    /// What the request calls it.
    pub name: String,
}

impl fmt::Display for Resource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind.word(), self.name)
    }
}

/// What can be missing, or in the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ResourceKind {
    /// A todo.
    Todo,
    /// A project.
    Project,
    /// An operation.
    Operation,
}

impl ResourceKind {
    /// What people call it, and its key in the metadata of `google.rpc.ErrorInfo`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Todo => "todo",
            Self::Project => "project",
            Self::Operation => "operation",
        }
    }

    /// `google.rpc.ResourceInfo.resource_type`: the name of its message.
    #[must_use]
    pub fn type_name(self) -> &'static str {
        match self {
            Self::Todo => "todo.v1.Todo",
            Self::Project => "todo.v1.Project",
            Self::Operation => "todo.v1.Operation",
        }
    }
}

/// Shows the violations in one line, for those who see the message only.
struct Violations<'a>(&'a [Violation]);

impl fmt::Display for Violations<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, Violation { field, description }) in self.0.iter().enumerate() {
            let space = if index == 0 { "" } else { " " };
            write!(f, "{space}{field}: {description}")?;
        }
        Ok(())
    }
}

/// Which proof of identity was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refusal {
    /// No token, or one that is unknown, expired or revoked.
    Token,
    /// The name or the password of a login: unknown, disabled, locked out and wrong are all the same.
    Login,
    /// The password that a caller with a good token was asked for again.
    Password,
}

impl Refusal {
    fn reason(self) -> &'static str {
        match self {
            Self::Token => "TOKEN_NOT_VALID",
            Self::Login => "LOGIN_NOT_VALID",
            Self::Password => "PASSWORD_NOT_VALID",
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Token => "You are not logged in, or your login has ended.",
            Self::Login => "The username or the password is wrong.",
            Self::Password => "The password is wrong.",
        })
    }
}

/// Shows an error with all its causes in one line, for the log.
#[derive(Debug)]
pub struct Chain<'a>(pub &'a (dyn StdError + 'static));

impl fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)?;
        let mut cause = self.0.source();
        while let Some(error) = cause {
            write!(f, ": {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}
