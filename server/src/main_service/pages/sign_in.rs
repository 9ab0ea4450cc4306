//! `/register`, `/sign-in` and `/sign-out`.

use std::sync::Arc;

use axum::response::Response;
use http::{StatusCode, header::SET_COOKIE};
use todo_sdk::{Error, Login, Secret};

use super::{
    super::{
        Main,
        answer::{self, Outcome, Problem},
        cookie,
        form::{Form, errors_of, local_path, with_query},
        guard::Arrival,
        views::{Errors, RegisterPage, SignInPage},
        visit::Visit,
    },
    account, list, todo,
};

/// Where a form that a sign-in interrupted was sent to.
const DRAFT_TO: &str = "draft_to";
/// What was in it.
const DRAFT: &str = "draft";

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
            let (status, errors) = refusal(&error, StatusCode::UNAUTHORIZED)?;
            let draft = [DRAFT_TO, DRAFT].into_iter().filter(|name| form.has(name));
            let draft = draft.map(|name| (name, form.get(name).to_owned())).collect();
            Ok(sign_in_page(&visit, status, form.next(), None, errors, draft))
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
    let registered = match visit.auth().register(username, &password, time_zone).await {
        Ok(_) => log_in(&visit, username, form.get("password")).await,
        Err(error) => Err(error),
    };
    match registered {
        Ok(login) => Ok(with_cookie(answer::see_other(&form.next()), &visit, &login)),
        Err(error) => {
            let (status, errors) = refusal(&error, StatusCode::UNPROCESSABLE_ENTITY)?;
            Ok(register_page(&visit, status, form.next(), errors))
        }
    }
}

/// `POST /sign-out`: ends the session, here and on the server.
pub(crate) async fn sign_out(visit: Visit) -> Outcome {
    if let Ok((auth, _)) = visit.clients() {
        match auth.logout().await {
            Ok(()) => {}
            // It had ended already.
            Err(error) if error.is_unauthenticated() => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(account::forgetting(answer::see_other("/"), &visit))
}

/// Asks whoever was looking at `here`, or had sent `form` there, to sign in first. What was typed is kept.
pub(crate) fn interrupt(main: &Arc<Main>, arrival: Arrival, here: &str, form: Option<&Form>) -> Response {
    let Some(form) = form else {
        let page = with_query(&with_query("/sign-in", "expired", "1"), "next", local_path(here));
        return answer::see_other(&page);
    };
    let visit = Visit::of_stranger(main, arrival, Form::default());
    let draft = vec![(DRAFT_TO, here.to_owned()), (DRAFT, form.encode())];
    let reason = "You are signed out. Nothing was changed yet: sign in, and what you typed is shown again.";
    sign_in_page(&visit, StatusCode::UNAUTHORIZED, form.next(), Some(reason), Errors::default(), draft)
}

/// Where to go after a sign-in: to the form that it interrupted, or to the next page.
async fn go_on(visit: &Visit, login: &Login) -> Response {
    let next = visit.form.next();
    let form = Form::parse(visit.form.get(DRAFT).as_bytes());
    let target = visit.form.get(DRAFT_TO).to_owned();
    let visit = visit.resumed(login.token.clone(), &form.next(), form);
    let again = Errors {
        general: Some(
            "You had been signed out. Nothing was changed yet: look at it, and send it again.".to_owned(),
        ),
        fields: Vec::new(),
    };
    let shown = match target.strip_prefix("/todos") {
        Some("") => match visit.signed_in().await {
            Ok(person) => list::show_again(&visit, &person, again).await,
            Err(stop) => Err(stop),
        },
        Some(number) if visit.form.has("title") => match visit.signed_in().await {
            Ok(person) => todo::show_again(&visit, &person, number.trim_start_matches('/'), again).await,
            Err(stop) => Err(stop),
        },
        _ => Ok(answer::see_other(&next)),
    };
    shown.unwrap_or_else(axum::response::IntoResponse::into_response)
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

/// What is said about a refused name or password; everything else is no matter of this form.
fn refusal(error: &Error, refused: StatusCode) -> Result<(StatusCode, Errors), Problem> {
    let field = |field, text: String| Errors { general: None, fields: vec![(field, text)] };
    if error.is_invalid_argument() {
        Ok((StatusCode::UNPROCESSABLE_ENTITY, errors_of(error, &["username", "password", "time_zone"])))
    } else if error.is_already_exists() {
        Ok((refused, field("username", error.to_string())))
    } else if error.is_unauthenticated() {
        Ok((refused, field("password", error.to_string())))
    } else if error.is_resource_exhausted() {
        Ok((StatusCode::TOO_MANY_REQUESTS, Errors { general: Some(error.to_string()), fields: Vec::new() }))
    } else {
        Err(Problem::from(error))
    }
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
