//! The crate's error and the one place where it becomes a gRPC status.
//!
//! Each variant is one row of the table of answers: its code, its text and its `google.rpc` details are decided in
//! [`From<Error> for Status`](#impl-From<Error>-for-Status) and nowhere else. Every status carries an `ErrorInfo` of
//! the domain [`DOMAIN`], whose reason tells programs apart what people read in the message.
//!
//! Errors are `Clone`, because one failed commit is the answer to every change that was grouped into it.

use std::{borrow::Cow, collections::HashMap, error::Error as StdError, fmt, sync::Arc, time::Duration};

use tonic::{Code, Status};
use tonic_types::{ErrorDetails, FieldViolation, StatusExt};

use crate::request_id;

/// `google.rpc.ErrorInfo.domain` of every error of these services.
pub const DOMAIN: &str = "todo";

/// What a client is told about a bug. The detail goes to the log, under the correlation id that follows it.
const INTERNAL: &str = "Something went wrong on the server.";

/// What a client is told when the database does not play along.
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
    /// ALREADY_EXISTS: a name is taken, or an id is in use for something else.
    #[error("{0}")]
    AlreadyExists(Text),
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

    /// Returns the error of a transaction that read something another one has changed since. Retrying it helps.
    pub(crate) fn serialization_conflict() -> Self {
        Self::Unavailable { text: BUSY.into(), source: Some(Arc::new(SerializationConflict)) }
    }

    /// Whether the transaction has to be repeated from its beginning: a serialization failure, a deadlock, a row that a
    /// concurrent transaction inserted first, or a pause of this process that PostgreSQL took for its end. Violations that mean
    /// something to the caller never get here as such.
    #[cfg(feature = "postgres")]
    pub(crate) fn is_serialization_failure(&self) -> bool {
        let (Self::Internal(cause) | Self::Unavailable { source: Some(cause), .. }) = self else {
            return false;
        };
        cause.is::<SerializationConflict>()
            || cause
                .downcast_ref::<sqlx::Error>()
                .and_then(sqlx::Error::as_database_error)
                .and_then(sqlx::error::DatabaseError::code)
                .is_some_and(|code| matches!(&*code, "25P03" | "40001" | "40P01" | "23505"))
    }

    /// Whether the change was refused for what it found in the database.
    #[cfg(feature = "postgres")]
    pub(crate) fn is_refusal(&self) -> bool {
        matches!(self, Self::InvalidArgument(_) | Self::NotFound | Self::AlreadyExists(_) | Self::Aborted(_))
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

/// The cause of [`Error::serialization_conflict`].
#[derive(Debug, thiserror::Error)]
#[error("rows were changed by a concurrent transaction")]
struct SerializationConflict;

/// One field of a request and what is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Path of the field as in the `.proto` file, for example `todo.title`.
    pub field: String,
    /// What is wrong with it, as a sentence.
    pub description: String,
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

/// The one translation into what clients see. Logs what clients must not see.
impl From<Error> for Status {
    fn from(error: Error) -> Self {
        let message = error.to_string();
        let mut details = ErrorDetails::new();
        let (code, reason) = match error {
            Error::InvalidArgument(violations) => {
                let violation = |Violation { field, description }| FieldViolation::new(field, description);
                details.set_bad_request(violations.into_iter().map(violation).collect::<Vec<_>>());
                (Code::InvalidArgument, "FIELD_NOT_VALID")
            }
            Error::Unauthenticated(refusal) => (Code::Unauthenticated, refusal.reason()),
            Error::NotFound => (Code::NotFound, "NOT_FOUND"),
            Error::AlreadyExists(_) => (Code::AlreadyExists, "ALREADY_EXISTS"),
            Error::PermissionDenied(_) => (Code::PermissionDenied, "NOT_ALLOWED"),
            Error::Aborted(_) => (Code::Aborted, "CONFLICT"),
            Error::ResourceExhausted { retry_after, source, .. } => {
                if let Some(source) = source {
                    tracing::error!(error = %Chain(&*source), "{message}");
                }
                if retry_after.is_some() {
                    details.set_retry_info(retry_after);
                }
                (Code::ResourceExhausted, "EXHAUSTED")
            }
            Error::OutOfRange(_) => (Code::OutOfRange, "RESUME_TOKEN_TOO_OLD"),
            Error::Unavailable { source, .. } => {
                if let Some(source) = source {
                    tracing::error!(error = %Chain(&*source), "{message}");
                }
                (Code::Unavailable, "UNAVAILABLE")
            }
            Error::DeadlineExceeded => (Code::DeadlineExceeded, "DEADLINE_EXCEEDED"),
            Error::Unimplemented => (Code::Unimplemented, "NO_SUCH_METHOD"),
            Error::Internal(source) => return internal(&*source),
            Error::Startup { source, .. } => {
                let source =
                    source.unwrap_or_else(|| Arc::from(Box::<dyn StdError + Send + Sync>::from(message)));
                return internal(&*source);
            }
        };
        details.set_error_info(reason, DOMAIN, HashMap::new());
        Self::with_error_details(code, message, details)
    }
}

/// Logs a bug under the id of its request and returns what the client may know of it.
fn internal(cause: &(dyn StdError + Send + Sync + 'static)) -> Status {
    let id = request_id::current().to_string();
    tracing::error!(correlation_id = id, error = %Chain(cause), "{INTERNAL}");
    let mut details = ErrorDetails::with_error_info("BUG", DOMAIN, HashMap::new());
    details.set_request_info(id.as_str(), "");
    Status::with_error_details(Code::Internal, format!("{INTERNAL} Correlation id: {id}"), details)
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

/// What a failed statement means for the caller. A violated constraint is not decided here but where the statement
/// is, which knows the field.
impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        match classify(&error) {
            ErrorClass::DiskFull => Self::ResourceExhausted {
                text: "The server's disk is full.".into(),
                retry_after: None,
                source: Some(Arc::new(error)),
            },
            ErrorClass::Unreachable => Self::Unavailable { text: BUSY.into(), source: Some(Arc::new(error)) },
            ErrorClass::Bug => Self::Internal(Arc::new(error)),
        }
    }
}

enum ErrorClass {
    DiskFull,
    Unreachable,
    Bug,
}

fn classify(error: &sqlx::Error) -> ErrorClass {
    match error {
        sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed
        | sqlx::Error::BeginFailed => ErrorClass::Unreachable,
        sqlx::Error::Database(error) => {
            let code = error.code().unwrap_or_default();
            match error.try_downcast_ref::<sqlx::sqlite::SqliteError>() {
                Some(_) => classify_sqlite(&code),
                None => classify_sqlstate(&code),
            }
        }
        _ => ErrorClass::Bug,
    }
}

/// Takes the extended result code, in decimal; its lowest byte is the primary one.
fn classify_sqlite(code: &str) -> ErrorClass {
    use libsqlite3_sys as sqlite;
    match code.parse::<i32>().map(|code| code & 0xff) {
        Ok(sqlite::SQLITE_FULL) => ErrorClass::DiskFull,
        Ok(
            sqlite::SQLITE_BUSY
            | sqlite::SQLITE_LOCKED
            | sqlite::SQLITE_NOMEM
            | sqlite::SQLITE_READONLY
            | sqlite::SQLITE_IOERR
            | sqlite::SQLITE_CANTOPEN
            | sqlite::SQLITE_PROTOCOL,
        ) => ErrorClass::Unreachable,
        _ => ErrorClass::Bug,
    }
}

/// Takes an SQLSTATE of PostgreSQL's appendix A.
fn classify_sqlstate(code: &str) -> ErrorClass {
    match code {
        "53100" => ErrorClass::DiskFull,
        // A read-only server is a standby; a statement, a lock or a transaction that timed out, and a conflict that lasted
        // longer than our retries, are load.
        "25006" | "25P03" | "40001" | "40P01" | "55P03" | "57014" | "57P01" | "57P02" | "57P03" | "57P05" => {
            ErrorClass::Unreachable
        }
        // Connection exceptions, insufficient resources, system errors outside PostgreSQL.
        _ if ["08", "53", "58"].iter().any(|class| code.starts_with(class)) => ErrorClass::Unreachable,
        _ => ErrorClass::Bug,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_error_has_the_code_of_the_table() {
        let table = [
            (Error::invalid("todo.title", "Must not be empty."), Code::InvalidArgument),
            (Error::Unauthenticated(Refusal::Token), Code::Unauthenticated),
            (Error::NotFound, Code::NotFound),
            (Error::AlreadyExists("Taken.".into()), Code::AlreadyExists),
            (Error::PermissionDenied("No.".into()), Code::PermissionDenied),
            (Error::Aborted("Changed.".into()), Code::Aborted),
            (Error::exhausted("Slow down.", None), Code::ResourceExhausted),
            (Error::OutOfRange("Too old.".into()), Code::OutOfRange),
            (Error::unavailable("Shutting down."), Code::Unavailable),
            (Error::DeadlineExceeded, Code::DeadlineExceeded),
            (Error::Unimplemented, Code::Unimplemented),
            (Error::internal("a bug"), Code::Internal),
            (Error::startup("It did not start.", "Try again."), Code::Internal),
        ];
        for (error, code) in table {
            let status = Status::from(error);
            assert_eq!(status.code(), code);
            let info = status.get_details_error_info().expect("every error has an ErrorInfo");
            assert_eq!(info.domain, DOMAIN);
            assert!(!info.reason.is_empty());
        }
    }

    #[test]
    fn violations_are_in_the_details_and_in_the_message() {
        let status = Status::from(Error::InvalidArgument(vec![
            Violation { field: "username".into(), description: "Must not be empty.".into() },
            Violation { field: "password".into(), description: "Is too short.".into() },
        ]));
        assert_eq!(status.message(), "username: Must not be empty. password: Is too short.");
        let violations = status.get_details_bad_request().unwrap().field_violations;
        assert_eq!((&*violations[1].field, &*violations[1].description), ("password", "Is too short."));
    }

    #[test]
    fn only_what_waiting_helps_says_how_long() {
        let wait = Duration::from_millis(1500);
        let status = Status::from(Error::exhausted("Slow down.", Some(wait)));
        assert_eq!(status.get_details_retry_info().unwrap().retry_delay, Some(wait));
        let status = Status::from(Error::exhausted("Full.", None));
        assert!(status.get_details_retry_info().is_none());
    }

    #[test]
    fn a_bug_tells_the_client_a_correlation_id_and_nothing_else() {
        let status = Status::from(Error::internal("no such column: secret"));
        let id = status.get_details_request_info().unwrap().request_id;
        assert_eq!(status.message(), format!("Something went wrong on the server. Correlation id: {id}"));
        assert!(!String::from_utf8_lossy(status.details()).contains("secret"));
    }

    #[test]
    fn not_found_is_the_same_in_every_byte() {
        let (one, other) = (Status::from(Error::NotFound), Status::from(Error::NotFound));
        assert_eq!((one.message(), one.details()), (other.message(), other.details()));
    }

    #[test]
    fn database_codes_are_weighed() {
        assert!(matches!(classify_sqlite("13"), ErrorClass::DiskFull));
        assert!(matches!(classify_sqlite("778"), ErrorClass::Unreachable), "SQLITE_IOERR_WRITE");
        assert!(matches!(classify_sqlite("1032"), ErrorClass::Unreachable), "SQLITE_READONLY_DBMOVED");
        assert!(matches!(classify_sqlite("2067"), ErrorClass::Bug), "SQLITE_CONSTRAINT_UNIQUE");
        assert!(matches!(classify_sqlstate("53100"), ErrorClass::DiskFull));
        assert!(matches!(classify_sqlstate("53300"), ErrorClass::Unreachable), "too many connections");
        assert!(matches!(classify_sqlstate("08006"), ErrorClass::Unreachable), "connection failure");
        assert!(matches!(classify_sqlstate("42703"), ErrorClass::Bug), "no such column");
        assert!(matches!(Error::from(sqlx::Error::PoolTimedOut), Error::Unavailable { .. }));
        assert!(matches!(Error::from(sqlx::Error::RowNotFound), Error::Internal(_)));
    }
}
