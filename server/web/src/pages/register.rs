//! `/register`.

use axum::Form;
use http::StatusCode;
use serde::Deserialize;

use super::sign_in::{Refusal, SignInQuery, log_in, refuse, with_session};
use crate::{
    error::{PageResult, page},
    password::Password,
    request_context::RequestContext,
    response::{see_other, with_retry_after},
    urls::local_path,
    view_models::{Errors, RegisterPage},
};

/// The form that opens an account.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct RegisterForm {
    username: String,
    password: Password,
    time_zone: String,
    next: String,
}

/// `GET /register`.
pub(crate) async fn show(context: RequestContext) -> PageResult {
    let query: SignInQuery = context.query();
    let form = RegisterForm { next: query.next, ..RegisterForm::default() };
    respond(&context, StatusCode::OK, &form, Errors::default())
}

/// `POST /register`: opens an account and signs in, which are two calls.
pub(crate) async fn register(context: RequestContext, Form(form): Form<RegisterForm>) -> PageResult {
    let (username, password) = (&form.username, form.password.secret());
    let time_zone = Some(form.time_zone.as_str()).filter(|zone| !zone.is_empty()).map(str::trim);
    if let Err(error) = context.auth_for_visitor().register(username, password, time_zone).await {
        let Refusal { status, errors, retry_seconds } =
            Refusal::of(&error, StatusCode::UNPROCESSABLE_ENTITY)?;
        return Ok(with_retry_after(respond(&context, status, &form, errors)?, retry_seconds));
    }
    match log_in(&context, username, password).await {
        Ok(login) => Ok(with_session(see_other(local_path(&form.next)), &context, &login)),
        // The account is there: registering again would only say that the name is taken.
        Err(error) => {
            let reason = Some("Your account is made. Sign in to use it.");
            refuse(&context, (username, &form.next), &error, reason, Vec::new())
        }
    }
}

fn respond(context: &RequestContext, status: StatusCode, form: &RegisterForm, errors: Errors) -> PageResult {
    let view = RegisterPage {
        frame: context.visitor_frame("Create an account"),
        username: form.username.clone(),
        time_zone: form.time_zone.clone(),
        next: local_path(&form.next).to_owned(),
        errors,
    };
    page(status, &view)
}
