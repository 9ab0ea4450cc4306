//! `todo register`: creates an account on a server, and logs in.

use super::Context;
use super::login::Plan;
use crate::args::Register;
use crate::connect;
use crate::error::Error;
use crate::prompt;
use crate::view::Report;

/// `todo register`
pub(super) async fn run(args: &Register, cx: &Context<'_>) -> Result<Report, Error> {
    let plan = Plan::new(&args.who, cx)?;
    plan.probe().await?;
    let username = match args.who.username.as_deref() {
        // The name of the last login is no guess for a new account.
        Some(name) if !name.contains("://") => name.to_owned(),
        _ => prompt::username().await?,
    };
    let password = prompt::new_password(args.who.password_stdin).await?;
    let client = connect::without_token(&plan.connection).await?;
    client.register(&username, &password, cx.time_zone()).await.map_err(|error| {
        let taken = error.is_already_exists();
        let error = Error::from(error);
        if taken {
            error.or_hint(format!(
                "If it is yours: `todo login {username} --server {}`.",
                plan.connection.server
            ))
        } else {
            error
        }
    })?;
    let login = format!("todo login {username} --server {}", plan.connection.server);
    plan.open(&client, &username, &password, "registered", cx).await.map_err(|error| {
        error
            .context("The account exists now, but logging in failed.")
            .or_hint(format!("`{login}` logs you in."))
    })
}
