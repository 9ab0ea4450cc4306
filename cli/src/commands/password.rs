//! `todo password`: sets a new password and ends all other sessions.

use serde_json::json;

use super::context::Context;
use crate::error::Error;
use crate::prompt;
use crate::styled::{Line, Style};
use crate::text::count;
use crate::view::{Message, Report};

/// Change the password, and end all other sessions
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Read the old and the new password from standard input, a line each, instead of asking for them
    #[arg(long)]
    password_stdin: bool,
}

/// `todo password`
pub(super) async fn run(args: &Args, cx: &Context<'_>) -> Result<Report, Error> {
    let server = cx.server("A password")?;
    let client = server.client().await?;
    let (current, new) = prompt::password_change(args.password_stdin).await?;
    let ended = client.change_password(&current, &new).await?;
    let lines = vec![Line::new().with(Style::Good, "Changed").with(Style::Plain, " the password.")];
    let sessions = count(usize::try_from(ended).unwrap_or(usize::MAX), "other session");
    Ok(Report::new(Message {
        lines,
        json: json!({ "action": "password_changed", "revoked_sessions": ended }),
    })
    .note_if(ended > 0, format!("Ended {sessions}: log in there again.")))
}
