//! `todo status`: who is logged in, on which server, and where the token lives.

use super::context::Context;
use crate::connect::{Server, Target, without_token};
use crate::error::{Error, Kind};
use crate::view::{Location, Report, Status};

/// Say who is logged in, on which server, and where the token lives
#[derive(Debug, clap::Args)]
pub(crate) struct Args {}

/// `todo status`
pub(super) async fn run(_: &Args, cx: &Context<'_>) -> Result<Report, Error> {
    match cx.target()? {
        Target::Embedded(directory) => {
            let status = Status {
                location: Location::Embedded(directory.display().to_string()),
                profile: None,
                username: None,
                token: None,
                state: "ready",
                session: None,
                now: cx.now().clone(),
            };
            Ok(Report::new(status).note("`todo login --server URL` uses a server instead."))
        }
        Target::Server(server) => on_server(&server, cx).await,
    }
}

/// What is known without the server is told in any case; what fails is told after it.
async fn on_server(server: &Server, cx: &Context<'_>) -> Result<Report, Error> {
    let profile = server.stored.as_ref().map(|stored| &stored.profile);
    let place = match (&server.env_token, profile) {
        (Some((_, variable)), _) => Some(format!("the environment: {variable}")),
        (None, Some(profile)) => Some(server.config.credentials().place(profile)),
        (None, None) => None,
    };
    let mut status = Status {
        location: Location::Server(server.connection.server.clone()),
        profile: server.stored.as_ref().map(|stored| stored.name.clone()),
        username: profile.and_then(|profile| profile.username.clone()),
        token: place,
        state: "ready",
        session: None,
        now: cx.now().clone(),
    };
    let failure = match fetch_account(server).await {
        Ok((account, session)) => {
            status.username = Some(account.username);
            status.session = Some(session);
            None
        }
        Err(error) => {
            status.state = match error.kind() {
                Kind::Denied => "not logged in",
                Kind::Unreachable => "unreachable",
                _ => "failing",
            };
            Some(if error.kind() == Kind::Denied { error.hint(server.login_hint()) } else { error })
        }
    };
    Ok(Report::new(status).fail(failure))
}

async fn fetch_account(server: &Server) -> Result<(todo_sdk::Account, todo_sdk::Session), Error> {
    let token = server.token().await?.ok_or_else(|| server.not_logged_in())?;
    Ok(without_token(&server.connection).await?.with_token(token).validate_token().await?)
}
