//! From the outcome of a call to an [`Error`]: what the server said, or what the transport made of its silence.

use std::{error::Error as StdError, time::Duration};

use tonic::{Code, ConnectError, Status, TimeoutExpired};
use tonic_types::StatusExt as _;

use super::{
    Error, FieldViolation, Origin, Resource, ResourceKind,
    cause::{Cause, chain},
};
use crate::load_balancer::Unresolved;

impl Error {
    /// Reads the outcome of a call to `server`, which is how that server is called in a sentence.
    pub(crate) fn from_status(status: &Status, server: &str, timeout: Duration) -> Self {
        // A status that came over the wire has no source; one that the transport made up has the reason as its source.
        if let Some(cause) = status.source() {
            return Self::from_transport(cause, server, timeout);
        }
        let details = status.get_error_details();
        let mut error = Self::new(status.code(), Origin::Server, message(status));
        error.0.violations = details
            .bad_request()
            .map(|bad| &bad.field_violations[..])
            .unwrap_or_default()
            .iter()
            .map(|bad| FieldViolation { field: bad.field.clone(), description: bad.description.clone() })
            .collect();
        error.0.retry_after = details.retry_info().and_then(|info| info.retry_delay);
        let named = details.request_info().map(|info| info.request_id.clone());
        let header = status.metadata().get("x-request-id").and_then(|id| id.to_str().ok());
        error.0.correlation_id = named.or_else(|| header.map(str::to_owned));
        error.0.reason = details.error_info().map(|info| info.reason.clone());
        error.0.resource = details.resource_info().map(|info| Resource {
            kind: ResourceKind::read(&info.resource_type),
            name: info.resource_name.clone(),
        });
        error.0.hint = hint(status.code(), error.reason()).map(str::to_owned);
        error
    }

    fn from_transport(cause: &(dyn StdError + 'static), server: &str, timeout: Duration) -> Self {
        for link in chain(cause) {
            if link.is::<TimeoutExpired>() {
                return Self::deadline(server, timeout);
            }
            if link.is::<ConnectError>() || link.is::<Unresolved>() {
                return Self::not_connected(server, link);
            }
        }
        let (origin, message) = if chain(cause).any(is_unsent) {
            (Origin::Unsent, format!("The connection to {server} was closed before the call could be made."))
        } else {
            (Origin::Unknown, format!("The connection to {server} broke before the answer was there."))
        };
        Self::new(Code::Unavailable, origin, message)
            .with_hint("Check that the server is running, then try again.")
            .with_source(Cause::of(cause))
    }
}

/// Whether the call was never sent, or the server has not begun it: it announced (GOAWAY, RFC 9113, 6.8) that it takes no more, or refused
/// this one, or the connection was gone before the call was written to it.
fn is_unsent(link: &(dyn StdError + 'static)) -> bool {
    if let Some(error) = link.downcast_ref::<h2::Error>() {
        return error.is_remote()
            && (error.is_go_away() && error.reason() == Some(h2::Reason::NO_ERROR)
                || error.is_reset() && error.reason() == Some(h2::Reason::REFUSED_STREAM));
    }
    link.downcast_ref::<hyper::Error>().is_some_and(hyper::Error::is_canceled)
}

fn message(status: &Status) -> String {
    if status.message().is_empty() {
        return format!("The server answered with an error: {}.", status.code().description());
    }
    status.message().to_owned()
}

fn hint(code: Code, reason: Option<&str>) -> Option<&'static str> {
    match (code, reason) {
        (Code::Unauthenticated, Some("LOGIN_NOT_VALID")) => Some("Check the username and the password."),
        (Code::Unauthenticated, Some("PASSWORD_NOT_VALID")) => Some("Type the current password again."),
        (Code::Unauthenticated, _) => Some("Log in again."),
        (Code::NotFound, _) => Some("Check the id. What was deleted may be in the trash."),
        (Code::Aborted, _) => Some("Somebody else changed it meanwhile. Look at it again, then decide."),
        (Code::Unavailable, _) => Some("Try again in a moment."),
        // What tonic makes of an answer that is not gRPC: from a web server, or from a proxy.
        (Code::Unimplemented | Code::Unknown, _) => Some(
            "Check that the address is that of a Todo server, and that it is not older than this program.",
        ),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use tonic_types::ErrorDetails;

    use super::*;

    const TIMEOUT: Duration = Duration::from_secs(10);

    fn read(status: &Status) -> Error {
        Error::from_status(status, "the server at https://todo.example.com", TIMEOUT)
    }

    /// A status as the transport makes it of an error.
    fn failed(error: impl StdError + Send + Sync + 'static) -> Error {
        read(&Status::from_error(Box::new(error)))
    }

    #[test]
    fn every_status_code_has_its_grpc_name() {
        for (code, name) in [
            (Code::Cancelled, "CANCELLED"),
            (Code::InvalidArgument, "INVALID_ARGUMENT"),
            (Code::DeadlineExceeded, "DEADLINE_EXCEEDED"),
            (Code::NotFound, "NOT_FOUND"),
            (Code::AlreadyExists, "ALREADY_EXISTS"),
            (Code::PermissionDenied, "PERMISSION_DENIED"),
            (Code::ResourceExhausted, "RESOURCE_EXHAUSTED"),
            (Code::Aborted, "ABORTED"),
            (Code::OutOfRange, "OUT_OF_RANGE"),
            (Code::Unimplemented, "UNIMPLEMENTED"),
            (Code::Internal, "INTERNAL"),
            (Code::Unavailable, "UNAVAILABLE"),
            (Code::Unauthenticated, "UNAUTHENTICATED"),
        ] {
            let error = read(&Status::new(code, "No."));
            assert_eq!((error.code(), error.to_string().as_str()), (name, "No."));
            assert!(!read(&Status::new(code, "")).to_string().is_empty());
        }
    }

    #[test]
    fn violations_are_read_and_shown_once() {
        let details = ErrorDetails::with_bad_request_violation("todo.title", "Must not be empty.");
        let with_details = |message: &str| {
            read(&Status::with_error_details(Code::InvalidArgument, message, details.clone()))
        };
        let error = with_details("todo.title: Must not be empty.");
        assert_eq!(error.to_string(), "todo.title: Must not be empty.");
        assert_eq!(error.violations()[0].field, "todo.title");
        assert_eq!(error.violations()[0].description, "Must not be empty.");
        assert_eq!(with_details("Bad request.").to_string(), "Bad request. todo.title: Must not be empty.");
    }

    #[test]
    fn the_retry_delay_and_the_reason_are_read() {
        let mut details = ErrorDetails::with_retry_info(Some(Duration::from_millis(1500)));
        details.set_error_info("EXHAUSTED", "todo", HashMap::new());
        let error = read(&Status::with_error_details(Code::ResourceExhausted, "Slow down.", details));
        assert_eq!(error.retry_after(), Some(Duration::from_millis(1500)));
        assert_eq!(error.reason(), Some("EXHAUSTED"));
        assert_eq!(read(&Status::resource_exhausted("Full.")).retry_after(), None);
    }

    #[test]
    fn an_internal_error_shows_its_correlation_id_once() {
        let details = ErrorDetails::with_request_info("c0ffee", "");
        let with_details =
            |message: &str| read(&Status::with_error_details(Code::Internal, message, details.clone()));
        assert_eq!(with_details("A bug.").to_string(), "A bug. Correlation id: c0ffee");
        assert_eq!(
            with_details("A bug. Correlation id: c0ffee").to_string(),
            "A bug. Correlation id: c0ffee"
        );
    }

    #[test]
    fn the_request_id_header_is_the_correlation_id() {
        let mut status = Status::not_found("Not found.");
        status.metadata_mut().insert("x-request-id", "c0ffee".parse().unwrap());
        let error = read(&status);
        assert_eq!(error.correlation_id(), Some("c0ffee"));
        // The id is for the operator of the server; to a user who mistyped a number it means nothing.
        assert_eq!(error.to_string(), "Not found.");
    }

    #[test]
    fn the_missing_object_is_read() {
        for (resource_type, kind) in [
            ("todo.v1.Todo", ResourceKind::Todo),
            ("todo.v1.Project", ResourceKind::Project),
            ("todo.v9.View", ResourceKind::Other),
        ] {
            let details = ErrorDetails::with_resource_info(resource_type, "12", "", "");
            let error = read(&Status::with_error_details(Code::NotFound, "Not found.", details));
            assert_eq!(error.resource(), Some(&Resource { kind, name: "12".to_owned() }));
        }
        assert_eq!(read(&Status::not_found("Not found.")).resource(), None);
    }

    #[test]
    fn damaged_details_are_ignored() {
        let status = Status::with_details(Code::NotFound, "Not found.", vec![0xff, 0xff].into());
        assert!(read(&status).is_not_found());
    }

    #[tokio::test]
    async fn a_refused_stream_counts_as_unsent() {
        let error = failed(crate::testing::refused_stream().await);
        assert_eq!((error.code(), error.origin()), ("UNAVAILABLE", Origin::Unsent));
        assert!(error.to_string().ends_with("was closed before the call could be made."), "{error}");
        // What is wrong with the connection says nothing about the call.
        let error = failed(h2::Error::from(h2::Reason::REFUSED_STREAM));
        assert_eq!(error.origin(), Origin::Unknown);
    }

    #[test]
    fn transport_errors_are_classified_by_origin() {
        let refused = std::io::Error::from(std::io::ErrorKind::ConnectionRefused);
        let error = failed(ConnectError(Box::new(refused)));
        assert_eq!((error.code(), error.origin()), ("UNAVAILABLE", Origin::NotConnected));
        assert_eq!(error.to_string(), "The server at https://todo.example.com could not be reached.");
        assert_eq!(StdError::source(&error).unwrap().to_string(), "connection refused");

        let error = failed(TimeoutExpired(()));
        assert_eq!((error.code(), error.origin()), ("DEADLINE_EXCEEDED", Origin::Unknown));
        assert_eq!(error.to_string(), "The server at https://todo.example.com did not answer within 10s.");

        let error = failed(std::io::Error::from(std::io::ErrorKind::ConnectionReset));
        assert_eq!((error.code(), error.origin()), ("UNAVAILABLE", Origin::Unknown));
    }
}
