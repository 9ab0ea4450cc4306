//! Deadlines: the caller's `grpc-timeout`, and the server's own for calls that answer once.

use std::time::Duration;

use futures_util::FutureExt as _;
use http::HeaderMap;

use crate::{
    access::Answer,
    error::{Error, Result},
};

/// How long a call that answers once may take. No connection to a client is worth more of the server's memory.
pub(crate) const UNARY: Duration = Duration::from_secs(10);

/// We give up a little before the caller does, so that the caller hears why.
const MARGIN: Duration = Duration::from_millis(5);

/// Returns how long a call may take until its answer begins, if there is a limit.
pub(crate) fn limit(metadata: &HeaderMap, answer: Answer) -> Option<Duration> {
    let callers = metadata
        .get("grpc-timeout")
        .and_then(|value| parse(value.as_bytes()))
        .map(|timeout| timeout.saturating_sub(MARGIN.min(timeout / 10)));
    let ours = match answer {
        Answer::Unary => Some(UNARY),
        Answer::Stream => None,
    };
    callers.into_iter().chain(ours).min()
}

/// Waits for a call, but not longer than its limit. The call is dropped then.
///
/// Not an `async fn`, which would hold the call twice: as its argument and as what it waits for.
pub(crate) fn keep<T>(
    limit: Option<Duration>,
    call: impl Future<Output = Result<T>>,
) -> impl Future<Output = Result<T>> {
    tokio::time::timeout(limit.unwrap_or(Duration::MAX), call)
        .map(|outcome| outcome.unwrap_or(Err(Error::DeadlineExceeded)))
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
    fn the_shorter_limit_counts() {
        assert_eq!(limit(&HeaderMap::new(), Answer::Unary), Some(UNARY));
        assert_eq!(limit(&HeaderMap::new(), Answer::Stream), None);
        assert_eq!(limit(&metadata("1H"), Answer::Unary), Some(UNARY));
        assert_eq!(limit(&metadata("2S"), Answer::Unary), Some(Duration::from_millis(1_995)));
        assert_eq!(limit(&metadata("10m"), Answer::Stream), Some(Duration::from_millis(9)));
        assert_eq!(limit(&metadata("0n"), Answer::Unary), Some(Duration::ZERO));
    }

    #[test]
    fn units_are_those_of_the_protocol() {
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
    async fn a_call_that_takes_too_long_is_dropped() {
        let slow = keep(Some(UNARY), std::future::pending::<Result<()>>()).await;
        assert!(matches!(slow, Err(Error::DeadlineExceeded)));
        assert!(keep(Some(Duration::ZERO), async { Ok(()) }).await.is_ok(), "it was done already");
    }
}
