//! Changes as they happen: the change feed of `todo.v1`, which goes on by itself when the connection breaks.

use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll, ready},
};

use futures_core::Stream;
use futures_util::stream::{self, BoxStream};
use todo_proto::todo::v1 as proto;
use tonic::{Response, Streaming};

use crate::{
    Client, Error, Project, Result, RetryPolicy, Todo, TodoId,
    client::todo,
    convert::{read_id, read_number, read_project, read_todo},
    retry::Repeat,
};

/// Something that happened to the todos of the account.
///
/// ```
/// use todo_sdk::Event;
///
/// fn show(event: Event) -> String {
///     match event {
///         Event::Todo(todo) => format!("#{} {}", todo.number, todo.title),
///         Event::Project(project) => project.name,
///         Event::Purged { number, .. } => format!("#{number} is gone"),
///         Event::Synced => "that is all there is; from here on it is news".to_owned(),
///         Event::Restarted => "forget everything, it comes again".to_owned(),
///         _ => String::new(),
///     }
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// A todo was created or changed; `delete_time` is set if it is in the trash now.
    Todo(Todo),
    /// A project was created or changed; `delete_time` is set if it is deleted now.
    Project(Project),
    /// A todo is gone from the trash for good.
    Purged {
        /// Its id.
        id: TodoId,
        /// Its number.
        number: u64,
    },
    /// All that was known when the watch began has been told; what follows is news.
    Synced,
    /// The place to go on from is forgotten by the server: drop what you know, everything comes again, up to the next
    /// [`Synced`](Self::Synced).
    Restarted,
}

/// A place in the change feed, from which a later watch can go on.
///
/// Its text may be stored; it is opaque and good for the same account only.
///
/// ```
/// let token = todo_sdk::ResumeToken::from("AAEC".to_owned());
/// assert_eq!(token.as_str(), "AAEC");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ResumeToken(String);

impl ResumeToken {
    /// Returns the text to store.
    ///
    /// ```
    /// let token = todo_sdk::ResumeToken::from("AAEC".to_owned());
    /// assert_eq!(token.as_str(), "AAEC");
    /// ```
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<String> for ResumeToken {
    fn from(text: String) -> Self {
        Self(text)
    }
}

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
/// # let backend = todo_server::embedded::open(directory.path(), "UTC").await?;
/// # let client = todo_sdk::Client::from_service(backend.service());
/// let mut watch = client.watch_todos();
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
    /// Watches the todos: everything there is, then [`Event::Synced`], then each change as it happens.
    ///
    /// ```
    /// # use todo_sdk::Event;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let directory = tempfile::tempdir()?;
    /// # let backend = todo_server::embedded::open(directory.path(), "UTC").await?;
    /// # let client = todo_sdk::Client::from_service(backend.service());
    /// let mut watch = client.watch_todos();
    /// while let Some(event) = watch.next().await {
    ///     match event? {
    ///         Event::Todo(todo) => println!("#{} {}", todo.number, todo.title),
    ///         Event::Synced => break, // or stay, and wait for news
    ///         _ => {}
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn watch_todos(&self) -> Watch {
        Watch::new(self.clone(), None, Start::Snapshot)
    }

    /// Watches the todos from now on: [`Event::Synced`] at once, then each change as it happens. For who has just read a
    /// list and wants to know when it is out of date.
    ///
    /// ```
    /// # use todo_sdk::Event;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let directory = tempfile::tempdir()?;
    /// # let backend = todo_server::embedded::open(directory.path(), "UTC").await?;
    /// # let client = todo_sdk::Client::from_service(backend.service());
    /// client.create_todo("Old news").await?;
    /// let mut watch = client.watch_todos_from_now();
    /// assert_eq!(watch.next().await.transpose()?, Some(Event::Synced));
    /// # Ok(())
    /// # }
    /// ```
    pub fn watch_todos_from_now(&self) -> Watch {
        Watch::new(self.clone(), None, Start::Now)
    }

    /// Watches the todos from where an earlier watch stopped.
    ///
    /// ```no_run
    /// # use todo_sdk::{Client, ResumeToken};
    /// # async fn example(client: Client) -> Result<(), Box<dyn std::error::Error>> {
    /// let stored = ResumeToken::from(std::fs::read_to_string("resume-token")?);
    /// let mut watch = client.watch_todos_from(stored);
    /// let first_news = watch.next().await.transpose()?;
    /// # drop(first_news);
    /// # Ok(())
    /// # }
    /// ```
    pub fn watch_todos_from(&self, token: ResumeToken) -> Watch {
        Watch::new(self.clone(), Some(token), Start::Snapshot)
    }
}

impl Watch {
    fn new(client: Client, resume_token: Option<ResumeToken>, start: Start) -> Self {
        let feed = Feed {
            client,
            start,
            resume_token: resume_token.clone(),
            open: None,
            ever_opened: false,
            failed: 0,
        };
        let events = stream::unfold(Some(feed), |feed| async {
            let mut feed = feed?;
            match feed.next().await {
                Ok((event, token)) => Some(((Ok(event), token), Some(feed))),
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
    /// # let backend = todo_server::embedded::open(directory.path(), "UTC").await?;
    /// # let client = todo_sdk::Client::from_service(backend.service());
    /// let first = client.watch_todos().next().await.transpose()?;
    /// # drop(first);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn next(&mut self) -> Option<Result<Event>> {
        std::future::poll_fn(|context| Pin::new(&mut *self).poll_next(context)).await
    }

    /// Returns the place behind the events returned so far, for [`Client::watch_todos_from`]; `None` if there is none
    /// yet.
    ///
    /// Events come in batches and a place is known after each batch only, so going on from it may repeat some.
    ///
    /// ```no_run
    /// # async fn example(client: todo_sdk::Client) -> Result<(), Box<dyn std::error::Error>> {
    /// let mut watch = client.watch_todos();
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

/// Where a watch without a resume token begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Start {
    /// With everything there is.
    Snapshot,
    /// With the next change.
    Now,
}

/// The state behind a [`Watch`].
struct Feed {
    client: Client,
    start: Start,
    resume_token: Option<ResumeToken>,
    open: Option<Streaming<proto::WatchTodosResponse>>,
    /// A server that was never there is an error; one that was is waited for.
    ever_opened: bool,
    /// Connections in a row that brought no event.
    failed: u32,
}

impl Feed {
    /// The next event, with the resume token behind it if the server sent one.
    async fn next(&mut self) -> Result<(Event, Option<ResumeToken>)> {
        loop {
            let failure = match self.message().await {
                Ok(Some(message)) => {
                    self.failed = 0;
                    let token = Some(message.resume_token).filter(|token| !token.is_empty()).map(ResumeToken);
                    if token.is_some() {
                        self.resume_token.clone_from(&token);
                    }
                    // An event of a kind that only a newer server knows is nothing to this program.
                    let Some(event) = message.event else { continue };
                    return Ok((read_event(event)?, token));
                }
                // The server ended the stream without an error: it is shutting down.
                Ok(None) => None,
                Err(error) if error.code() == "OUT_OF_RANGE" && self.resume_token.is_some() => {
                    self.open = None;
                    self.resume_token = None;
                    return Ok((Event::Restarted, None));
                }
                Err(error) if self.ever_opened && passes(&error) => Some(error),
                Err(error) => return Err(error),
            };
            self.open = None;
            self.failed += 1;
            let wait = failure
                .as_ref()
                .and_then(Error::retry_after)
                .unwrap_or_else(|| self.client.retry.delay(self.failed, rand::random()));
            tracing::debug!(
                code = failure.as_ref().map(Error::code),
                ?wait,
                "a watch broke off and is resumed"
            );
            tokio::time::sleep(wait).await;
        }
    }

    /// The next message of the open stream, or of one opened for it.
    async fn message(&mut self) -> Result<Option<proto::WatchTodosResponse>> {
        let stream = match &mut self.open {
            Some(stream) => stream,
            closed => {
                // Once it has been open, `next` does the waiting, for as long as it takes.
                let retry = if self.ever_opened { RetryPolicy::none() } else { self.client.retry };
                let stream = open(&self.client, retry, self.start, self.resume_token.as_ref()).await?;
                self.ever_opened = true;
                closed.insert(stream)
            }
        };
        stream.message().await.map_err(|status| self.client.error(&status))
    }
}

/// Only the opening has a deadline, of which the server is not told: servers that cut streams at it are within their
/// rights.
async fn open(
    client: &Client,
    retry: RetryPolicy,
    start: Start,
    token: Option<&ResumeToken>,
) -> Result<Streaming<proto::WatchTodosResponse>> {
    let resume_token = token.map(|token| token.0.clone()).unwrap_or_default();
    client
        .attempts(Repeat::Safe, retry)
        .run(|_| async {
            let request = client.request(proto::WatchTodosRequest {
                resume_token: resume_token.clone(),
                skip_snapshot: start == Start::Now,
            });
            let response = todo(client.transport()).watch_todos(request).await;
            response.map(Response::into_inner).map_err(|status| client.error(&status))
        })
        .await
}

/// Whether the reason a watch broke can pass by itself.
fn passes(error: &Error) -> bool {
    error.is_unavailable()
        || error.is_deadline_exceeded()
        || error.is_resource_exhausted()
        || error.code() == "CANCELLED"
}

fn read_event(event: proto::watch_todos_response::Event) -> Result<Event> {
    use proto::watch_todos_response::Event as Proto;
    Ok(match event {
        Proto::Todo(todo) => Event::Todo(read_todo(Some(todo))?),
        Proto::Project(project) => Event::Project(read_project(Some(project))?),
        Proto::PurgedTodo(purged) => Event::Purged {
            id: read_id(&purged.id, "purged_todo.id")?,
            number: read_number(purged.number, "purged_todo.number")?,
        },
        Proto::Synced(_) => Event::Synced,
    })
}

#[cfg(test)]
mod tests {
    use tonic::Status;

    use super::*;
    use crate::testing::{Answer, Script, todo as sent_todo};

    #[expect(clippy::unnecessary_wraps, reason = "the item of a stream")]
    fn message(number: i64, token: &str) -> Result<proto::WatchTodosResponse, Status> {
        let event = proto::watch_todos_response::Event::Todo(sent_todo(number));
        Ok(proto::WatchTodosResponse { event: Some(event), resume_token: token.to_owned() })
    }

    #[expect(clippy::unnecessary_wraps, reason = "the item of a stream")]
    fn synced(token: &str) -> Result<proto::WatchTodosResponse, Status> {
        let event = proto::watch_todos_response::Event::Synced(proto::Synced {});
        Ok(proto::WatchTodosResponse { event: Some(event), resume_token: token.to_owned() })
    }

    /// What the next events are, in a word each.
    async fn next(watch: &mut Watch, count: usize) -> Vec<String> {
        let mut seen = Vec::new();
        for _ in 0..count {
            seen.push(match watch.next().await.unwrap().unwrap() {
                Event::Todo(todo) => todo.number.to_string(),
                other => format!("{other:?}"),
            });
        }
        seen
    }

    #[tokio::test(start_paused = true)]
    async fn it_goes_on_behind_the_last_batch_when_the_connection_breaks() {
        let script = Script::new([
            Answer::Feed(vec![message(1, ""), synced("a"), message(2, ""), Err(Status::unavailable("Bye."))]),
            Answer::NoConnection,
            Answer::Broken,
            Answer::FeedThenEnd(vec![message(2, ""), message(3, "b")]),
            Answer::Feed(vec![message(4, "c")]),
        ]);
        let mut watch = script.client().watch_todos();
        assert_eq!(next(&mut watch, 2).await, ["1", "Synced"]);
        assert_eq!(watch.resume_token().unwrap().as_str(), "a");
        assert_eq!(next(&mut watch, 4).await, ["2", "2", "3", "4"]);
        assert_eq!(watch.resume_token().unwrap().as_str(), "c");
        let tokens: Vec<_> = script.calls().into_iter().map(|call| call.key).collect();
        assert_eq!(tokens, ["", "", "", "a", "b"]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_watch_that_was_open_waits_for_as_long_as_it_takes() {
        let outage = std::iter::repeat_with(|| Answer::NoConnection).take(50);
        let answers = std::iter::once(Answer::FeedThenEnd(vec![synced("a")]))
            .chain(outage)
            .chain([Answer::Feed(vec![message(1, "b")])]);
        let mut watch = Script::new(answers).client().watch_todos();
        assert_eq!(next(&mut watch, 2).await, ["Synced", "1"]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_server_that_was_never_there_is_an_error() {
        let script = Script::new(std::iter::repeat_with(|| Answer::NoConnection).take(50));
        let mut watch = script.client().watch_todos();
        assert!(watch.next().await.unwrap().unwrap_err().is_unavailable());
        assert!(watch.next().await.is_none());
        assert_eq!(script.calls().len(), 5);
    }

    #[tokio::test(start_paused = true)]
    async fn a_forgotten_place_starts_over() {
        let script = Script::new([
            Answer::Fail(Status::out_of_range("Too old.")),
            Answer::Feed(vec![message(1, ""), synced("z")]),
        ]);
        let mut watch = script.client().watch_todos_from(ResumeToken::from("old".to_owned()));
        assert_eq!(watch.resume_token().unwrap().as_str(), "old");
        assert_eq!(next(&mut watch, 1).await, ["Restarted"]);
        assert_eq!(watch.resume_token(), None);
        assert_eq!(next(&mut watch, 2).await, ["1", "Synced"]);
        let tokens: Vec<_> = script.calls().into_iter().map(|call| call.key).collect();
        assert_eq!(tokens, ["old", ""]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_refusal_ends_it() {
        let revoked = || Err(Status::unauthenticated("You are not logged in."));
        let mut watch = Script::new([Answer::Feed(vec![synced("a"), revoked()])]).client().watch_todos();
        assert_eq!(next(&mut watch, 1).await, ["Synced"]);
        assert!(watch.next().await.unwrap().unwrap_err().is_unauthenticated());
        assert!(watch.next().await.is_none());
        assert_eq!(watch.resume_token().unwrap().as_str(), "a");
    }

    #[tokio::test(start_paused = true)]
    async fn the_opening_has_a_deadline_and_the_stream_has_none() {
        let start = tokio::time::Instant::now();
        let script = Script::new([Answer::Hang]);
        let error = script.client().watch_todos().next().await.unwrap().unwrap_err();
        assert!(error.is_deadline_exceeded());
        assert_eq!(start.elapsed().as_secs(), 10);
        assert_eq!(script.calls()[0].timeout, None);

        let mut watch = Script::new([Answer::Feed(vec![synced("a")])]).client().watch_todos();
        assert_eq!(next(&mut watch, 1).await, ["Synced"]);
        let silence = std::time::Duration::from_hours(24);
        assert!(tokio::time::timeout(silence, watch.next()).await.is_err());
    }
}
