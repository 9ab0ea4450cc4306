//! `todo password`: sets a new password and ends all other sessions.

use serde_json::json;

use super::Context;
use crate::args::Password;
use crate::error::Error;
use crate::prompt;
use crate::styled::{Line, Style};
use crate::text::count;
use crate::view::{Message, Report};

/// `todo password`
pub(super) async fn run(args: &Password, cx: &Context<'_>) -> Result<Report, Error> {
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
