//! `/events`: changes, told to open pages as server-sent events. An event says only that something has changed, and where in the
//! feed that was; the page then reads itself anew, so nothing can be missed or shown twice.

use std::convert::Infallible;

use axum::response::{
    IntoResponse as _, Sse,
    sse::{self, KeepAlive},
};
use futures_util::{StreamExt as _, stream};
use http::{HeaderMap, StatusCode};
use serde::Deserialize;
use todo_sdk::{Client, Event, ResumeToken, Watch};

use crate::{error::PageResult, request_context::RequestContext};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct EventsQuery {
    /// The id of the last event that the page has seen.
    after: String,
}

/// `GET /events`: goes on behind `Last-Event-ID`, or behind `?after=`, or begins with now.
pub(crate) async fn events(context: RequestContext, headers: HeaderMap) -> PageResult {
    let (Ok(auth), Ok(todo)) = (context.auth(), context.todo()) else {
        // Nobody looks at this answer: a page would be lost on the script.
        return Ok(StatusCode::UNAUTHORIZED.into_response());
    };
    if let Err(error) = auth.validate_token().await {
        let status = if error.is_unauthenticated() {
            StatusCode::UNAUTHORIZED
        } else {
            StatusCode::SERVICE_UNAVAILABLE
        };
        return Ok(status.into_response());
    }
    let header = headers.get("last-event-id").and_then(|id| id.to_str().ok()).unwrap_or_default();
    let query: EventsQuery = context.query();
    let after = if header.is_empty() { query.after } else { header.to_owned() };
    let watch = match after.as_str() {
        "" => todo.watch_changes_from_now(),
        token => todo.watch_changes_from(ResumeToken::from(token.to_owned())),
    };
    let stop = context.stop();
    let events = stream::unfold(Some((watch, todo)), |open| async {
        let (mut watch, todo) = open?;
        let event = next(&mut watch, &todo).await?;
        Some((Ok::<_, Infallible>(event), Some((watch, todo))))
    })
    .take_until(stop.cancelled_owned());
    Ok(Sse::new(events).keep_alive(KeepAlive::default()).into_response())
}

/// The next event for the page; `None` when the watch has ended, and the browser is to come back.
async fn next(watch: &mut Watch, todo: &Client) -> Option<sse::Event> {
    let name = match watch.next().await? {
        Ok(Event::Synced) => "synced",
        // The event id has expired, or belongs to the account that was signed in before: the page reloads, and news
        // begins with now.
        Ok(Event::Restarted) => return Some(start_over(watch, todo)),
        Ok(_) => "changed",
        Err(error) if error.is_invalid_argument() => return Some(start_over(watch, todo)),
        Err(error) => {
            tracing::debug!(%error, "a page's events have ended");
            return None;
        }
    };
    let event = sse::Event::default().event(name).data("{}");
    Some(match watch.resume_token() {
        Some(token) => event.id(token.as_str()),
        None => event,
    })
}

fn start_over(watch: &mut Watch, todo: &Client) -> sse::Event {
    *watch = todo.watch_changes_from_now();
    sse::Event::default().event("changed").data("{}")
}
