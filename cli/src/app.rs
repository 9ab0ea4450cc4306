//! Runs one command from the parsed command line to the exit code.

use clap::CommandFactory as _;

use crate::cli::Cli;
use crate::commands::Command;
use crate::commands::Context;
use crate::embedded;
use crate::error::{Error, Kind};
use crate::ui::Ui;
use crate::view::Report;

/// Runs the command, prints what comes of it, and returns what to exit with. Ctrl-C ends it wherever it is: what the
/// server has acknowledged is done, the rest is not.
pub(crate) fn run(cli: &Cli, ui: &Ui) -> u8 {
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return ui.finish(Err(Error::failure("Could not start.").caused_by(&error))),
    };
    let code = ui.finish(runtime.block_on(run_until_interrupt(cli, ui)));
    if code != Kind::Interrupted.exit_code() {
        runtime.block_on(embedded::shut_down());
    }
    // Background tasks are not waited for: no output depends on them, and the process ends.
    std::mem::forget(runtime);
    code
}

async fn run_until_interrupt(cli: &Cli, ui: &Ui) -> Result<Report, Error> {
    // Registered before the first await: Ctrl-C must not kill the process while the echo of the terminal is off.
    let interrupt = interrupt()?;
    let cx = Context::new(ui, &cli.global, Cli::command);
    let command = cli.command.as_ref();
    tokio::select! {
        biased;
        result = Command::run(command, &cx) => result.map_err(|error| {
            // A command that sends a password may have been refused for the password, not for the token.
            if command.is_some_and(Command::asks_for_password) { error } else { cx.add_login_hint(error) }
        }),
        () = interrupt => Err(Error::interrupted()),
    }
}

#[cfg(unix)]
fn interrupt() -> Result<impl Future<Output = ()>, Error> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut signal = signal(SignalKind::interrupt())
        .map_err(|error| Error::failure("Could not listen for Ctrl-C.").caused_by(&error))?;
    Ok(async move {
        signal.recv().await;
    })
}

#[cfg(not(unix))]
fn interrupt() -> Result<impl Future<Output = ()>, Error> {
    Ok(async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    })
}
