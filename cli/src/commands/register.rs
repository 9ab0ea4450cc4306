//! `todo register`: creates an account on a server, and logs in.

use super::context::Context;
use super::login_flow::{CredentialsArgs, LoginFlow};
use crate::connect;
use crate::error::Error;
use crate::prompt;
use crate::view::Report;

/// Create an account on a server and log in
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    credentials: CredentialsArgs,
}

/// `todo register`
pub(super) async fn run(args: &Args, cx: &Context<'_>) -> Result<Report, Error> {
    let flow = LoginFlow::new(&args.credentials, cx)?;
    flow.probe_token_store().await?;
    let username = match args.credentials.username.as_deref() {
        // The username of the last login is no default for a new account.
        Some(name) if !name.contains("://") => name.to_owned(),
        _ => prompt::username().await?,
    };
    let password = prompt::new_password(args.credentials.password_stdin).await?;
    let client = connect::without_token(&flow.connection).await?;
    client.register(&username, &password, cx.time_zone()).await.map_err(|error| {
        let taken = error.is_already_exists();
        let error = Error::from(error);
        if taken {
            error.or_hint(format!(
                "If it is yours: `todo login {username} --server {}`.",
                flow.connection.server
            ))
        } else {
            error
        }
    })?;
    let login = format!("todo login {username} --server {}", flow.connection.server);
    flow.open_session(&client, &username, &password, "registered", cx).await.map_err(|error| {
        error
            .context("The account exists now, but logging in failed.")
            .or_hint(format!("`{login}` logs you in."))
    })
}
