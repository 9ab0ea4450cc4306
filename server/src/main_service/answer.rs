//! From a page, or from what went wrong, to a response.

use askama::Template;
use axum::response::{Html, IntoResponse, Response};
use http::{
    HeaderValue, StatusCode,
    header::{CACHE_CONTROL, CONTENT_TYPE, LOCATION, RETRY_AFTER, SET_COOKIE},
};

use super::{
    assets::Assets,
    draft::{Draft, page_of},
    form::Form,
    views::{Frame, ProblemPage},
    visit::Segment,
};

/// What a handler returns: a page, or why there is none.
pub(crate) type Outcome = Result<Response, Stop>;

/// Seconds after which a page that could not be made is tried again.
const RETRY_SECONDS: u32 = 5;
/// What is said while a backend does not answer.
pub(crate) const OUTAGE: &str = "A part of the server does not answer at the moment. What was saved is safe.";

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

/// The answer to a form: where nothing is wrong with it, and it could only not be handled now, the page keeps it to be
/// sent again. Such a page never loads itself again, as its address is none to be read, and the form would be gone.
pub(crate) fn to_form(mut response: Response, path: &str, form: &Form) -> Response {
    let Some(Unfinished(problem)) = response.extensions_mut().remove() else {
        return response;
    };
    let again = Draft::of(path, form);
    let back = again.is_none().then(|| page_of(path, form));
    let mut answer = problem.into_page(|view| ProblemPage { refresh_seconds: None, again, back, ..view });
    // A sign-in may have succeeded before the page behind it failed.
    for cookie in response.headers().get_all(SET_COOKIE) {
        answer.headers_mut().append(SET_COOKIE, cookie.clone());
    }
    answer
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

/// The mark on an answer about a request that may go well when it is made again.
#[derive(Clone, Debug)]
struct Unfinished(Problem);

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

    fn bug() -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "That is our mistake",
            "Something unexpected happened. It was written to the server's log.",
        )
    }

    /// Whether the same request may go well at another time.
    fn is_passing(&self) -> bool {
        self.status.is_server_error() || self.status == StatusCode::TOO_MANY_REQUESTS
    }

    /// The page, with a change by whoever knows more.
    fn into_page(self, change: impl FnOnce(ProblemPage) -> ProblemPage) -> Response {
        let frame = Frame {
            title: self.heading.to_owned(),
            assets: Assets::get(),
            username: None,
            here: "/".to_owned(),
            notice: None,
        };
        let view = ProblemPage {
            frame,
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
        with_retry(response, self.retry_seconds)
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
        let mark = self.is_passing().then(|| Unfinished(self.clone()));
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

/// After how many seconds the same may go well; `None` where waiting does not help.
pub(crate) fn retry_seconds(error: &todo_sdk::Error) -> Option<u32> {
    if is_outage(error) {
        return Some(RETRY_SECONDS);
    }
    // Never too early: a part of a second is a whole one.
    let wait = error.retry_after()?;
    let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
    Some(u32::try_from(seconds).unwrap_or(u32::MAX).max(1))
}

/// The answer, with word of when the same may go well.
pub(crate) fn with_retry(mut response: Response, seconds: Option<u32>) -> Response {
    response.headers_mut().extend(seconds.map(|seconds| (RETRY_AFTER, HeaderValue::from(seconds))));
    response
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
pub(crate) async fn asset(Segment(name): Segment) -> Response {
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

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt as _;

    use super::*;

    async fn shown(response: Response) -> (Option<String>, String) {
        let retry_after = response.headers().get(RETRY_AFTER);
        let retry_after = retry_after.map(|seconds| seconds.to_str().unwrap().to_owned());
        let body = response.into_body().collect().await.unwrap().to_bytes();
        (retry_after, String::from_utf8(body.to_vec()).unwrap())
    }

    #[tokio::test]
    async fn only_what_is_read_loads_itself_again() {
        let busy = Problem {
            retry_seconds: Some(7),
            ..Problem::new(StatusCode::TOO_MANY_REQUESTS, "One moment please", "Too much at once.")
        };
        let (retry_after, read) = shown(busy.clone().into_response()).await;
        assert_eq!(retry_after.as_deref(), Some("7"));
        assert!(read.contains("<meta http-equiv=\"refresh\" content=\"7\">"), "{read}");

        let form = Form::parse(b"title=a%22b&password=secret");
        for (path, kept) in [("/todos", true), ("/account/delete", false)] {
            let (retry_after, sent) = shown(to_form(busy.clone().into_response(), path, &form)).await;
            assert_eq!(retry_after.as_deref(), Some("7"), "{path}");
            assert!(!sent.contains("refresh") && !sent.contains("secret"), "{path}: {sent}");
            assert_eq!(sent.contains("name=\"title\" value=\"a&#34;b\""), kept, "{path}: {sent}");
            assert_eq!(sent.contains("<a href=\"/account\">Go back</a>"), !kept, "{path}: {sent}");
        }

        // What is wrong with a request stays wrong.
        let (_, wrong) = shown(to_form(Problem::not_found().into_response(), "/todos/9", &form)).await;
        assert!(!wrong.contains("Try again") && !wrong.contains("refresh"), "{wrong}");
    }
}
