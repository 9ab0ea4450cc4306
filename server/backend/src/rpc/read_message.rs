//! A request's one message is read here, before its method runs: only this far in is it known who calls and how much room
//! there is for what they say.

use std::{
    pin::{Pin, pin},
    sync::Arc,
};

use bytes::{Bytes, BytesMut};
use http_body::Body;
use http_body_util::BodyExt as _;

use super::{
    budget::{Budget, Payer, Purpose, Reservation},
    tonic_errors::{MAX_REQUEST, too_large},
};
use crate::error::{Error, Result};

/// Bytes of a request message where nobody is logged in, at most.
pub(super) const MAX_ANONYMOUS_REQUEST: usize = 8 * 1024;
/// Bytes before a message: whether it is compressed, and its length.
const PREFIX: usize = 5;
/// Bytes that a call takes beside its message, roughly: its headers, its task, its span.
const CALL: usize = 4 * 1024;

/// Reads a message with its prefix. Its bytes are reserved before most of them are read.
///
/// What comes too short is returned as it is, for the gRPC framework to refuse.
///
/// # Errors
/// RESOURCE_EXHAUSTED for too large a message, or without room for it; INVALID_ARGUMENT for a second message, or if the
/// request breaks off.
pub(super) async fn read<B>(
    body: B,
    budget: &Budget,
    payer: Option<&Arc<Payer>>,
    is_anonymous: bool,
) -> Result<(Bytes, Reservation)>
where
    B: Body<Data = Bytes>,
{
    let mut body = pin!(body);
    let mut read = Bytes::new();
    while read.len() < PREFIX {
        match next_data(body.as_mut()).await? {
            Some(data) if read.is_empty() => read = data,
            Some(data) => read = [read, data].concat().into(),
            None => return Ok((read, budget.reserve(payer, Purpose::Request, CALL).await?)),
        }
    }
    let length = read[1..PREFIX].iter().fold(0, |length, byte| length << 8 | usize::from(*byte));
    match is_anonymous {
        true if length > MAX_ANONYMOUS_REQUEST => {
            return Err(Error::exhausted("Without a login, a request has at most 8 KiB.", None));
        }
        false if length > MAX_REQUEST => return Err(too_large()),
        _ => {}
    }
    let whole = PREFIX + length;
    let reservation = budget.reserve(payer, Purpose::Request, CALL + whole).await?;
    if read.len() < whole {
        let mut buffer = BytesMut::with_capacity(whole);
        buffer.extend_from_slice(&read);
        while buffer.len() < whole {
            let Some(data) = next_data(body.as_mut()).await? else { break };
            if buffer.len() + data.len() > whole {
                return Err(second_message());
            }
            buffer.extend_from_slice(&data);
        }
        read = buffer.freeze();
    }
    if read.len() > whole || next_data(body).await?.is_some() {
        return Err(second_message());
    }
    Ok((read, reservation))
}

fn second_message() -> Error {
    Error::invalid("", "The call takes one message, and there is a second.")
}

/// Returns the next bytes, or `None` at the end.
async fn next_data<B: Body<Data = Bytes>>(mut body: Pin<&mut B>) -> Result<Option<Bytes>> {
    while !body.is_end_stream() {
        let Some(frame) = body.frame().await else { break };
        let frame = frame.map_err(|_| Error::invalid("", "The request breaks off."))?;
        if let Ok(data) = frame.into_data()
            && !data.is_empty()
        {
            return Ok(Some(data));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use http_body::Frame;
    use http_body_util::StreamBody;
    use prometheus_client::metrics::counter::Counter;

    use super::*;
    use crate::rpc::budget::Limits;

    async fn read_parts(parts: &[&'static [u8]], is_anonymous: bool) -> Result<Vec<u8>> {
        let frames = parts
            .iter()
            .map(|part| Ok::<_, Infallible>(Frame::data(Bytes::from_static(part))))
            .collect::<Vec<_>>();
        let body = StreamBody::new(tokio_stream::iter(frames));
        let budget = Budget::new(Limits::default(), Counter::default());
        read(body, &budget, None, is_anonymous).await.map(|(message, _)| message.to_vec())
    }

    #[tokio::test]
    async fn a_message_comes_in_any_pieces() {
        let message = b"\0\0\0\0\x03abc";
        for pieces in [
            &[&message[..]][..],
            &[&message[..2], &message[2..]],
            &[&message[..6], b"", &message[6..]],
            &[&message[..1], &message[1..4], &message[4..7], &message[7..]],
        ] {
            assert_eq!(read_parts(pieces, true).await.unwrap(), message, "{pieces:?}");
        }
        assert_eq!(read_parts(&[b"\0\0\0\0\x03ab"], true).await.unwrap(), b"\0\0\0\0\x03ab", "too short");
        assert_eq!(read_parts(&[], true).await.unwrap(), b"");
    }

    #[tokio::test]
    async fn a_second_message_is_refused() {
        for pieces in [
            &[&b"\0\0\0\0\x01a\0\0\0\0\x01b"[..]][..],
            &[b"\0\0\0\0\x01a", b"\0\0\0\0\x01b"],
            &[b"\0\0\0\0\x01", b"a\0"],
        ] {
            let refused = read_parts(pieces, false).await.unwrap_err();
            assert!(matches!(refused, Error::InvalidArgument(_)), "{refused:?}");
        }
    }

    #[tokio::test]
    async fn too_large_a_message_is_refused_by_its_length() {
        assert!(matches!(
            read_parts(&[b"\0\0\x10\0\x01"], false).await,
            Err(Error::ResourceExhausted { .. })
        ));
        assert!(matches!(read_parts(&[b"\0\0\0\x20\x01"], true).await, Err(Error::ResourceExhausted { .. })));
        assert!(read_parts(&[b"\0\0\0\x20\x01"], false).await.is_ok());
    }
}
