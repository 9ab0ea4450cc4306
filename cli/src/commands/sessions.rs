//! `todo sessions`: where the account is logged in.

use todo_model::{IdPrefix, limits};
use todo_sdk::{Client, Session};

use super::context::Context;
use crate::error::Error;
use crate::view::{Report, RevokedSessions, SessionList};

/// Manage the sessions of the account
#[derive(Debug, clap::Subcommand)]
#[command(disable_help_subcommand = true)]
pub(crate) enum Args {
    /// List the sessions, the newest first
    #[command(visible_alias = "ls")]
    List,
    /// End sessions: whoever uses them has to log in again
    Revoke {
        /// Which sessions: their ids, or the first 4 or more digits
        #[arg(required = true, value_name = "ID")]
        ids: Vec<String>,
    },
}

/// `todo sessions`
pub(super) async fn run(args: &Args, cx: &Context<'_>) -> Result<Report, Error> {
    let client = cx.server("A session")?.client().await?;
    match args {
        Args::List => {
            Ok(Report::new(SessionList { sessions: sessions(&client).await?, now: cx.now().clone() }))
        }
        Args::Revoke { ids } => revoke(&client, ids).await,
    }
}

async fn sessions(client: &Client) -> Result<Vec<Session>, Error> {
    Ok(client.sessions().page_size(limits::MAX_PAGE_SIZE).try_collect().await?)
}

async fn revoke(client: &Client, names: &[String]) -> Result<Report, Error> {
    let chosen = choose(&sessions(client).await?, names)?;
    if chosen.iter().any(|session| session.current) {
        return Err(Error::usage("One of them is the session that you are using.")
            .hint("`todo logout` ends it and forgets its token."));
    }
    for session in &chosen {
        match client.revoke_session(session.id).await {
            // It ended by itself in the meantime.
            Err(error) if error.is_not_found() => {}
            other => other?,
        }
    }
    Ok(Report::new(RevokedSessions { sessions: chosen }))
}

/// The sessions whose ids are, or begin with, these names; each once.
fn choose(sessions: &[Session], names: &[String]) -> Result<Vec<Session>, Error> {
    let mut chosen: Vec<Session> = Vec::new();
    let mut missing = Vec::new();
    for name in names {
        let prefix = IdPrefix::parse(name);
        if prefix.is_none() && name.len() < limits::ID_PREFIX_DIGITS {
            return Err(Error::usage(format!("`{name}` is too short to name a session."))
                .hint("Give 4 or more digits of the id that `todo sessions list` shows."));
        }
        let mut matching =
            sessions.iter().filter(|session| prefix.is_some_and(|prefix| prefix.matches(session.id)));
        match (matching.next(), matching.count()) {
            (Some(session), 0) => {
                if chosen.iter().all(|other| other.id != session.id) {
                    chosen.push(session.clone());
                }
            }
            (Some(_), more) => {
                return Err(Error::usage(format!("The ids of {} sessions begin with `{name}`.", more + 1))
                    .hint("Give more digits; `todo sessions list` shows as many as are needed."));
            }
            (None, _) => missing.push(format!("`{name}`")),
        }
    }
    if missing.is_empty() {
        return Ok(chosen);
    }
    let message = match missing.as_slice() {
        [one] => format!("There is no session {one}."),
        several => format!("There are no sessions {}.", several.join(", ")),
    };
    Err(Error::not_found(message).hint("`todo sessions list` lists them."))
}
