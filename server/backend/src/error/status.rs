//! The one place where an error becomes a gRPC status.

use std::{collections::HashMap, error::Error as StdError, sync::Arc};

use tonic::{Code, Status};
use tonic_types::{ErrorDetails, FieldViolation, StatusExt};

use super::{
    Chain, DOMAIN, Error, INTERNAL, Resource, Violation,
    condition::{DATABASE_AWAY, DISK_FULL},
};
use crate::request_id;

/// The one translation into what clients see. Logs what clients must not see.
impl From<Error> for Status {
    fn from(error: Error) -> Self {
        let message = error.to_string();
        let mut details = ErrorDetails::new();
        let mut metadata = HashMap::new();
        let (code, reason) = match error {
            Error::InvalidArgument(violations) => {
                let violation = |Violation { field, description }| FieldViolation::new(field, description);
                details.set_bad_request(violations.into_iter().map(violation).collect::<Vec<_>>());
                (Code::InvalidArgument, "FIELD_NOT_VALID")
            }
            Error::Unauthenticated(refusal) => (Code::Unauthenticated, refusal.reason()),
            Error::NotFound => (Code::NotFound, "NOT_FOUND"),
            Error::Missing(resource) => {
                metadata = name_resource(&mut details, resource);
                (Code::NotFound, "NOT_FOUND")
            }
            Error::AlreadyExists { resource, .. } => {
                metadata = resource.map(|resource| name_resource(&mut details, resource)).unwrap_or_default();
                (Code::AlreadyExists, "ALREADY_EXISTS")
            }
            Error::PermissionDenied(_) => (Code::PermissionDenied, "NOT_ALLOWED"),
            Error::Aborted(_) => (Code::Aborted, "CONFLICT"),
            Error::ResourceExhausted { retry_after, source, .. } => {
                if let Some(source) = source {
                    DISK_FULL.log(&message, &source);
                }
                if retry_after.is_some() {
                    details.set_retry_info(retry_after);
                }
                (Code::ResourceExhausted, "EXHAUSTED")
            }
            Error::OutOfRange(_) => (Code::OutOfRange, "RESUME_TOKEN_TOO_OLD"),
            Error::Unavailable { source, .. } => {
                if let Some(source) = source {
                    DATABASE_AWAY.log(&message, &source);
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
        details.set_error_info(reason, DOMAIN, metadata);
        Self::with_error_details(code, message, details)
    }
}

/// Says which object it is about, and returns its name as metadata of the `ErrorInfo`: one entry only, since those of a map
/// have no order, and an answer about what is missing must be the same in every byte.
fn name_resource(details: &mut ErrorDetails, Resource { kind, name }: Resource) -> HashMap<String, String> {
    details.set_resource_info(kind.type_name(), name.as_str(), "", "");
    HashMap::from([(kind.word().to_owned(), name)])
}

/// Logs a bug under the id of its request and returns what the client may know of it.
fn internal(cause: &(dyn StdError + Send + Sync + 'static)) -> Status {
    let id = request_id::current().to_string();
    tracing::error!(correlation_id = id, error = %Chain(cause), "{INTERNAL}");
    let mut details = ErrorDetails::with_error_info("BUG", DOMAIN, HashMap::new());
    details.set_request_info(id.as_str(), "");
    Status::with_error_details(Code::Internal, format!("{INTERNAL} Correlation id: {id}"), details)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::error::{Refusal, ResourceKind};

    #[test]
    fn every_error_has_the_code_of_the_table() {
        let table = [
            (Error::invalid("todo.title", "Must not be empty."), Code::InvalidArgument),
            (Error::Unauthenticated(Refusal::Token), Code::Unauthenticated),
            (Error::NotFound, Code::NotFound),
            (Error::missing(ResourceKind::Todo, 12), Code::NotFound),
            (Error::already_exists("Taken.", ResourceKind::Project, "Home"), Code::AlreadyExists),
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
    fn the_object_that_is_missing_is_named_in_message_and_details() {
        let status = Status::from(Error::missing(ResourceKind::Todo, 12));
        assert_eq!(status.message(), "There is no todo 12.");
        let resource = status.get_details_resource_info().unwrap();
        assert_eq!((&*resource.resource_type, &*resource.resource_name), ("todo.v1.Todo", "12"));
        assert_eq!(status.get_details_error_info().unwrap().metadata["todo"], "12");
    }

    #[test]
    fn retry_info_is_sent_where_waiting_helps() {
        let wait = Duration::from_millis(1500);
        let status = Status::from(Error::exhausted("Slow down.", Some(wait)));
        assert_eq!(status.get_details_retry_info().unwrap().retry_delay, Some(wait));
        let status = Status::from(Error::exhausted("Full.", None));
        assert!(status.get_details_retry_info().is_none());
    }

    #[test]
    fn an_internal_error_shows_only_its_correlation_id() {
        let status = Status::from(Error::internal("no such column: secret"));
        let id = status.get_details_request_info().unwrap().request_id;
        assert_eq!(status.message(), format!("Something went wrong on the server. Correlation id: {id}"));
        assert!(!String::from_utf8_lossy(status.details()).contains("secret"));
    }

    #[test]
    fn not_found_is_always_the_same_response() {
        let (one, other) = (Status::from(Error::NotFound), Status::from(Error::NotFound));
        assert_eq!((one.message(), one.details()), (other.message(), other.details()));
    }
}
