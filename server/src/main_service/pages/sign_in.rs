//! `/register`, `/sign-in` and `/sign-out`.

use std::sync::Arc;

use axum::response::{IntoResponse, Response};
use http::{StatusCode, Uri, header::SET_COOKIE};
use todo_sdk::{Error, Login, Secret};

use super::{
    super::{
        Main,
        answer::{self, OUTAGE, Outcome, Problem},
        cookie,
        draft::{Draft, page_of, segments},
        form::{Form, errors_of, local_path, with_query},
        guard::Arrival,
        note::Note,
        views::{Errors, RegisterPage, SignInPage},
        visit::Visit,
    },
    account, list, projects, todo,
};

/// `GET /sign-in`.
pub(crate) async fn show(visit: Visit) -> Outcome {
    let next = local_path(visit.query.get("next")).to_owned();
    let reason = visit.query.has("expired").then_some("Please sign in to go on.");
    Ok(sign_in_page(&visit, StatusCode::OK, next, reason, Errors::default(), Vec::new()))
}

/// `POST /sign-in`.
pub(crate) async fn sign_in(visit: Visit) -> Outcome {
    let form = &visit.form;
    let login = log_in(&visit, form.get("username"), form.get("password")).await;
    match login {
        Ok(login) => Ok(with_cookie(go_on(&visit, &login).await, &visit, &login)),
        Err(error) => {
            let Refused { status, errors, retry_seconds } = refusal(&error, StatusCode::UNAUTHORIZED)?;
            let draft = Draft::carried_by(form).map(|draft| draft.hidden_fields()).unwrap_or_default();
            let page = sign_in_page(&visit, status, form.next(), None, errors, draft);
            Ok(answer::with_retry(page, retry_seconds))
        }
    }
}

/// `GET /register`.
pub(crate) async fn show_register(visit: Visit) -> Outcome {
    let next = local_path(visit.query.get("next")).to_owned();
    Ok(register_page(&visit, StatusCode::OK, next, Errors::default()))
}

/// `POST /register`: opens an account and signs in.
pub(crate) async fn register(visit: Visit) -> Outcome {
    let form = &visit.form;
    let (username, password) = (form.get("username"), Secret::from(form.get("password")));
    let time_zone = form.some("time_zone").map(str::trim);
    if let Err(error) = visit.auth().register(username, &password, time_zone).await {
        let Refused { status, errors, retry_seconds } = refusal(&error, StatusCode::UNPROCESSABLE_ENTITY)?;
        let page = register_page(&visit, status, form.next(), errors);
        return Ok(answer::with_retry(page, retry_seconds));
    }
    match log_in(&visit, username, form.get("password")).await {
        Ok(login) => Ok(with_cookie(answer::see_other(&form.next()), &visit, &login)),
        // The account is there: registering again would only say that the name is taken.
        Err(error) => {
            let Refused { status, errors, retry_seconds } = refusal(&error, StatusCode::UNAUTHORIZED)?;
            let reason = Some("Your account is made. Sign in to use it.");
            let page = sign_in_page(&visit, status, form.next(), reason, errors, Vec::new());
            Ok(answer::with_retry(page, retry_seconds))
        }
    }
}

/// `POST /sign-out`: ends the session, here and on the server. Here, whatever the server says: whoever leaves a machine
/// must not have to wait for it.
pub(crate) async fn sign_out(visit: Visit) -> Outcome {
    let mut next = "/".to_owned();
    if let Ok((auth, _)) = visit.clients() {
        match auth.logout().await {
            Ok(()) => {}
            // It had ended already.
            Err(error) if error.is_unauthenticated() => {}
            Err(error) => {
                tracing::warn!(%error, "a session could not be ended");
                next = Note::SessionLeft.on(&next);
            }
        }
    }
    Ok(account::forgetting(answer::see_other(&next), &visit))
}

/// Asks whoever was looking at this page, or had sent a form there, to sign in first. What was typed is kept where it
/// can be shown again.
pub(crate) fn interrupt(main: &Arc<Main>, arrival: Arrival, uri: &Uri, form: Option<&Form>) -> Response {
    let Some(form) = form else {
        let here = local_path(uri.path_and_query().map_or("/", |path| path.as_str()));
        return answer::see_other(&with_query(&with_query("/sign-in", "expired", "1"), "next", here));
    };
    let visit = Visit::of_stranger(main, arrival, Form::default());
    let draft = Draft::of(uri.path(), form).filter(Draft::is_typed);
    let reason = if draft.is_some() {
        "You are signed out. Nothing was changed yet: sign in, and what you typed is shown again."
    } else {
        "You are signed out, and nothing was changed. Sign in to go back to where you were, and do it again there."
    };
    let draft = draft.map(|draft| draft.hidden_fields()).unwrap_or_default();
    let next = page_of(uri.path(), form);
    sign_in_page(&visit, StatusCode::UNAUTHORIZED, next, Some(reason), Errors::default(), draft)
}

/// Where to go after a sign-in: to the form that it interrupted, or to the next page.
async fn go_on(visit: &Visit, login: &Login) -> Response {
    let shown = match Draft::carried_by(&visit.form) {
        Some(draft) => show_again(&visit.resumed(login.token.clone(), draft)).await,
        None => Ok(answer::see_other(&visit.form.next())),
    };
    shown.unwrap_or_else(IntoResponse::into_response)
}

/// Shows the form that a sign-in had interrupted.
async fn show_again(visit: &Visit) -> Outcome {
    let again = Errors {
        general: Some(
            "You had been signed out. Nothing was changed yet: look at it, and send it again.".to_owned(),
        ),
        fields: Vec::new(),
    };
    let person = visit.signed_in().await?;
    match segments(&visit.here)[..] {
        ["todos"] => list::show_again(visit, &person, again).await,
        ["todos", number] => todo::show_again(visit, &person, number, again).await,
        ["projects"] => projects::show_again(visit, &person, None, again).await,
        ["projects", id] => projects::show_again(visit, &person, Some(id), again).await,
        ["account", "time-zone"] => account::show_again(visit, &person, again).await,
        _ => Ok(answer::see_other(&page_of(&visit.here, &visit.form))),
    }
}

async fn log_in(visit: &Visit, username: &str, password: &str) -> Result<Login, Error> {
    visit.auth().login(username, &Secret::from(password), &browser(&visit.user_agent)).await
}

/// The answer, with the token for the browser to keep.
fn with_cookie(mut response: Response, visit: &Visit, login: &Login) -> Response {
    let seconds = login.session.expire_time.as_second() - login.session.create_time.as_second();
    let cookie = cookie::keep(&login.token, seconds, visit.channel);
    response.headers_mut().extend(cookie.map(|cookie| (SET_COOKIE, cookie)));
    response
}

/// Why nobody was let in.
struct Refused {
    status: StatusCode,
    errors: Errors,
    retry_seconds: Option<u32>,
}

/// What is said about a refused name or password, or about a part of the server that does not answer, which is no reason
/// to lose what was typed; everything else is no matter of these forms. `status` is that of a wrong name or password.
fn refusal(error: &Error, status: StatusCode) -> Result<Refused, Problem> {
    let field = |field, text: String| Errors { general: None, fields: vec![(field, text)] };
    let general = |text: String| Errors { general: Some(text), fields: Vec::new() };
    let (status, errors) = if error.is_invalid_argument() {
        let errors = errors_of(error, &["username", "password", "time_zone"]);
        (StatusCode::UNPROCESSABLE_ENTITY, errors)
    } else if error.is_already_exists() {
        (status, field("username", error.to_string()))
    } else if error.is_unauthenticated() {
        (status, field("password", error.to_string()))
    } else if error.is_resource_exhausted() {
        (StatusCode::TOO_MANY_REQUESTS, general(error.to_string()))
    } else if answer::is_outage(error) {
        tracing::warn!(%error, "nobody can be let in: a backend does not answer");
        (StatusCode::SERVICE_UNAVAILABLE, general(format!("{OUTAGE} Try again in a moment.")))
    } else {
        return Err(Problem::from(error));
    };
    Ok(Refused { status, errors, retry_seconds: answer::retry_seconds(error) })
}

fn sign_in_page(
    visit: &Visit,
    status: StatusCode,
    next: String,
    reason: Option<&'static str>,
    errors: Errors,
    draft: Vec<(&'static str, String)>,
) -> Response {
    let username = visit.form.get("username").to_owned();
    let frame = visit.strangers_frame("Sign in");
    answer::page(status, &SignInPage { frame, username, next, errors, reason, draft })
}

fn register_page(visit: &Visit, status: StatusCode, next: String, errors: Errors) -> Response {
    let form = &visit.form;
    let (username, time_zone) = (form.get("username").to_owned(), form.get("time_zone").to_owned());
    let frame = visit.strangers_frame("Create an account");
    answer::page(status, &RegisterPage { frame, username, time_zone, next, errors })
}

/// What the session is called in the list of sessions: `Firefox on Linux`, as far as the browser tells.
fn browser(user_agent: &str) -> String {
    let first_of = |names: &[(&str, &'static str)]| {
        names.iter().find(|(mark, _)| user_agent.contains(mark)).map(|(_, name)| *name)
    };
    // Each of them claims to be those that came before it.
    let browser = first_of(&[
        ("Edg/", "Edge"),
        ("OPR/", "Opera"),
        ("Firefox/", "Firefox"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
    ]);
    let system = first_of(&[
        ("Android", "Android"),
        ("iPhone", "iOS"),
        ("iPad", "iOS"),
        ("Windows", "Windows"),
        ("Mac OS X", "macOS"),
        ("Linux", "Linux"),
    ]);
    let browser = browser.unwrap_or("A browser");
    system.map_or_else(|| browser.to_owned(), |system| format!("{browser} on {system}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn browsers_are_called_by_their_names() {
        for (agent, name) in [
            ("Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0", "Firefox on Linux"),
            (
                "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Safari/537.36 Edg/126.0",
                "Edge on Windows",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1 Version/17.5 Mobile Safari/604.1",
                "Safari on iOS",
            ),
            ("", "A browser"),
        ] {
            assert_eq!(browser(agent), name);
        }
    }
}
