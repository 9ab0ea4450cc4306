//! A deadline for new connections that say nothing, or nothing whole.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::Sleep,
};

/// Bytes with which HTTP/2 begins. No HTTP/1.1 request is shorter.
const PREFACE: usize = 24;

/// A stream that fails unless its first bytes arrive in time. What comes after them has time limits of its own.
pub(crate) struct Preface<S> {
    stream: S,
    waiting: Option<Waiting>,
}

struct Waiting {
    missing: usize,
    deadline: Pin<Box<Sleep>>,
}

impl<S> Preface<S> {
    pub(crate) fn new(stream: S, limit: Duration) -> Self {
        let deadline = Box::pin(tokio::time::sleep(limit));
        Self { stream, waiting: Some(Waiting { missing: PREFACE, deadline }) }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Preface<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(cx, buffer);
        let Some(waiting) = &mut self.waiting else { return read };
        waiting.missing = waiting.missing.saturating_sub(buffer.filled().len() - before);
        if waiting.missing == 0 {
            self.waiting = None;
        } else if waiting.deadline.as_mut().poll(cx).is_ready() {
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        read
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Preface<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, duplex};

    use super::*;

    const LIMIT: Duration = Duration::from_secs(10);

    #[tokio::test(start_paused = true)]
    async fn a_connection_without_a_whole_preface_times_out() {
        for said in ["", "PRI * HTTP/2.0\r\n"] {
            let (mut client, server) = duplex(64);
            let mut server = Preface::new(server, LIMIT);
            client.write_all(said.as_bytes()).await.unwrap();
            let started = tokio::time::Instant::now();
            let error = server.read_exact(&mut [0; PREFACE]).await.unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::TimedOut, "{said:?}");
            assert_eq!(started.elapsed(), LIMIT);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_with_a_whole_preface_may_be_idle() {
        let (mut client, server) = duplex(64);
        let mut server = Preface::new(server, LIMIT);
        client.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").await.unwrap();
        server.read_exact(&mut [0; PREFACE]).await.unwrap();
        let mut byte = [0];
        let silent = tokio::time::timeout(LIMIT * 100, server.read_exact(&mut byte)).await;
        assert!(silent.is_err(), "still open");
    }
}
