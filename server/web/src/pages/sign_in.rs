//! `/sign-in` and `/sign-out`, and the sign-in that is asked for in the place of another page.

use axum::{
    Form,
    response::{IntoResponse as _, Response},
};
use http::{StatusCode, Uri};
use serde::Deserialize;
use todo_sdk::{Error, Login, Secret};

use super::{account, annotations, list, projects, todo};
use crate::{
    device_cookie,
    error::{OUTAGE, PageResult, Problem, is_outage, page, retry_seconds},
    field_errors::field_errors,
    flash::Flash,
    form_data::FormData,
    password::Password,
    pending_form::{PendingForm, page_of},
    request_context::RequestContext,
    response::{see_other, with_cookie, with_retry_after},
    session_cookie,
    urls::{local_path, segments, with_query},
    user_agent,
    view_models::{Errors, Frame, SignInPage},
};

/// The form of the page. What a sign-in interrupted comes along in `pending_action` and `pending_form`.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct SignInForm {
    username: String,
    password: Password,
    next: String,
    pending_action: String,
    pending_form: String,
}

/// The query of the page, and of the one that opens an account.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct SignInQuery {
    /// Where to go afterwards.
    pub(super) next: String,
    /// Whether a session has expired.
    expired: Option<String>,
}

/// `GET /sign-in`.
pub(crate) async fn show(context: RequestContext) -> PageResult {
    let query: SignInQuery = context.query();
    let view = SignInPage {
        next: local_path(&query.next).to_owned(),
        reason: query.expired.map(|_| "Please sign in to go on."),
        ..empty_page(context.visitor_frame(TITLE))
    };
    page(StatusCode::OK, &view)
}

/// `POST /sign-in`.
pub(crate) async fn sign_in(context: RequestContext, Form(form): Form<SignInForm>) -> PageResult {
    match log_in(&context, &form.username, form.password.secret()).await {
        Ok(login) => {
            let response = go_on(&context, &form, &login).await;
            Ok(with_session(response, &context, &login))
        }
        Err(error) => {
            let pending = PendingForm::carried_by(&form.pending_action, &form.pending_form);
            let pending = pending.map(|pending| pending.hidden_fields()).unwrap_or_default();
            refuse(&context, (&form.username, &form.next), &error, None, pending)
        }
    }
}

/// `POST /sign-out`: ends the session, here and on the server. Here, whatever the server says: whoever leaves a machine
/// must not have to wait for it.
pub(crate) async fn sign_out(context: RequestContext) -> PageResult {
    let mut next = "/".to_owned();
    if let Ok(auth) = context.auth() {
        match auth.logout().await {
            Ok(()) => {}
            // It had ended already.
            Err(error) if error.is_unauthenticated() => {}
            Err(error) => {
                tracing::warn!(%error, "a session could not be ended");
                next = Flash::SessionNotEnded.on(&next);
            }
        }
    }
    Ok(with_cookie(see_other(&next), session_cookie::remove(context.connection)))
}

/// Redirects from this page to the sign-in.
pub(crate) fn redirect_from(uri: &Uri) -> Response {
    let here = local_path(uri.path_and_query().map_or("/", |path| path.as_str()));
    see_other(&with_query(&with_query("/sign-in", "expired", "1"), "next", here))
}

/// Asks the sender of a form to sign in first. The input is kept where it can be shown again.
pub(crate) fn ask_to_sign_in(path: &str, form: &FormData) -> Response {
    let pending = PendingForm::of(path, form).filter(PendingForm::is_typed);
    let reason = if pending.is_some() {
        "You are signed out. Nothing was changed yet: sign in, and what you typed is shown again."
    } else {
        "You are signed out, and nothing was changed. Sign in to go back to where you were, and do it again there."
    };
    let view = SignInPage {
        next: page_of(path, form),
        reason: Some(reason),
        pending: pending.map(|pending| pending.hidden_fields()).unwrap_or_default(),
        ..empty_page(Frame::for_visitor(TITLE, "/", None))
    };
    page(StatusCode::UNAUTHORIZED, &view).into_response()
}

const TITLE: &str = "Sign in";

fn empty_page(frame: Frame) -> SignInPage {
    SignInPage {
        frame,
        username: String::new(),
        next: "/".to_owned(),
        errors: Errors::default(),
        reason: None,
        pending: Vec::new(),
    }
}

pub(super) async fn log_in(
    context: &RequestContext,
    username: &str,
    password: &Secret,
) -> Result<Login, Error> {
    let name = user_agent::name(&context.user_agent);
    context.auth_for_visitor().login_from_device(username, password, &name, context.device.as_ref()).await
}

/// Where to go after a sign-in: to the form that it interrupted, or to the next page.
async fn go_on(context: &RequestContext, form: &SignInForm, login: &Login) -> Response {
    let shown = match PendingForm::carried_by(&form.pending_action, &form.pending_form) {
        Some(pending) => {
            show_again(&context.signed_in_at(login.token.clone(), &pending.action), &pending).await
        }
        None => Ok(see_other(local_path(&form.next))),
    };
    shown.into_response()
}

/// Shows the form that a sign-in had interrupted.
async fn show_again(context: &RequestContext, pending: &PendingForm) -> PageResult {
    let again =
        Errors::general("You had been signed out. Nothing was changed yet: look at it, and send it again.");
    match segments(&pending.action)[..] {
        ["todos"] => list::show_again(context, &pending.fields(), again).await,
        ["todos", number] => todo::show_again(context, number, &pending.fields(), again).await,
        ["todos", number, "annotations"] => {
            annotations::show_again(context, number, &pending.fields(), again).await
        }
        ["projects"] => projects::show_again(context, None, &pending.fields(), again).await,
        ["projects", id] => projects::show_again(context, Some(id), &pending.fields(), again).await,
        ["account", "time-zone"] => account::show_again(context, pending.fields(), again).await,
        _ => Ok(see_other(&page_of(&pending.action, &pending.form))),
    }
}

/// Returns the response, with the token for the browser to keep.
pub(super) fn with_session(response: Response, context: &RequestContext, login: &Login) -> Response {
    let seconds = login.session.expire_time.as_second() - login.session.create_time.as_second();
    let response = with_cookie(response, session_cookie::keep(&login.token, seconds, context.connection));
    with_cookie(response, device_cookie::keep(&login.device_secret, context.connection))
}

/// Shows the page after a refused sign-in. `typed` is the username, and where to go afterwards.
pub(super) fn refuse(
    context: &RequestContext,
    typed: (&str, &str),
    error: &Error,
    reason: Option<&'static str>,
    pending: Vec<(&'static str, String)>,
) -> PageResult {
    let Refusal { status, errors, retry_seconds } = Refusal::of(error, StatusCode::UNAUTHORIZED)?;
    let (username, next) = (typed.0.to_owned(), local_path(typed.1).to_owned());
    let view =
        SignInPage { username, next, errors, reason, pending, ..empty_page(context.visitor_frame(TITLE)) };
    Ok(with_retry_after(page(status, &view)?, retry_seconds))
}

/// What is said to somebody who has to wait, and for how long.
fn with_wait(error: &Error) -> String {
    match retry_seconds(error) {
        Some(1) => format!("{error} Try again in a second."),
        Some(seconds) => format!("{error} Try again in {seconds} seconds."),
        None => error.to_string(),
    }
}

/// Why a sign-in was refused.
pub(super) struct Refusal {
    pub(super) status: StatusCode,
    pub(super) errors: Errors,
    pub(super) retry_seconds: Option<u32>,
}

impl Refusal {
    /// What is said about a refused name or password, or about a part of the server that does not answer, which is no
    /// reason to lose what was typed; everything else is no matter of these forms. `status` is that of a wrong name or
    /// password.
    pub(super) fn of(error: &Error, status: StatusCode) -> Result<Self, Problem> {
        let (status, errors) = if error.is_invalid_argument() {
            let errors = field_errors(error, &["username", "password", "time_zone"]);
            (StatusCode::UNPROCESSABLE_ENTITY, errors)
        } else if error.is_already_exists() {
            (status, Errors::field("username", error.to_string()))
        } else if error.is_unauthenticated() {
            (status, Errors::field("password", error.to_string()))
        } else if error.is_resource_exhausted() {
            (StatusCode::TOO_MANY_REQUESTS, Errors::general(with_wait(error)))
        } else if is_outage(error) {
            tracing::warn!(%error, "nobody can be let in: a backend does not answer");
            (StatusCode::SERVICE_UNAVAILABLE, Errors::general(format!("{OUTAGE} Try again in a moment.")))
        } else {
            return Err(Problem::from(error));
        };
        Ok(Self { status, errors, retry_seconds: retry_seconds(error) })
    }
}
