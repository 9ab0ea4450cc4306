//! A change on its way through the [`writer`](super::writer): its type is forgotten in the queue, and known again where it is
//! applied.

use std::pin::Pin;

use tokio::sync::oneshot;

use crate::{
    error::{Error, Result},
    store::conn::{Conn, Write},
};

type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A change of any type, waiting in the queue.
pub(super) trait Job: Send {
    /// Whether nobody waits for the answer any more. Then the change need not be made.
    fn is_abandoned(&self) -> bool;
    /// Applies the change and keeps its result. An error, which is kept too, is to be rolled back.
    fn run<'a>(&'a mut self, conn: &'a mut Conn<'_>) -> BoxFuture<'a, Result<()>>;
    /// Sends the result, unless the group failed.
    fn answer(self: Box<Self>, group: &Result<()>);
}

/// The answer to a change, when it is there.
pub(super) type Answer<T> = oneshot::Receiver<Result<T>>;

/// A change whose answer somebody waits for.
pub(super) struct Waiting<W: Write> {
    write: W,
    result: Option<Result<W::Output>>,
    reply: oneshot::Sender<Result<W::Output>>,
}

impl<W: Write> Waiting<W> {
    /// Returns the job, and where its answer arrives.
    pub(super) fn new(write: W) -> (Box<dyn Job>, Answer<W::Output>) {
        let (reply, answer) = oneshot::channel();
        (Box::new(Self { write, result: None, reply }), answer)
    }
}

impl<W: Write> Job for Waiting<W> {
    fn is_abandoned(&self) -> bool {
        self.reply.is_closed()
    }

    fn run<'a>(&'a mut self, conn: &'a mut Conn<'_>) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            let result = self.write.apply(conn).await;
            let outcome = result.as_ref().map(drop).map_err(Error::clone);
            self.result = Some(result);
            outcome
        })
    }

    fn answer(self: Box<Self>, group: &Result<()>) {
        let result = match group {
            Ok(()) => self.result.unwrap_or_else(|| Err(Error::internal("a change without a result"))),
            Err(error) => Err(error.clone()),
        };
        // Whoever asked may have gone away; the change stands all the same.
        drop(self.reply.send(result));
    }
}
