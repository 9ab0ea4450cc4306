//! What can go wrong, and the page about it.

use askama::Template;
use axum::response::{Html, IntoResponse, Response};
use http::StatusCode;

use crate::{
    response::with_retry_after,
    view_models::{Frame, ProblemPage},
};

/// What a handler returns: a page, or why there is none.
pub(crate) type PageResult = Result<Response, PageError>;

/// Seconds after which a page that could not be made is tried again.
const RETRY_SECONDS: u32 = 5;
/// What is said while a backend does not answer.
pub(crate) const OUTAGE: &str = "A part of the server does not answer at the moment. What was saved is safe.";

/// Returns a page, or what went wrong with its template.
pub(crate) fn page(status: StatusCode, page: &impl Template) -> PageResult {
    let html = page.render().map_err(|error| {
        tracing::error!(%error, "a page could not be made");
        Problem::bug()
    })?;
    Ok((status, Html(html)).into_response())
}

/// Why there is no page.
#[derive(Debug)]
pub(crate) enum PageError {
    /// Nobody is signed in, or not any more.
    SignInRequired,
    /// Anything else.
    Problem(Problem),
}

/// Marks a response in whose place a sign-in is shown, by `recovery`, which knows what was asked for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SignInRequired;

/// Marks a response about a request that may go well when it is made again.
#[derive(Clone, Debug)]
pub(crate) struct Transient(pub(crate) Problem);

impl IntoResponse for PageError {
    fn into_response(self) -> Response {
        match self {
            Self::SignInRequired => {
                let mut response = StatusCode::UNAUTHORIZED.into_response();
                response.extensions_mut().insert(SignInRequired);
                response
            }
            Self::Problem(problem) => problem.into_response(),
        }
    }
}

impl From<Problem> for PageError {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

/// What a backend refused, where no form can show it.
impl From<todo_sdk::Error> for PageError {
    fn from(error: todo_sdk::Error) -> Self {
        // A wrong password is for a form to show; here it is the token that is no good.
        if error.is_unauthenticated() {
            return Self::SignInRequired;
        }
        Self::Problem(Problem::from(&error))
    }
}

/// A page about what went wrong.
#[derive(Clone, Debug)]
pub(crate) struct Problem {
    status: StatusCode,
    heading: &'static str,
    text: String,
    retry_seconds: Option<u32>,
}

impl Problem {
    pub(crate) fn new(status: StatusCode, heading: &'static str, text: impl Into<String>) -> Self {
        Self { status, heading, text: text.into(), retry_seconds: None }
    }

    /// There is no such page, or none that this account may know of.
    pub(crate) fn not_found() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "There is nothing here",
            "The address is wrong, or what was here is gone.",
        )
    }

    pub(crate) fn method_not_allowed() -> Self {
        Self::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "That is not how this page works",
            "Pages are read with GET, and changes are made with the forms on them.",
        )
    }

    pub(crate) fn bug() -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "That is our mistake",
            "Something unexpected happened. It was written to the server's log.",
        )
    }

    #[cfg(test)]
    pub(crate) fn with_retry_seconds(self, seconds: u32) -> Self {
        Self { retry_seconds: Some(seconds), ..self }
    }

    /// Whether the same request may go well at another time.
    fn is_transient(&self) -> bool {
        self.status.is_server_error() || self.status == StatusCode::TOO_MANY_REQUESTS
    }

    /// Returns the page, changed by a caller that knows more.
    pub(crate) fn into_page(self, change: impl FnOnce(ProblemPage) -> ProblemPage) -> Response {
        let view = ProblemPage {
            frame: Frame::for_visitor(self.heading, "/", None),
            heading: self.heading,
            text: self.text,
            refresh_seconds: self.retry_seconds,
            again: None,
            back: None,
        };
        let response = match change(view).render() {
            Ok(html) => (self.status, Html(html)).into_response(),
            // The page about a page that could not be made could not be made either.
            Err(_) => (self.status, self.heading).into_response(),
        };
        with_retry_after(response, self.retry_seconds)
    }
}

impl From<&todo_sdk::Error> for Problem {
    fn from(error: &todo_sdk::Error) -> Self {
        let problem = if error.is_not_found() {
            Self::not_found()
        } else if is_outage(error) {
            tracing::warn!(%error, "a page could not be made: a backend does not answer");
            Self::new(StatusCode::SERVICE_UNAVAILABLE, "Todo is taking a break", OUTAGE)
        } else if error.is_resource_exhausted() {
            Self::new(StatusCode::TOO_MANY_REQUESTS, "One moment please", error.to_string())
        } else if error.is_aborted() {
            Self::new(StatusCode::CONFLICT, "Something newer is in the way", error.to_string())
        } else if error.is_invalid_argument() || error.is_already_exists() || error.code() == "OUT_OF_RANGE" {
            Self::new(StatusCode::BAD_REQUEST, "That did not work", error.to_string())
        } else if error.is_permission_denied() {
            Self::new(StatusCode::FORBIDDEN, "That is not allowed", error.to_string())
        } else {
            tracing::error!(%error, "a page could not be made");
            Self::bug()
        };
        Self { retry_seconds: retry_seconds(error), ..problem }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mark = self.is_transient().then(|| Transient(self.clone()));
        let mut response = self.into_page(|view| view);
        if let Some(mark) = mark {
            response.extensions_mut().insert(mark);
        }
        response
    }
}

/// Whether a backend does not answer, or not in time.
pub(crate) fn is_outage(error: &todo_sdk::Error) -> bool {
    error.is_unavailable() || error.is_deadline_exceeded()
}

/// Returns after how many seconds the same may go well; `None` where waiting does not help.
pub(crate) fn retry_seconds(error: &todo_sdk::Error) -> Option<u32> {
    if is_outage(error) {
        return Some(RETRY_SECONDS);
    }
    // Never too early: a part of a second is a whole one.
    let wait = error.retry_after()?;
    let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
    Some(u32::try_from(seconds).unwrap_or(u32::MAX).max(1))
}
