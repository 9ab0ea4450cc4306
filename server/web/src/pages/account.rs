//! `/account`: time zone, password, sessions, and the end.

use axum::Form;
use http::StatusCode;
use serde::Deserialize;
use todo_sdk::{AccountUpdate, Session, SessionId};

use crate::{
    dates::moment,
    error::{PageResult, Problem, page, retry_seconds},
    field_errors::field_errors,
    flash::Flash,
    navigation::nav,
    password::Password,
    request_context::{RequestContext, Segment},
    response::{see_other, with_cookie, with_retry_after},
    session_cookie,
    signed_in::SignedIn,
    view_models::{AccountPage, Errors, Frame, SessionRow},
};

const PATH: &str = "/account";
/// Sessions that are listed. Nobody looks at more.
const MAX_SESSIONS: u32 = 100;

/// The form with the time zone.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct TimeZoneForm {
    time_zone: String,
}

/// The form that changes the password.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct PasswordForm {
    current_password: Password,
    new_password: Password,
}

/// The form that deletes the account.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct DeleteForm {
    password: Password,
}

/// What was refused of the page's forms.
#[derive(Default)]
struct Refused {
    /// The time zone that was typed.
    time_zone: Option<String>,
    zone_errors: Errors,
    password_errors: Errors,
    delete_errors: Errors,
}

/// `GET /account`.
pub(crate) async fn show(context: RequestContext) -> PageResult {
    respond(&context, StatusCode::OK, Refused::default()).await
}

/// `POST /account/time-zone`.
pub(crate) async fn set_time_zone(context: RequestContext, Form(form): Form<TimeZoneForm>) -> PageResult {
    let update = AccountUpdate::new().time_zone(form.time_zone.trim());
    match context.auth()?.update_account(update).await {
        Ok(_) => Ok(see_other(&Flash::TimeZoneChanged.on(PATH))),
        Err(error) if error.is_invalid_argument() => {
            show_again(&context, form, field_errors(&error, &["time_zone"])).await
        }
        Err(error) => Err(error.into()),
    }
}

/// Shows the page again, with the time zone that was typed and what is wrong with it.
pub(crate) async fn show_again(context: &RequestContext, form: TimeZoneForm, errors: Errors) -> PageResult {
    let refused = Refused { time_zone: Some(form.time_zone), zone_errors: errors, ..Refused::default() };
    respond(context, StatusCode::UNPROCESSABLE_ENTITY, refused).await
}

/// `POST /account/password`: ends all other sessions.
pub(crate) async fn change_password(context: RequestContext, Form(form): Form<PasswordForm>) -> PageResult {
    let (current, new) = (form.current_password.secret(), form.new_password.secret());
    let changed = context.auth()?.change_password(current, new).await;
    let Err(error) = changed else {
        return Ok(see_other(&Flash::PasswordChanged.on(PATH)));
    };
    let password_errors = if is_wrong_password(&error) {
        wrong_password("current_password")
    } else if error.is_invalid_argument() {
        field_errors(&error, &["current_password", "new_password"])
    } else if error.is_resource_exhausted() {
        Errors::general(error.to_string())
    } else {
        return Err(error.into());
    };
    refuse(&context, &error, Refused { password_errors, ..Refused::default() }).await
}

/// `POST /account/sessions/ID/revoke`.
pub(crate) async fn revoke_session(context: RequestContext, Segment(id): Segment) -> PageResult {
    let auth = context.auth()?;
    let id: SessionId = id.parse().map_err(|_| Problem::not_found())?;
    auth.revoke_session(id).await?;
    Ok(see_other(&Flash::SessionEnded.on(PATH)))
}

/// `POST /account/delete`: the account and everything in it, for good.
pub(crate) async fn delete(context: RequestContext, Form(form): Form<DeleteForm>) -> PageResult {
    let Err(error) = context.auth()?.delete_account(form.password.secret()).await else {
        let response = see_other(&Flash::AccountDeleted.on("/"));
        return Ok(with_cookie(response, session_cookie::remove(context.connection)));
    };
    let delete_errors = if is_wrong_password(&error) {
        wrong_password("password")
    } else if error.is_resource_exhausted() {
        Errors::general(error.to_string())
    } else {
        return Err(error.into());
    };
    refuse(&context, &error, Refused { delete_errors, ..Refused::default() }).await
}

/// Whether it is the typed password that is wrong, and not the session that has ended.
fn is_wrong_password(error: &todo_sdk::Error) -> bool {
    error.reason() == Some("PASSWORD_NOT_VALID")
}

fn wrong_password(field: &'static str) -> Errors {
    Errors::field(field, "The password is wrong.")
}

/// Shows the page again after a form with a password, which is refused as it is or only for now.
async fn refuse(context: &RequestContext, error: &todo_sdk::Error, refused: Refused) -> PageResult {
    let retry_seconds = retry_seconds(error);
    let status = match retry_seconds {
        Some(_) => StatusCode::TOO_MANY_REQUESTS,
        None => StatusCode::UNPROCESSABLE_ENTITY,
    };
    Ok(with_retry_after(respond(context, status, refused).await?, retry_seconds))
}

async fn respond(context: &RequestContext, status: StatusCode, refused: Refused) -> PageResult {
    let person = SignedIn::fetch(context).await?;
    let mut sessions = person.auth.sessions().page_size(MAX_SESSIONS);
    let (sessions, projects, frame) = futures_util::try_join!(
        async { Ok(sessions.next_page().await?.unwrap_or_default()) },
        person.projects(),
        person.frame(context, "Account"),
    )?;
    let row = |session: Session| SessionRow {
        id: session.id.to_string(),
        client: session.client,
        created: moment(session.create_time, &person.now),
        last_used: moment(session.last_use_time, &person.now),
        is_current: session.current,
    };
    let view = AccountPage {
        frame: Frame { here: PATH.to_owned(), ..frame },
        nav: nav(context, "account", &projects),
        username: person.account.username.clone(),
        time_zone: refused.time_zone.unwrap_or_else(|| person.account.time_zone.clone()),
        local_time: person.now.strftime("%H:%M").to_string(),
        sessions: sessions.into_iter().map(row).collect(),
        zone_errors: refused.zone_errors,
        password_errors: refused.password_errors,
        delete_errors: refused.delete_errors,
    };
    page(status, &view)
}
