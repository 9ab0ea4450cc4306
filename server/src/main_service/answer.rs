//! From a page, or from what went wrong, to a response.

use askama::Template;
use axum::{
    extract::Path,
    response::{Html, IntoResponse, Response},
};
use http::{
    HeaderValue, StatusCode,
    header::{CACHE_CONTROL, CONTENT_TYPE, LOCATION, RETRY_AFTER},
};

use super::{
    assets::Assets,
    views::{Frame, ProblemPage},
};

/// What a handler returns: a page, or why there is none.
pub(crate) type Outcome = Result<Response, Stop>;

/// Seconds after which a page that could not be made is tried again.
const RETRY_SECONDS: u32 = 5;

/// A page.
pub(crate) fn page(status: StatusCode, page: &impl Template) -> Response {
    match page.render() {
        Ok(html) => (status, Html(html)).into_response(),
        Err(error) => {
            tracing::error!(%error, "a page could not be made");
            Problem::bug().into_response()
        }
    }
}

/// To another page of this site, by GET.
pub(crate) fn see_other(path: &str) -> Response {
    match HeaderValue::try_from(path) {
        Ok(path) => (StatusCode::SEE_OTHER, [(LOCATION, path)]).into_response(),
        Err(_) => (StatusCode::SEE_OTHER, [(LOCATION, HeaderValue::from_static("/"))]).into_response(),
    }
}

/// Why there is no page.
#[derive(Debug)]
pub(crate) enum Stop {
    /// Nobody is signed in, or not any more.
    SignIn,
    /// Anything else.
    Problem(Problem),
}

/// The mark on an answer that asks for a sign-in, from which the guard, who knows what was asked, makes the page.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SignInFirst;

impl IntoResponse for Stop {
    fn into_response(self) -> Response {
        match self {
            Self::SignIn => {
                let mut response = StatusCode::UNAUTHORIZED.into_response();
                response.extensions_mut().insert(SignInFirst);
                response
            }
            Self::Problem(problem) => problem.into_response(),
        }
    }
}

impl From<Problem> for Stop {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

/// What a backend refused, where no form can show it.
impl From<todo_sdk::Error> for Stop {
    fn from(error: todo_sdk::Error) -> Self {
        // A wrong password is for a form to show; here it is the token that is no good.
        if error.is_unauthenticated() {
            return Self::SignIn;
        }
        Self::Problem(Problem::from(&error))
    }
}

/// A page about what went wrong.
#[derive(Debug)]
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

    fn bug() -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "That is our mistake",
            "Something unexpected happened. It was written to the server's log.",
        )
    }

    fn retried_after(mut self, seconds: u32) -> Self {
        self.retry_seconds = Some(seconds);
        self
    }
}

impl From<&todo_sdk::Error> for Problem {
    fn from(error: &todo_sdk::Error) -> Self {
        if error.is_not_found() {
            Self::not_found()
        } else if error.is_unavailable() || error.is_deadline_exceeded() {
            tracing::warn!(%error, "a page could not be made: a backend does not answer");
            Self::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "Todo is taking a break",
                "A part of the server does not answer at the moment. This page tries again by itself. What was saved is safe.",
            )
            .retried_after(RETRY_SECONDS)
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
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let frame = Frame {
            title: self.heading.to_owned(),
            assets: Assets::get(),
            username: None,
            here: "/".to_owned(),
            notice: None,
        };
        let retry_seconds = self.retry_seconds;
        let view = ProblemPage { frame, heading: self.heading, text: self.text, retry_seconds };
        let mut response = match view.render() {
            Ok(html) => (self.status, Html(html)).into_response(),
            // The page about a page that could not be made could not be made either.
            Err(_) => (self.status, self.heading).into_response(),
        };
        if let Some(seconds) = retry_seconds {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

pub(crate) async fn not_found() -> Response {
    Problem::not_found().into_response()
}

pub(crate) async fn method_not_allowed() -> Response {
    Problem::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "That is not how this page works",
        "Pages are read with GET, and changes are made with the forms on them.",
    )
    .into_response()
}

/// The stylesheet, the script or the icons.
pub(crate) async fn asset(Path(name): Path<String>) -> Response {
    let Some(asset) = Assets::get().find(&format!("/assets/{name}")) else {
        return not_found().await;
    };
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static(asset.content_type)),
        // Its name changes with its content.
        (CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable")),
    ];
    (headers, asset.content.as_str()).into_response()
}
