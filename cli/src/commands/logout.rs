//! `todo logout`: ends the session, forgets the token, goes back to the embedded todos.

use serde_json::json;
use todo_sdk::Token;

use super::context::Context;
use crate::config::StoredLogin;
use crate::connect::{Server, Target, blocking, without_token};
use crate::error::{Error, Kind};
use crate::styled::{Line, Style};
use crate::view::{Message, Report};

/// End the session, forget its token and go back to the todos on this machine
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Forget the token even if the server cannot be reached to end the session
    #[arg(long)]
    force: bool,
}

/// `todo logout`
pub(super) async fn run(args: &Args, cx: &Context<'_>) -> Result<Report, Error> {
    let Target::Server(server) = cx.target()? else {
        return Ok(not_logged_in());
    };
    if let Some((_, variable)) = server.env_token {
        return Err(Error::usage(format!("The token comes from {variable}, which `todo` cannot forget."))
            .hint(format!("Unset {variable}.")));
    }
    let Some(stored) = server.stored.clone() else {
        return Ok(not_logged_in());
    };
    let was_open = end_session(&server, args.force).await?;
    forget_login(*server, stored, was_open).await
}

fn not_logged_in() -> Report {
    let lines = vec![Line::new().with(Style::Dim, "Not logged in:").with(Style::Plain, " nothing to end.")];
    Report::new(Message {
        lines,
        json: json!({ "action": "logged_out", "server": null, "session_ended": false }),
    })
}

/// Ends the session on the server. Returns whether there was one to end.
async fn end_session(server: &Server, force: bool) -> Result<bool, Error> {
    let token = match server.token().await {
        Ok(Some(token)) => token,
        Ok(None) => return Ok(false),
        Err(_) if force => return Ok(false),
        Err(error) => return Err(error.or_hint("`todo logout --force` forgets the login all the same.")),
    };
    match call_logout(server, token).await {
        Ok(()) => Ok(true),
        // Ended before, or expired.
        Err(error) if error.kind() == Kind::Denied => Ok(false),
        Err(_) if force => Ok(false),
        Err(error) => Err(error
            .context("The session is still open, and its token is still here.")
            .hint("Try again when the server can be reached; `todo logout --force` only forgets the token.")),
    }
}

async fn call_logout(server: &Server, token: Token) -> Result<(), Error> {
    Ok(without_token(&server.connection).await?.with_token(token).logout().await?)
}

/// Forgets the token, and uses this server no longer. The rest of the profile stays, so that the next login needs fewer options.
async fn forget_login(server: Server, stored: StoredLogin, was_open: bool) -> Result<Report, Error> {
    let Server { connection, mut config, .. } = server;
    let store = config.credentials();
    blocking(move || store.remove(&stored.profile)).await?;
    if config.default_profile.as_deref() == Some(&stored.name) {
        config.default_profile = None;
        config.save()?;
    }
    let line = Line::new()
        .with(Style::Good, "Logged out")
        .with(Style::Plain, " of ")
        .with(Style::Name, &connection.server);
    let json = json!({ "action": "logged_out", "server": connection.server, "session_ended": was_open });
    let embedded = config.default_profile.is_none() && config.server.is_none();
    Ok(Report::new(Message { lines: vec![line], json })
        .note_if(!was_open, "The session was not open any more, or the server was not asked.")
        .note_if(embedded, "`todo` uses the todos on this machine from now on."))
}
