//! The server's stream behind a [`Watch`](super::Watch): opened again when it breaks, behind the last event.

use todo_proto::todo::v1 as proto;
use tonic::{Response, Streaming};

use super::event::{Event, ResumeToken};
use crate::{
    Client, Error, PurgedTodo, Result, RetryPolicy,
    client::todo,
    convert::{read_id, read_operation_reference, read_project, read_purged_todo, read_todo},
    retry::Idempotency,
};

/// Where a watch without a resume token begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Start {
    /// With everything there is.
    Snapshot,
    /// With the next change.
    Now,
}

/// The events of the server, and where to go on when its stream breaks.
pub(super) struct ResumingStream {
    client: Client,
    start: Start,
    resume_token: Option<ResumeToken>,
    open: Option<Streaming<proto::WatchChangesResponse>>,
    /// A server that was never there is an error; one that was is waited for.
    ever_opened: bool,
    /// Connections in a row that brought no event.
    failed: u32,
}

impl ResumingStream {
    /// Opens nothing yet.
    pub(super) fn new(client: Client, start: Start, resume_token: Option<ResumeToken>) -> Self {
        Self { client, start, resume_token, open: None, ever_opened: false, failed: 0 }
    }

    /// The next event, with the resume token behind it if the server sent one.
    pub(super) async fn next(&mut self) -> Result<(Event, Option<ResumeToken>)> {
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
                    return Ok((read_event(event, message.operation)?, token));
                }
                // The server ended the stream without an error: it is shutting down.
                Ok(None) => None,
                Err(error) if error.code() == "OUT_OF_RANGE" && self.resume_token.is_some() => {
                    self.open = None;
                    self.resume_token = None;
                    return Ok((Event::Restarted, None));
                }
                Err(error) if self.ever_opened && is_transient(&error) => Some(error),
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
    async fn message(&mut self) -> Result<Option<proto::WatchChangesResponse>> {
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

/// Only the opening has a deadline, which is not sent to the server: servers that cut streams at it are within their
/// rights.
async fn open(
    client: &Client,
    retry: RetryPolicy,
    start: Start,
    token: Option<&ResumeToken>,
) -> Result<Streaming<proto::WatchChangesResponse>> {
    let resume_token = token.map(|token| token.0.clone()).unwrap_or_default();
    client
        .retry_loop(Idempotency::Idempotent, retry)
        .run(|_| async {
            let request = client.request(proto::WatchChangesRequest {
                resume_token: resume_token.clone(),
                skip_snapshot: start == Start::Now,
            });
            let response = todo(client.transport()).watch_changes(request).await;
            response.map(Response::into_inner).map_err(|status| client.error(&status))
        })
        .await
}

/// Whether the reason a watch broke can pass by itself.
fn is_transient(error: &Error) -> bool {
    error.is_unavailable()
        || error.is_deadline_exceeded()
        || error.is_resource_exhausted()
        || error.code() == "CANCELLED"
}

fn read_event(
    event: proto::watch_changes_response::Event,
    operation: Option<proto::OperationReference>,
) -> Result<Event> {
    use proto::watch_changes_response::Event as Proto;
    let operation = operation.map(read_operation_reference).transpose()?;
    Ok(match event {
        Proto::Todo(todo) => Event::Todo { todo: read_todo(Some(todo))?, operation },
        Proto::Project(project) => Event::Project { project: read_project(Some(project))?, operation },
        Proto::PurgedTodo(purged) => {
            let PurgedTodo { id, number } = read_purged_todo(&purged)?;
            Event::PurgedTodo { id, number }
        }
        Proto::PurgedProject(purged) => {
            Event::PurgedProject { id: read_id(&purged.id, "purged_project.id")? }
        }
        Proto::Synced(_) => Event::Synced,
    })
}

#[cfg(test)]
mod tests {
    use tonic::Status;

    use super::*;
    use crate::{
        Watch,
        testing::{Answer, ScriptedServer, todo as sent_todo},
    };

    #[expect(clippy::unnecessary_wraps, reason = "the item of a stream")]
    fn message(number: i32, token: &str) -> Result<proto::WatchChangesResponse, Status> {
        let event = proto::watch_changes_response::Event::Todo(sent_todo(number));
        Ok(proto::WatchChangesResponse {
            event: Some(event),
            resume_token: token.to_owned(),
            operation: None,
        })
    }

    #[expect(clippy::unnecessary_wraps, reason = "the item of a stream")]
    fn synced(token: &str) -> Result<proto::WatchChangesResponse, Status> {
        let event = proto::watch_changes_response::Event::Synced(proto::Synced {});
        Ok(proto::WatchChangesResponse {
            event: Some(event),
            resume_token: token.to_owned(),
            operation: None,
        })
    }

    /// What the next events are, in a word each.
    async fn next(watch: &mut Watch, count: usize) -> Vec<String> {
        let mut seen = Vec::new();
        for _ in 0..count {
            seen.push(match watch.next().await.unwrap().unwrap() {
                Event::Todo { todo, .. } => todo.number.to_string(),
                other => format!("{other:?}"),
            });
        }
        seen
    }

    #[tokio::test(start_paused = true)]
    async fn a_broken_stream_is_resumed_behind_the_last_batch() {
        let server = ScriptedServer::new([
            Answer::Events(vec![
                message(1, ""),
                synced("a"),
                message(2, ""),
                Err(Status::unavailable("Bye.")),
            ]),
            Answer::NotConnected,
            Answer::ConnectionReset,
            Answer::EventsThenEnd(vec![message(2, ""), message(3, "b")]),
            Answer::Events(vec![message(4, "c")]),
        ]);
        let mut watch = server.client().watch_changes();
        assert_eq!(next(&mut watch, 2).await, ["1", "Synced"]);
        assert_eq!(watch.resume_token().unwrap().as_str(), "a");
        assert_eq!(next(&mut watch, 4).await, ["2", "2", "3", "4"]);
        assert_eq!(watch.resume_token().unwrap().as_str(), "c");
        let tokens: Vec<_> = server.calls().into_iter().map(|call| call.key).collect();
        assert_eq!(tokens, ["", "", "", "a", "b"]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_stream_that_was_open_is_reopened_without_a_limit_of_attempts() {
        let outage = std::iter::repeat_with(|| Answer::NotConnected).take(50);
        let answers = std::iter::once(Answer::EventsThenEnd(vec![synced("a")]))
            .chain(outage)
            .chain([Answer::Events(vec![message(1, "b")])]);
        let mut watch = ScriptedServer::new(answers).client().watch_changes();
        assert_eq!(next(&mut watch, 2).await, ["Synced", "1"]);
    }

    #[tokio::test(start_paused = true)]
    async fn failing_to_open_the_first_stream_is_an_error() {
        let server = ScriptedServer::new(std::iter::repeat_with(|| Answer::NotConnected).take(50));
        let mut watch = server.client().watch_changes();
        assert!(watch.next().await.unwrap().unwrap_err().is_unavailable());
        assert!(watch.next().await.is_none());
        assert_eq!(server.calls().len(), 5);
    }

    #[tokio::test(start_paused = true)]
    async fn an_expired_resume_token_restarts_the_watch() {
        let server = ScriptedServer::new([
            Answer::Fail(Status::out_of_range("Too old.")),
            Answer::Events(vec![message(1, ""), synced("z")]),
        ]);
        let mut watch = server.client().watch_changes_from(ResumeToken::from("old".to_owned()));
        assert_eq!(watch.resume_token().unwrap().as_str(), "old");
        assert_eq!(next(&mut watch, 1).await, ["Restarted"]);
        assert_eq!(watch.resume_token(), None);
        assert_eq!(next(&mut watch, 2).await, ["1", "Synced"]);
        let tokens: Vec<_> = server.calls().into_iter().map(|call| call.key).collect();
        assert_eq!(tokens, ["old", ""]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_permanent_error_ends_the_watch() {
        let revoked = || Err(Status::unauthenticated("You are not logged in."));
        let mut watch =
            ScriptedServer::new([Answer::Events(vec![synced("a"), revoked()])]).client().watch_changes();
        assert_eq!(next(&mut watch, 1).await, ["Synced"]);
        assert!(watch.next().await.unwrap().unwrap_err().is_unauthenticated());
        assert!(watch.next().await.is_none());
        assert_eq!(watch.resume_token().unwrap().as_str(), "a");
    }

    #[tokio::test(start_paused = true)]
    async fn only_opening_the_stream_has_a_deadline() {
        let start = tokio::time::Instant::now();
        let server = ScriptedServer::new([Answer::Hang]);
        let error = server.client().watch_changes().next().await.unwrap().unwrap_err();
        assert!(error.is_deadline_exceeded());
        assert_eq!(start.elapsed().as_secs(), 10);
        assert_eq!(server.calls()[0].timeout, None);

        let mut watch = ScriptedServer::new([Answer::Events(vec![synced("a")])]).client().watch_changes();
        assert_eq!(next(&mut watch, 1).await, ["Synced"]);
        let silence = std::time::Duration::from_hours(24);
        assert!(tokio::time::timeout(silence, watch.next()).await.is_err());
    }
}
