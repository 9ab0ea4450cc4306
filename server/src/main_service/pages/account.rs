//! `/account`: time zone, password, sessions, and the end.

use axum::response::Response;
use http::{StatusCode, header::SET_COOKIE};
use todo_sdk::{AccountUpdate, Secret, SessionId};

use super::super::{
    answer::{self, Outcome, Problem},
    cookie,
    dates::moment,
    form::errors_of,
    note::Note,
    views::{AccountPage, Errors, Frame, SessionRow},
    visit::{Segment, SignedIn, Visit},
};

/// Sessions that are listed. Nobody looks at more.
const SESSIONS: u32 = 100;

/// What is wrong with each of the page's forms.
#[derive(Default)]
struct Refused {
    zone: Errors,
    password: Errors,
    delete: Errors,
}

/// `GET /account`.
pub(crate) async fn show(visit: Visit) -> Outcome {
    let person = visit.signed_in().await?;
    respond(&visit, &person, StatusCode::OK, Refused::default()).await
}

/// `POST /account/time-zone`.
pub(crate) async fn set_time_zone(visit: Visit) -> Outcome {
    let person = visit.signed_in().await?;
    let update = AccountUpdate::new().time_zone(visit.form.get("time_zone").trim());
    match person.auth.update_account(update).await {
        Ok(_) => Ok(answer::see_other(&Note::TimeZoneChanged.on("/account"))),
        Err(error) if error.is_invalid_argument() => {
            show_again(&visit, &person, errors_of(&error, &["time_zone"])).await
        }
        Err(error) => Err(error.into()),
    }
}

/// Shows the page again, with the time zone that was typed and what is wrong with it.
pub(crate) async fn show_again(visit: &Visit, person: &SignedIn, errors: Errors) -> Outcome {
    let refused = Refused { zone: errors, ..Refused::default() };
    respond(visit, person, StatusCode::UNPROCESSABLE_ENTITY, refused).await
}

/// `POST /account/password`: ends all other sessions.
pub(crate) async fn change_password(visit: Visit) -> Outcome {
    let person = visit.signed_in().await?;
    let (current, new) = (visit.form.get("current_password"), visit.form.get("new_password"));
    let Err(error) = person.auth.change_password(&Secret::from(current), &Secret::from(new)).await else {
        return Ok(answer::see_other(&Note::PasswordChanged.on("/account")));
    };
    let retry_seconds = answer::retry_seconds(&error);
    let password = if is_wrong_password(&error) {
        wrong("current_password")
    } else if error.is_invalid_argument() {
        errors_of(&error, &["current_password", "new_password"])
    } else if error.is_resource_exhausted() {
        general(&error)
    } else {
        return Err(error.into());
    };
    let refused = Refused { password, ..Refused::default() };
    let page = respond(&visit, &person, status_of(retry_seconds), refused).await?;
    Ok(answer::with_retry(page, retry_seconds))
}

/// `POST /account/sessions/ID/revoke`.
pub(crate) async fn revoke_session(visit: Visit, Segment(id): Segment) -> Outcome {
    let (auth, _) = visit.clients()?;
    let id: SessionId = id.parse().map_err(|_| Problem::not_found())?;
    auth.revoke_session(id).await?;
    Ok(answer::see_other(&Note::SessionEnded.on("/account")))
}

/// `POST /account/delete`: the account and everything in it, for good.
pub(crate) async fn delete(visit: Visit) -> Outcome {
    let person = visit.signed_in().await?;
    let Err(error) = person.auth.delete_account(&Secret::from(visit.form.get("password"))).await else {
        return Ok(forgetting(answer::see_other(&Note::AccountDeleted.on("/")), &visit));
    };
    let retry_seconds = answer::retry_seconds(&error);
    let delete = if is_wrong_password(&error) {
        wrong("password")
    } else if error.is_resource_exhausted() {
        general(&error)
    } else {
        return Err(error.into());
    };
    let refused = Refused { delete, ..Refused::default() };
    let page = respond(&visit, &person, status_of(retry_seconds), refused).await?;
    Ok(answer::with_retry(page, retry_seconds))
}

/// The answer, with word to the browser to forget the token.
pub(crate) fn forgetting(mut response: Response, visit: &Visit) -> Response {
    response.headers_mut().extend(cookie::forget(visit.channel).map(|cookie| (SET_COOKIE, cookie)));
    response
}

/// Whether it is the typed password that is wrong, and not the session that has ended.
fn is_wrong_password(error: &todo_sdk::Error) -> bool {
    error.reason() == Some("PASSWORD_NOT_VALID")
}

/// That of a form that was refused, for now or as it is.
fn status_of(retry_seconds: Option<u32>) -> StatusCode {
    if retry_seconds.is_some() { StatusCode::TOO_MANY_REQUESTS } else { StatusCode::UNPROCESSABLE_ENTITY }
}

fn wrong(field: &'static str) -> Errors {
    Errors { general: None, fields: vec![(field, "The password is wrong.".to_owned())] }
}

fn general(error: &todo_sdk::Error) -> Errors {
    Errors { general: Some(error.to_string()), fields: Vec::new() }
}

async fn respond(visit: &Visit, person: &SignedIn, status: StatusCode, refused: Refused) -> Outcome {
    let mut sessions = person.auth.sessions().page_size(SESSIONS);
    let (sessions, projects, frame) = futures_util::try_join!(
        async { Ok(sessions.next_page().await?.unwrap_or_default()) },
        person.projects(),
        person.frame(visit, "Account"),
    )?;
    let time_zone =
        if visit.form.has("time_zone") { visit.form.get("time_zone") } else { &person.account.time_zone };
    let view = AccountPage {
        frame: Frame { here: "/account".to_owned(), ..frame },
        nav: SignedIn::nav(visit, "account", &projects),
        username: person.account.username.clone(),
        time_zone: time_zone.to_owned(),
        local_time: person.now.strftime("%H:%M").to_string(),
        sessions: sessions
            .into_iter()
            .map(|session| SessionRow {
                id: session.id.to_string(),
                client: session.client,
                created: moment(session.create_time, &person.now),
                last_used: moment(session.last_use_time, &person.now),
                is_current: session.current,
            })
            .collect(),
        zone_errors: refused.zone,
        password_errors: refused.password,
        delete_errors: refused.delete,
    };
    Ok(answer::page(status, &view))
}
