//! Deadlines: the caller's `grpc-timeout`, and the server's own for calls that answer once.

use std::{
    convert::Infallible,
    task::{Context, Poll},
    time::Duration,
};

use futures_util::{FutureExt as _, future::Map};
use http::{HeaderMap, Request, Response};
use tokio::time::{Timeout, error::Elapsed};
use tonic::{Status, body::Body};
use tower::{Layer, Service};

use super::method_policy::{Method, ResponseKind};
use crate::error::Error;

/// How long a call that answers once may take. No connection to a client is worth more of the server's memory.
const UNARY: Duration = Duration::from_secs(10);

/// We give up a little before the caller does, so that the caller gets the reason.
const MARGIN: Duration = Duration::from_millis(5);

/// Returns how long a call may take until its answer begins, if there is a limit.
fn limit(metadata: &HeaderMap, response: ResponseKind) -> Option<Duration> {
    let callers = metadata
        .get("grpc-timeout")
        .and_then(|value| parse(value.as_bytes()))
        .map(|timeout| timeout.saturating_sub(MARGIN.min(timeout / 10)));
    let ours = match response {
        ResponseKind::Unary => Some(UNARY),
        ResponseKind::Stream => None,
    };
    callers.into_iter().chain(ours).min()
}

type Answer<F> = Map<
    Timeout<F>,
    fn(Result<Result<Response<Body>, Infallible>, Elapsed>) -> Result<Response<Body>, Infallible>,
>;

#[derive(Clone, Copy)]
pub(super) struct DeadlineLayer;

impl<S> Layer<S> for DeadlineLayer {
    type Service = Deadline<S>;

    fn layer(&self, inner: S) -> Deadline<S> {
        Deadline { inner }
    }
}

/// Waits for a call, but not longer than its limit. The call is dropped then.
#[derive(Clone)]
pub(super) struct Deadline<S> {
    inner: S,
}

impl<S, B> Service<Request<B>> for Deadline<S>
where
    S: Service<Request<B>, Response = Response<Body>, Error = Infallible>,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Answer<S::Future>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let response =
            request.extensions().get::<&Method>().map_or(ResponseKind::Unary, |method| method.response);
        let limit = limit(request.headers(), response).unwrap_or(Duration::MAX);
        tokio::time::timeout(limit, self.inner.call(request))
            .map(|outcome| outcome.unwrap_or_else(|_| Ok(Status::from(Error::DeadlineExceeded).into_http())))
    }
}

/// Reads up to eight digits and a unit. What does not look like that is ignored, as other servers do.
fn parse(value: &[u8]) -> Option<Duration> {
    let (unit, digits) = value.split_last()?;
    if digits.is_empty() || digits.len() > 8 || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let amount: u64 = str::from_utf8(digits).ok()?.parse().ok()?;
    Some(match unit {
        b'H' => Duration::from_secs(amount * 3_600),
        b'M' => Duration::from_secs(amount * 60),
        b'S' => Duration::from_secs(amount),
        b'm' => Duration::from_millis(amount),
        b'u' => Duration::from_micros(amount),
        b'n' => Duration::from_nanos(amount),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn metadata(timeout: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(
            http::HeaderName::from_static("grpc-timeout"),
            HeaderValue::from_static(timeout),
        )])
    }

    #[test]
    fn the_shorter_deadline_applies() {
        assert_eq!(limit(&HeaderMap::new(), ResponseKind::Unary), Some(UNARY));
        assert_eq!(limit(&HeaderMap::new(), ResponseKind::Stream), None);
        assert_eq!(limit(&metadata("1H"), ResponseKind::Unary), Some(UNARY));
        assert_eq!(limit(&metadata("2S"), ResponseKind::Unary), Some(Duration::from_millis(1_995)));
        assert_eq!(limit(&metadata("10m"), ResponseKind::Stream), Some(Duration::from_millis(9)));
        assert_eq!(limit(&metadata("0n"), ResponseKind::Unary), Some(Duration::ZERO));
    }

    #[test]
    fn timeouts_are_parsed_in_every_unit() {
        for (text, expected) in [
            ("99999999H", Duration::from_hours(99_999_999)),
            ("3M", Duration::from_mins(3)),
            ("4S", Duration::from_secs(4)),
            ("5m", Duration::from_millis(5)),
            ("6u", Duration::from_micros(6)),
            ("7n", Duration::from_nanos(7)),
        ] {
            assert_eq!(parse(text.as_bytes()), Some(expected), "{text}");
        }
        for text in ["", "S", "5", "5s", "-5S", "5.0S", "123456789S", "+5S"] {
            assert_eq!(parse(text.as_bytes()), None, "{text}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_call_is_dropped_at_its_deadline() {
        let never = tower::service_fn(|_: Request<Body>| std::future::pending());
        let mut service = DeadlineLayer.layer(never);
        let response = service.call(Request::new(Body::empty())).await.unwrap();
        let status = Status::from_header_map(response.headers()).unwrap();
        assert_eq!(status.code(), tonic::Code::DeadlineExceeded);
    }

    #[tokio::test(start_paused = true)]
    async fn a_call_that_is_ready_at_once_is_in_time() {
        let ready = tower::service_fn(|_: Request<Body>| async { Ok(Response::new(Body::empty())) });
        let mut request = Request::new(Body::empty());
        request.headers_mut().insert("grpc-timeout", HeaderValue::from_static("0n"));
        let response = DeadlineLayer.layer(ready).call(request).await.unwrap();
        assert!(response.headers().is_empty());
    }
}
