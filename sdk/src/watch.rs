//! [`Watch`]: changes as they happen, over broken connections and restarts of the server.
//!
//! | file | what |
//! |---|---|
//! | `watch.rs` | [`Watch`], and the methods of [`Client`] that begin one |
//! | `watch/event.rs` | [`Event`], [`ResumeToken`] |
//! | `watch/resuming_stream.rs` | the server's stream, which is opened again when it breaks |

mod event;
mod resuming_stream;

use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll, ready},
};

use futures_core::Stream;
use futures_util::stream::{self, BoxStream};

use crate::{Client, Result};

pub use event::{Event, ResumeToken};

use resuming_stream::{ResumingStream, Start};

/// The todos of the account as they are, and then each change as it happens: a `Stream` of [`Event`]s.
///
/// If the connection breaks or the server restarts, it connects again for as long as it takes and goes on behind the
/// last event; an event may then come twice. It gives up, with an error and then the end, if the first connection fails
/// after the tries of the client's [`RetryPolicy`](crate::RetryPolicy), and if the server refuses: a revoked token, say.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let directory = tempfile::tempdir()?;
/// # let backend = todo_backend::embedded::open(directory.path(), "UTC").await?;
/// # let client = todo_sdk::Client::from_service(backend.service());
/// let mut watch = client.watch_changes();
/// while let Some(event) = watch.next().await {
///     let event = event?;
///     println!("{event:?}");
///     # if event == todo_sdk::Event::Synced { break }
/// }
/// # Ok(())
/// # }
/// ```
#[must_use = "nothing is fetched before the watch is read"]
pub struct Watch {
    events: BoxStream<'static, (Result<Event>, Option<ResumeToken>)>,
    resume_token: Option<ResumeToken>,
}

impl Client {
    /// Watches the account: everything there is, then [`Event::Synced`], then each change as it happens.
    ///
    /// ```
    /// # use todo_sdk::Event;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let directory = tempfile::tempdir()?;
    /// # let backend = todo_backend::embedded::open(directory.path(), "UTC").await?;
    /// # let client = todo_sdk::Client::from_service(backend.service());
    /// let mut watch = client.watch_changes();
    /// while let Some(event) = watch.next().await {
    ///     match event? {
    ///         Event::Todo { todo, .. } => println!("#{} {}", todo.number, todo.title),
    ///         Event::Synced => break, // or stay, and wait for news
    ///         _ => {}
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn watch_changes(&self) -> Watch {
        Watch::new(self.clone(), None, Start::Snapshot)
    }

    /// Watches the account from now on: [`Event::Synced`] at once, then each change as it happens. For who has just read a
    /// list and wants to know when it is out of date.
    ///
    /// ```
    /// # use todo_sdk::Event;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let directory = tempfile::tempdir()?;
    /// # let backend = todo_backend::embedded::open(directory.path(), "UTC").await?;
    /// # let client = todo_sdk::Client::from_service(backend.service());
    /// client.create_todo("Old news").await?;
    /// let mut watch = client.watch_changes_from_now();
    /// assert_eq!(watch.next().await.transpose()?, Some(Event::Synced));
    /// # Ok(())
    /// # }
    /// ```
    pub fn watch_changes_from_now(&self) -> Watch {
        Watch::new(self.clone(), None, Start::Now)
    }

    /// Watches the account from where an earlier watch stopped.
    ///
    /// ```no_run
    /// # use todo_sdk::{Client, ResumeToken};
    /// # async fn example(client: Client) -> Result<(), Box<dyn std::error::Error>> {
    /// let stored = ResumeToken::from(std::fs::read_to_string("resume-token")?);
    /// let mut watch = client.watch_changes_from(stored);
    /// let first_news = watch.next().await.transpose()?;
    /// # drop(first_news);
    /// # Ok(())
    /// # }
    /// ```
    pub fn watch_changes_from(&self, token: ResumeToken) -> Watch {
        Watch::new(self.clone(), Some(token), Start::Snapshot)
    }
}

impl Watch {
    fn new(client: Client, resume_token: Option<ResumeToken>, start: Start) -> Self {
        let resuming = ResumingStream::new(client, start, resume_token.clone());
        let events = stream::unfold(Some(resuming), |resuming| async {
            let mut resuming = resuming?;
            match resuming.next().await {
                Ok((event, token)) => Some(((Ok(event), token), Some(resuming))),
                Err(error) => Some(((Err(error), None), None)),
            }
        });
        Self { events: Box::pin(events), resume_token }
    }

    /// Returns the next event, as soon as there is one; `None` after an error.
    ///
    /// Dropping the returned future loses nothing.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let directory = tempfile::tempdir()?;
    /// # let backend = todo_backend::embedded::open(directory.path(), "UTC").await?;
    /// # let client = todo_sdk::Client::from_service(backend.service());
    /// let first = client.watch_changes().next().await.transpose()?;
    /// # drop(first);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn next(&mut self) -> Option<Result<Event>> {
        std::future::poll_fn(|context| Pin::new(&mut *self).poll_next(context)).await
    }

    /// Returns the place behind the events returned so far, for [`Client::watch_changes_from`]; `None` if there is none
    /// yet.
    ///
    /// Events come in batches and a place is known after each batch only, so going on from it may repeat some.
    ///
    /// ```no_run
    /// # async fn example(client: todo_sdk::Client) -> Result<(), Box<dyn std::error::Error>> {
    /// let mut watch = client.watch_changes();
    /// while watch.next().await.transpose()?.is_some() {
    ///     if let Some(token) = watch.resume_token() {
    ///         std::fs::write("resume-token", token.as_str())?;
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn resume_token(&self) -> Option<&ResumeToken> {
        self.resume_token.as_ref()
    }
}

impl Stream for Watch {
    type Item = Result<Event>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Event>>> {
        let Some((event, token)) = ready!(self.events.as_mut().poll_next(context)) else {
            return Poll::Ready(None);
        };
        if token.is_some() {
            self.resume_token = token;
        }
        if matches!(event, Ok(Event::Restarted)) {
            self.resume_token = None;
        }
        Poll::Ready(Some(event))
    }
}

impl fmt::Debug for Watch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watch").field("resume_token", &self.resume_token).finish_non_exhaustive()
    }
}
