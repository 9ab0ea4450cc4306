//! Forms on their way to a page, and back when the page could not handle them: nothing that was typed is lost because a
//! session had ended or a backend was away.

use std::{error::Error, time::Duration};

use axum::{
    body::{Body, to_bytes},
    extract::Request,
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use http::{
    HeaderMap, HeaderValue, Method, StatusCode,
    header::{CONTENT_LENGTH, CONTENT_TYPE, SET_COOKIE},
};
use http_body_util::LengthLimitError;
use percent_encoding::percent_decode;

use crate::{
    error::{Problem, SignInRequired, Transient},
    form_data::FormData,
    pages::sign_in,
    pending_form::{PendingForm, page_of},
    view_models::ProblemPage,
};

/// Bytes of a form at most.
const MAX_FORM: usize = 1024 * 1024;
/// Fields of a form at most. Ours have a few.
const MAX_FIELDS: usize = 1_000;
/// How long a form may take to arrive.
const UPLOAD_TIMEOUT: Duration = Duration::from_secs(10);
/// What browsers send forms as.
const FORM: &str = "application/x-www-form-urlencoded";

/// Reads the form of a request, lets its page answer, and keeps the form where the page could not be made.
pub(crate) async fn recover(request: Request, next: Next) -> Response {
    let uri = request.uri().clone();
    if request.method() != Method::POST {
        let response = next.run(request).await;
        return if response.extensions().get::<SignInRequired>().is_some() {
            sign_in::redirect_from(&uri)
        } else {
            response
        };
    }
    let (request, form) = match read_form(request).await {
        Ok(read) => read,
        Err(problem) => return problem.into_response(),
    };
    let response = next.run(request).await;
    if response.extensions().get::<SignInRequired>().is_some() {
        return sign_in::ask_to_sign_in(uri.path(), &form);
    }
    offer_again(response, uri.path(), &form)
}

/// Reads the whole form. The request that is returned has it in the one notation that pages read: each name once, with
/// a request id.
///
/// The limit is that of axum's `to_bytes`. The layer of tower-http answers by itself, in plain text, where the length is
/// declared, and is an error of the body where it is not: two ways to the same page.
async fn read_form(request: Request) -> Result<(Request, FormData), Problem> {
    let (mut parts, body) = request.into_parts();
    if !may_be_form(&parts.headers) {
        return Err(Problem::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "That is no form",
            "Send application/x-www-form-urlencoded, as the pages of this site do.",
        ));
    }
    let body = match tokio::time::timeout(UPLOAD_TIMEOUT, to_bytes(body, MAX_FORM)).await {
        Ok(Ok(body)) => body,
        Ok(Err(error)) if is_too_long(&error) => {
            return Err(Problem::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                "That is too much",
                "A form may hold 1 MiB. Nothing was changed.",
            ));
        }
        Ok(Err(_)) => {
            return Err(Problem::new(
                StatusCode::BAD_REQUEST,
                "That did not arrive whole",
                "The connection broke in the middle of the form. Nothing was changed.",
            ));
        }
        Err(_) => {
            return Err(Problem::new(
                StatusCode::REQUEST_TIMEOUT,
                "That took too long",
                "The form did not arrive in time. Nothing was changed.",
            ));
        }
    };
    if body.split(|byte| *byte == b'&').count() > MAX_FIELDS {
        return Err(Problem::new(
            StatusCode::BAD_REQUEST,
            "That is too much",
            "A form may have 1,000 fields. Nothing was changed.",
        ));
    }
    if !is_utf8(&body) {
        return Err(Problem::new(
            StatusCode::BAD_REQUEST,
            "That is not text",
            "A form must be UTF-8. Nothing was changed.",
        ));
    }
    let form = FormData::parse(&body).with_request_id();
    parts.headers.insert(CONTENT_TYPE, HeaderValue::from_static(FORM));
    parts.headers.remove(CONTENT_LENGTH);
    Ok((Request::from_parts(parts, Body::from(form.encode())), form))
}

/// Whether names and values are text. What is not would be kept with other characters than were sent.
fn is_utf8(form: &[u8]) -> bool {
    percent_decode(form).decode_utf8().is_ok()
}

fn is_too_long(error: &axum::Error) -> bool {
    error.source().is_some_and(<dyn Error>::is::<LengthLimitError>)
}

fn may_be_form(headers: &HeaderMap) -> bool {
    let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    kind.is_empty() || kind.eq_ignore_ascii_case(FORM)
}

/// Returns the response to a form: where nothing is wrong with the form, and it could only not be handled now, the page
/// keeps it to be sent again. Such a page never loads itself again, as its address is none to be read, and the form would
/// be gone.
fn offer_again(mut response: Response, path: &str, form: &FormData) -> Response {
    let Some(Transient(problem)) = response.extensions_mut().remove() else {
        return response;
    };
    let again = PendingForm::of(path, form);
    let back = again.is_none().then(|| page_of(path, form));
    let mut page = problem.into_page(|view| ProblemPage { refresh_seconds: None, again, back, ..view });
    // A sign-in may have succeeded before the page behind it failed.
    for cookie in response.headers().get_all(SET_COOKIE) {
        page.headers_mut().append(SET_COOKIE, cookie.clone());
    }
    page
}

#[cfg(test)]
mod tests {
    use http::header::RETRY_AFTER;

    use super::*;

    async fn shown(response: Response) -> (Option<String>, String) {
        let retry_after = response.headers().get(RETRY_AFTER);
        let retry_after = retry_after.map(|seconds| seconds.to_str().unwrap().to_owned());
        let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
        (retry_after, String::from_utf8(body.to_vec()).unwrap())
    }

    #[tokio::test]
    async fn only_pages_fetched_by_get_refresh_themselves() {
        let busy = Problem::new(StatusCode::TOO_MANY_REQUESTS, "One moment please", "Too much at once.")
            .with_retry_seconds(7);
        let (retry_after, read) = shown(busy.clone().into_response()).await;
        assert_eq!(retry_after.as_deref(), Some("7"));
        assert!(read.contains("<meta http-equiv=\"refresh\" content=\"7\">"), "{read}");

        let form = FormData::parse(b"title=a%22b&password=secret");
        for (path, kept) in [("/todos", true), ("/account/delete", false)] {
            let (retry_after, sent) = shown(offer_again(busy.clone().into_response(), path, &form)).await;
            assert_eq!(retry_after.as_deref(), Some("7"), "{path}");
            assert!(!sent.contains("refresh") && !sent.contains("secret"), "{path}: {sent}");
            assert_eq!(sent.contains("name=\"title\" value=\"a&#34;b\""), kept, "{path}: {sent}");
            assert_eq!(sent.contains("<a href=\"/account\">Go back</a>"), !kept, "{path}: {sent}");
        }

        // What is wrong with a request stays wrong.
        let (_, wrong) = shown(offer_again(Problem::not_found().into_response(), "/todos/9", &form)).await;
        assert!(!wrong.contains("Try again") && !wrong.contains("refresh"), "{wrong}");
    }
}
