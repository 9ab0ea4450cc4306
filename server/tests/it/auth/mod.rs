//! `todo.auth.v1` from outside, on both engines.

mod login;
mod registration;
mod sessions;
mod throttling;
mod tokens;

use todo_proto::auth::v1::{GetAccountRequest, ListSessionsRequest, RegisterRequest, Session};
use tonic::Status;
use tonic_types::StatusExt as _;
use uuid::Uuid;

use crate::support::{PASSWORD, Server, with_token};

/// Makes the cheapest call that needs a valid token.
async fn get_account(server: &Server, token: &str) -> Result<(), Status> {
    server.auth().get_account(with_token(token, GetAccountRequest {})).await.map(drop)
}

fn fields(status: &Status) -> Vec<String> {
    let violations =
        status.get_details_bad_request().map(|details| details.field_violations).unwrap_or_default();
    violations.into_iter().map(|violation| violation.field).collect()
}

fn reason(status: &Status) -> String {
    status.get_details_error_info().unwrap().reason
}

fn new_registration(username: &str) -> RegisterRequest {
    RegisterRequest {
        username: username.into(),
        password: PASSWORD.into(),
        time_zone: String::new(),
        request_id: Uuid::new_v4().to_string(),
    }
}

async fn list_sessions(server: &Server, token: &str) -> Vec<Session> {
    let request = with_token(token, ListSessionsRequest::default());
    server.auth().list_sessions(request).await.unwrap().into_inner().sessions
}
