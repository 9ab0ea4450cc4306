//! Answers that the gRPC framework gives by itself, in the words of our table.
//!
//! Whatever our methods refuse carries details, so a status without any is the framework's own. It says OUT_OF_RANGE
//! for too large a message, where gRPC says RESOURCE_EXHAUSTED, and INTERNAL for bytes that are no message, which are
//! the caller's mistake and not our bug.

use http::Response;
use tonic::{Code, Status, body::Body};

use crate::error::Error;

/// Bytes of a request message at most.
pub const MAX_REQUEST: usize = 1024 * 1024;

/// The refusal of a larger one.
pub(super) fn too_large() -> Error {
    Error::exhausted("A request has at most 1 MiB.", None)
}

/// Replaces the framework's own refusal of a request by ours.
pub(super) fn translate(response: Response<Body>) -> Response<Body> {
    let Some(status) = response.extensions().get::<Status>() else { return response };
    if !status.details().is_empty() {
        return response;
    }
    match status.code() {
        Code::OutOfRange => Status::from(too_large()).into_http(),
        Code::Internal => {
            tracing::debug!(error = status.message(), "a request could not be read");
            Status::from(Error::invalid("", "The request cannot be read.")).into_http()
        }
        _ => response,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(status: Status) -> Code {
        translate(status.into_http()).extensions().get::<Status>().unwrap().code()
    }

    #[test]
    fn errors_of_tonic_are_translated() {
        assert_eq!(code(Status::out_of_range("decoded message length too large")), Code::ResourceExhausted);
        assert_eq!(code(Status::internal("failed to decode Protobuf message")), Code::InvalidArgument);
        assert_eq!(code(Status::unimplemented("no such compression")), Code::Unimplemented);
    }

    #[test]
    fn errors_of_our_own_are_kept() {
        assert_eq!(code(Error::OutOfRange("too old".into()).into()), Code::OutOfRange);
        assert_eq!(code(Error::internal("a bug").into()), Code::Internal);
    }
}
