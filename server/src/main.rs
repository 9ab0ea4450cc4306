//! Runs the backends of Todo. All it does is read the configuration, listen to signals and print what went wrong.

use std::{
    error::Error as _,
    io::{self, Write as _},
    process::{self, ExitCode},
    thread,
    time::Duration,
};

use todo_server::{
    Config, ConfigError, Error, Listeners, commands,
    config::{self, Command},
    observability::logging,
    run,
};
use tokio_util::sync::CancellationToken;

fn main() -> ExitCode {
    let (config, command) = match Config::parse_command(std::env::args_os(), std::env::vars_os()) {
        Ok(parsed) => parsed,
        Err(ConfigError::CommandLine(error)) if !error.use_stderr() => {
            // Help or version. A reader who has had enough of it is no error.
            drop(error.print());
            return ExitCode::SUCCESS;
        }
        Err(ConfigError::CommandLine(error)) => {
            print(&config::without_passwords(&error.render().to_string()));
            return ExitCode::from(2);
        }
        Err(ConfigError::Setting(error)) => return failure(&error),
        Err(error) => return failure(&Error::internal(error)),
    };
    let done = match command {
        None => serve(config).map(|()| ExitCode::SUCCESS),
        Some(command) => operate(command, &config),
    };
    done.unwrap_or_else(|error| failure(&error))
}

fn runtime() -> Result<tokio::runtime::Runtime, Error> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(|error| {
        Error::startup_because(
            "The server cannot start its threads.",
            error,
            "Raise the limits of this user.",
        )
    })
}

fn survive_file_size_limit() {
    if let Err(error) = todo_backend::store::survive_file_size_limit() {
        tracing::warn!(%error, "a limit to the size of files would end this process");
    }
}

/// Does what an operator asks for, and prints what came of it.
fn operate(command: Command, config: &Config) -> Result<ExitCode, Error> {
    let runtime = runtime()?;
    let outcome = runtime.block_on(async {
        let _traces = logging::init(&config.log)?;
        survive_file_size_limit();
        commands::run(command, config).await
    })?;
    let text = outcome.lines.iter().map(|line| format!("{line}\n")).collect::<Vec<_>>().concat();
    // A reader who has had enough of it is no error.
    drop(io::stdout().write_all(text.as_bytes()));
    Ok(if outcome.is_good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn serve(config: Config) -> Result<(), Error> {
    let runtime = runtime()?;
    let traces = runtime.block_on(async { logging::init(&config.log) })?;
    let result = runtime.block_on(async {
        survive_file_size_limit();
        let listeners = Listeners::inherit_or_bind(&config)?;
        let shutdown = CancellationToken::new();
        stop_on_signals(&shutdown, config.network.lame_duck + config.network.drain)?;
        run(config, listeners, shutdown).await
    });
    // Sent by the runtime, for which this must not be one of its own tasks.
    drop(traces);
    // A password may still be hashed for a caller that is gone: it is not waited for.
    runtime.shutdown_background();
    result
}

/// Cancels at the first signal, and ends the process at the second or when stopping takes too long.
fn stop_on_signals(shutdown: &CancellationToken, limit: Duration) -> Result<(), Error> {
    let mut signals = Signals::new().map_err(|error| {
        Error::startup_because(
            "The server cannot listen to signals.",
            error,
            "Raise the limits of this user.",
        )
    })?;
    let shutdown = shutdown.clone();
    tokio::spawn(async move {
        signals.next().await;
        shutdown.cancel();
        // A thread of its own: it must not depend on a runtime that may be what hangs.
        thread::spawn(move || {
            thread::sleep(limit);
            print("The server did not stop in time and was ended.\n");
            process::exit(1);
        });
        signals.next().await;
        print("Stopped at once by a second signal.\n");
        process::exit(130);
    });
    Ok(())
}

#[cfg(unix)]
struct Signals {
    terminate: tokio::signal::unix::Signal,
    interrupt: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn new() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn new() -> io::Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

/// Prints what failed, why, and what to do about it.
fn failure(error: &Error) -> ExitCode {
    let mut lines = vec![format!("Error: {error}")];
    let mut cause = error.source();
    while let Some(why) = cause {
        lines.push(format!("Caused by: {why}"));
        cause = why.source();
    }
    lines.extend(error.hint().map(|hint| format!("Hint: {hint}")));
    lines.push(String::new());
    print(&lines.join("\n"));
    ExitCode::FAILURE
}

fn print(text: &str) {
    // Without a standard error there is no place for the message.
    drop(io::stderr().write_all(text.as_bytes()));
}
