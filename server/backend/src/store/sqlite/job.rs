//! A change on its way through the [`writer`](super::writer): its type is forgotten in the queue, and known again where it is
//! applied, alone or together with others of its kind.

use std::{
    any::{Any, TypeId},
    pin::Pin,
};

use tokio::sync::oneshot;

use crate::{
    error::{Error, Result},
    store::conn::{Conn, GroupWrite, Write},
};

type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A change of any type, waiting in the queue.
pub(super) trait Job: Send {
    /// Whether nobody waits for the answer any more. Then the change need not be made.
    fn is_abandoned(&self) -> bool;
    /// The type of changes it can share statements with.
    fn kind(&self) -> Option<TypeId>;
    /// Applies the change and keeps its result. An error, which is kept too, is to be rolled back.
    fn run<'a>(&'a mut self, conn: &'a mut Conn<'_>) -> BoxFuture<'a, Result<()>>;
    /// Applies this change and others of the same kind.
    fn run_with<'a>(
        &'a mut self,
        others: &'a mut [Box<dyn Job>],
        conn: &'a mut Conn<'_>,
    ) -> BoxFuture<'a, Result<()>>;
    /// Sends the result, unless the group failed.
    fn answer(self: Box<Self>, group: &Result<()>);
    fn as_any(&mut self) -> &mut dyn Any;
}

/// How a change is applied: alone or with its kind.
pub(super) trait Run: Send + Sync + 'static {
    type Output: Send + 'static;
    const GROUPED: bool;
    fn run_all(
        runs: &[&Self],
        conn: &mut Conn<'_>,
    ) -> impl Future<Output = Result<Vec<Result<Self::Output>>>> + Send;
}

/// A change that has its statements to itself.
pub(super) struct Single<W>(pub(super) W);

/// A change that shares them.
pub(super) struct Grouped<W>(pub(super) W);

impl<W: Write> Run for Single<W> {
    type Output = W::Output;
    const GROUPED: bool = false;

    async fn run_all(runs: &[&Self], conn: &mut Conn<'_>) -> Result<Vec<Result<W::Output>>> {
        let mut results = Vec::with_capacity(runs.len());
        for run in runs {
            results.push(run.0.apply(conn).await);
        }
        Ok(results)
    }
}

impl<W: GroupWrite> Run for Grouped<W> {
    type Output = W::Output;
    const GROUPED: bool = true;

    async fn run_all(runs: &[&Self], conn: &mut Conn<'_>) -> Result<Vec<Result<W::Output>>> {
        let writes: Vec<&W> = runs.iter().map(|run| &run.0).collect();
        W::apply_all(&writes, conn).await
    }
}

/// Makes a job of a change. Returns it, and where its result will arrive.
pub(super) fn new_job<R: Run>(run: R) -> (Box<dyn Job>, oneshot::Receiver<Result<R::Output>>) {
    let (reply, answer) = oneshot::channel();
    (Box::new(Waiting { run, result: None, reply }), answer)
}

/// A change, and where its result is to be sent.
struct Waiting<R: Run> {
    run: R,
    result: Option<Result<R::Output>>,
    reply: oneshot::Sender<Result<R::Output>>,
}

impl<R: Run> Job for Waiting<R> {
    fn is_abandoned(&self) -> bool {
        self.reply.is_closed()
    }

    fn kind(&self) -> Option<TypeId> {
        R::GROUPED.then(TypeId::of::<R>)
    }

    fn run<'a>(&'a mut self, conn: &'a mut Conn<'_>) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            let result = match R::run_all(&[&self.run], conn).await {
                Ok(mut results) => {
                    results.pop().unwrap_or_else(|| Err(Error::internal("a change without a result")))
                }
                Err(error) => Err(error),
            };
            let outcome = result.as_ref().map(drop).map_err(Error::clone);
            self.result = Some(result);
            outcome
        })
    }

    fn run_with<'a>(
        &'a mut self,
        others: &'a mut [Box<dyn Job>],
        conn: &'a mut Conn<'_>,
    ) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            let mut all = vec![self];
            all.extend(others.iter_mut().filter_map(|job| job.as_any().downcast_mut::<Self>()));
            let runs: Vec<&R> = all.iter().map(|waiting| &waiting.run).collect();
            let results = R::run_all(&runs, conn).await?;
            for (waiting, result) in all.into_iter().zip(results) {
                waiting.result = Some(result);
            }
            Ok(())
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

    fn as_any(&mut self) -> &mut dyn Any {
        self
    }
}
