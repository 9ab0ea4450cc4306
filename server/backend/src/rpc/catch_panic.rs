//! A method that panics is a bug like others: the caller is told so, and the server goes on.

use std::any::Any;

use bytes::Bytes;
use http::Response;
use tonic::{Status, body::Body};
use tower::BoxError;
use tower_http::body::UnsyncBoxBody;
use tower_http::catch_panic::CatchPanicLayer;

use crate::error::Error;

pub(super) type PanicResponse = fn(Box<dyn Any + Send + 'static>) -> Response<Body>;
pub(super) type BoxedBody = UnsyncBoxBody<Bytes, BoxError>;

/// Turns a panic into INTERNAL. What a call shares with others is locks and atomics that are whole between statements, and
/// transactions that roll back when they are dropped, so nothing is left half done.
pub(super) fn layer() -> CatchPanicLayer<PanicResponse> {
    CatchPanicLayer::custom(internal as PanicResponse)
}

/// Gives responses the body type of tonic again, which the layer replaces by its own.
pub(super) fn restore_body(response: Response<BoxedBody>) -> Response<Body> {
    response.map(Body::new)
}

#[expect(clippy::needless_pass_by_value, reason = "the signature that the layer asks for")]
fn internal(panic: Box<dyn Any + Send + 'static>) -> Response<Body> {
    let message = panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("without a message");
    Status::from(Error::internal(format!("a method panicked: {message}"))).into_http()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_message_of_a_panic_is_not_in_the_response() {
        for panic in
            [Box::new("secret") as Box<dyn Any + Send>, Box::new(String::from("secret")), Box::new(7)]
        {
            let status = Status::from_header_map(internal(panic).headers()).unwrap();
            assert_eq!(status.code(), tonic::Code::Internal);
            assert!(!status.message().contains("secret"), "{status:?}");
        }
    }
}
