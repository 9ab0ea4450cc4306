//! `todo login`: opens a session on a server and makes it the default.

use super::context::Context;
use super::login_flow::{CredentialsArgs, LoginFlow};
use crate::connect;
use crate::error::Error;
use crate::prompt;
use crate::view::Report;

/// Log in to a server, which `todo` uses from then on
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    credentials: CredentialsArgs,
}

/// `todo login`
pub(super) async fn run(args: &Args, cx: &Context<'_>) -> Result<Report, Error> {
    let flow = LoginFlow::new(&args.credentials, cx)?;
    flow.probe_token_store().await?;
    let username = flow.username().await?;
    let password = prompt::password("Password: ", args.credentials.password_stdin).await?;
    let client = connect::without_token(&flow.connection).await?;
    flow.open_session(&client, &username, &password, "logged_in", cx).await
}
