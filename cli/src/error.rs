//! What can go wrong, what the shell is told (the exit code) and what the user is told (cause and hint).
//!
//! Exit codes are part of the interface: scripts branch on them. [`Kind`] is their one list.

use std::error::Error as StdError;
use std::fmt;

use todo_sdk::credentials::CredentialError;
use todo_sdk::{FieldViolation, ResourceKind};

/// The kinds of failure that scripts can tell apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Something failed that is none of the below: a full disk, a broken file, no keyring.
    Failure,
    /// The command line, or what it asks for, makes no sense; or the user cancelled.
    Usage,
    /// A todo, project or session that is named is not there.
    NotFound,
    /// Not logged in, wrong password, or not allowed.
    Denied,
    /// Something else changed first, or the name is taken.
    Conflict,
    /// The server could not be reached, or not in time.
    Unreachable,
    /// Ctrl-C.
    Interrupted,
}

impl Kind {
    /// What the process exits with.
    pub(crate) fn exit_code(self) -> u8 {
        match self {
            Self::Failure => 1,
            Self::Usage => 2,
            Self::NotFound => 3,
            Self::Denied => 4,
            Self::Conflict => 5,
            Self::Unreachable => 6,
            // 128 + SIGINT, as a shell reports it.
            Self::Interrupted => 130,
        }
    }

    /// The word in the JSON document, unless the server's status has a better one.
    fn code(self) -> &'static str {
        match self {
            Self::Failure => "FAILURE",
            Self::Usage => "USAGE",
            Self::NotFound => "NOT_FOUND",
            Self::Denied => "UNAUTHENTICATED",
            Self::Conflict => "ABORTED",
            Self::Unreachable => "UNAVAILABLE",
            Self::Interrupted => "INTERRUPTED",
        }
    }
}

/// A failed command: what failed, why, and what to do next.
#[derive(Debug)]
pub(crate) struct Error {
    kind: Kind,
    code: &'static str,
    message: String,
    causes: Vec<String>,
    hint: Option<String>,
}

impl Error {
    /// What to do about a todo that is not there.
    pub(crate) const LIST_TODOS: &str = "`todo list --all` lists what there is.";

    /// An error of the given kind. `message` is a sentence.
    pub(crate) fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self { kind, code: kind.code(), message: message.into(), causes: Vec::new(), hint: None }
    }

    /// A command line that makes no sense.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::new(Kind::Usage, message)
    }

    /// A named thing that is not there.
    pub(crate) fn not_found(message: impl Into<String>) -> Self {
        Self::new(Kind::NotFound, message)
    }

    /// A failure of this machine: a file, a device.
    pub(crate) fn failure(message: impl Into<String>) -> Self {
        Self::new(Kind::Failure, message)
    }

    /// Ctrl-C, or its like.
    pub(crate) fn interrupted() -> Self {
        Self::new(Kind::Interrupted, "Interrupted.")
    }

    /// Adds the reason behind the error, with the reasons behind that.
    pub(crate) fn caused_by(mut self, cause: &(dyn StdError + 'static)) -> Self {
        let mut next = Some(cause);
        while let Some(cause) = next {
            let text = cause.to_string();
            // Many errors repeat their source in their own text; once is enough.
            let told = |earlier: &String| earlier.contains(text.trim_end_matches('.'));
            if !text.is_empty() && !told(&self.message) && !self.causes.iter().any(told) {
                self.causes.push(text);
            }
            next = cause.source();
        }
        self
    }

    /// Puts what was being done in front; what this error said becomes its cause.
    pub(crate) fn context(mut self, message: impl Into<String>) -> Self {
        let cause = std::mem::replace(&mut self.message, message.into());
        self.causes.insert(0, cause);
        self
    }

    /// Says what to do next.
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Says what to do next, unless something better was said already.
    pub(crate) fn or_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint.get_or_insert_with(|| hint.into());
        self
    }

    /// What the shell is told.
    pub(crate) fn kind(&self) -> Kind {
        self.kind
    }

    /// The `Caused by:` lines, the nearest first.
    pub(crate) fn causes(&self) -> &[String] {
        &self.causes
    }

    /// The `Hint:` line.
    pub(crate) fn hint_text(&self) -> Option<&str> {
        self.hint.as_deref()
    }

    /// The document of `--json`.
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::json!({
            "code": self.code,
            "message": self.message,
            "causes": self.causes,
            "hint": self.hint,
        })
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl StdError for Error {}

impl From<todo_sdk::Error> for Error {
    fn from(error: todo_sdk::Error) -> Self {
        let kind = if error.is_unauthenticated() || error.is_permission_denied() {
            Kind::Denied
        } else if error.is_not_found() {
            Kind::NotFound
        } else if error.is_invalid_argument() {
            Kind::Usage
        } else if error.is_aborted() || error.is_already_exists() {
            Kind::Conflict
        } else if error.is_unavailable() || error.is_deadline_exceeded() {
            Kind::Unreachable
        } else {
            Kind::Failure
        };
        let mut new = match missing(&error) {
            Some(missing) => missing,
            None => Self::new(kind, message(&error)),
        };
        new.code = error.code();
        if let Some(cause) = error.source() {
            new = new.caused_by(cause);
        }
        if let Some(hint) = error.hint() {
            new = new.or_hint(hint);
        }
        if error.is_internal() {
            new = new.or_hint("With TODO_LOG=error set, it tells more.");
        }
        if let Some(wait) = error.retry_after() {
            // Rounded up: trying a little too early would only fail again.
            let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
            new = new.or_hint(format!("Try again in {seconds} s."));
        }
        new
    }
}

/// What is said about an object that the server does not have.
fn missing(error: &todo_sdk::Error) -> Option<Error> {
    let resource = error.resource().filter(|_| error.is_not_found())?;
    let name = &resource.name;
    match resource.kind {
        ResourceKind::Todo => {
            let number = if name.parse::<u64>().is_ok() { "#" } else { "" };
            Some(Error::not_found(format!("There is no todo {number}{name} here.")).hint(Error::LIST_TODOS))
        }
        ResourceKind::Project => Some(
            Error::not_found(format!("There is no project {name} here."))
                .hint("`todo project list` lists what there is."),
        ),
        _ => None,
    }
}

/// The message, with bad fields in the words of people.
fn message(error: &todo_sdk::Error) -> String {
    if error.violations().is_empty() {
        return error.to_string();
    }
    let line = |bad: &FieldViolation| match field_label(&bad.field) {
        Some(label) => format!("{label}: {}", bad.description),
        None => bad.description.clone(),
    };
    error.violations().iter().map(line).collect::<Vec<_>>().join(" ")
}

/// What people call a field of a request. `None` where the description speaks for itself.
fn field_label(path: &str) -> Option<&'static str> {
    let field = path.rsplit('.').next().unwrap_or(path);
    Some(match field.split('[').next().unwrap_or(field) {
        "title" => "Title",
        "description" => "Description",
        "due" => "Due",
        "tags" | "add_tags" | "remove_tags" => "Tag",
        "parent_id" => "Parent",
        "before" | "after" => "Place",
        "project_id" | "first_in" | "last_in" => "Project",
        "name" => "Name",
        "username" => "Username",
        "password" | "new_password" => "Password",
        "time_zone" => "Time zone",
        "add_annotations" | "annotations" | "text" => "Note",
        _ => return None,
    })
}

impl From<CredentialError> for Error {
    fn from(error: CredentialError) -> Self {
        let new = Self::failure(error.to_string()).hint(error.hint());
        match error.source() {
            Some(cause) => new.caused_by(cause),
            None => new,
        }
    }
}

impl From<todo_backend::Error> for Error {
    fn from(error: todo_backend::Error) -> Self {
        let mut new = Self::failure(error.to_string());
        if let Some(cause) = error.source() {
            new = new.caused_by(cause);
        }
        new.hint = error.hint().map(str::to_owned);
        new
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug)]
    struct Layer(&'static str, Option<Box<Layer>>);

    impl fmt::Display for Layer {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(self.0)
        }
    }

    impl StdError for Layer {
        fn source(&self) -> Option<&(dyn StdError + 'static)> {
            self.1.as_deref().map(|layer| layer as _)
        }
    }

    #[test]
    fn repeated_causes_are_listed_once() {
        let chain = Layer(
            "connect: refused",
            Some(Box::new(Layer("refused", Some(Box::new(Layer("os error 111", None)))))),
        );
        let error = Error::failure("Could not reach it.").caused_by(&chain);
        assert_eq!(error.causes(), ["connect: refused", "os error 111"]);
        let error = error.context("Could not log in.");
        assert_eq!(error.to_string(), "Could not log in.");
        assert_eq!(error.causes(), ["Could not reach it.", "connect: refused", "os error 111"]);
    }

    #[test]
    fn or_hint_keeps_the_first_hint() {
        let error = Error::usage("No.").or_hint("one").or_hint("two");
        assert_eq!(error.hint_text(), Some("one"));
        assert_eq!(error.hint("three").hint_text(), Some("three"));
    }
}
